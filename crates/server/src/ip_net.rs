//! An address range such as `10.0.0.0/8`, for lists of trusted senders.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A range of IP addresses that share a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpNet {
    address: IpAddr,
    prefix: u8,
}

/// Why a text is no address range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IpNetFault {
    /// The part before the slash.
    #[error("`{0}` is not an IP address, expected something like 10.0.0.0/8 or fd00::/8")]
    Address(Box<str>),
    /// The part after the slash.
    #[error("`{given}` is not a prefix length, expected a number from 0 to {max}")]
    Prefix {
        /// What stood there.
        given: Box<str>,
        /// 32 for IPv4, 128 for IPv6.
        max: u8,
    },
}

impl IpNet {
    /// Whether the range holds `address`. IPv4 inside IPv6 (`::ffff:a.b.c.d`) counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for IpNet {
    type Err = IpNetFault;

    /// Reads `address/prefix`, or a single address as the range of one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| IpNetFault::Address(address.into()))?;
        let max = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => max,
            Some(given) => given
                .parse()
                .ok()
                .filter(|length| *length <= max)
                .ok_or_else(|| IpNetFault::Prefix { given: given.into(), max })?,
        };
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for IpNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(net: &str, address: &str) -> bool {
        net.parse::<IpNet>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_range_holds_what_shares_its_prefix() {
        assert!(check("10.0.0.0/8", "10.255.0.1"));
        assert!(!check("10.0.0.0/8", "11.0.0.1"));
        assert!(check("0.0.0.0/0", "203.0.113.9"));
        assert!(check("192.0.2.7", "192.0.2.7"));
        assert!(!check("192.0.2.7", "192.0.2.8"));
        assert!(check("fd00::/8", "fdab::1"));
        assert!(check("::/0", "2001:db8::1"));
        assert!(!check("::/0", "10.0.0.1"));
    }

    #[test]
    fn ipv4_inside_ipv6_counts_as_ipv4() {
        assert!(check("10.0.0.0/8", "::ffff:10.1.1.1"));
    }

    #[test]
    fn wrong_texts_are_named() {
        let fault = "10.0.0.0/33".parse::<IpNet>().unwrap_err();
        assert_eq!(fault.to_string(), "`33` is not a prefix length, expected a number from 0 to 32");
        assert!("ten/8".parse::<IpNet>().unwrap_err().to_string().starts_with("`ten` is not an IP"));
        assert!("10.0.0.0/-1".parse::<IpNet>().is_err());
    }
}

//! Names to addresses: literal addresses and `localhost` without asking anyone, everything else by the
//! system's configuration (`resolv.conf`, `hosts`), cached by its time to live within a bound.

use std::error::Error;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use smallvec::SmallVec;

/// Any error, boxed.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A resolution under way.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, BoxError>> + Send + 'a>>;

/// Something that turns host names into addresses.
pub trait Resolve: Send + Sync {
    /// The addresses of a host, best first.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// Addresses tried for one connection.
pub(crate) type Addresses = SmallVec<[IpAddr; 8]>;

/// Addresses tried for one connection, at most.
const MAX_ADDRESSES: usize = 8;

/// What endpoints have in common: one per process.
#[derive(Clone)]
pub struct Shared {
    resolver: Arc<dyn Resolve>,
}

impl Shared {
    /// Reads the system's resolver configuration. A system without one can still reach literal addresses
    /// and `localhost`.
    ///
    /// # Errors
    /// When the configuration is there but cannot be used.
    pub fn new() -> Result<Shared, BoxError> {
        let builder = match TokioResolver::builder_tokio() {
            Ok(builder) => builder,
            Err(error) => {
                tracing::warn!(%error, "no usable resolver configuration, host names will not resolve");
                return Ok(Shared::with_resolver(Arc::new(NoResolver)));
            }
        };
        let resolver = builder.build()?;
        Ok(Shared::with_resolver(Arc::new(SystemResolver(resolver))))
    }

    /// With a resolver of the caller's.
    pub fn with_resolver(resolver: Arc<dyn Resolve>) -> Shared {
        Shared { resolver }
    }

    /// The addresses to try for a host: families interleaved so that a broken one costs one attempt, and
    /// each family starting at another address every `turn`, so that connections spread over all of them.
    pub(crate) async fn addresses(&self, host: &str, turn: usize) -> Result<Addresses, BoxError> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(Addresses::from_slice(&[address]));
        }
        if host.eq_ignore_ascii_case("localhost") {
            // RFC 6761 6.3: never asked of a server.
            let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
            return Ok(Addresses::from_slice(&[v4, v6]));
        }
        let found = self.resolver.resolve(host).await?;
        if found.is_empty() {
            return Err("the host has no address".into());
        }
        Ok(interleave(&found, turn))
    }
}

/// Alternates the families, starting with the family of the first address; each is rotated by `turn`.
fn interleave(found: &[IpAddr], turn: usize) -> Addresses {
    let starts_v4 = found.first().is_some_and(IpAddr::is_ipv4);
    let (mut one, mut other): (Vec<IpAddr>, Vec<IpAddr>) =
        found.iter().partition(|address| address.is_ipv4() == starts_v4);
    for family in [&mut one, &mut other] {
        let by = turn.checked_rem(family.len()).unwrap_or(0);
        family.rotate_left(by);
    }
    let longest = one.len().max(other.len());
    (0..longest).flat_map(|at| [one.get(at), other.get(at)]).flatten().copied().take(MAX_ADDRESSES).collect()
}

struct SystemResolver(TokioResolver);

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move { Ok(self.0.lookup_ip(host).await?.iter().collect()) })
    }
}

struct NoResolver;

impl Resolve for NoResolver {
    fn resolve<'a>(&'a self, _host: &'a str) -> Resolving<'a> {
        Box::pin(std::future::ready(Err("the system has no resolver configuration".into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_alternate_from_the_first_and_take_turns() {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        let check = |found: &[&str], turn, mixed: &[&str]| {
            assert_eq!(interleave(&parse(found), turn).to_vec(), parse(mixed));
        };
        let found = ["::1", "::2", "::3", "10.0.0.1"];
        check(&found, 0, &["::1", "10.0.0.1", "::2", "::3"]);
        check(&found, 4, &["::2", "10.0.0.1", "::3", "::1"]);
        check(&["10.0.0.1", "10.0.0.2"], 1, &["10.0.0.2", "10.0.0.1"]);
        check(&[], 1, &[]);
        assert_eq!(interleave(&parse(&["10.0.0.1"; 20]), 0).len(), MAX_ADDRESSES);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn literals_and_localhost_ask_nobody() {
        let shared = Shared::with_resolver(Arc::new(NoResolver));
        assert_eq!(shared.addresses("10.1.2.3", 0).await.unwrap().len(), 1);
        assert_eq!(shared.addresses("::1", 0).await.unwrap().len(), 1);
        assert_eq!(shared.addresses("LocalHost", 0).await.unwrap().len(), 2);
        assert!(shared.addresses("a.example", 0).await.is_err());
    }
}

//! From a client certificate's DER to what identifies its holder: subject, alternative names,
//! fingerprint. Verification has happened before; what cannot be read is left empty, so that a rule
//! on it does not match.

use aws_lc_rs::digest::{SHA256, digest};

use super::der::{self, Elements, OID, SEQUENCE, SET};
use crate::ClientCert;

/// `[0]` version, `[3]` extensions of a certificate.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// `[2]` DNS, `[6]` URI of a general name.
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const OCTETS: u8 = 0x04;
const BOOLEAN: u8 = 0x01;
const BMP_STRING: u8 = 0x1e;
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// More names than any certificate sensibly has.
const MAX_NAMES: usize = 256;

/// Short names of RFC 4514, and the e-mail address as OpenSSL prints it.
const ATTRIBUTES: &[(&[u8], &str)] = &[
    (&[0x55, 0x04, 0x03], "CN"),
    (&[0x55, 0x04, 0x06], "C"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x08], "ST"),
    (&[0x55, 0x04, 0x09], "STREET"),
    (&[0x55, 0x04, 0x0a], "O"),
    (&[0x55, 0x04, 0x0b], "OU"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19], "DC"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01], "UID"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01], "emailAddress"),
];

/// Reads a certificate's DER. Never fails: what is not there or not understood is empty.
pub fn read(der: &[u8]) -> ClientCert {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest(&SHA256, der).as_ref());
    let mut cert = ClientCert { subject: "".into(), uris: Vec::new(), dns: Vec::new(), sha256: fingerprint };
    let Some((subject, extensions)) = parts(der) else { return cert };
    cert.subject = distinguished_name(subject).into();
    if let Some(names) = extensions.and_then(alternative_names) {
        for (kind, value) in Elements(names).take(MAX_NAMES) {
            let Ok(text) = std::str::from_utf8(value) else { continue };
            match kind {
                DNS => cert.dns.push(text.into()),
                URI => cert.uris.push(text.into()),
                _ => {}
            }
        }
    }
    cert
}

/// The subject and the extensions of a certificate.
fn parts(der: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let certificate = Elements(der).expect(SEQUENCE)?;
    let mut fields = Elements(Elements(certificate).expect(SEQUENCE)?);
    let (first, _) = fields.next()?;
    if first == VERSION {
        fields.next()?; // serial number, which otherwise was the first
    }
    fields.expect(SEQUENCE)?; // signature algorithm
    fields.expect(SEQUENCE)?; // issuer
    fields.expect(SEQUENCE)?; // validity
    let subject = fields.expect(SEQUENCE)?;
    fields.expect(SEQUENCE)?; // public key
    Some((subject, fields.find(|(tag, _)| *tag == EXTENSIONS).map(|(_, content)| content)))
}

/// The general names of the subject's alternative names.
fn alternative_names(extensions: &[u8]) -> Option<&[u8]> {
    Elements(Elements(extensions).expect(SEQUENCE)?).find_map(|(_, extension)| {
        let mut fields = Elements(extension);
        if fields.expect(OID)? != SUBJECT_ALT_NAME {
            return None;
        }
        let value = match fields.next()? {
            (BOOLEAN, _) => fields.expect(OCTETS)?,
            (OCTETS, value) => value,
            _ => return None,
        };
        Elements(value).expect(SEQUENCE)
    })
}

/// A name as RFC 4514 writes it: most specific part first, several attributes of one part with `+`.
fn distinguished_name(name: &[u8]) -> String {
    let mut parts: Vec<String> = Elements(name)
        .filter(|(tag, _)| *tag == SET)
        .map(|(_, set)| {
            let attributes: Vec<String> =
                Elements(set).filter_map(|(_, attribute)| one_attribute(attribute)).collect();
            attributes.join("+")
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

fn one_attribute(attribute: &[u8]) -> Option<String> {
    let mut fields = Elements(attribute);
    let oid = fields.expect(OID)?;
    let (kind, value) = fields.next()?;
    let text = match kind {
        BMP_STRING => {
            let units = value.as_chunks::<2>().0.iter().map(|unit| u16::from_be_bytes(*unit));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => String::from_utf8_lossy(value).into_owned(),
    };
    let label = ATTRIBUTES.iter().find(|(known, _)| *known == oid).map(|(_, label)| *label);
    Some(format!("{}={}", label.map_or_else(|| der::dotted(oid), str::to_owned), escaped(&text)))
}

/// Escapes what would otherwise read as structure, so that no value can pose as another attribute.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        let special = matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=')
            || (character == ' ' && (index == 0 || index == last))
            || (character == '#' && index == 0);
        if character.is_control() {
            let mut utf8 = [0; 4];
            for byte in character.encode_utf8(&mut utf8).bytes() {
                out.push_str(&format!("\\{byte:02X}"));
            }
            continue;
        }
        if special {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;

    fn certificate(fill: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        fill(&mut params);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn subject_and_alternative_names_are_read() {
        let der = certificate(|params| {
            params.distinguished_name.push(DnType::CountryName, "DE");
            params.distinguished_name.push(DnType::OrganizationName, "Harbour, Inc.");
            params.distinguished_name.push(DnType::CommonName, "batch-7");
            params.subject_alt_names = vec![
                SanType::DnsName("batch.example".try_into().unwrap()),
                SanType::URI("spiffe://example/ns/batch".try_into().unwrap()),
                SanType::IpAddress("192.0.2.1".parse().unwrap()),
            ];
        });
        let cert = read(&der);
        assert_eq!(&*cert.subject, "CN=batch-7,O=Harbour\\, Inc.,C=DE");
        assert_eq!(cert.dns, ["batch.example".into()]);
        assert_eq!(cert.uris, ["spiffe://example/ns/batch".into()]);
        assert_ne!(cert.sha256, [0; 32]);
    }

    #[test]
    fn a_certificate_without_names_has_only_a_fingerprint() {
        let cert = read(&certificate(|_| {}));
        assert_eq!((&*cert.subject, cert.dns.len(), cert.uris.len()), ("", 0, 0));
        assert_eq!(read(b"").subject, "".into());
    }

    #[test]
    fn no_value_can_pose_as_another_attribute() {
        assert_eq!(escaped("x,CN=admin"), "x\\,CN\\=admin");
        assert_eq!(escaped(" a # b "), "\\ a # b\\ ");
        assert_eq!(escaped("#a\n"), "\\#a\\0A");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
            read(&noise);
        }

        #[test]
        fn no_broken_certificate_makes_it_panic(at in 0_usize..400, byte in any::<u8>()) {
            let mut der = SAMPLE.with(Clone::clone);
            if let Some(place) = der.get_mut(at) {
                *place = byte;
            }
            read(&der);
            read(&der[..at.min(der.len())]);
        }
    }

    thread_local! {
        static SAMPLE: Vec<u8> = certificate(|params| {
            params.distinguished_name.push(DnType::CommonName, "sample");
            params.subject_alt_names = vec![SanType::DnsName("a.example".try_into().unwrap())];
        });
    }
}

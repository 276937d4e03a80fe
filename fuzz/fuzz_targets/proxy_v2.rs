//! PROXY protocol headers from anywhere: a header is refused, asked more of, or read; and read the same however much follows it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use server::proxy_protocol::parse;

fuzz_target!(|data: &[u8]| {
    let Ok(Some((announced, length))) = parse(data) else { return };
    assert!(length <= data.len(), "more was read than there is");
    let alone = parse(&data[..length]).expect("still a header").expect("still whole");
    assert_eq!(format!("{announced:?} {length}"), format!("{:?} {}", alone.0, alone.1));
    for short in 0..length {
        assert!(matches!(parse(&data[..short]), Ok(None)), "a beginning of {short} bytes is only a beginning");
    }
});

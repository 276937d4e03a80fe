use server::{Cidr, ListenerSettings, ProxyProtocol};
use tokio::io::AsyncWriteExt;

use crate::gate::{Gate, last, rest, settings};

fn behind(trusted: &str) -> ListenerSettings {
    let trusted: Cidr = trusted.parse().unwrap();
    ListenerSettings { proxy_protocol: ProxyProtocol::Required { trusted: vec![trusted] }, ..settings() }
}

/// A version 2 header: 203.0.113.9:4711 to 198.51.100.1:443.
fn version_2() -> Vec<u8> {
    let ends = [203, 0, 113, 9, 198, 51, 100, 1, 0x12, 0x67, 0x01, 0xbb];
    [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c".as_slice(), &ends].concat()
}

#[tokio::test]
async fn the_callers_address_is_the_announced_one() {
    let gate = Gate::open(behind("127.0.0.0/8")).await;
    let request = last("/who");
    let answer = gate.send([&version_2(), request.as_bytes()].concat()).await;
    assert!(answer.contains("/who remote=203.0.113.9:4711"), "{answer}");
    let line = "PROXY TCP4 203.0.113.7 198.51.100.1 80 443\r\n";
    let answer = gate.send(format!("{line}{request}")).await;
    assert!(answer.contains("/who remote=203.0.113.7:80"), "{answer}");
}

#[tokio::test]
async fn header_and_request_may_be_cut_anywhere() {
    let gate = Gate::open(behind("127.0.0.0/8")).await;
    let bytes = [version_2(), last("/who").into_bytes()].concat();
    for cut in [1, 12, 15, 20, 28, 30, 40] {
        let mut socket = gate.connect().await;
        socket.set_nodelay(true).unwrap();
        socket.write_all(&bytes[..cut]).await.unwrap();
        tokio::task::yield_now().await;
        socket.write_all(&bytes[cut..]).await.unwrap();
        let answer = rest(&mut socket).await;
        assert!(answer.contains("/who remote=203.0.113.9:4711"), "{cut}: {answer}");
    }
}

#[tokio::test]
async fn http2_behind_a_proxy_is_still_told_by_its_preface() {
    let gate = Gate::open(behind("127.0.0.0/8")).await;
    let mut socket = gate.connect().await;
    socket.write_all(&version_2()).await.unwrap();
    let (mut sender, _connection) = crate::http2::join(socket).await;
    let answer = crate::http2::ask(&mut sender, "/who").await;
    assert!(answer.contains("HTTP/2.0 /who remote=203.0.113.9:4711"), "{answer}");
}

#[tokio::test]
async fn a_proxy_speaking_for_itself_is_the_caller() {
    let gate = Gate::open(behind("127.0.0.0/8")).await;
    let local = b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00";
    let answer = gate.send([local.as_slice(), last("/health").as_bytes()].concat()).await;
    assert!(answer.contains("/health remote=127.0.0.1:"), "{answer}");
}

#[tokio::test]
async fn strangers_and_missing_headers_are_refused() {
    let gate = Gate::open(behind("10.0.0.0/8")).await;
    let bytes = [version_2(), last("/who").into_bytes()].concat();
    assert_eq!(gate.send(bytes).await, "");
    assert_eq!(gate.stats.proxy_refused.value(), 1);
    let gate = Gate::open(behind("127.0.0.0/8")).await;
    assert_eq!(gate.send(last("/who")).await, "");
    assert_eq!(gate.stats.proxy_refused.value(), 1);
}

#[tokio::test]
async fn a_header_nobody_asked_for_is_not_believed() {
    let gate = Gate::open(settings()).await;
    let answer = gate.send(format!("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n{}", last("/who"))).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

use std::os::unix::fs::PermissionsExt;

use server::Bind;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

use crate::gate::{Gate, LONG, last, rest, settings, soon};

#[tokio::test]
async fn a_unix_socket_serves_and_is_removed_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gate.sock");
    let mut settings = settings();
    settings.bind = Bind::Unix { path: path.clone(), mode: 0o620 };
    let gate = Gate::open(settings).await;
    assert_eq!(gate.address.to_string(), format!("unix:{}", path.display()));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o620);
    let mut socket = UnixStream::connect(&path).await.unwrap();
    socket.write_all(last("/local").as_bytes()).await.unwrap();
    assert!(rest(&mut socket).await.contains("HTTP/1.1 /local remote=unix"));
    let (mut sender, _connection) = crate::http2::join(UnixStream::connect(&path).await.unwrap()).await;
    assert!(crate::http2::ask(&mut sender, "/two").await.contains("HTTP/2.0 /two remote=unix"));
    gate.drain.begin(LONG);
    soon(gate.running).await.unwrap();
    assert!(!path.exists());
}

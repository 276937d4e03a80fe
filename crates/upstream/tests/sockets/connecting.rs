//! From a name to a connection.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use upstream::{BadEndpoint, Endpoint, EndpointSettings, Resolve, Resolving, SendFault, Shared, Timeouts};

use crate::peer::{OK, Peer, TIMEOUTS, call, get, post};

/// Says the same of every host.
enum Says {
    These(Vec<IpAddr>),
    Nothing,
    NoSuchHost,
}

impl Resolve for Says {
    fn resolve<'a>(&'a self, _host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            match self {
                Says::These(addresses) => Ok(addresses.clone()),
                Says::Nothing => std::future::pending().await,
                Says::NoSuchHost => Err("no such host".into()),
            }
        })
    }
}

fn endpoint(says: Says, port: u16) -> Endpoint {
    let shared = Shared::with_resolver(Arc::new(says));
    Endpoint::new(EndpointSettings::for_url(format!("http://model.test:{port}")), &shared).unwrap()
}

#[tokio::test]
async fn an_address_that_refuses_gives_way_to_the_next() {
    let peer = Peer::new().await;
    let addresses = ["127.0.0.9", "127.0.0.1"].map(|address| address.parse().unwrap());
    let endpoint = endpoint(Says::These(addresses.to_vec()), peer.port());
    let (answered, (_, received)) = tokio::join!(call(&endpoint, post("x")), peer.answer(OK));
    assert_eq!(answered.unwrap(), "ok");
    assert!(received.head.contains(&format!("host: model.test:{}\r\n", peer.port())));
}

#[tokio::test]
async fn localhost_is_reached_on_whichever_family_listens() {
    let peer = Peer::new().await;
    let endpoint =
        crate::peer::endpoint(EndpointSettings::for_url(format!("http://localhost:{}", peer.port())));
    let (answered, _) = tokio::join!(call(&endpoint, post("x")), peer.answer(OK));
    assert_eq!(answered.unwrap(), "ok");
}

#[tokio::test]
async fn nobody_listening_is_a_connect_fault() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    drop(peer);
    let fault = call(&endpoint, get()).await.unwrap_err();
    assert!(matches!(fault, SendFault::Connect(_)) && !fault.sent(), "{fault:?}");
    assert_eq!((endpoint.stats().open, endpoint.stats().failures), (0, 1));
    assert!(!fault.to_string().contains("127.0.0.1"));
}

#[tokio::test]
async fn an_unknown_host_is_a_resolve_fault() {
    let fault = call(&endpoint(Says::NoSuchHost, 80), get()).await.unwrap_err();
    assert!(matches!(fault, SendFault::Resolve(_)) && !fault.sent(), "{fault:?}");
    let fault = call(&endpoint(Says::These(Vec::new()), 80), get()).await.unwrap_err();
    assert_eq!(fault.kind(), "resolve");
}

#[tokio::test]
async fn connecting_has_a_deadline() {
    let endpoint = endpoint(Says::Nothing, 80);
    let timeouts = Timeouts { connect: Duration::from_millis(20), ..TIMEOUTS };
    let fault = endpoint.send(get(), &timeouts).await.unwrap_err();
    assert!(matches!(fault, SendFault::ConnectTimeout) && !fault.sent(), "{fault:?}");
    assert_eq!(endpoint.stats().open, 0);
}

#[tokio::test]
async fn a_full_backlog_runs_into_the_deadline() {
    let socket = || socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let listener = socket();
    listener.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let waiting: Vec<_> = std::iter::repeat_with(|| {
        let caller = socket();
        caller.set_nonblocking(true).unwrap();
        // Under way rather than done; nobody accepts.
        let _ = caller.connect(&address);
        caller
    })
    .take(8)
    .collect();
    let says = Says::These(vec!["127.0.0.1".parse().unwrap()]);
    let endpoint = endpoint(says, address.as_socket_ipv4().unwrap().port());
    let timeouts = Timeouts { connect: Duration::from_millis(100), ..TIMEOUTS };
    let fault = endpoint.send(get(), &timeouts).await.unwrap_err();
    assert!(matches!(fault, SendFault::ConnectTimeout), "{fault:?}");
    drop(waiting);
}

#[test]
fn settings_that_let_nothing_through_are_refused() {
    let shared = Shared::with_resolver(Arc::new(Says::Nothing));
    let none = EndpointSettings { max_connections: 0, ..EndpointSettings::for_url("http://a") };
    assert!(matches!(Endpoint::new(none, &shared), Err(BadEndpoint::NoConnections)));
    let bad = Endpoint::new(EndpointSettings::for_url("mailto:a"), &shared).unwrap_err();
    assert_eq!(bad.to_string(), "bad upstream url: it should start with http://, https:// or unix:");
}

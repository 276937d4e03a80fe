//! The end of a gateway: what runs may finish, what is new is refused, and nothing is left behind.

use crate::{
    client::{Streamed, connect, get},
    process::{Tidegate, config, until},
};
use std::time::{Duration, Instant};

#[test]
fn a_running_stream_is_finished_and_new_callers_are_refused() {
    let sim = Tidegate::sim(&[]);
    for signal in ["TERM", "INT"] {
        let mut gateway = Tidegate::serve(&config(&sim.url(), ""));
        let (address, admin) = (gateway.address(), gateway.admin());
        let mut stream = Streamed::open(&address, "rate=40,tokens=40");
        assert!(stream.read_until("\"content\":"));
        gateway.signal(signal);
        until("the listener to close", || connect(&address).is_err().then_some(()));
        let ready = get(&admin, "/readyz").unwrap();
        assert!(ready.status == 503 && ready.body.contains("draining"), "{}", ready.body);
        assert_eq!(get(&admin, "/healthz").unwrap().status, 200);
        assert!(stream.read_until("[DONE]"), "{}", stream.seen);
        assert_eq!(gateway.ended(), 0, "{signal}");
        let record = gateway.out();
        assert!(record.contains("\"outcome\":\"ok\"") && record.contains("\"output\":40"), "{record}");
        assert!(gateway.err().contains("cut=0"), "{}", gateway.err());
    }
}

#[test]
fn a_second_signal_cuts() {
    let sim = Tidegate::sim(&[]);
    let mut gateway = Tidegate::serve(&config(&sim.url(), ""));
    let mut stream = Streamed::open(&gateway.address(), "stall_after=3");
    assert!(stream.read_until("\"content\":"));
    gateway.signal("TERM");
    gateway.says("draining", 1);
    let start = Instant::now();
    gateway.signal("TERM");
    assert_eq!(gateway.ended(), 0);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(!stream.read_until("[DONE]"));
    assert!(
        gateway.out().contains("\"outcome\":\"aborted\""),
        "what was cut is written down: {}",
        gateway.out()
    );
}

#[test]
fn the_drain_ends_when_its_time_is_over() {
    let sim = Tidegate::sim(&[]);
    let yaml = config(&sim.url(), "").replace("server: { ", "server: { drain: 300ms, ");
    let mut gateway = Tidegate::serve(&yaml);
    let mut stream = Streamed::open(&gateway.address(), "stall_after=3");
    assert!(stream.read_until("\"content\":"));
    let start = Instant::now();
    gateway.signal("TERM");
    assert_eq!(gateway.ended(), 0);
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(gateway.err().contains("cut=1"), "{}", gateway.err());
    assert!(gateway.out().contains("\"usage\""), "{}", gateway.out());
}

#[test]
fn an_idle_connection_does_not_hold_up_the_end() {
    let mut gateway = Tidegate::serve(&config("http://127.0.0.1:9", ""));
    let _idle = connect(&gateway.address()).unwrap();
    let start = Instant::now();
    gateway.signal("TERM");
    assert_eq!(gateway.ended(), 0);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn even_a_killed_gateway_leaves_no_files() {
    let sim = Tidegate::sim(&[]);
    let mut gateway = Tidegate::serve(&config(&sim.url(), ""));
    let mut stream = Streamed::open(&gateway.address(), "stall_after=3");
    assert!(stream.read_until("\"content\":"));
    gateway.signal("KILL");
    assert_eq!(gateway.ended(), -9);
    assert_eq!(gateway.files(), ["tidegate.yaml"]);
    let stats = || get(sim.url().strip_prefix("http://").unwrap(), "/sim/stats").unwrap().json();
    until("the provider to be left", || (stats()["in_flight"].as_u64() == Some(0)).then_some(()));
}

#[test]
fn the_simulator_ends_when_it_is_told() {
    let mut sim = Tidegate::sim(&[]);
    sim.signal("TERM");
    assert_eq!(sim.ended(), 0);
    assert!(sim.files().is_empty());
}

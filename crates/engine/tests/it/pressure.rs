//! A caller that reads slowly slows the provider down: nothing is piled up in between.

use crate::{CHAT, HELLO_STREAM, openai};
use http_body_util::BodyExt;
use std::time::Duration;
use testkit::{
    Gateway, Step, Upstream,
    answers::{openai as gpt, raw, sse_head},
};

/// What the sockets of one loopback connection may hold, generously.
const SOCKETS: u64 = 16 << 20;

/// Waits until the flood has stood still for a fifth of a second, and tells how much of it was taken.
async fn still(upstream: &Upstream) -> u64 {
    let (mut last, mut same) = (upstream.written(), 0);
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let now = upstream.written();
        same = if now == last && now > 0 { same + 1 } else { 0 };
        last = now;
        if same == 20 {
            return now;
        }
    }
    panic!("the flood never stopped");
}

#[tokio::test]
async fn a_caller_that_stops_reading_stops_the_provider() {
    let event = gpt::text(&"tide ".repeat(3000));
    let times = (96 << 20) / event.len();
    let mut steps = vec![sse_head(), raw(&gpt::role()), Step::Flood(event.clone().into(), times)];
    steps.extend([raw(&gpt::stop()), raw(gpt::DONE), Step::Close]);
    let upstream = Upstream::always(steps).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let mut answer = gateway.open(CHAT, "", HELLO_STREAM).await;
    let first = answer.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
    let taken = still(&upstream).await;
    assert!(taken < SOCKETS, "{taken} bytes were taken from the provider though nobody reads");

    // Reading on lets it go on, to the last byte.
    let rest = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(rest.ends_with(gpt::DONE.as_bytes()));
    assert_eq!(upstream.written(), (event.len() * times) as u64);
    let around = [gpt::role(), gpt::stop(), gpt::DONE.to_owned()].concat();
    assert_eq!(first.len() + rest.len(), event.len() * times + around.len());
    let record = gateway.record().await;
    assert_eq!(record["outcome"], "ok");
    assert_eq!(record["usage"]["certainty"], "estimated");
    assert!(record["usage"]["output"].as_u64().unwrap() > 10_000_000, "all of it is counted, from a sample");
}

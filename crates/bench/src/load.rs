//! Running load: closed loops that send when answered, or an open loop that sends on time.
//!
//! In an open loop a latency counts from the moment the request was due, so time spent waiting for a free connection
//! is not lost from sight (coordinated omission).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::connection::Connection;
use crate::options::Options;
use crate::report::Report;
use crate::request;
use crate::target::Target;

/// Pause after a failed request, so that a dead target is not hammered.
const FAILURE_PAUSE: Duration = Duration::from_millis(10);
/// Requests due and not yet sent; beyond this the target has failed to keep up and the rest is counted as failed.
const MOST_DUE: usize = 100_000;

/// Runs the load, against the direct target first if there is one.
///
/// # Errors
/// When the options make no request, or when no request succeeds.
pub async fn run(options: Options) -> Result<Report> {
    let direct = match &options.direct {
        Some(url) => Some(Box::new(measure(&options, url).await?)),
        None => None,
    };
    let report = measure(&options, &options.url).await?;
    Ok(Report { direct, ..report })
}

async fn measure(options: &Options, url: &str) -> Result<Report> {
    let target = Target::parse(url)?;
    let request = request::render(options, &target)?;
    if !options.warmup.is_zero() {
        once(options, &target, &request, options.warmup, None).await;
    }
    let report = once(options, &target, &request, options.duration, options.requests).await;
    if report.requests == 0 {
        let first = report.errors.keys().next().map_or("nothing was sent", String::as_str);
        bail!("no request to {url} succeeded: {first}");
    }
    Ok(report)
}

async fn once(
    options: &Options,
    target: &Target,
    request: &[u8],
    duration: Duration,
    most: Option<u64>,
) -> Report {
    let start = Instant::now();
    let shared = Arc::new(Shared {
        target: target.clone(),
        request: request.to_vec(),
        timeout: options.timeout,
        end: start + options.ramp + duration,
        left: AtomicU64::new(most.unwrap_or(u64::MAX)),
        over: AtomicBool::new(false),
        report: Mutex::new(Report::new()),
    });
    let queue = options
        .rate
        .map(|rate| Arc::new(tokio::sync::Mutex::new(schedule(rate, &shared, start + options.ramp))));
    let mut workers = JoinSet::new();
    for number in 0..options.connections {
        let (shared, queue) = (Arc::clone(&shared), queue.clone());
        let wait = options.ramp.mul_f64(f64::from(number) / f64::from(options.connections));
        workers.spawn(async move {
            if !wait.is_zero() {
                sleep(wait).await;
            }
            work(&shared, queue).await;
        });
    }
    while workers.join_next().await.is_some() {}
    shared.over.store(true, Ordering::Relaxed);
    let mut report = std::mem::replace(&mut *shared.report(), Report::new());
    report.elapsed = start.elapsed();
    report
}

struct Shared {
    target: Target,
    request: Vec<u8>,
    timeout: Duration,
    /// No request starts after this.
    end: Instant,
    left: AtomicU64,
    /// The run is finished: the scheduler may go.
    over: AtomicBool,
    report: Mutex<Report>,
}

impl Shared {
    fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one request from what is left to send.
    fn take(&self) -> bool {
        Instant::now() < self.end
            && self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok()
    }
}

type Queue = Arc<tokio::sync::Mutex<mpsc::Receiver<Instant>>>;

/// Sends the time of each request when it is due, from a thread of its own: the runtime's timers are too coarse.
#[expect(
    clippy::disallowed_methods,
    reason = "this thread belongs to the scheduler alone, no connection waits on it"
)]
fn schedule(rate: f64, shared: &Arc<Shared>, start: Instant) -> mpsc::Receiver<Instant> {
    let (sender, receiver) = mpsc::channel(MOST_DUE);
    let shared = Arc::clone(shared);
    std::thread::spawn(move || {
        let mut number = 0.0;
        while !shared.over.load(Ordering::Relaxed) {
            let due = start + Duration::from_secs_f64(number / rate);
            if due >= shared.end {
                return;
            }
            if let Some(wait) = due.checked_duration_since(Instant::now()) {
                std::thread::sleep(wait);
            }
            if !shared.take() {
                return;
            }
            // The thread's own lateness in waking is not the target's.
            match sender.try_send(due.max(Instant::now())) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(_)) => {
                    shared.report().fail("not sent: target too slow".into())
                }
                Err(mpsc::error::TrySendError::Closed(_)) => return,
            }
            number += 1.0;
        }
    });
    receiver
}

async fn work(shared: &Shared, queue: Option<Queue>) {
    let mut connection = None;
    loop {
        let due = match &queue {
            Some(queue) => match queue.lock().await.recv().await {
                Some(due) => due,
                None => return,
            },
            None if shared.take() => Instant::now(),
            None => return,
        };
        let outcome = timeout(shared.timeout, exchange(shared, &mut connection)).await;
        let failure = match outcome {
            Ok(Ok(answer)) if answer.status >= 400 => Some(format!("status {}", answer.status)),
            Ok(Ok(answer)) if answer.incomplete => Some("stream without its end marker".to_owned()),
            Ok(Ok(answer)) => {
                let mut report = shared.report();
                report.requests += 1;
                report.events += answer.events;
                report.bytes += answer.bytes;
                report.latency.record(due.elapsed());
                answer.first_byte.into_iter().for_each(|wait| report.first_byte.record(wait));
                answer.gaps.into_iter().for_each(|gap| report.gaps.record(gap));
                None
            }
            Ok(Err(error)) => Some(format!("{error:#}")),
            Err(_) => Some("timed out".to_owned()),
        };
        if let Some(failure) = failure {
            shared.report().fail(failure);
            connection = None;
            sleep(FAILURE_PAUSE).await;
        }
    }
}

async fn exchange(shared: &Shared, connection: &mut Option<Connection>) -> Result<crate::connection::Answer> {
    let mut open = match connection.take().filter(Connection::is_reusable) {
        Some(open) => open,
        None => Connection::open(&shared.target.authority).await?,
    };
    let answer = open.exchange(&shared.request).await?;
    *connection = Some(open);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::options::UpstreamOptions;

    #[derive(Parser)]
    struct Load {
        #[command(flatten)]
        options: Options,
    }

    #[derive(Parser)]
    struct Serve {
        #[command(flatten)]
        options: UpstreamOptions,
    }

    /// Runs the load described by `arguments` against an upstream of its own.
    async fn check(arguments: &str) -> Report {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let upstream = Serve::parse_from(["upstream", "--chunks", "5", "--answer-bytes", "1000"]).options;
        let server = tokio::spawn(async move { crate::upstream::serve(listener, &upstream).await });
        let arguments = ["bench", &url].into_iter().chain(arguments.split_whitespace());
        let report = run(Load::parse_from(arguments).options).await.unwrap();
        server.abort();
        report
    }

    #[tokio::test]
    async fn a_closed_loop_sends_exactly_the_requests_asked_for() {
        for dialect in ["openai", "anthropic"] {
            let report = check(&format!("-n 50 -c 4 --dialect {dialect}")).await;
            assert_eq!((report.requests, report.failed(), report.events), (50, 0, 0), "{report}");
            assert!(report.bytes > 50 * 1_000, "{report}");
            assert_eq!(report.latency.count(), 50);
        }
    }

    #[tokio::test]
    async fn events_of_streams_are_counted() {
        // The role, five words, the end and [DONE]; nobody asked for usage.
        let report = check("-n 10 -c 2 --stream").await;
        assert_eq!((report.requests, report.failed(), report.events), (10, 0, 80), "{report}");
        // message_start, content_block_start, five words, content_block_stop, message_delta, message_stop.
        let report = check("-n 10 -c 2 --stream --dialect anthropic").await;
        assert_eq!((report.requests, report.failed(), report.events), (10, 0, 100), "{report}");
    }

    #[tokio::test]
    async fn an_open_loop_sends_on_time() {
        let report = check("-n 40 -r 400 -c 8 -d 30s").await;
        assert_eq!((report.requests, report.failed()), (40, 0), "{report}");
        assert!(report.elapsed >= Duration::from_millis(97), "{report}");
    }

    #[tokio::test]
    async fn a_target_that_is_not_there_is_an_error() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let options = Load::parse_from(["bench", &url, "-n", "1"]).options;
        let error = run(options).await.unwrap_err().to_string();
        assert!(error.contains("cannot connect"), "{error}");
    }
}

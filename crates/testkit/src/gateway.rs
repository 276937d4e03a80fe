//! The engine as a test drives it: configuration in, requests in, answers and records out.

use bytes::Bytes;
use config::{Environment, Source};
use engine::{Engine, Origin, Ports, ResponseBody};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use stdx::{
    clock::{Clock, SystemClock},
    entropy::{Entropy, SplitMix},
};
use telemetry::{AccessLog, Settings, Telemetry};

/// A gateway without listeners.
pub struct Gateway {
    pub engine: Arc<Engine>,
    telemetry: Arc<Telemetry>,
    upstream: upstream::Shared,
    log: PathBuf,
    _folder: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

struct Nothing;
impl Environment for Nothing {
    fn var(&self, _: &str) -> Option<String> {
        None
    }
    fn read_file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}

impl Gateway {
    /// Compiles `yaml`, which must be valid.
    pub fn new(yaml: &str) -> Self {
        Self::with_clock(yaml, Arc::new(SystemClock::default()))
    }

    /// The same with a clock that the test moves. Timers still run in real time; limits, expiry and resting keys do not.
    pub fn with_clock(yaml: &str, clock: Arc<dyn Clock>) -> Self {
        Self::with(yaml, clock, Arc::new(SplitMix::new(7)))
    }

    /// The same with the test's own randomness.
    pub fn with(yaml: &str, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("access.log");
        let settings = Settings { access_log: AccessLog::File(log.clone()), ..Settings::default() };
        let telemetry = Arc::new(Telemetry::start(settings).unwrap());
        let upstream = upstream::Shared::new().unwrap();
        let first = compile(yaml, &upstream, &telemetry, None);
        let engine = Arc::new(Engine::new(first, telemetry.clone(), clock, entropy));
        Self { engine, telemetry, upstream, log, _folder: folder }
    }

    /// Publishes another configuration while requests run.
    pub fn reload(&self, yaml: &str) {
        let old = self.engine.world.now();
        self.engine.world.publish(compile(yaml, &self.upstream, &self.telemetry, Some(&old)));
    }

    /// Sends a JSON body with a key and gives the answer's head; the body comes as it is read.
    pub async fn open(&self, path: &str, key: &str, body: impl Into<Bytes>) -> Response<ResponseBody> {
        let mut request = Request::post(path).header("content-type", "application/json");
        if !key.is_empty() {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        self.request(request.body(Full::new(body.into())).unwrap()).await
    }

    /// A request without a body.
    pub async fn fetch(&self, path: &str, key: &str) -> Answer {
        let mut request = Request::get(path);
        if !key.is_empty() {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        self.send(request.body(Full::default()).unwrap()).await
    }

    pub async fn request(&self, request: Request<Full<Bytes>>) -> Response<ResponseBody> {
        self.engine.serve(request, Origin::default()).await
    }

    /// The same, read to its end.
    pub async fn post(&self, path: &str, key: &str, body: impl Into<Bytes>) -> Answer {
        read(self.open(path, key, body).await).await
    }

    /// What `request` gives, read to its end.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        read(self.request(request).await).await
    }

    /// The records so far, as the access log has them.
    pub fn records(&self) -> Vec<serde_json::Value> {
        assert!(self.telemetry.flush(Duration::from_secs(5)));
        let text = std::fs::read_to_string(&self.log).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until there are `count` records, no more: some are written after their exchange has ended.
    pub async fn records_when(&self, count: usize) -> Vec<serde_json::Value> {
        for _ in 0..1000 {
            let records = self.records();
            if records.len() >= count {
                assert_eq!(records.len(), count, "{records:#?}");
                return records;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{count} records were expected; there are {:#?}", self.records());
    }

    /// The only record.
    pub async fn record(&self) -> serde_json::Value {
        self.records_when(1).await.remove(0)
    }

    pub fn metrics(&self) -> String {
        self.records();
        self.telemetry.render_metrics()
    }
}

/// Reads a response to its end.
pub async fn read(response: Response<ResponseBody>) -> Answer {
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

fn compile(
    yaml: &str,
    upstream: &upstream::Shared,
    telemetry: &Arc<Telemetry>,
    old: Option<&engine::Snapshot>,
) -> engine::Snapshot {
    let sources = [Source { name: "test.yaml".into(), text: yaml.into() }];
    let loaded = config::load(&sources, &Nothing);
    let config = loaded.config.unwrap_or_else(|| panic!("{}", config::render(&loaded.diagnostics, &sources)));
    let ports = Ports { upstream, telemetry, read: &|path| std::fs::read(path) };
    engine::compile(&config, &ports, old)
        .unwrap_or_else(|faults| panic!("{}", config::render(&faults, &sources)))
}

//! One place to send to: finds a connection, sends, and answers for what became of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{HeaderName, HeaderValue, Method, Response, Uri};
use tokio::time::Instant;

use crate::body::Body;
use crate::connect::Dialer;
use crate::counters::{Counters, OpenPermit, PoolStats, count};
use crate::dns::Shared;
use crate::fault::{BadEndpoint, SendFault};
use crate::h1;
use crate::h1::exchange::{Broken, exchange};
use crate::h2::{Fill, H2Pool, Lease, SegmentsBody};
use crate::io::Conn;
use crate::origin::Origin;
use crate::pool::IdlePool;
use crate::request::Outgoing;
use crate::settings::{EndpointSettings, HttpVersion, Timeouts};
use crate::tls::Agreed;

/// Which requests are sent once more, on a fresh connection, when a pooled one turns out closed before a
/// single byte of a response.
///
/// A connection may be closed by the peer just as we pick it up. From here that looks the same as a peer
/// that took the request, acted, and died. RFC 9110 9.2.2 therefore lets a client repeat on its own only
/// what is idempotent or was certainly not applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replay {
    /// Requests not completely handed over (an incomplete message is not acted on), those of idempotent
    /// methods, and those that carry an `idempotency-key`. Model calls are POSTs, so for them this leaves the
    /// choice to the caller, who learns `sent` and knows what a second call costs.
    #[default]
    Safe,
    /// Every request. For upstreams where a doubled call costs nothing, such as a model of one's own.
    Always,
}

/// One place to send to: scheme, authority, base path, TLS, protocol, and its connections.
pub struct Endpoint {
    dialer: Dialer,
    idle: Arc<IdlePool<Conn>>,
    h2: H2Pool,
    counters: Arc<Counters>,
    scheme: Scheme,
    authority: Authority,
    base_path: String,
    host_line: Bytes,
    max_connections: usize,
    idle_timeout: Duration,
    replay: Replay,
    born: Instant,
    /// When idle connections are next looked through, in milliseconds since `born`.
    next_sweep: AtomicU64,
}

/// A connection to send one request over.
enum Line {
    H1 { conn: Conn, reused: bool },
    H2(Lease),
}

impl Endpoint {
    /// Parses the URL and sets TLS up; connects nowhere yet.
    ///
    /// # Errors
    /// When the URL, a bound or the TLS settings cannot be used.
    pub fn new(settings: EndpointSettings, shared: &Shared) -> Result<Endpoint, BadEndpoint> {
        if settings.max_connections == 0 {
            return Err(BadEndpoint::NoConnections);
        }
        let origin = Origin::parse(&settings.url)?;
        Ok(Endpoint {
            dialer: Dialer::new(&origin, &settings, shared)?,
            idle: Arc::new(IdlePool::new(settings.max_idle, settings.idle_timeout)),
            h2: H2Pool::new(settings.http == HttpVersion::Http2),
            counters: Arc::default(),
            host_line: h1::request::host_line(origin.authority.as_str()),
            scheme: origin.scheme,
            authority: origin.authority,
            base_path: origin.base_path,
            max_connections: settings.max_connections,
            idle_timeout: settings.idle_timeout,
            replay: Replay::default(),
            born: Instant::now(),
            next_sweep: AtomicU64::new(0),
        })
    }

    /// With another rule for what is sent again when a pooled connection turns out closed.
    pub fn with_replay(self, replay: Replay) -> Endpoint {
        Endpoint { replay, ..self }
    }

    /// The path every request's path begins with: empty, or with a leading and no trailing slash.
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// Host, and port where it is not the scheme's own.
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// What the connections have been up to.
    pub fn stats(&self) -> PoolStats {
        PoolStats {
            open: self.counters.open.load(Ordering::Relaxed),
            idle: self.idle.len(),
            connects: self.counters.connects.load(Ordering::Relaxed),
            reused: self.counters.reused.load(Ordering::Relaxed),
            failures: self.counters.failures.load(Ordering::Relaxed),
        }
    }

    /// Closes connections that lay idle too long. Sends do this in passing; an endpoint that sees none for
    /// long can be swept from outside.
    pub fn sweep(&self) {
        self.sweep_at(Instant::now());
    }

    /// Sends a request and waits for the response's head. Dropping the future closes the connection or
    /// resets the stream.
    ///
    /// # Errors
    /// When there is no response, with what that means for trying again.
    #[expect(
        clippy::manual_async_fn,
        reason = "an `async fn` would hold the request twice: as argument and as variable"
    )]
    pub fn send(
        &self,
        request: Outgoing,
        timeouts: &Timeouts,
    ) -> impl Future<Output = Result<Response<Body>, SendFault>> + Send {
        async move {
            let sent = self.try_send(&request, timeouts).await;
            if sent.is_err() {
                count(&self.counters.failures);
            }
            sent
        }
    }

    async fn try_send(&self, request: &Outgoing, timeouts: &Timeouts) -> Result<Response<Body>, SendFault> {
        let mut fresh = false;
        loop {
            match self.line(timeouts, fresh).await? {
                Line::H1 { conn, reused } => match self.send_h1(conn, request, timeouts).await {
                    Err(broken) if reused && !fresh && self.may_replay(request, &broken) => fresh = true,
                    sent => return sent.map_err(|broken| broken.fault),
                },
                // Boxed, because the caller's future would otherwise be as large as the largest way.
                Line::H2(lease) => match Box::pin(self.send_h2(lease, request, timeouts)).await {
                    Err(SendFault::Closed { sent: false }) if !fresh => fresh = true,
                    sent => return sent,
                },
            }
        }
    }

    /// A connection: an idle one or a place on a shared one, unless it must be `fresh`, else a new one.
    async fn line(&self, timeouts: &Timeouts, fresh: bool) -> Result<Line, SendFault> {
        let now = Instant::now();
        self.sweep_when_due(now);
        if !fresh && let Some(conn) = self.take_idle(now) {
            count(&self.counters.reused);
            return Ok(Line::H1 { conn, reused: true });
        }
        if let Some(lease) = self.h2.lease(Fill::Comfortable) {
            count(&self.counters.reused);
            return Ok(Line::H2(lease));
        }
        match tokio::time::timeout(timeouts.connect, Box::pin(self.open_line())).await {
            Ok(line) => line,
            Err(_elapsed) => Err(SendFault::ConnectTimeout),
        }
    }

    fn take_idle(&self, now: Instant) -> Option<Conn> {
        loop {
            let (mut conn, lain) = self.idle.take(now)?;
            if !conn.io.is_stale(lain) {
                return Some(conn);
            }
        }
    }

    /// Dials. Where HTTP/2 is known to be spoken one dials and the others wait for what comes of it.
    async fn open_line(&self) -> Result<Line, SendFault> {
        let turn = if self.h2.is_expected() { Some(self.h2.dialing.lock().await) } else { None };
        if turn.is_some()
            && let Some(lease) = self.h2.lease(Fill::Comfortable)
        {
            count(&self.counters.reused);
            return Ok(Line::H2(lease));
        }
        let Some(permit) = self.admit() else {
            return self.h2.lease(Fill::Allowed).map(Line::H2).ok_or(SendFault::Busy);
        };
        let (io, agreed) = self.dialer.dial().await?;
        count(&self.counters.connects);
        if agreed == Agreed::Http1 {
            return Ok(Line::H1 { conn: Conn::new(io, permit), reused: false });
        }
        // Several may have dialled before the first learnt that one connection is enough.
        if let Some(lease) = self.h2.lease(Fill::Comfortable) {
            return Ok(Line::H2(lease));
        }
        self.h2.open(io, permit).await.map(Line::H2)
    }

    /// A permit for one more connection, at the cost of an idle one if need be.
    fn admit(&self) -> Option<OpenPermit> {
        self.counters.admit(self.max_connections).or_else(|| {
            drop(self.idle.take(Instant::now())?);
            self.counters.admit(self.max_connections)
        })
    }

    async fn send_h1(
        &self,
        mut conn: Conn,
        request: &Outgoing,
        timeouts: &Timeouts,
    ) -> Result<Response<Body>, Broken> {
        let head = h1::request::write(
            &request.method,
            request.path.as_str(),
            &self.host_line,
            &request.headers,
            request.body_len(),
        );
        let mut answer = exchange(&mut conn.io, &request.method, &head, &request.body, timeouts.head).await?;
        let mut response = Response::new(Body::of_answer(&mut answer, conn, &self.idle));
        *response.status_mut() = answer.head.status;
        *response.headers_mut() = answer.head.headers;
        Ok(response)
    }

    async fn send_h2(
        &self,
        lease: Lease,
        request: &Outgoing,
        timeouts: &Timeouts,
    ) -> Result<Response<Body>, SendFault> {
        let request = self.h2_request(request)?;
        match tokio::time::timeout(timeouts.head, lease.send(request)).await {
            Ok(answered) => Ok(answered?.map(|incoming| Body::of_stream(incoming, lease))),
            Err(_elapsed) => Err(SendFault::HeadTimeout),
        }
    }

    fn h2_request(&self, request: &Outgoing) -> Result<http::Request<SegmentsBody>, SendFault> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(request.path.to_path_and_query());
        let uri = Uri::from_parts(parts).map_err(|_| SendFault::Request("its path is not valid"))?;
        let mut sent = http::Request::new(SegmentsBody::new(request.body.clone()));
        *sent.method_mut() = request.method.clone();
        *sent.uri_mut() = uri;
        *sent.version_mut() = http::Version::HTTP_2;
        let headers = sent.headers_mut();
        headers.reserve(request.headers.len());
        for (name, value) in request.headers.iter().filter(|(name, _)| !h1::request::is_ours(name)) {
            headers
                .try_append(name.clone(), value.clone())
                .map_err(|_| SendFault::Request("it has too many headers"))?;
        }
        Ok(sent)
    }

    fn may_replay(&self, request: &Outgoing, broken: &Broken) -> bool {
        let SendFault::Closed { sent } = broken.fault else { return false };
        broken.unanswered && (!sent || self.replay == Replay::Always || is_idempotent(request))
    }

    fn sweep_when_due(&self, now: Instant) {
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let at = millis(now.saturating_duration_since(self.born));
        let due = self.next_sweep.load(Ordering::Relaxed);
        if at < due {
            return;
        }
        let next = at.saturating_add(millis(self.idle_timeout / 2).max(1));
        if self.next_sweep.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.sweep_at(now);
        }
    }

    fn sweep_at(&self, now: Instant) {
        self.idle.sweep(now);
        self.h2.sweep(now, self.idle_timeout);
    }
}

fn is_idempotent(request: &Outgoing) -> bool {
    let named = |(name, _): &(HeaderName, HeaderValue)| name.as_str() == "idempotency-key";
    let method = &request.method;
    method.is_idempotent() && *method != Method::TRACE || request.headers.iter().any(named)
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("scheme", &self.scheme.as_str())
            .field("authority", &self.authority.as_str())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

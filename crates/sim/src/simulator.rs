//! The service function: routes a request, checks who calls, plans the answer and lets it behave as told.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use serde_json::Value;

use crate::answer::{self, Answer};
use crate::ask::Ask;
use crate::body::Body;
use crate::cache::Cache;
use crate::caller;
use crate::control;
use crate::fault::Fault;
use crate::log::{Arrived, Log, Stats, Ticket};
use crate::random::{Random, hash};
use crate::request::{Dialect, Route, directives, route};
use crate::{Behaviour, Settings, anthropic, openai, script};

/// Callers whose failed calls are counted for `fail_first` before the counts start afresh.
const MOST_CALLERS: usize = 10_000;

/// A simulated provider. Cheap to call from many tasks at once.
#[derive(Debug)]
pub struct Simulator {
    settings: Settings,
    log: Log,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    cache: Cache,
    /// Failed calls by `x-sim-id` or request.
    failures: HashMap<String, u32>,
}

impl Simulator {
    /// A simulator in its initial state.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, log: Log::default(), state: Mutex::default() }
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Counters since the start or the last reset.
    pub fn stats(&self) -> Stats {
        self.log.stats()
    }

    /// The last requests, oldest first.
    pub fn requests(&self) -> Vec<Arrived> {
        self.log.requests()
    }

    /// Forgets counters, requests, cached prompts and failures.
    pub fn reset(&self) {
        self.log.reset();
        let mut state = self.state();
        state.cache.clear();
        state.failures.clear();
    }

    /// Answers one request. Dropping the future or the response body before its end counts as a cancelled call.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let route = route(parts.uri.path());
        if let Route::Control(name) = &route {
            return control::answer(self, &parts.method, name);
        }
        let ticket = self.log.open(&parts, &body);
        let dialect = caller::dialect(&route, &parts.headers);
        let mut behaviour = self.settings.profile.clone();
        let planned = self.plan(&route, dialect, &parts, &body, &ticket, &mut behaviour);
        // A single sleep: callers see the head when the provider would send it.
        tokio::time::sleep(behaviour.delay).await;
        let head = answer::Head { dialect, seed: self.settings.seed };
        match planned {
            Err(fault) => answer::refuse(&head, &fault, ticket),
            Ok(Answer::Stream { frames, error }) => answer::stream(&head, frames, error, &behaviour, ticket),
            Ok(Answer::Whole { value, tokens }) => {
                tokio::time::sleep(answer::thinking_time(&behaviour, tokens)).await;
                answer::whole(&head, &value, &behaviour, ticket)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is counters and hashes: usable even if a test panicked while holding the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plan(
        &self,
        route: &Route,
        dialect: Dialect,
        parts: &Parts,
        body: &Bytes,
        ticket: &Ticket,
        behaviour: &mut Behaviour,
    ) -> Result<Answer, Fault> {
        caller::check_key(&self.settings.keys, dialect, &parts.headers)?;
        caller::check_method(route, dialect, parts)?;
        let settings = &self.settings;
        let list = match (route, dialect) {
            (Route::Models, Dialect::OpenAi) => openai::models::list(&settings.models, settings.created),
            (Route::Models, Dialect::Anthropic) => anthropic::models::list(&settings.models),
            (Route::Model(name), _) => {
                caller::check_model(name, dialect)?;
                match dialect {
                    Dialect::OpenAi => openai::models::one(name, settings.created),
                    Dialect::Anthropic => anthropic::models::one(name),
                }
            }
            _ => return self.infer(route, dialect, parts, body, ticket, behaviour),
        };
        self.behave(behaviour, dialect, parts, "", ticket)?;
        Ok(Answer::Whole { value: list, tokens: 0 })
    }

    /// Plans a call of a model: everything that has a JSON body.
    fn infer(
        &self,
        route: &Route,
        dialect: Dialect,
        parts: &Parts,
        body: &Bytes,
        ticket: &Ticket,
        behaviour: &mut Behaviour,
    ) -> Result<Answer, Fault> {
        if body.len() > self.settings.max_body {
            return Err(Fault::scripted(413, &Behaviour::default(), dialect));
        }
        if self.settings.strict
            && dialect == Dialect::Anthropic
            && !parts.headers.contains_key("anthropic-version")
        {
            return Err(Fault::invalid("anthropic-version: header is required"));
        }
        let value = parse(body, dialect)?;
        let seed = self.settings.seed;
        let fingerprint = hash(0, body);
        let strict = self.settings.strict;
        if *route == Route::Embeddings {
            let embed = openai::embeddings::read(&value)?;
            self.behave_for(behaviour, dialect, parts, (&embed.model, ""), fingerprint, ticket)?;
            ticket.used(&embed.model, embed.tokens(), 0);
            return Ok(Answer::Whole { value: embed.body(seed, behaviour.no_usage), tokens: 0 });
        }
        let (mut ask, hidden) = match dialect {
            Dialect::OpenAi => (openai::request::read(&value, strict)?, false),
            Dialect::Anthropic => {
                let read = anthropic::request::read(&value, strict, *route == Route::CountTokens)?;
                (read.ask, read.redacted)
            }
        };
        ask.fingerprint = fingerprint;
        let (prompt, lines) = directives(&ask.prompt);
        ask.prompt = prompt;
        self.behave_for(behaviour, dialect, parts, (&ask.model, &lines.join(",")), fingerprint, ticket)?;
        if *route == Route::CountTokens {
            let value = serde_json::json!({"input_tokens": ask.input_tokens});
            return Ok(Answer::Whole { value, tokens: 0 });
        }
        behaviour.redacted |= hidden;
        self.speak(&ask, dialect, ticket, behaviour)
    }

    /// Writes the answers of a model and puts them into the dialect.
    fn speak(
        &self,
        ask: &Ask,
        dialect: Dialect,
        ticket: &Ticket,
        behaviour: &Behaviour,
    ) -> Result<Answer, Fault> {
        let seed = self.settings.seed;
        let cached = self.state().cache.visit(&ask.prefixes);
        let scripts: Vec<_> =
            (0..ask.answers).map(|index| script::write(ask, behaviour, seed, index)).collect();
        let tokens = openai::output_tokens(&scripts);
        ticket.used(&ask.model, ask.input_tokens, tokens);
        Ok(match dialect {
            Dialect::OpenAi => {
                let head = openai::answer::Head::new(ask, seed, self.settings.created);
                if ask.stream {
                    let frames = openai::stream::frames(&head, ask, behaviour, &scripts, cached);
                    Answer::Stream { frames, error: openai::stream::error() }
                } else {
                    let value = openai::answer::body(&head, ask, behaviour, &scripts, cached);
                    Answer::Whole { value, tokens }
                }
            }
            Dialect::Anthropic => {
                let redacted = behaviour.redacted;
                let Some(script) = scripts.first() else {
                    return Err(Fault::new(500, "no answer was written"));
                };
                if ask.stream {
                    let frames = anthropic::stream::frames(ask, behaviour, redacted, seed, script, cached);
                    Answer::Stream { frames, error: anthropic::stream::error() }
                } else {
                    let value = anthropic::answer::body(ask, behaviour, redacted, seed, script, cached);
                    Answer::Whole { value, tokens }
                }
            }
        })
    }

    /// Settles the behaviour of a model call: the model name and the prompt speak after the profile.
    fn behave_for(
        &self,
        behaviour: &mut Behaviour,
        dialect: Dialect,
        parts: &Parts,
        (model, lines): (&str, &str),
        fingerprint: u64,
        ticket: &Ticket,
    ) -> Result<(), Fault> {
        caller::check_model(model, dialect)?;
        for said in [model.split_once(';').map(|(_, said)| said).unwrap_or_default(), lines] {
            behaviour.apply(said).map_err(Fault::invalid)?;
        }
        let id = parts.headers.get("x-sim-id").map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
        self.behave(behaviour, dialect, parts, &id.unwrap_or_else(|| fingerprint.to_string()), ticket)
    }

    /// Adds what the header says and what chance brings, and fails the call if that is its fate.
    fn behave(
        &self,
        behaviour: &mut Behaviour,
        dialect: Dialect,
        parts: &Parts,
        id: &str,
        ticket: &Ticket,
    ) -> Result<(), Fault> {
        for said in parts.headers.get_all("x-sim") {
            behaviour.apply(&String::from_utf8_lossy(said.as_bytes())).map_err(Fault::invalid)?;
        }
        if behaviour.fail_first > 0 {
            let failed = self.count_failure(id, behaviour.fail_first);
            behaviour.status = failed.then(|| behaviour.status.unwrap_or(503));
        }
        chance(behaviour, self.settings.seed, ticket.number());
        match behaviour.status {
            Some(status) => Err(Fault::scripted(status, behaviour, dialect)),
            None if behaviour.quota => Err(Fault::scripted(429, behaviour, dialect)),
            None => Ok(()),
        }
    }

    fn count_failure(&self, id: &str, most: u32) -> bool {
        let mut state = self.state();
        if state.failures.len() >= MOST_CALLERS && !state.failures.contains_key(id) {
            state.failures.clear();
        }
        let count = state.failures.entry(id.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count <= most
    }
}

/// Which calls chance strikes follows from the seed and the number of the call.
fn chance(behaviour: &mut Behaviour, seed: u64, number: u64) {
    let mut random = Random::new(hash(seed, &number.to_le_bytes()));
    if random.happens(behaviour.error_rate) {
        behaviour.status.get_or_insert(500);
    }
    if random.happens(behaviour.limit_rate) {
        behaviour.status.get_or_insert(429);
    }
    let after = random.below(8);
    if random.happens(behaviour.stall_rate) {
        behaviour.stall_after.get_or_insert(after);
    }
    if random.happens(behaviour.disconnect_rate) {
        behaviour.disconnect_after.get_or_insert(after);
    }
    if behaviour.jitter > 0.0 {
        let factor = 1.0 + behaviour.jitter * (2.0 * random.unit() - 1.0);
        behaviour.ttft = Duration::from_secs_f64(behaviour.ttft.as_secs_f64() * factor);
    }
}

fn parse(body: &Bytes, dialect: Dialect) -> Result<Value, Fault> {
    let parsed: Result<Value, _> = serde_json::from_slice(body);
    match (parsed, dialect) {
        (Ok(value @ Value::Object(_)), _) => Ok(value),
        (Ok(_) | Err(_), Dialect::OpenAi) => Err(Fault::invalid(
            "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload.",
        )),
        (Ok(_), Dialect::Anthropic) => Err(Fault::invalid("Input should be a valid dictionary")),
        (Err(error), Dialect::Anthropic) => {
            Err(Fault::invalid(format!("The request body is not valid JSON: {error}")))
        }
    }
}

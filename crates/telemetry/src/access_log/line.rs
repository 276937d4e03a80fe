//! One record as one line of JSON. A field that has nothing to say is left out, so short calls make short lines.

use super::{json::Object, time::Stamp};
use crate::record::{Answer, Attempt, Call, Opened, Record, TEXT, Used};
use ir::{
    finish::Finish,
    format::Operation,
    usage::{ServiceTier, Usage},
};

/// The attempts a line tells of; there are seldom more than three.
const ATTEMPTS: usize = 16;

/// Writes lines; keeps the text of the current second.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    stamp: Stamp,
}

impl Lines {
    /// Appends the record's line, with its line break.
    pub(crate) fn write(&mut self, record: &Record, out: &mut Vec<u8>) {
        let mut line = Object::open(out);
        self.opened(&mut line, &record.opened);
        if let Some(key) = &record.caller.key {
            line.text("key", key, TEXT);
        }
        if let Some(user) = &record.caller.user {
            line.text("user", user, TEXT);
        }
        call(&mut line, &record.call);
        answer(&mut line, &record.answer);
        if !record.attempts.is_empty() {
            attempts(line.key("attempts"), &record.attempts);
        }
        used(&mut line, &record.used);
        line.close();
        out.push(b'\n');
    }

    fn opened(&mut self, line: &mut Object<'_>, opened: &Opened) {
        let out = line.key("time");
        out.push(b'"');
        self.stamp.write(opened.started_us, out);
        out.push(b'"');
        line.word("id", opened.id.as_str());
        if let Some(id) = &opened.caller_id {
            line.text("caller_id", id, TEXT);
        }
        if let Some(remote) = opened.remote {
            line.display("remote", remote);
        }
        line.word("method", opened.method);
        line.text("path", &opened.path, TEXT);
        line.number("revision", opened.revision);
    }
}

fn call(line: &mut Object<'_>, call: &Call) {
    if let Some(operation) = call.operation {
        line.word("operation", Operation::name(operation));
    }
    if let Some(format) = call.format {
        line.word("format", format.name());
    }
    if !call.model.is_empty() {
        line.text("model", &call.model, TEXT);
    }
    line.truth("stream", call.stream);
    line.number("bytes_in", call.bytes_in);
}

fn answer(line: &mut Object<'_>, answer: &Answer) {
    if let Some(target) = &answer.served {
        line.text("provider", target.provider(), TEXT);
        line.text("served_model", answer.model_sent.as_deref().unwrap_or(target.model()), TEXT);
    }
    line.number("status", u64::from(answer.status));
    line.word("outcome", answer.outcome.name());
    if let Some((kind, blame)) = answer.fault {
        line.word("code", kind.code());
        line.word("blame", blame.name());
    }
    if let Some(limit) = answer.limit {
        line.word("limit", limit);
    }
    if let Some(finish) = &answer.finish {
        line.text("finish", finish_name(finish), TEXT);
    }
    line.count("losses", u64::from(answer.losses));
    line.number("bytes_out", answer.bytes_out);
    line.number("duration_us", answer.duration_us);
    if let Some(first) = answer.first_byte_us {
        line.number("first_byte_us", first);
    }
    line.number("overhead_us", answer.overhead_us);
}

fn attempts(out: &mut Vec<u8>, attempts: &[Attempt]) {
    out.push(b'[');
    for (at, attempt) in attempts.iter().take(ATTEMPTS).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let mut one = Object::open(out);
        one.text("provider", attempt.target.provider(), TEXT);
        one.text("model", attempt.target.model(), TEXT);
        one.word("outcome", attempt.outcome);
        one.count("status", u64::from(attempt.status));
        one.number("duration_us", attempt.duration_us);
        one.close();
    }
    out.push(b']');
}

fn used(line: &mut Object<'_>, used: &Used) {
    if let Some(usage) = &used.usage {
        tokens(line.key("usage"), usage);
    }
    if let Some(cost) = used.cost {
        let nanos = u64::try_from(cost.nanos()).unwrap_or(0);
        line.usd("cost_usd", nanos);
        line.number("cost_nanos", nanos);
    }
    if let Some(date) = &used.price_date {
        line.text("price_date", date, TEXT);
    }
}

fn tokens(out: &mut Vec<u8>, usage: &Usage) {
    let mut object = Object::open(out);
    object.number("input", usage.input);
    object.count("cached", usage.cached);
    object.count("cache_write_5m", usage.cache_write_5m);
    object.count("cache_write_1h", usage.cache_write_1h);
    object.number("output", usage.output);
    object.count("reasoning", usage.reasoning);
    object.count("audio_input", usage.audio_input);
    object.count("audio_output", usage.audio_output);
    object.count("image_input", usage.image_input);
    object.count("web_searches", usage.web_searches);
    object.count("accepted_prediction", usage.accepted_prediction);
    object.count("rejected_prediction", usage.rejected_prediction);
    if usage.tier != ServiceTier::Standard {
        object.word("tier", usage.tier.name());
    }
    object.word("certainty", usage.certainty.name());
    object.close();
}

fn finish_name(finish: &Finish) -> &str {
    match finish {
        Finish::Stop => "stop",
        // Which sequence it was is the caller's text, and so no matter for a log.
        Finish::StopSequence(_) => "stop_sequence",
        Finish::Length => "length",
        Finish::ContextWindow => "context_window",
        Finish::ToolCalls => "tool_calls",
        Finish::Refusal => "refusal",
        Finish::ContentFilter => "content_filter",
        Finish::Pause => "pause",
        Finish::Other(word) => word,
    }
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;

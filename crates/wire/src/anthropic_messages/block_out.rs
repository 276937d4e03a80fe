//! Content blocks of a request, written.

use super::{ORIGIN, citation, ids, options::cache_control, out::Json, tools::printable};
use crate::Refused;
use ir::{Ext, Losses, Media, MediaKind, MediaSource, Part, Text, Thought, ToolCall, ToolResult};
use std::borrow::Cow;
use stdx::{Str, json};

/// Where a block stands: what is wrong there is named by it, and it decides what may be said.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) message: usize,
    pub(super) part: usize,
    pub(super) place: Place,
    /// A path inside the part.
    pub(super) inside: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    System,
    User,
    Assistant,
    /// The last text of a conversation that ends with the assistant: the API refuses white space at its end.
    Prefill,
    ToolResult,
}

impl At<'_> {
    pub(super) fn path(&self) -> String {
        format!("messages[{}].content[{}]{}", self.message, self.part, self.inside)
    }

    fn refuse(&self, why: impl Into<Cow<'static, str>>) -> Refused {
        Refused { what: self.path(), why: why.into() }
    }
}

/// Writes a part as the next item of a list; nothing where there is nothing to say.
pub(super) fn part(json: &mut Json<'_>, part: &Part, at: At<'_>, losses: &mut Losses) -> Result<(), Refused> {
    if matches!(at.place, Place::System) && !matches!(part, Part::Text(_) | Part::Foreign(_)) {
        return Err(at.refuse("system instructions there are text only"));
    }
    match part {
        Part::Text(part) => text(json, part, at, losses),
        Part::Media(part) => media(json, part, at, losses)?,
        Part::ToolCall(part) => tool_use(json, part, at, losses),
        Part::ToolResult(part) => tool_result(json, part, at, losses)?,
        Part::Reasoning(part) => thought(json, part, at, losses),
        Part::Refusal(sentence) => {
            losses.approximated(at.path());
            text(json, &Text { text: sentence.clone(), ..Text::default() }, at, losses);
        }
        Part::Foreign(foreign) if foreign.origin == ORIGIN => json.item().raw(foreign.json.as_str()),
        // What an answer once held besides words only dresses the history up; what the user holds out is meant to be seen.
        Part::Foreign(_) if at.place == Place::Assistant || at.place == Place::Prefill => {
            losses.dropped(at.path())
        }
        Part::Foreign(foreign) => {
            return Err(at.refuse(format!(
                "a content part of type \"{}\" has no counterpart there",
                printable(&foreign.kind)
            )));
        }
    }
    Ok(())
}

/// Writes the fields that only this dialect has a word for; others' are lost.
fn ext(json: &mut Json<'_>, ext: &Ext, at: At<'_>, losses: &mut Losses) {
    for (name, value) in ext.of(ORIGIN) {
        json.member(name, value);
    }
    for (name, _) in ext.foreign_to(ORIGIN) {
        losses.dropped(format!("{}.{name}", at.path()));
    }
}

/// The API refuses blank text, which says nothing anyway.
fn text(json: &mut Json<'_>, part: &Text, at: At<'_>, losses: &mut Losses) {
    let mut words: &str = &part.text;
    if at.place == Place::Prefill && words.trim_end().len() < words.len() {
        losses.approximated(at.path());
        words = words.trim_end();
    }
    if words.trim().is_empty() {
        if !words.is_empty() {
            losses.dropped(at.path());
        }
        return;
    }
    let ours = || part.citations.iter().filter(|citation| citation.origin == ORIGIN);
    if part.citations.iter().any(|citation| citation.origin != ORIGIN) {
        // An index only Anthropic can issue belongs to each citation that is sent back.
        losses.dropped(format!("{}.annotations", at.path()));
    }
    json.item().object(|json| {
        json.text("type", "text");
        json.text("text", words);
        if ours().next().is_some() {
            json.key("citations")
                .list(|json| ours().for_each(|citation| citation::write(json.item(), citation)));
        }
        cache_control(json, part.cache);
        ext(json, &part.ext, at, losses);
    });
}

/// A source in this dialect's words.
enum Source<'a> {
    Base64 { mime: &'a str, data: &'a str },
    Text(Cow<'a, str>),
    Url(&'a str),
    File(&'a str),
}

fn media(json: &mut Json<'_>, part: &Media, at: At<'_>, losses: &mut Losses) -> Result<(), Refused> {
    let (kind, source) = media_source(part, at)?;
    if part.detail.as_ref().is_some_and(|detail| *detail != "auto") {
        losses.dropped(format!("{}.detail", at.path()));
    }
    json.item().object(|json| {
        json.text("type", kind);
        json.key("source").object(|json| match &source {
            Source::Base64 { mime, data } => {
                json.text("type", "base64");
                json.text("media_type", mime);
                json.text("data", data);
            }
            Source::Text(text) => {
                json.text("type", "text");
                json.text("media_type", "text/plain");
                json.text("data", text);
            }
            Source::Url(url) => {
                json.text("type", "url");
                json.text("url", url);
            }
            Source::File(id) => {
                json.text("type", "file");
                json.text("file_id", id);
            }
        });
        if part.kind == MediaKind::Document {
            json.optional_text("title", part.name.as_ref().filter(|name| !name.is_empty()));
        }
        cache_control(json, part.cache);
        ext(json, &part.ext, at, losses);
    });
    Ok(())
}

fn media_source<'a>(part: &'a Media, at: At<'_>) -> Result<(&'static str, Source<'a>), Refused> {
    let kind = match part.kind {
        MediaKind::Image => "image",
        MediaKind::Document => "document",
        MediaKind::Audio => return Err(at.refuse("audio cannot be read there")),
    };
    let source = match &part.source {
        MediaSource::Url(url) => Source::Url(url),
        MediaSource::File { origin: ORIGIN, id } => Source::File(id),
        MediaSource::File { origin, .. } => {
            return Err(at.refuse(format!("a file uploaded to {origin} is not there")));
        }
        MediaSource::Text(text) if part.kind == MediaKind::Document => Source::Text(Cow::Borrowed(text)),
        MediaSource::Text(_) => return Err(at.refuse("an image cannot be text")),
        MediaSource::Inline { mime, base64 }
            if part.kind == MediaKind::Image || *mime == "application/pdf" =>
        {
            Source::Base64 { mime, data: base64 }
        }
        MediaSource::Inline { mime, base64 } if mime.starts_with("text/") => {
            match super::base64::text(base64) {
                Some(text) => Source::Text(Cow::Owned(text)),
                None => return Err(at.refuse("the document is not base64 of UTF-8 text")),
            }
        }
        MediaSource::Inline { .. } => return Err(at.refuse("documents there are PDF or plain text")),
    };
    Ok((kind, source))
}

fn tool_use(json: &mut Json<'_>, call: &ToolCall, at: At<'_>, losses: &mut Losses) {
    let input = input(call);
    if call.freeform || matches!(input, Input::Wrapped(_)) {
        losses.approximated(format!("{}.arguments", at.path()));
    }
    json.item().object(|json| {
        json.text("type", "tool_use");
        json.text("id", &ids::escape(&call.id));
        json.text("name", &ids::escape(&call.name));
        json.key("input").raw(input.as_str());
        cache_control(json, call.cache);
        ext(json, &call.ext, at, losses);
    });
}

/// A call's input, which must be an object here.
pub(super) enum Input<'a> {
    Own(&'a str),
    /// What the model wrote is no object, and stands whole in a member of one.
    Wrapped(String),
}

impl Input<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Own(text) => text,
            Self::Wrapped(text) => text,
        }
    }
}

/// The input of a call: its arguments if they are an object, `{}` if there are none, else wrapped.
pub(super) fn input(call: &ToolCall) -> Input<'_> {
    let text = call.arguments.trim();
    if call.freeform {
        return Input::Wrapped(format!("{{\"input\":{}}}", crate::json::out::quoted(&call.arguments)));
    }
    if text.is_empty() {
        return Input::Own("{}");
    }
    match json::validate(text.as_bytes()) {
        Ok(json::Kind::Object) => Input::Own(text),
        _ => Input::Wrapped(format!("{{\"arguments\":{}}}", crate::json::out::quoted(&call.arguments))),
    }
}

fn tool_result(
    json: &mut Json<'_>,
    result: &ToolResult,
    at: At<'_>,
    losses: &mut Losses,
) -> Result<(), Refused> {
    json.item().open(b'{');
    json.text("type", "tool_result");
    json.text("tool_use_id", &ids::escape(&result.call));
    let mark = json.mark();
    json.key("content").open(b'[');
    let start = json.mark();
    for (index, inner) in result.parts.iter().enumerate() {
        let inside = format!(".content[{index}]");
        let at = At { place: Place::ToolResult, inside: &inside, ..at };
        part(json, inner, at, losses)?;
    }
    let is_empty = json.mark() == start;
    json.close(b']');
    if is_empty {
        json.back_to(mark);
    }
    if result.failed {
        json.key("is_error").bool(true);
    }
    cache_control(json, result.cache);
    ext(json, &result.ext, at, losses);
    json.close(b'}');
    Ok(())
}

/// A thought goes home only: with the signature Anthropic gave it. Others are dropped, since an unsigned one is refused.
fn thought(json: &mut Json<'_>, thought: &Thought, at: At<'_>, losses: &mut Losses) {
    let token: Option<&Str> =
        thought.opaque.as_ref().filter(|opaque| opaque.origin == ORIGIN).map(|opaque| &opaque.token);
    let Some(token) = token.filter(|_| matches!(at.place, Place::Assistant | Place::Prefill)) else {
        return losses.dropped(format!("{}.reasoning", at.path()));
    };
    json.item().object(|json| {
        if thought.redacted {
            json.text("type", "redacted_thinking");
            json.text("data", token);
        } else {
            json.text("type", "thinking");
            json.text("thinking", &thought.text);
            json.text("signature", token);
        }
        ext(json, &thought.ext, at, losses);
    });
}

//! Content blocks, read: text, media, tool calls and results, thinking. Everything else is kept whole as `Foreign`.

use super::{
    ORIGIN, bad, citation,
    ids::unescape,
    node::{Content, Members, Source, Text, node},
};
use crate::BadBody;
use ir::{
    CacheMark, CacheTtl, Ext, Foreign, Media, MediaKind, MediaSource, Opaque, Part, Thought, ToolCall,
    ToolResult,
};
use serde_json::value::RawValue;
use stdx::Str;

node! {
    /// The members of all block types together; which count depends on `kind`.
    struct Block<'a> {
        "type" => kind: Text<'a>,
        "text" => text: Text<'a>,
        "citations" => citations: &'a RawValue,
        "cache_control" => cache_control: &'a RawValue,
        "source" => source: &'a RawValue,
        "title" => title: Text<'a>,
        "id" => id: Text<'a>,
        "name" => name: Text<'a>,
        "input" => input: &'a RawValue,
        "tool_use_id" => tool_use_id: Text<'a>,
        "content" => content: &'a RawValue,
        "is_error" => is_error: bool,
        "thinking" => thinking: Text<'a>,
        "signature" => signature: Text<'a>,
        "data" => data: Text<'a>,
    }
}

node! {
    /// Where an image or document comes from.
    struct MediaWire<'a> {
        "type" => kind: Text<'a>,
        "media_type" => media_type: Text<'a>,
        "data" => data: Text<'a>,
        "url" => url: Text<'a>,
        "file_id" => file_id: Text<'a>,
    }
}

node! {
    /// `{"type":"ephemeral","ttl":"5m"}`
    struct CacheWire<'a> {
        "type" => kind: Text<'a>,
        "ttl" => ttl: Text<'a>,
    }
}

/// Whose turn the blocks belong to: decides what may stand in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Turn,
    /// Inside a tool result: a further result there is not read into, so nesting is bounded.
    ToolResult,
}

/// Reads a string or a list of blocks into `parts`.
pub(super) fn content(
    source: Source<'_>,
    content: Content<'_>,
    at: &str,
    place: Place,
    parts: &mut Vec<Part>,
) -> Result<(), BadBody> {
    match content {
        Content::Text(text) => {
            parts.push(Part::Text(ir::Text { text: source.str(text), ..ir::Text::default() }))
        }
        Content::Blocks(blocks) => {
            parts.reserve(blocks.len());
            for (index, raw) in blocks.into_iter().enumerate() {
                parts.push(block(source, raw, || format!("{at}[{index}]"), place)?);
            }
        }
    }
    Ok(())
}

/// Reads one block. `at` is asked for only when something is wrong.
pub(super) fn block(
    source: Source<'_>,
    raw: &RawValue,
    at: impl Fn() -> String,
    place: Place,
) -> Result<Part, BadBody> {
    let block: Block<'_> = match stdx::json::from_str(raw.get()) {
        Ok(block) => block,
        // Blocks of other kinds use the same names for other things.
        Err(_) if let Some(kind) = unknown_kind(raw) => return Ok(foreign(source, kind, raw)),
        Err(error) => return Err(bad::bad(&error, raw.get(), &at())),
    };
    let Some(kind) = &block.kind else { return Err(missing(&at(), "type")) };
    match kind.0.as_ref() {
        "text" => text(source, block, &at),
        "image" => media(source, block, raw, MediaKind::Image, &at),
        "document" => media(source, block, raw, MediaKind::Document, &at),
        "tool_use" if place == Place::Turn => tool_use(source, block, &at),
        "tool_result" if place == Place::Turn => tool_result(source, block, &at),
        "thinking" => thinking(source, block, &at),
        "redacted_thinking" => redacted(source, block, &at),
        other => Ok(foreign(source, other.into(), raw)),
    }
}

fn foreign(source: Source<'_>, kind: Str, raw: &RawValue) -> Part {
    Part::Foreign(Foreign { origin: ORIGIN, kind, json: source.raw(raw) })
}

/// The kind of a block that is none of those with words of their own.
fn unknown_kind(raw: &RawValue) -> Option<Str> {
    const KNOWN: &[&str] =
        &["text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking"];
    let Members(members) = stdx::json::from_str(raw.get()).ok()?;
    let (_, kind) = members.into_iter().find(|(name, _)| name.0 == "type")?;
    let kind: Text<'_> = stdx::json::from_str(kind.get()).ok()?;
    (!KNOWN.contains(&kind.0.as_ref())).then(|| kind.0.into())
}

pub(super) fn missing(at: &str, field: &str) -> BadBody {
    let path = bad::join(at, field);
    let message = format!("{path} is required");
    BadBody::new(path, message)
}

fn required<'a>(value: Option<Text<'a>>, at: &impl Fn() -> String, field: &str) -> Result<Text<'a>, BadBody> {
    value.ok_or_else(|| missing(&at(), field))
}

/// Members there is no word for.
pub(super) fn ext(source: Source<'_>, rest: Vec<(Text<'_>, &RawValue)>) -> Ext {
    let mut ext = Ext::default();
    for (name, value) in rest {
        ext.push(ORIGIN, source.str(name), source.raw(value));
    }
    ext
}

/// A cache mark; one of a kind there is no word for stays as written in `ext`.
pub(super) fn cache(source: Source<'_>, raw: Option<&RawValue>, ext: &mut Ext) -> Option<CacheMark> {
    let raw = raw?;
    let mark = stdx::json::from_str::<CacheWire<'_>>(raw.get()).ok().filter(|w| w.rest.is_empty()).and_then(
        |wire| {
            if wire.kind.as_ref().is_some_and(|kind| kind.0 != "ephemeral") {
                return None;
            }
            match wire.ttl.as_ref().map(|ttl| ttl.0.as_ref()) {
                None => Some(CacheTtl::Default),
                Some("5m") => Some(CacheTtl::FiveMinutes),
                Some("1h") => Some(CacheTtl::OneHour),
                Some(_) => None,
            }
        },
    );
    if mark.is_none() {
        ext.push(ORIGIN, "cache_control", source.raw(raw));
    }
    mark.map(|ttl| CacheMark { ttl })
}

fn text(source: Source<'_>, block: Block<'_>, at: &impl Fn() -> String) -> Result<Part, BadBody> {
    let mut ext = ext(source, block.rest);
    Ok(Part::Text(ir::Text {
        text: source.str(required(block.text, at, "text")?),
        citations: block.citations.map(|raw| citation::list(source, raw)).unwrap_or_default(),
        cache: cache(source, block.cache_control, &mut ext),
        ext,
    }))
}

fn media(
    source: Source<'_>,
    block: Block<'_>,
    raw: &RawValue,
    kind: MediaKind,
    at: &impl Fn() -> String,
) -> Result<Part, BadBody> {
    let Some(wire) = block.source else { return Err(missing(&at(), "source")) };
    let inside = || bad::join(&at(), "source");
    let wire: MediaWire<'_> =
        stdx::json::from_str(wire.get()).map_err(|e| bad::bad(&e, wire.get(), &inside()))?;
    let from = match required(wire.kind, &inside, "type")?.0.as_ref() {
        "base64" => MediaSource::Inline {
            mime: source.str(required(wire.media_type, &inside, "media_type")?),
            base64: source.str(required(wire.data, &inside, "data")?),
        },
        "url" => MediaSource::Url(source.str(required(wire.url, &inside, "url")?)),
        "file" => {
            MediaSource::File { origin: ORIGIN, id: source.str(required(wire.file_id, &inside, "file_id")?) }
        }
        "text" if kind == MediaKind::Document => {
            MediaSource::Text(source.str(required(wire.data, &inside, "data")?))
        }
        // A document made of blocks, or whatever comes next: only this dialect can say it.
        _ => {
            return Ok(Part::Foreign(Foreign {
                origin: ORIGIN,
                kind: kind_name(kind),
                json: source.raw(raw),
            }));
        }
    };
    let mut ext = ext(source, block.rest);
    if let Some(raw) = block.citations {
        ext.push(ORIGIN, "citations", source.raw(raw));
    }
    let cache = cache(source, block.cache_control, &mut ext);
    let name = block.title.map(|title| source.str(title));
    Ok(Part::Media(Media { kind, source: from, name, detail: None, cache, ext }))
}

const fn kind_name(kind: MediaKind) -> Str {
    Str::from_static(match kind {
        MediaKind::Image => "image",
        MediaKind::Document => "document",
        MediaKind::Audio => "audio",
    })
}

fn tool_use(source: Source<'_>, block: Block<'_>, at: &impl Fn() -> String) -> Result<Part, BadBody> {
    let mut ext = ext(source, block.rest);
    Ok(Part::ToolCall(ToolCall {
        id: unescape(source.str(required(block.id, at, "id")?)),
        name: source.str(required(block.name, at, "name")?),
        arguments: block.input.map_or(Str::from_static("{}"), |raw| source.text(raw)),
        freeform: false,
        cache: cache(source, block.cache_control, &mut ext),
        ext,
    }))
}

fn tool_result(source: Source<'_>, block: Block<'_>, at: &impl Fn() -> String) -> Result<Part, BadBody> {
    let call = unescape(source.str(required(block.tool_use_id, at, "tool_use_id")?));
    let mut ext = ext(source, block.rest);
    let cache = cache(source, block.cache_control, &mut ext);
    let mut parts = Vec::new();
    if let Some(raw) = block.content {
        let at = bad::join(&at(), "content");
        let inner: Content<'_> = stdx::json::from_str(raw.get()).map_err(|e| bad::bad(&e, raw.get(), &at))?;
        content(source, inner, &at, Place::ToolResult, &mut parts)?;
    }
    Ok(Part::ToolResult(ToolResult { call, parts, failed: block.is_error.unwrap_or(false), cache, ext }))
}

fn thinking(source: Source<'_>, block: Block<'_>, at: &impl Fn() -> String) -> Result<Part, BadBody> {
    let opaque = block.signature.map(|text| source.str(text)).and_then(super::ids::opaque);
    let text = source.str(required(block.thinking, at, "thinking")?);
    Ok(Part::Reasoning(Thought { text, opaque, redacted: false, ext: ext(source, block.rest) }))
}

fn redacted(source: Source<'_>, block: Block<'_>, at: &impl Fn() -> String) -> Result<Part, BadBody> {
    let data: Str = source.str(required(block.data, at, "data")?);
    let opaque: Option<Opaque> = super::ids::opaque(data);
    Ok(Part::Reasoning(Thought {
        text: Str::default(),
        opaque,
        redacted: true,
        ext: ext(source, block.rest),
    }))
}

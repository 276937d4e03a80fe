//! Content parts, read: text, images, audio, files, refusals, and the thinking lists of Mistral. Anything else is kept whole as `Foreign`.

use super::ORIGIN;
use crate::{
    BadBody,
    json::{
        bad,
        node::{Content, Rest, Source, Text, node},
    },
};
use ir::{CacheMark, CacheTtl, Ext, Foreign, Media, MediaKind, MediaSource, Part, Thought};
use serde_json::value::RawValue;
use stdx::Str;

node! {
    /// The members of all part types together; which count depends on `kind`.
    struct PartWire<'a> {
        "type" => kind: Text<'a>,
        "text" => text: Text<'a>,
        "refusal" => refusal: Text<'a>,
        "image_url" => image_url: &'a RawValue,
        "input_audio" => input_audio: AudioWire<'a>,
        "file" => file: FileWire<'a>,
        "thinking" => thinking: &'a RawValue,
        "cache_control" => cache_control: &'a RawValue,
    }
}

node! {
    struct ImageWire<'a> {
        "url" => url: Text<'a>,
        "detail" => detail: Text<'a>,
    }
}

node! {
    struct AudioWire<'a> {
        "data" => data: Text<'a>,
        "format" => format: Text<'a>,
    }
}

node! {
    struct FileWire<'a> {
        "file_id" => file_id: Text<'a>,
        "file_data" => file_data: Text<'a>,
        "filename" => filename: Text<'a>,
    }
}

node! {
    /// `{"type":"ephemeral","ttl":"1h"}`: Anthropic's mark, which proxies of this dialect take on parts and tools.
    struct CacheWire<'a> {
        "type" => kind: Text<'a>,
        "ttl" => ttl: Text<'a>,
    }
}

/// A thing read somewhere: where it stands, for messages about it.
pub(super) type At<'a> = &'a dyn Fn() -> String;

pub(super) fn missing(at: &str, field: &str) -> BadBody {
    let path = bad::join(at, field);
    let message = format!("{path} is required");
    BadBody::new(path, message)
}

/// Members there is no word for.
pub(super) fn ext(source: Source<'_>, rest: Rest<'_>) -> Ext {
    let mut ext = Ext::default();
    for (name, value) in rest {
        ext.push(ORIGIN, source.str(name), source.raw(value));
    }
    ext
}

/// A cache mark; one there is no word for stays as written in `ext`.
pub(super) fn cache(source: Source<'_>, raw: Option<&RawValue>, ext: &mut Ext) -> Option<CacheMark> {
    let raw = raw?;
    let wire = stdx::json::from_str::<CacheWire<'_>>(raw.get()).ok();
    let ttl = wire.and_then(|wire| match wire.ttl.as_ref().map(|ttl| &*ttl.0) {
        None => Some(CacheTtl::Default),
        Some("5m") => Some(CacheTtl::FiveMinutes),
        Some("1h") => Some(CacheTtl::OneHour),
        Some(_) => None,
    });
    if ttl.is_none() {
        ext.push(ORIGIN, "cache_control", source.raw(raw));
    }
    ttl.map(|ttl| CacheMark { ttl })
}

/// Reads a string or a list of parts into `parts`.
pub(super) fn content(
    source: Source<'_>,
    content: Content<'_>,
    at: At<'_>,
    parts: &mut Vec<Part>,
) -> Result<(), BadBody> {
    match content {
        Content::Text(text) => {
            parts.push(Part::Text(ir::Text { text: source.str(text), ..ir::Text::default() }))
        }
        Content::Blocks(blocks) => {
            parts.reserve(blocks.len());
            for (index, raw) in blocks.into_iter().enumerate() {
                parts.push(part(source, raw, &|| format!("{}[{index}]", at()))?);
            }
        }
    }
    Ok(())
}

fn part(source: Source<'_>, raw: &RawValue, at: At<'_>) -> Result<Part, BadBody> {
    let wire: PartWire<'_> =
        stdx::json::from_str(raw.get()).map_err(|error| bad::bad(&error, raw.get(), &at()))?;
    let Some(kind) = &wire.kind else { return Err(missing(&at(), "type")) };
    match &*kind.0 {
        "text" | "input_text" | "output_text" => {
            let mut ext = ext(source, wire.rest);
            let cache = cache(source, wire.cache_control, &mut ext);
            let text = source.str(wire.text.ok_or_else(|| missing(&at(), "text"))?);
            Ok(Part::Text(ir::Text { text, citations: Vec::new(), cache, ext }))
        }
        "refusal" => Ok(Part::Refusal(source.str(wire.refusal.ok_or_else(|| missing(&at(), "refusal"))?))),
        "thinking" => {
            let text = wire.thinking.map(|raw| thinking_text(source, raw)).unwrap_or_default();
            Ok(Part::Reasoning(Thought { text, opaque: None, redacted: false, ext: Ext::default() }))
        }
        "image_url" => image(source, wire, at),
        "input_audio" => audio(source, wire, at),
        "file" => file(source, wire, raw, at),
        other => Ok(Part::Foreign(Foreign { origin: ORIGIN, kind: other.into(), json: source.raw(raw) })),
    }
}

/// Mistral's thinking: a string, or a list of text parts.
pub(super) fn thinking_text(source: Source<'_>, raw: &RawValue) -> Str {
    match stdx::json::from_str::<Content<'_>>(raw.get()) {
        Ok(Content::Text(text)) => source.str(text),
        Ok(Content::Blocks(blocks)) => {
            let texts: Vec<String> = blocks
                .into_iter()
                .filter_map(|raw| stdx::json::from_str::<PartWire<'_>>(raw.get()).ok()?.text)
                .map(|text| text.0.into_owned())
                .collect();
            texts.concat().into()
        }
        Err(_) => Str::default(),
    }
}

/// Splits `data:MIME;base64,DATA`.
pub(super) fn data_url(url: &Str) -> Option<(Str, Str)> {
    // Looked at once: the rest may be megabytes.
    let text = url.as_str();
    if !text.get(..5)?.eq_ignore_ascii_case("data:") {
        return None;
    }
    let comma = memchr::memchr(b',', text.as_bytes())?;
    let mime = text.get(5..comma)?.strip_suffix(";base64")?;
    let mime = mime.split(';').next().filter(|mime| !mime.is_empty()).unwrap_or("text/plain");
    Some((mime.into(), url.slice(comma + 1..text.len())?))
}

fn source_of(url: Str) -> MediaSource {
    match data_url(&url) {
        Some((mime, base64)) => MediaSource::Inline { mime, base64 },
        None => MediaSource::Url(url),
    }
}

fn image(source: Source<'_>, wire: PartWire<'_>, at: At<'_>) -> Result<Part, BadBody> {
    let raw = wire.image_url.ok_or_else(|| missing(&at(), "image_url"))?;
    let inside = || bad::join(&at(), "image_url");
    // Mistral and others take the URL itself.
    let image = if raw.get().starts_with('"') {
        let url = stdx::json::from_str(raw.get()).map_err(|error| bad::bad(&error, raw.get(), &inside()))?;
        ImageWire { url: Some(url), ..ImageWire::default() }
    } else {
        stdx::json::from_str(raw.get()).map_err(|error| bad::bad(&error, raw.get(), &inside()))?
    };
    let url = source.str(image.url.ok_or_else(|| missing(&inside(), "url"))?);
    let mut ext = ext(source, wire.rest);
    Ok(Part::Media(Media {
        kind: MediaKind::Image,
        source: source_of(url),
        name: None,
        detail: image.detail.map(|detail| source.str(detail)),
        cache: cache(source, wire.cache_control, &mut ext),
        ext,
    }))
}

fn audio(source: Source<'_>, wire: PartWire<'_>, at: At<'_>) -> Result<Part, BadBody> {
    let audio = wire.input_audio.ok_or_else(|| missing(&at(), "input_audio"))?;
    let inside = || bad::join(&at(), "input_audio");
    let base64 = source.str(audio.data.ok_or_else(|| missing(&inside(), "data"))?);
    let format = audio.format.ok_or_else(|| missing(&inside(), "format"))?;
    let mut ext = ext(source, wire.rest);
    Ok(Part::Media(Media {
        kind: MediaKind::Audio,
        source: MediaSource::Inline { mime: format!("audio/{}", format.0).into(), base64 },
        name: None,
        detail: None,
        cache: cache(source, wire.cache_control, &mut ext),
        ext,
    }))
}

fn file(source: Source<'_>, wire: PartWire<'_>, raw: &RawValue, at: At<'_>) -> Result<Part, BadBody> {
    let file = wire.file.ok_or_else(|| missing(&at(), "file"))?;
    let from = match (file.file_data, file.file_id) {
        (Some(data), _) => {
            let data = source.str(data);
            match data_url(&data) {
                Some((mime, base64)) => MediaSource::Inline { mime, base64 },
                None if data.starts_with("http://") || data.starts_with("https://") => MediaSource::Url(data),
                // Without its head it is the bare base64; OpenAI takes PDF.
                None => MediaSource::Inline { mime: Str::from_static("application/pdf"), base64: data },
            }
        }
        (None, Some(id)) => MediaSource::File { origin: ORIGIN, id: source.str(id) },
        (None, None) => {
            return Ok(Part::Foreign(Foreign { origin: ORIGIN, kind: "file".into(), json: source.raw(raw) }));
        }
    };
    let kind = match &from {
        MediaSource::Inline { mime, .. } if mime.starts_with("image/") => MediaKind::Image,
        _ => MediaKind::Document,
    };
    let mut ext = ext(source, wire.rest);
    let cache = cache(source, wire.cache_control, &mut ext);
    Ok(Part::Media(Media {
        kind,
        source: from,
        name: file.filename.map(|name| source.str(name)),
        detail: None,
        cache,
        ext,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_urls_are_taken_apart_and_others_left_alone() {
        let split =
            |url: &str| data_url(&url.into()).map(|(mime, data)| (mime.to_string(), data.to_string()));
        assert_eq!(split("data:image/png;base64,QUJD"), Some(("image/png".into(), "QUJD".into())));
        assert_eq!(
            split("DATA:text/plain;charset=utf-8;base64,QQ=="),
            Some(("text/plain".into(), "QQ==".into()))
        );
        assert_eq!(split("data:,hello"), None);
        assert_eq!(split("https://x/a.png"), None);
        assert_eq!(split("data"), None);
    }
}

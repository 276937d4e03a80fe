//! Content parts, written. What OpenAI has no part for is said as text where that means the same, and refused where it does not.

use super::ORIGIN;
use crate::{Refused, json::out::Json};
use ir::{Ext, Losses, Media, MediaKind, MediaSource, Part, Text};
use std::borrow::Cow;
use stdx::RawJson;

/// `text` as a JSON string.
pub(super) fn quoted(text: &str) -> RawJson {
    let mut out = Vec::with_capacity(text.len() + 2);
    stdx::json::escape_into(text, &mut out);
    RawJson::from_valid(String::from_utf8(out).unwrap_or_default())
}

/// What an encoder keeps while it walks: losses, and where it is.
pub(super) struct Walk<'a> {
    pub(super) losses: &'a mut Losses,
    pub(super) at: String,
}

impl Walk<'_> {
    pub(super) fn dropped(&mut self, what: &str) {
        self.losses.dropped(format!("{}.{what}", self.at));
    }

    pub(super) fn approximated(&mut self, what: &str) {
        self.losses.approximated(format!("{}.{what}", self.at));
    }

    pub(super) fn refused(&self, what: &str, why: impl Into<Cow<'static, str>>) -> Refused {
        Refused { what: format!("{}.{what}", self.at), why: why.into() }
    }

    /// Writes the fields this dialect wrote, and notes those of another.
    pub(super) fn ext(&mut self, ext: &Ext, json: &mut Json<'_>) {
        for (name, value) in ext.of(ORIGIN) {
            json.member(name, value);
        }
        self.foreign(ext);
    }

    pub(super) fn foreign(&mut self, ext: &Ext) {
        for (name, _) in ext.foreign_to(ORIGIN) {
            self.dropped(name);
        }
    }
}

/// Writes one part of a system, user or tool message.
pub(super) fn part(part: &Part, json: &mut Json<'_>, walk: &mut Walk<'_>) -> Result<(), Refused> {
    match part {
        Part::Text(text) => self::text(text, json, walk),
        Part::Media(media) => return self::media(media, json, walk),
        Part::Refusal(refusal) => json.item().object(|json| {
            json.text("type", "refusal");
            json.text("refusal", refusal);
        }),
        Part::Foreign(foreign) if foreign.origin == ORIGIN => {
            json.item().raw(foreign.json.as_str());
        }
        Part::Foreign(foreign) => {
            return Err(walk.refused(&foreign.kind, "there is no such content in OpenAI chat"));
        }
        // A thought or call in a user's turn is nothing any dialect lets a client say.
        Part::Reasoning(_) => walk.dropped("thinking"),
        Part::ToolCall(_) | Part::ToolResult(_) => walk.dropped("tool"),
    }
    Ok(())
}

fn text(text: &Text, json: &mut Json<'_>, walk: &mut Walk<'_>) {
    if text.cache.is_some() {
        walk.losses.dropped("cache_control");
    }
    json.item().object(|json| {
        json.text("type", "text");
        json.text("text", &text.text);
        walk.ext(&text.ext, json);
    });
}

fn media(media: &Media, json: &mut Json<'_>, walk: &mut Walk<'_>) -> Result<(), Refused> {
    if media.cache.is_some() {
        walk.losses.dropped("cache_control");
    }
    match (media.kind, &media.source) {
        (_, MediaSource::File { origin, .. }) if *origin != ORIGIN => {
            Err(walk.refused("source.file_id", "the file is stored at another provider; send its content"))
        }
        (MediaKind::Image, MediaSource::Url(_) | MediaSource::Inline { .. }) => {
            image(media, json, walk);
            Ok(())
        }
        (MediaKind::Audio, MediaSource::Inline { mime, base64 }) => {
            json.item().object(|json| {
                json.text("type", "input_audio");
                json.key("input_audio").object(|json| {
                    json.text("data", base64);
                    json.text("format", audio_format(mime));
                });
                walk.ext(&media.ext, json);
            });
            Ok(())
        }
        (_, MediaSource::Text(content)) => {
            // OpenAI has files and text; a plain text document is text.
            walk.approximated("source");
            json.item().object(|json| {
                json.text("type", "text");
                match &media.name {
                    Some(name) => json.text("text", &format!("{name}\n\n{}", content.as_str())),
                    None => json.text("text", content),
                }
                walk.foreign(&media.ext);
            });
            Ok(())
        }
        (_, MediaSource::Inline { .. } | MediaSource::File { .. }) => {
            file(media, json, walk);
            Ok(())
        }
        (_, MediaSource::Url(_)) => {
            Err(walk.refused("source.url", "OpenAI chat takes a document's content, not its address"))
        }
    }
}

/// Writes `data:MIME;base64,DATA` as a JSON string. Base64 and media types need no escaping, but a client may have sent anything.
fn data_url(json: &mut Json<'_>, mime: &str, base64: &str) {
    json.str(&["data:", mime, ";base64,", base64].concat());
}

fn image(media: &Media, json: &mut Json<'_>, walk: &mut Walk<'_>) {
    json.item().object(|json| {
        json.text("type", "image_url");
        json.key("image_url").object(|json| {
            match &media.source {
                MediaSource::Inline { mime, base64 } => data_url(json.key("url"), mime, base64),
                MediaSource::Url(url) => json.text("url", url),
                MediaSource::Text(_) | MediaSource::File { .. } => {}
            }
            json.optional_text("detail", media.detail.as_ref());
        });
        walk.ext(&media.ext, json);
    });
}

fn file(media: &Media, json: &mut Json<'_>, walk: &mut Walk<'_>) {
    json.item().object(|json| {
        json.text("type", "file");
        json.key("file").object(|json| match &media.source {
            MediaSource::Inline { mime, base64 } => {
                let name = media.name.as_deref().unwrap_or(if *mime == "application/pdf" {
                    "document.pdf"
                } else {
                    "document"
                });
                json.text("filename", name);
                data_url(json.key("file_data"), mime, base64);
            }
            MediaSource::File { id, .. } => {
                json.text("file_id", id);
                json.optional_text("filename", media.name.as_ref());
            }
            MediaSource::Url(_) | MediaSource::Text(_) => {}
        });
        walk.ext(&media.ext, json);
    });
}

/// `audio/mpeg` and `audio/x-wav` are `mp3` and `wav` to OpenAI.
fn audio_format(mime: &str) -> &str {
    match mime.strip_prefix("audio/").unwrap_or(mime) {
        "mpeg" => "mp3",
        "x-wav" | "wave" => "wav",
        other => other,
    }
}

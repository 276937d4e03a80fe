//! The parts a message is made of.

use crate::{Ext, Foreign, Format};
use stdx::{RawJson, Str};

#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Text(Text),
    Media(Media),
    ToolCall(ToolCall),
    ToolResult(ToolResult),
    Reasoning(Thought),
    /// The model declines; a sentence for the reader.
    Refusal(Str),
    Foreign(Foreign),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    pub text: Str,
    pub citations: Vec<Citation>,
    pub cache: Option<CacheMark>,
    pub ext: Ext,
}

/// Where a sentence comes from. `url`, `title` and `quote` are the words both sides share; `raw` is the origin's own form.
#[derive(Clone, Debug, PartialEq)]
pub struct Citation {
    pub url: Option<Str>,
    pub title: Option<Str>,
    pub quote: Option<Str>,
    /// Character range of the cited text in the whole message text, where the origin tells.
    pub span: Option<(u64, u64)>,
    pub origin: Format,
    pub raw: RawJson,
}

/// "The provider may cache the prompt up to here."
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheMark {
    pub ttl: CacheTtl,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheTtl {
    /// No time was named: the provider's default.
    #[default]
    Default,
    FiveMinutes,
    OneHour,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    pub kind: MediaKind,
    pub source: MediaSource,
    /// File name or title, where one was given.
    pub name: Option<Str>,
    /// OpenAI's `detail`: how closely an image is looked at.
    pub detail: Option<Str>,
    pub cache: Option<CacheMark>,
    pub ext: Ext,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    Image,
    Document,
    Audio,
}

#[derive(Clone, Debug, PartialEq)]
pub enum MediaSource {
    Url(Str),
    /// Base64 exactly as it came, with its media type (`image/png`).
    Inline {
        mime: Str,
        base64: Str,
    },
    /// A document given as plain text.
    Text(Str),
    /// A file already uploaded to `origin`.
    File {
        origin: Format,
        id: Str,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    pub id: Str,
    pub name: Str,
    /// The arguments as JSON text, exactly as the model wrote them; may be empty or, from a careless model, invalid.
    pub arguments: Str,
    /// True for OpenAI custom tools, whose input is free text.
    pub freeform: bool,
    pub cache: Option<CacheMark>,
    pub ext: Ext,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// The id of the call this answers.
    pub call: Str,
    pub parts: Vec<Part>,
    pub failed: bool,
    pub cache: Option<CacheMark>,
    pub ext: Ext,
}

/// A model's reasoning. `text` may be empty where the provider shows only its sealed form.
#[derive(Clone, Debug, PartialEq)]
pub struct Thought {
    pub text: Str,
    pub opaque: Option<Opaque>,
    /// True where the provider redacted the text and gave only the sealed form.
    pub redacted: bool,
    pub ext: Ext,
}

/// A token bound to whoever issued it (a signature, an encrypted thought): carried exactly, returned only there.
#[derive(Clone, Debug, PartialEq)]
pub struct Opaque {
    pub origin: Format,
    pub token: Str,
}

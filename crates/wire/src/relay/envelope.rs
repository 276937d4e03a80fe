//! What the gateway must know of a request, found in one pass over the top-level members: content is checked, never decoded.

use super::owned::{Once, count_or_null, flag, put, text, text_or_null};
use crate::BadBody;
use bytes::Bytes;
use ir::{Format, Operation};
use smallvec::SmallVec;
use stdx::{
    Str,
    json::{self, Kind, Member},
    splice::{Edit, splice},
};

/// The owned fields of a request and where they stand in its body.
#[derive(Debug)]
pub struct Envelope {
    format: Format,
    operation: Operation,
    model: Once<Str>,
    stream: Option<Once<bool>>,
    options: Option<Once<StreamOptions>>,
    max_output: Option<u64>,
    user: Option<Str>,
}

/// OpenAI's `stream_options`, where it is an object.
#[derive(Debug, Default)]
struct StreamOptions {
    /// False for `null`, which is replaced as a whole.
    is_object: bool,
    is_empty: bool,
    include_usage: Option<Once<bool>>,
}

/// What is collected while the members go by; the first thing wrong wins.
#[derive(Default)]
struct Found {
    model: Option<Once<Str>>,
    stream: Option<Once<bool>>,
    options: Option<Once<StreamOptions>>,
    max_tokens: Option<Once<Option<u64>>>,
    max_completion_tokens: Option<Once<Option<u64>>>,
    user: Option<Once<Option<Str>>>,
    metadata: Option<Once<()>>,
}

/// Reads the envelope of a request body and checks the whole body's syntax (RFC 8259, UTF-8, nesting up to 512).
/// A missing model, an owned field of the wrong type or one given twice is a `BadBody` that names it.
pub fn envelope(operation: Operation, format: Format, body: &Bytes) -> Result<Envelope, BadBody> {
    let (mut found, mut wrong) = (Found::default(), None);
    json::members(body, &mut |member| {
        if wrong.is_none() {
            wrong = found.take(operation, format, body, member).err();
        }
    })
    .map_err(|bad| BadBody::new(None, format!("the body is not valid JSON: {bad}")))?;
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    let Some(model) = found.model else {
        return Err(BadBody::new(
            "model".to_string(),
            "`model` is missing; name the model the request is for",
        ));
    };
    if model.value.is_empty() {
        return Err(BadBody::new("model".to_string(), "`model` is empty; name the model the request is for"));
    }
    let newer = found.max_completion_tokens.and_then(|once| once.value);
    Ok(Envelope {
        format,
        operation,
        model,
        stream: found.stream,
        options: found.options,
        max_output: newer.or(found.max_tokens.and_then(|once| once.value)),
        user: found.user.and_then(|once| once.value),
    })
}

impl Found {
    fn take(
        &mut self,
        operation: Operation,
        format: Format,
        body: &[u8],
        member: &Member,
    ) -> Result<(), BadBody> {
        let raw = member.raw_name(body);
        // A name spelled with escapes is the same name; nobody honest writes one, so the detour is for them alone.
        let name = if raw.contains(&b'\\') {
            member.name(body).unwrap_or_default()
        } else {
            String::from_utf8_lossy(raw)
        };
        match (operation, format, &*name) {
            (_, _, "model") => put(&mut self.model, "model", member, text(body, member, "model")?),
            (Operation::Chat, _, "stream") => {
                put(&mut self.stream, "stream", member, flag(body, member, "stream")?)
            }
            (Operation::Chat, Format::OpenAiChat, "stream_options") => {
                put(&mut self.options, "stream_options", member, stream_options(body, member)?)
            }
            (Operation::Chat, _, "max_tokens") => {
                put(&mut self.max_tokens, "max_tokens", member, count_or_null(body, member, "max_tokens")?)
            }
            (Operation::Chat, Format::OpenAiChat, "max_completion_tokens") => {
                let value = count_or_null(body, member, "max_completion_tokens")?;
                put(&mut self.max_completion_tokens, "max_completion_tokens", member, value)
            }
            (Operation::Chat | Operation::Embeddings, Format::OpenAiChat, "user") => {
                put(&mut self.user, "user", member, text_or_null(body, member, "user")?)
            }
            (Operation::Chat, Format::AnthropicMessages, "metadata") => {
                put(&mut self.metadata, "metadata", member, ())?;
                self.user_of_metadata(body, member)
            }
            _ => Ok(()),
        }
    }

    fn user_of_metadata(&mut self, body: &[u8], metadata: &Member) -> Result<(), BadBody> {
        within(body, metadata, "metadata", &mut |member| match member.name(body).as_deref() {
            Some("user_id") => put(
                &mut self.user,
                "metadata.user_id",
                member,
                text_or_null(body, member, "metadata.user_id")?,
            ),
            _ => Ok(()),
        })
    }
}

fn stream_options(body: &[u8], options: &Member) -> Result<StreamOptions, BadBody> {
    let mut found =
        StreamOptions { is_object: options.kind == Kind::Object, is_empty: true, include_usage: None };
    within(body, options, "stream_options", &mut |member| {
        found.is_empty = false;
        if member.name(body).as_deref() == Some("include_usage") {
            let name = "stream_options.include_usage";
            put(&mut found.include_usage, name, member, flag(body, member, name)?)?;
        }
        Ok(())
    })?;
    Ok(found)
}

/// Visits the members of a member that must be an object or null.
fn within(
    body: &[u8],
    object: &Member,
    name: &str,
    visit: &mut dyn FnMut(&Member) -> Result<(), BadBody>,
) -> Result<(), BadBody> {
    match object.kind {
        Kind::Null => return Ok(()),
        Kind::Object => {}
        _ => return Err(BadBody::new(name.to_string(), format!("`{name}` must be an object"))),
    }
    let mut result = Ok(());
    let scanned = json::members_in(body, object.value.clone(), &mut |member| {
        if result.is_ok() {
            result = visit(member);
        }
    });
    scanned.map_err(|bad| BadBody::new(name.to_string(), bad.to_string()))?;
    result
}

impl Envelope {
    /// The model's name, escapes decoded.
    pub fn model(&self) -> &str {
        &self.model.value
    }

    pub fn is_stream(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| stream.value)
    }

    /// The caller gets to see usage at the end of a stream. Anthropic streams always show it.
    pub fn wants_usage(&self) -> bool {
        let asked = || self.options.as_ref()?.value.include_usage.as_ref().map(|once| once.value);
        self.format == Format::AnthropicMessages || asked().unwrap_or(false)
    }

    /// The caller's bound of output tokens.
    pub const fn max_output(&self) -> Option<u64> {
        self.max_output
    }

    /// The end user's id, as the caller gave it.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The body for the provider: the model's name replaced where it differs, usage asked for where `include_usage` and the stream
    /// would not tell; everything else is the caller's own bytes, shared. Nothing to change gives `body` itself back.
    pub fn outgoing(&self, body: &Bytes, model: &str, include_usage: bool) -> SmallVec<[Bytes; 4]> {
        let mut edits = SmallVec::<[Edit; 2]>::new();
        if self.model.value != *model {
            let mut json = Vec::with_capacity(model.len() + 2);
            json::escape_into(model, &mut json);
            edits.push(Edit::replace(self.model.span.clone(), json));
        }
        if include_usage && self.is_stream() && !self.wants_usage() && self.operation == Operation::Chat {
            edits.extend(self.usage_edit());
        }
        edits.sort_by_key(|edit| edit.span.start);
        splice(body, &edits)
    }

    fn usage_edit(&self) -> Option<Edit> {
        const OBJECT: &str = r#"{"include_usage":true}"#;
        let Some(options) = &self.options else {
            let end = self.stream.as_ref()?.span.end;
            return Some(Edit::insert(end, r#","stream_options":{"include_usage":true}"#));
        };
        let (span, found) = (options.span.clone(), &options.value);
        Some(match &found.include_usage {
            _ if !found.is_object => Edit::replace(span, OBJECT),
            Some(flag) => Edit::replace(flag.span.clone(), "true"),
            None if found.is_empty => Edit::replace(span, OBJECT),
            None => Edit::insert(span.start + 1, r#""include_usage":true,"#),
        })
    }
}

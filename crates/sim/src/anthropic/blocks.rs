//! The system prompt and the conversation of a messages request: roles, content blocks, cache markers, documents.

use serde_json::{Value, json};

use super::request::{expected, required};
use super::signature;
use super::sources::source;
use crate::ask::{Ask, Document, Lifetime, Prefix};
use crate::fault::Fault;
use crate::random::hash;
use crate::request::{is_identifier, items, present, text};
use crate::text::tokens;

const BLOCKS: &[&str] = &[
    "compaction",
    "container_upload",
    "document",
    "image",
    "mcp_tool_result",
    "mcp_tool_use",
    "redacted_thinking",
    "search_result",
    "server_tool_use",
    "text",
    "thinking",
    "tool_reference",
    "tool_result",
    "tool_use",
];
const MOST_MARKERS: usize = 4;

/// Adds the prompt, its tokens, its cache prefixes and its documents to `ask`.
pub(super) fn read(body: &Value, ask: &mut Ask, strict: bool) -> Result<(), Fault> {
    let mut reader = Reader { hash: hash(0, ask.model.as_bytes()), ask, strict, markers: 0, documents: 0 };
    reader.ask.input_tokens = 3;
    for tool in items(body, "tools") {
        reader.count(tool, tokens(&tool.to_string()), "tools")?;
    }
    reader.system(body)?;
    let messages = match body.get("messages") {
        None => return Err(required("messages")),
        Some(messages) => messages.as_array().ok_or_else(|| expected("messages", "a valid list"))?,
    };
    if messages.is_empty() {
        return Err(Fault::invalid("messages: at least one message is required"));
    }
    for (index, message) in messages.iter().enumerate() {
        reader.message(message, &format!("messages.{index}"), index)?;
    }
    if let Some(marker) = present(body, "cache_control") {
        reader.mark(marker, "cache_control")?;
    }
    if reader.markers > MOST_MARKERS {
        let found = reader.markers;
        let message =
            format!("A maximum of {MOST_MARKERS} blocks with cache_control may be provided. Found {found}.");
        return Err(Fault::invalid(message));
    }
    Ok(())
}

struct Reader<'a> {
    ask: &'a mut Ask,
    strict: bool,
    /// Hash of the prompt so far.
    hash: u64,
    markers: usize,
    documents: usize,
}

impl Reader<'_> {
    /// Adds a part of the prompt, and a cache prefix that ends with it where it is marked.
    fn count(&mut self, part: &Value, tokens: u64, path: &str) -> Result<(), Fault> {
        let mut bare = part.clone();
        if let Some(bare) = bare.as_object_mut() {
            // Moving the marker on must not change what earlier prefixes look like.
            bare.remove("cache_control");
        }
        self.hash = hash(self.hash, bare.to_string().as_bytes());
        self.ask.input_tokens += tokens;
        match present(part, "cache_control") {
            Some(marker) => self.mark(marker, path),
            None => Ok(()),
        }
    }

    fn mark(&mut self, marker: &Value, path: &str) -> Result<(), Fault> {
        if text(marker, "type") != "ephemeral" {
            return Err(expected(&format!("{path}.cache_control.ephemeral.type"), "'ephemeral'"));
        }
        let lifetime = match present(marker, "ttl").map(|ttl| ttl.as_str().unwrap_or_default()) {
            None | Some("5m") => Lifetime::FiveMinutes,
            Some("1h") => Lifetime::OneHour,
            Some(_) => return Err(expected(&format!("{path}.cache_control.ephemeral.ttl"), "'5m' or '1h'")),
        };
        if lifetime == Lifetime::OneHour
            && self.ask.prefixes.iter().any(|p| p.lifetime == Lifetime::FiveMinutes)
        {
            let message = format!(
                "{path}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control \
                 block."
            );
            return Err(Fault::invalid(message));
        }
        self.markers += 1;
        self.ask.prefixes.push(Prefix { hash: self.hash, tokens: self.ask.input_tokens, lifetime });
        Ok(())
    }

    fn system(&mut self, body: &Value) -> Result<(), Fault> {
        match present(body, "system") {
            None => Ok(()),
            Some(said @ Value::String(_)) => {
                self.count(said, tokens(said.as_str().unwrap_or_default()), "system")
            }
            Some(Value::Array(list)) => list.iter().enumerate().try_for_each(|(index, block)| {
                let path = format!("system.{index}");
                if text(block, "type") != "text" {
                    return Err(expected(&format!("{path}.type"), "'text'"));
                }
                self.block(block, &path, "system")
            }),
            Some(_) => Err(expected("system", "a valid string or list")),
        }
    }

    fn message(&mut self, message: &Value, path: &str, index: usize) -> Result<(), Fault> {
        let role = match message.get("role") {
            None => return Err(required(&format!("{path}.role"))),
            Some(role) => role.as_str().unwrap_or_default(),
        };
        match role {
            "user" | "assistant" => {}
            "system" if index > 0 => {}
            "system" => {
                return Err(Fault::invalid(
                    "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, \
                     not \"system\" as an input message role.",
                ));
            }
            _ => return Err(expected(&format!("{path}.role"), "'user' or 'assistant'")),
        }
        if let Some(name) = message
            .as_object()
            .into_iter()
            .flat_map(|m| m.keys())
            .find(|n| !["role", "content"].contains(&n.as_str()))
        {
            return Err(Fault::invalid(format!("{path}.{name}: Extra inputs are not permitted")));
        }
        match role {
            // A turn of tool results alone does not change what the user asked for.
            "user" if !said(message).is_empty() => self.ask.prompt = said(message),
            "assistant" => self.ask.tool_results.clear(),
            _ => {}
        }
        self.hash = hash(self.hash, role.as_bytes());
        self.ask.input_tokens += 4;
        match message.get("content") {
            None => Err(required(&format!("{path}.content"))),
            Some(Value::String(said)) if said.is_empty() => {
                Err(Fault::invalid(format!("{path}: user messages must have non-empty content")))
            }
            Some(Value::String(said)) => {
                self.count(&json!({"type": "text", "text": said}), tokens(said), path)
            }
            Some(Value::Array(blocks)) if blocks.is_empty() && role == "user" => {
                Err(Fault::invalid(format!("{path}: user messages must have non-empty content")))
            }
            Some(Value::Array(blocks)) => blocks
                .iter()
                .enumerate()
                .try_for_each(|(at, block)| self.block(block, &format!("{path}.content.{at}"), role)),
            Some(_) => Err(expected(&format!("{path}.content"), "a valid list")),
        }
    }

    fn block(&mut self, block: &Value, path: &str, role: &str) -> Result<(), Fault> {
        let Some(kind) = block.get("type").and_then(Value::as_str) else {
            return Err(required(&format!("{path}.type")));
        };
        if !BLOCKS.contains(&kind) && !kind.ends_with("_tool_result") {
            return Err(Fault::invalid(format!(
                "{path}: Input tag '{kind}' found using 'type' does not match any of the expected tags: '{}'",
                BLOCKS.join("', '")
            )));
        }
        let only_for = match kind {
            "thinking" | "redacted_thinking" | "tool_use" => "assistant",
            "tool_result" | "image" | "document" => "user",
            _ => role,
        };
        if only_for != role {
            return Err(Fault::invalid(format!(
                "{path}: `{kind}` blocks can only be specified in `{only_for}` messages"
            )));
        }
        let tokens = match kind {
            "text" => self.text(block, path)?,
            "image" => source(block, &format!("{path}.image")).map(|()| 1_000)?,
            "document" => self.document(block, &format!("{path}.document"))?,
            "thinking" | "redacted_thinking" => self.thought(block, kind, path)?,
            "tool_use" => tool_use(block, &format!("{path}.tool_use"))?,
            "tool_result" => self.tool_result(block, path)?,
            _ => tokens(&block.to_string()),
        };
        self.count(block, tokens, path)
    }

    fn text(&mut self, block: &Value, path: &str) -> Result<u64, Fault> {
        match block.get("text").map(|text| (text, text.as_str())) {
            None => Err(required(&format!("{path}.text.text"))),
            Some((_, None)) => Err(expected(&format!("{path}.text.text"), "a valid string")),
            Some((_, Some(""))) => Err(Fault::invalid("messages: text content blocks must be non-empty")),
            Some((_, Some(said))) if said.trim().is_empty() => {
                Err(Fault::invalid("messages: text content blocks must contain non-whitespace text"))
            }
            Some((_, Some(said))) => Ok(tokens(said)),
        }
    }

    fn document(&mut self, block: &Value, path: &str) -> Result<u64, Fault> {
        source(block, path)?;
        let index = self.documents;
        self.documents += 1;
        let source = block.get("source").unwrap_or(&Value::Null);
        let readable = match text(source, "type") {
            "text" => text(source, "data").to_owned(),
            "content" => said(source),
            _ => String::new(),
        };
        let cited = block.pointer("/citations/enabled") == Some(&Value::Bool(true));
        let tokens = if readable.is_empty() { 250 } else { tokens(&readable) };
        if cited && !readable.is_empty() {
            let title = present(block, "title").and_then(Value::as_str).map(str::to_owned);
            self.ask.documents.push(Document { index, title, text: readable });
        }
        Ok(tokens)
    }

    fn thought(&mut self, block: &Value, kind: &str, path: &str) -> Result<u64, Fault> {
        let field = |name: &str| {
            let value = block.get(name).and_then(Value::as_str);
            value.ok_or_else(|| required(&format!("{path}.{kind}.{name}")))
        };
        if kind == "redacted_thinking" {
            let data = field("data")?;
            if self.strict && !signature::is_redacted_by_us(data) {
                return Err(Fault::invalid(format!("{path}: Invalid `data` in `redacted_thinking` block")));
            }
            return Ok(tokens(data) / 8);
        }
        let thinking = field("thinking")?;
        let signature = field("signature")?;
        if self.strict && signature != signature::of(thinking) {
            return Err(Fault::invalid(format!("{path}: Invalid `signature` in `thinking` block")));
        }
        Ok(tokens(thinking))
    }

    fn tool_result(&mut self, block: &Value, path: &str) -> Result<u64, Fault> {
        if present(block, "tool_use_id").and_then(Value::as_str).is_none() {
            return Err(required(&format!("{path}.tool_result.tool_use_id")));
        }
        let result = match block.get("content") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(result)) => result.clone(),
            Some(Value::Array(parts)) => {
                for (index, part) in parts.iter().enumerate() {
                    let path = format!("{path}.tool_result.content.{index}");
                    match text(part, "type") {
                        "image" => source(part, &format!("{path}.image"))?,
                        "document" => source(part, &format!("{path}.document"))?,
                        "text" | "search_result" | "tool_reference" => {}
                        other => {
                            return Err(expected(
                                &format!("{path}.type"),
                                &format!("a known block type, not '{other}'"),
                            ));
                        }
                    }
                }
                said(block)
            }
            Some(_) => {
                return Err(expected(&format!("{path}.tool_result.content"), "a valid string or list"));
            }
        };
        let tokens = tokens(&result);
        self.ask.tool_results.push(result);
        Ok(tokens)
    }
}

fn tool_use(block: &Value, path: &str) -> Result<u64, Fault> {
    for field in ["id", "name"] {
        let value =
            block.get(field).and_then(Value::as_str).ok_or_else(|| required(&format!("{path}.{field}")))?;
        if !is_identifier(value, 200) {
            return Err(Fault::invalid(format!(
                "{path}.{field}: String should match pattern '^[a-zA-Z0-9_-]+$'"
            )));
        }
    }
    match block.get("input") {
        None => Err(required(&format!("{path}.input"))),
        Some(input @ Value::Object(_)) => Ok(tokens(&input.to_string())),
        Some(_) => Err(expected(&format!("{path}.input"), "a valid dictionary")),
    }
}

fn said(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(said)) => said.clone(),
        _ => {
            let texts = items(message, "content").iter().filter(|block| text(block, "type") == "text");
            texts.map(|block| text(block, "text")).collect::<Vec<_>>().join("\n")
        }
    }
}

//! A whole answer, written for a client of this dialect.

use super::{ORIGIN, details, finish, message_out, part_out::Walk, usage};
use crate::{Seed, json::out::Json};
use bytes::{Bytes, BytesMut};
use ir::{ChatResponse, Citation, Finish, Losses, Part, Thought};

pub(super) fn encode(response: &ChatResponse, seed: &Seed, losses: &mut Losses) -> Bytes {
    let mut out = BytesMut::with_capacity(1024);
    let mut json = Json::new(&mut out);
    let mut walk = Walk { losses, at: "choices[0].message".to_string() };
    json.object(|json| {
        match &response.id {
            Some(id) => json.text("id", id),
            None => json.text("id", &format!("chatcmpl-{}", seed.id)),
        }
        json.text("object", "chat.completion");
        json.count("created", response.created.unwrap_or(seed.created));
        json.text("model", response.model.as_deref().unwrap_or(&seed.model));
        json.key("choices").list(|json| json.item().object(|json| choice(response, json, &mut walk)));
        if let Some(usage) = &response.usage {
            usage::write(json.key("usage"), usage);
        }
        json.optional_text("service_tier", response.service_tier.as_ref());
        walk.at = "response".to_string();
        walk.ext(&response.ext, json);
    });
    out.freeze()
}

fn choice(response: &ChatResponse, json: &mut Json<'_>, walk: &mut Walk<'_>) {
    json.count("index", 0);
    json.key("message").object(|json| message(&response.parts, json, walk));
    match &response.logprobs {
        Some(raw) => json.key("logprobs").raw(raw.as_str()),
        None => json.key("logprobs").null(),
    }
    let refused = response.parts.iter().any(|part| matches!(part, Part::Refusal(_)));
    let says_more = |finish: &Finish| {
        matches!(
            finish,
            Finish::StopSequence(Some(_)) | Finish::ContextWindow | Finish::Pause | Finish::Other(_)
        )
    };
    if response.finish.as_ref().is_some_and(says_more) {
        walk.losses.approximated("stop_reason");
    }
    json.text("finish_reason", reason(response.finish.as_ref(), refused));
}

/// The reason an answer ended. A refusal that is spelled out ends with `stop`; one that is not, with `content_filter`.
pub(super) fn reason(finish: Option<&Finish>, refusal_written: bool) -> &'static str {
    match finish {
        Some(Finish::Refusal) if refusal_written => "stop",
        Some(finish) => finish::write(finish),
        None => "stop",
    }
}

fn message(parts: &[Part], json: &mut Json<'_>, walk: &mut Walk<'_>) {
    json.text("role", "assistant");
    let texts: Vec<&ir::Text> =
        parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(text) } else { None }).collect();
    match texts.as_slice() {
        [] => json.key("content").null(),
        [text] => json.text("content", &text.text),
        many => {
            let all: Vec<&str> = many.iter().map(|text| text.text.as_str()).collect();
            json.text("content", &all.concat());
        }
    }
    let refusals: Vec<&str> = parts
        .iter()
        .filter_map(|part| if let Part::Refusal(text) = part { Some(text.as_str()) } else { None })
        .collect();
    match refusals.as_slice() {
        [] => json.key("refusal").null(),
        many => json.text("refusal", &many.concat()),
    }
    thoughts(parts, json);
    annotations(&texts, json, walk);
    let calls =
        || parts.iter().filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None });
    if calls().next().is_some() {
        json.key("tool_calls").list(|json| {
            for call in calls() {
                message_out::tool_call(call, json, walk);
            }
        });
    }
    for part in parts {
        match part {
            Part::Foreign(foreign) if foreign.origin == ORIGIN && foreign.kind == "images" => {
                json.key("images").raw(foreign.json.as_str());
            }
            Part::Foreign(foreign) => walk.dropped(&foreign.kind),
            Part::Media(_) | Part::ToolResult(_) => walk.dropped("content"),
            _ => {}
        }
    }
}

fn thoughts(parts: &[Part], json: &mut Json<'_>) {
    let thoughts: Vec<&Thought> = parts
        .iter()
        .filter_map(|part| if let Part::Reasoning(thought) = part { Some(thought) } else { None })
        .collect();
    if thoughts.iter().any(|thought| !thought.text.is_empty()) {
        let all: Vec<&str> = thoughts.iter().map(|thought| thought.text.as_str()).collect();
        json.text("reasoning_content", &all.concat());
    }
    if thoughts.iter().any(|thought| details::is_sealed(thought.opaque.as_ref())) {
        json.key("reasoning_details").list(|json| {
            for (index, thought) in thoughts.iter().enumerate() {
                if let Some(seal) = &thought.opaque {
                    details::write(json, seal, Some(&thought.text), thought.redacted, index);
                }
            }
        });
    }
}

/// Citations of web pages; places in characters of the whole content, as OpenAI counts.
fn annotations(texts: &[&ir::Text], json: &mut Json<'_>, walk: &mut Walk<'_>) {
    let mut start = 0;
    let mut found: Vec<(&Citation, (u64, u64))> = Vec::new();
    for text in texts {
        let end = if texts.iter().any(|text| !text.citations.is_empty()) {
            start + text.text.chars().count() as u64
        } else {
            start
        };
        for citation in &text.citations {
            match citation.url {
                Some(_) => found.push((citation, citation.span.unwrap_or((start, end)))),
                None => walk.dropped("citations"),
            }
        }
        start = end;
    }
    if !found.is_empty() {
        json.key("annotations").list(|json| {
            for (citation, span) in found {
                annotation(citation, span, None, json);
            }
        });
    }
}

/// One citation; `index` is its number in a stream.
pub(super) fn annotation(
    citation: &Citation,
    (start, end): (u64, u64),
    index: Option<u64>,
    json: &mut Json<'_>,
) {
    json.item();
    if citation.origin == ORIGIN {
        return json.raw(citation.raw.as_str());
    }
    json.object(|json| {
        if let Some(index) = index {
            json.count("index", index);
        }
        json.text("type", "url_citation");
        json.key("url_citation").object(|json| {
            json.optional_text("url", citation.url.as_ref());
            json.text("title", citation.title.as_deref().unwrap_or_default());
            json.count("start_index", start);
            json.count("end_index", end);
        });
    });
}

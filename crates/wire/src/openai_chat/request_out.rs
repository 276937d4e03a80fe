//! A request, written for a server of this dialect.

use super::{ORIGIN, message_out, part_out::Walk, tools_out};
use crate::{
    Refused, Target,
    json::out::Json,
    transcode::{self, weight},
};
use bytes::{Bytes, BytesMut};
use ir::{ChatRequest, Delivery, Losses, Output, Part, Reasoning, Role};

/// What a JSON schema is called when the caller's dialect has no name for it; OpenAI demands one.
const SCHEMA_NAME: &str = "answer";

pub(super) fn encode(chat: &ChatRequest, target: &Target<'_>, losses: &mut Losses) -> Result<Bytes, Refused> {
    weight::refuse(&chat.ext, ORIGIN)?;
    let mut out = BytesMut::with_capacity(4096);
    let mut json = Json::new(&mut out);
    let json = &mut json;
    let mut walk = Walk { losses, at: String::new() };
    json.open(b'{');
    json.text("model", target.model);
    json.key("messages").open(b'[');
    for (index, message) in chat.messages.iter().enumerate() {
        walk.at = format!("messages[{index}]");
        let told = transcode::plain::message(message, ORIGIN, &mut |kind| walk.approximated(kind));
        message_out::message(told.as_ref().unwrap_or(message), json, &mut walk)?;
    }
    json.close(b']');
    if chat.messages.last().is_some_and(|last| last.role == Role::Assistant && last.parts.iter().any(is_text))
    {
        // OpenAI's models answer after a last assistant message instead of continuing it.
        walk.losses.approximated("prefill");
    }
    tools_out::tools(chat, json, &mut walk)?;
    walk.at.clear();
    sampling(chat, json, walk.losses);
    if let Some(max) = chat.max_output {
        json.count(if target.legacy_max_tokens { "max_tokens" } else { "max_completion_tokens" }, max);
    }
    output(&chat.output, json);
    reasoning(chat, json, walk.losses);
    delivery(chat.delivery, json);
    if let Some(user) = &chat.user {
        json.text("user", self::user(user, walk.losses));
    }
    if let Some(tier) = &chat.service_tier {
        json.text("service_tier", self::tier(tier, walk.losses));
    }
    if let Some(top) = chat.logprobs {
        json.key("logprobs").bool(true);
        if top > 0 {
            json.count("top_logprobs", u64::from(top));
        }
    }
    if chat.cache.is_some() {
        walk.losses.dropped("cache_control");
    }
    for (name, value) in chat.ext.of(ORIGIN) {
        json.member(name, value);
    }
    for (name, _) in chat.ext.foreign_to(ORIGIN) {
        walk.losses.dropped(name.clone());
    }
    json.close(b'}');
    Ok(out.freeze())
}

fn is_text(part: &Part) -> bool {
    matches!(part, Part::Text(text) if !text.text.is_empty())
}

fn sampling(chat: &ChatRequest, json: &mut Json<'_>, losses: &mut Losses) {
    let sampling = &chat.sampling;
    let numbers = [
        ("temperature", sampling.temperature),
        ("top_p", sampling.top_p),
        ("frequency_penalty", sampling.frequency_penalty),
        ("presence_penalty", sampling.presence_penalty),
    ];
    for (name, value) in numbers {
        if let Some(value) = value {
            json.key(name).f64(value);
        }
    }
    if sampling.top_k.is_some() {
        losses.dropped("top_k");
    }
    if let Some(seed) = sampling.seed {
        json.key("seed").raw(&seed.to_string());
    }
    if let Some(choices) = sampling.choices {
        json.count("n", choices);
    }
    // OpenAI takes four.
    let (stops, more) = sampling.stops.split_at(sampling.stops.len().min(4));
    if !more.is_empty() {
        losses.dropped("stop_sequences");
    }
    if !stops.is_empty() {
        json.key("stop").list(|json| {
            for stop in stops {
                json.item().str(stop);
            }
        });
    }
}

fn output(output: &Output, json: &mut Json<'_>) {
    match output {
        Output::Text => {}
        Output::Json => json.key("response_format").object(|json| json.text("type", "json_object")),
        Output::Schema { name, description, schema, strict } => json.key("response_format").object(|json| {
            json.text("type", "json_schema");
            json.key("json_schema").object(|json| {
                json.text("name", name.as_deref().unwrap_or(SCHEMA_NAME));
                json.optional_text("description", description.as_ref());
                if let Some(strict) = strict {
                    json.key("strict").bool(*strict);
                }
                json.key("schema").raw(schema.as_str());
            });
        }),
    }
}

/// OpenAI knows efforts only. A budget becomes the effort whose usual spending it is; no reasoning is said by saying nothing,
/// since models that do not reason refuse the field.
fn reasoning(chat: &ChatRequest, json: &mut Json<'_>, losses: &mut Losses) {
    let effort = match &chat.reasoning {
        Reasoning::Unset => return,
        Reasoning::Off => return losses.approximated("reasoning"),
        Reasoning::Effort(effort) => effort.as_str(),
        Reasoning::Budget(tokens) => {
            losses.approximated("reasoning");
            match tokens {
                0..=2048 => "low",
                2049..=12_288 => "medium",
                _ => "high",
            }
        }
        Reasoning::Adaptive { effort: Some(effort) } => effort.as_str(),
        // The model's own default is what "adaptive" asks for.
        Reasoning::Adaptive { effort: None } => return losses.approximated("reasoning"),
    };
    // Anthropic's word for the most there is.
    let effort = if effort == "max" {
        losses.approximated("reasoning");
        "xhigh"
    } else {
        effort
    };
    json.text("reasoning_effort", effort);
}

fn delivery(delivery: Delivery, json: &mut Json<'_>) {
    if delivery.is_stream() {
        json.key("stream").bool(true);
        // Always asked for: the gateway meters it, and the writer shows it to those who asked.
        json.key("stream_options").object(|json| json.key("include_usage").bool(true));
    }
}

/// OpenAI refuses ids of more characters than this.
const USER_MAX: usize = 64;

/// An end user's id, shortened where OpenAI would refuse it: some clients put session and account behind what tells users apart.
fn user<'a>(user: &'a str, losses: &mut Losses) -> &'a str {
    match user.char_indices().nth(USER_MAX) {
        Some((end, _)) => {
            losses.approximated("user");
            user.get(..end).unwrap_or(user)
        }
        None => user,
    }
}

/// Anthropic's "not the priority tier" is OpenAI's default.
fn tier<'a>(tier: &'a str, losses: &mut Losses) -> &'a str {
    if tier == "standard_only" {
        losses.approximated("service_tier");
        return "default";
    }
    tier
}

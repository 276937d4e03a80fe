//! The parts of a request that steer the answer: limit, reasoning, sampling, output form. What one of them rules out in another
//! is settled here, in this order: what the answer means before what tunes it.

use super::{ORIGIN, models, out::Json, schema};
use crate::codec::Target;
use ir::{CacheMark, CacheTtl, ChatRequest, Losses, Opaque, Output, Part, Reasoning, Role, ToolChoice};

/// The output limit when neither the caller nor the catalog names one: this dialect demands a number, and every model takes this one.
pub(super) const DEFAULT_MAX_OUTPUT: u64 = 4096;
/// The smallest thinking budget the API takes.
const MIN_BUDGET: u64 = 1024;

/// Thinking tokens for an effort, for models that take only a budget.
const BUDGETS: &[(&str, u64)] = &[
    ("minimal", 1024),
    ("low", 2048),
    ("medium", 8192),
    ("high", 16_384),
    ("xhigh", 32_768),
    ("max", 32_768),
];

/// Reasoning and limit, settled together.
pub(super) struct Plan {
    thinking: Thinking,
    effort: Option<&'static str>,
    max_tokens: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Thinking {
    Unsaid,
    Disabled,
    Budget(u64),
    Adaptive,
}

impl Plan {
    pub(super) fn of(chat: &ChatRequest, target: &Target<'_>, losses: &mut Losses) -> Self {
        let (thinking, effort) = reasoning(chat, target.model, losses);
        let mut plan = Self { thinking, effort, max_tokens: limit(chat, target, losses) };
        if let Thinking::Budget(budget) = thinking {
            plan.fit_budget(budget, chat, target, losses);
        }
        plan
    }

    const fn is_thinking(&self) -> bool {
        matches!(self.thinking, Thinking::Budget(_) | Thinking::Adaptive)
    }

    /// The budget must be smaller than the limit, which is the caller's if there is one.
    fn fit_budget(&mut self, budget: u64, chat: &ChatRequest, target: &Target<'_>, losses: &mut Losses) {
        if chat.max_output.is_none() && target.max_output.is_none() {
            self.max_tokens = budget.saturating_add(DEFAULT_MAX_OUTPUT);
        }
        if budget < self.max_tokens {
            return;
        }
        if self.max_tokens <= MIN_BUDGET {
            losses.dropped("reasoning");
            self.thinking = Thinking::Unsaid;
        } else {
            losses.approximated("reasoning");
            self.thinking = Thinking::Budget((self.max_tokens / 2).max(MIN_BUDGET));
        }
    }

    pub(super) fn write(
        &self,
        json: &mut Json<'_>,
        chat: &ChatRequest,
        target: &Target<'_>,
        losses: &mut Losses,
    ) {
        json.count("max_tokens", self.max_tokens);
        match self.thinking {
            Thinking::Unsaid => {}
            Thinking::Disabled => json.key("thinking").object(|json| json.text("type", "disabled")),
            Thinking::Adaptive => json.key("thinking").object(|json| {
                json.text("type", "adaptive");
                dotted(json, chat, "thinking.");
            }),
            Thinking::Budget(budget) => json.key("thinking").object(|json| {
                json.text("type", "enabled");
                json.count("budget_tokens", budget);
                dotted(json, chat, "thinking.");
            }),
        }
        self.sampling(json, chat, target, losses);
        self.output_config(json, chat, target, losses);
    }

    /// With thinking on, and on models that refuse sampling altogether, only defaults may be said, that is: nothing.
    fn sampling(&self, json: &mut Json<'_>, chat: &ChatRequest, target: &Target<'_>, losses: &mut Losses) {
        let sampling = &chat.sampling;
        let fixed = self.is_thinking() || models::refuses_sampling(target.model);
        let mut temperature = sampling.temperature;
        if fixed && temperature.is_some_and(|t| t != 1.0) {
            losses.dropped("temperature");
        }
        if fixed {
            temperature = None;
        }
        if temperature.is_some_and(|t| t > 1.0) {
            losses.approximated("temperature");
            temperature = Some(1.0);
        }
        // Both at once are refused by most models; a default says nothing, else temperature is what callers mean.
        let mut top_p = sampling.top_p.filter(|p| *p != 1.0);
        if top_p.is_some() && (fixed || temperature.is_some_and(|t| t != 1.0)) {
            losses.dropped("top_p");
            top_p = None;
        }
        let temperature = temperature.filter(|t| *t != 1.0 || top_p.is_none());
        if let Some(temperature) = temperature {
            json.key("temperature").f64(temperature);
        }
        if let Some(top_p) = top_p {
            json.key("top_p").f64(top_p);
        }
        match sampling.top_k {
            Some(_) if fixed => losses.dropped("top_k"),
            Some(top_k) => json.count("top_k", top_k),
            None => {}
        }
        unsayable(chat, losses);
        stops(json, chat, losses);
    }

    fn output_config(
        &self,
        json: &mut Json<'_>,
        chat: &ChatRequest,
        target: &Target<'_>,
        losses: &mut Losses,
    ) {
        let mark = json.mark();
        json.key("output_config").open(b'{');
        let start = json.mark();
        if let Some(effort) = self.effort {
            json.text("effort", effort);
        }
        if let Output::Schema { schema, .. } = &chat.output
            && models::has_structured_output(target.model)
        {
            let fitted = schema::for_output(schema);
            if fitted.changed {
                losses.approximated("response_format");
            }
            json.key("format").object(|json| {
                json.text("type", "json_schema");
                json.key("schema").raw(&fitted.text);
            });
        }
        dotted(json, chat, "output_config.");
        let is_empty = json.mark() == start;
        json.close(b'}');
        if is_empty {
            json.back_to(mark);
        }
    }
}

/// Fields of ours that stood inside an object the shared form took apart.
fn dotted(json: &mut Json<'_>, chat: &ChatRequest, prefix: &str) {
    for (name, value) in chat.ext.of(ORIGIN) {
        if let Some(name) = name.strip_prefix(prefix) {
            json.member(name, value);
        }
    }
}

fn unsayable(chat: &ChatRequest, losses: &mut Losses) {
    let sampling = &chat.sampling;
    if sampling.seed.is_some() {
        losses.dropped("seed");
    }
    // A penalty of zero is none.
    if sampling.frequency_penalty.is_some_and(|p| p != 0.0) {
        losses.dropped("frequency_penalty");
    }
    if sampling.presence_penalty.is_some_and(|p| p != 0.0) {
        losses.dropped("presence_penalty");
    }
}

fn stops(json: &mut Json<'_>, chat: &ChatRequest, losses: &mut Losses) {
    let is_blank = |stop: &&stdx::Str| stop.trim().is_empty();
    if chat.sampling.stops.iter().any(|stop| is_blank(&stop)) {
        // A stop sequence of white space only is answered with 400.
        losses.dropped("stop");
    }
    if !chat.sampling.stops.iter().all(|stop| is_blank(&stop)) {
        json.key("stop_sequences").list(|json| {
            for stop in chat.sampling.stops.iter().filter(|stop| !is_blank(stop)) {
                json.item().str(stop);
            }
        });
    }
}

fn limit(chat: &ChatRequest, target: &Target<'_>, losses: &mut Losses) -> u64 {
    match (chat.max_output, target.max_output) {
        (Some(asked), Some(most)) if asked > most => {
            losses.approximated("max_tokens");
            most
        }
        (Some(asked), _) => asked,
        (None, Some(most)) => most,
        (None, None) => {
            losses.approximated("max_tokens");
            DEFAULT_MAX_OUTPUT
        }
    }
}

fn reasoning(chat: &ChatRequest, model: &str, losses: &mut Losses) -> (Thinking, Option<&'static str>) {
    if chat.reasoning == Reasoning::Unset {
        return (Thinking::Unsaid, None);
    }
    if chat.reasoning == Reasoning::Off {
        return (if models::cannot_think(model) { Thinking::Unsaid } else { Thinking::Disabled }, None);
    }
    if models::cannot_think(model) {
        losses.dropped("reasoning");
        return (Thinking::Unsaid, None);
    }
    // The API does not think in a turn that must call a tool, and what must be called matters more.
    let is_forced =
        matches!(chat.tool_choice, ToolChoice::Required | ToolChoice::Named(_)) && !chat.tools.is_empty();
    let has_budget = matches!(chat.reasoning, Reasoning::Budget(_)) && !models::refuses_budget(model);
    if models::is_adaptive(model) && !has_budget {
        let effort = effort(chat, model, losses);
        if is_forced {
            losses.approximated("reasoning");
        }
        return (if is_forced { Thinking::Unsaid } else { Thinking::Adaptive }, effort);
    }
    match budget(&chat.reasoning) {
        Some(budget) if !is_forced && !resumes_without_thought(chat) => {
            if !matches!(chat.reasoning, Reasoning::Budget(_)) {
                losses.approximated("reasoning");
            }
            (Thinking::Budget(budget.max(MIN_BUDGET)), None)
        }
        _ => {
            losses.dropped("reasoning");
            (Thinking::Unsaid, None)
        }
    }
}

/// The effort of a model that thinks adaptively.
fn effort(chat: &ChatRequest, model: &str, losses: &mut Losses) -> Option<&'static str> {
    let asked = match &chat.reasoning {
        Reasoning::Effort(effort) | Reasoning::Adaptive { effort: Some(effort) } => effort,
        Reasoning::Budget(_) => {
            losses.approximated("reasoning");
            return None;
        }
        _ => return None,
    };
    let (word, is_same) = match asked.as_str() {
        "minimal" => ("low", false),
        "low" => ("low", true),
        "medium" => ("medium", true),
        "high" => ("high", true),
        "xhigh" if models::has_xhigh(model) => ("xhigh", true),
        "xhigh" => ("high", false),
        "max" => ("max", true),
        _ => {
            losses.dropped("reasoning_effort");
            return None;
        }
    };
    if !is_same {
        losses.approximated("reasoning_effort");
    }
    Some(word)
}

fn budget(reasoning: &Reasoning) -> Option<u64> {
    let named = |effort: &str| BUDGETS.iter().find(|(name, _)| *name == effort).map(|(_, budget)| *budget);
    match reasoning {
        Reasoning::Budget(budget) => Some(*budget),
        Reasoning::Effort(effort) | Reasoning::Adaptive { effort: Some(effort) } => named(effort),
        Reasoning::Adaptive { effort: None } => named("medium"),
        Reasoning::Unset | Reasoning::Off => None,
    }
}

/// With a budget, a turn that goes on after tool results must begin with the thought it had, signature and all; a caller of another
/// dialect often has not kept it.
fn resumes_without_thought(chat: &ChatRequest) -> bool {
    let Some(turn) = chat.messages.iter().rev().find(|message| message.role != Role::Tool) else {
        return false;
    };
    let is_ours = |opaque: &Option<Opaque>| opaque.as_ref().is_some_and(|opaque| opaque.origin == ORIGIN);
    turn.role == Role::Assistant
        && turn.parts.iter().any(|part| matches!(part, Part::ToolCall(_)))
        && !matches!(turn.parts.first(), Some(Part::Reasoning(thought)) if is_ours(&thought.opaque))
}

/// Writes a cache mark, where there is one.
pub(super) fn cache_control(json: &mut Json<'_>, mark: Option<CacheMark>) {
    let Some(mark) = mark else { return };
    json.key("cache_control").object(|json| {
        json.text("type", "ephemeral");
        match mark.ttl {
            CacheTtl::Default => {}
            CacheTtl::FiveMinutes => json.text("ttl", "5m"),
            CacheTtl::OneHour => json.text("ttl", "1h"),
        }
    });
}

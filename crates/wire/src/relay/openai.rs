//! The tap on an OpenAI stream. Most events hold a few bytes of text and nothing else of interest, so it looks for the
//! few names that matter and scans only what stands behind them; an event with news in it is scanned as a whole.

use super::{
    flow::{Fate, Tap},
    note,
};
use crate::{Progress, frame::sse, openai_chat};
use ir::{ServiceTier, Usage};
use memchr::memmem::Finder;
use std::borrow::Cow;
use stdx::json::{self, Kind, Member};

pub(super) struct OpenAiTap {
    hide_usage: bool,
    delta: Finder<'static>,
    /// The tier the last event with news told, for one whose usage comes without.
    served: ServiceTier,
    /// Names that may carry news: a value that is not null means that the event must be scanned.
    news: [Finder<'static>; 3],
}

impl OpenAiTap {
    pub(super) fn new(hide_usage: bool) -> Self {
        let news = [r#""usage""#, r#""finish_reason""#, r#""error""#].map(Finder::new);
        Self { hide_usage, delta: Finder::new(r#""delta""#), served: ServiceTier::default(), news }
    }

    /// Notes the text of every delta in the event; true when there was content.
    fn deltas(&self, json: &[u8], progress: &mut Progress) -> bool {
        let mut any = false;
        for at in self.delta.find_iter(json) {
            if let Some(start) = value_after(json, at + 7)
                && json.get(start) == Some(&b'{')
            {
                any |= note::openai_message(json, start..json.len(), progress);
            }
        }
        any
    }

    fn has_news(&self, json: &[u8]) -> bool {
        // A name inside answer text is escaped there, so a hit is a name (or a whole string, which has no colon behind it).
        self.news.iter().any(|name| {
            let length = name.needle().len();
            name.find_iter(json).any(|at| {
                value_after(json, at + length)
                    .is_some_and(|start| !json.get(start..).unwrap_or_default().starts_with(b"null"))
            })
        })
    }

    fn news(&mut self, json: &[u8], progress: &mut Progress) -> Fate {
        let mut news = News::default();
        let _ = json::members(json, &mut |member| news.take(json, member));
        if news.error {
            progress.fault = Some(openai_chat::fault::in_stream(json));
            return Fate::Broken;
        }
        if news.finish.as_ref().is_some_and(openai_chat::finish::is_error) {
            progress.fault = Some(openai_chat::fault::answer_failed());
            return Fate::Broken;
        }
        self.served = news.tier.unwrap_or(self.served);
        if let Some(usage) = news.usage {
            progress.usage = Some(Usage { tier: self.served, ..usage });
        }
        if let Some(finish) = news.finish {
            progress.finish = Some(finish);
        }
        let only_usage = news.usage.is_some() && news.no_choices;
        if self.hide_usage && only_usage { Fate::Hide } else { Fate::Forward }
    }
}

/// What an event says besides text.
#[derive(Default)]
struct News {
    error: bool,
    usage: Option<Usage>,
    tier: Option<ServiceTier>,
    finish: Option<ir::Finish>,
    no_choices: bool,
}

impl News {
    fn take(&mut self, json: &[u8], member: &Member) {
        match (member.raw_name(json), member.kind) {
            (b"error", kind) => self.error = kind != Kind::Null && member.raw_value(json) != b"false",
            (b"usage", Kind::Object) => {
                self.usage = openai_chat::usage::read(json, member.value.clone()).or(self.usage);
            }
            (b"service_tier", Kind::String) => self.tier = openai_chat::usage::tier(member.raw_value(json)),
            (b"x_groq", Kind::Object) => {
                let _ =
                    json::members_in(json, member.value.clone(), &mut |member| match member.raw_name(json) {
                        b"usage" | b"error" => self.take(json, member),
                        _ => {}
                    });
            }
            (b"choices", Kind::Null) => self.no_choices = true,
            (b"choices", Kind::Array) => {
                self.no_choices = true;
                let _ = json::elements(json, member.value.clone(), &mut |choice, kind| {
                    self.no_choices = false;
                    if kind == Kind::Object {
                        self.take_choice(json, choice);
                    }
                });
            }
            _ => {}
        }
    }

    fn take_choice(&mut self, json: &[u8], choice: std::ops::Range<usize>) {
        let _ = json::members_in(json, choice, &mut |member| match (member.raw_name(json), member.kind) {
            (b"finish_reason", Kind::String) => {
                let reason = member.string(json).unwrap_or(Cow::Borrowed(""));
                self.finish = openai_chat::finish::read(&reason).or(self.finish.take());
            }
            // Moonshot tells usage inside the choice.
            (b"usage", Kind::Object) => {
                self.usage = openai_chat::usage::read(json, member.value.clone()).or(self.usage);
            }
            _ => {}
        });
    }
}

/// Where the value begins if what stands at `at` is a colon.
pub(super) fn value_after(json: &[u8], at: usize) -> Option<usize> {
    let space = |from: usize| {
        let rest = json.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
    };
    let colon = space(at);
    (json.get(colon) == Some(&b':')).then(|| space(colon + 1))
}

/// The data of a frame; the common frame is one `data:` line and a blank one.
fn data(frame: &[u8]) -> Option<Cow<'_, [u8]>> {
    if let Some(line) = frame.strip_prefix(b"data:")
        && let Some(line) = line.strip_suffix(b"\n\n")
        && memchr::memchr2(b'\n', b'\r', line).is_none()
    {
        return Some(Cow::Borrowed(line.strip_prefix(b" ").unwrap_or(line)));
    }
    sse::fields(frame).data
}

impl Tap for OpenAiTap {
    fn look(&mut self, frame: &[u8], progress: &mut Progress) -> Fate {
        let Some(json) = data(frame) else { return Fate::Forward };
        if json.trim_ascii() == b"[DONE]" {
            progress.ended = true;
            return Fate::Forward;
        }
        let fate = if self.has_news(&json) { self.news(&json, progress) } else { Fate::Forward };
        if fate == Fate::Forward && self.deltas(&json, progress) {
            progress.content = true;
            progress.events += 1;
        }
        fate
    }

    fn closing(&self, progress: &Progress) -> Option<&'static [u8]> {
        // Some servers leave `[DONE]` out; their answer is complete when it says why it finished.
        progress.finish.is_some().then_some(b"data: [DONE]\n\n")
    }
}

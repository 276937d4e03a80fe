//! A stream, written: events in, chunks out. Whatever the events are, what comes out is what OpenAI could have sent: a first chunk
//! with the role, dense tool-call numbers, one chunk with the reason, usage if asked for, `[DONE]`.

use super::{
    ORIGIN, details, fault,
    response_out::{annotation, reason},
    usage,
};
use crate::{EventWriter, Seed, frame::sse, json::out::Json};
use bytes::{BufMut, BytesMut};
use ir::{Delta, Event, Finish, PartKind, Start, Usage};

#[derive(Debug)]
pub(super) struct Writer {
    seed: Seed,
    /// Everything before `choices`, made once.
    head: BytesMut,
    parts: Vec<Open>,
    calls: u64,
    thoughts: usize,
    citations: u64,
    refused: bool,
    usage: Option<Usage>,
    finish: Option<Finish>,
    over: bool,
}

/// A part as the writer knows it.
#[derive(Debug)]
struct Open {
    part: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Text,
    Refusal,
    Reasoning { index: usize },
    Redacted { index: usize },
    Call { index: u64, said: bool },
}

impl Writer {
    pub(super) fn new(seed: Seed) -> Self {
        let (head, parts) = (BytesMut::new(), Vec::new());
        Self {
            seed,
            head,
            parts,
            calls: 0,
            thoughts: 0,
            citations: 0,
            refused: false,
            usage: None,
            finish: None,
            over: false,
        }
    }

    fn start(&mut self, start: &Start, out: &mut BytesMut) {
        if !self.head.is_empty() {
            return;
        }
        self.head.put_slice(b"data: ");
        let mut json = Json::new(&mut self.head);
        json.open(b'{');
        match &start.id {
            Some(id) => json.text("id", id),
            None => json.text("id", &format!("chatcmpl-{}", self.seed.id)),
        }
        json.text("object", "chat.completion.chunk");
        json.count("created", start.created.unwrap_or(self.seed.created));
        json.text("model", start.model.as_deref().unwrap_or(&self.seed.model));
        json.optional_text("service_tier", start.service_tier.as_ref());
        self.chunk(out, None, |json| {
            json.text("role", "assistant");
            json.text("content", "");
        });
    }

    /// One chunk with a delta.
    fn chunk(&self, out: &mut BytesMut, logprobs: Option<&str>, delta: impl FnOnce(&mut Json<'_>)) {
        out.put_slice(&self.head);
        let mut json = Json::new(out);
        json.key("choices").open(b'[');
        json.open(b'{');
        json.count("index", 0);
        json.key("delta").object(delta);
        json.key("logprobs").raw(logprobs.unwrap_or("null"));
        json.key("finish_reason").null();
        out.put_slice(b"}]}\n\n");
    }

    fn open(&mut self, part: u32, kind: &PartKind, out: &mut BytesMut) {
        let kind = match kind {
            PartKind::Text => Kind::Text,
            PartKind::Refusal => Kind::Refusal,
            PartKind::Reasoning => Kind::Reasoning { index: self.thought() },
            PartKind::RedactedReasoning => Kind::Redacted { index: self.thought() },
            PartKind::ToolCall { id, name } => {
                let index = self.calls;
                self.calls += 1;
                self.call(out, index, |json| {
                    json.text("id", id);
                    json.text("type", "function");
                    json.key("function").object(|json| {
                        json.text("name", name);
                        json.text("arguments", "");
                    });
                });
                Kind::Call { index, said: false }
            }
        };
        self.parts.retain(|open| open.part != part);
        self.parts.push(Open { part, kind });
    }

    fn thought(&mut self) -> usize {
        self.thoughts += 1;
        self.thoughts - 1
    }

    fn call(&self, out: &mut BytesMut, index: u64, fill: impl FnOnce(&mut Json<'_>)) {
        self.chunk(out, None, |json| {
            json.key("tool_calls").list(|json| {
                json.item().object(|json| {
                    json.count("index", index);
                    fill(json);
                });
            });
        });
    }

    fn arguments(&self, out: &mut BytesMut, index: u64, text: &str) {
        self.call(out, index, |json| json.key("function").object(|json| json.text("arguments", text)));
    }

    fn delta(&mut self, part: u32, delta: &Delta, out: &mut BytesMut) {
        let Some(at) = self.parts.iter().position(|open| open.part == part) else { return };
        // Taken out for the time of writing, which needs the writer as a whole.
        let mut open = self.parts.swap_remove(at);
        match (&mut open.kind, delta) {
            (Kind::Text, Delta::Text(text)) => self.chunk(out, None, |json| json.text("content", text)),
            (Kind::Refusal, Delta::Text(text)) => {
                self.refused = true;
                self.chunk(out, None, |json| json.text("refusal", text));
            }
            (Kind::Reasoning { index }, Delta::Text(text)) => self.chunk(out, None, |json| {
                // Twice, as OpenRouter does: clients that know only the text read one, those that send thoughts back collect the other.
                json.text("reasoning_content", text);
                json.key("reasoning_details").list(|json| details::write_text(json, text, *index));
            }),
            (Kind::Call { index, said }, Delta::Text(text)) if !text.is_empty() => {
                *said = true;
                self.arguments(out, *index, text);
            }
            (Kind::Reasoning { index }, Delta::Opaque(seal)) if details::is_sealed(Some(seal)) => {
                self.chunk(out, None, |json| {
                    json.key("reasoning_details")
                        .list(|json| details::write(json, seal, None, false, *index));
                });
            }
            (Kind::Redacted { index }, Delta::Opaque(seal)) if details::is_sealed(Some(seal)) => {
                self.chunk(out, None, |json| {
                    json.key("reasoning_details").list(|json| details::write(json, seal, None, true, *index));
                });
            }
            (Kind::Text, Delta::Citation(citation)) if citation.url.is_some() => {
                let span = citation.span.unwrap_or_default();
                // OpenAI's stream helper puts lists together by index, and fails on items without one.
                let index = Some(self.citations);
                self.citations += 1;
                self.chunk(out, None, |json| {
                    json.key("annotations").list(|json| annotation(citation, span, index, json))
                });
            }
            _ => {}
        }
        self.parts.push(open);
    }

    fn close(&mut self, part: u32, out: &mut BytesMut) {
        let Some(at) = self.parts.iter().position(|open| open.part == part) else { return };
        let open = self.parts.swap_remove(at);
        // Clients parse the arguments as JSON, which nothing is not.
        if let Kind::Call { index, said: false } = open.kind {
            self.arguments(out, index, "{}");
        }
    }

    fn end(&mut self, out: &mut BytesMut) {
        self.over = true;
        let open: Vec<u32> = self.parts.iter().map(|open| open.part).collect();
        for part in open {
            self.close(part, out);
        }
        out.put_slice(&self.head);
        let mut json = Json::new(out);
        json.key("choices").list(|json| {
            json.item().object(|json| {
                json.count("index", 0);
                json.key("delta").object(|_| {});
                json.key("logprobs").null();
                json.text("finish_reason", reason(self.finish.as_ref(), self.refused));
            });
        });
        out.put_slice(b"}\n\n");
        if let Some(usage) = self.usage.filter(|_| self.seed.include_usage) {
            out.put_slice(&self.head);
            let mut json = Json::new(out);
            json.key("choices").list(|_| {});
            usage::write(json.key("usage"), &usage);
            out.put_slice(b"}\n\n");
        }
        out.put_slice(b"data: [DONE]\n\n");
    }
}

impl EventWriter for Writer {
    fn write(&mut self, event: &Event, out: &mut BytesMut) {
        if self.over {
            return;
        }
        if let Event::Fault(fault) = event {
            self.over = true;
            let (_, body) = fault::encode(fault, "");
            return sse::write_data(out, &body);
        }
        match event {
            Event::Start(start) => self.start(start, out),
            // Bookkeeping only; the stream need not have begun.
            Event::Usage(usage) => self.usage = Some(*usage),
            _ => self.start(&Start::default(), out),
        }
        match event {
            Event::Open { part, kind } => self.open(*part, kind, out),
            Event::Delta { part, delta } => self.delta(*part, delta, out),
            Event::Close { part } => self.close(*part, out),
            Event::Foreign(foreign) if foreign.origin == ORIGIN && foreign.kind == "images" => {
                self.chunk(out, None, |json| json.key("images").raw(foreign.json.as_str()));
            }
            Event::Logprobs(raw) => self.chunk(out, Some(raw.as_str()), |_| {}),
            Event::Finish(finish) => self.finish = Some(finish.clone()),
            Event::End => self.end(out),
            Event::Start(_) | Event::Usage(_) | Event::Foreign(_) | Event::Fault(_) => {}
        }
    }
}

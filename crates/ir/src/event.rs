//! An answer as it arrives. The grammar every reader keeps and every writer may rely on:
//!
//! `Start (Open Delta* Close | Foreign | Usage | Logprobs)* Finish Usage? End`, with parts numbered from 0 in the order
//! they open, several of them open at once at most for parallel tool calls, and `Fault` possible anywhere instead of what follows.

use crate::{Citation, Fault, Finish, Foreign, Opaque, Usage};
use stdx::{RawJson, Str};

#[derive(Clone, Debug)]
pub enum Event {
    Start(Start),
    Open {
        part: u32,
        kind: PartKind,
    },
    Delta {
        part: u32,
        delta: Delta,
    },
    Close {
        part: u32,
    },
    /// A whole block at once that only its origin understands.
    Foreign(Foreign),
    /// Log probabilities as their origin wrote them.
    Logprobs(RawJson),
    /// What is known so far; a later one replaces an earlier one.
    Usage(Usage),
    Finish(Finish),
    /// The clean end of the stream: without it the stream was cut.
    End,
    /// The provider reported an error inside the stream, or broke off.
    Fault(Fault),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    pub id: Option<Str>,
    pub model: Option<Str>,
    pub created: Option<u64>,
    /// The tier that serves the answer, in OpenAI's words (`default`, `flex`, `priority`).
    pub service_tier: Option<Str>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PartKind {
    Text,
    Reasoning,
    /// Reasoning given only in its sealed form, which arrives as `Delta::Opaque`.
    RedactedReasoning,
    Refusal,
    ToolCall {
        id: Str,
        name: Str,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// Text of a `Text`, `Reasoning` or `Refusal` part; argument text of a `ToolCall`.
    Text(Str),
    /// The signature or sealed form of a reasoning part.
    Opaque(Opaque),
    Citation(Citation),
}

//! What model traffic *means*: requests, responses, events, usage, faults, losses. Plain values; no vendor's JSON, no serde, no I/O.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

pub mod assemble;
pub mod chat;
pub mod event;
pub mod ext;
pub mod fault;
pub mod finish;
pub mod format;
pub mod grammar;
pub mod loss;
pub mod part;
pub mod response;
pub mod tool;
pub mod usage;
pub mod view;

pub use assemble::Assembler;
pub use chat::{ChatRequest, Delivery, Message, Output, Reasoning, Role, Sampling};
pub use event::{Delta, Event, PartKind, Start};
pub use ext::{Ext, Foreign};
pub use fault::{Blame, Fault, FaultKind, Retry};
pub use finish::Finish;
pub use format::{Format, Operation};
pub use grammar::Grammar;
pub use loss::{Fate, Loss, Losses};
pub use part::{
    CacheMark, CacheTtl, Citation, Media, MediaKind, MediaSource, Opaque, Part, Text, Thought, ToolCall,
    ToolResult,
};
pub use response::ChatResponse;
pub use tool::{FunctionTool, Tool, ToolChoice};
pub use usage::{Certainty, ServiceTier, Usage};

//! The record of one exchange: what each stage of the journey knew, in one group a stage. A group is written
//! once, by the stage that knows it; the whole is moved once, at the end, into the ring. No group may hold a
//! secret, or anything a prompt or an answer says.

use crate::{id::RequestId, target::TargetHandles};
use ir::{
    fault::{Blame, FaultKind},
    finish::Finish,
    format::{Format, Operation},
    usage::Usage,
};
use smallvec::SmallVec;
use std::{net::IpAddr, sync::Arc};
use stdx::{Money, Str};

/// One exchange, from the first byte of the request to the last of the answer.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub opened: Opened,
    pub caller: Caller,
    pub call: Call,
    /// Every target tried, in order.
    pub attempts: SmallVec<[Attempt; 1]>,
    pub answer: Answer,
    pub used: Used,
}

/// The longest text of a caller's or a provider's that a record keeps, in bytes.
pub(crate) const TEXT: usize = 256;

impl Record {
    /// Replaces texts by short copies of their own. A text may be a view into the request's body, and a record
    /// that waits in the ring must not keep a hundred kilobytes alive for the sake of a model's name.
    pub(crate) fn detach(&mut self) {
        own(&mut self.opened.path);
        self.opened.caller_id.iter_mut().for_each(own);
        self.caller.user.iter_mut().for_each(own);
        own(&mut self.call.model);
        self.answer.model_sent.iter_mut().for_each(own);
        match &mut self.answer.finish {
            Some(Finish::Other(word)) => own(word),
            // The sequence is the caller's own text and goes into no log.
            Some(Finish::StopSequence(sequence)) => *sequence = None,
            _ => {}
        }
    }
}

fn own(text: &mut Str) {
    if !text.is_empty() {
        *text = Str::from(text.get(..text.floor_char_boundary(TEXT)).unwrap_or_default());
    }
}

/// What the socket and the request's head said.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    pub id: RequestId,
    /// Wall clock at the first byte of the request: µs since 1970.
    pub started_us: u64,
    /// `GET`, `POST`; empty where it was none of the known ones.
    pub method: &'static str,
    /// The path without its query, which could hold a key.
    pub path: Str,
    pub remote: Option<IpAddr>,
    /// The caller's own request id, where one was sent.
    pub caller_id: Option<Str>,
    /// The configuration this exchange ran under.
    pub revision: u64,
}

/// Who asked.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The name of the key, never the key.
    pub key: Option<Arc<str>>,
    /// The end user the caller named in the request.
    pub user: Option<Str>,
}

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub operation: Option<Operation>,
    pub format: Option<Format>,
    /// The model as the caller wrote it.
    pub model: Str,
    pub stream: bool,
    /// Bytes of the request's body.
    pub bytes_in: u64,
}

/// One try at one target.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub target: Arc<TargetHandles>,
    /// `ok`, or a short fixed word for what went wrong (`connect`, `head_timeout`, `status`).
    pub outcome: &'static str,
    /// The provider's status; 0 where there was none.
    pub status: u16,
    /// From the choice of the target to its response head or its failure, µs.
    pub duration_us: u64,
}

/// What the caller got.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The target whose answer was passed on.
    pub served: Option<Arc<TargetHandles>>,
    /// The model name sent upstream, where it is not the target's own (a wildcard).
    pub model_sent: Option<Str>,
    pub status: u16,
    pub outcome: Outcome,
    pub fault: Option<(FaultKind, Blame)>,
    /// The limit that refused the call, by its fixed name (`request_rate`).
    pub limit: Option<&'static str>,
    pub finish: Option<Finish>,
    /// How many things the translation could not say the same way.
    pub losses: u16,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
    /// From `started_us` to the last byte given to the socket, µs.
    pub duration_us: u64,
    /// From `started_us` to the first content given to the socket, µs.
    pub first_byte_us: Option<u64>,
    /// The gateway's own time: `duration_us` less the time it waited for the provider and the caller, µs.
    pub overhead_us: u64,
}

/// What it used, and what that cost.
#[derive(Clone, Debug, Default)]
pub struct Used {
    pub usage: Option<Usage>,
    /// `None` where no price is known; an unknown price is not a price of zero.
    pub cost: Option<Money>,
    /// The date of the price book entry the cost was computed from.
    pub price_date: Option<Arc<str>>,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The answer went out whole.
    #[default]
    Ok,
    /// Refused before any provider was asked.
    Rejected,
    /// No answer, or an error in its place.
    Failed,
    /// Content went out, then the stream broke off.
    Partial,
    /// The caller left.
    Aborted,
}

impl Outcome {
    pub const ALL: &[Self] = &[Self::Ok, Self::Rejected, Self::Failed, Self::Partial, Self::Aborted];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Partial => "partial",
            Self::Aborted => "aborted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_does_not_keep_the_body_it_was_read_from() {
        let body = Str::from("x".repeat(100_000));
        let part = |range| body.slice(range).unwrap();
        let mut record = Record {
            opened: Opened { path: part(0..9), caller_id: Some(part(0..9)), ..Opened::default() },
            caller: Caller { user: Some(part(0..9_999)), ..Caller::default() },
            call: Call { model: part(0..9), ..Call::default() },
            answer: Answer { model_sent: Some(part(0..9)), ..Answer::default() },
            ..Record::default()
        };
        for finish in [Finish::Other(part(0..9)), Finish::StopSequence(Some(part(0..9)))] {
            record.answer.finish = Some(finish);
            record.detach();
            drop(std::mem::take(&mut record.answer.finish));
        }
        assert!(body.into_bytes().is_unique(), "nothing else holds the body");
        assert_eq!(record.call.model, "xxxxxxxxx");
        assert_eq!(record.caller.user.unwrap().len(), TEXT);
    }
}

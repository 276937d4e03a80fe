//! A streamed answer through two codecs: the upstream's reader, then the client's writer.

use crate::{
    EventReader, EventWriter, Flow, Out, Progress, Seed,
    frame::sse::{self, Frame, MAX_FRAME},
    table,
};
use bytes::{Bytes, BytesMut};
use ir::{Blame, Delta, Event, Fault, FaultKind, PartKind, Retry};

/// About what an event takes when written.
const EVENT_BYTES: usize = 256;

/// One answer.
pub(super) struct Transcode {
    frames: sse::Reader,
    reader: Box<dyn EventReader>,
    writer: Box<dyn EventWriter>,
    progress: Progress,
    events: Vec<Event>,
    buffer: BytesMut,
    /// Nothing more is read: the end or a fault has been seen.
    over: bool,
    /// The client has been told of a fault.
    failed: bool,
}

impl Transcode {
    pub(super) fn new(upstream: ir::Format, client: ir::Format, seed: Seed) -> Self {
        Self {
            frames: sse::Reader::default(),
            reader: table::codec(upstream).reader(),
            writer: table::codec(client).writer(seed),
            progress: Progress::default(),
            events: Vec::new(),
            buffer: BytesMut::new(),
            over: false,
            failed: false,
        }
    }

    /// Writes the events that have been read, and notes what they say.
    fn pass_on(&mut self, out: &mut Out) {
        if !self.events.is_empty() {
            // One allocation for what mostly fits, rather than growing by steps.
            self.buffer.reserve(EVENT_BYTES * self.events.len());
        }
        for event in self.events.drain(..) {
            if self.over {
                break;
            }
            note(&event, &mut self.progress);
            self.over = matches!(event, Event::End | Event::Fault(_));
            // What the client hears of a fault is for the engine to decide.
            if !matches!(event, Event::Fault(_)) {
                self.writer.write(&event, &mut self.buffer);
            }
        }
        if !self.buffer.is_empty() {
            out.push(self.buffer.split().freeze());
        }
    }
}

impl Flow for Transcode {
    fn feed(&mut self, chunk: Bytes, out: &mut Out) {
        if self.over {
            return;
        }
        let (reader, events) = (&mut self.reader, &mut self.events);
        let fed =
            self.frames.feed(&chunk, &mut |frame: Frame<'_>| reader.read(&frame.event, &frame.data, events));
        if fed.is_err() {
            let message = format!("the provider sent a stream event of more than {MAX_FRAME} bytes");
            let fault = Fault::new(FaultKind::UpstreamError, Blame::Upstream, message);
            self.events.push(Event::Fault(fault.with_retry(Retry::SameTarget { after: None })));
        }
        self.pass_on(out);
    }

    fn finish(&mut self, out: &mut Out) {
        if self.over {
            return;
        }
        let (reader, events) = (&mut self.reader, &mut self.events);
        self.frames.finish(&mut |frame: Frame<'_>| reader.read(&frame.event, &frame.data, events));
        if !events.iter().any(|event| matches!(event, Event::End | Event::Fault(_))) {
            reader.finish(events);
        }
        // A stream that was cut is written no further: the engine ends it, or asks another target.
        if let Some(fault) = self.events.iter().position(|event| matches!(event, Event::Fault(_))) {
            let fault = self.events.swap_remove(fault);
            self.events.clear();
            self.events.push(fault);
        }
        self.pass_on(out);
        self.over = true;
    }

    fn fail(&mut self, fault: &Fault, out: &mut Out) {
        self.over = true;
        if self.failed || self.progress.ended {
            return;
        }
        self.failed = true;
        self.writer.write(&Event::Fault(fault.clone()), &mut self.buffer);
        if !self.buffer.is_empty() {
            out.push(self.buffer.split().freeze());
        }
    }

    fn progress(&self) -> &Progress {
        &self.progress
    }
}

fn note(event: &Event, progress: &mut Progress) {
    match event {
        Event::Open { kind: PartKind::ToolCall { name, .. }, .. } => {
            progress.content = true;
            progress.events += 1;
            progress.saw(name);
        }
        Event::Delta { delta, .. } => {
            progress.content = true;
            progress.events += 1;
            if let Delta::Text(text) = delta {
                progress.saw(text);
            }
        }
        Event::Foreign(_) | Event::Logprobs(_) => progress.content = true,
        Event::Usage(usage) => progress.usage = Some(*usage),
        Event::Finish(finish) => progress.finish = Some(finish.clone()),
        Event::End => progress.ended = true,
        Event::Fault(fault) => progress.fault = Some(fault.clone()),
        Event::Open { .. } | Event::Start(_) | Event::Close { .. } => {}
    }
}

//! One read buffer a thread. Connections keep none of their own, so an idle one costs no buffer; what was
//! read is copied out exactly.

use std::cell::RefCell;
use std::task::{Context, Poll};
use std::{io, pin::Pin};

use tokio::io::{AsyncRead, ReadBuf};

/// Bytes one read takes, at most.
const SIZE: usize = 64 * 1024;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; SIZE]);
}

/// Reads once and hands what came to `take`; an empty slice is the end of the stream.
pub(crate) fn poll_read<S: AsyncRead + Unpin, T>(
    io: &mut S,
    cx: &mut Context<'_>,
    take: impl FnOnce(&mut [u8]) -> T,
) -> Poll<io::Result<T>> {
    SCRATCH.with_borrow_mut(|scratch| {
        let mut buffer = ReadBuf::new(scratch);
        match Pin::new(io).poll_read(cx, &mut buffer) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(take(buffer.filled_mut()))),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    })
}

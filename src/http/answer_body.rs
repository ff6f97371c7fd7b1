//! The body of an answer: written in chunks, so that the memory of what its client has not read can be taken back.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use sea_orm::prelude::Uuid;
use store::request_memory::{AnswerDropped, RequestMemory, UnreadAnswer};

/// The bytes of a chunk. No more than these are with the connection while its client reads nothing.
const CHUNK_BYTES: usize = 64 << 10;

/// A body that waits in the memory of all requests.
struct AnswerBody(UnreadAnswer);

/// The body of an answer of a tenant. One that is a single chunk is with its connection at once.
pub fn answer_body(memory: &Arc<RequestMemory>, tenant: Uuid, bytes: Vec<u8>) -> Body {
    if bytes.len() <= CHUNK_BYTES { bytes.into() } else { Body::new(AnswerBody(memory.keep(tenant, bytes))) }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = AnswerDropped;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, AnswerDropped>>> {
        let chunk = self.0.next(CHUNK_BYTES).transpose();
        if let Some(Err(dropped)) = chunk {
            tracing::info!(tenant = %self.0.tenant(), unread_bytes = self.0.remaining(), "{dropped}");
        }
        Poll::Ready(chunk.map(|chunk| chunk.map(|chunk| Frame::data(chunk.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.remaining() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.remaining() as u64)
    }
}

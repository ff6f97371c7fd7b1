//! The body of a request: read within its bounds, or discarded where the request is refused before.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use error::catalogue;
use futures_util::StreamExt;
use store::request_memory::HeldBytes;

use super::{rejection::Rejection, settings::Settings, task::spawn};

/// How long the rest of a refused request may arrive, so that its client reads the response before the connection ends.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(2);

/// Refuses a body whose length, as the head gives it, is beyond the limit.
pub fn check_length(headers: &HeaderMap, settings: &Settings) -> Result<(), Rejection> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    match length.filter(|length| *length > settings.body_limit) {
        Some(length) => Err(too_large(length, settings)),
        None => Ok(()),
    }
}

/// Reads a body, whose bytes are held from the beginning to the end of the request.
pub async fn read(body: Body, settings: &Settings, held: &mut HeldBytes) -> Result<Vec<u8>, Rejection> {
    let read = async {
        let (mut bytes, mut chunks) = (Vec::new(), body.into_data_stream());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Rejection::bad_request("The body ended before it was whole."))?;
            if bytes.len() + chunk.len() > settings.body_limit {
                return Err(too_large(bytes.len() + chunk.len(), settings));
            }
            // The buffer doubles when it is full.
            if !held.hold(2 * chunk.len() as u64) {
                return Err(Rejection::overloaded());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    let timeout = settings.body_timeout.min(settings.request_timeout);
    tokio::time::timeout(timeout, read).await.map_err(|_| {
        let message = format!("The body did not arrive within {} s.", timeout.as_secs_f32());
        Rejection::new(catalogue::BODY_TIMEOUT, message)
    })?
}

/// Reads the rest of a refused request and keeps nothing of it, while the response is sent: a client that reads only when it
/// has written everything would lose the response if the connection ended first. It ends after a short time, or beyond the
/// limit of a body.
pub fn discard(headers: &HeaderMap, body: Body, settings: &Settings) {
    // A client that asks first sends no body after a refusal.
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let (mut chunks, mut remaining) = (body.into_data_stream(), settings.body_limit);
    spawn(tokio::time::timeout(DISCARD_TIMEOUT, async move {
        while let Some(Ok(chunk)) = chunks.next().await {
            match remaining.checked_sub(chunk.len()) {
                Some(rest) => remaining = rest,
                None => break,
            }
        }
    }));
}

fn too_large(length: usize, settings: &Settings) -> Rejection {
    let message = format!("The body has {length} bytes or more; at most {} are allowed.", settings.body_limit);
    Rejection::new(catalogue::BODY_TOO_LARGE, message)
}

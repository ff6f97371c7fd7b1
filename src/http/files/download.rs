//! `GET /files/{address}`: the file of a document, or a range of its bytes.

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use error::{Error, catalogue};
use file_storage::TRANSFER_BYTES;
use futures_util::StreamExt;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use store::{Store, request_memory::HeldBytes};

use super::{
    range::{self, Requested},
    response::{Refusal, not_found},
};
use crate::{
    files::{Download, authorized_caller},
    graphql::execution::budget,
    http::{admission, app::App, rejection::Rejection, request_id::RequestId},
};

/// The cost of a download, as of a query of some rows.
const COST: u64 = 10;

/// The characters of a file name that are written as they are (RFC 8187, `attr-char`).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Downloads a file.
pub async fn download(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    segment: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    // A path that is no text is no address.
    let Ok(Path(segment)) = segment else { return Refusal::from(not_found()).into_response(&id) };
    let response = Box::pin(respond(&app, &id, &segment, &headers)).await;
    response.unwrap_or_else(|refusal| refusal.into_response(&id))
}

async fn respond(app: &App, id: &RequestId, segment: &str, headers: &HeaderMap) -> Result<Response, Refusal> {
    let request_id = (id.as_str(), id.is_from_client());
    let authorized = authorized_caller(&app.db, segment, app.db.clock.now(), request_id).await?;
    let (caller, tenant, document) = authorized.ok_or_else(not_found)?;
    if let Some(token) = &caller.token
        && app.authenticator.is_revoked(&app.db, caller.tenant, &caller.subject, token).await?
    {
        return Err(not_found().into());
    }
    admission::debit_cost(app, &caller, COST)?;
    let mut memory = HeldBytes::new(app.request_memory.clone(), caller.tenant);
    if !memory.hold(TRANSFER_BYTES) {
        return Err(Rejection::overloaded().into());
    }
    let budget = Arc::new(budget(&app.settings.limits, app.request_memory.clone(), caller.tenant));
    let store = Store::new(app.db.clone(), caller, tenant, budget);
    let file = Download::open(&store, &app.files, document).await?.ok_or_else(not_found)?;
    let (size, etag) = (file.size, format!("\"{}\"", file.file.simple()));
    let requested = match headers.get(header::IF_RANGE).map(HeaderValue::as_bytes) {
        Some(known) if known != etag.as_bytes() => Requested::All,
        _ => range::parse(headers.get(header::RANGE).and_then(|range| range.to_str().ok()), size),
    };
    let (status, bytes) = match requested {
        Requested::All => (StatusCode::OK, 0..size),
        Requested::Part(bytes) => (StatusCode::PARTIAL_CONTENT, bytes),
        Requested::NotSatisfiable => return Ok(not_satisfiable(id, size)),
    };
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, file.media_type.as_str())
        .header(header::CONTENT_LENGTH, bytes.end - bytes.start)
        .header(header::CONTENT_DISPOSITION, disposition(file.name.as_deref()))
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::ETAG, etag);
    if status == StatusCode::PARTIAL_CONTENT {
        response = response.header(header::CONTENT_RANGE, format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1));
    }
    let content = file.read(bytes).map(move |bytes| {
        // The memory is held until the last bytes are with the connection.
        let _held = &memory;
        bytes.inspect_err(|error| tracing::error!("a file could not be read: {error:?}"))
    });
    Ok(response.body(Body::from_stream(content)).map_err(Error::internal)?)
}

/// The header that lets a browser save the file and never show it: its content is the sender's.
fn disposition(name: Option<&str>) -> String {
    match name {
        Some(name) => format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(name, ENCODED)),
        None => "attachment".to_owned(),
    }
}

fn not_satisfiable(id: &RequestId, size: u64) -> Response {
    let message = format!("The file has {size} bytes, and none of them is in the range.");
    let mut response = Refusal::from(Rejection::new(catalogue::RANGE_NOT_SATISFIABLE, message)).into_response(id);
    if let Ok(range) = HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

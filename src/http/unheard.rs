//! Requests nobody heard: what hyper answers by itself, because a head is not HTTP or is too large, with the body that every
//! refusal of ours has.
//!
//! hyper writes such an answer, without a body, straight to the connection; it is known by the request id it lacks, which
//! every answer that came through the router has.

use axum::http::{HeaderMap, StatusCode};

use super::{
    guard::HEADERS,
    reply::{Denial, REQUEST_ID, RequestId},
};

/// The largest of the answers that hyper writes by itself.
const LONGEST: usize = 512;

/// What is written instead of an answer of hyper's own; nothing, if it is not one.
pub fn instead(written: &[u8], header_limit: usize) -> Option<Vec<u8>> {
    if written.len() > LONGEST || !written.starts_with(b"HTTP/1.") || !written.ends_with(b"\r\n\r\n") {
        return None;
    }
    let head = std::str::from_utf8(written).ok()?;
    let status = StatusCode::from_bytes(head.get(9..12)?.as_bytes()).ok()?;
    let denial = match status {
        _ if head.contains(REQUEST_ID) => return None,
        StatusCode::BAD_REQUEST => Denial::bad("This is no request of HTTP/1.1."),
        StatusCode::URI_TOO_LONG => Denial::new(status, "URI_TOO_LONG", "The address is too long. Send it by POST."),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            let message = format!("The head has more than {header_limit} bytes or more than 100 headers.");
            Denial::new(status, "HEADERS_TOO_LARGE", message)
        }
        _ => return None,
    };
    let id = RequestId::of(&HeaderMap::new());
    let body = denial.json(&id);
    let (request_id, length) = (id.text(), body.len());
    tracing::info!(request_id, status = status.as_u16(), "a request could not be read");
    let headers: String = HEADERS.iter().map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect();
    let answer = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n{headers}\
         {REQUEST_ID}: {request_id}\r\ncontent-length: {length}\r\n\r\n"
    );
    Some([answer.into_bytes(), body].concat())
}

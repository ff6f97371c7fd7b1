//! Protocol errors: gives the responses that hyper writes by itself, when a request head is malformed or too large, the
//! body and headers of every other rejection.
//!
//! hyper writes such a response, without a body, directly to the connection. It is recognized by its missing request id,
//! which every response of the router has.

use axum::http::StatusCode;
use error::catalogue;

use super::{
    rejection::Rejection,
    request_id::{REQUEST_ID_HEADER, RequestId},
    response::DEFAULT_HEADERS,
};

/// The most bytes of a response that hyper writes by itself.
const MAX_HYPER_RESPONSE_BYTES: usize = 512;

/// The replacement of a response that hyper writes by itself; `None` for any other bytes.
pub fn rewrite(written: &[u8], header_limit: usize) -> Option<Vec<u8>> {
    if written.len() > MAX_HYPER_RESPONSE_BYTES || !written.starts_with(b"HTTP/1.") || !written.ends_with(b"\r\n\r\n") {
        return None;
    }
    let head = std::str::from_utf8(written).ok()?;
    let status = StatusCode::from_bytes(head.get(9..12)?.as_bytes()).ok()?;
    let rejection = match status {
        _ if head.contains(REQUEST_ID_HEADER) => return None,
        StatusCode::BAD_REQUEST => Rejection::bad_request("This is no request of HTTP/1.1."),
        StatusCode::URI_TOO_LONG => {
            Rejection::new(catalogue::URI_TOO_LONG, "The address is too long. Send it by POST.")
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            let message = format!("The head has more than {header_limit} bytes or more than 100 headers.");
            Rejection::new(catalogue::HEADERS_TOO_LARGE, message)
        }
        _ => return None,
    };
    let request_id = RequestId::generate();
    let body = rejection.to_json(&request_id);
    let (request_id, length) = (request_id.as_str(), body.len());
    tracing::info!(request_id, status = status.as_u16(), "a request could not be read");
    let headers: String = DEFAULT_HEADERS.iter().map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect();
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n{headers}\
         {REQUEST_ID_HEADER}: {request_id}\r\ncontent-length: {length}\r\n\r\n"
    );
    Some([head.into_bytes(), body].concat())
}

//! Rejections: requests that are refused before they run, as responses of one form.

use async_graphql::{ServerError, Value};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use error::{
    Error,
    catalogue::{self, Entry},
};

use super::{
    request_id::RequestId,
    response::{MediaType, ResponseBody},
};
use crate::graphql::{
    limit::LimitExceeded,
    operation::{RequestError, SUGGESTIONS},
};

/// The most characters of a client's text that an error message quotes in one piece.
const MAX_QUOTED_CHARS: usize = 100;

/// The most characters of an error message about a document.
const MAX_MESSAGE_CHARS: usize = 300;

/// Why a request is not executed: HTTP status, stable code, and a message that says what is allowed.
#[derive(Debug)]
pub struct Rejection {
    status: StatusCode,
    code: &'static str,
    message: String,
    retryable: bool,
    /// Seconds for `Retry-After`.
    retry_after: Option<u64>,
    /// The errors of an invalid request, instead of the message.
    errors: Vec<ServerError>,
    /// Further extensions of the error.
    details: Vec<(&'static str, Value)>,
    /// Whether a client of [`MediaType::LegacyJson`] gets status 200.
    ok_for_legacy_json: bool,
}

impl Rejection {
    /// A rejection with the status and the code of an entry of the catalogue.
    pub fn new(entry: Entry, message: impl Into<String>) -> Self {
        let Entry { code, status, retryable, .. } = entry;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            code,
            message: message.into(),
            retryable,
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1),
            errors: Vec::new(),
            details: Vec::new(),
            ok_for_legacy_json: false,
        }
    }

    /// The request is malformed.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(catalogue::BAD_REQUEST, message)
    }

    /// The request is not executed, because of its document or its variables.
    pub fn of(error: RequestError) -> Self {
        match error {
            RequestError::Limit(exceeded) => Self::limit_exceeded(&exceeded),
            RequestError::Invalid(mut errors) => {
                for error in &mut errors {
                    error.message = truncate_message(&error.message);
                }
                Self { errors, ..Self::bad_request("") }.ok_for_legacy_json()
            }
        }
    }

    /// An internal error. Its cause is in the log.
    pub fn internal() -> Self {
        Self::new(catalogue::INTERNAL, Error::internal("").to_string())
    }

    /// The server is at its limit of requests or connections.
    pub fn overloaded() -> Self {
        let message = "The server is doing as much as it can; try again in a moment.";
        Self::new(catalogue::OVERLOADED, message)
    }

    /// The server is at its limit of requests, and the tenant has as many as its share or more.
    pub fn share_exceeded(share: usize) -> Self {
        let message = format!(
            "The server is doing as much as it can, and your share of it is {share} requests at once; try again in a moment."
        );
        Self::new(catalogue::OVERLOADED, message)
    }

    /// The address of the client has as many connections open as it may.
    pub fn too_many_connections(maximum: usize) -> Self {
        let message = format!(
            "Your address has {maximum} connections open, which is the most it may have; use one of them again, or close it."
        );
        Self::new(catalogue::OVERLOADED, message)
    }

    /// `Accept` names no media type of this server.
    pub fn not_acceptable() -> Self {
        let message = "Answers are application/graphql-response+json or application/json.";
        Self::new(catalogue::NOT_ACCEPTABLE, message)
    }

    /// A limit is exceeded: names it, what it allows, what the client sent, and the field where it did.
    pub fn limit_exceeded(exceeded: &LimitExceeded) -> Self {
        // Others take the memory, and a query can be sent again.
        if exceeded.error.code == catalogue::LIMIT_MEMORY.code {
            return Self::overloaded();
        }
        let mut rejection = Self::new(exceeded.error, exceeded.message());
        rejection.details.extend(exceeded.details());
        rejection
    }

    /// The operation may cost too much: names its dearest fields, too.
    pub fn cost_exceeded(exceeded: LimitExceeded, dearest: &[(String, u64)]) -> Self {
        let fields: Vec<_> = dearest.iter().map(|(path, cost)| format!("{path} ({cost})")).collect();
        let dearest = dearest.iter().map(|(path, _)| path.as_str().into()).collect();
        let mut rejection = Self::limit_exceeded(&exceeded).with_detail("dearest", Value::List(dearest));
        let told = format!(" Its dearest fields are {}: fewer rows there cost less.", fields.join(", "));
        rejection.message.push_str(&told);
        rejection
    }

    /// The same without suggestions, which name parts of the schema.
    #[must_use]
    pub fn without_suggestions(mut self) -> Self {
        for error in &mut self.errors {
            if let Some(start) = SUGGESTIONS.iter().filter_map(|beginning| error.message.find(beginning)).min() {
                error.message.truncate(start);
                error.message.push('.');
            }
        }
        self
    }

    /// The same, not to be repeated automatically.
    #[must_use]
    pub fn not_retryable(mut self) -> Self {
        self.retryable = false;
        self
    }

    /// The same, retryable after this many seconds; with `None`, not retryable.
    #[must_use]
    pub fn retry_after(mut self, seconds: Option<u64>) -> Self {
        (self.retry_after, self.retryable) = (seconds, seconds.is_some());
        self
    }

    /// The same, with status 200 for older clients, which ignore the body under any other status.
    #[must_use]
    pub fn ok_for_legacy_json(mut self) -> Self {
        self.ok_for_legacy_json = true;
        self
    }

    /// The same with another status than that of the catalogue, where the error is the answer to the whole request.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same, with one more extension of the error.
    #[must_use]
    pub fn with_detail(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body.
    pub fn to_json(&self, request_id: &RequestId) -> Vec<u8> {
        let mut errors = self.errors.clone();
        if errors.is_empty() {
            errors.push(ServerError::new(self.message.as_str(), None));
        }
        for error in &mut errors {
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("code", self.code);
            extensions.set("retryable", self.retryable);
            extensions.set("requestId", request_id.as_str());
            for (name, value) in &self.details {
                extensions.set(*name, value.clone());
            }
        }
        ResponseBody { data: None, errors: &errors, extensions: None }.to_json()
    }

    /// The response.
    pub fn to_response(&self, media_type: MediaType, request_id: &RequestId) -> Response {
        let is_ok = self.ok_for_legacy_json && media_type == MediaType::LegacyJson;
        let status = if is_ok { StatusCode::OK } else { self.status() };
        let mut response = media_type.response(status, self.to_json(request_id));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The media type of the response, or the rejection of a client that accepts none of ours.
pub fn negotiate(headers: &HeaderMap) -> Result<MediaType, Rejection> {
    MediaType::negotiate(headers).ok_or_else(Rejection::not_acceptable)
}

/// Truncates each quotation and each word of a message, then the message: it may repeat any text of the client.
pub fn truncate_message(message: &str) -> String {
    let truncate = |text: &str, max_chars: usize| match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    let truncate_words =
        |text: &str| text.split(' ').map(|word| truncate(word, MAX_QUOTED_CHARS)).collect::<Vec<_>>().join(" ");
    // Every second part is inside quotes.
    let parts = message.split('"').enumerate().map(|(index, part)| {
        let is_quoted = index % 2 == 1;
        if is_quoted { truncate(part, MAX_QUOTED_CHARS) } else { truncate_words(part) }
    });
    truncate(&parts.collect::<Vec<_>>().join("\""), MAX_MESSAGE_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_quote_a_bounded_part_of_the_client_text() {
        let long = "x".repeat(1_000);
        assert_eq!(truncate_message("Unknown field \"a\" on type \"B\"."), "Unknown field \"a\" on type \"B\".");
        let quoted = format!("Unknown field \"{}…\" on type \"B\".", &long[..MAX_QUOTED_CHARS]);
        assert_eq!(truncate_message(&format!("Unknown field \"{long}\" on type \"B\".")), quoted);
        let unquoted = format!("operation {}… is", &long[..MAX_QUOTED_CHARS]);
        assert_eq!(truncate_message(&format!("operation {long} is")), unquoted);
        assert_eq!(truncate_message(&"y ".repeat(1_000)).chars().count(), MAX_MESSAGE_CHARS + 1);
    }
}

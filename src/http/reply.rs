//! Replies: what an answer is written as, and the one shape of every refusal.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{Pos, ServerError, Value};
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use error::Error;
use sea_orm::prelude::Uuid;
use serde::Serialize;
use serde_json::Value as Json;

const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// How much of what a client sent an error quotes.
const QUOTED: usize = 100;

/// How long the message of an error about a document is.
const MESSAGE: usize = 300;

/// The header that carries a request's id, in and out.
pub const REQUEST_ID: &str = "x-request-id";

/// The id of a request: in every error, in the answer's head, in the log and in the change log.
#[derive(Clone, Debug)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The client's own, if it gave one that can stand in a log; else a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        let plain = |id: &&str| {
            (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(plain);
        Self(given.map_or_else(|| Uuid::now_v7().simple().to_string().into(), Arc::from))
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// What an answer is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the status says how far the request came.
    Graphql,
    /// `application/json`, asked for by name: 200 for every request that could be read, as older clients expect.
    Json,
    /// `application/json` for who takes anything: curl, browsers, health checks. The status says how far it came.
    Any,
}

impl Media {
    /// What the client would rather read; nothing, if we can write nothing it takes.
    pub fn accepted(headers: &HeaderMap) -> Result<Self, Denial> {
        let ranges = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        // One that is empty says nothing.
        let mut ranges = ranges.filter(|value| !value.trim().is_empty()).peekable();
        if ranges.peek().is_none() {
            return Ok(Self::Any);
        }
        let mut best: Option<(f32, Self)> = None;
        for range in ranges.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
            let media = match parts.next().as_deref() {
                Some("application/graphql-response+json") => Self::Graphql,
                Some("application/json") => Self::Json,
                Some("*/*" | "application/*") => Self::Any,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q=").map(|q| q.trim().parse().unwrap_or(0.0)));
            let weight: f32 = weight.unwrap_or(1.0);
            // Of two that are as welcome the first one named is taken.
            if weight > best.map_or(0.0, |(weight, _)| weight) {
                best = Some((weight, media));
            }
        }
        let message = "Answers are application/graphql-response+json or application/json.";
        best.map(|(_, media)| media).ok_or_else(|| Denial::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message))
    }

    /// An answer of this kind.
    pub fn written(self, status: StatusCode, body: impl Into<Bytes>) -> Response {
        let kind = if self == Self::Graphql { GRAPHQL } else { JSON };
        (status, [(header::CONTENT_TYPE, kind)], body.into()).into_response()
    }
}

/// The body of an answer. `data` is absent, not null, where nothing was executed.
#[derive(Serialize)]
pub struct Told<'a> {
    /// What the resolvers gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<&'a Value>,
    /// What went wrong.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [ServerError],
    /// What else is said of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<&'a serde_json::Map<String, Json>>,
}

impl Told<'_> {
    /// As JSON, its keys in the order of the selection.
    pub fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_else(|error| {
            tracing::error!("an answer cannot be written as JSON: {error}");
            br#"{"errors":[{"message":"The answer cannot be written.","extensions":{"code":"INTERNAL","retryable":false}}]}"#
                .to_vec()
        })
    }
}

/// A request that is not executed: status, stable code and what would be right.
#[derive(Debug)]
pub struct Denial {
    /// The status.
    pub status: StatusCode,
    code: Cow<'static, str>,
    message: String,
    retryable: bool,
    /// How many seconds to wait before it is tried again.
    after: Option<u64>,
    /// What else is told of it.
    more: Vec<(&'static str, Value)>,
    /// Whether it goes under 200 to who asks for `application/json` by name.
    soft: bool,
}

impl Denial {
    /// A refusal. Whether it may be tried again follows from the status.
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let retryable =
            status.is_server_error() || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
        let after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        Self { status, code: code.into(), message: message.into(), retryable, after, more: Vec::new(), soft: false }
    }

    /// The request cannot be understood.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// Our fault. What it was stands in the log.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", Error::internal("").to_string())
    }

    /// More than can be done at once is being done.
    pub fn overloaded() -> Self {
        let message = "The server is doing as much as it can; try again in a moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED", message)
    }

    /// The same, but not to be repeated unseen.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.retryable = false;
        self
    }

    /// The same, to be tried again after so many seconds; never, where nothing will change.
    #[must_use]
    pub fn after(mut self, seconds: Option<u64>) -> Self {
        (self.after, self.retryable) = (seconds, seconds.is_some());
        self
    }

    /// The same, under 200 for older clients, which read no body under another status.
    #[must_use]
    pub fn soft(mut self) -> Self {
        self.soft = true;
        self
    }

    /// The same, with one more fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, fact: impl Into<Value>) -> Self {
        self.more.push((name, fact.into()));
        self
    }

    /// The body.
    pub fn json(&self, id: &RequestId) -> Vec<u8> {
        let mut error = ServerError::new(self.message.as_str(), None);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", self.code.as_ref());
        extensions.set("retryable", self.retryable);
        extensions.set("requestId", id.text());
        for (name, fact) in &self.more {
            extensions.set(*name, fact.clone());
        }
        Told { data: None, errors: &[error], extensions: None }.json()
    }

    /// The answer.
    pub fn response(&self, media: Media, id: &RequestId) -> Response {
        let status = if self.soft && media == Media::Json { StatusCode::OK } else { self.status };
        let mut response = media.written(status, self.json(id));
        if let Some(seconds) = self.after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What is wrong with the text of a document, without the text: where, what is expected there, and a few letters of it.
pub fn syntax(error: &ServerError, document: &str) -> ServerError {
    let expected = error.message.rsplit_once(" = ").map(|(_, expected)| expected.trim());
    let (Some(expected), Some(&Pos { line, column })) = (expected, error.locations.first()) else {
        return error.clone();
    };
    let text = document.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let found: String = text.chars().skip(column.saturating_sub(1)).take(QUOTED / 2).collect();
    let found = if found.is_empty() { "the end of the line".to_owned() } else { format!("\"{found}\"") };
    let mut told = error.clone();
    told.message = format!("Syntax error in line {line}, column {column}: {expected}, not {found}.");
    told
}

/// A message without the long parts of what a client sent: each quotation, each word and the whole are cut.
pub fn shortened(message: &str) -> String {
    let cut = |text: &str, most: usize| match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    let words = |text: &str| text.split(' ').map(|word| cut(word, QUOTED)).collect::<Vec<_>>().join(" ");
    // Every second part stands between quotes.
    let parts = message.split('"').enumerate();
    let parts: Vec<_> =
        parts.map(|(place, part)| if place % 2 == 1 { cut(part, QUOTED) } else { words(part) }).collect();
    cut(&parts.join("\""), MESSAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &'static str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        Media::accepted(&headers).ok()
    }

    #[test]
    fn the_most_welcome_media_is_written() {
        assert_eq!(accepted("application/json"), Some(Media::Json));
        assert_eq!(accepted("application/graphql-response+json"), Some(Media::Graphql));
        assert_eq!(accepted("text/html, */*;q=0.1"), Some(Media::Any));
        assert_eq!(accepted("application/json; q=0.9, application/graphql-response+json"), Some(Media::Graphql));
        assert_eq!(accepted("application/json, application/graphql-response+json"), Some(Media::Json));
        assert_eq!(accepted("application/json;q=0, application/*;q=0.5"), Some(Media::Any));
        assert_eq!(accepted("application/json;q=0"), None);
        assert_eq!(accepted("text/html"), None);
    }

    #[test]
    fn what_a_client_sent_is_quoted_in_part() {
        let long = "x".repeat(1_000);
        assert_eq!(shortened("Unknown field \"a\" on type \"B\"."), "Unknown field \"a\" on type \"B\".");
        let quoted = format!("Unknown field \"{}…\" on type \"B\".", &long[..QUOTED]);
        assert_eq!(shortened(&format!("Unknown field \"{long}\" on type \"B\".")), quoted);
        assert_eq!(shortened(&format!("operation {long} is")), format!("operation {}… is", &long[..QUOTED]));
        assert_eq!(shortened(&"y ".repeat(1_000)).chars().count(), MESSAGE + 1);
    }
}

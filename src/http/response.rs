//! Responses: content negotiation, the headers of every response, and the JSON body of a GraphQL response.

use std::{
    io::{self, Write},
    slice,
};

use async_graphql::{Name, ServerError, Value, indexmap};
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use store::budget::{BYTES_PER_STEP, Budget};

const GRAPHQL_RESPONSE_JSON: &str = "application/graphql-response+json; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// The headers of every response that does not set them itself.
pub const DEFAULT_HEADERS: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// The media type of a GraphQL response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status says how far the request came.
    GraphqlResponse,
    /// `application/json`, named in `Accept`: status 200 for every well-formed request, as older clients expect.
    LegacyJson,
    /// `application/json` for clients that accept anything (curl, browsers, health checks): the status says how far
    /// the request came.
    Json,
}

impl MediaType {
    /// The media type that the client prefers; `None` if it accepts none of ours.
    pub fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let ranges = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        // An empty `Accept` is no preference.
        let mut ranges = ranges.filter(|value| !value.trim().is_empty()).peekable();
        if ranges.peek().is_none() {
            return Some(Self::Json);
        }
        let mut best: Option<(f32, Self)> = None;
        for range in ranges.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
            let media_type = match parts.next().as_deref() {
                Some("application/graphql-response+json") => Self::GraphqlResponse,
                Some("application/json") => Self::LegacyJson,
                Some("*/*" | "application/*") => Self::Json,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q=").map(|q| q.trim().parse().unwrap_or(0.0)));
            let weight: f32 = weight.unwrap_or(1.0);
            // The first of equal weights wins.
            if weight > best.map_or(0.0, |(weight, _)| weight) {
                best = Some((weight, media_type));
            }
        }
        best.map(|(_, media_type)| media_type)
    }

    /// A response of this media type.
    pub fn response(self, status: StatusCode, body: impl Into<Body>) -> Response {
        let content_type = if self == Self::GraphqlResponse { GRAPHQL_RESPONSE_JSON } else { JSON };
        (status, [(header::CONTENT_TYPE, content_type)], body.into()).into_response()
    }
}

/// The body of a GraphQL response. `data` is absent, not null, if the operation was not executed.
#[derive(Serialize)]
pub struct ResponseBody<'a> {
    /// The result of the operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<&'a Value>,
    /// The errors of the request or of its fields.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [ServerError],
    /// The extensions: request id, cost and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<&'a Map<String, Json>>,
}

/// A body of at most a number of bytes. What is beyond it is counted and not kept.
struct BoundedBody {
    bytes: Vec<u8>,
    limit: usize,
    length: usize,
}

impl Write for BoundedBody {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.length += bytes.len();
        if self.length <= self.limit {
            self.bytes.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> ResponseBody<'a> {
    /// The body of an operation that was executed.
    pub fn of(response: &'a async_graphql::Response, extensions: &'a Map<String, Json>) -> Self {
        Self { data: Some(&response.data), errors: &response.errors, extensions: Some(extensions) }
    }

    /// The body as JSON, if it has no more than a number of bytes; else its length. It is written in steps of a budget.
    pub async fn to_json_within(&self, limit: usize, budget: &Budget) -> Result<Vec<u8>, usize> {
        let mut body = BoundedBody { bytes: Vec::new(), limit, length: 0 };
        match self.write(&mut body, budget).await {
            Ok(()) if body.length > limit => Err(body.length),
            Ok(()) => Ok(body.bytes),
            Err(_) => Ok(self.to_json()),
        }
    }

    /// Writes the data in steps, and then what serde writes of a body without data.
    async fn write(&self, body: &mut BoundedBody, budget: &Budget) -> io::Result<()> {
        let rest = serde_json::to_vec(&Self { data: None, ..*self })?;
        let Some(data) = self.data else { return body.write_all(&rest) };
        body.write_all(b"{\"data\":")?;
        write_value(body, data, budget).await?;
        // The rest is an object of its own.
        match rest.get(1..).unwrap_or_default() {
            b"}" => body.write_all(b"}"),
            members => {
                body.write_all(b",")?;
                body.write_all(members)
            }
        }
    }

    /// The body as JSON, its keys in the order of the selection.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_else(|error| {
            tracing::error!("a response cannot be serialized: {error}");
            br#"{"errors":[{"message":"The answer cannot be written.","extensions":{"code":"INTERNAL","retryable":false}}]}"#
                .to_vec()
        })
    }
}

/// A list or an object of which the beginning is written.
enum Open<'a> {
    List(slice::Iter<'a, Value>),
    Object(indexmap::map::Iter<'a, Name, Value>),
}

/// Writes a value as serde does. Each value and each part of a text takes a step.
async fn write_value(body: &mut BoundedBody, value: &Value, budget: &Budget) -> io::Result<()> {
    // The containers of the value that is next, the innermost last, each with whether something in it is written.
    let mut open: Vec<(Open<'_>, bool)> = Vec::new();
    let mut next = Some(value);
    loop {
        match next {
            Some(Value::List(items)) => {
                body.write_all(b"[")?;
                open.push((Open::List(items.iter()), false));
            }
            Some(Value::Object(fields)) => {
                body.write_all(b"{")?;
                open.push((Open::Object(fields.iter()), false));
            }
            Some(leaf) => {
                let bytes = if let Value::String(text) = leaf { text.len() as u64 } else { 0 };
                budget.pace(1 + bytes / BYTES_PER_STEP).await;
                serde_json::to_writer(&mut *body, leaf)?;
            }
            None => {}
        }
        let Some((innermost, has_items)) = open.last_mut() else { return Ok(()) };
        let item = match innermost {
            Open::List(items) => items.next().map(|item| (None, item)),
            Open::Object(fields) => fields.next().map(|(name, field)| (Some(name), field)),
        };
        next = item.map(|(_, item)| item);
        match item {
            Some((name, _)) => {
                if std::mem::replace(has_items, true) {
                    body.write_all(b",")?;
                }
                if let Some(name) = name {
                    serde_json::to_writer(&mut *body, name.as_str())?;
                    body.write_all(b":")?;
                }
            }
            None => {
                body.write_all(if matches!(innermost, Open::List(_)) { b"]" } else { b"}" })?;
                open.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn negotiated(accept: &'static str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        MediaType::negotiate(&headers)
    }

    #[tokio::test]
    async fn a_body_that_is_written_in_steps_is_what_serde_writes() {
        let data = [
            serde_json::json!({ "a": [[], {}, [1, "x\"y", null, [true]], { "b": { "c": 1.5 }, "d": "\u{7}" }], "": {} }),
            serde_json::json!(null),
            serde_json::json!([]),
            serde_json::json!({}),
        ];
        let extensions = Map::from_iter([("requestId".to_owned(), Json::from("r"))]);
        let errors = [ServerError::new("failed", None)];
        for data in data.map(|data| Value::from_json(data).unwrap()) {
            for (errors, extensions) in
                [(&[][..], None), (&errors[..], None), (&[], Some(&extensions)), (&errors, Some(&extensions))]
            {
                let body = ResponseBody { data: Some(&data), errors, extensions };
                let budget = Budget::unlimited();
                assert_eq!(body.to_json_within(10_000, &budget).await, Ok(body.to_json()));
                assert_eq!(body.to_json_within(1, &budget).await, Err(body.to_json().len()));
            }
        }
    }

    #[test]
    fn the_accepted_media_type_of_the_highest_weight_wins() {
        assert_eq!(negotiated("application/json"), Some(MediaType::LegacyJson));
        assert_eq!(negotiated("application/graphql-response+json"), Some(MediaType::GraphqlResponse));
        assert_eq!(negotiated("text/html, */*;q=0.1"), Some(MediaType::Json));
        let graphql_preferred = "application/json; q=0.9, application/graphql-response+json";
        assert_eq!(negotiated(graphql_preferred), Some(MediaType::GraphqlResponse));
        let equal = "application/json, application/graphql-response+json";
        assert_eq!(negotiated(equal), Some(MediaType::LegacyJson));
        assert_eq!(negotiated("application/json;q=0, application/*;q=0.5"), Some(MediaType::Json));
        assert_eq!(negotiated("application/json;q=0"), None);
        assert_eq!(negotiated("text/html"), None);
    }
}

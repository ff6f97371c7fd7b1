//! Responses: content negotiation, the headers of every response, and the JSON body of a GraphQL response.

use std::io;

use async_graphql::{ServerError, Value};
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value as Json};

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

impl io::Write for BoundedBody {
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

impl ResponseBody<'_> {
    /// The body as JSON, if it has no more than a number of bytes; else its length.
    pub fn to_json_within(&self, limit: usize) -> Result<Vec<u8>, usize> {
        let mut body = BoundedBody { bytes: Vec::new(), limit, length: 0 };
        match serde_json::to_writer(&mut body, self) {
            Ok(()) if body.length > limit => Err(body.length),
            Ok(()) => Ok(body.bytes),
            Err(_) => Ok(self.to_json()),
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

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn negotiated(accept: &'static str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        MediaType::negotiate(&headers)
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

//! Request ids: one for each request, in every error, response header, log line and change log entry.

use std::sync::Arc;

use axum::http::HeaderMap;
use sea_orm::prelude::Uuid;

/// The header that carries a request id, in requests and responses.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

tokio::task_local! {
    /// The id of the request that the current task serves.
    pub static CURRENT_REQUEST_ID: RequestId;
}

/// The id of a request.
#[derive(Clone, Debug)]
pub struct RequestId {
    text: Arc<str>,
    is_from_client: bool,
}

impl RequestId {
    /// The client's id if it has 1 to 64 characters that are safe in a log; otherwise a new one.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let is_safe = |id: &&str| {
            (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let client_id = headers.get(REQUEST_ID_HEADER).and_then(|id| id.to_str().ok()).filter(is_safe);
        client_id.map_or_else(Self::generate, |id| Self { text: Arc::from(id), is_from_client: true })
    }

    /// A new id.
    pub fn generate() -> Self {
        Self { text: Uuid::now_v7().simple().to_string().into(), is_from_client: false }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the client chose it.
    pub fn is_from_client(&self) -> bool {
        self.is_from_client
    }
}

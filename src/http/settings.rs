//! The settings of the HTTP layer: sizes, times and limits.

use std::time::Duration;

use axum::http::HeaderValue;

use super::{demo_token::DemoCompanies, introspection::Introspection, rate_limit, trusted_documents};
use crate::graphql::limit::Limits;

/// The settings of the HTTP layer.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether every client, not only an ADMIN, sees how many SQL statements a request ran.
    pub show_statements: bool,
    /// The most bytes of a request body.
    pub body_limit: usize,
    /// The most bytes of a request head: request line and headers.
    pub header_limit: usize,
    /// The most bytes of a query string.
    pub query_string_limit: usize,
    /// The most bytes of the variables as JSON.
    pub variables_limit: usize,
    /// The most operations of one body; 0 refuses arrays.
    pub batch_limit: usize,
    /// The most open connections.
    pub connections: usize,
    /// The most requests that run at once.
    pub requests: u32,
    /// The time for a request head, and of silence between two requests of a connection.
    pub header_timeout: Duration,
    /// The time for a request body to arrive.
    pub body_timeout: Duration,
    /// The time for a whole request.
    pub request_timeout: Duration,
    /// The time that a response waits for its client to read on.
    pub answer_timeout: Duration,
    /// The time for requests to end after the server is asked to stop.
    pub stop_timeout: Duration,
    /// The origins whose pages may read responses.
    pub cors_origins: Vec<HeaderValue>,
    /// The limits of a document.
    pub limits: Limits,
    /// The most that an operation may cost.
    pub cost_limit: u64,
    /// The rate limit of a client.
    pub rate: rate_limit::Settings,
    /// The documents that run by id, and the roles that may run others.
    pub trusted: trusted_documents::Settings,
    /// Who may read the schema.
    pub introspection: Introspection,
    /// The demo's companies with their tokens, shown to every client; only for the demo.
    pub demo: Option<DemoCompanies>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            show_statements: false,
            body_limit: 2 << 20,
            header_limit: 64 << 10,
            query_string_limit: 16 << 10,
            variables_limit: 1 << 20,
            batch_limit: 0,
            connections: 1_024,
            requests: 128,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(30),
            stop_timeout: Duration::from_secs(30),
            cors_origins: Vec::new(),
            limits: Limits::default(),
            cost_limit: 50_000,
            rate: rate_limit::Settings::default(),
            trusted: trusted_documents::Settings::default(),
            introspection: Introspection::default(),
            demo: None,
        }
    }
}

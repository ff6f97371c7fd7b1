//! The settings of the doors: sizes, times and limits.

use std::time::Duration;

use axum::http::HeaderValue;

use super::{Settings, Wrong};
use crate::{graphql::limit::Limits, http};

impl Settings {
    /// How the doors are set up.
    pub fn doors(&self) -> Result<http::Settings, Wrong> {
        for (setting, places) in [("connections", self.connections), ("requests", self.requests as usize)] {
            if places == 0 {
                return Err(Wrong::new(setting, "with none, nobody would be served.", "128"));
            }
        }
        let origin = |origin: &String| {
            let (scheme, host) = origin.split_once("://").unwrap_or_default();
            let whole = ["http", "https"].contains(&scheme) && !host.is_empty() && !host.contains(['/', '*', '@']);
            let what = format!("\"{origin}\" is not an origin: scheme, host and port, and no more.");
            let wrong = || Wrong::new("cors_origins", what, "[\"https://app.example\"]");
            HeaderValue::from_str(origin).ok().filter(|_| whole).ok_or_else(wrong)
        };
        Ok(http::Settings {
            show_statements: self.show_statements,
            body_limit: self.body_limit,
            header_limit: self.header_limit,
            query_string_limit: self.query_string_limit,
            variables_limit: self.variables_limit,
            batch_limit: self.batch_limit,
            connections: self.connections,
            requests: self.requests,
            header_timeout: Duration::from_secs(self.header_timeout),
            body_timeout: Duration::from_secs(self.body_timeout),
            request_timeout: Duration::from_secs(self.request_timeout),
            answer_timeout: Duration::from_secs(self.answer_timeout),
            stop_timeout: Duration::from_secs(self.stop_timeout),
            cors_origins: self.cors_origins.iter().map(origin).collect::<Result<_, _>>()?,
            limits: Limits {
                brackets: self.limit_brackets,
                tokens: self.limit_tokens,
                fragments: self.limit_fragments,
                depth: self.limit_depth,
                fields: self.limit_fields,
                selections: self.limit_selections,
                aliases: self.limit_aliases,
                root_fields: self.limit_root_fields,
                directives: self.limit_directives,
                introspection: self.limit_introspection,
            },
            cost_limit: self.cost_limit,
            rate: http::rate::Settings { capacity: self.rate_capacity, per_second: self.rate_per_second },
            demo: None,
        })
    }
}

//! The settings of the HTTP layer: sizes, times and limits.

use std::time::Duration;

use axum::http::HeaderValue;
use serde::{Deserializer, de::Error};

use super::{demo_token::DemoCompanies, introspection::Introspection, rate_limit, trusted_documents};
use crate::{
    files::DEFAULT_MEDIA_TYPES,
    graphql::limit::Limits,
    setting::{SettingValue, settings},
};

settings! {
    /// The settings of the HTTP layer.
    pub struct Settings {
        /// Whether every client sees the number of SQL statements
        ///
        /// An ADMIN sees it always.
        show_statements: bool = false;
        /// Maximum of bytes of a request body
        body_limit: usize = 2 << 20;
        /// Maximum of bytes of a request head: request line and headers
        header_limit: usize = 64 << 10;
        /// Maximum of bytes of a query string
        query_string_limit: usize = 16 << 10;
        /// Maximum of bytes of the variables as JSON
        variables_limit: usize = 1 << 20;
        /// Maximum of operations of one body; 0 refuses arrays
        batch_limit: usize = 0;
        /// Maximum of open connections, at least 1
        connections: usize = 1_024;
        /// Maximum of open connections of one client address; without it, a quarter of connections
        ///
        /// The addresses of an IPv6 network (/64) count as one. Behind a proxy, all connections come from the proxy's
        /// address: there it is as large as connections.
        connections_per_address: Option<usize> = None, example "1024";
        /// Maximum of requests that run at once, at least 1
        requests: u32 = 128;
        /// Seconds for a request head, and of silence between requests
        header_timeout: Duration = Duration::from_secs(30);
        /// Seconds for a request body to arrive
        body_timeout: Duration = Duration::from_secs(30);
        /// Seconds for a whole request
        request_timeout: Duration = Duration::from_secs(30);
        /// Seconds that a response waits for its client to read on
        answer_timeout: Duration = Duration::from_secs(30);
        /// Seconds for requests to end after the server stops
        stop_timeout: Duration = Duration::from_secs(30);
        /// Maximum of bytes of an uploaded file, at most 2147483647
        file_limit: u64 = 100 << 20;
        /// Seconds for an uploaded file to arrive
        file_timeout: Duration = Duration::from_mins(10);
        /// Media types of the files that may be uploaded
        file_types: Vec<String> = DEFAULT_MEDIA_TYPES.map(str::to_owned).to_vec();
        /// Origins whose pages may read responses; none by default
        cors_origins: Vec<HeaderValue> = Vec::new(), example "[\"https://app.example\"]";
        /// Maximum cost of one operation
        cost_limit: u64 = 50_000;
        /// Bytes of memory that all requests and answers may have together
        ///
        /// An answer is estimated as 400 bytes for each field, and three times its texts; its bytes count until they are read.
        request_memory: u64 = 160 << 20;
        /// Who may read the schema: all, none or a list of roles
        introspection: Introspection = Introspection::All;
    }
    groups {
        /// The rate limit of a client.
        rate: rate_limit::Settings;
        /// The limits of a document.
        limits: Limits;
        /// The documents that run by id, and the roles that may run others.
        trusted: trusted_documents::Settings;
    }
    other {
        /// The demo's companies with their tokens, shown to every client; only for the demo.
        demo: Option<DemoCompanies> = None;
    }
}

impl Settings {
    /// Checks the bounds. The error names the setting and the reason.
    pub fn check_bounds(&self) -> Result<(), (&'static str, &'static str)> {
        let limits = [
            ("connections", self.connections),
            ("connections_per_address", self.connections_per_address.unwrap_or(1)),
            ("requests", self.requests as usize),
        ];
        for (setting, limit) in limits {
            if limit == 0 {
                return Err((setting, "0 would serve no request."));
            }
        }
        let costs = [
            ("cost_limit", self.cost_limit),
            ("file_limit", self.file_limit),
            ("rate_capacity", self.rate.capacity),
            ("rate_per_second", self.rate.per_second),
        ];
        for (setting, cost) in costs {
            if i32::try_from(cost).is_err() {
                return Err((setting, "The schema shows it as an Int: at most 2147483647."));
            }
        }
        Ok(())
    }
}

/// A list of origins.
impl SettingValue for Vec<HeaderValue> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<String>::read(deserializer)?.iter().map(|origin| parse_origin(origin).map_err(D::Error::custom)).collect()
    }

    fn to_toml(&self) -> String {
        let origins = self.iter().filter_map(|origin| origin.to_str().ok());
        origins.map(str::to_owned).collect::<Vec<_>>().to_toml()
    }
}

fn parse_origin(origin: &str) -> Result<HeaderValue, String> {
    let (scheme, host) = origin.split_once("://").unwrap_or_default();
    let is_origin = ["http", "https"].contains(&scheme) && !host.is_empty() && !host.contains(['/', '*', '@']);
    let value = HeaderValue::from_str(origin).ok().filter(|_| is_origin);
    value.ok_or_else(|| format!("\"{origin}\" is not an origin: scheme, host and port, and no more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_that_the_schema_cannot_show_is_refused() {
        let rate = |capacity| Settings {
            rate: rate_limit::Settings { capacity, ..rate_limit::Settings::default() },
            ..Settings::default()
        };
        assert_eq!(rate(2_147_483_647).check_bounds(), Ok(()));
        assert_eq!(rate(2_147_483_648).check_bounds().unwrap_err().0, "rate_capacity");
    }
}

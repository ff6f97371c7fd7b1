//! HTTP to the servers: one connection that stays open, and GraphQL on it.

use std::time::Duration;

use serde_json::{Value as Json, json};
use ureq::Agent;

use super::adapter::Request;
use crate::process::Result;

/// Longer than any request of a benchmark.
const TIMEOUT: Duration = Duration::from_mins(5);

/// One connection to one server.
pub struct Connection {
    agent: Agent,
    address: String,
}

impl Connection {
    pub fn new(address: &str) -> Self {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).max_idle_connections(1);
        Self { agent: config.build().into(), address: address.to_owned() }
    }

    /// The status and the body of the response.
    pub fn send(&self, request: &Request) -> Result<(u16, String)> {
        let (name, value) = &request.header;
        let sent = self.agent.post(format!("http://{}{}", self.address, request.path)).header(*name, value);
        let mut response = sent.header("content-type", "application/json").send(&request.body)?;
        Ok((response.status().as_u16(), response.body_mut().with_config().limit(u64::MAX).read_to_string()?))
    }
}

/// A client of Fieldgate with a token.
pub struct Client {
    connection: Connection,
    token: String,
}

impl Client {
    pub fn new(address: &str, token: &str) -> Self {
        Self { connection: Connection::new(address), token: format!("Bearer {token}") }
    }

    /// The data of an answer without errors.
    pub fn ask(&self, query: &str, variables: &Json) -> Result<Json> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let header = ("authorization", self.token.clone());
        let (status, body) = self.connection.send(&Request { path: "/graphql".to_owned(), header, body })?;
        data(status, &body)
    }
}

/// The data of a response; an error where it has errors.
pub fn data(status: u16, body: &str) -> Result<Json> {
    let mut answer: Json = serde_json::from_str(body).map_err(|_| format!("status {status}: {}", start_of(body)))?;
    match answer.get_mut("data").map(Json::take) {
        Some(data) if status == 200 && answer.get("errors").is_none() => Ok(data),
        _ => Err(format!("status {status}: {}", start_of(body)).into()),
    }
}

fn start_of(text: &str) -> String {
    text.chars().take(1_000).collect()
}

//! Encryption in transit: what a server says about its address, and that a database is not reached in plain text.

use std::process::Command;

use crate::world::{
    Postgres, Sqlite,
    database::TestDatabase,
    program::{Server, command, error_of},
};

/// A server on every address of the machine.
fn serve_everywhere(url: &str) -> Command {
    let mut serve = command(url, &["serve"]);
    serve.env("FIELDGATE_LISTEN", "0.0.0.0:0");
    serve
}

#[tokio::test]
async fn a_server_that_others_reach_without_tls_says_so() {
    let database = TestDatabase::shared(Sqlite).await;
    let warns = |server: &Server| server.log.iter().any(|line| line.contains("behind_tls_proxy = true"));
    assert!(warns(&Server::spawn(&mut serve_everywhere(&database.url))));
    assert!(!warns(&Server::spawn(serve_everywhere(&database.url).env("FIELDGATE_BEHIND_TLS_PROXY", "true"))));
    assert!(!warns(&Server::start(&database.url)));
}

#[tokio::test]
async fn a_database_without_tls_is_not_reached_if_tls_is_asked_for() {
    let database = TestDatabase::shared(Postgres).await;
    let url = format!("{}?sslmode=verify-full", database.url);
    let output = command(&url, &["serve", "--port", "0"]).output().unwrap();
    let error = error_of(&output);
    assert!(!output.status.success() && error.contains("database_url") && error.contains("TLS"), "{error}");
}

//! Health: whether the process lives, and whether it can answer.

use axum::{extract::State, http::StatusCode};

use super::App;

/// The process lives.
pub async fn live() -> &'static str {
    "ok\n"
}

/// The database answers.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.db.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!("the database does not answer: {error:?}");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

//! Health checks: whether the process is alive, and whether its database answers.

use axum::{extract::State, http::StatusCode};

use super::app::App;

/// `/health/live`: the process is alive.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `/health/ready`: the database answers.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.db.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!("the database does not answer: {error:?}");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

//! Health checks: whether the process is alive, and whether its database answers.

use axum::{extract::State, http::StatusCode};

use super::app::App;

/// `/health/live`: the process is alive.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `/health/ready`: the database answers.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.readiness.check(&app.db).await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
    }
}

//! `/playground`: the explorer page, self-contained.

use axum::{
    http::header,
    response::{Html, IntoResponse},
};

/// The page, as it stands at the top of the repository.
const PAGE: &str = include_str!("../../playground.html");

/// Nothing from anywhere else; the page's own script and style stand in it.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub async fn page() -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")], Html(PAGE))
}

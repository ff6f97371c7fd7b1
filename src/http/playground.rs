//! `/playground`: the explorer page, self-contained, compressed once, under a policy that knows its very scripts.
//!
//! The page is built from `playground/` by `cargo xtask playground` and stands as `playground.html` in the repository.

use std::{
    fmt,
    io::Write,
    sync::{Arc, OnceLock},
};

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::App;

/// The page, as it stands at the top of the repository.
const PAGE: &str = include_str!("../../playground.html");

/// Where the page is told that it is the demo's, and where that one's tokens are.
const SERVED: &str = "<meta name=\"fieldgate-demo\" content=\"\">";
const DEMO: &str = "<meta name=\"fieldgate-demo\" content=\"/playground/demo.json\">";

/// A company of the demo, with tokens to try it.
#[derive(Clone, Debug, Serialize)]
pub struct Company {
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// A token for each role.
    pub tokens: Vec<Trial>,
}

/// A token to try a role with.
#[derive(Clone, Serialize)]
pub struct Trial {
    /// The role.
    pub role: &'static str,
    /// The token.
    pub token: String,
}

/// Tokens are never printed by accident.
impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role)
    }
}

/// The page as it goes out.
struct Page {
    policy: HeaderValue,
    hash: String,
    plain: Bytes,
    gzip: Bytes,
}

/// The page.
pub async fn page(State(app): State<App>, headers: HeaderMap) -> Response {
    static PAGES: [OnceLock<Page>; 2] = [const { OnceLock::new() }; 2];
    let is_demo = app.settings.demo.is_some();
    let made = move || PAGES[usize::from(is_demo)].get_or_init(|| Page::of(is_demo));
    // The first caller has it compressed, which takes long enough to be in the way of others.
    let Ok(page) = tokio::task::spawn_blocking(made).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    page.answer(&headers)
}

/// The demo's companies with their tokens. Nothing else has such a list.
pub async fn demo(State(app): State<App>) -> Response {
    match &app.settings.demo {
        Some(companies) => {
            let told = serde_json::json!({ "companies": *companies }).to_string();
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
            (headers, told).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The demo's companies, as a setting.
pub type Companies = Arc<Vec<Company>>;

impl Page {
    fn of(is_demo: bool) -> Self {
        let text = if is_demo { PAGE.replacen(SERVED, DEMO, 1) } else { PAGE.to_owned() };
        let policy = format!(
            "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src data:; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'",
            sources(&text, "script"),
            sources(&text, "style"),
        );
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to memory does not fail; if it did, the page would go out as it is.
        let gzip = gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish()).unwrap_or_default();
        Self {
            policy: HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
            hash: BASE64_STANDARD.encode(Sha256::digest(&text)),
            plain: Bytes::from(text),
            gzip: Bytes::from(gzip),
        }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let is_gzip = !self.gzip.is_empty() && takes_gzip(headers);
        let tag = format!("\"{}{}\"", self.hash, if is_gzip { "-gzip" } else { "" });
        let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_known = known.split(',').any(|known| matches!(known.trim(), "*") || known.trim().ends_with(&tag));
        let mut response = match (is_known, is_gzip) {
            (true, _) => StatusCode::NOT_MODIFIED.into_response(),
            (false, true) => ([(header::CONTENT_ENCODING, "gzip")], self.gzip.clone()).into_response(),
            (false, false) => self.plain.clone().into_response(),
        };
        let told = response.headers_mut();
        if !is_known {
            told.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        }
        for (name, value) in FIXED {
            told.insert(name, HeaderValue::from_static(value));
        }
        told.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        if let Ok(tag) = HeaderValue::try_from(tag) {
            told.insert(header::ETAG, tag);
        }
        response
    }
}

/// What every answer with the page says.
const FIXED: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-cache"),
    (header::VARY, "accept-encoding"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// The elements of a kind that stand in the page, as sources of its policy.
fn sources(page: &str, kind: &str) -> String {
    let (open, close) = (format!("<{kind}"), format!("</{kind}>"));
    let mut rest = page;
    let mut sources = Vec::new();
    while let Some((_, behind)) = rest.split_once(&open) {
        let Some((_, behind)) = behind.split_once('>') else { break };
        let Some((body, behind)) = behind.split_once(&close) else { break };
        sources.push(format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(body))));
        rest = behind;
    }
    if sources.is_empty() { "'none'".to_owned() } else { sources.join(" ") }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let weight = |name: &str| {
        accepted.split(',').find_map(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let is_named = parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case(name));
            let q = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0_f32), str::parse);
            is_named.then_some(q.is_ok_and(|q| q > 0.0))
        })
    };
    weight("gzip").or_else(|| weight("*")).unwrap_or_default()
}

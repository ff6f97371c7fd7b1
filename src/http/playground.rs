//! `/playground`: the explorer page, self-contained, compressed once, with a content security policy of its own scripts.
//!
//! `cargo xtask playground` builds the page from `playground/` to `playground.html`.

use std::{io::Write, net::IpAddr, sync::OnceLock};

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, uri::Authority},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::app::App;

/// The page as it is built.
const PAGE: &str = include_str!("../../playground.html");

/// The element of the page that names the address of the demo's tokens: empty in a server, set in the demo.
const SERVER_META: &str = "<meta name=\"fieldgate-demo\" content=\"\">";
const DEMO_META: &str = "<meta name=\"fieldgate-demo\" content=\"/playground/demo.json\">";

/// The headers of the page that are always the same.
const PAGE_HEADERS: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-cache"),
    (header::VARY, "accept-encoding"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// The page, ready to send.
struct Page {
    content_security_policy: HeaderValue,
    hash: String,
    plain: Bytes,
    gzip: Bytes,
}

/// The page.
pub async fn page(State(app): State<App>, headers: HeaderMap) -> Response {
    static PAGES: [OnceLock<Page>; 2] = [const { OnceLock::new() }; 2];
    let is_demo = app.settings.demo.is_some() && is_loopback(&headers);
    let build = move || PAGES[usize::from(is_demo)].get_or_init(|| Page::build(is_demo));
    // The first request compresses the page, which takes too long for an async worker thread.
    let Ok(page) = tokio::task::spawn_blocking(build).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    page.respond(&headers)
}

/// The demo's companies with their tokens. Only the demo has them, and it gives them to a client that calls it by a name of
/// this machine: a page whose own name leads here (DNS rebinding) calls it by that one.
pub async fn demo(State(app): State<App>, headers: HeaderMap) -> Response {
    match app.settings.demo.as_ref().filter(|_| is_loopback(&headers)) {
        Some(companies) => {
            let body = serde_json::json!({ "companies": **companies }).to_string();
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
            (headers, body).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whether the header `Host` is a loopback address or `localhost`.
fn is_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.and_then(|host| host.parse::<Authority>().ok()).is_some_and(|authority| {
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

impl Page {
    fn build(is_demo: bool) -> Self {
        let text = if is_demo { PAGE.replacen(SERVER_META, DEMO_META, 1) } else { PAGE.to_owned() };
        let policy = format!(
            "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src data:; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'",
            hash_sources(&text, "script"),
            hash_sources(&text, "style"),
        );
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to memory does not fail; if it did, the page would be sent uncompressed.
        let gzip = gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish()).unwrap_or_default();
        Self {
            content_security_policy: HeaderValue::try_from(policy)
                .unwrap_or(HeaderValue::from_static("default-src 'none'")),
            hash: BASE64_STANDARD.encode(Sha256::digest(&text)),
            plain: Bytes::from(text),
            gzip: Bytes::from(gzip),
        }
    }

    fn respond(&self, headers: &HeaderMap) -> Response {
        let is_gzip = !self.gzip.is_empty() && accepts_gzip(headers);
        let etag = format!("\"{}{}\"", self.hash, if is_gzip { "-gzip" } else { "" });
        let cached = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_cached = cached.split(',').any(|cached| matches!(cached.trim(), "*") || cached.trim().ends_with(&etag));
        let mut response = match (is_cached, is_gzip) {
            (true, _) => StatusCode::NOT_MODIFIED.into_response(),
            (false, true) => ([(header::CONTENT_ENCODING, "gzip")], self.gzip.clone()).into_response(),
            (false, false) => self.plain.clone().into_response(),
        };
        let headers = response.headers_mut();
        if !is_cached {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        }
        for (name, value) in PAGE_HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert(header::CONTENT_SECURITY_POLICY, self.content_security_policy.clone());
        if let Ok(etag) = HeaderValue::try_from(etag) {
            headers.insert(header::ETAG, etag);
        }
        response
    }
}

/// The sources of a content security policy: the hashes of all elements of a name in the page.
fn hash_sources(page: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut rest = page;
    let mut sources = Vec::new();
    while let Some((_, after_open)) = rest.split_once(&open) {
        let Some((_, after_tag)) = after_open.split_once('>') else { break };
        let Some((content, after_close)) = after_tag.split_once(&close) else { break };
        sources.push(format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(content))));
        rest = after_close;
    }
    if sources.is_empty() { "'none'".to_owned() } else { sources.join(" ") }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = |name: &str| {
        accepted.split(',').find_map(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let is_named = parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case(name));
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0_f32), str::parse);
            is_named.then_some(weight.is_ok_and(|weight| weight > 0.0))
        })
    };
    accepts("gzip").or_else(|| accepts("*")).unwrap_or_default()
}

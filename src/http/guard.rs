//! The guard: what holds for every answer, whatever made it: a request id, headers that keep browsers strict, errors in
//! one shape, and a panic that ends one request instead of the server.

use std::panic::AssertUnwindSafe;

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use futures_util::FutureExt;
use tower_http::{
    compression::{
        CompressionLayer, DefaultPredicate, Predicate,
        predicate::{And, NotForContentType, SizeAbove},
    },
    cors::{AllowOrigin, CorsLayer},
};

use super::{
    connection::Crowded,
    reply::{Denial, Media, REQUEST_ID, RequestId},
    telemetry::REQUEST,
};

/// Answers below these bytes are not worth packing.
const WORTH_PACKING: u16 = 1024;

/// What every answer says, unless it says something else itself.
pub const HEADERS: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Gives every answer its headers, and the request its id. The outermost layer.
pub async fn marked(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let mut answer = REQUEST.scope(id.clone(), next.run(request)).await;
    let headers = answer.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(*name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(id.text()) {
        headers.insert(REQUEST_ID, id);
    }
    answer
}

/// Turns away whoever is one too many, catches panics, and gives errors of the router their shape. The innermost layer.
pub async fn kept(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_else(|| RequestId::of(request.headers()));
    // Whoever watches over the server learns that it lives, also when it is crowded.
    let crowded = request.extensions().get::<Crowded>().is_some();
    if crowded && !request.uri().path().starts_with("/health/") {
        return closing(Denial::overloaded().response(Media::Any, &id));
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let Ok(answer) = AssertUnwindSafe(next.run(request)).catch_unwind().await else {
        return Denial::internal().response(Media::Any, &id);
    };
    let shaped = answer.headers().contains_key(header::CONTENT_TYPE);
    let answer = match answer.status() {
        StatusCode::NOT_FOUND if !shaped => unknown(answer, &path, &id),
        StatusCode::METHOD_NOT_ALLOWED if !shaped => wrong_method(answer, &method, &path, &id),
        _ => answer,
    };
    if crowded { closing(answer) } else { answer }
}

fn unknown(answer: Response, path: &str, id: &RequestId) -> Response {
    let path: String = path.chars().take(100).collect();
    let message = format!("There is nothing at {path}; GraphQL is at /graphql.");
    with_headers_of(answer, Denial::new(StatusCode::NOT_FOUND, "NOT_FOUND", message).response(Media::Any, id))
}

fn wrong_method(answer: Response, method: &Method, path: &str, id: &RequestId) -> Response {
    let allowed = answer.headers().get(header::ALLOW).and_then(|allowed| allowed.to_str().ok()).unwrap_or_default();
    let method: String = method.as_str().chars().take(20).collect();
    let message = format!("{method} is not allowed at {path}; allowed are {allowed}.");
    let denial = Denial::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message);
    with_headers_of(answer, denial.response(Media::Any, id))
}

/// An answer in another's place, with what that said in headers.
fn with_headers_of(old: Response, mut new: Response) -> Response {
    if let Some(allow) = old.headers().get(header::ALLOW) {
        new.headers_mut().insert(header::ALLOW, allow.clone());
    }
    new
}

fn closing(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// Packs answers for who can unpack them: zstd, br or gzip.
pub fn packed() -> CompressionLayer<And<And<DefaultPredicate, SizeAbove>, NotForContentType>> {
    // The explorer's page is packed once, and not again for each who asks.
    let worth =
        DefaultPredicate::new().and(SizeAbove::new(WORTH_PACKING)).and(NotForContentType::const_new("text/html"));
    CompressionLayer::new().compress_when(worth)
}

/// Lets pages of these origins read answers. A token is sent by the page itself: no cookie is asked for or set.
pub fn cors(origins: &[HeaderValue]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static(REQUEST_ID),
        ])
        .expose_headers([HeaderName::from_static(REQUEST_ID), header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        .max_age(std::time::Duration::from_hours(1))
}

//! Middleware of every route: request ids, security headers, CORS, compression, and panics and router errors as
//! rejections.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use error::{
    catalogue,
    excerpt::{MAX_CLIENT_CHARS, excerpt},
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
    connection_limit::Capacity,
    rejection::Rejection,
    request_id::{CURRENT_REQUEST_ID, REQUEST_ID_HEADER, RequestId},
    response::{DEFAULT_HEADERS, MediaType},
};

/// Bytes below which compression does not pay.
const MIN_COMPRESSED_BYTES: u16 = 1024;

/// Gives the request its id and the response its default headers. The outermost layer.
pub async fn add_headers(mut request: Request, next: Next) -> Response {
    let id = RequestId::from_headers(request.headers());
    request.extensions_mut().insert(id.clone());
    let mut response = CURRENT_REQUEST_ID.scope(id.clone(), next.run(request)).await;
    let headers = response.headers_mut();
    for (name, value) in DEFAULT_HEADERS {
        headers.entry(*name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID_HEADER, id);
    }
    response
}

/// Rejects requests over capacity, catches panics, and gives errors of the router a body. The innermost layer.
pub async fn catch_errors(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let id = id.unwrap_or_else(|| RequestId::from_headers(request.headers()));
    // Health checks answer even over capacity.
    let over_capacity = request.extensions().get::<Capacity>().and_then(|capacity| capacity.rejection());
    if let Some(rejection) = over_capacity.as_ref().filter(|_| !request.uri().path().starts_with("/health/")) {
        return close_connection(rejection.to_response(MediaType::Json, &id));
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let Ok(response) = AssertUnwindSafe(next.run(request)).catch_unwind().await else {
        return Rejection::internal().to_response(MediaType::Json, &id);
    };
    let has_body = response.headers().contains_key(header::CONTENT_TYPE);
    let response = match response.status() {
        StatusCode::NOT_FOUND if !has_body => describe_not_found(response, &path, &id),
        StatusCode::METHOD_NOT_ALLOWED if !has_body => describe_wrong_method(response, &method, &path, &id),
        _ => response,
    };
    if over_capacity.is_some() { close_connection(response) } else { response }
}

fn describe_not_found(response: Response, path: &str, id: &RequestId) -> Response {
    let path = excerpt(path, MAX_CLIENT_CHARS);
    let message = format!("There is nothing at {path}; GraphQL is at /graphql.");
    let rejection = Rejection::new(catalogue::NOT_FOUND, message);
    copy_allow(&response, rejection.to_response(MediaType::Json, id))
}

fn describe_wrong_method(response: Response, method: &Method, path: &str, id: &RequestId) -> Response {
    let allowed = response.headers().get(header::ALLOW).and_then(|allowed| allowed.to_str().ok()).unwrap_or_default();
    let (method, path) = (excerpt(method.as_str(), 20), excerpt(path, MAX_CLIENT_CHARS));
    let message = format!("{method} is not allowed at {path}; allowed are {allowed}.");
    let rejection = Rejection::new(catalogue::METHOD_NOT_ALLOWED, message);
    copy_allow(&response, rejection.to_response(MediaType::Json, id))
}

/// Copies the header `Allow` to the response that replaces the router's.
fn copy_allow(replaced: &Response, mut response: Response) -> Response {
    if let Some(allow) = replaced.headers().get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response
}

fn close_connection(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Compresses responses as the client accepts: zstd, br or gzip.
pub fn compression() -> CompressionLayer<And<And<DefaultPredicate, SizeAbove>, NotForContentType>> {
    // The playground page is compressed once, not for each request.
    let predicate = DefaultPredicate::new()
        .and(SizeAbove::new(MIN_COMPRESSED_BYTES))
        .and(NotForContentType::const_new("text/html"));
    CompressionLayer::new().compress_when(predicate)
}

/// Lets pages of these origins read responses. The page sends the token itself: no cookie is read or set.
pub fn cors(origins: &[HeaderValue]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static(REQUEST_ID_HEADER),
            // What clients and their tracing send by themselves.
            HeaderName::from_static("apollographql-client-name"),
            HeaderName::from_static("apollographql-client-version"),
            HeaderName::from_static("baggage"),
            HeaderName::from_static("sentry-trace"),
            HeaderName::from_static("traceparent"),
            HeaderName::from_static("tracestate"),
            HeaderName::from_static("x-requested-with"),
        ])
        .expose_headers([HeaderName::from_static(REQUEST_ID_HEADER), header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        .max_age(Duration::from_hours(1))
}

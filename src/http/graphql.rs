//! `/graphql`: GraphQL over HTTP, by POST with JSON and by GET for queries, and nothing else.
//!
//! The status says how far a request came (GraphQL over HTTP, working draft): 400 without `data` for what could not be
//! parsed, validated or coerced, 200 once it was executed. A client that asks for `application/json` only gets 200 for
//! every well-formed request, as such clients expect.

use std::time::Instant;

use async_graphql::{
    Name, Request as Query, Response as Answer, Variables,
    parser::types::{ExecutableDocument, OperationType},
};
use axum::{
    body::{Body, Bytes},
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sea_orm::prelude::Uuid;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{App, auth::Refusal, limits, outlive};
use crate::{
    access::Action,
    error::Error,
    graphql::{Request, explain},
    store::Store,
};

const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// The body of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Json>,
    extensions: Option<Json>,
}

/// The body of an answer. `data` is absent, not null, where nothing was executed.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a async_graphql::Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [async_graphql::ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<&'a serde_json::Map<String, Json>>,
}

/// What an answer is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    Graphql,
    Json,
}

/// A query by GET.
pub async fn get(State(app): State<App>, headers: HeaderMap, RawQuery(raw): RawQuery) -> Response {
    let Some(media) = acceptable(&headers) else { return StatusCode::NOT_ACCEPTABLE.into_response() };
    let mut params = Params::default();
    for (name, value) in form_pairs(raw.as_deref().unwrap_or_default()) {
        match name.as_str() {
            "query" => params.query = Some(value),
            "operationName" => params.operation_name = Some(value).filter(|name| !name.is_empty()),
            "variables" => match serde_json::from_str(&value) {
                Ok(json) => params.variables = Some(json),
                Err(_) => return refused(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", "variables is not JSON."),
            },
            _ => {}
        }
    }
    answer(app, headers, params, media, true).await
}

/// A query or mutation by POST.
pub async fn post(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    let Some(media) = acceptable(&headers) else { return StatusCode::NOT_ACCEPTABLE.into_response() };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = kind.split(';').map(|part| part.trim().to_ascii_lowercase());
    // Nothing a form of another site can send is accepted.
    if parts.next().as_deref() != Some("application/json") {
        let message = "The body is application/json; send the header Content-Type: application/json.";
        return refused(media, StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message);
    }
    if parts
        .any(|part| part.strip_prefix("charset=").is_some_and(|set| !matches!(set.trim_matches('"'), "utf-8" | "utf8")))
    {
        return refused(media, StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "The body is UTF-8.");
    }
    let most = app.settings.body_limit;
    let Ok(body) = axum::body::to_bytes(body, most).await else {
        let message = format!("The body is longer than the {most} bytes allowed.");
        return refused(media, StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", &message);
    };
    match serde_json::from_slice::<Params>(&body) {
        Ok(params) => answer(app, headers, params, media, false).await,
        Err(error) => {
            let message = format!("The body is not a GraphQL request in JSON: {error}.");
            refused(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", &message)
        }
    }
}

/// The schema as text.
pub async fn sdl() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], crate::graphql::sdl())
}

async fn answer(app: App, headers: HeaderMap, params: Params, media: Media, by_get: bool) -> Response {
    let begun = Instant::now();
    let request_id = Uuid::now_v7().simple().to_string();
    let caller = match app.tokens.caller(&headers, &app.db, &request_id).await {
        Ok(Ok(caller)) => caller,
        Ok(Err(refusal)) => return unauthenticated(media, refusal),
        Err(error) => {
            tracing::error!(request_id, "{request_id}: the tenant could not be read: {error:?}");
            return refused(media, StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", &Error::internal("").to_string());
        }
    };
    let mut query = match query(params) {
        Ok(query) => query,
        Err(message) => return refused(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", &message),
    };
    let name = query.operation_name.clone();
    // A document that cannot be parsed is refused by the schema, as an answer.
    let document = query.parsed_query().ok().cloned();
    let mutates = document.as_ref().is_some_and(|document| {
        let chosen = |known: Option<&Name>| name.is_none() || known.map(Name::as_str) == name.as_deref();
        let mut chosen = document.operations.iter().filter(|(known, _)| chosen(*known));
        chosen.any(|(_, operation)| operation.node.ty == OperationType::Mutation)
    });
    if mutates && by_get {
        let message = "A mutation is sent by POST: a GET may be repeated by anybody on the way.";
        let mut response = refused(media, StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let work = execute(app, caller, query, document, request_id, begun);
    let told = if mutates { outlive(work).await } else { Some(work.await) };
    match told {
        Some((answer, extensions)) => respond(media, &answer, &extensions),
        None => refused(media, StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", &Error::internal("").to_string()),
    }
}

type Extensions = serde_json::Map<String, Json>;

async fn execute(
    app: App,
    (caller, tenant): (crate::access::Caller, std::sync::Arc<crate::store::Tenant>),
    query: Query,
    document: Option<ExecutableDocument>,
    request_id: String,
    begun: Instant,
) -> (Answer, Extensions) {
    let (slug, operation) = (tenant.row.slug.clone(), query.operation_name.clone());
    let store = std::sync::Arc::new(Store::new(app.db, caller, tenant));
    let request = std::sync::Arc::new(Request::default());
    let query = query.data(store.clone()).data(request.clone());
    // All resolvers of a request are one task; its scheduler's fairness would cut levels of the tree into pieces.
    let mut answer = tokio::task::unconstrained(app.schema.execute(query)).await;
    if let Some(document) = &document {
        app.shape.fit(document, operation.as_deref(), &mut answer);
    }
    explain(&mut answer, &request_id);
    let statements = store.statements();
    let mut extensions = Extensions::new();
    extensions.insert("requestId".to_owned(), request_id.as_str().into());
    let repeated = request.repeated();
    if !repeated.is_empty() {
        extensions.insert("repeated".to_owned(), repeated.into());
    }
    let redacted = request.redacted();
    if !redacted.is_empty() {
        extensions.insert("redacted".to_owned(), redacted.into());
    }
    if app.settings.show_statements || store.caller().may(Action::StatementRead) {
        extensions.insert("statements".to_owned(), statements.into());
    }
    let (millis, errors) = (begun.elapsed().as_secs_f64() * 1e3, answer.errors.len());
    let (operation, tenant, subject) = (operation.unwrap_or_default(), slug, &store.caller().subject);
    tracing::info!(request_id, operation, tenant, subject, statements, errors, millis, "graphql");
    (answer, extensions)
}

fn query(params: Params) -> Result<Query, String> {
    let text = params.query.ok_or("There is no query: send {\"query\": \"{ viewer { subject } }\"}.")?;
    if let Some(depth) = limits::too_deep(&text) {
        return Err(format!("Brackets nest {depth} deep; at most {} are allowed.", limits::BRACKETS));
    }
    let mut query = Query::new(text);
    match params.variables {
        None | Some(Json::Null) => {}
        Some(variables @ Json::Object(_)) => query = query.variables(Variables::from_json(variables)),
        Some(_) => return Err("variables is an object.".to_owned()),
    }
    if params.extensions.is_some_and(|extensions| !extensions.is_object() && !extensions.is_null()) {
        return Err("extensions is an object.".to_owned());
    }
    Ok(match params.operation_name {
        Some(name) => query.operation_name(name),
        None => query,
    })
}

fn respond(media: Media, answer: &Answer, extensions: &Extensions) -> Response {
    // An error of execution has a path; without one the document never ran.
    let ran = answer.errors.iter().all(|error| !error.path.is_empty());
    let told = Told { data: ran.then_some(&answer.data), errors: &answer.errors, extensions: Some(extensions) };
    let status = if ran || media == Media::Json { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    written(media, status, &told)
}

fn refused(media: Media, status: StatusCode, code: &str, message: &str) -> Response {
    let mut error = async_graphql::ServerError::new(message, None);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code);
    extensions.set("retryable", status.is_server_error());
    written(media, status, &Told { data: None, errors: &[error], extensions: None })
}

fn unauthenticated(media: Media, refusal: Refusal) -> Response {
    let reason = refusal.reason();
    let message = format!("Send the header Authorization: Bearer TOKEN; {reason}.");
    let mut response = refused(media, StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", &message);
    let challenge = match refusal {
        Refusal::Missing => "Bearer realm=\"fieldgate\"".to_owned(),
        _ => format!("Bearer realm=\"fieldgate\", error=\"invalid_token\", error_description=\"{reason}\""),
    };
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn written(media: Media, status: StatusCode, told: &Told<'_>) -> Response {
    let kind = if media == Media::Graphql { GRAPHQL } else { JSON };
    match serde_json::to_vec(told) {
        Ok(body) => (status, [(header::CONTENT_TYPE, kind)], Bytes::from(body)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What the client wants to read; nothing we can write, if none.
fn acceptable(headers: &HeaderMap) -> Option<Media> {
    let Some(accept) = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()) else {
        return Some(Media::Graphql);
    };
    accept.split(',').find_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next()?.to_ascii_lowercase();
        if parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32))) {
            return None;
        }
        match kind.as_str() {
            "application/graphql-response+json" | "*/*" | "application/*" => Some(Media::Graphql),
            "application/json" => Some(Media::Json),
            _ => None,
        }
    })
}

/// The pairs of a query string (WHATWG URL, application/x-www-form-urlencoded).
fn form_pairs(raw: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(raw.as_bytes()).into_owned().collect()
}

//! `/graphql`: GraphQL over HTTP, by POST with JSON and by GET for queries, and nothing else.
//!
//! The status says how far a request came (GraphQL over HTTP, working draft): 400 without `data` for what could not be
//! parsed, validated or coerced, 200 once it was executed. A client that asks for `application/json` by name gets 200 for
//! every request that could be read, as such clients expect.
//!
//! A query ends when its client leaves: its future is dropped, and the work in the database with it. A mutation runs to its
//! end.

use std::{sync::Arc, time::Instant};

use access::{Action, Caller};
use async_graphql::{
    Name, Positioned, Request as Query, Response as Answer,
    parser::types::{ExecutableDocument, OperationType, Selection},
};
use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use futures_util::StreamExt;
use serde_json::Value as Json;
use store::{Store, Tenant};

use super::{
    App,
    auth::Refusal,
    gate::Place,
    introspection::without_suggestions,
    outlive,
    params::{Params, from_query_string, is_json, query},
    reply::{Denial, Media, RequestId, Told, shortened, syntax},
    toll::{self, Toll},
    trusted::Entry,
};
use crate::graphql::{Request, cost::CostEstimate, explain};

/// The most errors that are told of one document.
const ERRORS: usize = 20;

/// A request: of whom we do not know yet.
struct Asked {
    app: App,
    id: RequestId,
    media: Media,
    begun: Instant,
    by_get: bool,
    /// The key of its one mutation, from the header Idempotency-Key.
    idempotency_key: Option<String>,
}

/// What came of an operation.
enum Outcome {
    Denied(Denial),
    Answered(Answer, Extensions),
}

type Extensions = serde_json::Map<String, Json>;

/// A query by GET.
pub async fn get(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Response {
    let media = match Media::accepted(&headers) {
        Ok(media) => media,
        Err(denial) => return denial.response(Media::Any, &id),
    };
    let params = from_query_string(raw.as_deref().unwrap_or_default(), app.settings.query_string_limit);
    let asked = Asked { app, id, media, begun: Instant::now(), by_get: true, idempotency_key: None };
    match params {
        Ok(params) => asked.answer(&headers, vec![params], false).await,
        Err(denial) => denial.response(media, &asked.id),
    }
}

/// A query or mutation by POST.
pub async fn post(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let media = match Media::accepted(&headers) {
        Ok(media) => media,
        Err(denial) => return denial.response(Media::Any, &id),
    };
    let key = headers.get("idempotency-key").map(|key| key.to_str().map(str::to_owned)).transpose();
    let Ok(key) = key else {
        return Denial::bad("The header Idempotency-Key is written in ASCII.").response(media, &id);
    };
    let asked = Asked { app, id, media, begun: Instant::now(), by_get: false, idempotency_key: key };
    match asked.read(&headers, body).await {
        Ok((params, many)) => asked.answer(&headers, params, many).await,
        Err(denial) => denial.response(media, &asked.id),
    }
}

impl Asked {
    /// The operations of a body, and whether it is an array of them.
    async fn read(&self, headers: &HeaderMap, body: Body) -> Result<(Vec<Params>, bool), Denial> {
        is_json(headers)?;
        let settings = &self.app.settings;
        let most = settings.body_limit;
        let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let too_long = |length: usize| {
            let message = format!("The body has {length} bytes or more; at most {most} are allowed.");
            Denial::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", message)
        };
        if let Some(length) = length.filter(|length: &usize| *length > most) {
            return Err(too_long(length));
        }
        let reading = async {
            let (mut bytes, mut parts) = (Vec::new(), body.into_data_stream());
            while let Some(part) = parts.next().await {
                let part = part.map_err(|_| Denial::bad("The body ended before it was whole."))?;
                if bytes.len() + part.len() > most {
                    return Err(too_long(bytes.len() + part.len()));
                }
                bytes.extend_from_slice(&part);
            }
            Ok(bytes)
        };
        let patience = settings.body_timeout.min(settings.request_timeout);
        let bytes = tokio::time::timeout(patience, reading).await.map_err(|_| {
            let message = format!("The body did not arrive within {} s.", patience.as_secs_f32());
            Denial::new(StatusCode::REQUEST_TIMEOUT, "BODY_TIMEOUT", message)
        })??;
        let unread = |error: serde_json::Error| {
            let error = shortened(&error.to_string());
            Denial::bad(format!("The body is not a GraphQL request in JSON: {error}."))
        };
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
            return Ok((vec![serde_json::from_slice(&bytes).map_err(unread)?], false));
        }
        if settings.batch_limit == 0 {
            let message =
                "A body holds one operation: send those of an array one by one, or as fields of one document.";
            return Err(Denial::new(StatusCode::BAD_REQUEST, "BATCH_REFUSED", message));
        }
        let batch: Vec<Params> = serde_json::from_slice(&bytes).map_err(unread)?;
        if batch.is_empty() || batch.len() > settings.batch_limit {
            let (sent, most) = (batch.len(), settings.batch_limit);
            let message = format!("The array holds {sent} operations; it may hold 1 to {most}.");
            return Err(Denial::new(StatusCode::BAD_REQUEST, "BATCH_REFUSED", message));
        }
        Ok((batch, true))
    }

    /// Who is asking, then what comes of each operation, one after the other.
    async fn answer(self, headers: &HeaderMap, operations: Vec<Params>, many: bool) -> Response {
        let Some(place) = self.app.gate.enter() else {
            return Denial::overloaded().response(self.media, &self.id);
        };
        let (caller, tenant) = match known(&self.app, headers, self.media, &self.id).await {
            Ok(known) => known,
            Err(refused) => return *refused,
        };
        let mut outcomes = Vec::with_capacity(operations.len());
        for params in operations {
            outcomes.push(self.run(caller.clone(), tenant.clone(), params, place.clone()).await);
        }
        match outcomes.as_slice() {
            [outcome] if !many => outcome.response(self.media, &self.id),
            outcomes => {
                let bodies: Vec<_> = outcomes.iter().map(|outcome| outcome.json(&self.id)).collect();
                self.media.written(StatusCode::OK, [b"[", bodies.join(&b',').as_slice(), b"]"].concat())
            }
        }
    }

    async fn run(&self, caller: Caller, tenant: Arc<Tenant>, params: Params, place: Place) -> Outcome {
        let (mut query, entry) = match query(params, &self.app.settings, &caller) {
            Ok(query) => query,
            Err(denial) => return Outcome::Denied(denial),
        };
        let name = query.operation_name.clone();
        let document = match query.parsed_query() {
            Ok(document) => document.clone(),
            Err(error) => {
                let mut answer = Answer::from_errors(vec![syntax(&error, &query.query)]);
                explain(&mut answer, self.id.text());
                return Outcome::answered(answer, Extensions::new());
            }
        };
        if let Err(denial) = self.app.settings.introspection.check(&caller, &document) {
            return Outcome::Denied(denial);
        }
        let mutations = mutations(&document, name.as_deref());
        let mutates = mutations.is_some();
        if mutates && self.by_get {
            let message = "A mutation is sent by POST: a GET may be repeated by anybody on the way.";
            return Outcome::Denied(Denial::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message));
        }
        let idempotency_key = self.idempotency_key.clone().filter(|_| mutates);
        if idempotency_key.is_some() && mutations != Some(1) {
            let message =
                "The header Idempotency-Key goes with exactly one mutation field; give each input its own key.";
            return Outcome::Denied(Denial::bad(message));
        }
        let toll = match toll::pay(&self.app, &caller, &document, name.as_deref(), &query.variables) {
            Ok(toll) => toll,
            Err(denial) => return Outcome::Denied(denial),
        };
        let request = Request::new(idempotency_key, toll.rate_limit(), self.app.settings.limits.clone());
        let patience = self.app.settings.request_timeout;
        let store = Store::new(self.app.db.clone(), caller, tenant);
        let (app, id) = (self.app.clone(), self.id.clone());
        let work = Work { app, store, request, query, document, entry, toll, id, _place: place }.done();
        let left = patience.saturating_sub(self.begun.elapsed());
        let came = if mutates {
            tokio::time::timeout(left, outlive(work)).await
        } else {
            tokio::time::timeout(left, async { Some(work.await) }).await
        };
        match came {
            Ok(Some((answer, extensions))) => Outcome::answered(answer, extensions),
            Ok(None) => Outcome::Denied(Denial::internal()),
            Err(_) => Outcome::Denied(overdue(mutates, patience.as_secs_f32())),
        }
    }
}

/// Who is asking, or the answer to who cannot be known.
pub async fn known(
    app: &App,
    headers: &HeaderMap,
    media: Media,
    id: &RequestId,
) -> Result<(Caller, Arc<Tenant>), Box<Response>> {
    match app.tokens.caller(headers, &app.db, id.text()).await {
        Ok(Ok(known)) => Ok(known),
        Ok(Err(refusal)) => Err(Box::new(unauthenticated(media, id, refusal))),
        Err(error) => {
            let request_id = id.text();
            tracing::error!(request_id, "{request_id}: the tenant could not be read: {error:?}");
            let message = "The database does not answer; try again in a moment.";
            let denial = Denial::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message);
            Err(Box::new(denial.response(media, id)))
        }
    }
}

/// How many fields a mutation has; nothing, if the operation is none.
fn mutations(document: &ExecutableDocument, name: Option<&str>) -> Option<usize> {
    let chosen = |known: Option<&Name>| name.is_none() || known.map(Name::as_str) == name;
    let mut chosen = document.operations.iter().filter(|(known, _)| chosen(*known)).map(|(_, operation)| operation);
    let mutation = chosen.find(|operation| operation.node.ty == OperationType::Mutation)?;
    let items = mutation.node.selection_set.node.items.iter();
    let count = |item: &Positioned<Selection>| match &item.node {
        Selection::Field(field) => usize::from(!field.node.name.node.starts_with("__")),
        // Of a fragment nobody knows here how many it has.
        _ => 2,
    };
    Some(items.map(count).sum())
}

/// An operation that is executed, with all it needs: it may outlive its client.
struct Work {
    app: App,
    store: Store,
    request: Request,
    query: Query,
    document: ExecutableDocument,
    entry: Entry,
    toll: Toll,
    id: RequestId,
    _place: Place,
}

impl Work {
    /// Its answer, and what is told besides.
    async fn done(self) -> (Answer, Extensions) {
        let Self { app, store, request, query, document, entry, toll, id, _place } = self;
        let begun = Instant::now();
        let (slug, operation) = (store.tenant().row.slug.clone(), query.operation_name.clone());
        let variables = query.variables.clone();
        let (store, request) = (Arc::new(store), Arc::new(request));
        let query = query.data(store.clone()).data(request.clone());
        // All resolvers of a request are one task; its scheduler's fairness would cut levels of the tree into pieces.
        let mut answer = tokio::task::unconstrained(app.schema.execute(query)).await;
        app.shape.conform(&document, operation.as_deref(), &mut answer);
        let bill = CostEstimate::of(&app.types, &app.settings.limits, &document, operation.as_deref(), &variables);
        let cost = bill.map_or(0, |bill| bill.actual(&answer.data));
        let request_id = id.text();
        explain(&mut answer, request_id);
        if !app.settings.introspection.allows(store.caller()) {
            without_suggestions(&mut answer);
        }
        let statements = store.statements();
        let mut extensions = Extensions::new();
        extensions.insert("requestId".to_owned(), request_id.into());
        extensions.insert("cost".to_owned(), toll.settle(cost));
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
        let Entry { document, hits } = entry;
        let document = document.as_deref();
        tracing::info!(
            request_id, operation, document, hits, tenant, subject, statements, cost, errors, millis, "graphql"
        );
        (answer, extensions)
    }
}

impl Outcome {
    fn answered(mut answer: Answer, extensions: Extensions) -> Self {
        if !ran(&answer) {
            answer.errors.truncate(ERRORS);
            answer.errors.iter_mut().for_each(|error| error.message = shortened(&error.message));
        }
        Self::Answered(answer, extensions)
    }

    fn json(&self, id: &RequestId) -> Vec<u8> {
        match self {
            Self::Denied(denial) => denial.json(id),
            Self::Answered(answer, extensions) => {
                let extensions = Some(extensions).filter(|extensions| !extensions.is_empty());
                Told { data: ran(answer).then_some(&answer.data), errors: &answer.errors, extensions }.json()
            }
        }
    }

    fn response(&self, media: Media, id: &RequestId) -> Response {
        match self {
            Self::Denied(denial) => {
                let mut response = denial.response(media, id);
                if denial.status == StatusCode::METHOD_NOT_ALLOWED {
                    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
                }
                response
            }
            Self::Answered(answer, _) => {
                let status = if ran(answer) || media == Media::Json { StatusCode::OK } else { StatusCode::BAD_REQUEST };
                media.written(status, self.json(id))
            }
        }
    }
}

/// An error of execution comes from a resolver; one of the library's own has neither path nor source, and the document
/// never ran.
fn ran(answer: &Answer) -> bool {
    answer.errors.iter().all(|error| !error.path.is_empty() || error.source.is_some())
}

fn overdue(mutates: bool, seconds: f32) -> Denial {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    if !mutates {
        let message = format!("The query took longer than {seconds} s and was stopped; ask for less, or in parts.");
        return Denial::new(status, "TIMEOUT", message);
    }
    let message =
        format!("The mutation takes longer than {seconds} s. It goes on: read what it did before you send it again.");
    Denial::new(status, "TIMEOUT", message).once()
}

fn unauthenticated(media: Media, id: &RequestId, refusal: Refusal) -> Response {
    let reason = refusal.reason();
    let message = format!("Send the header Authorization: Bearer TOKEN; {reason}.");
    let mut response = Denial::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message).response(media, id);
    let challenge = match refusal {
        Refusal::Missing => "Bearer realm=\"fieldgate\"".to_owned(),
        _ => format!("Bearer realm=\"fieldgate\", error=\"invalid_token\", error_description=\"{reason}\""),
    };
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

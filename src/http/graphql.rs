//! `/graphql`: GraphQL over HTTP, by POST with JSON and by GET for queries only.
//!
//! The status says how far a request came (GraphQL over HTTP, working draft): 400 without `data` if it could not be
//! parsed, validated or coerced, 200 once it was executed. A client that names `application/json` in `Accept` gets 200
//! for every well-formed request, as older clients expect.
//!
//! A query ends when its client disconnects: its future is dropped, and its database work with it. A mutation runs to
//! completion.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use access::Caller;
use async_graphql::parser::types::Field;
use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use error::{
    catalogue,
    excerpt::{MAX_CLIENT_CHARS, excerpt},
};
use store::{Store, Tenant, request_memory::HeldBytes};

use super::{
    admission,
    answer_body::answer_body,
    app::App,
    concurrency_limit::Permit,
    execution::{Execution, Outcome},
    rejection::{Rejection, negotiate},
    request_body,
    request_id::RequestId,
    request_params::{RequestParams, parse_body, parse_query_string, prepare_operation, require_json},
    response::MediaType,
    task::run_to_completion,
};
use crate::graphql::{
    self,
    execution::budget,
    limit::Limits,
    operation::{is_mutation, root_fields},
};

/// A request of an authenticated caller.
struct GraphqlRequest {
    app: App,
    id: RequestId,
    media_type: MediaType,
    started_at: Instant,
    is_get: bool,
    /// The header `Idempotency-Key`: the key of the request's only mutation.
    idempotency_key: Option<String>,
    caller: Caller,
    tenant: Arc<Tenant>,
}

/// A query by GET.
pub async fn get(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    RawQuery(query_string): RawQuery,
) -> Response {
    let request = match GraphqlRequest::authenticate(app, id, &headers, true).await {
        Ok(request) => request,
        Err(response) => return *response,
    };
    let max_bytes = request.app.settings.query_string_limit;
    let parse = || Ok((vec![parse_query_string(query_string.as_deref().unwrap_or_default(), max_bytes)?], false));
    request.respond(parse).await
}

/// A query or mutation by POST. The body is read only if nothing in the head refuses it: the server holds no body of a client
/// without a token.
pub async fn post(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let settings = app.settings.clone();
    let request = match GraphqlRequest::authenticate(app, id, &headers, false).await {
        Ok(request) => request,
        Err(response) => {
            request_body::discard(&headers, body, &settings);
            return *response;
        }
    };
    if let Err(rejection) = require_json(&headers).and_then(|()| request_body::check_length(&headers, &settings)) {
        request_body::discard(&headers, body, &settings);
        return request.reject(&rejection);
    }
    let mut held = HeldBytes::new(request.app.request_memory.clone(), request.caller.tenant);
    match request_body::read(body, &settings, &mut held).await {
        Ok(bytes) => Box::pin(request.respond(|| parse_body(&bytes, settings.batch_limit))).await,
        Err(rejection) => request.reject(&rejection),
    }
}

impl GraphqlRequest {
    /// Authenticates a request by its head, or makes the response that refuses it.
    async fn authenticate(app: App, id: RequestId, headers: &HeaderMap, is_get: bool) -> Result<Self, Box<Response>> {
        let started_at = Instant::now();
        let media_type =
            negotiate(headers).map_err(|rejection| Box::new(rejection.to_response(MediaType::Json, &id)))?;
        let (caller, tenant) = app.authenticator.authenticate(headers, &app.db, media_type, &id).await?;
        let key = headers.get("idempotency-key").filter(|_| !is_get).map(|key| key.to_str().map(str::to_owned));
        let idempotency_key = key.transpose().map_err(|_| {
            let rejection = Rejection::bad_request("The header Idempotency-Key is written in ASCII.");
            Box::new(rejection.to_response(media_type, &id))
        })?;
        Ok(Self { app, id, media_type, started_at, is_get, idempotency_key, caller, tenant })
    }

    fn reject(&self, rejection: &Rejection) -> Response {
        self.log(rejection);
        rejection.to_response(self.media_type, &self.id)
    }

    /// Logs a rejection. Its message is not logged: it quotes the request.
    fn log(&self, rejection: &Rejection) {
        let subject = &*excerpt(&self.caller.subject, MAX_CLIENT_CHARS);
        let (request_id, tenant, code) = (self.id.as_str(), &self.tenant.row.slug, rejection.code());
        tracing::info!(request_id, tenant, subject, code, "rejected");
    }

    /// The time that is left of the request's timeout.
    fn remaining(&self) -> Duration {
        self.app.settings.request_timeout.saturating_sub(self.started_at.elapsed())
    }

    /// Waits for the request's turn, parses its operations and runs them one after the other.
    async fn respond(&self, parse: impl FnOnce() -> Result<(Vec<RequestParams>, bool), Rejection>) -> Response {
        let permit = match self.app.concurrency_limit.acquire(self.caller.tenant, self.remaining()).await {
            Ok(permit) => permit,
            Err(rejection) => return self.reject(&rejection),
        };
        let (operations, is_batch) = match parse() {
            Ok(parsed) => parsed,
            Err(rejection) => return self.reject(&rejection),
        };
        if self.idempotency_key.is_some() && operations.len() > 1 {
            let message =
                "The header Idempotency-Key goes with one operation; give each input of the array its own key.";
            return self.reject(&Rejection::bad_request(message));
        }
        if !is_batch && operations.len() == 1 {
            let params = operations.into_iter().next().unwrap_or_default();
            let answer_bytes = self.app.settings.limits.answer_bytes;
            let outcome = self.run_operation(params, permit, answer_bytes).await;
            return outcome.into_response(self.media_type, &self.id, |bytes| self.body(bytes));
        }
        self.run_array(operations, permit).await
    }

    /// Runs the operations of an array. Together they have the time and the bytes of the answer that one operation has.
    async fn run_array(&self, operations: Vec<RequestParams>, permit: Permit) -> Response {
        let mut answer_bytes = self.app.settings.limits.answer_bytes;
        let mut bodies = Vec::with_capacity(operations.len());
        for params in operations {
            let outcome = if self.remaining().is_zero() {
                let seconds = self.app.settings.request_timeout.as_secs_f32();
                let message = format!(
                    "The operation was not executed: those before it took the {seconds} s that a request may take."
                );
                let rejection = Rejection::new(catalogue::TIMEOUT, message);
                self.log(&rejection);
                Outcome::Rejected(rejection)
            } else {
                self.run_operation(params, permit.clone(), answer_bytes).await
            };
            let body = outcome.into_json(&self.id);
            answer_bytes = answer_bytes.saturating_sub(body.len() as u64);
            bodies.push(body);
        }
        let bytes = [b"[", bodies.join(&b',').as_slice(), b"]"].concat();
        self.media_type.response(StatusCode::OK, self.body(bytes))
    }

    /// The body of an answer.
    fn body(&self, bytes: Vec<u8>) -> Body {
        answer_body(&self.app.request_memory, self.caller.tenant, bytes)
    }

    /// Runs an operation whose answer has at most a number of bytes.
    async fn run_operation(&self, params: RequestParams, permit: Permit, answer_bytes: u64) -> Outcome {
        let execution = match self.admit(params, permit, answer_bytes) {
            Ok(execution) => execution,
            Err(rejection) => {
                self.log(&rejection);
                return Outcome::Rejected(rejection);
            }
        };
        let is_mutation = is_mutation(&execution.operation.document);
        // Boxed, as is what contains it: the layers around the handler would move the whole of it.
        let execution = Box::pin(execution.run());
        let timeout = self.app.settings.request_timeout;
        let remaining = self.remaining();
        let completed = if is_mutation {
            tokio::time::timeout(remaining, run_to_completion(execution)).await
        } else {
            tokio::time::timeout(remaining, async { Some(execution.await) }).await
        };
        match completed {
            Ok(Some(outcome)) => outcome,
            Ok(None) => Outcome::Rejected(Rejection::internal()),
            Err(_) => {
                let rejection = timeout_rejection(is_mutation, timeout.as_secs_f32());
                self.log(&rejection);
                Outcome::Rejected(rejection)
            }
        }
    }

    /// Makes the execution of an operation, or says why it is not executed.
    fn admit(&self, params: RequestParams, permit: Permit, answer_bytes: u64) -> Result<Execution, Rejection> {
        let (settings, caller) = (&self.app.settings, &self.caller);
        let (operation, usage) = prepare_operation(params, &self.app, caller).map_err(|rejection| {
            if settings.introspection.allows(caller) { rejection } else { rejection.without_suggestions() }
        })?;
        settings.introspection.check(caller, &operation.document)?;
        let is_mutation = is_mutation(&operation.document);
        if is_mutation && self.is_get {
            let message = "GET runs queries only; send a mutation by POST.";
            return Err(Rejection::new(catalogue::METHOD_NOT_ALLOWED, message));
        }
        let idempotency_key = self.idempotency_key.clone().filter(|_| is_mutation);
        let is_mutation_field = |field: &&Field| !field.name.node.starts_with("__");
        if idempotency_key.is_some() && root_fields(&operation.document).filter(is_mutation_field).count() != 1 {
            let message =
                "The header Idempotency-Key goes with exactly one mutation field; give each input its own key.";
            return Err(Rejection::bad_request(message));
        }
        let limits = Limits { answer_bytes, ..settings.limits.clone() };
        let budget = Arc::new(budget(&limits, self.app.request_memory.clone(), caller.tenant));
        let (debit, argument_memory) = admission::debit(&self.app, caller, &operation)?;
        if !budget.hold_arguments(argument_memory) {
            debit.refund(0);
            return Err(Rejection::overloaded());
        }
        let arguments = operation.arguments.clone();
        let context = graphql::Request::new(idempotency_key, arguments, debit.rate_limit(), limits);
        let store = Store::new(self.app.db.clone(), caller.clone(), self.tenant.clone(), budget);
        let (app, id) = (self.app.clone(), self.id.clone());
        Ok(Execution { app, store, context, operation, usage, debit, id, permit, answer_bytes })
    }
}

fn timeout_rejection(is_mutation: bool, seconds: f32) -> Rejection {
    if !is_mutation {
        let message = format!("The query took longer than {seconds} s and was stopped; ask for less, or in parts.");
        return Rejection::new(catalogue::TIMEOUT, message);
    }
    let message =
        format!("The mutation takes longer than {seconds} s. It goes on: read what it did before you send it again.");
    Rejection::new(catalogue::TIMEOUT, message).not_retryable()
}

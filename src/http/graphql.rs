//! `/graphql`: GraphQL over HTTP, by POST with JSON and by GET for queries only.
//!
//! The status says how far a request came (GraphQL over HTTP, working draft): 400 without `data` if it could not be
//! parsed, validated or coerced, 200 once it was executed. A client that names `application/json` in `Accept` gets 200
//! for every well-formed request, as older clients expect.
//!
//! A query ends when its client disconnects: its future is dropped, and its database work with it. A mutation runs to
//! completion.

use std::{sync::Arc, time::Instant};

use access::Caller;
use async_graphql::parser::types::Field;
use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use error::catalogue;
use futures_util::StreamExt;
use store::{Store, Tenant};

use super::{
    admission,
    app::App,
    concurrency_limit::Permit,
    execution::{Execution, Outcome},
    rejection::{Rejection, negotiate, truncate_message},
    request_id::RequestId,
    request_params::{RequestParams, parse_query_string, prepare_operation, require_json},
    response::MediaType,
    task::run_to_completion,
};
use crate::graphql::{
    self,
    operation::{is_mutation, root_fields},
};

/// A request that is not authenticated yet.
struct GraphqlRequest {
    app: App,
    id: RequestId,
    media_type: MediaType,
    started_at: Instant,
    is_get: bool,
    /// The header `Idempotency-Key`: the key of the request's only mutation.
    idempotency_key: Option<String>,
}

/// A query by GET.
pub async fn get(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    RawQuery(query_string): RawQuery,
) -> Response {
    let media_type = match negotiate(&headers) {
        Ok(media_type) => media_type,
        Err(rejection) => return rejection.to_response(MediaType::Json, &id),
    };
    let params = parse_query_string(query_string.as_deref().unwrap_or_default(), app.settings.query_string_limit);
    let request =
        GraphqlRequest { app, id, media_type, started_at: Instant::now(), is_get: true, idempotency_key: None };
    match params {
        Ok(params) => request.respond(&headers, vec![params], false).await,
        Err(rejection) => rejection.to_response(media_type, &request.id),
    }
}

/// A query or mutation by POST.
pub async fn post(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let media_type = match negotiate(&headers) {
        Ok(media_type) => media_type,
        Err(rejection) => return rejection.to_response(MediaType::Json, &id),
    };
    let key = headers.get("idempotency-key").map(|key| key.to_str().map(str::to_owned)).transpose();
    let Ok(idempotency_key) = key else {
        let rejection = Rejection::bad_request("The header Idempotency-Key is written in ASCII.");
        return rejection.to_response(media_type, &id);
    };
    let request = GraphqlRequest { app, id, media_type, started_at: Instant::now(), is_get: false, idempotency_key };
    match request.read_body(&headers, body).await {
        Ok((params, is_batch)) => request.respond(&headers, params, is_batch).await,
        Err(rejection) => rejection.to_response(media_type, &request.id),
    }
}

impl GraphqlRequest {
    /// Reads the operations of a body. The flag says whether it is an array.
    async fn read_body(&self, headers: &HeaderMap, body: Body) -> Result<(Vec<RequestParams>, bool), Rejection> {
        require_json(headers)?;
        let settings = &self.app.settings;
        let max_bytes = settings.body_limit;
        let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let too_large = |length: usize| {
            let message = format!("The body has {length} bytes or more; at most {max_bytes} are allowed.");
            Rejection::new(catalogue::BODY_TOO_LARGE, message)
        };
        if let Some(length) = length.filter(|length: &usize| *length > max_bytes) {
            return Err(too_large(length));
        }
        let read = async {
            let (mut bytes, mut chunks) = (Vec::new(), body.into_data_stream());
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk.map_err(|_| Rejection::bad_request("The body ended before it was whole."))?;
                if bytes.len() + chunk.len() > max_bytes {
                    return Err(too_large(bytes.len() + chunk.len()));
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(bytes)
        };
        let timeout = settings.body_timeout.min(settings.request_timeout);
        let bytes = tokio::time::timeout(timeout, read).await.map_err(|_| {
            let message = format!("The body did not arrive within {} s.", timeout.as_secs_f32());
            Rejection::new(catalogue::BODY_TIMEOUT, message)
        })??;
        let malformed = |error: serde_json::Error| {
            let error = truncate_message(&error.to_string());
            Rejection::bad_request(format!("The body is not a GraphQL request in JSON: {error}."))
        };
        // Some editors and languages begin UTF-8 with a byte order mark, which RFC 8259 lets a parser ignore.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
            return Ok((vec![serde_json::from_slice(bytes).map_err(malformed)?], false));
        }
        if settings.batch_limit == 0 {
            let message =
                "A body holds one operation: send those of an array one by one, or as fields of one document.";
            return Err(Rejection::new(catalogue::BATCH_REFUSED, message));
        }
        let batch: Vec<RequestParams> = serde_json::from_slice(bytes).map_err(malformed)?;
        if batch.is_empty() || batch.len() > settings.batch_limit {
            let (sent, limit) = (batch.len(), settings.batch_limit);
            let message = format!("The array holds {sent} operations; it may hold 1 to {limit}.");
            return Err(Rejection::new(catalogue::BATCH_REFUSED, message));
        }
        Ok((batch, true))
    }

    /// Authenticates the request, then runs its operations one after the other.
    async fn respond(self, headers: &HeaderMap, operations: Vec<RequestParams>, is_batch: bool) -> Response {
        if self.idempotency_key.is_some() && operations.len() > 1 {
            let message =
                "The header Idempotency-Key goes with one operation; give each input of the array its own key.";
            return Rejection::bad_request(message).to_response(self.media_type, &self.id);
        }
        let Some(permit) = self.app.concurrency_limit.try_acquire() else {
            return Rejection::overloaded().to_response(self.media_type, &self.id);
        };
        let (caller, tenant) =
            match self.app.authenticator.authenticate(headers, &self.app.db, self.media_type, &self.id).await {
                Ok(authenticated) => authenticated,
                Err(response) => return *response,
            };
        if !is_batch && operations.len() == 1 {
            let params = operations.into_iter().next().unwrap_or_default();
            let outcome = self.run_operation(caller, tenant, params, permit).await;
            return outcome.into_response(self.media_type, &self.id);
        }
        let mut bodies = Vec::with_capacity(operations.len());
        for params in operations {
            let outcome = self.run_operation(caller.clone(), tenant.clone(), params, permit.clone()).await;
            bodies.push(outcome.into_json(&self.id));
        }
        self.media_type.response(StatusCode::OK, [b"[", bodies.join(&b',').as_slice(), b"]"].concat())
    }

    async fn run_operation(
        &self,
        caller: Caller,
        tenant: Arc<Tenant>,
        params: RequestParams,
        permit: Permit,
    ) -> Outcome {
        let settings = &self.app.settings;
        let (operation, usage) = match prepare_operation(params, &self.app, &caller) {
            Ok(prepared) => prepared,
            Err(rejection) if settings.introspection.allows(&caller) => return Outcome::Rejected(rejection),
            Err(rejection) => return Outcome::Rejected(rejection.without_suggestions()),
        };
        if let Err(rejection) = settings.introspection.check(&caller, &operation.document) {
            return Outcome::Rejected(rejection);
        }
        let is_mutation = is_mutation(&operation.document);
        if is_mutation && self.is_get {
            let message = "GET runs queries only; send a mutation by POST.";
            let rejection = Rejection::new(catalogue::METHOD_NOT_ALLOWED, message);
            return Outcome::Rejected(rejection);
        }
        let idempotency_key = self.idempotency_key.clone().filter(|_| is_mutation);
        let is_mutation_field = |field: &&Field| !field.name.node.starts_with("__");
        if idempotency_key.is_some() && root_fields(&operation.document).filter(is_mutation_field).count() != 1 {
            let message =
                "The header Idempotency-Key goes with exactly one mutation field; give each input its own key.";
            return Outcome::Rejected(Rejection::bad_request(message));
        }
        let debit = match admission::debit(&self.app, &caller, &operation) {
            Ok(debit) => debit,
            Err(rejection) => return Outcome::Rejected(rejection),
        };
        let context = graphql::Request::new(idempotency_key, debit.rate_limit(), settings.limits.clone());
        let store = Store::new(
            self.app.db.clone(),
            caller,
            tenant,
            Arc::new(settings.limits.budget(self.app.answer_memory.clone())),
        );
        let (app, id) = (self.app.clone(), self.id.clone());
        let execution = Execution { app, store, context, operation, usage, debit, id, permit }.run();
        let timeout = settings.request_timeout;
        let remaining = timeout.saturating_sub(self.started_at.elapsed());
        let completed = if is_mutation {
            tokio::time::timeout(remaining, run_to_completion(execution)).await
        } else {
            tokio::time::timeout(remaining, async { Some(execution.await) }).await
        };
        match completed {
            Ok(Some(outcome)) => outcome,
            Ok(None) => Outcome::Rejected(Rejection::internal()),
            Err(_) => Outcome::Rejected(timeout_rejection(is_mutation, timeout.as_secs_f32())),
        }
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

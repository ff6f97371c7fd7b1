//! The execution of an admitted operation: runs it, refunds its unspent cost, logs it and writes its response.

use std::{sync::Arc, time::Instant};

use access::Action;
use async_graphql::parser::types::ExecutableDocument;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use error::{
    catalogue,
    excerpt::{MAX_CLIENT_CHARS, excerpt},
};
use serde_json::{Map, Value as Json};
use store::Store;

use super::{
    admission::Debit,
    app::App,
    concurrency_limit::Permit,
    introspection::{introspects, introspects_only},
    rejection::Rejection,
    request_id::RequestId,
    response::{MediaType, ResponseBody},
    trusted_documents::DocumentUsage,
};
use crate::graphql::{
    self,
    cost::CostEstimate,
    execution::{exceeded, execute, omit_answers},
    explain,
    limit::LimitExceeded,
    operation::{Operation, is_mutation},
};

/// The result of one operation.
pub enum Outcome {
    /// It was not executed, or a budget stopped it.
    Rejected(Rejection),
    /// The body of its response.
    Completed(Vec<u8>),
}

/// An operation with everything that its execution needs: a mutation may outlive its client.
pub struct Execution {
    /// The application.
    pub app: App,
    /// The store of the request.
    pub store: Store,
    /// The state of the request besides its store.
    pub context: graphql::Request,
    /// What is executed.
    pub operation: Operation,
    /// The trusted document that it is from.
    pub usage: DocumentUsage,
    /// Its highest possible cost, which its client has paid.
    pub debit: Debit,
    /// The request's id.
    pub id: RequestId,
    /// The permit to run, which is returned at the end.
    pub permit: Permit,
    /// The most bytes of its answer.
    pub answer_bytes: u64,
}

impl Execution {
    /// Executes the operation, refunds its unspent cost and logs it. A query that a budget stopped keeps its debit.
    pub async fn run(self) -> Outcome {
        let Self { app, store, context, operation, usage, debit, id, permit, answer_bytes } = self;
        let started_at = Instant::now();
        store.budget().count_overtaken(permit.overtaken());
        let slug = store.tenant().row.slug.clone();
        let Operation { name, document, variables, .. } = operation;
        let (store, context, request_id) = (Arc::new(store), Arc::new(context), id.as_str());
        let estimate = CostEstimate::of(&app.types, &app.settings.limits, &document, &variables);
        let schema = if introspects(&document) { &app.introspection_schema } else { &app.schema };
        // The fields of an introspection are in memory together, until its answer is written. Those that wait for no database
        // take turns, so that clients which start at the same time all get the schema.
        let turn = if introspects_only(&document) {
            Some(app.introspection_turn.acquire(store.tenant().row.id).await)
        } else {
            None
        };
        let executed = execute(schema, &document, &variables, (&store, &context)).await;
        let (response, cost) = match (executed, estimate) {
            (Ok(mut response), Some(estimate)) => {
                // What was written is told, whatever it takes.
                store.budget().enforce(!is_mutation(&document));
                let conform = app.shape.conform(&document, estimate, &mut response, store.budget());
                match store.budget().run(conform).await {
                    Some(cost) => {
                        explain(&mut response, request_id);
                        (Ok(response), cost)
                    }
                    None => (Err(exceeded(store.budget(), &context)), debit.requested()),
                }
            }
            (Err(mut exceeded), Some(estimate)) => {
                // A statement has no place in the document: the dearest field has most to do with it.
                if exceeded.path.is_empty() {
                    exceeded.path.extend(estimate.dearest().into_iter().next().map(|(path, _)| path));
                }
                (Err(exceeded), debit.requested())
            }
            (executed, None) => (executed, debit.requested()),
        };
        let statements = store.statements();
        let mut extensions = Map::<String, Json>::new();
        extensions.insert("requestId".to_owned(), request_id.into());
        extensions.insert("cost".to_owned(), debit.refund(cost));
        let repeated = context.repeated();
        if !repeated.is_empty() {
            extensions.insert("repeated".to_owned(), repeated.into());
        }
        let redacted = context.redacted();
        if !redacted.is_empty() {
            extensions.insert("redacted".to_owned(), redacted.into());
        }
        if app.settings.show_statements || store.caller().may(Action::StatementRead) {
            extensions.insert("statements".to_owned(), statements.into());
        }
        let written = match response {
            Ok(mut response) => {
                write_answer(&store, &context, &document, answer_bytes, &mut response, &extensions).await
            }
            Err(exceeded) => Err(exceeded),
        };
        drop(turn);
        let millis = started_at.elapsed().as_secs_f64() * 1e3;
        let (tenant, document, hits) = (slug, usage.document_id.as_deref(), usage.hits);
        let operation = name.unwrap_or_default();
        let operation = &*excerpt(&operation, MAX_CLIENT_CHARS);
        let subject = &*excerpt(&store.caller().subject, MAX_CLIENT_CHARS);
        let errors = written.as_ref().map_or(1, |(_, errors)| *errors);
        let limit = written.as_ref().err().map(LimitExceeded::name);
        let (steps, overtaken) = (store.budget().most_steps(), store.budget().overtaken());
        tracing::info!(
            request_id, operation, document, hits, tenant, subject, statements, cost, errors, limit, steps, overtaken,
            millis, "graphql"
        );
        match written {
            Ok((body, _)) => Outcome::Completed(body),
            Err(exceeded) => Outcome::Rejected(Rejection::limit_exceeded(&exceeded)),
        }
    }
}

/// Writes the response of an operation within the bytes that its answer may have, and counts its errors. Of a mutation beyond
/// them, the answers are left out.
async fn write_answer(
    store: &Store,
    context: &graphql::Request,
    document: &ExecutableDocument,
    answer_bytes: u64,
    response: &mut async_graphql::Response,
    extensions: &Map<String, Json>,
) -> Result<(Vec<u8>, usize), LimitExceeded> {
    let limit = usize::try_from(answer_bytes).unwrap_or(usize::MAX);
    let body = ResponseBody::of(response, extensions);
    let length = match store.budget().run(body.to_json_within(limit, store.budget())).await {
        Some(Ok(body)) => return Ok((body, response.errors.len())),
        Some(Err(length)) => length,
        None => return Err(exceeded(store.budget(), context)),
    };
    let exceeded = LimitExceeded::of_budget(catalogue::LIMIT_ANSWER_BYTES, answer_bytes, length as u64);
    if !is_mutation(document) {
        return Err(exceeded);
    }
    omit_answers(response, &exceeded);
    explain(response, &store.caller().request_id);
    Ok((ResponseBody::of(response, extensions).to_json(), response.errors.len()))
}

impl Outcome {
    /// The response as JSON, as one of an array.
    pub fn into_json(self, id: &RequestId) -> Vec<u8> {
        match self {
            Self::Rejected(rejection) => rejection.to_json(id),
            Self::Completed(body) => body,
        }
    }

    /// The response to a request with one operation.
    pub fn into_response(
        self,
        media_type: MediaType,
        id: &RequestId,
        body_of: impl FnOnce(Vec<u8>) -> Body,
    ) -> Response {
        match self {
            Self::Rejected(rejection) => {
                let mut response = rejection.to_response(media_type, id);
                if rejection.status() == StatusCode::METHOD_NOT_ALLOWED {
                    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
                }
                response
            }
            Self::Completed(body) => media_type.response(StatusCode::OK, body_of(body)),
        }
    }
}

//! Execution: runs an operation within its budget.
//!
//! A query whose budget is spent is refused. The root fields of a mutation run one after the other, each in an execution of
//! its own, because what is written must be told: a budget stops the answer of a root field, which is null with an error,
//! and those that follow, which are not executed.

use std::sync::Arc;

use async_graphql::{
    Name, PathSegment, Positioned, Response, ServerError, Value, Variables,
    indexmap::IndexMap,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};
use error::catalogue;
use sea_orm::prelude::Uuid;
use store::{
    Store,
    budget::{Budget, Resource},
    request_memory::RequestMemory,
};

use super::{
    Schema,
    context::Request,
    limit::{LimitExceeded, Limits},
    operation::{is_mutation, root_fields},
};

/// What an operation of a tenant may spend while it runs.
pub fn budget(limits: &Limits, memory: Arc<RequestMemory>, tenant: Uuid) -> Budget {
    let Limits { statements, rows, read_bytes, values, answer_bytes, cpu_time, database_time, .. } = *limits;
    Budget::new([statements, rows, read_bytes, values, answer_bytes, cpu_time, database_time], memory, tenant)
}

/// Executes a planned operation. The response is not conformed yet.
pub async fn execute(
    schema: &Schema,
    document: &ExecutableDocument,
    variables: &Variables,
    (store, context): (&Arc<Store>, &Arc<Request>),
) -> Result<Response, LimitExceeded> {
    let run = async |document: ExecutableDocument| {
        let request = async_graphql::Request::new("").data(store.clone()).data(context.clone());
        let mut request = request.variables(variables.clone());
        request.set_parsed_query(document);
        // All resolvers of a request are one task. Tokio's cooperative budget would split a level of the tree into
        // several batches.
        let execution = tokio::task::unconstrained(schema.execute(request));
        store.budget().run(execution).await.ok_or_else(|| exceeded(store.budget(), context))
    };
    if !is_mutation(document) {
        return run(document.clone()).await;
    }
    let mut fields = IndexMap::new();
    let mut errors = Vec::new();
    for (index, field) in root_fields(document).enumerate() {
        let key = &field.response_key().node;
        let stopped = match store.budget().exceeded() {
            Some(_) => {
                let exceeded = exceeded(store.budget(), context);
                let message = format!("{key} was not executed. {}", exceeded.message());
                Err((message, exceeded))
            }
            None => {
                store.budget().enforce(false);
                run(only(document, index)).await.map_err(|exceeded| {
                    (format!("{key} was executed, and its answer is left out. {}", exceeded.message()), exceeded)
                })
            }
        };
        match stopped {
            Ok(response) => {
                errors.extend(response.errors);
                if let Value::Object(answered) = response.data {
                    fields.extend(answered);
                }
            }
            Err((message, exceeded)) => {
                fields.insert(key.clone(), Value::Null);
                errors.push(limit_error(message, exceeded, key));
            }
        }
    }
    let mut response = Response::new(Value::Object(fields));
    response.errors = errors;
    Ok(response)
}

/// Leaves out the answers of a mutation, which are too long together: what is written is told.
pub fn omit_answers(response: &mut Response, exceeded: &LimitExceeded) {
    response.errors.clear();
    let Value::Object(fields) = &mut response.data else { return };
    for (key, value) in fields {
        *value = Value::Null;
        let message = format!("{key} was executed, and its answer is left out. {}", exceeded.message());
        response.errors.push(limit_error(message, exceeded.clone(), key));
    }
}

/// The mutation with only one of its root fields; the others are not copied.
fn only(document: &ExecutableDocument, index: usize) -> ExecutableDocument {
    let mut operations = document.operations.iter().map(|(name, operation)| {
        let Positioned { pos, node } = operation;
        let selection_set = &node.selection_set;
        let fields = selection_set.node.items.iter().filter(|item| matches!(item.node, Selection::Field(_)));
        let items = fields.skip(index).take(1).cloned().collect();
        let selection_set = Positioned::new(SelectionSet { items }, selection_set.pos);
        let (variable_definitions, directives) = (node.variable_definitions.clone(), node.directives.clone());
        let operation = OperationDefinition { ty: node.ty, variable_definitions, directives, selection_set };
        let operation = Positioned::new(operation, *pos);
        match name {
            Some(name) => DocumentOperations::Multiple([(name.clone(), operation)].into_iter().collect()),
            None => DocumentOperations::Single(operation),
        }
    });
    let operations = operations.next().unwrap_or_else(|| document.operations.clone());
    ExecutableDocument { operations, fragments: document.fragments.clone() }
}

fn limit_error(message: String, exceeded: LimitExceeded, key: &Name) -> ServerError {
    let mut error = ServerError::new(message, None);
    error.path = vec![PathSegment::Field(key.to_string())];
    error.source = Some(Arc::new(exceeded));
    error
}

/// What of a budget was spent, and by which field.
pub fn exceeded(budget: &Budget, context: &Request) -> LimitExceeded {
    let resource = budget.exceeded().unwrap_or(Resource::CpuTime);
    let entry = match resource {
        Resource::Statements => catalogue::LIMIT_STATEMENTS,
        Resource::Rows => catalogue::LIMIT_ROWS,
        Resource::ReadBytes => catalogue::LIMIT_READ_BYTES,
        Resource::Values => catalogue::LIMIT_VALUES,
        Resource::AnswerBytes => catalogue::LIMIT_ANSWER_BYTES,
        Resource::CpuTime => catalogue::LIMIT_CPU_TIME,
        Resource::DatabaseTime => catalogue::LIMIT_DATABASE_TIME,
        Resource::Memory => catalogue::LIMIT_MEMORY,
    };
    let path = context.overspent().unwrap_or_default();
    LimitExceeded { path, ..LimitExceeded::of_budget(entry, budget.maximum(resource), budget.spent(resource)) }
}

//! Errors of a response: gives each error its code, and hides internal messages.

use async_graphql::{ErrorExtensionValues, Response, ServerError};
use error::{
    Error,
    catalogue::{self, Entry},
    excerpt::{MAX_CLIENT_CHARS, MAX_MESSAGE_CHARS, excerpt},
};

use super::limit::LimitExceeded;

/// Gives every error of a response its code, whether it is retryable, and the request's id.
pub fn explain(response: &mut Response, request_id: &str) {
    for error in &mut response.errors {
        let source = error.source::<Error>().cloned();
        if let Some(Error::Internal(message)) = &source {
            let path = format!("{:?}", error.path);
            let (path, message) = (excerpt(&path, MAX_CLIENT_CHARS), excerpt(message, MAX_MESSAGE_CHARS));
            tracing::error!(request_id, %path, "{request_id}: {message}");
        }
        if let Some(exceeded) = error.source::<LimitExceeded>().cloned() {
            let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
            for (name, value) in exceeded.details() {
                extensions.set(name, value);
            }
            set_extensions(error, exceeded.error, request_id);
            continue;
        }
        let entry = match &source {
            Some(source) => source.entry(),
            // A source of another type is a resolver's failure; without a source the library rejected the document.
            None if error.source.is_some() => catalogue::INTERNAL,
            None => catalogue::BAD_REQUEST,
        };
        if entry.code == catalogue::INTERNAL.code {
            error.message = Error::internal("").to_string();
        }
        set_extensions(error, entry, request_id);
        if let Some(Error::Forbidden { scope, field }) = source {
            name_permission(error, scope, field);
        }
    }
}

fn set_extensions(error: &mut ServerError, entry: Entry, request_id: &str) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", entry.code);
    extensions.set("retryable", entry.retryable);
    extensions.set("requestId", request_id);
}

/// Names the missing scope, and the field of the input that needs it.
fn name_permission(error: &mut ServerError, scope: &str, field: Vec<String>) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("scope", scope);
    if !field.is_empty() {
        extensions.set("field", field);
    }
}

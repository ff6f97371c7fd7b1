//! Faults: every error of a response gets its stable code, and nothing of our insides gets out.

use async_graphql::{ErrorExtensionValues, Response, ServerError};
use error::Error;

/// Gives every error of a response its code, whether it may be tried again, and the request's id.
pub fn explain(response: &mut Response, request_id: &str) {
    for error in &mut response.errors {
        let known = error.source::<Error>().cloned();
        if let Some(Error::Internal(what)) = &known {
            tracing::error!(request_id, path = ?error.path, "{request_id}: {what}");
        }
        let code = match &known {
            Some(error) => error.code(),
            // A source that is not ours is a resolver's own failure; without a source the library refused the document.
            None if error.source.is_some() => "INTERNAL",
            None => "BAD_REQUEST",
        };
        if code == "INTERNAL" {
            error.message = Error::internal("").to_string();
        }
        set(error, code, request_id);
    }
}

fn set(error: &mut ServerError, code: &str, request_id: &str) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code);
    extensions.set("retryable", matches!(code, "INTERNAL" | "BUSY"));
    extensions.set("requestId", request_id);
}

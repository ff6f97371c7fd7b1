//! Errors of a response: gives each its stable code and hides internal details.

use async_graphql::{ErrorExtensionValues, Response, ServerError};
use error::Error;

/// Sets the code, whether a retry may succeed, and the request id of every error of a response.
pub fn explain(response: &mut Response, request_id: &str) {
    for error in &mut response.errors {
        let source = error.source::<Error>().cloned();
        if let Some(Error::Internal(cause)) = &source {
            tracing::error!(request_id, path = ?error.path, "{request_id}: {cause}");
        }
        let code = match &source {
            Some(error) => error.code(),
            // Another source is an unexpected failure of a resolver. Without a source, the library rejected the document.
            None if error.source.is_some() => "INTERNAL",
            None => "BAD_REQUEST",
        };
        if code == "INTERNAL" {
            error.message = Error::internal("").to_string();
        }
        set_extensions(error, code, request_id);
    }
}

fn set_extensions(error: &mut ServerError, code: &str, request_id: &str) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code);
    extensions.set("retryable", matches!(code, "INTERNAL" | "BUSY"));
    extensions.set("requestId", request_id);
}

//! The responses of uploads and downloads that are no bytes of a file.

use axum::{http::StatusCode, response::Response};
use error::{Error, Violation, catalogue};
use serde_json::{Value as Json, json};

use crate::{
    graphql::user_error_json,
    http::{rejection::Rejection, request_id::RequestId, response::MediaType},
};

/// Why there is no file.
pub enum Refusal {
    /// What the document or the file violates.
    Invalid(Vec<Violation>),
    /// Anything else.
    Rejected(Rejection),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Invalid(violations) => return Self::Invalid(violations.clone()),
            Error::LostRace(violation) => return Self::Invalid(vec![violation.clone()]),
            Error::Internal(message) => {
                tracing::error!("a file could not be transferred: {message}");
                return Self::Rejected(Rejection::internal());
            }
            Error::Forbidden { .. } => StatusCode::FORBIDDEN,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::Rejected(Rejection::new(error.entry(), error.to_string()).with_status(status))
    }
}

impl Refusal {
    /// The response.
    pub fn into_response(self, id: &RequestId) -> Response {
        match self {
            Self::Invalid(violations) => {
                let errors: Vec<_> = violations.into_iter().map(user_error_json).collect();
                let body = json!({ "document": Json::Null, "userErrors": errors });
                MediaType::Json.response(StatusCode::UNPROCESSABLE_ENTITY, body.to_string())
            }
            Self::Rejected(rejection) => rejection.to_response(MediaType::Json, id),
        }
    }

    /// The code of the catalogue, for the log.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "USER_ERRORS",
            Self::Rejected(rejection) => rejection.code(),
        }
    }
}

/// There is no file at an address, or none for its caller: the same answer for both.
pub fn not_found() -> Rejection {
    let message = "There is no file at this address, or the address has ended; ask the document for another one.";
    Rejection::new(catalogue::NOT_FOUND, message)
}

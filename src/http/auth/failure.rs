//! Why a request is not authenticated, and the response that says so.

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use error::catalogue;

use crate::http::{rejection::Rejection, request_id::RequestId, response::MediaType};

/// Why a request is not authenticated. Names the class of the reason and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthenticationError {
    /// The request has no bearer token.
    MissingToken,
    /// The token is not a JSON Web Token.
    MalformedToken,
    /// The signature does not match, or its algorithm is not accepted.
    InvalidSignature,
    /// The token names a key (`kid`) that the server does not have.
    UnknownKey,
    /// The token's header has parameters that it calls critical (`crit`).
    CriticalHeader,
    /// The issuer's keys cannot be read.
    KeysUnavailable,
    /// `exp` has passed.
    Expired,
    /// From `iat` to `exp` is longer than the server accepts.
    LivesTooLong,
    /// `iat` is not a number of seconds.
    MalformedTime,
    /// `nbf` has not come.
    NotYetValid,
    /// The issuer or audience is another one.
    WrongAudience,
    /// The token names no tenant of this server.
    UnknownTenant,
    /// The token names no role of this server.
    UnknownRole,
    /// The token has no expiration.
    MissingExpiration,
    /// The token does not say when it was issued.
    MissingIssueTime,
    /// The token names nobody.
    MissingSubject,
    /// The token's id is neither a text nor a whole number.
    MalformedId,
    /// The token, or every token of its subject from before a time, is revoked.
    Revoked,
    /// The technician is neither a text nor a whole number.
    MalformedTechnician,
    /// `read_only` is neither true nor false.
    MalformedReadOnly,
}

impl AuthenticationError {
    /// What the client can do, besides sending another token.
    const fn advice(self) -> &'static str {
        match self {
            Self::MissingToken => "send the header Authorization: Bearer TOKEN",
            Self::Expired | Self::Revoked => "get a new one",
            Self::NotYetValid => "wait, or compare the clocks",
            Self::LivesTooLong => "get one with a shorter lifetime",
            Self::KeysUnavailable => "try again in a moment",
            _ => "send a token of this server's issuer",
        }
    }

    /// The reason, for the client.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::MissingToken => "there is no bearer token",
            Self::MalformedToken => "the token is malformed",
            Self::InvalidSignature => "the token's signature is not accepted",
            Self::UnknownKey => "the token names a key (kid) that this server does not have",
            Self::CriticalHeader => {
                "the token's header has critical parameters (crit), which this server does not know"
            }
            Self::KeysUnavailable => "the issuer's keys cannot be read now",
            Self::Expired => "the token has expired",
            Self::LivesTooLong => "the token lives longer, from iat to exp, than this server accepts",
            Self::MalformedTime => "the token's iat is not a number of seconds",
            Self::NotYetValid => "the token is not valid yet",
            Self::WrongAudience => "the token is for somebody else",
            Self::UnknownTenant => "the token names no tenant",
            Self::UnknownRole => "the token names no role",
            Self::MissingExpiration => "the token has no expiration (exp)",
            Self::MissingIssueTime => "the token does not say when it was issued (iat)",
            Self::MissingSubject => "the token names no subject: a text of at most 255 characters, or a whole number",
            Self::MalformedId => "the token's jti is neither a text nor a whole number",
            Self::Revoked => "the token has been revoked",
            Self::MalformedTechnician => "the token's technician is neither a text nor a whole number",
            Self::MalformedReadOnly => "the token's read_only is neither true nor false",
        }
    }
}
/// The response to a request that is not authenticated.
pub(super) fn unauthenticated_response(media_type: MediaType, id: &RequestId, error: AuthenticationError) -> Response {
    let reason = error.reason();
    let message = format!("The request is not authenticated: {reason}; {}.", error.advice());
    if matches!(error, AuthenticationError::KeysUnavailable) {
        return Rejection::new(catalogue::UNAVAILABLE, message).to_response(media_type, id);
    }
    let rejection = Rejection::new(catalogue::UNAUTHENTICATED, message);
    let mut response = rejection.to_response(media_type, id);
    let challenge = match error {
        AuthenticationError::MissingToken => "Bearer realm=\"fieldgate\"".to_owned(),
        _ => format!("Bearer realm=\"fieldgate\", error=\"invalid_token\", error_description=\"{reason}\""),
    };
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

//! Authentication: verifies and signs JSON Web Tokens (RFC 7519), whose claims name the caller.

mod claims;
mod failure;
mod sign;

use std::{fmt, sync::Arc};

use access::{Caller, Role};
use axum::{
    http::{HeaderMap, header},
    response::Response,
};
use error::{Result, catalogue};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, errors::ErrorKind};
use serde_json::{Map, Value as Json};
use store::{Database, Tenant};

use self::{
    claims::{scopes_claim, split_words, text_claim},
    failure::unauthenticated_response,
};
pub use self::{failure::AuthenticationError, sign::Grant};
use super::{rejection::Rejection, request_id::RequestId, response::MediaType};
use crate::setting::settings;

/// How tokens are verified.
#[derive(Clone)]
pub struct Settings {
    /// The key that verifies signatures.
    pub key: Key,
    /// The accepted algorithms by their JWA names. Each must match the kind of key.
    pub algorithms: Vec<String>,
    /// The issuer that a token must name, if any.
    pub issuer: Option<String>,
    /// The audience that a token must name, if any.
    pub audience: Option<String>,
    /// The tolerated difference of clocks, in seconds.
    pub skew: u64,
    /// The names of the claims.
    pub claims: Claims,
}

/// The key that verifies signatures.
#[derive(Clone)]
pub enum Key {
    /// A secret shared with the issuer: HS256.
    Secret(String),
    /// The issuer's public key in PEM: RS256, ES256 or EdDSA.
    Public(String),
}

settings! {
    /// The names of the claims.
    pub struct Claims {
        /// Claim with the tenant's id or slug
        tenant as "claim_tenant": String = "tenant".to_owned();
        /// Claim with the subject
        subject as "claim_subject": String = "sub".to_owned();
        /// Claim with one role or a list of roles
        roles as "claim_roles": String = "roles".to_owned();
        /// Claim with the scopes
        ///
        /// It is a list, or a text separated by spaces. Without it, the scopes of the roles hold.
        scopes as "claim_scopes": String = "scope".to_owned();
        /// Claim with the technician's id; without it, the subject
        technician as "claim_technician": String = "technician".to_owned();
    }
}

/// Verifies tokens, and signs them if its key is a secret.
pub struct Authenticator {
    key: DecodingKey,
    validation: Validation,
    settings: Settings,
}

impl Authenticator {
    /// Verifies tokens by these settings. The error names the invalid setting and the reason.
    pub fn new(settings: Settings) -> Result<Self, (&'static str, String)> {
        let mut algorithms = Vec::new();
        for name in &settings.algorithms {
            let algorithm: Algorithm =
                name.parse().map_err(|_| ("token_algorithms", format!("\"{name}\" is not an algorithm")))?;
            let is_symmetric = matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512);
            if is_symmetric != matches!(settings.key, Key::Secret(_)) {
                let reason =
                    format!("{name} does not fit the key: HS256 goes with a secret, the others with a public key");
                return Err(("token_algorithms", reason));
            }
            algorithms.push(algorithm);
        }
        let first = *algorithms.first().ok_or_else(|| ("token_algorithms", "there is no algorithm".to_owned()))?;
        let key = match &settings.key {
            Key::Secret(secret) if secret.len() < 32 => {
                return Err(("token_secret", "a secret has at least 32 characters".to_owned()));
            }
            Key::Secret(secret) => DecodingKey::from_secret(secret.as_bytes()),
            Key::Public(pem) => match first {
                Algorithm::ES256 | Algorithm::ES384 => DecodingKey::from_ec_pem(pem.as_bytes()),
                Algorithm::EdDSA => DecodingKey::from_ed_pem(pem.as_bytes()),
                _ => DecodingKey::from_rsa_pem(pem.as_bytes()),
            }
            .map_err(|error| ("token_public_key_file", format!("this is not a {first:?} key in PEM: {error}")))?,
        };
        let mut validation = Validation::new(first);
        validation.algorithms = algorithms;
        validation.leeway = settings.skew;
        validation.validate_nbf = true;
        validation.required_spec_claims.clear();
        validation.set_required_spec_claims(&["exp"]);
        match &settings.audience {
            Some(audience) => {
                validation.set_audience(&[audience]);
                validation.required_spec_claims.insert("aud".to_owned());
            }
            None => validation.validate_aud = false,
        }
        if let Some(issuer) = &settings.issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        Ok(Self { key, validation, settings })
    }

    /// The caller of a request and their tenant, or the response that refuses it.
    pub(super) async fn authenticate(
        &self,
        headers: &HeaderMap,
        db: &Database,
        media_type: MediaType,
        id: &RequestId,
    ) -> Result<(Caller, Arc<Tenant>), Box<Response>> {
        match self.verify_caller(headers, db, id).await {
            Ok(Ok(authenticated)) => Ok(authenticated),
            Ok(Err(error)) => Err(Box::new(unauthenticated_response(media_type, id, error))),
            Err(error) => {
                let request_id = id.as_str();
                tracing::error!(request_id, "{request_id}: the tenant could not be read: {error:?}");
                let message = "The database does not answer; try again in a moment.";
                let rejection = Rejection::new(catalogue::UNAVAILABLE, message);
                Err(Box::new(rejection.to_response(media_type, id)))
            }
        }
    }

    /// The caller and tenant that the token of a request names.
    async fn verify_caller(
        &self,
        headers: &HeaderMap,
        db: &Database,
        id: &RequestId,
    ) -> Result<Result<(Caller, Arc<Tenant>), AuthenticationError>> {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token =
            header.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some((_, token)) = token else { return Ok(Err(AuthenticationError::MissingToken)) };
        let claims = match self.verify_token(token.trim()) {
            Ok(claims) => claims,
            Err(error) => return Ok(Err(error)),
        };
        let names = &self.settings.claims;
        let Ok(Some(id_or_slug)) = text_claim(&claims, &names.tenant) else {
            return Ok(Err(AuthenticationError::UnknownTenant));
        };
        let Some(tenant) = db.tenant(&id_or_slug).await? else { return Ok(Err(AuthenticationError::UnknownTenant)) };
        let roles: Vec<_> = split_words(claims.get(&names.roles)).iter().filter_map(|name| Role::named(name)).collect();
        if roles.is_empty() {
            return Ok(Err(AuthenticationError::UnknownRole));
        }
        // Callers who share a subject share idempotency keys and a rate limit, so that nobody is called by a default.
        let Ok(Some(subject)) = text_claim(&claims, &names.subject) else {
            return Ok(Err(AuthenticationError::MissingSubject));
        };
        let Ok(technician) = text_claim(&claims, &names.technician) else {
            return Ok(Err(AuthenticationError::MalformedTechnician));
        };
        let read_only = match claims.get("read_only") {
            None | Some(Json::Null) => false,
            Some(Json::Bool(read_only)) => *read_only,
            Some(_) => return Ok(Err(AuthenticationError::MalformedReadOnly)),
        };
        let caller = Caller {
            tenant: tenant.row.id,
            technician: technician.unwrap_or_else(|| subject.clone()),
            subject,
            roles,
            scopes: scopes_claim(&claims, &names.scopes),
            read_only,
            request_id: id.as_str().to_owned(),
        };
        Ok(Ok((caller, tenant)))
    }

    fn verify_token(&self, token: &str) -> Result<Map<String, Json>, AuthenticationError> {
        let decoded = decode::<Map<String, Json>>(token, &self.key, &self.validation);
        decoded.map(|token| token.claims).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => AuthenticationError::Expired,
            ErrorKind::ImmatureSignature => AuthenticationError::NotYetValid,
            ErrorKind::MissingRequiredClaim(claim) if claim == "exp" => AuthenticationError::MissingExpiration,
            ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience | ErrorKind::MissingRequiredClaim(_) => {
                AuthenticationError::WrongAudience
            }
            ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
                AuthenticationError::InvalidSignature
            }
            _ => AuthenticationError::MalformedToken,
        })
    }
}

/// Keeps secrets out of logs.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret",
            Self::Public(_) => "Public",
        })
    }
}

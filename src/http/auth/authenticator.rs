//! The authenticator: from the token of a request to its caller and tenant.

use std::{sync::Arc, time::Duration};

use access::{Caller, Role, Token};
use axum::{
    http::{HeaderMap, header},
    response::Response,
};
use chrono::DateTime;
use error::{Result, catalogue};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header, errors::ErrorKind, get_current_timestamp};
use sea_orm::prelude::Uuid;
use serde_json::{Map, Value as Json};
use store::{Database, Tenant, revocation::RevocationCache};

use super::{
    claims::{scopes_claim, split_words, text_claim, time_claim},
    failure::{AuthenticationError, unauthenticated_response},
    jwks::{KeysUnavailable, RemoteKeySet},
    key_set::KeySet,
    settings::{Key, KeyFile, Settings, check_times},
};
use crate::http::{rejection::Rejection, request_id::RequestId, response::MediaType};

/// Verifies tokens, and signs them if its key is a secret.
pub struct Authenticator {
    keys: Keys,
    validation: Validation,
    revocations: RevocationCache,
    pub(super) settings: Settings,
}

/// Where the keys are.
enum Keys {
    Fixed(Arc<KeySet>),
    Remote(Box<RemoteKeySet>),
}

impl Authenticator {
    /// Verifies tokens by these settings. The error names the invalid setting and the reason.
    pub fn new(settings: Settings) -> Result<Self, (&'static str, String)> {
        let algorithms = parse_algorithms(&settings)?;
        check_times(settings.max_ttl, settings.skew)?;
        let keys = match &settings.key {
            Key::Secret(secret) if secret.len() < 32 => {
                return Err(("token_secret", "a secret has at least 32 characters".to_owned()));
            }
            Key::Secret(secret) => Keys::Fixed(Arc::new(KeySet::of_secret(secret, &algorithms))),
            Key::Public(files) => Keys::Fixed(Arc::new(parse_public_keys(files, &algorithms)?)),
            Key::Remote(address) => Keys::Remote(Box::new(RemoteKeySet::new(address.clone(), &algorithms)?)),
        };
        if !matches!(settings.key, Key::Secret(_)) {
            // An issuer's keys sign the tokens of all its services, and its tokens for another one are no tokens for this one.
            let named = [("token_audience", &settings.audience), ("token_issuer", &settings.issuer)];
            if let Some((setting, _)) = named.iter().find(|(_, name)| name.is_none()) {
                let reason = "tokens that a public key verifies are accepted only if they name this service as the \
                              audience, and its issuer; set token_audience and token_issuer";
                return Err((setting, reason.to_owned()));
            }
        }
        let mut validation = Validation::new(Algorithm::HS256);
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
        Ok(Self { keys, validation, revocations: RevocationCache::default(), settings })
    }

    /// Reads the issuer's keys again and again, if they are at an address.
    pub async fn refresh_keys(&self) {
        if let Keys::Remote(keys) = &self.keys {
            keys.run().await;
        }
    }

    /// The caller of a request and their tenant, or the response that refuses it.
    pub(in crate::http) async fn authenticate(
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
        let claims = match self.verify_token(token.trim()).await {
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
        let Ok(token_id) = text_claim(&claims, "jti") else {
            return Ok(Err(AuthenticationError::MalformedId));
        };
        let time = |name| time_claim(&claims, name).ok().flatten().and_then(|seconds| i64::try_from(seconds).ok());
        let (issued_at, expires_at) = (time("iat").unwrap_or_default(), time("exp").unwrap_or_default());
        let token = Token { id: token_id, issued_at, expires_at };
        if self.is_revoked(db, tenant.row.id, &subject, &token).await? {
            return Ok(Err(AuthenticationError::Revoked));
        }
        let caller = Caller {
            tenant: tenant.row.id,
            technician: technician.unwrap_or_else(|| subject.clone()),
            subject,
            roles,
            scopes: scopes_claim(&claims, &names.scopes),
            token: Some(token),
            read_only,
            request_id: id.as_str().to_owned(),
            has_client_request_id: id.is_from_client(),
        };
        Ok(Ok((caller, tenant)))
    }

    /// Whether a token of a subject is revoked.
    pub(in crate::http) async fn is_revoked(
        &self,
        db: &Database,
        tenant: Uuid,
        subject: &str,
        token: &Token,
    ) -> Result<bool> {
        let issued_at = DateTime::from_timestamp(token.issued_at, 0);
        Ok(self.revocations.read(db, tenant).await?.contains(token.id.as_deref(), subject, issued_at))
    }

    /// The claims of a token whose signature, names and times are right.
    async fn verify_token(&self, token: &str) -> Result<Map<String, Json>, AuthenticationError> {
        let header = decode_header(token).map_err(|_| AuthenticationError::MalformedToken)?;
        // RFC 7515, section 4.1.11: a parameter that is critical and not understood invalidates the token. None is understood.
        if header.crit.is_some() {
            return Err(AuthenticationError::CriticalHeader);
        }
        let keys = match &self.keys {
            Keys::Fixed(keys) => keys.clone(),
            Keys::Remote(keys) => {
                keys.keys_for(&header).await.map_err(|KeysUnavailable| AuthenticationError::KeysUnavailable)?
            }
        };
        let candidates = keys.candidates(&header).ok_or(AuthenticationError::UnknownKey)?;
        let mut validation = self.validation.clone();
        validation.algorithms = vec![header.alg];
        let mut error = AuthenticationError::InvalidSignature;
        for candidate in candidates {
            match decode::<Map<String, Json>>(token, &candidate.key, &validation) {
                Ok(token) => return check_lifetime(token.claims, self.settings.max_ttl, self.settings.skew),
                Err(failure) => error = failure_of(failure.kind()),
            }
            if error != AuthenticationError::InvalidSignature {
                break;
            }
        }
        Err(error)
    }
}

fn parse_algorithms(settings: &Settings) -> Result<Vec<Algorithm>, (&'static str, String)> {
    let is_secret = matches!(settings.key, Key::Secret(_));
    let mut algorithms = Vec::new();
    for name in &settings.algorithms {
        let algorithm: Algorithm =
            name.parse().map_err(|_| ("token_algorithms", format!("\"{name}\" is not an algorithm")))?;
        let is_symmetric = matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512);
        if is_symmetric != is_secret {
            let reason = format!("{name} does not fit the key: HS256 goes with a secret, the others with a public key");
            return Err(("token_algorithms", reason));
        }
        algorithms.push(algorithm);
    }
    if is_secret && algorithms.is_empty() {
        algorithms.push(Algorithm::HS256);
    }
    Ok(algorithms)
}

fn parse_public_keys(files: &[KeyFile], accepted: &[Algorithm]) -> Result<KeySet, (&'static str, String)> {
    let mut set = KeySet::default();
    for KeyFile { path, text } in files {
        let invalid = |reason: String| ("token_public_key_files", format!("{path}: {reason}"));
        let parsed = KeySet::parse(text, accepted).map_err(invalid)?;
        // A key that its operator names is meant to be used.
        if let Some(reason) = parsed.skipped.into_iter().next() {
            return Err(invalid(reason));
        }
        if parsed.set.len() == 0 {
            return Err(invalid("there is no key".to_owned()));
        }
        set.extend(parsed.set);
    }
    Ok(set)
}

/// The claims, if the token is not valid for longer than any may be. It says when it was issued: else it would be accepted in the
/// last part of a long life, when its revocation may be forgotten.
fn check_lifetime(
    claims: Map<String, Json>,
    max_ttl: Duration,
    skew: u64,
) -> Result<Map<String, Json>, AuthenticationError> {
    let now = get_current_timestamp();
    let issued_at = time_claim(&claims, "iat").map_err(|()| AuthenticationError::MalformedTime)?;
    let expires_at = time_claim(&claims, "exp").map_err(|()| AuthenticationError::MalformedTime)?.unwrap_or(u64::MAX);
    let issued_at = issued_at.ok_or(AuthenticationError::MissingIssueTime)?;
    if issued_at > now + skew {
        return Err(AuthenticationError::NotYetValid);
    }
    let lifetime = expires_at.saturating_sub(issued_at);
    if lifetime > max_ttl.as_secs() { Err(AuthenticationError::LivesTooLong) } else { Ok(claims) }
}

fn failure_of(kind: &ErrorKind) -> AuthenticationError {
    match kind {
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
    }
}

//! Authentication: verifies and signs JSON Web Tokens (RFC 7519), whose claims name the caller.

use std::{fmt, sync::Arc};

use access::{Caller, Role};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use error::{Result, catalogue};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind};
use sea_orm::prelude::Uuid;
use serde_json::{Map, Value as Json};
use store::{Database, Tenant};

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

/// Why a request is not authenticated. Names the class of the reason and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthenticationError {
    /// The request has no bearer token.
    MissingToken,
    /// The token is not a JSON Web Token.
    MalformedToken,
    /// The signature does not match, or its algorithm is not accepted.
    InvalidSignature,
    /// `exp` has passed.
    Expired,
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
    /// The token names nobody.
    MissingSubject,
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
            Self::Expired => "get a new one",
            Self::NotYetValid => "wait, or compare the clocks",
            _ => "send a token of this server's issuer",
        }
    }

    /// The reason, for the client.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::MissingToken => "there is no bearer token",
            Self::MalformedToken => "the token is malformed",
            Self::InvalidSignature => "the token's signature is not accepted",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::WrongAudience => "the token is for somebody else",
            Self::UnknownTenant => "the token names no tenant",
            Self::UnknownRole => "the token names no role",
            Self::MissingExpiration => "the token has no expiration (exp)",
            Self::MissingSubject => "the token names no subject: a text or a whole number",
            Self::MalformedTechnician => "the token's technician is neither a text nor a whole number",
            Self::MalformedReadOnly => "the token's read_only is neither true nor false",
        }
    }
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

    /// Signs a token that this server accepts. Fails if the key is a public one.
    pub fn sign(&self, grant: &Grant<'_>) -> Result<String, String> {
        let Key::Secret(secret) = &self.settings.key else {
            return Err("this server has only the public key; tokens are signed with the private one".to_owned());
        };
        let names = &self.settings.claims;
        let now = jsonwebtoken::get_current_timestamp();
        let mut claims = Map::new();
        claims.insert(names.tenant.clone(), grant.tenant.to_string().into());
        claims.insert(names.subject.clone(), grant.subject.into());
        claims.insert(names.roles.clone(), grant.roles.iter().map(|role| role.name()).collect());
        if let Some(scopes) = grant.scopes {
            claims.insert(names.scopes.clone(), scopes.join(" ").into());
        }
        if let Some(technician) = grant.technician {
            claims.insert(names.technician.clone(), technician.into());
        }
        if grant.read_only {
            claims.insert("read_only".to_owned(), true.into());
        }
        claims.insert("iat".to_owned(), now.into());
        claims.insert("exp".to_owned(), (now + grant.seconds).into());
        claims.extend(self.settings.issuer.as_ref().map(|issuer| ("iss".to_owned(), issuer.as_str().into())));
        claims.extend(self.settings.audience.as_ref().map(|audience| ("aud".to_owned(), audience.as_str().into())));
        let key = EncodingKey::from_secret(secret.as_bytes());
        encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(|error| error.to_string())
    }
}

/// What a token grants.
#[derive(Clone, Debug)]
pub struct Grant<'a> {
    /// The id of the tenant.
    pub tenant: Uuid,
    /// The subject.
    pub subject: &'a str,
    /// The roles.
    pub roles: &'a [Role],
    /// The scopes; `None` is all scopes of the roles.
    pub scopes: Option<&'a [String]>,
    /// The technician's id; `None` is the subject.
    pub technician: Option<&'a str>,
    /// Whether the token may only read.
    pub read_only: bool,
    /// The lifetime of the token.
    pub seconds: u64,
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

fn unauthenticated_response(media_type: MediaType, id: &RequestId, error: AuthenticationError) -> Response {
    let reason = error.reason();
    let message = format!("The request is not authenticated: {reason}; {}.", error.advice());
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

/// The scopes that OpenID Connect Core 1.0 defines. They say what the issuer tells the client of its user, and nothing of
/// this server.
const OPENID_SCOPES: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// The scopes of a token; none, if the token has no scopes or only those of OpenID Connect: then those of its roles hold.
fn scopes_claim(claims: &Map<String, Json>, name: &str) -> Option<Vec<String>> {
    let scopes = split_words(Some(claims.get(name)?));
    let is_openid = |scope: &String| OPENID_SCOPES.contains(&scope.as_str());
    (scopes.is_empty() || !scopes.iter().all(is_openid)).then_some(scopes)
}

/// The text of a claim: a text that is not empty, or a whole number. Nothing if it is absent or null; an error if it is
/// anything else.
fn text_claim(claims: &Map<String, Json>, name: &str) -> Result<Option<String>, ()> {
    match claims.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if !text.trim().is_empty() => Ok(Some(text.clone())),
        Some(Json::Number(number)) if number.is_i64() || number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(()),
    }
}

/// The words of a claim: the items of a list, or the parts of a text separated by spaces.
fn split_words(claim: Option<&Json>) -> Vec<String> {
    match claim {
        Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        Some(Json::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

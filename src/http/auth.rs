//! Tokens: who is at the door, by a JSON Web Token (RFC 7519) that somebody else, or `fieldgate token`, has signed.

use std::{fmt, sync::Arc};

use access::{Caller, Role};
use axum::http::{HeaderMap, header};
use error::Result;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind};
use sea_orm::prelude::Uuid;
use serde_json::{Map, Value as Json};
use store::{Database, Tenant};

/// How tokens are verified.
#[derive(Clone)]
pub struct Settings {
    /// What verifies a signature.
    pub key: Key,
    /// Algorithms that are accepted, by their JWA names; only those that fit the key.
    pub algorithms: Vec<String>,
    /// The issuer a token must name, if any.
    pub issuer: Option<String>,
    /// The audience a token must name, if any.
    pub audience: Option<String>,
    /// How many seconds clocks may differ.
    pub skew: u64,
    /// Which claims say what.
    pub claims: Claims,
}

/// What verifies a signature.
#[derive(Clone)]
pub enum Key {
    /// A secret shared with the issuer: HS256.
    Secret(String),
    /// The issuer's public key in PEM: RS256, ES256 or EdDSA.
    Public(String),
}

/// Which claims say what.
#[derive(Clone, Debug)]
pub struct Claims {
    /// The tenant's id or slug.
    pub tenant: String,
    /// Who it is.
    pub subject: String,
    /// A list of roles, or one.
    pub roles: String,
    /// A list of scopes, or one text of them parted by spaces; absent: all that the roles allow.
    pub scopes: String,
    /// Which technician it is; absent: the subject.
    pub technician: String,
}

/// Verifies tokens.
pub struct Tokens {
    key: DecodingKey,
    validation: Validation,
    settings: Settings,
}

/// Why somebody is not let in. Says the class of the reason and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no token.
    Missing,
    /// The token is no token.
    Malformed,
    /// Nobody we trust signed it so.
    Signature,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// It was issued by or for somebody else.
    Audience,
    /// It names no tenant of ours.
    Tenant,
    /// It names no role we know.
    Role,
}

impl Refusal {
    /// The reason, for the client.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "there is no bearer token",
            Self::Malformed => "the token is malformed",
            Self::Signature => "the token's signature is not accepted",
            Self::Expired => "the token has expired",
            Self::NotYet => "the token is not valid yet",
            Self::Audience => "the token is for somebody else",
            Self::Tenant => "the token names no tenant",
            Self::Role => "the token names no role",
        }
    }
}

impl Tokens {
    /// Verifies by these settings. Says which of them is wrong, and how.
    pub fn new(settings: Settings) -> Result<Self, (&'static str, String)> {
        let mut algorithms = Vec::new();
        for name in &settings.algorithms {
            let known: Algorithm =
                name.parse().map_err(|_| ("token_algorithms", format!("\"{name}\" is not an algorithm")))?;
            let symmetric = matches!(known, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512);
            if symmetric != matches!(settings.key, Key::Secret(_)) {
                let what =
                    format!("{name} does not fit the key: HS256 goes with a secret, the others with a public key");
                return Err(("token_algorithms", what));
            }
            algorithms.push(known);
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

    /// The caller of a request, with their tenant.
    pub async fn caller(
        &self,
        headers: &HeaderMap,
        db: &Database,
        request_id: &str,
    ) -> Result<Result<(Caller, Arc<Tenant>), Refusal>> {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token =
            header.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        let Some((_, token)) = token else { return Ok(Err(Refusal::Missing)) };
        let claims = match self.verify(token.trim()) {
            Ok(claims) => claims,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let names = &self.settings.claims;
        let text = |name: &str| claims.get(name).and_then(Json::as_str).map(str::to_owned);
        let Some(whose) = text(&names.tenant) else { return Ok(Err(Refusal::Tenant)) };
        let Some(tenant) = db.tenant(&whose).await? else { return Ok(Err(Refusal::Tenant)) };
        let roles: Vec<_> = words(claims.get(&names.roles)).iter().filter_map(|name| Role::named(name)).collect();
        if roles.is_empty() {
            return Ok(Err(Refusal::Role));
        }
        let subject = text(&names.subject).unwrap_or_else(|| "unknown".to_owned());
        let caller = Caller {
            tenant: tenant.row.id,
            technician: text(&names.technician).unwrap_or_else(|| subject.clone()),
            subject,
            roles,
            scopes: claims.get(&names.scopes).map(|scopes| words(Some(scopes))),
            read_only: claims.get("read_only").and_then(Json::as_bool).unwrap_or_default(),
            request_id: request_id.to_owned(),
        };
        Ok(Ok((caller, tenant)))
    }

    fn verify(&self, token: &str) -> Result<Map<String, Json>, Refusal> {
        let decoded = decode::<Map<String, Json>>(token, &self.key, &self.validation);
        decoded.map(|token| token.claims).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => Refusal::Expired,
            ErrorKind::ImmatureSignature => Refusal::NotYet,
            ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience => Refusal::Audience,
            ErrorKind::MissingRequiredClaim(claim) if claim != "exp" => Refusal::Audience,
            ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
                Refusal::Signature
            }
            _ => Refusal::Malformed,
        })
    }

    /// Signs a token that this server accepts, where the key is a secret.
    pub fn sign(&self, grant: &Grant<'_>) -> Result<String, String> {
        let Key::Secret(secret) = &self.settings.key else {
            return Err(
                "tokens are signed by whoever has the private key; this server has only the public one".to_owned()
            );
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

/// What a token is to grant.
#[derive(Clone, Debug)]
pub struct Grant<'a> {
    /// The tenant.
    pub tenant: Uuid,
    /// To whom.
    pub subject: &'a str,
    /// As what.
    pub roles: &'a [Role],
    /// Only these scopes of it.
    pub scopes: Option<&'a [String]>,
    /// As which technician.
    pub technician: Option<&'a str>,
    /// Whether only to read.
    pub read_only: bool,
    /// For how long.
    pub seconds: u64,
}

/// Secrets are never printed.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret",
            Self::Public(_) => "Public",
        })
    }
}

/// A claim's words: of a list, or of one text parted by spaces.
fn words(claim: Option<&Json>) -> Vec<String> {
    match claim {
        Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        Some(Json::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

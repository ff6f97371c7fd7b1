//! How tokens are verified: keys, algorithms, names and times.

use std::{fmt, time::Duration};

use super::jwks::Address;
use crate::setting::settings;

/// How tokens are verified.
#[derive(Clone)]
pub struct Settings {
    /// The key or keys that verify signatures.
    pub key: Key,
    /// The accepted algorithms by their JWA names; empty for those that the keys are bound to.
    pub algorithms: Vec<String>,
    /// The issuer that a token must name. Public keys need it.
    pub issuer: Option<String>,
    /// The audience that a token must name. Public keys need it.
    pub audience: Option<String>,
    /// The tolerated difference of clocks, in seconds.
    pub skew: u64,
    /// The longest time from the issue of a token to its expiration.
    pub max_ttl: Duration,
    /// The names of the claims.
    pub claims: Claims,
}

/// The key or keys that verify signatures.
#[derive(Clone)]
pub enum Key {
    /// A secret shared with the issuer: HS256.
    Secret(String),
    /// Public keys of the issuer, each in PEM, or as a JWK or a JWK Set (RFC 7517).
    Public(Vec<KeyFile>),
    /// The address of the issuer's JWK Set.
    Remote(Address),
}

/// The text of a file of public keys.
#[derive(Clone)]
pub struct KeyFile {
    /// The path, for errors.
    pub path: String,
    /// The text.
    pub text: String,
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

/// Keeps secrets out of logs.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret",
            Self::Public(_) => "Public",
            Self::Remote(_) => "Remote",
        })
    }
}

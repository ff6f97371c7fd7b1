//! How tokens are verified: keys, algorithms, names and times.

use std::{fmt, time::Duration};

use super::jwks::Address;
use crate::setting::settings;

/// The largest difference of clocks that may be tolerated, in seconds.
const MAX_SKEW: u64 = 600;

/// The longest life of tokens that may be accepted: a leap year. A stolen token is worth something for as long, and its
/// revocation is kept for as long.
const LONGEST_TTL: Duration = Duration::from_hours(366 * 24);

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

/// Checks the longest lifetime of a token, and the tolerated difference of clocks. The error names the setting and the reason.
pub fn check_times(max_ttl: Duration, skew: u64) -> Result<(), (&'static str, String)> {
    if skew > MAX_SKEW {
        return Err(("token_skew", format!("clocks may differ by at most {MAX_SKEW} seconds")));
    }
    if max_ttl.is_zero() {
        return Err(("token_max_ttl", "0 would accept no token".to_owned()));
    }
    if max_ttl > LONGEST_TTL {
        let (seconds, longest) = (max_ttl.as_secs(), LONGEST_TTL.as_secs());
        let reason = format!("a token may live for at most {longest} s (366 days), not {seconds} s");
        return Err(("token_max_ttl", reason));
    }
    Ok(())
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

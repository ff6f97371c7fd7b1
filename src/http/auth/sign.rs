//! Signing: the token of a grant.

use std::fmt;

use access::Role;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use sea_orm::prelude::Uuid;
use serde_json::Map;

use super::{authenticator::Authenticator, settings::Key};

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

/// A signed token.
#[derive(Clone)]
pub struct SignedToken {
    /// The token as text.
    pub text: String,
    /// Its id (`jti`), by which it is revoked.
    pub id: Uuid,
}

/// Keeps the token out of logs.
impl fmt::Debug for SignedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedToken({})", self.id)
    }
}

impl Authenticator {
    /// Signs a token that this server accepts. Fails if the key is a public one.
    pub fn sign(&self, grant: &Grant<'_>) -> Result<SignedToken, String> {
        let Key::Secret(secret) = &self.settings.key else {
            return Err("this server has only public keys; the issuer signs tokens with the private ones".to_owned());
        };
        let max_ttl = self.settings.max_ttl.as_secs();
        if grant.seconds > max_ttl {
            let seconds = grant.seconds;
            return Err(format!(
                "no server would accept a token that lives {seconds} s: the setting token_max_ttl allows {max_ttl} s"
            ));
        }
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
        let id = Uuid::now_v7();
        claims.insert("jti".to_owned(), id.to_string().into());
        claims.insert("iat".to_owned(), now.into());
        claims.insert("exp".to_owned(), (now + grant.seconds).into());
        claims.extend(self.settings.issuer.as_ref().map(|issuer| ("iss".to_owned(), issuer.as_str().into())));
        claims.extend(self.settings.audience.as_ref().map(|audience| ("aud".to_owned(), audience.as_str().into())));
        let key = EncodingKey::from_secret(secret.as_bytes());
        let text = encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(|error| error.to_string())?;
        Ok(SignedToken { text, id })
    }
}

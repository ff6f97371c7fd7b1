//! Token revocations: single tokens, and all tokens of a subject from before a time, that a tenant accepts no longer.
//!
//! A server reads the revocations of a tenant at most once in [`CACHE_TTL`], which is the longest time that a revocation takes
//! to reach every server. A revocation is deleted when every token that it concerns has expired.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use sea_orm::prelude::Uuid;

/// How long a server may use the revocations that it has read.
pub const CACHE_TTL: Duration = Duration::from_secs(5);

/// What is revoked.
#[derive(Clone, Debug)]
pub enum Revocation {
    /// The token of an id (`jti`).
    Token(String),
    /// The tokens of a subject that were issued before a time.
    Subject(String, DateTime<Utc>),
}

/// The revocations of a tenant.
#[derive(Debug, Default)]
pub struct Revocations {
    pub(super) tokens: HashSet<String>,
    pub(super) subjects: HashMap<String, DateTime<Utc>>,
}

/// The revocations read within the last [`CACHE_TTL`].
#[derive(Debug, Default)]
pub struct RevocationCache(Mutex<HashMap<Uuid, (Instant, Arc<Revocations>)>>);

impl Revocations {
    /// Whether a token is revoked. One that does not say when it was issued counts as issued before any time.
    pub fn contains(&self, token: Option<&str>, subject: &str, issued_at: Option<DateTime<Utc>>) -> bool {
        let is_older = |before: &DateTime<Utc>| issued_at.is_none_or(|issued_at| issued_at < *before);
        token.is_some_and(|id| self.tokens.contains(id)) || self.subjects.get(subject).is_some_and(is_older)
    }
}

impl RevocationCache {
    /// The revocations of a tenant, if they were read lately.
    pub fn get(&self, tenant: Uuid) -> Option<Arc<Revocations>> {
        self.lock().get(&tenant).filter(|(read_at, _)| read_at.elapsed() < CACHE_TTL).map(|(_, cached)| cached.clone())
    }

    /// Keeps revocations, with the time before they were read.
    pub fn insert(&self, tenant: Uuid, read_at: Instant, revocations: Arc<Revocations>) {
        self.lock().insert(tenant, (read_at, revocations));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, (Instant, Arc<Revocations>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
use error::Result;
use sea_orm::{Statement, prelude::Uuid};

use super::{budget::Budget, clock, database::Database, shared_read::SharedReads};

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
    tokens: HashSet<String>,
    subjects: HashMap<String, DateTime<Utc>>,
}

/// The revocations that a server has read within the last [`CACHE_TTL`].
#[derive(Debug, Default)]
pub struct RevocationCache {
    cached: Mutex<HashMap<Uuid, (Instant, Arc<Revocations>)>>,
    reads: SharedReads<Uuid, Arc<Revocations>>,
}

impl Revocations {
    /// Whether a token is revoked. One that does not say when it was issued counts as issued before any time.
    pub fn contains(&self, token: Option<&str>, subject: &str, issued_at: Option<DateTime<Utc>>) -> bool {
        let is_older = |before: &DateTime<Utc>| issued_at.is_none_or(|issued_at| issued_at < *before);
        token.is_some_and(|id| self.tokens.contains(id)) || self.subjects.get(subject).is_some_and(is_older)
    }
}

impl RevocationCache {
    /// The revocations of a tenant, at most [`CACHE_TTL`] old.
    pub async fn read(&self, db: &Database, tenant: Uuid) -> Result<Arc<Revocations>> {
        if let Some(cached) = self.get(tenant) {
            return Ok(cached);
        }
        let read = async {
            // Before the statement: what commits meanwhile may not be in its result.
            let read_at = Instant::now();
            let revocations = Arc::new(read(db, tenant).await?);
            self.lock().insert(tenant, (read_at, revocations.clone()));
            Ok(revocations)
        };
        self.reads.share(tenant, read).await
    }

    fn get(&self, tenant: Uuid) -> Option<Arc<Revocations>> {
        self.lock().get(&tenant).filter(|(read_at, _)| read_at.elapsed() < CACHE_TTL).map(|(_, cached)| cached.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, (Instant, Arc<Revocations>)>> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(db: &Database, tenant: Uuid) -> Result<Revocations> {
    let sql = "SELECT type, name, issued_before FROM token_revocation WHERE tenant_id = $1 AND expires_at > $2";
    let statement = Statement::from_sql_and_values(db.backend(), sql, [tenant.into(), clock::now().into()]);
    let mut revocations = Revocations::default();
    for row in db.rows(Some(tenant), statement, &Budget::unlimited()).await? {
        let name = row.try_get_by_index::<String>(1)?;
        match row.try_get_by_index::<Option<DateTime<Utc>>>(2)? {
            Some(before) => drop(revocations.subjects.insert(name, before)),
            None => drop(revocations.tokens.insert(name)),
        }
    }
    Ok(revocations)
}

/// Revokes tokens of a tenant. `longest_life` is the longest time that a token is accepted after its issue, after which
/// the revocation is not needed.
pub async fn revoke(db: &Database, tenant: Uuid, revocation: Revocation, longest_life: Duration) -> Result<()> {
    let now = clock::now();
    let (kind, name, before) = match revocation {
        Revocation::Token(id) => ("TOKEN", id, None),
        Revocation::Subject(subject, before) => ("SUBJECT", subject, Some(before)),
    };
    let expires_at = before.map_or(now, |before| before.max(now)) + longest_life;
    // A later revocation of a subject includes an earlier one.
    let sql = "INSERT INTO token_revocation (tenant_id, type, name, issued_before, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, type, name) DO UPDATE SET \
               issued_before = CASE WHEN token_revocation.issued_before > excluded.issued_before \
               THEN token_revocation.issued_before ELSE excluded.issued_before END, \
               expires_at = CASE WHEN token_revocation.expires_at > excluded.expires_at \
               THEN token_revocation.expires_at ELSE excluded.expires_at END";
    let values = [tenant.into(), kind.into(), name.into(), before.into(), now.into(), expires_at.into()];
    let tx = db.begin(None).await?;
    tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await?;
    tx.commit().await
}

/// Deletes the revocations of tokens that have all expired. Returns how many.
pub async fn delete_expired(db: &Database) -> Result<u64> {
    let tx = db.begin(None).await?;
    let sql = "DELETE FROM token_revocation WHERE expires_at < $1";
    let deleted = tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, [clock::now().into()])).await?;
    tx.commit().await?;
    Ok(deleted.rows_affected())
}

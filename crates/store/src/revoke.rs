//! Reads, adds and deletes token revocations.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use error::Result;
use sea_orm::{ConnectionTrait, Statement, prelude::Uuid};

use super::{
    budget::Budget,
    clock,
    database::Database,
    revocation::{Revocation, Revocations},
};

impl Database {
    /// The revocations of a tenant, at most [`CACHE_TTL`](super::revocation::CACHE_TTL) old.
    pub async fn revocations(&self, tenant: Uuid) -> Result<Arc<Revocations>> {
        if let Some(cached) = self.revocations.get(tenant) {
            return Ok(cached);
        }
        // Before the statement: what commits meanwhile may not be in its result.
        let read_at = Instant::now();
        let sql = "SELECT type, name, issued_before FROM token_revocation WHERE tenant_id = $1 AND expires_at > $2";
        let values = [tenant.into(), clock::now().into()];
        let rows = self
            .rows(Some(tenant), Statement::from_sql_and_values(self.backend(), sql, values), &Budget::unlimited())
            .await?;
        let mut revocations = Revocations::default();
        for row in rows {
            let name = row.try_get_by_index::<String>(1)?;
            match row.try_get_by_index::<Option<DateTime<Utc>>>(2)? {
                Some(before) => drop(revocations.subjects.insert(name, before)),
                None => drop(revocations.tokens.insert(name)),
            }
        }
        let revocations = Arc::new(revocations);
        self.revocations.insert(tenant, read_at, revocations.clone());
        Ok(revocations)
    }

    /// Revokes tokens of a tenant. `longest_life` is the longest time that a token is accepted after its issue, after which
    /// the revocation is not needed.
    pub async fn revoke(&self, tenant: Uuid, revocation: Revocation, longest_life: Duration) -> Result<()> {
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
        let (tx, _writer_permit) = self.begin(None).await?;
        tx.execute_raw(Statement::from_sql_and_values(self.backend(), sql, values)).await?;
        Ok(tx.commit().await?)
    }
}

/// Deletes the revocations of tokens that have all expired. Returns how many.
pub async fn delete_expired(db: &Database) -> Result<u64> {
    let (tx, _writer_permit) = db.begin(None).await?;
    let sql = "DELETE FROM token_revocation WHERE expires_at < $1";
    let deleted = tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, [clock::now().into()])).await?;
    tx.commit().await?;
    Ok(deleted.rows_affected())
}

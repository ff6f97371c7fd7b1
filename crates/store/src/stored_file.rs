//! Stored files: the rows that know of every object in the file storage, and how the content of a file is sealed.
//!
//! The row of a file is written before its first byte, with the time at which it expires. The transaction that writes the
//! document of the file keeps it: from then on it does not expire. What has expired is deleted with its objects, so that an
//! upload that was cut off leaves nothing.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::Sealed;
use error::{Error, Result};
use sea_orm::{DbBackend, Statement, prelude::Uuid};

use super::{
    Store,
    background::TenantRow,
    budget::Budget,
    database::Database,
    vault::{self, DataKey, SealContext, chunk::ChunkPlace},
};

/// The seal of the content of one file.
#[derive(Clone)]
pub struct FileSeal {
    /// The id of the file.
    pub file: Uuid,
    /// Its tenant.
    pub tenant: Uuid,
    key: DataKey,
}

impl FileSeal {
    /// The seal of a file under a key.
    pub(crate) fn new(tenant: Uuid, file: Uuid, key: DataKey) -> Self {
        Self { file, tenant, key }
    }

    /// Appends the seal of a chunk.
    pub fn seal(&self, bytes: &[u8], place: ChunkPlace, sealed: &mut Vec<u8>) -> Result<()> {
        self.key.seal_chunk(bytes, place, context(self.tenant, self.file), sealed)
    }

    /// Opens a chunk at its place.
    pub fn open(&self, sealed: Vec<u8>, place: ChunkPlace) -> Result<Vec<u8>> {
        self.key.open_chunk(&Sealed(sealed), place, context(self.tenant, self.file))
    }
}

impl Store {
    /// The seal of a stored file, by the key that its first sealed chunk names.
    pub async fn file_seal(&self, file: Uuid, first_chunk: &Sealed) -> Result<FileSeal> {
        let id = vault::key_id(first_chunk).ok_or_else(|| Error::internal("a sealed file without a key"))?;
        Ok(FileSeal::new(self.caller().tenant, file, self.data_key(id).await?))
    }
}

/// Lets the files expire whose documents were deleted longer ago than the retention, of all tenants or of one.
pub async fn expire_deleted(
    db: &Database,
    tenant: Option<Uuid>,
    now: DateTime<Utc>,
    retention: Duration,
) -> Result<u64> {
    // A restore locks its document: either it is seen here, or it sees that the file has expired.
    let lock = if db.backend() == DbBackend::Postgres { "FOR UPDATE OF document SKIP LOCKED" } else { "" };
    let sql = format!(
        "WITH due AS (SELECT document.tenant_id, document.file_id FROM document \
         WHERE document.deleted_at < $1 AND document.file_id IS NOT NULL AND document.tenant_id = COALESCE($2, document.tenant_id) \
         AND EXISTS (SELECT 1 FROM stored_file file WHERE file.tenant_id = document.tenant_id AND file.id = document.file_id \
         AND file.expires_at IS NULL) {lock}) \
         UPDATE stored_file SET expires_at = $3 FROM due WHERE stored_file.tenant_id = due.tenant_id AND stored_file.id = due.file_id"
    );
    let tx = db.begin(None).await?;
    let values = [(now - retention).into(), tenant.into(), now.into()];
    let expired = tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await?;
    tx.commit().await?;
    Ok(expired.rows_affected())
}

/// Files that have expired, of all tenants or of one, the oldest first, after some that are skipped.
pub async fn list_expired(
    db: &Database,
    tenant: Option<Uuid>,
    now: DateTime<Utc>,
    (skip, limit): (u64, u64),
) -> Result<Vec<TenantRow>> {
    let sql = "SELECT tenant_id, id FROM stored_file WHERE expires_at <= $1 AND tenant_id = COALESCE($2, tenant_id) \
               ORDER BY expires_at, id LIMIT $3 OFFSET $4";
    let [skip, limit] = [skip, limit].map(|rows| i64::try_from(rows).unwrap_or(i64::MAX));
    let values = [now.into(), tenant.into(), limit.into(), skip.into()];
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    let rows = db.rows(None, statement, &Budget::unlimited()).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Claims a file that is to be deleted, so that no transaction keeps it any more. Returns whether it may be deleted: it is not
/// kept, and has expired at a time, if one is given. A transaction that is about to keep it is waited for.
pub async fn claim(db: &Database, (tenant, file): TenantRow, expired_at: Option<DateTime<Utc>>) -> Result<bool> {
    let sql = "UPDATE stored_file SET expires_at = $3 WHERE tenant_id = $1 AND id = $2 \
               AND expires_at <= COALESCE($4, expires_at)";
    let values = [tenant.into(), file.into(), DateTime::UNIX_EPOCH.into(), expired_at.into()];
    let tx = db.begin(None).await?;
    let claimed = tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await?;
    tx.commit().await?;
    Ok(claimed.rows_affected() == 1)
}

/// Deletes the row of a claimed file whose objects are deleted.
pub async fn forget(db: &Database, (tenant, file): TenantRow) -> Result<()> {
    let sql = "DELETE FROM stored_file WHERE tenant_id = $1 AND id = $2 AND expires_at IS NOT NULL";
    let tx = db.begin(None).await?;
    tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, [tenant.into(), file.into()])).await?;
    tx.commit().await
}

fn context(tenant: Uuid, file: Uuid) -> SealContext {
    SealContext { tenant, table: "stored_file", column: "content", row: file }
}

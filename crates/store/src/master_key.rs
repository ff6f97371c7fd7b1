//! Master keys in use: how many tenants' keys each of them wraps, and how another one takes them over.
//!
//! A tenant key is wrapped again by itself: neither it nor anything that it protects changes. Each small transaction writes
//! some wrapped keys and nothing else, so that a process that is killed leaves every tenant with one that opens.

use error::{Error, Result};
use sea_orm::{Statement, prelude::Uuid};

use super::{budget::Budget, database::Database, vault::MasterKeyId};

/// How many tenant keys one transaction wraps.
const BATCH: u64 = 20;

/// A master key that wraps tenants' keys, or could.
#[derive(Clone, Debug)]
pub struct MasterKeyUse {
    /// The id of the key, which tells nothing of it.
    pub id: MasterKeyId,
    /// How many tenants' keys it wraps.
    pub tenants: u64,
}

/// What one call of [`Database::rewrap_tenant_keys`] did.
#[derive(Debug, Default)]
pub struct RewrappedBatch {
    /// How many tenants' keys were wrapped.
    pub rewrapped: u64,
    /// The tenants whose key did not open.
    pub failed: Vec<Uuid>,
    /// The last tenant; nothing if there was none.
    pub last: Option<Uuid>,
}

impl Database {
    /// The master keys that wrap tenants' keys, deleted tenants included.
    pub async fn master_keys_in_use(&self) -> Result<Vec<MasterKeyUse>> {
        let sql = "SELECT substr(key_wrapped, 2, 4) AS id, COUNT(*) FROM tenant GROUP BY substr(key_wrapped, 2, 4) \
                   ORDER BY id";
        let rows = self.rows(None, Statement::from_string(self.backend(), sql), &Budget::unlimited()).await?;
        let mut uses = Vec::with_capacity(rows.len());
        for row in rows {
            let id: Vec<u8> = row.try_get_by_index(0)?;
            let id = id.try_into().map_err(|_| Error::internal("a tenant's key has no master key's id"))?;
            let tenants = u64::try_from(row.try_get_by_index::<i64>(1)?).unwrap_or_default();
            uses.push(MasterKeyUse { id: MasterKeyId(id), tenants });
        }
        Ok(uses)
    }

    /// Wraps the keys of some tenants by the first master key, those with an id after `last`, in one transaction.
    pub async fn rewrap_tenant_keys(&self, last: Option<Uuid>) -> Result<RewrappedBatch> {
        let sql = "SELECT id, key_wrapped FROM tenant WHERE substr(key_wrapped, 2, 4) <> $1 AND id > $2 \
                   ORDER BY id LIMIT $3";
        let first = self.vault.current_master_key();
        let values = [first.0.to_vec().into(), last.unwrap_or(Uuid::nil()).into(), BATCH.into()];
        let rows =
            self.rows(None, Statement::from_sql_and_values(self.backend(), sql, values), &Budget::unlimited()).await?;
        let mut batch = RewrappedBatch::default();
        let mut wrapped = Vec::with_capacity(rows.len());
        for row in rows {
            let (id, old): (Uuid, Vec<u8>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            batch.last = Some(id);
            match self.vault.rewrap_tenant_key(id, &old) {
                Ok(new) => wrapped.push((id, old, new)),
                Err(_) => batch.failed.push(id),
            }
        }
        if wrapped.is_empty() {
            return Ok(batch);
        }
        let tx = self.begin(None).await?;
        for (id, old, new) in wrapped {
            // Another process may have wrapped it since it was read.
            let sql = "UPDATE tenant SET key_wrapped = $1 WHERE id = $2 AND key_wrapped = $3";
            let values = [new.into(), id.into(), old.into()];
            let updated = tx.execute_raw(Statement::from_sql_and_values(self.backend(), sql, values)).await?;
            batch.rewrapped += updated.rows_affected();
        }
        tx.commit().await?;
        Ok(batch)
    }
}

//! Idempotency: what is sent with a key is written idempotency, however often it is sent.
//!
//! The record of a key is the first row of the transaction that does what was fingerprint. A twin that comes meanwhile waits for
//! it, and then finds what came of it; if the transaction fails, the record is gone with it, and the key is free again.
//! Key and input stand there as keyed hashes: both may say something about a person.

use chrono::TimeDelta;
use error::{Code, Error, Result};
use sea_orm::{ConnectionTrait, Statement, prelude::Uuid};

use super::Tx;
use crate::{Database, clock};

/// How long a key is remembered.
const KEY_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// A key, and what was sent with it.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// What was fingerprint, in words that are the same whenever the same is fingerprint.
    pub request: String,
}

impl Tx {
    /// Puts a key on the record, before anything else is written. Gives the row that came of it, if it was sent before.
    pub async fn claim_idempotency_key(&self, idempotency: &Idempotency) -> Result<Option<Uuid>> {
        let (key, fingerprint) = self.hash_idempotency(idempotency)?;
        let sql = "INSERT INTO idempotency (tenant_id, key, fingerprint, created_at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (tenant_id, key) DO NOTHING";
        let tenant = self.caller().tenant;
        let values = [tenant.into(), key.clone().into(), fingerprint.clone().into(), self.at.into()];
        let backend = self.session.db.backend();
        let inserted = self.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        if inserted.rows_affected() == 1 {
            return Ok(None);
        }
        let sql = "SELECT fingerprint, row_id FROM idempotency WHERE tenant_id = $1 AND key = $2";
        let select = Statement::from_sql_and_values(backend, sql, [tenant.into(), key.into()]);
        let rows = self.rows_raw(select).await?;
        let row = rows.first().ok_or(Error::Busy)?;
        if row.try_get_by_index::<Vec<u8>>(0)? != fingerprint {
            let message = "This key was sent with another input before; a new input takes a new key.";
            return Err(Error::invalid(Code::KeyReused, &["idempotencyKey"], message));
        }
        row.try_get_by_index::<Option<Uuid>>(1)?.map(Some).ok_or_else(|| Error::internal("a key without its row"))
    }

    /// Notes the row that came of a key.
    pub async fn record_result(&self, idempotency: &Idempotency, row: Uuid) -> Result<()> {
        let (key, _) = self.hash_idempotency(idempotency)?;
        let sql = "UPDATE idempotency SET row_id = $1 WHERE tenant_id = $2 AND key = $3";
        let values = [row.into(), self.caller().tenant.into(), key.into()];
        self.execute_raw(Statement::from_sql_and_values(self.session.db.backend(), sql, values)).await?;
        Ok(())
    }

    /// A key is its caller's own: two callers never meet in one.
    fn hash_idempotency(&self, idempotency: &Idempotency) -> Result<(Vec<u8>, Vec<u8>)> {
        let keys = &self.session.tenant.keys;
        let key = format!("{}\n{}", self.caller().subject, idempotency.key);
        Ok((keys.token("idempotency.key", &key)?, keys.token("idempotency.input", &idempotency.request)?))
    }
}

/// Forgets the keys that were sent long ago. Returns how many.
pub async fn delete_expired(db: &Database) -> Result<u64> {
    let (tx, _writer_permit) = db.begin().await?;
    let sql = "DELETE FROM idempotency WHERE created_at < $1";
    let values = [(clock::now() - KEY_LIFETIME).into()];
    let done = tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

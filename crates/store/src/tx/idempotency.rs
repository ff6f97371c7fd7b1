//! Idempotency: a mutation sent with a key is executed once, however often it is sent.
//!
//! The record of a key is the first row of the transaction that executes the mutation. A concurrent repetition waits for
//! that transaction and then finds its result; if the transaction fails, its record is rolled back and the key is free
//! again. Key and input are stored as keyed hashes, because either may contain personal data.

use chrono::TimeDelta;
use error::{Code, Error, Result};
use sea_orm::{Statement, prelude::Uuid};

use super::transaction::Tx;
use crate::{clock, database::Database};

/// How long a key is remembered.
const KEY_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// An idempotency key and the request it was sent with.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// The request as text, equal for equal requests.
    pub request: String,
}

impl Tx {
    /// Records a key before anything else is written. Returns the row of the earlier execution, if there was one.
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

    /// Records the row that the mutation of a key wrote.
    pub async fn record_result(&self, idempotency: &Idempotency, row: Uuid) -> Result<()> {
        let (key, _) = self.hash_idempotency(idempotency)?;
        let sql = "UPDATE idempotency SET row_id = $1 WHERE tenant_id = $2 AND key = $3";
        let values = [row.into(), self.caller().tenant.into(), key.into()];
        self.execute_raw(Statement::from_sql_and_values(self.session.db.backend(), sql, values)).await?;
        Ok(())
    }

    /// The hashes of key and request. The key's hash includes the caller, so that two callers never share a key.
    fn hash_idempotency(&self, idempotency: &Idempotency) -> Result<(Vec<u8>, Vec<u8>)> {
        let keys = &self.tenant.keys;
        let key = format!("{}\n{}", self.caller().subject, idempotency.key);
        // The hash of a request includes the key, so that equal requests do not show in the database.
        let request = format!("{key}\n{}", idempotency.request);
        Ok((keys.token("idempotency.key", &key)?, keys.token("idempotency.input", &request)?))
    }
}

/// Deletes the keys whose lifetime has passed. Returns how many.
pub async fn delete_expired(db: &Database) -> Result<u64> {
    let tx = db.begin(None).await?;
    let sql = "DELETE FROM idempotency WHERE created_at < $1";
    let values = [(clock::now() - KEY_LIFETIME).into()];
    let deleted = tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await?;
    tx.commit().await?;
    Ok(deleted.rows_affected())
}

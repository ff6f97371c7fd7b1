//! Backfills: after a change of a tenant's settings, stored rows are rewritten in the form that the settings ask for, a batch
//! of ids of one table after the other, each in a transaction that moves the backfill on.
//!
//! A killed server loses nothing: a batch and the progress of its backfill are one transaction. Servers share a backfill
//! without waiting for each other. Its second pass finds the rows that another server wrote by settings out of its cache.

use std::{sync::Arc, time::Duration};

use error::{Error, Result};
use futures_util::future::BoxFuture;
use sea_orm::{DbBackend, QueryResult, Statement, Value, prelude::Uuid};

use super::{background, budget::Budget, clock, database::Database, table::Table, tenant::TENANT_CACHE_TTL, tx::Tx};

/// The longest time that a request takes from reading the tenant to the beginning of a write.
const MAX_QUEUE_TIME: Duration = Duration::from_mins(1);

/// How long a backfill waits after a batch that failed.
const RETRY_DELAY: Duration = Duration::from_mins(1);

/// A table of a tenant whose rows are rewritten.
struct Backfill {
    /// The tenant.
    tenant: Uuid,
    /// The table.
    table: &'static Table,
    /// The request: a later one begins anew.
    request: Uuid,
}

/// The next rows that a backfill rewrites.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// Their table.
    pub table: &'static Table,
    /// The last id of the batch before; nothing for the first one.
    pub last: Option<Uuid>,
    /// Whether their telephone numbers are indexed anew.
    pub indexes_phones: bool,
}

impl Tx {
    /// Requests that the rows of a table be rewritten, from the first one on, and if asked for, that their telephone numbers
    /// be indexed anew. An earlier request that is not done yet keeps what it asked for.
    pub async fn request_backfill(&self, table: &'static Table, indexes_phones: bool) -> Result<()> {
        let sql = "INSERT INTO backfill (tenant_id, table_name, request_id, last_id, begins_at, is_second_pass, indexes_phones) \
                   VALUES ($1, $2, $3, NULL, $4, FALSE, $5) \
                   ON CONFLICT (tenant_id, table_name) DO UPDATE SET request_id = excluded.request_id, last_id = NULL, \
                   begins_at = excluded.begins_at, is_second_pass = FALSE, \
                   indexes_phones = backfill.indexes_phones OR excluded.indexes_phones";
        let tenant = self.caller().tenant;
        let values = [tenant.into(), table.name.into(), Uuid::now_v7().into(), self.at.into(), indexes_phones.into()];
        self.execute_backfill(sql, values).await.map(|_| ())
    }

    async fn execute_backfill(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        let statement = Statement::from_sql_and_values(self.session.db.backend(), sql, values);
        Ok(self.execute_raw(statement).await?.rows_affected())
    }
}

/// Runs one batch of a backfill that is due. `rewrite` returns the last id of the batch; nothing, if no row is left. Returns
/// whether there was a batch to run.
pub async fn run_batch(
    db: &Arc<Database>,
    rewrite: impl for<'a> FnOnce(&'a Tx, Batch) -> BoxFuture<'a, Result<Option<Uuid>>>,
) -> Result<bool> {
    let Some(backfill) = Backfill::due(db).await? else { return Ok(false) };
    let ran = run(db, &backfill, rewrite).await;
    if ran.is_err() {
        // The backfills of other tenants do not wait for one that fails.
        backfill.postpone(db).await?;
    }
    ran
}

async fn run(
    db: &Arc<Database>,
    backfill: &Backfill,
    rewrite: impl for<'a> FnOnce(&'a Tx, Batch) -> BoxFuture<'a, Result<Option<Uuid>>>,
) -> Result<bool> {
    // Read after the request, so that it is the tenant of the request or of a later one, which begins anew.
    let session = background::session(db, backfill.tenant, "backfill", backfill.request.to_string()).await?;
    let session = session.ok_or_else(|| Error::internal("a backfill without its tenant"))?;
    let tx = Tx::begin(&session, None).await?;
    let Some((batch, is_second_pass)) = backfill.lock(&tx).await? else { return Ok(false) };
    let last = rewrite(&tx, batch).await?;
    backfill.advance(&tx, last, is_second_pass).await?;
    tx.commit().await?;
    Ok(true)
}

impl Backfill {
    /// A backfill that is due.
    async fn due(db: &Database) -> Result<Option<Self>> {
        let sql =
            "SELECT tenant_id, table_name, request_id FROM backfill WHERE begins_at <= $1 ORDER BY request_id LIMIT 1";
        let statement = Statement::from_sql_and_values(db.backend(), sql, [clock::now().into()]);
        let rows = db.rows(None, statement, &Budget::unlimited()).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let name: String = row.try_get_by_index(1)?;
        let table = Table::by_name(&name).ok_or_else(|| Error::internal(format!("a backfill of {name}")))?;
        Ok(Some(Self { tenant: row.try_get_by_index(0)?, table, request: row.try_get_by_index(2)? }))
    }

    /// Lets the backfill wait, after a batch that failed.
    async fn postpone(&self, db: &Database) -> Result<()> {
        let [tenant, table, request] = self.values();
        let sql = "UPDATE backfill SET begins_at = $4 WHERE tenant_id = $1 AND table_name = $2 AND request_id = $3";
        let values = [tenant, table, request, (clock::now() + RETRY_DELAY).into()];
        let tx = db.begin(None).await?;
        tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await?;
        tx.commit().await
    }

    /// Locks the backfill until the transaction ends; nothing if it is done, requested anew, or locked by another server.
    /// Returns the next batch, and whether this is the second pass.
    async fn lock(&self, tx: &Tx) -> Result<Option<(Batch, bool)>> {
        let mut sql =
            "SELECT last_id, is_second_pass, indexes_phones FROM backfill WHERE tenant_id = $1 AND table_name = $2 AND request_id = $3"
                .to_owned();
        if tx.session.db.backend() == DbBackend::Postgres {
            sql.push_str(" FOR UPDATE SKIP LOCKED");
        }
        let statement = Statement::from_sql_and_values(tx.session.db.backend(), sql, self.values());
        let rows = tx.rows_raw(statement).await?;
        let progress = |row: &QueryResult| {
            let (last, indexes_phones) = (row.try_get_by_index(0)?, row.try_get_by_index(2)?);
            Ok((Batch { table: self.table, last, indexes_phones }, row.try_get_by_index(1)?))
        };
        rows.first().map(progress).transpose()
    }

    /// Moves the backfill on to the next batch, to its second pass, or to its end.
    async fn advance(&self, tx: &Tx, last: Option<Uuid>, is_second_pass: bool) -> Result<()> {
        let [tenant, table, request] = self.values();
        let place = "WHERE tenant_id = $1 AND table_name = $2 AND request_id = $3";
        match last {
            Some(last) => {
                let sql = format!("UPDATE backfill SET last_id = $4 {place}");
                tx.execute_backfill(&sql, [tenant, table, request, last.into()]).await?;
            }
            None if is_second_pass => {
                tx.execute_backfill(&format!("DELETE FROM backfill {place}"), [tenant, table, request]).await?;
            }
            None => {
                let sql = format!("UPDATE backfill SET last_id = NULL, begins_at = $4, is_second_pass = TRUE {place}");
                let begins_at = tx.at + TENANT_CACHE_TTL + MAX_QUEUE_TIME + tx.session.db.write_timeout;
                tx.execute_backfill(&sql, [tenant, table, request, begins_at.into()]).await?;
            }
        }
        Ok(())
    }

    fn values(&self) -> [Value; 3] {
        [self.tenant.into(), self.table.name.into(), self.request.into()]
    }
}

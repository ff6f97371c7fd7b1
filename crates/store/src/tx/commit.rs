//! Commit: writes the change log, the blind index and the touched rows, then ends the transaction.

use std::sync::Arc;

use error::{Error, Result};
use sea_orm::{Condition, ExprTrait, prelude::Expr, sea_query::Query};

use super::transaction::Tx;
use crate::{change_log, tenant::Tenant};

/// How many changes one statement inserts.
const MAX_CHANGES_PER_STATEMENT: usize = 500;
/// How many fields' tokens one statement deletes: SQLite refuses an expression more than 1,000 levels deep.
const MAX_STALE_FIELDS_PER_STATEMENT: usize = 400;
/// How many tokens one statement inserts, how many rows one statement touches, and of how many it reads the lists.
pub(super) const MAX_ROWS_PER_STATEMENT: usize = 5_000;

impl Tx {
    /// Writes what is pending and ends the transaction.
    pub(crate) async fn commit(self) -> Result<()> {
        self.add_untouched_lists().await?;
        let pending = std::mem::take(&mut *self.pending());
        for table in pending.touched.keys() {
            for raises in [false, true] {
                let rows = pending.touched_only(table).filter(|(_, row_raises)| *row_raises == raises);
                let rows: Vec<_> = rows.map(|(id, _)| id).collect();
                for chunk in rows.chunks(MAX_ROWS_PER_STATEMENT) {
                    let mut update = Query::update();
                    update.table(*table).value("updated_at", self.at);
                    if raises {
                        update.value("version", Expr::col("version").add(1));
                    }
                    update.and_where(Expr::col("tenant_id").eq(self.caller().tenant));
                    update.and_where(Expr::col("id").is_in(chunk.iter().copied()));
                    self.execute(update).await?;
                }
            }
        }
        let tenant = self.caller().tenant;
        let mut entries = Vec::with_capacity(pending.entries.len());
        for ((row, table), entry) in pending.entries {
            let key = match pending.keys.get(&entry.key_owner) {
                Some((_, key)) => key.clone(),
                None => self.data_key(entry.key_owner).await?,
            };
            entries.push((row, table, entry, key));
        }
        for chunk in entries.chunks(MAX_CHANGES_PER_STATEMENT) {
            self.execute(change_log::insert_entries(chunk, &self.session.caller, self.at)?).await?;
        }
        for chunk in pending.stale_tokens.chunks(MAX_STALE_FIELDS_PER_STATEMENT) {
            let mut any = Condition::any();
            for (row, field) in chunk {
                any = any.add(Expr::col("row_id").eq(*row).and(Expr::col("field").eq(&**field)));
            }
            let mut delete = Query::delete();
            delete.from_table("search_token").and_where(Expr::col("tenant_id").eq(tenant));
            delete.cond_where(any);
            self.execute(delete).await?;
        }
        for chunk in pending.tokens.chunks(MAX_ROWS_PER_STATEMENT) {
            let mut insert = Query::insert();
            insert.into_table("search_token").columns(["tenant_id", "token", "row_id", "field"]);
            for (token, row, field) in chunk {
                insert.values_panic([tenant.into(), token.clone().into(), (*row).into(), field.as_ref().into()]);
            }
            self.execute(insert).await?;
        }
        let Self { session, tenant, db, begun, .. } = self;
        // Its rows have the time of its beginning: a reader who polls by it goes back that far and no farther.
        if begun.elapsed() > session.db.write_timeout {
            return Err(Error::WriteTimeout);
        }
        db.commit().await?;
        session.db.notify_commit();
        if let Some(row) = pending.tenant {
            let keys = session.db.vault.tenant_keys(row.id, &row.key_wrapped)?;
            let tenant = Arc::new(Tenant { row, keys });
            session.db.tenants.insert(tenant.clone());
            session.set_tenant(tenant);
            session.db.notify_backfill();
        }
        for (row, _) in pending.keys.into_values() {
            session.db.vault.open_key(&tenant.keys, &row)?;
        }
        Ok(())
    }
}

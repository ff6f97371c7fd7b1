//! Commit: writes the change log, the blind index and the touched rows, then ends the transaction.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use error::{Error, Result};
use sea_orm::{
    Condition, ExprTrait, Value,
    prelude::{Expr, Uuid},
    sea_query::{ArrayType, Func, Query},
};

use super::{pending::IndexedField, transaction::Tx, write_batch::WriteBatch};
use crate::{change_log, tenant::Tenant};

/// How many changes one statement inserts.
const MAX_CHANGES_PER_STATEMENT: usize = 500;
/// How many fields' tokens one statement deletes: SQLite refuses an expression more than 1,000 levels deep.
const MAX_STALE_FIELDS_PER_STATEMENT: usize = 400;
/// How many rows one statement touches, and of how many it reads the lists.
pub(super) const MAX_ROWS_PER_STATEMENT: usize = 5_000;

impl Tx {
    /// Writes what is pending and ends the transaction.
    pub(crate) async fn commit(self) -> Result<()> {
        self.add_untouched_lists().await?;
        let mut pending = std::mem::take(&mut *self.pending());
        let mut entries = Vec::with_capacity(pending.entries.len());
        for ((row, table), entry) in std::mem::take(&mut pending.entries) {
            if let Some(touched) = pending.touched.get_mut(table) {
                touched.remove(&row);
            }
            let key = match pending.keys.get(&entry.key_owner) {
                Some((_, key)) => key.clone(),
                None => self.data_key(entry.key_owner).await?,
            };
            entries.push((row, table, entry, key));
        }
        let mut batch = WriteBatch::default();
        pending.inserts.drain_into(&mut batch, self.max_inserted_rows());
        self.pending().inserts.drain_into(&mut batch, self.max_inserted_rows());
        self.store_numbers(&mut batch, &pending);
        for (table, rows) in &pending.touched {
            self.touch_rows(&mut batch, table, rows);
        }
        for chunk in entries.chunks(MAX_CHANGES_PER_STATEMENT.min(self.max_inserted_rows())) {
            let insert = change_log::insert_entries(chunk, &self.session.caller, self.at)?;
            batch.insert(None, insert, chunk.len() * change_log::COLUMNS.len());
        }
        self.delete_stale_tokens(&pending.stale_tokens).await?;
        self.insert_tokens(&mut batch, pending.tokens)?;
        self.execute_batch(batch).await?;
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

    /// Adds the updates of touched rows, some of which have a new version, too.
    fn touch_rows(&self, batch: &mut WriteBatch, table: &'static str, rows: &BTreeMap<Uuid, bool>) {
        for raises in [false, true] {
            let ids: Vec<_> = rows.iter().filter(|(_, row)| **row == raises).map(|(id, _)| *id).collect();
            for chunk in ids.chunks(MAX_ROWS_PER_STATEMENT) {
                let mut update = Query::update();
                update.table(table).value("updated_at", self.at);
                if raises {
                    update.value("version", Expr::col("version").add(1));
                }
                update.and_where(Expr::col("tenant_id").eq(self.caller().tenant));
                update.and_where(Expr::col("id").is_in(chunk.iter().copied()));
                batch.update(update, chunk.len());
            }
        }
    }

    /// Deletes the tokens of earlier texts. In statements of their own: a new text may have some of them, too.
    async fn delete_stale_tokens(&self, stale: &[IndexedField]) -> Result<()> {
        for chunk in stale.chunks(MAX_STALE_FIELDS_PER_STATEMENT) {
            let mut any = Condition::any();
            for (row, field) in chunk {
                any = any.add(Expr::col("row_id").eq(*row).and(Expr::col("field").eq(&**field)));
            }
            let mut delete = Query::delete();
            delete.from_table("search_token").and_where(Expr::col("tenant_id").eq(self.caller().tenant));
            delete.cond_where(any);
            self.execute(delete).await?;
        }
        Ok(())
    }

    /// Adds the insertion of tokens, in the order of the index: neighbours are on one page.
    fn insert_tokens(&self, batch: &mut WriteBatch, tokens: HashMap<IndexedField, Vec<Vec<u8>>>) -> Result<()> {
        let of_field = |((row, field), hashes): (IndexedField, Vec<_>)| {
            hashes.into_iter().map(move |hash: Vec<u8>| (hash, row, field.clone()))
        };
        let mut tokens: Vec<_> = tokens.into_iter().flat_map(of_field).collect();
        tokens.sort_unstable();
        let (tenant, columns) = (self.caller().tenant, ["tenant_id", "token", "row_id", "field"]);
        if !self.is_postgres() {
            for chunk in tokens.chunks(self.max_inserted_rows()) {
                let mut insert = Query::insert();
                insert.into_table("search_token").columns(columns);
                for (token, row, field) in chunk {
                    insert.values_panic([tenant.into(), token.clone().into(), (*row).into(), field.as_ref().into()]);
                }
                batch.insert(None, insert, chunk.len() * columns.len());
            }
        } else if !tokens.is_empty() {
            // Arrays give every number of tokens the same text, which stays prepared.
            let mut arrays = [Vec::new(), Vec::new(), Vec::new()];
            for (token, row, field) in tokens {
                let values: [Value; 3] = [token.into(), row.into(), field.into_owned().into()];
                arrays.iter_mut().zip(values).for_each(|(array, value)| array.push(value));
            }
            let mut select = Query::select();
            select.expr(Expr::val(tenant));
            let types = [(ArrayType::Bytes, "bytea[]"), (ArrayType::Uuid, "uuid[]"), (ArrayType::String, "text[]")];
            for (values, (value_type, name)) in arrays.into_iter().zip(types) {
                let array = Expr::val(Value::Array(value_type, Some(Box::new(values))));
                select.expr(Func::cust("UNNEST").arg(array.cast_as(name)));
            }
            let mut insert = Query::insert();
            insert.into_table("search_token").columns(columns);
            insert.select_from(select).map_err(Error::internal)?;
            batch.insert(None, insert, columns.len());
        }
        Ok(())
    }
}

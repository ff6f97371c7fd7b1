//! Commit: what a transaction changed is put on the record, and only then it ends.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
};

use entity::{change::Action as ChangeAction, data_key};
use error::Result;
use sea_orm::{
    ExprTrait, FromQueryResult, Iterable, ModelTrait,
    prelude::{Expr, Uuid},
    sea_query::Query,
};
use serde_json::Map;

use super::{Tx, image::Image, uuid};
use crate::{
    change_log::{self, ChangeEntry},
    table::{Table, TenantTable, TouchedRow},
    vault::DataKey,
};

/// What is written at commit, and what later writes of the same transaction need to know.
#[derive(Default)]
pub(super) struct PendingWrites {
    pub(super) entries: BTreeMap<(Uuid, &'static str), ChangeEntry>,
    /// Rows whose `updated_at` is set, by table.
    pub(super) touched: BTreeMap<&'static str, HashSet<Uuid>>,
    pub(super) stale_tokens: Vec<(Uuid, Cow<'static, str>)>,
    pub(super) tokens: Vec<(Vec<u8>, Uuid, Cow<'static, str>)>,
    pub(super) keys: HashMap<Option<Uuid>, (data_key::Model, DataKey)>,
}

impl Tx {
    /// Writes the records and ends the transaction.
    pub(crate) async fn commit(self) -> Result<()> {
        let pending = std::mem::take(&mut *self.pending());
        let entries: Vec<_> = pending.entries.into_iter().collect();
        if !entries.is_empty() {
            let mut keyed = Vec::with_capacity(entries.len());
            for ((row, table), entry) in entries {
                let key = match pending.keys.get(&entry.key_owner) {
                    Some((_, key)) => key.clone(),
                    None => self.data_key(entry.key_owner).await?,
                };
                keyed.push((row, table, entry, key));
            }
            for some in keyed.chunks(500) {
                let insert = change_log::insert_entries(some, &self.session.caller, self.at)?;
                self.execute(insert).await?;
            }
        }
        // SQLite refuses an expression more than 1,000 levels deep.
        for some in pending.stale_tokens.chunks(400) {
            let mut any = sea_orm::Condition::any();
            for (row, field) in some {
                any = any.add(Expr::col("row_id").eq(*row).and(Expr::col("field").eq(&**field)));
            }
            let mut delete = Query::delete();
            delete.from_table("search_token").and_where(Expr::col("tenant_id").eq(self.caller().tenant));
            delete.cond_where(any);
            self.execute(delete).await?;
        }
        for some in pending.tokens.chunks(5_000) {
            let mut insert = Query::insert();
            insert.into_table("search_token").columns(["tenant_id", "token", "row_id", "field"]);
            for (token, row, field) in some {
                insert.values_panic([
                    self.caller().tenant.into(),
                    token.clone().into(),
                    (*row).into(),
                    field.as_ref().into(),
                ]);
            }
            self.execute(insert).await?;
        }
        for (table, touched) in pending.touched {
            let touched: Vec<_> = touched.into_iter().collect();
            for some in touched.chunks(5_000) {
                let mut update = Query::update();
                update.table(table).value("updated_at", self.at);
                update.and_where(Expr::col("tenant_id").eq(self.caller().tenant));
                update.and_where(Expr::col("id").is_in(some.iter().copied()));
                self.execute(update).await?;
            }
        }
        let Self { session, db, .. } = self;
        db.commit().await?;
        session.db.notify_commit();
        for (row, _) in pending.keys.into_values() {
            session.db.vault.open_key(&session.tenant.keys, &row)?;
        }
        Ok(())
    }

    /// Remembers what action to a row.
    pub(super) fn record(
        &self,
        table: &'static Table,
        row: Uuid,
        key_owner: Option<Uuid>,
        action: ChangeAction,
        before: Option<Image>,
        after: Image,
    ) {
        let mut pending = self.pending();
        let entry = pending.entries.entry((row, table.name)).or_insert_with(|| ChangeEntry {
            key_owner,
            action,
            before: before.map(|image| (image.open, image.personal)),
            after: (Map::new(), Map::new()),
        });
        // A row made or hidden in this transaction stays so, whatever else was written to it.
        if entry.action == ChangeAction::Update {
            entry.action = action;
        }
        // ChildRowsImage replaced earlier in this transaction stay part of the owner's image.
        for (earlier, later) in [(&mut entry.after.0, after.open), (&mut entry.after.1, after.personal)] {
            earlier.extend(later);
        }
    }

    /// Remembers the row whose `updated_at` a write of another row sets.
    pub(super) fn touch<E: TenantTable>(&self, row: &E::Model) -> Result<()> {
        if let Some(TouchedRow { table, column }) = E::TABLE.touches
            && let Some(id) = uuid::<E>(row, column)?
        {
            self.pending().touched.entry(table).or_default().insert(id);
        }
        Ok(())
    }

    /// The data key of an owner, made when it is first needed.
    pub(super) async fn data_key(&self, key_owner: Option<Uuid>) -> Result<DataKey> {
        if let Some(key) = self.session.db.vault.cached_key_of(self.caller().tenant, key_owner) {
            return Ok(key);
        }
        if let Some((_, key)) = self.pending().keys.get(&key_owner) {
            return Ok(key.clone());
        }
        // Boxed, because most keys are in the cache.
        Box::pin(self.load_data_key(key_owner)).await
    }

    async fn load_data_key(&self, key_owner: Option<Uuid>) -> Result<DataKey> {
        let tenant = self.caller().tenant;
        let keys = &self.session.tenant.keys;
        let mut select = Query::select();
        select.columns(data_key::Column::iter()).from("data_key").and_where(Expr::col("tenant_id").eq(tenant));
        select.and_where(match key_owner {
            Some(customer) => Expr::col("customer_id").eq(customer),
            None => Expr::col("customer_id").is_null(),
        });
        if let Some(row) = self.rows(select).await?.first() {
            return self.session.db.vault.open_key(keys, &data_key::Model::from_query_result(row, "")?);
        }
        let id = Uuid::now_v7();
        let row = data_key::Model {
            tenant_id: tenant,
            id,
            customer_id: key_owner,
            wrapped: keys.new_data_key(id)?,
            created_at: self.at,
        };
        let mut insert = Query::insert();
        insert.into_table("data_key").columns(data_key::Column::iter());
        insert.values_panic(data_key::Column::iter().map(|column| Expr::val(row.get(column))));
        self.execute(insert).await?;
        let key = keys.open_data_key(&row)?;
        self.pending().keys.insert(key_owner, (row, key.clone()));
        Ok(key)
    }
}

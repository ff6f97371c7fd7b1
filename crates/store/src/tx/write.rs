//! How a transaction inserts, updates, deletes and restores a row.

use chrono::{DateTime, Utc};
use entity::{change::Action as ChangeAction, tenant};
use error::{Error, Result};
use sea_orm::{
    ExprTrait, Iterable, ModelTrait, Value,
    prelude::{Expr, Uuid},
    sea_query::{Alias, Query, UpdateStatement},
};

use super::{
    child_rows::ChildRowsImage,
    image::{Image, keep_sealed, seal},
    row::{fold_texts, key_owner, set},
    transaction::Tx,
};
use crate::{
    constraint::constraint_error,
    page::find_column,
    table::{KeyOwner, Row, TenantTable},
};

impl Tx {
    /// The version that a row has when this transaction has changed it.
    pub fn next_version<E: TenantTable>(&self, row: &E::Model) -> Result<i32> {
        match find_column::<E>("version").map(|column| row.get(column)) {
            Some(Value::Int(Some(version))) if self.pending().has_changed(E::TABLE, row.id()) => Ok(version),
            Some(Value::Int(Some(version))) => Ok(version + 1),
            _ => Err(Error::internal(format!("{} has no version", E::TABLE.name))),
        }
    }

    /// Inserts a row of this tenant, at the latest at commit.
    pub async fn insert<E: TenantTable>(&self, mut row: E::Model) -> Result<E::Model> {
        self.end_rehearsal().await;
        let (table, tenant) = (E::TABLE, self.caller().tenant);
        set::<E>(&mut row, "tenant_id", tenant)?;
        if row.id().is_nil() {
            set::<E>(&mut row, "id", Uuid::now_v7())?;
        }
        self.require_write::<E>(&row)?;
        self.require_guarded::<E>(ChangeAction::Create, None, &row, &[])?;
        if table.audited {
            set::<E>(&mut row, "version", 1)?;
            set::<E>(&mut row, "created_at", self.at)?;
            set::<E>(&mut row, "updated_at", self.at)?;
        }
        let key_owner = key_owner::<E>(&row)?;
        let key = match table.key_owner {
            // It is new as the row is.
            KeyOwner::Row => self.new_data_key(key_owner)?,
            _ => self.data_key(key_owner).await?,
        };
        let image = Image::of_row::<E>(&row, &key, tenant)?;
        fold_texts::<E>(&mut row)?;
        seal::<E>(&mut row, &key, tenant)?;
        self.buffer_insert::<E>(&row);
        self.pending().lookups.forget::<E>(&row);
        if table.audited {
            let mut pending = self.pending();
            pending.index_row::<E>(&self.tenant, row.id(), None, &image)?;
            pending.touch::<E>(&row)?;
            pending.record(table, row.id(), key_owner, ChangeAction::Create, None, image);
        }
        Ok(row)
    }

    /// Writes the columns that differ from the row as it was read and locked; nothing if no column differs.
    pub async fn update<E: TenantTable>(&self, before: &E::Model, after: E::Model) -> Result<E::Model> {
        self.update_with_children::<E>(before, after, Vec::new()).await
    }

    /// Updates a row some of whose child rows were replaced: a change of a child row is a change of its owner.
    pub async fn update_with_children<E: TenantTable>(
        &self,
        before: &E::Model,
        after: E::Model,
        children: Vec<ChildRowsImage>,
    ) -> Result<E::Model> {
        self.write_change::<E>(before, after, children, ChangeAction::Update).await
    }

    /// Updates the caller's tenant. From the commit on, this server works with its new settings.
    pub async fn update_tenant(&self, before: &tenant::Model, after: tenant::Model) -> Result<tenant::Model> {
        let row = self.update::<tenant::Entity>(before, after).await?;
        self.pending().tenant = Some(row.clone());
        Ok(row)
    }

    /// Soft-deletes a row. All rows deleted under one stamp are restored together.
    pub async fn delete<E: TenantTable>(&self, before: &E::Model, stamp: Uuid) -> Result<E::Model> {
        let mut after = before.clone();
        set::<E>(&mut after, "deleted_at", Some(self.at))?;
        set::<E>(&mut after, "deleted_with", Some(stamp))?;
        self.write_change::<E>(before, after, Vec::new(), ChangeAction::Delete).await
    }

    /// Restores a soft-deleted row.
    pub async fn restore<E: TenantTable>(&self, before: &E::Model) -> Result<E::Model> {
        let mut after = before.clone();
        set::<E>(&mut after, "deleted_at", None::<DateTime<Utc>>)?;
        set::<E>(&mut after, "deleted_with", None::<Uuid>)?;
        self.write_change::<E>(before, after, Vec::new(), ChangeAction::Restore).await
    }

    /// Replaces the tokens of a field that the registry cannot list, because a tenant defined it; without a text, removes
    /// them. `stored` says that the index may have tokens of an earlier text.
    pub fn index_text(
        &self,
        row: Uuid,
        field: String,
        normalization: crate::table::Normalization,
        stored: bool,
        text: Option<&str>,
    ) -> Result<()> {
        self.pending().index_text(&self.tenant, row, field.into(), normalization, stored, text)
    }

    /// Gives a written row the time and the version that it has after the commit: those rise with its parts, which may have
    /// been written after it.
    pub fn apply_touch<E: TenantTable>(&self, row: &mut E::Model) -> Result<()> {
        let Some(raises) = self.pending().touch_of(E::TABLE.name, row.id()) else { return Ok(()) };
        set::<E>(row, "updated_at", self.at)?;
        if raises && let Some(Value::Int(Some(version))) = find_column::<E>("version").map(|column| row.get(column)) {
            set::<E>(row, "version", version + 1)?;
        }
        Ok(())
    }

    async fn write_change<E: TenantTable>(
        &self,
        before: &E::Model,
        mut after: E::Model,
        children: Vec<ChildRowsImage>,
        action: ChangeAction,
    ) -> Result<E::Model> {
        self.end_rehearsal().await;
        let (table, id, tenant) = (E::TABLE, before.id(), self.caller().tenant);
        // Before the rows are compared: whether a row differs is not told to a caller who may not write it.
        self.require_write::<E>(before)?;
        self.require_guarded::<E>(action, Some(before), &after, &children)?;
        let owner = key_owner::<E>(&after)?;
        if key_owner::<E>(before)? != owner {
            return Err(Error::internal(format!("the key owner of a {} is immutable", table.name)));
        }
        let key = self.data_key(owner).await?;
        let mut before_image = Image::of_row::<E>(before, &key, tenant)?;
        let mut after_image = Image::of_row::<E>(&after, &key, tenant)?;
        for ChildRowsImage { name, before, after } in children {
            self.pending().record_stored_list(table, id, name, &before);
            before_image.add_list(name, before);
            after_image.add_list(name, after);
        }
        if before_image == after_image {
            return Ok(before.clone());
        }
        // One transaction is one change of a row, and one step of its version.
        let version = find_column::<E>("version").map(|column| before.get(column));
        if let Some(Value::Int(Some(version))) = version
            && !self.pending().has_changed(table, id)
        {
            set::<E>(&mut after, "version", version + 1)?;
        }
        set::<E>(&mut after, "updated_at", self.at)?;
        fold_texts::<E>(&mut after)?;
        keep_sealed::<E>(before, &mut after, &key, tenant)?;
        seal::<E>(&mut after, &key, tenant)?;
        // No column differs if the row was inserted by this transaction and only its child rows were replaced since.
        if let Some(update) = update_statement::<E>(before, &after, tenant) {
            self.insert_buffered().await?;
            self.execute(update).await.map_err(|error| constraint_error(table, error))?;
        }
        let mut pending = self.pending();
        pending.lookups.forget::<E>(before);
        pending.lookups.forget::<E>(&after);
        pending.index_row::<E>(&self.tenant, id, Some(&before_image), &after_image)?;
        pending.touch::<E>(&after)?;
        pending.record(table, id, owner, action, Some(before_image), after_image);
        Ok(after)
    }
}

/// The statement that writes the columns that differ; nothing if no column differs.
pub(super) fn update_statement<E: TenantTable>(
    before: &E::Model,
    after: &E::Model,
    tenant: Uuid,
) -> Option<UpdateStatement> {
    let mut update = Query::update();
    update.table(Alias::new(E::TABLE.name));
    let mut differs = false;
    for column in E::Column::iter() {
        let value = after.get(column);
        if value != before.get(column) {
            update.value(column, value);
            differs = true;
        }
    }
    update.and_where(Expr::col("tenant_id").eq(tenant)).and_where(Expr::col("id").eq(before.id()));
    differs.then_some(update)
}

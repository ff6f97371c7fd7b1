//! The only way to write: rows, and with each of them all that derives from it.
//!
//! A verb hands a `Tx` whole rows, with personal text still plain. The `Tx` folds, seals, compares with what stood
//! there, writes what differs, and remembers what the change log, the blind index and the customer's `updatedAt` need;
//! those are written idempotency, at commit. Dropped without commit, nothing of it action.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use access::Caller;
use chrono::{DateTime, Utc};
use entity::{Sealed, change::Action as ChangeAction};
use error::{Error, Result};
use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, ExprTrait, Iterable, ModelTrait, QueryResult,
    Statement, StatementBuilder, Value,
    prelude::{Expr, Uuid},
    sea_query::{Alias, InsertStatement, LockType, Query, SelectStatement, UpdateStatement},
};
use tokio::sync::OwnedSemaphorePermit;

mod child_rows;
mod commit;
mod idempotency;
mod image;

pub use self::{
    child_rows::ChildRowsImage,
    idempotency::{Idempotency, delete_expired},
};
use self::{commit::PendingWrites, image::fold_into};
use super::{
    change_log::ChangeEntry,
    clock,
    constraint::constraint_error,
    page::RowQuery,
    session::Session,
    table::{KeyOwner, OnChange, Row, TenantTable},
    vault::SealContext,
};

/// One write in progress.
pub struct Tx {
    session: Arc<Session>,
    db: DatabaseTransaction,
    at: DateTime<Utc>,
    pending: Mutex<PendingWrites>,
    _writer_permit: Option<OwnedSemaphorePermit>,
}

impl Tx {
    pub(super) async fn begin(session: &Arc<Session>) -> Result<Self> {
        let (db, writer_permit) = session.db.begin().await?;
        Ok(Self {
            session: session.clone(),
            db,
            at: clock::now(),
            pending: Mutex::default(),
            _writer_permit: writer_permit,
        })
    }

    /// Who writes.
    pub fn caller(&self) -> &Caller {
        &self.session.caller
    }

    /// The settings of the tenant that is written to.
    pub fn tenant(&self) -> &entity::tenant::Model {
        &self.session.tenant.row
    }

    /// When all of this happens.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Begins a list of the rows that exist for the caller, as they stand in this transaction.
    pub fn find<E: TenantTable>(&self) -> Result<RowQuery<E>> {
        self.caller().require(E::TABLE.read)?;
        Ok(RowQuery::new())
    }

    /// The rows of a list.
    pub async fn all<E: TenantTable>(&self, find: &RowQuery<E>) -> Result<Vec<E::Model>> {
        read_rows(find, &self.rows(find.statement(self.caller())?).await?)
    }

    /// The first row of a list.
    pub async fn one<E: TenantTable>(&self, find: &RowQuery<E>) -> Result<Option<E::Model>> {
        Ok(self.all(find).await?.into_iter().next())
    }

    /// How many rows a list has.
    pub async fn count<E: TenantTable>(&self, find: &RowQuery<E>) -> Result<u64> {
        let rows = self.rows(find.count_statement(self.caller())?).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The rows of a list, held until the end: nobody else changes them. They are locked in the order of their ids, so
    /// that two writers never wait for each other.
    pub async fn lock<E: TenantTable>(&self, find: &RowQuery<E>) -> Result<Vec<E::Model>> {
        read_rows(find, &self.rows(self.locking_statement(find, LockType::Update)?).await?)
    }

    /// The rows of a list, kept from being locked or deleted by others until the end: for rows that are referred to.
    pub async fn lock_key_share<E: TenantTable>(&self, find: &RowQuery<E>) -> Result<Vec<E::Model>> {
        read_rows(find, &self.rows(self.locking_statement(find, LockType::KeyShare)?).await?)
    }

    /// Begins a list that a rule needs, also where the caller may not see its rows. What it finds is never answered.
    pub fn find_unrestricted<E: TenantTable>(&self) -> RowQuery<E> {
        RowQuery { unrestricted: true, ..RowQuery::new() }
    }

    /// Writes a new row of this tenant.
    pub async fn insert<E: TenantTable>(&self, mut row: E::Model) -> Result<E::Model> {
        let table = E::TABLE;
        set::<E>(&mut row, "tenant_id", self.caller().tenant)?;
        if row.id().is_nil() {
            set::<E>(&mut row, "id", Uuid::now_v7())?;
        }
        if table.audited {
            set::<E>(&mut row, "version", 1)?;
            set::<E>(&mut row, "created_at", self.at)?;
            set::<E>(&mut row, "updated_at", self.at)?;
        }
        let key_owner = key_owner::<E>(&row)?;
        let key = self.data_key(key_owner).await?;
        let image = self.image::<E>(&row, &key)?;
        fold_into::<E>(&mut row)?;
        self.seal::<E>(&mut row, &key)?;
        let inserted = self.execute(insert_statement::<E>([&row])).await;
        inserted.map_err(|error| constraint_error(table, error))?;
        if table.audited {
            self.index::<E>(row.id(), None, &image)?;
            self.touch::<E>(&row)?;
            self.record(table, row.id(), key_owner, ChangeAction::Create, None, image);
        }
        Ok(row)
    }

    /// Writes what differs from the row as it was read and locked; nothing, if nothing does.
    pub async fn update<E: TenantTable>(&self, before: &E::Model, after: E::Model) -> Result<E::Model> {
        self.update_with_children::<E>(before, after, Vec::new()).await
    }

    /// The same for a row whose parts were replaced: a change of a part is a change of its owner.
    pub async fn update_with_children<E: TenantTable>(
        &self,
        before: &E::Model,
        after: E::Model,
        parts: Vec<ChildRowsImage>,
    ) -> Result<E::Model> {
        self.write_change::<E>(before, after, parts, ChangeAction::Update).await
    }

    /// Hides a row. All rows hidden under one stamp come back together.
    pub async fn delete<E: TenantTable>(&self, before: &E::Model, stamp: Uuid) -> Result<E::Model> {
        let mut after = before.clone();
        set::<E>(&mut after, "deleted_at", Some(self.at))?;
        set::<E>(&mut after, "deleted_with", Some(stamp))?;
        self.write_change::<E>(before, after, Vec::new(), ChangeAction::Delete).await
    }

    /// Shows a hidden row again.
    pub async fn restore<E: TenantTable>(&self, before: &E::Model) -> Result<E::Model> {
        let mut after = before.clone();
        set::<E>(&mut after, "deleted_at", None::<DateTime<Utc>>)?;
        set::<E>(&mut after, "deleted_with", None::<Uuid>)?;
        self.write_change::<E>(before, after, Vec::new(), ChangeAction::Restore).await
    }

    /// The next number of a counter of the tenant.
    pub async fn next_number(&self, name: &str) -> Result<i64> {
        // One statement on both databases: the first number makes the counter, every other one raises it.
        let sql = "INSERT INTO counter (tenant_id, name, value) VALUES ($1, $2, 1) \
                   ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + 1 RETURNING value";
        let values = [self.caller().tenant.into(), name.into()];
        let rows = self.rows_raw(Statement::from_sql_and_values(self.session.db.backend(), sql, values)).await?;
        Ok(rows.first().ok_or_else(|| Error::internal("no counter"))?.try_get_by_index(0)?)
    }

    /// The text of a sealed column of a row, for a rule that must know it.
    pub async fn open<E: TenantTable>(&self, row: &E::Model, column: &'static str, sealed: &Sealed) -> Result<String> {
        if let Some(plain) = sealed.as_plain() {
            return Ok(plain.to_owned());
        }
        let key = self.data_key(key_owner::<E>(row)?).await?;
        key.open(sealed, self.seal_context(E::TABLE.name, column, row.id()))
    }

    async fn write_change<E: TenantTable>(
        &self,
        before: &E::Model,
        mut after: E::Model,
        parts: Vec<ChildRowsImage>,
        action: ChangeAction,
    ) -> Result<E::Model> {
        let table = E::TABLE;
        let key_owner = key_owner::<E>(&after)?;
        if self::key_owner::<E>(before)? != key_owner {
            return Err(Error::internal(format!("a {} does not change hands", table.name)));
        }
        let key = self.data_key(key_owner).await?;
        let (mut old, mut new) = (self.image::<E>(before, &key)?, self.image::<E>(&after, &key)?);
        let id = before.id();
        for part in parts {
            // ChildRowsImage that a second write of this transaction replaces stood there before the first, too.
            if let Some(ChangeEntry { before: Some(first), .. }) = self.pending().entries.get_mut(&(id, table.name))
                && !first.0.contains_key(part.name)
            {
                image::add(&mut first.0, &mut first.1, part.name, part.before.clone());
            }
            old.add(part.name, part.before);
            new.add(part.name, part.after);
        }
        if old.open == new.open && old.personal == new.personal {
            return Ok(before.clone());
        }
        // One transaction is one change of a row, and one step of its version.
        let first = !self.pending().entries.contains_key(&(id, table.name));
        if let (true, Some(Value::Int(Some(version)))) =
            (first, column::<E>("version").map(|column| before.get(column)))
        {
            set::<E>(&mut after, "version", version + 1)?;
        }
        set::<E>(&mut after, "updated_at", self.at)?;
        fold_into::<E>(&mut after)?;
        self.keep_sealed::<E>(before, &mut after, &key)?;
        self.seal::<E>(&mut after, &key)?;
        // A row made in this transaction and then given its parts has no column that differs.
        if let Some(update) = self.update_statement::<E>(before, &after) {
            self.execute(update).await.map_err(|error| constraint_error(table, error))?;
        }
        self.index::<E>(id, Some(&old), &new)?;
        self.touch::<E>(&after)?;
        self.record(table, id, key_owner, action, Some(old), new);
        match table.on_change {
            OnChange::Nothing => {}
            OnChange::EvictTenant => self.session.db.evict_tenant(self.caller().tenant),
        }
        Ok(after)
    }

    fn seal_context(&self, table: &'static str, column: &'static str, row: Uuid) -> SealContext {
        SealContext { tenant: self.caller().tenant, table, column, row }
    }

    /// The statement of a list whose rows are locked. On SQLite the transaction itself is the lock.
    fn locking_statement<E: TenantTable>(&self, find: &RowQuery<E>, lock: LockType) -> Result<SelectStatement> {
        let mut select = find.statement(self.caller())?;
        if self.session.db.backend() == DbBackend::Postgres {
            select.lock(lock);
        }
        Ok(select)
    }

    /// The statement that writes the columns that differ; nothing, if none does.
    fn update_statement<E: TenantTable>(&self, before: &E::Model, after: &E::Model) -> Option<UpdateStatement> {
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
        update.and_where(Expr::col("tenant_id").eq(self.caller().tenant)).and_where(Expr::col("id").eq(before.id()));
        differs.then_some(update)
    }

    /// Runs a statement that reads. Builds its text first, so that no future of a write contains a syntax tree.
    fn rows<S: StatementBuilder>(&self, statement: S) -> BoxFuture<'_, Result<Vec<QueryResult>, DbErr>> {
        self.rows_raw(self.session.db.backend().build(&statement))
    }

    /// The same for a statement that is written as SQL.
    fn rows_raw(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<QueryResult>, DbErr>> {
        self.session.count();
        self.db.query_all_raw(statement)
    }

    /// Runs a statement that writes.
    fn execute<S: StatementBuilder>(&self, statement: S) -> BoxFuture<'_, Result<ExecResult, DbErr>> {
        self.execute_raw(self.session.db.backend().build(&statement))
    }

    /// The same for a statement that is written as SQL.
    fn execute_raw(&self, statement: Statement) -> BoxFuture<'_, Result<ExecResult, DbErr>> {
        self.session.count();
        self.db.execute_raw(statement)
    }

    fn pending(&self) -> MutexGuard<'_, PendingWrites> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_rows<E: TenantTable>(find: &RowQuery<E>, rows: &[QueryResult]) -> Result<Vec<E::Model>> {
    rows.iter().map(|row| find.row(row, 0).map(|(row, _)| Arc::unwrap_or_clone(row))).collect()
}

fn insert_statement<'a, E: TenantTable>(rows: impl IntoIterator<Item = &'a E::Model>) -> InsertStatement {
    let mut insert = Query::insert();
    insert.into_table(Alias::new(E::TABLE.name)).columns(E::Column::iter());
    for row in rows {
        insert.values_panic(E::Column::iter().map(|column| Expr::val(row.get(column))));
    }
    insert
}

fn column<E: TenantTable>(name: &str) -> Option<E::Column> {
    super::page::find_column::<E>(name)
}

fn set<E: TenantTable>(row: &mut E::Model, name: &str, value: impl Into<Value>) -> Result<()> {
    let column = column::<E>(name).ok_or_else(|| Error::internal(format!("{} has no {name}", E::TABLE.name)))?;
    Ok(row.try_set(column, value.into())?)
}

fn uuid<E: TenantTable>(row: &E::Model, name: &str) -> Result<Option<Uuid>> {
    match column::<E>(name).map(|column| row.get(column)) {
        Some(Value::Uuid(id)) => Ok(id),
        _ => Err(Error::internal(format!("{} has no id {name}", E::TABLE.name))),
    }
}

/// The customer whose key seals a row; nothing, where it is the tenant's.
pub fn key_owner<E: TenantTable>(row: &E::Model) -> Result<Option<Uuid>> {
    match E::TABLE.key_owner {
        KeyOwner::Tenant => Ok(None),
        KeyOwner::Row => Ok(Some(row.id())),
        KeyOwner::Column(name) => uuid::<E>(row, name),
    }
}

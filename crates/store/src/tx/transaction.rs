//! A transaction of one caller: how it begins, reads and runs its statements.

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use access::{Action, Caller};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{Sealed, data_key};
use error::Result;
use futures_util::{FutureExt, future::BoxFuture};
use sea_orm::{
    DbBackend, DbErr, ExecResult, ExprTrait, FromQueryResult, Iterable, QueryResult, Statement, StatementBuilder,
    prelude::{Expr, Uuid},
    sea_query::{LockType, Query, SelectStatement},
};

use super::{image::seal_context, pending::PendingWrites, row::key_owner};
use crate::{
    database_transaction::DatabaseTransaction,
    page::RowQuery,
    session::Session,
    table::{Row, TenantTable},
    tenant::Tenant,
    vault::DataKey,
};

/// One write in progress.
pub struct Tx {
    pub(crate) session: Arc<Session>,
    pub(super) tenant: Arc<Tenant>,
    pub(super) db: DatabaseTransaction,
    pub(crate) at: DateTime<Utc>,
    pub(crate) begun: Instant,
    /// The action that the whole write needs; nothing if no client asked for the write.
    pub(super) action: Option<Action>,
    pub(super) pending: Mutex<PendingWrites>,
}

impl Tx {
    pub(crate) async fn begin(session: &Arc<Session>, action: Option<Action>) -> Result<Self> {
        let (db, overtaken) = session.db.begin_counting(Some(session.caller.tenant)).await?;
        session.budget.count_overtaken(overtaken);
        let begun = db.begun().await;
        Ok(Self {
            session: session.clone(),
            tenant: session.tenant(),
            db,
            at: session.db.clock.now(),
            begun,
            action,
            pending: Mutex::default(),
        })
    }

    /// The caller who writes.
    pub fn caller(&self) -> &Caller {
        &self.session.caller
    }

    /// The settings of the caller's tenant.
    pub fn tenant(&self) -> &entity::tenant::Model {
        &self.tenant.row
    }

    /// The time of the write, the same for all its rows.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// How far ahead the visits of recurring services are booked.
    pub fn book_ahead(&self) -> TimeDelta {
        TimeDelta::from_std(self.session.db.book_ahead).unwrap_or(TimeDelta::MAX)
    }

    /// Begins one more operation: the writes of one input.
    pub fn begin_operation(&self) {
        self.pending().operation += 1;
    }

    /// Whether an operation has written a row that an earlier one wrote.
    pub fn has_rewritten_a_row(&self) -> bool {
        self.pending().has_rewritten
    }

    /// Begins a query of the rows that exist for the caller, as this transaction sees them.
    pub fn find<E: TenantTable>(&self) -> Result<RowQuery<E>> {
        self.caller().require(E::TABLE.read)?;
        Ok(RowQuery::new())
    }

    /// Begins a query for a rule that must know all rows of the tenant, including those the caller may not see. Its rows
    /// never appear in an answer.
    pub fn find_unrestricted<E: TenantTable>(&self) -> RowQuery<E> {
        RowQuery { unrestricted: true, ..RowQuery::new() }
    }

    /// The rows of a query.
    pub async fn all<E: TenantTable>(&self, query: &RowQuery<E>) -> Result<Vec<E::Model>> {
        self.all_with_lock(query, None).await
    }

    /// The first row of a query.
    pub async fn one<E: TenantTable>(&self, query: &RowQuery<E>) -> Result<Option<E::Model>> {
        Ok(self.all(query).await?.into_iter().next())
    }

    /// The number of rows of a query.
    pub async fn count<E: TenantTable>(&self, query: &RowQuery<E>) -> Result<u64> {
        self.insert_buffered_for(query).await?;
        let rows = self.rows(query.count_statement(self.caller(), None)?).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The rows of a query, locked until the transaction ends: no other transaction changes them. They are locked in the
    /// order of their ids, so that two writers never wait for each other.
    pub async fn lock<E: TenantTable>(&self, query: &RowQuery<E>) -> Result<Vec<E::Model>> {
        self.all_with_lock(query, Some(LockType::Update)).await
    }

    /// The same for rows whose parts are checked against each other. Other transactions may still refer to the rows.
    pub async fn lock_parts<E: TenantTable>(&self, query: &RowQuery<E>) -> Result<Vec<E::Model>> {
        self.all_with_lock(query, Some(LockType::NoKeyUpdate)).await
    }

    /// The rows of a query, protected until the transaction ends from being locked or deleted by other transactions: for
    /// rows that are referred to.
    pub async fn lock_key_share<E: TenantTable>(&self, query: &RowQuery<E>) -> Result<Vec<E::Model>> {
        self.all_with_lock(query, Some(LockType::KeyShare)).await
    }

    /// The rows of a query, locked if a lock is given.
    pub(super) async fn all_with_lock<E: TenantTable>(
        &self,
        query: &RowQuery<E>,
        lock: Option<LockType>,
    ) -> Result<Vec<E::Model>> {
        self.insert_buffered_for(query).await?;
        let rows = self.rows(self.locked(query.statement(self.caller())?, lock)).await?;
        rows.iter().map(|row| query.row(row, 0).map(|row| Arc::unwrap_or_clone(row.model))).collect()
    }

    /// A statement that locks its rows. On SQLite the transaction itself is the lock.
    pub(super) fn locked(&self, mut select: SelectStatement, lock: Option<LockType>) -> SelectStatement {
        if let Some(lock) = lock.filter(|_| self.is_postgres()) {
            select.lock(lock);
        }
        select
    }

    /// The text of a sealed column of a row, for a rule that must know it.
    pub async fn open<E: TenantTable>(&self, row: &E::Model, column: &'static str, sealed: &Sealed) -> Result<String> {
        if let Some(plain) = sealed.as_plain() {
            return Ok(plain.to_owned());
        }
        let key = self.data_key(key_owner::<E>(row)?).await?;
        key.open(sealed, seal_context::<E>(self.caller().tenant, column, row.id()))
    }

    /// The data key of an owner, created when it is first needed.
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

    /// Opens the data keys of the customers who own rows, in one statement, so that each row finds its key open.
    pub async fn load_data_keys<E: TenantTable>(&self, rows: &[E::Model]) -> Result<()> {
        let tenant = self.caller().tenant;
        let mut owners = rows.iter().map(key_owner::<E>).collect::<Result<Vec<_>>>()?;
        owners.retain(|owner| owner.is_some() && self.session.db.vault.cached_key_of(tenant, *owner).is_none());
        if owners.is_empty() {
            return Ok(());
        }
        let mut select = Query::select();
        select.columns(data_key::Column::iter()).from("data_key").and_where(Expr::col("tenant_id").eq(tenant));
        select.and_where(Expr::col("customer_id").is_in(owners.into_iter().flatten()));
        for row in self.rows(select).await? {
            self.session.db.vault.open_key(&self.tenant.keys, &data_key::Model::from_query_result(&row, "")?)?;
        }
        Ok(())
    }

    async fn load_data_key(&self, key_owner: Option<Uuid>) -> Result<DataKey> {
        let tenant = self.caller().tenant;
        let keys = &self.tenant.keys;
        let mut select = Query::select();
        select.columns(data_key::Column::iter()).from("data_key").and_where(Expr::col("tenant_id").eq(tenant));
        select.and_where(match key_owner {
            Some(owner) => Expr::col("customer_id").eq(owner),
            None => Expr::col("customer_id").is_null(),
        });
        if let Some(row) = self.rows(select).await?.first() {
            return self.session.db.vault.open_key(keys, &data_key::Model::from_query_result(row, "")?);
        }
        self.new_data_key(key_owner)
    }

    /// Makes the data key of an owner who has none.
    pub(super) fn new_data_key(&self, key_owner: Option<Uuid>) -> Result<DataKey> {
        let (id, keys) = (Uuid::now_v7(), &self.tenant.keys);
        let row = data_key::Model {
            tenant_id: self.caller().tenant,
            id,
            customer_id: key_owner,
            wrapped: keys.new_data_key(id)?,
            created_at: self.at,
        };
        let key = keys.open_data_key(&row)?;
        let mut pending = self.pending();
        pending.inserts.push("data_key", &row);
        pending.keys.insert(key_owner, (row, key.clone()));
        Ok(key)
    }

    /// Whether the database is PostgreSQL.
    pub(super) fn is_postgres(&self) -> bool {
        self.session.db.backend() == DbBackend::Postgres
    }

    /// Runs a statement that reads. Builds its text first, so that no future of a write contains a syntax tree.
    pub(super) fn rows<S: StatementBuilder>(&self, statement: S) -> BoxFuture<'_, Result<Vec<QueryResult>, DbErr>> {
        self.rows_raw(self.session.db.backend().build(&statement))
    }

    /// Runs a statement that reads and is written as SQL.
    pub(crate) fn rows_raw(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<QueryResult>, DbErr>> {
        if self.is_rehearsal() {
            return pending().boxed();
        }
        self.session.count();
        self.db.query_all_raw(statement)
    }

    /// Runs a statement that writes.
    pub(super) fn execute<S: StatementBuilder>(&self, statement: S) -> BoxFuture<'_, Result<ExecResult, DbErr>> {
        self.execute_raw(self.session.db.backend().build(&statement))
    }

    /// Runs a statement that writes and is written as SQL.
    pub(crate) fn execute_raw(&self, statement: Statement) -> BoxFuture<'_, Result<ExecResult, DbErr>> {
        if self.is_rehearsal() {
            return pending().boxed();
        }
        self.session.count();
        self.db.execute_raw(statement)
    }

    pub(super) fn pending(&self) -> MutexGuard<'_, PendingWrites> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

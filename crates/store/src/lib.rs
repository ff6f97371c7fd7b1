//! Storage: the only layer that holds a database connection. `find` is the only way to read rows, `write` to change them.
//!
//! Invariant: every statement that reads rows of a tenant starts in [`filter::Scope::rows`], which adds permission,
//! tenant, liveness and row rule. Every statement that writes them is a [`Tx`]'s, which adds the change record, the
//! search tokens and the seals, in one database transaction.

pub mod aggregate;
pub mod backfill;
pub mod background;
pub mod batch;
pub mod budget;
pub mod camel_case;
pub mod change_log;
pub mod clock;
pub mod constraint;
pub mod custom_field_owners;
pub mod database;
pub mod download;
pub mod edge;
pub mod filter;
pub mod fold;
pub mod guard;
pub mod master_key;
pub mod page;
pub mod phone;
pub mod registry;
pub mod request_memory;
pub mod revocation;
pub mod rollup;
pub mod search;
pub mod session;
pub mod stored_file;
pub mod table;
pub mod tenant;
pub mod touch;
pub mod tx;
pub mod value;
pub mod vault;
pub mod works_for;

mod attempts;
mod cancellation;
mod database_transaction;
mod fetch_plan;
mod indexed_field;
mod padding;
mod predicate;
mod row_rule;
mod shared_read;
mod sqlite_writer;
mod statement;
mod tenancy;
mod type_id;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use access::{Action, Caller};
use chrono::{DateTime, Utc};
use entity::Sealed;
use error::{Error, Result};
use sea_orm::prelude::Uuid;

use self::{
    aggregate::{Aggregate, AggregatePlan},
    batch::{BatchLoader, LoadingPlan},
    budget::Budget,
    fetch_plan::{BackfillPlan, CountPlan, DataKeyPlan, PagePlan, RowPlan},
    rollup::{Groups, Rollup, RollupPlan},
    session::Session,
    vault::{DataKey, SealContext},
};
pub use self::{
    attempts::Attempts,
    batch::FieldKey,
    database::Database,
    edge::Edge,
    filter::{Deleted, Filter},
    page::{Page, RowQuery, SortBy, SortTerm},
    predicate::Predicate,
    table::{Row, Table, TenantTable},
    tenant::Tenant,
    tx::Tx,
};

/// The rows, as one request may read and write them.
pub struct Store {
    session: Arc<Session>,
    loader: BatchLoader,
    keys: Arc<LoadingPlan<DataKeyPlan>>,
    backfills: Arc<LoadingPlan<BackfillPlan>>,
    /// When the request first asked for the time, after its last write.
    read_at: Mutex<Option<DateTime<Utc>>>,
}

impl Store {
    /// The store of one request, which spends a budget.
    pub fn new(db: Arc<Database>, caller: Caller, tenant: Arc<Tenant>, budget: Arc<Budget>) -> Self {
        let session = Arc::new(Session::new(db, caller, tenant, budget));
        Self {
            loader: BatchLoader::new(session.clone()),
            session,
            keys: Arc::new(LoadingPlan::new(DataKeyPlan)),
            backfills: Arc::new(LoadingPlan::new(BackfillPlan)),
            read_at: Mutex::default(),
        }
    }

    /// The time by which the request tells what is current, due or over: the same one until the request writes.
    pub fn now(&self) -> DateTime<Utc> {
        *self.lock_read_at().get_or_insert_with(|| self.session.db.clock.now())
    }

    fn lock_read_at(&self) -> MutexGuard<'_, Option<DateTime<Utc>>> {
        self.read_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The caller.
    pub fn caller(&self) -> &Caller {
        &self.session.caller
    }

    /// The caller's tenant.
    pub fn tenant(&self) -> Arc<Tenant> {
        self.session.tenant()
    }

    /// How many SQL statements have run for this request.
    pub fn statements(&self) -> u64 {
        self.session.statements()
    }

    /// The budget of the request.
    pub fn budget(&self) -> &Budget {
        &self.session.budget
    }

    /// Counts fields and bytes of the answer, before they are computed. Returns how many steps they take.
    pub fn count_answer(&self, values: u64, bytes: u64) -> u64 {
        self.session.budget.count_answer(values, bytes)
    }

    /// The same with a wait: lets other tasks run when much was computed since they last ran; waits for ever when a budget is
    /// spent.
    pub fn spend(&self, values: u64, bytes: u64) -> impl Future<Output = ()> + Send {
        self.pace(self.count_answer(values, bytes))
    }

    /// Spends the values and the objects of a JSON text of the answer, when it is parsed: its bytes are spent before.
    pub fn spend_json(&self, values: u64, objects: u64) -> impl Future<Output = ()> + Send {
        self.pace(self.session.budget.count_json(values, objects))
    }

    /// Spends a field of the answer that is in memory together with all that begin after it, as those of introspection are.
    /// Waits for ever when a budget is spent.
    pub async fn spend_begun(&self) {
        self.session.budget.count_begun(1);
        self.session.budget.check().await;
        self.session.budget.pace(1).await;
    }

    /// Takes steps. Lets other tasks run when much was computed since they last ran; waits for ever when a budget is spent.
    pub async fn pace(&self, steps: u64) {
        // Who waits takes its steps after the wait: many may wait at once, and then continue in one poll.
        self.session.budget.check().await;
        while !self.session.budget.take_steps(steps) {
            self.loader.pause().await;
        }
    }

    /// Begins a query of the rows that exist for the caller.
    pub fn find<E: TenantTable>(&self) -> Result<RowQuery<E>> {
        self.caller().require(E::TABLE.read)?;
        Ok(RowQuery::new())
    }

    /// The page of a query.
    pub async fn page<E: TenantTable>(&self, query: &RowQuery<E>) -> Result<Page<E::Model>> {
        let rows = self.session.rows(query.statement(self.caller())?).await?;
        let rows = rows.iter().map(|row| query.row(row, 0)).collect::<Result<_>>()?;
        Ok(query.page_of(rows))
    }

    /// The rows of a query.
    pub async fn all<E: TenantTable>(&self, query: &RowQuery<E>) -> Result<Vec<Arc<E::Model>>> {
        Ok(self.page(query).await?.rows.into_iter().map(|(row, _)| row).collect())
    }

    /// The first row of a query.
    pub async fn one<E: TenantTable>(&self, query: &RowQuery<E>) -> Result<Option<Arc<E::Model>>> {
        Ok(self.all(query).await?.into_iter().next())
    }

    /// The number of rows of a query, up to a maximum.
    pub async fn count<E: TenantTable>(&self, query: &RowQuery<E>, max: Option<u64>) -> Result<u64> {
        let rows = self.session.rows(query.count_statement(self.caller(), max)?).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The page of the list at the other end of an edge, under one of many parents, and the query for it.
    pub async fn page_under_parent<E: TenantTable>(
        &self,
        field: FieldKey,
        edge: &'static Edge,
        parent: Uuid,
        query: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<(Arc<Page<E::Model>>, Arc<RowQuery<E>>)> {
        let plan = self.loader.plan(field, || Ok(PagePlan { edge, query: Arc::new(query()?) }))?;
        let page = self.loader.load(&plan, parent).await?.unwrap_or_default();
        Ok((page, plan.plan.query.clone()))
    }

    /// The pages of the list under many parents, in their order, and the query for them.
    pub async fn pages_under_parents<E: TenantTable>(
        &self,
        field: FieldKey,
        edge: &'static Edge,
        parents: &[Uuid],
        query: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<(Vec<Arc<Page<E::Model>>>, Arc<RowQuery<E>>)> {
        let plan = self.loader.plan(field, || Ok(PagePlan { edge, query: Arc::new(query()?) }))?;
        let pages = self.loader.load_many(&plan, parents).await?;
        Ok((pages.into_iter().map(Option::unwrap_or_default).collect(), plan.plan.query.clone()))
    }

    /// The query for such a list, without a read.
    pub fn query_under_parent<E: TenantTable>(
        &self,
        field: FieldKey,
        edge: &'static Edge,
        query: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<Arc<RowQuery<E>>> {
        Ok(self.loader.plan(field, || Ok(PagePlan { edge, query: Arc::new(query()?) }))?.plan.query.clone())
    }

    /// The number of rows of such a list, up to a maximum.
    pub async fn count_under_parent<E: TenantTable>(
        &self,
        field: FieldKey,
        (edge, max): (&'static Edge, Option<u64>),
        parent: Uuid,
        query: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<u64> {
        let plan = self.loader.plan(field, || Ok(CountPlan { edge, query: query()?, max }))?;
        Ok(self.loader.load(&plan, parent).await?.unwrap_or_default())
    }

    /// The numbers of rows of the list under many parents, in their order, each up to a maximum.
    pub async fn counts_under_parents<E: TenantTable>(
        &self,
        field: FieldKey,
        (edge, max): (&'static Edge, Option<u64>),
        parents: &[Uuid],
        query: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<Vec<u64>> {
        let plan = self.loader.plan(field, || Ok(CountPlan { edge, query: query()?, max }))?;
        let counts = self.loader.load_many(&plan, parents).await?;
        Ok(counts.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// A row by its id, loaded together with the other ids of the same field, and the bytes of its texts and encrypted
    /// values.
    pub async fn row_by_id<E: TenantTable>(
        &self,
        field: FieldKey,
        id: Uuid,
        query: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<Option<(Arc<E::Model>, u64)>> {
        let plan = self.loader.plan(field, || Ok(RowPlan { query: query()? }))?;
        self.loader.load(&plan, id).await
    }

    /// Rows by their ids, in the order of the ids, with the bytes of their texts and encrypted values.
    pub async fn rows_by_ids<E: TenantTable>(
        &self,
        field: FieldKey,
        ids: &[Uuid],
        query: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<Vec<Option<(Arc<E::Model>, u64)>>> {
        let plan = self.loader.plan(field, || Ok(RowPlan { query: query()? }))?;
        self.loader.load_many(&plan, ids).await
    }

    /// The groups of a list, or of the lists under many parents, all of which share the statements. The groups of a list without
    /// rows are absent.
    pub async fn aggregate<E: TenantTable>(
        &self,
        field: FieldKey,
        parent: Option<(&'static Edge, Uuid)>,
        asked: impl FnOnce() -> Result<(Arc<RowQuery<E>>, Aggregate)>,
    ) -> Result<Option<Arc<aggregate::Groups>>> {
        let make = || {
            let (query, aggregate) = asked()?;
            Ok(AggregatePlan { edge: parent.map(|(edge, _)| edge), query, aggregate })
        };
        let plan = self.loader.plan(field, make)?;
        self.loader.load(&plan, parent.map_or(self.caller().tenant, |(_, parent)| parent)).await
    }

    /// The groups of a rollup under one of many parents, all of which share a statement; without a parent, those of the whole
    /// tenant.
    pub async fn rollup(
        &self,
        field: FieldKey,
        parent: Option<Uuid>,
        rollup: impl FnOnce() -> Rollup,
    ) -> Result<Groups> {
        let make = || {
            let rollup = rollup();
            self.caller().require(rollup.edge.target.read)?;
            Ok(RollupPlan { rollup, by_parent: parent.is_some() })
        };
        let plan = self.loader.plan(field, make)?;
        Ok(self.loader.load(&plan, parent.unwrap_or(self.caller().tenant)).await?.unwrap_or_default())
    }

    /// Whether a tenant has rows that are not in the form its settings ask for.
    pub async fn has_backfill(&self, tenant: Uuid) -> Result<bool> {
        Ok(self.loader.load(&self.backfills, tenant).await?.is_some())
    }

    /// Opens a sealed value, for a caller who may read personal data.
    pub async fn open(&self, sealed: &Sealed, table: &'static str, column: &'static str, row: Uuid) -> Result<String> {
        self.caller().require(Action::PiiRead)?;
        let id = vault::key_id(sealed).ok_or_else(|| Error::internal("a sealed value without a key"))?;
        let tenant = self.caller().tenant;
        self.data_key(id).await?.open(sealed, SealContext { tenant, table, column, row })
    }

    /// The data key of an id.
    pub(crate) async fn data_key(&self, id: Uuid) -> Result<DataKey> {
        match self.session.db.vault.cached_key(self.caller().tenant, id) {
            Some(key) => Ok(key),
            None => self.loader.load(&self.keys, id).await?.ok_or_else(|| Error::internal("a data key is missing")),
        }
    }

    /// Runs a write: checks the permission of the whole, begins a transaction, runs the operation, and commits with the
    /// records of what it changed. Each row that the operation writes needs its own permission, too. If anything fails,
    /// nothing is written.
    pub async fn write<T>(&self, action: Action, operation: impl AsyncFnOnce(&Tx) -> Result<T>) -> Result<T> {
        self.caller().require(action)?;
        // Boxed, because the futures of resolvers would contain the whole transaction.
        let tx = Box::pin(Tx::begin(&self.session, Some(action))).await?;
        // A writer holds locks, on SQLite the only one: it ends at its deadline, and not when it gets to its commit.
        let deadline = tx.begun + self.session.db.write_timeout;
        let operation = tokio::time::timeout_at(deadline.into(), Box::pin(operation(&tx)));
        let result = operation.await.map_err(|_| Error::WriteTimeout)??;
        Box::pin(tx.commit()).await?;
        self.loader.clear();
        self.keys.clear();
        self.backfills.clear();
        *self.lock_read_at() = None;
        Ok(result)
    }
}

//! The cellar: the only floor that holds a connection, and the only two doors to the rows, `find` and `write`.
//!
//! Invariant: every statement that reads rows of a tenant starts in [`filter::Scope::rows`], which adds permission,
//! tenant, liveness and row rule. Every statement that writes them is a [`Tx`]'s, which adds the change record, the
//! search tokens and the seals, in one database transaction.

pub mod batch;
pub mod change_log;
pub mod clock;
pub mod database;
pub mod edge;
pub mod filter;
pub mod fold;
pub mod page;
pub mod search;
pub mod session;
pub mod table;
pub mod tenant;
pub mod tx;
pub mod value;
pub mod vault;

mod cancellation;
mod constraint;
mod fetch_plan;

use std::sync::Arc;

use access::{Action, Caller};
use entity::Sealed;
use error::{Error, Result};
use sea_orm::prelude::Uuid;

use self::{
    batch::BatchLoader,
    fetch_plan::{CountPlan, DataKeyPlan, PagePlan, RowPlan},
    session::Session,
    vault::SealContext,
};
pub use self::{
    batch::FieldKey,
    database::Database,
    edge::Edge,
    filter::{Deleted, Filter, Predicate},
    page::{Page, RowQuery, SortBy, SortTerm},
    table::{Row, Table, TenantTable},
    tenant::Tenant,
    tx::Tx,
};

/// One request's way to the rows.
pub struct Store {
    session: Arc<Session>,
    loader: BatchLoader,
    keys: Arc<DataKeyPlan>,
}

impl Store {
    /// The store of one request.
    pub fn new(db: Arc<Database>, caller: Caller, tenant: Arc<Tenant>) -> Self {
        let session = Arc::new(Session::new(db, caller, tenant));
        Self { loader: BatchLoader::new(session.clone()), session, keys: Arc::new(DataKeyPlan) }
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.session.caller
    }

    /// The caller's tenant.
    pub fn tenant(&self) -> &Tenant {
        &self.session.tenant
    }

    /// How many SQL statements were run for this request so far.
    pub fn statements(&self) -> u64 {
        self.session.statements()
    }

    /// Begins a list of the rows that exist for the caller.
    pub fn find<E: TenantTable>(&self) -> Result<RowQuery<E>> {
        self.caller().require(E::TABLE.read)?;
        Ok(RowQuery::new())
    }

    /// A page of a list.
    pub async fn page<E: TenantTable>(&self, find: &RowQuery<E>) -> Result<Page<E::Model>> {
        let rows = self.session.rows(find.statement(self.caller())?).await?;
        let rows = rows.iter().map(|row| find.row(row, 0)).collect::<Result<_>>()?;
        Ok(find.into_page(rows))
    }

    /// The rows of a list.
    pub async fn all<E: TenantTable>(&self, find: &RowQuery<E>) -> Result<Vec<Arc<E::Model>>> {
        Ok(self.page(find).await?.rows.into_iter().map(|(row, _)| row).collect())
    }

    /// The first row of a list.
    pub async fn one<E: TenantTable>(&self, find: &RowQuery<E>) -> Result<Option<Arc<E::Model>>> {
        Ok(self.all(find).await?.into_iter().next())
    }

    /// How many rows a list has.
    pub async fn count<E: TenantTable>(&self, find: &RowQuery<E>) -> Result<u64> {
        let rows = self.session.rows(find.count_statement(self.caller())?).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// A page of the list at the far end of an edge, under one of many parents, and what was asked for it.
    pub async fn page_under_parent<E: TenantTable>(
        &self,
        field: FieldKey,
        edge: &'static Edge,
        parent: Uuid,
        find: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<(Arc<Page<E::Model>>, Arc<RowQuery<E>>)> {
        let plan = self.loader.plan(field, || Ok(PagePlan { edge, find: Arc::new(find()?) }))?;
        let page = self.loader.load(&plan, parent).await?.unwrap_or_default();
        Ok((page, plan.find.clone()))
    }

    /// What is asked of such a list, without reading a page of it.
    pub fn query_under_parent<E: TenantTable>(
        &self,
        field: FieldKey,
        edge: &'static Edge,
        find: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<Arc<RowQuery<E>>> {
        Ok(self.loader.plan(field, || Ok(PagePlan { edge, find: Arc::new(find()?) }))?.find.clone())
    }

    /// How many rows such a list has.
    pub async fn count_under_parent<E: TenantTable>(
        &self,
        field: FieldKey,
        edge: &'static Edge,
        parent: Uuid,
        find: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<u64> {
        let plan = self.loader.plan(field, || Ok(CountPlan { edge, find: find()? }))?;
        Ok(self.loader.load(&plan, parent).await?.unwrap_or_default())
    }

    /// A row by its id, one of many.
    pub async fn row_by_id<E: TenantTable>(
        &self,
        field: FieldKey,
        id: Uuid,
        find: impl FnOnce() -> Result<RowQuery<E>>,
    ) -> Result<Option<Arc<E::Model>>> {
        let plan = self.loader.plan(field, || Ok(RowPlan { find: find()? }))?;
        self.loader.load(&plan, id).await
    }

    /// Opens a sealed value, for a caller who may read personal data.
    pub async fn open(&self, sealed: &Sealed, table: &'static str, column: &'static str, row: Uuid) -> Result<String> {
        self.caller().require(Action::PiiRead)?;
        let tenant = self.caller().tenant;
        let id = vault::key_id(sealed).ok_or_else(|| Error::internal("a sealed value without a key"))?;
        let key = match self.session.db.vault.cached_key(tenant, id) {
            Some(key) => key,
            None => self.loader.load(&self.keys, id).await?.ok_or_else(|| Error::internal("a data key is missing"))?,
        };
        key.open(sealed, SealContext { tenant, table, column, row })
    }

    /// Runs a write: permission, one transaction, the verb, and the records of what it changed. If anything fails,
    /// nothing of it action.
    pub async fn write<T>(&self, action: Action, verb: impl AsyncFnOnce(&Tx) -> Result<T>) -> Result<T> {
        self.caller().require(action)?;
        // Boxed, because the futures of resolvers would contain the whole transaction.
        let tx = Box::pin(Tx::begin(&self.session)).await?;
        let done = Box::pin(verb(&tx)).await?;
        Box::pin(tx.commit()).await?;
        self.loader.clear();
        Ok(done)
    }
}

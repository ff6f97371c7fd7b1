//! The cellar: the only floor that holds a connection, and the only two doors to the rows, `find` and `write`.
//!
//! Invariant: every statement that reads rows of a tenant starts in [`filter::Scope::rows`], which adds permission,
//! tenant, liveness and row rule. Every statement that writes them is a [`Tx`]'s, which adds the change record, the
//! search tokens and the seals, in one database transaction.

pub mod batch;
pub mod clock;
pub mod connect;
pub mod edge;
pub mod filter;
pub mod fold;
pub mod ledger;
pub mod owned;
pub mod page;
pub mod search;
pub mod session;
pub mod tenant;
pub mod tx;
pub mod value;
pub mod vault;

mod broken;
mod lease;
mod load;

use std::sync::Arc;

use access::{Action, Caller};
use entity::Sealed;
use error::{Error, Result};
use sea_orm::prelude::Uuid;

use self::{
    batch::Batches,
    load::{Count, Keys, One, Page},
    session::Session,
    vault::Place,
};
pub use self::{
    batch::Field,
    connect::Database,
    edge::Edge,
    filter::{Deleted, Filter, Test},
    owned::{Owned, Row, Table},
    page::{By, Find, Slice, Term},
    tenant::Tenant,
    tx::Tx,
};

/// One request's way to the rows.
pub struct Store {
    session: Arc<Session>,
    batches: Batches,
    keys: Arc<Keys>,
}

impl Store {
    /// The store of one request.
    pub fn new(db: Arc<Database>, caller: Caller, tenant: Arc<Tenant>) -> Self {
        let session = Arc::new(Session::new(db, caller, tenant));
        Self { batches: Batches::new(session.clone()), session, keys: Arc::new(Keys) }
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
    pub fn find<E: Owned>(&self) -> Result<Find<E>> {
        self.caller().require(E::TABLE.read)?;
        Ok(Find::begin())
    }

    /// A page of a list.
    pub async fn page<E: Owned>(&self, find: &Find<E>) -> Result<Slice<E::Model>> {
        let rows = self.session.rows(&find.statement(self.caller())?).await?;
        let rows = rows.iter().map(|row| find.row(row, 0)).collect::<Result<_>>()?;
        Ok(find.slice(rows))
    }

    /// The rows of a list.
    pub async fn all<E: Owned>(&self, find: &Find<E>) -> Result<Vec<Arc<E::Model>>> {
        Ok(self.page(find).await?.rows.into_iter().map(|(row, _)| row).collect())
    }

    /// The first row of a list.
    pub async fn one<E: Owned>(&self, find: &Find<E>) -> Result<Option<Arc<E::Model>>> {
        Ok(self.all(find).await?.into_iter().next())
    }

    /// How many rows a list has.
    pub async fn count<E: Owned>(&self, find: &Find<E>) -> Result<u64> {
        let rows = self.session.rows(&find.count_statement(self.caller())?).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// A page of the list at the far end of an edge, under one of many parents, and what was asked for it.
    pub async fn page_under<E: Owned>(
        &self,
        field: Field,
        edge: &'static Edge,
        parent: Uuid,
        find: impl FnOnce() -> Result<Find<E>>,
    ) -> Result<(Arc<Slice<E::Model>>, Arc<Find<E>>)> {
        let plan = self.batches.plan(field, || Ok(Page { edge, find: Arc::new(find()?) }))?;
        let slice = self.batches.load(&plan, parent).await?.unwrap_or_default();
        Ok((slice, plan.find.clone()))
    }

    /// What is asked of such a list, without reading a page of it.
    pub fn asked_under<E: Owned>(
        &self,
        field: Field,
        edge: &'static Edge,
        find: impl FnOnce() -> Result<Find<E>>,
    ) -> Result<Arc<Find<E>>> {
        Ok(self.batches.plan(field, || Ok(Page { edge, find: Arc::new(find()?) }))?.find.clone())
    }

    /// How many rows such a list has.
    pub async fn count_under<E: Owned>(
        &self,
        field: Field,
        edge: &'static Edge,
        parent: Uuid,
        find: impl FnOnce() -> Result<Find<E>>,
    ) -> Result<u64> {
        let plan = self.batches.plan(field, || Ok(Count { edge, find: find()? }))?;
        Ok(self.batches.load(&plan, parent).await?.unwrap_or_default())
    }

    /// A row by its id, one of many.
    pub async fn one_of<E: Owned>(
        &self,
        field: Field,
        id: Uuid,
        find: impl FnOnce() -> Result<Find<E>>,
    ) -> Result<Option<Arc<E::Model>>> {
        let plan = self.batches.plan(field, || Ok(One { find: find()? }))?;
        self.batches.load(&plan, id).await
    }

    /// Opens a sealed value, for a caller who may read personal data.
    pub async fn open(&self, sealed: &Sealed, table: &'static str, column: &'static str, row: Uuid) -> Result<String> {
        self.caller().require(Action::PiiRead)?;
        let tenant = self.caller().tenant;
        let id = vault::key_id(sealed).ok_or_else(|| Error::internal("a sealed value without a key"))?;
        let key = match self.session.db.vault.key(tenant, id) {
            Some(key) => key,
            None => self.batches.load(&self.keys, id).await?.ok_or_else(|| Error::internal("a data key is missing"))?,
        };
        key.open(sealed, Place { tenant, table, column, row })
    }

    /// Runs a write: permission, one transaction, the verb, and the records of what it changed. If anything fails,
    /// nothing of it happened.
    pub async fn write<T>(&self, action: Action, verb: impl AsyncFnOnce(&Tx) -> Result<T>) -> Result<T> {
        self.caller().require(action)?;
        let tx = Tx::begin(&self.session).await?;
        let done = verb(&tx).await?;
        tx.commit().await?;
        self.batches.empty();
        Ok(done)
    }
}

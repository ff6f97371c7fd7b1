//! A session: one caller on one database, with a count of its statements.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use access::Caller;
use error::Result;
use futures_util::future::BoxFuture;
use sea_orm::{QueryResult, sea_query::SelectStatement};

use super::{database::Database, tenant::Tenant};

/// What a request reads with.
#[derive(Debug)]
pub struct Session {
    /// The database.
    pub db: Arc<Database>,
    /// The caller.
    pub caller: Caller,
    tenant: RwLock<Arc<Tenant>>,
    statements: AtomicU64,
}

impl Session {
    /// A session without statements.
    pub fn new(db: Arc<Database>, caller: Caller, tenant: Arc<Tenant>) -> Self {
        Self { db, caller, tenant: RwLock::new(tenant), statements: AtomicU64::new(0) }
    }

    /// The caller's tenant. A mutation of the request may change its settings for those that follow.
    pub fn tenant(&self) -> Arc<Tenant> {
        self.tenant.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the caller's tenant by what this request has written.
    pub(super) fn set_tenant(&self, tenant: Arc<Tenant>) {
        *self.tenant.write().unwrap_or_else(PoisonError::into_inner) = tenant;
    }

    /// Runs a statement that reads. Boxed, because the futures of resolvers would contain the whole database call.
    pub(super) fn rows(&self, select: SelectStatement) -> BoxFuture<'_, Result<Vec<QueryResult>>> {
        self.count();
        let statement = self.db.backend().build(&select);
        Box::pin(self.db.rows(statement))
    }

    /// Counts a statement. BEGIN and COMMIT are not counted.
    pub(super) fn count(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// How many statements have run.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }
}

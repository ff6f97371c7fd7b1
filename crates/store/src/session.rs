//! A session: one caller on one database, with the budget of its operation.

use std::sync::{Arc, PoisonError, RwLock};

use access::Caller;
use error::Result;
use futures_util::future::BoxFuture;
use sea_orm::{QueryResult, sea_query::SelectStatement};

use super::{
    budget::{Budget, Resource},
    database::Database,
    tenant::Tenant,
};

/// What a request reads with.
#[derive(Debug)]
pub struct Session {
    /// The database.
    pub db: Arc<Database>,
    /// The caller.
    pub caller: Caller,
    /// What the session may spend, and what it has spent.
    pub budget: Arc<Budget>,
    tenant: RwLock<Arc<Tenant>>,
}

impl Session {
    /// A session that spends a budget.
    pub fn new(db: Arc<Database>, caller: Caller, tenant: Arc<Tenant>, budget: Arc<Budget>) -> Self {
        Self { db, caller, budget, tenant: RwLock::new(tenant) }
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
        Box::pin(async {
            self.budget.check().await;
            self.db.rows(Some(self.caller.tenant), statement, &self.budget).await
        })
    }

    /// Counts a statement. BEGIN and COMMIT are not counted.
    pub(super) fn count(&self) {
        self.budget.count(Resource::Statements, 1);
    }

    /// How many statements have run.
    pub fn statements(&self) -> u64 {
        self.budget.spent(Resource::Statements)
    }
}

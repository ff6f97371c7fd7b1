//! Work for no client: the rows of all tenants that a task goes through, and its writes for one of them.

use std::sync::Arc;

use access::{Caller, Role};
use chrono::NaiveDate;
use error::{Error, Result};
use futures_util::future::BoxFuture;
use sea_orm::{
    ExprTrait,
    prelude::{Expr, Uuid},
    sea_query::{Alias, Order, Query},
};

use super::{budget::Budget, database::Database, session::Session, table::TenantTable, tx::Tx};

/// A row with its tenant.
pub type TenantRow = (Uuid, Uuid);

/// The session of a task that writes for a tenant. Its subject stands in the change log as the actor. Nothing if there is no
/// such tenant.
pub(crate) async fn session(
    db: &Arc<Database>,
    tenant: Uuid,
    subject: &str,
    request_id: String,
) -> Result<Option<Arc<Session>>> {
    let Some(settings) = db.read_tenant(Expr::col("id").eq(tenant)).await? else { return Ok(None) };
    let caller = Caller {
        tenant,
        subject: subject.to_owned(),
        roles: vec![Role::Admin],
        scopes: None,
        technician: String::new(),
        token: None,
        read_only: false,
        request_id,
        has_client_request_id: false,
    };
    Ok(Some(Arc::new(Session::new(db.clone(), caller, settings, Arc::new(Budget::unlimited())))))
}

/// The next live rows of a table whose last day, in a column, is not before a day or is null, in the order of tenants and
/// ids, after a row; of one tenant only, if it is given.
pub async fn live_rows<E: TenantTable>(
    db: &Database,
    tenant: Option<Uuid>,
    (column, day): (&'static str, NaiveDate),
    (after, limit): (TenantRow, u64),
) -> Result<Vec<TenantRow>> {
    let mut select = Query::select();
    select.columns(["tenant_id", "id"]).from(Alias::new(E::TABLE.name));
    select.and_where(Expr::col("deleted_at").is_null());
    select.and_where(Expr::col(column).is_null().or(Expr::col(column).gte(day)));
    select.and_where(
        Expr::col("tenant_id").gt(after.0).or(Expr::col("tenant_id").eq(after.0).and(Expr::col("id").gt(after.1))),
    );
    if let Some(tenant) = tenant {
        select.and_where(Expr::col("tenant_id").eq(tenant));
    }
    select.order_by("tenant_id", Order::Asc).order_by("id", Order::Asc).limit(limit);
    let rows = db.rows(None, db.backend().build(&select), &Budget::unlimited()).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Runs a write of a task for a tenant in a transaction of its own. If it fails, nothing is written.
pub async fn write(
    db: &Arc<Database>,
    tenant: Uuid,
    subject: &str,
    operation: impl for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<()>>,
) -> Result<()> {
    let session = session(db, tenant, subject, Uuid::now_v7().to_string()).await?;
    let session = session.ok_or_else(|| Error::internal("a row without its tenant"))?;
    let tx = Tx::begin(&session, None).await?;
    operation(&tx).await?;
    tx.commit().await
}

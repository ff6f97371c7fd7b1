//! The fetch plans: what a field can load for many ids with one statement.

use std::{collections::HashMap, sync::Arc};

use entity::data_key;
use error::Result;
use sea_orm::{
    EntityTrait, ExprTrait, FromQueryResult, IdenStatic, Iterable,
    prelude::{Expr, Uuid},
    sea_query::Query,
};

use super::{
    batch::FetchPlan,
    edge::Edge,
    filter::{Scope, column},
    page::{Page, RowQuery, any_of_ids, find_column, parent_id},
    session::Session,
    table::{Row, TenantTable},
    value,
    vault::DataKey,
};

/// A page of the list at the other end of an edge, for each parent.
pub struct PagePlan<E: EntityTrait> {
    /// The edge.
    pub edge: &'static Edge,
    /// The query of the list.
    pub query: Arc<RowQuery<E>>,
}

impl<E: TenantTable> FetchPlan for PagePlan<E> {
    type Answer = Arc<Page<E::Model>>;

    fn is_equivalent(&self, other: &Self) -> bool {
        self.edge == other.edge && self.query.is_equivalent(&other.query)
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, Self::Answer>> {
        let backend = session.db.backend();
        let rows = session.rows(self.query.statement_under_parents(self.edge, ids, &session.caller, backend)?).await?;
        let mut lists: HashMap<Uuid, Vec<_>> = HashMap::with_capacity(ids.len());
        for row in &rows {
            lists.entry(parent_id(row, ids, backend)?).or_default().push(self.query.row(row, 1)?);
        }
        Ok(lists.into_iter().map(|(parent, rows)| (parent, Arc::new(self.query.page_of(rows)))).collect())
    }
}

/// The number of rows of such a list, for each parent.
pub struct CountPlan<E: EntityTrait> {
    /// The edge.
    pub edge: &'static Edge,
    /// The query of the list.
    pub query: RowQuery<E>,
    /// The number at which counting ends.
    pub max: Option<u64>,
}

impl<E: TenantTable> FetchPlan for CountPlan<E> {
    type Answer = u64;

    fn is_equivalent(&self, other: &Self) -> bool {
        self.edge == other.edge && self.max == other.max && self.query.is_equivalent(&other.query)
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
        let backend = session.db.backend();
        let counted = (self.edge, self.max);
        let select = self.query.count_statement_under_parents(counted, ids, &session.caller, backend)?;
        let rows = session.rows(select).await?;
        rows.iter()
            .map(|row| {
                let count: i64 = row.try_get_by_index(1)?;
                Ok((parent_id(row, ids, backend)?, u64::try_from(count).unwrap_or_default()))
            })
            .collect()
    }
}

/// Rows by their ids.
pub struct RowPlan<E: EntityTrait> {
    /// The query, whose ids are those of the batch.
    pub query: RowQuery<E>,
}

impl<E: TenantTable> FetchPlan for RowPlan<E> {
    /// The row, with the bytes of its texts and encrypted values.
    type Answer = (Arc<E::Model>, u64);

    fn is_equivalent(&self, other: &Self) -> bool {
        self.query.is_equivalent(&other.query)
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, Self::Answer>> {
        let mut scope = Scope::new(&session.caller);
        let alias = scope.alias();
        let mut columns = self.query.columns.clone();
        // The id tells to which key of the batch a row belongs.
        if let Some(id) = find_column::<E>("id") {
            columns.push(id);
        }
        let mut select = Query::select();
        select.from_as(E::TABLE.name, alias.clone());
        select.cond_where(scope.rows(E::TABLE, &alias, self.query.deleted)?);
        select.cond_where(scope.compile(&self.query.filter, &alias)?);
        select.and_where(any_of_ids(column(&alias, "id"), ids, session.db.backend()));
        for selected in &columns {
            select.expr(column(&alias, selected.as_str()));
        }
        let rows = session.rows(select).await?;
        rows.iter()
            .map(|row| {
                let (model, bytes) = value::read_model::<E>(row, 0, &columns)?;
                Ok((model.id(), (Arc::new(model), bytes)))
            })
            .collect()
    }
}

/// The tenants that have a backfill, among some ids.
pub struct BackfillPlan;

impl FetchPlan for BackfillPlan {
    type Answer = ();

    fn is_equivalent(&self, _: &Self) -> bool {
        true
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, ()>> {
        let mut select = Query::select();
        select.distinct().column("tenant_id").from("backfill");
        select.and_where(Expr::col("tenant_id").eq(session.caller.tenant));
        select.and_where(any_of_ids(Expr::col("tenant_id"), ids, session.db.backend()));
        let rows = session.rows(select).await?;
        rows.iter().map(|row| Ok((row.try_get_by_index(0)?, ()))).collect()
    }
}

/// Opened data keys by their ids.
pub struct DataKeyPlan;

impl FetchPlan for DataKeyPlan {
    type Answer = DataKey;

    fn is_equivalent(&self, _: &Self) -> bool {
        true
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, DataKey>> {
        let mut select = Query::select();
        select.columns(data_key::Column::iter()).from("data_key");
        select.and_where(Expr::col("tenant_id").eq(session.caller.tenant));
        select.and_where(any_of_ids(Expr::col("id"), ids, session.db.backend()));
        let rows = session.rows(select).await?;
        let tenant = session.tenant();
        rows.iter()
            .map(|row| {
                let row = data_key::Model::from_query_result(row, "")?;
                Ok((row.id, session.db.vault.open_key(&tenant.keys, &row)?))
            })
            .collect()
    }
}

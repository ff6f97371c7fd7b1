//! The plans: what an edge of a query can ask for, each answered for all its parents by one statement.

use std::{collections::HashMap, sync::Arc};

use entity::data_key;
use error::Result;
use sea_orm::{EntityTrait, ExprTrait, FromQueryResult, Iterable, prelude::Uuid, sea_query::Query};

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

/// A page of the list at the far end of an edge.
pub struct PagePlan<E: EntityTrait> {
    /// The edge.
    pub edge: &'static Edge,
    /// What is asked of the list.
    pub find: Arc<RowQuery<E>>,
}

impl<E: TenantTable> FetchPlan for PagePlan<E> {
    type Answer = Arc<Page<E::Model>>;

    fn is_equivalent(&self, other: &Self) -> bool {
        self.edge == other.edge && self.find.is_equivalent(&other.find)
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, Self::Answer>> {
        let backend = session.db.backend();
        let rows = session.rows(self.find.statement_under(self.edge, ids, &session.caller, backend)?).await?;
        let mut lists: HashMap<Uuid, Vec<_>> = HashMap::with_capacity(ids.len());
        for row in &rows {
            lists.entry(parent_id(row, ids, backend)?).or_default().push(self.find.row(row, 1)?);
        }
        Ok(lists.into_iter().map(|(parent, rows)| (parent, Arc::new(self.find.into_page(rows)))).collect())
    }
}

/// How many rows such a list has.
pub struct CountPlan<E: EntityTrait> {
    /// The edge.
    pub edge: &'static Edge,
    /// What is asked of the list.
    pub find: RowQuery<E>,
}

impl<E: TenantTable> FetchPlan for CountPlan<E> {
    type Answer = u64;

    fn is_equivalent(&self, other: &Self) -> bool {
        self.edge == other.edge && self.find.is_equivalent(&other.find)
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
        let backend = session.db.backend();
        let rows = session.rows(self.find.count_under_parent(self.edge, ids, &session.caller, backend)?).await?;
        rows.iter()
            .map(|row| {
                let count: i64 = row.try_get_by_index(1)?;
                Ok((parent_id(row, ids, backend)?, u64::try_from(count).unwrap_or_default()))
            })
            .collect()
    }
}

/// A row by its id.
pub struct RowPlan<E: EntityTrait> {
    /// Which rows and columns.
    pub find: RowQuery<E>,
}

impl<E: TenantTable> FetchPlan for RowPlan<E> {
    type Answer = Arc<E::Model>;

    fn is_equivalent(&self, other: &Self) -> bool {
        self.find.is_equivalent(&other.find)
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, Self::Answer>> {
        let mut scope = Scope::new(&session.caller);
        let alias = scope.alias();
        let mut columns = self.find.columns.clone();
        // The id tells whose the row is.
        if let Some(id) = find_column::<E>("id") {
            columns.push(id);
        }
        let mut select = Query::select();
        select.from_as(E::TABLE.name, alias.clone());
        select.cond_where(scope.rows(E::TABLE, &alias, self.find.deleted)?);
        select.cond_where(scope.compile(&self.find.filter, &alias)?);
        select.and_where(any_of_ids(column(&alias, "id"), ids, session.db.backend()));
        for chosen in &columns {
            select.expr(column(&alias, sea_orm::IdenStatic::as_str(chosen)));
        }
        let rows = session.rows(select).await?;
        rows.iter()
            .map(|row| {
                let model = value::read_model::<E>(row, 0, &columns)?;
                Ok((model.id(), Arc::new(model)))
            })
            .collect()
    }
}

/// Data keys by their ids, opened.
pub struct DataKeyPlan;

impl FetchPlan for DataKeyPlan {
    type Answer = DataKey;

    fn is_equivalent(&self, _: &Self) -> bool {
        true
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, DataKey>> {
        let mut select = Query::select();
        select.columns(data_key::Column::iter()).from("data_key");
        select.and_where(sea_orm::prelude::Expr::col("tenant_id").eq(session.caller.tenant));
        select.and_where(any_of_ids(sea_orm::prelude::Expr::col("id"), ids, session.db.backend()));
        let rows = session.rows(select).await?;
        rows.iter()
            .map(|row| {
                let row = data_key::Model::from_query_result(row, "")?;
                Ok((row.id, session.db.vault.open_key(&session.tenant.keys, &row)?))
            })
            .collect()
    }
}

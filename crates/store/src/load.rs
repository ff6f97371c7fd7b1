//! The plans: what an edge of a query can ask for, each answered for all its parents by one statement.

use std::{collections::HashMap, sync::Arc};

use entity::data_key;
use error::Result;
use sea_orm::{EntityTrait, ExprTrait, FromQueryResult, Iterable, prelude::Uuid, sea_query::Query};

use super::{
    batch::Plan,
    edge::Edge,
    filter::{Scope, column},
    owned::{Owned, Row},
    page::{Find, Slice, among, column_named, parent_of},
    session::Session,
    value,
    vault::DataKey,
};

/// A page of the list at the far end of an edge.
pub struct Page<E: EntityTrait> {
    /// The edge.
    pub edge: &'static Edge,
    /// What is asked of the list.
    pub find: Arc<Find<E>>,
}

impl<E: Owned> Plan for Page<E> {
    type Answer = Arc<Slice<E::Model>>;

    fn same(&self, other: &Self) -> bool {
        self.edge == other.edge && self.find.same(&other.find)
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, Self::Answer>> {
        let backend = session.db.backend();
        let rows = session.rows(&self.find.under(self.edge, ids, &session.caller, backend)?).await?;
        let mut lists: HashMap<Uuid, Vec<_>> = HashMap::with_capacity(ids.len());
        for row in &rows {
            lists.entry(parent_of(row, ids, backend)?).or_default().push(self.find.row(row, 1)?);
        }
        Ok(lists.into_iter().map(|(parent, rows)| (parent, Arc::new(self.find.slice(rows)))).collect())
    }
}

/// How many rows such a list has.
pub struct Count<E: EntityTrait> {
    /// The edge.
    pub edge: &'static Edge,
    /// What is asked of the list.
    pub find: Find<E>,
}

impl<E: Owned> Plan for Count<E> {
    type Answer = u64;

    fn same(&self, other: &Self) -> bool {
        self.edge == other.edge && self.find.same(&other.find)
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
        let backend = session.db.backend();
        let rows = session.rows(&self.find.count_under(self.edge, ids, &session.caller, backend)?).await?;
        rows.iter()
            .map(|row| {
                let count: i64 = row.try_get_by_index(1)?;
                Ok((parent_of(row, ids, backend)?, u64::try_from(count).unwrap_or_default()))
            })
            .collect()
    }
}

/// A row by its id.
pub struct One<E: EntityTrait> {
    /// Which rows and columns.
    pub find: Find<E>,
}

impl<E: Owned> Plan for One<E> {
    type Answer = Arc<E::Model>;

    fn same(&self, other: &Self) -> bool {
        self.find.same(&other.find)
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, Self::Answer>> {
        let mut scope = Scope::of(&session.caller);
        let alias = scope.alias();
        let mut columns = self.find.columns.clone();
        // The id tells whose the row is.
        if let Some(id) = column_named::<E>("id") {
            columns.push(id);
        }
        let mut select = Query::select();
        select.from_as(E::TABLE.name, alias.clone());
        select.cond_where(scope.rows(E::TABLE, &alias, self.find.deleted)?);
        select.cond_where(scope.compile(&self.find.filter, &alias)?);
        select.and_where(among(column(&alias, "id"), ids, session.db.backend()));
        for chosen in &columns {
            select.expr(column(&alias, sea_orm::IdenStatic::as_str(chosen)));
        }
        let rows = session.rows(&select).await?;
        rows.iter()
            .map(|row| {
                let model = value::model::<E>(row, 0, &columns)?;
                Ok((model.id(), Arc::new(model)))
            })
            .collect()
    }
}

/// Data keys by their ids, opened.
pub struct Keys;

impl Plan for Keys {
    type Answer = DataKey;

    fn same(&self, _: &Self) -> bool {
        true
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, DataKey>> {
        let mut select = Query::select();
        select.columns(data_key::Column::iter()).from("data_key");
        select.and_where(sea_orm::prelude::Expr::col("tenant_id").eq(session.caller.tenant));
        select.and_where(among(sea_orm::prelude::Expr::col("id"), ids, session.db.backend()));
        let rows = session.rows(&select).await?;
        rows.iter()
            .map(|row| {
                let row = data_key::Model::from_query_result(row, "")?;
                Ok((row.id, session.db.vault.open_key(&session.tenant.keys, &row)?))
            })
            .collect()
    }
}

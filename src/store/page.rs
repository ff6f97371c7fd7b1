//! Lists: what is asked of one, the statement that answers it, and the slice of rows that comes back.
//!
//! A page under N parents is one statement, whatever N: on PostgreSQL a lateral join over the array of parents, on SQLite
//! a join over a JSON array of them. Both give each parent its own limit, and both keep one statement text for any N.

use std::sync::Arc;

use sea_orm::{
    Condition, DbBackend, EntityTrait, ExprTrait, IdenStatic, Iterable, QueryResult, Value,
    prelude::{Expr, Uuid},
    sea_query::{ArrayType, Func, JoinType, NullOrdering, Order, Query, SelectStatement},
};

use super::{
    edge::Edge,
    filter::{Deleted, Filter, Scope, column, custom_value},
    owned::Owned,
    value,
};
use crate::{access::Caller, error::Result};

/// One term of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// By what.
    pub by: By,
    /// Whether the greatest comes first. Nulls come last, and first when descending.
    pub descending: bool,
}

/// What a list can be ordered by.
#[derive(Clone, Debug, PartialEq)]
pub enum By {
    /// A column of the list's table.
    Column {
        /// Its name.
        name: &'static str,
        /// The type of its values.
        kind: ArrayType,
        /// Whether it may be null.
        nullable: bool,
    },
    /// A custom field.
    Custom {
        /// The field.
        definition: Uuid,
        /// The value's column that names the list's row.
        owner: &'static str,
        /// The value's column that is compared.
        column: &'static str,
        /// The type of its values.
        kind: ArrayType,
    },
}

/// What is asked of a list of `E`. Begun by `Store::find`, which has checked the permission.
#[derive(Clone, Debug)]
pub struct Find<E: EntityTrait> {
    /// Which rows, beyond those that exist for the caller.
    pub filter: Filter,
    /// Whether deleted rows are among them.
    pub deleted: Deleted,
    /// In which order; it ends in the id, so that no two rows are equal.
    pub order: Vec<Term>,
    /// The keys of the row where the last page ended.
    pub from: Option<Vec<Value>>,
    /// Whether the page is read towards the beginning.
    pub backward: bool,
    /// How many rows at the most.
    pub size: u64,
    /// Which columns are read; the others keep their defaults.
    pub columns: Vec<E::Column>,
}

/// The rows of one page, in the order asked for.
#[derive(Clone, Debug)]
pub struct Slice<M> {
    /// The rows, each with its keys in the order of the list.
    pub rows: Vec<(Arc<M>, Vec<Value>)>,
    /// Whether there are rows beyond the page, in the direction it was read.
    pub more: bool,
}

impl<M> Default for Slice<M> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

impl Term {
    /// By a column of an entity.
    pub fn column<E: Owned>(column: E::Column, descending: bool) -> Self {
        use sea_orm::{ColumnTrait, ModelTrait};
        let nullable = column.def().is_null();
        let by = By::Column { name: column.as_str(), kind: E::Model::get_value_type(column), nullable };
        Self { by, descending }
    }

    /// By the id: the end of every order, and the order of a list that names none.
    pub fn id(descending: bool) -> Self {
        Self { by: By::Column { name: "id", kind: ArrayType::Uuid, nullable: false }, descending }
    }

    /// The type of the term's values.
    pub fn kind(&self) -> &ArrayType {
        match &self.by {
            By::Column { kind, .. } | By::Custom { kind, .. } => kind,
        }
    }

    /// What the term is, in words that differ for every two terms.
    pub fn name(&self) -> String {
        let direction = if self.descending { '-' } else { '+' };
        match &self.by {
            By::Column { name, .. } => format!("{direction}{name}"),
            By::Custom { definition, .. } => format!("{direction}{definition}"),
        }
    }

    fn nullable(&self) -> bool {
        match self.by {
            By::Column { nullable, .. } => nullable,
            By::Custom { .. } => true,
        }
    }
}

impl<E: Owned> Find<E> {
    /// All rows that exist for the caller, whole, the oldest first.
    pub(super) fn begin() -> Self {
        Self {
            filter: Filter::All(Vec::new()),
            deleted: Deleted::Exclude,
            order: vec![Term::id(false)],
            from: None,
            backward: false,
            size: u64::from(u16::MAX),
            columns: E::Column::iter().collect(),
        }
    }

    /// Only rows that also pass a filter.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = match self.filter {
            Filter::All(mut filters) => {
                filters.push(filter);
                Filter::All(filters)
            }
            other => Filter::All(vec![other, filter]),
        };
        self
    }

    /// Only the rows of these ids.
    #[must_use]
    pub fn ids(self, ids: impl IntoIterator<Item = Uuid>) -> Self {
        self.filter(Filter::Column("id", super::filter::Test::In(ids.into_iter().map(Value::from).collect())))
    }

    /// With or without deleted rows.
    #[must_use]
    pub fn deleted(mut self, deleted: Deleted) -> Self {
        self.deleted = deleted;
        self
    }

    /// Only some columns.
    #[must_use]
    pub fn columns(mut self, columns: Vec<E::Column>) -> Self {
        self.columns = columns;
        self
    }

    /// The statement for the list itself.
    pub(super) fn statement(&self, caller: &Caller) -> Result<SelectStatement> {
        let mut scope = Scope::of(caller);
        let alias = scope.alias();
        self.page(&mut scope, &alias, None, false)
    }

    /// The statement that counts the list.
    pub(super) fn count_statement(&self, caller: &Caller) -> Result<SelectStatement> {
        let mut scope = Scope::of(caller);
        let alias = scope.alias();
        self.counting(&mut scope, &alias, None)
    }

    /// The statement for a page of the list under each of many parents: the parent, the keys, the columns.
    pub(super) fn under(
        &self,
        edge: &'static Edge,
        parents: &[Uuid],
        caller: &Caller,
        backend: DbBackend,
    ) -> Result<SelectStatement> {
        let mut scope = Scope::of(caller);
        let near = parent(backend);
        let alias = scope.alias();
        let mut rows = Query::select();
        from_parents(&mut rows, parents, backend);
        if backend == DbBackend::Postgres {
            let page = self.page(&mut scope, &alias, Some((edge, &near)), false)?;
            rows.column(("k", "k")).column(("p", sea_orm::sea_query::Asterisk));
            rows.join_lateral(JoinType::InnerJoin, page, "p", Condition::all().add(Expr::cust("TRUE")));
            for (index, term) in self.order.iter().enumerate() {
                self.sort(&mut rows, Expr::col(("p", KEYS[index])), term);
            }
        } else {
            let page = self.page(&mut scope, &alias, Some((edge, &near)), true)?;
            let outer = scope.alias();
            rows.column(("k", "key"));
            let here = Condition::all()
                .add(column(&outer, "tenant_id").eq(caller.tenant))
                .add(column(&outer, "id").in_subquery(page));
            rows.join_as(JoinType::InnerJoin, E::TABLE.name, outer.clone(), here);
            self.select(&mut rows, &outer, caller.tenant);
            for (index, term) in self.order.iter().enumerate() {
                self.sort(&mut rows, key(term, &outer, index), term);
            }
        }
        Ok(rows)
    }

    /// The statement that counts the list under each of many parents.
    pub(super) fn count_under(
        &self,
        edge: &'static Edge,
        parents: &[Uuid],
        caller: &Caller,
        backend: DbBackend,
    ) -> Result<SelectStatement> {
        let mut scope = Scope::of(caller);
        let near = parent(backend);
        let alias = scope.alias();
        let count = self.counting(&mut scope, &alias, Some((edge, &near)))?;
        let mut rows = Query::select();
        from_parents(&mut rows, parents, backend);
        rows.column(if backend == DbBackend::Postgres { ("k", "k") } else { ("k", "key") });
        rows.expr(Expr::SubQuery(None, Box::new(count.into())));
        Ok(rows)
    }

    fn page(
        &self,
        scope: &mut Scope<'_>,
        alias: &str,
        near: Option<(&'static Edge, &Expr)>,
        ids_only: bool,
    ) -> Result<SelectStatement> {
        let tenant = scope.tenant();
        let mut rows = self.scoped(scope, alias, near)?;
        if ids_only {
            rows.column((alias.to_owned(), "id"));
            self.join_keys(&mut rows, alias, tenant);
        } else {
            self.select(&mut rows, alias, tenant);
        }
        if let Some(from) = &self.from {
            rows.cond_where(self.beyond(alias, from));
        }
        for (index, term) in self.order.iter().enumerate() {
            self.sort(&mut rows, key(term, alias, index), term);
        }
        // One more than asked for tells whether there is more.
        rows.limit(self.size + 1);
        Ok(rows)
    }

    fn counting(
        &self,
        scope: &mut Scope<'_>,
        alias: &str,
        near: Option<(&'static Edge, &Expr)>,
    ) -> Result<SelectStatement> {
        let mut rows = self.scoped(scope, alias, near)?;
        rows.expr(Func::count(Expr::col(sea_orm::sea_query::Asterisk)));
        Ok(rows)
    }

    fn scoped(
        &self,
        scope: &mut Scope<'_>,
        alias: &str,
        near: Option<(&'static Edge, &Expr)>,
    ) -> Result<SelectStatement> {
        let mut rows = Query::select();
        rows.from_as(E::TABLE.name, alias.to_owned());
        rows.cond_where(scope.rows(E::TABLE, alias, self.deleted)?);
        if let Some((edge, near)) = near {
            rows.cond_where(scope.along(edge, alias, near));
        }
        rows.cond_where(scope.compile(&self.filter, alias)?);
        Ok(rows)
    }

    fn select(&self, rows: &mut SelectStatement, alias: &str, tenant: Uuid) {
        self.join_keys(rows, alias, tenant);
        for (index, term) in self.order.iter().enumerate() {
            rows.expr_as(key(term, alias, index), KEYS[index]);
        }
        for chosen in &self.columns {
            rows.expr(column(alias, chosen.as_str()));
        }
    }

    /// Brings in the values of the custom fields the list is ordered by.
    fn join_keys(&self, rows: &mut SelectStatement, alias: &str, tenant: Uuid) {
        for (index, term) in self.order.iter().enumerate() {
            if let By::Custom { definition, owner, .. } = &term.by {
                let far = key_alias(alias, index);
                let on = custom_value(tenant, *definition, owner, alias, &far);
                rows.join_as(JoinType::LeftJoin, "custom_field_value", far, on);
            }
        }
    }

    fn sort(&self, rows: &mut SelectStatement, key: Expr, term: &Term) {
        let order = if term.descending == self.backward { Order::Asc } else { Order::Desc };
        if term.nullable() {
            let nulls = if order == Order::Asc { NullOrdering::Last } else { NullOrdering::First };
            rows.order_by_expr_with_nulls(key, order, nulls);
        } else {
            rows.order_by_expr(key, order);
        }
    }

    /// Rows that come after the given keys, in the direction of reading.
    fn beyond(&self, alias: &str, from: &[Value]) -> Condition {
        let keys: Vec<_> = self.order.iter().enumerate().map(|(index, term)| key(term, alias, index)).collect();
        let upward = |term: &Term| term.descending == self.backward;
        let one_way = self.order.iter().all(|term| !term.nullable() && upward(term) == upward(&self.order[0]));
        if one_way {
            // Row values are answered from an index; they know neither nulls nor mixed directions.
            let (keys, from) = (Expr::tuple(keys), Expr::tuple(from.iter().cloned().map(Expr::val)));
            return Condition::all().add(if upward(&self.order[0]) { keys.gt(from) } else { keys.lt(from) });
        }
        let mut beyond = Condition::any();
        for (index, term) in self.order.iter().enumerate() {
            let mut step = Condition::all();
            for (key, value) in keys.iter().zip(from).take(index) {
                step =
                    step.add(if value::is_null(value) { key.clone().is_null() } else { key.clone().eq(value.clone()) });
            }
            let (key, value) = (keys[index].clone(), from[index].clone());
            // Upward nulls are last, downward they are first.
            let further = match (value::is_null(&value), upward(term)) {
                (true, true) => Expr::cust("1 = 0"),
                (true, false) => key.is_not_null(),
                (false, true) if term.nullable() => key.clone().gt(value).or(key.is_null()),
                (false, true) => key.gt(value),
                (false, false) => key.lt(value),
            };
            beyond = beyond.add(step.add(further));
        }
        beyond
    }

    /// The rows of a result, after `skip` leading columns.
    pub(super) fn row(&self, result: &QueryResult, skip: usize) -> Result<(Arc<E::Model>, Vec<Value>)> {
        let keys = self.order.iter().enumerate();
        let keys = keys.map(|(index, term)| value::read(result, skip + index, term.kind())).collect::<Result<_>>()?;
        let model = value::model::<E>(result, skip + self.order.len(), &self.columns)?;
        Ok((Arc::new(model), keys))
    }

    /// A page of rows in the order asked for, from what was read with one row too many.
    pub(super) fn slice(&self, mut rows: Vec<(Arc<E::Model>, Vec<Value>)>) -> Slice<E::Model> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if self.backward {
            rows.reverse();
        }
        Slice { rows, more }
    }
}

/// The names of the key columns of a page. No order has more terms than this.
const KEYS: [&str; MAX_TERMS] = ["o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7"];

/// How many terms an order may have, the id at its end included.
pub const MAX_TERMS: usize = 8;

fn key(term: &Term, alias: &str, index: usize) -> Expr {
    match &term.by {
        By::Column { name, .. } => column(alias, name),
        By::Custom { column: name, .. } => column(&key_alias(alias, index), name),
    }
}

fn key_alias(alias: &str, index: usize) -> String {
    format!("{alias}v{index}")
}

/// The parent of the present row of [`from_parents`].
fn parent(backend: DbBackend) -> Expr {
    match backend {
        DbBackend::Postgres => Expr::col(("k", "k")),
        _ => Expr::cust("unhex(k.value)"),
    }
}

/// Parents as one parameter, so that the text of the statement does not depend on how many there are.
fn from_parents(rows: &mut SelectStatement, parents: &[Uuid], backend: DbBackend) {
    match backend {
        DbBackend::Postgres => rows.from_function(Func::cust("unnest").arg(Expr::val(parents.to_vec())), "k"),
        _ => rows.from_function(Func::cust("json_each").arg(Expr::val(hex_list(parents))), "k"),
    };
}

/// That an expression is one of many ids, passed as one parameter.
pub fn among(tested: Expr, ids: &[Uuid], backend: DbBackend) -> Expr {
    match backend {
        DbBackend::Postgres => tested.eq(Func::cust("ANY").arg(Expr::val(ids.to_vec()))),
        _ => tested.in_subquery(
            Query::select()
                .expr(Expr::cust("unhex(k.value)"))
                .from_function(Func::cust("json_each").arg(Expr::val(hex_list(ids))), "k")
                .to_owned(),
        ),
    }
}

fn hex_list(ids: &[Uuid]) -> String {
    let list: Vec<_> = ids.iter().map(|id| id.simple().to_string()).collect();
    format!("[\"{}\"]", list.join("\",\""))
}

/// Which parent a result's first column names.
pub fn parent_of(result: &QueryResult, parents: &[Uuid], backend: DbBackend) -> Result<Uuid> {
    if backend == DbBackend::Postgres {
        return Ok(result.try_get_by_index(0)?);
    }
    let index: i64 = result.try_get_by_index(0)?;
    Ok(usize::try_from(index).ok().and_then(|index| parents.get(index)).copied().unwrap_or_default())
}

/// The column of a table by its name in the database.
pub fn column_named<E: Owned>(name: &str) -> Option<E::Column> {
    E::Column::iter().find(|column| column.as_str() == name)
}

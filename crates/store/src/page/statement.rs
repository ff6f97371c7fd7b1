//! The SQL of a list, of a page of it under each of many parents, and of their counts.

use std::borrow::Cow;

use access::{Caller, Role};
use error::Result;
use sea_orm::{
    Condition, DbBackend, ExprTrait, IdenStatic, Value,
    prelude::{Expr, Uuid},
    sea_query::{Asterisk, Func, JoinType, NullOrdering, Order, Query, SelectStatement},
};

use super::{
    parents::{current_parent, from_parents, parent_column},
    query::{MAX_SORT_TERMS, RowQuery, SortBy, SortTerm},
};
use crate::{
    edge::{Edge, Via},
    filter::{CUSTOM_FIELD_VALUE, Scope, column, custom_value},
    table::TenantTable,
    value,
};

/// The names of the sort key columns of a page. No order has more terms.
const SORT_KEYS: [&str; MAX_SORT_TERMS] = ["o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7"];

impl<E: TenantTable> RowQuery<E> {
    /// The statement of the list.
    pub(crate) fn statement(&self, caller: &Caller) -> Result<SelectStatement> {
        let caller = self.effective_caller(caller);
        let mut scope = Scope::new(&caller);
        let alias = scope.alias();
        self.page(&mut scope, &alias, None, false)
    }

    /// The statement that counts the list, up to a maximum.
    pub(crate) fn count_statement(&self, caller: &Caller, max: Option<u64>) -> Result<SelectStatement> {
        let caller = self.effective_caller(caller);
        let mut scope = Scope::new(&caller);
        let alias = scope.alias();
        self.count_rows(&mut scope, &alias, None, max)
    }

    /// The caller whose permissions and row rules apply: an administrator if the query is unrestricted.
    fn effective_caller<'a>(&self, caller: &'a Caller) -> Cow<'a, Caller> {
        if !self.unrestricted {
            return Cow::Borrowed(caller);
        }
        // Only the tenant restricts the rows: a rule must know them, and they never appear in an answer.
        Cow::Owned(Caller { roles: vec![Role::Admin], scopes: None, ..caller.clone() })
    }

    /// The statement of a page of the list under each of many parents: the parent, the sort keys, the columns.
    pub(crate) fn statement_under_parents(
        &self,
        edge: &'static Edge,
        parents: &[Uuid],
        caller: &Caller,
        backend: DbBackend,
    ) -> Result<SelectStatement> {
        let mut scope = Scope::new(caller);
        let parent = current_parent(backend);
        let alias = scope.alias();
        let mut rows = Query::select();
        from_parents(&mut rows, parents, backend);
        rows.column(parent_column(backend));
        if backend == DbBackend::Postgres {
            let page = self.page(&mut scope, &alias, Some((edge, &parent)), false)?;
            rows.column(("p", Asterisk));
            rows.join_lateral(JoinType::InnerJoin, page, "p", Condition::all().add(Expr::cust("TRUE")));
            for (index, term) in self.order.iter().enumerate() {
                self.sort(&mut rows, Expr::col(("p", SORT_KEYS[index])), term);
            }
        } else {
            let page = self.page(&mut scope, &alias, Some((edge, &parent)), true)?;
            let outer = scope.alias();
            // A row value of tenant and id leaves SQLite one plan, the primary key. Otherwise it may read all rows of the
            // tenant for each parent.
            let primary_key = Expr::tuple([column(&outer, "tenant_id"), column(&outer, "id")]);
            let on_page = Condition::all().add(primary_key.in_subquery(page));
            rows.join_as(JoinType::InnerJoin, E::TABLE.name, outer.clone(), on_page);
            self.select(&mut rows, &outer, caller.tenant);
            for (index, term) in self.order.iter().enumerate() {
                self.sort(&mut rows, key(term, &outer, index), term);
            }
        }
        Ok(rows)
    }

    /// The statement that counts the list under each of many parents, up to a maximum for each.
    pub(crate) fn count_statement_under_parents(
        &self,
        (edge, max): (&'static Edge, Option<u64>),
        parents: &[Uuid],
        caller: &Caller,
        backend: DbBackend,
    ) -> Result<SelectStatement> {
        let mut scope = Scope::new(caller);
        let parent = current_parent(backend);
        let alias = scope.alias();
        let count = self.count_rows(&mut scope, &alias, Some((edge, &parent)), max)?;
        let mut rows = Query::select();
        from_parents(&mut rows, parents, backend);
        rows.column(parent_column(backend));
        rows.expr(Expr::SubQuery(None, Box::new(count.into())));
        Ok(rows)
    }

    fn page(
        &self,
        scope: &mut Scope<'_>,
        alias: &str,
        parent: Option<(&'static Edge, &Expr)>,
        ids_only: bool,
    ) -> Result<SelectStatement> {
        let tenant = scope.tenant();
        let mut rows = self.base_query(scope, alias, parent)?;
        if ids_only {
            rows.column((alias.to_owned(), "tenant_id")).column((alias.to_owned(), "id"));
            self.join_custom_fields(&mut rows, alias, tenant);
        } else {
            self.select(&mut rows, alias, tenant);
        }
        if let Some(cursor) = &self.cursor {
            rows.cond_where(self.seek_after(alias, cursor));
        }
        // A link table leads to few rows, but SQLite prefers to read all rows of the tenant in the index of the order: `+`
        // keeps it from that index.
        let linked =
            ids_only && parent.is_some_and(|(edge, _)| matches!(edge.via, Via::LinkTable { .. } | Via::Through(..)));
        for (index, term) in self.order.iter().enumerate() {
            let key = key(term, alias, index);
            let key = if linked && index == 0 { Expr::cust_with_expr("+?", key) } else { key };
            self.sort(&mut rows, key, term);
        }
        // One row more than the page has shows whether there is more.
        rows.limit(self.size + 1);
        Ok(rows)
    }

    fn count_rows(
        &self,
        scope: &mut Scope<'_>,
        alias: &str,
        parent: Option<(&'static Edge, &Expr)>,
        max: Option<u64>,
    ) -> Result<SelectStatement> {
        let mut rows = self.base_query(scope, alias, parent)?;
        let count = Func::count(Expr::col(Asterisk));
        let Some(max) = max else {
            rows.expr(count);
            return Ok(rows);
        };
        // A row beyond the maximum is not read.
        rows.expr(Expr::val(1)).limit(max);
        let mut counted = Query::select();
        counted.expr(count).from_subquery(rows, "counted");
        Ok(counted)
    }

    fn base_query(
        &self,
        scope: &mut Scope<'_>,
        alias: &str,
        parent: Option<(&'static Edge, &Expr)>,
    ) -> Result<SelectStatement> {
        let mut rows = Query::select();
        rows.from_as(E::TABLE.name, alias.to_owned());
        rows.cond_where(self.condition(scope, alias, parent)?);
        Ok(rows)
    }

    /// The condition that the rows of an alias are those of the list.
    pub(crate) fn condition(
        &self,
        scope: &mut Scope<'_>,
        alias: &str,
        parent: Option<(&'static Edge, &Expr)>,
    ) -> Result<Condition> {
        let mut condition = Condition::all().add(scope.rows(E::TABLE, alias, self.deleted)?);
        if let Some((edge, parent)) = parent {
            condition = condition.add(scope.join_on(edge, alias, parent)?);
        }
        Ok(condition.add(scope.compile(&self.filter, alias)?))
    }

    fn select(&self, rows: &mut SelectStatement, alias: &str, tenant: Uuid) {
        self.join_custom_fields(rows, alias, tenant);
        for (index, term) in self.order.iter().enumerate() {
            rows.expr_as(key(term, alias, index), SORT_KEYS[index]);
        }
        for selected in &self.columns {
            rows.expr(column(alias, selected.as_str()));
        }
    }

    /// Joins the values of the custom fields by which the list is ordered.
    fn join_custom_fields(&self, rows: &mut SelectStatement, alias: &str, tenant: Uuid) {
        for (index, term) in self.order.iter().enumerate() {
            if let SortBy::Custom { definition, owner, .. } = &term.by {
                let value = key_alias(alias, index);
                let on = custom_value(tenant, *definition, owner, alias, &value);
                rows.join_as(JoinType::LeftJoin, CUSTOM_FIELD_VALUE, value, on);
            }
        }
    }

    fn sort(&self, rows: &mut SelectStatement, key: Expr, term: &SortTerm) {
        let order = if term.descending == self.backward { Order::Asc } else { Order::Desc };
        if term.nullable() {
            let nulls = if order == Order::Asc { NullOrdering::Last } else { NullOrdering::First };
            rows.order_by_expr_with_nulls(key, order, nulls);
        } else {
            rows.order_by_expr(key, order);
        }
    }

    /// The condition that a row comes after the row of a cursor, in the direction of reading.
    fn seek_after(&self, alias: &str, cursor: &[Value]) -> Condition {
        let keys: Vec<_> = self.order.iter().enumerate().map(|(index, term)| key(term, alias, index)).collect();
        let ascending = |term: &SortTerm| term.descending == self.backward;
        let first = &self.order[0];
        let one_direction = self.order.iter().all(|term| !term.nullable() && ascending(term) == ascending(first));
        if one_direction {
            // An index answers the comparison of row values, but it allows neither nulls nor mixed directions.
            let (keys, cursor) = (Expr::tuple(keys), Expr::tuple(cursor.iter().cloned().map(Expr::val)));
            return Condition::all().add(if ascending(first) { keys.gt(cursor) } else { keys.lt(cursor) });
        }
        let mut after = Condition::any();
        for (index, term) in self.order.iter().enumerate() {
            // Equal in all earlier terms, and beyond the cursor in this one.
            let mut equal = Condition::all();
            for (key, value) in keys.iter().zip(cursor).take(index) {
                let key = key.clone();
                equal = equal.add(if value::is_null(value) { key.is_null() } else { key.eq(value.clone()) });
            }
            let (key, value) = (keys[index].clone(), cursor[index].clone());
            // Ascending, nulls are last; descending, they are first.
            let beyond = match (value::is_null(&value), ascending(term)) {
                (true, true) => Expr::cust("1 = 0"),
                (true, false) => key.is_not_null(),
                (false, true) if term.nullable() => key.clone().gt(value).or(key.is_null()),
                (false, true) => key.gt(value),
                (false, false) => key.lt(value),
            };
            after = after.add(equal.add(beyond));
        }
        after
    }
}

fn key(term: &SortTerm, alias: &str, index: usize) -> Expr {
    match &term.by {
        SortBy::Column { name, .. } => column(alias, name),
        SortBy::Custom { column: name, .. } => column(&key_alias(alias, index), name),
    }
}

fn key_alias(alias: &str, index: usize) -> String {
    format!("{alias}v{index}")
}

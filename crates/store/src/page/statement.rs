//! Statements: the SQL of a list, of a page of it under each of many parents, and of their counts.

use std::borrow::Cow;

use access::{Caller, Role};
use error::Result;
use sea_orm::{
    Condition, DbBackend, ExprTrait, IdenStatic, QueryResult, Value,
    prelude::{Expr, Uuid},
    sea_query::{Asterisk, Func, JoinType, NullOrdering, Order, Query, SelectStatement},
};

use super::{MAX_SORT_TERMS, RowQuery, SortBy, SortTerm};
use crate::{
    edge::{Edge, Via},
    filter::{Scope, column, custom_value},
    table::TenantTable,
    value,
};

/// The names of the key columns of a page. No order has more terms than this.
const SORT_KEYS: [&str; MAX_SORT_TERMS] = ["o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7"];

impl<E: TenantTable> RowQuery<E> {
    /// The statement for the list itself.
    pub(crate) fn statement(&self, caller: &Caller) -> Result<SelectStatement> {
        let caller = self.effective_caller(caller);
        let mut scope = Scope::new(&caller);
        let alias = scope.alias();
        self.page(&mut scope, &alias, None, false)
    }

    /// The statement that counts the list.
    pub(crate) fn count_statement(&self, caller: &Caller) -> Result<SelectStatement> {
        let caller = self.effective_caller(caller);
        let mut scope = Scope::new(&caller);
        let alias = scope.alias();
        self.count_rows(&mut scope, &alias, None)
    }

    /// Whose permissions and row rules hold: the caller's, unless a rule must know what the caller may not see.
    fn effective_caller<'a>(&self, caller: &'a Caller) -> Cow<'a, Caller> {
        if !self.unrestricted {
            return Cow::Borrowed(caller);
        }
        // The tenant alone holds: for what rules must know, and never for what is answered.
        Cow::Owned(Caller { roles: vec![Role::Admin], scopes: None, ..caller.clone() })
    }

    /// The statement for a page of the list under each of many parents: the parent, the keys, the columns.
    pub(crate) fn statement_under(
        &self,
        edge: &'static Edge,
        parents: &[Uuid],
        caller: &Caller,
        backend: DbBackend,
    ) -> Result<SelectStatement> {
        let mut scope = Scope::new(caller);
        let near = parent(backend);
        let alias = scope.alias();
        let mut rows = Query::select();
        from_parents(&mut rows, parents, backend);
        if backend == DbBackend::Postgres {
            let page = self.page(&mut scope, &alias, Some((edge, &near)), false)?;
            rows.column(("k", "k")).column(("p", Asterisk));
            rows.join_lateral(JoinType::InnerJoin, page, "p", Condition::all().add(Expr::cust("TRUE")));
            for (index, term) in self.order.iter().enumerate() {
                self.sort(&mut rows, Expr::col(("p", SORT_KEYS[index])), term);
            }
        } else {
            let page = self.page(&mut scope, &alias, Some((edge, &near)), true)?;
            let outer = scope.alias();
            rows.column(("k", "key"));
            // As one value of tenant and id the rows have one way to be found: by their key. Left to choose, SQLite may
            // read all rows of the tenant for each parent.
            let whole = Expr::tuple([column(&outer, "tenant_id"), column(&outer, "id")]);
            let here = Condition::all().add(whole.in_subquery(page));
            rows.join_as(JoinType::InnerJoin, E::TABLE.name, outer.clone(), here);
            self.select(&mut rows, &outer, caller.tenant);
            for (index, term) in self.order.iter().enumerate() {
                self.sort(&mut rows, key(term, &outer, index), term);
            }
        }
        Ok(rows)
    }

    /// The statement that counts the list under each of many parents.
    pub(crate) fn count_under_parent(
        &self,
        edge: &'static Edge,
        parents: &[Uuid],
        caller: &Caller,
        backend: DbBackend,
    ) -> Result<SelectStatement> {
        let mut scope = Scope::new(caller);
        let near = parent(backend);
        let alias = scope.alias();
        let count = self.count_rows(&mut scope, &alias, Some((edge, &near)))?;
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
        let mut rows = self.base_query(scope, alias, near)?;
        if ids_only {
            rows.column((alias.to_owned(), "tenant_id")).column((alias.to_owned(), "id"));
            self.join_custom_fields(&mut rows, alias, tenant);
        } else {
            self.select(&mut rows, alias, tenant);
        }
        if let Some(cursor) = &self.cursor {
            rows.cond_where(self.seek_after(alias, cursor));
        }
        // The link names few rows. SQLite would rather read all rows of the tenant in the index of the order.
        let linked = ids_only && near.is_some_and(|(edge, _)| matches!(edge.via, Via::LinkTable { .. }));
        for (index, term) in self.order.iter().enumerate() {
            let key = key(term, alias, index);
            let key = if linked && index == 0 { Expr::cust_with_expr("+?", key) } else { key };
            self.sort(&mut rows, key, term);
        }
        // One more than asked for tells whether there is more.
        rows.limit(self.size + 1);
        Ok(rows)
    }

    fn count_rows(
        &self,
        scope: &mut Scope<'_>,
        alias: &str,
        near: Option<(&'static Edge, &Expr)>,
    ) -> Result<SelectStatement> {
        let mut rows = self.base_query(scope, alias, near)?;
        rows.expr(Func::count(Expr::col(Asterisk)));
        Ok(rows)
    }

    fn base_query(
        &self,
        scope: &mut Scope<'_>,
        alias: &str,
        near: Option<(&'static Edge, &Expr)>,
    ) -> Result<SelectStatement> {
        let mut rows = Query::select();
        rows.from_as(E::TABLE.name, alias.to_owned());
        rows.cond_where(scope.rows(E::TABLE, alias, self.deleted)?);
        if let Some((edge, near)) = near {
            rows.cond_where(scope.join_on(edge, alias, near));
        }
        rows.cond_where(scope.compile(&self.filter, alias)?);
        Ok(rows)
    }

    fn select(&self, rows: &mut SelectStatement, alias: &str, tenant: Uuid) {
        self.join_custom_fields(rows, alias, tenant);
        for (index, term) in self.order.iter().enumerate() {
            rows.expr_as(key(term, alias, index), SORT_KEYS[index]);
        }
        for chosen in &self.columns {
            rows.expr(column(alias, chosen.as_str()));
        }
    }

    /// Brings in the values of the custom fields the list is ordered by.
    fn join_custom_fields(&self, rows: &mut SelectStatement, alias: &str, tenant: Uuid) {
        for (index, term) in self.order.iter().enumerate() {
            if let SortBy::Custom { definition, owner, .. } = &term.by {
                let far = key_alias(alias, index);
                let on = custom_value(tenant, *definition, owner, alias, &far);
                rows.join_as(JoinType::LeftJoin, "custom_field_value", far, on);
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

    /// Rows that come after the given keys, in the direction of reading.
    fn seek_after(&self, alias: &str, from: &[Value]) -> Condition {
        let keys: Vec<_> = self.order.iter().enumerate().map(|(index, term)| key(term, alias, index)).collect();
        let upward = |term: &SortTerm| term.descending == self.backward;
        let one_way = self.order.iter().all(|term| !term.nullable() && upward(term) == upward(&self.order[0]));
        if one_way {
            // Row values are answered from an index; they know neither nulls nor mixed directions.
            let (keys, from) = (Expr::tuple(keys), Expr::tuple(from.iter().cloned().map(Expr::val)));
            return Condition::all().add(if upward(&self.order[0]) { keys.gt(from) } else { keys.lt(from) });
        }
        let mut after = Condition::any();
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
            after = after.add(step.add(further));
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
pub fn any_of_ids(tested: Expr, ids: &[Uuid], backend: DbBackend) -> Expr {
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
pub fn parent_id(result: &QueryResult, parents: &[Uuid], backend: DbBackend) -> Result<Uuid> {
    if backend == DbBackend::Postgres {
        return Ok(result.try_get_by_index(0)?);
    }
    let index: i64 = result.try_get_by_index(0)?;
    Ok(usize::try_from(index).ok().and_then(|index| parents.get(index)).copied().unwrap_or_default())
}

//! Filters: a tree of tests over columns, edges, custom fields and the blind index, compiled to one SQL condition.
//!
//! Invariant: a filter is two-valued. A comparison with null is false and `Not` negates exactly that, so `Not` is pushed
//! down to the tests, where SQL's third value can be caught.
//!
//! Invariant: every EXISTS starts from the scope that `find` starts from ([`Scope::rows`]), so that no filter can see a
//! row its caller cannot list.

use access::{Action, Caller};
use error::Result;
use sea_orm::{
    Condition, ExprTrait, Value,
    prelude::{Expr, Uuid},
    sea_query::{IntoColumnRef, LikeExpr, Query, SelectStatement},
};

use super::{
    edge::{self, Edge, Via},
    table::{Assignment, RowRule, Table},
};

/// Which rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Those that pass every filter; all of them, if there is none.
    All(Vec<Filter>),
    /// Those that pass one of the filters; none, if there is none.
    Any(Vec<Filter>),
    /// Those that do not pass the filter.
    Not(Box<Filter>),
    /// Those whose column passes a test.
    Column(&'static str, Predicate),
    /// Those one of whose rows at the other end of an edge passes the filter.
    Exists(&'static Edge, Box<Filter>),
    /// Those whose value of a custom field passes a test: definition, column of the owner, column of the value.
    CustomField(Uuid, &'static str, &'static str, Predicate),
    /// Those whose value of a custom field is a row that passes a filter: definition, column of the owner.
    CustomFieldRow(Uuid, &'static str, Box<Filter>),
    /// Those with a token in the blind index.
    Token(Vec<u8>),
}

/// What is asked of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Equal.
    Eq(Value),
    /// Not equal, and not null.
    Neq(Value),
    /// Equal to one of them.
    In(Vec<Value>),
    /// Equal to none of them, and not null.
    NotIn(Vec<Value>),
    /// Less.
    Lt(Value),
    /// Less or equal.
    Lte(Value),
    /// Greater.
    Gt(Value),
    /// Greater or equal.
    Gte(Value),
    /// Contains a folded text.
    Contains(String),
    /// Begins with a folded text.
    StartsWith(String),
    /// Null, or not.
    IsNull(bool),
}

/// Where a filter is compiled: for whom, and how many aliases are taken.
pub struct Scope<'a> {
    caller: &'a Caller,
    aliases: usize,
}

/// Which rows a list shows, by whether they are deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Deleted {
    /// Live rows.
    #[default]
    Exclude,
    /// All rows.
    Include,
    /// Deleted rows.
    Only,
}

impl<'a> Scope<'a> {
    /// The scope of a caller.
    pub fn new(caller: &'a Caller) -> Self {
        Self { caller, aliases: 0 }
    }

    /// The tenant everything here belongs to.
    pub fn tenant(&self) -> Uuid {
        self.caller.tenant
    }

    /// A name no other level of the statement has.
    pub fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    /// The rows of a table that exist for the caller: permission, tenant, liveness and row rule.
    pub fn rows(&mut self, table: &'static Table, alias: &str, deleted: Deleted) -> Result<Condition> {
        self.caller.require(table.read)?;
        let mut rows = Condition::all().add(column(alias, "tenant_id").eq(self.caller.tenant));
        if table.audited {
            rows = match deleted {
                Deleted::Exclude => rows.add(column(alias, "deleted_at").is_null()),
                Deleted::Include => rows,
                Deleted::Only => rows.add(column(alias, "deleted_at").is_not_null()),
            };
        }
        match table.row_rule {
            RowRule::None => {}
            RowRule::Assigned(assignment) => {
                if let Some(assigned) = self.assigned(&assignment, &column(alias, "id")) {
                    rows = rows.add(assigned);
                }
            }
            RowRule::NotNull(name) => rows = rows.add(column(alias, name).is_not_null()),
            RowRule::OwnerVisible => {
                for (owner, id_column) in edge::CUSTOM_FIELD_OWNERS {
                    let id = column(alias, id_column);
                    if !self.caller.may(owner.read) {
                        rows = rows.add(id.is_null());
                    } else if let RowRule::Assigned(assignment) = &owner.row_rule
                        && let Some(assigned) = self.assigned(assignment, &id)
                    {
                        rows = rows.add(id.is_null().or(assigned));
                    }
                }
            }
        }
        Ok(rows)
    }

    /// The condition that a row is assigned to the caller; nothing if the caller also sees the work of others.
    fn assigned(&mut self, assignment: &Assignment, row: &Expr) -> Option<Expr> {
        if !self.caller.only_own_work() {
            return None;
        }
        let link = self.alias();
        let mut assigned = Query::select();
        assigned.expr(Expr::val(1)).from_as(assignment.table, link.clone());
        assigned.and_where(column(&link, "tenant_id").eq(self.caller.tenant));
        assigned.and_where(column(&link, assignment.row).eq(row.clone()));
        assigned.and_where(column(&link, assignment.technician).eq(self.caller.technician.as_str()));
        Some(Expr::exists(assigned))
    }

    /// The filter as a condition over the rows of an alias.
    pub fn compile(&mut self, filter: &Filter, alias: &str) -> Result<Condition> {
        self.compile_polarity(filter, alias, true)
    }

    fn compile_polarity(&mut self, filter: &Filter, alias: &str, positive: bool) -> Result<Condition> {
        Ok(match filter {
            Filter::All(filters) | Filter::Any(filters) => {
                // De Morgan: `not (a and b)` is `(not a) or (not b)`.
                let all = matches!(filter, Filter::All(_)) == positive;
                if filters.is_empty() {
                    return Ok(Condition::all().add(Expr::cust(if all { "1 = 1" } else { "1 = 0" })));
                }
                let mut together = if all { Condition::all() } else { Condition::any() };
                for each in filters {
                    together = together.add(self.compile_polarity(each, alias, positive)?);
                }
                together
            }
            Filter::Not(inner) => self.compile_polarity(inner, alias, !positive)?,
            Filter::Column(name, test) => two_valued(test.over(column(alias, name)), positive),
            Filter::Token(token) => {
                self.caller.require(Action::PiiRead)?;
                let mut rows = Query::select();
                rows.column("row_id").from("search_token");
                rows.and_where(Expr::col("tenant_id").eq(self.caller.tenant));
                rows.and_where(Expr::col("token").eq(token.clone()));
                let found = column(alias, "id").in_subquery(rows);
                Condition::all().add(if positive { found } else { found.not() })
            }
            Filter::Exists(edge, inner) => {
                let far = self.alias();
                let mut rows = Query::select();
                rows.expr(Expr::val(1)).from_as(edge.target.name, far.clone());
                rows.cond_where(self.rows(edge.target, &far, Deleted::Exclude)?);
                rows.cond_where(self.join_on(edge, &far, &column(alias, edge.source_column())));
                rows.cond_where(self.compile_polarity(inner, &far, true)?);
                exists(rows, positive)
            }
            Filter::CustomFieldRow(definition, owner, inner) => {
                let far = self.alias();
                let mut rows = self.custom(*definition, owner, alias, &far);
                rows.cond_where(self.compile_polarity(inner, &far, true)?);
                exists(rows, positive)
            }
            Filter::CustomField(definition, owner, value, test) => {
                let far = self.alias();
                let mut rows = self.custom(*definition, owner, alias, &far);
                // A row without a value has a null value.
                let (test, positive) = match test {
                    Predicate::IsNull(null) => (Predicate::IsNull(false), positive != *null),
                    other => (other.clone(), positive),
                };
                rows.cond_where(two_valued(test.over(column(&far, value)), true));
                exists(rows, positive)
            }
        })
    }

    /// The far rows of an edge, seen from an expression that names its near end.
    pub fn join_on(&mut self, edge: &'static Edge, far: &str, near: &Expr) -> Condition {
        match edge.via {
            Via::TargetColumn(key) => Condition::all().add(column(far, key).eq(near.clone())),
            Via::SourceColumn(_) => Condition::all().add(column(far, "id").eq(near.clone())),
            Via::LinkTable { table, source, target } => {
                let link = self.alias();
                let mut rows = Query::select();
                rows.column((link.clone(), target)).from_as(table, link.clone());
                rows.and_where(column(&link, "tenant_id").eq(self.caller.tenant));
                rows.and_where(column(&link, source).eq(near.clone()));
                Condition::all().add(column(far, "id").in_subquery(rows))
            }
            Via::ChangeLog => Condition::all()
                .add(column(far, "entity").eq(edge.source.name))
                .add(column(far, "row_id").eq(near.clone())),
        }
    }

    /// The value of a custom field on the row of an alias, as a statement that still selects 1.
    fn custom(&self, definition: Uuid, owner: &'static str, alias: &str, far: &str) -> SelectStatement {
        let mut rows = Query::select();
        rows.expr(Expr::val(1)).from_as("custom_field_value", far.to_owned());
        rows.cond_where(custom_value(self.caller.tenant, definition, owner, alias, far));
        rows
    }
}

/// How the value of a custom field (`far`) belongs to the row of an alias.
pub fn custom_value(tenant: Uuid, definition: Uuid, owner: &'static str, alias: &str, far: &str) -> Condition {
    Condition::all()
        .add(column(far, "tenant_id").eq(tenant))
        .add(column(far, "definition_id").eq(definition))
        .add(column(far, owner).equals((alias.to_owned(), "id")))
        .add(column(far, "deleted_at").is_null())
}

impl Predicate {
    fn over(&self, tested: Expr) -> Expr {
        match self {
            Self::Eq(value) => tested.eq(value.clone()),
            Self::Neq(value) => tested.ne(value.clone()),
            Self::In(values) => tested.is_in(padded(values)),
            // None of no values is every value, but null is no value.
            Self::NotIn(values) if values.is_empty() => tested.is_not_null(),
            Self::NotIn(values) => tested.is_not_in(padded(values)),
            Self::Lt(value) => tested.lt(value.clone()),
            Self::Lte(value) => tested.lte(value.clone()),
            Self::Gt(value) => tested.gt(value.clone()),
            Self::Gte(value) => tested.gte(value.clone()),
            // No column holds as much, and SQLite takes no longer pattern.
            Self::Contains(text) if text.len() > MAX_CONTAINS_BYTES => Expr::cust("1 = 0"),
            Self::Contains(text) => tested.like(LikeExpr::new(format!("%{}%", escape(text))).escape('\\')),
            // A range, because both databases answer it from an index; the greatest character ends it.
            Self::StartsWith(text) => tested.clone().gte(text.as_str()).and(tested.lt(format!("{text}{}", char::MAX))),
            Self::IsNull(true) => tested.is_null(),
            Self::IsNull(false) => tested.is_not_null(),
        }
    }
}

/// A column of an alias.
pub fn column(alias: &str, name: &'static str) -> Expr {
    Expr::col((alias.to_owned(), name).into_column_ref())
}

/// A test, or that it is not true: false or unknown.
fn two_valued(test: Expr, positive: bool) -> Condition {
    Condition::all().add(if positive { test } else { test.is_not(Expr::Constant(true.into())) })
}

fn exists(rows: SelectStatement, positive: bool) -> Condition {
    let exists = Expr::exists(rows);
    Condition::all().add(if positive { exists } else { exists.not() })
}

/// A list filled up to a power of two with its last value: lists of 5, 6 and 8 values share one prepared statement.
fn padded(values: &[Value]) -> Vec<Value> {
    let mut values = values.to_vec();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

/// The longest text that is looked for within another, in bytes.
const MAX_CONTAINS_BYTES: usize = 20_000;

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

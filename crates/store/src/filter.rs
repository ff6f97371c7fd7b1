//! Filters: a tree of predicates over columns, edges, custom fields and the blind index, compiled to one SQL condition.
//!
//! Invariant: a filter is two-valued. A comparison with null is false, and `Not` negates exactly that. `Not` is therefore
//! pushed down to the predicates, where SQL's third value is turned into false.
//!
//! Invariant: every EXISTS starts from the scope that `find` starts from ([`Scope::rows`]), so that no filter sees a row
//! that its caller cannot list.

use access::{Action, Caller};
use error::{Error, Result};
use sea_orm::{
    Condition, ExprTrait,
    prelude::{Expr, Uuid},
    sea_query::{IntoColumnRef, JoinType, Query, SelectStatement, UnionType},
};

use super::{
    edge::{Edge, Via},
    predicate::Predicate,
    table::{Assignment, RowRule, Table, TenantTable},
};

/// Which rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Rows that pass every filter; all rows if the list is empty.
    All(Vec<Filter>),
    /// Rows that pass one of the filters; no row if the list is empty.
    Any(Vec<Filter>),
    /// Rows of a table that pass one of some filters, each of which an index answers. The rows of each filter are found by
    /// themselves: an `Any` of conditions on several tables makes the database read every row of the tenant.
    AnyByIndex(&'static Table, Vec<Filter>),
    /// Rows that do not pass the filter.
    Not(Box<Filter>),
    /// Rows whose column passes a predicate.
    Column(&'static str, Predicate),
    /// Rows for which one row at the other end of an edge passes the filter.
    Exists(&'static Edge, Box<Filter>),
    /// Rows whose value of a custom field passes a predicate: definition, column of the owner, column of the value.
    CustomField(Uuid, &'static str, &'static str, Predicate),
    /// Rows whose value of a custom field is a row that passes a filter: definition, column of the owner.
    CustomFieldRow(Uuid, &'static str, Box<Filter>),
    /// Rows that have a token in the blind index, for a caller who may read personal data.
    Token(Vec<u8>),
    /// Rows that have a token in the blind index, and whose text stands unencrypted in a column.
    ClearToken(Vec<u8>, &'static str),
}

impl Filter {
    /// Whether the filter reads no other table, besides the blind index.
    pub(crate) fn reads_one_table(&self) -> bool {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().all(Self::reads_one_table),
            Self::Not(filter) => filter.reads_one_table(),
            Self::Column(..) | Self::Token(_) | Self::ClearToken(..) => true,
            Self::AnyByIndex(..) | Self::Exists(..) | Self::CustomField(..) | Self::CustomFieldRow(..) => false,
        }
    }

    /// The token, if the filter is nothing else.
    fn token(&self) -> Option<&[u8]> {
        match self {
            Self::Token(token) => Some(token),
            Self::All(only) | Self::Any(only) if only.len() == 1 => only[0].token(),
            _ => None,
        }
    }
}

/// The state in which the filters of one statement are compiled: the caller, and how many aliases are in use.
pub struct Scope<'a> {
    caller: &'a Caller,
    aliases: usize,
}

/// Whether a list has live or deleted rows.
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

    /// The tenant of all rows of the statement.
    pub fn tenant(&self) -> Uuid {
        self.caller.tenant
    }

    /// An alias that the statement does not use yet.
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
        } else if deleted == Deleted::Only {
            // Nothing deletes a row of the log.
            rows = rows.add(Expr::cust("1 = 0"));
        }
        match table.row_rule {
            RowRule::None => {}
            RowRule::Assigned(assignment) => {
                if let Some(assigned) = self.assigned(&assignment, &column(alias, "id")) {
                    rows = rows.add(assigned);
                }
            }
            RowRule::NotNull(name) => rows = rows.add(column(alias, name).is_not_null()),
            RowRule::OwnerVisible(owners) => {
                for (owner, id_column) in owners {
                    let owner = Table::by_name(owner).ok_or_else(|| Error::internal("an owner without a table"))?;
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
        self.compile_negatable(filter, alias, false)
    }

    /// The condition that the row of an alias has one of some tokens in the blind index.
    fn indexed(&self, tokens: &[&[u8]], alias: &str) -> Expr {
        column(alias, "id").in_subquery(self.with_tokens(tokens))
    }

    /// The statement that selects the rows that have one of some tokens in the blind index.
    fn with_tokens(&self, tokens: &[&[u8]]) -> SelectStatement {
        let mut rows = Query::select();
        rows.column("row_id").from("search_token");
        rows.and_where(Expr::col("tenant_id").eq(self.caller.tenant));
        rows.and_where(match tokens {
            [token] => Expr::col("token").eq(*token),
            tokens => Expr::col("token").is_in(tokens.iter().copied()),
        });
        rows
    }

    /// The rows that have one of some tokens, or its negation.
    fn any_token(&self, tokens: &[&[u8]], alias: &str, negated: bool) -> Result<Condition> {
        self.caller.require(Action::PiiRead)?;
        let found = self.indexed(tokens, alias);
        Ok(Condition::all().add(if negated { found.not() } else { found }))
    }

    /// The statement that selects the ids of the rows of a table that pass one of some filters.
    fn found_by_index(&mut self, table: &'static Table, filters: &[Filter]) -> Result<SelectStatement> {
        let tokens: Vec<_> = filters.iter().filter_map(Filter::token).collect();
        if !tokens.is_empty() {
            self.caller.require(Action::PiiRead)?;
        }
        let mut found = self.with_tokens(&tokens);
        for filter in filters.iter().filter(|filter| filter.token().is_none()) {
            let target = self.alias();
            let mut rows = Query::select();
            match filter {
                Filter::Exists(Edge { target: other, via: Via::TargetColumn(key), .. }, inner) => {
                    rows.column((target.clone(), *key)).from_as(other.name, target.clone());
                    rows.cond_where(self.rows(other, &target, Deleted::Exclude)?);
                    rows.cond_where(self.compile(inner, &target)?);
                }
                filter => {
                    rows.column((target.clone(), "id")).from_as(table.name, target.clone());
                    rows.and_where(column(&target, "tenant_id").eq(self.caller.tenant));
                    rows.cond_where(self.compile(filter, &target)?);
                }
            }
            found.union(UnionType::Distinct, rows);
        }
        Ok(found)
    }

    /// The filter, or its negation, as a condition over the rows of an alias.
    fn compile_negatable(&mut self, filter: &Filter, alias: &str, negated: bool) -> Result<Condition> {
        Ok(match filter {
            Filter::All(filters) | Filter::Any(filters) => {
                // De Morgan: `not (a and b)` is `(not a) or (not b)`.
                let all = matches!(filter, Filter::All(_)) != negated;
                if filters.is_empty() {
                    return Ok(Condition::all().add(Expr::cust(if all { "1 = 1" } else { "1 = 0" })));
                }
                let mut condition = if all { Condition::all() } else { Condition::any() };
                // Tokens of which one is enough are one lookup: several would each make the database read all rows.
                let is_any = matches!(filter, Filter::Any(_));
                let tokens: Vec<_> =
                    if is_any { filters.iter().filter_map(Filter::token).collect() } else { Vec::new() };
                if !tokens.is_empty() {
                    condition = condition.add(self.any_token(&tokens, alias, negated)?);
                }
                for operand in filters.iter().filter(|operand| !is_any || operand.token().is_none()) {
                    condition = condition.add(self.compile_negatable(operand, alias, negated)?);
                }
                condition
            }
            Filter::AnyByIndex(_, filters) if negated || filters.is_empty() => {
                self.compile_negatable(&Filter::Any(filters.clone()), alias, negated)?
            }
            Filter::AnyByIndex(table, filters) => {
                let found = self.found_by_index(table, filters)?;
                Condition::all().add(column(alias, "id").in_subquery(found))
            }
            Filter::Not(inner) => self.compile_negatable(inner, alias, !negated)?,
            Filter::Column(name, predicate) => two_valued(predicate.over(column(alias, name)), negated),
            Filter::Token(token) => self.any_token(&[token], alias, negated)?,
            Filter::ClearToken(token, name) => {
                let found = self.indexed(&[token], alias).and(column(alias, name).is_not_null());
                Condition::all().add(if negated { found.not() } else { found })
            }
            Filter::Exists(edge, inner) => {
                let target = self.alias();
                let mut rows = Query::select();
                rows.expr(Expr::val(1)).from_as(edge.target.name, target.clone());
                rows.cond_where(self.rows(edge.target, &target, Deleted::Exclude)?);
                rows.cond_where(self.join_on(edge, &target, &column(alias, edge.source_column()))?);
                rows.cond_where(self.compile(inner, &target)?);
                exists(rows, negated)
            }
            Filter::CustomFieldRow(definition, owner, inner) => {
                let value = self.alias();
                let mut rows = self.custom_values(*definition, owner, alias, &value);
                rows.cond_where(self.compile(inner, &value)?);
                exists(rows, negated)
            }
            Filter::CustomField(definition, owner, value_column, predicate) => {
                let value = self.alias();
                let mut rows = self.custom_values(*definition, owner, alias, &value);
                // A row without a value counts as null: null means that no value exists that is not null.
                let (predicate, negated) = match predicate {
                    Predicate::IsNull(null) => (Predicate::IsNull(false), negated != *null),
                    other => (other.clone(), negated),
                };
                rows.cond_where(two_valued(predicate.over(column(&value, value_column)), false));
                exists(rows, negated)
            }
        })
    }

    /// The condition that the rows of the alias `target` are at the other end of an edge. `source` is the value of the
    /// column that the edge starts from.
    pub fn join_on(&mut self, edge: &'static Edge, target: &str, source: &Expr) -> Result<Condition> {
        Ok(match edge.via {
            Via::TargetColumn(key) | Via::SharedColumn(key) => {
                Condition::all().add(column(target, key).eq(source.clone()))
            }
            Via::SourceColumn(_) => Condition::all().add(column(target, "id").eq(source.clone())),
            Via::LinkTable { table, source: source_column, target: target_column } => {
                let link = self.alias();
                let mut rows = Query::select();
                rows.column((link.clone(), target_column)).from_as(table, link.clone());
                rows.and_where(column(&link, "tenant_id").eq(self.caller.tenant));
                rows.and_where(column(&link, source_column).eq(source.clone()));
                Condition::all().add(column(target, "id").in_subquery(rows))
            }
            Via::Through(first, second) => {
                let Via::LinkTable { table, source: source_column, target: target_column } = second.via else {
                    return Err(Error::internal("the second edge leads through a link table"));
                };
                let (link, middle) = (self.alias(), self.alias());
                let mut rows = Query::select();
                rows.column((link.clone(), target_column)).from_as(first.target.name, middle.clone());
                rows.join_as(JoinType::InnerJoin, table, link.clone(), {
                    let same_row = column(&link, source_column).equals((middle.clone(), "id"));
                    Condition::all().add(column(&link, "tenant_id").eq(self.caller.tenant)).add(same_row)
                });
                rows.cond_where(self.rows(first.target, &middle, Deleted::Exclude)?);
                rows.cond_where(self.join_on(first, &middle, source)?);
                Condition::all().add(column(target, "id").in_subquery(rows))
            }
            Via::ChangeLog => Condition::all()
                .add(column(target, "table_name").eq(edge.source.name))
                .add(column(target, "row_id").eq(source.clone())),
        })
    }

    /// The statement that selects 1 for the value of a custom field on the row of an alias.
    fn custom_values(&self, definition: Uuid, owner: &'static str, alias: &str, value: &str) -> SelectStatement {
        let mut rows = Query::select();
        rows.expr(Expr::val(1)).from_as(CUSTOM_FIELD_VALUE, value.to_owned());
        rows.cond_where(custom_value(self.caller.tenant, definition, owner, alias, value));
        rows
    }
}

/// The table of custom field values.
pub const CUSTOM_FIELD_VALUE: &str = <entity::custom_field_value::Entity as TenantTable>::TABLE.name;

/// The condition that the alias `value` is the live value of a custom field on the row of an alias.
pub fn custom_value(tenant: Uuid, definition: Uuid, owner: &'static str, alias: &str, value: &str) -> Condition {
    Condition::all()
        .add(column(value, "tenant_id").eq(tenant))
        .add(column(value, "definition_id").eq(definition))
        .add(column(value, owner).equals((alias.to_owned(), "id")))
        .add(column(value, "deleted_at").is_null())
}

/// A column of an alias.
pub fn column(alias: &str, name: &'static str) -> Expr {
    Expr::col((alias.to_owned(), name).into_column_ref())
}

/// A predicate, or the condition that it is not true: false or unknown.
fn two_valued(predicate: Expr, negated: bool) -> Condition {
    Condition::all().add(if negated { predicate.is_not(Expr::Constant(true.into())) } else { predicate })
}

fn exists(rows: SelectStatement, negated: bool) -> Condition {
    let exists = Expr::exists(rows);
    Condition::all().add(if negated { exists.not() } else { exists })
}

#[cfg(test)]
mod tests {
    use access::Role;
    use sea_orm::sea_query::SqliteQueryBuilder;

    use super::*;

    fn where_of(filter: &Filter) -> String {
        let caller = Caller {
            tenant: Uuid::nil(),
            subject: "ann".to_owned(),
            roles: vec![Role::Admin],
            scopes: None,
            technician: String::new(),
            token: None,
            read_only: false,
            request_id: String::new(),
            has_client_request_id: false,
        };
        let mut select = Query::select();
        select.cond_where(Scope::new(&caller).compile(filter, "t").unwrap());
        select.to_string(SqliteQueryBuilder)
    }

    #[test]
    fn tokens_of_which_one_is_enough_are_one_lookup() {
        let token = |byte| Filter::Token(vec![byte]);
        let any = Filter::Any(vec![
            token(1),
            Filter::All(vec![token(2)]),
            Filter::Column("number", Predicate::Eq("x".into())),
        ]);
        for filter in [any.clone(), Filter::Not(Box::new(any))] {
            let text = where_of(&filter);
            assert_eq!(text.matches("search_token").count(), 1, "{text}");
            assert!(text.contains("x'01', x'02'") && text.contains("number"), "{text}");
        }
        let all = where_of(&Filter::All(vec![token(1), token(2)]));
        assert_eq!(all.matches("search_token").count(), 2, "{all}");
    }
}

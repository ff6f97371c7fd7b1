//! The statements of an aggregate: the rows with the values of each, and the groups of the rows.

use error::Result;
use sea_orm::{
    Condition, DbBackend, ExprTrait, QueryResult, Value,
    prelude::{Expr, Uuid},
    sea_query::{ArrayType, Asterisk, CaseStatement, Func, JoinType, Query, SelectStatement},
};

use super::query::{Group, Key, Measure, Measured, Operand};
use crate::{
    edge::Edge,
    filter::{CUSTOM_FIELD_VALUE, Scope, column, custom_value},
    page::{RowQuery, current_parent, from_parents, parent_column},
    rollup::{MAX_GROUPS, bucket, integer, sum, sums},
    session::Session,
    table::TenantTable,
    value,
};

/// The bucket of a value that is in none.
const OUTSIDE: i64 = -1;

/// A statement that is being built: the rows with the values of each, and the groups of the rows.
pub struct Statement<'a> {
    session: &'a Session,
    /// The alias of the list's table.
    alias: String,
    rows: SelectStatement,
    /// The parent and the keys of the groups.
    groups: SelectStatement,
    /// What is selected after them and the count: the texts of keys, then the measures.
    results: Vec<Expr>,
    /// How many names it has given to values.
    names: usize,
    /// The custom fields whose values are joined.
    custom_fields: Vec<Uuid>,
}

impl<'a> Statement<'a> {
    /// A statement over the rows of a list, or of the lists at the other end of an edge, by parent or of all parents together;
    /// without keys and measures.
    pub fn over<E: TenantTable>(
        query: &RowQuery<E>,
        edge: Option<&'static Edge>,
        session: &'a Session,
        (ids, by_parent): (&[Uuid], bool),
    ) -> Result<Self> {
        let backend = session.db.backend();
        let mut scope = Scope::new(&session.caller);
        let alias = scope.alias();
        let (mut rows, mut groups) = (Query::select(), Query::select());
        let parent = current_parent(backend);
        // A statement without keys and measures selects something, too.
        rows.expr(Expr::val(1));
        let condition = query.condition(&mut scope, &alias, edge.map(|edge| (edge, &parent)))?;
        if edge.is_some() {
            from_parents(&mut rows, ids, backend);
            rows.expr_as(Expr::col(parent_column(backend)), "parent");
            // SQLite may read all rows of the tenant in the order of the keys, and look for the parent of each: a cross join
            // keeps it at the parents first. PostgreSQL takes it as any other join.
            rows.join_as(JoinType::CrossJoin, E::TABLE.name, alias.clone(), Condition::all());
            rows.cond_where(condition);
        } else {
            rows.from_as(E::TABLE.name, alias.clone()).cond_where(condition);
        }
        if by_parent {
            groups.column(("r", "parent")).group_by_col(("r", "parent"));
        }
        Ok(Self { session, alias, rows, groups, results: Vec::new(), names: 0, custom_fields: Vec::new() })
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("x{}", self.names)
    }

    /// The value of a row.
    fn value(&mut self, operand: &Operand) -> Expr {
        match operand {
            Operand::Column { name, .. } => column(&self.alias, name),
            Operand::Custom { definition, owner, column: name, .. } => {
                let known = self.custom_fields.iter().position(|known| known == definition);
                let index = known.unwrap_or(self.custom_fields.len());
                let value = format!("{}v{index}", self.alias);
                if known.is_none() {
                    let on = custom_value(self.session.caller.tenant, *definition, owner, &self.alias, &value);
                    self.rows.join_as(JoinType::LeftJoin, CUSTOM_FIELD_VALUE, value.clone(), on);
                    self.custom_fields.push(*definition);
                }
                column(&value, name)
            }
        }
    }

    /// Groups the rows by a key.
    pub fn add_key(&mut self, key: &Key, edges: &[Value]) {
        let name = self.name();
        let mut value = self.value(&key.operand);
        if key.calendar.is_some() {
            value = match edges {
                [first, .., last] => CaseStatement::new()
                    .case(value.clone().lt(Expr::val(first.clone())), integer(OUTSIDE))
                    .case(value.clone().gte(Expr::val(last.clone())), integer(OUTSIDE))
                    .case(value.clone().is_not_null(), bucket(&value, edges, 0))
                    .into(),
                _ => CaseStatement::new().case(value.is_not_null(), integer(OUTSIDE)).into(),
            };
        }
        self.rows.expr_as(value, name.clone());
        self.groups.column(("r", name.clone())).group_by_col(("r", name));
        if let Some(text) = &key.text {
            let name = self.name();
            let text = self.value(text);
            self.rows.expr_as(text, name.clone());
            // The same order on both databases.
            let collation = if self.session.db.backend() == DbBackend::Postgres { " COLLATE \"C\"" } else { "" };
            self.results.push(Expr::cust(format!("MIN(\"r\".\"{name}\"{collation})")));
        }
    }

    /// Computes a measure of each group.
    pub fn add_measure(&mut self, measure: &Measure) {
        let name = self.name();
        let value = self.value(measure.operand());
        self.rows.expr_as(value, name.clone());
        let value = || Expr::col(("r", name.clone()));
        match measure {
            Measure::Sum(_) => {
                self.results.extend(sums(&name));
                self.results.push(value().count());
            }
            Measure::Distinct(_) => self.results.push(value().count_distinct()),
            Measure::Minimum(_) => self.results.push(value().min()),
            Measure::Maximum(_) => self.results.push(value().max()),
        }
    }

    /// The statement.
    pub fn finish(self) -> SelectStatement {
        let Self { rows, mut groups, results, .. } = self;
        groups.expr(Func::count(Expr::col(Asterisk))).exprs(results);
        groups.from_subquery(rows, "r").limit(MAX_GROUPS as u64 + 1);
        groups
    }
}

/// The group in a row of a statement's result, after `skip` leading columns.
pub fn read_group(row: &QueryResult, skip: usize, keys: &[&Key], measures: &[Measure]) -> Result<Group> {
    let mut index = skip;
    let mut next = || {
        index += 1;
        index - 1
    };
    let mut values = Vec::with_capacity(keys.len());
    for key in keys {
        let value_type = if key.calendar.is_some() { &ArrayType::BigInt } else { key.operand.value_type() };
        values.push(value::read_column(row, next(), value_type)?);
    }
    let count = row.try_get_by_index(next())?;
    let mut texts = Vec::with_capacity(keys.len());
    for key in keys {
        texts.push(if key.text.is_some() { row.try_get_by_index(next())? } else { None });
    }
    let mut results = Vec::with_capacity(measures.len());
    for measure in measures {
        results.push(match measure {
            Measure::Sum(_) => {
                let sum = sum([row.try_get_by_index(next())?, row.try_get_by_index(next())?]);
                Measured::Sum(sum, row.try_get_by_index(next())?)
            }
            Measure::Distinct(_) => Measured::Count(row.try_get_by_index(next())?),
            Measure::Minimum(operand) | Measure::Maximum(operand) => {
                Measured::Value(value::read_column(row, next(), operand.value_type())?)
            }
        });
    }
    Ok(Group { keys: values, texts, partition: None, count, measured: results })
}

/// Whether the value of a key with buckets is in none.
pub fn is_outside(value: &Value) -> bool {
    *value == Value::BigInt(Some(OUTSIDE))
}

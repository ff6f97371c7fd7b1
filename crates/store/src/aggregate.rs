//! Aggregates: the rows of a list, grouped by values and counted, summed and compared, in a constant number of statements for
//! many parents.
//!
//! SQL only selects, compares and groups, as in a rollup: sums are of two parts, and the edges of the buckets are values that the
//! caller computes from the first and the last value of the rows.

use std::{collections::HashMap, sync::Arc};

use error::{Error, Result};
use sea_orm::{
    DbBackend, EntityTrait, ExprTrait, QueryResult, Value,
    prelude::{Expr, Uuid},
    sea_query::{ArrayType, Asterisk, CaseStatement, Func, JoinType, Query, SelectStatement},
};

use super::{
    batch::FetchPlan,
    edge::Edge,
    filter::{CUSTOM_FIELD_VALUE, Scope, column, custom_value},
    page::{RowQuery, current_parent, from_parents, parent_column, parent_id},
    rollup::{MAX_GROUPS, bucket, integer, sum, sums},
    session::Session,
    table::TenantTable,
    value,
};

/// How often the groups are read, if rows are written meanwhile that are in no bucket.
const ATTEMPTS: usize = 5;

/// The bucket of a value that is in none.
const OUTSIDE: i64 = -1;

/// A value of each row.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A column of the list's table.
    Column {
        /// Its name.
        name: &'static str,
        /// The type of its values.
        value_type: ArrayType,
    },
    /// A column of the value of a custom field.
    Custom {
        /// The id of the field's definition.
        definition: Uuid,
        /// The column of a value that holds the id of the list's row.
        owner: &'static str,
        /// The column of a value.
        column: &'static str,
        /// The type of its values.
        value_type: ArrayType,
    },
}

/// Computes the edges of the buckets from the first and the last value.
pub type Edges = Arc<dyn Fn(&Value, &Value) -> Result<Vec<Value>> + Send + Sync>;

/// How the values of a key are cut into buckets.
#[derive(Clone)]
pub struct Calendar {
    /// A name that is equal for equal calendars.
    pub name: String,
    /// The edges of the buckets that hold two values and all between them, ascending; the last one is the end of the last bucket.
    pub edges: Edges,
}

/// What rows are grouped by.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The value.
    pub operand: Operand,
    /// The text that stands for the value: the first one of a group in the order of its bytes.
    pub text: Option<Operand>,
    /// Into which buckets the values are cut.
    pub calendar: Option<Calendar>,
}

/// What is computed of a value of the rows of a group; null counts nowhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// The sum and the count of the values, which are integers.
    Sum(Operand),
    /// The number of different values.
    Distinct(Operand),
    /// The least value.
    Minimum(Operand),
    /// The greatest value.
    Maximum(Operand),
}

/// The result of a measure.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// A sum, and of how many values.
    Sum(i128, i64),
    /// A number of values.
    Count(i64),
    /// A value; null if there is none.
    Value(Value),
}

/// The keys of an aggregate, and the measures that one statement computes by them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aggregate {
    /// The keys.
    pub keys: Vec<Key>,
    /// The measures of each statement. Its groups are also of one value of the operand, where there is one: amounts of money are
    /// of one currency.
    pub parts: Vec<(Option<Operand>, Vec<Measure>)>,
}

/// A group of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The values of the keys; of a key with a calendar, the index of the bucket. Null is a value.
    pub keys: Vec<Value>,
    /// The texts of the keys that have one.
    pub texts: Vec<Option<String>>,
    /// The value by which the part is divided, as text.
    pub divided_by: Option<String>,
    /// How many rows there are.
    pub count: i64,
    /// The results of the measures.
    pub measured: Vec<Measured>,
}

/// The groups of a list: those of each part, and the edges of the buckets of each key.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// The edges of the buckets; none for a key without a calendar.
    pub edges: Vec<Arc<[Value]>>,
    /// The groups of each part.
    pub parts: Vec<Vec<Group>>,
}

/// An aggregate of the list at the other end of an edge, for each parent; without an edge, of the list of the tenant, which is
/// then the only parent.
pub struct AggregatePlan<E: EntityTrait> {
    /// The edge.
    pub edge: Option<&'static Edge>,
    /// The query of the list.
    pub query: Arc<RowQuery<E>>,
    /// The aggregate.
    pub aggregate: Aggregate,
}

/// Two calendars are equal if they have the same name.
impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl std::fmt::Debug for Calendar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Calendar").field(&self.name).finish()
    }
}

impl Operand {
    /// The type of its values.
    pub fn value_type(&self) -> &ArrayType {
        match self {
            Self::Column { value_type, .. } | Self::Custom { value_type, .. } => value_type,
        }
    }
}

impl Measure {
    fn operand(&self) -> &Operand {
        match self {
            Self::Sum(operand) | Self::Distinct(operand) | Self::Minimum(operand) | Self::Maximum(operand) => operand,
        }
    }
}

impl<E: TenantTable> FetchPlan for AggregatePlan<E> {
    type Answer = Arc<Groups>;

    fn is_equivalent(&self, other: &Self) -> bool {
        self.edge == other.edge && self.aggregate == other.aggregate && self.query.is_equivalent(&other.query)
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, Self::Answer>> {
        for _ in 0..ATTEMPTS {
            if let Some(answers) = self.read(session, ids).await? {
                return Ok(answers.into_iter().map(|(parent, groups)| (parent, Arc::new(groups))).collect());
            }
        }
        Err(Error::Busy)
    }
}

impl<E: TenantTable> AggregatePlan<E> {
    /// The groups of each parent. None if a row was written meanwhile that is in no bucket.
    async fn read(&self, session: &Session, ids: &[Uuid]) -> Result<Option<HashMap<Uuid, Groups>>> {
        let mut answers: HashMap<Uuid, Groups> = HashMap::new();
        let Some(edges) = self.edges(session, ids).await? else { return Ok(Some(HashMap::new())) };
        let by_parent = self.edge.is_some();
        for (number, (divisor, measures)) in self.aggregate.parts.iter().enumerate() {
            let divisor = divisor.clone().map(|operand| Key { operand, text: None, calendar: None });
            let keys: Vec<_> = self.aggregate.keys.iter().chain(&divisor).collect();
            let mut statement = self.statement(session, ids, by_parent)?;
            for (index, key) in keys.iter().enumerate() {
                statement.add_key(key, edges.get(index).map_or(&[], |edges| edges));
            }
            for measure in measures {
                statement.add_measure(measure);
            }
            let rows = session.rows(statement.finish()).await?;
            if rows.len() > MAX_GROUPS {
                let message = format!("There are more than {MAX_GROUPS} groups; group by less, or narrow the list.");
                return Err(Error::BadInput(message));
            }
            for row in &rows {
                let parent = if by_parent { parent_id(row, ids, session.db.backend())? } else { session.caller.tenant };
                let mut group = read_group(row, usize::from(by_parent), &keys, measures)?;
                let mut buckets = group.keys.iter().zip(&self.aggregate.keys);
                if buckets.any(|(value, key)| key.calendar.is_some() && is_outside(value)) {
                    return Ok(None);
                }
                if divisor.is_some() {
                    group.divided_by = group.keys.pop().and_then(text_of);
                }
                let answer = answers.entry(parent).or_insert_with(|| Groups {
                    edges: edges.clone(),
                    parts: vec![Vec::new(); self.aggregate.parts.len()],
                });
                answer.parts[number].push(group);
            }
        }
        Ok(Some(answers))
    }

    /// The edges of the buckets of each key. None if there is no row.
    async fn edges(&self, session: &Session, ids: &[Uuid]) -> Result<Option<Vec<Arc<[Value]>>>> {
        let mut edges = vec![Arc::default(); self.aggregate.keys.len()];
        if self.aggregate.keys.iter().all(|key| key.calendar.is_none()) {
            return Ok(Some(edges));
        }
        let mut statement = self.statement(session, ids, false)?;
        let mut measures = Vec::new();
        for key in self.aggregate.keys.iter().filter(|key| key.calendar.is_some()) {
            measures.extend([Measure::Minimum(key.operand.clone()), Measure::Maximum(key.operand.clone())]);
        }
        for measure in &measures {
            statement.add_measure(measure);
        }
        let rows = session.rows(statement.finish()).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let group = read_group(row, 0, &[], &measures)?;
        if group.count == 0 {
            return Ok(None);
        }
        let mut bounds = group.measured.into_iter();
        for (key, edges) in self.aggregate.keys.iter().zip(&mut edges) {
            let Some(calendar) = &key.calendar else { continue };
            let (Some(Measured::Value(first)), Some(Measured::Value(last))) = (bounds.next(), bounds.next()) else {
                continue;
            };
            if first != first.as_null() {
                *edges = (calendar.edges)(&first, &last)?.into();
            }
        }
        Ok(Some(edges))
    }

    /// A statement over the rows of the list, by parent or of all parents together, without keys and measures.
    fn statement<'a>(&self, session: &'a Session, ids: &[Uuid], by_parent: bool) -> Result<Statement<'a>> {
        let backend = session.db.backend();
        let mut scope = Scope::new(&session.caller);
        let alias = scope.alias();
        let (mut rows, mut groups) = (Query::select(), Query::select());
        let parent = current_parent(backend);
        // A statement without keys and measures selects something, too.
        rows.expr(Expr::val(1));
        if self.edge.is_some() {
            from_parents(&mut rows, ids, backend);
            rows.expr_as(Expr::col(parent_column(backend)), "parent");
        }
        self.query.restrict(&mut rows, &mut scope, &alias, self.edge.map(|edge| (edge, &parent)))?;
        if by_parent {
            groups.column(("r", "parent")).group_by_col(("r", "parent"));
        }
        Ok(Statement { session, alias, rows, groups, results: Vec::new(), names: 0 })
    }
}

/// A statement that is being built: the rows with the values of each, and the groups of the rows.
struct Statement<'a> {
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
}

impl Statement<'_> {
    fn name(&mut self) -> String {
        self.names += 1;
        format!("x{}", self.names)
    }

    /// The value of a row.
    fn value(&mut self, operand: &Operand) -> Expr {
        match operand {
            Operand::Column { name, .. } => column(&self.alias, name),
            Operand::Custom { definition, owner, column: name, .. } => {
                let value = format!("{}v{}", self.alias, self.names);
                let on = custom_value(self.session.caller.tenant, *definition, owner, &self.alias, &value);
                self.rows.join_as(JoinType::LeftJoin, CUSTOM_FIELD_VALUE, value.clone(), on);
                column(&value, name)
            }
        }
    }

    fn add_key(&mut self, key: &Key, edges: &[Value]) {
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

    fn add_measure(&mut self, measure: &Measure) {
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

    fn finish(self) -> SelectStatement {
        let Self { rows, mut groups, results, .. } = self;
        groups.expr(Func::count(Expr::col(Asterisk))).exprs(results);
        groups.from_subquery(rows, "r").limit(MAX_GROUPS as u64 + 1);
        groups
    }
}

/// The group in a row of a statement's result, after `skip` leading columns.
fn read_group(row: &QueryResult, skip: usize, keys: &[&Key], measures: &[Measure]) -> Result<Group> {
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
    Ok(Group { keys: values, texts, divided_by: None, count, measured: results })
}

/// Whether the value of a key with buckets is in none.
fn is_outside(value: &Value) -> bool {
    *value == Value::BigInt(Some(OUTSIDE))
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => text,
        _ => None,
    }
}

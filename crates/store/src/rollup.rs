//! Rollups: rows of one table, counted and summed by parent, time bucket and values; one statement for many parents.
//!
//! SQL only selects, compares and groups: the edges of the buckets are instants that the caller computes, and no function of
//! dates is used, so that both databases agree. Amounts are summed as whole `PART`s and as what is left of them, so that no
//! sum exceeds 64 bits, which SQLite refuses; the two sums are added in 128 bits.

use std::{collections::HashMap, sync::Arc};

use access::Caller;
use chrono::{DateTime, Utc};
use error::{Error, Result};
use sea_orm::{
    Condition, DbBackend, ExprTrait, QueryResult, Value,
    prelude::{Expr, Uuid},
    sea_query::{ArrayType, Asterisk, CaseStatement, Func, JoinType, Query, SelectStatement},
};

use super::{
    batch::FetchPlan,
    edge::Edge,
    filter::{Deleted, Filter, Scope, column},
    page::any_of_ids,
    session::Session,
    value,
};

/// The most groups of one statement. A rollup of more is refused.
pub const MAX_GROUPS: usize = 50_000;

/// The number of minor units that are summed as one.
const PART: i64 = 1_000_000_000;

/// The names of the value columns in the inner statement. No rollup has more.
const KEYS: [&str; 5] = ["k0", "k1", "k2", "k3", "k4"];

/// A column of the rows, or of the rows that are joined to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A column of the rows.
    Row(&'static str),
    /// A column of the joined rows.
    Joined(&'static str),
}

/// A value by which rows are grouped.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// The value of a column.
    Column(Operand, ArrayType),
    /// A time, moved into a period from its first to its last instant. Null is the last.
    Within(Operand, [DateTime<Utc>; 2]),
    /// 1 if the first time is not later than the second, 0 if it is; null if either is null.
    NotAfter(Operand, Operand),
}

/// Rows that are joined to each row, at the other end of an edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The edge.
    pub edge: &'static Edge,
    /// Which of the rows there.
    pub filter: Filter,
    /// Whether only the last of them is joined, by position.
    pub last: bool,
}

/// A query for rows that are counted and summed.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollup {
    /// The edge from a parent to its rows: a column of the row has the parent's id.
    pub edge: &'static Edge,
    /// Which of the rows.
    pub filter: Filter,
    /// What is joined to them.
    pub join: Option<Join>,
    /// The time of a row: the first of these columns that is not null. Without columns, all rows are in the first bucket.
    pub at: Vec<Operand>,
    /// The edges of the buckets, ascending; the last one is the end of the last bucket. Rows of other times are left out.
    /// Without a bucket, nothing is read.
    pub edges: Vec<DateTime<Utc>>,
    /// The values.
    pub keys: Vec<Key>,
    /// The column that is summed.
    pub sum: Option<Operand>,
}

/// The rows of one bucket with the same values.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The index of the bucket.
    pub bucket: usize,
    /// The values.
    pub keys: Vec<Value>,
    /// How many rows there are.
    pub count: i64,
    /// The sum of the column, nulls left out.
    pub sum: i128,
}

/// The groups of a parent, by bucket.
pub type Groups = Arc<Vec<Group>>;

/// A rollup for each parent, or for the whole tenant, which is then the only parent.
pub struct RollupPlan {
    /// The rollup.
    pub rollup: Rollup,
    /// Whether the parents are at the source of the rollup's edge.
    pub by_parent: bool,
}

impl FetchPlan for RollupPlan {
    type Answer = Groups;

    fn is_equivalent(&self, other: &Self) -> bool {
        self.by_parent == other.by_parent && self.rollup == other.rollup
    }

    async fn fetch(&self, session: &Session, ids: &[Uuid]) -> Result<HashMap<Uuid, Groups>> {
        let parents = self.by_parent.then_some(ids);
        let select = self.rollup.statement(parents, &session.caller, session.db.backend())?;
        if self.rollup.edges.len() < 2 {
            return Ok(HashMap::new());
        }
        let rows = session.rows(select).await?;
        if rows.len() > MAX_GROUPS {
            let message =
                format!("The figures are of more than {MAX_GROUPS} groups of records; give a shorter period.");
            return Err(Error::BadInput(message));
        }
        let mut groups: HashMap<Uuid, Vec<Group>> = HashMap::new();
        for row in &rows {
            let parent = if self.by_parent { row.try_get_by_index(0)? } else { session.caller.tenant };
            groups.entry(parent).or_default().push(self.rollup.group(row)?);
        }
        let sorted = groups.into_iter().map(|(parent, mut groups)| {
            groups.sort_by_key(|group| group.bucket);
            (parent, Arc::new(groups))
        });
        Ok(sorted.collect())
    }
}

impl Key {
    fn value_type(&self) -> ArrayType {
        match self {
            Self::Column(_, value_type) => value_type.clone(),
            Self::Within(..) => ArrayType::ChronoDateTimeUtc,
            Self::NotAfter(..) => ArrayType::BigInt,
        }
    }

    fn expression(&self, aliases: &Aliases) -> Expr {
        match self {
            Self::Column(operand, _) => aliases.column(*operand),
            Self::Within(operand, [first, last]) => {
                let time = aliases.column(*operand);
                CaseStatement::new()
                    .case(time.clone().lt(*first), *first)
                    .case(time.clone().lt(*last), time)
                    .finally(*last)
                    .into()
            }
            Self::NotAfter(first, second) => {
                let (first, second) = (aliases.column(*first), aliases.column(*second));
                CaseStatement::new()
                    .case(first.clone().lte(second.clone()), integer(1))
                    .case(first.gt(second), integer(0))
                    .into()
            }
        }
    }
}

/// The aliases of the rows and of the joined rows.
struct Aliases {
    row: String,
    joined: String,
}

impl Aliases {
    fn column(&self, operand: Operand) -> Expr {
        match operand {
            Operand::Row(name) => column(&self.row, name),
            Operand::Joined(name) => column(&self.joined, name),
        }
    }
}

impl Rollup {
    /// The statement: the parent, the bucket, the count, the two sums, the values.
    fn statement(&self, parents: Option<&[Uuid]>, caller: &Caller, backend: DbBackend) -> Result<SelectStatement> {
        let rows = self.rows(parents, caller, backend)?;
        let mut groups = Query::select();
        for name in if parents.is_some() { ["parent", "bucket"].as_slice() } else { &["bucket", "bucket"] } {
            groups.column(("r", *name));
        }
        groups.expr(Func::count(Expr::col(Asterisk)));
        for part in sums("amount") {
            groups.expr(if self.sum.is_some() { part } else { integer(0) });
        }
        groups.group_by_col(("r", "bucket"));
        if parents.is_some() {
            groups.group_by_col(("r", "parent"));
        }
        for name in KEYS.iter().take(self.keys.len()) {
            groups.column(("r", *name)).group_by_col(("r", *name));
        }
        groups.from_subquery(rows, "r");
        groups.limit(MAX_GROUPS as u64 + 1);
        Ok(groups)
    }

    /// The statement that selects the parent, the bucket, the amount and the values of each row.
    fn rows(&self, parents: Option<&[Uuid]>, caller: &Caller, backend: DbBackend) -> Result<SelectStatement> {
        let mut scope = Scope::new(caller);
        let aliases = Aliases { row: scope.alias(), joined: scope.alias() };
        let mut rows = Query::select();
        rows.from_as(self.edge.target.name, aliases.row.clone());
        rows.cond_where(scope.rows(self.edge.target, &aliases.row, Deleted::Exclude)?);
        rows.cond_where(scope.compile(&self.filter, &aliases.row)?);
        if let Some(parents) = parents {
            let parent = column(&aliases.row, self.edge.target_column()?);
            rows.and_where(any_of_ids(parent.clone(), parents, backend));
            rows.expr_as(parent, "parent");
        }
        if let Some(join) = &self.join {
            let source = column(&aliases.row, join.edge.source_column());
            let on = join.condition(&mut scope, &aliases.joined, &source)?;
            rows.join_as(JoinType::InnerJoin, join.edge.target.name, aliases.joined.clone(), on);
            if join.last {
                let later = scope.alias();
                let mut others = Query::select();
                others.expr(Expr::val(1)).from_as(join.edge.target.name, later.clone());
                others.cond_where(join.condition(&mut scope, &later, &source)?);
                others.and_where(column(&later, "position").gt(column(&aliases.joined, "position")));
                rows.and_where(Expr::exists(others).not());
            }
        }
        let bucket = match self.time(&aliases) {
            Some(at) => {
                if let [first, .., last] = self.edges[..] {
                    rows.and_where(at.clone().gte(first)).and_where(at.clone().lt(last));
                }
                bucket(&at, &self.edges, 0)
            }
            None => integer(0),
        };
        rows.expr_as(bucket, "bucket");
        if let Some(sum) = self.sum {
            rows.expr_as(aliases.column(sum), "amount");
        }
        for (key, name) in self.keys.iter().zip(KEYS) {
            rows.expr_as(key.expression(&aliases), name);
        }
        Ok(rows)
    }

    /// The time of a row.
    fn time(&self, aliases: &Aliases) -> Option<Expr> {
        match self.at[..] {
            [] => None,
            [only] => Some(aliases.column(only)),
            _ => Some(Func::coalesce(self.at.iter().map(|operand| aliases.column(*operand))).into()),
        }
    }

    /// The group in a row of the statement's result.
    fn group(&self, row: &QueryResult) -> Result<Group> {
        let bucket: i64 = row.try_get_by_index(1)?;
        let keys = self.keys.iter().enumerate();
        Ok(Group {
            bucket: usize::try_from(bucket).map_err(Error::internal)?,
            count: row.try_get_by_index(2)?,
            sum: sum([row.try_get_by_index(3)?, row.try_get_by_index(4)?]),
            keys: keys
                .map(|(index, key)| value::read_column(row, 5 + index, &key.value_type()))
                .collect::<Result<_>>()?,
        })
    }
}

impl Join {
    fn condition(&self, scope: &mut Scope<'_>, alias: &str, source: &Expr) -> Result<Condition> {
        let rows = scope.rows(self.edge.target, alias, Deleted::Exclude)?;
        Ok(rows.add(scope.join_on(self.edge, alias, source)?).add(scope.compile(&self.filter, alias)?))
    }
}

/// The sum of a column of the subquery `r`, in two parts. Both databases divide integers towards zero.
pub fn sums(column: &str) -> [Expr; 2] {
    ["/", "%"].map(|operator| Expr::cust(format!("CAST(SUM(\"r\".\"{column}\" {operator} {PART}) AS bigint)")))
}

/// The sum of the two parts. Null is the sum of nothing.
pub fn sum(parts: [Option<i64>; 2]) -> i128 {
    let [whole, rest] = parts.map(|part| i128::from(part.unwrap_or_default()));
    whole * i128::from(PART) + rest
}

/// The index of the bucket of a time: a tree of comparisons, because a list would compare each row with half of all edges.
pub fn bucket<T: Clone + Into<Value>>(at: &Expr, edges: &[T], first: usize) -> Expr {
    if edges.len() <= 2 {
        return integer(first);
    }
    let middle = edges.len() / 2;
    let before = bucket(at, &edges[..=middle], first);
    let after = bucket(at, &edges[middle..], first + middle);
    CaseStatement::new().case(at.clone().lt(Expr::val(edges[middle].clone())), before).finally(after).into()
}

/// An integer of 64 bits on both databases.
pub fn integer(value: impl std::fmt::Display) -> Expr {
    Expr::cust(format!("CAST({value} AS bigint)"))
}

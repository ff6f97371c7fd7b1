//! The fetch plan of an aggregate: its statements, and the groups of each parent.

use std::{collections::HashMap, sync::Arc};

use error::{Error, Result};
use sea_orm::{EntityTrait, Value, prelude::Uuid};

use super::{
    query::{Aggregate, Groups, Key, Measure, Measured},
    statement::{Statement, is_outside, read_group},
};
use crate::{
    batch::FetchPlan,
    edge::Edge,
    page::{RowQuery, parent_id},
    rollup::MAX_GROUPS,
    session::Session,
    table::TenantTable,
};

/// How often the groups are read, if rows are written meanwhile that are in no bucket.
const ATTEMPTS: usize = 5;

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
        for (number, (partition, measures)) in self.aggregate.parts.iter().enumerate() {
            let partition = partition.clone().map(|operand| Key { operand, text: None, calendar: None });
            let keys: Vec<_> = self.aggregate.keys.iter().chain(&partition).collect();
            let mut statement = Statement::over(&self.query, self.edge, session, (ids, by_parent))?;
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
                if partition.is_some() {
                    group.partition = group.keys.pop().and_then(text_of);
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
        let mut statement = Statement::over(&self.query, self.edge, session, (ids, false))?;
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
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => text,
        _ => None,
    }
}

//! Aggregates: the rows of a list, grouped by values and counted, summed and compared, in a constant number of statements for
//! many parents.
//!
//! SQL only selects, compares and groups, as in a rollup: sums are of two parts, and the edges of the buckets are values that the
//! caller computes from the first and the last value of the rows.

mod plan;
mod query;
mod statement;

pub use self::{
    plan::AggregatePlan,
    query::{Aggregate, Calendar, Edges, Group, Groups, Key, Measure, Measured, Operand},
};

//! The size of a row in the answer, from the selection of its field.

use std::collections::HashMap;

use async_graphql::SelectionField;
use store::Edge;

/// What each row of a field takes of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowSize {
    /// The number of its fields, with aliases. The rows at the other end of an edge have their own.
    pub values: u64,
    /// How often the most frequent of its columns is selected.
    pub repeats: u64,
}

impl RowSize {
    /// The size of a row with these fields.
    pub fn of<'a>(fields: impl Iterator<Item = SelectionField<'a>>, edges: &[&Edge]) -> Self {
        let mut counts = HashMap::new();
        let values = count(fields, edges, &mut counts);
        Self { values, repeats: counts.into_values().max().unwrap_or(1) }
    }
}

/// Counts fields, and how often each name without a selection of its own stands among them.
fn count<'a>(
    fields: impl Iterator<Item = SelectionField<'a>>,
    edges: &[&Edge],
    counts: &mut HashMap<&'a str, u64>,
) -> u64 {
    let mut values = 0;
    for field in fields {
        values += 1;
        if edges.iter().any(|edge| edge.name.rsplit('.').next() == Some(field.name())) {
            continue;
        }
        match count(field.selection_set(), &[], counts) {
            0 => *counts.entry(field.name()).or_default() += 1,
            nested => values += nested,
        }
    }
    values
}

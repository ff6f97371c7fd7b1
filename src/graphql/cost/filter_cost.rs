//! The cost of a `where` and of an `orderBy`: its size, its lookups in other tables, its scans, and the depth of its edges.

use async_graphql::{Name, Value};

use super::table_scan::{LOOKUP_INPUTS, scans_rows, scans_texts};
use crate::graphql::{list::DEFAULT_PAGE_SIZE, types::SchemaTypes};

/// The cost of following an edge in a `where`: the same as a page of rows.
pub const FILTER_EDGE_COST: u64 = DEFAULT_PAGE_SIZE as u64;

/// The number of bytes of a string that count as one more value.
const STRING_BYTES_PER_VALUE: usize = 100;

/// The measures of a `where`.
#[derive(Default)]
pub struct FilterCost {
    /// The number of objects and values.
    pub size: usize,
    /// The number of operators that read other tables: edges, custom fields, personal text and lists of words.
    pub lookups: usize,
    /// The nesting depth of edges.
    pub edge_depth: usize,
    /// The cost of the lookups and of the scans. Behind an edge, it is multiplied by the cost of the edge.
    pub cost: u64,
}

impl FilterCost {
    /// Adds a value of an input type, at a depth of edges and with the cost of one lookup at that depth.
    pub fn measure(
        &mut self,
        types: &SchemaTypes,
        input_type: &Name,
        value: &Value,
        (depth, lookup_cost): (usize, u64),
    ) {
        match value {
            Value::List(items) => {
                for item in items {
                    self.measure(types, input_type, item, (depth, lookup_cost));
                }
            }
            Value::Object(fields) => {
                self.size += 1;
                for (name, value) in fields {
                    let Some(field_type) = types.input(input_type, name) else { continue };
                    if types.follows(input_type, name) {
                        self.add_lookups(1, lookup_cost);
                        self.edge_depth = self.edge_depth.max(depth + 1);
                        self.measure(
                            types,
                            field_type,
                            value,
                            (depth + 1, lookup_cost.saturating_mul(FILTER_EDGE_COST)),
                        );
                        continue;
                    }
                    if LOOKUP_INPUTS.contains(&field_type.as_str()) && !LOOKUP_INPUTS.contains(&input_type.as_str()) {
                        self.add_lookups(count_operators(value), lookup_cost);
                    }
                    // Behind an edge, the edge has found the few rows that are compared.
                    let scans = scans_texts(input_type, name) || depth == 0 && scans_rows(types, input_type, name);
                    if scans && *value != Value::Null {
                        self.cost = self.cost.saturating_add(lookup_cost);
                    }
                    self.measure(types, field_type, value, (depth, lookup_cost));
                }
            }
            Value::String(text) => self.size += 1 + text.len() / STRING_BYTES_PER_VALUE,
            _ => self.size += 1,
        }
    }

    fn add_lookups(&mut self, count: usize, lookup_cost: u64) {
        self.lookups = self.lookups.saturating_add(count);
        self.cost = self.cost.saturating_add(lookup_cost.saturating_mul(count as u64));
    }
}

/// Counts the operators of such an input: its values, without the key of a custom field.
fn count_operators(value: &Value) -> usize {
    match value {
        Value::List(items) => items.iter().map(count_operators).sum(),
        Value::Object(fields) => {
            fields.iter().filter(|(name, _)| *name != "key").map(|(_, value)| count_operators(value)).sum()
        }
        Value::Null => 0,
        _ => 1,
    }
}

//! The filter_cost: how large a `where` is, how far it looks, and what that costs.

use async_graphql::{Name, Value};

use super::FILTER_EDGE_COST;
use crate::graphql::types::SchemaTypes;

/// A text of a `where` counts as one value more for each of so many bytes.
const TEXT_BYTES_PER_VALUE: usize = 100;

/// What a `where` holds.
#[derive(Default)]
pub struct FilterCost {
    /// Its objects and values.
    pub size: usize,
    /// The tests that look into other rows: edges that are followed, custom fields, personal text and lists of words.
    pub lookups: usize,
    /// How deep edges nest.
    pub deepest: usize,
    /// What the lookups cost, those behind an edge as many times more as the edge costs.
    pub cost: u64,
}

impl FilterCost {
    /// Adds an input of a type: so many edges away from the list, where a lookup costs so much.
    pub fn measure(&mut self, types: &SchemaTypes, of: &Name, value: &Value, (depth, each): (usize, u64)) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.measure(types, of, item, (depth, each))),
            Value::Object(fields) => {
                self.size += 1;
                for (name, value) in fields {
                    let Some(takes) = types.input(of, name) else { continue };
                    if types.follows(of, name) {
                        self.add_lookups(1, each);
                        self.deepest = self.deepest.max(depth + 1);
                        self.measure(types, takes, value, (depth + 1, each.saturating_mul(FILTER_EDGE_COST)));
                        continue;
                    }
                    if LOOKUPS.contains(&takes.as_str()) && !LOOKUPS.contains(&of.as_str()) {
                        self.add_lookups(tests(value), each);
                    }
                    self.measure(types, takes, value, (depth, each));
                }
            }
            Value::String(text) => self.size += 1 + text.len() / TEXT_BYTES_PER_VALUE,
            _ => self.size += 1,
        }
    }

    fn add_lookups(&mut self, times: usize, each: u64) {
        self.lookups = self.lookups.saturating_add(times);
        self.cost = self.cost.saturating_add(each.saturating_mul(times as u64));
    }
}

/// Inputs whose tests are each answered from another table.
const LOOKUPS: [&str; 3] = ["CustomFieldFilter", "PersonalFilter", "WordsFilter"];

/// How many tests such an input has: its values, without the key of a custom field.
fn tests(value: &Value) -> usize {
    match value {
        Value::List(items) => items.iter().map(tests).sum(),
        Value::Object(fields) => fields.iter().filter(|(name, _)| *name != "key").map(|(_, value)| tests(value)).sum(),
        Value::Null => 0,
        _ => 1,
    }
}

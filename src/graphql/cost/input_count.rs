//! The numbers of inputs, ids and list items in the arguments of a field. Variables are counted where they are, and not copied.

use async_graphql::{Value, parser::types::Field};
use async_graphql_value::Value as Literal;

use super::CostEstimate;

impl CostEstimate<'_> {
    /// The number of items of a list argument. A single value counts as one item, and so does an absent argument.
    pub(super) fn argument_length(&self, field: &Field, name: &str) -> usize {
        match field.get_argument(name).map(|value| &value.node) {
            Some(Literal::List(items)) => items.len(),
            Some(Literal::Variable(name)) => match self.variables.get(name) {
                Some(Value::List(items)) => items.len(),
                _ => 1,
            },
            _ => 1,
        }
    }

    /// The number of items of all lists in the inputs of a mutation, nested ones and the list of inputs included.
    pub(super) fn input_items(&self, field: &Field) -> usize {
        let arguments = ["input", "inputs"].into_iter().filter_map(|name| field.get_argument(name));
        arguments.map(|value| self.literal_items(&value.node)).fold(0, usize::saturating_add)
    }

    fn literal_items(&self, literal: &Literal) -> usize {
        match literal {
            Literal::Variable(name) => self.variables.get(name).map_or(0, value_items),
            Literal::List(items) => sum(items.len(), items.iter().map(|item| self.literal_items(item))),
            Literal::Object(fields) => sum(0, fields.values().map(|field| self.literal_items(field))),
            _ => 0,
        }
    }
}

fn value_items(value: &Value) -> usize {
    match value {
        Value::List(items) => sum(items.len(), items.iter().map(value_items)),
        Value::Object(fields) => sum(0, fields.values().map(value_items)),
        _ => 0,
    }
}

fn sum(own: usize, nested: impl Iterator<Item = usize>) -> usize {
    nested.fold(own, usize::saturating_add)
}

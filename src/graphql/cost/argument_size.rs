//! The size of an operation's arguments. The library copies an argument for every object that has its field, so it counts as
//! often as the cost does.

use std::collections::HashMap;

use async_graphql::{
    Name, Value, Variables,
    parser::types::{Field, Selection, SelectionSet},
};
use async_graphql_value::Value as Literal;
use error::catalogue;

use super::{CostEstimate, Multiplicity, is_connection, multiplicity, named, root};
use crate::graphql::limit::LimitExceeded;

/// The bytes that a value takes besides its text, in the limit of arguments.
const VALUE_BYTES: u64 = 8;

/// About how many bytes of memory a value takes besides its text.
const VALUE_MEMORY: u64 = 100;

/// About how many bytes of memory the table of names of an object takes, and each of its fields.
const OBJECT_MEMORY: u64 = 300;
const FIELD_MEMORY: u64 = 60;

/// How large a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct ArgumentSize {
    /// What the limit of arguments counts: the bytes of the texts, and some for each value.
    bytes: u64,
    /// About how many bytes of memory a copy takes.
    memory: u64,
}

impl ArgumentSize {
    /// The size of all variables of an operation.
    fn of_variables(variables: &Variables) -> Self {
        variables.values().fold(Self::default(), |sum, value| sum.plus(Self::of(value)))
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::List(items) => Self::list(items.iter().map(Self::of)),
            Value::Object(fields) => Self::object(fields.values().map(Self::of)),
            Value::String(text) => Self::text(text),
            _ => Self::text(""),
        }
    }

    fn text(text: &str) -> Self {
        let length = text.len() as u64;
        Self { bytes: VALUE_BYTES + length, memory: VALUE_MEMORY + length }
    }

    fn list(items: impl Iterator<Item = Self>) -> Self {
        items.fold(Self::text(""), Self::plus)
    }

    fn object(fields: impl Iterator<Item = Self>) -> Self {
        let empty = Self::text("");
        let mut object = fields.fold(empty, |sum, field| sum.plus(field).plus(Self { bytes: 0, memory: FIELD_MEMORY }));
        object.memory += if object == empty { 0 } else { OBJECT_MEMORY };
        object
    }

    fn plus(self, other: Self) -> Self {
        Self { bytes: self.bytes.saturating_add(other.bytes), memory: self.memory.saturating_add(other.memory) }
    }

    fn times(self, count: u64) -> Self {
        Self { bytes: self.bytes.saturating_mul(count), memory: self.memory.saturating_mul(count) }
    }
}

impl CostEstimate<'_> {
    /// Refuses arguments that are too large as they stand in the document, before their variables are substituted.
    pub(super) fn check_arguments(&self) -> Result<(), LimitExceeded> {
        self.arguments(false).map(drop)
    }

    /// About how many bytes of memory the operation's variables and the copies of its arguments take. Refuses copies that are too
    /// large together: to be asked when the cost is known to be small, which says more of what multiplies.
    pub fn argument_memory(&self) -> Result<u64, LimitExceeded> {
        // What the library copies becomes an input, which is about as large.
        let copies = self.arguments(true)?.memory.saturating_mul(2);
        Ok(copies.saturating_add(ArgumentSize::of_variables(self.variables).memory))
    }

    fn arguments(&self, for_each_object: bool) -> Result<ArgumentSize, LimitExceeded> {
        let mut arguments =
            ArgumentSum { estimate: self, for_each_object, variables: HashMap::new(), sum: ArgumentSize::default() };
        arguments.add(&Name::new(root(self.operation.ty)), &self.operation.selection_set.node, 0, 1)?;
        Ok(arguments.sum)
    }
}

/// The arguments of an operation so far.
struct ArgumentSum<'a> {
    estimate: &'a CostEstimate<'a>,
    /// Whether an argument counts for each object that has its field, and not once.
    for_each_object: bool,
    /// A variable is measured once and not copied.
    variables: HashMap<&'a Name, ArgumentSize>,
    sum: ArgumentSize,
}

impl<'a> ArgumentSum<'a> {
    /// Adds the arguments of a selection set on a number of objects, until they exceed the limit. On a connection, a page has
    /// the given number of rows.
    fn add(&mut self, parent: &Name, set: &'a SelectionSet, rows: u64, objects: u64) -> Result<(), LimitExceeded> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let added = self.add_field(parent, &field.node, rows, objects);
                    added.map_err(|exceeded| exceeded.within(&field.node.response_key().node))?;
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(parent, |on| &on.node.on.node);
                    self.add(on, &fragment.node.selection_set.node, rows, objects)?;
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    fn add_field(&mut self, parent: &Name, field: &'a Field, rows: u64, objects: u64) -> Result<(), LimitExceeded> {
        for (_, value) in &field.arguments {
            let size = self.size(&value.node);
            self.sum = self.sum.plus(size.times(objects));
        }
        let limit = self.estimate.limits.arguments;
        if self.sum.bytes > limit as u64 {
            return Err(LimitExceeded::of_budget(catalogue::LIMIT_ARGUMENTS, limit as u64, self.sum.bytes));
        }
        let field_type = self.estimate.types.field(parent, &field.name.node).filter(|_| self.for_each_object);
        // The fields of introspection have no type here.
        let Some(field_type) = field_type.map(named) else {
            return self.add(parent, &field.selection_set.node, 0, objects);
        };
        let page = || self.estimate.page(field).unwrap_or(self.estimate.limits.page_size as u64);
        let count = match multiplicity(parent, field) {
            Multiplicity::Rows => rows,
            Multiplicity::Ids => self.estimate.argument_length(field, "ids") as u64,
            Multiplicity::Inputs => self.estimate.argument_length(field, "inputs") as u64,
            Multiplicity::Visits => page(),
            Multiplicity::Parts => 1,
        };
        let rows = if is_connection(field_type) { page() } else { 0 };
        self.add(field_type, &field.selection_set.node, rows, objects.saturating_mul(count.max(1)))
    }

    fn size(&mut self, literal: &'a Literal) -> ArgumentSize {
        match literal {
            Literal::Variable(name) => {
                let variables = self.estimate.variables;
                let measure = || variables.get(name).map_or(ArgumentSize::text(""), ArgumentSize::of);
                *self.variables.entry(name).or_insert_with(measure)
            }
            Literal::List(items) => ArgumentSize::list(items.iter().map(|item| self.size(item))),
            Literal::Object(fields) => ArgumentSize::object(fields.values().map(|field| self.size(field))),
            Literal::String(text) => ArgumentSize::text(text),
            _ => ArgumentSize::text(""),
        }
    }
}

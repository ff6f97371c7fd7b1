//! The size of an introspection: about how many fields its answer has, from the number of elements of the schema.

use async_graphql::parser::types::{Field, Selection, SelectionSet};

use super::CostEstimate;

/// How many fields of an introspection cost as much as an object of a row.
const VALUES_PER_COST: u64 = 10;

impl CostEstimate<'_> {
    /// The cost of the operation's introspection.
    pub fn introspection_cost(&self) -> u64 {
        self.introspected_values().div_ceil(VALUES_PER_COST)
    }

    /// About how many fields the operation's introspection answers.
    fn introspected_values(&self) -> u64 {
        let items = self.operation.selection_set.node.items.iter();
        let fields = items.filter_map(|item| match &item.node {
            Selection::Field(field) if ["__schema", "__type"].contains(&field.node.name.node.as_str()) => Some(field),
            _ => None,
        });
        fields.map(|field| self.values(&field.node.selection_set.node, 1)).fold(0, u64::saturating_add)
    }

    /// The fields of a selection set on a number of objects.
    fn values(&self, set: &SelectionSet, objects: u64) -> u64 {
        let values = set.items.iter().map(|item| match &item.node {
            Selection::Field(field) => {
                let objects_below = self.listed(&field.node, objects);
                objects.saturating_add(self.values(&field.node.selection_set.node, objects_below))
            }
            Selection::InlineFragment(fragment) => self.values(&fragment.node.selection_set.node, objects),
            Selection::FragmentSpread(_) => 0,
        });
        values.fold(0, u64::saturating_add)
    }

    /// How many objects a field of a number of objects has: those of the schema, divided among the objects that have them.
    fn listed(&self, field: &Field, objects: u64) -> u64 {
        let counts = &self.types.counts;
        let (elements, owners) = match field.name.node.as_str() {
            "types" => (counts.types, 1),
            "fields" => (counts.fields, counts.types),
            "args" => (counts.arguments, counts.fields),
            "inputFields" => (counts.input_fields, counts.types),
            "enumValues" => (counts.enum_values, counts.types),
            "interfaces" | "possibleTypes" => (counts.implementations, counts.types),
            // Half of the types are the inside of no list and of no non-null.
            "ofType" => (1, 2),
            _ => (1, 1),
        };
        objects.saturating_mul(elements).div_ceil(owners.max(1))
    }
}

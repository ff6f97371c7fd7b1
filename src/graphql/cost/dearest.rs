//! The dearest fields of an operation: what a client can change when the operation costs too much.

use async_graphql::{
    Name,
    parser::types::{Field, Selection, SelectionSet},
};

use super::{CostEstimate, Multiplicity, is_connection, multiplicity, named, object_cost, root};

/// How many fields are told.
const TOLD: usize = 3;

impl CostEstimate<'_> {
    /// The fields with the highest costs of their own, without those of the fields below them: each path from the root, with
    /// the cost. The dearest comes first.
    pub fn dearest(&self) -> Vec<(String, u64)> {
        let mut costs = Vec::new();
        let set = &self.operation.selection_set.node;
        self.list(&Name::new(root(self.operation.ty)), set, (0, 1), &mut Vec::new(), &mut costs);
        // Stable: of equal costs, the first one of the document.
        costs.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
        costs.truncate(TOLD);
        costs
    }

    /// Lists the fields of a selection set that is executed `times` times, on a page with the given number of rows.
    fn list(
        &self,
        parent: &Name,
        set: &SelectionSet,
        (rows, times): (u64, u64),
        path: &mut Vec<String>,
        costs: &mut Vec<(String, u64)>,
    ) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    path.push(field.node.response_key().node.to_string());
                    self.list_field(parent, &field.node, (rows, times), path, costs);
                    path.pop();
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(parent, |on| &on.node.on.node);
                    self.list(on, &fragment.node.selection_set.node, (rows, times), path, costs);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn list_field(
        &self,
        parent: &Name,
        field: &Field,
        (rows, times): (u64, u64),
        path: &mut Vec<String>,
        costs: &mut Vec<(String, u64)>,
    ) {
        let Some(field_type) = self.types.field(parent, &field.name.node).map(named) else { return };
        if !self.types.has_fields(field_type) {
            return;
        }
        // The estimate has passed: no count exceeds its limit.
        let count = match multiplicity(parent, field) {
            Multiplicity::Rows => rows,
            Multiplicity::Ids => self.count_items(field, "ids").unwrap_or(1),
            Multiplicity::Inputs => self.count_items(field, "inputs").unwrap_or(1),
            Multiplicity::Visits => self.page(field).unwrap_or(1),
            Multiplicity::Parts => 1,
        };
        let times = times.saturating_mul(count);
        let (size, filter) = if is_connection(field_type) {
            (self.page(field).unwrap_or_default(), self.filter(field_type, field).unwrap_or_default())
        } else {
            (0, 0)
        };
        costs.push((path.join("."), times.saturating_mul(filter.saturating_add(object_cost(field_type)))));
        self.list(field_type, &field.selection_set.node, (size, times), path, costs);
    }
}

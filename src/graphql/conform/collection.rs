//! The collection of the fields of a response object (section 6.3.2 of the specification).

use async_graphql::{
    Name, Pos,
    parser::types::{Field, Selection, SelectionSet, Type},
};

use crate::graphql::{
    operation::{CONCRETE_TYPE_KEY, TYPE_KIND_KEY},
    types::SchemaTypes,
};

/// The keys of what the plan selects for the conformer.
const HIDDEN_KEYS: [&str; 2] = [CONCRETE_TYPE_KEY, TYPE_KIND_KEY];

/// A field of the response.
pub struct CollectedField<'a> {
    /// Its key.
    pub key: &'a Name,
    /// Its first selection.
    pub field: &'a Field,
    /// The locations of its selections.
    pub locations: Vec<Pos>,
    /// Its type, if it is known.
    pub field_type: Option<&'a Type>,
    /// Its subselections.
    pub selection_sets: Vec<&'a SelectionSet>,
}

/// Whether the plan selects something for the conformer.
pub fn has_hidden_keys(selection_set: &SelectionSet) -> bool {
    selection_set.items.iter().any(|item| match &item.node {
        Selection::Field(field) => HIDDEN_KEYS.contains(&field.node.response_key().node.as_str()),
        _ => false,
    })
}

/// Collects the fields of a selection set on an object of the type.
pub fn collect<'a>(
    types: &'a SchemaTypes,
    type_name: Option<&'a Name>,
    selection_set: &'a SelectionSet,
    selected_fields: &mut Vec<CollectedField<'a>>,
) {
    for item in &selection_set.items {
        match &item.node {
            Selection::Field(field) if HIDDEN_KEYS.contains(&field.node.response_key().node.as_str()) => {}
            Selection::Field(field) => {
                let key = &field.node.response_key().node;
                let subselection = &field.node.selection_set.node;
                let subselection = (!subselection.items.is_empty()).then_some(subselection);
                if let Some(selected) = selected_fields.iter_mut().find(|selected| selected.key == key) {
                    selected.selection_sets.extend(subselection);
                    selected.locations.push(field.pos);
                } else {
                    let field_type = type_name.and_then(|name| types.field(name, &field.node.name.node));
                    selected_fields.push(CollectedField {
                        key,
                        field: &field.node,
                        locations: vec![field.pos],
                        field_type,
                        selection_sets: subselection.into_iter().collect(),
                    });
                }
            }
            Selection::InlineFragment(fragment) => {
                let on = fragment.node.type_condition.as_ref().map(|on| &on.node.on.node);
                if on == type_name {
                    collect(types, type_name, &fragment.node.selection_set.node, selected_fields);
                }
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

//! The shape of an answer: fields in the order they were selected, and null where one failed.
//!
//! async-graphql 7.2.1 answers fields in the order they happen to finish, leaves out those that failed, does not carry a
//! failed non-null field up to its parent, and gives no path to what failed behind an interface. The specification asks for
//! all four (sections 6.2.2, 6.4.3, 6.4.4, 7.1.2), so every answer is conformed here, against the document and the types of
//! the printed schema.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{
    Name, PathSegment, Pos, Positioned, Response, Value,
    indexmap::IndexMap,
    parser::types::{BaseType, ExecutableDocument, FragmentDefinition, Selection, SelectionSet, Type},
};

use super::{cost::root, types::SchemaTypes};

/// The shape of a schema's answers.
pub struct ResponseShape {
    types: Arc<SchemaTypes>,
}

/// One answer being conformed.
struct Conformer<'a> {
    shape: &'a ResponseShape,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    failed: HashSet<String>,
    /// The paths above them.
    above: HashSet<String>,
    /// Errors that have a place in the document and no path: their numbers, and the paths that were found for them.
    lost: Vec<(usize, Pos)>,
    found: Vec<(usize, Vec<String>)>,
    path: Vec<String>,
}

/// The value is null where it may not be: the parent cannot stand either.
struct NullPropagation;

/// A field of the answer: its key, its type where it is known, and all that is selected below it.
struct CollectedField<'a> {
    key: &'a Name,
    places: Vec<Pos>,
    of: Option<&'a Type>,
    below: Vec<&'a SelectionSet>,
}

impl ResponseShape {
    /// The shape of the answers of a schema of these types.
    pub fn of(types: Arc<SchemaTypes>) -> Self {
        Self { types }
    }

    /// Fits an answer to the operation that was executed.
    pub fn conform(&self, document: &ExecutableDocument, operation: Option<&str>, answer: &mut Response) {
        let mut chosen = document.operations.iter();
        let chosen = chosen.find(|(name, _)| operation.is_none() || name.map(Name::as_str) == operation);
        let Some((_, operation)) = chosen else { return };
        let root = Name::new(root(operation.node.ty));
        let failed = answer.errors.iter().map(|error| error.path.iter().map(segment).collect::<Vec<_>>().join("\n"));
        let (fragments, failed) = (&document.fragments, failed.collect::<HashSet<_>>());
        let above =
            failed.iter().flat_map(|path| path.match_indices('\n').map(|(end, _)| path[..end].to_owned())).collect();
        let lost =
            answer.errors.iter().enumerate().filter(|(_, error)| error.path.is_empty() && error.source.is_some());
        let lost = lost.filter_map(|(index, error)| Some((index, *error.locations.first()?))).collect();
        let mut conformer =
            Conformer { shape: self, fragments, failed, above, lost, found: Vec::new(), path: Vec::new() };
        if answer.data == Value::Null && !conformer.failed.is_empty() {
            answer.data = Value::Object(IndexMap::new());
        }
        if conformer.object(Some(&root), &[&operation.node.selection_set.node], &mut answer.data).is_err() {
            answer.data = Value::Null;
        }
        for (index, path) in conformer.found {
            let step = |step: String| step.parse().map_or(PathSegment::Field(step), PathSegment::Index);
            answer.errors[index].path = path.into_iter().map(step).collect();
        }
    }
}

impl<'a> Conformer<'a> {
    fn value(
        &mut self,
        of: Option<&'a Type>,
        below: &[&'a SelectionSet],
        value: &mut Value,
    ) -> Result<(), NullPropagation> {
        // An object of which every field failed comes as null.
        let is_object = of.is_some_and(|of| matches!(of.base, BaseType::Named(_)));
        if *value == Value::Null && is_object && !below.is_empty() && self.above.contains(&self.path.join("\n")) {
            *value = Value::Object(IndexMap::new());
        }
        let conformed = match value {
            Value::List(items) => {
                let item_type = match of.map(|of| &of.base) {
                    Some(BaseType::List(item)) => Some(&**item),
                    _ => None,
                };
                let mut conformed = Ok(());
                for (index, item) in items.iter_mut().enumerate() {
                    let item = self.below(index.to_string(), |conformer| conformer.value(item_type, below, item));
                    conformed = conformed.and(item);
                }
                conformed
            }
            Value::Object(_) if !below.is_empty() => {
                let named = match of.map(|of| &of.base) {
                    Some(BaseType::Named(name)) => Some(name),
                    _ => None,
                };
                self.object(named, below, value)
            }
            _ => Ok(()),
        };
        if conformed.is_err() {
            *value = Value::Null;
        }
        match of {
            Some(of) if !of.nullable && *value == Value::Null && !self.failed.is_empty() => Err(NullPropagation),
            _ => Ok(()),
        }
    }

    fn object(
        &mut self,
        named: Option<&Name>,
        below: &[&'a SelectionSet],
        value: &mut Value,
    ) -> Result<(), NullPropagation> {
        let Value::Object(fields) = value else { return Ok(()) };
        let mut selected_fields = Vec::new();
        for selection in below {
            self.collect(named, selection, &mut selected_fields);
        }
        let mut conformed = Ok(());
        let mut ordered = fields.len() == selected_fields.len();
        for (index, selected) in selected_fields.iter().enumerate() {
            let key = selected.key.to_string();
            ordered &= fields.get_index(index).is_some_and(|(name, _)| name == selected.key);
            let field = self.below(key, |conformer| match fields.get_mut(selected.key) {
                Some(field) => conformer.value(selected.of, &selected.below, field),
                None if conformer.failed.contains(&conformer.path.join("\n")) || conformer.find(selected) => {
                    fields.insert(selected.key.clone(), Value::Null);
                    ordered = false;
                    if selected.of.is_some_and(|of| !of.nullable) { Err(NullPropagation) } else { Ok(()) }
                }
                // Skipped, or of a fragment for another type.
                None => Ok(()),
            });
            conformed = conformed.and(field);
        }
        if !ordered {
            let mut sorted = IndexMap::with_capacity(fields.len());
            for selected in &selected_fields {
                sorted.extend(fields.swap_remove_entry(selected.key));
            }
            *fields = sorted;
        }
        conformed
    }

    /// The fields of a selection in the order of their first appearance, fragments opened, equal keys merged.
    fn collect(
        &self,
        named: Option<&Name>,
        selection: &'a SelectionSet,
        selected_fields: &mut Vec<CollectedField<'a>>,
    ) {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    let below = &field.node.selection_set.node;
                    let below = (!below.items.is_empty()).then_some(below);
                    if let Some(selected) = selected_fields.iter_mut().find(|selected| selected.key == key) {
                        selected.below.extend(below);
                        selected.places.push(field.pos);
                    } else {
                        let of = named.and_then(|name| self.shape.types.field(name, &field.node.name.node));
                        selected_fields.push(CollectedField {
                            key,
                            places: vec![field.pos],
                            of,
                            below: below.into_iter().collect(),
                        });
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|on| &on.node.on.node);
                    self.collect(on.or(named), &fragment.node.selection_set.node, selected_fields);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.collect(Some(on), &fragment.node.selection_set.node, selected_fields);
                    }
                }
            }
        }
    }

    /// Whether a field that is missing here failed without saying where. If so, its error is here from now on.
    fn find(&mut self, selected: &CollectedField<'_>) -> bool {
        let Some(place) = self.lost.iter().position(|(_, place)| selected.places.contains(place)) else { return false };
        let (index, _) = self.lost.remove(place);
        self.found.push((index, self.path.clone()));
        true
    }

    /// What is conformed below a step of the path; the path is kept only where something failed.
    fn below<R>(&mut self, step: String, conform: impl FnOnce(&mut Self) -> R) -> R {
        if self.failed.is_empty() {
            return conform(self);
        }
        self.path.push(step);
        let conformed = conform(self);
        self.path.pop();
        conformed
    }
}

fn segment(segment: &PathSegment) -> String {
    match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    }
}

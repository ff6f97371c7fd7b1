//! Conforms a response to the GraphQL specification: fields in the order of the selection, and null propagation.
//!
//! async-graphql 7.2.1 returns fields in the order in which they finish, omits failed fields, returns null for an object whose
//! fields all failed, does not propagate a failed non-null field to its parent, gives no path to an error behind an interface,
//! and says null for the interfaces of an interface. The specification requires otherwise (sections 6.2.2, 6.4.3, 6.4.4, 7.1.2
//! and 4.2.2), so every response is conformed here, by the plan and the types of the printed schema. What else async-graphql
//! does otherwise, [the plan](super::operation) avoids. The same walk adds up the actual cost.

mod collection;

use std::{collections::HashSet, sync::Arc};

use async_graphql::{
    Name, PathSegment, Pos, Response, Value,
    indexmap::IndexMap,
    parser::types::{BaseType, ExecutableDocument, SelectionSet, Type},
};
use futures_util::future::{BoxFuture, Either, Ready, ready};
use store::budget::Budget;

use self::collection::{CollectedField, collect, has_hidden_keys};
use super::{
    cost::{Charge, CostEstimate, root},
    operation::{CONCRETE_TYPE_KEY, TYPE_KIND_KEY},
    types::SchemaTypes,
};

/// The shape of a schema's responses.
pub struct ResponseShape {
    types: Arc<SchemaTypes>,
}

/// The fields of the objects of one type with one selection: they are collected once for all of them.
struct ObjectShape<'a> {
    fields: Vec<FieldShape<'a>>,
}

/// A field of such objects.
struct FieldShape<'a> {
    collected: CollectedField<'a>,
    charge: Charge,
    /// Whether the plan selects something on its objects for the conformer.
    has_hidden_keys: bool,
    /// The shapes of its objects by their types: positions in [`Conformer::shapes`].
    shapes: Vec<(Option<&'a Name>, usize)>,
}

/// The place of a field in [`Conformer::shapes`]: of an object's shape, and in it.
type FieldPosition = (usize, usize);

/// The state of conforming one response.
struct Conformer<'a> {
    shape: &'a ResponseShape,
    shapes: Vec<ObjectShape<'a>>,
    estimate: CostEstimate<'a>,
    budget: &'a Budget,
    /// The cost of what was visited so far.
    cost: u64,
    /// The paths of errors.
    failed: HashSet<String>,
    /// The paths of all ancestors of errors.
    failed_ancestors: HashSet<String>,
    /// Errors that have a location in the document but no path, by index.
    unlocated_errors: Vec<(usize, Pos)>,
    /// The paths that were found for such errors, by index.
    located_errors: Vec<(usize, Vec<String>)>,
    path: Vec<String>,
}

/// A non-null value is null: the null propagates to the parent.
struct NullPropagation;

/// Whether a value is what its type requires.
type Conformed = Result<(), NullPropagation>;

impl ResponseShape {
    /// The shape of the responses of a schema with these types.
    pub fn of(types: Arc<SchemaTypes>) -> Self {
        Self { types }
    }

    /// Conforms a response to the plan that was executed, in steps of a budget. Returns its actual cost: what was read has its
    /// cost, even where a null replaces it.
    pub async fn conform(
        &self,
        plan: &ExecutableDocument,
        estimate: CostEstimate<'_>,
        response: &mut Response,
        budget: &Budget,
    ) -> u64 {
        let Some((_, operation)) = plan.operations.iter().next() else { return 0 };
        let failed = response.errors.iter().map(|error| error.path.iter().map(segment).collect::<Vec<_>>().join("\n"));
        let failed = failed.collect::<HashSet<_>>();
        let failed_ancestors =
            failed.iter().flat_map(|path| path.match_indices('\n').map(|(end, _)| path[..end].to_owned())).collect();
        let unlocated_errors =
            response.errors.iter().enumerate().filter(|(_, error)| error.path.is_empty() && error.source.is_some());
        let unlocated_errors =
            unlocated_errors.filter_map(|(index, error)| Some((index, *error.locations.first()?))).collect();
        let cost = estimate.introspection_cost();
        let mut conformer = Conformer {
            shape: self,
            shapes: Vec::new(),
            estimate,
            budget,
            cost,
            failed,
            failed_ancestors,
            unlocated_errors,
            located_errors: Vec::new(),
            path: Vec::new(),
        };
        if response.data == Value::Null && !conformer.failed.is_empty() {
            response.data = Value::Object(IndexMap::new());
        }
        let root = self.types.type_name(root(operation.node.ty));
        let shape = conformer.add_shape(root, &[&operation.node.selection_set.node]);
        if let Value::Object(fields) = &mut response.data
            && conformer.object(shape, false, fields).await.is_err()
        {
            response.data = Value::Null;
        }
        for (index, path) in conformer.located_errors {
            let segment = |segment: String| segment.parse().map_or(PathSegment::Field(segment), PathSegment::Index);
            response.errors[index].path = path.into_iter().map(segment).collect();
        }
        conformer.cost
    }
}

impl<'a> Conformer<'a> {
    /// Boxed, because values are in values. A value with nothing in it is conformed at once.
    fn value<'b>(
        &'b mut self,
        value_type: Option<&'a Type>,
        field: FieldPosition,
        value: &'b mut Value,
    ) -> Either<Ready<Conformed>, BoxFuture<'b, Conformed>> {
        let has_selection = !self.field(field).collected.selection_sets.is_empty();
        match value {
            Value::Null if !has_selection => Either::Left(ready(self.null(value_type))),
            Value::List(_) if !has_selection && self.failed.is_empty() => Either::Left(ready(Ok(()))),
            Value::Null | Value::List(_) | Value::Object(_) => {
                Either::Right(Box::pin(self.composite(value_type, field, value)))
            }
            _ => Either::Left(ready(Ok(()))),
        }
    }

    fn field(&self, (shape, field): FieldPosition) -> &FieldShape<'a> {
        &self.shapes[shape].fields[field]
    }

    /// A null of a type.
    fn null(&self, value_type: Option<&Type>) -> Result<(), NullPropagation> {
        match value_type {
            Some(value_type) if !value_type.nullable && !self.failed.is_empty() => Err(NullPropagation),
            _ => Ok(()),
        }
    }

    async fn composite(
        &mut self,
        value_type: Option<&'a Type>,
        field: FieldPosition,
        value: &mut Value,
    ) -> Result<(), NullPropagation> {
        let FieldShape { collected, charge, .. } = self.field(field);
        let (has_selection, charge) = (!collected.selection_sets.is_empty(), *charge);
        // async-graphql returns null for an object whose fields all failed.
        let is_object = value_type.is_some_and(|value_type| matches!(value_type.base, BaseType::Named(_)));
        if *value == Value::Null && is_object && has_selection && self.failed_ancestors.contains(&self.path.join("\n"))
        {
            *value = Value::Object(IndexMap::new());
        }
        let conformed = match value {
            Value::List(items) => {
                let item_type = match value_type.map(|value_type| &value_type.base) {
                    Some(BaseType::List(item)) => Some(&**item),
                    _ => None,
                };
                self.budget.pace(items.len() as u64).await;
                let (mut conformed, before, mut highest) = (Ok(()), self.cost, 0);
                for (index, item) in items.iter_mut().enumerate() {
                    if charge.is_part {
                        self.cost = before;
                    }
                    self.enter(index);
                    let item = self.value(item_type, field, item).await;
                    self.leave();
                    conformed = conformed.and(item);
                    highest = highest.max(self.cost - before);
                }
                self.cost = before + highest;
                conformed
            }
            Value::Object(fields) if has_selection => {
                self.cost += charge.object;
                let type_name = match value_type.map(|value_type| &value_type.base) {
                    Some(BaseType::Named(name)) => Some(name),
                    _ => None,
                };
                let (shape, is_interface) = self.shape_of(field, type_name, fields);
                self.object(shape, is_interface, fields).await
            }
            _ => Ok(()),
        };
        if conformed.is_err() {
            *value = Value::Null;
        }
        if *value == Value::Null { self.null(value_type) } else { Ok(()) }
    }

    /// The shape of an object of a field, and whether it describes an interface. What the plan selected for this is removed.
    fn shape_of(
        &mut self,
        (shape, field): FieldPosition,
        type_name: Option<&'a Name>,
        fields: &mut IndexMap<Name, Value>,
    ) -> (usize, bool) {
        let known = &self.shapes[shape].fields[field];
        let (mut concrete, mut is_interface) = (None, false);
        if known.has_hidden_keys {
            if let Some(Value::String(name)) = fields.swap_remove(CONCRETE_TYPE_KEY) {
                concrete = self.shape.types.type_name(&name);
            }
            is_interface = fields.swap_remove(TYPE_KIND_KEY) == Some(Value::Enum(Name::new("INTERFACE")));
        }
        let type_name = concrete.or(type_name);
        if let Some((_, shape)) = known.shapes.iter().find(|(of, _)| *of == type_name) {
            return (*shape, is_interface);
        }
        let selection_sets = known.collected.selection_sets.clone();
        let new = self.add_shape(type_name, &selection_sets);
        self.shapes[shape].fields[field].shapes.push((type_name, new));
        (new, is_interface)
    }

    fn add_shape(&mut self, type_name: Option<&'a Name>, selection_sets: &[&'a SelectionSet]) -> usize {
        let mut collected = Vec::new();
        for selection_set in selection_sets {
            collect(&self.shape.types, type_name, selection_set, &mut collected);
        }
        let field = |collected: CollectedField<'a>| FieldShape {
            charge: type_name.map_or_else(Charge::default, |parent| self.estimate.charge(parent, collected.field)),
            has_hidden_keys: collected.selection_sets.iter().any(|selection| has_hidden_keys(selection)),
            collected,
            shapes: Vec::new(),
        };
        let fields: Vec<_> = collected.into_iter().map(field).collect();
        self.shapes.push(ObjectShape { fields });
        self.shapes.len() - 1
    }

    async fn object(
        &mut self,
        shape: usize,
        is_interface: bool,
        fields: &mut IndexMap<Name, Value>,
    ) -> Result<(), NullPropagation> {
        let length = self.shapes[shape].fields.len();
        self.budget.pace(length as u64).await;
        // async-graphql returns null for the interfaces of an interface. None of the schema's implements another.
        if is_interface {
            let collected = self.shapes[shape].fields.iter().map(|field| &field.collected);
            for interfaces in collected.filter(|collected| collected.field.name.node == "interfaces") {
                fields.insert(interfaces.key.clone(), Value::List(Vec::new()));
            }
        }
        let mut conformed = Ok(());
        let mut ordered = fields.len() == length;
        for index in 0..length {
            let FieldShape { collected: CollectedField { key, field_type, .. }, charge, .. } =
                self.field((shape, index));
            let (key, field_type): (&Name, _) = (key, *field_type);
            self.cost += charge.field;
            // Mostly the field stands where it belongs, and is not looked up.
            let is_in_place = fields.get_index(index).is_some_and(|(name, _)| name == key);
            ordered &= is_in_place;
            let found =
                if is_in_place { fields.get_index_mut(index).map(|(_, value)| value) } else { fields.get_mut(key) };
            self.enter(key);
            let field = match found {
                Some(value) => self.value(field_type, (shape, index), value).await,
                None if self.failed.contains(&self.path.join("\n")) || self.locate_error((shape, index)) => {
                    fields.insert(key.clone(), Value::Null);
                    ordered = false;
                    if field_type.is_some_and(|field_type| !field_type.nullable) {
                        Err(NullPropagation)
                    } else {
                        Ok(())
                    }
                }
                None => Ok(()),
            };
            self.leave();
            conformed = conformed.and(field);
        }
        if !ordered {
            let mut sorted = IndexMap::with_capacity(fields.len());
            for field in &self.shapes[shape].fields {
                sorted.extend(fields.swap_remove_entry(field.collected.key));
            }
            *fields = sorted;
        }
        conformed
    }

    /// Whether the field that is missing at the current path has an error without a path. If so, the error gets the path.
    fn locate_error(&mut self, field: FieldPosition) -> bool {
        let locations = &self.field(field).collected.locations;
        let mut unlocated = self.unlocated_errors.iter();
        let Some(position) = unlocated.position(|(_, location)| locations.contains(location)) else {
            return false;
        };
        let (index, _) = self.unlocated_errors.remove(position);
        self.located_errors.push((index, self.path.clone()));
        true
    }

    /// Adds a segment to the current path, which is tracked only if the response has errors.
    fn enter(&mut self, segment: impl ToString) {
        if !self.failed.is_empty() {
            self.path.push(segment.to_string());
        }
    }

    /// Removes the last segment of the current path.
    fn leave(&mut self) {
        self.path.pop();
    }
}

fn segment(segment: &PathSegment) -> String {
    match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    }
}

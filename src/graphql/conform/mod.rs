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

use self::collection::{CollectedField, collect};
use super::{
    cost::{Charge, CostEstimate, root},
    operation::{CONCRETE_TYPE_KEY, TYPE_KIND_KEY},
    types::SchemaTypes,
};

/// The shape of a schema's responses.
pub struct ResponseShape {
    types: Arc<SchemaTypes>,
}

/// The state of conforming one response.
struct Conformer<'a> {
    shape: &'a ResponseShape,
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
        let selection_set = &operation.node.selection_set.node;
        if conformer.object(root, &[selection_set], &mut response.data).await.is_err() {
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
        selection: (&'b [&'a SelectionSet], Charge),
        value: &'b mut Value,
    ) -> Either<Ready<Conformed>, BoxFuture<'b, Conformed>> {
        match value {
            Value::Null if selection.0.is_empty() => Either::Left(ready(self.null(value_type))),
            Value::Null | Value::List(_) | Value::Object(_) => {
                Either::Right(Box::pin(self.composite(value_type, selection, value)))
            }
            _ => Either::Left(ready(Ok(()))),
        }
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
        (selection_sets, charge): (&[&'a SelectionSet], Charge),
        value: &mut Value,
    ) -> Result<(), NullPropagation> {
        // async-graphql returns null for an object whose fields all failed.
        let is_object = value_type.is_some_and(|value_type| matches!(value_type.base, BaseType::Named(_)));
        if *value == Value::Null
            && is_object
            && !selection_sets.is_empty()
            && self.failed_ancestors.contains(&self.path.join("\n"))
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
                    let item = self.value(item_type, (selection_sets, charge), item).await;
                    self.leave();
                    conformed = conformed.and(item);
                    highest = highest.max(self.cost - before);
                }
                self.cost = before + highest;
                conformed
            }
            Value::Object(_) if !selection_sets.is_empty() => {
                self.cost += charge.object;
                let type_name = match value_type.map(|value_type| &value_type.base) {
                    Some(BaseType::Named(name)) => Some(name),
                    _ => None,
                };
                self.object(type_name, selection_sets, value).await
            }
            _ => Ok(()),
        };
        if conformed.is_err() {
            *value = Value::Null;
        }
        if *value == Value::Null { self.null(value_type) } else { Ok(()) }
    }

    async fn object(
        &mut self,
        type_name: Option<&'a Name>,
        selection_sets: &[&'a SelectionSet],
        value: &mut Value,
    ) -> Result<(), NullPropagation> {
        let Value::Object(fields) = value else { return Ok(()) };
        let concrete = match fields.swap_remove(CONCRETE_TYPE_KEY) {
            Some(Value::String(name)) => self.shape.types.type_name(&name),
            _ => None,
        };
        let type_name = concrete.or(type_name);
        let is_interface = fields.swap_remove(TYPE_KIND_KEY) == Some(Value::Enum(Name::new("INTERFACE")));
        let mut selected_fields = Vec::new();
        for selection_set in selection_sets {
            collect(&self.shape.types, type_name, selection_set, &mut selected_fields);
        }
        self.budget.pace(selected_fields.len() as u64).await;
        // async-graphql returns null for the interfaces of an interface. None of the schema's implements another.
        for interfaces in
            selected_fields.iter().filter(|selected| is_interface && selected.field.name.node == "interfaces")
        {
            fields.insert(interfaces.key.clone(), Value::List(Vec::new()));
        }
        let mut conformed = Ok(());
        let mut ordered = fields.len() == selected_fields.len();
        for (index, selected) in selected_fields.iter().enumerate() {
            let charge = type_name.map_or_else(Charge::default, |parent| self.estimate.charge(parent, selected.field));
            self.cost += charge.field;
            ordered &= fields.get_index(index).is_some_and(|(name, _)| name == selected.key);
            self.enter(selected.key);
            let field = match fields.get_mut(selected.key) {
                Some(field) => self.value(selected.field_type, (&selected.selection_sets, charge), field).await,
                None if self.failed.contains(&self.path.join("\n")) || self.locate_error(selected) => {
                    fields.insert(selected.key.clone(), Value::Null);
                    ordered = false;
                    if selected.field_type.is_some_and(|field_type| !field_type.nullable) {
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
            for selected in &selected_fields {
                sorted.extend(fields.swap_remove_entry(selected.key));
            }
            *fields = sorted;
        }
        conformed
    }

    /// Whether the field that is missing at the current path has an error without a path. If so, the error gets the path.
    fn locate_error(&mut self, selected: &CollectedField<'_>) -> bool {
        let mut unlocated = self.unlocated_errors.iter();
        let Some(position) = unlocated.position(|(_, location)| selected.locations.contains(location)) else {
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

//! The plan of an operation: its document without fragments, conditions and repeated fields.
//!
//! async-graphql runs a field as often as it stands in the document, ignores the default of a condition's variable, takes an
//! absent variable for null, refuses null in introspection, and returns null for an object without fields. A plan has nothing
//! of these: fields with equal response keys are merged (section 6.3.2 of the specification), conditions are evaluated, and
//! arguments of absent variables are left out. On an interface or a union, fields that depend on the object's type stand in
//! one inline fragment for each type, beside the type's name.

use std::sync::Arc;

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::{self, OperationType, Type},
    collections::IndexMap,
    executable::{self, Operation, SelectionSet},
    schema::ExtendedType,
};
use async_graphql::{
    Name as ResponseName, Pos, Positioned, ServerError, Value as ConstValue, Variables,
    parser::types::{self, DocumentOperations, OperationDefinition, Selection, TypeCondition},
};
use async_graphql_value::Value;
use error::catalogue;

use super::{
    RequestError,
    type_system::TypeSystem,
    value::{at, number_of, position, response_name, type_of},
};
use crate::graphql::limit::LimitExceeded;

/// The response key of the name of an object's type, where the fields depend on it. No client can choose it.
pub const CONCRETE_TYPE_KEY: &str = "type name";

/// The response key of the kind of a type in introspection, where its interfaces depend on it. No client can choose it.
pub const TYPE_KIND_KEY: &str = "type kind";

/// The most fields of a plan. A document within the limits has so many only by fragments on interfaces within each other.
const MAX_FIELDS: usize = 20_000;

/// A plan.
#[derive(Debug)]
pub struct Plan {
    /// The document that is executed.
    pub document: Arc<types::ExecutableDocument>,
    /// The nullable variables in places without null.
    non_null_uses: Vec<NonNullUse>,
}

#[derive(Debug)]
struct NonNullUse {
    variable: ResponseName,
    place: String,
    pos: Pos,
}

impl Plan {
    /// Rejects a variable that is null where null is not allowed: the default of the place made the variable valid.
    pub fn check_nulls(&self, variables: &Variables) -> Result<(), RequestError> {
        let is_null = |used: &&NonNullUse| variables.get(&used.variable) == Some(&ConstValue::Null);
        let errors = self.non_null_uses.iter().filter(is_null).map(|used| {
            let message = format!("Variable ${} is null; {} has no null.", used.variable, used.place);
            ServerError::new(message, Some(used.pos))
        });
        let errors: Vec<_> = errors.collect();
        if errors.is_empty() { Ok(()) } else { Err(RequestError::Invalid(errors)) }
    }
}

/// Plans an operation for variables: which of them are absent, and what those in conditions say.
pub fn plan(
    types: &TypeSystem,
    document: &ExecutableDocument,
    operation: &Node<Operation>,
    variables: &Variables,
) -> Result<Plan, RequestError> {
    let mut planner = Planner { types, document, variables, fields: 0, non_null_uses: Vec::new() };
    let set = &operation.selection_set;
    let items = planner.object(&set.ty, &[set])?;
    let pos = planner.pos(operation.location());
    let definition = |definition: &Node<ast::VariableDefinition>| {
        let pos = planner.pos(definition.location());
        let definition = types::VariableDefinition {
            name: at(pos, response_name(&definition.name)),
            var_type: at(pos, type_of(&definition.ty)),
            directives: Vec::new(),
            default_value: None,
        };
        at(pos, definition)
    };
    let execution = OperationDefinition {
        ty: match operation.operation_type {
            OperationType::Query => types::OperationType::Query,
            OperationType::Mutation => types::OperationType::Mutation,
            OperationType::Subscription => types::OperationType::Subscription,
        },
        variable_definitions: operation.variables.iter().map(definition).collect(),
        directives: Vec::new(),
        selection_set: at(pos, types::SelectionSet { items }),
    };
    let operations = match &operation.name {
        Some(name) => DocumentOperations::Multiple([(response_name(name), at(pos, execution))].into()),
        None => DocumentOperations::Single(at(pos, execution)),
    };
    let document = Arc::new(types::ExecutableDocument { operations, fragments: std::collections::HashMap::new() });
    Ok(Plan { document, non_null_uses: planner.non_null_uses })
}

/// The fields of a plan's operation.
pub fn root_fields(document: &types::ExecutableDocument) -> impl Iterator<Item = &types::Field> {
    let items = document.operations.iter().flat_map(|(_, operation)| &operation.node.selection_set.node.items);
    items.filter_map(|item| match &item.node {
        Selection::Field(field) => Some(&field.node),
        _ => None,
    })
}

/// Whether a plan is a mutation.
pub fn is_mutation(document: &types::ExecutableDocument) -> bool {
    document.operations.iter().any(|(_, operation)| operation.node.ty == types::OperationType::Mutation)
}

type Items = Vec<Positioned<Selection>>;

struct Planner<'a> {
    types: &'a TypeSystem,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    fields: usize,
    non_null_uses: Vec<NonNullUse>,
}

impl<'a> Planner<'a> {
    /// The selections on a type. Several selection sets are those of fields with the same response key.
    fn selections(&mut self, ty: &Name, sets: &[&'a SelectionSet]) -> Result<Items, RequestError> {
        let (types, document) = (self.types, self.document);
        let is_abstract =
            matches!(types.schema.types.get(ty), Some(ExtendedType::Interface(_) | ExtendedType::Union(_)));
        if !is_abstract || !sets.iter().any(|set| depends_on_type(types, document, ty, set)) {
            return self.object(ty, sets);
        }
        let mut items = vec![hidden(CONCRETE_TYPE_KEY, "__typename")];
        for object in self.possible_types(ty) {
            let selections = self.object(&object, sets)?;
            let fragment = types::InlineFragment {
                type_condition: Some(at(
                    Pos::default(),
                    TypeCondition { on: at(Pos::default(), response_name(&object)) },
                )),
                directives: Vec::new(),
                selection_set: at(Pos::default(), types::SelectionSet { items: selections }),
            };
            items.push(at(Pos::default(), Selection::InlineFragment(at(Pos::default(), fragment))));
        }
        Ok(items)
    }

    /// The selections on an object, or on an interface of which all fields are those of the interface.
    fn object(&mut self, ty: &Name, sets: &[&'a SelectionSet]) -> Result<Items, RequestError> {
        let mut collected = IndexMap::default();
        for set in sets {
            self.collect(ty, set, &mut collected);
        }
        if collected.is_empty() {
            // An object without fields is `{}`.
            return Ok(vec![hidden(CONCRETE_TYPE_KEY, "__typename")]);
        }
        let mut items = Vec::with_capacity(collected.len());
        if ty == "__Type" && collected.values().any(|fields| fields[0].name == "interfaces") {
            items.push(hidden(TYPE_KIND_KEY, "kind"));
        }
        for (key, fields) in collected {
            self.fields += 1;
            if self.fields > MAX_FIELDS {
                return Err(LimitExceeded::new(catalogue::LIMIT_FIELDS, MAX_FIELDS, self.fields).into());
            }
            let field = fields[0];
            if let Some(other) = fields.iter().find(|other| !equal_arguments(field, other)) {
                let message = format!("The fields \"{key}\" conflict: their arguments differ. Use an alias for one.");
                return Err(RequestError::invalid(message, Some(self.pos(other.name.location()))));
            }
            let sets: Vec<_> = fields.iter().map(|field| &field.selection_set).collect();
            let inner = field.ty().inner_named_type();
            let selections = if field.selection_set.is_empty() { Vec::new() } else { self.selections(inner, &sets)? };
            let pos = self.pos(field.name.location());
            let arguments = self.arguments(ty, field);
            let planned = types::Field {
                alias: field.alias.as_ref().map(|alias| at(pos, response_name(alias))),
                name: at(pos, response_name(&field.name)),
                arguments,
                directives: Vec::new(),
                selection_set: at(pos, types::SelectionSet { items: selections }),
            };
            items.push(at(pos, Selection::Field(at(pos, planned))));
        }
        Ok(items)
    }

    /// Collects the fields of a selection set on a type, by response key and in the order of their first appearance.
    fn collect(
        &mut self,
        ty: &Name,
        set: &'a SelectionSet,
        collected: &mut IndexMap<&'a Name, Vec<&'a Node<executable::Field>>>,
    ) {
        for selection in &set.selections {
            if !self.is_included(selection) {
                continue;
            }
            match selection {
                executable::Selection::Field(field) => {
                    collected.entry(field.response_key()).or_default().push(field);
                }
                executable::Selection::InlineFragment(fragment) => {
                    if fragment.type_condition.as_ref().is_none_or(|on| applies(self.types, on, ty)) {
                        self.collect(ty, &fragment.selection_set, collected);
                    }
                }
                executable::Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                        && applies(self.types, fragment.type_condition(), ty)
                    {
                        self.collect(ty, &fragment.selection_set, collected);
                    }
                }
            }
        }
    }

    fn is_included(&mut self, selection: &executable::Selection) -> bool {
        let mut is_included = true;
        for directive in selection.directives() {
            let Some(condition) = directive.specified_argument_by_name("if") else { continue };
            let value = match condition.as_ref() {
                ast::Value::Variable(name) => {
                    let variable = response_name(name);
                    let value = self.variables.get(&variable).cloned().unwrap_or_default();
                    let (place, pos) =
                        (format!("the argument if of @{}", directive.name), self.pos(condition.location()));
                    self.non_null_uses.push(NonNullUse { variable, place, pos });
                    value == ConstValue::Boolean(true)
                }
                value => *value == ast::Value::Boolean(true),
            };
            is_included &= value == (directive.name == "include");
        }
        is_included
    }

    fn possible_types(&self, ty: &Name) -> Vec<Name> {
        match self.types.schema.types.get(ty) {
            Some(ExtendedType::Union(union)) => union.members.iter().map(|member| member.name.clone()).collect(),
            _ => self.types.implementers.get(ty).into_iter().flat_map(|of| of.objects.iter().cloned()).collect(),
        }
    }

    fn arguments(
        &mut self,
        ty: &Name,
        field: &executable::Field,
    ) -> Vec<(Positioned<ResponseName>, Positioned<Value>)> {
        let mut arguments = Vec::with_capacity(field.arguments.len());
        for argument in &field.arguments {
            // Null is as good as nothing there, and async-graphql has no null there.
            if is_introspection(ty) && self.is_null(&argument.value) {
                continue;
            }
            let definition = field.definition.argument_by_name(&argument.name);
            let place = || format!("the argument {} of {}", argument.name, field.name);
            let pos = self.pos(argument.value.location());
            if let Some(value) = self.value(definition.map(|definition| &*definition.ty), &argument.value, &place) {
                arguments.push((at(pos, response_name(&argument.name)), at(pos, value)));
            }
        }
        arguments
    }

    fn is_null(&self, value: &ast::Value) -> bool {
        match value {
            ast::Value::Null => true,
            ast::Value::Variable(name) => self.variables.get(name.as_str()) == Some(&ConstValue::Null),
            _ => false,
        }
    }

    /// A literal; none for a variable that is absent. In a list, an absent variable is null.
    fn value(&mut self, ty: Option<&Type>, literal: &Node<ast::Value>, place: &dyn Fn() -> String) -> Option<Value> {
        Some(match literal.as_ref() {
            ast::Value::Null => Value::Null,
            ast::Value::Variable(name) => {
                let variable = response_name(name);
                self.variables.get(&variable)?;
                if ty.is_some_and(Type::is_non_null) {
                    let pos = self.pos(literal.location());
                    self.non_null_uses.push(NonNullUse { variable: variable.clone(), place: place(), pos });
                }
                Value::Variable(variable)
            }
            ast::Value::Enum(name) => Value::Enum(response_name(name)),
            ast::Value::String(text) => Value::String(text.clone()),
            ast::Value::Int(number) => number_of(number.as_str()).into(),
            ast::Value::Float(number) => number_of(number.as_str()).into(),
            ast::Value::Boolean(value) => Value::Boolean(*value),
            ast::Value::List(items) => {
                let item_type = ty.filter(|ty| ty.is_list()).map(Type::item_type);
                let items = items.iter().map(|item| self.value(item_type, item, place).unwrap_or(Value::Null));
                Value::List(items.collect())
            }
            ast::Value::Object(fields) => {
                let object = ty.and_then(|ty| self.types.schema.get_input_object(ty.inner_named_type()));
                let fields = fields.iter().filter_map(|(name, field)| {
                    let definition = object.and_then(|object| object.fields.get(name));
                    let place = || format!("the field {name} of {}", place());
                    let value = self.value(definition.map(|definition| &*definition.ty), field, &place)?;
                    Some((response_name(name), value))
                });
                Value::Object(fields.collect())
            }
        })
    }

    fn pos(&self, location: Option<apollo_compiler::parser::SourceSpan>) -> Pos {
        position(location, &self.document.sources)
    }
}

/// A selection that the client does not see.
fn hidden(key: &str, name: &str) -> Positioned<Selection> {
    let pos = Pos::default();
    let field = types::Field {
        alias: Some(at(pos, ResponseName::new(key))),
        name: at(pos, ResponseName::new(name)),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: at(pos, types::SelectionSet::default()),
    };
    at(pos, Selection::Field(at(pos, field)))
}

/// Whether a type is one of introspection.
pub fn is_introspection(ty: &Name) -> bool {
    ty.starts_with("__")
}

/// Whether a fragment on a type applies to another type.
fn applies(types: &TypeSystem, on: &Name, ty: &Name) -> bool {
    on == ty || types.schema.is_subtype(on, ty)
}

/// Whether a selection set on an interface or a union has fields that not all of its types have.
fn depends_on_type(types: &TypeSystem, document: &ExecutableDocument, ty: &Name, set: &SelectionSet) -> bool {
    set.selections.iter().any(|selection| match selection {
        executable::Selection::Field(_) => false,
        executable::Selection::InlineFragment(fragment) => {
            fragment.type_condition.as_ref().is_some_and(|on| !applies(types, on, ty))
                || depends_on_type(types, document, ty, &fragment.selection_set)
        }
        executable::Selection::FragmentSpread(spread) => {
            document.fragments.get(&spread.fragment_name).is_some_and(|fragment| {
                !applies(types, fragment.type_condition(), ty)
                    || depends_on_type(types, document, ty, &fragment.selection_set)
            })
        }
    })
}

/// Whether two fields with the same response key have the same arguments, in any order.
fn equal_arguments(a: &executable::Field, b: &executable::Field) -> bool {
    let argument = |field: &executable::Field, name: &Name| {
        field.arguments.iter().find(|argument| argument.name == *name).map(|argument| argument.value.clone())
    };
    a.name == b.name
        && a.arguments.len() == b.arguments.len()
        && a.arguments.iter().all(|it| argument(b, &it.name).is_some_and(|value| equal_values(&it.value, &value)))
}

/// Whether two literals are equal; the fields of an object have no order.
fn equal_values(a: &ast::Value, b: &ast::Value) -> bool {
    match (a, b) {
        (ast::Value::List(a), ast::Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal_values(a, b))
        }
        (ast::Value::Object(a), ast::Value::Object(b)) => {
            let field = |name: &Name| b.iter().find(|(other, _)| other == name);
            a.len() == b.len() && a.iter().all(|(name, a)| field(name).is_some_and(|(_, b)| equal_values(a, b)))
        }
        _ => a == b,
    }
}

//! Validation rules that apollo-compiler lacks.
//!
//! Section 5 of the specification: an input field that is given twice (5.6.3), `@oneOf` (5.6.5), variables inside lists and
//! objects by their whole type (5.8.5), and the format of custom scalars (5.6.1).

use std::collections::HashSet;

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::{Type, Value, VariableDefinition},
    executable::{Operation, Selection, SelectionSet},
    parser::SourceSpan,
    schema::{ExtendedType, InputValueDefinition},
};
use async_graphql::ServerError;

use super::{
    MAX_ERRORS,
    number::check_literal,
    type_system::TypeSystem,
    value::{constant, position, repeated_fields},
};
use crate::graphql::scalar::coerce_scalar;

/// Checks the literals of a document that is valid otherwise.
pub fn check(types: &TypeSystem, document: &ExecutableDocument) -> Vec<ServerError> {
    let mut errors = Vec::new();
    for operation in document.operations.iter() {
        let mut check = Check { types, document, operation, fragments: HashSet::new(), errors: &mut errors };
        for definition in &operation.variables {
            if let Some(default) = &definition.default_value {
                check.value(&definition.ty, None, default);
            }
        }
        check.selection_set(&operation.selection_set);
    }
    errors
}

struct Check<'a> {
    types: &'a TypeSystem,
    document: &'a ExecutableDocument,
    operation: &'a Operation,
    /// The fragments that were checked for this operation.
    fragments: HashSet<&'a Name>,
    errors: &'a mut Vec<ServerError>,
}

impl<'a> Check<'a> {
    fn selection_set(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            for directive in selection.directives() {
                let Some(definition) = self.types.schema.directive_definitions.get(&directive.name) else { continue };
                self.arguments(&definition.arguments, &directive.arguments);
            }
            match selection {
                Selection::Field(field) => {
                    self.arguments(&field.definition.arguments, &field.arguments);
                    self.selection_set(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => self.selection_set(&fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                        && self.fragments.insert(&fragment.name)
                    {
                        self.selection_set(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn arguments(
        &mut self,
        definitions: &[Node<InputValueDefinition>],
        arguments: &'a [Node<apollo_compiler::ast::Argument>],
    ) {
        for argument in arguments {
            if let Some(definition) = definitions.iter().find(|definition| definition.name == argument.name)
                // apollo-compiler checks a variable that is the whole argument.
                && argument.value.as_variable().is_none()
            {
                self.value(&definition.ty, definition.default_value.as_ref(), &argument.value);
            }
        }
    }

    fn value(&mut self, ty: &Type, default: Option<&Node<Value>>, value: &Node<Value>) {
        match (value.as_ref(), ty) {
            (Value::Variable(name), ty) => self.variable(ty, default, name, value.location()),
            (Value::Null, _) => {}
            (Value::List(items), Type::List(item_type) | Type::NonNullList(item_type)) => {
                for item in items {
                    self.value(item_type, None, item);
                }
            }
            (_, Type::List(item_type) | Type::NonNullList(item_type)) => self.value(item_type, None, value),
            (literal, Type::Named(name) | Type::NonNullNamed(name)) => match self.types.schema.types.get(name) {
                Some(ExtendedType::InputObject(object)) => {
                    let Value::Object(fields) = literal else { return };
                    for name in repeated_fields(fields) {
                        self.fail(format!("The field \"{name}\" is given twice."), value.location());
                    }
                    if object.directives.has("oneOf") {
                        self.one_of(&object.name, fields, value.location());
                    }
                    for (name, field) in fields {
                        if let Some(definition) = object.fields.get(name) {
                            self.value(&definition.ty, definition.default_value.as_ref(), field);
                        }
                    }
                }
                Some(ExtendedType::Scalar(_)) => {
                    if let Err(reason) = check_literal(literal).and_then(|()| coerce_scalar(name, constant(literal))) {
                        self.fail(reason, value.location());
                    }
                }
                _ => {}
            },
        }
    }

    fn one_of(&mut self, object: &Name, fields: &[(Name, Node<Value>)], location: Option<SourceSpan>) {
        let is_null = |value: &Value| match value {
            Value::Null => true,
            Value::Variable(name) => self.definition(name).is_some_and(|definition| !definition.ty.is_non_null()),
            _ => false,
        };
        if fields.len() != 1 || fields.iter().any(|(_, value)| is_null(value)) {
            let message = format!("{object} is @oneOf: give exactly one of its fields, and not null.");
            self.fail(message, location);
        }
    }

    fn definition(&self, variable: &Name) -> Option<&'a Node<VariableDefinition>> {
        self.operation.variables.iter().find(|definition| definition.name == *variable)
    }

    /// A variable inside a list or an object is of the type that its place has. A default of either makes null possible.
    fn variable(&mut self, ty: &Type, default: Option<&Node<Value>>, name: &Name, location: Option<SourceSpan>) {
        let Some(definition) = self.definition(name) else { return };
        let has_default = default.is_some() || definition.default_value.as_ref().is_some_and(|value| !value.is_null());
        let place = if ty.is_non_null() && !definition.ty.is_non_null() && has_default {
            ty.clone().nullable()
        } else {
            ty.clone()
        };
        if !definition.ty.is_assignable_to(&place) {
            let message = format!("The variable ${name} is of the type {}; its place needs {ty}.", definition.ty);
            self.fail(message, location);
        }
    }

    fn fail(&mut self, message: String, location: Option<SourceSpan>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(ServerError::new(message, Some(position(location, &self.document.sources))));
        }
    }
}

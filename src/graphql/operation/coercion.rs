//! Input coercion: the values of variables as their types require them (section 6.1.2 of the specification).
//!
//! A value is moved, not copied, and every error names the variable, the path in it and what is allowed there.

use std::{fmt, sync::Arc};

use apollo_compiler::{
    ExecutableDocument, Schema,
    ast::{self, Type},
    executable,
    schema::{ExtendedType, InputObjectType},
};
use async_graphql::{Name, Number, ServerError, Value, Variables, indexmap::IndexMap};

use super::{
    MAX_ERRORS, RequestError,
    suggestion::{field_suggestion, suggestion},
    type_system::TypeSystem,
    value::{constant, position},
};
use crate::graphql::scalar::coerce_scalar;

/// The most characters of a value that an error quotes.
const MAX_QUOTED_CHARS: usize = 50;

/// Coerces the values of an operation's variables. Values of other names are ignored, as the specification says.
pub fn coerce_variables(
    schema: &Schema,
    document: &ExecutableDocument,
    operation: &executable::Operation,
    mut given: Variables,
) -> Result<Variables, RequestError> {
    let mut coerced = Variables::default();
    let mut errors = Vec::new();
    for definition in &operation.variables {
        let name = Name::new(definition.name.as_str());
        let pos = position(definition.location(), &document.sources);
        let value = match given.remove(&name) {
            Some(value) => {
                let mut coercion = Coercion { schema, path: vec![format!("${name}")], errors: Vec::new() };
                let value = coercion.value(&definition.ty, value);
                errors.extend(coercion.errors.into_iter().map(|message| ServerError::new(message, Some(pos))));
                value
            }
            None => match &definition.default_value {
                Some(default) => coerce_literal(schema, &definition.ty, default),
                None if definition.ty.is_non_null() => {
                    let message = format!("Variable ${name} is required: it is of the type {}.", definition.ty);
                    errors.push(ServerError::new(message, Some(pos)));
                    continue;
                }
                None => continue,
            },
        };
        coerced.insert(name, value);
    }
    if errors.is_empty() {
        return Ok(coerced);
    }
    errors.truncate(MAX_ERRORS);
    Err(RequestError::Invalid(errors))
}

/// Coerces the arguments of mutations: what is given as a literal, in whole or in part, becomes the value that the same variable
/// has.
#[derive(Clone)]
pub struct ArgumentCoercion(pub(super) Arc<TypeSystem>);

impl ArgumentCoercion {
    /// The value of an argument, with defaults and with lists where single values stand for them. The value is valid.
    pub fn coerce(&self, mutation: &str, argument: &str, value: Value) -> Value {
        let schema = &self.0.schema;
        let field = schema.type_field("Mutation", mutation).ok();
        let argument = field.and_then(|field| field.argument_by_name(argument));
        match argument {
            Some(argument) => Coercion { schema, path: Vec::new(), errors: Vec::new() }.value(&argument.ty, value),
            None => value,
        }
    }
}

impl fmt::Debug for ArgumentCoercion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArgumentCoercion")
    }
}

/// A valid literal as the value of its type, with the defaults of input objects.
fn coerce_literal(schema: &Schema, ty: &Type, literal: &ast::Value) -> Value {
    Coercion { schema, path: Vec::new(), errors: Vec::new() }.value(ty, constant(literal))
}

struct Coercion<'a> {
    schema: &'a Schema,
    /// The variable and the path in its value.
    path: Vec<String>,
    errors: Vec<String>,
}

impl Coercion<'_> {
    fn value(&mut self, ty: &Type, value: Value) -> Value {
        if value == Value::Null {
            if ty.is_non_null() {
                self.fail(&format!("is null; the type {ty} has no null"));
            }
            return Value::Null;
        }
        match (ty, value) {
            (Type::List(item_type) | Type::NonNullList(item_type), Value::List(items)) => {
                let items = items.into_iter().enumerate();
                Value::List(
                    items.map(|(index, item)| self.at(index, |item_at| item_at.value(item_type, item))).collect(),
                )
            }
            // A single value stands for a list of one.
            (Type::List(item_type) | Type::NonNullList(item_type), item) => {
                Value::List(vec![self.value(item_type, item)])
            }
            (Type::Named(name) | Type::NonNullNamed(name), value) => match self.schema.types.get(name) {
                Some(ExtendedType::InputObject(object)) => self.object(object, value),
                Some(ExtendedType::Enum(of)) => {
                    let text = match &value {
                        Value::Enum(name) => Some(name.as_str()),
                        Value::String(text) => Some(text.as_str()),
                        _ => None,
                    };
                    if text.is_none_or(|text| !of.values.contains_key(text)) {
                        let values: Vec<_> = of.values.keys().map(apollo_compiler::Name::as_str).collect();
                        let suggestion = suggestion(text.unwrap_or_default(), &values);
                        self.fail(&format!("is {}, which is no value of {name}{suggestion}", quote(&value)));
                    }
                    value
                }
                _ => self.scalar(name, value),
            },
        }
    }

    fn scalar(&mut self, name: &str, value: Value) -> Value {
        let coerced = match (name, &value) {
            ("Int", Value::Number(number)) => int(number).map(|number| Value::Number(number.into())),
            ("Float", Value::Number(_)) | ("String", Value::String(_)) | ("Boolean", Value::Boolean(_)) => {
                return value;
            }
            ("ID", Value::String(_)) => return value,
            ("ID", Value::Number(number)) if number.is_i64() || number.is_u64() => {
                Some(Value::String(number.to_string()))
            }
            ("Int" | "Float" | "String" | "Boolean" | "ID", _) => None,
            _ => {
                return coerce_scalar(name, value).unwrap_or_else(|reason| {
                    self.fail(&format!(": {}", reason.trim_end_matches('.')));
                    Value::Null
                });
            }
        };
        coerced.unwrap_or_else(|| {
            let limit = if name == "Int" { ", a whole number of 32 bits" } else { "" };
            self.fail(&format!("is {}; expected {name}{limit}", quote(&value)));
            value
        })
    }

    fn object(&mut self, object: &InputObjectType, value: Value) -> Value {
        let name = &object.name;
        let Value::Object(mut given) = value else {
            // Where a filter is asked for, a value alone means the most common of its conditions.
            let suggestion = match (&value, object.fields.contains_key("eq")) {
                (Value::String(_) | Value::Enum(_) | Value::Number(_) | Value::Boolean(_), true) => {
                    format!("; did you mean {{\"eq\": {}}}?", quote(&value))
                }
                _ => String::new(),
            };
            self.fail(&format!("is {}, not an object of the type {name}{suggestion}", quote(&value)));
            return Value::Null;
        };
        let is_one_of = object.directives.has("oneOf");
        if is_one_of && (given.len() != 1 || given.values().any(|value| *value == Value::Null)) {
            let fields: Vec<_> = object.fields.keys().map(apollo_compiler::Name::as_str).collect();
            self.fail(&format!("has exactly one field that is not null, one of {}", fields.join(", ")));
        }
        let mut coerced = IndexMap::with_capacity(given.len());
        for (field, definition) in &object.fields {
            let value = match (given.shift_remove(field.as_str()), &definition.default_value) {
                (Some(value), _) => self.at(field, |coercion| coercion.value(&definition.ty, value)),
                (None, Some(default)) => coerce_literal(self.schema, &definition.ty, default),
                (None, None) if definition.ty.is_non_null() => {
                    let ty = &definition.ty;
                    self.at(field, |coercion| coercion.fail(&format!("is required: it is of the type {ty}")));
                    continue;
                }
                (None, None) => continue,
            };
            coerced.insert(Name::new(field.as_str()), value);
        }
        for unknown in given.keys() {
            let unknown: String = unknown.chars().take(MAX_QUOTED_CHARS).collect();
            let suggestion = field_suggestion(&unknown, object);
            self.fail(&format!("has no field \"{unknown}\": it is of the type {name}{suggestion}"));
        }
        Value::Object(coerced)
    }

    fn at<R>(&mut self, segment: impl ToString, coerce: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(segment.to_string());
        let coerced = coerce(self);
        self.path.pop();
        coerced
    }

    fn fail(&mut self, problem: &str) {
        if self.errors.len() < MAX_ERRORS {
            let space = if problem.starts_with(':') { "" } else { " " };
            let end = if problem.ends_with('?') { "" } else { "." };
            self.errors.push(format!("Variable {}{space}{problem}{end}", self.path.join(".")));
        }
    }
}

/// A number as an Int. A JSON number such as `1.0` is one.
fn int(number: &Number) -> Option<i32> {
    let whole = |float: f64| (float.fract() == 0.0 && float.abs() < 2_147_483_649.0).then(|| format!("{float:.0}"));
    match number.as_i64() {
        Some(number) => i32::try_from(number).ok(),
        None => number.as_f64().filter(|_| !number.is_u64()).and_then(whole)?.parse().ok(),
    }
}

/// The beginning of a value, as JSON.
fn quote(value: &Value) -> String {
    match value {
        Value::List(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => format!("{:?}", text.chars().take(MAX_QUOTED_CHARS).collect::<String>()),
        value => value.to_string(),
    }
}

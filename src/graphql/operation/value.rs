//! Conversions from the values, types and locations of apollo-compiler to those of async-graphql.

use apollo_compiler::{
    Name, Node,
    ast::{self, Type},
    parser::{SourceMap, SourceSpan},
};
use async_graphql::{Name as ResponseName, Number, Pos, Positioned, Value, parser::types};

/// A literal without variables. A variable in it becomes null.
pub fn constant(literal: &ast::Value) -> Value {
    match literal {
        ast::Value::Null | ast::Value::Variable(_) => Value::Null,
        ast::Value::Enum(name) => Value::Enum(response_name(name)),
        ast::Value::String(text) => Value::String(text.clone()),
        ast::Value::Int(number) => number_of(number.as_str()),
        ast::Value::Float(number) => number_of(number.as_str()),
        ast::Value::Boolean(value) => Value::Boolean(*value),
        ast::Value::List(items) => Value::List(items.iter().map(|item| constant(item)).collect()),
        ast::Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (response_name(name), constant(value))).collect())
        }
    }
}

/// A number of a document. One that no 64-bit number holds becomes null; validation rejects it before.
pub fn number_of(text: &str) -> Value {
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// A name as async-graphql has it.
pub fn response_name(name: &Name) -> ResponseName {
    ResponseName::new(name.as_str())
}

/// A type as async-graphql has it.
pub fn type_of(ty: &Type) -> types::Type {
    let (base, nullable) = match ty {
        Type::Named(name) => (types::BaseType::Named(response_name(name)), true),
        Type::NonNullNamed(name) => (types::BaseType::Named(response_name(name)), false),
        Type::List(item) => (types::BaseType::List(Box::new(type_of(item))), true),
        Type::NonNullList(item) => (types::BaseType::List(Box::new(type_of(item))), false),
    };
    types::Type { base, nullable }
}

/// The position of a part of the document.
pub fn position(location: Option<SourceSpan>, sources: &SourceMap) -> Pos {
    let start = location.and_then(|location| location.line_column(sources));
    start.map_or_else(Pos::default, |start| Pos { line: start.line, column: start.column })
}

/// A node of async-graphql at a position.
pub fn at<T>(pos: Pos, node: T) -> Positioned<T> {
    Positioned::new(node, pos)
}

/// The fields of an object literal that are given more than once.
pub fn repeated_fields(fields: &[(Name, Node<ast::Value>)]) -> impl Iterator<Item = &Name> {
    fields
        .iter()
        .enumerate()
        .filter_map(|(index, (name, _))| fields[..index].iter().any(|(earlier, _)| earlier == name).then_some(name))
}

//! The types of the published schema: the types of fields, of input fields and of the `where` arguments of lists.

use std::collections::HashMap;

use async_graphql::{
    Name,
    parser::{
        parse_schema,
        types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};

/// The types of a schema.
#[derive(Default)]
pub struct SchemaTypes {
    /// The types of the fields, by object or interface.
    fields: HashMap<Name, HashMap<Name, Type>>,
    /// The types of the input fields, by input object.
    inputs: HashMap<Name, HashMap<Name, Type>>,
    /// The input objects of `where`, by connection.
    filters: HashMap<Name, Name>,
    /// The input object of `orderBy` by the connection that it orders.
    orders: HashMap<Name, Name>,
    /// How many elements the schema has.
    pub counts: ElementCounts,
}

/// How many elements a schema has, of each kind that introspection lists.
#[derive(Clone, Copy, Debug, Default)]
pub struct ElementCounts {
    /// Types.
    pub types: u64,
    /// Fields of all types.
    pub fields: u64,
    /// Arguments of all fields.
    pub arguments: u64,
    /// Fields of all input objects.
    pub input_fields: u64,
    /// Values of all enums.
    pub enum_values: u64,
    /// Interfaces that types implement.
    pub implementations: u64,
}

impl SchemaTypes {
    /// The types of a schema, from its text.
    pub fn parse(sdl: &str) -> Self {
        let mut types = Self::default();
        for definition in parse_schema(sdl).map(|document| document.definitions).unwrap_or_default() {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node;
            types.counts.types += 1;
            let fields = match definition.node.kind {
                TypeKind::Object(object) => {
                    types.counts.implementations += object.implements.len() as u64;
                    object.fields
                }
                TypeKind::Interface(interface) => interface.fields,
                TypeKind::Enum(definition) => {
                    types.counts.enum_values += definition.values.len() as u64;
                    continue;
                }
                TypeKind::InputObject(input) => {
                    types.counts.input_fields += input.fields.len() as u64;
                    let take = |field: InputValueDefinition| (field.name.node, field.ty.node);
                    types.inputs.insert(name, input.fields.into_iter().map(|field| take(field.node)).collect());
                    continue;
                }
                _ => continue,
            };
            types.counts.fields += fields.len() as u64;
            for FieldDefinition { ty, arguments, .. } in fields.iter().map(|field| &field.node) {
                types.counts.arguments += arguments.len() as u64;
                for (name, inputs) in [("where", &mut types.filters), ("orderBy", &mut types.orders)] {
                    let argument = arguments.iter().find(|argument| argument.node.name.node == name);
                    inputs.extend(argument.map(|it| (named(&ty.node).clone(), named(&it.node.ty.node).clone())));
                }
            }
            let fields = fields.into_iter().map(|field| (field.node.name.node, field.node.ty.node)).collect();
            types.fields.insert(name, fields);
        }
        types
    }

    /// The type of a field.
    pub fn field(&self, of: &Name, field: &Name) -> Option<&Type> {
        self.fields.get(of)?.get(field)
    }

    /// The name of a type that has fields.
    pub fn type_name(&self, of: &str) -> Option<&Name> {
        self.fields.get_key_value(of).map(|(name, _)| name)
    }

    /// Whether a type has fields.
    pub fn has_fields(&self, of: &Name) -> bool {
        self.fields.contains_key(of)
    }

    /// The type of an input field, without lists and non-null.
    pub fn input(&self, of: &Name, field: &Name) -> Option<&Name> {
        self.inputs.get(of)?.get(field).map(named)
    }

    /// The input object of `where` in the lists of a connection.
    pub fn filter(&self, connection: &Name) -> Option<&Name> {
        self.filters.get(connection)
    }

    /// The input object of `orderBy` in the lists of a connection.
    pub fn order(&self, connection: &Name) -> Option<&Name> {
        self.orders.get(connection)
    }

    /// Whether an input field compares a column of the row, or orders by it.
    pub fn compares(&self, of: &Name, field: &Name) -> bool {
        let Some(input) = self.input(of, field) else { return false };
        let has_operators = |input: &Name| self.inputs.get(input).is_some_and(|it| it.contains_key("eq"));
        // Money is compared by its amount.
        let amount = self.inputs.get(input).and_then(|it| it.get("amount")).map(named);
        input == "Direction" || has_operators(input) || amount.is_some_and(has_operators)
    }

    /// Whether an input field holds conditions on the rows at the other end of an edge.
    pub fn follows(&self, of: &Name, field: &Name) -> bool {
        const LOGICAL: [&str; 3] = ["and", "or", "not"];
        let takes = self.input(of, field).and_then(|takes| self.inputs.get(takes));
        takes.is_some_and(|takes| LOGICAL.iter().all(|name| takes.contains_key(*name)))
            && !LOGICAL.contains(&field.as_str())
    }
}

/// The name of a type, without lists and non-null.
pub fn named(of: &Type) -> &Name {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}

/// Whether a type is a connection.
pub fn is_connection(of: &Name) -> bool {
    of.as_str().ends_with("Connection")
}

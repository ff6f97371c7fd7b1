//! The types of the printed schema: what a field of a type gives.

use std::collections::HashMap;

use async_graphql::{
    Name,
    parser::{
        parse_schema,
        types::{BaseType, Type, TypeKind, TypeSystemDefinition},
    },
};

/// The types of the fields of every type that has fields.
pub struct Types(HashMap<Name, HashMap<Name, Type>>);

impl Types {
    /// The types of a schema, from its text.
    pub fn of(sdl: &str) -> Self {
        let mut types = HashMap::new();
        for definition in parse_schema(sdl).map(|document| document.definitions).unwrap_or_default() {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            let fields = fields.into_iter().map(|field| (field.node.name.node, field.node.ty.node)).collect();
            types.insert(definition.node.name.node, fields);
        }
        Self(types)
    }

    /// What a field of a type gives.
    pub fn field(&self, of: &Name, field: &Name) -> Option<&Type> {
        self.0.get(of)?.get(field)
    }

    /// Whether a type has fields.
    pub fn has_fields(&self, of: &Name) -> bool {
        self.0.contains_key(of)
    }
}

/// The name of a type, whatever lists of it there are.
pub fn named(of: &Type) -> &Name {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}

/// What the pages of lists are.
pub fn is_connection(of: &Name) -> bool {
    of.as_str().ends_with("Connection")
}

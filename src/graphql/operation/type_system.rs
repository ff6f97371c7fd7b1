//! The type system that documents are validated against.

use apollo_compiler::{
    Name, Schema,
    ast::DirectiveList,
    collections::HashMap,
    name,
    schema::{Component, ExtendedType, FieldDefinition, Implementers},
    ty,
    validation::Valid,
};

/// The types of a schema.
pub struct TypeSystem {
    /// The schema.
    pub schema: Valid<Schema>,
    /// The objects and interfaces that implement each interface.
    pub implementers: HashMap<Name, Implementers>,
}

impl TypeSystem {
    /// The types of a schema, from its text.
    ///
    /// # Panics
    ///
    /// If the text is not a valid schema.
    pub fn parse(sdl: &str) -> Self {
        let mut schema = Schema::parse(sdl, "schema.graphql").expect("the published schema can be parsed");
        // apollo-compiler 1.33 has the introspection types of October 2021.
        if let Some(ExtendedType::Object(introspected)) = schema.types.get_mut("__Type") {
            let is_one_of = FieldDefinition {
                description: None,
                name: name!("isOneOf"),
                arguments: Vec::new(),
                ty: ty!(Boolean),
                directives: DirectiveList::new(),
            };
            introspected.make_mut().fields.insert(name!("isOneOf"), Component::new(is_one_of));
        }
        let schema = schema.validate().expect("the published schema is valid");
        let implementers = schema.implementers_map();
        Self { schema, implementers }
    }
}

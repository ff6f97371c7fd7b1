//! The schema as a client sees it: read by introspection, so that a test covers types that are added later.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Actor;

/// Every type of the schema.
pub struct Schema {
    types: BTreeMap<String, Type>,
}

/// One type.
pub struct Type {
    /// OBJECT, INPUT_OBJECT, ENUM, ...
    pub kind: String,
    /// Fields, or input fields.
    pub fields: Vec<Field>,
    /// The values of an enum.
    pub values: Vec<String>,
    /// The possible types of an interface or a union.
    pub possible_types: Vec<String>,
    /// Whether a value of the input object has exactly one of its fields.
    pub is_one_of: bool,
}

/// One field, argument or input field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The name of its type.
    pub type_name: String,
    /// Whether it is a list.
    pub list: bool,
    /// Whether it is non-null and has no default.
    pub required: bool,
    /// Its type in the notation of the schema: `[ID!]!`.
    pub type_text: String,
    /// Its arguments.
    pub args: Vec<Field>,
}

const QUERY: &str = "{ __schema { types { kind name isOneOf possibleTypes { name } enumValues { name }
    fields { name args { name defaultValue type { ...typeName } } type { ...typeName } }
    inputFields { name defaultValue type { ...typeName } } } } }
    fragment typeName on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

impl Schema {
    /// Reads the schema of the actor's server.
    pub async fn load(actor: &Actor) -> Self {
        let response = actor.execute(QUERY).await;
        let types = response.data()["__schema"]["types"].as_array().unwrap().iter();
        let named = |list: &Json| list.as_array().into_iter().flatten().map(|item| text(&item["name"])).collect();
        let types = types.map(|of| {
            let fields = of["fields"].as_array().or(of["inputFields"].as_array());
            let read = Type {
                kind: text(&of["kind"]),
                fields: fields.into_iter().flatten().map(field).collect(),
                values: named(&of["enumValues"]),
                possible_types: named(&of["possibleTypes"]),
                is_one_of: of["isOneOf"] == true,
            };
            (text(&of["name"]), read)
        });
        Self { types: types.collect() }
    }

    /// A type by its name.
    pub fn get(&self, name: &str) -> &Type {
        self.types.get(name).unwrap_or_else(|| panic!("the schema has no type {name}"))
    }

    /// The names of all types.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// The fields of `Query`.
    pub fn queries(&self) -> &[Field] {
        &self.get("Query").fields
    }

    /// The fields of `Mutation`.
    pub fn mutations(&self) -> &[Field] {
        &self.get("Mutation").fields
    }

    /// A mutation by its name.
    pub fn mutation(&self, name: &str) -> Option<&Field> {
        self.mutations().iter().find(|field| field.name == name)
    }

    /// The types that implement `Node`.
    pub fn nodes(&self) -> &[String] {
        &self.get("Node").possible_types
    }

    /// Whether a type implements `Node`.
    pub fn is_node(&self, name: &str) -> bool {
        self.nodes().iter().any(|node| node == name)
    }

    /// The types that implement `Node` and have a list of all their rows.
    pub fn listed_nodes(&self) -> impl Iterator<Item = &String> {
        self.nodes().iter().filter(|node| self.find_root_list(node).is_some())
    }

    /// Whether a type is the other one, or implements it.
    pub fn is_of(&self, name: &str, other: &str) -> bool {
        name == other || self.get(other).possible_types.iter().any(|possible| possible == name)
    }

    /// Whether a type has a field.
    pub fn has_field(&self, name: &str, field: &str) -> bool {
        self.get(name).fields.iter().any(|own| own.name == field)
    }

    /// The type of the nodes of a connection.
    pub fn connection_node<'a>(&self, connection: &'a str) -> Option<&'a str> {
        connection.strip_suffix("Connection").filter(|node| self.types.contains_key(*node))
    }

    /// The root connection of a type.
    pub fn root_list(&self, node: &str) -> &Field {
        self.find_root_list(node).unwrap_or_else(|| panic!("there is no list of all {node}"))
    }

    fn find_root_list(&self, node: &str) -> Option<&Field> {
        let listed = |field: &&Field| {
            self.connection_node(&field.type_name) == Some(node) && field.args.iter().all(|arg| !arg.required)
        };
        self.queries().iter().find(listed)
    }

    /// Whether a selection of this type needs a selection set.
    pub fn has_fields(&self, name: &str) -> bool {
        ["OBJECT", "INTERFACE", "UNION"].contains(&self.get(name).kind.as_str())
    }

    /// Every value that a row has without following a connection, each as a selection of its own: scalars, scalars of
    /// nested objects, and the ids of rows that the row refers to.
    pub fn leaf_selections(&self, node: &str) -> Vec<String> {
        self.leaf_selections_in(node, &mut BTreeSet::new())
    }

    fn leaf_selections_in(&self, name: &str, open_types: &mut BTreeSet<String>) -> Vec<String> {
        let mut leaves = Vec::new();
        for field in &self.get(name).fields {
            if field.args.iter().any(|arg| arg.required) || self.connection_node(&field.type_name).is_some() {
                continue;
            }
            if !self.has_fields(&field.type_name) {
                leaves.push(field.name.clone());
            } else if self.is_node(&field.type_name) || field.type_name == "Node" {
                leaves.push(format!("{} {{ id }}", field.name));
            } else if open_types.insert(field.type_name.clone()) {
                let below = self.leaf_selections_in(&field.type_name, open_types);
                leaves.extend(below.into_iter().map(|leaf| format!("{} {{ {leaf} }}", field.name)));
                open_types.remove(&field.type_name);
            }
        }
        for possible in self.get(name).possible_types.iter().filter(|_| self.get(name).kind != "OBJECT") {
            let below = self.leaf_selections_in(possible, open_types);
            leaves.extend(below.into_iter().map(|leaf| format!("... on {possible} {{ {leaf} }}")));
        }
        leaves
    }

    /// The connections of a type: the field and the type of its nodes.
    pub fn connections_of(&self, node: &str) -> Vec<(&Field, &str)> {
        let fields = self.get(node).fields.iter();
        fields.filter_map(|field| Some((field, self.connection_node(&field.type_name)?))).collect()
    }

    /// A selection of a whole payload: `select` below its rows, and all of its errors.
    pub fn payload(&self, payload: &str, select: &str) -> String {
        let fields = self.get(payload).fields.iter().map(|field| {
            if self.is_node(&field.type_name) {
                format!("{} {{ {select} }}", field.name)
            } else if self.has_fields(&field.type_name) {
                format!("{} {{ {} }}", field.name, self.leaf_selections(&field.type_name).join(" "))
            } else {
                field.name.clone()
            }
        });
        fields.collect::<Vec<_>>().join(" ")
    }

    /// The type that a mutation writes: the type of the row in its payload.
    pub fn mutated_type(&self, mutation: &Field) -> Option<&str> {
        let fields = self.get(&mutation.type_name).fields.iter();
        fields.map(|field| field.type_name.as_str()).find(|of| self.is_node(of))
    }
}

fn field(field: &Json) -> Field {
    let (mut of, mut list, mut type_text) = (&field["type"], false, String::new());
    let required = of["kind"] == "NON_NULL" && field["defaultValue"].is_null();
    let mut ends = Vec::new();
    while !of["ofType"].is_null() {
        if of["kind"] == "LIST" {
            list = true;
            type_text.push('[');
            ends.push("]");
        } else {
            ends.push("!");
        }
        of = &of["ofType"];
    }
    let type_name = text(&of["name"]);
    type_text.push_str(&type_name);
    type_text.extend(ends.into_iter().rev());
    let args = field["args"].as_array().into_iter().flatten().map(self::field).collect();
    Field { name: text(&field["name"]), type_name, list, required, type_text, args }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

/// The name of a field of a type: `customer` for `Customer`.
pub fn lower(name: &str) -> String {
    format!("{}{}", name[..1].to_lowercase(), &name[1..])
}

/// The name of a type of a field: `CustomerCreate` for `customerCreate`.
pub fn upper(name: &str) -> String {
    format!("{}{}", name[..1].to_uppercase(), &name[1..])
}

//! The schema as a client sees it: by introspection, so that a test covers what is added later.

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
    /// The types an interface or union stands for.
    pub possible: Vec<String>,
}

/// One field, argument or input field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The name of its type.
    pub of: String,
    /// Whether it is a list.
    pub list: bool,
    /// Whether it is never null, and has no default.
    pub needed: bool,
    /// As the schema writes it: `[ID!]!`.
    pub written: String,
    /// Its arguments.
    pub args: Vec<Field>,
}

const QUERY: &str = "{ __schema { types { kind name possibleTypes { name } enumValues { name }
    fields { name args { name defaultValue type { ...of } } type { ...of } }
    inputFields { name defaultValue type { ...of } } } } }
    fragment of on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

impl Schema {
    /// Asks the server what it has.
    pub async fn of(actor: &Actor) -> Self {
        let answer = actor.ask(QUERY).await;
        let types = answer.data()["__schema"]["types"].as_array().unwrap().iter();
        let named = |list: &Json| list.as_array().into_iter().flatten().map(|item| text(&item["name"])).collect();
        let types = types.map(|of| {
            let fields = of["fields"].as_array().or(of["inputFields"].as_array());
            let read = Type {
                kind: text(&of["kind"]),
                fields: fields.into_iter().flatten().map(field).collect(),
                values: named(&of["enumValues"]),
                possible: named(&of["possibleTypes"]),
            };
            (text(&of["name"]), read)
        });
        Self { types: types.collect() }
    }

    /// A type by its name.
    pub fn get(&self, name: &str) -> &Type {
        self.types.get(name).unwrap_or_else(|| panic!("the schema has no type {name}"))
    }

    /// The root fields that read.
    pub fn queries(&self) -> &[Field] {
        &self.get("Query").fields
    }

    /// The root fields that write.
    pub fn mutations(&self) -> &[Field] {
        &self.get("Mutation").fields
    }

    /// A root field that writes, if there is one of this name.
    pub fn mutation(&self, name: &str) -> Option<&Field> {
        self.mutations().iter().find(|field| field.name == name)
    }

    /// The types with an id of their own.
    pub fn nodes(&self) -> &[String] {
        &self.get("Node").possible
    }

    /// Whether a type has an id of its own.
    pub fn is_node(&self, name: &str) -> bool {
        self.nodes().iter().any(|node| node == name)
    }

    /// What a connection is a list of.
    pub fn listed<'a>(&self, connection: &'a str) -> Option<&'a str> {
        connection.strip_suffix("Connection").filter(|node| self.types.contains_key(*node))
    }

    /// The root list of a type.
    pub fn list_of(&self, node: &str) -> &Field {
        let listed = |field: &&Field| self.listed(&field.of) == Some(node) && field.args.iter().all(|arg| !arg.needed);
        self.queries().iter().find(listed).unwrap_or_else(|| panic!("there is no list of all {node}"))
    }

    /// Whether a type has fields of its own.
    pub fn has_fields(&self, name: &str) -> bool {
        ["OBJECT", "INTERFACE", "UNION"].contains(&self.get(name).kind.as_str())
    }

    /// All that a row says about itself, as a selection: values, values of parts, and the ids at the far end of edges
    /// to one. Each is a selection of its own.
    pub fn leaves(&self, node: &str) -> Vec<String> {
        self.leaves_in(node, &mut BTreeSet::new())
    }

    fn leaves_in(&self, name: &str, inside: &mut BTreeSet<String>) -> Vec<String> {
        let mut leaves = Vec::new();
        for field in &self.get(name).fields {
            if field.args.iter().any(|arg| arg.needed) || self.listed(&field.of).is_some() {
                continue;
            }
            if !self.has_fields(&field.of) {
                leaves.push(field.name.clone());
            } else if self.is_node(&field.of) || field.of == "Node" {
                leaves.push(format!("{} {{ id }}", field.name));
            } else if inside.insert(field.of.clone()) {
                let below = self.leaves_in(&field.of, inside);
                leaves.extend(below.into_iter().map(|leaf| format!("{} {{ {leaf} }}", field.name)));
                inside.remove(&field.of);
            }
        }
        for possible in self.get(name).possible.iter().filter(|_| self.get(name).kind != "OBJECT") {
            let below = self.leaves_in(possible, inside);
            leaves.extend(below.into_iter().map(|leaf| format!("... on {possible} {{ {leaf} }}")));
        }
        leaves
    }

    /// The edges of a type that lead to many rows: the field and the type of the rows.
    pub fn lists_under(&self, node: &str) -> Vec<(&Field, &str)> {
        let fields = self.get(node).fields.iter();
        fields.filter_map(|field| Some((field, self.listed(&field.of)?))).collect()
    }

    /// All that a payload says: the rows by `select`, and why there are none.
    pub fn payload(&self, payload: &str, select: &str) -> String {
        let fields = self.get(payload).fields.iter().map(|field| {
            if self.is_node(&field.of) {
                format!("{} {{ {select} }}", field.name)
            } else if self.has_fields(&field.of) {
                format!("{} {{ {} }}", field.name, self.leaves(&field.of).join(" "))
            } else {
                field.name.clone()
            }
        });
        fields.collect::<Vec<_>>().join(" ")
    }

    /// The type a mutation writes: that of the row in its payload.
    pub fn written(&self, mutation: &Field) -> Option<&str> {
        let fields = self.get(&mutation.of).fields.iter();
        fields.map(|field| field.of.as_str()).find(|of| self.is_node(of))
    }
}

fn field(field: &Json) -> Field {
    let (mut of, mut list, mut written) = (&field["type"], false, String::new());
    let needed = of["kind"] == "NON_NULL" && field["defaultValue"].is_null();
    let mut ends = Vec::new();
    while !of["ofType"].is_null() {
        if of["kind"] == "LIST" {
            list = true;
            written.push('[');
            ends.push("]");
        } else {
            ends.push("!");
        }
        of = &of["ofType"];
    }
    let of = text(&of["name"]);
    written.push_str(&of);
    written.extend(ends.into_iter().rev());
    let args = field["args"].as_array().into_iter().flatten().map(self::field).collect();
    Field { name: text(&field["name"]), of, list, needed, written, args }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

/// `Customer` as a field is called: `customer`.
pub fn lower(name: &str) -> String {
    format!("{}{}", name[..1].to_lowercase(), &name[1..])
}

//! Random documents: fragments, aliases, conditions and variables over every type of the schema.

use std::fmt::Write;

use serde_json::{Map, Value as Json, json};

use crate::world::{
    random::Random,
    schema::{Field, Schema},
};

/// How many levels of fields a document has at most.
const MAX_DEPTH: usize = 4;

/// The most selections of a document.
const MAX_SELECTIONS: usize = 60;

/// Generates documents with variables.
pub struct DocumentGenerator<'a> {
    schema: &'a Schema,
    random: Random,
    /// Ids of rows.
    ids: Vec<String>,
    fragments: Vec<String>,
    definitions: Vec<String>,
    variables: Map<String, Json>,
    names: usize,
    selections: usize,
}

impl<'a> DocumentGenerator<'a> {
    /// A generator of documents that name these ids.
    pub fn new(schema: &'a Schema, seed: u64, ids: Vec<String>) -> Self {
        Self {
            schema,
            random: Random::from_seed(seed),
            ids,
            fragments: Vec::new(),
            definitions: Vec::new(),
            variables: Map::new(),
            names: 0,
            selections: 0,
        }
    }

    /// A query with its variables.
    pub fn query(&mut self) -> Json {
        (self.fragments, self.definitions, self.variables) = (Vec::new(), Vec::new(), Map::new());
        (self.names, self.selections) = (0, 0);
        let selection_set = self.selection_set("Query", MAX_DEPTH);
        let definitions = self.definitions.join(", ");
        let definitions = if definitions.is_empty() { definitions } else { format!("({definitions})") };
        let query = format!("query Q{definitions} {selection_set} {}", self.fragments.join(" "));
        json!({ "query": query, "variables": self.variables })
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn selection_set(&mut self, of: &str, depth: usize) -> String {
        let is_abstract = self.schema.get(of).kind != "OBJECT";
        // The comparison has to know the type of an object.
        let mut selections = if is_abstract { vec!["concrete: __typename".to_owned()] } else { Vec::new() };
        for _ in 0..=self.random.below(4) {
            self.selections += 1;
            let selection = match self.random.below(100) {
                _ if self.selections > MAX_SELECTIONS => "__typename".to_owned(),
                0..65 => self.field(of, depth),
                65..76 => {
                    let on = self.type_condition(of);
                    let condition =
                        if on == of && self.random.chance(50) { String::new() } else { format!(" on {on}") };
                    let directive = self.directive();
                    format!("...{condition}{directive} {}", self.selection_set(&on, depth))
                }
                76..86 => {
                    let (on, name, directive) = (self.type_condition(of), self.name("F"), self.directive());
                    let selection_set = self.selection_set(&on, depth);
                    self.fragments.push(format!("fragment {name} on {on} {selection_set}"));
                    format!("...{name}{directive}")
                }
                86..95 if !selections.is_empty() => self.random.choose(&selections).clone(),
                _ => "__typename".to_owned(),
            };
            selections.push(selection);
        }
        format!("{{ {} }}", selections.join(" "))
    }

    /// A type that a fragment on a type may have: the type, one that implements it, or an interface of it.
    fn type_condition(&mut self, of: &str) -> String {
        let mut types = vec![of.to_owned()];
        types.extend(self.schema.get(of).possible_types.iter().cloned());
        types.extend(self.schema.is_node(of).then(|| "Node".to_owned()));
        self.random.choose(&types).clone()
    }

    fn field(&mut self, of: &str, depth: usize) -> String {
        let schema = self.schema;
        let is_possible = |field: &&Field| depth > 0 || !schema.has_fields(&field.type_name);
        let fields: Vec<_> = schema.get(of).fields.iter().filter(is_possible).collect();
        if fields.is_empty() {
            return "__typename".to_owned();
        }
        let field = *self.random.choose(&fields);
        let mut arguments = Vec::new();
        for argument in &field.args {
            // Rarely, a required argument is missing.
            let is_given = if argument.required { !self.random.chance(2) } else { self.random.chance(12) };
            if is_given {
                arguments.push(format!("{}: {}", argument.name, self.argument(argument)));
            }
        }
        let mut text = String::new();
        // Fields with the same response key have the same arguments, except rarely.
        if (!arguments.is_empty() && !self.random.chance(3)) || self.random.chance(15) {
            write!(text, "{}: ", self.name("a")).unwrap();
        }
        text.push_str(&field.name);
        if !arguments.is_empty() {
            write!(text, "({})", arguments.join(", ")).unwrap();
        }
        text.push_str(&self.directive());
        if schema.has_fields(&field.type_name) {
            write!(text, " {}", self.selection_set(&field.type_name, depth - 1)).unwrap();
        }
        text
    }

    fn directive(&mut self) -> String {
        if !self.random.chance(12) {
            return String::new();
        }
        let name = *self.random.choose(&["skip", "include"]);
        let condition = if self.random.chance(40) {
            self.random.chance(50).to_string()
        } else {
            let default = self.random.chance(50).then(|| self.random.chance(50));
            let name = self.name("v");
            match default {
                Some(default) => self.definitions.push(format!("${name}: Boolean = {default}")),
                None => self.definitions.push(format!("${name}: Boolean!")),
            }
            if default.is_none() || self.random.chance(50) {
                let value = if self.random.chance(3) { Json::Null } else { json!(self.random.chance(50)) };
                self.variables.insert(name.clone(), value);
            }
            format!("${name}")
        };
        format!(" @{name}(if: {condition})")
    }

    fn argument(&mut self, argument: &Field) -> String {
        if self.random.chance(50) {
            return literal(&self.value(argument, 0), argument, self.schema);
        }
        let name = self.name("v");
        let nullable = argument.type_text.trim_end_matches('!').to_owned();
        let default = self.random.chance(40).then(|| self.value(argument, 0));
        let type_text = if default.is_some() || self.random.chance(10) { nullable } else { argument.type_text.clone() };
        let default = default.map(|value| format!(" = {}", literal(&value, argument, self.schema)));
        self.definitions.push(format!("${name}: {type_text}{}", default.unwrap_or_default()));
        let value = match self.random.below(100) {
            0..70 => Some(self.value(argument, 0)),
            70..90 => None,
            90..95 => Some(Json::Null),
            95..98 => Some(json!({ "unknown": 1 })),
            _ => Some(json!([[true]])),
        };
        if let Some(value) = value {
            self.variables.insert(name.clone(), value);
        }
        format!("${name}")
    }

    /// A value of an argument or an input field.
    fn value(&mut self, field: &Field, depth: usize) -> Json {
        let item = self.item(field, depth);
        // A single value stands for a list of one.
        if field.list && self.random.chance(70) { json!([item]) } else { item }
    }

    fn item(&mut self, field: &Field, depth: usize) -> Json {
        let schema = self.schema;
        let of = schema.get(&field.type_name);
        let is_wrong = self.random.chance(3);
        match (of.kind.as_str(), field.type_name.as_str()) {
            ("ENUM", _) => json!(self.random.choose(&of.values)),
            ("INPUT_OBJECT", _) => {
                let mut object = Map::new();
                let fields =
                    of.fields.iter().filter(|field| depth < 3 || schema.get(&field.type_name).kind != "INPUT_OBJECT");
                let fields: Vec<_> = fields.collect();
                let chosen = fields.get(self.random.below(fields.len().max(1))).map(|field| field.name.clone());
                for field in fields {
                    if (field.required && !of.is_one_of) || Some(&field.name) == chosen.as_ref() || is_wrong {
                        object.insert(field.name.clone(), self.value(field, depth + 1));
                    }
                }
                Json::Object(object)
            }
            (_, "Int") => {
                if is_wrong {
                    json!(3_000_000_000_u32)
                } else {
                    json!(self.random.below(4))
                }
            }
            (_, "Float") => json!(1.5),
            (_, "Boolean") => {
                if is_wrong {
                    json!("true")
                } else {
                    json!(self.random.chance(50))
                }
            }
            (_, "ID" | "Ref") => json!(self.random.choose(&self.ids)),
            (_, "Date") => json!(if is_wrong { "2026-02-30" } else { "2026-02-03" }),
            (_, "DateTime") => json!(if is_wrong { "yesterday" } else { "2026-02-03T04:05:06Z" }),
            (_, "Decimal") => json!(if is_wrong { "1.2345678" } else { "1.5" }),
            (_, "Coordinates") => json!([1.5, 2.5]),
            _ => {
                if is_wrong {
                    json!(1)
                } else {
                    json!("a")
                }
            }
        }
    }
}

/// A value as a literal of a document.
fn literal(value: &Json, field: &Field, schema: &Schema) -> String {
    match value {
        Json::Array(items) => {
            format!("[{}]", items.iter().map(|item| literal(item, field, schema)).collect::<Vec<_>>().join(", "))
        }
        Json::Object(fields) => {
            let of = schema.get(&field.type_name);
            let inner = |name: &str| of.fields.iter().find(|field| field.name == *name).unwrap();
            let fields = fields.iter().map(|(name, value)| format!("{name}: {}", literal(value, inner(name), schema)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Json::String(text) if schema.get(&field.type_name).kind == "ENUM" => text.clone(),
        value => value.to_string(),
    }
}

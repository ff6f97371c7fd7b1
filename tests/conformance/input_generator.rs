//! Random inputs: literals and variables of every input type, most of them valid.

use serde_json::{Map, Value as Json, json};

use crate::world::{
    random::Random,
    sample_data::SampleData,
    schema::{Field, Schema},
};

/// Generates the arguments of a document, with its variables.
pub struct InputGenerator<'a> {
    schema: &'a Schema,
    /// Chooses everything.
    pub random: Random,
    /// Inputs of mutations by the rules of their domains, with the ids of rows.
    sample: SampleData<'a>,
    /// The texts that are given for a `String`.
    pub texts: Vec<String>,
    /// Whether nothing of the document is wrong.
    pub is_careful: bool,
    /// The definitions of the document's variables.
    pub definitions: Vec<String>,
    /// The values of the variables.
    pub variables: Map<String, Json>,
    names: usize,
}

impl<'a> InputGenerator<'a> {
    /// A generator of inputs that name the rows of the sample data.
    pub fn new(schema: &'a Schema, seed: u64, sample: SampleData<'a>) -> Self {
        let (random, texts) = (Random::from_seed(seed), vec!["a".to_owned()]);
        let (definitions, variables) = (Vec::new(), Map::new());
        Self { schema, random, sample, texts, is_careful: false, definitions, variables, names: 0 }
    }

    /// Begins another document.
    pub fn clear(&mut self) {
        self.is_careful = false;
        (self.definitions, self.variables, self.names) = (Vec::new(), Map::new(), 0);
    }

    /// A name that the document does not have yet.
    pub fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// Whether something is wrong, with a probability of `percent`.
    pub fn is_wrong(&mut self, percent: usize) -> bool {
        !self.is_careful && self.random.chance(percent)
    }

    /// A condition of a selection: empty in most cases.
    pub fn directive(&mut self) -> String {
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
                let value = if self.is_wrong(3) { Json::Null } else { json!(self.random.chance(50)) };
                self.variables.insert(name.clone(), value);
            }
            format!("${name}")
        };
        format!(" @{name}(if: {condition})")
    }

    /// An argument: a literal or a variable. The inputs of a mutation are for a type of row.
    pub fn argument(&mut self, argument: &Field, mutated: Option<&str>) -> String {
        let is_input = self.schema.get(&argument.type_name).kind == "INPUT_OBJECT";
        let value = match mutated {
            Some(mutated) if is_input && self.random.chance(80) => self.mutation_value(argument, mutated),
            _ => self.value(argument, 0),
        };
        if self.is_wrong(3) {
            "null".to_owned()
        } else if self.random.chance(50) {
            self.variable(argument, value)
        } else {
            self.literal(&value, argument, true)
        }
    }

    /// A variable of an argument or an input field, most often with this value.
    fn variable(&mut self, field: &Field, value: Json) -> String {
        let name = self.name("v");
        let nullable = field.type_text.trim_end_matches('!').to_owned();
        let default = self.random.chance(40).then(|| self.value(field, 0));
        let type_text = if default.is_some() || self.is_wrong(10) { nullable } else { field.type_text.clone() };
        let is_required = type_text.ends_with('!');
        let default = default.map(|value| format!(" = {}", self.literal(&value, field, false)));
        self.definitions.push(format!("${name}: {type_text}{}", default.unwrap_or_default()));
        let value = match self.random.below(100) {
            0..70 => Some(value),
            70..90 if is_required => Some(value),
            _ if self.is_careful && is_required => Some(value),
            70..90 => None,
            90..96 => Some(Json::Null),
            _ if self.is_careful => None,
            96..98 => Some(json!({ "unknown": 1 })),
            _ => Some(json!([[true]])),
        };
        if let Some(value) = value {
            self.variables.insert(name.clone(), value);
        }
        format!("${name}")
    }

    /// A value of a mutation's argument, as the domain's rules require it in most cases.
    fn mutation_value(&mut self, argument: &Field, mutated: &str) -> Json {
        let count = if argument.list { 1 + self.random.below(3) } else { 1 };
        let mut inputs = Vec::new();
        for index in 0..count {
            let mut input = self.sample.input(&argument.type_name, 0, &argument.name, index);
            if self.schema.has_field(&argument.type_name, "id") {
                input["id"] = json!(self.id(Some(mutated.to_owned())));
            }
            if self.is_wrong(15) {
                self.change(&mut input, &argument.type_name);
            }
            inputs.push(input);
        }
        if argument.list { json!(inputs) } else { inputs.remove(0) }
    }

    /// Changes one field of an input: not every change makes it invalid.
    fn change(&mut self, input: &mut Json, of: &str) {
        let fields = &self.schema.get(of).fields;
        let (field, Json::Object(input)) = (self.random.choose(fields), input) else { return };
        match self.random.below(5) {
            0 => drop(input.remove(&field.name)),
            1 => drop(input.insert(field.name.clone(), Json::Null)),
            2 => drop(input.insert(field.name.clone(), json!([[true]]))),
            3 => drop(input.insert("unknown".to_owned(), json!(1))),
            _ => drop(input.insert(field.name.clone(), self.value(field, 1))),
        }
    }

    /// The id of a row, most often of this type.
    pub fn id(&mut self, of: Option<String>) -> String {
        let of = of.filter(|_| self.random.chance(80)).and_then(|of| self.sample.ids.get(&of));
        let ids: Vec<_> = of.map_or_else(|| self.sample.ids.values().flatten().collect(), |ids| ids.iter().collect());
        (*self.random.choose(&ids)).clone()
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
        let is_wrong = self.is_wrong(3);
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
            (_, "Int") => json!(if is_wrong { 3_000_000_000 } else { self.random.below(4) }),
            (_, "Float") => json!(1.5),
            (_, "Boolean") if is_wrong => json!("true"),
            (_, "Boolean") => json!(self.random.chance(50)),
            (_, "ID" | "Ref") => json!(self.id(self.sample.referenced_type(&field.name))),
            (_, "Date") => json!(if is_wrong { "2026-02-30" } else { "2026-02-03" }),
            (_, "DateTime") => json!(if is_wrong { "yesterday" } else { "2026-02-03T04:05:06Z" }),
            (_, "Decimal") => json!(if is_wrong { "1.2345678" } else { "1.5" }),
            (_, "Coordinates") => json!([1.5, 2.5]),
            _ if is_wrong => json!(1),
            _ => json!(self.random.choose(&self.texts)),
        }
    }

    /// A value as a literal of a document, with variables in some places if it may have them.
    pub fn literal(&mut self, value: &Json, field: &Field, with_variables: bool) -> String {
        let of = self.schema.get(&field.type_name);
        match value {
            Json::Array(items) => {
                let items = items.iter().map(|item| self.literal(item, field, with_variables));
                format!("[{}]", items.collect::<Vec<_>>().join(", "))
            }
            Json::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| {
                    let literal = match of.fields.iter().find(|field| field.name == *name) {
                        Some(inner) if with_variables && self.random.chance(8) => self.variable(inner, value.clone()),
                        Some(inner) => self.literal(value, inner, with_variables),
                        None => value.to_string(),
                    };
                    format!("{name}: {literal}")
                });
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
            Json::String(text) if of.kind == "ENUM" => text.clone(),
            value => value.to_string(),
        }
    }
}

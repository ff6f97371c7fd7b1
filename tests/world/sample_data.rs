//! Sample data: rows of every type, created through the mutations from what introspection says about their inputs.
//!
//! A new domain is covered without a change here, unless its rules require more than its types: then it gets an entry in
//! [`FIELD_VALUES`], [`REFERENCED_TYPES`] or [`LIST_LENGTHS`].

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{
    Actor,
    random::Random,
    sample_values::{FIELD_VALUES, LIST_LENGTHS, REFERENCED_TYPES, SampleValue, TYPES_WITHOUT_CREATE},
    schema::{Field, Schema, lower, upper},
};

/// Generates inputs and creates rows from them.
pub struct SampleData<'a> {
    schema: &'a Schema,
    /// The ids of the rows created so far, by type.
    pub ids: BTreeMap<String, Vec<String>>,
    /// Every text that was written, with the path of its input field.
    pub texts: Vec<(String, String)>,
    /// The prefix of every text.
    prefix: String,
    count: usize,
    /// Whether optional fields have values.
    complete: bool,
    /// With a generator, values are drawn from a small pool and optional fields are left out at random.
    random: Option<Random>,
}

impl<'a> SampleData<'a> {
    /// Rows with a value in every field; all texts differ and begin with a prefix.
    pub fn complete(schema: &'a Schema, prefix: &str) -> Self {
        let prefix = prefix.to_owned();
        Self { schema, ids: BTreeMap::new(), texts: Vec::new(), prefix, count: 0, complete: true, random: None }
    }

    /// Rows with ties and nulls.
    pub fn random(schema: &'a Schema, seed: u64) -> Self {
        Self { random: Some(Random::from_seed(seed)), ..Self::complete(schema, "pool") }
    }

    /// Whether the next inputs have values for their required fields only.
    pub fn required_fields_only(&mut self, only: bool) {
        self.complete = !only;
    }

    /// Creates `rows` rows of every type; a row is created after the rows that it has to refer to.
    pub async fn create_all(&mut self, actor: &Actor, rows: usize) {
        for round in 0..rows {
            let mut left: Vec<_> = self.creatable_types();
            while !left.is_empty() {
                let next = left.iter().position(|node| self.can_create(&create_mutation(node)));
                let next = next.unwrap_or_else(|| panic!("each of {left:?} has to refer to another one of them"));
                self.create(actor, &left.remove(next), round).await;
            }
        }
    }

    /// The types that have a create mutation; types that others refer to come first.
    pub fn creatable_types(&self) -> Vec<String> {
        let mut types: Vec<String> = Vec::new();
        for node in self.schema.nodes() {
            if self.schema.mutation(&create_mutation(node)).is_some() {
                types.push(node.clone());
            } else if !TYPES_WITHOUT_CREATE.iter().any(|(name, _)| self.schema.is_of(node, name)) {
                panic!(
                    "there is no mutation {}: give the reason in TYPES_WITHOUT_CREATE of tests/world/sample_values.rs",
                    create_mutation(node)
                );
            }
        }
        // A type comes after all types that it refers to.
        let referenced = |node: &String| self.referenced_types(&create_input(node), 0, false);
        let mut sorted: Vec<String> = Vec::new();
        while !types.is_empty() {
            let is_next = |node: &String| referenced(node).iter().all(|far| far == node || !types.contains(far));
            let next = types.iter().position(is_next).unwrap_or_default();
            sorted.push(types.remove(next));
        }
        sorted
    }

    /// Creates a row of a type. Random sample data leaves out a row that the rules reject.
    pub async fn create(&mut self, actor: &Actor, node: &str, row: usize) -> Option<String> {
        let mutation = create_mutation(node);
        let input = self.input(&create_input(node), row, &mutation, 0);
        let response = actor.send_mutation(&mutation, input.clone(), "id").await;
        let id = response.at(&format!("/data/{mutation}/{}/id", lower(node))).as_str().map(str::to_owned);
        assert!(
            id.is_some() || self.random.is_some(),
            "no {node} can be created from {input:#}\n{response}\nadd what its rules require to tests/world/sample_values.rs"
        );
        self.ids.entry(node.to_owned()).or_default().extend(id.clone());
        id
    }

    /// Creates `rows` rows of every type; an input that the rules reject is replaced by another random one.
    pub async fn create_many(&mut self, actor: &Actor, rows: usize) {
        for node in self.creatable_types() {
            for attempt in 0..rows * 6 {
                if self.ids.get(&node).is_some_and(|ids| ids.len() == rows) {
                    break;
                }
                self.create(actor, &node, attempt).await;
            }
            let created = self.ids.get(&node).map_or(0, Vec::len);
            assert!(
                created > rows / 2,
                "only {created} of {rows} {node} were created: add what its rules require to tests/world/sample_values.rs"
            );
        }
    }

    /// The id of a row of a type, if one was created.
    pub fn id(&self, node: &str, row: usize) -> Option<&String> {
        let ids = self.ids.get(node)?;
        ids.get(row).or(ids.last())
    }

    /// The type that a `Ref` or `ID` of an input refers to; the mutated type itself for its `id`.
    pub fn referenced_type(&self, field: &str) -> Option<String> {
        let listed = REFERENCED_TYPES.iter().find(|(name, _)| *name == field).map(|(_, node)| (*node).to_owned());
        listed.or_else(|| self.schema.nodes().iter().find(|node| lower(node) == field).cloned())
    }

    /// An input with sample values for the fields of its type.
    pub fn input(&mut self, name: &str, row: usize, path: &str, index: usize) -> Json {
        let mut input = Map::new();
        let schema = self.schema;
        if schema.get(name).is_one_of {
            let chosen = schema.get(name).fields.iter().find_map(|field| {
                let value = self.value(name, field, row, &format!("{path}.{}", field.name), index)?;
                Some((field.name.clone(), value))
            });
            return Json::Object(chosen.into_iter().collect());
        }
        for field in &schema.get(name).fields {
            let included = match &mut self.random {
                _ if field.required => true,
                _ if !self.complete => false,
                Some(_) if LIST_LENGTHS.iter().any(|(name, _)| *name == field.name) => true,
                Some(random) => random.chance(65),
                None => true,
            };
            if !included {
                continue;
            }
            let below = format!("{path}.{}", field.name);
            let Some(value) = self.value(name, field, row, &below, index) else { continue };
            input.insert(field.name.clone(), value);
        }
        Json::Object(input)
    }

    fn value(&mut self, owner: &str, field: &Field, row: usize, path: &str, index: usize) -> Option<Json> {
        if !field.list {
            return self.item(owner, field, row, path, index);
        }
        let length = LIST_LENGTHS.iter().find(|(name, _)| *name == field.name).map_or(1, |(_, length)| *length);
        let items: Vec<_> = (0..length).filter_map(|item| self.item(owner, field, row, path, item)).collect();
        (items.len() == length).then_some(Json::Array(items))
    }

    fn item(&mut self, owner: &str, field: &Field, row: usize, path: &str, index: usize) -> Option<Json> {
        let listed = FIELD_VALUES.iter().filter(|(of, name, _)| [owner, "*"].contains(of) && *name == field.name);
        // An entry for this input wins over an entry for all inputs.
        let listed = listed.min_by_key(|(of, ..)| *of == "*").map(|(.., value)| *value);
        self.count += 1;
        let (count, of) = (self.count, field.type_name.as_str());
        Some(match (listed, of) {
            (Some(SampleValue::Absent), _) => return None,
            (Some(SampleValue::True), _) => json!(true),
            (Some(SampleValue::Text(text)), _) => json!(text),
            (Some(SampleValue::Number(number)), _) => json!(number),
            (Some(SampleValue::Email), _) => {
                let number = self.pick(6).unwrap_or(count);
                let text = format!("{}{}@example.com", self.prefix, letters(number));
                self.record_text(path, text)
            }
            (Some(SampleValue::WebAddress), _) => {
                let text = format!("https://{}{}.example", self.prefix, letters(count));
                self.record_text(path, text)
            }
            (Some(SampleValue::Unique), _) => {
                let text = format!("{}{}", self.prefix, letters(count));
                self.record_text(path, text)
            }
            (Some(SampleValue::Phone), _) => {
                let number = self.pick(8).unwrap_or(count);
                // Two prefixes have no number in common.
                let area = self.prefix.as_bytes()[0] % 100;
                self.record_text(path, format!("55{area:02}7{number:05}"))
            }
            (None, "Ref" | "ID") if field.name == "id" => return None,
            (None, "Ref" | "ID") => {
                let node = self.referenced_type(&field.name).unwrap_or_else(|| {
                    panic!("add the type that {owner}.{} refers to in tests/world/sample_values.rs", field.name)
                });
                let row = match (&mut self.random, self.ids.get(&node)) {
                    // Most references are to a few rows, so that the lists of those rows are long.
                    (Some(random), Some(ids)) => random.below(ids.len().min(6)),
                    _ => row,
                };
                // The first row of a type refers to no other row of the type.
                json!(self.id(&node, row)?)
            }
            (None, "String") if field.name == "externalReference" => json!(format!("{}ref{count}", self.prefix)),
            (None, "String") => json!(self.text(path)),
            (None, "Int") => json!(self.pick(5).unwrap_or(2) + 1),
            (None, "Float") => json!(1.5),
            (None, "Boolean") => json!(self.pick(2).is_none_or(|yes| yes == 1)),
            (None, "Decimal") => json!(format!("{}.5", self.pick(6).unwrap_or(count))),
            (Some(SampleValue::Cycled), _) => {
                json!(self.schema.get(of).values[index % self.schema.get(of).values.len()])
            }
            (None | Some(SampleValue::Early | SampleValue::Late), "DateTime") => {
                let later = if matches!(listed, Some(SampleValue::Late)) { 12 } else { 0 };
                let hour = self.pick(6).map_or(count, |hour| hour + later);
                json!(format!("2026-{:02}-{:02}T{:02}:00:00Z", 1 + hour / 600, 1 + hour / 24 % 25, hour % 24))
            }
            (None | Some(SampleValue::Early | SampleValue::Late), "Date") => {
                json!(format!("2026-03-{:02}", 1 + self.pick(6).unwrap_or(count) % 28))
            }
            (None, "LocalTime") => json!("08:30"),
            (None, "JSON") => json!({ "note": self.text(path) }),
            (None, "Coordinates") => {
                let index = self.pick(5).unwrap_or(count);
                self.texts.push((path.to_owned(), format!("-96.73{:04}", 1000 + index)));
                json!([format!("-96.73{:04}", 1000 + index).parse::<f64>().unwrap(), 32.5])
            }
            (Some(SampleValue::Early | SampleValue::Late), _) => panic!("{owner}.{} is not a time", field.name),
            _ => match self.schema.get(of).kind.as_str() {
                "ENUM" => {
                    // A sample of a customer asset has come back, and a reservation was never handed over.
                    let values = &self.schema.get(of).values;
                    let values: Vec<_> = values.iter().filter(|value| *value != "RESERVED").collect();
                    // The first two rows of a type have one value, the next rows another.
                    let index = self.pick(values.len()).unwrap_or(index + row / 2);
                    json!(values[index % values.len()])
                }
                // Ends the recursion of an input type that contains itself.
                "INPUT_OBJECT" if path.matches('.').count() > 5 => return None,
                "INPUT_OBJECT" => self.input(of, row, path, index),
                _ => panic!("there is no sample value of type {of} for {owner}.{}", field.name),
            },
        })
    }

    /// A text: one of a few in random sample data, otherwise one that no other field has.
    fn text(&mut self, path: &str) -> String {
        const POOL: &[&str] =
            &["Alpha", "alpha beta", "Beta", "Ärmel", "armel", "gamma 10", "Gamma 9", "ze_ta", "ze%ta", "Zulu"];
        if let Some(random) = &mut self.random {
            return (*random.choose(POOL)).to_owned();
        }
        let text = format!("{}{}", self.prefix, letters(self.count));
        self.texts.push((path.to_owned(), text.clone()));
        text
    }

    fn record_text(&mut self, path: &str, text: String) -> Json {
        self.texts.push((path.to_owned(), text.clone()));
        json!(text)
    }

    fn pick(&mut self, bound: usize) -> Option<usize> {
        self.random.as_mut().map(|random| random.below(bound))
    }

    /// Whether every type that a mutation has to refer to has a row.
    fn can_create(&self, mutation: &str) -> bool {
        self.referenced_types(&format!("{}Input", upper(mutation)), 0, true)
            .iter()
            .all(|node| self.ids.contains_key(node))
    }

    /// The types that an input refers to; with `required`, only those of required fields.
    fn referenced_types(&self, input: &str, depth: usize, required: bool) -> Vec<String> {
        let mut types = Vec::new();
        for field in self.schema.get(input).fields.iter().filter(|field| field.required || !required) {
            if ["Ref", "ID"].contains(&field.type_name.as_str()) {
                types.extend(self.referenced_type(&field.name));
            } else if self.schema.get(&field.type_name).kind == "INPUT_OBJECT" && depth < 4 {
                types.extend(self.referenced_types(&field.type_name, depth + 1, required));
            }
        }
        types
    }
}

/// A number in letters: a text without digits is one word for every index.
fn letters(mut number: usize) -> String {
    let mut text = String::new();
    for _ in 0..4 {
        text.insert(0, char::from(b'a' + u8::try_from(number % 26).unwrap()));
        number /= 26;
    }
    text
}

/// The mutation that creates rows of a type.
fn create_mutation(node: &str) -> String {
    format!("{}Create", lower(node))
}

/// The input of the mutation that creates rows of a type.
fn create_input(node: &str) -> String {
    format!("{node}CreateInput")
}

//! Samples: rows of every type, made through the mutations from what introspection says of their inputs.
//!
//! A new domain is covered without a line here, unless its rules ask for more than its types say: then [`KNOWN`],
//! [`REFERS`] or [`LENGTHS`] gets one.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{
    Actor,
    known::{KNOWN, Known, LENGTHS, NOT_MADE, REFERS},
    random::Random,
    schema::{Field, Schema, lower},
};

/// Makes inputs, and rows of them.
pub struct Sample<'a> {
    schema: &'a Schema,
    /// The ids made so far, by type.
    pub ids: BTreeMap<String, Vec<String>>,
    /// Every text that was written, with where it was written.
    pub said: Vec<(String, String)>,
    /// What every text begins with.
    marker: String,
    count: usize,
    /// Whether optional fields are given.
    whole: bool,
    /// If given, values are drawn from a small pool, and optional fields by chance.
    random: Option<Random>,
}

impl<'a> Sample<'a> {
    /// Rows with every field given, each text another one that begins with a marker.
    pub fn whole(schema: &'a Schema, marker: &str) -> Self {
        let marker = marker.to_owned();
        Self { schema, ids: BTreeMap::new(), said: Vec::new(), marker, count: 0, whole: true, random: None }
    }

    /// Rows with ties and nulls.
    pub fn random(schema: &'a Schema, seed: u64) -> Self {
        Self { random: Some(Random::of(seed)), ..Self::whole(schema, "pool") }
    }

    /// Only what must be given, from now on or no more.
    pub fn bare(&mut self, bare: bool) {
        self.whole = !bare;
    }

    /// Makes rows of every type, so many each; what is needed goes before what needs it.
    pub async fn make_all(&mut self, actor: &Actor, rows: usize) {
        for round in 0..rows {
            let mut left: Vec<_> = self.made();
            while !left.is_empty() {
                let ready = left.iter().position(|node| self.ready(&create(node)));
                let ready = ready.unwrap_or_else(|| panic!("each of {left:?} needs another one of them"));
                self.make(actor, &left.remove(ready), round).await;
            }
        }
    }

    /// The types that are made by a mutation of their own, in an order in which those come first that others may name.
    pub fn made(&self) -> Vec<String> {
        let mut made: Vec<String> = Vec::new();
        for node in self.schema.nodes() {
            if self.schema.mutation(&create(node)).is_some() {
                made.push(node.clone());
            } else if !NOT_MADE.iter().any(|(known, _)| known == node) {
                panic!("no mutation {} makes a {node}: say in NOT_MADE of tests/world/known.rs why", create(node));
            }
        }
        // Few refs first: what names nothing, then what names only that.
        let named = |node: &String| self.refs(&format!("{}Input", upper(&create(node))), 0, false);
        let mut sorted: Vec<String> = Vec::new();
        while !made.is_empty() {
            let free = |node: &String| named(node).iter().all(|far| far == node || !made.contains(far));
            let next = made.iter().position(free).unwrap_or_default();
            sorted.push(made.remove(next));
        }
        sorted
    }

    /// Makes a row of a type. In a random sample one that is refused is left out.
    pub async fn make(&mut self, actor: &Actor, node: &str, row: usize) -> Option<String> {
        let mutation = create(node);
        let input = self.input(&format!("{}Input", upper(&mutation)), row, &mutation, 0);
        let answer = actor.tried(&mutation, input.clone(), "id").await;
        let id = answer.at(&format!("/data/{mutation}/{}/id", lower(node))).as_str().map(str::to_owned);
        assert!(
            id.is_some() || self.random.is_some(),
            "a {node} cannot be made of {input:#}\n{answer}\nsay in KNOWN, REFERS or LENGTHS of tests/world/known.rs what its rules ask for"
        );
        self.ids.entry(node.to_owned()).or_default().extend(id.clone());
        id
    }

    /// Makes so many rows of every type; what the rules refuse is tried again with other chances.
    pub async fn make_many(&mut self, actor: &Actor, rows: usize) {
        for node in self.made() {
            for attempt in 0..rows * 6 {
                if self.ids.get(&node).is_some_and(|ids| ids.len() == rows) {
                    break;
                }
                self.make(actor, &node, attempt).await;
            }
            let made = self.ids.get(&node).map_or(0, Vec::len);
            assert!(
                made > rows / 2,
                "only {made} {node} of {rows} were made: say in KNOWN of tests/world/known.rs what its rules ask for"
            );
        }
    }

    /// The id of a row of a type, if one was made.
    pub fn id(&self, node: &str, row: usize) -> Option<&String> {
        let ids = self.ids.get(node)?;
        ids.get(row).or(ids.last())
    }

    /// The type that a `Ref` or `ID` of an input names; the type that is written itself, for its `id`.
    pub fn refers(&self, field: &str) -> Option<String> {
        let listed = REFERS.iter().find(|(known, _)| *known == field).map(|(_, node)| (*node).to_owned());
        listed.or_else(|| self.schema.nodes().iter().find(|node| lower(node) == field).cloned())
    }

    /// An input as its type describes it.
    pub fn input(&mut self, name: &str, row: usize, path: &str, index: usize) -> Json {
        let mut input = Map::new();
        let schema = self.schema;
        for field in &schema.get(name).fields {
            let given = match &mut self.random {
                _ if field.needed => true,
                _ if !self.whole => false,
                Some(_) if LENGTHS.iter().any(|(known, _)| *known == field.name) => true,
                Some(random) => random.chance(65),
                None => true,
            };
            if !given {
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
        let length = LENGTHS.iter().find(|(known, _)| *known == field.name).map_or(1, |(_, length)| *length);
        let items: Vec<_> = (0..length).filter_map(|item| self.item(owner, field, row, path, item)).collect();
        (items.len() == length).then_some(Json::Array(items))
    }

    fn item(&mut self, owner: &str, field: &Field, row: usize, path: &str, index: usize) -> Option<Json> {
        let known = KNOWN.iter().filter(|(of, name, _)| [owner, "*"].contains(of) && *name == field.name);
        // One that names the input goes before one for all.
        let known = known.min_by_key(|(of, ..)| *of == "*").map(|(.., known)| *known);
        self.count += 1;
        let (count, of) = (self.count, field.of.as_str());
        Some(match (known, of) {
            (Some(Known::Absent), _) => return None,
            (Some(Known::Text(text)), _) => json!(text),
            (Some(Known::Number(number)), _) => json!(number),
            (Some(Known::Email), _) => {
                let number = self.pick(6).unwrap_or(count);
                let text = format!("{}{}@example.com", self.marker, letters(number));
                self.say(path, text)
            }
            (Some(Known::Unique), _) => {
                let text = format!("{}{}", self.marker, letters(count));
                self.say(path, text)
            }
            (Some(Known::Phone), _) => {
                let number = self.pick(8).unwrap_or(count);
                // No two markers have a number in common.
                let area = self.marker.as_bytes()[0] % 100;
                self.say(path, format!("55{area:02}7{number:05}"))
            }
            (None, "Ref" | "ID") if field.name == "id" => return None,
            (None, "Ref" | "ID") => {
                let node = self.refers(&field.name).unwrap_or_else(|| {
                    panic!("say in REFERS of tests/world/known.rs which type {owner}.{} names", field.name)
                });
                let row = match (&mut self.random, self.ids.get(&node)) {
                    // A few rows have much, so that lists under an edge are long, and what belongs together meets.
                    (Some(random), Some(ids)) => random.below(ids.len().min(6)),
                    _ => row,
                };
                // A row does not refer to itself, and the first row of a type to none of its own.
                json!(self.id(&node, row)?)
            }
            (None, "String") if field.name == "externalReference" => json!(format!("{}ref{count}", self.marker)),
            (None, "String") => json!(self.text(path)),
            (None, "Int") => json!(self.pick(5).unwrap_or(2) + 1),
            (None, "Float") => json!(1.5),
            (None, "Boolean") => json!(self.pick(2).is_none_or(|yes| yes == 1)),
            (None, "Decimal") => json!(format!("{}.5", self.pick(6).unwrap_or(count))),
            (Some(Known::InTurn), _) => json!(self.schema.get(of).values[index % self.schema.get(of).values.len()]),
            (None | Some(Known::Early | Known::Late), "DateTime") => {
                let later = if matches!(known, Some(Known::Late)) { 12 } else { 0 };
                let hour = self.pick(6).map_or(count, |hour| hour + later);
                json!(format!("2026-{:02}-{:02}T{:02}:00:00Z", 1 + hour / 600, 1 + hour / 24 % 25, hour % 24))
            }
            (None, "Date") => json!(format!("2026-03-{:02}", 1 + self.pick(6).unwrap_or(count) % 28)),
            (None, "LocalTime") => json!("08:30"),
            (None, "JSON") => json!({ "note": self.text(path) }),
            (None, "Coordinates") => {
                let place = self.pick(5).unwrap_or(count);
                self.said.push((path.to_owned(), format!("-96.73{:04}", 1000 + place)));
                json!([format!("-96.73{:04}", 1000 + place).parse::<f64>().unwrap(), 32.5])
            }
            (Some(Known::Early | Known::Late), _) => panic!("{owner}.{} is no moment", field.name),
            _ => match self.schema.get(of).kind.as_str() {
                "ENUM" => {
                    let values = &self.schema.get(of).values;
                    // The third row of a type, and those after it, are of another kind than the first two.
                    let place = self.pick(values.len()).unwrap_or(index + row / 2);
                    json!(self.schema.get(of).values[place % self.schema.get(of).values.len()])
                }
                // A list of lists, or a part of itself: deep enough.
                "INPUT_OBJECT" if path.matches('.').count() > 5 => return None,
                "INPUT_OBJECT" => self.input(of, row, path, index),
                _ => panic!("tests/world/known.rs does not know how to write a {of}, for {owner}.{}", field.name),
            },
        })
    }

    /// A text: in a random sample one of a few, otherwise one that never was.
    fn text(&mut self, path: &str) -> String {
        const POOL: &[&str] =
            &["Alpha", "alpha beta", "Beta", "Ärmel", "armel", "gamma 10", "Gamma 9", "ze_ta", "ze%ta", "Zulu"];
        if let Some(random) = &mut self.random {
            return (*random.one(POOL)).to_owned();
        }
        let text = format!("{}{}", self.marker, letters(self.count));
        self.said.push((path.to_owned(), text.clone()));
        text
    }

    fn say(&mut self, path: &str, text: String) -> Json {
        self.said.push((path.to_owned(), text.clone()));
        json!(text)
    }

    fn pick(&mut self, bound: usize) -> Option<usize> {
        self.random.as_mut().map(|random| random.below(bound))
    }

    /// Whether rows were made of all types that an input must name.
    fn ready(&self, mutation: &str) -> bool {
        self.refs(&format!("{}Input", upper(mutation)), 0, true).iter().all(|node| self.ids.contains_key(node))
    }

    /// The types an input names; only those it must name, if so asked.
    fn refs(&self, input: &str, depth: usize, needed: bool) -> Vec<String> {
        let mut named = Vec::new();
        for field in self.schema.get(input).fields.iter().filter(|field| field.needed || !needed) {
            if ["Ref", "ID"].contains(&field.of.as_str()) {
                named.extend(self.refers(&field.name));
            } else if self.schema.get(&field.of).kind == "INPUT_OBJECT" && depth < 4 {
                named.extend(self.refs(&field.of, depth + 1, needed));
            }
        }
        named
    }
}

/// A number in letters: no part of a marker is a digit, so that it is one word for every index.
fn letters(mut number: usize) -> String {
    let mut text = String::new();
    for _ in 0..4 {
        text.insert(0, char::from(b'a' + u8::try_from(number % 26).unwrap()));
        number /= 26;
    }
    text
}

fn create(node: &str) -> String {
    format!("{}Create", lower(node))
}

fn upper(name: &str) -> String {
    format!("{}{}", name[..1].to_uppercase(), &name[1..])
}

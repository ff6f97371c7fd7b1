//! Filters: a tree of tests picks the rows that a plain reckoning over the same rows picks, whatever the tree.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Map, Value as Json, json};
use store::{fold::fold, search, table::Normalization};

use crate::world::{
    On, Postgres, Sqlite, World, custom,
    random::Random,
    rows::Rows,
    sample::Sample,
    schema::{Field, Schema, lower},
};

/// Where the value of a filter's field stands in a row, where it is not the field of its name: filter, field, pointer.
const VALUES: &[(&str, &str, &str)] = &[
    ("CustomerFilter", "email", "/contactInfo/email"),
    ("CustomerFilter", "phone", "/contactInfo/phone"),
    ("CustomerFilter", "primaryContact", "/contactInfo/primaryContact"),
    ("LoadFilter", "commodity", "/loadDetails/commodity"),
    ("LoadFilter", "weight", "/loadDetails/weight"),
    ("AssetFilter", "meterValue", "/meter/value"),
    ("AssetFilter", "meterAt", "/meter/at"),
];

/// How many rows of each type, and how many trees for each.
const ROWS: usize = 20;
const TREES: usize = 60;

/// What makes trees and reckons them.
struct Reckoning<'a> {
    schema: &'a Schema,
    rows: &'a Rows,
    random: Random,
}

impl Reckoning<'_> {
    /// A tree of tests over the rows of a type.
    fn tree(&mut self, node: &str, depth: usize) -> Json {
        let filter = format!("{node}Filter");
        let fields = &self.schema.get(&filter).fields;
        let fields: Vec<_> = fields
            .iter()
            .filter(|field| {
                depth > 0 || self.far(field).is_none() && !["and", "or", "not"].contains(&field.name.as_str())
            })
            .filter(|field| self.far(field).is_none_or(|(far, _)| self.rows.of.contains_key(far)))
            .collect();
        let mut tree = Map::new();
        for _ in 0..=self.random.below(2) {
            let own = fields.iter().find(|field| field.name == "customFields" && self.random.chance(20));
            let field = *own.unwrap_or_else(|| self.random.one(&fields));
            let value = match (field.name.as_str(), self.far(field)) {
                ("customFields", _) => self.own(node),
                ("and" | "or", _) => (0..self.random.below(4)).map(|_| self.tree(node, depth - 1)).collect(),
                ("not", _) => self.tree(node, depth - 1),
                (_, Some((far, true))) => {
                    let quantity = *self.random.one(&["some", "none", "every"]);
                    json!({ quantity: self.tree(far, depth - 1) })
                }
                (_, Some((far, false))) => self.tree(far, depth - 1),
                _ => {
                    let rows = self.rows.of[node].values();
                    let values: Vec<_> = rows.map(|row| value(&filter, &field.name, row)).collect();
                    self.tests(field, &values)
                }
            };
            tree.insert(field.name.clone(), value);
        }
        Json::Object(tree)
    }

    /// The type at the far end of an edge that a field of a filter follows, and whether it leads to many.
    fn far<'f>(&self, field: &'f Field) -> Option<(&'f str, bool)> {
        if let Some(far) = field.of.strip_suffix("EdgeFilter") {
            return Some((far, true));
        }
        field.of.strip_suffix("Filter").filter(|far| self.schema.is_node(far)).map(|far| (far, false))
    }

    /// Some tests of one field, with values that rows have, mostly.
    fn tests(&mut self, field: &Field, values: &[Json]) -> Json {
        let values: Vec<_> = values.iter().filter(|value| !value.is_null()).cloned().collect();
        let mut tests = Map::new();
        let known = &self.schema.get(&field.of).fields;
        for _ in 0..=self.random.below(2) {
            let test = self.random.one(known).clone();
            let given = if test.name == "isNull" {
                json!(self.random.chance(50))
            } else if test.list {
                (0..self.random.below(4)).map(|_| self.given(&test, field, &values)).collect()
            } else {
                self.given(&test, field, &values)
            };
            tests.insert(test.name, given);
        }
        Json::Object(tests)
    }

    /// Some tests of the custom fields of a type.
    fn own(&mut self, node: &str) -> Json {
        let (kinds, known) = (custom::kinds(), &self.schema.get("CustomFieldFilter").fields);
        let fields = 1 + self.random.below(2);
        let one = |_| {
            let kind = self.random.one(&kinds);
            let values: Vec<_> = self.rows.of[node].values().map(|row| own_value(row, kind.key)).collect();
            let mut tests = Map::from_iter([("key".to_owned(), json!(kind.key))]);
            if self.random.chance(25) {
                tests.insert("isNull".to_owned(), json!(self.random.chance(50)));
            }
            for field in known.iter().filter(|field| kind.tests.contains(&field.name.as_str())) {
                if self.random.chance(70) {
                    // How a text is read, a filter tells by the field's name.
                    let named = Field { name: kind.key.to_owned(), ..field.clone() };
                    tests.insert(field.name.clone(), self.tests(&named, &values));
                }
            }
            Json::Object(tests)
        };
        (0..fields).map(one).collect()
    }

    fn given(&mut self, test: &Field, field: &Field, values: &[Json]) -> Json {
        let values: Vec<_> =
            values.iter().flat_map(|value| value.as_array().cloned().unwrap_or(vec![value.clone()])).collect();
        let value = if values.is_empty() || self.random.chance(10) {
            self.any(&test.of)
        } else {
            self.random.one(&values).clone()
        };
        let Json::String(said) = &value else { return value };
        let part = ["contains", "startsWith"].contains(&test.name.as_str());
        if field.of == "PersonalFilter" && part {
            // Words of two letters or digits at least: what has a shorter one is refused, which is tested elsewhere.
            let kind = kind(&field.name);
            let known = if kind == Normalization::Phone { "551" } else { "armel" };
            let word = search::normalize(kind, said).into_iter().next().filter(|word| word.len() > 2);
            let word = word.unwrap_or_else(|| known.to_owned());
            let letters = 2 + self.random.below(word.chars().count() - 1);
            return json!(word.chars().take(letters).collect::<String>());
        }
        // What means something to LIKE means itself here.
        if part && self.random.chance(20) {
            return json!(*self.random.one(&["_", "%", "e_t", "e%t", "\\"]));
        }
        let letters = said.chars().count();
        if part && self.random.chance(60) {
            let (from, length) =
                (if test.name == "contains" { self.random.below(letters) } else { 0 }, 1 + self.random.below(4));
            return json!(said.chars().skip(from).take(length).collect::<String>());
        }
        value
    }

    /// A value that no row may have.
    fn any(&mut self, of: &str) -> Json {
        match of {
            "Int" => json!(self.random.below(9)),
            "Boolean" => json!(self.random.chance(50)),
            "Decimal" => {
                let sign = if self.random.chance(30) { "-" } else { "" };
                json!(format!("{sign}{}{}", self.random.below(13), self.random.one(&["", ".25", ".345", ".000001"])))
            }
            "DateTime" => json!("2026-01-01T03:00:00Z"),
            "Date" => json!("2026-03-04"),
            "ID" => json!("cust_01h455vb4pex5vsknk084sn02q"),
            "String" => json!(*self.random.one(&["a_b", "ALPHA", "%", "\\", "nobody", "  beta ", "ä"])),
            other => json!(*self.random.one(&self.schema.get(other).values)),
        }
    }

    /// Whether a row passes a tree.
    fn passes(&self, node: &str, row: &Json, tree: &Json) -> bool {
        let filter = format!("{node}Filter");
        let id = row["id"].as_str().unwrap_or_default();
        tree.as_object().unwrap().iter().all(|(name, given)| {
            let field = self.schema.get(&filter).fields.iter().find(|field| field.name == *name).unwrap();
            let each = || given.as_array().unwrap().iter().map(|tree| self.passes(node, row, tree));
            match (name.as_str(), self.far(field)) {
                ("and", _) => each().all(|passes| passes),
                ("or", _) => each().any(|passes| passes),
                ("not", _) => !self.passes(node, row, given),
                ("customFields", _) => given.as_array().unwrap().iter().all(|tests| self.own_passes(row, tests)),
                (_, Some((far, many))) => {
                    let rows = self.rows.far(node, name, id, far);
                    let passing = |tree| rows.iter().filter(|(_, row)| self.passes(far, row, tree)).count();
                    if !many {
                        return passing(given) > 0;
                    }
                    given.as_object().unwrap().iter().all(|(quantity, tree)| match quantity.as_str() {
                        "some" => passing(tree) > 0,
                        "none" => passing(tree) == 0,
                        _ => passing(tree) == rows.len(),
                    })
                }
                _ => {
                    let value = value(&filter, name, row);
                    all_hold(&field.of, name, &value, given)
                }
            }
        })
    }

    /// Whether a row passes the tests of one custom field.
    fn own_passes(&self, row: &Json, tests: &Json) -> bool {
        let known = &self.schema.get("CustomFieldFilter").fields;
        let key = tests["key"].as_str().unwrap();
        let value = own_value(row, key);
        tests.as_object().unwrap().iter().filter(|(name, _)| *name != "key").all(|(name, given)| {
            let of = &known.iter().find(|field| field.name == *name).unwrap().of;
            match (name.as_str(), &value) {
                ("isNull", _) => *given == value.is_null(),
                // One option is a list of one.
                ("options", Json::String(_)) => all_hold(of, key, &json!([value]), given),
                _ => all_hold(of, key, &value, given),
            }
        })
    }
}

/// The value of a custom field in a row; of money, the amount.
fn own_value(row: &Json, key: &str) -> Json {
    let value = &row["customFields"][key];
    value.get("amount").unwrap_or(value).clone()
}

/// The value of a filter's field in a row.
fn value(filter: &str, field: &str, row: &Json) -> Json {
    let listed = VALUES.iter().find(|(of, name, _)| *of == filter && *name == field);
    match listed {
        Some((.., pointer)) => row.pointer(pointer).cloned().unwrap_or_default(),
        None => row
            .get(field)
            .unwrap_or_else(|| panic!("say in VALUES of tests/filter.rs where {filter}.{field} stands in a row"))
            .clone(),
    }
}

/// Whether all tests of a value hold.
fn all_hold(tests: &str, field: &str, value: &Json, given: &Json) -> bool {
    given.as_object().unwrap().iter().all(|(test, given)| holds(tests, field, value, test, given))
}

/// Whether one test of a value holds. Two-valued: a comparison with null does not.
fn holds(tests: &str, field: &str, value: &Json, test: &str, given: &Json) -> bool {
    // No words are no list, to a filter.
    let null = value.is_null() || *value == json!([]);
    if test == "isNull" {
        return given == null;
    }
    if null {
        return false;
    }
    if tests == "PersonalFilter" {
        return personal(field, value.as_str().unwrap(), test, given);
    }
    let folds = ["TextFilter", "WordsFilter", "OptionsFilter"].contains(&tests);
    let read = |json: &Json| match json {
        Json::String(said) if folds => fold(said),
        Json::String(said) => said.clone(),
        // Whole numbers of few digits are in the order of their texts, padded.
        Json::Number(number) => format!("{:020}", number.as_i64().unwrap()),
        other => other.to_string(),
    };
    let comparable = |json: &Json| match (tests, json) {
        ("DecimalFilter", Json::String(said)) => {
            let (whole, part) = said.split_once('.').unwrap_or((said, ""));
            let millionths: i128 = format!("{whole}{part:0<6}").parse().unwrap();
            // In the order of their texts, those below nothing too.
            format!("{:030}", millionths + 10_i128.pow(20))
        }
        ("DateTimeFilter", Json::String(said)) => said.trim_end_matches('Z').to_owned(),
        _ => read(json),
    };
    let (is, to) = (comparable(value), |given: &Json| comparable(given));
    let among = || given.as_array().unwrap().iter().any(|given| to(given) == is);
    match test {
        "eq" => is == to(given),
        "neq" => is != to(given),
        "in" => among(),
        "notIn" => !among(),
        "lt" => is < to(given),
        "lte" => is <= to(given),
        "gt" => is > to(given),
        "gte" => is >= to(given),
        "contains" => is.contains(&to(given)),
        "startsWith" => is.starts_with(&to(given)),
        "hasAny" => given
            .as_array()
            .unwrap()
            .iter()
            .any(|given| value.as_array().unwrap().iter().any(|word| read(word) == to(given))),
        "has" => value.as_array().unwrap().iter().any(|word| read(word) == to(given)),
        other => panic!("tests/filter.rs does not know the test {other}"),
    }
}

/// How a personal field is read.
fn kind(field: &str) -> Normalization {
    match field {
        "email" => Normalization::Email,
        "phone" | "mobile" => Normalization::Phone,
        _ => Normalization::Words,
    }
}

/// Whether a test of personal text holds: by words, without what folding takes away.
fn personal(field: &str, value: &str, test: &str, given: &Json) -> bool {
    let words = |text: &str| search::normalize(kind(field), text);
    let is = words(value);
    let same = |given: &Json| words(given.as_str().unwrap()) == is && !is.is_empty();
    match test {
        "eq" => same(given),
        "in" => given.as_array().unwrap().iter().any(same),
        _ => {
            let beginning = |word: &String| word.chars().take(search::MAX_PREFIX_CHARS).collect::<String>();
            words(given.as_str().unwrap()).iter().all(|word| is.iter().any(|is| is.starts_with(&beginning(word))))
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_tree_of_tests_picks_what_a_plain_reckoning_picks(
    #[values(Sqlite, Postgres)] on: On,
    #[values(1, 2)] seed: u64,
) {
    let world = World::on(on).await;
    let admin = world.admin();
    let schema = Schema::of(&admin).await;
    let mut sample = Sample::random(&schema, seed);
    let made = sample.made();
    sample.make_many(&admin, ROWS).await;
    custom::fill(&admin, &schema, &sample.ids, &mut Random::of(seed)).await;
    // Deleted rows pass no test, and no row at the end of an edge is one of them.
    for node in made.iter().rev() {
        let delete = format!("{}Delete", lower(node));
        for id in sample.ids[node].iter().skip(ROWS / 2).take(2).filter(|_| schema.mutation(&delete).is_some()) {
            admin.tried(&delete, json!({ "id": id }), "id").await;
        }
    }
    let rows = Rows::read(&admin, &schema, &made).await;
    let mut reckoning = Reckoning { schema: &schema, rows: &rows, random: Random::of(seed) };
    let (mut some, mut tested, mut own) = (0, 0, 0);
    for node in &made {
        let list = &schema.list_of(node).name;
        let query = format!(
            "query($where: {node}Filter) {{ {list}(first: 100, where: $where) {{ totalCount nodes {{ id }} }} }}"
        );
        for _ in 0..TREES {
            let depth = reckoning.random.below(4);
            let tree = reckoning.tree(node, depth);
            let answer = admin.ask_with(&query, json!({ "where": tree })).await;
            let found = answer.at(&format!("/data/{list}/nodes")).as_array();
            let found: BTreeSet<_> = found
                .unwrap_or_else(|| panic!("seed {seed}: {tree:#}\n{answer}"))
                .iter()
                .map(|row| row["id"].as_str().unwrap())
                .collect();
            let expected: BTreeSet<_> = rows.of[node]
                .iter()
                .filter(|(_, row)| reckoning.passes(node, row, &tree))
                .map(|(id, _)| id.as_str())
                .collect();
            let row = found.symmetric_difference(&expected).next().map(|id| &rows.of[node][*id]);
            assert!(
                row.is_none(),
                "seed {seed}: {list}({tree})\nfound {found:?}\nexpected {expected:?}\n{:#}",
                row.unwrap()
            );
            assert_eq!(answer.at(&format!("/data/{list}/totalCount")).as_u64(), Some(expected.len() as u64));
            tested += 1;
            let tells = !expected.is_empty() && expected.len() < rows.of[node].len();
            some += usize::from(tells);
            own += usize::from(tells && tree.to_string().contains("customFields"));
        }
    }
    assert!(some * 4 > tested, "only {some} of {tested} trees tell rows apart");
    assert!(own * 10 > tested, "only {own} of {tested} trees tell rows apart and name custom fields");
}

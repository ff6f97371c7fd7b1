//! A model of filters: a random filter matches the rows that a predicate in Rust matches.

mod predicate;

use std::collections::BTreeSet;

use rstest_reuse::apply;
use serde_json::{Map, Value as Json, json};
use store::{search, table::Normalization};

use self::predicate::{COUNTRY, all_match, money_matches, token_kind};
use crate::world::{
    Actor, DatabaseKind, World, custom_fields, each_database,
    random::Random,
    row_set::RowSet,
    sample_data::SampleData,
    schema::{Field, Schema, lower},
};

/// The values of filter fields that are not the row's field of the same name: filter, field, pointer into the row.
const VALUES: &[(&str, &str, &str)] = &[
    ("CustomerFilter", "email", "/contactInfo/email"),
    ("CustomerFilter", "phone", "/contactInfo/phone"),
    ("CustomerFilter", "primaryContact", "/contactInfo/primaryContact"),
    ("LoadFilter", "commodity", "/loadDetails/commodity"),
    ("LoadFilter", "weight", "/loadDetails/weight"),
    ("LoadFilter", "weightUnit", "/loadDetails/weightUnit"),
    ("LoadFilter", "pieces", "/loadDetails/pieces"),
    ("LoadFilter", "value", "/loadDetails/value"),
    ("AssetFilter", "meterValue", "/meter/value"),
    ("AssetFilter", "meterAt", "/meter/at"),
    ("DocumentFilter", "size", "/file/size"),
];

/// The number of rows of each type.
const ROWS: usize = 20;
/// The number of filters for each type.
const FILTERS: usize = 60;

/// Generates filters and evaluates them.
struct FilterModel<'a> {
    schema: &'a Schema,
    rows: &'a RowSet,
    random: Random,
}

impl FilterModel<'_> {
    /// A random filter of a type.
    fn filter(&mut self, node: &str, depth: usize) -> Json {
        let filter_type = format!("{node}Filter");
        let fields = &self.schema.get(&filter_type).fields;
        let fields: Vec<_> = fields
            .iter()
            .filter(|field| {
                depth > 0 || self.edge(field).is_none() && !["and", "or", "not"].contains(&field.name.as_str())
            })
            .filter(|field| self.edge(field).is_none_or(|(far, _)| self.rows.by_type.contains_key(far)))
            .collect();
        let mut filter = Map::new();
        for _ in 0..=self.random.below(2) {
            let custom_fields = fields.iter().find(|field| field.name == "customFields" && self.random.chance(20));
            let field = *custom_fields.unwrap_or_else(|| self.random.choose(&fields));
            let value = match (field.name.as_str(), self.edge(field)) {
                ("customFields", _) => self.custom_field_filter(node),
                ("and" | "or", _) => (0..self.random.below(4)).map(|_| self.filter(node, depth - 1)).collect(),
                ("not", _) => self.filter(node, depth - 1),
                (_, Some((far, true))) => {
                    let quantity = *self.random.choose(&["some", "none", "every"]);
                    json!({ quantity: self.filter(far, depth - 1) })
                }
                (_, Some((far, false))) => self.filter(far, depth - 1),
                _ => {
                    let rows = self.rows.by_type[node].values();
                    let values: Vec<_> = rows.map(|row| value(&filter_type, &field.name, row)).collect();
                    self.operators(field, &values)
                }
            };
            filter.insert(field.name.clone(), value);
        }
        Json::Object(filter)
    }

    /// The type that a filter field follows an edge to, and whether the edge leads to many rows.
    fn edge<'f>(&self, field: &'f Field) -> Option<(&'f str, bool)> {
        if let Some(far) = field.type_name.strip_suffix("EdgeFilter") {
            return Some((far, true));
        }
        field.type_name.strip_suffix("Filter").filter(|far| self.schema.is_node(far)).map(|far| (far, false))
    }

    /// Random operators of one field, mostly with values that rows have.
    fn operators(&mut self, field: &Field, values: &[Json]) -> Json {
        let values: Vec<_> = values.iter().filter(|value| !value.is_null()).cloned().collect();
        if field.type_name == "MoneyFilter" {
            return self.money_filter(&values);
        }
        let mut operators = Map::new();
        let known = &self.schema.get(&field.type_name).fields;
        for _ in 0..=self.random.below(2) {
            let test = self.random.choose(known).clone();
            let operand = if test.name == "isNull" {
                json!(self.random.chance(50))
            } else if test.list {
                (0..self.random.below(4)).map(|_| self.operand(&test, field, &values)).collect()
            } else {
                self.operand(&test, field, &values)
            };
            operators.insert(test.name, operand);
        }
        Json::Object(operators)
    }

    /// A random filter of an amount of money.
    fn money_filter(&mut self, values: &[Json]) -> Json {
        let amount = self.schema.get("MoneyFilter").fields.iter().find(|field| field.name == "amount").unwrap().clone();
        let amounts: Vec<_> = values.iter().map(|money| money["amount"].clone()).collect();
        let mut filter = Map::new();
        if self.random.chance(80) {
            filter.insert(amount.name.clone(), self.operators(&amount, &amounts));
        }
        if self.random.chance(40) {
            filter.insert("currency".to_owned(), json!(*self.random.choose(&["USD", "JPY", "KWD"])));
        }
        Json::Object(filter)
    }

    /// A random filter of the custom fields of a type.
    fn custom_field_filter(&mut self, node: &str) -> Json {
        let (kinds, known) = (custom_fields::sample_fields(), &self.schema.get("CustomFieldFilter").fields);
        let fields = 1 + self.random.below(2);
        let one = |_| {
            let kind = self.random.choose(&kinds);
            let values: Vec<_> =
                self.rows.by_type[node].values().map(|row| custom_field_value(row, kind.key)).collect();
            let mut operators = Map::from_iter([("key".to_owned(), json!(kind.key))]);
            if self.random.chance(25) {
                operators.insert("isNull".to_owned(), json!(self.random.chance(50)));
            }
            for field in known.iter().filter(|field| kind.filters.contains(&field.name.as_str())) {
                if self.random.chance(70) {
                    // The name of a field tells how its text is indexed.
                    let named = Field { name: kind.key.to_owned(), ..field.clone() };
                    operators.insert(field.name.clone(), self.operators(&named, &values));
                }
            }
            Json::Object(operators)
        };
        (0..fields).map(one).collect()
    }

    /// A random operand of an operator.
    fn operand(&mut self, test: &Field, field: &Field, values: &[Json]) -> Json {
        let values: Vec<_> =
            values.iter().flat_map(|value| value.as_array().cloned().unwrap_or(vec![value.clone()])).collect();
        let value = if values.is_empty() || self.random.chance(10) {
            self.arbitrary(&test.type_name)
        } else {
            self.random.choose(&values).clone()
        };
        let Json::String(content) = &value else { return value };
        let part = ["contains", "startsWith"].contains(&test.name.as_str());
        if field.type_name == "PersonalFilter" && part {
            // Words have at least two letters or digits: shorter words are rejected, which is tested elsewhere.
            let kind = token_kind(&field.name);
            let known = if kind == Normalization::Phone { "551" } else { "armel" };
            let word = search::query_words(kind, content, COUNTRY).into_iter().next().filter(|word| word.len() > 2);
            let word = word.unwrap_or_else(|| known.to_owned());
            let letters = 2 + self.random.below(word.chars().count() - 1);
            return json!(word.chars().take(letters).collect::<String>());
        }
        // Wildcards of LIKE are ordinary characters in a filter.
        if part && self.random.chance(20) {
            return json!(*self.random.choose(&["_", "%", "e_t", "e%t", "\\"]));
        }
        let letters = content.chars().count();
        if part && self.random.chance(60) {
            let (from, length) =
                (if test.name == "contains" { self.random.below(letters) } else { 0 }, 1 + self.random.below(4));
            return json!(content.chars().skip(from).take(length).collect::<String>());
        }
        value
    }

    /// A value that possibly no row has.
    fn arbitrary(&mut self, of: &str) -> Json {
        match of {
            "Int" => json!(self.random.below(9)),
            "Boolean" => json!(self.random.chance(50)),
            "Decimal" => {
                let sign = if self.random.chance(30) { "-" } else { "" };
                json!(format!("{sign}{}{}", self.random.below(13), self.random.choose(&["", ".25", ".345", ".000001"])))
            }
            "DateTime" => json!("2026-01-01T03:00:00Z"),
            "Date" => json!("2026-03-04"),
            "ID" => json!("cust_01h455vb4pex5vsknk084sn02q"),
            "String" => json!(*self.random.choose(&["a_b", "ALPHA", "%", "\\", "nobody", "  beta ", "ä"])),
            other => json!(*self.random.choose(&self.schema.get(other).values)),
        }
    }

    /// Whether a row matches a filter.
    fn matches(&self, node: &str, row: &Json, filter: &Json) -> bool {
        let filter_type = format!("{node}Filter");
        let id = row["id"].as_str().unwrap_or_default();
        filter.as_object().unwrap().iter().all(|(name, operand)| {
            let field = self.schema.get(&filter_type).fields.iter().find(|field| field.name == *name).unwrap();
            let each = || operand.as_array().unwrap().iter().map(|filter| self.matches(node, row, filter));
            match (name.as_str(), self.edge(field)) {
                ("and", _) => each().all(|matches| matches),
                ("or", _) => each().any(|matches| matches),
                ("not", _) => !self.matches(node, row, operand),
                ("customFields", _) => {
                    operand.as_array().unwrap().iter().all(|filter| self.custom_field_matches(row, filter))
                }
                (_, Some((far, many))) => {
                    let rows = self.rows.linked(node, name, id, far);
                    let matching = |filter| rows.iter().filter(|(_, row)| self.matches(far, row, filter)).count();
                    if !many {
                        return matching(operand) > 0;
                    }
                    operand.as_object().unwrap().iter().all(|(quantity, filter)| match quantity.as_str() {
                        "some" => matching(filter) > 0,
                        "none" => matching(filter) == 0,
                        _ => matching(filter) == rows.len(),
                    })
                }
                _ if field.type_name == "MoneyFilter" => money_matches(&value(&filter_type, name, row), operand),
                _ => {
                    let value = value(&filter_type, name, row);
                    all_match(&field.type_name, name, &value, operand)
                }
            }
        })
    }

    /// Whether a row matches the filter of one custom field.
    fn custom_field_matches(&self, row: &Json, filter: &Json) -> bool {
        let known = &self.schema.get("CustomFieldFilter").fields;
        let key = filter["key"].as_str().unwrap();
        let value = custom_field_value(row, key);
        filter.as_object().unwrap().iter().filter(|(name, _)| *name != "key").all(|(name, operand)| {
            let of = &known.iter().find(|field| field.name == *name).unwrap().type_name;
            match (name.as_str(), &value) {
                ("isNull", _) => *operand == value.is_null(),
                // A single option is a list of one.
                ("options", Json::String(_)) => all_match(of, key, &json!([value]), operand),
                _ => all_match(of, key, &value, operand),
            }
        })
    }
}

/// The value of a custom field in a row; of money, the amount.
fn custom_field_value(row: &Json, key: &str) -> Json {
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
            .unwrap_or_else(|| panic!("add the pointer of {filter}.{field} to VALUES of tests/filter_model.rs"))
            .clone(),
    }
}

/// The ids that a list finds by a filter, on all its pages, and its `totalCount`.
async fn found(actor: &Actor, query: &str, list: &str, filter: &Json) -> (BTreeSet<String>, u64) {
    let (mut found, mut after) = (BTreeSet::new(), Json::Null);
    loop {
        let response = actor.execute_with(query, json!({ "where": filter, "after": after })).await;
        let page = &response.at("/data")[list];
        let rows = page["nodes"].as_array().unwrap_or_else(|| panic!("{filter:#}\n{response}"));
        found.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        if page["pageInfo"]["hasNextPage"] != true {
            return (found, page["totalCount"].as_u64().unwrap());
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[apply(each_database)]
async fn random_filters_match_the_rows_that_a_rust_predicate_matches(
    database: DatabaseKind,
    #[values(1, 2)] seed: u64,
) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::random(&schema, seed);
    let types = sample.creatable_types();
    sample.create_many(&admin, ROWS).await;
    custom_fields::add_values(&admin, &schema, &sample.ids, &mut Random::from_seed(seed)).await;
    // Deleted rows match no filter, neither themselves nor through an edge.
    for node in types.iter().rev() {
        let delete = format!("{}Delete", lower(node));
        for id in sample.ids[node].iter().skip(ROWS / 2).take(2).filter(|_| schema.mutation(&delete).is_some()) {
            admin.send_mutation(&delete, json!({ "id": id }), "id").await;
        }
    }
    let rows = RowSet::read(&admin, &schema, &types).await;
    let mut model = FilterModel { schema: &schema, rows: &rows, random: Random::from_seed(seed) };
    let (mut selective, mut tested, mut by_custom_fields) = (0, 0, 0);
    for node in &types {
        let list = &schema.root_list(node).name;
        let query = format!(
            "query($where: {node}Filter, $after: String) {{ {list}(first: 100, where: $where, after: $after) {{
                totalCount nodes {{ id }} pageInfo {{ endCursor hasNextPage }} }} }}"
        );
        for _ in 0..FILTERS {
            let depth = model.random.below(4);
            let filter = model.filter(node, depth);
            let (found, count) = found(&admin, &query, list, &filter).await;
            let expected: BTreeSet<_> = rows.by_type[node]
                .iter()
                .filter(|(_, row)| model.matches(node, row, &filter))
                .map(|(id, _)| id.clone())
                .collect();
            let row = found.symmetric_difference(&expected).next().map(|id| &rows.by_type[node][id]);
            assert!(
                row.is_none(),
                "seed {seed}: {list}({filter})\nfound {found:?}\nexpected {expected:?}\n{:#}",
                row.unwrap()
            );
            assert_eq!(count, expected.len() as u64);
            tested += 1;
            let is_selective = !expected.is_empty() && expected.len() < rows.by_type[node].len();
            selective += usize::from(is_selective);
            by_custom_fields += usize::from(is_selective && filter.to_string().contains("customFields"));
        }
    }
    assert!(selective * 4 > tested, "only {selective} of {tested} filters select some of the rows");
    assert!(
        by_custom_fields * 10 > tested,
        "only {by_custom_fields} of {tested} filters select some rows by custom fields"
    );
}

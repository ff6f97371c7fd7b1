//! A stolen database: without the keys, nothing tells the sensitive values of small domains from each other, but for what
//! `docs/security.md` names.

mod learner;
mod owner;
mod secret;
mod stolen;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use self::{
    learner::{chance_of, guess},
    tables::{Cell, StolenTable, steal},
};
use crate::{
    stored_bytes::{stored_bytes, texts_in},
    world::{Actor, DatabaseKind, World, custom_fields::create_definition, each_database, random::Random},
};

/// How many customers have values: the learner learns on half of them.
const CUSTOMERS: usize = 240;

/// How probable it is that this test fails although nothing tells the values.
const FALSE_ALARM: f64 = 1e-6;

/// The seed of the values.
const SEED: u64 = 20;

/// A sensitive custom field, and the values of its small domain in groups of which the learner guesses one.
struct SecretField {
    key: &'static str,
    field_type: &'static str,
    settings: Json,
    groups: Vec<Vec<Json>>,
}

fn secret_fields() -> Vec<SecretField> {
    let each = |values: &[Json]| values.iter().map(|value| vec![value.clone()]).collect::<Vec<_>>();
    let field =
        |key, field_type, groups| SecretField { key, field_type, settings: json!({ "sensitive": true }), groups };
    // An option's key has 1 to 63 characters.
    let keys = ["a".to_owned(), "b".repeat(30), "c".repeat(63)];
    let options: Json = keys.iter().map(|key| json!({ "key": key, "title": key })).collect();
    let chosen = each(&keys.map(Json::from));
    let with_options = |key, more: Json, groups| {
        let mut field = field(key, "DROPDOWN", groups);
        field.settings["options"] = options.clone();
        field.settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        field
    };
    let month = |month| (1..=28).map(|day| json!(format!("1903-{month:02}-{day:02}"))).collect();
    let short = ["v", "w", "xy", "z"].map(|key| json!({ "key": key, "title": key }));
    let pairs = [["v", "w"], ["v", "xy"], ["v", "z"], ["w", "xy"], ["w", "z"], ["xy", "z"]];
    vec![
        field("flag", "BOOLEAN", each(&[json!(true), json!(false)])),
        with_options("plan", json!({}), chosen.clone()),
        // Who leaves the value out gets the default.
        with_options("mood", json!({ "default": "a" }), chosen),
        with_options("choices", json!({ "options": short, "multiSelect": true }), each(&pairs.map(|pair| json!(pair)))),
        field("born", "DATE", (1..=12).map(month).collect()),
        field("level", "NUMBER", (0..10).map(|level| vec![json!(level)]).collect()),
        field("size", "NUMBER", each(&[json!("7"), json!("-0.5"), json!("8765432109876")])),
        field("fee", "MONETARY", each(&[json!("5"), json!("12.5"), json!("7654321098765.43")])),
        field("answer", "STRING", each(&[json!("zqvno"), json!("zqvyes"), json!("zqvsome")])),
        field("extra", "JSON", each(&[json!([]), json!({ "zqvextra": [1, 2, 3] })])),
    ]
}

/// The group of each customer's first value of each field, and of the current one.
struct Values {
    first: Vec<Vec<usize>>,
    current: Vec<Vec<usize>>,
}

/// Gives every customer a random value of every field, and then another one, independent of it.
async fn write_values(admin: &Actor, fields: &[SecretField], customers: usize) -> Values {
    let mut random = Random::from_seed(SEED);
    let mut choose = || -> Vec<(usize, Json)> {
        let choose = |field: &SecretField| {
            let group = random.below(field.groups.len());
            (group, random.choose(&field.groups[group]).clone())
        };
        fields.iter().map(choose).collect()
    };
    let [first, current] = [0, 1].map(|_| (0..customers).map(|_| choose()).collect::<Vec<_>>());
    let inputs = |values: &[(usize, Json)], is_new: bool| -> Json {
        let of_field = |(field, (group, value)): (&SecretField, &(usize, Json))| {
            let is_default = is_new && field.settings.get("default").is_some() && *group == 0;
            (!is_default).then(|| json!({ "key": field.key, "value": value }))
        };
        fields.iter().zip(values).filter_map(of_field).collect()
    };
    let new: Vec<_> = first
        .iter()
        .enumerate()
        .map(|(index, values)| {
            json!({ "name": format!("Firm {index}"), "type": "BROKER", "externalReference": format!("c{index}"),
                "customFields": inputs(values, true) })
        })
        .collect();
    let create = "mutation($inputs: [CustomerCreateInput!]!) { customerCreateMany(inputs: $inputs) {
        userErrors { message } } }";
    for inputs in new.chunks(60) {
        let response = admin.execute_with(create, json!({ "inputs": inputs })).await;
        let results = response.at("/data/customerCreateMany").as_array().unwrap();
        assert!(results.iter().all(|result| result["userErrors"] == json!([])), "{response}");
    }
    for (index, values) in current.iter().enumerate() {
        let input = json!({ "ownerType": "CUSTOMER", "owner": format!("c{index}"), "values": inputs(values, false) });
        let update = "mutation($input: CustomFieldValuesSetInput!) { customFieldValuesSet(input: $input) {
            userErrors { message } } }";
        let response = admin.execute_with(update, json!({ "input": input })).await;
        assert_eq!(response.data()["customFieldValuesSet"]["userErrors"], json!([]), "{response}");
    }
    let groups = |values: &Vec<Vec<(usize, Json)>>| {
        values.iter().map(|values| values.iter().map(|(group, _)| *group).collect()).collect()
    };
    Values { first: groups(&first), current: groups(&current) }
}

/// What a thief sees of a cell: a text as it is, of bytes their number. Equal search tokens are equal values, which the
/// documentation says; their bytes are a feature of their own.
fn shape(cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".to_owned(),
        Cell::Bytes(digits) => format!("{} bytes", digits.len() / 2),
        Cell::Text(text) => text.clone(),
    }
}

/// Everything that stands in the database about one value, by name.
fn features(tables: &[StolenTable], customer: &Cell, value: &Cell, own: &[&Cell]) -> BTreeMap<String, String> {
    let mut features = BTreeMap::new();
    // Where the value stands among those of its customer, in the order in which they are stored and in that of ids.
    let mut by_id = own.to_vec();
    by_id.sort_by_key(|id| format!("{id:?}"));
    for (name, order) in [("place among the values", own), ("place among the ids", &by_id)] {
        features.insert(name.to_owned(), order.iter().position(|id| *id == value).unwrap().to_string());
    }
    for table in tables {
        let is_customer = |row: &&Vec<Cell>| table.name == "customer" && row.contains(customer);
        let rows: Vec<_> = table.rows.iter().filter(|row| row.contains(value) || is_customer(row)).collect();
        features.insert(format!("{} rows", table.name), rows.len().to_string());
        for (index, column) in table.columns.iter().enumerate() {
            let shapes: Vec<_> = rows.iter().map(|row| shape(&row[index])).collect();
            features.insert(format!("{}.{column}", table.name), shapes.join(" "));
        }
        if table.name == "search_token" {
            let mut tokens: Vec<_> = rows.iter().map(|row| format!("{:?}", table.cell(row, "token"))).collect();
            tokens.sort_unstable();
            features.insert(TOKENS.to_owned(), tokens.join(" "));
        }
    }
    features
}

/// The feature by which equal values are told from others.
const TOKENS: &str = "equal search tokens";

/// The features of each field's values, in the order of the customers.
fn features_by_field(tables: &[StolenTable]) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let table = |name: &str| tables.iter().find(|table| table.name == name).unwrap();
    let (customers, values, definitions) =
        (table("customer"), table("custom_field_value"), table("custom_field_definition"));
    let mut by_field = BTreeMap::<_, Vec<_>>::new();
    for index in 0..CUSTOMERS {
        let reference = Cell::Text(format!("c{index}"));
        let is_meant = |row: &&Vec<Cell>| *customers.cell(row, "external_reference") == reference;
        let customer = customers.cell(customers.rows.iter().find(is_meant).unwrap(), "id");
        let own: Vec<_> = values.rows.iter().filter(|row| values.cell(row, "customer_id") == customer).collect();
        for definition in &definitions.rows {
            let id = definitions.cell(definition, "id");
            let value = own.iter().find(|row| values.cell(row, "definition_id") == id).unwrap();
            let ids: Vec<_> = own.iter().map(|row| values.cell(row, "id")).collect();
            let features = features(tables, customer, values.cell(value, "id"), &ids);
            by_field.entry(shape(definitions.cell(definition, "key"))).or_default().push(features);
        }
    }
    by_field
}

/// The values are independent and each is as frequent as the others, so that somebody to whom a feature tells nothing
/// guesses right with a probability of one by their number: at least `right` of the second half with that of the binomial
/// distribution's upper tail. There are as many attempts as features, fields and moments. If each may be wrong with
/// FALSE_ALARM by their number, all of them together are wrong with at most FALSE_ALARM (Bonferroni).
#[apply(each_database)]
async fn a_thief_without_keys_tells_no_sensitive_value_from_another(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    let fields = secret_fields();
    for field in &fields {
        create_definition(&admin, "CUSTOMER", field.key, field.field_type, field.settings.clone()).await;
    }
    let values = write_values(&admin, &fields, CUSTOMERS).await;
    world.link_changes().await;

    let mut attempts = Vec::new();
    let seen = features_by_field(&steal(&world).await);
    for (index, field) in fields.iter().enumerate() {
        for name in seen[field.key][0].keys() {
            for (moment, groups) in [("first", &values.first), ("current", &values.current)] {
                let feature = |customer: usize| seen[field.key][customer].get(name).cloned().unwrap_or_default();
                let examples: Vec<_> = (0..CUSTOMERS).map(|row| (feature(row), groups[row][index])).collect();
                let (right, total) = guess(&examples);
                let chance = chance_of(right, total, field.groups.len());
                attempts.push((chance, field.key, moment, name, right, total));
            }
        }
    }
    let count = u32::try_from(attempts.len()).unwrap();
    assert!(count > 500, "only {count} features were tried");
    attempts.retain(|(chance, ..)| *chance < FALSE_ALARM / f64::from(count));
    let by_tokens: BTreeSet<_> =
        attempts.iter().filter(|(_, _, _, name, ..)| *name == TOKENS).map(|(_, key, ..)| *key).collect();
    attempts.retain(|(_, _, _, name, ..)| *name != TOKENS);
    assert!(attempts.is_empty(), "these features tell values: {attempts:#?}");
    // The learner learns where there is something to learn: equal tokens are equal values. JSON has none.
    let indexed: BTreeSet<_> = fields.iter().map(|field| field.key).filter(|key| *key != "extra").collect();
    assert_eq!(by_tokens, indexed);
}

#[apply(each_database)]
async fn a_stolen_database_has_no_sensitive_value_in_plain_text(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    let mut fields = secret_fields();
    // The keys of options stand in the definition, and small numbers in everything.
    let is_searchable = |text: &str| text.starts_with("zqv") || text.starts_with("1903-") || text.len() > 12;
    fields.retain(|field| field.field_type != "DROPDOWN");
    for field in &mut fields {
        field.groups.iter_mut().for_each(|values| values.truncate(2));
        create_definition(&admin, "CUSTOMER", field.key, field.field_type, field.settings.clone()).await;
    }
    write_values(&admin, &fields, 40).await;
    world.link_changes().await;
    let written = fields.iter().flat_map(|field| field.groups.iter().flatten()).filter_map(Json::as_str);
    let mut texts: Vec<_> = written.filter(|text| is_searchable(text)).map(str::to_owned).collect();
    // As the columns of values that are not sensitive have them: millionths and minor units.
    texts.extend(["8765432109876000000", "765432109876543", "zqvextra"].map(str::to_owned));
    assert!(texts.len() > 25, "{texts:?}");
    let bytes = stored_bytes(&world);
    assert_eq!(texts_in(&bytes, texts.iter()), BTreeSet::new());
    for number in [8_765_432_109_876_000_000_i64, 765_432_109_876_543] {
        let stored = number.to_be_bytes();
        assert!(!bytes.windows(8).any(|window| window == stored), "{number} is stored as a number");
    }
    // The search finds what is there.
    assert_eq!(texts_in(&bytes, ["firm 17".to_owned()].iter()).len(), 1);
}

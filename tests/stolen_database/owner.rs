//! Every owner: what each type of row seals, and its sensitive custom fields, tell a thief no more than those of customers.

use std::collections::{BTreeMap, BTreeSet};

use rstest_reuse::apply;
use serde_json::{Value as Json, json};
use store::registry::TABLES;

use super::{
    FALSE_ALARM, SEED, TOKENS,
    learner::{chance_of, guess},
    secret::{OPTIONS, OWNERS, Owner, Secret, Written, secrets},
    stolen::Stolen,
    tables::steal,
};
use crate::{
    stored_bytes::{stored_bytes, texts_in},
    world::{
        Actor, DatabaseKind, World, custom_fields::create_definition, each_database, random::Random, schema::upper,
    },
};

/// How many rows of each type there are: the learner learns on half of them.
const ROWS: usize = 160;

async fn define_fields(admin: &Actor) {
    let options: Json = OPTIONS.iter().map(|key| json!({ "key": key, "title": key })).collect();
    for owner in OWNERS {
        for (kind, field_type, mut settings) in [
            ("flag", "BOOLEAN", json!({})),
            ("plan", "DROPDOWN", json!({ "options": options })),
            ("answer", "STRING", json!({})),
        ] {
            settings["sensitive"] = json!(true);
            let key = format!("{}_{kind}", owner.table);
            create_definition(admin, &owner.table.to_uppercase(), &key, field_type, settings).await;
        }
    }
}

/// Sends an input for every row, many at once.
async fn send_all(admin: &Actor, mutation: &str, inputs: Vec<Json>) {
    let document = format!(
        "mutation($inputs: [{}Input!]!) {{ {mutation}Many(inputs: $inputs) {{ userErrors {{ message field }} }} }}",
        upper(mutation)
    );
    for inputs in inputs.chunks(40) {
        let response = admin.execute_with(&document, json!({ "inputs": inputs })).await;
        let results = response.at(&format!("/data/{mutation}Many"));
        let results = results.as_array().unwrap_or_else(|| panic!("{mutation}: {response}"));
        assert!(results.iter().all(|result| result["userErrors"] == json!([])), "{mutation}: {response}");
    }
}

/// The number of the value of a secret of a row, at the first moment and at the second one.
struct Choice {
    first: usize,
    second: usize,
}

/// Gives every row two random values of every secret, independent of each other.
async fn write_rows(admin: &Actor, secrets: &[Secret]) -> Vec<Vec<Choice>> {
    let mut random = Random::from_seed(SEED);
    let mut choose = |secret: &Secret| {
        let [first, second] = [0; 2].map(|_| random.below(secret.values.len()));
        // A service record is cancelled once, and a date is skipped once.
        let is_single = ["serviceRecordCancel", "recurringServiceSkip"]
            .iter()
            .any(|once| secret.written == Written::By(once, once, "reason"));
        Choice { first: if is_single { second } else { first }, second }
    };
    let choices: Vec<Vec<_>> = (0..ROWS).map(|_| secrets.iter().map(&mut choose).collect()).collect();
    // The values of a row that a creation or an update writes.
    let fill = |owner: &Owner, row: usize, input: &mut Json, is_first: bool| {
        for (secret, choice) in
            secrets.iter().zip(&choices[row]).filter(|(secret, _)| secret.owner.table == owner.table)
        {
            let value = secret.values[if is_first { choice.first } else { choice.second }].clone();
            match secret.written {
                Written::At(place) => {
                    let (parent, field) = place.rsplit_once('/').unwrap();
                    input.pointer_mut(parent).unwrap()[field] = value;
                }
                Written::CustomField => {
                    let value = json!({ "key": secret.name, "value": value });
                    input["customFields"].as_array_mut().unwrap().push(value);
                }
                Written::By(..) => {}
            }
        }
    };
    for owner in OWNERS {
        let [created, updated] = [true, false].map(|is_first| {
            let rows = (0..ROWS).map(|row| {
                let (mut input, reference) = ((owner.input)(row), format!("{}{row}", owner.table));
                if is_first {
                    input["externalReference"] = json!(reference);
                } else {
                    input.as_object_mut().unwrap().retain(|field, _| owner.parents.contains(&field.as_str()));
                    input["id"] = json!(reference);
                }
                input["customFields"] = json!([]);
                fill(owner, row, &mut input, is_first);
                input
            });
            rows.collect::<Vec<_>>()
        });
        send_all(admin, &format!("{}Create", owner.mutation), created).await;
        send_all(admin, &format!("{}Update", owner.mutation), updated).await;
    }
    // The values that a transition writes, of those that happen first or second.
    let transition = |mutation: &str, table: &str, is_first: bool| {
        let rows = (0..ROWS).map(|row| {
            let mut input = json!({ "id": format!("{table}{row}") });
            for (secret, choice) in secrets.iter().zip(&choices[row]).filter(|(secret, _)| secret.owner.table == table)
            {
                let Written::By(first, second, field) = secret.written else { continue };
                let (by, chosen) = if is_first { (first, choice.first) } else { (second, choice.second) };
                if by == mutation {
                    input[field] = secret.values[chosen].clone();
                }
            }
            input
        });
        rows.collect::<Vec<_>>()
    };
    send_all(admin, "loadCancel", transition("loadCancel", "load", true)).await;
    send_all(admin, "loadReopen", transition("loadReopen", "load", false)).await;
    send_all(admin, "loadCancel", transition("loadCancel", "load", false)).await;
    send_all(admin, "serviceRecordCancel", transition("serviceRecordCancel", "service_record", false)).await;
    send_all(admin, "equipmentScheduleSkip", transition("equipmentScheduleSkip", "equipment_schedule", true)).await;
    send_all(admin, "equipmentScheduleSkip", transition("equipmentScheduleSkip", "equipment_schedule", false)).await;
    let mut skips = transition("recurringServiceSkip", "recurring_service", false);
    for skip in &mut skips {
        skip["date"] = json!("2090-01-09");
    }
    send_all(admin, "recurringServiceSkip", skips).await;
    choices
}

/// The features of a secret, in the order of the rows.
fn features_of(stolen: &Stolen, secret: &Secret) -> Vec<BTreeMap<String, String>> {
    let table = secret.owner.table;
    let is_field = secret.written == Written::CustomField;
    let definition = is_field.then(|| stolen.id_of("custom_field_definition", "key", &secret.name));
    let number = stolen.table(table).0;
    let rows = (0..ROWS).map(|row| {
        let owner = stolen.id_of(table, "external_reference", &format!("{table}{row}"));
        let about_owner = &stolen.by_id[owner];
        let Some(definition) = definition else { return stolen.features(about_owner) };
        let mut about_value = stolen.by_id[stolen.value_of(owner, definition)].clone();
        about_value.extend(about_owner.iter().filter(|(of, _)| *of == number));
        stolen.features(&about_value)
    });
    rows.collect()
}

/// The statistics are those of the values of customers.
#[apply(each_database)]
async fn a_thief_without_keys_tells_no_secret_of_any_owner_from_another(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let (admin, secrets) = (world.admin(), secrets());
    define_fields(&admin).await;
    let choices = write_rows(&admin, &secrets).await;
    world.link_changes().await;
    let tables = steal(&world).await;
    let stolen = Stolen::new(&tables);
    let mut attempts = Vec::new();
    for (number, secret) in secrets.iter().enumerate() {
        let seen = features_of(&stolen, secret);
        let names: BTreeSet<_> = seen.iter().flat_map(BTreeMap::keys).collect();
        for name in names {
            for is_first in [true, false] {
                let group = |choice: &Choice| if is_first { choice.first } else { choice.second };
                let example =
                    |row: usize| (seen[row].get(name).cloned().unwrap_or_default(), group(&choices[row][number]));
                let (right, total) = guess(&(0..ROWS).map(example).collect::<Vec<_>>());
                let chance = chance_of(right, total, secret.values.len());
                attempts.push((chance, number, is_first, name.clone(), right, total));
            }
        }
    }
    let count = u32::try_from(attempts.len()).unwrap();
    assert!(count > 5_000, "only {count} features were tried");
    attempts.retain(|(chance, ..)| *chance < FALSE_ALARM / f64::from(count));
    // Equal tokens are equal values, of the field whose tokens they are.
    let is_documented = |secret: &Secret, feature: &str| match secret.search {
        Some(field) => feature == format!("{TOKENS} of {field}"),
        None => secret.written == Written::CustomField && feature.starts_with(TOKENS),
    };
    let (documented, others): (Vec<_>, Vec<_>) =
        attempts.into_iter().partition(|(_, number, _, name, ..)| is_documented(&secrets[*number], name));
    let name = |number: usize| format!("{} {}", secrets[number].owner.table, secrets[number].name);
    let others: Vec<_> = others.iter().map(|(chance, number, ..)| (chance, name(*number), &others)).take(1).collect();
    assert!(others.is_empty(), "these features tell values: {others:#?}");
    let learned: BTreeSet<_> = documented.iter().map(|(_, number, ..)| name(*number)).collect();
    let searchable = |(_, secret): &(usize, &Secret)| secret.search.is_some() || secret.written == Written::CustomField;
    let expected = secrets.iter().enumerate().filter(searchable).map(|(number, _)| name(number));
    assert_eq!(learned, expected.collect::<BTreeSet<_>>());

    let texts = secrets.iter().flat_map(|secret| &secret.values).filter_map(Json::as_str);
    let texts: BTreeSet<_> = texts.filter(|text| text.starts_with("zqv")).map(str::to_owned).collect();
    assert!(texts.len() > 7, "{texts:?}");
    assert_eq!(texts_in(&stored_bytes(&world), texts.iter()), BTreeSet::new());
}

/// A column that is sealed later is in the walk, too.
#[test]
fn every_sealed_column_has_a_secret() {
    let columns = TABLES.iter().flat_map(|table| table.sealed.iter().map(|(name, _)| format!("{}.{name}", table.name)));
    // The log has what the others have, and what is displaced was a value of a custom field.
    let is_copy = |column: &String| column.starts_with("change.") || column == "custom_field_value.displaced_sealed";
    // Only an upload writes these, in the form of the title.
    let is_of_file = |column: &String| ["document.file_name", "document.sha256"].contains(&column.as_str());
    let expected: BTreeSet<_> = columns.filter(|column| !is_copy(column) && !is_of_file(column)).collect();
    assert_eq!(secrets().iter().map(|secret| secret.column.to_owned()).collect::<BTreeSet<_>>(), expected);
}

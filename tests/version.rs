//! Versions: everything that is visible of a row raises its version and its `updatedAt`, and a stale `expectedVersion` is
//! refused.

use std::collections::BTreeSet;

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, World, custom_fields, each_database, each_database_in_parallel,
    sample_data::SampleData,
    schema::{Schema, lower, upper},
};

/// The version and the time of the last update of a row.
async fn version_and_time(actor: &Actor, node: &str, id: &str) -> (i64, String) {
    let query = format!("{{ node(id: \"{id}\") {{ ... on {node} {{ version updatedAt }} }} }}");
    let response = actor.execute(&query).await;
    let version = response.at("/data/node/version").as_i64().unwrap_or_else(|| panic!("{response}"));
    (version, response.text("/data/node/updatedAt").to_owned())
}

/// The types with custom fields, by the value of `CustomFieldOwnerType`.
fn types_with_custom_fields(schema: &Schema) -> Vec<(String, String)> {
    let type_name = |owner_type: &String| {
        let words = owner_type.split('_').map(|word| format!("{}{}", &word[..1], word[1..].to_lowercase()));
        (owner_type.clone(), words.collect::<String>())
    };
    schema.get("CustomFieldOwnerType").values.iter().map(type_name).collect()
}

/// The id of a row of a type, and what names it in the input of its update.
async fn row_of(admin: &Actor, sample: &SampleData<'_>, node: &str) -> (String, Json) {
    if node == "Tenant" {
        let tenant = admin.execute("{ viewer { tenant { id } } }").await;
        return (tenant.text("/data/viewer/tenant/id").to_owned(), json!({}));
    }
    let id = sample.id(node, 0).unwrap().clone();
    (id.clone(), json!({ "id": id }))
}

/// An input with more fields.
fn with(input: &Json, fields: Json) -> Json {
    let mut input = input.clone();
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    input
}

#[apply(each_database)]
async fn a_custom_field_raises_the_version_of_its_row(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 1).await;
    let types = types_with_custom_fields(&schema);
    assert!(types.len() >= 8, "{types:?}");
    for (owner_type, node) in types {
        custom_fields::create_definition(&admin, &owner_type, "k", "STRING", json!({})).await;
        let ((id, named), update) = (row_of(&admin, &sample, &node).await, format!("{}Update", lower(&node)));
        let id = id.as_str();
        let (version, before) = version_and_time(&admin, &node, id).await;
        let input = |version: i64, value: &str| {
            let values = json!([{ "key": "k", "value": value }]);
            with(&named, json!({ "expectedVersion": version, "customFields": values }))
        };
        let written = admin.mutate(&update, input(version, "a"), "version updatedAt").await;
        let (raised, after) = version_and_time(&admin, &node, id).await;
        assert_eq!(raised, version + 1, "{node}");
        assert!(after > before, "{node}: {after} after {before}");
        // The payload has what the next read has.
        assert_eq!(written, json!({ "version": raised, "updatedAt": after }), "{node}");
        let stale = admin.user_errors(&update, input(version, "b")).await;
        assert!(stale[0].starts_with("VERSION_CONFLICT"), "{node}: {stale:?}");
        // The same value again changes nothing.
        admin.mutate(&update, input(raised, "a"), "id").await;
        assert_eq!(version_and_time(&admin, &node, id).await, (raised, after), "{node}");

        let set = |version: i64, value: Json| {
            let query = "mutation($input: CustomFieldValuesSetInput!) { customFieldValuesSet(input: $input) { values { id } userErrors { code } } }";
            let values = json!([{ "key": "k", "value": value }]);
            let variables = json!({ "input": { "owner": id, "expectedVersion": version, "values": values } });
            let admin = &admin;
            async move { admin.execute_with(query, variables).await }
        };
        let refused = set(version, json!("c")).await;
        assert_eq!(*refused.at("/data/customFieldValuesSet/userErrors"), json!([{ "code": "VERSION_CONFLICT" }]));
        for (step, value) in [(1, json!("c")), (2, json!(null)), (3, json!("d"))] {
            let response = set(raised + step - 1, value).await;
            assert_eq!(*response.at("/data/customFieldValuesSet/userErrors"), json!([]), "{node}: {response}");
            assert_eq!(version_and_time(&admin, &node, id).await.0, raised + step, "{node}");
        }
    }
}

#[apply(each_database)]
async fn contacts_and_addresses_raise_the_version_of_their_customer(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let create =
        json!({ "name": "Acme", "type": "BROKER", "contacts": [{ "name": "Ann", "externalReference": "ann" }] });
    let customer = admin.mutate("customerCreate", create, "id").await["id"].as_str().unwrap().to_owned();
    let mut expected = version_and_time(&admin, "Customer", &customer).await;
    assert_eq!(expected.0, 1);
    custom_fields::create_definition(&admin, "ADDRESS", "k", "STRING", json!({})).await;
    let own_field = json!([{ "key": "k", "value": "x" }]);
    for (mutation, input) in [
        ("contactCreate", json!({ "customer": customer, "name": "Bob", "externalReference": "bob" })),
        ("contactUpdate", json!({ "id": "bob", "role": "Dock" })),
        ("contactUpsert", json!({ "externalReference": "bob", "role": "Gate" })),
        ("contactDelete", json!({ "id": "bob" })),
        ("contactRestore", json!({ "id": "bob" })),
        ("addressCreate", json!({ "customer": customer, "city": "Waco", "externalReference": "waco" })),
        ("addressUpdate", json!({ "id": "waco", "customFields": own_field })),
        ("customerUpdate", json!({ "id": customer, "contacts": [{ "name": "Ann", "role": "Night" }] })),
        ("addressDelete", json!({ "id": "waco" })),
    ] {
        admin.mutate(mutation, input, "id").await;
        let (version, updated_at) = version_and_time(&admin, "Customer", &customer).await;
        assert_eq!(version, expected.0 + 1, "{mutation}");
        assert!(updated_at > expected.1, "{mutation}");
        expected = (version, updated_at);
    }
    // A contact that somebody added meanwhile is not hidden by a list that does not know it.
    admin.mutate("contactCreate", json!({ "customer": customer, "name": "Carl" }), "id").await;
    let stale = json!({ "id": customer, "expectedVersion": expected.0, "contacts": [{ "name": "Ann" }] });
    let refused = admin.user_errors("customerUpdate", stale).await;
    assert!(refused[0].starts_with("VERSION_CONFLICT"), "{refused:?}");
    // The log has no change of the customer for those of its parts.
    world.link_changes().await;
    let changes = admin.execute(&format!("{{ customer(id: \"{customer}\") {{ changes {{ totalCount }} }} }}")).await;
    assert_eq!(*changes.at("/data/customer/changes/totalCount"), json!(1));
    // What refers to a customer moves its time, and not its version.
    let (version, before) = version_and_time(&admin, "Customer", &customer).await;
    let service = json!({ "customer": customer, "serviceDate": "2026-01-01T00:00:00Z", "serviceType": "Visit" });
    admin.mutate("serviceRecordCreate", service, "id").await;
    let (same, after) = version_and_time(&admin, "Customer", &customer).await;
    assert!(same == version && after > before, "{version} {before}, {same} {after}");
}

#[apply(each_database)]
async fn upserts_and_restores_accept_an_expected_version(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let upsert = |version: Option<i64>, name: &str| {
        let mut input = json!({ "externalReference": "lift", "name": name });
        if let Some(version) = version {
            input["expectedVersion"] = json!(version);
        }
        input
    };
    let absent = admin.user_errors("assetUpsert", upsert(Some(1), "Lift")).await;
    assert_eq!(absent, ["NOT_FOUND input.expectedVersion: There is no such asset yet, so it has no version 1."]);
    admin.mutate("assetUpsert", upsert(None, "Lift"), "id").await;
    let written = admin.mutate("assetUpsert", upsert(Some(1), "Lift 2"), "version").await;
    assert_eq!(written["version"], json!(2));
    let stale = admin.user_errors("assetUpsert", upsert(Some(1), "Lift 3")).await;
    assert_eq!(stale, ["VERSION_CONFLICT input.expectedVersion: The asset is at version 2, not 1; read it again."]);
    admin.mutate("assetDelete", json!({ "id": "lift" }), "id").await;
    let stale = admin.user_errors("assetRestore", json!({ "id": "lift", "expectedVersion": 2 })).await;
    assert_eq!(stale, ["VERSION_CONFLICT input.expectedVersion: The asset is at version 3, not 2; read it again."]);
    admin.mutate("assetRestore", json!({ "id": "lift", "expectedVersion": 3 }), "id").await;
    let schema = Schema::load(&admin).await;
    let versionless = |input: &str| schema.get(input).fields.iter().all(|field| field.name != "expectedVersion");
    let verbs = ["Update", "Upsert", "Delete", "Restore", "Set", "Return", "Start", "Complete", "Cancel"];
    let mutations = schema.mutations();
    let without: Vec<_> = mutations
        .iter()
        .filter(|field| verbs.iter().any(|verb| field.name.ends_with(verb)) && versionless(&field.args[0].type_name))
        .map(|field| field.name.as_str())
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

/// The number of clients that write the same row.
const CLIENTS: usize = 3;
/// The number of times that each of them writes each field. Odd, as the number of clients: a BOOLEAN ends at true.
const ROUNDS: usize = 1;

/// A kind of custom fields that counts.
struct Counter {
    key: &'static str,
    value_type: &'static str,
    settings: Json,
    /// The value that stands for a number.
    value: fn(usize) -> Json,
}

/// One counter for each type of custom fields and each setting that changes how values are stored.
fn counters() -> Vec<Counter> {
    let counter = |key, value_type, value| Counter { key, value_type, settings: json!({}), value };
    let options: Vec<_> = (0..=CLIENTS * ROUNDS).map(|n| json!({ "key": format!("o{n}"), "title": "O" })).collect();
    let text = |number: usize| json!(number.to_string());
    vec![
        counter("boolean", "BOOLEAN", |number| json!(number % 2 == 1)),
        counter("date", "DATE", |number| json!(format!("2026-01-{number:02}"))),
        counter("email", "EMAIL", |number| json!(format!("a{number}@example.com"))),
        counter("number", "NUMBER", text),
        counter("phone", "PHONE_NUMBER", |number| json!(format!("+1512555{number:04}"))),
        counter("string", "STRING", text),
        counter("web", "WEB_ADDRESS", |number| json!(format!("https://example.com/{number}"))),
        counter("json", "JSON", |number| json!({ "list": vec![1; number] })),
        counter("monetary", "MONETARY", |number| json!({ "amount": number.to_string(), "currency": "USD" })),
        Counter {
            settings: json!({ "options": options }),
            ..counter("dropdown", "DROPDOWN", |number| json!(format!("o{number}")))
        },
        Counter {
            settings: json!({ "options": options, "multiSelect": true }),
            ..counter("several", "DROPDOWN", |number| (0..number).map(|n| format!("o{n}")).collect())
        },
        Counter { settings: json!({ "sensitive": true }), ..counter("sensitive", "STRING", text) },
    ]
}

/// A row of which clients increment the counters.
struct CountedRow<'a> {
    admin: &'a Actor,
    node: &'a str,
    id: String,
    /// What names the row in the input of its update.
    named: Json,
}

impl CountedRow<'_> {
    /// The version of the row, and the values of its custom fields by key.
    async fn read(&self) -> (Json, Json) {
        let Self { node, id, .. } = self;
        let select = "version customFields(first: 50) { nodes { key value } }";
        let row = self.admin.execute(&format!("{{ node(id: \"{id}\") {{ ... on {node} {{ {select} }} }} }}")).await;
        let row = &row.data()["node"];
        let values = row["customFields"]["nodes"].as_array().unwrap().iter();
        let values = values.map(|field| (field["key"].as_str().unwrap().to_owned(), field["value"].clone()));
        (row["version"].clone(), Json::Object(values.collect()))
    }

    /// Writes a value under the version that was read. Gives the codes of what refuses it.
    async fn write(&self, field: Json, version: &Json, is_update: bool) -> Json {
        let (mutation, input) = if is_update {
            let fields = json!({ "expectedVersion": version, "customFields": [field] });
            (format!("{}Update", lower(self.node)), with(&self.named, fields))
        } else {
            let input = json!({ "owner": self.id, "expectedVersion": version, "values": [field] });
            ("customFieldValuesSet".to_owned(), input)
        };
        let document = format!(
            "mutation($input: {}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}",
            upper(&mutation)
        );
        self.admin.execute_with(&document, json!({ "input": input })).await.data()[&mutation]["userErrors"].clone()
    }

    /// Increments one counter, again until no other client has come between.
    async fn increment(&self, counter: &Counter, is_update: bool) {
        for _ in 0..1_000 {
            let (version, values) = self.read().await;
            let now = values.get(counter.key).cloned();
            let number = (0..CLIENTS * ROUNDS).find(|number| Some((counter.value)(*number)) == now);
            let next = (counter.value)(number.map_or(1, |number| number + 1));
            let field = json!({ "key": counter.key, "value": next });
            let refused = self.write(field, &version, is_update).await;
            if refused == json!([]) {
                return;
            }
            assert_eq!(refused, json!([{ "code": "VERSION_CONFLICT" }]), "{} of {}", counter.key, self.node);
        }
        panic!("{} of {} never succeeds", counter.key, self.node);
    }
}

#[apply(each_database_in_parallel)]
async fn clients_who_retry_with_the_expected_version_lose_no_increment(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 1).await;
    let counters = counters();
    let counted: BTreeSet<_> = counters.iter().map(|counter| counter.value_type).collect();
    let types = &schema.get("CustomFieldType").values;
    assert_eq!(counted, types.iter().map(String::as_str).collect(), "every type counts");
    for (owner_type, node) in types_with_custom_fields(&schema) {
        for Counter { key, value_type, settings, .. } in &counters {
            custom_fields::create_definition(&admin, &owner_type, key, value_type, settings.clone()).await;
        }
        let (id, named) = row_of(&admin, &sample, &node).await;
        let row = CountedRow { admin: &admin, node: &node, id, named };
        let (before, _) = row.read().await;
        let increment_all = |client: usize| {
            let (row, counters) = (&row, &counters);
            async move {
                for step in 0..ROUNDS * counters.len() {
                    // All clients write one field at once, by the one or the other mutation.
                    row.increment(&counters[step % counters.len()], (client + step).is_multiple_of(2)).await;
                }
            }
        };
        futures_util::future::join_all((0..CLIENTS).map(increment_all)).await;
        let (after, values) = row.read().await;
        let expected = counters.iter().map(|counter| (counter.key.to_owned(), (counter.value)(CLIENTS * ROUNDS)));
        assert_eq!(values, Json::Object(expected.collect()), "{node}");
        let writes = i64::try_from(CLIENTS * ROUNDS * counters.len()).unwrap();
        assert_eq!(after.as_i64(), before.as_i64().map(|version| version + writes), "{node}");
    }
}

//! Versions: everything that is visible of a row raises its version and its `updatedAt`, and a stale `expectedVersion` is
//! refused.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, World, custom_fields, each_database, each_database_in_parallel,
    sample_data::SampleData,
    schema::{Schema, lower},
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

/// The number of clients that write the same rows.
const CLIENTS: usize = 4;
/// The number of times that each of them writes each row.
const INCREMENTS: usize = 6;

#[apply(each_database_in_parallel)]
async fn clients_who_retry_with_the_expected_version_lose_no_increment(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 1).await;
    for (owner_type, node) in types_with_custom_fields(&schema) {
        custom_fields::create_definition(&admin, &owner_type, "count", "NUMBER", json!({})).await;
        let (id, named) = row_of(&admin, &sample, &node).await;
        let read =
            format!("{{ node(id: \"{id}\") {{ ... on {node} {{ version customFields {{ nodes {{ value }} }} }} }} }}");
        let update = format!("{}Update", lower(&node));
        let increment_all = || async {
            let mut conflicts = 0;
            for _ in 0..INCREMENTS {
                loop {
                    let now = admin.execute(&read).await;
                    let count: i64 = match now.at("/data/node/customFields/nodes/0/value") {
                        Json::String(number) => number.parse().unwrap(),
                        _ => 0,
                    };
                    let fields = json!([{ "key": "count", "value": count + 1 }]);
                    let version = now.at("/data/node/version");
                    let input = with(&named, json!({ "expectedVersion": version, "customFields": fields }));
                    let response = admin.send_mutation(&update, input, "id").await;
                    let errors = response.at(&format!("/data/{update}/userErrors")).clone();
                    if errors == json!([]) {
                        break;
                    }
                    assert_eq!(errors[0]["code"], json!("VERSION_CONFLICT"), "{update}: {response}");
                    conflicts += 1;
                    assert!(conflicts < 1_000, "{update} never succeeds");
                }
            }
        };
        futures_util::future::join_all((0..CLIENTS).map(|_| increment_all())).await;
        let after = admin.execute(&read).await;
        let total = (CLIENTS * INCREMENTS).to_string();
        assert_eq!(*after.at("/data/node/customFields/nodes/0/value"), json!(total), "{node}: {after}");
    }
}

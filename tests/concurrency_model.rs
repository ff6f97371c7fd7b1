//! A model of concurrency: two writers of the same rows give the result of one order of the writes, and a failed write
//! leaves no rows.

use std::collections::BTreeMap;

use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, JsonResponse, World, each_database, each_database_in_parallel,
    sample_data::SampleData,
    schema::{Schema, lower, upper},
};

/// The number of attempts: one attempt may succeed by chance.
const ROUNDS: usize = 12;

/// The number of attempts that may deadlock, which PostgreSQL detects after a second.
const DEADLOCK_ROUNDS: usize = 3;

/// The codes of a response's user errors and errors.
fn all_error_codes(response: &JsonResponse) -> Vec<String> {
    let payload = response.at("/data").as_object().and_then(|data| data.values().next()).cloned().unwrap_or_default();
    let refused = payload["userErrors"].as_array().into_iter().flatten();
    let refused = refused.filter_map(|error| error["code"].as_str()).chain(response.error_codes());
    refused.map(str::to_owned).collect()
}

/// Runs the same mutation of two actors concurrently. Gives the error codes of each.
async fn run_both(one: &Actor, other: &Actor, mutation: &str, inputs: [Json; 2]) -> [Vec<String>; 2] {
    let [first, second] = inputs;
    let (first, second) = tokio::join!(
        one.send_mutation(mutation, first, "id version"),
        other.send_mutation(mutation, second, "id version")
    );
    [all_error_codes(&first), all_error_codes(&second)]
}

/// The number of rows of each table.
async fn row_counts(world: &World) -> BTreeMap<String, i64> {
    let db = world.db.connection();
    let tables = match db.get_database_backend() {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        _ => "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    };
    let query = |sql: String| db.query_all_raw(Statement::from_string(db.get_database_backend(), sql));
    let mut rows = BTreeMap::new();
    for table in query(tables.to_owned()).await.unwrap() {
        let table: String = table.try_get("", "name").unwrap();
        let count = query(format!("SELECT COUNT(*) AS n FROM \"{table}\"")).await.unwrap();
        rows.insert(table, count[0].try_get("", "n").unwrap());
    }
    assert!(rows.len() > 20, "{rows:?}");
    rows
}

#[apply(each_database_in_parallel)]
async fn one_of_two_writers_of_the_same_version_succeeds(database: DatabaseKind) {
    let world = World::new(database).await;
    let (one, other) = (world.admin(), world.admin());
    let schema = Schema::load(&one).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&one, 1).await;
    let mut raced = 0;
    for node in sample.creatable_types() {
        let update = format!("{}Update", lower(&node));
        let Some(mutation) = schema.mutation(&update) else { continue };
        let fields = &schema.get(&mutation.args[0].type_name).fields;
        if ["expectedVersion", "externalReference"].iter().any(|name| !fields.iter().any(|field| field.name == *name)) {
            continue;
        }
        raced += 1;
        let id = sample.id(&node, 0).unwrap();
        let query = format!("{{ node(id: \"{id}\") {{ ... on {node} {{ version externalReference }} }} }}");
        for round in 0..ROUNDS {
            let version = one.execute(&query).await.at("/data/node/version").clone();
            let input = |who: &str| json!({ "id": id, "expectedVersion": version, "externalReference": format!("{round}{who}") });
            let codes = run_both(&one, &other, &update, [input("a"), input("b")]).await;
            let lost: Vec<_> = codes.iter().filter(|codes| !codes.is_empty()).collect();
            assert_eq!(lost, [&vec!["VERSION_CONFLICT".to_owned()]], "{update} in round {round}: {codes:?}");
            let now = one.execute(&query).await;
            assert_eq!(now.at("/data/node/version").as_i64(), version.as_i64().map(|version| version + 1));
            let winner = if codes[0].is_empty() { "a" } else { "b" };
            assert_eq!(*now.at("/data/node/externalReference"), json!(format!("{round}{winner}")));
        }
    }
    assert!(raced >= 3, "only {raced} types were raced for");
}

#[apply(each_database_in_parallel)]
async fn two_concurrent_primary_contacts_leave_one_primary(database: DatabaseKind) {
    let world = World::new(database).await;
    let (one, other) = (world.admin(), world.admin());
    for round in 0..ROUNDS {
        let customer =
            one.mutate("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await["id"].clone();
        let input = |who: &str| json!({ "customer": customer, "name": format!("{who} {round}"), "primary": true });
        let codes = run_both(&one, &other, "contactCreate", [input("Ann"), input("Bob")]).await;
        assert!(codes.iter().any(Vec::is_empty), "both failed: {codes:?}");
        assert!(!codes.concat().contains(&"INTERNAL".to_owned()), "{codes:?}");
        let query = format!(
            "{{ customer(id: {customer}) {{ contacts(where: {{ primary: {{ eq: true }} }}) {{ totalCount }} }} }}"
        );
        assert_eq!(*one.execute(&query).await.at("/data/customer/contacts/totalCount"), json!(1), "{codes:?}");
    }
}

#[apply(each_database_in_parallel)]
async fn two_customers_never_become_each_others_parent(database: DatabaseKind) {
    let world = World::new(database).await;
    let (one, other) = (world.admin(), world.admin());
    for round in 0..2 * DEADLOCK_ROUNDS {
        let mut ids = Vec::new();
        for name in ["A", "B", "C"] {
            ids.push(one.mutate("customerCreate", json!({ "name": name, "type": "BROKER" }), "id").await["id"].clone());
        }
        // In every other round through a third customer, for a longer circle.
        let between = if round % 2 == 0 { &ids[1] } else { &ids[2] };
        if round % 2 == 1 {
            one.mutate("customerUpdate", json!({ "id": ids[2], "parent": ids[1] }), "").await;
        }
        let inputs = [json!({ "id": ids[0], "parent": between }), json!({ "id": ids[1], "parent": ids[0] })];
        let codes = run_both(&one, &other, "customerUpdate", inputs).await;
        let lost: Vec<_> = codes.iter().filter(|codes| !codes.is_empty()).collect();
        assert_eq!(lost.len(), 1, "one of both succeeds: {codes:?}");
        assert!(["CYCLE", "BUSY"].contains(&lost[0][0].as_str()), "{codes:?}");
    }
}

#[apply(each_database_in_parallel)]
async fn one_of_two_equal_external_references_succeeds(database: DatabaseKind) {
    let world = World::new(database).await;
    let (one, other) = (world.admin(), world.admin());
    for round in 0..ROUNDS {
        let input = json!({ "name": "Acme", "type": "BROKER", "externalReference": format!("R-{round}") });
        let codes = run_both(&one, &other, "customerCreate", [input.clone(), input]).await;
        let lost: Vec<_> = codes.iter().filter(|codes| !codes.is_empty()).collect();
        assert_eq!(lost, [&vec!["TAKEN".to_owned()]], "{codes:?}");
    }
    let numbers = one.execute("{ customers(first: 100) { nodes { number } } }").await;
    let mut numbers: Vec<_> =
        numbers.at("/data/customers/nodes").as_array().unwrap().iter().map(ToString::to_string).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), ROUNDS);
}

#[apply(each_database)]
async fn a_failed_write_leaves_no_rows(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 1).await;
    let before = row_counts(&world).await;
    assert!(before["search_token"] > 0 && before["change"] > 0, "{before:?}");

    // Rejected by a rule before anything is written.
    for node in sample.creatable_types() {
        let create = format!("{}Create", lower(&node));
        let input = format!("{}Input", upper(&create));
        let mut input = sample.input(&input, 0, &create, 0);
        let list = &schema.root_list(&node).name;
        let taken = admin.execute(&format!("{{ {list}(first: 100) {{ nodes {{ externalReference }} }} }}")).await;
        // A handover is noted as a reading without one.
        let nodes = taken.at(&format!("/data/{list}/nodes")).as_array().unwrap();
        let mut references =
            nodes.iter().map(|node| &node["externalReference"]).filter(|reference| !reference.is_null());
        input["externalReference"] = references.next().unwrap().clone();
        let codes = all_error_codes(&admin.send_mutation(&create, input, "id").await);
        assert!(codes.contains(&"TAKEN".to_owned()), "{create}: {codes:?}");
        assert_eq!(row_counts(&world).await, before, "{create}");
    }

    // Rejected by the database after the customer, a key, an address and a contact are written.
    let contact = json!({ "name": "Ann", "externalReference": "same" });
    let input = json!({
        "name": "Eve", "type": "RESIDENTIAL", "contactInfo": { "email": "eve@example.com" },
        "addresses": [{ "street": "1 Main St" }], "contacts": [contact, contact],
    });
    let codes = all_error_codes(&admin.send_mutation("customerCreate", input.clone(), "id").await);
    assert_eq!(codes, ["TAKEN"]);
    assert_eq!(row_counts(&world).await, before);

    // Two mutations of one request are two transactions: the second fails alone.
    let query = "mutation($a: CustomerCreateInput!, $b: CustomerCreateInput!) {
        a: customerCreate(input: $a) { userErrors { code } } b: customerCreate(input: $b) { userErrors { code } } }";
    let right = json!({ "name": "Acme", "type": "BROKER" });
    let response = admin.execute_with(query, json!({ "a": right, "b": input })).await;
    assert_eq!(*response.data(), json!({ "a": { "userErrors": [] }, "b": { "userErrors": [{ "code": "TAKEN" }] } }));
    let after = row_counts(&world).await;
    assert_eq!((after["customer"], after["change"]), (before["customer"] + 1, before["change"] + 1));
    assert_eq!(after["contact"], before["contact"]);
}

#[apply(each_database_in_parallel)]
async fn writers_in_opposite_lock_order_succeed_or_get_busy(database: DatabaseKind) {
    let world = World::new(database).await;
    let (one, other) = (world.admin(), world.admin());
    for _ in 0..DEADLOCK_ROUNDS {
        let input = json!({ "name": "Acme", "type": "BROKER", "contacts": [{ "name": "Ann" }] });
        let created = one.mutate("customerCreate", input, "id contacts { nodes { id } }").await;
        let (customer, contact) = (&created["id"], &created["contacts"]["nodes"][0]["id"]);
        // One locks the contact and then its customer, the other the customer and then its contacts.
        let role = json!({ "id": contact, "role": "Night guard" });
        let list = json!({ "id": customer, "contacts": [{ "id": contact, "name": "Ann B" }] });
        let (first, second) = tokio::join!(
            one.send_mutation("contactUpdate", role.clone(), "id"),
            other.send_mutation("customerUpdate", list.clone(), "id")
        );
        let codes = [all_error_codes(&first), all_error_codes(&second)];
        assert!(codes.iter().any(Vec::is_empty), "both failed: {codes:?}");
        assert!(codes.concat().iter().all(|code| code == "BUSY"), "{first}\n{second}");
        // After BUSY a client may try again, and then no other write is in the way.
        for (mutation, input, codes) in [("contactUpdate", role, &codes[0]), ("customerUpdate", list, &codes[1])] {
            if !codes.is_empty() {
                one.mutate(mutation, input, "id").await;
            }
        }
        let query = format!("{{ node(id: {contact}) {{ ... on Contact {{ name role }} }} }}");
        assert_eq!(*one.execute(&query).await.at("/data/node"), json!({ "name": "Ann B", "role": "Night guard" }));
    }
}

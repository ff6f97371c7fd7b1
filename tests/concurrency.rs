//! Concurrency: of two who write the same at once the rules hold for both, and what fails leaves nothing behind.

use std::collections::BTreeMap;

use rstest::rstest;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, Answer, On, Postgres, Sqlite, World, database,
    sample::Sample,
    schema::{Schema, lower},
    token_settings,
};

/// How often two meet: once may be luck.
const ROUNDS: usize = 12;

/// The same where the two may wait for each other: PostgreSQL sees that after a second.
const DEADLOCKS: usize = 3;

/// The codes of what was refused: of the business, and of everything else.
fn codes(answer: &Answer) -> Vec<String> {
    let payload = answer.at("/data").as_object().and_then(|data| data.values().next()).cloned().unwrap_or_default();
    let refused = payload["userErrors"].as_array().into_iter().flatten();
    let refused = refused.filter_map(|error| error["code"].as_str()).chain(answer.codes());
    refused.map(str::to_owned).collect()
}

/// Two who try the same mutation at once.
async fn both(one: &Actor, other: &Actor, mutation: &str, inputs: [Json; 2]) -> [Vec<String>; 2] {
    let [first, second] = inputs;
    let (first, second) =
        tokio::join!(one.tried(mutation, first, "id version"), other.tried(mutation, second, "id version"));
    [codes(&first), codes(&second)]
}

/// How many rows each table has.
async fn rows(world: &World) -> BTreeMap<String, i64> {
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

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_writers_of_one_version_one_wins(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (one, other) = (world.admin(), world.admin());
    let schema = Schema::of(&one).await;
    let mut sample = Sample::whole(&schema, "own");
    sample.make_all(&one, 1).await;
    let mut raced = 0;
    for node in sample.made() {
        let update = format!("{}Update", lower(&node));
        let Some(mutation) = schema.mutation(&update) else { continue };
        let fields = &schema.get(&mutation.args[0].of).fields;
        if ["expectedVersion", "externalReference"].iter().any(|name| !fields.iter().any(|field| field.name == *name)) {
            continue;
        }
        raced += 1;
        let id = sample.id(&node, 0).unwrap();
        let query = format!("{{ node(id: \"{id}\") {{ ... on {node} {{ version externalReference }} }} }}");
        for round in 0..ROUNDS {
            let version = one.ask(&query).await.at("/data/node/version").clone();
            let input = |who: &str| json!({ "id": id, "expectedVersion": version, "externalReference": format!("{round}{who}") });
            let told = both(&one, &other, &update, [input("a"), input("b")]).await;
            let lost: Vec<_> = told.iter().filter(|codes| !codes.is_empty()).collect();
            assert_eq!(lost, [&vec!["VERSION_CONFLICT".to_owned()]], "{update} in round {round}: {told:?}");
            let now = one.ask(&query).await;
            assert_eq!(now.at("/data/node/version").as_i64(), version.as_i64().map(|version| version + 1));
            let winner = if told[0].is_empty() { "a" } else { "b" };
            assert_eq!(*now.at("/data/node/externalReference"), json!(format!("{round}{winner}")));
        }
    }
    assert!(raced >= 3, "only {raced} types were raced for");
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_new_primary_contacts_one_is_primary(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (one, other) = (world.admin(), world.admin());
    for round in 0..ROUNDS {
        let customer =
            one.done("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await["id"].clone();
        let input = |who: &str| json!({ "customer": customer, "name": format!("{who} {round}"), "primary": true });
        let told = both(&one, &other, "contactCreate", [input("Ann"), input("Bob")]).await;
        assert!(told.iter().any(Vec::is_empty), "nobody won: {told:?}");
        assert!(!told.concat().contains(&"INTERNAL".to_owned()), "{told:?}");
        let query = format!(
            "{{ customer(id: {customer}) {{ contacts(where: {{ primary: {{ eq: true }} }}) {{ totalCount }} }} }}"
        );
        assert_eq!(*one.ask(&query).await.at("/data/customer/contacts/totalCount"), json!(1), "{told:?}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_customers_never_become_parts_of_each_other(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (one, other) = (world.admin(), world.admin());
    for round in 0..2 * DEADLOCKS {
        let mut ids = Vec::new();
        for name in ["A", "B", "C"] {
            ids.push(one.done("customerCreate", json!({ "name": name, "type": "BROKER" }), "id").await["id"].clone());
        }
        // Through a third one, every other time: the circle is longer then.
        let between = if round % 2 == 0 { &ids[1] } else { &ids[2] };
        if round % 2 == 1 {
            one.done("customerUpdate", json!({ "id": ids[2], "parent": ids[1] }), "").await;
        }
        let inputs = [json!({ "id": ids[0], "parent": between }), json!({ "id": ids[1], "parent": ids[0] })];
        let told = both(&one, &other, "customerUpdate", inputs).await;
        let lost: Vec<_> = told.iter().filter(|codes| !codes.is_empty()).collect();
        assert_eq!(lost.len(), 1, "one of two wins: {told:?}");
        assert!(["CYCLE", "BUSY"].contains(&lost[0][0].as_str()), "{told:?}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reference_given_twice_at_once_is_given_once(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (one, other) = (world.admin(), world.admin());
    for round in 0..ROUNDS {
        let input = json!({ "name": "Acme", "type": "BROKER", "externalReference": format!("R-{round}") });
        let told = both(&one, &other, "customerCreate", [input.clone(), input]).await;
        let lost: Vec<_> = told.iter().filter(|codes| !codes.is_empty()).collect();
        assert_eq!(lost, [&vec!["TAKEN".to_owned()]], "{told:?}");
    }
    let numbers = one.ask("{ customers(first: 100) { nodes { number } } }").await;
    let mut numbers: Vec<_> =
        numbers.at("/data/customers/nodes").as_array().unwrap().iter().map(ToString::to_string).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), ROUNDS);
}

#[rstest]
#[tokio::test]
async fn a_write_that_fails_leaves_nothing(#[values(Sqlite, Postgres)] on: On) {
    let world = World::at(database::own(on).await, token_settings()).await;
    let admin = world.admin();
    let schema = Schema::of(&admin).await;
    let mut sample = Sample::whole(&schema, "own");
    sample.make_all(&admin, 1).await;
    let before = rows(&world).await;
    assert!(before["search_token"] > 0 && before["change"] > 0, "{before:?}");

    // Refused by a rule before anything was written.
    for node in sample.made() {
        let create = format!("{}Create", lower(&node));
        let input = format!("{}{}Input", create[..1].to_uppercase(), &create[1..]);
        let mut input = sample.input(&input, 0, &create, 0);
        let list = &schema.list_of(&node).name;
        let taken = admin.ask(&format!("{{ {list}(first: 1) {{ nodes {{ externalReference }} }} }}")).await;
        input["externalReference"] = taken.at(&format!("/data/{list}/nodes/0/externalReference")).clone();
        let told = codes(&admin.tried(&create, input, "id").await);
        assert!(told.contains(&"TAKEN".to_owned()), "{create}: {told:?}");
        assert_eq!(rows(&world).await, before, "{create}");
    }

    // Refused by the database, after the customer, a key, an address and a contact were written.
    let contact = json!({ "name": "Ann", "externalReference": "same" });
    let input = json!({
        "name": "Eve", "type": "RESIDENTIAL", "contactInfo": { "email": "eve@example.com" },
        "addresses": [{ "street": "1 Main St" }], "contacts": [contact, contact],
    });
    let told = codes(&admin.tried("customerCreate", input.clone(), "id").await);
    assert_eq!(told, ["TAKEN"]);
    assert_eq!(rows(&world).await, before);

    // Two mutations of one request are two writes: the second fails alone.
    let query = "mutation($a: CustomerCreateInput!, $b: CustomerCreateInput!) {
        a: customerCreate(input: $a) { userErrors { code } } b: customerCreate(input: $b) { userErrors { code } } }";
    let right = json!({ "name": "Acme", "type": "BROKER" });
    let answer = admin.ask_with(query, json!({ "a": right, "b": input })).await;
    assert_eq!(*answer.data(), json!({ "a": { "userErrors": [] }, "b": { "userErrors": [{ "code": "TAKEN" }] } }));
    let after = rows(&world).await;
    assert_eq!((after["customer"], after["change"]), (before["customer"] + 1, before["change"] + 1));
    assert_eq!(after["contact"], before["contact"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_meets_another_from_the_other_end_writes_or_may_try_again(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (one, other) = (world.admin(), world.admin());
    for _ in 0..DEADLOCKS {
        let input = json!({ "name": "Acme", "type": "BROKER", "contacts": [{ "name": "Ann" }] });
        let made = one.done("customerCreate", input, "id contacts { nodes { id } }").await;
        let (customer, contact) = (&made["id"], &made["contacts"]["nodes"][0]["id"]);
        // One takes the contact and then touches its customer, the other takes the customer and then its contacts.
        let role = json!({ "id": contact, "role": "Night guard" });
        let list = json!({ "id": customer, "contacts": [{ "id": contact, "name": "Ann B" }] });
        let (first, second) = tokio::join!(
            one.tried("contactUpdate", role.clone(), "id"),
            other.tried("customerUpdate", list.clone(), "id")
        );
        let told = [codes(&first), codes(&second)];
        assert!(told.iter().any(Vec::is_empty), "nobody won: {told:?}");
        assert!(told.concat().iter().all(|code| code == "BUSY"), "{first}\n{second}");
        // Who is told so may try again, and then nobody is in the way.
        for (mutation, input, told) in [("contactUpdate", role, &told[0]), ("customerUpdate", list, &told[1])] {
            if !told.is_empty() {
                one.done(mutation, input, "id").await;
            }
        }
        let query = format!("{{ node(id: {contact}) {{ ... on Contact {{ name role }} }} }}");
        assert_eq!(*one.ask(&query).await.at("/data/node"), json!({ "name": "Ann B", "role": "Night guard" }));
    }
}

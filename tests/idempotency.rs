//! Idempotency: what is sent again under the same key is done once.

use access::Role;

use insta::{allow_duplicates, assert_snapshot};
use rstest::rstest;
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};
use store::tx;

use crate::world::{Actor, Answer, On, Postgres, Sqlite, World, database, schema::Schema, token_settings};

/// How often two meet: once may be luck.
const ROUNDS: usize = 12;

async fn create(actor: &Actor, key: &str, name: &str) -> Answer {
    let input = json!({ "name": name, "type": "BROKER", "idempotencyKey": key });
    actor.tried("customerCreate", input, "id name version").await
}

fn id(answer: &Answer) -> &str {
    answer.text("/data/customerCreate/customer/id")
}

/// How many customers there are, and how many changes.
async fn standing(world: &World) -> [Json; 2] {
    world.link().await;
    let answer = world.admin().ask("{ customers { totalCount } changes { totalCount } }").await;
    ["customers", "changes"].map(|list| answer.at(&format!("/data/{list}/totalCount")).clone())
}

#[tokio::test]
async fn every_mutation_takes_a_key() {
    let world = World::on(Sqlite).await;
    let schema = Schema::of(&world.admin()).await;
    let keyless = |input: &str| schema.get(input).fields.iter().all(|field| field.name != "idempotencyKey");
    let without: Vec<_> = schema.mutations().iter().filter(|field| keyless(&field.args[0].of)).collect();
    assert!(without.is_empty(), "{without:?}");
    assert!(schema.mutations().len() > 80);
}

#[rstest]
#[tokio::test]
async fn what_is_sent_twice_is_written_once_and_read_again(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let first = create(&admin, "order-1", "Acme").await;
    assert_eq!(*first.at("/extensions/repeated"), Json::Null);
    admin.done("customerUpdate", json!({ "id": id(&first), "name": "Apex" }), "id").await;
    let second = create(&admin, "order-1", "Acme").await;
    assert_eq!(*second.at("/extensions/repeated"), json!(["customerCreate"]));
    assert_eq!(
        *second.at("/data/customerCreate"),
        json!({ "customer": { "id": id(&first), "name": "Apex", "version": 2 }, "userErrors": [] })
    );
    assert_eq!(standing(&world).await, [json!(1), json!(2)]);
    // The key's record, and nothing else: its row, and the read of what came of it.
    assert_eq!(second.statements(), 3);
}

#[rstest]
#[tokio::test]
async fn a_key_belongs_to_one_input_of_one_caller(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    create(&admin, "order-1", "Acme").await;
    let other = create(&admin, "order-1", "Zenith").await;
    allow_duplicates! { assert_snapshot!(other.shown(), @r#"
    {
      "data": {
        "customerCreate": {
          "customer": null,
          "userErrors": [
            {
              "code": "KEY_REUSED",
              "field": [
                "input",
                "idempotencyKey"
              ],
              "message": "This key was sent with another input before; a new input takes a new key."
            }
          ]
        }
      }
    }
    "#) };
    let update = admin.refused("customerUpdate", json!({ "id": "x", "idempotencyKey": "order-1" })).await;
    assert!(update[0].starts_with("KEY_REUSED input.idempotencyKey:"), "{update:?}");
    // The order in which an input is written says nothing.
    let query = "mutation { customerCreate(input: { idempotencyKey: \"order-1\", type: BROKER, name: \"Acme\" }) {
        userErrors { code } } }";
    assert_eq!(*admin.ask(query).await.at("/extensions/repeated"), json!(["customerCreate"]));
    assert_eq!(create(&world.actor(Role::Manager), "order-1", "Zenith").await.codes(), Vec::<&str>::new());
    assert_eq!(*create(&world.stranger(), "order-1", "Acme").await.at("/extensions/repeated"), Json::Null);
    assert_eq!(standing(&world).await[0], json!(2));
    for key in ["", &"k".repeat(201)] {
        let told =
            admin.refused("customerCreate", json!({ "name": "A", "type": "BROKER", "idempotencyKey": key })).await;
        assert!(told[0].starts_with("OUT_OF_RANGE input.idempotencyKey:"), "{told:?}");
    }
}

#[rstest]
#[tokio::test]
async fn what_is_refused_leaves_its_key_free(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let refused = create(&admin, "order-1", " ").await;
    assert_eq!(refused.text("/data/customerCreate/userErrors/0/code"), "REQUIRED");
    let answer = create(&admin, "order-1", "Acme").await;
    assert_eq!(*answer.at("/extensions/repeated"), Json::Null);
    assert_eq!(standing(&world).await, [json!(1), json!(1)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twins_at_once_one_waits_and_reads_what_the_other_wrote(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (one, other) = (world.admin(), world.admin());
    for round in 0..ROUNDS {
        let key = format!("order-{round}");
        let (first, second) = tokio::join!(create(&one, &key, "Acme"), create(&other, &key, "Acme"));
        assert_eq!(id(&first), id(&second));
        let repeated = [&first, &second].map(|answer| answer.at("/extensions/repeated").is_array());
        assert_ne!(repeated[0], repeated[1], "{first}\n{second}");
    }
    assert_eq!(standing(&world).await, [json!(ROUNDS), json!(ROUNDS)]);
}

#[rstest]
#[tokio::test]
async fn each_input_of_a_list_has_its_key(#[values(Sqlite, Postgres)] on: On, #[values(false, true)] atomic: bool) {
    let world = World::on(on).await;
    let admin = world.admin();
    let many = async |names: [(&str, &str); 2]| {
        let inputs = names.map(|(key, name)| json!({ "name": name, "type": "BROKER", "idempotencyKey": key }));
        let query = "mutation($inputs: [CustomerCreateInput!]!, $atomic: Boolean!) {
            customerCreateMany(inputs: $inputs, atomic: $atomic) { customer { id } userErrors { code field } } }";
        admin.ask_with(query, json!({ "inputs": inputs, "atomic": atomic })).await
    };
    let first = many([("a", "Acme"), ("b", "Bolt")]).await;
    let again = many([("b", "Bolt"), ("c", "Core")]).await;
    assert_eq!(*again.at("/extensions/repeated"), json!(["customerCreateMany.0"]));
    let second = "/data/customerCreateMany/1/customer/id";
    assert_eq!(first.text(second), again.text("/data/customerCreateMany/0/customer/id"));
    assert_eq!(standing(&world).await, [json!(3), json!(3)]);
    let reused = many([("d", "Dune"), ("a", "Apex")]).await;
    let code = "/data/customerCreateMany/1/userErrors/0";
    assert_eq!(*reused.at(code), json!({ "code": "KEY_REUSED", "field": ["inputs", "1", "idempotencyKey"] }));
    assert_eq!(standing(&world).await[0], json!(if atomic { 3 } else { 4 }));
}

#[rstest]
#[tokio::test]
async fn values_and_steps_are_not_written_twice(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let field = json!({ "entity": "CUSTOMER", "key": "score", "type": "NUMBER", "title": "Score" });
    admin.done("customFieldDefinitionCreate", field, "id").await;
    let customer = admin.done("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await;
    let query = "mutation($input: CustomFieldValuesSetInput!) {
        customFieldValuesSet(input: $input) { values { key value } userErrors { code } } }";
    let input = json!({ "entity": customer["id"], "values": [{ "key": "score", "value": 7 }], "idempotencyKey": "s" });
    let first = admin.ask_with(query, json!({ "input": input })).await;
    let again = admin.ask_with(query, json!({ "input": input })).await;
    assert_eq!(first.data(), again.data());
    assert_eq!(*again.at("/extensions/repeated"), json!(["customFieldValuesSet"]));
    let stops = json!([{ "kind": "PICKUP" }, { "kind": "DELIVERY" }]);
    let load = json!({ "customer": customer["id"], "stops": stops });
    let load = admin.done("loadCreate", load, "id").await["id"].clone();
    let cancel = json!({ "id": load, "reason": "Snow.", "idempotencyKey": "c" });
    let first = admin.done("loadCancel", cancel.clone(), "status version").await;
    // A second one would be refused, because the load is CANCELLED.
    assert_eq!(first, admin.done("loadCancel", cancel, "status version").await);
}

#[rstest]
#[tokio::test]
async fn a_key_is_forgotten_after_a_day(#[values(Sqlite, Postgres)] on: On) {
    let world = World::at(database::own(on).await, token_settings()).await;
    let admin = world.admin();
    create(&admin, "order-1", "Acme").await;
    assert_eq!(tx::delete_expired(&world.db).await.unwrap(), 0);
    let long_ago = match on {
        Sqlite => "UPDATE idempotency SET created_at = '2020-01-01 00:00:00.000000+00:00'",
        Postgres => "UPDATE idempotency SET created_at = created_at - INTERVAL '25 hours'",
    };
    world.db.connection().execute_unprepared(long_ago).await.unwrap();
    assert_eq!(tx::delete_expired(&world.db).await.unwrap(), 1);
    create(&admin, "order-1", "Acme").await;
    assert_eq!(standing(&world).await[0], json!(2));
}

#[tokio::test]
async fn the_header_is_the_key_of_the_one_mutation_of_a_request() {
    let world = World::on(Sqlite).await;
    let admin = world.admin();
    let one = "{ customerCreate(input: { name: \"Acme\", type: BROKER }) { customer { id } } }";
    let first = admin.ask_under("order-1", &format!("mutation {one}")).await;
    let again = admin.ask_under("order-1", &format!("mutation {one}")).await;
    assert_eq!(id(&first), id(&again));
    assert_eq!(*again.at("/extensions/repeated"), json!(["customerCreate"]));
    let many = "mutation { customerCreateMany(inputs: [{ name: \"A\", type: BROKER }, { name: \"B\", type: BROKER }]) {
        customer { id } } }";
    admin.ask_under("order-2", many).await;
    let again = admin.ask_under("order-2", many).await;
    assert_eq!(*again.at("/extensions/repeated"), json!(["customerCreateMany.0", "customerCreateMany.1"]));
    let [a, b] = ["a", "b"].map(|name| {
        format!("{name}: customerCreate(input: {{ name: \"Acme\", type: BROKER }}) {{ customer {{ id }} }}")
    });
    for two in [format!("mutation {{ {a} {b} }}"), format!("mutation {{ ...F }} fragment F on Mutation {{ {a} {b} }}")]
    {
        let refused = admin.ask_under("order-3", &two).await;
        assert_eq!((refused.status, refused.codes()), (400, vec!["BAD_REQUEST"]), "{refused}");
    }
    assert_eq!(
        *admin.ask_under("order-3", "{ customers { totalCount } }").await.at("/data/customers/totalCount"),
        json!(3)
    );
}

//! Idempotency: a mutation that is repeated with the same key is executed once.

use access::Role;

use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};
use store::tx;

use crate::world::{
    Actor, DatabaseKind, JsonResponse, Postgres, Sqlite, World, assert_snapshot, each_database,
    each_database_in_parallel, schema::Schema,
};

/// The number of concurrent attempts: one attempt may succeed by chance.
const ROUNDS: usize = 12;

async fn create_with_key(actor: &Actor, key: &str, name: &str) -> JsonResponse {
    let input = json!({ "name": name, "type": "BROKER", "idempotencyKey": key });
    actor.send_mutation("customerCreate", input, "id name version").await
}

fn created_id(response: &JsonResponse) -> &str {
    response.text("/data/customerCreate/customer/id")
}

/// The number of customers and the number of changes.
async fn row_counts(world: &World) -> [Json; 2] {
    world.link_changes().await;
    let response = world.admin().execute("{ customers { totalCount } changes { totalCount } }").await;
    ["customers", "changes"].map(|list| response.at(&format!("/data/{list}/totalCount")).clone())
}

#[tokio::test]
async fn every_mutation_accepts_an_idempotency_key() {
    let world = World::new(Sqlite).await;
    let schema = Schema::load(&world.admin()).await;
    let keyless = |input: &str| schema.get(input).fields.iter().all(|field| field.name != "idempotencyKey");
    let without: Vec<_> = schema.mutations().iter().filter(|field| keyless(&field.args[0].type_name)).collect();
    assert!(without.is_empty(), "{without:?}");
    assert!(schema.mutations().len() > 80);
}

#[apply(each_database)]
async fn a_repeated_mutation_writes_once_and_returns_the_first_result(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let first = create_with_key(&admin, "order-1", "Acme").await;
    assert_eq!(*first.at("/extensions/repeated"), Json::Null);
    admin.mutate("customerUpdate", json!({ "id": created_id(&first), "name": "Apex" }), "id").await;
    let second = create_with_key(&admin, "order-1", "Acme").await;
    assert_eq!(*second.at("/extensions/repeated"), json!(["customerCreate"]));
    assert_eq!(
        *second.at("/data/customerCreate"),
        json!({ "customer": { "id": created_id(&first), "name": "Apex", "version": 2 }, "userErrors": [] })
    );
    assert_eq!(row_counts(&world).await, [json!(1), json!(2)]);
    // The record of the key and the row of its result, and no other statement.
    assert_eq!(second.statements(), 3);
}

#[apply(each_database)]
async fn a_key_belongs_to_one_input_of_one_subject(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_with_key(&admin, "order-1", "Acme").await;
    let other = create_with_key(&admin, "order-1", "Zenith").await;
    assert_snapshot!(other.snapshot(), @r#"
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
    "#);
    let update = admin.user_errors("customerUpdate", json!({ "id": "x", "idempotencyKey": "order-1" })).await;
    assert!(update[0].starts_with("KEY_REUSED input.idempotencyKey:"), "{update:?}");
    // The order of the fields of an input does not matter.
    let query = "mutation { customerCreate(input: { idempotencyKey: \"order-1\", type: BROKER, name: \"Acme\" }) {
        userErrors { code } } }";
    assert_eq!(*admin.execute(query).await.at("/extensions/repeated"), json!(["customerCreate"]));
    assert_eq!(
        create_with_key(&world.actor(Role::Manager), "order-1", "Zenith").await.error_codes(),
        Vec::<&str>::new()
    );
    assert_eq!(*create_with_key(&world.other_admin(), "order-1", "Acme").await.at("/extensions/repeated"), Json::Null);
    assert_eq!(row_counts(&world).await[0], json!(2));
    for key in ["", &"k".repeat(201)] {
        let errors =
            admin.user_errors("customerCreate", json!({ "name": "A", "type": "BROKER", "idempotencyKey": key })).await;
        assert!(errors[0].starts_with("OUT_OF_RANGE input.idempotencyKey:"), "{errors:?}");
    }
}

/// What the specification coerces to the same value is the same input: a literal and a variable, an absent field and its
/// default, an item and a list of it.
#[apply(each_database)]
async fn a_literal_and_a_variable_are_the_same_input(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("customerCreate", json!({ "name": "Acme", "type": "BROKER", "number": "7" }), "").await;
    let variable = "mutation($input: CustomerDeleteInput!) { customerDelete(input: $input) { userErrors { code } } }";
    let deletions = [
        (r#"mutation { customerDelete(input: { id: "7", idempotencyKey: "a" }) { userErrors { code } } }"#, json!({})),
        (
            r#"mutation { customerDelete(input: { idempotencyKey: "a", id: "7", cancelOpen: false }) { userErrors { code } } }"#,
            json!({}),
        ),
        (variable, json!({ "input": { "id": "7", "idempotencyKey": "a" } })),
        (variable, json!({ "input": { "id": "7", "cancelOpen": false, "idempotencyKey": "a" } })),
        (
            "mutation($id: Ref!) { customerDelete(input: { id: $id, idempotencyKey: \"a\" }) { userErrors { code } } }",
            json!({ "id": "7" }),
        ),
    ];
    for (index, (document, variables)) in deletions.into_iter().enumerate() {
        let response = admin.execute_with(document, variables).await;
        assert_eq!(*response.at("/data/customerDelete/userErrors"), json!([]), "{document}: {response}");
        let repeated = if index == 0 { Json::Null } else { json!(["customerDelete"]) };
        assert_eq!(*response.at("/extensions/repeated"), repeated, "{document}");
    }
    let inputs =
        |document: &str| format!("mutation {{ customerCreateMany(inputs: {document}) {{ userErrors {{ code }} }} }}");
    for (index, document) in [
        r#"{ name: "Crane", type: BROKER, tags: "tall", idempotencyKey: "b" }"#,
        r#"[{ tags: ["tall"], type: BROKER, name: "Crane", idempotencyKey: "b" }]"#,
    ]
    .into_iter()
    .enumerate()
    {
        let response = admin.execute(&inputs(document)).await;
        let repeated = if index == 0 { Json::Null } else { json!(["customerCreateMany.0"]) };
        assert_eq!(*response.at("/extensions/repeated"), repeated, "{document}: {response}");
    }
    let load = |weight: &str, at: &str| {
        format!(
            r#"mutation {{ loadCreate(input: {{
                customer: "7", loadDetails: {{ weight: {weight} }}, idempotencyKey: "c"
                stops: [{{ type: PICKUP, windowStart: "{at}" }}, {{ type: DELIVERY }}]
            }}) {{ userErrors {{ code message }} }} }}"#
        )
    };
    admin.mutate("customerRestore", json!({ "id": "7" }), "").await;
    for (index, document) in [
        load("1000", "2026-01-20T08:00:00Z"),
        load("1000.0", "2026-01-20T08:00:00.000Z"),
        load("\"1000.00\"", "2026-01-20T09:00:00+01:00"),
    ]
    .into_iter()
    .enumerate()
    {
        let response = admin.execute(&document).await;
        assert_eq!(*response.at("/data/loadCreate/userErrors"), json!([]), "{document}: {response}");
        let repeated = if index == 0 { Json::Null } else { json!(["loadCreate"]) };
        assert_eq!(*response.at("/extensions/repeated"), repeated, "{document}: {response}");
    }
}

#[apply(each_database)]
async fn a_failed_mutation_does_not_use_up_its_key(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let refused = create_with_key(&admin, "order-1", " ").await;
    assert_eq!(refused.text("/data/customerCreate/userErrors/0/code"), "REQUIRED");
    let response = create_with_key(&admin, "order-1", "Acme").await;
    assert_eq!(*response.at("/extensions/repeated"), Json::Null);
    assert_eq!(row_counts(&world).await, [json!(1), json!(1)]);
}

#[apply(each_database_in_parallel)]
async fn a_concurrent_repeat_waits_for_the_first_result(database: DatabaseKind) {
    let world = World::new(database).await;
    let (one, other) = (world.admin(), world.admin());
    for round in 0..ROUNDS {
        let key = format!("order-{round}");
        let (first, second) = tokio::join!(create_with_key(&one, &key, "Acme"), create_with_key(&other, &key, "Acme"));
        assert_eq!(created_id(&first), created_id(&second));
        let repeated = [&first, &second].map(|response| response.at("/extensions/repeated").is_array());
        assert_ne!(repeated[0], repeated[1], "{first}\n{second}");
    }
    assert_eq!(row_counts(&world).await, [json!(ROUNDS), json!(ROUNDS)]);
}

#[apply(each_database)]
async fn each_input_of_a_batch_has_its_own_key(database: DatabaseKind, #[values(false, true)] atomic: bool) {
    let world = World::new(database).await;
    let admin = world.admin();
    let many = async |names: [(&str, &str); 2]| {
        let inputs = names.map(|(key, name)| json!({ "name": name, "type": "BROKER", "idempotencyKey": key }));
        let query = "mutation($inputs: [CustomerCreateInput!]!, $atomic: Boolean!) {
            customerCreateMany(inputs: $inputs, atomic: $atomic) { customer { id } userErrors { code field } } }";
        admin.execute_with(query, json!({ "inputs": inputs, "atomic": atomic })).await
    };
    let first = many([("a", "Acme"), ("b", "Bolt")]).await;
    let again = many([("b", "Bolt"), ("c", "Core")]).await;
    assert_eq!(*again.at("/extensions/repeated"), json!(["customerCreateMany.0"]));
    let second = "/data/customerCreateMany/1/customer/id";
    assert_eq!(first.text(second), again.text("/data/customerCreateMany/0/customer/id"));
    assert_eq!(row_counts(&world).await, [json!(3), json!(3)]);
    let reused = many([("d", "Dune"), ("a", "Apex")]).await;
    let code = "/data/customerCreateMany/1/userErrors/0";
    assert_eq!(*reused.at(code), json!({ "code": "KEY_REUSED", "field": ["inputs", "1", "idempotencyKey"] }));
    assert_eq!(row_counts(&world).await[0], json!(if atomic { 3 } else { 4 }));
}

#[apply(each_database)]
async fn custom_field_values_and_transitions_are_not_repeated(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let field = json!({ "ownerType": "CUSTOMER", "key": "score", "type": "NUMBER", "title": "Score" });
    admin.mutate("customFieldDefinitionCreate", field, "id").await;
    let customer = admin.mutate("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await;
    let query = "mutation($input: CustomFieldValuesSetInput!) {
        customFieldValuesSet(input: $input) { values { key value } userErrors { code } } }";
    let input = json!({ "owner": customer["id"], "values": [{ "key": "score", "value": 7 }], "idempotencyKey": "s" });
    let first = admin.execute_with(query, json!({ "input": input })).await;
    let again = admin.execute_with(query, json!({ "input": input })).await;
    assert_eq!(first.data(), again.data());
    assert_eq!(*again.at("/extensions/repeated"), json!(["customFieldValuesSet"]));
    let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    let load = json!({ "customer": customer["id"], "stops": stops });
    let load = admin.mutate("loadCreate", load, "id").await["id"].clone();
    let cancel = json!({ "id": load, "reason": "Snow.", "idempotencyKey": "c" });
    let first = admin.mutate("loadCancel", cancel.clone(), "status version").await;
    // A second transition would fail, because the load is CANCELLED.
    assert_eq!(first, admin.mutate("loadCancel", cancel, "status version").await);
}

#[apply(each_database)]
async fn a_key_expires_after_a_day(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    create_with_key(&admin, "order-1", "Acme").await;
    assert_eq!(tx::delete_expired(&world.db).await.unwrap(), 0);
    let long_ago = match database {
        Sqlite => "UPDATE idempotency SET created_at = '2020-01-01 00:00:00.000000+00:00'",
        Postgres => "UPDATE idempotency SET created_at = created_at - INTERVAL '25 hours'",
    };
    world.db.connection().execute_unprepared(long_ago).await.unwrap();
    assert_eq!(tx::delete_expired(&world.db).await.unwrap(), 1);
    create_with_key(&admin, "order-1", "Acme").await;
    assert_eq!(row_counts(&world).await[0], json!(2));
}

#[tokio::test]
async fn the_header_gives_the_key_of_a_single_mutation() {
    let world = World::new(Sqlite).await;
    let admin = world.admin();
    let one = "{ customerCreate(input: { name: \"Acme\", type: BROKER }) { customer { id } } }";
    let first = admin.execute_with_key("order-1", &format!("mutation {one}")).await;
    let again = admin.execute_with_key("order-1", &format!("mutation {one}")).await;
    assert_eq!(created_id(&first), created_id(&again));
    assert_eq!(*again.at("/extensions/repeated"), json!(["customerCreate"]));
    // A mutation in a fragment is one mutation.
    let nested = "mutation { ...F } fragment F on Mutation { ... on Mutation {
        customerCreate(input: { name: \"Nested\", type: BROKER }) { customer { id } } } }";
    let first = admin.execute_with_key("order-4", nested).await;
    let again = admin.execute_with_key("order-4", nested).await;
    assert_eq!(created_id(&first), created_id(&again));
    assert_eq!(*again.at("/extensions/repeated"), json!(["customerCreate"]));
    let many = "mutation { customerCreateMany(inputs: [{ name: \"A\", type: BROKER }, { name: \"B\", type: BROKER }]) {
        customer { id } } }";
    admin.execute_with_key("order-2", many).await;
    let again = admin.execute_with_key("order-2", many).await;
    assert_eq!(*again.at("/extensions/repeated"), json!(["customerCreateMany.0", "customerCreateMany.1"]));
    let [a, b] = ["a", "b"].map(|name| {
        format!("{name}: customerCreate(input: {{ name: \"Acme\", type: BROKER }}) {{ customer {{ id }} }}")
    });
    for two in [format!("mutation {{ {a} {b} }}"), format!("mutation {{ ...F }} fragment F on Mutation {{ {a} {b} }}")]
    {
        let refused = admin.execute_with_key("order-3", &two).await;
        assert_eq!((refused.status, refused.error_codes()), (400, vec!["BAD_REQUEST"]), "{refused}");
    }
    assert_eq!(
        *admin.execute_with_key("order-3", "{ customers { totalCount } }").await.at("/data/customers/totalCount"),
        json!(4)
    );
}

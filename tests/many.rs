//! The forms of mutations that take many inputs: a result for each, written one by one or all together.

use insta::{allow_duplicates, assert_snapshot};
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::world::{Actor, Answer, On, Postgres, Sqlite, World, schema::Schema};

async fn create_many(actor: &Actor, inputs: Json, atomic: bool) -> Answer {
    let query = "mutation($inputs: [CustomerCreateInput!]!, $atomic: Boolean!) {
        customerCreateMany(inputs: $inputs, atomic: $atomic) {
            customer { name parent { name } } userErrors { code message field } } }";
    actor.ask_with(query, json!({ "inputs": inputs, "atomic": atomic })).await
}

/// What a tenant has of customers and of changes.
async fn standing(world: &World) -> Json {
    world.link().await;
    let answer = world.admin().ask("{ customers { totalCount } changes { totalCount } }").await;
    json!([answer.at("/data/customers/totalCount"), answer.at("/data/changes/totalCount")])
}

/// The second of three breaks a rule; the third names the first.
fn three() -> Json {
    json!([
        { "name": "Acme", "type": "BROKER", "externalReference": "ACME" },
        { "name": " ", "type": "SHIPPER" },
        { "name": "Acme West", "type": "SHIPPER", "parent": "ACME" },
    ])
}

#[rstest]
#[tokio::test]
async fn each_input_of_a_list_is_written_or_refused_by_itself(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let answer = create_many(&world.admin(), three(), false).await;
    allow_duplicates! { assert_snapshot!(answer.shown(), @r#"
    {
      "data": {
        "customerCreateMany": [
          {
            "customer": {
              "name": "Acme",
              "parent": null
            },
            "userErrors": []
          },
          {
            "customer": null,
            "userErrors": [
              {
                "code": "REQUIRED",
                "field": [
                  "inputs",
                  "1",
                  "name"
                ],
                "message": "name cannot be empty."
              }
            ]
          },
          {
            "customer": {
              "name": "Acme West",
              "parent": {
                "name": "Acme"
              }
            },
            "userErrors": []
          }
        ]
      }
    }
    "#) };
    assert_eq!(standing(&world).await, json!([2, 2]));
}

#[rstest]
#[tokio::test]
async fn of_an_atomic_list_all_is_written_or_nothing(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let answer = create_many(&world.admin(), three(), true).await;
    allow_duplicates! { assert_snapshot!(answer.shown(), @r#"
    {
      "data": {
        "customerCreateMany": [
          {
            "customer": null,
            "userErrors": [
              {
                "code": "ABORTED",
                "field": [
                  "inputs",
                  "0"
                ],
                "message": "Nothing was written, because inputs.1 was refused."
              }
            ]
          },
          {
            "customer": null,
            "userErrors": [
              {
                "code": "REQUIRED",
                "field": [
                  "inputs",
                  "1",
                  "name"
                ],
                "message": "name cannot be empty."
              }
            ]
          },
          {
            "customer": null,
            "userErrors": [
              {
                "code": "ABORTED",
                "field": [
                  "inputs",
                  "2"
                ],
                "message": "Nothing was written, because inputs.1 was refused."
              }
            ]
          }
        ]
      }
    }
    "#) };
    assert_eq!(standing(&world).await, json!([0, 0]));
    let mut inputs = three();
    inputs[1]["name"] = json!("Acme East");
    let answer = create_many(&world.admin(), inputs, true).await;
    let names: Vec<_> =
        (0..3).map(|index| answer.text(&format!("/data/customerCreateMany/{index}/customer/name"))).collect();
    assert_eq!(names, ["Acme", "Acme East", "Acme West"]);
    assert_eq!(*answer.at("/data/customerCreateMany/2/customer/parent/name"), json!("Acme"));
    assert_eq!(standing(&world).await, json!([3, 3]));
}

#[rstest]
#[tokio::test]
async fn an_old_version_in_an_atomic_list_shows_the_row_as_it_is(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    create_many(&admin, json!([{ "name": "Acme", "type": "BROKER", "externalReference": "ACME" }]), false).await;
    let query = "mutation($inputs: [CustomerUpdateInput!]!) { customerUpdateMany(inputs: $inputs, atomic: true) {
        customer { name version } userErrors { code field } } }";
    let inputs = json!([{ "id": "ACME", "name": "Apex" }, { "id": "ACME", "name": "Zenith", "expectedVersion": 9 }]);
    let answer = admin.ask_with(query, json!({ "inputs": inputs })).await;
    allow_duplicates! { assert_snapshot!(answer.shown(), @r#"
    {
      "data": {
        "customerUpdateMany": [
          {
            "customer": null,
            "userErrors": [
              {
                "code": "ABORTED",
                "field": [
                  "inputs",
                  "0"
                ]
              }
            ]
          },
          {
            "customer": {
              "name": "Acme",
              "version": 1
            },
            "userErrors": [
              {
                "code": "VERSION_CONFLICT",
                "field": [
                  "inputs",
                  "1",
                  "expectedVersion"
                ]
              }
            ]
          }
        ]
      }
    }
    "#) };
}

#[rstest]
#[tokio::test]
async fn a_list_has_at_most_a_hundred_inputs_and_needs_the_permission(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let inputs: Vec<_> = (0..101).map(|_| json!({ "name": "Acme", "type": "BROKER" })).collect();
    let answer = create_many(&world.admin(), json!(inputs), false).await;
    assert_eq!((answer.status, answer.codes()), (400, vec!["LIMIT_ITEMS"]));
    allow_duplicates! { assert_snapshot!(answer.text("/errors/0/message"), @"The document exceeds the limit of items: 101 of at most 100.") };
    let answer = create_many(&world.viewer(), json!([]), true).await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
    let answer = create_many(&world.admin(), json!([]), true).await;
    assert_eq!(*answer.data(), json!({ "customerCreateMany": [] }));
    assert_eq!(standing(&world).await, json!([0, 0]));
}

#[tokio::test]
async fn every_mutation_of_a_row_has_such_a_form() {
    let world = World::on(Sqlite).await;
    let schema = Schema::of(&world.admin()).await;
    let single = schema.mutations().iter().filter(|field| !field.list);
    let without: Vec<_> = single
        .filter(|field| {
            let many = schema.mutation(&format!("{}Many", field.name));
            !many.is_some_and(|many| many.of == field.of && many.list && many.args[0].of == field.args[0].of)
        })
        .map(|field| field.name.as_str())
        .collect();
    // It takes one row's values and gives values, not a row.
    assert_eq!(without, ["customFieldValuesSet"]);
}

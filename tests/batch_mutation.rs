//! Batch mutations: many inputs with a result for each, written one by one or all in one transaction.

use access::Role;

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, JsonResponse, Sqlite, World, assert_snapshot, each_database, schema::Schema};

async fn create_many(actor: &Actor, inputs: Json, atomic: bool) -> JsonResponse {
    let query = "mutation($inputs: [CustomerCreateInput!]!, $atomic: Boolean!) {
        customerCreateMany(inputs: $inputs, atomic: $atomic) {
            customer { name parent { name } } userErrors { code message field } } }";
    actor.execute_with(query, json!({ "inputs": inputs, "atomic": atomic })).await
}

/// The number of customers and the number of changes of a tenant.
async fn row_counts(world: &World) -> Json {
    world.link_changes().await;
    let response = world.admin().execute("{ customers { totalCount } changes { totalCount } }").await;
    json!([response.at("/data/customers/totalCount"), response.at("/data/changes/totalCount")])
}

/// Three inputs: the second violates a rule, the third refers to the first.
fn three_inputs() -> Json {
    json!([
        { "name": "Acme", "type": "BROKER", "externalReference": "ACME" },
        { "name": " ", "type": "SHIPPER" },
        { "name": "Acme West", "type": "SHIPPER", "parent": "ACME" },
    ])
}

#[apply(each_database)]
async fn each_input_of_a_batch_succeeds_or_fails_alone(database: DatabaseKind) {
    let world = World::new(database).await;
    let response = create_many(&world.admin(), three_inputs(), false).await;
    assert_snapshot!(response.snapshot(), @r#"
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
    "#);
    assert_eq!(row_counts(&world).await, json!([2, 2]));
}

#[apply(each_database)]
async fn an_atomic_batch_writes_all_inputs_or_none(database: DatabaseKind) {
    let world = World::new(database).await;
    let response = create_many(&world.admin(), three_inputs(), true).await;
    assert_snapshot!(response.snapshot(), @r#"
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
    "#);
    assert_eq!(row_counts(&world).await, json!([0, 0]));
    let mut inputs = three_inputs();
    inputs[1]["name"] = json!("Acme East");
    let response = create_many(&world.admin(), inputs, true).await;
    let names: Vec<_> =
        (0..3).map(|index| response.text(&format!("/data/customerCreateMany/{index}/customer/name"))).collect();
    assert_eq!(names, ["Acme", "Acme East", "Acme West"]);
    assert_eq!(*response.at("/data/customerCreateMany/2/customer/parent/name"), json!("Acme"));
    assert_eq!(row_counts(&world).await, json!([3, 3]));
}

#[apply(each_database)]
async fn a_version_conflict_in_an_atomic_batch_returns_the_current_row(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_many(&admin, json!([{ "name": "Acme", "type": "BROKER", "externalReference": "ACME" }]), false).await;
    let query = "mutation($inputs: [CustomerUpdateInput!]!) { customerUpdateMany(inputs: $inputs, atomic: true) {
        customer { name version } userErrors { code field } } }";
    let inputs = json!([{ "id": "ACME", "name": "Apex" }, { "id": "ACME", "name": "Zenith", "expectedVersion": 9 }]);
    let response = admin.execute_with(query, json!({ "inputs": inputs })).await;
    assert_snapshot!(response.snapshot(), @r#"
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
    "#);
}

#[apply(each_database)]
async fn a_batch_has_at_most_a_hundred_inputs_and_needs_the_permission(database: DatabaseKind) {
    let world = World::new(database).await;
    let inputs: Vec<_> = (0..101).map(|_| json!({ "name": "Acme", "type": "BROKER" })).collect();
    let response = create_many(&world.admin(), json!(inputs), false).await;
    assert_eq!((response.status, response.error_codes()), (400, vec!["LIMIT_ITEMS"]));
    assert_snapshot!(response.text("/errors/0/message"), @"The operation exceeds the limit of items: 101 of at most 100, in customerCreateMany.");
    let response = create_many(&world.viewer(), json!([]), true).await;
    assert_eq!(response.error_codes(), ["FORBIDDEN"]);
    let response = create_many(&world.admin(), json!([]), true).await;
    assert_eq!(*response.data(), json!({ "customerCreateMany": [] }));
    assert_eq!(row_counts(&world).await, json!([0, 0]));
}

#[tokio::test]
async fn every_mutation_of_a_row_has_a_batch_form() {
    let world = World::new(Sqlite).await;
    let schema = Schema::load(&world.admin()).await;
    let single = schema.mutations().iter().filter(|field| !field.list);
    let without: Vec<_> = single
        .filter(|field| {
            let many = schema.mutation(&format!("{}Many", field.name));
            !many.is_some_and(|many| {
                many.type_name == field.type_name && many.list && many.args[0].type_name == field.args[0].type_name
            })
        })
        .map(|field| field.name.as_str())
        .collect();
    // The one sets the values of one row and returns values, not a row; of the other's rows a caller has one.
    assert_eq!(without, ["customFieldValuesSet", "tenantUpdate"]);
}

#[apply(each_database)]
async fn an_error_of_one_mutation_leaves_the_results_of_the_others(database: DatabaseKind) {
    let world = World::new(database).await;
    let scopes = ["customer:write".to_owned()];
    let actor = world.user(&[Role::Admin]).scopes(&scopes).actor();
    let create = |name: &str| {
        format!(
            "customerCreate(input: {{ name: \"{name}\", type: BROKER }}) {{ customer {{ name }} userErrors {{ code }} }}"
        )
    };
    let load = "loadDelete(input: { id: \"none\" }) { load { id } userErrors { code } }";
    let loads = "loadDeleteMany(inputs: [{ id: \"none\" }]) { load { id } userErrors { code } }";
    let values = "customFieldValuesSet(input: { owner: \"none\", ownerType: LOAD, values: [] }) { values { id } }";
    let tenant = "tenantUpdate(input: { name: \"Other\" }) { tenant { id } }";
    let document = format!(
        "mutation {{ a: {} b: {load} c: {loads} d: {values} e: {tenant} f: {} }}",
        create("First"),
        create("Last")
    );
    let response = actor.execute(&document).await;
    let created = |name: &str| json!({ "customer": { "name": name }, "userErrors": [] });
    let expected = json!({ "a": created("First"), "b": null, "c": null, "d": null, "e": null, "f": created("Last") });
    assert_eq!(*response.at("/data"), expected, "{response}");
    assert_eq!(response.error_codes(), ["FORBIDDEN"; 4]);
    let paths: Vec<_> = response.at("/errors").as_array().unwrap().iter().map(|error| error["path"].clone()).collect();
    assert_eq!(paths, [json!(["b"]), json!(["c"]), json!(["d"]), json!(["e"])]);
}

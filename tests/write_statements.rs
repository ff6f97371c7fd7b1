//! Statements of a write: their number does not depend on what other writes have left in the database.

use rstest_reuse::apply;
use serde_json::json;

use crate::world::{Actor, DatabaseKind, JsonResponse, World, each_database};

/// Creates a customer and gives its number with the statements that it took.
async fn create_next(admin: &Actor) -> (String, u64) {
    let response = admin.send_mutation("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "number").await;
    (response.text("/data/customerCreate/customer/number").to_owned(), response.statements())
}

#[apply(each_database)]
async fn the_next_number_skips_given_numbers_in_one_statement(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let (first, _) = create_next(&admin).await;
    let (second, usual) = create_next(&admin).await;
    assert_eq!([first, second], ["C-00001", "C-00002"]);
    for number in 3..=60 {
        let input = json!({ "name": "Given", "type": "BROKER", "number": format!("C-{number:05}") });
        let customer = admin.mutate("customerCreate", input, "id").await;
        if number % 7 == 0 {
            // The number of a deleted customer is taken, too.
            admin.mutate("customerDelete", json!({ "id": customer["id"] }), "").await;
        }
    }
    let (next, statements) = create_next(&admin).await;
    // The counter is updated at commit: on PostgreSQL with everything else.
    let skip = u64::from(database == DatabaseKind::Sqlite);
    assert_eq!((next.as_str(), statements), ("C-00061", usual + skip));
    assert_eq!(create_next(&admin).await, ("C-00062".to_owned(), usual));
    // Other forms of a number are other numbers, and more than five digits are a number, too.
    for number in ["C-63", "c-00063", "C-99999", "C-100000"] {
        admin.mutate("customerCreate", json!({ "name": "Given", "type": "BROKER", "number": number }), "").await;
    }
    assert_eq!(create_next(&admin).await, ("C-00064".to_owned(), usual + skip));
    let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    let given = json!({ "customer": "C-00001", "stops": stops, "number": "L-00001" });
    admin.mutate("loadCreate", given, "").await;
    let load = admin.mutate("loadCreate", json!({ "customer": "C-00001", "stops": stops }), "number").await;
    assert_eq!(load["number"], "L-00002");
}

/// Creates customers of whom each has the one before as its parent, and gives their ids.
async fn create_chain(admin: &Actor, name: &str, length: usize) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for _ in 0..length {
        let mut input = json!({ "name": name, "type": "BROKER" });
        if let Some(parent) = ids.last() {
            input["parent"] = json!(parent);
        }
        ids.push(admin.mutate("customerCreate", input, "id").await["id"].as_str().unwrap().to_owned());
    }
    ids
}

async fn set_parent(admin: &Actor, id: &str, parent: &str) -> JsonResponse {
    admin.send_mutation("customerUpdate", json!({ "id": id, "parent": parent }), "id").await
}

#[apply(each_database)]
async fn a_parent_takes_as_many_statements_below_many_ancestors_as_below_few(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let mut statements = Vec::new();
    for length in [3, 40] {
        let ids = create_chain(&admin, "Chain", length).await;
        let [first, last] = [&ids[0], &ids[length - 1]];
        let circle = set_parent(&admin, first, last).await;
        assert_eq!(circle.text("/data/customerUpdate/userErrors/0/code"), "CYCLE", "{circle}");
        let other = create_chain(&admin, "Other", 1).await;
        let moved = set_parent(&admin, &other[0], last).await;
        assert_eq!(*moved.at("/data/customerUpdate/userErrors"), json!([]), "{moved}");
        statements.push((circle.statements(), moved.statements()));
    }
    assert_eq!(statements[0], statements[1]);
}

#[apply(each_database)]
async fn a_customer_has_a_bounded_number_of_ancestors(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let ids = create_chain(&admin, "Chain", 101).await;
    for (name, input) in [
        ("customerCreate", json!({ "name": "Deeper", "type": "BROKER", "parent": ids[100] })),
        ("customerUpdate", json!({ "id": ids[0], "billTo": ids[100], "parent": null })),
    ] {
        let response = admin.send_mutation(name, input, "id").await;
        let codes = response.at(&format!("/data/{name}/userErrors"));
        if name == "customerCreate" {
            assert_eq!(codes[0]["code"], "OUT_OF_RANGE", "{response}");
            assert_eq!(codes[0]["field"], json!(["input", "parent"]), "{response}");
        } else {
            assert_eq!(*codes, json!([]), "{response}");
        }
    }
}

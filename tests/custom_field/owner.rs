//! The values of a field, and whose they are: seen from the field, and only by who may see the rows.

use access::Role;
use rstest::rstest;
use serde_json::json;

use crate::world::{Actor, On, Postgres, Sqlite, World, shown};

const VALUES: &str = "{ customFieldDefinitions(orderBy: [{ field: KEY }]) { nodes { key
    values(orderBy: [{ field: CREATED_AT }]) { totalCount nodes { value owner {
        ... on Customer { name status } ... on Load { loadNumber } ... on ServiceRecord { summary } } } } } } }";

/// Each field with its values and their owners, a line each.
async fn lines(actor: &Actor) -> String {
    let answer = actor.ask(VALUES).await;
    let fields = answer.at("/data/customFieldDefinitions/nodes").as_array().unwrap_or_else(|| panic!("{answer}"));
    let line = |field: &serde_json::Value| {
        let values = &field["values"];
        let rows: Vec<_> = values["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| format!("{} of {}", row["value"], row["owner"]))
            .collect();
        format!("{} {} {}", field["key"], values["totalCount"], rows.join(", "))
    };
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[rstest]
#[tokio::test]
async fn a_field_shows_the_values_of_the_rows_its_caller_may_see(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    for (entity, key) in [("CUSTOMER", "tier"), ("LOAD", "dock"), ("SERVICE_RECORD", "meter")] {
        let input = json!({ "entity": entity, "key": key, "type": "NUMBER", "title": key });
        admin.done("customFieldDefinitionCreate", input, "").await;
    }
    let value = |key: &str, value: i32| json!([{ "key": key, "value": value }]);
    for (name, tier) in [("Acme", 1), ("Bolt", 2)] {
        let input =
            json!({ "name": name, "type": "SHIPPER", "externalReference": name, "customFields": value("tier", tier) });
        admin.done("customerCreate", input, "").await;
    }
    let stops = json!([{ "kind": "PICKUP" }, { "kind": "DELIVERY" }]);
    let load = json!({ "customer": "Acme", "loadNumber": "L1", "stops": stops, "customFields": value("dock", 7) });
    admin.done("loadCreate", load, "").await;
    for (summary, technician, meter) in [("Tim's", "tim", 10), ("Joe's", "joe", 20)] {
        let visit = json!({ "customer": "Acme", "serviceDate": "2150-01-15T10:00:00Z", "serviceType": "Inspection",
            "summary": summary, "technicians": [technician], "customFields": value("meter", meter) });
        admin.done("serviceRecordCreate", visit, "").await;
    }
    let tim = world.granted(&world.tenant, &[Role::Technician], None, "tim");
    let scopes = ["custom_field:read", "load:read"].map(str::to_owned);
    let narrow = world.granted(&world.tenant, &[Role::Admin], Some(&scopes), "ada");
    let seen = [lines(&admin).await, lines(&tim).await, lines(&narrow).await, lines(&world.stranger()).await];
    insta::allow_duplicates! {
        insta::assert_snapshot!(seen[0], @r#"
        "dock" 1 "7" of {"loadNumber":"L1"}
        "meter" 2 "10" of {"summary":"Tim's"}, "20" of {"summary":"Joe's"}
        "tier" 2 "1" of {"name":"Acme","status":"ACTIVE"}, "2" of {"name":"Bolt","status":"ACTIVE"}
        "#);
        // A technician sees no loads, and service records of their own only.
        insta::assert_snapshot!(seen[1], @r#"
        "dock" 0 
        "meter" 1 "10" of {"summary":"Tim's"}
        "tier" 2 "1" of {"name":"Acme","status":"ACTIVE"}, "2" of {"name":"Bolt","status":"ACTIVE"}
        "#);
        insta::assert_snapshot!(seen[2], @r#"
        "dock" 1 "7" of {"loadNumber":"L1"}
        "meter" 0 
        "tier" 0
        "#);
        insta::assert_snapshot!(seen[3], @"");
    }
    // A deleted row takes its values along.
    admin.done("customerDelete", json!({ "id": "Bolt" }), "").await;
    let left = "{ customFieldDefinitions(where: { key: { eq: \"tier\" } }) { nodes { values { totalCount }
        hidden: values(deleted: ONLY) { nodes { value owner { id ... on Customer { name deletedAt } } } } } } }";
    let answer = admin.ask(left).await;
    let field = answer.at("/data/customFieldDefinitions/nodes/0");
    assert_eq!(field["values"]["totalCount"], json!(1));
    let hidden = &field["hidden"]["nodes"][0];
    assert_eq!((&hidden["value"], &hidden["owner"]["name"]), (&json!("2"), &json!("Bolt")));
    assert!(hidden["owner"]["deletedAt"].is_string(), "{}", shown(field));
}

#[rstest]
#[tokio::test]
async fn values_and_owners_of_many_fields_cost_a_statement_each(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    for key in ["one", "two", "three"] {
        let input = json!({ "entity": "CUSTOMER", "key": key, "type": "NUMBER", "title": key });
        admin.done("customFieldDefinitionCreate", input, "").await;
    }
    for number in 0..5 {
        let values: Vec<_> = ["one", "two", "three"].map(|key| json!({ "key": key, "value": number })).into();
        let input = json!({ "name": format!("C{number}"), "type": "SHIPPER", "customFields": values });
        admin.done("customerCreate", input, "").await;
    }
    let query = "{ customFieldDefinitions { nodes { values { nodes { owner { id ... on Customer { name } } } } } } }";
    let answer = admin.ask(query).await;
    assert_eq!(answer.at("/data/customFieldDefinitions/nodes/2/values/nodes/4/owner/name"), &json!("C4"), "{answer}");
    assert_eq!(answer.statements(), 3);
}

/// A rule knows all values, whoever is asking.
#[rstest]
#[tokio::test]
async fn a_field_is_narrowed_also_for_rows_its_caller_may_not_see(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let input = json!({ "entity": "LOAD", "key": "dock", "type": "NUMBER", "title": "Dock" });
    let field = admin.done("customFieldDefinitionCreate", input, "id").await["id"].clone();
    admin.done("customerCreate", json!({ "name": "Acme", "type": "SHIPPER", "externalReference": "Acme" }), "").await;
    let load = json!({ "customer": "Acme", "stops": [{ "kind": "PICKUP" }, { "kind": "DELIVERY" }],
        "customFields": [{ "key": "dock", "value": 7 }] });
    admin.done("loadCreate", load, "").await;
    let scopes = ["custom_field:read", "custom_field:write"].map(str::to_owned);
    let narrow = world.granted(&world.tenant, &[Role::Admin], Some(&scopes), "ada");
    let refused = narrow.refused("customFieldDefinitionUpdate", json!({ "id": field, "maximum": 5 })).await;
    insta::allow_duplicates! { insta::assert_snapshot!(refused.join("\n"), @"IN_USE input.displace: 1 value of dock is not admitted any more; say displace: true to displace and keep what was there."); }
    let displace = json!({ "id": field, "maximum": 5, "displace": true });
    narrow.done("customFieldDefinitionUpdate", displace, "").await;
    let loads = "{ loads { nodes { customFields { nodes { value displacedValue } } } } }";
    let shown = json!([{ "value": null, "displacedValue": "7" }]);
    assert_eq!(admin.ask(loads).await.at("/data/loads/nodes/0/customFields/nodes"), &shown);
}

//! The values of a definition and the rows that have them: readable from the definition, if the rows are readable.

use access::Role;
use rstest_reuse::apply;
use serde_json::json;

use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

const VALUES: &str = "{ customFieldDefinitions(orderBy: [{ key: ASC }]) { nodes { key
    values(orderBy: [{ createdAt: ASC }]) { totalCount nodes { value owner {
        ... on Customer { name status } ... on Load { number } ... on ServiceRecord { summary } } } } } } }";

/// Each definition with its values and their owners, one line each.
async fn definition_lines(actor: &Actor) -> String {
    let response = actor.execute(VALUES).await;
    let fields = response.at("/data/customFieldDefinitions/nodes").as_array().unwrap_or_else(|| panic!("{response}"));
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

#[apply(each_database)]
async fn a_definition_shows_the_values_of_the_rows_that_its_reader_may_see(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for (owner_type, key) in [("CUSTOMER", "tier"), ("LOAD", "dock"), ("SERVICE_RECORD", "meter")] {
        let input = json!({ "ownerType": owner_type, "key": key, "type": "NUMBER", "title": key });
        admin.mutate("customFieldDefinitionCreate", input, "").await;
    }
    let value = |key: &str, value: i32| json!([{ "key": key, "value": value }]);
    for (name, tier) in [("Acme", 1), ("Bolt", 2)] {
        let input =
            json!({ "name": name, "type": "SHIPPER", "externalReference": name, "customFields": value("tier", tier) });
        admin.mutate("customerCreate", input, "").await;
    }
    let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    let load = json!({ "customer": "Acme", "number": "L1", "stops": stops, "customFields": value("dock", 7) });
    admin.mutate("loadCreate", load, "").await;
    for (summary, technician, meter) in [("Tim's", "tim", 10), ("Joe's", "joe", 20)] {
        let visit = json!({ "customer": "Acme", "serviceDate": "2150-01-15T10:00:00Z", "serviceType": "Inspection",
            "summary": summary, "technicians": [technician], "customFields": value("meter", meter) });
        admin.mutate("serviceRecordCreate", visit, "").await;
    }
    let tim = world.user(&[Role::Technician]).subject("tim").actor();
    let scopes = ["custom_field:read", "load:read"].map(str::to_owned);
    let narrow = world.user(&[Role::Admin]).scopes(&scopes).subject("ada").actor();
    let lines = [
        definition_lines(&admin).await,
        definition_lines(&tim).await,
        definition_lines(&narrow).await,
        definition_lines(&world.other_admin()).await,
    ];
    assert_snapshot!(lines[0], @r#"
        "dock" 1 "7" of {"number":"L1"}
        "meter" 2 "10" of {"summary":"Tim's"}, "20" of {"summary":"Joe's"}
        "tier" 2 "1" of {"name":"Acme","status":"ACTIVE"}, "2" of {"name":"Bolt","status":"ACTIVE"}
        "#);
    // A technician reads no loads, and only service records of their own.
    assert_snapshot!(lines[1], @r#"
        "dock" 0 
        "meter" 1 "10" of {"summary":"Tim's"}
        "tier" 2 "1" of {"name":"Acme","status":"ACTIVE"}, "2" of {"name":"Bolt","status":"ACTIVE"}
        "#);
    assert_snapshot!(lines[2], @r#"
        "dock" 1 "7" of {"number":"L1"}
        "meter" 0 
        "tier" 0
        "#);
    assert_snapshot!(lines[3], @"");
    // Deleting a row deletes its values.
    admin.mutate("customerDelete", json!({ "id": "Bolt" }), "").await;
    let left = "{ customFieldDefinitions(where: { key: { eq: \"tier\" } }) { nodes { values { totalCount }
        hidden: values(deleted: ONLY) { nodes { value owner { id ... on Customer { name deletedAt } } } } } } }";
    let response = admin.execute(left).await;
    let field = response.at("/data/customFieldDefinitions/nodes/0");
    assert_eq!(field["values"]["totalCount"], json!(1));
    let hidden = &field["hidden"]["nodes"][0];
    assert_eq!((&hidden["value"], &hidden["owner"]["name"]), (&json!("2"), &json!("Bolt")));
    assert!(hidden["owner"]["deletedAt"].is_string(), "{}", snapshot_text(field));
}

#[apply(each_database)]
async fn values_and_owners_of_many_fields_take_one_statement_each(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for key in ["one", "two", "three"] {
        let input = json!({ "ownerType": "CUSTOMER", "key": key, "type": "NUMBER", "title": key });
        admin.mutate("customFieldDefinitionCreate", input, "").await;
    }
    for number in 0..5 {
        let values: Vec<_> = ["one", "two", "three"].map(|key| json!({ "key": key, "value": number })).into();
        let input = json!({ "name": format!("C{number}"), "type": "SHIPPER", "customFields": values });
        admin.mutate("customerCreate", input, "").await;
    }
    let query = "{ customFieldDefinitions { nodes { values { nodes { owner { id ... on Customer { name } } } } } } }";
    let response = admin.execute(query).await;
    assert_eq!(
        response.at("/data/customFieldDefinitions/nodes/2/values/nodes/4/owner/name"),
        &json!("C4"),
        "{response}"
    );
    assert_eq!(response.statements(), 3);
}

/// A rule applies to all values, including those that the caller may not read.
#[apply(each_database)]
async fn narrowing_a_field_checks_rows_that_the_caller_may_not_see(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let input = json!({ "ownerType": "LOAD", "key": "dock", "type": "NUMBER", "title": "Dock" });
    let field = admin.mutate("customFieldDefinitionCreate", input, "id").await["id"].clone();
    admin.mutate("customerCreate", json!({ "name": "Acme", "type": "SHIPPER", "externalReference": "Acme" }), "").await;
    let load = json!({ "customer": "Acme", "stops": [{ "type": "PICKUP" }, { "type": "DELIVERY" }],
        "customFields": [{ "key": "dock", "value": 7 }] });
    admin.mutate("loadCreate", load, "").await;
    let scopes = ["custom_field:read", "custom_field:write"].map(str::to_owned);
    let narrow = world.user(&[Role::Admin]).scopes(&scopes).subject("ada").actor();
    let refused = narrow.user_errors("customFieldDefinitionUpdate", json!({ "id": field, "maximum": 5 })).await;
    assert_snapshot!(refused.join("\n"), @"IN_USE input.displace: 1 value of dock is not admitted any more; say displace: true to displace and keep what was there.");
    let displace = json!({ "id": field, "maximum": 5, "displace": true });
    narrow.mutate("customFieldDefinitionUpdate", displace, "").await;
    let loads = "{ loads { nodes { customFields { nodes { value displacedValue } } } } }";
    let shown = json!([{ "value": null, "displacedValue": "7" }]);
    assert_eq!(admin.execute(loads).await.at("/data/loads/nodes/0/customFields/nodes"), &shown);
}

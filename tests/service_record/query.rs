//! Queries of service records, and the statements they take.

use rstest_reuse::apply;
use serde_json::json;

use super::{FUTURE_DAY, create_customers, service_record_input};
use crate::world::{DatabaseKind, World, each_database};

#[apply(each_database)]
async fn service_records_are_filtered_and_ordered(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    for (reference, date, technicians, score) in [
        ("a", "2021-01-01", json!(["t1", "t2"]), json!(5)),
        ("b", "2020-01-01", json!(["t2"]), json!(2)),
        ("c", FUTURE_DAY, json!([]), json!(null)),
    ] {
        let mut input = service_record_input(reference, date);
        input["technicians"] = technicians;
        input["satisfactionScore"] = score;
        input["followUpRequired"] = json!(reference == "b");
        input["priority"] = json!(if reference == "c" { "EMERGENCY" } else { "LOW" });
        admin.mutate("serviceRecordCreate", input, "").await;
    }
    let found = async |arguments: &str| {
        let response =
            admin.execute(&format!("{{ serviceRecords({arguments}) {{ nodes {{ externalReference }} }} }}")).await;
        let nodes = response.data()["serviceRecords"]["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|node| node["externalReference"].as_str().unwrap()).collect::<String>()
    };
    assert_eq!(found("orderBy: [{ serviceDate: ASC }]").await, "bac");
    assert_eq!(found("where: { technicians: { has: \"t1\" } }").await, "a");
    assert_eq!(found("where: { technicians: { has: \"T1\" } }").await, "", "compared to the letter");
    assert_eq!(found("where: { technicians: { has: \"t1\", hasAny: [\"t2\"] } }").await, "a");
    assert_eq!(found("where: { technicians: { hasAny: [\"t2\", \"t9\"] } }").await, "ab");
    assert_eq!(found("where: { technicians: { isNull: true } }").await, "c");
    assert_eq!(found("where: { not: { technicians: { has: \"t1\" } } }").await, "bc");
    assert_eq!(found("where: { status: { eq: COMPLETED }, satisfactionScore: { lt: 3 } }").await, "b");
    assert_eq!(found("where: { priority: { eq: EMERGENCY } }").await, "c");
    assert_eq!(found("where: { followUpRequired: { eq: true } }").await, "b");
    assert_eq!(
        found("where: { serviceType: { eq: \"INSPECTION\" }, serviceDate: { gte: \"2021-01-01T10:00:00Z\" } }").await,
        "ac"
    );
    assert_eq!(found("where: { customer: { externalReference: { eq: \"bolt\" } } }").await, "");
    let customers = "{ customers(where: { serviceRecords: { some: { status: { eq: SCHEDULED } } } }) { nodes { externalReference } } }";
    assert_eq!(
        *admin.execute(customers).await.data(),
        json!({ "customers": { "nodes": [{ "externalReference": "acme" }] } })
    );
}

#[apply(each_database)]
async fn assets_and_service_records_of_ten_customers_take_one_statement_per_edge(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for customer in 0..10 {
        let name = format!("c{customer}");
        admin
            .mutate("customerCreate", json!({ "name": name, "type": "COMMERCIAL", "externalReference": name }), "")
            .await;
        for unit in 0..3 {
            let asset = format!("{name}-{unit}");
            let input = json!({ "customer": name, "asset": { "new": { "name": asset } }, "relationship": "OWNED", "externalReference": asset });
            admin.mutate("customerAssetAssign", input, "").await;
        }
        for day in 1..=4 {
            let input = json!({ "customer": name, "serviceDate": format!("2020-01-0{day}T00:00:00Z"), "serviceType": "x",
                "summary": format!("{name}, day {day}"), "equipment": [format!("{name}-0"), format!("{name}-1")],
                "technicians": ["t", "u"], "partsUsed": [{ "partNumber": "p" }] });
            admin.mutate("serviceRecordCreate", input, "").await;
        }
    }
    let visits = "serviceRecords(last: 3, orderBy: [{ serviceDate: ASC }]) { nodes { summary technicians partsUsed { partNumber } } }";
    let under_asset =
        format!("{{ customers {{ nodes {{ assets(first: 5) {{ nodes {{ asset {{ name }} {visits} }} }} }} }} }}");
    let response = admin.execute(&under_asset).await;
    // Customers, assignments, assets, service records, technicians, parts.
    assert_eq!(response.statements(), 6);
    assert_eq!(
        *response.at("/data/customers/nodes/7/assets/nodes/1"),
        json!({
            "asset": { "name": "c7-1" },
            "serviceRecords": { "nodes": [
                { "summary": "c7, day 2", "technicians": ["t", "u"], "partsUsed": [{ "partNumber": "p" }] },
                { "summary": "c7, day 3", "technicians": ["t", "u"], "partsUsed": [{ "partNumber": "p" }] },
                { "summary": "c7, day 4", "technicians": ["t", "u"], "partsUsed": [{ "partNumber": "p" }] },
            ] },
        })
    );
    assert_eq!(*response.at("/data/customers/nodes/7/assets/nodes/2/serviceRecords/nodes"), json!([]));
    let side_by_side = "{ customers { nodes { assets(first: 5) { nodes { asset { name } } }
        serviceRecords(last: 3) { nodes { serviceType equipment { nodes { asset { name } } } } } } } }";
    let response = admin.execute(side_by_side).await;
    // Customers, assignments, assets, service records, and their equipment, whose assets are loaded already.
    assert_eq!(response.statements(), 5);
    assert_eq!(
        *response.at("/data/customers/nodes/3/serviceRecords/nodes/2/equipment/nodes/1/asset"),
        json!({ "name": "c3-1" })
    );
}

#[apply(each_database)]
async fn notes_of_a_service_record_are_redacted_for_a_viewer(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let mut input = service_record_input("V-1", FUTURE_DAY);
    input["notes"] = json!("Key under the mat");
    admin.mutate("serviceRecordCreate", input, "").await;
    let response = world.viewer().execute("{ serviceRecords { nodes { serviceType notes } } }").await;
    assert_eq!(
        *response.data(),
        json!({ "serviceRecords": { "nodes": [{ "serviceType": "Inspection", "notes": null }] } })
    );
    assert_eq!(*response.at("/extensions/redacted"), json!(["serviceRecords.nodes.notes"]));
}

#[apply(each_database)]
async fn the_deepest_query_allowed_does_not_overflow_the_stack(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let unit = json!({ "customer": "acme", "asset": { "new": { "name": "Furnace" } }, "relationship": "OWNED", "externalReference": "unit" });
    admin.mutate("customerAssetAssign", unit, "").await;
    let mut input = service_record_input("V-1", FUTURE_DAY);
    input["equipment"] = json!(["unit"]);
    admin.mutate("serviceRecordCreate", input, "").await;
    // Each list takes two levels: itself and its nodes. Every level has a row, so that all levels are resolved.
    let mut query = "id".to_owned();
    for list in ["equipment", "serviceRecords", "equipment", "serviceRecords", "equipment", "serviceRecords"] {
        query = format!("{list}(first: 2, where: {{ not: {{ id: {{ isNull: true }} }} }}) {{ nodes {{ {query} }} }}");
    }
    let response = admin.execute(&format!("{{ customerAssets(first: 2) {{ nodes {{ {query} }} }} }}")).await;
    // Further levels select the same again, which is loaded already.
    assert_eq!(response.statements(), 3);
    let deepest = "/serviceRecords/nodes/0/equipment/nodes/0".repeat(3);
    assert!(response.at(&format!("/data/customerAssets/nodes/0{deepest}/id")).is_string(), "{response}");
    let deeper = query.replace(" id ", " asset { id } ").replace("{ id }", "{ asset { customers { nodes { id } } } }");
    let response = admin.execute(&format!("{{ customerAssets {{ nodes {{ {deeper} }} }} }}")).await;
    assert_eq!(response.status, 400, "{response}");
}

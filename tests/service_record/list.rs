//! Lists of service records, and what they cost.

use rstest::rstest;
use serde_json::json;

use super::{AHEAD, two, visit};
use crate::world::{On, Postgres, Sqlite, World};

#[rstest]
#[tokio::test]
async fn visits_are_filtered_and_ordered(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two(&admin).await;
    for (reference, date, technicians, score) in [
        ("a", "2021-01-01", json!(["t1", "t2"]), json!(5)),
        ("b", "2020-01-01", json!(["t2"]), json!(2)),
        ("c", AHEAD, json!([]), json!(null)),
    ] {
        let mut input = visit(reference, date);
        input["technicians"] = technicians;
        input["satisfactionScore"] = score;
        input["followUpRequired"] = json!(reference == "b");
        input["priority"] = json!(if reference == "c" { "EMERGENCY" } else { "LOW" });
        admin.done("serviceRecordCreate", input, "").await;
    }
    let found = async |arguments: &str| {
        let answer = admin.ask(&format!("{{ serviceRecords({arguments}) {{ nodes {{ externalReference }} }} }}")).await;
        let nodes = answer.data()["serviceRecords"]["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|node| node["externalReference"].as_str().unwrap()).collect::<String>()
    };
    assert_eq!(found("orderBy: [{ field: SERVICE_DATE }]").await, "bac");
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
        *admin.ask(customers).await.data(),
        json!({ "customers": { "nodes": [{ "externalReference": "acme" }] } })
    );
}

#[rstest]
#[tokio::test]
async fn assets_and_visits_of_ten_customers_cost_one_statement_per_edge(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    for customer in 0..10 {
        let name = format!("c{customer}");
        admin
            .done("customerCreate", json!({ "name": name, "type": "COMMERCIAL", "externalReference": name }), "")
            .await;
        for unit in 0..3 {
            let asset = format!("{name}-{unit}");
            let input = json!({ "customer": name, "newAsset": { "name": asset }, "externalReference": asset });
            admin.done("customerAssetAssign", input, "").await;
        }
        for day in 1..=4 {
            let input = json!({ "customer": name, "serviceDate": format!("2020-01-0{day}T00:00:00Z"), "serviceType": "x",
                "summary": format!("{name}, day {day}"), "equipment": [format!("{name}-0"), format!("{name}-1")],
                "technicians": ["t", "u"], "partsUsed": [{ "partNumber": "p" }] });
            admin.done("serviceRecordCreate", input, "").await;
        }
    }
    let visits = "serviceRecords(last: 3, orderBy: [{ field: SERVICE_DATE }]) { nodes { summary technicians partsUsed { partNumber } } }";
    let under_asset =
        format!("{{ customers {{ nodes {{ assets(first: 5) {{ nodes {{ asset {{ name }} {visits} }} }} }} }} }}");
    let answer = admin.ask(&under_asset).await;
    // Customers, assignments, assets, visits, technicians, parts.
    assert_eq!(answer.statements(), 6);
    assert_eq!(
        *answer.at("/data/customers/nodes/7/assets/nodes/1"),
        json!({
            "asset": { "name": "c7-1" },
            "serviceRecords": { "nodes": [
                { "summary": "c7, day 2", "technicians": ["t", "u"], "partsUsed": [{ "partNumber": "p" }] },
                { "summary": "c7, day 3", "technicians": ["t", "u"], "partsUsed": [{ "partNumber": "p" }] },
                { "summary": "c7, day 4", "technicians": ["t", "u"], "partsUsed": [{ "partNumber": "p" }] },
            ] },
        })
    );
    assert_eq!(*answer.at("/data/customers/nodes/7/assets/nodes/2/serviceRecords/nodes"), json!([]));
    let side_by_side = "{ customers { nodes { assets(first: 5) { nodes { asset { name } } }
        serviceRecords(last: 3) { nodes { serviceType equipment { nodes { asset { name } } } } } } } }";
    let answer = admin.ask(side_by_side).await;
    // Customers, assignments, assets, visits, and their equipment, whose assets are known by then.
    assert_eq!(answer.statements(), 5);
    assert_eq!(
        *answer.at("/data/customers/nodes/3/serviceRecords/nodes/2/equipment/nodes/1/asset"),
        json!({ "name": "c3-1" })
    );
}

#[rstest]
#[tokio::test]
async fn notes_of_a_visit_are_hidden_from_a_viewer(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two(&admin).await;
    let mut input = visit("V-1", AHEAD);
    input["notes"] = json!("Key under the mat");
    admin.done("serviceRecordCreate", input, "").await;
    let answer = world.viewer().ask("{ serviceRecords { nodes { serviceType notes } } }").await;
    assert_eq!(
        *answer.data(),
        json!({ "serviceRecords": { "nodes": [{ "serviceType": "Inspection", "notes": null }] } })
    );
    assert_eq!(*answer.at("/extensions/redacted"), json!(["serviceRecords.nodes.notes"]));
}

#[rstest]
#[tokio::test]
async fn the_deepest_query_allowed_fits_the_stack(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two(&admin).await;
    let unit = json!({ "customer": "acme", "newAsset": { "name": "Furnace" }, "externalReference": "unit" });
    admin.done("customerAssetAssign", unit, "").await;
    let mut input = visit("V-1", AHEAD);
    input["equipment"] = json!(["unit"]);
    admin.done("serviceRecordCreate", input, "").await;
    // Each list is two levels: itself and its nodes. Every level has a row, so that all of them are resolved.
    let mut query = "id".to_owned();
    for list in ["equipment", "serviceRecords", "equipment", "serviceRecords", "equipment", "serviceRecords"] {
        query = format!("{list}(where: {{ not: {{ id: {{ isNull: true }} }} }}) {{ nodes {{ {query} }} }}");
    }
    let answer = admin.ask(&format!("{{ customerAssets {{ nodes {{ {query} }} }} }}")).await;
    // Further down the same is asked again, and known.
    assert_eq!(answer.statements(), 3);
    let deepest = "/serviceRecords/nodes/0/equipment/nodes/0".repeat(3);
    assert!(answer.at(&format!("/data/customerAssets/nodes/0{deepest}/id")).is_string(), "{answer}");
    let deeper = query.replace(" id ", " asset { id } ").replace("{ id }", "{ asset { customers { nodes { id } } } }");
    let answer = admin.ask(&format!("{{ customerAssets {{ nodes {{ {deeper} }} }} }}")).await;
    assert_eq!(answer.status, 400, "{answer}");
}

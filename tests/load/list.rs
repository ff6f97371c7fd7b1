//! Finding loads: from customers and addresses, by filters, and by nobody else.

use rstest::rstest;
use serde_json::{Value as Json, json};

use super::{VERBS, input, load, places, said, with};
use crate::world::{On, Postgres, Sqlite, World};

#[rstest]
#[tokio::test]
async fn loads_of_customers_and_their_places_cost_three_statements(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    admin.done("customerCreate", json!({ "name": "Beta", "type": "BROKER", "externalReference": "BETA" }), "").await;
    for index in 0..12 {
        let customer = if index % 2 == 0 { "ACME" } else { "BETA" };
        admin.done("loadCreate", with(json!({ "customer": customer })), "").await;
    }
    let query =
        "{ customers { nodes { loads(first: 5) { nodes { loadNumber pickup { city } delivery { city } } } } } }";
    let answer = admin.ask(query).await;
    // Customers, loads, and the addresses of both ends together.
    assert_eq!(answer.statements(), 3);
    assert_eq!(
        *answer.at("/data/customers/nodes/1/loads/nodes/4"),
        json!({ "loadNumber": "L-00010", "pickup": { "city": "Dallas" }, "delivery": { "city": "Austin" } })
    );
    let query = "{ loads { nodes { stops { kind address { city } } references { value } charges { kind } statusHistory { to } } } }";
    let answer = admin.ask(query).await;
    // The loads, four lists of parts, and the addresses of all stops.
    assert_eq!(answer.statements(), 6);
    assert_eq!(
        *answer.at("/data/loads/nodes/11/stops/1"),
        json!({ "kind": "DELIVERY", "address": { "city": "Austin" } })
    );
    let query = "{ addresses(orderBy: [{ field: CITY }]) { nodes { city pickedUpLoads { totalCount } deliveredLoads(first: 1) { nodes { loadNumber } } } } }";
    let answer = admin.ask(query).await;
    // Of what is only counted no page is read.
    assert_eq!(answer.statements(), 3);
    assert_eq!(
        *answer.at("/data/addresses/nodes"),
        json!([
            { "city": "Austin", "pickedUpLoads": { "totalCount": 0 }, "deliveredLoads": { "nodes": [{ "loadNumber": "L-00001" }] } },
            { "city": "Dallas", "pickedUpLoads": { "totalCount": 12 }, "deliveredLoads": { "nodes": [] } },
        ])
    );
}

#[rstest]
#[tokio::test]
async fn loads_are_found_by_what_is_known_of_them(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let details = json!({ "weight": "25000.5", "commodity": "Électronique" });
    let references = json!([{ "kind": "BOL", "value": "BOL 77" }, { "kind": "PO", "value": "4500" }]);
    let first = json!({ "loadDetails": details, "references": references, "equipmentType": "Reefer", "hazmat": true, "truck": "T-1" });
    admin.done("loadCreate", with(first), "").await;
    let second = json!({ "pickupLocation": "AUSTIN", "deliveryLocation": "DALLAS", "scheduledPickup": "2026-02-01T08:00:00Z",
        "scheduledDelivery": null, "references": [{ "kind": "PO", "value": "BOL 77" }], "loadNumber": "Z 9" });
    admin.done("loadCreate", with(second), "").await;
    load(&admin, &["Cancel"]).await;
    let mut table = Vec::new();
    for filter in [
        "status: { eq: CANCELLED }",
        "status: { notIn: [CANCELLED] }",
        r#"loadNumber: { startsWith: "z" }"#,
        r#"commodity: { contains: "electro" }"#,
        r#"weight: { gte: "25000.5" }"#,
        "not: { weight: { lt: 1 } }",
        r#"equipmentType: { eq: "REEFER" }, hazmat: { eq: true }, truck: { eq: "T-1" }, driver: { startsWith: "D" }"#,
        r#"truck: { eq: "t-1" }"#,
        r#"scheduledPickup: { gte: "2026-02-01T09:00:00+01:00" }"#,
        "scheduledDelivery: { isNull: true }",
        r#"references: { some: { kind: { eq: BOL }, value: { eq: "bol 77" } } }"#,
        r#"references: { some: { value: { startsWith: "BOL" } } }"#,
        "references: { every: { kind: { eq: PO } } }",
        "references: { none: {} }",
        r#"pickup: { city: { eq: "austin" } }"#,
        r#"delivery: { city: { eq: "austin" } }, customer: { externalReference: { eq: "ACME" } }"#,
    ] {
        let answer = admin.ask(&format!("{{ loads(where: {{ {filter} }}) {{ nodes {{ loadNumber }} }} }}")).await;
        let nodes = answer.data()["loads"]["nodes"].as_array().unwrap().clone();
        let numbers: Vec<_> = nodes.iter().map(|node| node["loadNumber"].as_str().unwrap()).collect();
        table.push(format!("{filter}: {}", numbers.join(", ")));
    }
    for (list, filter) in [
        ("customers", "loads: { some: { status: { eq: CANCELLED } } }"),
        ("customers", "loads: { none: {} }"),
        ("addresses", "pickedUpLoads: { none: { status: { eq: CANCELLED } } }, deliveredLoads: { some: {} }"),
    ] {
        let answer =
            admin.ask(&format!("{{ {list}(where: {{ {filter} }}) {{ nodes {{ externalReference }} }} }}")).await;
        table.push(format!("{list} {filter}: {}", answer.data()[list]["nodes"]));
    }
    let sorted = "{ loads(orderBy: [{ field: SCHEDULED_DELIVERY }, { field: LOAD_NUMBER, direction: DESC }]) { nodes { loadNumber } } }";
    table.push(admin.ask(sorted).await.data()["loads"]["nodes"].to_string());
    insta::allow_duplicates! {
        insta::assert_snapshot!(table.join("\n"), @r#"
        status: { eq: CANCELLED }: L-00002
        status: { notIn: [CANCELLED] }: L-00001, Z 9
        loadNumber: { startsWith: "z" }: Z 9
        commodity: { contains: "electro" }: L-00001
        weight: { gte: "25000.5" }: L-00001
        not: { weight: { lt: 1 } }: L-00001, Z 9, L-00002
        equipmentType: { eq: "REEFER" }, hazmat: { eq: true }, truck: { eq: "T-1" }, driver: { startsWith: "D" }: L-00001
        truck: { eq: "t-1" }: 
        scheduledPickup: { gte: "2026-02-01T09:00:00+01:00" }: Z 9
        scheduledDelivery: { isNull: true }: Z 9
        references: { some: { kind: { eq: BOL }, value: { eq: "bol 77" } } }: L-00001
        references: { some: { value: { startsWith: "BOL" } } }: L-00001, Z 9
        references: { every: { kind: { eq: PO } } }: Z 9, L-00002
        references: { none: {} }: L-00002
        pickup: { city: { eq: "austin" } }: Z 9
        delivery: { city: { eq: "austin" } }, customer: { externalReference: { eq: "ACME" } }: L-00001, L-00002
        customers loads: { some: { status: { eq: CANCELLED } } }: [{"externalReference":"ACME"}]
        customers loads: { none: {} }: []
        addresses pickedUpLoads: { none: { status: { eq: CANCELLED } } }, deliveredLoads: { some: {} }: [{"externalReference":"AUSTIN"}]
        [{"loadNumber":"L-00002"},{"loadNumber":"L-00001"},{"loadNumber":"Z 9"}]
        "#);
    }
}

#[rstest]
#[tokio::test]
async fn another_tenant_sees_no_load(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let id = load(&admin, &[]).await;
    let stranger = world.stranger();
    let query = "query($id: ID!) { load(id: $id) { id } node(id: $id) { id } loads { totalCount } }";
    let answer = stranger.ask_with(query, json!({ "id": id })).await;
    assert_eq!(*answer.data(), json!({ "load": null, "node": null, "loads": { "totalCount": 0 } }));
    let absent = |id: &Json| {
        format!(
            "NOT_FOUND input.id: \"{}\" is neither the id nor the external reference of a load.",
            id.as_str().unwrap()
        )
    };
    for verb in VERBS {
        assert_eq!(stranger.refused(&format!("load{verb}"), said(verb, &id)).await, [absent(&id)], "{verb}");
    }
    for mutation in ["loadUpdate", "loadDelete", "loadRestore"] {
        assert_eq!(stranger.refused(mutation, json!({ "id": id })).await, [absent(&id)], "{mutation}");
    }
    // Neither are the customer and the places of one tenant there for a load of another.
    let refused = stranger.refused("loadCreate", input()).await;
    assert_eq!(refused.len(), 3, "{refused:?}");
    assert!(refused.iter().all(|told| told.starts_with("NOT_FOUND input.")), "{refused:?}");
    let node =
        admin.ask_with("query($id: ID!) { node(id: $id) { id ... on Load { status } } }", json!({ "id": id })).await;
    assert_eq!(*node.data(), json!({ "node": { "id": id, "status": "NEW" } }));
}

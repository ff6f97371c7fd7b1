//! Queries of loads: through customers and addresses, by filters, and from another tenant.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{TRANSITIONS, create_customer_and_addresses, create_load, load_input, load_input_with, transition_input};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database};

#[apply(each_database)]
async fn loads_of_customers_with_their_addresses_take_three_statements(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    admin.mutate("customerCreate", json!({ "name": "Beta", "type": "BROKER", "externalReference": "BETA" }), "").await;
    for index in 0..12 {
        let customer = if index % 2 == 0 { "ACME" } else { "BETA" };
        admin.mutate("loadCreate", load_input_with(json!({ "customer": customer })), "").await;
    }
    let query = "{ customers { nodes { loads(first: 5) { nodes { number pickupLocation { city } deliveryLocation { city } } } } } }";
    let response = admin.execute(query).await;
    // Customers, loads, and the addresses of both ends together.
    assert_eq!(response.statements(), 3);
    assert_eq!(
        *response.at("/data/customers/nodes/1/loads/nodes/4"),
        json!({ "number": "L-00010", "pickupLocation": { "city": "Dallas" }, "deliveryLocation": { "city": "Austin" } })
    );
    let query = "{ loads { nodes { stops { type address { city } } references { value } charges { type } statusHistory { to } } } }";
    let response = admin.execute(query).await;
    // The loads, four lists of child rows, and the addresses of all stops.
    assert_eq!(response.statements(), 6);
    assert_eq!(
        *response.at("/data/loads/nodes/11/stops/1"),
        json!({ "type": "DELIVERY", "address": { "city": "Austin" } })
    );
    let query = "{ addresses(orderBy: [{ city: ASC }]) { nodes { city pickedUpLoads { totalCount } deliveredLoads(first: 1) { nodes { number } } } } }";
    let response = admin.execute(query).await;
    // A connection of which only the count is selected reads no page.
    assert_eq!(response.statements(), 3);
    assert_eq!(
        *response.at("/data/addresses/nodes"),
        json!([
            { "city": "Austin", "pickedUpLoads": { "totalCount": 0 }, "deliveredLoads": { "nodes": [{ "number": "L-00001" }] } },
            { "city": "Dallas", "pickedUpLoads": { "totalCount": 12 }, "deliveredLoads": { "nodes": [] } },
        ])
    );
}

#[apply(each_database)]
async fn loads_are_filtered_by_their_fields_and_edges(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let details = json!({ "weight": "25000.5", "commodity": "Électronique" });
    let references = json!([{ "type": "BOL", "value": "BOL 77" }, { "type": "PO", "value": "4500" }]);
    let first = json!({ "loadDetails": details, "references": references, "equipmentType": "Reefer", "hazmat": true, "truck": "T-1" });
    admin.mutate("loadCreate", load_input_with(first), "").await;
    let second = json!({ "pickupLocation": "AUSTIN", "deliveryLocation": "DALLAS", "scheduledPickup": "2026-02-01T08:00:00Z",
        "scheduledDelivery": null, "references": [{ "type": "PO", "value": "BOL 77" }], "number": "Z 9" });
    admin.mutate("loadCreate", load_input_with(second), "").await;
    create_load(&admin, &["Cancel"]).await;
    let mut table = Vec::new();
    for filter in [
        "status: { eq: CANCELLED }",
        "status: { notIn: [CANCELLED] }",
        r#"number: { startsWith: "z" }"#,
        r#"commodity: { contains: "electro" }"#,
        r#"weight: { gte: "25000.5" }"#,
        "not: { weight: { lt: 1 } }",
        r#"equipmentType: { eq: "REEFER" }, hazmat: { eq: true }, truck: { eq: "T-1" }, driver: { startsWith: "D" }"#,
        r#"truck: { eq: "t-1" }"#,
        r#"scheduledPickup: { gte: "2026-02-01T09:00:00+01:00" }"#,
        "scheduledDelivery: { isNull: true }",
        r#"references: { some: { type: { eq: BOL }, value: { eq: "bol 77" } } }"#,
        r#"references: { some: { value: { startsWith: "BOL" } } }"#,
        "references: { every: { type: { eq: PO } } }",
        "references: { none: {} }",
        r#"pickupLocation: { city: { eq: "austin" } }"#,
        r#"deliveryLocation: { city: { eq: "austin" } }, customer: { externalReference: { eq: "ACME" } }"#,
    ] {
        let response = admin.execute(&format!("{{ loads(where: {{ {filter} }}) {{ nodes {{ number }} }} }}")).await;
        let nodes = response.data()["loads"]["nodes"].as_array().unwrap().clone();
        let numbers: Vec<_> = nodes.iter().map(|node| node["number"].as_str().unwrap()).collect();
        table.push(format!("{filter}: {}", numbers.join(", ")));
    }
    for (list, filter) in [
        ("customers", "loads: { some: { status: { eq: CANCELLED } } }"),
        ("customers", "loads: { none: {} }"),
        ("addresses", "pickedUpLoads: { none: { status: { eq: CANCELLED } } }, deliveredLoads: { some: {} }"),
    ] {
        let response =
            admin.execute(&format!("{{ {list}(where: {{ {filter} }}) {{ nodes {{ externalReference }} }} }}")).await;
        table.push(format!("{list} {filter}: {}", response.data()[list]["nodes"]));
    }
    let sorted = "{ loads(orderBy: [{ scheduledDelivery: ASC }, { number: DESC }]) { nodes { number } } }";
    table.push(admin.execute(sorted).await.data()["loads"]["nodes"].to_string());
    assert_snapshot!(table.join("\n"), @r#"
        status: { eq: CANCELLED }: L-00002
        status: { notIn: [CANCELLED] }: L-00001, Z 9
        number: { startsWith: "z" }: Z 9
        commodity: { contains: "electro" }: L-00001
        weight: { gte: "25000.5" }: L-00001
        not: { weight: { lt: 1 } }: L-00001, Z 9, L-00002
        equipmentType: { eq: "REEFER" }, hazmat: { eq: true }, truck: { eq: "T-1" }, driver: { startsWith: "D" }: L-00001
        truck: { eq: "t-1" }: 
        scheduledPickup: { gte: "2026-02-01T09:00:00+01:00" }: Z 9
        scheduledDelivery: { isNull: true }: Z 9
        references: { some: { type: { eq: BOL }, value: { eq: "bol 77" } } }: L-00001
        references: { some: { value: { startsWith: "BOL" } } }: L-00001, Z 9
        references: { every: { type: { eq: PO } } }: Z 9, L-00002
        references: { none: {} }: L-00002
        pickupLocation: { city: { eq: "austin" } }: Z 9
        deliveryLocation: { city: { eq: "austin" } }, customer: { externalReference: { eq: "ACME" } }: L-00001, L-00002
        customers loads: { some: { status: { eq: CANCELLED } } }: [{"externalReference":"ACME"}]
        customers loads: { none: {} }: []
        addresses pickedUpLoads: { none: { status: { eq: CANCELLED } } }, deliveredLoads: { some: {} }: [{"externalReference":"AUSTIN"}]
        [{"number":"L-00002"},{"number":"L-00001"},{"number":"Z 9"}]
        "#);
}

#[apply(each_database)]
async fn another_tenant_gets_no_load(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let id = create_load(&admin, &[]).await;
    let other_admin = world.other_admin();
    let query = "query($id: ID!) { load(id: $id) { id } node(id: $id) { id } loads { totalCount } }";
    let response = other_admin.execute_with(query, json!({ "id": id })).await;
    assert_eq!(*response.data(), json!({ "load": null, "node": null, "loads": { "totalCount": 0 } }));
    let absent = |id: &Json| {
        format!(
            "NOT_FOUND input.id: \"{}\" is neither the id, the external reference nor the number of a load.",
            id.as_str().unwrap()
        )
    };
    for transition in TRANSITIONS {
        assert_eq!(
            other_admin.user_errors(&format!("load{transition}"), transition_input(transition, &id)).await,
            [absent(&id)],
            "{transition}"
        );
    }
    for mutation in ["loadUpdate", "loadDelete", "loadRestore"] {
        assert_eq!(other_admin.user_errors(mutation, json!({ "id": id })).await, [absent(&id)], "{mutation}");
    }
    // The customer and the addresses of one tenant do not exist for a load of another tenant.
    let refused = other_admin.user_errors("loadCreate", load_input()).await;
    assert_eq!(refused.len(), 3, "{refused:?}");
    assert!(refused.iter().all(|told| told.starts_with("NOT_FOUND input.")), "{refused:?}");
    let node = admin
        .execute_with("query($id: ID!) { node(id: $id) { id ... on Load { status } } }", json!({ "id": id }))
        .await;
    assert_eq!(*node.data(), json!({ "node": { "id": id, "status": "NEW" } }));
}

#[apply(each_database)]
async fn loads_are_filtered_by_their_charges_within_one_currency(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let charge =
        |kind: &str, amount: &str, currency: &str| json!({ "type": kind, "unitAmount": amount, "currency": currency });
    for (number, charges) in [
        ("DOLLARS", json!([charge("LINEHAUL", "1000.25", "USD"), charge("DETENTION", "150", "USD")])),
        ("CREDIT", json!([charge("LINEHAUL", "-0.01", "USD")])),
        ("YEN", json!([charge("LINEHAUL", "115025", "JPY")])),
        ("NONE", json!([])),
    ] {
        admin.mutate("loadCreate", load_input_with(json!({ "number": number, "charges": charges })), "").await;
    }
    let mut table = Vec::new();
    for filter in [
        r#"charge: { amount: { eq: "1150.25" } }"#,
        r#"charge: { amount: { gt: "1150.249999" } }"#,
        r#"charge: { amount: { lt: "0" } }"#,
        r#"charge: { amount: { gte: "-0.005" } }"#,
        r#"charge: { amount: { neq: "0.001" } }"#,
        r#"charge: { amount: { eq: 115025 }, currency: "JPY" }"#,
        r#"charge: { currency: "JPY" }"#,
        "charge: { amount: { isNull: true } }",
        "charge: { amount: { isNull: false } }",
        "charge: {}",
        r#"not: { charge: { currency: "USD" } }"#,
        "charges: { some: { type: { eq: DETENTION } } }",
        r#"charges: { some: { amount: { amount: { gte: "1000.25" } } } }"#,
        r#"charges: { none: { amount: { currency: "USD" } } }"#,
        r#"charge: { currency: "usd" }"#,
    ] {
        let response = admin.execute(&format!("{{ loads(where: {{ {filter} }}) {{ nodes {{ number }} }} }}")).await;
        let numbers = response.at("/data/loads/nodes").as_array().map_or_else(
            || response.at("/errors/0/message").to_string(),
            |loads| loads.iter().map(|load| load["number"].as_str().unwrap()).collect::<Vec<_>>().join(", "),
        );
        table.push(format!("{filter}: {numbers}"));
    }
    assert_snapshot!(table.join("\n"), @r#"
    charge: { amount: { eq: "1150.25" } }: DOLLARS
    charge: { amount: { gt: "1150.249999" } }: DOLLARS
    charge: { amount: { lt: "0" } }: CREDIT
    charge: { amount: { gte: "-0.005" } }: DOLLARS
    charge: { amount: { neq: "0.001" } }: DOLLARS, CREDIT
    charge: { amount: { eq: 115025 }, currency: "JPY" }: YEN
    charge: { currency: "JPY" }: YEN
    charge: { amount: { isNull: true } }: NONE
    charge: { amount: { isNull: false } }: DOLLARS, CREDIT, YEN
    charge: {}: DOLLARS, CREDIT, YEN, NONE
    not: { charge: { currency: "USD" } }: YEN, NONE
    charges: { some: { type: { eq: DETENTION } } }: DOLLARS
    charges: { some: { amount: { amount: { gte: "1000.25" } } } }: DOLLARS
    charges: { none: { amount: { currency: "USD" } } }: YEN, NONE
    charge: { currency: "usd" }: "currency: \"usd\" is not a currency; give an ISO 4217 code such as USD."
    "#);
}

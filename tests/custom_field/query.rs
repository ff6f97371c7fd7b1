//! Filtering and ordering rows by the values of their custom fields.

use rstest_reuse::apply;
use serde_json::json;

use super::{create_customer, create_definition, customer_names};
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database};

async fn create_customers(admin: &Actor) {
    let options = json!([{ "key": "GOLD", "title": "Gold" }, { "key": "gold_plus", "title": "Gold plus" }, { "key": "tin", "title": "Tin" }]);
    create_definition(admin, "active", "BOOLEAN", json!({})).await;
    create_definition(admin, "since", "DATE", json!({})).await;
    create_definition(admin, "tier", "DROPDOWN", json!({ "options": options })).await;
    create_definition(admin, "tags", "DROPDOWN", json!({ "options": options, "multiSelect": true })).await;
    create_definition(admin, "mail", "EMAIL", json!({ "sensitive": false })).await;
    create_definition(admin, "size", "NUMBER", json!({})).await;
    create_definition(admin, "call", "PHONE_NUMBER", json!({ "sensitive": false })).await;
    create_definition(admin, "colour", "STRING", json!({})).await;
    create_definition(admin, "site", "WEB_ADDRESS", json!({})).await;
    create_definition(admin, "extra", "JSON", json!({})).await;
    create_definition(admin, "credit", "MONETARY", json!({})).await;
    create_customer(
        admin,
        "A",
        json!({ "active": true, "since": "2024-05-01", "tier": "GOLD", "tags": ["GOLD", "tin"], "mail": "a@x.org",
        "size": 10, "call": "555 100", "colour": "Émeraude", "site": "https://a.org", "extra": {}, "credit": "12.34" }),
    )
    .await;
    create_customer(
        admin,
        "B",
        json!({ "active": false, "since": "2025-05-01", "tier": "gold_plus", "tags": ["gold_plus"], "mail": "b@x.org",
        "size": "-2.5", "call": "555 200", "colour": "red", "site": "https://b.org", "credit": "-12.35" }),
    )
    .await;
    create_customer(admin, "C", json!({})).await;
}

#[apply(each_database)]
async fn rows_are_filtered_by_every_type_of_custom_field(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let mut lines = Vec::new();
    for test in [
        r#"key: "active", boolean: { eq: true }"#,
        r#"key: "active", boolean: { eq: false }"#,
        r#"key: "active", boolean: { isNull: true }"#,
        r#"key: "since", date: { gte: "2024-05-01", lt: "2025-05-01" }"#,
        r#"key: "since", date: { neq: "2024-05-01" }"#,
        r#"key: "since", date: { in: ["2025-05-01", "2030-01-01"] }"#,
        r#"key: "tier", text: { eq: "gold" }"#,
        r#"key: "tier", options: { has: "gold" }"#,
        r#"key: "tier", options: { hasAny: ["tin", "gold_plus"] }"#,
        r#"key: "tags", options: { has: "Gold" }"#,
        r#"key: "tags", options: { has: "gold_plus" }"#,
        r#"key: "tags", options: { has: "goldXplus" }"#,
        r#"key: "tags", options: { hasAny: ["tin", "gold_plus"] }"#,
        r#"key: "tags", options: { isNull: true }"#,
        r#"key: "mail", text: { startsWith: "A@" }"#,
        r#"key: "size", number: { lt: 0 }"#,
        r#"key: "size", number: { gte: "-2.5", lte: 10 }"#,
        r#"key: "size", number: { notIn: [10] }"#,
        r#"key: "size", number: { notIn: [] }"#,
        r#"key: "call", text: { contains: "200" }"#,
        r#"key: "colour", text: { eq: "EMERAUDE" }"#,
        r#"key: "colour", text: { gt: "emeraude" }"#,
        r#"key: "site", text: { contains: "b.org" }"#,
        r#"key: "extra", isNull: false"#,
        r#"key: "extra", isNull: true"#,
        r#"key: "credit", number: { eq: "12.34" }"#,
        r#"key: "credit", number: { eq: "12.345" }"#,
        r#"key: "credit", number: { neq: "12.345" }"#,
        r#"key: "credit", number: { gt: "12.335" }"#,
        r#"key: "credit", number: { gte: "12.341" }"#,
        r#"key: "credit", number: { lt: "12.345" }"#,
        r#"key: "credit", number: { lt: "-12.345" }"#,
        r#"key: "credit", number: { lte: "-12.355" }"#,
        r#"key: "size", number: { gt: 0 } }, { key: "active", boolean: { eq: true }"#,
    ] {
        let pass = customer_names(&admin, &format!("customFields: [{{ {test} }}]"), "{ name: ASC }").await;
        let fail = customer_names(&admin, &format!("not: {{ customFields: [{{ {test} }}] }}"), "{ name: ASC }").await;
        assert_eq!(pass.len() + fail.len(), 3, "{test}");
        lines.push(format!("{test}: {}", pass.concat()));
    }
    assert_snapshot!(lines.join("\n"), @r#"
        key: "active", boolean: { eq: true }: A
        key: "active", boolean: { eq: false }: B
        key: "active", boolean: { isNull: true }: C
        key: "since", date: { gte: "2024-05-01", lt: "2025-05-01" }: A
        key: "since", date: { neq: "2024-05-01" }: B
        key: "since", date: { in: ["2025-05-01", "2030-01-01"] }: B
        key: "tier", text: { eq: "gold" }: A
        key: "tier", options: { has: "gold" }: A
        key: "tier", options: { hasAny: ["tin", "gold_plus"] }: B
        key: "tags", options: { has: "Gold" }: A
        key: "tags", options: { has: "gold_plus" }: B
        key: "tags", options: { has: "goldXplus" }: 
        key: "tags", options: { hasAny: ["tin", "gold_plus"] }: AB
        key: "tags", options: { isNull: true }: C
        key: "mail", text: { startsWith: "A@" }: A
        key: "size", number: { lt: 0 }: B
        key: "size", number: { gte: "-2.5", lte: 10 }: AB
        key: "size", number: { notIn: [10] }: B
        key: "size", number: { notIn: [] }: AB
        key: "call", text: { contains: "200" }: B
        key: "colour", text: { eq: "EMERAUDE" }: A
        key: "colour", text: { gt: "emeraude" }: B
        key: "site", text: { contains: "b.org" }: B
        key: "extra", isNull: false: A
        key: "extra", isNull: true: BC
        key: "credit", number: { eq: "12.34" }: A
        key: "credit", number: { eq: "12.345" }: 
        key: "credit", number: { neq: "12.345" }: AB
        key: "credit", number: { gt: "12.335" }: A
        key: "credit", number: { gte: "12.341" }: 
        key: "credit", number: { lt: "12.345" }: AB
        key: "credit", number: { lt: "-12.345" }: B
        key: "credit", number: { lte: "-12.355" }: 
        key: "size", number: { gt: 0 } }, { key: "active", boolean: { eq: true }: A
        "#);
}

#[apply(each_database)]
async fn a_filter_of_another_type_is_rejected(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let mut lines = Vec::new();
    for arguments in [
        r#"where: { customFields: [{ key: "nope", isNull: true }] }"#,
        r#"where: { customFields: [{ key: "size", text: { eq: "1" } }] }"#,
        r#"where: { customFields: [{ key: "colour", options: { has: "red" } }] }"#,
        r#"where: { customFields: [{ key: "tags", text: { eq: "tin" } }] }"#,
        r#"where: { customFields: [{ key: "colour", personal: { eq: "red" } }] }"#,
        r#"orderBy: [{ customField: { key: "extra" } }]"#,
        r#"orderBy: [{ customField: { key: "tags" } }]"#,
        r#"orderBy: [{ customField: { key: "nope" } }]"#,
        r#"orderBy: [{ customField: { key: "size" }, name: ASC }]"#,
    ] {
        let response = admin.execute(&format!("{{ customers({arguments}) {{ totalCount }} }}")).await;
        lines.push(format!("{arguments}: {} {}", response.error_codes().concat(), response.text("/errors/0/message")));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    where: { customFields: [{ key: "nope", isNull: true }] }: BAD_INPUT There is no custom field "nope" here; the fields are: active, call, colour, credit, extra, mail, since, site, size, tags, tier.
    where: { customFields: [{ key: "size", text: { eq: "1" } }] }: BAD_INPUT The custom field size cannot be tested by text: it is NUMBER, and tested by number or isNull.
    where: { customFields: [{ key: "colour", options: { has: "red" } }] }: BAD_INPUT The custom field colour cannot be tested by options: it is STRING, and tested by text or isNull.
    where: { customFields: [{ key: "tags", text: { eq: "tin" } }] }: BAD_INPUT The custom field tags cannot be tested by text: it is DROPDOWN, and tested by options or isNull.
    where: { customFields: [{ key: "colour", personal: { eq: "red" } }] }: BAD_INPUT The custom field colour cannot be tested by personal: it is STRING, and tested by text or isNull.
    orderBy: [{ customField: { key: "extra" } }]: BAD_INPUT The custom field extra is JSON: its values have no order.
    orderBy: [{ customField: { key: "tags" } }]: BAD_INPUT The custom field tags holds several options: they have no order.
    orderBy: [{ customField: { key: "nope" } }]: BAD_INPUT There is no custom field "nope" here; the fields are: active, call, colour, credit, extra, mail, since, site, size, tags, tier.
    orderBy: [{ customField: { key: "size" }, name: ASC }]: BAD_REQUEST CustomerOrder is @oneOf: give exactly one of its fields, and not null.
    "#);
}

/// The names of all customers in an order, read in pages of two.
async fn paged_names(admin: &Actor, order: &str, backward: bool) -> String {
    let (mut read, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let at = match (&cursor, backward) {
            (None, _) => String::new(),
            (Some(cursor), false) => format!(", after: {cursor:?}"),
            (Some(cursor), true) => format!(", before: {cursor:?}"),
        };
        let size = if backward { "last" } else { "first" };
        let query = format!(
            "{{ customers({size}: 2{at}, orderBy: [{order}]) {{ edges {{ cursor node {{ name }} }} pageInfo {{ hasNextPage hasPreviousPage }} }} }}"
        );
        let response = admin.execute(&query).await;
        assert_eq!(response.statements(), 2, "{response}");
        let edges = response.at("/data/customers/edges").as_array().unwrap().clone();
        let page: String = edges.iter().map(|edge| edge["node"]["name"].as_str().unwrap()).collect();
        let (end, more) = if backward { (edges.first(), "hasPreviousPage") } else { (edges.last(), "hasNextPage") };
        cursor = end.map(|edge| edge["cursor"].as_str().unwrap().to_owned());
        if backward {
            read.insert(0, page);
        } else {
            read.push(page);
        }
        if *response.at(&format!("/data/customers/pageInfo/{more}")) == json!(false) {
            return read.concat();
        }
    }
}

#[apply(each_database)]
async fn rows_are_ordered_by_custom_fields_across_pages_with_nulls(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for (key, kind) in
        [("active", "BOOLEAN"), ("since", "DATE"), ("size", "NUMBER"), ("colour", "STRING"), ("credit", "MONETARY")]
    {
        create_definition(&admin, key, kind, json!({})).await;
    }
    for (name, values) in [
        ("A", json!({ "active": true, "since": "2025-01-01", "size": 10, "colour": "b", "credit": 5 })),
        ("B", json!({})),
        ("C", json!({ "active": false, "since": "0999-01-01", "size": 9, "colour": "Á", "credit": -5 })),
        ("D", json!({ "active": true, "since": "2025-01-01", "size": 10, "colour": "B", "credit": 5 })),
        ("E", json!({})),
        ("F", json!({ "active": false, "since": "2026-01-01", "size": "-0.5", "colour": "Z", "credit": "0.01" })),
        ("G", json!({ "size": 100, "colour": "aa" })),
    ] {
        create_customer(&admin, name, values).await;
    }
    let mut lines = Vec::new();
    for key in ["active", "since", "size", "colour", "credit"] {
        for direction in ["ASC", "DESC"] {
            let order = format!("{{ customField: {{ key: {key:?}, direction: {direction} }} }}");
            let whole = customer_names(&admin, "", &order).await.concat();
            assert_eq!(paged_names(&admin, &order, false).await, whole, "{order}");
            assert_eq!(paged_names(&admin, &order, true).await, whole, "{order}");
            let mixed = format!("{order}, {{ name: DESC }}");
            let both = customer_names(&admin, "", &mixed).await.concat();
            assert_eq!(paged_names(&admin, &mixed, false).await, both, "{mixed}");
            lines.push(format!("{key} {direction}: {whole}, then NAME DESC: {both}"));
        }
    }
    assert_snapshot!(lines.join("\n"), @"
        active ASC: CFADBEG, then NAME DESC: FCDAGEB
        active DESC: GEBDAFC, then NAME DESC: GEBDAFC
        since ASC: CADFBEG, then NAME DESC: CDAFGEB
        since DESC: GEBFDAC, then NAME DESC: GEBFDAC
        size ASC: FCADGBE, then NAME DESC: FCDAGEB
        size DESC: EBGDACF, then NAME DESC: EBGDACF
        colour ASC: CGADFBE, then NAME DESC: CGDAFEB
        colour DESC: EBFDAGC, then NAME DESC: EBFDAGC
        credit ASC: CFADBEG, then NAME DESC: CFDAGEB
        credit DESC: GEBDAFC, then NAME DESC: GEBDAFC
        ");
}

#[apply(each_database)]
async fn values_of_many_rows_take_one_statement(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_definition(&admin, "size", "NUMBER", json!({})).await;
    create_definition(&admin, "colour", "STRING", json!({})).await;
    let code = json!({ "ownerType": "CONTACT", "key": "code", "type": "NUMBER", "title": "Code" });
    admin.mutate("customFieldDefinitionCreate", code, "").await;
    for index in 0..30 {
        let contacts: Vec<_> = (0..3)
            .map(|code| json!({ "name": format!("N{code}"), "customFields": [{ "key": "code", "value": code }] }))
            .collect();
        let values = json!([{ "key": "size", "value": index }, { "key": "colour", "value": format!("c{index}") }]);
        let input = json!({ "name": format!("Customer {index}"), "type": "SHIPPER", "contacts": contacts, "customFields": values });
        admin.mutate("customerCreate", input, "").await;
    }
    // The list, the definitions, and one statement for the values of each of the two fields.
    let response = admin
        .execute("{ customers(first: 30) { nodes { size: customField(key: \"size\") { displayValue } colour: customField(key: \"colour\") { key value } } } }")
        .await;
    assert_eq!(response.statements(), 4);
    assert_eq!(
        response.at("/data/customers/nodes/7"),
        &json!({ "size": { "displayValue": "7" }, "colour": { "key": "colour", "value": "c7" } })
    );
    // The list, the values, the definitions.
    let response =
        admin.execute("{ customers(first: 30) { nodes { customFields { nodes { key displayValue } } } } }").await;
    assert_eq!(response.statements(), 3);
    let nodes = response.at("/data/customers/nodes/29/customFields/nodes");
    assert_eq!(*nodes, json!([{ "key": "size", "displayValue": "29" }, { "key": "colour", "displayValue": "c29" }]));
    // One field of one type with its count: the list, the values, the counts.
    let response = admin.execute("{ customers(first: 30) { nodes { customFields(where: { key: { eq: \"size\" } }) { totalCount nodes { value } } } } }").await;
    assert_eq!(response.statements(), 3);
    assert_eq!(
        *response.at("/data/customers/nodes/3/customFields"),
        json!({ "totalCount": 1, "nodes": [{ "value": "3" }] })
    );
    // A nested list, filtered and ordered by a field of its type: the list, the definitions, the contacts.
    let response = admin
        .execute("{ customers(first: 30, where: { contacts: { some: { customFields: [{ key: \"code\", number: { eq: 2 } }] } } }) { nodes {
            contacts(where: { customFields: [{ key: \"code\", number: { gt: 0 } }] }, orderBy: [{ customField: { key: \"code\", direction: DESC } }]) { nodes { name } } } } }")
        .await;
    assert_eq!(response.statements(), 3);
    assert_eq!(response.at("/data/customers/nodes").as_array().unwrap().len(), 30);
    assert_eq!(*response.at("/data/customers/nodes/11/contacts/nodes"), json!([{ "name": "N2" }, { "name": "N1" }]));
}

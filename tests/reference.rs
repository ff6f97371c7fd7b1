//! References: root fields and inputs find a row by its id, its external reference or its number.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, World, each_database,
    sample_data::SampleData,
    schema::{Schema, lower},
};

#[apply(each_database)]
async fn a_root_field_finds_a_record_by_reference(database: DatabaseKind) {
    let world = World::new(database).await;
    let (admin, other) = (world.admin(), world.other_admin());
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 1).await;
    let mut tried = 0;
    for root in schema.queries().iter().filter(|root| root.args.iter().any(|argument| argument.name == "ref")) {
        let node = &root.type_name;
        let Some(id) = sample.id(node, 0) else { panic!("there is no {node}") };
        tried += 1;
        let read = |argument: &str| format!("{{ {}({argument}) {{ id externalReference }} }}", root.name);
        let by_id = admin.execute(&read(&format!("id: \"{id}\""))).await;
        let row = by_id.data()[&root.name].clone();
        assert_eq!(row["id"], json!(id), "{}", root.name);
        let reference = row["externalReference"].as_str().unwrap();
        for argument in [id.to_owned(), reference.to_owned(), format!(" {reference} ")] {
            let query = format!("query($ref: Ref!) {{ {}(ref: $ref) {{ id externalReference }} }}", root.name);
            let found = admin.execute_with(&query, json!({ "ref": argument })).await;
            assert_eq!(found.data()[&root.name], row, "{} {argument}", root.name);
            assert_eq!(found.statements(), 1, "{}", root.name);
            assert_eq!(other.execute_with(&query, json!({ "ref": argument })).await.data()[&root.name], Json::Null);
        }
        for wrong in [String::new(), format!("id: \"{id}\", ref: \"{reference}\""), "id: null, ref: null".to_owned()] {
            let query = if wrong.is_empty() { format!("{{ {} {{ id }} }}", root.name) } else { read(&wrong) };
            let refused = admin.execute(&query).await;
            assert_eq!(refused.error_codes(), ["BAD_INPUT"], "{query}: {refused}");
        }
        // A deleted record is found, too.
        let delete = format!("{}Delete", lower(node));
        if schema.mutation(&delete).is_some()
            && admin.send_mutation(&delete, json!({ "id": id }), "id").await.data()[&delete]["userErrors"] == json!([])
        {
            let deleted = admin.execute(&read(&format!("ref: \"{reference}\""))).await;
            assert_eq!(deleted.data()[&root.name]["id"], json!(id), "{}", root.name);
        }
    }
    assert!(tried >= 8, "only {tried} root fields take a reference");
}

#[apply(each_database)]
async fn a_number_is_a_reference_and_the_last_that_is_tried(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let create = async |number: &str, reference: Option<&str>| {
        let input = json!({ "name": number, "type": "BROKER", "number": number, "externalReference": reference });
        admin.mutate("customerCreate", input, "id").await["id"].as_str().unwrap().to_owned()
    };
    let (first, second) = (create("K-1", None).await, create("K-2", Some("K-1")).await);
    let third = create("K-3", Some(&first)).await;
    for (reference, id) in [("k-2", &second), ("K-1", &second), (first.as_str(), &first), ("K-3", &third)] {
        let query = "query($ref: Ref!) { customer(ref: $ref) { id } }";
        let found = admin.execute_with(query, json!({ "ref": reference })).await;
        assert_eq!(found.data()["customer"]["id"], json!(id), "{reference}");
        let updated = admin.mutate("customerUpdate", json!({ "id": reference, "notes": "x" }), "id").await;
        assert_eq!(updated["id"], json!(id), "{reference}");
        let contact = json!({ "customer": reference, "name": "Ann" });
        let contact = admin.mutate("contactCreate", contact, "customer { id }").await;
        assert_eq!(contact["customer"]["id"], json!(id), "{reference}");
    }
    let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    let load = admin.mutate("loadCreate", json!({ "customer": "K-3", "stops": stops }), "id number").await;
    let found =
        admin.execute_with("query($ref: Ref!) { load(ref: $ref) { id } }", json!({ "ref": load["number"] })).await;
    assert_eq!(found.data()["load"]["id"], load["id"]);
}

/// Creates a customer and two assets. The external reference of each is `name` and a word; `name` is the customer's number.
async fn create_rows(admin: &Actor, name: &str) {
    let reference = |node: &str| format!("{name} {node}");
    let customer = json!({ "name": "A", "type": "RENTAL", "number": name, "externalReference": reference("customer") });
    admin.mutate("customerCreate", customer, "").await;
    for node in ["asset", "other"] {
        admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": reference(node) }), "").await;
    }
}

/// Creates a row that belongs to the customer `own`, and gives its id.
async fn create_part(admin: &Actor, mutation: &str, mut input: Json) -> Json {
    input["customer"] = json!("own customer");
    admin.mutate(mutation, input, "id").await["id"].clone()
}

#[apply(each_database)]
async fn a_deleted_row_that_an_input_names_is_answered_as_deleted(database: DatabaseKind) {
    let world = World::new(database).await;
    let (admin, other) = (world.admin(), world.other_admin());
    for actor in [&admin, &other] {
        create_rows(actor, "own").await;
    }
    create_rows(&admin, "gone").await;
    create_part(&admin, "contactCreate", json!({ "name": "Ann", "externalReference": "gone contact" })).await;
    create_part(&admin, "addressCreate", json!({ "city": "Waco", "externalReference": "gone address" })).await;
    let assignment = json!({ "asset": { "existing": "own other" }, "relationship": "OWNED",
        "externalReference": "gone customerAsset" });
    create_part(&admin, "customerAssetAssign", assignment).await;
    let mut ids = std::collections::BTreeMap::new();
    for node in ["contact", "address", "customerAsset", "asset", "customer"] {
        let deleted = admin.mutate(&format!("{node}Delete"), json!({ "id": format!("gone {node}") }), "id").await;
        ids.insert(node, deleted["id"].clone());
    }
    let stops = json!([{ "type": "PICKUP", "address": "NAME" }, { "type": "DELIVERY" }]);
    let open = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    let visit = |customer: &str, address: Option<&str>, equipment: &[&str]| {
        json!({ "customer": customer, "serviceDate": "2026-01-01T00:00:00Z", "serviceType": "Visit",
            "address": address, "equipment": equipment })
    };
    let own = "own customer";
    for (node, mutation, path, input) in [
        ("customer", "contactCreate", "customer", json!({ "customer": "NAME", "name": "Ann" })),
        ("customer", "addressCreate", "customer", json!({ "customer": "NAME", "city": "Waco" })),
        ("customer", "customerCreate", "parent", json!({ "name": "B", "type": "BROKER", "parent": "NAME" })),
        ("customer", "customerUpdate", "billTo", json!({ "id": own, "billTo": "NAME" })),
        ("customer", "loadCreate", "customer", json!({ "customer": "NAME", "stops": open })),
        ("address", "loadCreate", "stops.0.address", json!({ "customer": own, "stops": stops })),
        ("customer", "serviceRecordCreate", "customer", visit("NAME", None, &[])),
        ("address", "serviceRecordCreate", "address", visit(own, Some("NAME"), &[])),
        ("asset", "serviceRecordCreate", "equipment.0", visit(own, None, &["NAME"])),
        ("customerAsset", "serviceRecordCreate", "equipment.0", visit(own, None, &["NAME"])),
        (
            "customer",
            "customerAssetAssign",
            "customer",
            json!({ "customer": "NAME", "asset": { "existing": "own asset" }, "relationship": "OWNED" }),
        ),
        (
            "asset",
            "customerAssetAssign",
            "asset",
            json!({ "customer": own, "asset": { "existing": "NAME" }, "relationship": "OWNED" }),
        ),
        (
            "address",
            "customerAssetAssign",
            "location",
            json!({ "customer": own, "asset": { "existing": "own asset" }, "relationship": "OWNED", "location": "NAME" }),
        ),
        (
            "contact",
            "customerUpdate",
            "contacts.0.id",
            json!({ "id": own, "contacts": [{ "id": "NAME", "name": "Ann" }] }),
        ),
        (
            "address",
            "customerUpdate",
            "addresses.0.id",
            json!({ "id": own, "addresses": [{ "id": "NAME", "city": "Waco" }] }),
        ),
        ("asset", "assetUpdate", "id", json!({ "id": "NAME", "name": "Lift" })),
    ] {
        let noun = if node == "customerAsset" { "customer asset" } else { node };
        let expected = format!("DELETED input.{path}: This {noun} is deleted; restore it first.");
        let names = [ids[node].as_str().unwrap().to_owned(), format!("gone {node}")];
        let number = (node == "customer").then(|| "GONE".to_owned());
        for name in names.into_iter().chain(number) {
            let input: Json = serde_json::from_str(&input.to_string().replace("NAME", &name)).unwrap();
            assert_eq!(
                admin.user_errors(mutation, input.clone()).await,
                std::slice::from_ref(&expected),
                "{mutation} {input}"
            );
            // Another tenant does not learn that there was such a row.
            let theirs = other.user_errors(mutation, input).await;
            assert!(theirs[0].starts_with(&format!("NOT_FOUND input.{path}: ")), "{mutation}: {theirs:?}");
        }
    }
}

#[apply(each_database)]
async fn a_value_that_a_deleted_row_has_is_answered_with_that_row(database: DatabaseKind) {
    let world = World::new(database).await;
    let (admin, other) = (world.admin(), world.other_admin());
    create_rows(&admin, "own").await;
    create_rows(&admin, "gone").await;
    let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    let load =
        json!({ "customer": "own customer", "stops": stops, "number": "gone", "externalReference": "gone load" });
    let contact = json!({ "customer": "own customer", "name": "Ann", "externalReference": "gone contact" });
    let customer = json!({ "name": "B", "type": "BROKER" });
    admin.mutate("loadCreate", load.clone(), "").await;
    admin.mutate("contactCreate", contact.clone(), "").await;
    let with = |input: &Json, name: &str, value: Json| {
        let mut input = input.clone();
        input.as_object_mut().unwrap().retain(|name, _| !["number", "externalReference"].contains(&name.as_str()));
        input[name] = value;
        input
    };
    let of_list = json!({ "id": "own customer", "contacts": [{ "name": "Bob", "externalReference": "gone contact" }] });
    let cases = [
        ("customer", "customerCreate", "number", "number", with(&customer, "number", json!("Gone"))),
        ("customer", "customerUpdate", "number", "number", json!({ "id": "own customer", "number": "Gone" })),
        (
            "customer",
            "customerCreate",
            "externalReference",
            "external reference",
            with(&customer, "externalReference", json!("gone customer")),
        ),
        ("load", "loadCreate", "number", "number", with(&load, "number", json!("Gone"))),
        (
            "contact",
            "contactCreate",
            "externalReference",
            "external reference",
            with(&contact, "externalReference", json!("gone contact")),
        ),
        ("contact", "customerUpdate", "contacts.0.externalReference", "external reference", of_list),
    ];
    // As long as it lives, the contact of the list is the customer's own and is updated.
    for (node, mutation, path, field, input) in cases.iter().filter(|(_, _, path, ..)| !path.starts_with("contacts")) {
        let refused = admin.user_errors(mutation, input.clone()).await;
        let expected = format!("TAKEN input.{path}: The {node} ");
        assert!(refused[0].starts_with(&expected) && refused[0].contains(&format!(" has the {field} ")), "{refused:?}");
    }
    for node in ["load", "contact", "customer"] {
        admin.mutate(&format!("{node}Delete"), json!({ "id": format!("gone {node}") }), "id").await;
    }
    for (node, mutation, path, field, input) in cases {
        let read = format!("{{ {node}(ref: \"gone {node}\") {{ id }} }}");
        let id = admin.execute(&read).await.text(&format!("/data/{node}/id")).to_owned();
        let value = if field == "number" { "Gone".to_owned() } else { format!("gone {node}") };
        let expected = format!(
            "DELETED input.{path}: The deleted {node} {id} has the {field} \"{value}\"; restore it or give another one."
        );
        assert_eq!(admin.user_errors(mutation, input.clone()).await, [expected], "{mutation} {input}");
    }
    // Another tenant may have the same values.
    other.mutate("customerCreate", with(&customer, "number", json!("Gone")), "").await;
    create_rows(&other, "gone again").await;
}

#[apply(each_database)]
async fn a_found_reference_takes_no_statement_for_deleted_rows(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_rows(&admin, "own").await;
    let assignment = json!({ "asset": { "existing": "own other" }, "relationship": "OWNED" });
    create_part(&admin, "customerAssetAssign", assignment).await;
    create_part(&admin, "contactCreate", json!({ "name": "Ann", "externalReference": "ann" })).await;
    let visit = json!({ "customer": "own customer", "serviceDate": "2026-01-01T00:00:00Z", "serviceType": "Visit", "status": "SCHEDULED",
        "equipment": ["own other"] });
    let contact = json!({ "customer": "own customer", "name": "Bob" });
    let list = json!({ "id": "own customer", "contacts": [{ "id": "ann", "role": "Dock" }] });
    let is_postgres = database == DatabaseKind::Postgres;
    for (mutation, input, statements) in [
        ("serviceRecordCreate", visit, if is_postgres { 6 } else { 9 }),
        ("contactCreate", contact, if is_postgres { 3 } else { 6 }),
        ("customerUpdate", list, if is_postgres { 7 } else { 8 }),
    ] {
        let response = admin.send_mutation(mutation, input, "id").await;
        assert_eq!(*response.at(&format!("/data/{mutation}/userErrors")), json!([]), "{response}");
        assert_eq!(response.statements(), statements, "{mutation}");
    }
}

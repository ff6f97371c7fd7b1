//! References: root fields and inputs find a row by its id, its external reference or its number.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{
    DatabaseKind, World, each_database,
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

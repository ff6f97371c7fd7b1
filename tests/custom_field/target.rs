//! The target of `customFieldValuesSet`: a row by its id, or with its type by any reference.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, World, custom_fields, each_database,
    sample_data::SampleData,
    schema::{Schema, lower},
};

/// Sets a value on the row that an input names, and gives the payload.
async fn set_value(actor: &Actor, target: Json, value: &str) -> Json {
    let query = "mutation($input: CustomFieldValuesSetInput!) { customFieldValuesSet(input: $input) {
        values { value owner { id } } userErrors { code message field } } }";
    let mut input = json!({ "values": [{ "key": "k", "value": value }] });
    input.as_object_mut().unwrap().extend(target.as_object().unwrap().clone());
    let response = actor.execute_with(query, json!({ "input": input })).await;
    response.data()["customFieldValuesSet"].clone()
}

/// The payload of a value that was set.
fn set(row: &str, value: &str) -> Json {
    json!({ "values": [{ "value": value, "owner": { "id": row } }], "userErrors": [] })
}

/// The payload of a target that was refused.
fn refused(code: &str, message: &str) -> Json {
    let error = json!({ "code": code, "message": message, "field": ["input", "owner"] });
    json!({ "values": null, "userErrors": [error] })
}

#[apply(each_database)]
async fn a_row_is_named_by_id_or_with_its_type_by_any_reference(database: DatabaseKind) {
    let world = World::new(database).await;
    let (admin, other) = (world.admin(), world.other_admin());
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 1).await;
    let mut tried = 0;
    for owner_type in schema.get("CustomFieldOwnerType").values.iter().filter(|owner_type| *owner_type != "TENANT") {
        tried += 1;
        let words = owner_type.split('_').map(|word| format!("{}{}", &word[..1], word[1..].to_lowercase()));
        let (node, noun) = (words.collect::<String>(), owner_type.to_lowercase().replace('_', " "));
        for actor in [&admin, &other] {
            custom_fields::create_definition(actor, owner_type, "k", "STRING", json!({})).await;
        }
        let (id, root) = (sample.id(&node, 0).unwrap(), lower(&node));
        let has_number = schema.has_field(&node, "number");
        let number = if has_number { "number" } else { "" };
        let row = admin.execute(&format!("{{ {root}(id: \"{id}\") {{ externalReference {number} }} }}")).await;
        let row = &row.data()[&root];
        let reference = row["externalReference"].as_str().unwrap();
        let kinds = if has_number {
            "the id, the external reference nor the number"
        } else {
            "the id nor the external reference"
        };
        let article = if noun.starts_with(['a', 'e']) { "an" } else { "a" };
        let not_found =
            |name: &str| refused("NOT_FOUND", &format!("\"{name}\" is neither {kinds} of {article} {noun}."));
        let no_id = |name: &str| {
            refused(
                "NOT_FOUND",
                &format!("\"{name}\" is not the id of a row with custom fields; give `ownerType` with a reference."),
            )
        };

        for name in [Some(id.as_str()), Some(reference), row["number"].as_str()].into_iter().flatten() {
            for name in [name.to_owned(), format!(" {name} ")] {
                let payload = set_value(&admin, json!({ "owner": name, "ownerType": owner_type }), &name).await;
                assert_eq!(payload, set(id, name.trim()), "{owner_type} {name}");
            }
            assert_eq!(
                set_value(&other, json!({ "owner": name, "ownerType": owner_type }), "x").await,
                not_found(name),
                "{owner_type}"
            );
            let without_type = set_value(&admin, json!({ "owner": name }), "x").await;
            assert_eq!(without_type, if name == id { set(id, "x") } else { no_id(name) }, "{owner_type} {name}");
        }
        // The type decides, and an id of another type is none of this one.
        let other_type = if owner_type == "ASSET" { "LOAD" } else { "ASSET" };
        let mistaken = set_value(&admin, json!({ "owner": id, "ownerType": other_type }), "x").await;
        assert_eq!(mistaken["userErrors"][0]["code"], json!("NOT_FOUND"), "{owner_type}: {mistaken}");
    }
    assert!(tried >= 7, "only {tried} types");
    // The tenant has no external reference that a client can set.
    custom_fields::create_definition(&admin, "TENANT", "k", "STRING", json!({})).await;
    let tenant = admin.execute("{ viewer { tenant { id } } }").await;
    let tenant = tenant.text("/data/viewer/tenant/id");
    for target in [json!({ "owner": tenant }), json!({ "owner": tenant, "ownerType": "TENANT" })] {
        let value = target.to_string();
        assert_eq!(set_value(&admin, target, &value).await, set(tenant, &value));
    }
}

#[apply(each_database)]
async fn a_value_set_by_reference_is_set_once_for_its_key(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    custom_fields::create_definition(&admin, "ASSET", "k", "STRING", json!({})).await;
    let asset = json!({ "name": "Lift", "externalReference": "lift" });
    let id = admin.mutate("assetCreate", asset, "id").await["id"].as_str().unwrap().to_owned();
    let target = json!({ "owner": "lift", "ownerType": "ASSET", "idempotencyKey": "a" });
    assert_eq!(set_value(&admin, target.clone(), "first").await, set(&id, "first"));
    set_value(&admin, json!({ "owner": id }), "second").await;
    // The key stands for the row that was written, whatever its reference is now.
    admin.mutate("assetUpdate", json!({ "id": id, "externalReference": "crane" }), "").await;
    assert_eq!(set_value(&admin, target, "first").await, set(&id, "second"));
    admin.mutate("assetDelete", json!({ "id": id }), "").await;
    let deleted = refused("DELETED", "This asset is deleted; restore it first.");
    for target in [json!({ "owner": id }), json!({ "owner": "crane", "ownerType": "ASSET" })] {
        assert_eq!(set_value(&admin, target, "x").await, deleted);
    }
}

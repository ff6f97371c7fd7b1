//! Personal data and writes: no mutation shows, opens or tests what its caller may not read.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::{
    encryption::{read_everything, without_personal_data, world_with_rows},
    world::{
        Actor, DatabaseKind, World, custom_fields, each_database,
        schema::{Field, Schema},
    },
};

/// The values that a mutation is tried with for one field of its input: every value of an enum, both of a Boolean, and what
/// a test of stored values would use.
fn trial_values(schema: &Schema, field: &Field) -> Vec<Json> {
    if field.list {
        return Vec::new();
    }
    match field.type_name.as_str() {
        "Boolean" => vec![json!(true), json!(false)],
        "Int" if field.name != "expectedVersion" => vec![json!(1)],
        "Decimal" => vec![json!("1")],
        "String" if field.name == "pattern" => vec![json!("wqx.*"), json!("z+")],
        name if schema.get(name).kind == "ENUM" => schema.get(name).values.iter().map(|value| json!(value)).collect(),
        _ => Vec::new(),
    }
}

/// The ids of the rows of a type.
async fn ids(actor: &Actor, schema: &Schema, node: &str) -> Vec<Json> {
    let list = &schema.root_list(node).name;
    let response = actor.execute(&format!("{{ {list}(first: 100, deleted: INCLUDE) {{ nodes {{ id }} }} }}")).await;
    let nodes = response.data()[list]["nodes"].as_array().unwrap().clone();
    nodes.into_iter().map(|node| node["id"].clone()).collect()
}

#[apply(each_database)]
async fn no_mutation_shows_personal_data_to_a_caller_who_may_not_read_it(database: DatabaseKind) {
    let (world, schema, types, texts) = world_with_rows(database).await;
    let (admin, reader) = (world.admin(), without_personal_data(&world));
    let (whole, _) = read_everything(&admin, &schema, &types).await;
    let (open, _) = read_everything(&reader, &schema, &types).await;
    let personal: Vec<_> = texts.iter().filter(|text| whole.contains(*text) && !open.contains(*text)).collect();
    assert!(personal.len() > 15, "{personal:?}");
    let mut tried = 0;
    let mut succeeded = 0;
    // Deletions last: the other mutations need the rows.
    let (deleting, writing): (Vec<_>, Vec<_>) = schema
        .mutations()
        .iter()
        .partition(|field| ["Delete", "Restore", "Cancel"].iter().any(|verb| field.name.contains(verb)));
    for mutation in writing.into_iter().chain(deleting) {
        let [argument] = mutation.args.as_slice() else { continue };
        let fields = &schema.get(&argument.type_name).fields;
        let Some(node) = schema.mutated_type(mutation).filter(|_| fields.iter().any(|field| field.name == "id")) else {
            continue;
        };
        if !schema.listed_nodes().any(|listed| listed == node) || mutation.name.ends_with("Many") {
            continue;
        }
        let select = schema.leaf_selections(node).join(" ");
        for id in ids(&admin, &schema, node).await {
            let trials = fields
                .iter()
                .flat_map(|field| trial_values(&schema, field).into_iter().map(|value| (field.name.clone(), value)));
            for (name, value) in std::iter::once(("id".to_owned(), id.clone())).chain(trials) {
                let mut input = json!({ "id": id });
                input[&name] = value;
                let response = reader.send_mutation(&mutation.name, input.clone(), &select).await;
                let text = response.body.to_string();
                let shown: Vec<_> = personal.iter().filter(|personal| text.contains(personal.as_str())).collect();
                assert!(shown.is_empty(), "{} {input} shows {shown:?}", mutation.name);
                tried += 1;
                succeeded += usize::from(*response.at(&format!("/data/{}/userErrors", mutation.name)) == json!([]));
            }
        }
    }
    assert!(tried > 250 && succeeded > 50, "{succeeded} of {tried}");
    world.link_changes().await;
    let (after, _) = read_everything(&reader, &schema, &types).await;
    let shown: Vec<_> = personal.iter().filter(|personal| after.contains(personal.as_str())).collect();
    assert!(shown.is_empty(), "afterwards, {shown:?} are read");
}

#[apply(each_database)]
async fn what_opens_or_tests_personal_data_needs_the_permission_to_read_it(database: DatabaseKind) {
    let world = World::new(database).await;
    let (admin, reader) = (world.admin(), without_personal_data(&world));
    let eve = json!({ "name": "Eve", "type": "RESIDENTIAL", "externalReference": "eve",
        "contacts": [{ "name": "Ann" }], "addresses": [{ "street": "1 Main", "type": "SERVICE" }] });
    admin.mutate("customerCreate", eve, "").await;
    let settings = json!({ "sensitive": true, "externalReference": "f" });
    custom_fields::create_definition(&admin, "CUSTOMER", "secret", "STRING", settings).await;
    let value = json!([{ "key": "secret", "value": "Tango" }]);
    admin.mutate("customerUpdate", json!({ "id": "eve", "customFields": value }), "").await;
    let field = |settings: Json| {
        let mut input = json!({ "entity": "CUSTOMER", "key": "secret", "type": "STRING", "title": "Secret" });
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        input
    };
    for (mutation, input) in [
        ("customerUpdate", json!({ "id": "eve", "type": "COMMERCIAL" })),
        ("customerUpsert", json!({ "externalReference": "eve", "type": "BROKER" })),
        ("customFieldDefinitionUpdate", json!({ "id": "f", "sensitive": false })),
        ("customFieldDefinitionUpdate", json!({ "id": "f", "pattern": "T.*" })),
        ("customFieldDefinitionUpdate", json!({ "id": "f", "pattern": "U.*" })),
        ("customFieldDefinitionUpdate", json!({ "id": "f", "maximumLength": 3, "displace": true })),
        ("customFieldDefinitionUpsert", field(json!({ "sensitive": false }))),
        ("customFieldDefinitionUpsert", field(json!({ "pattern": "T.*" }))),
    ] {
        let refused = reader.send_mutation(mutation, input.clone(), "id").await;
        assert_eq!(refused.error_codes(), ["FORBIDDEN"], "{mutation} {input}: {refused}");
        assert!(refused.to_string().contains("pii:read"), "{refused}");
    }
    // A new name is the caller's own, and what tests nothing is allowed.
    for (mutation, input) in [
        ("customerUpdate", json!({ "id": "eve", "status": "INACTIVE" })),
        ("customFieldDefinitionUpdate", json!({ "id": "f", "title": "Code word" })),
        ("customFieldDefinitionUpdate", json!({ "id": "f", "required": true, "displace": true })),
    ] {
        reader.mutate(mutation, input, "id").await;
    }
    // Whether a contact of this name or an address of this street is there cannot be learned from the ids.
    let before = admin.execute("{ contacts { nodes { id } } addresses { nodes { id } } }").await.data().clone();
    let guess = json!({ "id": "eve", "contacts": [{ "name": "Ann" }], "addresses": [{ "street": "1 Main", "type": "SERVICE" }] });
    let select = "contacts { nodes { id } } addresses { nodes { id } }";
    let guessed = reader.mutate("customerUpdate", guess.clone(), select).await;
    assert_ne!(guessed["contacts"], before["contacts"]);
    assert_ne!(guessed["addresses"], before["addresses"]);
    let same = admin.mutate("customerUpdate", guess, select).await;
    assert_eq!(same, guessed, "a caller who may read them matches them");
    reader.mutate("customerUpdate", json!({ "id": "eve", "type": "COMMERCIAL", "name": "Eve Ltd" }), "id").await;
}

#[apply(each_database)]
async fn a_scope_to_write_includes_the_scope_to_read(database: DatabaseKind) {
    let world = World::new(database).await;
    let scoped = |scopes: &[&str]| {
        let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
        world.user(&[access::Role::Admin]).scopes(&scopes).subject("narrow").actor()
    };
    let writer = scoped(&["customer:write"]);
    let created = writer.mutate("customerCreate", json!({ "name": "A", "type": "BROKER" }), "id displayName").await;
    assert_eq!(created["displayName"], json!("A"));
    writer.execute("{ customers { totalCount } }").await.data();
    for query in ["{ loads { totalCount } }", "{ contacts { totalCount } }", "{ assets { totalCount } }"] {
        assert_eq!(writer.execute(query).await.error_codes(), ["FORBIDDEN"], "{query}");
    }
    let biller = scoped(&["load:bill"]);
    biller.execute("{ loads { totalCount } }").await.data();
    let refused = biller.send_mutation("loadDelete", json!({ "id": "x" }), "id").await;
    assert_eq!(refused.error_codes(), ["FORBIDDEN"]);
    for odd in ["customer:", "customer", ":write", "customer:everything"] {
        assert_eq!(scoped(&[odd]).execute("{ customers { totalCount } }").await.error_codes(), ["FORBIDDEN"], "{odd}");
    }
}

//! Personal data and writes: no mutation shows, opens or tests what its caller may not read.

use access::{Action, Role};
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

/// A row that mutations are tried on.
struct Target {
    node: String,
    id: Json,
    external_reference: Json,
}

/// The first rows of every type that has a list.
async fn targets(actor: &Actor, schema: &Schema, first: usize) -> Vec<Target> {
    let mut targets = Vec::new();
    for node in schema.listed_nodes().filter(|node| schema.has_field(node, "externalReference")) {
        let list = &schema.root_list(node).name;
        let select = "nodes { id externalReference }";
        let response = actor.execute(&format!("{{ {list}(first: {first}, deleted: INCLUDE) {{ {select} }} }}")).await;
        targets.extend(response.data()[list]["nodes"].as_array().unwrap().iter().map(|row| Target {
            node: node.clone(),
            id: row["id"].clone(),
            external_reference: row["externalReference"].clone(),
        }));
    }
    targets
}

/// The mutations of one row; deletions last: the other mutations need the rows.
fn mutations_of_one_row(schema: &Schema) -> impl Iterator<Item = &Field> {
    let of_one = schema.mutations().iter().filter(|field| !field.name.ends_with("Many"));
    let (deleting, writing): (Vec<_>, Vec<_>) =
        of_one.partition(|field| ["Delete", "Restore", "Cancel"].iter().any(|verb| field.name.contains(verb)));
    writing.into_iter().chain(deleting)
}

/// The personal texts that a response shows.
fn shown<'a>(personal: &[&'a String], response: &str) -> Vec<&'a String> {
    personal.iter().copied().filter(|text| response.contains(text.as_str())).collect()
}

/// Tries every mutation on every row that it can name: without a change, with a version that is not the row's, and, if
/// `thorough`, with every trial value (an upsert has those of the update). A mutation that is forbidden without a change is
/// not tried further. No response shows a personal text. Gives how many were tried, and how many succeeded.
async fn try_mutations(
    actor: &Actor,
    schema: &Schema,
    targets: &[Target],
    personal: &[&String],
    thorough: bool,
) -> (usize, usize) {
    let (mut tried, mut succeeded) = (0, 0);
    for mutation in mutations_of_one_row(schema) {
        let [argument] = mutation.args.as_slice() else { continue };
        let (fields, node) = (&schema.get(&argument.type_name).fields, schema.mutated_type(mutation));
        let has_field = |name: &str| fields.iter().any(|field| field.name == name);
        for target in targets.iter().filter(|target| Some(target.node.as_str()) == node) {
            let by_id = has_field("id");
            let named = match (by_id, mutation.name.ends_with("Upsert")) {
                (true, _) => json!({ "id": target.id }),
                (_, true) => json!({ "externalReference": target.external_reference }),
                _ => continue,
            };
            let select = schema.leaf_selections(&target.node).join(" ");
            let stale = has_field("expectedVersion").then(|| ("expectedVersion".to_owned(), json!(999)));
            let values = fields
                .iter()
                .flat_map(|field| trial_values(schema, field).into_iter().map(|value| (field.name.clone(), value)));
            for change in
                [None].into_iter().chain(stale.into_iter().chain(values.filter(|_| thorough && by_id)).map(Some))
            {
                let mut input = named.clone();
                if let Some((name, value)) = &change {
                    input[name] = value.clone();
                }
                let response = actor.send_mutation(&mutation.name, input.clone(), &select).await;
                let shown = shown(personal, &response.body.to_string());
                assert!(shown.is_empty(), "{} {input} shows {shown:?}", mutation.name);
                tried += 1;
                succeeded += usize::from(*response.at(&format!("/data/{}/userErrors", mutation.name)) == json!([]));
                if change.is_none() && response.error_codes() == ["FORBIDDEN"] {
                    break;
                }
            }
        }
    }
    (tried, succeeded)
}

/// The texts that an administrator reads and a caller without `pii:read` does not.
async fn personal_texts<'a>(world: &World, schema: &Schema, types: &[String], texts: &'a [String]) -> Vec<&'a String> {
    let (whole, _) = read_everything(&world.admin(), schema, types).await;
    let (open, _) = read_everything(&without_personal_data(world), schema, types).await;
    let personal: Vec<_> = texts.iter().filter(|text| whole.contains(*text) && !open.contains(*text)).collect();
    assert!(personal.len() > 15, "{personal:?}");
    personal
}

/// Tries to read the sensitive values of a customer by setting them: in another version, and to what their fields refuse.
async fn try_values(actor: &Actor, customer: &Json, personal: &[&String]) {
    let query = "mutation($input: CustomFieldValuesSetInput!) { customFieldValuesSet(input: $input) {
        values { key value displayValue displacedValue } userErrors { code message field } } }";
    let values = |value: Json| json!(["secret", "displaced"].map(|key| json!({ "key": key, "value": value })));
    for input in [
        json!({ "owner": customer, "expectedVersion": 999, "values": values(json!("x")) }),
        json!({ "owner": customer, "values": values(json!(1)) }),
        json!({ "owner": customer, "values": [] }),
    ] {
        let response = actor.execute_with(query, json!({ "input": input })).await;
        let shown = shown(personal, &response.body.to_string());
        assert!(shown.is_empty(), "{input} shows {shown:?}");
    }
}

/// Tries what a token may write on some rows, and reads what the token may read. Nothing shows a personal text. Gives how
/// many mutations were tried, and how many succeeded.
async fn try_token(
    world: &World,
    (schema, types): (&Schema, &[String]),
    actor: &Actor,
    targets: &[Target],
    personal: &[&String],
    thorough: bool,
) -> (usize, usize) {
    let trials = try_mutations(actor, schema, targets, personal, thorough).await;
    let customer = targets.iter().find(|target| target.node == "Customer").unwrap();
    try_values(actor, &customer.id, personal).await;
    world.link_changes().await;
    let (after, _) = read_everything(actor, schema, types).await;
    let shown = shown(personal, &after);
    assert!(shown.is_empty(), "afterwards, {shown:?} are read");
    trials
}

#[apply(each_database)]
async fn no_mutation_shows_personal_data_to_a_caller_who_may_not_read_it(database: DatabaseKind) {
    let (world, schema, types, texts) = world_with_rows(database).await;
    let personal = personal_texts(&world, &schema, &types, &texts).await;
    let first_rows = targets(&world.admin(), &schema, 1).await;
    let open = Action::ALL.iter().filter(|action| **action != Action::PiiRead).map(|action| action.scope().to_owned());
    let open: Vec<_> = open.collect();
    // Each scope alone, none, and each role with all of them.
    let scopes = open.iter().map(|scope| (Role::Admin, vec![scope.clone()])).chain([(Role::Admin, Vec::new())]);
    let roles = Role::ALL.iter().filter(|role| **role != Role::Admin).map(|role| (*role, open.clone()));
    let mut writers = 0;
    for (role, scopes) in scopes.chain(roles) {
        let actor = world.user(&[role]).scopes(&scopes).subject("narrow").actor();
        let (tried, succeeded) = try_token(&world, (&schema, &types), &actor, &first_rows, &personal, false).await;
        assert!(tried >= 30, "{role:?} {scopes:?}: {tried}");
        writers += usize::from(succeeded > 0);
    }
    assert!(writers >= 10, "only {writers} tokens wrote anything");
    // All of an administrator's scopes, on all rows and with every trial value. The texts are still there to be shown.
    let left = personal_texts(&world, &schema, &types, &texts).await;
    assert!(left.len() > personal.len() / 2, "only {left:?} are left");
    let (reader, all_rows) = (without_personal_data(&world), targets(&world.admin(), &schema, 100).await);
    let (tried, succeeded) = try_token(&world, (&schema, &types), &reader, &all_rows, &personal, true).await;
    assert!(tried > 250 && succeeded > 50, "{succeeded} of {tried}");
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
        let mut input = json!({ "ownerType": "CUSTOMER", "key": "secret", "type": "STRING", "title": "Secret" });
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
        world.user(&[Role::Admin]).scopes(&scopes).subject("narrow").actor()
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

//! Backfills: after a change of the tenant's settings, rows that stand already take the form that the settings ask for.

use access::Action;
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value as Json, json};

use crate::world::{
    Actor,
    DatabaseKind::{self, Postgres, Sqlite},
    World, each_database,
};

/// More customers than one batch has.
const CUSTOMERS: usize = 120;

/// Every customer and contact, as an ADMIN reads them, with their versions and times.
async fn read_customers(admin: &Actor) -> Json {
    let document =
        "{ customers(first: 100, deleted: INCLUDE) { totalCount nodes { id name displayName type version updatedAt
        contacts(first: 2) { nodes { name phone version updatedAt } } } } changes { totalCount } }";
    admin.execute(document).await.data().clone()
}

/// Creates customers with a contact each, every second one residential; one of them is deleted.
async fn create_customers(admin: &Actor) {
    let inputs: Vec<_> = (0..CUSTOMERS)
        .map(|number| {
            let customer_type = if number % 2 == 0 { "RESIDENTIAL" } else { "COMMERCIAL" };
            json!({ "name": format!("Customer {number}"), "type": customer_type, "externalReference": format!("c{number}"),
                    "contacts": [{ "name": format!("Person {number}"), "phone": "020 7946 0958" }] })
        })
        .collect();
    let document = "mutation($inputs: [CustomerCreateInput!]!) { customerCreateMany(inputs: $inputs, atomic: true) {
        userErrors { message } } }";
    for inputs in inputs.chunks(60) {
        let response = admin.execute_with(document, json!({ "inputs": inputs })).await;
        assert!(!response.data().to_string().contains("message"), "{response}");
    }
    admin.mutate("customerDelete", json!({ "id": "c3" }), "").await;
}

/// The number that a statement counts.
async fn count(world: &World, sql: &str) -> i64 {
    let db = world.db.connection();
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// Makes the second pass of every backfill due.
async fn begin_second_pass(world: &World) {
    let sql = match world.db.connection().get_database_backend() {
        sea_orm::DbBackend::Sqlite => "UPDATE backfill SET begins_at = '2020-01-01 00:00:00.000000+00:00'",
        _ => "UPDATE backfill SET begins_at = begins_at - INTERVAL '1 hour'",
    };
    let db = world.db.connection();
    db.execute_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
}

async fn settings_applied(admin: &Actor) -> bool {
    let response = admin.execute("{ viewer { tenant { settingsApplied } } }").await;
    response.data()["viewer"]["tenant"]["settingsApplied"].as_bool().unwrap()
}

#[apply(each_database)]
async fn stored_names_take_the_form_of_the_setting_without_a_change_of_their_rows(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    create_customers(&admin).await;
    world.link_changes().await;
    let before = read_customers(&admin).await;
    let clear = "SELECT COUNT(*) FROM customer WHERE name IS NOT NULL";
    let sealed = "SELECT COUNT(*) FROM customer WHERE name_sealed IS NOT NULL";
    let total = i64::try_from(CUSTOMERS).unwrap();
    assert_eq!((count(&world, clear).await, count(&world, sealed).await), (total / 2, total / 2));
    assert!(settings_applied(&admin).await);
    for (setting, clear_names) in [("ALL", 0), ("NONE", total), ("RESIDENTIAL", total / 2)] {
        let changes = read_customers(&admin).await["changes"]["totalCount"].as_i64().unwrap();
        admin.mutate("tenantUpdate", json!({ "sealedNames": setting }), "").await;
        world.link_changes().await;
        assert!(!settings_applied(&admin).await);
        // Both forms are read alike.
        let meanwhile = read_customers(&admin).await;
        assert_eq!(meanwhile["customers"], before["customers"]);
        world.run_backfills().await;
        assert_eq!(count(&world, clear).await, clear_names, "{setting}");
        assert_eq!(count(&world, sealed).await, total - clear_names, "{setting}");
        world.link_changes().await;
        let after = read_customers(&admin).await;
        assert_eq!(after["customers"], before["customers"], "{setting}");
        assert_eq!(after["changes"]["totalCount"], json!(changes + 1), "{setting}: the tenant's own change");
        // Names are found and ordered as before.
        let found = admin.execute(r#"{ search(query: "customer 7") { nodes { displayName } } }"#).await;
        assert!(found.data().to_string().contains("\"Customer 7\""), "{setting}: {found}");
        // The second pass finds what another server wrote by the setting before.
        assert!(!settings_applied(&admin).await);
        let stale = if setting == "NONE" {
            "UPDATE customer SET name_order = 'x' WHERE external_reference = 'c4'"
        } else {
            "UPDATE customer SET name_order = NULL WHERE external_reference = 'c4'"
        };
        let db = world.db.connection();
        db.execute_raw(Statement::from_string(db.get_database_backend(), stale)).await.unwrap();
        begin_second_pass(&world).await;
        world.run_backfills().await;
        assert!(settings_applied(&admin).await);
        let length = "SELECT LENGTH(name_order) FROM customer WHERE external_reference = 'c4'";
        let length = match database {
            Sqlite => count(&world, length).await,
            Postgres => count(&world, &length.replace("LENGTH(name_order)", "LENGTH(name_order)::bigint")).await,
        };
        assert_eq!(length, if setting == "NONE" { 10 } else { 3 });
    }
}

#[apply(each_database)]
async fn sealed_names_have_no_order_key_without_the_setting(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    create_customers(&admin).await;
    let keys = "SELECT (SELECT COUNT(*) FROM customer WHERE name_sealed IS NOT NULL AND name_order IS NOT NULL)
        + (SELECT COUNT(*) FROM contact WHERE name_order IS NOT NULL)";
    let all = count(&world, keys).await;
    assert_eq!(all, i64::try_from(CUSTOMERS * 3 / 2).unwrap());
    admin.mutate("tenantUpdate", json!({ "orderSealedNames": false }), "").await;
    world.run_backfills().await;
    assert_eq!(count(&world, keys).await, 0);
    admin.mutate("contactCreate", json!({ "customer": "c1", "name": "New" }), "").await;
    assert_eq!(count(&world, keys).await, 0);
    admin.mutate("tenantUpdate", json!({ "orderSealedNames": true }), "").await;
    world.run_backfills().await;
    assert_eq!(count(&world, keys).await, all + 1);
}

#[apply(each_database)]
async fn telephone_numbers_are_indexed_by_the_new_country(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    let phone = "020 7946 0958";
    let field = json!({ "ownerType": "ASSET", "key": "desk", "title": "Desk", "type": "PHONE_NUMBER" });
    admin.mutate("customFieldDefinitionCreate", field, "").await;
    let customer = json!({ "name": "London", "type": "COMMERCIAL", "contactInfo": { "phone": phone },
        "contacts": [{ "name": "Ann", "mobile": phone }] });
    admin.mutate("customerCreate", customer, "").await;
    let asset = json!({ "name": "Lift", "customFields": [{ "key": "desk", "value": phone }] });
    admin.mutate("assetCreate", asset, "").await;
    let found = async || {
        let document = r#"query($phone: String!) {
            customers(where: { phone: { eq: $phone } }) { totalCount }
            contacts(where: { mobile: { eq: $phone } }) { totalCount }
            assets(where: { customFields: [{ key: "desk", personal: { eq: $phone } }] }) { totalCount } }"#;
        let response = admin.execute_with(document, json!({ "phone": "+44 20 7946 0958" })).await;
        ["customers", "contacts", "assets"].map(|list| response.data()[list]["totalCount"].as_i64().unwrap())
    };
    assert_eq!(found().await, [0, 0, 0]);
    admin.mutate("tenantUpdate", json!({ "country": "GB" }), "").await;
    world.run_backfills().await;
    assert_eq!(found().await, [1, 1, 1]);
}

#[apply(each_database)]
async fn telephone_numbers_are_indexed_anew_by_a_change_of_country_only(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    let customer = json!({ "name": "Acme", "type": "COMMERCIAL", "contactInfo": { "phone": "+1 512 555 0100" } });
    admin.mutate("customerCreate", customer, "").await;
    let tokens = "SELECT COUNT(*) FROM search_token WHERE field = 'customer.phone'";
    assert!(count(&world, tokens).await > 0);
    let db = world.db.connection();
    db.execute_unprepared("DELETE FROM search_token WHERE field = 'customer.phone'").await.unwrap();
    admin.mutate("tenantUpdate", json!({ "sealedNames": "ALL", "orderSealedNames": true }), "").await;
    world.run_backfills().await;
    assert_eq!(count(&world, tokens).await, 0, "a change of names indexed a telephone number");
    // A change of names while a backfill after a change of country is not done does not take from what that does.
    admin.mutate("tenantUpdate", json!({ "country": "CA" }), "").await;
    admin.mutate("tenantUpdate", json!({ "sealedNames": "NONE" }), "").await;
    world.run_backfills().await;
    assert!(count(&world, tokens).await > 0);
}

#[apply(each_database)]
async fn who_may_not_read_personal_data_cannot_unseal_it_by_a_setting(database: DatabaseKind) {
    let world = World::new(database).await;
    let scopes: Vec<_> = Action::ALL
        .iter()
        .filter(|action| **action != Action::PiiRead)
        .map(|action| action.scope().to_owned())
        .collect();
    let caller = world.user(&[access::Role::Admin]).scopes(&scopes).actor();
    let refused = async |input: Json| {
        let response = caller.send_mutation("tenantUpdate", input, "id").await;
        response.error_codes().iter().map(|code| (*code).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refused(json!({ "sealedNames": "NONE" })).await, ["FORBIDDEN"]);
    caller.mutate("tenantUpdate", json!({ "sealedNames": "ALL", "orderSealedNames": false }), "").await;
    assert_eq!(refused(json!({ "sealedNames": "RESIDENTIAL" })).await, ["FORBIDDEN"]);
    assert_eq!(refused(json!({ "orderSealedNames": true })).await, ["FORBIDDEN"]);
}

#[apply(each_database)]
async fn a_backfill_that_fails_does_not_hold_up_that_of_another_tenant(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let other = world.other_admin();
    other.mutate("customerCreate", json!({ "name": "Other", "type": "BROKER" }), "").await;
    for admin in [&world.admin(), &other] {
        admin.mutate("tenantUpdate", json!({ "sealedNames": "ALL" }), "").await;
    }
    let db = world.db.connection();
    let broken = "UPDATE tenant SET key_wrapped = $1 WHERE id = $2";
    let values = [vec![0_u8; 3].into(), world.tenant.row.id.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), broken, values)).await.unwrap();
    assert!(world.run_backfill_batch().await.is_err());
    world.run_backfills().await;
    assert_eq!(count(&world, "SELECT COUNT(*) FROM customer WHERE name IS NOT NULL").await, 0);
}

//! Addresses, through the schema.

use rstest::rstest;
use serde_json::json;

use crate::world::{On, Postgres, Sqlite, World};

#[rstest]
#[tokio::test]
async fn the_tenants_own_yard_belongs_to_no_customer(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let yard = json!({ "name": "Yard", "city": "Dallas", "street": "1 Main St", "instructions": "Gate 4" });
    let select = "name type city street instructions timeZone country customer { id }";
    let made = world.admin().done("addressCreate", yard, select).await;
    assert_eq!(
        made,
        json!({ "name": "Yard", "type": "SERVICE", "city": "Dallas", "street": "1 Main St", "instructions": "Gate 4",
            "timeZone": "America/Chicago", "country": null, "customer": null })
    );
    let seen = world.viewer().ask("{ addresses { nodes { city street } } }").await;
    assert_eq!(*seen.at("/data/addresses/nodes"), json!([{ "city": "Dallas", "street": null }]));
    assert_eq!(*seen.at("/extensions/redacted"), json!(["addresses.nodes.street"]));
}

#[rstest]
#[tokio::test]
async fn a_customer_has_one_primary_address_and_a_yard_as_many_as_it_likes(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let customer = admin.done("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await["id"].clone();
    let primary = json!({ "customer": customer, "type": "PRIMARY" });
    let first = admin.done("addressCreate", primary.clone(), "id").await["id"].clone();
    let taken = ["TAKEN input.type: The customer has a PRIMARY address already; change that one."];
    assert_eq!(admin.refused("addressCreate", primary.clone()).await, taken);
    let other = admin.done("addressCreate", json!({ "customer": customer }), "id").await["id"].clone();
    assert_eq!(admin.refused("addressUpdate", json!({ "id": other, "type": "PRIMARY" })).await, taken);
    for _ in 0..2 {
        admin.done("addressCreate", json!({ "type": "PRIMARY" }), "").await;
    }
    // A deleted one makes room, and finds its place taken when it would come back.
    admin.done("addressDelete", json!({ "id": first }), "deletedAt").await;
    admin.done("addressCreate", primary, "").await;
    assert_eq!(admin.refused("addressRestore", json!({ "id": first })).await, taken);
}

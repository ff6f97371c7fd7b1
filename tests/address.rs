//! Addresses, through the schema.

use rstest_reuse::apply;
use serde_json::json;

use crate::world::{DatabaseKind, World, each_database};

#[apply(each_database)]
async fn an_address_can_belong_to_the_tenant_itself(database: DatabaseKind) {
    let world = World::new(database).await;
    let yard = json!({ "name": "Yard", "city": "Dallas", "street": "1 Main St", "instructions": "Gate 4" });
    let select = "name type city street instructions timeZone country customer { id }";
    let created = world.admin().mutate("addressCreate", yard, select).await;
    assert_eq!(
        created,
        json!({ "name": "Yard", "type": "SERVICE", "city": "Dallas", "street": "1 Main St", "instructions": "Gate 4",
            "timeZone": "America/Chicago", "country": null, "customer": null })
    );
    let visible = world.viewer().execute("{ addresses { nodes { city street } } }").await;
    assert_eq!(*visible.at("/data/addresses/nodes"), json!([{ "city": "Dallas", "street": null }]));
    assert_eq!(*visible.at("/extensions/redacted"), json!(["addresses.nodes.street"]));
}

#[apply(each_database)]
async fn a_customer_has_at_most_one_primary_address(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let customer =
        admin.mutate("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await["id"].clone();
    let primary = json!({ "customer": customer, "type": "PRIMARY" });
    let first = admin.mutate("addressCreate", primary.clone(), "id").await["id"].clone();
    let taken = ["TAKEN input.type: The customer has a PRIMARY address already; change that one."];
    assert_eq!(admin.user_errors("addressCreate", primary.clone()).await, taken);
    let other = admin.mutate("addressCreate", json!({ "customer": customer }), "id").await["id"].clone();
    assert_eq!(admin.user_errors("addressUpdate", json!({ "id": other, "type": "PRIMARY" })).await, taken);
    for _ in 0..2 {
        admin.mutate("addressCreate", json!({ "type": "PRIMARY" }), "").await;
    }
    // Another address may replace a deleted primary address, which then cannot be restored.
    admin.mutate("addressDelete", json!({ "id": first }), "deletedAt").await;
    admin.mutate("addressCreate", primary, "").await;
    assert_eq!(admin.user_errors("addressRestore", json!({ "id": first })).await, taken);
}

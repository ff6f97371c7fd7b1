//! Deleting loads: restoring them, cancelling them with their customer, and reopening them with a deleted address.

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{STATUSES, create_customer_and_addresses, create_load};
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database};

#[apply(each_database)]
async fn a_load_in_transit_cannot_be_deleted(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let mut table = Vec::new();
    for (state, path) in STATUSES {
        let id = create_load(&admin, path).await;
        let response = admin.send_mutation("loadDelete", json!({ "id": id }), "deletedAt").await;
        let lines = response.at("/data/loadDelete/userErrors/0/message").as_str().unwrap_or("deleted").to_owned();
        table.push(format!("{state}: {lines}"));
        if lines == "deleted" {
            let back = admin.mutate("loadRestore", json!({ "id": id }), "status deletedAt").await;
            assert_eq!(back, json!({ "status": state, "deletedAt": null }));
        }
    }
    assert_snapshot!(table.join("\n"), @"
        NEW: deleted
        SCHEDULED: deleted
        DISPATCHED: A load that is DISPATCHED cannot be deleted; cancel it with loadCancel first.
        IN_PROGRESS: A load that is IN_PROGRESS cannot be deleted; cancel it with loadCancel first.
        COMPLETED: deleted
        INVOICED: deleted
        PAID: deleted
        CANCELLED: deleted
        ");
}

#[apply(each_database)]
async fn deleting_a_customer_cancels_its_open_loads(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    for (_, path) in STATUSES {
        create_load(&admin, path).await;
    }
    let gone = create_load(&admin, &[]).await;
    admin.mutate("loadDelete", json!({ "id": gone }), "").await;
    let mut lines = admin.user_errors("customerDelete", json!({ "id": "ACME" })).await;
    // An agent may delete customers but not cancel loads.
    let agent =
        world.actor(Role::Agent).send_mutation("customerDelete", json!({ "id": "ACME", "cancelOpen": true }), "").await;
    assert_eq!(agent.error_codes(), ["FORBIDDEN"]);
    admin.mutate("customerDelete", json!({ "id": "ACME", "cancelOpen": true }), "").await;
    let response = admin
        .execute("{ loads { nodes { status cancelReason version customer { deletedAt } statusHistory { from } } } }")
        .await;
    for load in response.data()["loads"]["nodes"].as_array().unwrap() {
        assert_ne!(load["customer"]["deletedAt"], Json::Null);
        let last = load["statusHistory"].as_array().unwrap().last().unwrap();
        lines.push(format!(
            "{} from {} at version {}: {}",
            load["status"], last["from"], load["version"], load["cancelReason"]
        ));
    }
    // A cancelled load is not reopened while its customer is deleted.
    let id = cancelled_load_id(&admin).await;
    lines.extend(admin.user_errors("loadReopen", json!({ "id": id })).await);
    lines.extend(admin.user_errors("loadRestore", json!({ "id": gone })).await);
    admin.mutate("customerRestore", json!({ "id": "ACME" }), "").await;
    assert_eq!(admin.mutate("loadReopen", json!({ "id": id }), "status").await, json!({ "status": "NEW" }));
    assert_snapshot!(lines.join("\n"), @r#"
        IN_USE input.id: The customer has 4 open loads; finish them, or say cancelOpen: true.
        "CANCELLED" from "NEW" at version 2: "The customer was deleted."
        "CANCELLED" from "SCHEDULED" at version 3: "The customer was deleted."
        "CANCELLED" from "DISPATCHED" at version 4: "The customer was deleted."
        "CANCELLED" from "IN_PROGRESS" at version 5: "The customer was deleted."
        "COMPLETED" from "IN_PROGRESS" at version 5: null
        "INVOICED" from "COMPLETED" at version 6: null
        "PAID" from "INVOICED" at version 7: null
        "CANCELLED" from "NEW" at version 2: "No freight."
        DELETED input.id: Its customer is deleted; restore the customer first.
        DELETED input.id: Its customer is deleted; restore the customer first.
        "#);
}

/// The id of the oldest cancelled load.
async fn cancelled_load_id(actor: &Actor) -> Json {
    actor
        .execute("{ loads(where: { status: { eq: CANCELLED } }) { nodes { id } } }")
        .await
        .at("/data/loads/nodes/0/id")
        .clone()
}

#[apply(each_database)]
async fn a_load_cannot_be_reopened_with_a_deleted_address(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let id = create_load(&admin, &[]).await;
    let mut lines = admin.user_errors("addressDelete", json!({ "id": "AUSTIN" })).await;
    admin.mutate("loadCancel", json!({ "id": id, "reason": "No freight." }), "").await;
    admin.mutate("addressDelete", json!({ "id": "AUSTIN" }), "").await;
    lines.extend(admin.user_errors("loadReopen", json!({ "id": id })).await);
    // A load still shows its deleted address.
    let shown = admin.execute("{ loads { nodes { deliveryLocation { city } stops { address { city } } } } }").await;
    lines.push(shown.data().to_string());
    admin.mutate("addressRestore", json!({ "id": "AUSTIN" }), "").await;
    lines.push(admin.mutate("loadReopen", json!({ "id": id }), "status cancelReason").await.to_string());
    assert_snapshot!(lines.join("\n"), @r#"
        IN_USE input.id: Load L-00001 stops at this address.
        DELETED input.id: An address of the load's stops is deleted; restore the address first.
        {"loads":{"nodes":[{"deliveryLocation":{"city":"Austin"},"stops":[{"address":{"city":"Dallas"}},{"address":{"city":"Austin"}}]}]}}
        {"cancelReason":null,"status":"NEW"}
        "#);
}

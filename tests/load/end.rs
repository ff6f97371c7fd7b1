//! How loads go: deleted, restored, cancelled with their customer, kept from places that are gone.

use access::Role;
use rstest::rstest;
use serde_json::{Value as Json, json};

use super::{STATES, load, places};
use crate::world::{Actor, On, Postgres, Sqlite, World};

#[rstest]
#[tokio::test]
async fn a_load_is_not_deleted_on_its_way(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let mut table = Vec::new();
    for (state, path) in STATES {
        let id = load(&admin, path).await;
        let answer = admin.tried("loadDelete", json!({ "id": id }), "deletedAt").await;
        let told = answer.at("/data/loadDelete/userErrors/0/message").as_str().unwrap_or("deleted").to_owned();
        table.push(format!("{state}: {told}"));
        if told == "deleted" {
            let back = admin.done("loadRestore", json!({ "id": id }), "status deletedAt").await;
            assert_eq!(back, json!({ "status": state, "deletedAt": null }));
        }
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(table.join("\n"), @"
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
}

#[rstest]
#[tokio::test]
async fn a_customer_goes_with_its_open_loads_cancelled(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    for (_, path) in STATES {
        load(&admin, path).await;
    }
    let gone = load(&admin, &[]).await;
    admin.done("loadDelete", json!({ "id": gone }), "").await;
    let mut told = admin.refused("customerDelete", json!({ "id": "ACME" })).await;
    // An agent may delete customers, but not cancel loads.
    let agent = world.actor(Role::Agent).tried("customerDelete", json!({ "id": "ACME", "cancelOpen": true }), "").await;
    assert_eq!(agent.codes(), ["FORBIDDEN"]);
    admin.done("customerDelete", json!({ "id": "ACME", "cancelOpen": true }), "").await;
    let answer = admin
        .ask("{ loads { nodes { status cancelReason version customer { deletedAt } statusHistory { from } } } }")
        .await;
    for load in answer.data()["loads"]["nodes"].as_array().unwrap() {
        assert_ne!(load["customer"]["deletedAt"], Json::Null);
        let last = load["statusHistory"].as_array().unwrap().last().unwrap();
        told.push(format!(
            "{} from {} at version {}: {}",
            load["status"], last["from"], load["version"], load["cancelReason"]
        ));
    }
    // What was cancelled is not opened again for nobody.
    let id = answer_id(&admin).await;
    told.extend(admin.refused("loadReopen", json!({ "id": id })).await);
    told.extend(admin.refused("loadRestore", json!({ "id": gone })).await);
    admin.done("customerRestore", json!({ "id": "ACME" }), "").await;
    assert_eq!(admin.done("loadReopen", json!({ "id": id }), "status").await, json!({ "status": "NEW" }));
    insta::allow_duplicates! {
        insta::assert_snapshot!(told.join("\n"), @r#"
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
}

/// The id of the oldest load that is cancelled.
async fn answer_id(actor: &Actor) -> Json {
    actor
        .ask("{ loads(where: { status: { eq: CANCELLED } }) { nodes { id } } }")
        .await
        .at("/data/loads/nodes/0/id")
        .clone()
}

#[rstest]
#[tokio::test]
async fn a_load_is_not_opened_to_a_deleted_address(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let id = load(&admin, &[]).await;
    let mut told = admin.refused("addressDelete", json!({ "id": "AUSTIN" })).await;
    admin.done("loadCancel", json!({ "id": id, "reason": "No freight." }), "").await;
    admin.done("addressDelete", json!({ "id": "AUSTIN" }), "").await;
    told.extend(admin.refused("loadReopen", json!({ "id": id })).await);
    // The deleted address is still shown where the load went.
    let shown = admin.ask("{ loads { nodes { delivery { city } stops { address { city } } } } }").await;
    told.push(shown.data().to_string());
    admin.done("addressRestore", json!({ "id": "AUSTIN" }), "").await;
    told.push(admin.done("loadReopen", json!({ "id": id }), "status cancelReason").await.to_string());
    insta::allow_duplicates! {
        insta::assert_snapshot!(told.join("\n"), @r#"
        IN_USE input.id: Load L-00001 stops at this address.
        DELETED input.id: An address of the load's stops is deleted; restore the address first.
        {"loads":{"nodes":[{"delivery":{"city":"Austin"},"stops":[{"address":{"city":"Dallas"}},{"address":{"city":"Austin"}}]}]}}
        {"cancelReason":null,"status":"NEW"}
        "#);
    }
}

//! The status of an asset: what it lets happen with the asset.

use rstest_reuse::apply;
use serde_json::json;

use crate::{
    customer_asset::{create_customers_and_asset, rent},
    world::{DatabaseKind, World, each_database},
};

#[apply(each_database)]
async fn an_asset_that_is_not_in_service_is_not_rented(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    let past = admin.mutate("customerAssetAssign", rent("acme", "2026-01-01", Some("2026-01-05")), "id").await;
    admin.mutate("customerAssetReturn", json!({ "id": past["id"], "at": "2026-01-05T00:00:00Z" }), "").await;
    let upsert = |relationship: &str| {
        json!({ "externalReference": "terms", "customer": "bolt", "asset": "lift", "relationship": relationship,
            "from": "2026-02-01T00:00:00Z" })
    };
    for status in ["RETIRED", "OUT_OF_SERVICE"] {
        admin.mutate("assetUpdate", json!({ "id": "lift", "status": status }), "").await;
        let mut created = rent("acme", "2026-02-01", None);
        let refused = admin.user_errors("customerAssetAssign", created.clone()).await;
        assert!(refused[0].starts_with("STATE input.asset: The asset asset_"), "{refused:?}");
        assert!(refused[0].contains(&format!(" is {status}; only an ACTIVE asset")), "{refused:?}");
        created["asset"] = json!("lift");
        assert!(admin.user_errors("customerAssetCreate", created).await[0].starts_with("STATE input.asset"));
        assert!(admin.user_errors("customerAssetUpsert", upsert("LEASED")).await[0].starts_with("STATE input.asset"));
        // Other terms do not need the asset in service, and becoming a rental does.
        admin.mutate("customerAssetUpsert", upsert("OWNED"), "").await;
        assert!(admin.user_errors("customerAssetUpsert", upsert("RENTED")).await[0].starts_with("STATE input.asset"));
        // What is over is a matter of record.
        admin.mutate("customerAssetUpdate", json!({ "id": past["id"], "until": "2026-01-06T00:00:00Z" }), "").await;
    }
    // A machine that breaks at the customer's stays there, and its rental can be prolonged and ended.
    admin.mutate("assetUpdate", json!({ "id": "lift", "status": "ACTIVE" }), "").await;
    let out = admin.mutate("customerAssetAssign", rent("acme", "2026-03-01", None), "id").await["id"].clone();
    admin.mutate("assetUpdate", json!({ "id": "lift", "status": "OUT_OF_SERVICE" }), "").await;
    admin.mutate("customerAssetUpdate", json!({ "id": out, "until": "2150-01-01T00:00:00Z" }), "").await;
    admin.mutate("customerAssetDelete", json!({ "id": out }), "").await;
    let back = admin.user_errors("customerAssetRestore", json!({ "id": out })).await;
    assert!(back[0].starts_with("STATE input.asset"), "{back:?}");
}

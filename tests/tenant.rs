//! The tenant, through the schema.

use rstest_reuse::apply;
use serde_json::json;

use crate::world::{DatabaseKind, World, assert_snapshot, each_database};

#[apply(each_database)]
async fn a_tenant_shows_its_settings_to_its_users_only(database: DatabaseKind) {
    let world = World::new(database).await;
    let query = "{ viewer { tenant { id name industries country currency timeZone weightUnit distanceUnit sealedNames
        orderSealedNames version } } }";
    let response = world.viewer().execute(query).await;
    assert_snapshot!(response.snapshot(), @r#"
        {
          "data": {
            "viewer": {
              "tenant": {
                "country": "US",
                "currency": "USD",
                "distanceUnit": "MI",
                "id": "tenant_1",
                "industries": [
                  "TRUCKING"
                ],
                "name": "Lonestar Freight",
                "orderSealedNames": true,
                "sealedNames": "RESIDENTIAL",
                "timeZone": "America/Chicago",
                "version": 1,
                "weightUnit": "LB"
              }
            }
          }
        }
        "#);
    let id = response.at("/data/viewer/tenant/id");
    let node = "query($id: ID!) { node(id: $id) { id ... on Tenant { name } } }";
    assert_eq!(
        *world.viewer().execute_with(node, json!({ "id": id })).await.at("/data/node/name"),
        json!("Lonestar Freight")
    );
    assert_eq!(*world.other_admin().execute_with(node, json!({ "id": id })).await.data(), json!({ "node": null }));
}

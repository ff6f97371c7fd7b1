//! The tenant, through the schema.

use rstest::rstest;
use serde_json::json;

use crate::world::{On, Postgres, Sqlite, World};

#[rstest]
#[tokio::test]
async fn a_tenant_shows_its_settings_to_its_own(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let query = "{ viewer { tenant { id name industries country currency timeZone weightUnit distanceUnit sealedNames
        orderSealedNames version } } }";
    let answer = world.viewer().ask(query).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(answer.shown(), @r#"
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
    }
    let id = answer.at("/data/viewer/tenant/id");
    let node = "query($id: ID!) { node(id: $id) { id ... on Tenant { name } } }";
    assert_eq!(
        *world.viewer().ask_with(node, json!({ "id": id })).await.at("/data/node/name"),
        json!("Lonestar Freight")
    );
    assert_eq!(*world.stranger().ask_with(node, json!({ "id": id })).await.data(), json!({ "node": null }));
}

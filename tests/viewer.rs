//! The viewer, through the schema.

use rstest::rstest;
use serde_json::json;

use crate::world::{On, Postgres, Sqlite, World};

#[rstest]
#[tokio::test]
async fn a_caller_learns_who_they_are_and_what_they_may_do(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let query =
        "{ viewer { subject roles scopes technician readOnly permissions tenant { name industries currency } } }";
    let answer = world.viewer().ask(query).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(answer.shown(), @r#"
        {
          "data": {
            "viewer": {
              "permissions": [
                "customer:read",
                "address:read",
                "contact:read",
                "asset:read",
                "load:read",
                "service:read",
                "custom_field:read",
                "tenant:read"
              ],
              "readOnly": false,
              "roles": [
                "VIEWER"
              ],
              "scopes": null,
              "subject": "VIEWER",
              "technician": "VIEWER",
              "tenant": {
                "currency": "USD",
                "industries": [
                  "TRUCKING"
                ],
                "name": "Lonestar Freight"
              }
            }
          }
        }
        "#);
    }
    let stranger = world.stranger().ask("{ viewer { tenant { name } } }").await;
    assert_eq!(*stranger.at("/data/viewer/tenant"), json!({ "name": "Cascade Service" }));
}

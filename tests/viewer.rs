//! The viewer, through the schema.

use rstest_reuse::apply;
use serde_json::json;

use crate::world::{DatabaseKind, World, assert_snapshot, each_database};

#[apply(each_database)]
async fn the_viewer_has_its_subject_roles_and_permissions(database: DatabaseKind) {
    let world = World::new(database).await;
    let query =
        "{ viewer { subject roles scopes technician readOnly permissions tenant { name industries currency } } }";
    let response = world.viewer().execute(query).await;
    assert_snapshot!(response.snapshot(), @r#"
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
                "recurring_service:read",
                "rate:read",
                "schedule:read",
                "document:read",
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
    let other_admin = world.other_admin().execute("{ viewer { tenant { name } } }").await;
    assert_eq!(*other_admin.at("/data/viewer/tenant"), json!({ "name": "Cascade Service" }));
}

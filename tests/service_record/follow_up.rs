//! Follow-ups: visits that another visit made necessary.

use rstest_reuse::apply;
use serde_json::json;

use super::create_customers;
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database};

async fn visit(admin: &Actor, reference: &str, date: &str, follow_up_of: Option<&str>) {
    let mut input = json!({ "customer": "acme", "serviceDate": date, "serviceType": "Repair", "externalReference": reference,
        "followUpRequired": true });
    if let Some(visit) = follow_up_of {
        input["followUpOf"] = json!(visit);
    }
    admin.mutate("serviceRecordCreate", input, "").await;
}

#[apply(each_database)]
async fn a_follow_up_leads_to_its_visit_and_back(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    visit(&admin, "a", "2024-01-01T09:00:00Z", None).await;
    visit(&admin, "b", "2024-02-01T09:00:00Z", Some("a")).await;
    visit(&admin, "c", "2024-03-01T09:00:00Z", Some("b")).await;
    let document = "{ serviceRecords { nodes { externalReference followUpOf { externalReference }
        followUps { nodes { externalReference } } } } }";
    let response = admin.execute(document).await;
    assert_snapshot!(response.snapshot(), @r#"
    {
      "data": {
        "serviceRecords": {
          "nodes": [
            {
              "externalReference": "a",
              "followUpOf": null,
              "followUps": {
                "nodes": [
                  {
                    "externalReference": "b"
                  }
                ]
              }
            },
            {
              "externalReference": "b",
              "followUpOf": {
                "externalReference": "a"
              },
              "followUps": {
                "nodes": [
                  {
                    "externalReference": "c"
                  }
                ]
              }
            },
            {
              "externalReference": "c",
              "followUpOf": {
                "externalReference": "b"
              },
              "followUps": {
                "nodes": []
              }
            }
          ]
        }
      }
    }
    "#);
    let to_book = "{ serviceRecords(where: { followUpRequired: { eq: true }, followUps: { none: {} } }) {
        nodes { externalReference } } }";
    let to_book = admin.execute(to_book).await;
    assert_eq!(to_book.data()["serviceRecords"]["nodes"], json!([{ "externalReference": "c" }]));
    let follow = "{ serviceRecords(where: { followUpOf: { externalReference: { eq: \"a\" } } }) { totalCount } }";
    assert_eq!(admin.execute(follow).await.data()["serviceRecords"]["totalCount"], json!(1));
    // Cleared, it follows nothing.
    admin.mutate("serviceRecordUpdate", json!({ "id": "b", "followUpOf": null }), "").await;
    assert_eq!(admin.execute(follow).await.data()["serviceRecords"]["totalCount"], json!(0));
}

#[apply(each_database)]
async fn a_visit_follows_an_earlier_one_of_the_same_customer_only(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    visit(&admin, "a", "2024-01-01T09:00:00Z", None).await;
    visit(&admin, "b", "2024-02-01T09:00:00Z", Some("a")).await;
    let other = json!({ "customer": "bolt", "serviceDate": "2024-03-01T09:00:00Z", "serviceType": "Repair",
        "externalReference": "o" });
    admin.mutate("serviceRecordCreate", other, "").await;
    let refused = async |id: &str, visit: &str| {
        admin.user_errors("serviceRecordUpdate", json!({ "id": id, "followUpOf": visit })).await.join("\n")
    };
    let errors = refused("o", "a").await;
    assert_snapshot!(errors, @"INVALID input.followUpOf: The visit that this one follows is of another customer.");
    // Neither itself nor a circle.
    let errors = refused("a", "a").await;
    assert_snapshot!(errors, @"INVALID input.followUpOf: A follow-up is after the visit that it follows; that is of 2024-01-01 09:00:00 UTC.");
    let errors = refused("a", "b").await;
    assert_snapshot!(errors, @"INVALID input.followUpOf: A follow-up is after the visit that it follows; that is of 2024-02-01 09:00:00 UTC.");
    let errors = refused("a", "nothing").await;
    assert_snapshot!(errors, @r#"NOT_FOUND input.followUpOf: "nothing" is neither the id nor the external reference of a service record."#);
}

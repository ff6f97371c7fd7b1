//! The visits that plans book: each date once, only from now to the horizon, and following the plan until somebody changes
//! them.

use access::Role;
use domain::recurring_service::book_visits;
use error::Error;
use rstest_reuse::apply;
use serde_json::json;
use store::{TenantTable, background::write};

use super::{create, manager, occurrences, records};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

/// The day before the first visit of the tests' plans.
const BEFORE: &str = "2090-01-01T00:00:00Z";

#[apply(each_database)]
async fn visits_are_booked_once_and_only_from_now_to_the_horizon(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    create(&manager, json!({ "endDate": "2090-07-01", "technicians": ["T-1"], "charge": { "amount": "80" } })).await;
    assert_eq!(records(&manager).await, "");
    world.book_visits(BEFORE).await;
    world.book_visits(BEFORE).await;
    let booked = records(&manager).await;
    assert_snapshot!(booked, @r#"
        2090-01-02 2090-01-02T16:00:00Z SCHEDULED v1 T-1
        2090-01-09 2090-01-09T16:00:00Z SCHEDULED v1 T-1
        2090-01-16 2090-01-16T16:00:00Z SCHEDULED v1 T-1
        2090-01-23 2090-01-23T16:00:00Z SCHEDULED v1 T-1
        2090-01-30 2090-01-30T16:00:00Z SCHEDULED v1 T-1
        2090-02-06 2090-02-06T16:00:00Z SCHEDULED v1 T-1
        2090-02-13 2090-02-13T16:00:00Z SCHEDULED v1 T-1
        2090-02-20 2090-02-20T16:00:00Z SCHEDULED v1 T-1
        2090-02-27 2090-02-27T16:00:00Z SCHEDULED v1 T-1
        2090-03-06 2090-03-06T16:00:00Z SCHEDULED v1 T-1
        2090-03-13 2090-03-13T15:00:00Z SCHEDULED v1 T-1
        2090-03-20 2090-03-20T15:00:00Z SCHEDULED v1 T-1
        2090-03-27 2090-03-27T15:00:00Z SCHEDULED v1 T-1
        "#);
    // The servers were off for five weeks: what is past is missed, and the next run books up to the horizon.
    world.book_visits("2090-05-08T00:00:00Z").await;
    let found = occurrences(&manager, "2090-03-20", "2090-05-20").await;
    assert_snapshot!(found, @r#"
        2090-03-20 2090-03-20T15:00:00Z BOOKED
        2090-03-27 2090-03-27T15:00:00Z BOOKED
        2090-04-03 2090-04-03T15:00:00Z PLANNED
        2090-04-10 2090-04-10T15:00:00Z PLANNED
        2090-04-17 2090-04-17T15:00:00Z PLANNED
        2090-04-24 2090-04-24T15:00:00Z PLANNED
        2090-05-01 2090-05-01T15:00:00Z PLANNED
        2090-05-08 2090-05-08T15:00:00Z BOOKED
        2090-05-15 2090-05-15T15:00:00Z BOOKED
        "#);
    assert_eq!(records(&manager).await.lines().count(), booked.lines().count() + 8);
}

#[apply(each_database)]
async fn two_servers_book_a_date_once_and_a_killed_one_nothing(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    let plan = create(&manager, json!({ "occurrenceCount": 6 })).await;
    assert!(plan.is_object());
    let id = manager.execute("{ recurringService(ref: \"plan\") { id } }").await;
    let id = domain::recurring_service::Plan::TABLE.decode_id(id.text("/data/recurringService/id")).unwrap();
    let (tenant, now) = (world.tenant.row.id, BEFORE.parse().unwrap());
    let killed = write(&world.db, tenant, "booking", |tx| {
        Box::pin(async move {
            book_visits(tx, id, now).await?;
            Err(Error::Busy)
        })
    });
    assert!(killed.await.is_err());
    assert_eq!(records(&manager).await, "");
    let server = || write(&world.db, tenant, "booking", |tx| Box::pin(book_visits(tx, id, now)));
    let (one, two, three) = tokio::join!(server(), server(), server());
    // Who comes second has nothing to do, and no error.
    for booked in [one, two, three] {
        booked.unwrap();
    }
    assert_eq!(records(&manager).await.lines().count(), 6);
    world.link_changes().await;
    let query = "{ changes(where: { nodeType: { eq: SERVICE_RECORD } }) { totalCount nodes { actor action } } }";
    let changes = world.admin().execute(query).await;
    assert_eq!(changes.data()["changes"]["totalCount"], json!(6));
    assert_eq!(changes.data()["changes"]["nodes"][0], json!({ "actor": "booking", "action": "CREATE" }));
}

#[apply(each_database)]
async fn a_cancelled_or_deleted_visit_is_not_booked_again_until_it_is_reopened(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    create(&manager, json!({ "occurrenceCount": 3 })).await;
    world.book_visits(BEFORE).await;
    let ids = manager.execute("{ serviceRecords(orderBy: [{ serviceDate: ASC }]) { nodes { id } } }").await;
    let id = |index: usize| ids.data()["serviceRecords"]["nodes"][index]["id"].clone();
    manager.mutate("serviceRecordCancel", json!({ "id": id(0), "reason": "Storm." }), "").await;
    manager.mutate("serviceRecordDelete", json!({ "id": id(1) }), "").await;
    world.book_visits(BEFORE).await;
    let found = records(&manager).await;
    assert_snapshot!(found, @r#"
        2090-01-02 2090-01-02T16:00:00Z CANCELLED v2 Storm.
        2090-01-09 2090-01-09T16:00:00Z SCHEDULED v2 (deleted)
        2090-01-16 2090-01-16T16:00:00Z SCHEDULED v1
        "#);
    for date in ["2090-01-02", "2090-01-09"] {
        manager.mutate("recurringServiceReopen", json!({ "id": "plan", "date": date }), "").await;
    }
    world.book_visits(BEFORE).await;
    let found = records(&manager).await;
    assert_snapshot!(found, @r#"
        - 2090-01-02T16:00:00Z CANCELLED v3 Storm.
        2090-01-02 2090-01-02T16:00:00Z SCHEDULED v1
        - 2090-01-09T16:00:00Z SCHEDULED v3 (deleted)
        2090-01-09 2090-01-09T16:00:00Z SCHEDULED v1
        2090-01-16 2090-01-16T16:00:00Z SCHEDULED v1
        "#);
    let found = occurrences(&manager, "2090-01-01", "2090-12-31").await;
    assert_snapshot!(found, @r#"
        2090-01-02 2090-01-02T16:00:00Z BOOKED
        2090-01-09 2090-01-09T16:00:00Z BOOKED
        2090-01-16 2090-01-16T16:00:00Z BOOKED
        "#);
    manager.mutate("serviceRecordRestore", json!({ "id": id(1) }), "").await;
}

#[apply(each_database)]
async fn visits_follow_the_plan_until_somebody_changes_them(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    create(&manager, json!({ "weekdays": ["TUESDAY"], "occurrenceCount": 5, "technician": "T-1" })).await;
    world.book_visits(BEFORE).await;
    let ids = manager.execute("{ serviceRecords(orderBy: [{ serviceDate: ASC }]) { nodes { id } } }").await;
    let id = |index: usize| ids.data()["serviceRecords"]["nodes"][index]["id"].clone();
    manager.mutate("serviceRecordComplete", json!({ "id": id(0) }), "").await;
    manager.mutate("serviceRecordUpdate", json!({ "id": id(2), "technician": "T-9" }), "").await;
    // The dates stay: the visits get the new time and technicians, in place.
    let later = json!({ "id": "plan", "preferredTime": "13:00", "technicians": ["T-1", "T-2"], "summary": "Filters" });
    manager.mutate("recurringServiceUpdate", later, "").await;
    let found = records(&manager).await;
    assert_snapshot!(found, @r#"
        2090-01-03 2090-01-03T16:00:00Z COMPLETED v2 T-1
        2090-01-10 2090-01-10T19:00:00Z SCHEDULED v2 T-1+T-2
        2090-01-17 2090-01-17T16:00:00Z SCHEDULED v2 T-9
        2090-01-24 2090-01-24T19:00:00Z SCHEDULED v2 T-1+T-2
        2090-01-31 2090-01-31T19:00:00Z SCHEDULED v2 T-1+T-2
        "#);
    // Visits that follow the plan go on doing so.
    manager.mutate("recurringServiceUpdate", json!({ "id": "plan", "preferredTime": "14:00" }), "").await;
    let found = records(&manager).await;
    assert_snapshot!(found, @r#"
        2090-01-03 2090-01-03T16:00:00Z COMPLETED v2 T-1
        2090-01-10 2090-01-10T20:00:00Z SCHEDULED v3 T-1+T-2
        2090-01-17 2090-01-17T16:00:00Z SCHEDULED v2 T-9
        2090-01-24 2090-01-24T20:00:00Z SCHEDULED v3 T-1+T-2
        2090-01-31 2090-01-31T20:00:00Z SCHEDULED v3 T-1+T-2
        "#);
    // Tuesday becomes Thursday.
    manager.mutate("recurringServiceUpdate", json!({ "id": "plan", "weekdays": ["THURSDAY"] }), "").await;
    world.book_visits(BEFORE).await;
    let found = records(&manager).await;
    assert_snapshot!(found, @r#"
        2090-01-03 2090-01-03T16:00:00Z COMPLETED v2 T-1
        2090-01-05 2090-01-05T20:00:00Z SCHEDULED v1 T-1+T-2
        - 2090-01-10T20:00:00Z SCHEDULED v4 T-1+T-2(deleted)
        2090-01-12 2090-01-12T20:00:00Z SCHEDULED v1 T-1+T-2
        2090-01-17 2090-01-17T16:00:00Z SCHEDULED v2 T-9
        2090-01-19 2090-01-19T20:00:00Z SCHEDULED v1 T-1+T-2
        - 2090-01-24T20:00:00Z SCHEDULED v4 T-1+T-2(deleted)
        2090-01-26 2090-01-26T20:00:00Z SCHEDULED v1 T-1+T-2
        - 2090-01-31T20:00:00Z SCHEDULED v4 T-1+T-2(deleted)
        2090-02-02 2090-02-02T20:00:00Z SCHEDULED v1 T-1+T-2
        "#);
    // A change back finds the dates free again, but for those that were kept.
    manager.mutate("recurringServiceUpdate", json!({ "id": "plan", "weekdays": ["TUESDAY"] }), "").await;
    world.book_visits(BEFORE).await;
    let live = |line: &&str| !line.ends_with("(deleted)");
    let found = records(&manager).await;
    let found = found.lines().filter(live).collect::<Vec<_>>().join("\n");
    assert_snapshot!(found, @r#"
        2090-01-03 2090-01-03T16:00:00Z COMPLETED v2 T-1
        2090-01-10 2090-01-10T20:00:00Z SCHEDULED v1 T-1+T-2
        2090-01-17 2090-01-17T16:00:00Z SCHEDULED v2 T-9
        2090-01-24 2090-01-24T20:00:00Z SCHEDULED v1 T-1+T-2
        2090-01-31 2090-01-31T20:00:00Z SCHEDULED v1 T-1+T-2
        "#);
}

#[apply(each_database)]
async fn a_plan_books_at_once_and_its_deletion_takes_the_visits_back(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    let today = chrono::NaiveDate::parse_from_str(&today(&manager).await, "%Y-%m-%d").unwrap();
    let start = (today + chrono::Days::new(2)).to_string();
    create(&manager, json!({ "frequency": "DAILY", "startDate": start, "occurrenceCount": 3 })).await;
    let booked = records(&manager).await;
    assert_eq!(booked.lines().count(), 3, "{booked}");
    manager.mutate("recurringServiceDelete", json!({ "id": "plan" }), "").await;
    let deleted = records(&manager).await;
    assert!(deleted.lines().all(|line| line.starts_with("- ") && line.ends_with("(deleted)")), "{deleted}");
    manager.mutate("recurringServiceRestore", json!({ "id": "plan" }), "").await;
    assert_eq!(records(&manager).await.lines().filter(|line| line.contains("SCHEDULED v1")).count(), 3);
    // Two changes of one transaction are one change of a visit, which still follows the plan.
    let update = |time: &str| json!({ "id": "plan", "preferredTime": time });
    let query = "mutation($inputs: [RecurringServiceUpdateInput!]!) {
        recurringServiceUpdateMany(inputs: $inputs, atomic: true) { userErrors { message } } }";
    let both = manager.execute_with(query, json!({ "inputs": [update("11:00"), update("12:00")] })).await;
    assert_eq!(both.error_codes(), Vec::<&str>::new(), "{both}");
    manager.mutate("recurringServiceUpdate", update("13:00"), "").await;
    let times = manager.execute("{ serviceRecords { nodes { version serviceDate } } }").await;
    let nodes = times.data()["serviceRecords"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 3);
    assert!(nodes.iter().all(|record| record["version"] == json!(3)), "{times}");
}

/// Today, as the server sees it.
pub async fn today(actor: &crate::world::Actor) -> String {
    let customer = actor.execute("{ customer(ref: \"acme\") { updatedAt } }").await;
    customer.text("/data/customer/updatedAt")[..10].to_owned()
}

#[apply(each_database)]
async fn a_visit_gets_the_defaults_of_custom_fields(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    for (key, more) in [("gate", json!({ "default": "north" })), ("code", json!({ "required": true }))] {
        let mut input = json!({ "ownerType": "SERVICE_RECORD", "key": key, "type": "STRING", "title": key });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        manager.mutate("customFieldDefinitionCreate", input, "").await;
    }
    create(&manager, json!({ "occurrenceCount": 1 })).await;
    world.book_visits(BEFORE).await;
    let query = "{ serviceRecords { nodes { version customFields { nodes { definition { key } } } } } }";
    let found = manager.execute(query).await;
    assert_snapshot!(snapshot_text(&found.data()["serviceRecords"]["nodes"][0]), @r#"
        {
          "customFields": {
            "nodes": [
              {
                "definition": {
                  "key": "gate"
                }
              }
            ]
          },
          "version": 1
        }
        "#);
    manager.mutate("recurringServiceUpdate", json!({ "id": "plan", "preferredTime": "11:00" }), "").await;
    let found = records(&manager).await;
    assert_snapshot!(found, @r#"
        2090-01-02 2090-01-02T17:00:00Z SCHEDULED v2
        "#);
}

#[apply(each_database)]
async fn who_may_write_plans_books_their_visits(database: DatabaseKind) {
    let world = World::new(database).await;
    manager(&world).await;
    let scopes = ["recurring_service:write".to_owned(), "customer:read".to_owned()];
    let planner = world.user(&[Role::Dispatcher]).scopes(&scopes).actor();
    let plan = json!({ "customer": "acme", "externalReference": "plan", "serviceType": "HVAC", "frequency": "DAILY",
        "startDate": "2024-01-01", "preferredTime": "10:00", "technician": "T-1" });
    planner.mutate("recurringServiceCreate", plan, "").await;
    planner.mutate("recurringServiceUpdate", json!({ "id": "plan", "technician": "T-2" }), "").await;
    let technician = world.actor(Role::Technician);
    let refused = technician.execute("{ recurringServices { totalCount } }").await;
    assert_eq!(refused.error_codes(), ["FORBIDDEN"]);
    let visits = "{ serviceRecords(where: { technicians: { has: \"T-2\" } }) { totalCount } }";
    let count = world.admin().execute(visits).await.data()["serviceRecords"]["totalCount"].as_u64().unwrap();
    assert!((89..=92).contains(&count), "{count}");
}

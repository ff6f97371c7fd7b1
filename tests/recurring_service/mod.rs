//! Recurring services, through the schema: lists and occurrences; `input` has what is written, `booking` the visits, `crash` servers
//! that are killed while they book, `exception` what is skipped, moved and paused.

mod booking;
mod crash;
mod exception;
mod input;

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database};

const ALL: &str = "serviceType summary frequency interval weekdays weekOfMonth dayOfMonth startDate endDate occurrenceCount
    preferredTime durationMinutes technician technicians charge { amount currency } exceptions { date movedTo movedTime reason }
    pauses { startsOn resumesOn } customer { externalReference } address { externalReference } version externalReference
    customFields { nodes { definition { key } } }";

/// A manager in a world with the customer `acme`.
async fn manager(world: &World) -> Actor {
    let manager = world.actor(Role::Manager);
    let customer = json!({ "name": "Acme", "type": "COMMERCIAL", "externalReference": "acme" });
    manager.mutate("customerCreate", customer, "").await;
    manager
}

/// Creates the plan `plan` of the customer `acme`: weekly on Mondays at ten o'clock, an hour long, unless the fields say
/// otherwise.
async fn create(actor: &Actor, fields: Json) -> Json {
    let mut input = json!({
        "customer": "acme", "externalReference": "plan", "serviceType": "HVAC Maintenance", "frequency": "WEEKLY",
        "startDate": "2090-01-02", "preferredTime": "10:00", "durationMinutes": 60,
    });
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    actor.mutate("recurringServiceCreate", input, ALL).await
}

/// The visits of the plan `plan` from one day to another, a line for each: date, day, beginning and status.
async fn occurrences(actor: &Actor, from: &str, until: &str) -> String {
    let query = format!(
        "{{ recurringServiceOccurrences(recurringService: \"plan\", from: \"{from}\", until: \"{until}\", first: 100) {{
            date localDate startsAt status }} }}"
    );
    let response = actor.execute(&query).await;
    let visits = response.data()["recurringServiceOccurrences"].as_array().unwrap_or_else(|| panic!("{response}"));
    let text = |visit: &Json, field: &str| visit[field].as_str().unwrap().to_owned();
    let line = |visit: &Json| {
        let (date, day) = (text(visit, "date"), text(visit, "localDate"));
        let day = if date == day { date } else { format!("{date} on {day}") };
        format!("{day} {} {}", text(visit, "startsAt"), text(visit, "status"))
    };
    visits.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The service records of the plan `plan`, deleted ones too, by their dates, a line for each.
async fn records(actor: &Actor) -> String {
    let query = "{ recurringService(ref: \"plan\") {
        serviceRecords(first: 100, deleted: INCLUDE, orderBy: [{ serviceDate: ASC }]) { nodes {
            occurrenceDate serviceDate status technicians cancelReason version deletedAt } } } }";
    let response = actor.execute(query).await;
    let line = |record: &Json| {
        let text = |field: &str| record[field].as_str().unwrap_or("-").to_owned();
        let technicians: Vec<_> =
            record["technicians"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let mut line = format!(
            "{} {} {} v{} {}",
            text("occurrenceDate"),
            text("serviceDate"),
            text("status"),
            record["version"],
            technicians.join("+")
        );
        if record["cancelReason"].is_string() {
            line.push_str(&text("cancelReason"));
        }
        if record["deletedAt"].is_string() {
            line.push_str("(deleted)");
        }
        line.trim_end().to_owned()
    };
    let nodes = response.data()["recurringService"]["serviceRecords"]["nodes"].as_array().unwrap();
    nodes.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[apply(each_database)]
async fn what_integrations_send_is_accepted_and_books_no_past_visit(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    let input = json!({
        "customer": "acme", "externalReference": "plan", "serviceType": "HVAC Quarterly Maintenance",
        "frequency": "QUARTERLY", "startDate": "2024-01-01", "preferredTime": "10:00",
        "technician": "64a7b8c9d1e2f3g4h5i6j7k8",
    });
    let created = manager.mutate("recurringServiceCreate", input, "technicians").await;
    assert_eq!(created["technicians"], json!(["64a7b8c9d1e2f3g4h5i6j7k8"]));
    let found = occurrences(&manager, "2024-01-01", "2025-01-01").await;
    assert_snapshot!(found, @r#"
        2024-01-01 2024-01-01T16:00:00Z MISSED
        2024-04-01 2024-04-01T15:00:00Z MISSED
        2024-07-01 2024-07-01T15:00:00Z MISSED
        2024-10-01 2024-10-01T15:00:00Z MISSED
        2025-01-01 2025-01-01T16:00:00Z MISSED
        "#);
    let past = "{ serviceRecords(where: { serviceDate: { lt: \"2026-01-01T00:00:00Z\" } }) { totalCount } }";
    assert_eq!(manager.execute(past).await.data()["serviceRecords"]["totalCount"], json!(0));
}

#[apply(each_database)]
async fn occurrences_are_those_of_a_window_of_local_days(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    let address = json!({ "customer": "acme", "externalReference": "plant", "timeZone": "America/New_York" });
    manager.mutate("addressCreate", address, "").await;
    let daily = json!({ "frequency": "DAILY", "startDate": "2024-03-09", "preferredTime": "02:30", "address": "plant",
        "endDate": "2024-03-11" });
    create(&manager, daily).await;
    let found = occurrences(&manager, "2024-01-01", "2024-12-31").await;
    assert_snapshot!(found, @r#"
        2024-03-09 2024-03-09T07:30:00Z MISSED
        2024-03-10 2024-03-10T07:30:00Z MISSED
        2024-03-11 2024-03-11T06:30:00Z MISSED
        "#);
    // Ten o'clock stays ten o'clock when the plan moves to a place in another zone.
    let phoenix = json!({ "customer": "acme", "externalReference": "desert", "timeZone": "America/Phoenix" });
    manager.mutate("addressCreate", phoenix, "").await;
    let moved = json!({ "id": "plan", "address": "desert", "preferredTime": "10:00" });
    manager.mutate("recurringServiceUpdate", moved, "").await;
    let found = occurrences(&manager, "2024-03-10", "2024-03-10").await;
    assert_snapshot!(found, @r#"
        2024-03-10 2024-03-10T17:00:00Z MISSED
        "#);
    let query = |arguments: &str| {
        format!(
            "{{ recurringServiceOccurrences(recurringService: \"plan\", {arguments}) {{ date serviceRecord {{ id }} }} }}"
        )
    };
    let mut refusals = Vec::new();
    for arguments in [
        "from: \"2024-03-11\", until: \"2024-03-10\"",
        "from: \"2024-03-11\", until: \"2034-03-10\"",
        "from: \"1800-01-01\", until: \"1800-03-10\"",
        "from: \"2024-03-09\", until: \"2024-03-11\", first: 2",
        "from: \"2024-03-09\", until: \"2024-03-11\", first: 101",
    ] {
        let response = manager.execute(&query(arguments)).await;
        refusals.push(response.text("/errors/0/message").to_owned());
    }
    assert_snapshot!(refusals.join("\n"), @r#"
        until (2024-03-10) is before from (2024-03-11).
        until (2034-03-10) is more than five years after from (2024-03-11).
        from and until are from 1900 to 9000.
        There are more than 2 visits from 2024-03-09 to 2024-03-11; give a shorter time or a larger first.
        The operation exceeds the limit of page size: 101 of at most 100, in recurringServiceOccurrences.
        "#);
    let found = manager.execute(&query("from: \"2024-03-09\", until: \"2024-03-11\"")).await;
    assert_eq!(found.data()["recurringServiceOccurrences"].as_array().unwrap().len(), 3);
    assert_eq!(found.statements(), 5, "{found}");
    let nobody = "{ recurringServiceOccurrences(recurringService: \"none\", from: \"2024-01-01\", until: \"2024-01-01\") { date } }";
    assert_eq!(manager.execute(nobody).await.data()["recurringServiceOccurrences"], Json::Null);
    assert_eq!(
        world.other_admin().execute(&query("from: \"2024-03-09\", until: \"2024-03-11\"")).await.data(),
        &json!({
            "recurringServiceOccurrences": null
        })
    );
}

#[apply(each_database)]
async fn plans_are_listed_with_their_customers_and_visits(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    create(&manager, json!({ "technician": "T-1" })).await;
    world.book_visits("2090-01-01T00:00:00Z").await;
    let query = "{ customer(ref: \"acme\") { recurringServices(where: { frequency: { eq: WEEKLY }, serviceRecords: { some: {
            occurrenceDate: { eq: \"2090-01-09\" } } } }, orderBy: [{ startDate: DESC }]) { totalCount nodes { serviceType } } }
        serviceRecords(where: { recurringService: { serviceType: { eq: \"hvac maintenance\" } } }, first: 2,
            orderBy: [{ serviceDate: ASC }]) { nodes { occurrenceDate serviceDate scheduledStart scheduledEnd summary
            recurringService { externalReference customer { name } } technician } } }";
    let found = manager.execute(query).await;
    assert_snapshot!(found.snapshot(), @r#"
        {
          "data": {
            "customer": {
              "recurringServices": {
                "nodes": [
                  {
                    "serviceType": "HVAC Maintenance"
                  }
                ],
                "totalCount": 1
              }
            },
            "serviceRecords": {
              "nodes": [
                {
                  "occurrenceDate": "2090-01-02",
                  "recurringService": {
                    "customer": {
                      "name": "Acme"
                    },
                    "externalReference": "plan"
                  },
                  "scheduledEnd": "2090-01-02T17:00:00Z",
                  "scheduledStart": "2090-01-02T16:00:00Z",
                  "serviceDate": "2090-01-02T16:00:00Z",
                  "summary": null,
                  "technician": "T-1"
                },
                {
                  "occurrenceDate": "2090-01-09",
                  "recurringService": {
                    "customer": {
                      "name": "Acme"
                    },
                    "externalReference": "plan"
                  },
                  "scheduledEnd": "2090-01-09T17:00:00Z",
                  "scheduledStart": "2090-01-09T16:00:00Z",
                  "serviceDate": "2090-01-09T16:00:00Z",
                  "summary": null,
                  "technician": "T-1"
                }
              ]
            }
          }
        }
        "#);
    // A plan of another tenant is none.
    let other = world.other_admin();
    let refused = other.user_errors("recurringServiceSkip", json!({ "id": "plan", "date": "2090-01-09" })).await;
    assert!(refused.join(" ").contains("NOT_FOUND"), "{refused:?}");
}

#[apply(each_database)]
async fn a_deleted_customer_takes_its_plans_with_it(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    manager.mutate("addressCreate", json!({ "customer": "acme", "externalReference": "plant" }), "").await;
    create(&manager, json!({ "address": "plant" })).await;
    let refused = manager.user_errors("addressDelete", json!({ "id": "plant" })).await;
    assert!(refused.join(" ").contains("The recurring HVAC Maintenance is at this address."), "{refused:?}");
    world.book_visits("2090-01-01T00:00:00Z").await;
    manager.mutate("customerDelete", json!({ "id": "acme", "cancelOpen": true }), "").await;
    let plan = "{ recurringService(ref: \"plan\") { deletedAt } }";
    assert!(manager.execute(plan).await.data()["recurringService"]["deletedAt"].is_string());
    world.book_visits("2090-06-01T00:00:00Z").await;
    assert!(!records(&manager).await.contains("SCHEDULED"));
    let refused = manager.user_errors("recurringServiceRestore", json!({ "id": "plan" })).await;
    assert!(refused.join(" ").contains("DELETED"), "{refused:?}");
    manager.mutate("customerRestore", json!({ "id": "acme" }), "").await;
    assert_eq!(manager.execute(plan).await.data()["recurringService"]["deletedAt"], Json::Null);
    // What was cancelled with the customer is not booked again.
    world.book_visits("2090-01-01T00:00:00Z").await;
    assert!(!records(&manager).await.contains("SCHEDULED"));
}

//! What is written of a plan, and what is refused.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{ALL, create, manager};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

#[apply(each_database)]
async fn a_recurring_service_is_read_back_as_it_was_written(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    let address = json!({ "customer": "acme", "externalReference": "plant", "timeZone": "America/Phoenix" });
    manager.mutate("addressCreate", address, "").await;
    let created = create(
        &manager,
        json!({
            "frequency": "MONTHLY", "interval": 2, "weekOfMonth": "LAST", "weekdays": ["FRIDAY"], "endDate": "2091-12-31",
            "address": "plant", "summary": "Filters", "technicians": ["T-1", "T-2"], "charge": { "amount": "120.50" },
        }),
    )
    .await;
    assert_snapshot!(snapshot_text(&created), @r#"
        {
          "address": {
            "externalReference": "plant"
          },
          "charge": {
            "amount": "120.5",
            "currency": "USD"
          },
          "customFields": {
            "nodes": []
          },
          "customer": {
            "externalReference": "acme"
          },
          "dayOfMonth": null,
          "durationMinutes": 60,
          "endDate": "2091-12-31",
          "exceptions": [],
          "externalReference": "plan",
          "frequency": "MONTHLY",
          "interval": 2,
          "occurrenceCount": null,
          "pauses": [],
          "preferredTime": "10:00",
          "serviceType": "HVAC Maintenance",
          "startDate": "2090-01-02",
          "summary": "Filters",
          "technician": "T-1",
          "technicians": [
            "T-1",
            "T-2"
          ],
          "version": 1,
          "weekOfMonth": "LAST",
          "weekdays": [
            "FRIDAY"
          ]
        }
        "#);
    let update = json!({
        "id": "plan", "frequency": "WEEKLY", "interval": 1, "weekOfMonth": null, "weekdays": ["SUNDAY", "MONDAY", "SUNDAY"],
        "endDate": null, "occurrenceCount": 10, "preferredTime": null, "durationMinutes": null, "technician": "T-3",
        "charge": null, "address": null,
    });
    let changed = manager.mutate("recurringServiceUpdate", update, ALL).await;
    assert_snapshot!(snapshot_text(&changed), @r#"
        {
          "address": null,
          "charge": null,
          "customFields": {
            "nodes": []
          },
          "customer": {
            "externalReference": "acme"
          },
          "dayOfMonth": null,
          "durationMinutes": null,
          "endDate": null,
          "exceptions": [],
          "externalReference": "plan",
          "frequency": "WEEKLY",
          "interval": 1,
          "occurrenceCount": 10,
          "pauses": [],
          "preferredTime": null,
          "serviceType": "HVAC Maintenance",
          "startDate": "2090-01-02",
          "summary": "Filters",
          "technician": "T-3",
          "technicians": [
            "T-3"
          ],
          "version": 2,
          "weekOfMonth": null,
          "weekdays": [
            "MONDAY",
            "SUNDAY"
          ]
        }
        "#);
}

#[apply(each_database)]
async fn a_recurring_service_is_checked(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    manager.mutate("customerCreate", json!({ "name": "B", "type": "COMMERCIAL", "externalReference": "b" }), "").await;
    manager.mutate("addressCreate", json!({ "customer": "b", "externalReference": "elsewhere" }), "").await;
    let of = |fields: Json| {
        let mut input =
            json!({ "customer": "acme", "serviceType": "HVAC", "frequency": "MONTHLY", "startDate": "2090-01-02" });
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        input
    };
    let mut refusals = Vec::new();
    for input in [
        of(json!({ "customer": "nobody", "serviceType": " " })),
        of(json!({ "interval": 0, "dayOfMonth": 32, "durationMinutes": 0, "occurrenceCount": 10_001 })),
        of(json!({ "preferredTime": "9:30" })),
        of(json!({ "preferredTime": "24:00" })),
        of(json!({ "startDate": "1899-12-31" })),
        of(json!({ "startDate": "9001-01-01" })),
        of(json!({ "endDate": "2090-01-01" })),
        of(json!({ "frequency": "WEEKLY", "weekdays": ["TUESDAY"], "endDate": "2090-01-02" })),
        of(json!({ "endDate": "2090-12-31", "occurrenceCount": 3 })),
        of(json!({ "weekdays": ["MONDAY"] })),
        of(json!({ "weekOfMonth": "FIRST", "weekdays": ["MONDAY", "TUESDAY"] })),
        of(json!({ "weekOfMonth": "FIRST", "dayOfMonth": 3 })),
        of(json!({ "frequency": "WEEKLY", "weekOfMonth": "FIRST" })),
        of(json!({ "frequency": "DAILY", "dayOfMonth": 3, "weekdays": ["MONDAY"] })),
        of(json!({ "charge": { "amount": "-1" } })),
        of(json!({ "technician": "a", "technicians": ["b"] })),
        of(json!({ "address": "elsewhere" })),
    ] {
        refusals.extend(manager.user_errors("recurringServiceCreate", input).await);
    }
    refusals.extend(manager.user_errors("recurringServiceUpsert", json!({ "externalReference": "new" })).await);
    assert_snapshot!(refusals.join("\n"), @r#"
        NOT_FOUND input.customer: "nobody" is neither the id, the external reference nor the number of a customer.
        REQUIRED input.serviceType: serviceType cannot be empty.
        OUT_OF_RANGE input.interval: interval is from 1 to 1000; 0 was given.
        OUT_OF_RANGE input.dayOfMonth: dayOfMonth is from 1 to 31; 32 was given.
        OUT_OF_RANGE input.occurrenceCount: occurrenceCount is from 1 to 10000; 10001 was given.
        OUT_OF_RANGE input.durationMinutes: durationMinutes is from 1 to 10080; 0 was given.
        INVALID input.preferredTime: "9:30" is not a time of day; write it as 09:30.
        INVALID input.preferredTime: "24:00" is not a time of day; write it as 09:30.
        OUT_OF_RANGE input.startDate: startDate is from 1900 to 9000; 1899-12-31 was given.
        OUT_OF_RANGE input.startDate: startDate is from 1900 to 9000; 9001-01-01 was given.
        OUT_OF_RANGE input.endDate: The plan has no date from startDate (2090-01-02) to endDate (2090-01-01).
        OUT_OF_RANGE input.endDate: The plan has no date from startDate (2090-01-02) to endDate (2090-01-02).
        INVALID input.occurrenceCount: Give endDate or occurrenceCount, not both; null clears one.
        INVALID input.weekdays: weekdays goes with WEEKLY, or with weekOfMonth; the plan is MONTHLY.
        INVALID input.weekdays: weekOfMonth is of one day of the week; weekdays has 2.
        INVALID input.dayOfMonth: Give weekOfMonth or dayOfMonth, not both; null clears one.
        INVALID input.weekOfMonth: weekOfMonth goes with a frequency of MONTHLY or longer; the plan is WEEKLY.
        INVALID input.dayOfMonth: dayOfMonth goes with a frequency of MONTHLY or longer; the plan is DAILY.
        INVALID input.weekdays: weekdays goes with WEEKLY, or with weekOfMonth; the plan is DAILY.
        OUT_OF_RANGE input.charge: charge cannot be negative.
        INVALID input.technician: Give technician or technicians, not both.
        INVALID input.address: "elsewhere" is an address of another customer.
        REQUIRED input.customer: There is no recurring service "new" yet, and a new one needs its customer.
        "#);
}

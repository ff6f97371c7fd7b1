//! Skipped, moved and reopened visits, and pauses: each changes the plan and the booked visit that nobody changed.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{create, manager, occurrences, records};
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

const BEFORE: &str = "2090-01-01T00:00:00Z";

async fn step(actor: &Actor, step: &str, mut input: Json) -> Json {
    input["id"] = json!("plan");
    let select = "exceptions { date movedTo movedTime reason } pauses { startsOn resumesOn } version";
    actor.mutate(&format!("recurringService{step}"), input, select).await
}

#[apply(each_database)]
async fn a_visit_is_skipped_moved_and_reopened_by_its_date(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    create(&manager, json!({ "weekdays": ["TUESDAY"], "occurrenceCount": 4 })).await;
    world.book_visits(BEFORE).await;
    step(&manager, "Skip", json!({ "date": "2090-01-10", "reason": "Closed." })).await;
    let to = json!({ "date": "2090-01-17", "to": "2090-01-19", "time": "10:00" });
    let plan = step(&manager, "Move", to).await;
    assert_snapshot!(snapshot_text(&plan), @r#"
        {
          "exceptions": [
            {
              "date": "2090-01-10",
              "movedTime": null,
              "movedTo": null,
              "reason": "Closed."
            },
            {
              "date": "2090-01-17",
              "movedTime": "10:00",
              "movedTo": "2090-01-19",
              "reason": null
            }
          ],
          "pauses": [],
          "version": 3
        }
        "#);
    // Another time of the plan: the skipped and the moved visit are still known by their dates.
    manager.mutate("recurringServiceUpdate", json!({ "id": "plan", "preferredTime": "13:00" }), "").await;
    world.book_visits(BEFORE).await;
    let found = records(&manager).await;
    assert_snapshot!(found, @r#"
        2090-01-03 2090-01-03T19:00:00Z SCHEDULED v2
        2090-01-10 2090-01-10T16:00:00Z CANCELLED v2 Closed.
        2090-01-17 2090-01-19T16:00:00Z SCHEDULED v2
        2090-01-24 2090-01-24T19:00:00Z SCHEDULED v2
        "#);
    let found = occurrences(&manager, "2090-01-01", "2090-12-31").await;
    assert_snapshot!(found, @r#"
        2090-01-03 2090-01-03T19:00:00Z BOOKED
        2090-01-10 2090-01-10T16:00:00Z SKIPPED
        2090-01-17 on 2090-01-19 2090-01-19T16:00:00Z BOOKED
        2090-01-24 2090-01-24T19:00:00Z BOOKED
        "#);
    // A moved visit is in the window of the day to which it is moved.
    step(&manager, "Move", json!({ "date": "2090-01-24", "to": "2090-02-02" })).await;
    assert_eq!(occurrences(&manager, "2090-01-20", "2090-01-31").await, "");
    assert_eq!(
        occurrences(&manager, "2090-02-01", "2090-02-28").await,
        "2090-01-24 on 2090-02-02 2090-02-02T19:00:00Z BOOKED"
    );
    for date in ["2090-01-10", "2090-01-17", "2090-01-24"] {
        step(&manager, "Reopen", json!({ "date": date })).await;
    }
    world.book_visits(BEFORE).await;
    let found = occurrences(&manager, "2090-01-01", "2090-12-31").await;
    assert_snapshot!(found, @r#"
        2090-01-03 2090-01-03T19:00:00Z BOOKED
        2090-01-10 2090-01-10T19:00:00Z BOOKED
        2090-01-17 2090-01-17T19:00:00Z BOOKED
        2090-01-24 2090-01-24T19:00:00Z BOOKED
        "#);
    let found = records(&manager).await;
    assert_snapshot!(found, @r#"
        2090-01-03 2090-01-03T19:00:00Z SCHEDULED v2
        - 2090-01-10T16:00:00Z CANCELLED v3 Closed.
        2090-01-10 2090-01-10T19:00:00Z SCHEDULED v1
        2090-01-17 2090-01-17T19:00:00Z SCHEDULED v3
        2090-01-24 2090-01-24T19:00:00Z SCHEDULED v4
        "#);
}

#[apply(each_database)]
async fn what_cannot_be_skipped_or_moved_is_refused(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    create(&manager, json!({ "occurrenceCount": 4 })).await;
    world.book_visits(BEFORE).await;
    let ids = manager.execute("{ serviceRecords(orderBy: [{ serviceDate: ASC }]) { nodes { id } } }").await;
    let id = |index: usize| ids.data()["serviceRecords"]["nodes"][index]["id"].clone();
    manager.mutate("serviceRecordUpdate", json!({ "id": id(0), "technician": "T-9" }), "").await;
    manager.mutate("serviceRecordComplete", json!({ "id": id(1) }), "").await;
    manager.mutate("serviceRecordCancel", json!({ "id": id(2), "reason": "Storm." }), "").await;
    step(&manager, "Pause", json!({ "from": "2090-05-01" })).await;
    let mut refusals = Vec::new();
    for (mutation, mut input) in [
        ("Skip", json!({ "date": "2090-01-03" })),
        ("Skip", json!({ "date": "2090-02-27" })),
        ("Skip", json!({ "date": "2090-01-02" })),
        ("Skip", json!({ "date": "2090-01-09" })),
        ("Move", json!({ "date": "2090-01-02", "to": "2090-01-03" })),
        ("Move", json!({ "date": "2090-01-09", "to": "2090-01-03" })),
        ("Move", json!({ "date": "2090-01-16", "to": "2090-01-03" })),
        ("Move", json!({ "date": "2090-01-23", "to": "2091-01-25", "time": "noon" })),
        ("Move", json!({ "date": "2090-01-23", "to": "2090-05-01" })),
        ("Reopen", json!({ "date": "2090-01-02" })),
        ("Reopen", json!({ "date": "2090-01-03" })),
        ("Pause", json!({ "from": "2090-06-01" })),
        ("Pause", json!({ "from": "2090-01-01", "resumesOn": "2090-01-01" })),
        ("Resume", json!({ "on": "2090-04-30" })),
    ] {
        input["id"] = json!("plan");
        refusals.extend(manager.user_errors(&format!("recurringService{mutation}"), input).await);
    }
    let named = |text: String, index: usize| text.replace(id(index).as_str().unwrap(), &format!("[record {index}]"));
    let refusals: Vec<_> = refusals.into_iter().map(|text| named(named(text, 0), 1)).collect();
    assert_snapshot!(refusals.join("\n"), @r#"
        INVALID input.date: The rule of the plan does not yield 2090-01-03; one is 2090-01-09. Name a visit by its original date.
        INVALID input.date: The rule of the plan does not yield 2090-02-27; one is 2090-01-23. Name a visit by its original date.
        STATE input.date: The visit of 2090-01-02 was changed by hand; change or cancel the service record [record 0] itself.
        STATE input.date: The visit of 2090-01-09 is done: it is the service record [record 1].
        STATE input.date: The visit of 2090-01-02 was changed by hand; change or cancel the service record [record 0] itself.
        STATE input.date: The visit of 2090-01-09 is done: it is the service record [record 1].
        STATE input.date: The visit of 2090-01-16 is cancelled or deleted; recurringServiceReopen plans it again.
        INVALID input.time: "noon" is not a time of day; write it as 09:30.
        OUT_OF_RANGE input.to: A visit is moved by at most 366 days; 2091-01-25 is farther from 2090-01-23.
        STATE input.to: The plan is paused on 2090-05-01; move the visit to another day, or end the pause first.
        STATE input.date: The visit of 2090-01-02 was changed by hand; change or cancel the service record [record 0] itself.
        INVALID input.date: The rule of the plan does not yield 2090-01-03; one is 2090-01-09. Name a visit by its original date.
        OVERLAP input.from: The plan is paused from 2090-05-01 on already.
        OUT_OF_RANGE input.resumesOn: resumesOn is after the first day of the pause, 2090-01-01.
        STATE input.on: The plan is not paused on 2090-04-30: it is from 2090-05-01 on.
        "#);
    // A visit that is cancelled already can be skipped, too.
    step(&manager, "Skip", json!({ "date": "2090-01-16" })).await;
    assert!(occurrences(&manager, "2090-01-16", "2090-01-16").await.ends_with("SKIPPED"));
}

#[apply(each_database)]
async fn a_pause_has_no_visits_and_they_are_not_made_up_for(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    create(&manager, json!({ "occurrenceCount": 8 })).await;
    world.book_visits(BEFORE).await;
    step(&manager, "Pause", json!({ "from": "2090-01-16" })).await;
    world.book_visits(BEFORE).await;
    let found = records(&manager).await;
    assert_snapshot!(found, @r#"
        2090-01-02 2090-01-02T16:00:00Z SCHEDULED v1
        2090-01-09 2090-01-09T16:00:00Z SCHEDULED v1
        - 2090-01-16T16:00:00Z SCHEDULED v2 (deleted)
        - 2090-01-23T16:00:00Z SCHEDULED v2 (deleted)
        - 2090-01-30T16:00:00Z SCHEDULED v2 (deleted)
        - 2090-02-06T16:00:00Z SCHEDULED v2 (deleted)
        - 2090-02-13T16:00:00Z SCHEDULED v2 (deleted)
        - 2090-02-20T16:00:00Z SCHEDULED v2 (deleted)
        "#);
    let resumed = step(&manager, "Resume", json!({ "on": "2090-02-06" })).await;
    assert_snapshot!(snapshot_text(&resumed), @r#"
        {
          "exceptions": [],
          "pauses": [
            {
              "resumesOn": "2090-02-06",
              "startsOn": "2090-01-16"
            }
          ],
          "version": 3
        }
        "#);
    world.book_visits(BEFORE).await;
    let found = occurrences(&manager, "2090-01-01", "2090-12-31").await;
    assert_snapshot!(found, @r#"
        2090-01-02 2090-01-02T16:00:00Z BOOKED
        2090-01-09 2090-01-09T16:00:00Z BOOKED
        2090-01-16 2090-01-16T16:00:00Z PAUSED
        2090-01-23 2090-01-23T16:00:00Z PAUSED
        2090-01-30 2090-01-30T16:00:00Z PAUSED
        2090-02-06 2090-02-06T16:00:00Z BOOKED
        2090-02-13 2090-02-13T16:00:00Z BOOKED
        2090-02-20 2090-02-20T16:00:00Z BOOKED
        "#);
    // On its first day, a pause is taken back.
    let resumed = step(&manager, "Resume", json!({ "on": "2090-01-16" })).await;
    assert_eq!(resumed["pauses"], json!([]));
    // Without a day, a pause begins today.
    let paused = step(&manager, "Pause", json!({})).await;
    assert_eq!(paused["pauses"][0]["resumesOn"], Json::Null);
}

#[apply(each_database)]
async fn exceptions_and_pauses_are_in_the_change_log(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = manager(&world).await;
    create(&manager, json!({ "occurrenceCount": 2, "technician": "T-1" })).await;
    step(&manager, "Move", json!({ "date": "2090-01-02", "to": "2090-01-03", "reason": "Holiday." })).await;
    step(&manager, "Pause", json!({ "from": "2090-02-01", "resumesOn": "2090-03-01" })).await;
    world.link_changes().await;
    let query =
        "{ changes(where: { nodeType: { eq: RECURRING_SERVICE } }, last: 2) { nodes { action fields before after } } }";
    let changes = world.admin().execute(query).await;
    let nodes = &changes.data()["changes"]["nodes"];
    let parts = json!([
        nodes[0]["fields"],
        nodes[0]["after"]["exceptions"],
        nodes[1]["fields"],
        nodes[1]["after"]["pauses"],
        nodes[1]["after"]["technicians"],
        nodes[1]["before"]["weekdays"]
    ]);
    assert_snapshot!(snapshot_text(&parts), @r#"
        [
          [
            "exceptions"
          ],
          [
            {
              "date": "2090-01-02",
              "movedTime": null,
              "movedTo": "2090-01-03",
              "reason": "Holiday."
            }
          ],
          [
            "pauses"
          ],
          [
            {
              "resumesOn": "2090-03-01",
              "startsOn": "2090-02-01"
            }
          ],
          [
            "T-1"
          ],
          []
        ]
        "#);
}

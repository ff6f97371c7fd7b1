//! What advances a schedule: completions of service records, their corrections, and skips.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{complete, create, create_equipment, read, read_meter, stop_clock, world_with_equipment};
use crate::world::{Actor, DatabaseKind, assert_snapshot, each_database, snapshot_text};

async fn next_due(admin: &Actor, reference: &str) -> Json {
    read(admin, reference, "nextDue").await["nextDue"].clone()
}

#[apply(each_database)]
async fn work_that_is_early_or_late_counts_from_the_completion_or_from_the_plan(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    stop_clock(&world, "2024-12-31");
    for (schedule, done, from_completion, from_plan) in [
        (json!({ "intervalMonths": 12, "startDate": "2023-10-01" }), &["2024-09-20"][..], "2025-09-20", "2025-10-01"),
        (
            json!({ "intervalMonths": 1, "startDate": "2024-02-01" }),
            &["2024-03-01", "2024-03-31"],
            "2024-04-30",
            "2024-05-01",
        ),
        (json!({ "intervalDays": 7, "startDate": "2024-03-01" }), &["2024-03-09"], "2024-03-16", "2024-03-15"),
        (
            json!({ "intervalDays": 7, "startDate": "2024-03-01" }),
            &["2024-03-09", "2024-03-16"],
            "2024-03-23",
            "2024-03-22",
        ),
        (json!({ "intervalMonths": 1, "startDate": "2024-01-31" }), &[], "2024-02-29", "2024-02-29"),
    ] {
        for (counted_from, expected) in [("COMPLETION", from_completion), ("PLAN", from_plan)] {
            let name = format!("{counted_from} {expected}");
            let mut fields = schedule.clone();
            (fields["countedFrom"], fields["serviceType"]) = (json!(counted_from), json!(name));
            create(&admin, &name, fields).await;
            for day in done {
                let at = format!("{day}T12:00:00Z");
                let input = json!({ "customer": "acme", "serviceType": name, "serviceDate": at, "equipment": ["lift"],
                    "status": "COMPLETED", "completedAt": at });
                admin.mutate("serviceRecordCreate", input, "").await;
            }
            assert_eq!(next_due(&admin, &name).await, json!(expected), "{schedule} {counted_from}");
        }
    }
}

#[apply(each_database)]
async fn a_plan_of_the_meter_keeps_its_marks(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    stop_clock(&world, "2024-12-31");
    let fields = json!({ "intervalMeter": 10_000, "startMeter": 0, "startDate": "2024-01-01", "countedFrom": "PLAN" });
    create(&admin, "oil", fields).await;
    let mark = async || read(&admin, "oil", "nextDueMeter").await["nextDueMeter"].clone();
    read_meter(&admin, "2024-02-01", 9_700).await;
    complete(&admin, "first", "2024-02-01").await;
    assert_eq!(mark().await, json!("20000"));
    read_meter(&admin, "2024-06-01", 20_300).await;
    complete(&admin, "second", "2024-06-01").await;
    assert_eq!(mark().await, json!("30000"));
    admin.mutate("serviceRecordDelete", json!({ "id": "second" }), "").await;
    assert_eq!(mark().await, json!("20000"));
}

#[apply(each_database)]
async fn the_last_completion_is_derived_and_never_counted_up(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    create(&admin, "oil", json!({ "intervalMonths": 6, "startDate": "2023-01-01" })).await;
    stop_clock(&world, "2024-12-31");
    complete(&admin, "old", "2023-09-15").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-03-15"));
    complete(&admin, "new", "2024-03-01").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-09-01"));
    // One that is older moves nothing.
    complete(&admin, "between", "2024-01-01").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-09-01"));
    admin.mutate("serviceRecordUpdate", json!({ "id": "new", "completedAt": "2024-02-01T12:00:00Z" }), "").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-08-01"));
    admin.mutate("serviceRecordDelete", json!({ "id": "new" }), "").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-07-01"));
    admin.mutate("serviceRecordRestore", json!({ "id": "new" }), "").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-08-01"));
    admin.mutate("serviceRecordReopen", json!({ "id": "new" }), "").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-07-01"));
    admin.mutate("serviceRecordComplete", json!({ "id": "new", "at": "2024-02-01T12:00:00Z" }), "").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-08-01"));
    // What is completed is cancelled after it is reopened.
    admin.mutate("serviceRecordReopen", json!({ "id": "between" }), "").await;
    admin.mutate("serviceRecordCancel", json!({ "id": "between", "reason": "Not done" }), "").await;
    let again = admin.user_errors("serviceRecordReopen", json!({ "id": "between" })).await.join(" ");
    assert!(again.starts_with("STATE input.id"), "{again}");
    assert_eq!(next_due(&admin, "oil").await, json!("2024-08-01"));
    complete(&admin, "third", "2024-01-01").await;
    // Another type of work, and other equipment.
    admin.mutate("serviceRecordUpdate", json!({ "id": "new", "serviceType": "Inspection" }), "").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-07-01"));
    admin.mutate("serviceRecordUpdate", json!({ "id": "new", "serviceType": "Oil change" }), "").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-08-01"));
    admin.mutate("serviceRecordUpdate", json!({ "id": "new", "equipment": [] }), "").await;
    assert_eq!(next_due(&admin, "oil").await, json!("2024-07-01"));
}

#[apply(each_database)]
async fn a_completion_tells_which_schedules_it_advanced(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    create_equipment(&admin, "truck", "truck-owned").await;
    create(&admin, "oil", json!({ "intervalMonths": 6 })).await;
    create(&admin, "oil-owned", json!({ "intervalMonths": 3, "equipment": "owned" })).await;
    create(&admin, "belt", json!({ "intervalMonths": 12, "serviceType": "Belt" })).await;
    create(&admin, "truck-oil", json!({ "intervalMonths": 6, "equipment": "truck" })).await;
    stop_clock(&world, "2023-05-01");
    let visit = |reference: &str| {
        json!({ "customer": "acme", "serviceType": "Oil change",
        "serviceDate": "2023-05-01T13:00:00Z", "equipment": ["owned"], "status": "SCHEDULED", "externalReference": reference })
    };
    admin.mutate("serviceRecordCreate", visit("visit"), "").await;
    let select = "equipmentSchedules { nodes { externalReference } } advancedSchedules(orderBy: [{ nextDue: ASC }]) {
        nodes { externalReference lastCompletedAt nextDue lastServiceRecord { externalReference } version } }";
    let done = admin.mutate("serviceRecordComplete", json!({ "id": "visit" }), select).await;
    assert_snapshot!(snapshot_text(&done), @r#"
        {
          "advancedSchedules": {
            "nodes": [
              {
                "externalReference": "oil-owned",
                "lastCompletedAt": "2023-05-01T12:00:00Z",
                "lastServiceRecord": {
                  "externalReference": "visit"
                },
                "nextDue": "2023-08-01",
                "version": 2
              },
              {
                "externalReference": "oil",
                "lastCompletedAt": "2023-05-01T12:00:00Z",
                "lastServiceRecord": {
                  "externalReference": "visit"
                },
                "nextDue": "2023-11-01",
                "version": 2
              }
            ]
          },
          "equipmentSchedules": {
            "nodes": []
          }
        }
        "#);
    // What it names moves instead, whatever its type and its equipment.
    stop_clock(&world, "2023-06-01");
    admin.mutate("serviceRecordCreate", visit("named"), "").await;
    let input = json!({ "id": "named", "equipmentSchedules": ["belt", "truck-oil"] });
    let named = admin.mutate("serviceRecordComplete", input, select).await;
    assert_snapshot!(snapshot_text(&named), @r#"
        {
          "advancedSchedules": {
            "nodes": [
              {
                "externalReference": "truck-oil",
                "lastCompletedAt": "2023-06-01T12:00:00Z",
                "lastServiceRecord": {
                  "externalReference": "named"
                },
                "nextDue": "2023-12-01",
                "version": 2
              },
              {
                "externalReference": "belt",
                "lastCompletedAt": "2023-06-01T12:00:00Z",
                "lastServiceRecord": {
                  "externalReference": "named"
                },
                "nextDue": "2024-06-01",
                "version": 2
              }
            ]
          },
          "equipmentSchedules": {
            "nodes": [
              {
                "externalReference": "belt"
              },
              {
                "externalReference": "truck-oil"
              }
            ]
          }
        }
        "#);
    assert_eq!(next_due(&admin, "oil").await, json!("2023-11-01"));
    // Without the names it counts by its type.
    let unnamed = json!({ "id": "named", "equipmentSchedules": [] });
    admin.mutate("serviceRecordUpdate", unnamed, "").await;
    assert_eq!(next_due(&admin, "belt").await, json!("2024-01-01"));
    assert_eq!(next_due(&admin, "oil").await, json!("2023-12-01"));
    world.link_changes().await;
    let query = "{ equipmentSchedule(ref: \"oil\") { changes { nodes { action fields } } } }";
    let changes = admin.execute(query).await;
    assert_snapshot!(snapshot_text(&changes.data()["equipmentSchedule"]["changes"]["nodes"]), @r#"
        [
          {
            "action": "CREATE",
            "fields": [
              "asset",
              "countedFrom",
              "externalReference",
              "intervalMonths",
              "serviceType"
            ]
          },
          {
            "action": "UPDATE",
            "fields": [
              "lastCompletedAt",
              "lastServiceRecord"
            ]
          },
          {
            "action": "UPDATE",
            "fields": [
              "lastCompletedAt",
              "lastServiceRecord"
            ]
          }
        ]
        "#);
}

#[apply(each_database)]
async fn a_schedule_of_another_customer_cannot_be_named(database: DatabaseKind) {
    let (_world, admin) = world_with_equipment(database).await;
    admin
        .mutate("customerCreate", json!({ "name": "Bolt", "type": "COMMERCIAL", "externalReference": "bolt" }), "")
        .await;
    create(&admin, "oil", json!({ "intervalMonths": 6, "equipment": "owned" })).await;
    let input = json!({ "customer": "bolt", "serviceType": "Oil change", "serviceDate": "2023-05-01T13:00:00Z",
        "equipmentSchedules": ["oil", "nothing"] });
    let refusals = admin.user_errors("serviceRecordCreate", input).await;
    assert_snapshot!(refusals.join("\n"), @r#"
        INVALID input.equipmentSchedules.0: "oil" is the schedule of another customer's equipment.
        NOT_FOUND input.equipmentSchedules.1: "nothing" is neither the id nor the external reference of an equipment schedule.
        "#);
}

#[apply(each_database)]
async fn ten_records_of_a_batch_move_ten_schedules_and_two_of_one_day_move_one_once(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    let mut inputs = Vec::new();
    for index in 0..10 {
        let (asset, assignment) = (format!("asset-{index}"), format!("owned-{index}"));
        create_equipment(&admin, &asset, &assignment).await;
        let fields =
            json!({ "equipment": asset, "intervalDays": 30, "countedFrom": "PLAN", "startDate": "2023-01-01" });
        create(&admin, &format!("oil-{index}"), fields).await;
        for turn in 0..=index / 9 {
            let input = json!({ "customer": "acme", "serviceType": "Oil change", "serviceDate": "2023-01-20T12:00:00Z",
                "equipment": [assignment], "status": "COMPLETED", "completedAt": format!("2023-01-20T1{turn}:00:00Z") });
            inputs.push(input);
        }
    }
    stop_clock(&world, "2023-01-31");
    let mutation =
        "mutation($inputs: [ServiceRecordCreateInput!]!) { serviceRecordCreateMany(inputs: $inputs, atomic: true) {
        userErrors { message } serviceRecord { advancedSchedules { nodes { nextDue version } } } } }";
    let done = admin.execute_with(mutation, json!({ "inputs": inputs })).await;
    let results = done.data()["serviceRecordCreateMany"].as_array().unwrap().clone();
    let moved: Vec<_> =
        results.iter().filter_map(|result| result["serviceRecord"]["advancedSchedules"]["nodes"].get(0)).collect();
    assert_eq!(moved, vec![&json!({ "nextDue": "2023-03-02", "version": 2 }); 10], "{done}");
}

#[apply(each_database)]
async fn a_skip_uses_up_one_occurrence(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    for (reference, counted_from) in [("completion", "COMPLETION"), ("plan", "PLAN")] {
        let fields = json!({ "intervalMonths": 1, "startDate": "2023-01-31", "countedFrom": counted_from,
            "serviceType": reference });
        create(&admin, reference, fields).await;
        stop_clock(&world, "2023-02-10");
        let skip = json!({ "id": reference, "reason": "Closed for winter" });
        let select = "nextDue skippedAt skippedDate skipReason version status";
        let skipped = admin.mutate("equipmentScheduleSkip", skip.clone(), select).await;
        assert_eq!(
            skipped,
            json!({ "nextDue": "2023-03-31", "skippedAt": "2023-02-10T12:00:00Z", "skippedDate": "2023-02-28",
                "skipReason": "Closed for winter", "version": 2, "status": "PLANNED" })
        );
        let again = admin.mutate("equipmentScheduleSkip", skip, "nextDue").await;
        assert_eq!(again, json!({ "nextDue": "2023-04-30" }), "{reference}");
        let input = json!({ "customer": "acme", "serviceType": reference, "serviceDate": "2023-02-12T12:00:00Z",
            "equipment": ["lift"], "status": "COMPLETED", "externalReference": reference });
        stop_clock(&world, "2023-02-12");
        admin.mutate("serviceRecordCreate", input, "").await;
        let expected = if reference == "plan" { "2023-04-30" } else { "2023-03-12" };
        assert_eq!(next_due(&admin, reference).await, json!(expected), "{reference}");
        admin.mutate("serviceRecordDelete", json!({ "id": reference }), "").await;
        assert_eq!(next_due(&admin, reference).await, json!("2023-04-30"), "{reference}");
        stop_clock(&world, "2023-01-01");
    }
    create(&admin, "once", json!({ "dueDate": "2023-06-01" })).await;
    let once = json!({ "id": "once", "reason": "Sold" });
    assert_eq!(admin.mutate("equipmentScheduleSkip", once.clone(), "nextDue").await, json!({ "nextDue": null }));
    let mut refusals = admin.user_errors("equipmentScheduleSkip", once).await;
    refusals.extend(admin.user_errors("equipmentScheduleSkip", json!({ "id": "plan", "reason": " " })).await);
    assert_snapshot!(refusals.join("\n"), @r#"
        STATE input.id: Nothing is due by this schedule, so that nothing can be skipped.
        REQUIRED input.reason: reason cannot be empty.
        "#);
    let viewer = world.viewer().execute("{ equipmentSchedule(ref: \"plan\") { skipReason } }").await;
    assert_eq!(viewer.data()["equipmentSchedule"]["skipReason"], Json::Null);
}

#[apply(each_database)]
async fn a_late_reading_corrects_the_total_at_the_completion(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    create(&admin, "oil", json!({ "intervalMeter": 250 })).await;
    stop_clock(&world, "2024-06-30");
    read_meter(&admin, "2024-05-01", 7_000).await;
    complete(&admin, "done", "2024-06-01").await;
    let mark = async || read(&admin, "oil", "nextDueMeter").await["nextDueMeter"].clone();
    assert_eq!(mark().await, json!("7250"), "the last reading before the work");
    read_meter(&admin, "2024-06-20", 8_100).await;
    assert_eq!(mark().await, json!("7250"));
    read_meter(&admin, "2024-06-01", 8_000).await;
    assert_eq!(mark().await, json!("8250"), "the reading of its day, entered late");
}

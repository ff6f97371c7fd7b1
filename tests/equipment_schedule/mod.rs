//! Equipment schedules, through the schema: the rows and their status; `completion` has what advances them.

mod completion;
mod list;

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

const ALL: &str = "serviceType intervalDays intervalMonths intervalMeter dueDate countedFrom startDate startMeter
    notifyBefore { value unit } status nextDue nextDueDate nextDueMeter predictedDue meterUsePerDay lastCompletedAt
    externalReference version asset { externalReference } customerAsset { externalReference } customer { name }";

/// Stops the clock of a world at noon of a day, in UTC.
fn stop_clock(world: &World, day: &str) {
    world.db.clock.set(format!("{day}T12:00:00Z").parse().unwrap());
}

/// A world with the asset `lift` of the customer `acme`, as the customer asset `owned`, whose clock stands in the year 2023.
async fn world_with_equipment(database: DatabaseKind) -> (World, Actor) {
    let world = World::new(database).await;
    stop_clock(&world, "2023-01-01");
    let admin = world.admin();
    admin
        .mutate("customerCreate", json!({ "name": "Acme", "type": "COMMERCIAL", "externalReference": "acme" }), "")
        .await;
    create_equipment(&admin, "lift", "owned").await;
    (world, admin)
}

/// Creates an asset and its assignment to the customer `acme`.
async fn create_equipment(admin: &Actor, asset: &str, assignment: &str) {
    admin.mutate("assetCreate", json!({ "name": asset, "externalReference": asset }), "").await;
    let input = json!({ "customer": "acme", "asset": asset, "relationship": "OWNED", "externalReference": assignment });
    admin.mutate("customerAssetCreate", input, "").await;
}

/// Creates a schedule for the oil of `lift`.
async fn create(admin: &Actor, reference: &str, fields: Json) -> Json {
    let mut input = json!({ "equipment": "lift", "serviceType": "Oil change", "externalReference": reference });
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    admin.mutate("equipmentScheduleCreate", input, ALL).await
}

/// Reads the meter of `lift` at noon of a day.
async fn read_meter(admin: &Actor, day: &str, value: i32) {
    let input = json!({ "equipment": "lift", "value": value, "at": format!("{day}T12:00:00Z") });
    admin.mutate("meterReadingCreate", input, "").await;
}

/// Records that the oil of `lift` was changed at noon of a day.
async fn complete(admin: &Actor, reference: &str, day: &str) {
    let at = format!("{day}T12:00:00Z");
    let input = json!({ "customer": "acme", "serviceType": "oil CHANGE", "serviceDate": at, "equipment": ["owned"],
        "status": "COMPLETED", "completedAt": at, "externalReference": reference });
    admin.mutate("serviceRecordCreate", input, "").await;
}

/// Fields of a schedule.
async fn read(admin: &Actor, reference: &str, select: &str) -> Json {
    let query = format!("{{ equipmentSchedule(ref: \"{reference}\") {{ {select} }} }}");
    admin.execute(&query).await.data()["equipmentSchedule"].clone()
}

/// The status of a schedule on a day.
async fn status_on(world: &World, day: &str, reference: &str) -> String {
    stop_clock(world, day);
    read(&world.admin(), reference, "status").await["status"].as_str().unwrap().to_owned()
}

#[apply(each_database)]
async fn a_schedule_is_read_back_as_it_was_written(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    read_meter(&admin, "2022-12-01", 1_000).await;
    let input = json!({
        "equipment": "owned", "serviceType": "Oil change", "externalReference": "oil", "intervalDays": 200,
        "intervalMonths": 6, "intervalMeter": "250.5", "dueDate": "2023-03-01", "countedFrom": "PLAN",
        "startDate": "2022-12-15", "startMeter": 1000, "notifyBefore": { "value": 14, "unit": "DAYS" },
    });
    let created = world.actor(Role::Dispatcher).mutate("equipmentScheduleCreate", input, ALL).await;
    assert_snapshot!(snapshot_text(&created), @r#"
        {
          "asset": {
            "externalReference": "lift"
          },
          "countedFrom": "PLAN",
          "customer": {
            "name": "Acme"
          },
          "customerAsset": {
            "externalReference": "owned"
          },
          "dueDate": "2023-03-01",
          "externalReference": "oil",
          "intervalDays": 200,
          "intervalMeter": "250.5",
          "intervalMonths": 6,
          "lastCompletedAt": null,
          "meterUsePerDay": null,
          "nextDue": "2023-03-01",
          "nextDueDate": "2023-03-01",
          "nextDueMeter": "1250.5",
          "notifyBefore": {
            "unit": "DAYS",
            "value": "14"
          },
          "predictedDue": null,
          "serviceType": "Oil change",
          "startDate": "2022-12-15",
          "startMeter": "1000",
          "status": "PLANNED",
          "version": 1
        }
        "#);
    let update = json!({ "id": "oil", "intervalDays": null, "dueDate": null, "notifyBefore": null, "startMeter": null,
        "countedFrom": "COMPLETION", "serviceType": "Lubrication" });
    let changed = admin.mutate("equipmentScheduleUpdate", update, ALL).await;
    assert_snapshot!(snapshot_text(&changed), @r#"
        {
          "asset": {
            "externalReference": "lift"
          },
          "countedFrom": "COMPLETION",
          "customer": {
            "name": "Acme"
          },
          "customerAsset": {
            "externalReference": "owned"
          },
          "dueDate": null,
          "externalReference": "oil",
          "intervalDays": null,
          "intervalMeter": "250.5",
          "intervalMonths": 6,
          "lastCompletedAt": null,
          "meterUsePerDay": null,
          "nextDue": "2023-06-15",
          "nextDueDate": "2023-06-15",
          "nextDueMeter": "1250.5",
          "notifyBefore": null,
          "predictedDue": null,
          "serviceType": "Lubrication",
          "startDate": "2022-12-15",
          "startMeter": null,
          "status": "PLANNED",
          "version": 2
        }
        "#);
    let put = json!({ "externalReference": "oil", "equipment": "owned", "intervalMonths": 3 });
    let put = admin.mutate("equipmentScheduleUpsert", put, "intervalMonths intervalMeter version").await;
    assert_eq!(put, json!({ "intervalMonths": 3, "intervalMeter": "250.5", "version": 3 }));
    let moved = json!({ "externalReference": "oil", "equipment": "lift" });
    let refused = admin.user_errors("equipmentScheduleUpsert", moved).await.join(" ");
    assert!(refused.starts_with("IMMUTABLE input.equipment"), "{refused}");
    admin.mutate("equipmentScheduleDelete", json!({ "id": "oil" }), "").await;
    let restored = admin.mutate("equipmentScheduleRestore", json!({ "id": "oil" }), "nextDueDate version").await;
    assert_eq!(restored, json!({ "nextDueDate": "2023-03-15", "version": 5 }));
}

#[apply(each_database)]
async fn a_schedule_is_checked(database: DatabaseKind) {
    let (_world, admin) = world_with_equipment(database).await;
    let notice = |value: &str, unit: &str| json!({ "value": value, "unit": unit });
    let mut refusals = Vec::new();
    for fields in [
        json!({}),
        json!({ "equipment": "nothing", "intervalDays": 9 }),
        json!({ "intervalDays": 0 }),
        json!({ "intervalMonths": 1201 }),
        json!({ "intervalMeter": 0 }),
        json!({ "intervalMeter": -5 }),
        json!({ "intervalDays": 9, "startMeter": 5 }),
        json!({ "intervalMeter": 10, "notifyBefore": notice("50", "METER") }),
        json!({ "intervalMeter": 10, "notifyBefore": notice("10", "METER") }),
        json!({ "intervalDays": 10, "notifyBefore": notice("1", "METER") }),
        json!({ "intervalDays": 10, "notifyBefore": notice("10", "DAYS") }),
        json!({ "intervalMonths": 1, "notifyBefore": notice("28", "DAYS") }),
        json!({ "intervalMonths": 6, "notifyBefore": notice("6", "MONTHS") }),
        json!({ "intervalDays": 31, "notifyBefore": notice("1", "MONTHS") }),
        json!({ "intervalDays": 31, "notifyBefore": notice("1.5", "DAYS") }),
        json!({ "intervalDays": 31, "notifyBefore": notice("0", "DAYS") }),
        json!({ "intervalDays": 31, "serviceType": " " }),
    ] {
        let mut input = json!({ "equipment": "lift", "serviceType": "Oil change" });
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        refusals.extend(admin.user_errors("equipmentScheduleCreate", input).await);
    }
    assert_snapshot!(refusals.join("\n"), @r#"
        REQUIRED input.intervalDays: A schedule needs intervalDays, intervalMonths, intervalMeter or dueDate.
        NOT_FOUND input.equipment: "nothing" is neither the id nor the external reference of an asset.
        OUT_OF_RANGE input.intervalDays: intervalDays is from 1 to 36500; 0 was given.
        OUT_OF_RANGE input.intervalMonths: intervalMonths is from 1 to 1200; 1201 was given.
        OUT_OF_RANGE input.intervalMeter: intervalMeter is more than 0.
        OUT_OF_RANGE input.intervalMeter: intervalMeter cannot be negative.
        INVALID input.startMeter: startMeter goes with intervalMeter.
        OUT_OF_RANGE input.notifyBefore: notifyBefore (50) is below intervalMeter (10); else the schedule would never rest.
        OUT_OF_RANGE input.notifyBefore: notifyBefore (10) is below intervalMeter (10); else the schedule would never rest.
        INVALID input.notifyBefore: A notice in METER goes with intervalMeter.
        OUT_OF_RANGE input.notifyBefore: notifyBefore (10) is below intervalDays (10); else the schedule would never rest.
        OUT_OF_RANGE input.notifyBefore: notifyBefore (28) is below intervalMonths (1); else the schedule would never rest.
        OUT_OF_RANGE input.notifyBefore: notifyBefore (6) is below intervalMonths (6); else the schedule would never rest.
        OUT_OF_RANGE input.notifyBefore: notifyBefore (1) is below intervalDays (31); else the schedule would never rest.
        OUT_OF_RANGE input.notifyBefore.value: A notice is a whole number from 1 to 36500; 1.5 was given.
        OUT_OF_RANGE input.notifyBefore.value: A notice is a whole number from 1 to 36500; 0 was given.
        REQUIRED input.serviceType: serviceType cannot be empty.
        "#);
    create(&admin, "oil", json!({ "intervalMeter": 250, "notifyBefore": notice("50", "METER") })).await;
    // An interval that is shortened is held against the notice, too.
    let shorter = json!({ "id": "oil", "intervalMeter": 50 });
    let refused = admin.user_errors("equipmentScheduleUpdate", shorter).await.join(" ");
    assert!(refused.starts_with("OUT_OF_RANGE input.notifyBefore"), "{refused}");
}

#[apply(each_database)]
async fn the_first_of_several_that_can_be_told_is_due(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    create(&admin, "oil", json!({ "intervalMonths": 6, "intervalMeter": 500 })).await;
    stop_clock(&world, "2024-01-15");
    read_meter(&admin, "2024-01-15", 1_200).await;
    complete(&admin, "done", "2024-01-15").await;
    let due = read(&admin, "oil", "nextDueDate nextDueMeter nextDue").await;
    assert_eq!(due, json!({ "nextDueDate": "2024-07-15", "nextDueMeter": "1700", "nextDue": "2024-07-15" }));
    // By the date alone, without a reading since.
    assert_eq!(status_on(&world, "2024-07-14", "oil").await, "PLANNED");
    assert_eq!(status_on(&world, "2024-07-15", "oil").await, "DUE");
    assert_eq!(status_on(&world, "2024-07-16", "oil").await, "OVERDUE");
    read_meter(&admin, "2024-07-14", 1_690).await;
    assert_eq!(status_on(&world, "2024-07-14", "oil").await, "PLANNED");
    stop_clock(&world, "2024-07-16");
    create_equipment(&admin, "truck", "truck-owned").await;
    let input = json!({ "equipment": "truck", "serviceType": "Oil change", "externalReference": "truck-oil",
        "intervalMonths": 6, "intervalMeter": 500, "startDate": "2024-01-15", "startMeter": 1200 });
    admin.mutate("equipmentScheduleCreate", input, "").await;
    let reading =
        |day: &str, value: i32| json!({ "equipment": "truck", "value": value, "at": format!("{day}T12:00:00Z") });
    admin.mutate("meterReadingCreate", reading("2024-03-01", 1_705), "").await;
    assert_eq!(status_on(&world, "2024-03-01", "truck-oil").await, "OVERDUE");
}

#[apply(each_database)]
async fn the_unknown_is_never_due(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    let created =
        create(&admin, "oil", json!({ "intervalMeter": 500, "notifyBefore": { "value": 20, "unit": "DAYS" } })).await;
    assert_eq!([&created["nextDue"], &created["nextDueMeter"], &created["predictedDue"]], [&Json::Null; 3]);
    assert_eq!(status_on(&world, "2150-01-01", "oil").await, "PLANNED");
    // The first reading is where it begins.
    read_meter(&admin, "2023-02-01", 9_000).await;
    let due = read(&admin, "oil", "nextDue nextDueMeter status").await;
    assert_eq!(due, json!({ "nextDue": null, "nextDueMeter": "9500", "status": "PLANNED" }));
}

#[apply(each_database)]
async fn a_schedule_counts_on_the_total_of_exchanged_meters(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    create(&admin, "oil", json!({ "intervalMeter": 250 })).await;
    stop_clock(&world, "2024-06-01");
    read_meter(&admin, "2024-06-01", 8_000).await;
    complete(&admin, "done", "2024-06-01").await;
    stop_clock(&world, "2024-06-21");
    let exchange = json!({ "equipment": "lift", "at": "2024-06-11T12:00:00Z",
        "exchange": { "oldValue": 8100, "newValue": 20 } });
    admin.mutate("meterReadingCreate", exchange, "").await;
    read_meter(&admin, "2024-06-21", 120).await;
    let due = read(&admin, "oil", "nextDue predictedDue nextDueMeter meterUsePerDay status").await;
    assert_eq!(
        due,
        json!({ "nextDue": "2024-06-26", "predictedDue": "2024-06-26", "nextDueMeter": "170", "meterUsePerDay": "10",
            "status": "PLANNED" })
    );
    assert_eq!(status_on(&world, "2024-06-26", "oil").await, "DUE");
    read_meter(&admin, "2024-06-25", 171).await;
    assert_eq!(status_on(&world, "2024-06-25", "oil").await, "OVERDUE");
}

#[apply(each_database)]
async fn the_use_of_the_last_thirty_days_predicts_the_date(database: DatabaseKind) {
    for (readings, next_due, per_day) in [
        (&[("2024-06-01", 1_000), ("2024-06-25", 1_120)][..], json!("2024-07-11"), json!("5")),
        (&[("2024-05-22", 1_000), ("2024-07-01", 1_200)], json!("2024-07-01"), json!("5")),
        (&[("2024-03-01", 900), ("2024-05-22", 1_000), ("2024-06-30", 1_195)], json!("2024-07-01"), json!("5")),
        (&[("2024-06-01", 1_000)], Json::Null, Json::Null),
        (&[("2024-06-01", 1_000), ("2024-06-25", 1_000)], Json::Null, Json::Null),
    ] {
        let (world, admin) = world_with_equipment(database).await;
        create(&admin, "oil", json!({ "intervalMeter": 200, "startMeter": 1_000 })).await;
        stop_clock(&world, "2024-07-01");
        for (day, value) in readings {
            read_meter(&admin, day, *value).await;
        }
        let due = read(&admin, "oil", "nextDue meterUsePerDay").await;
        assert_eq!(due, json!({ "nextDue": next_due, "meterUsePerDay": per_day }), "{readings:?}");
    }
    let (world, admin) = world_with_equipment(database).await;
    create(&admin, "oil", json!({ "intervalMeter": 200, "startMeter": 1_000 })).await;
    stop_clock(&world, "2024-07-01");
    read_meter(&admin, "2024-06-25", 1_000).await;
    let soon = json!({ "equipment": "lift", "value": 1_010, "at": "2024-06-25T14:00:00Z" });
    admin.mutate("meterReadingCreate", soon, "").await;
    assert_eq!(read(&admin, "oil", "predictedDue").await["predictedDue"], Json::Null, "two hours tell no use");
}

#[apply(each_database)]
async fn a_notice_makes_a_schedule_upcoming(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    let fields =
        json!({ "intervalMonths": 1, "startDate": "2024-01-31", "notifyBefore": { "value": 7, "unit": "DAYS" } });
    create(&admin, "oil", fields).await;
    for (day, status) in
        [("2024-02-21", "PLANNED"), ("2024-02-22", "UPCOMING"), ("2024-02-29", "DUE"), ("2024-03-01", "OVERDUE")]
    {
        assert_eq!(status_on(&world, day, "oil").await, status, "{day}");
    }
}

#[apply(each_database)]
async fn a_fixed_date_is_due_once(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    complete(&admin, "before", "2022-12-01").await;
    assert_eq!(create(&admin, "oil", json!({ "dueDate": "2023-06-01" })).await["nextDue"], json!("2023-06-01"));
    stop_clock(&world, "2023-05-20");
    complete(&admin, "done", "2023-05-20").await;
    assert_eq!(read(&admin, "oil", "nextDue status").await, json!({ "nextDue": null, "status": "PLANNED" }));
    // A new date is due again.
    stop_clock(&world, "2023-06-20");
    let again = json!({ "id": "oil", "dueDate": "2024-06-01" });
    assert_eq!(admin.mutate("equipmentScheduleUpdate", again, "nextDue").await["nextDue"], json!("2024-06-01"));
}

#[apply(each_database)]
async fn another_tenant_has_no_schedules(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    let other = world.other_admin();
    let input = json!({ "equipment": "lift", "serviceType": "Oil", "intervalDays": 1 });
    let id = admin.mutate("equipmentScheduleCreate", input.clone(), "id").await["id"].clone();
    let query = "query($id: ID!) { equipmentSchedule(id: $id) { id } node(id: $id) { id }
        equipmentSchedules { totalCount } equipmentDue(before: \"2030-01-01\") { totalCount } }";
    let none = other.execute_with(query, json!({ "id": id })).await;
    assert_eq!(
        *none.data(),
        json!({ "equipmentSchedule": null, "node": null, "equipmentSchedules": { "totalCount": 0 },
            "equipmentDue": { "totalCount": 0 } })
    );
    for (mutation, input) in [
        ("equipmentScheduleCreate", input.clone()),
        ("equipmentScheduleUpdate", json!({ "id": id, "intervalDays": 2 })),
        ("equipmentScheduleSkip", json!({ "id": id, "reason": "No" })),
    ] {
        let refused = other.user_errors(mutation, input).await.join(" ");
        assert!(refused.contains("NOT_FOUND"), "{mutation}: {refused}");
    }
    for role in [Role::Technician, Role::Agent, Role::Viewer] {
        let response = world.actor(role).send_mutation("equipmentScheduleCreate", input.clone(), "").await;
        assert_eq!(response.error_codes(), ["FORBIDDEN"], "{response}");
    }
}

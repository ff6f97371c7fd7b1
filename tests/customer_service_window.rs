//! Service windows of customers: the times of the week at which a customer prefers service.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

const WINDOWS: &str = "version preferences { preferredServiceWindow serviceWindows { weekdays from until } }";

/// Creates the customer `acme` with some windows.
async fn create(admin: &Actor, windows: Json) -> Json {
    let preferences = json!({ "preferredServiceWindow": "mornings", "serviceWindows": windows });
    let input =
        json!({ "name": "Acme", "type": "COMMERCIAL", "externalReference": "acme", "preferences": preferences });
    admin.mutate("customerCreate", input, WINDOWS).await
}

/// Updates the windows of the customer `acme`.
async fn update(admin: &Actor, windows: Json) -> Json {
    let input = json!({ "id": "acme", "preferences": { "serviceWindows": windows } });
    admin.mutate("customerUpdate", input, WINDOWS).await
}

fn window(weekdays: &[&str], from: &str, until: &str) -> Json {
    json!({ "weekdays": weekdays, "from": from, "until": until })
}

#[apply(each_database)]
async fn service_windows_are_stored_from_monday_whatever_their_order(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let windows = json!([
        window(&["SATURDAY"], "09:00", "13:00"),
        window(&["FRIDAY", "MONDAY"], "13:00", "17:00"),
        window(&["MONDAY", "TUESDAY", "FRIDAY"], " 08:00", "13:00"),
    ]);
    let created = create(&admin, windows).await;
    assert_snapshot!(snapshot_text(&created), @r#"
    {
      "preferences": {
        "preferredServiceWindow": "mornings",
        "serviceWindows": [
          {
            "from": "08:00",
            "until": "13:00",
            "weekdays": [
              "MONDAY",
              "TUESDAY",
              "FRIDAY"
            ]
          },
          {
            "from": "13:00",
            "until": "17:00",
            "weekdays": [
              "MONDAY",
              "FRIDAY"
            ]
          },
          {
            "from": "09:00",
            "until": "13:00",
            "weekdays": [
              "SATURDAY"
            ]
          }
        ]
      },
      "version": 1
    }
    "#);
    let other_order = json!([
        window(&["TUESDAY", "FRIDAY", "MONDAY"], "08:00", "13:00"),
        window(&["SATURDAY"], "09:00", "13:00"),
        window(&["MONDAY", "FRIDAY"], "13:00", "17:00"),
    ]);
    assert_eq!(update(&admin, other_order).await, created, "the same windows in another order are no change");
    let read = admin.execute(&format!("{{ customers {{ nodes {{ {WINDOWS} }} }} }}")).await;
    assert_eq!(*read.at("/data/customers/nodes/0"), created);
}

#[apply(each_database)]
async fn a_list_of_service_windows_replaces_the_stored_one(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create(&admin, json!([window(&["MONDAY"], "08:00", "12:00"), window(&["TUESDAY"], "08:00", "12:00")])).await;
    let wednesday = json!([window(&["WEDNESDAY"], "00:00", "23:59")]);
    let expected = |version: i32, windows: &Json| json!({ "version": version, "preferences": { "preferredServiceWindow": "mornings", "serviceWindows": windows } });
    assert_eq!(update(&admin, wednesday.clone()).await, expected(2, &wednesday));
    // Other preferences leave the windows as they are.
    let input = json!({ "id": "acme", "preferences": { "communicationMethod": "PHONE" } });
    assert_eq!(admin.mutate("customerUpdate", input, WINDOWS).await, expected(3, &wednesday));
    assert_eq!(update(&admin, json!([])).await, expected(4, &json!([])));
    assert_eq!(update(&admin, Json::Null).await, expected(4, &json!([])));
    let thursday = json!([window(&["THURSDAY"], "07:30", "10:00")]);
    let input = json!({ "externalReference": "acme", "preferences": { "serviceWindows": thursday } });
    assert_eq!(admin.mutate("customerUpsert", input, WINDOWS).await, expected(5, &thursday));
    assert_eq!(update(&admin, Json::Null).await, expected(6, &json!([])));
    // Null preferences clear the windows, too.
    update(&admin, thursday).await;
    let cleared = admin.mutate("customerUpdate", json!({ "id": "acme", "preferences": null }), WINDOWS).await;
    let none = json!({ "preferredServiceWindow": null, "serviceWindows": [] });
    assert_eq!(cleared, json!({ "version": 8, "preferences": none }));
}

#[apply(each_database)]
async fn every_violation_of_a_service_window_has_its_path(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create(&admin, json!([])).await;
    let many: Vec<_> =
        (0..22).map(|hour| window(&["MONDAY"], &format!("{hour:02}:00"), &format!("{hour:02}:30"))).collect();
    let mut refusals = Vec::new();
    for windows in [
        json!(many),
        json!([window(&[], "12:00", "08:00"), window(&["MONDAY"], "08:00", "08:00")]),
        json!([window(&["MONDAY"], "8:00", "24:00"), window(&["SUNDAY"], "22:00", "06:00")]),
        json!([window(&["MONDAY", "TUESDAY", "MONDAY"], "08:00", "12:00")]),
        json!([
            window(&["MONDAY", "TUESDAY"], "08:00", "12:00"),
            window(&["WEDNESDAY", "TUESDAY"], "11:59", "14:00"),
            window(&["MONDAY"], "12:00", "13:00"),
            window(&["MONDAY", "WEDNESDAY"], "06:00", "20:00"),
        ]),
    ] {
        let input = json!({ "id": "acme", "preferences": { "serviceWindows": windows } });
        refusals.extend(admin.user_errors("customerUpdate", input).await);
    }
    let input = json!({ "name": "New", "type": "BROKER", "preferences": { "serviceWindows": [window(&[], "", "")] } });
    refusals.extend(admin.user_errors("customerCreate", input).await);
    assert_snapshot!(refusals.join("\n"), @r#"
    OUT_OF_RANGE input.preferences.serviceWindows: serviceWindows has at most 21 items; 22 were given.
    REQUIRED input.preferences.serviceWindows.0.weekdays: A window has at least one day of the week.
    OUT_OF_RANGE input.preferences.serviceWindows.0.until: until (08:00) is not later than from (12:00); a window does not pass midnight.
    OUT_OF_RANGE input.preferences.serviceWindows.1.until: until (08:00) is not later than from (08:00); a window does not pass midnight.
    INVALID input.preferences.serviceWindows.0.from: "8:00" is not a time of day; write it as 09:30.
    INVALID input.preferences.serviceWindows.0.until: "24:00" is not a time of day; write it as 09:30.
    OUT_OF_RANGE input.preferences.serviceWindows.1.until: until (06:00) is not later than from (22:00); a window does not pass midnight.
    INVALID input.preferences.serviceWindows.0.weekdays.2: The window has MONDAY already.
    OVERLAP input.preferences.serviceWindows.1: The window overlaps serviceWindows.0 on TUESDAY.
    OVERLAP input.preferences.serviceWindows.3: The window overlaps serviceWindows.0 on MONDAY.
    REQUIRED input.preferences.serviceWindows.0.weekdays: A window has at least one day of the week.
    INVALID input.preferences.serviceWindows.0.from: "" is not a time of day; write it as 09:30.
    INVALID input.preferences.serviceWindows.0.until: "" is not a time of day; write it as 09:30.
    "#);
    let stored = admin.execute(&format!("{{ customer(ref: \"acme\") {{ {WINDOWS} }} }}")).await;
    assert_eq!(*stored.at("/data/customer/version"), json!(1));
    update(&admin, json!(many[..21])).await;
}

#[apply(each_database)]
async fn the_change_log_shows_service_windows_as_the_schema_does(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create(&admin, json!([])).await;
    update(&admin, json!([window(&["TUESDAY", "MONDAY"], "08:00", "12:00")])).await;
    update(&admin, json!([window(&["MONDAY", "TUESDAY"], "08:00", "12:00")])).await;
    update(&admin, Json::Null).await;
    admin.mutate("customerUpdate", json!({ "id": "acme", "preferences": null }), "").await;
    world.link_changes().await;
    let query = "{ changes(where: { field: \"preferences\" }) { nodes { fields before after } } }";
    let response = admin.execute(query).await;
    let changes = response.data()["changes"]["nodes"].as_array().unwrap();
    let line = |change: &Json| {
        format!("{} {} -> {}", change["fields"], change["before"]["preferences"], change["after"]["preferences"])
    };
    assert_snapshot!(changes.iter().map(line).collect::<Vec<_>>().join("\n"), @r#"
    ["externalReference","name","number","preferences","status","type"] null -> {"communicationMethod":null,"preferredServiceWindow":"mornings","serviceWindows":[]}
    ["preferences"] {"communicationMethod":null,"preferredServiceWindow":"mornings","serviceWindows":[]} -> {"communicationMethod":null,"preferredServiceWindow":"mornings","serviceWindows":[{"from":"08:00","until":"12:00","weekdays":["MONDAY","TUESDAY"]}]}
    ["preferences"] {"communicationMethod":null,"preferredServiceWindow":"mornings","serviceWindows":[{"from":"08:00","until":"12:00","weekdays":["MONDAY","TUESDAY"]}]} -> {"communicationMethod":null,"preferredServiceWindow":"mornings","serviceWindows":[]}
    ["preferences"] {"communicationMethod":null,"preferredServiceWindow":"mornings","serviceWindows":[]} -> null
    "#);
}

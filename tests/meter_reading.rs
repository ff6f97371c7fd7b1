//! Meter readings, through the schema.

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

const ALL: &str = "value unit at source rollback exchange { oldValue newValue } total externalReference version
    asset { externalReference meter { value unit at } }";

/// Creates an asset that counts hours.
async fn create_asset(actor: &Actor, reference: &str) {
    actor.mutate("assetCreate", json!({ "name": reference, "externalReference": reference }), "").await;
}

/// A reading of the asset `lift` at noon of a day of 2024.
fn reading(day: &str, value: &str) -> Json {
    json!({ "equipment": "lift", "value": value, "at": format!("2024-{day}T12:00:00Z") })
}

async fn meter(actor: &Actor) -> Json {
    actor.execute("{ asset(ref: \"lift\") { meter { value at } } }").await.data()["asset"]["meter"].clone()
}

#[apply(each_database)]
async fn a_reading_is_read_back_as_it_was_written(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_asset(&admin, "lift").await;
    let input = json!({ "equipment": "lift", "value": "1234.5", "unit": "h", "at": "2024-05-01T12:00:00Z",
        "source": "TELEMATICS", "externalReference": "t-1" });
    let created = world.actor(Role::Technician).mutate("meterReadingCreate", input, ALL).await;
    assert_snapshot!(snapshot_text(&created), @r#"
        {
          "asset": {
            "externalReference": "lift",
            "meter": {
              "at": "2024-05-01T12:00:00Z",
              "unit": "h",
              "value": "1234.5"
            }
          },
          "at": "2024-05-01T12:00:00Z",
          "exchange": null,
          "externalReference": "t-1",
          "rollback": false,
          "source": "TELEMATICS",
          "total": "1234.5",
          "unit": "h",
          "value": "1234.5",
          "version": 1
        }
        "#);
    let exchange = json!({ "equipment": "lift", "exchange": { "oldValue": "1300", "newValue": "20" },
        "at": "2024-05-09T12:00:00Z" });
    let exchanged = admin.mutate("meterReadingCreate", exchange, ALL).await;
    assert_snapshot!(snapshot_text(&exchanged), @r#"
        {
          "asset": {
            "externalReference": "lift",
            "meter": {
              "at": "2024-05-09T12:00:00Z",
              "unit": "h",
              "value": "20"
            }
          },
          "at": "2024-05-09T12:00:00Z",
          "exchange": {
            "newValue": "20",
            "oldValue": "1300"
          },
          "externalReference": null,
          "rollback": false,
          "source": "MANUAL",
          "total": "1300",
          "unit": "h",
          "value": "20",
          "version": 1
        }
        "#);
}

#[apply(each_database)]
async fn a_late_reading_is_held_against_both_neighbours(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_asset(&admin, "lift").await;
    admin.mutate("meterReadingCreate", reading("05-01", "10500"), "").await;
    admin.mutate("meterReadingCreate", reading("04-27", "10300"), "").await;
    assert_eq!(meter(&admin).await, json!({ "value": "10500", "at": "2024-05-01T12:00:00Z" }));
    let mut refusals = Vec::new();
    for (day, value) in [("04-28", "10600"), ("04-28", "10299"), ("05-02", "10499")] {
        refusals.extend(admin.user_errors("meterReadingCreate", reading(day, value)).await);
    }
    let mut back = reading("05-02", "10400");
    back["rollback"] = json!(true);
    admin.mutate("meterReadingCreate", back, "").await;
    assert_eq!(meter(&admin).await["value"], json!("10400"));
    // What was turned back later may have been higher before.
    admin.mutate("meterReadingCreate", reading("05-01", "10600"), "").await;
    assert_eq!(meter(&admin).await["value"], json!("10400"));
    assert_snapshot!(refusals.join("\n"), @r#"
        OUT_OF_RANGE input.value: 10600 is above 10500, which the meter showed on 2024-05-01 12:00:00 UTC.
        OUT_OF_RANGE input.value: 10299 is below 10300, which the meter showed on 2024-04-27 12:00:00 UTC; correct it, or add a reading with rollback: true or with the exchange of the meter.
        OUT_OF_RANGE input.value: 10499 is below 10500, which the meter showed on 2024-05-01 12:00:00 UTC; correct it, or add a reading with rollback: true or with the exchange of the meter.
        "#);
}

#[apply(each_database)]
async fn the_total_goes_on_where_the_meter_is_exchanged(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_asset(&admin, "lift").await;
    admin.mutate("meterReadingCreate", reading("06-01", "8000"), "").await;
    let exchange = json!({ "equipment": "lift", "at": "2024-06-11T12:00:00Z",
        "exchange": { "oldValue": 8100, "newValue": 20 } });
    admin.mutate("meterReadingCreate", exchange.clone(), "").await;
    admin.mutate("meterReadingCreate", reading("06-21", "120"), "").await;
    // Late ones, of the old meter and of the new one.
    admin.mutate("meterReadingCreate", reading("06-05", "8050"), "").await;
    admin.mutate("meterReadingCreate", reading("06-15", "60"), "").await;
    let query = "{ meterReadings(orderBy: [{ at: ASC }]) { nodes { value total exchange { oldValue } } } }";
    let readings = admin.execute(query).await;
    let nodes = readings.data()["meterReadings"]["nodes"].as_array().unwrap().clone();
    let totals: Vec<_> =
        nodes.iter().map(|node| (node["value"].as_str().unwrap(), node["total"].as_str().unwrap())).collect();
    assert_eq!(totals, [("8000", "8000"), ("8050", "8050"), ("20", "8100"), ("60", "8140"), ("120", "8200")]);
    let mut refusals = admin.user_errors("meterReadingCreate", reading("06-10", "8101")).await;
    for (day, old, new, value) in
        [("06-20", 200, 0, 0), ("06-22", 100, 0, 0), ("06-22", 200, 5, 4), ("06-22", -1, -1, 0)]
    {
        let input = json!({ "equipment": "lift", "value": value, "at": format!("2024-{day}T12:00:00Z"),
            "exchange": { "oldValue": old, "newValue": new } });
        refusals.extend(admin.user_errors("meterReadingCreate", input).await);
    }
    assert_snapshot!(refusals.join("\n"), @r#"
        OUT_OF_RANGE input.value: 8101 is above 8100, which the meter showed on 2024-06-11 12:00:00 UTC.
        STATE input.value: An exchange of the meter is entered before later readings; there is one of 2024-06-21 12:00:00 UTC.
        OUT_OF_RANGE input.exchange.oldValue: 100 is below 120, which the old meter showed on 2024-06-21 12:00:00 UTC; correct it, or say rollback: true.
        OUT_OF_RANGE input.value: 4 is below 5, with which the new meter began.
        OUT_OF_RANGE input.exchange.oldValue: oldValue cannot be negative.
        OUT_OF_RANGE input.exchange.newValue: newValue cannot be negative.
        "#);
}

#[apply(each_database)]
async fn a_reading_is_checked(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_asset(&admin, "lift").await;
    let mut first = reading("05-01", "1");
    (first["unit"], first["externalReference"]) = (json!("h"), json!("first"));
    admin.mutate("meterReadingCreate", first, "").await;
    let mut refusals = Vec::new();
    for input in [
        json!({ "equipment": "nothing", "value": 1 }),
        json!({ "equipment": "lift", "value": -1 }),
        json!({ "equipment": "lift" }),
        json!({ "equipment": "lift", "value": 2, "unit": "mi" }),
        json!({ "equipment": "lift", "value": 2, "at": "2151-01-01T00:00:00Z" }),
        json!({ "equipment": "lift", "value": "9223372036854", "exchange": { "oldValue": "9223372036854", "newValue": 0 } }),
    ] {
        let errors = admin.user_errors("meterReadingCreate", input).await;
        refusals.extend(errors.into_iter().map(|error| error.split("; it is ").next().unwrap().to_owned()));
    }
    assert_snapshot!(refusals.join("\n"), @r#"
        NOT_FOUND input.equipment: "nothing" is neither the id nor the external reference of an asset.
        OUT_OF_RANGE input.value: value cannot be negative.
        REQUIRED input.value: A reading needs its value.
        INVALID input.unit: The meter of the asset counts "h", not "mi"; give its reading, or change the unit of the asset.
        OUT_OF_RANGE input.at: at (2151-01-01 00:00:00 UTC) is in the future
        OUT_OF_RANGE input.value: With 9223372036854, the total of all meters exceeds 9223372036854.775807.
        "#);
    let taken = json!({ "equipment": "lift", "value": 2, "externalReference": "first" });
    let taken = admin.user_errors("meterReadingCreate", taken).await.join(" ");
    assert!(taken.starts_with("TAKEN input.externalReference"), "{taken}");
    assert_eq!(admin.execute("{ meterReadings { totalCount } }").await.data()["meterReadings"]["totalCount"], json!(1));
}

#[apply(each_database)]
async fn whatever_tells_the_meter_adds_a_reading(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("customerCreate", json!({ "name": "Acme", "type": "RENTAL", "externalReference": "acme" }), "").await;
    let meter_at =
        |day: &str, value: i32| json!({ "value": value, "unit": "h", "at": format!("2024-{day}T12:00:00Z") });
    let asset = json!({ "name": "Lift", "externalReference": "lift", "meter": meter_at("01-01", 100) });
    admin.mutate("assetCreate", asset, "").await;
    let rental = json!({ "customer": "acme", "asset": "lift", "relationship": "RENTED", "externalReference": "rental",
        "from": "2024-02-01T12:00:00Z", "meterOut": 110 });
    admin.mutate("customerAssetCreate", rental, "").await;
    admin.mutate("assetUpdate", json!({ "id": "lift", "meter": meter_at("03-01", 150) }), "").await;
    // A late one does not move the meter, and one that cannot be is refused wherever it is told.
    admin.mutate("assetUpdate", json!({ "id": "lift", "meter": meter_at("02-15", 140) }), "").await;
    let mut refusals = admin.user_errors("assetUpdate", json!({ "id": "lift", "meter": meter_at("02-16", 151) })).await;
    let back = |value: i32| json!({ "id": "rental", "at": "2024-04-01T12:00:00Z", "meterIn": value });
    refusals.extend(admin.user_errors("customerAssetReturn", back(149)).await);
    admin.mutate("customerAssetReturn", back(160), "").await;
    // A reading of the same time corrects the one before it.
    admin.mutate("customerAssetUpdate", json!({ "id": "rental", "meterIn": 155 }), "").await;
    let query =
        "{ customerAsset(ref: \"rental\") { meterReadings(orderBy: [{ at: ASC }]) { nodes { value source unit } } }
        asset(ref: \"lift\") { meter { value unit at } version meterReadings { totalCount } } }";
    let told = admin.execute(query).await;
    assert_snapshot!(format!("{}\n{}", refusals.join("\n"), snapshot_text(told.data())), @r#"
        OUT_OF_RANGE input.meter.value: 151 is above 150, which the meter showed on 2024-03-01 12:00:00 UTC.
        OUT_OF_RANGE input.meterIn: 149 is below 150, which the meter showed on 2024-03-01 12:00:00 UTC; correct it, or add a reading with rollback: true or with the exchange of the meter.
        {
          "asset": {
            "meter": {
              "at": "2024-04-01T12:00:00Z",
              "unit": "h",
              "value": "155"
            },
            "meterReadings": {
              "totalCount": 6
            },
            "version": 5
          },
          "customerAsset": {
            "meterReadings": {
              "nodes": [
                {
                  "source": "MANUAL",
                  "unit": "h",
                  "value": "100"
                },
                {
                  "source": "HANDOVER",
                  "unit": "h",
                  "value": "110"
                },
                {
                  "source": "MANUAL",
                  "unit": "h",
                  "value": "140"
                },
                {
                  "source": "MANUAL",
                  "unit": "h",
                  "value": "150"
                },
                {
                  "source": "HANDOVER",
                  "unit": "h",
                  "value": "160"
                },
                {
                  "source": "HANDOVER",
                  "unit": "h",
                  "value": "155"
                }
              ]
            }
          }
        }
        "#);
}

#[apply(each_database)]
async fn the_readings_of_many_assets_take_one_statement(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let mut statements = Vec::new();
    for count in [1, 5] {
        for index in 0..count {
            let reference = format!("asset-{count}-{index}");
            create_asset(&admin, &reference).await;
            for value in 1..4 {
                let at = format!("2024-01-{value:02}T12:00:00Z");
                let input = json!({ "equipment": reference, "value": value, "at": at });
                admin.mutate("meterReadingCreate", input, "").await;
            }
        }
        let query = "{ assets { nodes { meterReadings(first: 2, orderBy: [{ at: DESC }]) { nodes { total asset { name } } } } } }";
        statements.push(admin.execute(query).await.statements());
    }
    assert_eq!(statements, [3, 3]);
}

#[apply(each_database)]
async fn a_new_reading_takes_few_statements_however_many_there_are(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_asset(&admin, "lift").await;
    let mut statements = Vec::new();
    for value in 1..12 {
        let input = json!({ "equipment": "lift", "value": value, "at": format!("2024-01-{value:02}T12:00:00Z") });
        statements.push(admin.send_mutation("meterReadingCreate", input, "id").await.statements());
    }
    assert_eq!(statements[3], statements[10], "{statements:?}");
    assert!(statements[3] < 12, "{statements:?}");
}

#[apply(each_database)]
async fn a_reading_and_its_asset_are_one_change_each(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_asset(&admin, "lift").await;
    admin.mutate("meterReadingCreate", reading("05-01", "7"), "").await;
    admin.user_errors("meterReadingCreate", reading("05-02", "6")).await;
    world.link_changes().await;
    let query = "{ changes { nodes { nodeType action fields } } }";
    let changes = admin.execute(query).await;
    let nodes = changes.data()["changes"]["nodes"].as_array().unwrap().clone();
    let told: Vec<_> = nodes.iter().map(Json::to_string).collect();
    assert_snapshot!(told.join("\n"), @r#"
        {"action":"CREATE","fields":["externalReference","name","status"],"nodeType":"ASSET"}
        {"action":"UPDATE","fields":["meter"],"nodeType":"ASSET"}
        {"action":"CREATE","fields":["asset","at","rollback","source","total","value"],"nodeType":"METER_READING"}
        "#);
}

#[apply(each_database)]
async fn another_tenant_has_no_readings(database: DatabaseKind) {
    let world = World::new(database).await;
    let (admin, other) = (world.admin(), world.other_admin());
    create_asset(&admin, "lift").await;
    let id = admin.mutate("meterReadingCreate", reading("05-01", "7"), "id").await["id"].clone();
    let query = "query($id: ID!) { meterReading(id: $id) { id } node(id: $id) { id } meterReadings { totalCount } }";
    let none = other.execute_with(query, json!({ "id": id })).await;
    assert_eq!(*none.data(), json!({ "meterReading": null, "node": null, "meterReadings": { "totalCount": 0 } }));
    let refused = other.user_errors("meterReadingCreate", reading("05-02", "8")).await.join(" ");
    assert!(refused.contains("NOT_FOUND input.equipment"), "{refused}");
    for role in [Role::Agent, Role::Viewer] {
        let response = world.actor(role).send_mutation("meterReadingCreate", reading("05-02", "8"), "").await;
        assert_eq!(response.error_codes(), ["FORBIDDEN"], "{response}");
    }
}

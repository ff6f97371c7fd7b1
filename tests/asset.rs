//! Assets, through the schema.

use access::Role;
use rstest_reuse::apply;
use serde_json::json;

use crate::world::{DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

const ALL: &str = "name unitNumber category make model year serialNumber installDate warrantyExpiration
    meter { value unit at } status version externalReference";

#[apply(each_database)]
async fn an_asset_is_read_back_as_it_was_written(database: DatabaseKind) {
    let world = World::new(database).await;
    let dispatcher = world.actor(Role::Dispatcher);
    let input = json!({
        "name": "Rooftop unit 7", "unitNumber": "RTU-07", "category": "HVAC", "make": "Carrier", "model": "48LC",
        "year": 2021, "serialNumber": "SN-001", "installDate": "2021-05-01", "warrantyExpiration": "2031-05-01",
        "meter": { "value": "1234.5", "unit": "h", "at": "2026-01-20T08:00:00Z" }, "externalReference": "rtu-7",
    });
    let created = dispatcher.mutate("assetCreate", input, ALL).await;
    assert_snapshot!(snapshot_text(&created), @r#"
        {
          "category": "HVAC",
          "externalReference": "rtu-7",
          "installDate": "2021-05-01",
          "make": "Carrier",
          "meter": {
            "at": "2026-01-20T08:00:00Z",
            "unit": "h",
            "value": "1234.5"
          },
          "model": "48LC",
          "name": "Rooftop unit 7",
          "serialNumber": "SN-001",
          "status": "ACTIVE",
          "unitNumber": "RTU-07",
          "version": 1,
          "warrantyExpiration": "2031-05-01",
          "year": 2021
        }
        "#);
    let changes = json!({ "id": "rtu-7", "status": "OUT_OF_SERVICE", "make": null,
        "meter": { "value": 1300, "at": "2026-02-01T00:00:00Z" } });
    let changed = dispatcher.mutate("assetUpdate", changes, "make model status version meter { value unit at }").await;
    assert_snapshot!(snapshot_text(&changed), @r#"
        {
          "make": null,
          "meter": {
            "at": "2026-02-01T00:00:00Z",
            "unit": "h",
            "value": "1300"
          },
          "model": "48LC",
          "status": "OUT_OF_SERVICE",
          "version": 2
        }
        "#);
}

#[apply(each_database)]
async fn an_asset_reports_all_violations_at_once(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("assetCreate", json!({ "name": "One", "externalReference": "A-1" }), "").await;
    let wrong = json!({ "name": " ", "year": 1492, "meter": { "value": -1 }, "externalReference": "A-1",
        "serialNumber": "x".repeat(201) });
    let errors = admin.user_errors("assetCreate", wrong).await;
    assert!(errors[4].contains("The asset asset_"), "it names the row that has the reference: {errors:?}");
    let codes: Vec<_> = errors.iter().map(|error| error.split(':').next().unwrap_or_default()).collect();
    assert_eq!(
        codes,
        [
            "REQUIRED input.name",
            "OUT_OF_RANGE input.year",
            "OUT_OF_RANGE input.serialNumber",
            "OUT_OF_RANGE input.meter.value",
            "TAKEN input.externalReference",
        ]
    );
    assert_eq!(*admin.execute("{ assets { totalCount } }").await.data(), json!({ "assets": { "totalCount": 1 } }));
}

#[apply(each_database)]
async fn assets_are_filtered_and_ordered(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let customer =
        admin.mutate("customerCreate", json!({ "name": "Acme", "type": "RENTAL" }), "id").await["id"].clone();
    for (name, year, meter, make) in [
        ("Älpha", Some(2020), Some("10.5"), Some("Make")),
        ("beta", None, Some("2"), None),
        ("Gamma", Some(2018), None, Some("Other firm")),
    ] {
        let meter = meter.map(|value| json!({ "value": value }));
        let asset = json!({ "name": name, "year": year, "meter": meter, "make": make, "category": "Trailer" });
        let asset = admin.mutate("assetCreate", asset, "id").await["id"].clone();
        if name == "beta" {
            let rent = json!({ "customer": customer, "asset": { "existing": asset }, "relationship": "RENTED", "from": "2026-01-01T00:00:00Z" });
            admin.mutate("customerAssetAssign", rent, "").await;
        }
    }
    let names = async |arguments: &str| {
        let response = admin.execute(&format!("{{ assets({arguments}) {{ nodes {{ name }} }} }}")).await;
        let nodes = response.data()["assets"]["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("orderBy: [{ name: ASC }]").await, ["Älpha", "beta", "Gamma"]);
    assert_eq!(names("orderBy: [{ year: DESC }]").await, ["beta", "Älpha", "Gamma"]);
    assert_eq!(names("where: { name: { eq: \"alpha\" } }").await, ["Älpha"]);
    assert_eq!(names("where: { meterValue: { gt: \"2\" } }").await, ["Älpha"]);
    assert_eq!(names("where: { not: { year: { gte: 2019 } } }").await, ["beta", "Gamma"]);
    for (test, others) in [
        ("eq: \"Make\"", "beta Gamma"),
        ("neq: \"Make\"", "Älpha beta"),
        ("in: [\"make\", \"other\"]", "beta Gamma"),
        ("notIn: [\"make\"]", "Älpha beta"),
        ("lt: \"n\"", "beta Gamma"),
        ("contains: \"AK\"", "beta Gamma"),
        ("startsWith: \"ma\"", "beta Gamma"),
        ("isNull: true", "Älpha Gamma"),
        ("isNull: false", "beta"),
    ] {
        let left = names(&format!("where: {{ not: {{ make: {{ {test} }} }} }}")).await;
        assert_eq!(left.join(" "), others, "not {test}");
    }
    let rented = "where: { customers: { some: { relationship: { eq: RENTED }, customer: { type: { eq: RENTAL } } } } }";
    assert_eq!(names(rented).await, ["beta"]);
    assert_eq!(names("where: { customers: { none: {} } }").await, ["Älpha", "Gamma"]);
}

#[apply(each_database)]
async fn a_reserved_asset_cannot_be_deleted_until_the_reservation_is_over(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("customerCreate", json!({ "name": "Acme", "type": "RENTAL", "externalReference": "acme" }), "").await;
    admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
    let reserve = |from: &str, until: &str| json!({ "customer": "acme", "asset": { "existing": "lift" }, "relationship": "RESERVED", "from": from, "until": until });
    admin.mutate("customerAssetAssign", reserve("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"), "").await;
    let to_come = reserve("2099-01-01T00:00:00Z", "2099-02-01T00:00:00Z");
    let to_come = admin.mutate("customerAssetAssign", to_come, "id").await["id"].clone();
    let refused = admin.user_errors("assetDelete", json!({ "id": "lift" })).await;
    let id = to_come.as_str().unwrap();
    assert_eq!(
        refused,
        [format!("IN_USE input.id: The asset is reserved as {id} from 2099-01-01T00:00:00Z; delete that first.")]
    );
    admin.mutate("customerAssetDelete", json!({ "id": id }), "").await;
    admin.mutate("assetDelete", json!({ "id": "lift" }), "deletedAt").await;
    let refused = admin.user_errors("customerAssetRestore", json!({ "id": id })).await;
    assert_eq!(refused, ["DELETED input.id: Its asset is deleted; restore the asset first."]);
}

#[apply(each_database)]
async fn a_rented_asset_cannot_be_deleted(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("customerCreate", json!({ "name": "Acme", "type": "RENTAL", "externalReference": "acme" }), "").await;
    admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
    let rent = json!({ "customer": "acme", "asset": { "existing": "lift" }, "relationship": "LEASED", "from": "2026-01-01T00:00:00Z",
        "until": "2026-02-01T00:00:00Z" });
    let out = admin.mutate("customerAssetAssign", rent, "id").await["id"].clone();
    let refused = admin.user_errors("assetDelete", json!({ "id": "lift" })).await;
    assert_eq!(
        refused,
        [format!(
            "IN_USE input.id: The asset is out on rent or lease as {}; return that first.",
            out.as_str().unwrap()
        )]
    );
    admin.mutate("customerAssetReturn", json!({ "id": out, "at": "2026-01-20T00:00:00Z" }), "").await;
    let deleted = admin.mutate("assetDelete", json!({ "id": "lift" }), "deletedAt").await;
    assert!(deleted["deletedAt"].is_string(), "{deleted}");
    // A to-one edge still shows its deleted target.
    let response = admin.execute("{ assets { totalCount } customerAssets { nodes { asset { name } } } }").await;
    assert_eq!(
        *response.data(),
        json!({ "assets": { "totalCount": 0 }, "customerAssets": { "nodes": [{ "asset": { "name": "Lift" } }] } })
    );
    let back = admin
        .mutate("assetUpsert", json!({ "externalReference": "lift", "year": 2020 }), "deletedAt year version")
        .await;
    assert_eq!(back, json!({ "deletedAt": null, "year": 2020, "version": 3 }));
    admin.mutate("assetDelete", json!({ "id": "lift", "expectedVersion": 3 }), "").await;
    let back = admin.mutate("assetRestore", json!({ "id": "lift" }), "deletedAt version").await;
    assert_eq!(back, json!({ "deletedAt": null, "version": 5 }));
}

#[apply(each_database)]
async fn another_tenant_gets_no_asset(database: DatabaseKind) {
    let world = World::new(database).await;
    let id = world.admin().mutate("assetCreate", json!({ "name": "Lift" }), "id").await["id"].clone();
    let other_admin = world.other_admin();
    let query = "query($id: ID!) { asset(id: $id) { id } node(id: $id) { id } assets { totalCount } }";
    let response = other_admin.execute_with(query, json!({ "id": id })).await;
    assert_eq!(*response.data(), json!({ "asset": null, "node": null, "assets": { "totalCount": 0 } }));
    let own = world.admin().execute_with(query, json!({ "id": id })).await;
    assert_eq!(own.data()["node"], json!({ "id": id }));
    let absent = other_admin.user_errors("assetDelete", json!({ "id": id })).await;
    assert!(absent[0].starts_with("NOT_FOUND input.id: "), "{absent:?}");
    other_admin
        .mutate("customerCreate", json!({ "name": "Other", "type": "RENTAL", "externalReference": "other" }), "")
        .await;
    let absent = other_admin
        .user_errors(
            "customerAssetAssign",
            json!({ "customer": "other", "asset": { "existing": id }, "relationship": "OWNED" }),
        )
        .await;
    assert!(absent[0].starts_with("NOT_FOUND input.asset: "), "{absent:?}");
}

#[apply(each_database)]
async fn writing_assets_needs_the_permission(database: DatabaseKind) {
    let world = World::new(database).await;
    for role in [Role::Technician, Role::Agent, Role::Viewer] {
        let response = world.actor(role).send_mutation("assetCreate", json!({ "name": "Lift" }), "").await;
        assert_eq!(response.error_codes(), ["FORBIDDEN"], "{response}");
    }
}

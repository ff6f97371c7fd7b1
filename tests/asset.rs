//! Assets, through the schema.

use access::Role;
use rstest::rstest;
use serde_json::json;

use crate::world::{On, Postgres, Sqlite, World, shown};

const ALL: &str = "name unitNumber category make model year serialNumber installDate warrantyExpiration
    meter { value unit at } status version externalReference";

#[rstest]
#[tokio::test]
async fn an_asset_is_read_back_as_it_was_given(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let dispatcher = world.actor(Role::Dispatcher);
    let input = json!({
        "name": "Rooftop unit 7", "unitNumber": "RTU-07", "category": "HVAC", "make": "Carrier", "model": "48LC",
        "year": 2021, "serialNumber": "SN-001", "installDate": "2021-05-01", "warrantyExpiration": "2031-05-01",
        "meter": { "value": "1234.5", "unit": "h", "at": "2026-01-20T08:00:00Z" }, "externalReference": "rtu-7",
    });
    let made = dispatcher.done("assetCreate", input, ALL).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(shown(&made), @r#"
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
    }
    let changes = json!({ "id": "rtu-7", "status": "OUT_OF_SERVICE", "make": null,
        "meter": { "value": 1300, "at": "2026-02-01T00:00:00Z" } });
    let changed = dispatcher.done("assetUpdate", changes, "make model status version meter { value unit at }").await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(shown(&changed), @r#"
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
}

#[rstest]
#[tokio::test]
async fn everything_wrong_with_an_asset_is_named_at_once(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    admin.done("assetCreate", json!({ "name": "One", "externalReference": "A-1" }), "").await;
    let wrong = json!({ "name": " ", "year": 1492, "meter": { "value": -1 }, "externalReference": "A-1",
        "serialNumber": "x".repeat(201) });
    let errors = admin.refused("assetCreate", wrong).await;
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
    assert_eq!(*admin.ask("{ assets { totalCount } }").await.data(), json!({ "assets": { "totalCount": 1 } }));
}

#[rstest]
#[tokio::test]
async fn assets_are_filtered_and_ordered(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let customer = admin.done("customerCreate", json!({ "name": "Acme", "type": "RENTAL" }), "id").await["id"].clone();
    for (name, year, meter, make) in [
        ("Älpha", Some(2020), Some("10.5"), Some("Make")),
        ("beta", None, Some("2"), None),
        ("Gamma", Some(2018), None, Some("Other firm")),
    ] {
        let meter = meter.map(|value| json!({ "value": value }));
        let asset = json!({ "name": name, "year": year, "meter": meter, "make": make, "category": "Trailer" });
        let asset = admin.done("assetCreate", asset, "id").await["id"].clone();
        if name == "beta" {
            let rent = json!({ "customer": customer, "asset": asset, "relationship": "RENTED", "from": "2026-01-01T00:00:00Z" });
            admin.done("customerAssetAssign", rent, "").await;
        }
    }
    let names = async |arguments: &str| {
        let answer = admin.ask(&format!("{{ assets({arguments}) {{ nodes {{ name }} }} }}")).await;
        let nodes = answer.data()["assets"]["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("orderBy: [{ field: NAME }]").await, ["Älpha", "beta", "Gamma"]);
    assert_eq!(names("orderBy: [{ field: YEAR, direction: DESC }]").await, ["beta", "Älpha", "Gamma"]);
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

#[rstest]
#[tokio::test]
async fn an_asset_on_rent_is_not_deleted(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    admin.done("customerCreate", json!({ "name": "Acme", "type": "RENTAL", "externalReference": "acme" }), "").await;
    admin.done("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
    let rent = json!({ "customer": "acme", "asset": "lift", "relationship": "LEASED", "from": "2026-01-01T00:00:00Z",
        "until": "2026-02-01T00:00:00Z" });
    let out = admin.done("customerAssetAssign", rent, "id").await["id"].clone();
    let refused = admin.refused("assetDelete", json!({ "id": "lift" })).await;
    assert_eq!(
        refused,
        [format!(
            "IN_USE input.id: The asset is out on rent or lease as {}; return that first.",
            out.as_str().unwrap()
        )]
    );
    admin.done("customerAssetReturn", json!({ "id": out, "at": "2026-01-20T00:00:00Z" }), "").await;
    let deleted = admin.done("assetDelete", json!({ "id": "lift" }), "deletedAt").await;
    assert!(deleted["deletedAt"].is_string(), "{deleted}");
    // A to-one edge still shows its deleted target.
    let answer = admin.ask("{ assets { totalCount } customerAssets { nodes { asset { name } } } }").await;
    assert_eq!(
        *answer.data(),
        json!({ "assets": { "totalCount": 0 }, "customerAssets": { "nodes": [{ "asset": { "name": "Lift" } }] } })
    );
    let back =
        admin.done("assetUpsert", json!({ "externalReference": "lift", "year": 2020 }), "deletedAt year version").await;
    assert_eq!(back, json!({ "deletedAt": null, "year": 2020, "version": 3 }));
    admin.done("assetDelete", json!({ "id": "lift", "expectedVersion": 3 }), "").await;
    let back = admin.done("assetRestore", json!({ "id": "lift" }), "deletedAt version").await;
    assert_eq!(back, json!({ "deletedAt": null, "version": 5 }));
}

#[rstest]
#[tokio::test]
async fn another_tenants_asset_is_not_there(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let id = world.admin().done("assetCreate", json!({ "name": "Lift" }), "id").await["id"].clone();
    let stranger = world.stranger();
    let query = "query($id: ID!) { asset(id: $id) { id } node(id: $id) { id } assets { totalCount } }";
    let answer = stranger.ask_with(query, json!({ "id": id })).await;
    assert_eq!(*answer.data(), json!({ "asset": null, "node": null, "assets": { "totalCount": 0 } }));
    let own = world.admin().ask_with(query, json!({ "id": id })).await;
    assert_eq!(own.data()["node"], json!({ "id": id }));
    let absent = stranger.refused("assetDelete", json!({ "id": id })).await;
    assert!(absent[0].starts_with("NOT_FOUND input.id: "), "{absent:?}");
    stranger
        .done("customerCreate", json!({ "name": "Other", "type": "RENTAL", "externalReference": "other" }), "")
        .await;
    let absent = stranger.refused("customerAssetAssign", json!({ "customer": "other", "asset": id })).await;
    assert!(absent[0].starts_with("NOT_FOUND input.asset: "), "{absent:?}");
}

#[rstest]
#[tokio::test]
async fn only_those_who_may_write_assets_do(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    for role in [Role::Technician, Role::Agent, Role::Viewer] {
        let answer = world.actor(role).tried("assetCreate", json!({ "name": "Lift" }), "").await;
        assert_eq!(answer.codes(), ["FORBIDDEN"], "{answer}");
    }
}

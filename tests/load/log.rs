//! What of a load stands in the change log: one entry per write, with its parts.

use rstest::rstest;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value as Json, json};

use super::{input, places, with};
use crate::world::{On, Postgres, Sqlite, World};

#[rstest]
#[tokio::test]
async fn every_write_of_a_load_is_one_entry_with_its_parts(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let id = admin.done("loadCreate", with(json!({ "externalReference": "X-1" })), "id").await["id"].clone();
    admin.done("loadSchedule", json!({ "id": id, "scheduledPickup": "2026-01-21T08:00:00Z" }), "").await;
    // What says nothing new is no entry.
    admin.done("loadUpdate", json!({ "id": id, "charges": input()["charges"] }), "").await;
    admin.done("loadDelete", json!({ "id": id }), "").await;
    // Two writes of one transaction, the second with parts: still one entry, whose image before has those parts.
    let stops = json!([
        { "kind": "PICKUP", "address": "AUSTIN", "windowStart": "2026-01-20T08:00:00Z", "notes": "gate code 7781" },
        { "kind": "DELIVERY", "address": "DALLAS", "windowStart": "2026-01-22T08:00:00Z" },
    ]);
    admin.done("loadUpsert", json!({ "externalReference": "X-1", "stops": stops }), "").await;
    let db = world.db.connection();
    let sql =
        "SELECT action, fields, \"before\", \"after\" FROM change WHERE tenant_id = $1 AND entity = 'load' ORDER BY id";
    let entries = Statement::from_sql_and_values(db.get_database_backend(), sql, [world.tenant.row.id.into()]);
    let mut told = Vec::new();
    for row in db.query_all_raw(entries).await.unwrap() {
        let text = |name: &str| row.try_get::<Option<String>>("", name).unwrap().unwrap_or_else(|| "null".to_owned());
        let json = |name: &str| serde_json::from_str::<Json>(&text(name)).unwrap();
        let (before, after) = (json("before"), json("after"));
        let starts = |image: &Json| image["stops"][0]["windowStart"].clone();
        told.push(format!("{} {}: {} -> {}", text("action"), json("fields"), starts(&before), starts(&after)));
        assert!(!after.to_string().contains("7781"), "notes stand in the open part of an image");
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(told.join("\n"), @r#"
        CREATE ["chargeAmount","chargeCurrency","charges","customer","delivery","driver","externalReference","hazmat","loadNumber","pickup","scheduledDelivery","scheduledPickup","status","statusHistory","stops"]: null -> "2026-01-20T08:00:00Z"
        UPDATE ["scheduledPickup","status","statusHistory","stops"]: "2026-01-20T08:00:00Z" -> "2026-01-21T08:00:00Z"
        DELETE ["deletedAt"]: null -> null
        RESTORE ["deletedAt","delivery","pickup","scheduledDelivery","scheduledPickup","stops"]: "2026-01-21T08:00:00Z" -> "2026-01-20T08:00:00Z"
        "#);
    }
}

//! Loads in the change log: one change per write, with the child rows of the load.

use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value as Json, json};

use super::{create_customer_and_addresses, load_input, load_input_with};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database};

#[apply(each_database)]
async fn a_write_of_a_load_is_one_change_with_its_child_rows(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let id =
        admin.mutate("loadCreate", load_input_with(json!({ "externalReference": "X-1" })), "id").await["id"].clone();
    admin.mutate("loadSchedule", json!({ "id": id, "scheduledPickup": "2026-01-21T08:00:00Z" }), "").await;
    // A write of equal values is not logged.
    admin.mutate("loadUpdate", json!({ "id": id, "charges": load_input()["charges"] }), "").await;
    admin.mutate("loadDelete", json!({ "id": id }), "").await;
    // Two writes in one transaction, the second with child rows, are one change whose image before has those child rows.
    let stops = json!([
        { "type": "PICKUP", "address": "AUSTIN", "windowStart": "2026-01-20T08:00:00Z", "notes": "gate code 7781" },
        { "type": "DELIVERY", "address": "DALLAS", "windowStart": "2026-01-22T08:00:00Z" },
    ]);
    admin.mutate("loadUpsert", json!({ "externalReference": "X-1", "stops": stops }), "").await;
    let db = world.db.connection();
    let sql = "SELECT action, fields, \"before\", \"after\" FROM change WHERE tenant_id = $1 AND table_name = 'load' ORDER BY id";
    let entries = Statement::from_sql_and_values(db.get_database_backend(), sql, [world.tenant.row.id.into()]);
    let mut lines = Vec::new();
    for row in db.query_all_raw(entries).await.unwrap() {
        let text = |name: &str| row.try_get::<Option<String>>("", name).unwrap().unwrap_or_else(|| "null".to_owned());
        let json = |name: &str| serde_json::from_str::<Json>(&text(name)).unwrap();
        let (before, after) = (json("before"), json("after"));
        let starts = |image: &Json| image["stops"][0]["windowStart"].clone();
        lines.push(format!("{} {}: {} -> {}", text("action"), json("fields"), starts(&before), starts(&after)));
        assert!(!after.to_string().contains("gate code"), "notes stand in the open part of an image");
    }
    assert_snapshot!(lines.join("\n"), @r#"
        CREATE ["chargeAmount","chargeCurrency","charges","customer","deliveryLocation","driver","externalReference","hazmat","number","pickupLocation","scheduledDelivery","scheduledPickup","status","statusHistory","stops"]: null -> "2026-01-20T08:00:00Z"
        UPDATE ["scheduledPickup","status","statusHistory","stops"]: "2026-01-20T08:00:00Z" -> "2026-01-21T08:00:00Z"
        DELETE ["deletedAt"]: "2026-01-21T08:00:00Z" -> "2026-01-21T08:00:00Z"
        RESTORE ["deletedAt","deliveryLocation","pickupLocation","scheduledDelivery","scheduledPickup","stops"]: "2026-01-21T08:00:00Z" -> "2026-01-20T08:00:00Z"
        "#);
}

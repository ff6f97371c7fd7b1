//! Times of events: what is reported to have happened does not lie in the future.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{DatabaseKind, World, each_database};

/// A time to come.
const FUTURE: &str = "2151-01-01T00:00:00Z";

#[apply(each_database)]
async fn no_event_lies_in_the_future(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for reference in ["acme", "bolt"] {
        let customer = json!({ "name": reference, "type": "RENTAL", "externalReference": reference });
        admin.mutate("customerCreate", customer, "").await;
    }
    admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
    let rental =
        json!({ "customer": "acme", "asset": "lift", "relationship": "RENTED", "from": "2026-01-01T00:00:00Z" });
    let with = |base: &Json, fields: Json| {
        let mut input = base.clone();
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        input
    };
    admin.mutate("customerAssetCreate", with(&rental, json!({ "externalReference": "out" })), "").await;
    let visit = json!({ "customer": "acme", "serviceDate": "2026-01-01T00:00:00Z", "serviceType": "Visit" });
    admin
        .mutate(
            "serviceRecordCreate",
            with(&visit, json!({ "externalReference": "planned", "status": "SCHEDULED" })),
            "",
        )
        .await;
    let begun = json!({ "externalReference": "begun", "status": "IN_PROGRESS" });
    admin.mutate("serviceRecordCreate", with(&visit, begun), "").await;
    let stops = |arrived: Json| {
        json!([
            { "type": "PICKUP", "arrivedAt": arrived, "windowStart": "2026-01-01T00:00:00Z" },
            { "type": "DELIVERY", "windowStart": "2026-01-02T00:00:00Z" },
        ])
    };
    let times = json!({ "scheduledPickup": "2026-01-01T00:00:00Z", "scheduledDelivery": "2026-01-02T00:00:00Z" });
    let load = json!({ "customer": "acme", "externalReference": "load", "stops": stops(json!(null)) });
    admin.mutate("loadCreate", load.clone(), "").await;
    admin.mutate("loadSchedule", with(&times, json!({ "id": "load" })), "").await;
    admin.mutate("loadDispatch", json!({ "id": "load", "driver": "D" }), "").await;
    let schedule = async |reference: &str| {
        admin.mutate("loadCreate", with(&load, json!({ "externalReference": reference })), "").await;
        admin.mutate("loadSchedule", with(&times, json!({ "id": reference })), "").await;
    };
    schedule("scheduled").await;
    schedule("started").await;
    admin.mutate("loadDispatch", json!({ "id": "started", "driver": "D" }), "").await;
    admin.mutate("loadStart", json!({ "id": "started" }), "").await;
    let visits = |field: &str| json!([{ "position": 1, field: FUTURE }]);
    for (mutation, input, field) in [
        ("customerAssetReturn", json!({ "id": "out", "at": FUTURE }), "at"),
        ("customerAssetUpdate", json!({ "id": "out", "returnedAt": FUTURE }), "returnedAt"),
        ("customerAssetCreate", with(&rental, json!({ "customer": "bolt", "returnedAt": FUTURE })), "returnedAt"),
        ("assetUpdate", json!({ "id": "lift", "meter": { "value": 1, "at": FUTURE } }), "meter.at"),
        ("serviceRecordStart", json!({ "id": "planned", "at": FUTURE }), "at"),
        ("serviceRecordComplete", json!({ "id": "begun", "at": FUTURE }), "at"),
        ("serviceRecordUpdate", json!({ "id": "begun", "startedAt": FUTURE }), "startedAt"),
        ("serviceRecordUpsert", json!({ "externalReference": "begun", "requestedAt": FUTURE }), "requestedAt"),
        ("serviceRecordCreate", with(&visit, json!({ "status": "COMPLETED", "completedAt": FUTURE })), "completedAt"),
        ("loadStart", json!({ "id": "load", "at": FUTURE }), "at"),
        ("loadStart", json!({ "id": "load", "arrivedAt": FUTURE }), "arrivedAt"),
        ("loadStart", json!({ "id": "load", "departedAt": FUTURE }), "departedAt"),
        ("loadStart", json!({ "id": "load", "stops": visits("arrivedAt") }), "stops.0.arrivedAt"),
        ("loadStart", json!({ "id": "load", "stops": visits("departedAt") }), "stops.0.departedAt"),
        ("loadUpdate", json!({ "id": "load", "stops": stops(json!(FUTURE)) }), "stops.0.arrivedAt"),
        ("loadDispatch", json!({ "id": "scheduled", "driver": "D", "at": FUTURE }), "at"),
        ("loadComplete", json!({ "id": "started", "at": FUTURE }), "at"),
        ("loadComplete", json!({ "id": "started", "arrivedAt": FUTURE }), "arrivedAt"),
        ("loadComplete", json!({ "id": "started", "departedAt": FUTURE }), "departedAt"),
        ("loadComplete", json!({ "id": "started", "stops": visits("arrivedAt") }), "stops.0.arrivedAt"),
        ("loadComplete", json!({ "id": "started", "stops": visits("departedAt") }), "stops.0.departedAt"),
    ] {
        let refused = admin.user_errors(mutation, input.clone()).await;
        let expected = format!("OUT_OF_RANGE input.{field}: ");
        assert!(refused.iter().any(|error| error.starts_with(&expected)), "{mutation} {input}: {refused:?}");
        assert!(refused.iter().any(|error| error.contains("is in the future; it is ")), "{mutation}: {refused:?}");
    }
    // The same events in the past, and now, are accepted.
    let past = json!("2026-01-03T00:00:00Z");
    admin.mutate("loadUpdate", json!({ "id": "load", "stops": stops(past.clone()) }), "").await;
    admin.mutate("loadStart", json!({ "id": "load" }), "").await;
    admin.mutate("serviceRecordStart", json!({ "id": "planned", "at": past }), "").await;
    admin.mutate("serviceRecordComplete", json!({ "id": "planned" }), "").await;
    admin.mutate("customerAssetReturn", json!({ "id": "out" }), "").await;
}

//! The route and the charges of a load.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{create_customer_and_addresses, load_input_with};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

#[apply(each_database)]
async fn the_first_pickup_and_the_last_delivery_summarize_the_route(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    admin.mutate("addressCreate", json!({ "externalReference": "WACO", "city": "Waco" }), "").await;
    let stops = json!([
        { "type": "OTHER", "address": "WACO", "notes": "fuel" },
        { "type": "PICKUP", "address": "DALLAS", "windowStart": "2026-01-20T08:00:00Z", "windowEnd": "2026-01-20T10:00:00Z" },
        { "type": "DELIVERY", "windowStart": "2026-01-21T08:00:00Z" },
        { "type": "PICKUP", "address": "AUSTIN" },
        { "type": "DELIVERY", "address": "WACO", "windowStart": "2026-01-22T08:00:00Z", "notes": "gate code 7781" },
    ]);
    let created = json!({ "customer": "ACME", "externalReference": "LOAD-1", "stops": stops });
    let ends = "version pickupLocation { city } deliveryLocation { city } scheduledPickup scheduledDelivery
                stops { position type address { city } windowStart windowEnd notes }";
    let load = admin.mutate("loadCreate", created, ends).await;
    assert_snapshot!(snapshot_text(&load), @r#"
    {
      "deliveryLocation": {
        "city": "Waco"
      },
      "pickupLocation": {
        "city": "Dallas"
      },
      "scheduledDelivery": "2026-01-22T08:00:00Z",
      "scheduledPickup": "2026-01-20T08:00:00Z",
      "stops": [
        {
          "address": {
            "city": "Waco"
          },
          "notes": "fuel",
          "position": 0,
          "type": "OTHER",
          "windowEnd": null,
          "windowStart": null
        },
        {
          "address": {
            "city": "Dallas"
          },
          "notes": null,
          "position": 1,
          "type": "PICKUP",
          "windowEnd": "2026-01-20T10:00:00Z",
          "windowStart": "2026-01-20T08:00:00Z"
        },
        {
          "address": null,
          "notes": null,
          "position": 2,
          "type": "DELIVERY",
          "windowEnd": null,
          "windowStart": "2026-01-21T08:00:00Z"
        },
        {
          "address": {
            "city": "Austin"
          },
          "notes": null,
          "position": 3,
          "type": "PICKUP",
          "windowEnd": null,
          "windowStart": null
        },
        {
          "address": {
            "city": "Waco"
          },
          "notes": "gate code 7781",
          "position": 4,
          "type": "DELIVERY",
          "windowEnd": null,
          "windowStart": "2026-01-22T08:00:00Z"
        }
      ],
      "version": 1
    }
    "#);
    // The short form changes only the first pickup and the last delivery; notes stay readable in the new rows.
    let moved = json!({ "id": "LOAD-1", "pickupLocation": "WACO", "scheduledPickup": "2026-01-20T12:00:00Z", "deliveryLocation": "AUSTIN" });
    let load = admin.mutate("loadUpdate", moved.clone(), ends).await;
    assert_snapshot!(snapshot_text(&load), @r#"
    {
      "deliveryLocation": {
        "city": "Austin"
      },
      "pickupLocation": {
        "city": "Waco"
      },
      "scheduledDelivery": "2026-01-22T08:00:00Z",
      "scheduledPickup": "2026-01-20T12:00:00Z",
      "stops": [
        {
          "address": {
            "city": "Waco"
          },
          "notes": "fuel",
          "position": 0,
          "type": "OTHER",
          "windowEnd": null,
          "windowStart": null
        },
        {
          "address": {
            "city": "Waco"
          },
          "notes": null,
          "position": 1,
          "type": "PICKUP",
          "windowEnd": "2026-01-20T14:00:00Z",
          "windowStart": "2026-01-20T12:00:00Z"
        },
        {
          "address": null,
          "notes": null,
          "position": 2,
          "type": "DELIVERY",
          "windowEnd": null,
          "windowStart": "2026-01-21T08:00:00Z"
        },
        {
          "address": {
            "city": "Austin"
          },
          "notes": null,
          "position": 3,
          "type": "PICKUP",
          "windowEnd": null,
          "windowStart": null
        },
        {
          "address": {
            "city": "Austin"
          },
          "notes": "gate code 7781",
          "position": 4,
          "type": "DELIVERY",
          "windowEnd": null,
          "windowStart": "2026-01-22T08:00:00Z"
        }
      ],
      "version": 2
    }
    "#);
    // Writing equal values again changes nothing.
    assert_eq!(admin.mutate("loadUpdate", moved, "version").await, json!({ "version": 2 }));
    // Without the permission for personal data, the stop has no notes.
    let response = world.viewer().execute("{ loads { nodes { stops { type notes } } } }").await;
    assert_eq!(*response.at("/extensions/redacted"), json!(["loads.nodes.stops.notes"]));
    assert_eq!(*response.at("/data/loads/nodes/0/stops/4"), json!({ "type": "DELIVERY", "notes": null }));
}

#[apply(each_database)]
async fn charges_are_rounded_per_line_before_they_are_summed(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let charges = json!([
        { "type": "LINEHAUL", "unitAmount": "1000.50" },
        // 3.33 x 1.5 = 4.995: half a cent is rounded away from zero, for both signs.
        { "type": "DETENTION", "description": "Waiting", "quantity": "1.5", "unitAmount": "3.33" },
        { "type": "OTHER", "description": "Credit", "quantity": 1.5, "unitAmount": "-3.33" },
        { "type": "FUEL", "quantity": "612.4", "unitAmount": "2.4375", "currency": "USD" },
    ]);
    let created = admin
        .mutate(
            "loadCreate",
            load_input_with(json!({ "charges": charges })),
            "id charge { amount currency } charges { type description quantity unitAmount amount { amount currency } }",
        )
        .await;
    let line = |charge: &Json| {
        let text = |pointer: &str| charge.pointer(pointer).and_then(Json::as_str).unwrap_or("-").to_owned();
        let [kind, quantity, unit, amount, currency] =
            ["/type", "/quantity", "/unitAmount", "/amount/amount", "/amount/currency"].map(text);
        format!("{kind}: {quantity} x {unit} = {amount} {currency}")
    };
    let mut lines: Vec<_> = created["charges"].as_array().unwrap().iter().map(line).collect();
    lines.push(created["charge"].to_string());
    let other = json!([
        { "type": "FUEL", "unitAmount": 1, "currency": "USD" },
        { "type": "FUEL", "unitAmount": 1, "currency": "CAD" },
    ]);
    lines.extend(admin.user_errors("loadUpdate", json!({ "id": created["id"], "charges": other })).await);
    let wrong = json!([
        { "type": "FUEL", "quantity": 0, "unitAmount": "0.001" },
        { "type": "FUEL", "unitAmount": 1, "currency": "XYZ" },
        { "type": "FUEL", "quantity": "9000000000000", "unitAmount": "9000000000000" },
    ]);
    lines.extend(admin.user_errors("loadUpdate", json!({ "id": created["id"], "charges": wrong })).await);
    let large = json!({ "type": "FUEL", "unitAmount": "9000000", "quantity": 1_000_000 });
    let two = json!([large, large]);
    lines.extend(admin.user_errors("loadUpdate", json!({ "id": created["id"], "charges": two })).await);
    let none = admin
        .mutate("loadUpdate", json!({ "id": created["id"], "charges": null }), "charge { amount } charges { type }")
        .await;
    lines.push(none.to_string());
    assert_snapshot!(lines.join("\n"), @r#"
        LINEHAUL: 1 x 1000.5 = 1000.5 USD
        DETENTION: 1.5 x 3.33 = 5 USD
        OTHER: 1.5 x -3.33 = -5 USD
        FUEL: 612.4 x 2.4375 = 1492.73 USD
        {"amount":"2493.23","currency":"USD"}
        INVALID input.charges: All charges of a load are in one currency; USD and CAD were given.
        OUT_OF_RANGE input.charges.0.quantity: quantity is greater than 0; 0 was given.
        INVALID input.charges.1.currency: "XYZ" is not a currency; give an ISO 4217 code such as USD.
        OUT_OF_RANGE input.charges.2.unitAmount: quantity times unitAmount is beyond what can be kept.
        OUT_OF_RANGE input.charges: The sum of the charges is beyond what can be kept.
        {"charge":null,"charges":[]}
        "#);
}

//! What a load is made of: its route and its charges.

use rstest::rstest;
use serde_json::{Value as Json, json};

use super::{places, with};
use crate::world::{On, Postgres, Sqlite, World, shown};

#[rstest]
#[tokio::test]
async fn the_first_pickup_and_the_last_delivery_stand_for_the_route(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    admin.done("addressCreate", json!({ "externalReference": "WACO", "city": "Waco" }), "").await;
    let stops = json!([
        { "kind": "OTHER", "address": "WACO", "notes": "fuel" },
        { "kind": "PICKUP", "address": "DALLAS", "windowStart": "2026-01-20T08:00:00Z", "windowEnd": "2026-01-20T10:00:00Z" },
        { "kind": "DELIVERY", "windowStart": "2026-01-21T08:00:00Z" },
        { "kind": "PICKUP", "address": "AUSTIN" },
        { "kind": "DELIVERY", "address": "WACO", "windowStart": "2026-01-22T08:00:00Z", "notes": "gate code 7781" },
    ]);
    let made = json!({ "customer": "ACME", "externalReference": "LOAD-1", "stops": stops });
    let ends = "version pickup { city } delivery { city } scheduledPickup scheduledDelivery
                stops { position kind address { city } windowStart windowEnd notes }";
    let load = admin.done("loadCreate", made, ends).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(shown(&load), @r#"
        {
          "delivery": {
            "city": "Waco"
          },
          "pickup": {
            "city": "Dallas"
          },
          "scheduledDelivery": "2026-01-22T08:00:00Z",
          "scheduledPickup": "2026-01-20T08:00:00Z",
          "stops": [
            {
              "address": {
                "city": "Waco"
              },
              "kind": "OTHER",
              "notes": "fuel",
              "position": 0,
              "windowEnd": null,
              "windowStart": null
            },
            {
              "address": {
                "city": "Dallas"
              },
              "kind": "PICKUP",
              "notes": null,
              "position": 1,
              "windowEnd": "2026-01-20T10:00:00Z",
              "windowStart": "2026-01-20T08:00:00Z"
            },
            {
              "address": null,
              "kind": "DELIVERY",
              "notes": null,
              "position": 2,
              "windowEnd": null,
              "windowStart": "2026-01-21T08:00:00Z"
            },
            {
              "address": {
                "city": "Austin"
              },
              "kind": "PICKUP",
              "notes": null,
              "position": 3,
              "windowEnd": null,
              "windowStart": null
            },
            {
              "address": {
                "city": "Waco"
              },
              "kind": "DELIVERY",
              "notes": "gate code 7781",
              "position": 4,
              "windowEnd": null,
              "windowStart": "2026-01-22T08:00:00Z"
            }
          ],
          "version": 1
        }
        "#);
    }
    // The shortcuts move the ends and nothing else; notes stay readable, though the rows are new.
    let moved = json!({ "id": "LOAD-1", "pickupLocation": "WACO", "scheduledPickup": "2026-01-20T12:00:00Z", "deliveryLocation": "AUSTIN" });
    let load = admin.done("loadUpdate", moved.clone(), ends).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(shown(&load), @r#"
        {
          "delivery": {
            "city": "Austin"
          },
          "pickup": {
            "city": "Waco"
          },
          "scheduledDelivery": "2026-01-22T08:00:00Z",
          "scheduledPickup": "2026-01-20T12:00:00Z",
          "stops": [
            {
              "address": {
                "city": "Waco"
              },
              "kind": "OTHER",
              "notes": "fuel",
              "position": 0,
              "windowEnd": null,
              "windowStart": null
            },
            {
              "address": {
                "city": "Waco"
              },
              "kind": "PICKUP",
              "notes": null,
              "position": 1,
              "windowEnd": "2026-01-20T14:00:00Z",
              "windowStart": "2026-01-20T12:00:00Z"
            },
            {
              "address": null,
              "kind": "DELIVERY",
              "notes": null,
              "position": 2,
              "windowEnd": null,
              "windowStart": "2026-01-21T08:00:00Z"
            },
            {
              "address": {
                "city": "Austin"
              },
              "kind": "PICKUP",
              "notes": null,
              "position": 3,
              "windowEnd": null,
              "windowStart": null
            },
            {
              "address": {
                "city": "Austin"
              },
              "kind": "DELIVERY",
              "notes": "gate code 7781",
              "position": 4,
              "windowEnd": null,
              "windowStart": "2026-01-22T08:00:00Z"
            }
          ],
          "version": 2
        }
        "#);
    }
    // Saying the same again changes nothing.
    assert_eq!(admin.done("loadUpdate", moved, "version").await, json!({ "version": 2 }));
    // Whoever may not read personal data sees the stop without its notes.
    let answer = world.viewer().ask("{ loads { nodes { stops { kind notes } } } }").await;
    assert_eq!(*answer.at("/extensions/redacted"), json!(["loads.nodes.stops.notes"]));
    assert_eq!(*answer.at("/data/loads/nodes/0/stops/4"), json!({ "kind": "DELIVERY", "notes": null }));
}

#[rstest]
#[tokio::test]
async fn charges_are_rounded_line_by_line_and_summed(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let charges = json!([
        { "kind": "LINEHAUL", "unitAmount": { "amount": "1000.50" } },
        // 3.33 x 1.5 = 4.995: half a cent goes away from zero, up and down.
        { "kind": "DETENTION", "description": "Waiting", "quantity": "1.5", "unitAmount": { "amount": "3.33" } },
        { "kind": "OTHER", "description": "Credit", "quantity": 1.5, "unitAmount": { "amount": "-3.33" } },
        { "kind": "FUEL", "quantity": 312.7, "unitAmount": { "amount": "0.42", "currency": "USD" } },
    ]);
    let made = admin
        .done(
            "loadCreate",
            with(json!({ "charges": charges })),
            "id charge { amount currency } charges { kind description quantity unitAmount { amount } amount { amount currency } }",
        )
        .await;
    let line = |charge: &Json| {
        let text = |pointer: &str| charge.pointer(pointer).and_then(Json::as_str).unwrap_or("-").to_owned();
        let [kind, quantity, unit, amount, currency] =
            ["/kind", "/quantity", "/unitAmount/amount", "/amount/amount", "/amount/currency"].map(text);
        format!("{kind}: {quantity} x {unit} = {amount} {currency}")
    };
    let mut lines: Vec<_> = made["charges"].as_array().unwrap().iter().map(line).collect();
    lines.push(made["charge"].to_string());
    let other = json!([
        { "kind": "FUEL", "unitAmount": { "amount": 1, "currency": "USD" } },
        { "kind": "FUEL", "unitAmount": { "amount": 1, "currency": "CAD" } },
    ]);
    lines.extend(admin.refused("loadUpdate", json!({ "id": made["id"], "charges": other })).await);
    let wrong = json!([
        { "kind": "FUEL", "quantity": 0, "unitAmount": { "amount": "0.001" } },
        { "kind": "FUEL", "unitAmount": { "amount": 1, "currency": "XYZ" } },
        { "kind": "FUEL", "quantity": "9000000000000", "unitAmount": { "amount": "9000000000000" } },
    ]);
    lines.extend(admin.refused("loadUpdate", json!({ "id": made["id"], "charges": wrong })).await);
    let large = json!({ "kind": "FUEL", "unitAmount": { "amount": "9000000" }, "quantity": 1_000_000 });
    let two = json!([large, large]);
    lines.extend(admin.refused("loadUpdate", json!({ "id": made["id"], "charges": two })).await);
    let none = admin
        .done("loadUpdate", json!({ "id": made["id"], "charges": null }), "charge { amount } charges { kind }")
        .await;
    lines.push(none.to_string());
    insta::allow_duplicates! {
        insta::assert_snapshot!(lines.join("\n"), @r#"
        LINEHAUL: 1 x 1000.5 = 1000.5 USD
        DETENTION: 1.5 x 3.33 = 5 USD
        OTHER: 1.5 x -3.33 = -5 USD
        FUEL: 312.7 x 0.42 = 131.33 USD
        {"amount":"1131.83","currency":"USD"}
        INVALID input.charges: All charges of a load are in one currency; USD and CAD were given.
        OUT_OF_RANGE input.charges.0.quantity: quantity is greater than 0; 0 was given.
        INVALID input.charges.0.unitAmount: "0.001" is not an amount of USD; give at most 2 digits after the point.
        INVALID input.charges.1.unitAmount: "XYZ" is not a currency; give an ISO 4217 code such as USD.
        OUT_OF_RANGE input.charges.2.unitAmount: quantity times unitAmount is beyond what can be kept.
        OUT_OF_RANGE input.charges: The sum of the charges is beyond what can be kept.
        {"charge":null,"charges":[]}
        "#);
    }
}

//! Making and changing loads, and what is refused.

use rstest::rstest;
use serde_json::json;

use super::{STATES, input, load, places, with};
use crate::world::{On, Postgres, Sqlite, World, shown};

#[rstest]
#[tokio::test]
async fn a_load_is_made_from_two_locations_of_the_callers_system(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    admin.done("customerCreate", json!({ "name": "Acme", "type": "SHIPPER", "externalReference": "ACME" }), "").await;
    for (name, city) in [("64a7b8c9d1e2f3g4h5i6j7k8", "Dallas"), ("64a7b8c9d1e2f3g4h5i6j7k9", "Austin")] {
        admin.done("addressCreate", json!({ "externalReference": name, "city": city }), "").await;
    }
    let made = admin
        .done(
            "loadCreate",
            json!({
                "customer": "ACME",
                "pickupLocation": "64a7b8c9d1e2f3g4h5i6j7k8", "deliveryLocation": "64a7b8c9d1e2f3g4h5i6j7k9",
                "loadDetails": { "weight": 25000, "commodity": "Electronics", "value": { "amount": 50000 } },
                "scheduledPickup": "2024-01-20T08:00:00Z", "scheduledDelivery": "2024-01-22T17:00:00Z",
            }),
            "id loadNumber status version customer { displayName }
             pickup { externalReference city } delivery { externalReference city } scheduledPickup scheduledDelivery
             loadDetails { weight weightUnit commodity value { amount currency } pieces }
             stops { position kind address { city } windowStart windowEnd } charges { kind } charge { amount }",
        )
        .await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(shown(&made), @r#"
        {
          "charge": null,
          "charges": [],
          "customer": {
            "displayName": "Acme"
          },
          "delivery": {
            "city": "Austin",
            "externalReference": "64a7b8c9d1e2f3g4h5i6j7k9"
          },
          "id": "load_1",
          "loadDetails": {
            "commodity": "Electronics",
            "pieces": null,
            "value": {
              "amount": "50000",
              "currency": "USD"
            },
            "weight": "25000",
            "weightUnit": "LB"
          },
          "loadNumber": "L-00001",
          "pickup": {
            "city": "Dallas",
            "externalReference": "64a7b8c9d1e2f3g4h5i6j7k8"
          },
          "scheduledDelivery": "2024-01-22T17:00:00Z",
          "scheduledPickup": "2024-01-20T08:00:00Z",
          "status": "NEW",
          "stops": [
            {
              "address": {
                "city": "Dallas"
              },
              "kind": "PICKUP",
              "position": 0,
              "windowEnd": null,
              "windowStart": "2024-01-20T08:00:00Z"
            },
            {
              "address": {
                "city": "Austin"
              },
              "kind": "DELIVERY",
              "position": 1,
              "windowEnd": null,
              "windowStart": "2024-01-22T17:00:00Z"
            }
          ],
          "version": 1
        }
        "#);
    }
}

#[rstest]
#[tokio::test]
async fn everything_wrong_with_a_load_is_named_at_once(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let wrong = json!({
        "customer": "nobody", "loadNumber": " ", "temperature": -18.5,
        "stops": [
            { "kind": "DELIVERY", "address": "nowhere", "windowStart": "2026-01-20T08:00:00Z", "windowEnd": "2026-01-19T08:00:00Z" },
            { "kind": "PICKUP", "address": "DALLAS", "arrivedAt": "2026-01-20T08:00:00Z", "departedAt": "2026-01-19T08:00:00Z" },
        ],
        "loadDetails": { "weight": -1, "pieces": -1, "value": { "amount": "0.001" } },
        "references": [{ "kind": "BOL", "value": " " }], "distance": -1,
        "charges": [{ "kind": "FUEL", "quantity": -1, "unitAmount": { "amount": 1 } }],
    });
    let mut told = admin.refused("loadCreate", wrong).await;
    told.extend(admin.refused("loadCreate", json!({ "customer": "ACME", "pickupLocation": "DALLAS" })).await);
    told.extend(
        admin.refused("loadCreate", with(json!({ "stops": [{ "kind": "PICKUP" }, { "kind": "DELIVERY" }] }))).await,
    );
    told.extend(
        admin
            .refused("loadCreate", json!({ "customer": "ACME", "stops": [{ "kind": "PICKUP" }, { "kind": "OTHER" }] }))
            .await,
    );
    let stop = json!({ "kind": "DELIVERY" });
    let mut stops = vec![json!({ "kind": "PICKUP" })];
    stops.extend(std::iter::repeat_n(stop, 100));
    let references: Vec<_> = (0..51).map(|index| json!({ "kind": "PO", "value": index.to_string() })).collect();
    let charges = vec![json!({ "kind": "FUEL", "unitAmount": { "amount": 1 } }); 101];
    told.extend(
        admin
            .refused(
                "loadCreate",
                json!({ "customer": "ACME", "stops": stops, "references": references, "charges": charges }),
            )
            .await,
    );
    insta::allow_duplicates! {
        insta::assert_snapshot!(told.join("\n"), @r#"
        NOT_FOUND input.customer: "nobody" is neither the id nor the external reference of a customer.
        REQUIRED input.loadNumber: loadNumber cannot be empty.
        NOT_FOUND input.stops.0.address: "nowhere" is neither the id nor the external reference of an address.
        OUT_OF_RANGE input.stops.0.windowEnd: windowEnd (2026-01-19 08:00:00 UTC) is before its beginning (2026-01-20 08:00:00 UTC).
        OUT_OF_RANGE input.stops.1.departedAt: departedAt (2026-01-19 08:00:00 UTC) is before its beginning (2026-01-20 08:00:00 UTC).
        INVALID input.stops: A DELIVERY comes after the first PICKUP.
        REQUIRED input.references.0.value: value cannot be empty.
        OUT_OF_RANGE input.loadDetails.weight: weight cannot be negative.
        INVALID input.loadDetails.value: "0.001" is not an amount of USD; give at most 2 digits after the point.
        OUT_OF_RANGE input.loadDetails.pieces: pieces is from 0 to 1000000; -1 was given.
        OUT_OF_RANGE input.distance: distance cannot be negative.
        OUT_OF_RANGE input.charges.0.quantity: quantity is greater than 0; -1 was given.
        REQUIRED input.stops: A new load needs its stops, or pickupLocation and deliveryLocation.
        INVALID input.stops: Give stops, or pickupLocation, deliveryLocation, scheduledPickup and scheduledDelivery, not both.
        REQUIRED input.stops: A load has at least two stops, a PICKUP and a DELIVERY among them.
        OUT_OF_RANGE input.stops: stops has at most 100 items; 101 were given.
        OUT_OF_RANGE input.references: references has at most 50 items; 51 were given.
        OUT_OF_RANGE input.charges: charges has at most 100 items; 101 were given.
        "#);
    }
    assert_eq!(*admin.ask("{ loads { totalCount } }").await.data(), json!({ "loads": { "totalCount": 0 } }));
}

#[rstest]
#[tokio::test]
async fn what_may_still_change_depends_on_the_state(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let mut table = Vec::new();
    for (state, path) in STATES {
        let id = load(&admin, path).await;
        let change = json!({
            "id": id, "deliveryLocation": "DALLAS", "driver": "D-8", "truck": "T-8", "trailer": "R-8", "carrier": "C-8",
            "loadNumber": format!("N-{state}"), "loadDetails": { "weight": 1 }, "equipmentType": "Reefer", "hazmat": true,
            "temperature": -18, "distance": 200, "charges": [{ "kind": "FUEL", "unitAmount": { "amount": 1 } }],
            "references": [{ "kind": "PRO", "value": "77" }], "externalReference": state,
        });
        let answer = admin.tried("loadUpdate", change, "id").await;
        let errors = answer.at("/data/loadUpdate/userErrors").as_array().unwrap().clone();
        assert!(errors.iter().all(|error| error["code"] == json!("STATE")), "{answer}");
        let frozen: Vec<_> = errors.iter().map(|error| error["field"][1].as_str().unwrap()).collect();
        table.push(format!("{state} keeps: {}", frozen.join(" ")));
        // What says the same as before is no change, and references arrive late.
        let same = json!({ "id": id, "driver": "D-7", "deliveryLocation": "AUSTIN", "references": [{ "kind": "PRO", "value": "78" }] });
        if path.len() > 3 {
            let done = admin.done("loadUpdate", same, "references { kind value }").await;
            assert_eq!(done, json!({ "references": [{ "kind": "PRO", "value": "78" }] }));
        }
    }
    let id = load(&admin, STATES[5].1).await;
    table.extend(admin.refused("loadUpdate", json!({ "id": id, "hazmat": true, "driver": "D-9" })).await);
    insta::allow_duplicates! {
        insta::assert_snapshot!(table.join("\n"), @"
        NEW keeps: 
        SCHEDULED keeps: 
        DISPATCHED keeps: 
        IN_PROGRESS keeps: 
        COMPLETED keeps: stops driver truck trailer carrier
        INVOICED keeps: stops driver truck trailer carrier loadNumber loadDetails equipmentType hazmat temperature distance charges
        PAID keeps: stops driver truck trailer carrier loadNumber loadDetails equipmentType hazmat temperature distance charges
        CANCELLED keeps: stops driver truck trailer carrier loadNumber loadDetails equipmentType hazmat temperature distance charges
        STATE input.driver: driver of a load that is INVOICED cannot change; use loadUninvoice first.
        STATE input.hazmat: hazmat of a load that is INVOICED cannot change; use loadUninvoice first.
        ");
    }
}

#[rstest]
#[tokio::test]
async fn numbers_given_by_hand_are_passed_over(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    admin.done("loadCreate", with(json!({ "loadNumber": "l-00001" })), "").await;
    let id = admin.done("loadCreate", with(json!({ "loadNumber": "L-00002" })), "id").await["id"].clone();
    admin.done("loadDelete", json!({ "id": id }), "").await;
    assert_eq!(admin.done("loadCreate", input(), "loadNumber").await, json!({ "loadNumber": "L-00003" }));
    let refused = admin.refused("loadCreate", with(json!({ "loadNumber": "L-00002" }))).await;
    assert_eq!(refused, ["TAKEN input.loadNumber: Another load has the number \"L-00002\" already."]);
}

#[rstest]
#[tokio::test]
async fn a_load_stays_with_its_customer_and_is_put_by_its_reference(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    admin.done("customerCreate", json!({ "name": "Beta", "type": "BROKER", "externalReference": "BETA" }), "").await;
    let references = json!([{ "kind": "PO", "value": "Ä 1" }]);
    let put = with(json!({ "externalReference": "X-1", "references": references }));
    assert_eq!(admin.done("loadUpsert", put.clone(), "version").await, json!({ "version": 1 }));
    assert_eq!(admin.done("loadUpsert", put.clone(), "version").await, json!({ "version": 1 }));
    let mut told = admin.refused("loadUpsert", json!({ "externalReference": "X-1", "customer": "BETA" })).await;
    told.extend(admin.refused("loadUpdate", json!({ "id": "X-1", "customer": "BETA" })).await);
    told.extend(
        admin
            .refused(
                "loadUpsert",
                json!({ "externalReference": "X-2", "pickupLocation": "DALLAS", "deliveryLocation": "AUSTIN" }),
            )
            .await,
    );
    admin.done("loadDelete", json!({ "id": "X-1" }), "").await;
    told.push(admin.refused("loadCreate", put).await[0].split("load_").next().unwrap().to_owned());
    let back = json!({ "externalReference": "X-1", "pickupLocation": "AUSTIN", "deliveryLocation": "DALLAS" });
    let back = admin.done("loadUpsert", back, "version deletedAt pickup { city } stops { address { city } }").await;
    told.push(back.to_string());
    insta::allow_duplicates! {
        insta::assert_snapshot!(told.join("\n"), @r#"
        IMMUTABLE input.customer: A load stays with its customer; cancel it and make another one.
        IMMUTABLE input.customer: A load stays with its customer; cancel it and make another one.
        REQUIRED input.customer: A new load needs its customer.
        DELETED input.externalReference: The deleted load 
        {"deletedAt":null,"pickup":{"city":"Austin"},"stops":[{"address":{"city":"Austin"}},{"address":{"city":"Dallas"}}],"version":3}
        "#);
    }
}

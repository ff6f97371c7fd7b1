//! Inputs of loads: creating, updating and upserting, and the violations they report.

use rstest_reuse::apply;
use serde_json::json;

use super::{STATUSES, create_customer_and_addresses, create_load, load_input, load_input_with};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

#[apply(each_database)]
async fn a_load_is_created_from_two_locations_of_an_integration(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("customerCreate", json!({ "name": "Acme", "type": "SHIPPER", "externalReference": "ACME" }), "").await;
    for (name, city) in [("64a7b8c9d1e2f3g4h5i6j7k8", "Dallas"), ("64a7b8c9d1e2f3g4h5i6j7k9", "Austin")] {
        admin.mutate("addressCreate", json!({ "externalReference": name, "city": city }), "").await;
    }
    let created = admin
        .mutate(
            "loadCreate",
            json!({
                "customer": "ACME",
                "pickupLocation": "64a7b8c9d1e2f3g4h5i6j7k8", "deliveryLocation": "64a7b8c9d1e2f3g4h5i6j7k9",
                "loadDetails": { "weight": 25000, "commodity": "Electronics", "value": { "amount": 50000 } },
                "scheduledPickup": "2024-01-20T08:00:00Z", "scheduledDelivery": "2024-01-22T17:00:00Z",
            }),
            "id number status version customer { displayName }
             pickupLocation { externalReference city } deliveryLocation { externalReference city } scheduledPickup scheduledDelivery
             loadDetails { weight weightUnit commodity value { amount currency } pieces }
             stops { position type address { city } windowStart windowEnd } charges { type } charge { amount }",
        )
        .await;
    assert_snapshot!(snapshot_text(&created), @r#"
    {
      "charge": null,
      "charges": [],
      "customer": {
        "displayName": "Acme"
      },
      "deliveryLocation": {
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
      "number": "L-00001",
      "pickupLocation": {
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
          "position": 0,
          "type": "PICKUP",
          "windowEnd": null,
          "windowStart": "2024-01-20T08:00:00Z"
        },
        {
          "address": {
            "city": "Austin"
          },
          "position": 1,
          "type": "DELIVERY",
          "windowEnd": null,
          "windowStart": "2024-01-22T17:00:00Z"
        }
      ],
      "version": 1
    }
    "#);
}

#[apply(each_database)]
async fn a_load_reports_all_violations_at_once(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let wrong = json!({
        "customer": "nobody", "number": " ", "temperature": -18.5,
        "stops": [
            { "type": "DELIVERY", "address": "nowhere", "windowStart": "2026-01-20T08:00:00Z", "windowEnd": "2026-01-19T08:00:00Z" },
            { "type": "PICKUP", "address": "DALLAS", "arrivedAt": "2026-01-20T08:00:00Z", "departedAt": "2026-01-19T08:00:00Z" },
        ],
        "loadDetails": { "weight": -1, "pieces": -1, "value": { "amount": "0.001" } },
        "references": [{ "type": "BOL", "value": " " }], "distance": -1,
        "charges": [{ "type": "FUEL", "quantity": -1, "unitAmount": 1 }],
    });
    let mut lines = admin.user_errors("loadCreate", wrong).await;
    lines.extend(admin.user_errors("loadCreate", json!({ "customer": "ACME", "pickupLocation": "DALLAS" })).await);
    lines.extend(
        admin
            .user_errors(
                "loadCreate",
                load_input_with(json!({ "stops": [{ "type": "PICKUP" }, { "type": "DELIVERY" }] })),
            )
            .await,
    );
    lines.extend(
        admin
            .user_errors(
                "loadCreate",
                json!({ "customer": "ACME", "stops": [{ "type": "PICKUP" }, { "type": "OTHER" }] }),
            )
            .await,
    );
    let stop = json!({ "type": "DELIVERY" });
    let mut stops = vec![json!({ "type": "PICKUP" })];
    stops.extend(std::iter::repeat_n(stop, 100));
    let references: Vec<_> = (0..51).map(|index| json!({ "type": "PO", "value": index.to_string() })).collect();
    let charges = vec![json!({ "type": "FUEL", "unitAmount": 1 }); 101];
    lines.extend(
        admin
            .user_errors(
                "loadCreate",
                json!({ "customer": "ACME", "stops": stops, "references": references, "charges": charges }),
            )
            .await,
    );
    assert_snapshot!(lines.join("\n"), @r#"
        NOT_FOUND input.customer: "nobody" is neither the id, the external reference nor the number of a customer.
        REQUIRED input.number: number cannot be empty.
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
        REQUIRED input.deliveryLocation: pickupLocation was given without deliveryLocation: a new load needs pickupLocation and deliveryLocation, or its stops.
        INVALID input.stops: Give stops, or pickupLocation, deliveryLocation, scheduledPickup and scheduledDelivery, not both.
        REQUIRED input.stops: A load has at least two stops, a PICKUP and a DELIVERY among them.
        OUT_OF_RANGE input.stops: stops has at most 100 items; 101 were given.
        OUT_OF_RANGE input.references: references has at most 50 items; 51 were given.
        OUT_OF_RANGE input.charges: charges has at most 100 items; 101 were given.
        "#);
    assert_eq!(*admin.execute("{ loads { totalCount } }").await.data(), json!({ "loads": { "totalCount": 0 } }));
}

#[apply(each_database)]
async fn a_new_load_with_one_end_is_told_about_the_other(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let at = "2026-01-20T08:00:00Z";
    let mut lines = Vec::new();
    for route in [
        json!({ "pickupLocation": "DALLAS" }),
        json!({ "deliveryLocation": "DALLAS", "scheduledPickup": at }),
        json!({ "pickupLocation": "DALLAS", "deliveryLocation": null }),
        json!({ "scheduledPickup": at, "scheduledDelivery": at }),
        json!({ "pickupLocation": "nowhere" }),
        json!({ "pickupLocation": null, "deliveryLocation": null }),
        json!({}),
    ] {
        lines.push(route.to_string());
        let mut input = json!({ "customer": "ACME" });
        input.as_object_mut().unwrap().extend(route.as_object().unwrap().clone());
        lines.extend(admin.user_errors("loadCreate", input).await);
    }
    let input = json!({ "customer": "ACME", "externalReference": "X-1", "deliveryLocation": "DALLAS" });
    lines.extend(admin.user_errors("loadUpsert", input).await);
    assert_snapshot!(lines.join("\n"), @r#"
        {"pickupLocation":"DALLAS"}
        REQUIRED input.deliveryLocation: pickupLocation was given without deliveryLocation: a new load needs pickupLocation and deliveryLocation, or its stops.
        {"deliveryLocation":"DALLAS","scheduledPickup":"2026-01-20T08:00:00Z"}
        REQUIRED input.pickupLocation: deliveryLocation and scheduledPickup were given without pickupLocation: a new load needs pickupLocation and deliveryLocation, or its stops.
        {"deliveryLocation":null,"pickupLocation":"DALLAS"}
        REQUIRED input.deliveryLocation: pickupLocation was given without deliveryLocation: a new load needs pickupLocation and deliveryLocation, or its stops.
        {"scheduledDelivery":"2026-01-20T08:00:00Z","scheduledPickup":"2026-01-20T08:00:00Z"}
        REQUIRED input.pickupLocation: scheduledPickup and scheduledDelivery were given without pickupLocation: a new load needs pickupLocation and deliveryLocation, or its stops.
        REQUIRED input.deliveryLocation: scheduledPickup and scheduledDelivery were given without deliveryLocation: a new load needs pickupLocation and deliveryLocation, or its stops.
        {"pickupLocation":"nowhere"}
        REQUIRED input.deliveryLocation: pickupLocation was given without deliveryLocation: a new load needs pickupLocation and deliveryLocation, or its stops.
        NOT_FOUND input.pickupLocation: "nowhere" is neither the id nor the external reference of an address.
        {"deliveryLocation":null,"pickupLocation":null}
        REQUIRED input.stops: A new load needs its stops, or pickupLocation and deliveryLocation.
        {}
        REQUIRED input.stops: A new load needs its stops, or pickupLocation and deliveryLocation.
        REQUIRED input.pickupLocation: There is no load "X-1" yet, and a new one needs its pickupLocation.
        "#);
    // A load that has its stops is changed at one of its ends.
    let id = create_load(&admin, &[]).await;
    admin.mutate("loadUpdate", json!({ "id": id, "pickupLocation": "DALLAS" }), "id").await;
}

#[apply(each_database)]
async fn the_status_decides_which_fields_can_change(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let mut table = Vec::new();
    for (state, path) in STATUSES {
        let id = create_load(&admin, path).await;
        let change = json!({
            "id": id, "deliveryLocation": "DALLAS", "driver": "D-8", "truck": "T-8", "trailer": "R-8", "carrier": "C-8",
            "number": format!("N-{state}"), "loadDetails": { "weight": 1 }, "equipmentType": "Reefer", "hazmat": true,
            "temperature": -18, "distance": 200, "charges": [{ "type": "FUEL", "unitAmount": 1 }],
            "references": [{ "type": "PRO", "value": "77" }], "externalReference": state,
        });
        let response = admin.send_mutation("loadUpdate", change, "id").await;
        let errors = response.at("/data/loadUpdate/userErrors").as_array().unwrap().clone();
        assert!(errors.iter().all(|error| error["code"] == json!("STATE")), "{response}");
        let frozen: Vec<_> = errors.iter().map(|error| error["field"][1].as_str().unwrap()).collect();
        table.push(format!("{state} keeps: {}", frozen.join(" ")));
        // Equal values are no change, and a reference can be added later.
        let same = json!({ "id": id, "driver": "D-7", "deliveryLocation": "AUSTIN", "references": [{ "type": "PRO", "value": "78" }] });
        if path.len() > 3 {
            let done = admin.mutate("loadUpdate", same, "references { type value }").await;
            assert_eq!(done, json!({ "references": [{ "type": "PRO", "value": "78" }] }));
        }
    }
    let id = create_load(&admin, STATUSES[5].1).await;
    table.extend(admin.user_errors("loadUpdate", json!({ "id": id, "hazmat": true, "driver": "D-9" })).await);
    assert_snapshot!(table.join("\n"), @"
        NEW keeps: 
        SCHEDULED keeps: 
        DISPATCHED keeps: 
        IN_PROGRESS keeps: 
        COMPLETED keeps: stops driver truck trailer carrier
        INVOICED keeps: stops driver truck trailer carrier number loadDetails equipmentType hazmat temperature distance charges
        PAID keeps: stops driver truck trailer carrier number loadDetails equipmentType hazmat temperature distance charges
        CANCELLED keeps: stops driver truck trailer carrier number loadDetails equipmentType hazmat temperature distance charges
        STATE input.driver: driver of a load that is INVOICED cannot change; use loadUninvoice first.
        STATE input.hazmat: hazmat of a load that is INVOICED cannot change; use loadUninvoice first.
        ");
}

#[apply(each_database)]
async fn generated_numbers_skip_numbers_in_use(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    admin.mutate("loadCreate", load_input_with(json!({ "number": "l-00001" })), "").await;
    let id = admin.mutate("loadCreate", load_input_with(json!({ "number": "L-00002" })), "id").await["id"].clone();
    admin.mutate("loadDelete", json!({ "id": id }), "").await;
    assert_eq!(admin.mutate("loadCreate", load_input(), "number").await, json!({ "number": "L-00003" }));
    let refused = admin.user_errors("loadCreate", load_input_with(json!({ "number": "L-00002" }))).await;
    let id = id.as_str().unwrap();
    let expected = format!(
        "DELETED input.number: The deleted load {id} has the number \"L-00002\"; restore it or give another one."
    );
    assert_eq!(refused, [expected]);
}

#[apply(each_database)]
async fn a_load_is_upserted_by_reference_and_keeps_its_customer(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    admin.mutate("customerCreate", json!({ "name": "Beta", "type": "BROKER", "externalReference": "BETA" }), "").await;
    let references = json!([{ "type": "PO", "value": "Ä 1" }]);
    let put = load_input_with(json!({ "externalReference": "X-1", "references": references }));
    assert_eq!(admin.mutate("loadUpsert", put.clone(), "version").await, json!({ "version": 1 }));
    assert_eq!(admin.mutate("loadUpsert", put.clone(), "version").await, json!({ "version": 1 }));
    let mut lines = admin.user_errors("loadUpsert", json!({ "externalReference": "X-1", "customer": "BETA" })).await;
    lines.extend(admin.user_errors("loadUpdate", json!({ "id": "X-1", "customer": "BETA" })).await);
    lines.extend(
        admin
            .user_errors(
                "loadUpsert",
                json!({ "externalReference": "X-2", "pickupLocation": "DALLAS", "deliveryLocation": "AUSTIN" }),
            )
            .await,
    );
    admin.mutate("loadDelete", json!({ "id": "X-1" }), "").await;
    lines.push(admin.user_errors("loadCreate", put).await[0].split("load_").next().unwrap().to_owned());
    let back = json!({ "externalReference": "X-1", "pickupLocation": "AUSTIN", "deliveryLocation": "DALLAS" });
    let back =
        admin.mutate("loadUpsert", back, "version deletedAt pickupLocation { city } stops { address { city } }").await;
    lines.push(back.to_string());
    assert_snapshot!(lines.join("\n"), @r#"
    IMMUTABLE input.customer: A load stays with its customer; cancel it and make another one.
    IMMUTABLE input.customer: A load stays with its customer; cancel it and make another one.
    REQUIRED input.customer: There is no load "X-2" yet, and a new one needs its customer.
    DELETED input.externalReference: The deleted load 
    {"deletedAt":null,"pickupLocation":{"city":"Austin"},"stops":[{"address":{"city":"Austin"}},{"address":{"city":"Dallas"}}],"version":3}
    "#);
}

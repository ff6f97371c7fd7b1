//! What a rate adds to its base: accessorials, and fuel surcharges by the price of fuel.

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::create;
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

/// The parts of a price, one in a line, and its total.
async fn price(actor: &Actor, arguments: &str) -> String {
    let query = format!(
        "{{ rateFor({arguments}) {{ total {{ amount }} fuelSurcharge {{ percent basis }}
            parts {{ type chargeType description quantity unitAmount amount {{ amount }} }} }} }}"
    );
    let quote = actor.execute(&query).await.data()["rateFor"].clone();
    let text = |part: &Json, field: &str| part[field].as_str().unwrap_or("-").to_owned();
    let mut lines: Vec<_> = quote["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            let [kind, charge, description, quantity, unit] =
                ["type", "chargeType", "description", "quantity", "unitAmount"].map(|field| text(part, field));
            format!("{kind} {charge} {description}: {quantity} x {unit} = {}", text(&part["amount"], "amount"))
        })
        .collect();
    let fuel = &quote["fuelSurcharge"];
    lines.push(format!(
        "{} {} %, total {}",
        text(fuel, "basis"),
        text(fuel, "percent"),
        text(&quote["total"], "amount")
    ));
    lines.join("\n")
}

const AT: &str = "at: \"2024-05-31T12:00:00Z\", quantity: { miles: \"120\" }";

#[apply(each_database)]
async fn accessorials_are_added_to_the_lifted_base_and_bear_no_surcharge(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    let accessorials = json!([
        { "type": "DETENTION", "amount": "75" },
        { "type": "ACCESSORIAL", "description": "Liftgate", "amount": "40", "automatic": false },
        { "type": "ACCESSORIAL", "description": "Handling", "percent": "-2.5", "automatic": false },
    ]);
    let input =
        json!({ "name": "Spot", "minimum": { "amount": "350" }, "fuelSurcharge": "20", "accessorials": accessorials });
    create(&manager, input).await;
    let named =
        "accessorials: [{ type: DETENTION, quantity: \"1.5\" }, { type: ACCESSORIAL, description: \"LIFTGATE\" }]";
    let all = "accessorials: [{ type: ACCESSORIAL }]";
    let prices = [
        price(&manager, AT).await,
        price(&manager, &format!("{AT}, {named}")).await,
        price(&manager, &format!("{AT}, {all}")).await,
    ];
    assert_snapshot!(prices.join("\n\n"), @r#"
        BASE LINEHAUL Spot: 120 x 2 = 240
        MINIMUM LINEHAUL Minimum: 1 x 110 = 110
        FUEL_SURCHARGE FUEL Fuel surcharge 20 %: 1 x 70 = 70
        ACCESSORIAL DETENTION -: 1 x 75 = 75
        FIXED 20 %, total 495

        BASE LINEHAUL Spot: 120 x 2 = 240
        MINIMUM LINEHAUL Minimum: 1 x 110 = 110
        FUEL_SURCHARGE FUEL Fuel surcharge 20 %: 1 x 70 = 70
        ACCESSORIAL DETENTION -: 1.5 x 75 = 112.5
        ACCESSORIAL ACCESSORIAL Liftgate: 1 x 40 = 40
        FIXED 20 %, total 572.5

        BASE LINEHAUL Spot: 120 x 2 = 240
        MINIMUM LINEHAUL Minimum: 1 x 110 = 110
        FUEL_SURCHARGE FUEL Fuel surcharge 20 %: 1 x 70 = 70
        ACCESSORIAL DETENTION -: 1 x 75 = 75
        ACCESSORIAL ACCESSORIAL Liftgate: 1 x 40 = 40
        ACCESSORIAL ACCESSORIAL Handling: 1 x -8.75 = -8.75
        FIXED 20 %, total 526.25
        "#);
    let unknown = "accessorials: [{ type: LUMPER }]";
    let refused = manager.execute(&format!("{{ rateFor({AT}, {unknown}) {{ total {{ amount }} }} }}")).await;
    assert_snapshot!(snapshot_text(refused.at("/errors/0/message")), @r#"
        "accessorials: The rate has no accessorial LUMPER; it has DETENTION, ACCESSORIAL \"Liftgate\", ACCESSORIAL \"Handling\"."
        "#);
}

#[apply(each_database)]
async fn a_band_of_fuel_prices_reaches_up_to_the_next_one(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    let bands = json!([
        { "priceFrom": "3.50", "percent": "14" },
        { "priceFrom": "3.00", "percent": "12" },
        { "effectiveFrom": "2024-06-01", "priceFrom": "0", "percent": "20" },
    ]);
    create(&manager, json!({ "fuelSurchargeBands": bands })).await;
    let mut lines = Vec::new();
    for (day, fuel_price) in
        [("05-31", "3.495"), ("05-31", "3.5"), ("05-31", "6.1"), ("05-31", "2.9"), ("06-01", "2.9")]
    {
        let arguments =
            format!("at: \"2024-{day}T12:00:00Z\", quantity: {{ miles: \"100\" }}, fuelPrice: \"{fuel_price}\"");
        let price = price(&manager, &arguments).await;
        lines.push(format!("{day} {fuel_price}: {}", price.lines().last().unwrap()));
    }
    let refused = manager.execute(&format!("{{ rateFor({AT}) {{ total {{ amount }} }} }}")).await;
    lines.push(refused.at("/errors/0/message").to_string());
    assert_snapshot!(lines.join("\n"), @r#"
        05-31 3.495: BAND 12 %, total 224
        05-31 3.5: BAND 14 %, total 228
        05-31 6.1: BAND 14 %, total 228
        05-31 2.9: BELOW_BANDS 0 %, total 200
        06-01 2.9: BAND 20 %, total 240
        "fuelPrice: The fuel surcharge of the rate depends on the price of fuel; give fuelPrice."
        "#);
}

#[apply(each_database)]
async fn the_lists_of_a_rate_are_checked_replaced_and_logged(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    let with = |fields: Json| {
        let mut input = json!({ "type": "PER_MILE", "amount": "2" });
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        input
    };
    let mut refusals = Vec::new();
    for input in [
        with(json!({ "accessorials": [{ "type": "FUEL", "amount": "1" }] })),
        with(json!({ "accessorials": [{ "type": "OTHER" }, { "type": "LUMPER", "amount": "1", "percent": "2" }] })),
        with(json!({ "accessorials": [{ "type": "OTHER", "percent": "-101" }] })),
        with(json!({ "accessorials": [
            { "type": "OTHER", "amount": "1", "description": "Tarp" }, { "type": "OTHER", "amount": "2", "description": " tarp" },
        ] })),
        with(json!({ "fuelSurchargeBands": [{ "priceFrom": "-1", "percent": "1001" }] })),
        with(
            json!({ "fuelSurchargeBands": [{ "priceFrom": "3", "percent": "1" }, { "priceFrom": "3.0", "percent": "2" }] }),
        ),
        with(json!({ "fuelSurcharge": "5", "fuelSurchargeBands": [{ "priceFrom": "3", "percent": "1" }] })),
    ] {
        refusals.extend(manager.user_errors("rateCreate", input).await);
    }
    let lists = json!({
        "accessorials": [{ "type": "DETENTION", "amount": "60.125" }],
        "fuelSurchargeBands": [{ "priceFrom": "3", "percent": "12" }],
    });
    let id = create(&manager, lists).await;
    refusals.extend(manager.user_errors("rateUpdate", json!({ "id": id, "fuelSurcharge": "5" })).await);
    assert_snapshot!(refusals.join("\n"), @r#"
        INVALID input.accessorials.0.type: An accessorial is neither LINEHAUL nor FUEL, which the rate itself is; FUEL was given.
        INVALID input.accessorials.0.amount: Give either the amount or the percent of an accessorial.
        INVALID input.accessorials.1.amount: Give either the amount or the percent of an accessorial.
        OUT_OF_RANGE input.accessorials.0.percent: percent is from -100 to 1000; -101 was given.
        INVALID input.accessorials.1.description: Another accessorial of the rate has this type and this description.
        OUT_OF_RANGE input.fuelSurchargeBands.0.priceFrom: priceFrom cannot be negative.
        OUT_OF_RANGE input.fuelSurchargeBands.0.percent: percent is from 0 to 1000; 1001 was given.
        INVALID input.fuelSurchargeBands: Two bands begin at 3; a band reaches up to the next one.
        INVALID input.fuelSurchargeBands: A rate has a fixed fuelSurcharge or fuelSurchargeBands, not both; set the other one to null.
        INVALID input.fuelSurchargeBands: A rate has a fixed fuelSurcharge or fuelSurchargeBands, not both; set the other one to null.
        "#);
    let fixed = json!({ "id": id, "fuelSurcharge": "5", "fuelSurchargeBands": null, "accessorials": [] });
    let select = "version fuelSurcharge fuelSurchargeBands { percent } accessorials { amount }";
    let updated = manager.mutate("rateUpdate", fixed, select).await;
    let expected = json!({ "version": 2, "fuelSurcharge": "5", "fuelSurchargeBands": [], "accessorials": [] });
    assert_eq!(updated, expected);
    world.link_changes().await;
    let changes = "{ changes(last: 1) { nodes { nodeType fields before after } } }";
    let change = world.admin().execute(changes).await.at("/data/changes/nodes/0").clone();
    assert_snapshot!(snapshot_text(&change), @r#"
        {
          "after": {
            "accessorials": [],
            "amount": "2",
            "currency": "USD",
            "customer": null,
            "deletedAt": null,
            "destination": null,
            "effectiveFrom": null,
            "effectiveUntil": null,
            "equipmentCategory": null,
            "externalReference": null,
            "fuelSurcharge": "5",
            "fuelSurchargeBands": [],
            "minimum": null,
            "monthAmount": null,
            "name": null,
            "origin": null,
            "serviceType": null,
            "type": "PER_MILE",
            "weekAmount": null
          },
          "before": {
            "accessorials": [
              {
                "amount": "60.125",
                "automatic": true,
                "description": null,
                "percent": null,
                "type": "DETENTION"
              }
            ],
            "amount": "2",
            "currency": "USD",
            "customer": null,
            "deletedAt": null,
            "destination": null,
            "effectiveFrom": null,
            "effectiveUntil": null,
            "equipmentCategory": null,
            "externalReference": null,
            "fuelSurcharge": null,
            "fuelSurchargeBands": [
              {
                "effectiveFrom": null,
                "percent": "12",
                "priceFrom": "3"
              }
            ],
            "minimum": null,
            "monthAmount": null,
            "name": null,
            "origin": null,
            "serviceType": null,
            "type": "PER_MILE",
            "weekAmount": null
          },
          "fields": [
            "accessorials",
            "fuelSurcharge",
            "fuelSurchargeBands"
          ],
          "nodeType": "RATE"
        }
        "#);
}

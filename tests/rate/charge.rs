//! The rating of loads: a load gets the charges of its rate, and keeps what it was invoiced with.

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::create;
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database};

const CHARGES: &str =
    "charge { amount } charges { type description quantity unitAmount amount { amount } rate { amount } }";

/// A load of 612.4 miles and 25,000 lb from Chicago to Dallas, picked up on 31 March in the tenant's zone.
async fn create_load(admin: &Actor) {
    let customer = json!({ "name": "Acme", "type": "SHIPPER", "externalReference": "acme" });
    admin.mutate("customerCreate", customer, "").await;
    for (name, city, state, zip) in [("from", "Chicago", "IL", "60601"), ("to", "Dallas", "TX", "75201-1234")] {
        let address = json!({ "externalReference": name, "customer": "acme", "type": "SHIPPING", "city": city,
            "state": state, "zipCode": zip, "country": "US" });
        admin.mutate("addressCreate", address, "").await;
    }
    let load = json!({
        "externalReference": "load", "customer": "acme", "pickupLocation": "from", "deliveryLocation": "to",
        "scheduledPickup": "2024-03-31T12:00:00Z", "scheduledDelivery": "2024-04-02T12:00:00Z", "driver": "D-1",
        "distance": "612.4", "loadDetails": { "weight": 25000 },
    });
    admin.mutate("loadCreate", load, "").await;
}

async fn rates_of_the_load(manager: &Actor) {
    let texas = json!({ "state": "TX", "country": "US" });
    let input = json!({ "customer": "acme", "amount": "2.4375", "name": "Texas", "destination": texas,
        "effectiveUntil": "2024-03-31", "fuelSurcharge": "10", "accessorials": [{ "type": "LUMPER", "amount": "85" }] });
    create(manager, input).await;
    let later = json!({ "customer": "acme", "amount": "9", "destination": texas, "effectiveFrom": "2024-04-01" });
    create(manager, later).await;
    let dallas = json!({ "zipPrefix": "752", "country": "US" });
    create(manager, json!({ "amount": "2.55", "destination": dallas })).await;
}

fn lines(load: &Json) -> String {
    let line = |charge: &Json| {
        let text = |field: &str| charge[field].as_str().unwrap_or("-").to_owned();
        let [kind, description, quantity, unit] = ["type", "description", "quantity", "unitAmount"].map(text);
        let amount = charge.pointer("/amount/amount").and_then(Json::as_str).unwrap_or("-");
        let rate = charge.pointer("/rate/amount").and_then(Json::as_str).unwrap_or("-");
        format!("{kind} {description}: {quantity} x {unit} = {amount}, rate {rate}")
    };
    let charges = load["charges"].as_array().unwrap().iter().map(line);
    charges.chain([format!("total {}", load["charge"]["amount"])]).collect::<Vec<_>>().join("\n")
}

#[apply(each_database)]
async fn a_load_is_priced_at_its_scheduled_pickup(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_load(&admin).await;
    rates_of_the_load(&world.actor(Role::Manager)).await;
    let query = "{ rateFor(load: \"load\") { total { amount } candidates { verdict rate { amount } } } }";
    let answer = admin.execute(query).await;
    assert_eq!(
        answer.data()["rateFor"],
        json!({
            "total": { "amount": "1727" },
            "candidates": [
                { "verdict": "CHOSEN", "rate": { "amount": "2.4375" } },
                { "verdict": "OTHER_CUSTOMER", "rate": { "amount": "2.55" } },
            ],
        })
    );
    // The load, its addresses, the rates, and the two lists of the chosen one.
    assert_eq!(answer.statements(), 5);
    // The rate of March ends with its last day in the tenant's zone, America/Chicago.
    let later = admin.execute("{ rateFor(load: \"load\", at: \"2024-04-01T05:00:00Z\") { rate { amount } } }").await;
    assert_eq!(later.data()["rateFor"]["rate"]["amount"], json!("9"));
    let before = "{ rateFor(load: \"load\", at: \"2024-04-01T04:59:59.999999Z\") { rate { amount } } }";
    assert_eq!(admin.execute(before).await.data()["rateFor"]["rate"]["amount"], json!("2.4375"));
    for wrong in ["load: \"load\", customer: \"acme\"", "load: \"nobody\"", "customer: \"acme\""] {
        let refused = admin.execute(&format!("{{ rateFor({wrong}) {{ rate {{ id }} }} }}")).await;
        assert_eq!(refused.error_codes(), ["BAD_INPUT"], "{wrong}");
    }
    let viewer = world.viewer().execute(query).await;
    assert_eq!(viewer.error_codes(), ["FORBIDDEN"], "the zip codes of a load are personal");
    let elsewhere = world.other_admin().execute(query).await;
    assert_eq!(elsewhere.error_codes(), ["BAD_INPUT"], "loads of another tenant do not exist");
}

#[apply(each_database)]
async fn a_rated_load_keeps_written_charges_and_what_it_was_invoiced_with(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_load(&admin).await;
    rates_of_the_load(&admin).await;
    let written =
        json!({ "id": "load", "charges": [{ "type": "OTHER", "description": "Tolls", "unitAmount": "12.345" }] });
    admin.mutate("loadUpdate", written, "").await;
    let mut texts = vec![lines(&admin.mutate("loadRate", json!({ "id": "load" }), CHARGES).await)];
    let detained = json!({ "id": "load", "at": "2024-04-01T12:00:00Z" });
    texts.push(lines(&admin.mutate("loadRate", detained, CHARGES).await));
    let by_weight = json!({ "type": "PER_CWT", "amount": "4", "serviceType": "LTL" });
    create(&admin, by_weight).await;
    let weighed = json!({ "id": "load", "serviceType": "ltl", "quantity": { "cwt": "250" } });
    texts.push(lines(&admin.mutate("loadRate", weighed, CHARGES).await));
    let rated = admin.execute("{ rates(where: { loads: { some: { number: { startsWith: \"L\" } } } }) { nodes { amount loads { totalCount } } } }").await;
    texts.push(rated.at("/data/rates/nodes").to_string());
    for step in ["loadSchedule", "loadDispatch", "loadStart", "loadComplete", "loadInvoice"] {
        admin.mutate(step, json!({ "id": "load" }), "").await;
    }
    texts.extend(admin.user_errors("loadRate", json!({ "id": "load" })).await);
    assert_snapshot!(texts.join("\n\n"), @r#"
        LINEHAUL Texas: 612.4 x 2.4375 = 1492.73, rate 2.4375
        FUEL Fuel surcharge 10 %: 1 x 149.27 = 149.27, rate 2.4375
        LUMPER -: 1 x 85 = 85, rate 2.4375
        OTHER Tolls: 1 x 12.345 = 12.35, rate -
        total "1739.35"

        LINEHAUL -: 612.4 x 9 = 5511.6, rate 9
        OTHER Tolls: 1 x 12.345 = 12.35, rate -
        total "5523.95"

        LINEHAUL -: 250 x 4 = 1000, rate 4
        OTHER Tolls: 1 x 12.345 = 12.35, rate -
        total "1012.35"

        [{"amount":"4","loads":{"totalCount":1}}]

        STATE input.charges: charges of a load that is INVOICED cannot change; use loadUninvoice first.
        "#);
}

#[apply(each_database)]
async fn a_load_that_cannot_be_rated_stays_as_it_is(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_load(&admin).await;
    let mut refusals = admin.user_errors("loadRate", json!({ "id": "load" })).await;
    let bands = json!([{ "priceFrom": "0", "percent": "10" }]);
    let rate = create(&admin, json!({ "customer": "acme", "fuelSurchargeBands": bands, "currency": "CAD" })).await;
    refusals.extend(admin.user_errors("loadRate", json!({ "id": "load" })).await);
    let tolls = json!({ "id": "load", "charges": [{ "type": "OTHER", "unitAmount": "12", "currency": "USD" }] });
    admin.mutate("loadUpdate", tolls, "").await;
    refusals.extend(admin.user_errors("loadRate", json!({ "id": "load", "fuelPrice": "4" })).await);
    admin.mutate("loadUpdate", json!({ "id": "load", "distance": null, "loadDetails": null }), "").await;
    refusals.extend(admin.user_errors("loadRate", json!({ "id": "load", "fuelPrice": "4" })).await);
    let unscheduled = json!({ "customer": "acme", "externalReference": "new", "stops": [{ "type": "PICKUP" }, { "type": "DELIVERY" }] });
    admin.mutate("loadCreate", unscheduled, "").await;
    refusals.extend(admin.user_errors("loadRate", json!({ "id": "new" })).await);
    let refusals: Vec<_> = refusals.iter().map(|line| line.replace(rate.as_str().unwrap(), "(rate)")).collect();
    assert_snapshot!(refusals.join("\n"), @r#"
        NOT_FOUND input.id: No rate matches the load at 2024-03-31T12:00:00Z: its customer, lane, equipment and quantities.
        INVALID input.fuelPrice: The fuel surcharge of the rate depends on the price of fuel; give fuelPrice.
        INVALID input.charges: All charges of a load are in one currency; CAD and USD were given.
        REQUIRED input.quantity: The rate (rate) is PER_MILE, and the load has no such quantity; give quantity.
        INVALID input.at: A load is priced at its scheduled pickup, and this one has none; give at.
        "#);
    let loads = "{ loads(where: { charge: { currency: \"USD\" } }) { nodes { charges { amount { amount } } } } }";
    let loads = admin.execute(loads).await;
    assert_eq!(*loads.at("/data/loads/nodes"), json!([{ "charges": [{ "amount": { "amount": "12" } }] }]));
}

//! Rates, through the schema: the rows and the choice among them; the other files have prices and loads.

mod charge;
mod choice_model;
mod price;
mod surcharge;

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

const ALL: &str = "name type amount currency weekAmount monthAmount minimum { amount currency } fuelSurcharge
    origin { zipPrefix state country } destination { zipPrefix state country } serviceType equipmentCategory
    effectiveFrom effectiveUntil version externalReference customer { id }";

/// Creates a rate of a type and an amount, and gives its id.
async fn create(actor: &Actor, mut input: Json) -> Json {
    for (field, value) in [("type", json!("PER_MILE")), ("amount", json!("2"))] {
        if input.get(field).is_none() {
            input[field] = value;
        }
    }
    actor.mutate("rateCreate", input, "id").await["id"].clone()
}

/// A lane to a place in a country.
fn to(place: Json) -> Json {
    let mut destination = json!({ "country": "US" });
    for (field, value) in place.as_object().unwrap() {
        destination[field] = value.clone();
    }
    json!({ "destination": destination })
}

/// The answer of `rateFor`: its arguments as they stand in the document.
async fn rate_for(actor: &Actor, arguments: &str) -> Json {
    let query = format!(
        "{{ rateFor({arguments}) {{ rate {{ amount type }} total {{ amount currency }}
            parts {{ type amount {{ amount }} }} candidates {{ verdict rate {{ amount }} }} }} }}"
    );
    actor.execute(&query).await.data()["rateFor"].clone()
}

async fn chosen_amount(actor: &Actor, arguments: &str) -> Json {
    rate_for(actor, arguments).await["rate"]["amount"].clone()
}

#[apply(each_database)]
async fn a_rate_is_read_back_as_it_was_written(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    let input = json!({
        "type": "PER_MILE", "amount": "2.4375", "name": "Texas", "externalReference": "tx", "currency": "USD",
        "minimum": { "amount": "350" }, "fuelSurcharge": "12.5", "serviceType": "Dry van",
        "origin": { "zipPrefix": "M5V-2", "country": "CA" }, "destination": { "state": "TX", "country": "US" },
        "equipmentCategory": "Trailer", "effectiveFrom": "2026-01-01", "effectiveUntil": "2026-12-31",
    });
    let created = manager.mutate("rateCreate", input, ALL).await;
    assert_snapshot!(snapshot_text(&created), @r#"
        {
          "amount": "2.4375",
          "currency": "USD",
          "customer": null,
          "destination": {
            "country": "US",
            "state": "TX",
            "zipPrefix": null
          },
          "effectiveFrom": "2026-01-01",
          "effectiveUntil": "2026-12-31",
          "equipmentCategory": "Trailer",
          "externalReference": "tx",
          "fuelSurcharge": "12.5",
          "minimum": {
            "amount": "350",
            "currency": "USD"
          },
          "monthAmount": null,
          "name": "Texas",
          "origin": {
            "country": "CA",
            "state": null,
            "zipPrefix": "m5v2"
          },
          "serviceType": "Dry van",
          "type": "PER_MILE",
          "version": 1,
          "weekAmount": null
        }
        "#);
    let update = json!({ "id": "tx", "minimum": null, "origin": null, "effectiveUntil": null, "amount": "2.5" });
    let changed = manager.mutate("rateUpdate", update, ALL).await;
    assert_snapshot!(snapshot_text(&changed), @r#"
        {
          "amount": "2.5",
          "currency": "USD",
          "customer": null,
          "destination": {
            "country": "US",
            "state": "TX",
            "zipPrefix": null
          },
          "effectiveFrom": "2026-01-01",
          "effectiveUntil": null,
          "equipmentCategory": "Trailer",
          "externalReference": "tx",
          "fuelSurcharge": "12.5",
          "minimum": null,
          "monthAmount": null,
          "name": "Texas",
          "origin": null,
          "serviceType": "Dry van",
          "type": "PER_MILE",
          "version": 2,
          "weekAmount": null
        }
        "#);
}

#[apply(each_database)]
async fn a_rate_is_checked(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    let of = |fields: Json| {
        let mut input = json!({ "type": "PER_MILE", "amount": "2" });
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        input
    };
    let mut refusals = Vec::new();
    for input in [
        of(json!({ "amount": "-1" })),
        of(json!({ "origin": { "zipPrefix": "75" } })),
        of(json!({ "destination": { "country": "ZZ" } })),
        of(json!({ "weekAmount": "10" })),
        of(json!({ "type": "PER_MONTH", "weekAmount": "10" })),
        of(json!({ "minimum": { "amount": "1", "currency": "EUR" } })),
        of(json!({ "minimum": { "amount": "-1" } })),
        of(json!({ "currency": "XYZ" })),
        of(json!({ "fuelSurcharge": "1000.1" })),
        of(json!({ "effectiveFrom": "2026-02-01", "effectiveUntil": "2026-01-31" })),
        of(json!({ "customer": "nobody" })),
    ] {
        refusals.extend(manager.user_errors("rateCreate", input).await);
    }
    assert_snapshot!(refusals.join("\n"), @r#"
        OUT_OF_RANGE input.amount: amount cannot be negative.
        REQUIRED input.origin.country: A zip prefix or a state needs its country: other countries have the same.
        INVALID input.destination.country: "ZZ" is not an ISO 3166-1 country code; an example is US.
        INVALID input.weekAmount: weekAmount goes with the type PER_DAY; the rate is PER_MILE.
        INVALID input.weekAmount: weekAmount goes with the type PER_DAY; the rate is PER_MONTH.
        INVALID input.minimum: The rate is in USD; its minimum cannot be in EUR.
        OUT_OF_RANGE input.minimum: minimum cannot be negative.
        INVALID input.currency: "XYZ" is not a currency; give an ISO 4217 code such as USD.
        OUT_OF_RANGE input.fuelSurcharge: fuelSurcharge is at most 1000 percent.
        OUT_OF_RANGE input.effectiveUntil: effectiveUntil (2026-01-31) ends before effectiveFrom (2026-02-01) begins.
        NOT_FOUND input.customer: "nobody" is neither the id, the external reference nor the number of a customer.
        "#);
}

#[apply(each_database)]
async fn the_most_specific_rate_is_chosen_in_whatever_order_rates_were_entered(database: DatabaseKind) {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    for (turn, order) in orders.into_iter().enumerate() {
        let service = format!("order {turn}");
        for index in order {
            let (place, amount) = [
                (json!({ "state": "TX" }), "2.1"),
                (json!({ "zipPrefix": "75" }), "2.4"),
                (json!({ "zipPrefix": "752" }), "2.55"),
            ][index]
                .clone();
            let mut input = to(place);
            (input["amount"], input["serviceType"]) = (json!(amount), json!(service));
            create(&manager, input).await;
        }
        for (zip_code, amount) in [("75201", "2.55"), ("75001", "2.4"), ("78701", "2.1")] {
            let arguments = format!(
                "at: \"2026-06-01T00:00:00Z\", serviceType: \"{}\", lane: {{ destination: {{ zipCode: \"{zip_code}\",
                    state: \"tx\", country: \"US\" }} }}",
                service.to_uppercase()
            );
            assert_eq!(chosen_amount(&manager, &arguments).await, json!(amount), "{zip_code} in {order:?}");
        }
    }
}

#[apply(each_database)]
async fn the_origin_decides_where_the_ends_disagree(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    let us = |place: Json| to(place)["destination"].clone();
    let first = json!({ "amount": "1", "origin": us(json!({ "zipPrefix": "606" })), "destination": us(json!({ "state": "TX" })) });
    let second = json!({ "amount": "2", "origin": us(json!({ "state": "IL" })), "destination": us(json!({ "zipPrefix": "752" })) });
    create(&manager, second).await;
    create(&manager, first).await;
    let lane = "at: \"2026-06-01T00:00:00Z\", lane: { origin: { zipCode: \"60601\", state: \"IL\", country: \"US\" },
        destination: { zipCode: \"75201\", state: \"TX\", country: \"US\" } }";
    let quote = rate_for(&manager, lane).await;
    assert_snapshot!(snapshot_text(&quote), @r#"
        {
          "candidates": [
            {
              "rate": {
                "amount": "1"
              },
              "verdict": "CHOSEN"
            },
            {
              "rate": {
                "amount": "2"
              },
              "verdict": "BROADER_ORIGIN"
            }
          ],
          "parts": null,
          "rate": {
            "amount": "1",
            "type": "PER_MILE"
          },
          "total": null
        }
        "#);
}

#[apply(each_database)]
async fn zip_codes_are_texts_of_a_country(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    for (amount, prefix, country) in [("1", "07", "US"), ("2", "750", "US"), ("3", "m5v", "CA")] {
        let destination = json!({ "zipPrefix": prefix, "country": country });
        create(&manager, json!({ "amount": amount, "destination": destination })).await;
    }
    for (zip_code, country, amount) in [
        ("07102-1234", "US", json!("1")),
        (" 07102 ", "US", json!("1")),
        ("70112", "US", Json::Null),
        ("7", "US", Json::Null),
        ("75001", "us", json!("2")),
        ("75001", "FR", Json::Null),
        ("M5V 2T6", "CA", json!("3")),
    ] {
        let arguments = format!(
            "at: \"2026-06-01T00:00:00Z\", lane: {{ destination: {{ zipCode: \"{zip_code}\", country: \"{country}\" }} }}"
        );
        assert_eq!(chosen_amount(&manager, &arguments).await, amount, "{zip_code} in {country}");
    }
}

#[apply(each_database)]
async fn a_rate_of_the_customer_comes_before_one_of_all(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    let customer = json!({ "name": "Acme", "type": "SHIPPER", "externalReference": "acme" });
    manager.mutate("customerCreate", customer, "").await;
    create(&manager, json!({ "amount": "1", "customer": "acme" })).await;
    let mut precise = to(json!({ "zipPrefix": "75201" }));
    precise["amount"] = json!("2");
    create(&manager, precise).await;
    let lane = "at: \"2026-06-01T00:00:00Z\", lane: { destination: { zipCode: \"75201\", country: \"US\" } }";
    assert_eq!(chosen_amount(&manager, &format!("{lane}, customer: \"acme\"")).await, json!("1"));
    assert_eq!(chosen_amount(&manager, lane).await, json!("2"));
    let unknown = manager.execute(&format!("{{ rateFor({lane}, customer: \"nobody\") {{ rate {{ id }} }} }}")).await;
    assert_eq!(unknown.error_codes(), ["BAD_INPUT"]);
    let rates = manager.execute("{ customer(ref: \"acme\") { rates { nodes { amount customer { id } } } } }").await;
    assert_eq!(rates.data()["customer"]["rates"]["nodes"][0]["amount"], json!("1"));
    manager.mutate("customerDelete", json!({ "id": "acme" }), "").await;
    let deleted = manager.execute(&format!("{{ rateFor({lane}, customer: \"acme\") {{ rate {{ id }} }} }}")).await;
    assert_eq!(deleted.error_codes(), ["BAD_INPUT"]);
}

#[apply(each_database)]
async fn a_rate_holds_to_the_end_of_its_last_day_in_the_tenants_zone(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    world.admin().mutate("tenantUpdate", json!({ "timeZone": "America/Chicago" }), "").await;
    create(&manager, json!({ "amount": "1", "effectiveUntil": "2024-03-31" })).await;
    create(&manager, json!({ "amount": "2", "effectiveFrom": "2024-04-01" })).await;
    for (at, amount) in [
        ("1999-01-01T00:00:00Z", "1"),
        ("2024-04-01T04:59:59.999999Z", "1"),
        ("2024-04-01T05:00:00Z", "2"),
        ("2099-01-01T00:00:00Z", "2"),
    ] {
        assert_eq!(chosen_amount(&manager, &format!("at: \"{at}\"")).await, json!(amount), "{at}");
    }
}

#[apply(each_database)]
async fn two_rates_for_the_same_work_never_hold_at_once(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    world.admin().mutate("tenantUpdate", json!({ "timeZone": "America/Chicago" }), "").await;
    let old = json!({ "type": "PER_MILE", "amount": "1", "externalReference": "old", "serviceType": "Van" });
    manager.mutate("rateCreate", old, "").await;
    let new = |supersede: bool| {
        json!({ "type": "PER_MILE", "amount": "2", "serviceType": "VAN", "effectiveFrom": "2026-07-01",
            "supersede": supersede, "externalReference": "new" })
    };
    let refused = manager.user_errors("rateCreate", new(false)).await.join(" ");
    assert!(refused.contains("OVERLAP input.effectiveFrom") && refused.contains("supersede: true"), "{refused}");
    manager.mutate("rateCreate", new(true), "").await;
    let query = "{ rates(orderBy: [{ amount: ASC }]) { nodes { amount effectiveFrom effectiveUntil version } } }";
    let both = manager.execute(query).await;
    assert_snapshot!(snapshot_text(&both.data()["rates"]["nodes"]), @r#"
        [
          {
            "amount": "1",
            "effectiveFrom": null,
            "effectiveUntil": "2026-06-30",
            "version": 2
          },
          {
            "amount": "2",
            "effectiveFrom": "2026-07-01",
            "effectiveUntil": null,
            "version": 1
          }
        ]
        "#);
    // No gap between them: the last microsecond of one is before the first of the other.
    for (at, amount) in [("2026-07-01T04:59:59.999999Z", "1"), ("2026-07-01T05:00:00Z", "2")] {
        assert_eq!(
            chosen_amount(&manager, &format!("at: \"{at}\", serviceType: \"van\"")).await,
            json!(amount),
            "{at}"
        );
    }
    // Another unit, another service and another end of the lane are other work.
    for fields in [json!({ "type": "FLAT", "serviceType": "Van" }), json!({}), json!({ "origin": { "country": "US" } })]
    {
        create(&manager, fields).await;
    }
    manager.mutate("rateDelete", json!({ "id": "new" }), "").await;
    manager.mutate("rateUpdate", json!({ "id": "old", "effectiveUntil": null }), "").await;
    let refused = manager.user_errors("rateRestore", json!({ "id": "new" })).await.join(" ");
    assert!(refused.contains("OVERLAP"), "{refused}");
}

#[apply(each_database)]
async fn a_rate_until_the_last_day_of_the_calendar_is_in_force(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    create(&manager, json!({ "amount": "1", "effectiveFrom": "0001-01-01", "effectiveUntil": "9999-12-31" })).await;
    assert_eq!(chosen_amount(&manager, "at: \"2026-06-01T00:00:00Z\"").await, json!("1"));
}

#[apply(each_database)]
async fn a_rate_of_the_same_day_in_another_zone_is_refused(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    let of =
        |amount: &str| json!({ "type": "FLAT", "amount": amount, "effectiveFrom": "2026-07-01", "supersede": true });
    for zone in ["America/Chicago", "America/Denver"] {
        world.admin().mutate("tenantUpdate", json!({ "timeZone": zone }), "").await;
        if zone == "America/Chicago" {
            manager.mutate("rateCreate", of("1"), "").await;
        } else {
            let refused = manager.user_errors("rateCreate", of("2")).await.join(" ");
            assert!(refused.contains("OVERLAP input.effectiveFrom"), "{refused}");
        }
    }
}

#[apply(each_database)]
async fn another_tenant_has_rates_of_its_own(database: DatabaseKind) {
    let world = World::new(database).await;
    let (manager, other) = (world.actor(Role::Manager), world.other_admin());
    let id = create(&manager, json!({})).await;
    assert_eq!(rate_for(&other, "at: \"2026-06-01T00:00:00Z\"").await, Json::Null);
    let refused = other.user_errors("rateUpdate", json!({ "id": id, "amount": "1" })).await.join(" ");
    assert!(refused.contains("NOT_FOUND"), "{refused}");
    // What is for the same work in another tenant is no overlap.
    create(&other, json!({})).await;
}

//! The price of work by a rate: the unit that decides, the parts and their sum.

use access::Role;
use rstest_reuse::apply;
use serde_json::json;

use super::{create, rate_for};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

#[apply(each_database)]
async fn rates_of_several_units_are_decided_by_the_quantity(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    create(&manager, json!({ "type": "FLAT", "amount": "500" })).await;
    create(&manager, json!({ "type": "PER_MILE", "amount": "2" })).await;
    let at = "at: \"2026-06-01T00:00:00Z\"";
    let undecided = manager.execute(&format!("{{ rateFor({at}) {{ rate {{ id }} }} }}")).await;
    assert_eq!(undecided.error_codes(), ["BAD_INPUT"]);
    let by_miles = rate_for(&manager, &format!("{at}, quantity: {{ miles: \"100\" }}")).await;
    assert_eq!((&by_miles["rate"]["type"], &by_miles["total"]["amount"]), (&json!("PER_MILE"), &json!("200")));
    let by_hours = rate_for(&manager, &format!("{at}, quantity: {{ hours: \"3\" }}")).await;
    assert_eq!((&by_hours["rate"]["type"], &by_hours["total"]["amount"]), (&json!("FLAT"), &json!("500")));
}

#[apply(each_database)]
async fn a_price_is_the_sum_of_its_parts(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    create(&manager, json!({ "minimum": { "amount": "350" }, "fuelSurcharge": "20" })).await;
    create(&manager, json!({ "type": "PER_DAY", "amount": "100", "weekAmount": "400", "monthAmount": "1100" })).await;
    let price = |quantity: &str| format!("at: \"2026-06-01T00:00:00Z\", quantity: {{ {quantity} }}");
    let lifted = rate_for(&manager, &price("miles: \"120\"")).await;
    assert_snapshot!(snapshot_text(&lifted), @r#"
        {
          "candidates": [
            {
              "rate": {
                "amount": "2"
              },
              "verdict": "CHOSEN"
            }
          ],
          "parts": [
            {
              "amount": {
                "amount": "240"
              },
              "type": "BASE"
            },
            {
              "amount": {
                "amount": "110"
              },
              "type": "MINIMUM"
            },
            {
              "amount": {
                "amount": "70"
              },
              "type": "FUEL_SURCHARGE"
            }
          ],
          "rate": {
            "amount": "2",
            "type": "PER_MILE"
          },
          "total": {
            "amount": "420",
            "currency": "USD"
          }
        }
        "#);
    let rental = "rental: { from: \"2024-04-10T08:00:00Z\", until: \"2024-05-13T08:00:00Z\" }";
    assert_eq!(rate_for(&manager, &price(rental)).await["total"]["amount"], json!("1400"));
    for quantity in [
        "miles: \"9223372036854\"",
        "miles: \"-1\"",
        "rental: { from: \"2024-04-10T08:00:00Z\", until: \"2024-04-10T08:00:00Z\" }",
    ] {
        let query = format!("{{ rateFor({}) {{ total {{ amount }} }} }}", price(quantity));
        assert_eq!(manager.execute(&query).await.error_codes(), ["BAD_INPUT"], "{quantity}");
    }
}

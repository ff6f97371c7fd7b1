//! Loads, through the schema.

mod end;
mod list;
mod log;
mod put;
mod route;
mod state;

use serde_json::{Value as Json, json};

use crate::world::Actor;

/// Every state, with the verbs that lead there from NEW.
const STATES: [(&str, &[&str]); 8] = [
    ("NEW", &[]),
    ("SCHEDULED", &["Schedule"]),
    ("DISPATCHED", &["Schedule", "Dispatch"]),
    ("IN_PROGRESS", &["Schedule", "Dispatch", "Start"]),
    ("COMPLETED", &["Schedule", "Dispatch", "Start", "Complete"]),
    ("INVOICED", &["Schedule", "Dispatch", "Start", "Complete", "Invoice"]),
    ("PAID", &["Schedule", "Dispatch", "Start", "Complete", "Invoice", "Pay"]),
    ("CANCELLED", &["Cancel"]),
];

const VERBS: [&str; 11] = [
    "Schedule",
    "Reschedule",
    "Dispatch",
    "Undispatch",
    "Start",
    "Complete",
    "Reopen",
    "Invoice",
    "Uninvoice",
    "Pay",
    "Cancel",
];

/// A customer ACME and the addresses DALLAS and AUSTIN.
async fn places(actor: &Actor) {
    let customer = json!({ "name": "Acme", "type": "SHIPPER", "externalReference": "ACME" });
    actor.done("customerCreate", customer, "").await;
    for (city, name) in [("Dallas", "DALLAS"), ("Austin", "AUSTIN")] {
        let address = json!({ "externalReference": name, "city": city, "type": "SHIPPING", "customer": "ACME" });
        actor.done("addressCreate", address, "").await;
    }
}

/// What it takes to make a load from Dallas to Austin.
fn input() -> Json {
    json!({
        "customer": "ACME", "pickupLocation": "DALLAS", "deliveryLocation": "AUSTIN",
        "scheduledPickup": "2026-01-20T08:00:00Z", "scheduledDelivery": "2026-01-22T17:00:00Z",
        "driver": "D-7", "charges": [{ "kind": "LINEHAUL", "unitAmount": { "amount": 1200 } }],
    })
}

/// The input with some fields set.
fn with(fields: Json) -> Json {
    let mut input = input();
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    input
}

/// A load on which some verbs were done; its id.
async fn load(actor: &Actor, verbs: &[&str]) -> Json {
    let id = actor.done("loadCreate", input(), "id").await["id"].clone();
    for verb in verbs {
        actor.done(&format!("load{verb}"), said(verb, &id), "").await;
    }
    id
}

/// What a verb takes at least.
fn said(verb: &str, id: &Json) -> Json {
    if verb == "Cancel" { json!({ "id": id, "reason": "No freight." }) } else { json!({ "id": id }) }
}

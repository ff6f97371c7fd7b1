//! Loads, through the schema.

mod change_log;
mod deletion;
mod input;
mod query;
mod route;
mod transition;

use serde_json::{Value as Json, json};

use crate::world::Actor;

/// Every status, with the transitions that lead there from NEW.
const STATUSES: [(&str, &[&str]); 8] = [
    ("NEW", &[]),
    ("SCHEDULED", &["Schedule"]),
    ("DISPATCHED", &["Schedule", "Dispatch"]),
    ("IN_PROGRESS", &["Schedule", "Dispatch", "Start"]),
    ("COMPLETED", &["Schedule", "Dispatch", "Start", "Complete"]),
    ("INVOICED", &["Schedule", "Dispatch", "Start", "Complete", "Invoice"]),
    ("PAID", &["Schedule", "Dispatch", "Start", "Complete", "Invoice", "Pay"]),
    ("CANCELLED", &["Cancel"]),
];

const TRANSITIONS: [&str; 11] = [
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

/// Creates a customer ACME and the addresses DALLAS and AUSTIN.
async fn create_customer_and_addresses(actor: &Actor) {
    let customer = json!({ "name": "Acme", "type": "SHIPPER", "externalReference": "ACME" });
    actor.mutate("customerCreate", customer, "").await;
    for (city, name) in [("Dallas", "DALLAS"), ("Austin", "AUSTIN")] {
        let address = json!({ "externalReference": name, "city": city, "type": "SHIPPING", "customer": "ACME" });
        actor.mutate("addressCreate", address, "").await;
    }
}

/// The smallest input of a load from Dallas to Austin.
fn load_input() -> Json {
    json!({
        "customer": "ACME", "pickupLocation": "DALLAS", "deliveryLocation": "AUSTIN",
        "scheduledPickup": "2026-01-20T08:00:00Z", "scheduledDelivery": "2026-01-22T17:00:00Z",
        "driver": "D-7", "charges": [{ "type": "LINEHAUL", "unitAmount": 1200 }],
    })
}

/// The input with other values for some fields.
fn load_input_with(fields: Json) -> Json {
    let mut input = load_input();
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    input
}

/// Creates a load, runs some transitions on it, and gives its id.
async fn create_load(actor: &Actor, transitions: &[&str]) -> Json {
    let id = actor.mutate("loadCreate", load_input(), "id").await["id"].clone();
    for transition in transitions {
        actor.mutate(&format!("load{transition}"), transition_input(transition, &id), "").await;
    }
    id
}

/// The smallest input of a transition.
fn transition_input(transition: &str, id: &Json) -> Json {
    if transition == "Cancel" { json!({ "id": id, "reason": "No freight." }) } else { json!({ "id": id }) }
}

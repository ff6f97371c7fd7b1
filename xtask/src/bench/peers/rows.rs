//! The rows: those of the peers by SQL, and the same rows of Fieldgate through its mutations.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value as Json, json};

use super::client::Client;
use super::query::{FIRST_NAMES, company, phone};
use crate::process::Result;

const CITIES: [&str; 7] = ["Austin", "Boise", "Chicago", "Denver", "El Paso", "Fresno", "Galveston"];
const STATUSES: [&str; 5] = ["ACTIVE", "ACTIVE", "ACTIVE", "LEAD", "INACTIVE"];
const CATEGORIES: [&str; 5] = ["truck", "trailer", "forklift", "pump", "generator"];
const COMMODITIES: [&str; 5] = ["steel", "grain", "lumber", "parts", "paper"];

/// Rows of one request: statements of many rows, and still short transactions.
const BATCH: usize = 500;
/// A customer has fifteen rows more.
const CUSTOMER_BATCH: usize = 100;

/// Creates the rows of all tenants, `tokens` in their order, several tenants at a time.
pub fn create(address: &str, tokens: &[String], customers: usize) -> Result<()> {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(2, |cores| cores.get() * 2).min(tokens.len());
    let run = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(token) = tokens.get(number) else { return Ok(()) };
            create_tenant(&Client::new(address, token), number + 1, customers)
                .map_err(|error| format!("tenant {}: {error}", number + 1))?;
        }
    };
    let outcomes: Vec<std::result::Result<(), String>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined.map(|outcome| outcome.unwrap_or_else(|_| Err("a thread panicked".to_owned()))).collect()
    });
    outcomes.into_iter().collect::<std::result::Result<(), _>>().map_err(Into::into)
}

fn create_tenant(client: &Client, tenant: usize, customers: usize) -> Result<()> {
    let all = || 1..=customers;
    let many = |mutation: &str, batch: usize, inputs: Vec<Json>| create_many(client, mutation, batch, &inputs);
    many("customFieldDefinitionCreateMany", BATCH, custom_fields())?;
    many("customerCreateMany", CUSTOMER_BATCH, all().map(|customer| customer_input(tenant, customer)).collect())?;
    many(
        "assetCreateMany",
        BATCH,
        items(all(), 5, |customer, item| {
            json!({
                "name": format!("Asset {customer}-{item}"), "externalReference": format!("s{customer}-{item}"),
                "serialNumber": format!("SN-{tenant}-{customer}-{item}"), "category": CATEGORIES[item - 1],
            })
        }),
    )?;
    many(
        "customerAssetCreateMany",
        BATCH,
        items(all(), 5, |customer, item| {
            json!({
                "customer": format!("c{customer}"), "asset": format!("s{customer}-{item}"), "relationship": "OWNED",
                "externalReference": format!("ca{customer}-{item}"),
            })
        }),
    )?;
    many(
        "serviceRecordCreateMany",
        BATCH,
        items(all(), 10, |customer, item| {
            let (month, day) = (1 + (customer + item) % 12, 1 + customer % 28);
            json!({
                "customer": format!("c{customer}"), "serviceDate": format!("2025-{month:02}-{day:02}T10:00:00Z"),
                "serviceType": "Inspection", "technician": format!("tech{}", customer * item % 40),
                "equipment": [format!("ca{customer}-{}", 1 + item % 5)],
                "notes": format!("Inspected unit, replaced part {item}"),
            })
        }),
    )?;
    many("loadCreateMany", BATCH, items(all(), 5, load_input))?;
    // A third of the loads stays NEW.
    let loads = |rest: usize| {
        let pairs = pairs(all(), 5).filter(move |(customer, item)| (customer + item) % 3 == rest);
        pairs.map(|(customer, item)| format!("l{customer}-{item}"))
    };
    many("loadScheduleMany", BATCH, loads(1).map(|id| json!({ "id": id })).collect())?;
    many("loadCancelMany", BATCH, loads(2).map(|id| json!({ "id": id, "reason": "No truck" })).collect())
}

/// Six texts and a NUMBER.
fn custom_fields() -> Vec<Json> {
    let definition = |key: String, field_type: &str| json!({ "ownerType": "CUSTOMER", "key": key, "type": field_type, "title": key });
    let texts = (1..=6).map(|number| definition(format!("field{number}"), "STRING"));
    texts.chain([definition("creditScore".to_owned(), "NUMBER")]).collect()
}

fn customer_input(tenant: usize, customer: usize) -> Json {
    let addresses = (1..=2).map(|item| {
        json!({
            "externalReference": format!("a{customer}-{item}"), "type": if item == 1 { "PRIMARY" } else { "BILLING" },
            "street": format!("{} Main Street", customer * 13 % 900 + item), "city": CITIES[(customer + item) % 7],
            "state": "TX", "zipCode": format!("{:05}", customer * 31 % 100_000),
        })
    });
    let contacts = (1..=3).map(|item| {
        json!({
            "externalReference": format!("k{customer}-{item}"),
            "name": format!("{} Surname{}", FIRST_NAMES[(customer + item) % 5], customer * item % 500),
            "email": format!("contact{customer}.{item}@tenant{tenant}.example"),
            "phone": format!("+1-555-556-{:04}", customer * 13 % 10_000),
        })
    });
    let texts = (1..=4).map(|item| {
        json!({
            "key": format!("field{}", 1 + (customer + item) % 6), "value": format!("value {}", customer * item % 100),
        })
    });
    let number = json!({ "key": "creditScore", "value": 300 + customer * 7919 % 600 });
    json!({
        "name": format!("{} S{}", company(customer), 1_000 + customer), "type": "COMMERCIAL",
        "externalReference": format!("c{customer}"), "status": STATUSES[customer % 5],
        "notes": format!("Notes about customer {customer}"),
        "contactInfo": {
            "email": format!("customer{customer}@tenant{tenant}.example"), "phone": phone(customer),
        },
        "contacts": contacts.collect::<Vec<_>>(), "addresses": addresses.collect::<Vec<_>>(),
        "customFields": texts.chain([number]).collect::<Vec<_>>(),
    })
}

fn load_input(customer: usize, item: usize) -> Json {
    let number = customer * 5 + item;
    let (day, hour, minute) = (1 + number % 28, number / 28 % 24, number / 672 % 60);
    let cents = customer * item * 97 % 5_000_000;
    json!({
        "customer": format!("c{customer}"), "externalReference": format!("l{customer}-{item}"),
        "pickupLocation": format!("a{customer}-1"), "deliveryLocation": format!("a{customer}-2"),
        "scheduledPickup": format!("2027-01-{day:02}T{hour:02}:{minute:02}:00Z"),
        "scheduledDelivery": "2027-02-28T17:00:00Z",
        "loadDetails": {
            "weight": 1_000 + customer * item % 20_000, "commodity": COMMODITIES[item - 1],
            "value": { "amount": format!("{}.{:02}", cents / 100, cents % 100) },
        },
    })
}

fn items(customers: RangeInclusive<usize>, of_each: usize, input: impl Fn(usize, usize) -> Json) -> Vec<Json> {
    pairs(customers, of_each).map(|(customer, item)| input(customer, item)).collect()
}

/// The items of each customer, both counted from 1.
fn pairs(customers: RangeInclusive<usize>, of_each: usize) -> impl Iterator<Item = (usize, usize)> {
    customers.flat_map(move |customer| (1..=of_each).map(move |item| (customer, item)))
}

/// `customerCreateMany` takes a list of `CustomerCreateInput`.
fn create_many(client: &Client, mutation: &str, batch: usize, inputs: &[Json]) -> Result<()> {
    let input_type = mutation.strip_suffix("Many").unwrap_or(mutation);
    let input_type = format!("{}{}Input", input_type[..1].to_uppercase(), &input_type[1..]);
    let document = format!(
        "mutation($inputs: [{input_type}!]!) {{ rows: {mutation}(inputs: $inputs, atomic: true) {{ userErrors {{ code message }} }} }}"
    );
    for inputs in inputs.chunks(batch) {
        let answer = client.ask(&document, &json!({ "inputs": inputs }))?;
        let payloads = answer["rows"].as_array().ok_or_else(|| format!("{mutation}: {answer}"))?;
        let errors = payloads.iter().flat_map(|payload| payload["userErrors"].as_array().into_iter().flatten());
        if let Some(error) = errors.into_iter().next() {
            return Err(format!("{mutation}: {error}").into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_has_the_values_that_the_sql_computes() {
        let load = load_input(1_000, 5);
        assert_eq!(load["scheduledPickup"], "2027-01-22T10:07:00Z");
        assert_eq!(load["loadDetails"]["value"]["amount"], "4850.00");
    }
}

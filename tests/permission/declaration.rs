//! The declaration: which actions a mutation needs for an input.
//!
//! Every mutation of the schema is in it, with one input for each way in which it writes or reads rows of other types. A
//! scope to write includes the one to read, so that only reading of other types is declared.

use access::Action::{
    self, AddressRead, AddressWrite, AssetRead, AssetWrite, ContactWrite, CustomerRead, CustomerWrite, LoadBill,
    LoadWrite, PiiRead, RateRead, ScheduleRead, ServiceWork, ServiceWrite,
};
use serde_json::{Value as Json, json};

use super::{
    custom_field::custom_fields,
    data::{load, note, visit},
    planning,
};

/// An input of a mutation, and the actions that it needs.
pub struct Case {
    /// The mutation, in its form for one input.
    pub mutation: &'static str,
    /// What is special about the input.
    pub what: &'static str,
    /// The actions, that of the mutation itself first.
    pub needs: &'static [Action],
    /// The input.
    pub input: Json,
}

impl Case {
    /// Whether the row does not exist for a caller who misses some scopes: a document does not for one who may not read its
    /// owner.
    pub fn is_hidden(&self, missing: &[&str]) -> bool {
        self.mutation.starts_with("document") && missing == ["customer:read"]
    }
}

/// Every case.
pub fn cases() -> Vec<Case> {
    [
        customers(),
        addresses_and_contacts(),
        assets(),
        loads(),
        load_transitions(),
        service_records(),
        planning::recurring_services(),
        planning::rates(),
        planning::schedules(),
        planning::documents(),
        custom_fields(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub fn case(mutation: &'static str, what: &'static str, needs: &'static [Action], input: Json) -> Case {
    Case { mutation, what, needs, input }
}

/// An object with more fields.
pub fn with(mut input: Json, fields: Json) -> Json {
    if let (Json::Object(input), Json::Object(fields)) = (&mut input, fields) {
        input.extend(fields);
    }
    input
}

fn customers() -> Vec<Case> {
    let new = |fields| with(json!({ "externalReference": "new", "name": "New", "type": "SHIPPER" }), fields);
    let acme = |fields| with(json!({ "id": "acme" }), fields);
    let upsert = |reference: &str, fields| with(json!({ "externalReference": reference, "name": "Put" }), fields);
    let (contacts, addresses) = (json!([{ "name": "Bo", "customFields": note() }]), json!([{ "city": "Rome" }]));
    let same_contact = json!([{ "id": "acme-contact" }]);
    let other_primary = json!([{ "id": "acme-contact" }, { "id": "acme-second", "primary": true }]);
    let contact_value = json!([{ "id": "acme-contact", "customFields": [{ "key": "note", "value": "red" }] }]);
    vec![
        case("customerCreate", "alone", &[CustomerWrite], new(json!({ "customFields": note(), "parent": "acme" }))),
        case("customerCreate", "contacts", &[CustomerWrite, ContactWrite], new(json!({ "contacts": contacts }))),
        case("customerCreate", "addresses", &[CustomerWrite, AddressWrite], new(json!({ "addresses": addresses }))),
        case(
            "customerCreate",
            "both lists",
            &[CustomerWrite, ContactWrite, AddressWrite],
            new(json!({ "addresses": addresses, "contacts": contacts })),
        ),
        case("customerCreate", "empty lists", &[CustomerWrite], new(json!({ "addresses": [], "contacts": [] }))),
        case("customerUpdate", "alone", &[CustomerWrite], acme(json!({ "industry": "grain", "customFields": note() }))),
        case("customerUpdate", "a new contact", &[CustomerWrite, ContactWrite], acme(json!({ "contacts": contacts }))),
        case("customerUpdate", "no contacts", &[CustomerWrite, ContactWrite], acme(json!({ "contacts": [] }))),
        case("customerUpdate", "null contacts", &[CustomerWrite, ContactWrite], acme(json!({ "contacts": null }))),
        case(
            "customerUpdate",
            "same contact",
            &[CustomerWrite, ContactWrite],
            acme(json!({ "contacts": same_contact })),
        ),
        case(
            "customerUpdate",
            "another primary contact",
            &[CustomerWrite, ContactWrite],
            acme(json!({ "contacts": other_primary })),
        ),
        case("customerUpdate", "a value", &[CustomerWrite, ContactWrite], acme(json!({ "contacts": contact_value }))),
        case(
            "customerUpdate",
            "a new address",
            &[CustomerWrite, AddressWrite],
            acme(json!({ "addresses": addresses })),
        ),
        case("customerUpdate", "no addresses", &[CustomerWrite, AddressWrite], acme(json!({ "addresses": [] }))),
        case(
            "customerUpdate",
            "its name in clear",
            &[CustomerWrite, PiiRead],
            json!({ "id": "eve", "type": "SHIPPER" }),
        ),
        case("customerUpsert", "a new one", &[CustomerWrite], upsert("new", json!({}))),
        case(
            "customerUpsert",
            "a new one with lists",
            &[CustomerWrite, ContactWrite, AddressWrite],
            upsert("new", json!({ "addresses": addresses, "contacts": contacts })),
        ),
        case("customerUpsert", "an old one", &[CustomerWrite], upsert("acme", json!({}))),
        case("customerUpsert", "contacts", &[CustomerWrite, ContactWrite], upsert("acme", json!({ "contacts": [] }))),
        case(
            "customerUpsert",
            "a deleted one",
            &[CustomerWrite, ContactWrite, AddressWrite],
            upsert("gone", json!({})),
        ),
        case("customerUpsert", "a deleted one alone", &[CustomerWrite], upsert("gone-bare", json!({}))),
        case("customerDelete", "alone", &[CustomerWrite], json!({ "id": "bare" })),
        case("customerDelete", "its lists", &[CustomerWrite, ContactWrite, AddressWrite], json!({ "id": "full" })),
        case(
            "customerDelete",
            "its open work",
            &[CustomerWrite, LoadWrite, ServiceWrite],
            json!({ "id": "busy", "cancelOpen": true }),
        ),
        case("customerRestore", "its lists", &[CustomerWrite, ContactWrite, AddressWrite], json!({ "id": "gone" })),
        case("customerRestore", "alone", &[CustomerWrite], json!({ "id": "gone-bare" })),
    ]
}

fn addresses_and_contacts() -> Vec<Case> {
    let address = |fields| with(json!({ "externalReference": "new", "city": "Rome", "customFields": note() }), fields);
    let contact = |fields| with(json!({ "externalReference": "new", "name": "Bo", "customFields": note() }), fields);
    let of_acme = json!({ "customer": "acme" });
    vec![
        case("addressCreate", "of a customer", &[AddressWrite, CustomerRead], address(of_acme.clone())),
        case("addressCreate", "of nobody", &[AddressWrite], address(json!({}))),
        case("addressUpdate", "alone", &[AddressWrite], json!({ "id": "acme-address", "city": "Rome" })),
        case("addressUpsert", "a new one", &[AddressWrite, CustomerRead], address(of_acme.clone())),
        case(
            "addressUpsert",
            "an old one",
            &[AddressWrite],
            json!({ "externalReference": "acme-address", "city": "Rome" }),
        ),
        case("addressUpsert", "a deleted one", &[AddressWrite], json!({ "externalReference": "address-gone" })),
        case("addressDelete", "alone", &[AddressWrite], json!({ "id": "yard" })),
        case("addressRestore", "alone", &[AddressWrite], json!({ "id": "address-gone" })),
        case("contactCreate", "a new one", &[ContactWrite, CustomerRead], contact(of_acme.clone())),
        case("contactUpdate", "alone", &[ContactWrite], json!({ "id": "acme-contact", "primary": true })),
        case(
            "contactCreate",
            "instead of the primary one",
            &[ContactWrite, CustomerRead],
            contact(json!({ "customer": "acme", "primary": true })),
        ),
        case(
            "contactUpdate",
            "instead of the primary one",
            &[ContactWrite],
            json!({ "id": "acme-second", "primary": true }),
        ),
        case("contactUpsert", "a new one", &[ContactWrite, CustomerRead], contact(of_acme)),
        case(
            "contactUpsert",
            "an old one",
            &[ContactWrite],
            json!({ "externalReference": "acme-contact", "name": "Bo" }),
        ),
        case("contactUpsert", "a deleted one", &[ContactWrite], json!({ "externalReference": "contact-gone" })),
        case("contactDelete", "alone", &[ContactWrite], json!({ "id": "acme-contact" })),
        case("contactRestore", "alone", &[ContactWrite], json!({ "id": "contact-gone" })),
    ]
}

fn assets() -> Vec<Case> {
    let asset = json!({ "externalReference": "new", "name": "Crane", "customFields": note() });
    let terms = |fields| {
        with(
            json!({
                "externalReference": "new", "customer": "acme", "relationship": "RENTED", "from": "2026-02-01T00:00:00Z",
                "meterOut": 5, "customFields": note(),
            }),
            fields,
        )
    };
    let new_asset = json!({ "asset": { "new": { "name": "Crane", "customFields": note() } } });
    vec![
        case("assetCreate", "alone", &[AssetWrite], asset.clone()),
        case("assetUpdate", "alone", &[AssetWrite], json!({ "id": "lift", "make": "Genie" })),
        case("assetUpsert", "a new one", &[AssetWrite], asset),
        case("assetUpsert", "an old one", &[AssetWrite], json!({ "externalReference": "lift", "make": "Genie" })),
        case("assetUpsert", "a deleted one", &[AssetWrite], json!({ "externalReference": "scrap" })),
        case("assetDelete", "alone", &[AssetWrite], json!({ "id": "lift" })),
        case("assetRestore", "alone", &[AssetWrite], json!({ "id": "scrap" })),
        case(
            "customerAssetAssign",
            "an old one",
            &[AssetWrite, CustomerRead],
            terms(json!({ "asset": { "existing": "lift" } })),
        ),
        case("customerAssetAssign", "a new one", &[AssetWrite, CustomerRead], terms(new_asset)),
        case(
            "customerAssetCreate",
            "its place",
            &[AssetWrite, CustomerRead, AddressRead],
            terms(json!({ "asset": "lift", "location": "yard" })),
        ),
        case("customerAssetUpdate", "its meter", &[AssetWrite], json!({ "id": "rental", "meterOut": 7 })),
        case(
            "customerAssetUpdate",
            "its place",
            &[AssetWrite, AddressRead],
            json!({ "id": "rental", "location": "yard" }),
        ),
        case("customerAssetUpsert", "a new one", &[AssetWrite, CustomerRead], terms(json!({ "asset": "lift" }))),
        case(
            "customerAssetUpsert",
            "an old one",
            &[AssetWrite],
            json!({ "externalReference": "rental", "contractNumber": "C-1" }),
        ),
        case("customerAssetUpsert", "a deleted one", &[AssetWrite], json!({ "externalReference": "rental-gone" })),
        case(
            "customerAssetReturn",
            "its meter",
            &[AssetWrite],
            json!({ "id": "rental", "meterIn": 9, "note": "Dented." }),
        ),
        case("customerAssetDelete", "alone", &[AssetWrite], json!({ "id": "rental" })),
        case("customerAssetRestore", "alone", &[AssetWrite], json!({ "id": "rental-gone" })),
    ]
}

fn loads() -> Vec<Case> {
    let put = |reference: &str| json!({ "externalReference": reference, "references": [] });
    let references = json!([{ "type": "BOL", "value": "7" }]);
    vec![
        case("loadCreate", "alone", &[LoadWrite, CustomerRead, AddressRead], load("new", "acme")),
        case(
            "loadUpdate",
            "its charges",
            &[LoadWrite],
            json!({ "id": "load-new", "charges": [{ "type": "DETENTION", "unitAmount": 7 }] }),
        ),
        case(
            "loadUpdate",
            "its place",
            &[LoadWrite, AddressRead],
            json!({ "id": "load-new", "pickupLocation": "yard" }),
        ),
        case(
            "loadRate",
            "alone",
            &[LoadWrite, RateRead],
            json!({ "id": "load-new", "at": "2026-06-01T00:00:00Z", "serviceType": "tariff" }),
        ),
        case("loadUpdate", "its customer", &[LoadWrite, CustomerRead], json!({ "id": "load-new", "customer": "acme" })),
        case(
            "loadUpdate",
            "what is not billed",
            &[LoadWrite],
            json!({ "id": "load-invoiced", "references": references }),
        ),
        case("loadUpdate", "a value", &[LoadWrite], json!({ "id": "load-paid", "customFields": note() })),
        case("loadUpsert", "a new one", &[LoadWrite, CustomerRead, AddressRead], load("new", "acme")),
        case("loadUpsert", "an old one", &[LoadWrite], put("load-new")),
        case("loadUpsert", "a deleted one", &[LoadWrite], put("load-gone")),
        case("loadUpsert", "a deleted invoiced one", &[LoadWrite, LoadBill], put("load-gone-invoiced")),
        case("loadUpsert", "a deleted paid one", &[LoadWrite, LoadBill], put("load-gone-paid")),
        case("loadDelete", "alone", &[LoadWrite], json!({ "id": "load-completed" })),
        case("loadDelete", "an invoiced one", &[LoadWrite, LoadBill], json!({ "id": "load-invoiced" })),
        case("loadDelete", "a paid one", &[LoadWrite, LoadBill], json!({ "id": "load-paid" })),
        case("loadRestore", "alone", &[LoadWrite], json!({ "id": "load-gone" })),
        case("loadRestore", "an invoiced one", &[LoadWrite, LoadBill], json!({ "id": "load-gone-invoiced" })),
        case("loadRestore", "a paid one", &[LoadWrite, LoadBill], json!({ "id": "load-gone-paid" })),
    ]
}

fn load_transitions() -> Vec<Case> {
    let of = |status: &str| json!({ "id": format!("load-{status}"), "note": "By phone." });
    let cancel = json!({ "id": "load-new", "reason": "No freight." });
    let times = json!({ "scheduledPickup": "2026-01-21T08:00:00Z", "scheduledDelivery": "2026-01-23T08:00:00Z" });
    vec![
        case("loadSchedule", "its times", &[LoadWrite], with(of("new"), times)),
        case("loadReschedule", "alone", &[LoadWrite], of("scheduled")),
        case("loadDispatch", "alone", &[LoadWrite], of("scheduled")),
        case("loadUndispatch", "alone", &[LoadWrite], of("dispatched")),
        case(
            "loadStart",
            "a visit",
            &[LoadWrite],
            with(of("dispatched"), json!({ "arrivedAt": "2026-01-20T08:10:00Z" })),
        ),
        case("loadComplete", "alone", &[LoadWrite], of("started")),
        case("loadReopen", "a completed one", &[LoadWrite], of("completed")),
        case("loadReopen", "a cancelled one", &[LoadWrite], of("cancelled")),
        case("loadInvoice", "alone", &[LoadBill], of("completed")),
        case("loadUninvoice", "alone", &[LoadBill], of("invoiced")),
        case("loadPay", "alone", &[LoadBill], of("invoiced")),
        case("loadCancel", "alone", &[LoadWrite], cancel),
    ]
}

fn service_records() -> Vec<Case> {
    let put = |reference: &str, fields| with(json!({ "externalReference": reference }), fields);
    let new = |fields| with(visit("new", "acme"), fields);
    let done = json!({ "status": "COMPLETED", "serviceDate": "2026-01-20T08:00:00Z" });
    let parts = json!([{ "partNumber": "F-1" }]);
    vec![
        case("serviceRecordCreate", "alone", &[ServiceWrite, CustomerRead], new(json!({ "partsUsed": parts }))),
        case("serviceRecordCreate", "a past one", &[ServiceWrite, CustomerRead], new(done)),
        case(
            "serviceRecordCreate",
            "what it refers to",
            &[ServiceWrite, CustomerRead, AddressRead, AssetRead],
            new(json!({ "address": "yard", "equipment": ["truck"] })),
        ),
        case("serviceRecordUpdate", "alone", &[ServiceWrite], json!({ "id": "visit", "partsUsed": parts })),
        case(
            "serviceRecordUpdate",
            "its schedules",
            &[ServiceWrite, ScheduleRead],
            json!({ "id": "visit", "equipmentSchedules": ["upkeep"] }),
        ),
        case(
            "serviceRecordUpdate",
            "its equipment",
            &[ServiceWrite, AssetRead],
            json!({ "id": "visit", "equipment": ["rental"] }),
        ),
        case("serviceRecordUpsert", "a new one", &[ServiceWrite, CustomerRead], new(json!({}))),
        case("serviceRecordUpsert", "an old one", &[ServiceWrite], put("visit", json!({ "summary": "Leak" }))),
        case(
            "serviceRecordUpsert",
            "its start",
            &[ServiceWrite, ServiceWork],
            put("visit", json!({ "status": "IN_PROGRESS" })),
        ),
        case(
            "serviceRecordUpsert",
            "its end",
            &[ServiceWrite, ServiceWork],
            put("visit", json!({ "status": "COMPLETED" })),
        ),
        case(
            "serviceRecordUpsert",
            "its cancellation",
            &[ServiceWrite],
            put("visit-begun", json!({ "status": "CANCELLED", "cancelReason": "Closed." })),
        ),
        case("serviceRecordUpsert", "a deleted one", &[ServiceWrite], put("visit-gone", json!({}))),
        case("serviceRecordDelete", "alone", &[ServiceWrite], json!({ "id": "visit" })),
        case("serviceRecordRestore", "alone", &[ServiceWrite], json!({ "id": "visit-gone" })),
        case("serviceRecordStart", "alone", &[ServiceWork], json!({ "id": "visit" })),
        case("serviceRecordReopen", "alone", &[ServiceWork], json!({ "id": "visit-done" })),
        case("serviceRecordComplete", "its parts", &[ServiceWork], json!({ "id": "visit-begun", "partsUsed": parts })),
        case("serviceRecordCancel", "alone", &[ServiceWrite], json!({ "id": "visit", "reason": "Closed." })),
    ]
}

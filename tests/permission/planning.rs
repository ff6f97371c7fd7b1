//! The declaration of the mutations of plans and prices: recurring services, rates and equipment schedules.

use access::Action::{
    AddressRead, AssetRead, CustomerRead, DocumentWrite, LoadRead, MeterWrite, RateWrite, RecurringServiceWrite,
    ScheduleWrite, ServiceRead,
};
use serde_json::json;

use super::{
    data::plan,
    declaration::{Case, case, with},
};

/// The mutations of recurring services.
pub fn recurring_services() -> Vec<Case> {
    let of = |fields| with(json!({ "id": "plan", "date": "2090-01-05" }), fields);
    let write = |mutation, what, input| case(mutation, what, &[RecurringServiceWrite], input);
    let of_customer = &[RecurringServiceWrite, CustomerRead];
    let put = |reference: &str| with(json!({ "externalReference": reference, "frequency": "WEEKLY" }), json!({}));
    vec![
        case("recurringServiceCreate", "alone", of_customer, plan("new")),
        case("recurringServiceUpsert", "a new one", of_customer, plan("new")),
        write("recurringServiceUpsert", "an old one", put("plan")),
        write("recurringServiceUpsert", "a deleted one", put("plan-gone")),
        write("recurringServiceUpdate", "alone", json!({ "id": "plan", "technician": "eve" })),
        case(
            "recurringServiceUpdate",
            "with an address",
            &[RecurringServiceWrite, AddressRead],
            json!({ "id": "plan", "address": "acme-address" }),
        ),
        write("recurringServiceDelete", "alone", json!({ "id": "plan" })),
        write("recurringServiceRestore", "alone", json!({ "id": "plan-gone" })),
        write("recurringServiceSkip", "alone", of(json!({}))),
        write("recurringServiceMove", "alone", of(json!({ "to": "2090-01-06" }))),
        write("recurringServiceReopen", "alone", of(json!({}))),
        write(
            "recurringServicePause",
            "alone",
            json!({ "id": "plan", "from": "2091-01-01", "resumesOn": "2091-02-01" }),
        ),
        write("recurringServiceResume", "alone", json!({ "id": "plan", "on": "2095-01-02" })),
    ]
}

/// The mutations of rates.
pub fn rates() -> Vec<Case> {
    let new = |fields| with(json!({ "type": "PER_MILE", "amount": "2.5" }), fields);
    let put = |reference: &str| new(json!({ "externalReference": reference, "serviceType": "new" }));
    vec![
        case("rateCreate", "of all customers", &[RateWrite], new(json!({ "serviceType": "new" }))),
        case("rateCreate", "of a customer", &[RateWrite, CustomerRead], new(json!({ "customer": "acme" }))),
        case("rateUpdate", "alone", &[RateWrite], json!({ "id": "tariff", "amount": "3" })),
        case("rateUpsert", "a new one", &[RateWrite], put("new")),
        case("rateUpsert", "an old one", &[RateWrite], put("tariff")),
        case("rateUpsert", "a deleted one", &[RateWrite], put("tariff-gone")),
        case("rateDelete", "alone", &[RateWrite], json!({ "id": "tariff" })),
        case("rateRestore", "alone", &[RateWrite], json!({ "id": "tariff-gone" })),
    ]
}

/// The mutations of documents.
pub fn documents() -> Vec<Case> {
    let new = |owner: &str, reference: &str| json!({ owner: reference, "link": "https://a.example", "externalReference": "new" });
    let put = |reference: &str, fields| with(json!({ "externalReference": reference }), fields);
    vec![
        case("documentCreate", "of a customer", &[DocumentWrite, CustomerRead], new("customer", "acme")),
        case("documentCreate", "of an asset", &[DocumentWrite, AssetRead], new("asset", "lift")),
        case("documentCreate", "of a load", &[DocumentWrite, LoadRead, CustomerRead], new("load", "load-new")),
        case(
            "documentCreate",
            "of a service record",
            &[DocumentWrite, ServiceRead, CustomerRead],
            new("serviceRecord", "visit"),
        ),
        case("documentUpdate", "alone", &[DocumentWrite, CustomerRead], json!({ "id": "scan", "type": "BOL" })),
        case(
            "documentUpsert",
            "a new one",
            &[DocumentWrite, CustomerRead],
            with(put("new", new("customer", "acme")), json!({})),
        ),
        case("documentUpsert", "an old one", &[DocumentWrite, CustomerRead], put("scan", json!({ "type": "BOL" }))),
        case("documentUpsert", "a deleted one", &[DocumentWrite, CustomerRead], put("scan-gone", json!({}))),
        case("documentDelete", "alone", &[DocumentWrite, CustomerRead], json!({ "id": "scan" })),
        case("documentRestore", "alone", &[DocumentWrite, CustomerRead], json!({ "id": "scan-gone" })),
    ]
}

/// The mutations of schedules.
pub fn schedules() -> Vec<Case> {
    let new = |equipment: &str| json!({ "equipment": equipment, "serviceType": "new", "intervalDays": 30, "externalReference": "new" });
    let put = |reference: &str, fields| with(json!({ "externalReference": reference }), fields);
    let reading = json!({ "equipment": "lift", "value": 120, "externalReference": "new" });
    vec![
        case("meterReadingCreate", "alone", &[MeterWrite, AssetRead], reading),
        case("equipmentScheduleCreate", "of an asset", &[ScheduleWrite, AssetRead], new("lift")),
        case("equipmentScheduleCreate", "of a customer asset", &[ScheduleWrite, AssetRead], new("contract")),
        case("equipmentScheduleUpdate", "alone", &[ScheduleWrite], json!({ "id": "upkeep", "intervalMonths": 3 })),
        case("equipmentScheduleUpsert", "a new one", &[ScheduleWrite, AssetRead], put("new", new("lift"))),
        case("equipmentScheduleUpsert", "an old one", &[ScheduleWrite], put("upkeep", json!({ "intervalMonths": 3 }))),
        case("equipmentScheduleUpsert", "a deleted one", &[ScheduleWrite], put("upkeep-gone", json!({}))),
        case("equipmentScheduleSkip", "alone", &[ScheduleWrite], json!({ "id": "upkeep", "reason": "Winter." })),
        case("equipmentScheduleDelete", "alone", &[ScheduleWrite], json!({ "id": "upkeep" })),
        case("equipmentScheduleRestore", "alone", &[ScheduleWrite], json!({ "id": "upkeep-gone" })),
    ]
}

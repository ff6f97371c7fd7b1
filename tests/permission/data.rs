//! The rows that the inputs of the declaration name by their external references.

use serde_json::{Value as Json, json};

use crate::world::Actor;

/// The technician to whom every service record is assigned.
pub const TECHNICIAN: &str = "tim";

/// Every status of a load, with the transitions that lead there.
const LOADS: &[(&str, &[&str])] = &[
    ("new", &[]),
    ("scheduled", &["Schedule"]),
    ("dispatched", &["Schedule", "Dispatch"]),
    ("started", &["Schedule", "Dispatch", "Start"]),
    ("completed", &["Schedule", "Dispatch", "Start", "Complete"]),
    ("invoiced", &["Schedule", "Dispatch", "Start", "Complete", "Invoice"]),
    ("paid", &["Schedule", "Dispatch", "Start", "Complete", "Invoice", "Pay"]),
    ("cancelled", &["Cancel"]),
    ("gone", &[]),
    ("gone-invoiced", &["Schedule", "Dispatch", "Start", "Complete", "Invoice"]),
    ("gone-paid", &["Schedule", "Dispatch", "Start", "Complete", "Invoice", "Pay"]),
];

/// The value of the custom field that every type has.
pub fn note() -> Json {
    json!([{ "key": "note", "value": "blue" }])
}

/// The smallest input of a load of a customer.
pub fn load(reference: &str, customer: &str) -> Json {
    json!({
        "externalReference": reference, "customer": customer, "driver": "D-7", "customFields": note(),
        "pickupLocation": "dallas", "deliveryLocation": "austin",
        "scheduledPickup": "2026-01-20T08:00:00Z", "scheduledDelivery": "2026-01-22T17:00:00Z",
        "charges": [{ "type": "LINEHAUL", "unitAmount": 1200 }],
    })
}

/// The smallest input of a service record of a customer, planned for a far day.
pub fn visit(reference: &str, customer: &str) -> Json {
    json!({
        "externalReference": reference, "customer": customer, "serviceDate": "2099-01-20T08:00:00Z",
        "serviceType": "HVAC", "technicians": [TECHNICIAN], "customFields": note(),
    })
}

/// The smallest input of a plan of the customer `acme`, whose first visit is on a far day.
pub fn plan(reference: &str) -> Json {
    json!({
        "externalReference": reference, "customer": "acme", "serviceType": "HVAC", "frequency": "DAILY",
        "startDate": "2090-01-01", "technician": TECHNICIAN, "customFields": note(),
    })
}

/// Creates the rows.
pub async fn create_rows(admin: &Actor) {
    let entities = [
        "CUSTOMER",
        "CONTACT",
        "ADDRESS",
        "ASSET",
        "CUSTOMER_ASSET",
        "LOAD",
        "SERVICE_RECORD",
        "RATE",
        "EQUIPMENT_SCHEDULE",
        "DOCUMENT",
        "RECURRING_SERVICE",
        "TENANT",
    ];
    for entity in entities {
        let reference = format!("note-{}", entity.to_lowercase());
        define(admin, entity, "note", &reference, false).await;
    }
    for key in ["spare", "retired", "secret"] {
        define(admin, "CUSTOMER", key, key, key == "secret").await;
    }
    admin.mutate("tenantUpdate", json!({ "customFields": note() }), "").await;
    for reference in ["dallas", "austin", "yard"] {
        let input = json!({ "externalReference": reference, "city": reference, "type": "SHIPPING" });
        admin.mutate("addressCreate", input, "").await;
    }
    create_customers(admin).await;
    for reference in ["truck", "lift", "scrap"] {
        let input = json!({ "externalReference": reference, "name": reference, "customFields": note() });
        admin.mutate("assetCreate", input, "").await;
    }
    for (reference, asset, relationship) in
        [("rental", "truck", "RENTED"), ("contract", "lift", "OWNED"), ("rental-gone", "lift", "UNDER_SERVICE")]
    {
        let input = json!({
            "externalReference": reference, "customer": "acme", "asset": asset, "relationship": relationship,
            "from": "2026-01-01T00:00:00Z", "customFields": note(),
        });
        admin.mutate("customerAssetCreate", input, "").await;
    }
    for (name, transitions) in LOADS {
        let reference = format!("load-{name}");
        admin.mutate("loadCreate", load(&reference, "acme"), "").await;
        for transition in *transitions {
            let mut input = json!({ "id": reference });
            if *transition == "Cancel" {
                input["reason"] = json!("No freight.");
            }
            admin.mutate(&format!("load{transition}"), input, "").await;
        }
    }
    for (reference, customer) in
        [("visit", "acme"), ("visit-begun", "acme"), ("visit-done", "acme"), ("visit-gone", "acme")]
    {
        admin.mutate("serviceRecordCreate", visit(reference, customer), "").await;
    }
    for reference in ["plan", "plan-gone"] {
        admin.mutate("recurringServiceCreate", plan(reference), "").await;
    }
    admin.mutate("recurringServicePause", json!({ "id": "plan", "from": "2095-01-01" }), "").await;
    for reference in ["tariff", "tariff-gone"] {
        let input = json!({ "externalReference": reference, "type": "FLAT", "amount": 100, "serviceType": reference,
            "customFields": note() });
        admin.mutate("rateCreate", input, "").await;
    }
    for reference in ["upkeep", "upkeep-gone"] {
        let input = json!({ "externalReference": reference, "equipment": "contract", "serviceType": reference,
            "intervalMonths": 6, "intervalMeter": 500, "customFields": note() });
        admin.mutate("equipmentScheduleCreate", input, "").await;
    }
    create_documents(admin).await;
    let reading =
        json!({ "externalReference": "reading", "equipment": "lift", "value": 1, "at": "2026-01-02T00:00:00Z" });
    admin.mutate("meterReadingCreate", reading, "").await;
    admin.mutate("serviceRecordStart", json!({ "id": "visit-begun" }), "").await;
    admin.mutate("serviceRecordComplete", json!({ "id": "visit-done" }), "").await;
    admin.mutate("loadCreate", load("load-busy", "busy"), "").await;
    admin.mutate("serviceRecordCreate", visit("visit-busy", "busy"), "").await;
    for (entity, reference) in [
        ("customer", "gone"),
        ("customer", "gone-bare"),
        ("contact", "contact-gone"),
        ("address", "address-gone"),
        ("asset", "scrap"),
        ("customerAsset", "rental-gone"),
        ("load", "load-gone"),
        ("load", "load-gone-invoiced"),
        ("load", "load-gone-paid"),
        ("serviceRecord", "visit-gone"),
        ("recurringService", "plan-gone"),
        ("rate", "tariff-gone"),
        ("equipmentSchedule", "upkeep-gone"),
        ("document", "scan-gone"),
        ("customFieldDefinition", "retired"),
    ] {
        admin.mutate(&format!("{entity}Delete"), json!({ "id": reference }), "").await;
    }
}

async fn create_documents(admin: &Actor) {
    for reference in ["scan", "scan-gone"] {
        let input = json!({ "externalReference": reference, "customer": "acme", "link": "https://a.example/scan",
            "customFields": note() });
        admin.mutate("documentCreate", input, "").await;
    }
}

async fn define(admin: &Actor, entity: &str, key: &str, reference: &str, sensitive: bool) {
    let input = json!({ "ownerType": entity, "key": key, "type": "STRING", "title": key,
        "externalReference": reference, "sensitive": sensitive });
    admin.mutate("customFieldDefinitionCreate", input, "").await;
}

async fn create_customers(admin: &Actor) {
    for reference in ["acme", "gone", "full"] {
        let contact = |name: &str| json!({ "externalReference": name, "name": name, "customFields": note() });
        let address = |name: &str| json!({ "externalReference": name, "city": name, "customFields": note() });
        let (mut contacts, mut addresses) = (vec![], vec![]);
        contacts.push(contact(&format!("{reference}-contact")));
        addresses.push(address(&format!("{reference}-address")));
        if reference == "acme" {
            contacts[0]["primary"] = json!(true);
            contacts.push(contact("acme-second"));
            contacts.push(contact("contact-gone"));
            addresses.push(address("address-gone"));
        }
        let fields = ["note", "spare", "retired", "secret"].map(|key| json!({ "key": key, "value": "blue" }));
        let input = json!({
            "externalReference": reference, "name": reference, "type": "SHIPPER", "contacts": contacts,
            "addresses": addresses, "customFields": fields,
        });
        admin.mutate("customerCreate", input, "").await;
    }
    for (reference, customer_type) in
        [("bare", "SHIPPER"), ("gone-bare", "SHIPPER"), ("busy", "SHIPPER"), ("eve", "RESIDENTIAL")]
    {
        let input = json!({ "externalReference": reference, "name": reference, "type": customer_type });
        admin.mutate("customerCreate", input, "").await;
    }
}

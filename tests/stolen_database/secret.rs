//! The types of rows that have secrets, and the values that the secrets may have.

use serde_json::{Value as Json, json};

/// A type of row.
pub struct Owner {
    pub table: &'static str,
    /// As mutations begin with it.
    pub mutation: &'static str,
    /// The input of a row without secrets, by its number.
    pub input: fn(usize) -> Json,
    /// The fields of the input that an update has, too, because secrets are in them.
    pub parents: &'static [&'static str],
}

pub const OWNERS: &[Owner] = &[
    Owner {
        table: "customer",
        mutation: "customer",
        input: |_| json!({ "type": "RESIDENTIAL", "contactInfo": {}, "preferences": {} }),
        parents: &["contactInfo", "preferences"],
    },
    Owner { table: "contact", mutation: "contact", input: of_customer, parents: &[] },
    Owner { table: "address", mutation: "address", input: of_customer, parents: &[] },
    Owner { table: "asset", mutation: "asset", input: |_| json!({ "name": "Lift" }), parents: &[] },
    Owner {
        table: "customer_asset",
        mutation: "customerAsset",
        input: |row| {
            json!({ "customer": format!("customer{row}"), "asset": format!("asset{row}"), "relationship": "RENTED",
                "from": "2026-01-01T00:00:00Z" })
        },
        parents: &[],
    },
    Owner {
        table: "load",
        mutation: "load",
        input: |row| json!({ "customer": format!("customer{row}"), "stops": [{ "type": "PICKUP" }, { "type": "DELIVERY" }] }),
        parents: &["stops"],
    },
    Owner {
        table: "service_record",
        mutation: "serviceRecord",
        input: |row| json!({ "customer": format!("customer{row}"), "serviceDate": "2099-01-20T08:00:00Z", "serviceType": "HVAC" }),
        parents: &[],
    },
    Owner {
        table: "equipment_schedule",
        mutation: "equipmentSchedule",
        input: |row| json!({ "equipment": format!("customer_asset{row}"), "serviceType": "HVAC", "intervalDays": 30 }),
        parents: &[],
    },
    Owner {
        table: "document",
        mutation: "document",
        input: |row| json!({ "customer": format!("customer{row}"), "link": "https://a.example" }),
        parents: &[],
    },
    Owner {
        table: "recurring_service",
        mutation: "recurringService",
        input: |row| {
            json!({ "customer": format!("customer{row}"), "serviceType": "HVAC", "frequency": "DAILY",
                "startDate": "2090-01-01" })
        },
        parents: &[],
    },
];

fn of_customer(row: usize) -> Json {
    json!({ "customer": format!("customer{row}") })
}

/// How a secret gets its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// By the creation and by the update, at this place of the input.
    At(&'static str),
    /// The same, as a custom field.
    CustomField,
    /// By a transition: the one that writes the first value, the one that writes the second one, and the input's field.
    By(&'static str, &'static str, &'static str),
}

/// A secret of a type of row, and its possible values.
pub struct Secret {
    pub owner: &'static Owner,
    /// The sealed column that has it.
    pub column: &'static str,
    /// Its name; of a custom field, the key.
    pub name: String,
    pub written: Written,
    pub values: Vec<Json>,
    /// The field by which search tokens find it.
    pub search: Option<&'static str>,
}

/// The secrets of every type of row. Where the change log has several of a row in one image, the values of each have one
/// length: the length of a long image shows in steps.
pub fn secrets() -> Vec<Secret> {
    let owner = |table: &str| OWNERS.iter().find(|owner| owner.table == table).unwrap();
    let sealed = |table, column, place: &'static str, values: [Json; 3], search| Secret {
        owner: owner(table),
        column,
        name: place.to_owned(),
        written: Written::At(place),
        values: values.to_vec(),
        search,
    };
    let words = ["zqvnone", "zqvsome", "zqvmany"].map(Json::from);
    let mails = ["zqvnone@example.com", "zqvsome@example.com", "zqvmany@example.com"].map(Json::from);
    let phones = ["+12145550101", "+15125550177", "+17135550144"].map(Json::from);
    let numbers = ["12-3456789", "98-7654321", "55-0011223"].map(Json::from);
    let places = [json!([-96.81, 32.71]), json!([-97.12, 31.52]), json!([-95.33, 29.74])];
    let texts = ["zqvno", "zqvyes, by phone", "zqvafter a long talk"].map(Json::from);
    // Their numbers of tokens are in one step.
    let answers = ["zqvno", "zqvyes", "zqvsome"].map(Json::from);
    let addresses = ["https://zqvno.example", "https://zqvya.example", "https://zqvso.example"].map(Json::from);
    let transition = |table, column, field: &'static str, first, second| Secret {
        owner: owner(table),
        column,
        name: field.to_owned(),
        written: Written::By(first, second, field),
        values: texts.to_vec(),
        search: None,
    };
    let mut secrets = vec![
        sealed("customer", "customer.name_sealed", "/name", words.clone(), Some("customer.name")),
        sealed("customer", "customer.contact_info", "/contactInfo/email", mails.clone(), Some("customer.email")),
        sealed("customer", "customer.contact_info", "/contactInfo/phone", phones.clone(), Some("customer.phone")),
        sealed(
            "customer",
            "customer.contact_info",
            "/contactInfo/primaryContact",
            words.clone(),
            Some("customer.primaryContact"),
        ),
        sealed("customer", "customer.emergency_contact", "/preferences/emergencyContact", words.clone(), None),
        sealed("customer", "customer.tax_id", "/taxId", numbers.clone(), None),
        sealed("customer", "customer.notes", "/notes", words.clone(), None),
        sealed("contact", "contact.name", "/name", words.clone(), Some("contact.name")),
        sealed("contact", "contact.email", "/email", mails, Some("contact.email")),
        sealed("contact", "contact.phone", "/phone", phones.clone(), Some("contact.phone")),
        sealed("contact", "contact.mobile", "/mobile", phones, Some("contact.mobile")),
        sealed("contact", "contact.notes", "/notes", words.clone(), None),
        sealed("address", "address.street", "/street", words.clone(), None),
        sealed("address", "address.street2", "/street2", words.clone(), None),
        sealed("address", "address.zip_code", "/zipCode", numbers, None),
        sealed("address", "address.coordinates", "/coordinates", places, None),
        sealed("address", "address.instructions", "/instructions", words, None),
        sealed("customer_asset", "customer_asset.notes", "/notes", texts.clone(), None),
        sealed("load", "load_stop.notes", "/stops/0/notes", texts.clone(), None),
        sealed("document", "document.title", "/title", answers.clone(), Some("document.title")),
        sealed("document", "document.link", "/link", addresses, None),
        transition("load", "load.cancel_reason", "reason", "loadCancel", "loadCancel"),
        transition("load", "load_status.note", "note", "loadCancel", "loadReopen"),
        sealed("service_record", "service_record.notes", "/notes", texts.clone(), None),
        transition(
            "service_record",
            "service_record.cancel_reason",
            "reason",
            "serviceRecordCancel",
            "serviceRecordCancel",
        ),
        transition(
            "equipment_schedule",
            "equipment_schedule.skip_reason",
            "reason",
            "equipmentScheduleSkip",
            "equipmentScheduleSkip",
        ),
        transition(
            "recurring_service",
            "recurring_service_exception.reason",
            "reason",
            "recurringServiceSkip",
            "recurringServiceSkip",
        ),
    ];
    for owner in OWNERS {
        let field = |kind: &str, values: Vec<Json>| Secret {
            owner,
            column: "custom_field_value.sealed",
            name: format!("{}_{kind}", owner.table),
            written: Written::CustomField,
            values,
            search: None,
        };
        secrets.push(field("flag", vec![json!(true), json!(false)]));
        secrets.push(field("plan", OPTIONS.map(Json::from).to_vec()));
        secrets.push(field("answer", answers.to_vec()));
    }
    secrets
}

/// The keys of the options of the custom fields for a plan.
pub const OPTIONS: [&str; 3] =
    ["a", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccccccccccccccccccccccccccccccccccccccc"];

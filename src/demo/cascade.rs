//! Cascade Climate & Rental: a service and rental company in the Northwest, with households, property managers and shops.

use entity::customer::{CommunicationMethod, Entity, Kind, Status};

use super::{Pick, Seed};
use crate::{
    domain::{
        address, contact,
        customer::{self, ContactInfoDraft, Nested, PreferencesDraft},
        value::Field,
    },
    error::Result,
    store::tenant::Draft,
};

/// The company.
pub fn tenant() -> Draft {
    Draft {
        slug: "cascade".to_owned(),
        name: "Cascade Climate & Rental".to_owned(),
        industries: vec!["SERVICE".to_owned()],
        country: "US".to_owned(),
        currency: "USD".to_owned(),
        time_zone: "America/Los_Angeles".to_owned(),
        weight_unit: "LB".to_owned(),
        distance_unit: "MI".to_owned(),
    }
}

/// Its data.
pub async fn fill(seed: &mut Seed) -> Result<()> {
    seed.each::<Entity>("customers", 60 * seed.scale, customer, async |tx, pick, index, reference| {
        customer::create(tx, draft(pick, index, reference)).await.map(drop)
    })
    .await
}

/// The external reference of a customer.
fn customer(index: u32) -> String {
    format!("demo-customer-{index}")
}

fn draft(pick: &mut Pick, index: u32, reference: String) -> customer::Draft {
    let kind = pick.one(&[Kind::Residential, Kind::Residential, Kind::Commercial, Kind::PropertyManager]);
    let person = pick.person();
    let name = match kind {
        Kind::Residential => person.clone(),
        Kind::PropertyManager => format!("{} Property Management", pick.one(NAMES)),
        _ => format!("{} {}", pick.one(NAMES), pick.one(&["Bakery", "Dental", "Brewing", "Cold Storage", "Hotel"])),
    };
    let mail = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    customer::Draft {
        external_reference: Field::Set(reference),
        name: Field::Set(name),
        kind: Field::Set(kind),
        status: Field::Set(pick.one(&[Status::Active, Status::Active, Status::Active, Status::Lead, Status::Inactive])),
        contact_info: Field::Set(ContactInfoDraft {
            email: Field::Set(format!("{mail}{index}@mail.example")),
            phone: Field::Set(pick.phone()),
            primary_contact: Field::Set(person.clone()),
        }),
        preferences: Field::Set(PreferencesDraft {
            preferred_service_window: Field::Set(pick.one(&["8am-12pm", "12pm-5pm", "8am-5pm", "weekends"]).to_owned()),
            communication_method: Field::Set(pick.one(&[
                CommunicationMethod::Email,
                CommunicationMethod::Phone,
                CommunicationMethod::Text,
            ])),
            emergency_contact: Field::Set(format!("{} {}", pick.person(), pick.phone())),
        }),
        notes: if pick.percent(25) {
            Field::Set(
                pick.one(&["Dog in the yard.", "Key under the mat.", "Ring twice.", "Gate code 4711."]).to_owned(),
            )
        } else {
            Field::Keep
        },
        addresses: Field::Set(vec![address(pick, index)]),
        contacts: Field::Set(contacts(pick, &person, &mail)),
        ..customer::Draft::default()
    }
}

fn address(pick: &mut Pick, index: u32) -> Nested<address::Draft> {
    let (city, state, zip, [longitude, latitude]) = pick.one(CITIES);
    let draft = address::Draft {
        external_reference: Field::Set(format!("demo-address-{index}")),
        kind: Field::Set(entity::address::Kind::Primary),
        street: Field::Set(pick.street()),
        city: Field::Set(city.to_owned()),
        state: Field::Set(state.to_owned()),
        zip_code: Field::Set(zip.to_owned()),
        country: Field::Set("US".to_owned()),
        coordinates: Field::Set([longitude, latitude]),
        instructions: if pick.percent(40) { Field::Set("Park in the alley.".to_owned()) } else { Field::Keep },
        ..address::Draft::default()
    };
    Nested { id: None, draft }
}

fn contacts(pick: &mut Pick, first: &str, mail: &str) -> Vec<Nested<contact::Draft>> {
    let mut list = vec![(first.to_owned(), "Owner", true)];
    if pick.percent(50) {
        list.push((pick.person(), pick.one(&["Tenant", "Janitor", "Office manager"]), false));
    }
    let contact = |(number, (name, role, primary)): (usize, (String, &str, bool))| {
        let draft = contact::Draft {
            name: Field::Set(name),
            role: Field::Set(role.to_owned()),
            email: Field::Set(format!("{mail}.{number}@mail.example")),
            mobile: Field::Set(pick.phone()),
            primary: Field::Set(primary),
            ..contact::Draft::default()
        };
        Nested { id: None, draft }
    };
    list.into_iter().enumerate().map(contact).collect()
}

const NAMES: &[&str] = &[
    "Alder",
    "Baker Street",
    "Cascade View",
    "Deschutes",
    "Evergreen",
    "Fremont",
    "Hawthorne",
    "Juniper",
    "Kelso",
    "Larch",
    "Mill Creek",
    "Northshore",
    "Olympic",
    "Pearl",
    "Rainier",
    "Skagit",
    "Tualatin",
    "Umpqua",
    "Willamette",
];
const CITIES: &[(&str, &str, &str, [f64; 2])] = &[
    ("Portland", "OR", "97209", [-122.6765, 45.5231]),
    ("Seattle", "WA", "98103", [-122.3321, 47.6062]),
    ("Tacoma", "WA", "98402", [-122.4443, 47.2529]),
    ("Eugene", "OR", "97401", [-123.0868, 44.0521]),
    ("Bend", "OR", "97701", [-121.3153, 44.0582]),
    ("Olympia", "WA", "98501", [-122.9007, 47.0379]),
];

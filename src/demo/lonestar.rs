//! Lonestar Freight: a trucking company in Texas, with shippers, consignees and brokers.

use entity::customer::{Entity, Kind, Status};

use super::{Pick, Seed};
use crate::{
    domain::{
        address, contact,
        customer::{self, ContactInfoDraft, Nested},
        value::Field,
    },
    error::Result,
    store::tenant::Draft,
};

/// The company.
pub fn tenant() -> Draft {
    Draft {
        slug: "lonestar".to_owned(),
        name: "Lonestar Freight".to_owned(),
        industries: vec!["TRUCKING".to_owned()],
        country: "US".to_owned(),
        currency: "USD".to_owned(),
        time_zone: "America/Chicago".to_owned(),
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
    let kind = pick.one(&[Kind::Shipper, Kind::Shipper, Kind::Consignee, Kind::Consignee, Kind::Broker]);
    let (trade, industry) = pick.one(TRADES);
    let name = match kind {
        Kind::Broker => format!("{} Logistics", pick.one(NAMES)),
        Kind::Consignee => format!("{} Distribution Center {}", pick.one(NAMES), index + 1),
        _ => format!("{} {trade}", pick.one(NAMES)),
    };
    let domain = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let person = pick.person();
    customer::Draft {
        external_reference: Field::Set(reference),
        name: Field::Set(name),
        kind: Field::Set(kind),
        status: Field::Set(pick.one(&[Status::Active, Status::Active, Status::Active, Status::OnHold, Status::Lead])),
        industry: Field::Set(industry.to_owned()),
        tags: if pick.percent(30) {
            Field::Set(vec![pick.one(&["vip", "net30", "reefer"]).to_owned()])
        } else {
            Field::Keep
        },
        contact_info: Field::Set(ContactInfoDraft {
            email: Field::Set(format!("freight@{domain}.example")),
            phone: Field::Set(pick.phone()),
            primary_contact: Field::Set(person.clone()),
        }),
        mc_number: if kind == Kind::Broker { Field::Set(format!("MC{}", 400_000 + index)) } else { Field::Keep },
        payment_terms_days: Field::Set(pick.one(&[15, 30, 30, 45])),
        addresses: Field::Set(addresses(pick, index)),
        contacts: Field::Set(contacts(pick, &person, &domain)),
        ..customer::Draft::default()
    }
}

fn addresses(pick: &mut Pick, index: u32) -> Vec<Nested<address::Draft>> {
    let kinds = [address_kind(pick), entity::address::Kind::Billing];
    let place = |(number, kind): (usize, entity::address::Kind)| {
        let (city, state, [longitude, latitude]) = pick.one(CITIES);
        let draft = address::Draft {
            external_reference: Field::Set(format!("demo-address-{index}-{number}")),
            kind: Field::Set(kind),
            street: Field::Set(pick.street()),
            city: Field::Set(city.to_owned()),
            state: Field::Set(state.to_owned()),
            zip_code: Field::Set(format!("7{:04}", pick.number(5000, 9999))),
            country: Field::Set("US".to_owned()),
            coordinates: Field::Set([longitude, latitude]),
            ..address::Draft::default()
        };
        Nested { id: None, draft }
    };
    kinds.into_iter().enumerate().map(place).collect()
}

fn address_kind(pick: &mut Pick) -> entity::address::Kind {
    pick.one(&[entity::address::Kind::Primary, entity::address::Kind::Shipping])
}

fn contacts(pick: &mut Pick, first: &str, domain: &str) -> Vec<Nested<contact::Draft>> {
    let mut list = vec![(first.to_owned(), pick.one(&["Traffic manager", "Owner", "Shipping clerk"]), true)];
    for _ in 0..pick.number(0, 3) {
        list.push((pick.person(), pick.one(&["Dock foreman", "Accounts payable", "Night guard", "Dispatcher"]), false));
    }
    let contact = |(number, (name, role, primary)): (usize, (String, &str, bool))| {
        let draft = contact::Draft {
            name: Field::Set(name),
            role: Field::Set(role.to_owned()),
            email: Field::Set(format!("contact{number}@{domain}.example")),
            phone: Field::Set(pick.phone()),
            primary: Field::Set(primary),
            ..contact::Draft::default()
        };
        Nested { id: None, draft }
    };
    list.into_iter().enumerate().map(contact).collect()
}

const NAMES: &[&str] = &[
    "Abilene",
    "Bluebonnet",
    "Brazos",
    "Caddo",
    "Concho",
    "Frontera",
    "Gulf Coast",
    "Guadalupe",
    "Llano",
    "Mesquite",
    "Nueces",
    "Panhandle",
    "Pecos",
    "Permian",
    "Red River",
    "Sabine",
    "San Jacinto",
    "Trinity",
    "Uvalde",
    "West Fork",
];
const TRADES: &[(&str, &str)] = &[
    ("Steel", "metals"),
    ("Produce", "food"),
    ("Paper Mills", "paper"),
    ("Building Supply", "construction"),
    ("Plastics", "chemicals"),
    ("Electronics", "electronics"),
    ("Feed & Grain", "agriculture"),
];
const CITIES: &[(&str, &str, [f64; 2])] = &[
    ("Dallas", "TX", [-96.797, 32.7767]),
    ("Houston", "TX", [-95.3698, 29.7604]),
    ("Laredo", "TX", [-99.5075, 27.5036]),
    ("El Paso", "TX", [-106.485, 31.7619]),
    ("Tulsa", "OK", [-95.9928, 36.154]),
    ("Shreveport", "LA", [-93.7502, 32.5252]),
    ("Memphis", "TN", [-90.049, 35.1495]),
    ("Albuquerque", "NM", [-106.6504, 35.0844]),
];

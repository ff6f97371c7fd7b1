//! The demo's customers, with their addresses and contacts.

use chrono::Weekday;
use domain::{
    address, contact,
    customer::{self, ContactInfoDraft, Nested, PreferencesDraft, ServiceWindowDraft},
    value::FieldUpdate,
};
use entity::{
    address::AddressType as AddressKind,
    custom_field_definition::OwnerType,
    customer::{CommunicationMethod, CustomerType, Entity, Status},
};
use error::Result;

use super::{
    company::{City, Company},
    pick::Pick,
    scope::Scope,
    seed::Seed,
};

/// The days of the week on which businesses are open.
const WORKDAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

/// The external reference of a customer.
pub fn reference(index: u32) -> String {
    format!("demo-customer-{index}")
}

/// The external reference of a customer's address; every customer has the address number 0.
pub fn address_reference(customer: u32, number: usize) -> String {
    format!("demo-address-{customer}-{number}")
}

/// The city of a customer's address number 0.
pub fn city(company: &Company, customer: u32) -> City {
    Pick::for_row("city", customer).one(company.cities)
}

/// Writes the customers.
pub async fn write(seed: &Seed) -> Result<()> {
    let scope = &seed.scope;
    seed.write_missing::<Entity>("customers", scope.customers(), reference, async |tx, pick, index| {
        customer::create(tx, draft(scope, pick, index)).await.map(drop)
    })
    .await
}

/// The windows of a text about them. Only the first customers have both; the others have the text only.
fn service_windows(text: &str, index: u32) -> FieldUpdate<Vec<ServiceWindowDraft>> {
    let (weekdays, from, until) = match text {
        _ if index >= 3 => return FieldUpdate::Keep,
        "8am-12pm" => (&WORKDAYS[..], "08:00", "12:00"),
        "12pm-5pm" => (&WORKDAYS[..], "12:00", "17:00"),
        "weekends" => (&[Weekday::Sat, Weekday::Sun][..], "08:00", "17:00"),
        _ => (&WORKDAYS[..], "08:00", "17:00"),
    };
    let (from, until) = (from.to_owned(), until.to_owned());
    FieldUpdate::Set(vec![ServiceWindowDraft { weekdays: weekdays.to_vec(), from, until }])
}

fn preferences(pick: &mut Pick, index: u32) -> PreferencesDraft {
    let window = pick.one(&["8am-12pm", "12pm-5pm", "8am-5pm", "weekends"]);
    PreferencesDraft {
        preferred_service_window: FieldUpdate::Set(window.to_owned()),
        service_windows: service_windows(window, index),
        communication_method: FieldUpdate::Set(pick.one(&[
            CommunicationMethod::Email,
            CommunicationMethod::Phone,
            CommunicationMethod::Text,
        ])),
        emergency_contact: FieldUpdate::Set(format!("{} {}", pick.person(), pick.phone())),
    }
}

fn draft(scope: &Scope, pick: &mut Pick, index: u32) -> customer::Draft {
    let company = scope.company;
    let customer_type = pick.one(company.customer_types);
    let person = pick.person();
    let name = (company.customer_name)(pick, customer_type, &person, index);
    let mail = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    customer::Draft {
        external_reference: FieldUpdate::Set(reference(index)),
        customer_type: FieldUpdate::Set(customer_type),
        status: FieldUpdate::Set(pick.one(&[
            Status::Active,
            Status::Active,
            Status::Active,
            Status::OnHold,
            Status::Lead,
        ])),
        industry: FieldUpdate::Set(pick.one(company.industries).to_owned()),
        tags: pick.some(30, |pick| vec![pick.one(company.tags).to_owned()]),
        contact_info: FieldUpdate::Set(ContactInfoDraft {
            email: FieldUpdate::Set(format!("office{index}@{mail}.example")),
            phone: FieldUpdate::Set(pick.phone()),
            primary_contact: FieldUpdate::Set(person.clone()),
        }),
        preferences: FieldUpdate::Set(preferences(pick, index)),
        mc_number: if customer_type == CustomerType::Broker {
            FieldUpdate::Set(format!("MC{}", 400_000 + index))
        } else {
            FieldUpdate::Keep
        },
        payment_terms_days: FieldUpdate::Set(pick.one(&[15, 30, 30, 45])),
        notes: pick.some(25, |pick| pick.one(company.notes).to_owned()),
        addresses: FieldUpdate::Set(addresses(company, pick, index)),
        contacts: FieldUpdate::Set(contacts(company, pick, &person, &mail)),
        custom_fields: (company.custom_field_values)(pick, &scope.calendar, OwnerType::Customer),
        name: FieldUpdate::Set(name),
        ..customer::Draft::default()
    }
}

fn addresses(company: &Company, pick: &mut Pick, index: u32) -> Vec<Nested<address::Draft>> {
    let customer_types =
        [AddressKind::Primary, pick.one(&[AddressKind::Shipping, AddressKind::Service]), AddressKind::Billing];
    let count = pick.one(&[1, 1, 2, 3]);
    let create = |(number, customer_type)| {
        let other = pick.one(company.cities);
        let city = if number == 0 { city(company, index) } else { other };
        let draft = address::Draft {
            external_reference: FieldUpdate::Set(address_reference(index, number)),
            address_type: FieldUpdate::Set(customer_type),
            street: FieldUpdate::Set(pick.street()),
            city: FieldUpdate::Set(city.name.to_owned()),
            state: FieldUpdate::Set(city.state.to_owned()),
            zip_code: FieldUpdate::Set(city.zip_code.to_owned()),
            country: FieldUpdate::Set("US".to_owned()),
            coordinates: FieldUpdate::Set(city.coordinates),
            time_zone: FieldUpdate::Set(city.zone.name().to_owned()),
            instructions: pick.some(40, |pick| pick.one(company.instructions).to_owned()),
            ..address::Draft::default()
        };
        Nested { id: None, draft }
    };
    customer_types.into_iter().take(count).enumerate().map(create).collect()
}

fn contacts(company: &Company, pick: &mut Pick, first: &str, mail: &str) -> Vec<Nested<contact::Draft>> {
    let mut list = vec![(first.to_owned(), pick.one(company.first_contact_roles), true)];
    for _ in 0..pick.number(0, 4) {
        list.push((pick.person(), pick.one(company.contact_roles), false));
    }
    let contact = |(number, (name, role, primary)): (usize, (String, &str, bool))| {
        let draft = contact::Draft {
            name: FieldUpdate::Set(name),
            role: FieldUpdate::Set(role.to_owned()),
            email: FieldUpdate::Set(format!("contact{number}@{mail}.example")),
            phone: FieldUpdate::Set(pick.phone()),
            mobile: pick.some(50, Pick::phone),
            primary: FieldUpdate::Set(primary),
            ..contact::Draft::default()
        };
        Nested { id: None, draft }
    };
    list.into_iter().enumerate().map(contact).collect()
}

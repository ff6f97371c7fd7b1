//! A company of the demo: the vocabulary and frequencies of its data.

use domain::custom_field::{Draft, NewField, ValueInput};
use entity::{customer::CustomerType, customer_asset::Relationship};
use store::tenant;

use super::pick::Pick;

/// A company. A list names a frequent item more than once.
pub struct Company {
    /// The slug of its tenant.
    pub slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// TRUCKING or SERVICE.
    pub industry: &'static str,
    /// Its IANA time zone.
    pub time_zone: &'static str,
    /// The types of its customers.
    pub customer_types: &'static [CustomerType],
    /// The name of a customer, from its type, its first contact and its index.
    pub customer_name: fn(&mut Pick, CustomerType, &str, u32) -> String,
    /// The industries of its customers.
    pub industries: &'static [&'static str],
    /// The tags of its customers.
    pub tags: &'static [&'static str],
    /// The notes about its customers.
    pub notes: &'static [&'static str],
    /// The roles of a customer's first contact.
    pub first_contact_roles: &'static [&'static str],
    /// The roles of the other contacts.
    pub contact_roles: &'static [&'static str],
    /// The cities of its customers.
    pub cities: &'static [City],
    /// The driver's instructions for an address.
    pub instructions: &'static [&'static str],
    /// Its equipment.
    pub equipment: &'static [Equipment],
    /// The relationships of its customers to the equipment.
    pub relationships: &'static [Relationship],
    /// Its service jobs.
    pub jobs: &'static [Job],
    /// Its freight.
    pub cargo: &'static [Cargo],
    /// The number of loads for ten customers.
    pub loads_per_ten_customers: u32,
    /// The number of service records for ten customers.
    pub services_per_ten_customers: u32,
    /// Its custom fields.
    pub custom_fields: fn() -> Vec<(NewField, Draft)>,
    /// The custom field values of a row of an entity.
    pub custom_field_values: fn(&mut Pick, entity::custom_field_definition::Owner) -> Vec<ValueInput>,
}

/// A city.
#[derive(Clone, Copy)]
pub struct City {
    /// Its name.
    pub name: &'static str,
    /// Its state.
    pub state: &'static str,
    /// A postal code of it.
    pub zip_code: &'static str,
    /// Longitude and latitude.
    pub coordinates: [f64; 2],
}

/// A model of equipment.
#[derive(Clone, Copy)]
pub struct Equipment {
    /// Its name.
    pub name: &'static str,
    /// Its category.
    pub category: &'static str,
    /// Its manufacturer.
    pub make: &'static str,
    /// The manufacturer's model.
    pub model: &'static str,
    /// The unit of its meter.
    pub meter_unit: &'static str,
}

/// A service job.
#[derive(Clone, Copy)]
pub struct Job {
    /// The service type.
    pub service_type: &'static str,
    /// The summary in one line.
    pub summary: &'static str,
    /// The technician's notes.
    pub notes: &'static str,
    /// Number, name and price in dollars of the part that it uses.
    pub part: (&'static str, &'static str, &'static str),
}

/// A type of freight.
#[derive(Clone, Copy)]
pub struct Cargo {
    /// The commodity.
    pub commodity: &'static str,
    /// The type of trailer.
    pub trailer: &'static str,
    /// The temperature in degrees Fahrenheit, for refrigerated freight.
    pub temperature: Option<&'static str>,
    /// Whether it is hazardous.
    pub hazmat: bool,
}

impl Company {
    /// The tenant of the company.
    pub fn tenant_draft(&self) -> tenant::Draft {
        tenant::Draft {
            slug: self.slug.to_owned(),
            name: self.name.to_owned(),
            industries: vec![self.industry.to_owned()],
            country: "US".to_owned(),
            currency: "USD".to_owned(),
            time_zone: self.time_zone.to_owned(),
            weight_unit: "LB".to_owned(),
            distance_unit: "MI".to_owned(),
        }
    }
}

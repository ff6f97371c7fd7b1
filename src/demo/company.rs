//! What a company of the demo is like: the words and shares its data is made of.

use domain::custom_field::{Draft, NewField, ValueInput};
use entity::{customer::CustomerType, customer_asset::Relationship};
use store::tenant;

use super::Pick;

/// A company. Where a list stands for a share, what is frequent stands in it more than once.
pub struct Company {
    /// Its name in tokens and commands.
    pub slug: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// TRUCKING or SERVICE.
    pub industry: &'static str,
    /// Where it is.
    pub time_zone: &'static str,
    /// The types of its customers.
    pub customer_types: &'static [CustomerType],
    /// What a customer is called: of a type, with a first contact and a number.
    pub called: fn(&mut Pick, CustomerType, &str, u32) -> String,
    /// What its customers are in.
    pub industries: &'static [&'static str],
    /// The tags it uses.
    pub tags: &'static [&'static str],
    /// What it notes about customers.
    pub notes: &'static [&'static str],
    /// What the first contact of a customer is.
    pub first_role: &'static [&'static str],
    /// What the other contacts are.
    pub roles: &'static [&'static str],
    /// Where its customers are.
    pub places: &'static [Place],
    /// What a driver should know about an address.
    pub instructions: &'static [&'static str],
    /// The equipment it keeps.
    pub equipment: &'static [Equipment],
    /// On what terms customers have it.
    pub terms: &'static [Relationship],
    /// The work it does.
    pub jobs: &'static [Job],
    /// What it moves.
    pub cargo: &'static [Cargo],
    /// How many loads, and how many service records, it has for ten customers.
    pub shares: (u32, u32),
    /// The custom fields it defined.
    pub fields: fn() -> Vec<(NewField, Draft)>,
    /// What a row of an entity has in them.
    pub values: fn(&mut Pick, entity::custom_field_definition::Owner) -> Vec<ValueInput>,
}

/// A city.
#[derive(Clone, Copy)]
pub struct Place {
    /// Its name.
    pub city: &'static str,
    /// Its state.
    pub state: &'static str,
    /// A postal code in it.
    pub zip: &'static str,
    /// Longitude and latitude.
    pub at: [f64; 2],
}

/// A kind of equipment.
#[derive(Clone, Copy)]
pub struct Equipment {
    /// What a piece is called.
    pub name: &'static str,
    /// What it is.
    pub category: &'static str,
    /// Who makes it.
    pub make: &'static str,
    /// The maker's model.
    pub model: &'static str,
    /// What its meter counts.
    pub meter: &'static str,
}

/// A kind of work.
#[derive(Clone, Copy)]
pub struct Job {
    /// The service type.
    pub service_type: &'static str,
    /// In one line.
    pub summary: &'static str,
    /// What was noted when it was done.
    pub notes: &'static str,
    /// Number, name and price in dollars of the part it takes.
    pub part: (&'static str, &'static str, &'static str),
}

/// A kind of freight.
#[derive(Clone, Copy)]
pub struct Cargo {
    /// What it is.
    pub commodity: &'static str,
    /// The trailer it takes.
    pub trailer: &'static str,
    /// What it is kept at, in degrees Fahrenheit.
    pub temperature: Option<&'static str>,
    /// Whether it is hazardous.
    pub hazmat: bool,
}

impl Company {
    /// The tenant it is.
    pub fn tenant(&self) -> tenant::Draft {
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

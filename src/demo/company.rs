//! A company of the demo: the vocabulary and frequencies of its data.

use chrono_tz::Tz;
use domain::custom_field::{Draft, NewField, ValueInput};
use entity::{
    custom_field_definition::OwnerType, customer::CustomerType, customer_asset::Relationship, rate::RateType,
};
use store::tenant;

use super::{calendar::Calendar, pick::Pick};

/// The radius of the earth in miles.
const EARTH_MILES: f64 = 3_959.0;
/// How much longer a road is than the straight line.
const ROAD_FACTOR: f64 = 1.2;

/// A company. A list names a frequent item more than once.
pub struct Company {
    /// The slug of its tenant.
    pub slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// TRUCKING or SERVICE.
    pub industry: &'static str,
    /// Its time zone.
    pub time_zone: Tz,
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
    /// Its service jobs.
    pub jobs: &'static [Job],
    /// Its freight.
    pub cargo: &'static [Cargo],
    /// What its work costs.
    pub tariffs: &'static [Tariff],
    /// The number of loads for ten customers.
    pub loads_per_ten_customers: u32,
    /// The number of service records for ten customers.
    pub services_per_ten_customers: u32,
    /// Its custom fields.
    pub custom_fields: fn() -> Vec<(NewField, Draft)>,
    /// The custom field values of a row of a type.
    pub custom_field_values: fn(&mut Pick, &Calendar, OwnerType) -> Vec<ValueInput>,
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
    /// Its time zone.
    pub zone: Tz,
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
    /// What its meter counts on an average day.
    pub meter_per_day: i32,
    /// The terms on which customers have it.
    pub relationships: &'static [Relationship],
}

/// A service job.
#[derive(Clone, Copy)]
pub struct Job {
    /// The names of the equipment that it is done on.
    pub equipment: &'static [&'static str],
    /// Whether it is the repair of a breakdown, for which somebody comes at any hour.
    pub is_repair: bool,
    /// The service type.
    pub service_type: &'static str,
    /// The summary in one line.
    pub summary: &'static str,
    /// The technician's notes.
    pub notes: &'static str,
    /// Number, name and price in dollars of the part that it uses.
    pub part: (&'static str, &'static str, &'static str),
}

/// What a unit of work costs.
#[derive(Clone, Copy)]
pub struct Tariff {
    /// Its name.
    pub name: &'static str,
    /// The unit.
    pub rate_type: RateType,
    /// The amount of a unit, in millionths of a dollar.
    pub amount: i64,
    /// For how many days a week of a rental is paid.
    pub weeks: Option<i64>,
    /// For how many days a month of a rental is paid.
    pub months: Option<i64>,
    /// The minimum in dollars.
    pub minimum: Option<i64>,
    /// The state where the lane begins.
    pub origin: Option<&'static str>,
    /// The state where the lane ends.
    pub destination: Option<&'static str>,
    /// The type of service.
    pub service_type: Option<&'static str>,
    /// The category of equipment.
    pub equipment_category: Option<&'static str>,
}

impl Tariff {
    /// A tariff of one unit, for all work.
    pub const fn new(name: &'static str, rate_type: RateType, amount: i64) -> Self {
        Self {
            name,
            rate_type,
            amount,
            weeks: None,
            months: None,
            minimum: None,
            origin: None,
            destination: None,
            service_type: None,
            equipment_category: None,
        }
    }
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
            time_zone: self.time_zone.name().to_owned(),
            weight_unit: "LB".to_owned(),
            distance_unit: "MI".to_owned(),
        }
    }
}

impl City {
    /// The miles by road to another city.
    pub fn miles_to(self, other: Self) -> i32 {
        let [[from_east, from_north], [to_east, to_north]] =
            [self.coordinates, other.coordinates].map(|degrees| degrees.map(f64::to_radians));
        let half_chord = ((to_north - from_north) / 2.0).sin().powi(2)
            + from_north.cos() * to_north.cos() * ((to_east - from_east) / 2.0).sin().powi(2);
        let miles = (2.0 * EARTH_MILES * half_chord.sqrt().asin() * ROAD_FACTOR).round();
        #[expect(clippy::cast_possible_truncation, reason = "no two places are further apart than half the earth")]
        let miles = miles as i32;
        miles
    }
}

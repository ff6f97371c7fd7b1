//! The rating of work: what decides its rate, and what is priced of it.

use chrono::{DateTime, Utc};
use sea_orm::prelude::Uuid;

use super::{
    accessorial::RequestedAccessorial,
    choice::{Place, Work},
    price::{self, Order, Quantity},
};
use crate::{local_time::zone, value::Decimal};

/// What a client says of the work, besides whom and what it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rating {
    /// When the rate must be in force; the scheduled pickup of a load where absent.
    pub at: Option<DateTime<Utc>>,
    /// The type of service.
    pub service_type: Option<String>,
    /// The quantity; distance and weight of a load where absent.
    pub quantity: Option<Quantity>,
    /// The price of fuel.
    pub fuel_price: Option<Decimal>,
    /// The accessorials that the work bears besides the automatic ones.
    pub accessorials: Vec<RequestedAccessorial>,
}

/// Whom and what the work is for.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// The customer.
    pub customer: Option<Uuid>,
    /// The lane, from origin to destination.
    pub lane: [Place; 2],
    /// The category of equipment.
    pub equipment_category: Option<String>,
    /// The quantities where the rating has none.
    pub quantities: Vec<Quantity>,
}

impl Rating {
    /// The work that a rate is chosen for, and what is priced of it, at a time. Fuel prices hold by the day of a time zone.
    pub fn work(self, subject: Subject, at: DateTime<Utc>, time_zone: &str) -> (Work, Order) {
        let quantities = self.quantity.map_or(subject.quantities, |quantity| vec![quantity]);
        let [origin, destination] = subject.lane;
        let work = Work {
            customer: subject.customer,
            origin,
            destination,
            service_type: self.service_type,
            equipment_category: subject.equipment_category,
            at,
            units: quantities.iter().copied().map(price::unit).collect(),
        };
        let order = Order {
            quantities,
            day: at.with_timezone(&zone(time_zone)).date_naive(),
            fuel_price: self.fuel_price,
            accessorials: self.accessorials,
        };
        (work, order)
    }
}

//! The rating of work: what decides its rate, and what is priced of it.

use chrono::{DateTime, Utc};

use super::{
    accessorial::RequestedAccessorial,
    choice::Work,
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

impl Rating {
    /// Completes work whose customer, lane, equipment and time are known, and tells what is priced of it. `quantities` are those
    /// of the work where the rating has none. Fuel prices hold by the day of a time zone.
    pub fn complete(self, work: Work, quantities: Vec<Quantity>, time_zone: &str) -> (Work, Order) {
        let quantities = self.quantity.map_or(quantities, |quantity| vec![quantity]);
        let units = quantities.iter().copied().map(price::unit).collect();
        let order = Order {
            quantities,
            day: work.at.with_timezone(&zone(time_zone)).date_naive(),
            fuel_price: self.fuel_price,
            accessorials: self.accessorials,
        };
        (Work { service_type: self.service_type, units, ..work }, order)
    }
}

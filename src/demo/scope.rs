//! What a row of the demo depends on besides its index: the company, its first day and the amount of data.

use super::{calendar::Calendar, company::Company};

/// The customers of a company at scale 1: more than the largest page of a list.
const CUSTOMERS_PER_SCALE: u32 = 120;
/// The technicians with a round of visits at scale 1.
const TECHNICIANS_PER_SCALE: u32 = 6;

/// The scope of one company's data.
pub struct Scope {
    /// The company.
    pub company: &'static Company,
    /// Its days and times.
    pub calendar: Calendar,
    /// Multiplies the data.
    pub scale: u32,
}

impl Scope {
    /// The number of customers.
    pub const fn customers(&self) -> u32 {
        CUSTOMERS_PER_SCALE * self.scale
    }

    /// The number of assets.
    pub const fn assets(&self) -> u32 {
        self.customers() * 2
    }

    /// The number of assets with an equipment schedule.
    pub const fn schedules(&self) -> u32 {
        self.assets() / 6
    }

    /// The number of loads.
    pub const fn loads(&self) -> u32 {
        self.customers() * self.company.loads_per_ten_customers / 10
    }

    /// The number of service records.
    pub const fn service_records(&self) -> u32 {
        self.customers() * self.company.services_per_ten_customers / 10
    }

    /// The number of technicians with a round of visits; those after them are on call.
    pub const fn technicians(&self) -> u32 {
        TECHNICIANS_PER_SCALE * self.scale
    }
}

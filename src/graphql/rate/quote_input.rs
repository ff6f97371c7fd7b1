//! What a client says of the work to price: its lane, its quantity and its accessorials.

use async_graphql::{InputObject, OneofObject};
use domain::{
    local_time::zone,
    rate::{accessorial::RequestedAccessorial, choice::Place, price::Quantity},
    value,
};
use entity::rate::RateType as StoredType;
use error::{Error, Result};

use crate::graphql::{
    load::LoadChargeType,
    scalar::{DateTime, Decimal},
};

/// An end of the lane of some work. A rate that asks for what is omitted does not match.
#[derive(Clone, Debug, Default, InputObject)]
pub struct LanePlaceInput {
    /// The zip code. Case, spaces and hyphens are ignored.
    zip_code: Option<String>,
    /// The state.
    state: Option<String>,
    /// The country, ISO 3166-1 alpha-2.
    country: Option<String>,
}

/// The lane of some work.
#[derive(Clone, Debug, Default, InputObject)]
pub struct LaneInput {
    /// Where it begins. Omitted: only rates for any origin match.
    origin: Option<LanePlaceInput>,
    /// Where it ends. Omitted: only rates for any destination match.
    destination: Option<LanePlaceInput>,
}

/// A rental, from one moment to another. A day that has begun in the tenant's time zone counts.
#[derive(Clone, Debug, InputObject)]
pub struct RentalPeriodInput {
    /// The beginning.
    from: DateTime,
    /// The end; later than `from`, by at most a hundred years.
    until: DateTime,
}

/// How much work there is. Only rates of its unit match, and FLAT.
#[derive(Clone, Debug, OneofObject)]
pub enum RateQuantityInput {
    /// Miles.
    Miles(Decimal),
    /// Kilometres.
    Km(Decimal),
    /// Hours.
    Hours(Decimal),
    /// Hundredweights: units of 100 pounds.
    Cwt(Decimal),
    /// Services.
    Services(Decimal),
    /// A rental, which takes the cheapest of months, weeks and days that cover it.
    Rental(RentalPeriodInput),
}

/// An accessorial that the work bears.
#[derive(Clone, Debug, InputObject)]
pub struct RequestedAccessorialInput {
    /// The type of charge of the rate's accessorial.
    r#type: LoadChargeType,
    /// The description of the rate's accessorial, compared without regard to case. Omitted: every accessorial of the type.
    description: Option<String>,
    /// The number of units, for example of hours; not negative. Defaults to 1.
    quantity: Option<Decimal>,
}

impl RequestedAccessorialInput {
    /// The accessorials of an input.
    pub fn list(inputs: Option<Vec<Self>>) -> Vec<RequestedAccessorial> {
        let read = |input: Self| RequestedAccessorial {
            charge_type: input.r#type.into(),
            description: input.description,
            quantity: input.quantity.map(|quantity| quantity.0),
        };
        inputs.unwrap_or_default().into_iter().map(read).collect()
    }
}

impl LaneInput {
    /// Where the lane begins and ends.
    pub fn ends(self) -> [Place; 2] {
        [self.origin, self.destination].map(|end| end.unwrap_or_default().place())
    }
}

impl LanePlaceInput {
    fn place(self) -> Place {
        Place { zip_code: self.zip_code, state: self.state, country: self.country }
    }
}

impl RateQuantityInput {
    /// The quantity; a rental in local times of the tenant's zone.
    pub fn read(self, time_zone: &str) -> Result<Quantity> {
        let units = |unit, Decimal(value): Decimal| match value {
            value::Decimal(..0) => Err(Error::BadInput(format!("quantity is not negative; {value} was given."))),
            value => Ok(Quantity::Units(unit, value)),
        };
        match self {
            Self::Miles(value) => units(StoredType::PerMile, value),
            Self::Km(value) => units(StoredType::PerKm, value),
            Self::Hours(value) => units(StoredType::PerHour, value),
            Self::Cwt(value) => units(StoredType::PerCwt, value),
            Self::Services(value) => units(StoredType::PerService, value),
            Self::Rental(period) => {
                if period.until.0 <= period.from.0 {
                    let message = format!("until ({}) is not later than from ({}).", period.until.0, period.from.0);
                    return Err(Error::BadInput(message));
                }
                let zone = zone(time_zone);
                let local = |at: DateTime| at.0.with_timezone(&zone).naive_local();
                Ok(Quantity::Rental(local(period.from), local(period.until)))
            }
        }
    }
}

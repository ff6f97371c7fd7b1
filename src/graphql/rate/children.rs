//! The parts of a rate: accessorials and bands of fuel prices.

use std::sync::Arc;

use async_graphql::Object;
use domain::value;
use entity::{rate_accessorial, rate_fuel_band};
use store::{Edge, edge};

use crate::graphql::{
    breadth_first::LevelObject,
    child_rows::ChildObject,
    load::LoadChargeType,
    scalar::{Date, Decimal},
};

/// What a rate adds for an additional service.
pub struct RateAccessorial(Arc<rate_accessorial::Model>);

impl LevelObject for RateAccessorial {}

impl ChildObject for RateAccessorial {
    type Entity = rate_accessorial::Entity;
    const EDGE: &'static Edge = &edge::RATE_ACCESSORIALS;
    const COLUMNS: &'static [rate_accessorial::Column] = {
        use rate_accessorial::Column as C;
        &[C::ChargeType, C::Description, C::Amount, C::Percent, C::Automatic]
    };

    fn of(row: Arc<rate_accessorial::Model>) -> Self {
        Self(row)
    }
}

/// What a rate adds for an additional service.
#[Object]
impl RateAccessorial {
    /// The type of the charge that it becomes.
    async fn r#type(&self) -> LoadChargeType {
        self.0.charge_type.into()
    }

    /// The description. Null if there is none.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The amount of a unit in major units of the rate's currency; negative for a credit. Null for a percentage.
    async fn amount(&self) -> Option<Decimal> {
        self.0.amount.map(value::Decimal).map(Decimal)
    }

    /// The percentage of the base, after the minimum has lifted it; negative for a credit. Null for an amount.
    async fn percent(&self) -> Option<Decimal> {
        self.0.percent.map(value::Decimal).map(Decimal)
    }

    /// Whether all work bears it. Otherwise only work that names it does.
    async fn automatic(&self) -> bool {
        self.0.automatic
    }
}

/// A band of fuel prices: it reaches up to the next one of its day.
pub struct RateFuelBand(Arc<rate_fuel_band::Model>);

impl LevelObject for RateFuelBand {}

impl ChildObject for RateFuelBand {
    type Entity = rate_fuel_band::Entity;
    const EDGE: &'static Edge = &edge::RATE_FUEL_BANDS;
    const COLUMNS: &'static [rate_fuel_band::Column] = {
        use rate_fuel_band::Column as C;
        &[C::EffectiveFrom, C::PriceFrom, C::Percent]
    };

    fn of(row: Arc<rate_fuel_band::Model>) -> Self {
        Self(row)
    }
}

/// A band of fuel prices: it reaches up to the next one of its day.
#[Object]
impl RateFuelBand {
    /// The first day on which the band holds, in the tenant's time zone; the bands of a later day replace all earlier ones.
    /// Null: always.
    async fn effective_from(&self) -> Option<Date> {
        self.0.effective_from.map(Date)
    }

    /// The least price of fuel, in the unit in which the tenant notes it.
    async fn price_from(&self) -> Decimal {
        Decimal(value::Decimal(self.0.price_from))
    }

    /// The fuel surcharge in percent.
    async fn percent(&self) -> Decimal {
        Decimal(value::Decimal(self.0.percent))
    }
}

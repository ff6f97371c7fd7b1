//! Rates: what a unit of work costs, for one customer or for all.

mod children;
mod mutation;
mod quote;
mod quote_input;

use std::sync::Arc;

use async_graphql::{Context, Enum, MergedObject, Object, SimpleObject};
use domain::value;
use entity::rate;
use error::Result;

use self::children::{RateAccessorial, RateFuelBand};
pub use self::{
    mutation::RateMutation,
    quote_input::{RateQuantityInput, RequestedAccessorialInput},
};
use super::{
    change::Change,
    child_rows::children,
    custom_field::CustomFieldValue,
    customer::{Customer, CustomerFilter},
    edges::{edges, roots},
    entity_object::entity_object,
    filter::{DateFilter, DecimalFilter, TextFilter, enum_filter, filter},
    load::{Load, LoadEdgeFilter},
    order::order,
    scalar::{Date, Decimal, Money},
};

/// The queries of rates.
#[derive(Default, MergedObject)]
pub struct RateQuery(RateRoots, quote::RateQuoteQuery);

/// The unit that the amount of a rate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "rate::RateType")]
pub enum RateType {
    /// The whole work, whatever its quantity.
    Flat,
    /// A mile.
    PerMile,
    /// A kilometre.
    PerKm,
    /// An hour.
    PerHour,
    /// A hundredweight: 100 pounds.
    PerCwt,
    /// A service.
    PerService,
    /// A day of a rental.
    PerDay,
    /// A week of a rental.
    PerWeek,
    /// A month of a rental.
    PerMonth,
}

enum_filter! { RateTypeFilter of RateType as rate::RateType; }

entity_object! {
    /// What a unit of work costs: for one customer or for all, on a lane, for a service or equipment, between two days. Two
    /// rates for the same work never hold at the same time. `rateFor` chooses among them.
    Rate of rate: RateFields, RateEdges, RateFilter, RateOrder;
    "type" => [RateType],
    "minimum" => [MinimumAmount, Currency],
    "origin" => [OriginZipPrefix, OriginState, OriginCountry],
    "destination" => [DestinationZipPrefix, DestinationState, DestinationCountry],
}

/// The fields of a rate, besides the common ones.
pub struct RateFields(Arc<rate::Model>);

/// An end of a lane.
#[derive(SimpleObject)]
pub struct LaneEnd {
    /// How its zip codes begin, in lower case, without spaces and hyphens. Null: all zip codes.
    zip_prefix: Option<String>,
    /// Its state, as entered. Null: all states.
    state: Option<String>,
    /// Its country, ISO 3166-1 alpha-2.
    country: String,
}

impl LaneEnd {
    /// The end of a row's three columns. None if all are null; a zip prefix and a state have their country.
    fn of(zip_prefix: Option<&String>, state: Option<&String>, country: Option<&String>) -> Option<Self> {
        Some(Self { zip_prefix: zip_prefix.cloned(), state: state.cloned(), country: country?.clone() })
    }
}

#[Object]
impl RateFields {
    /// The name. Null if there is none.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The unit that `amount` is for.
    async fn r#type(&self) -> RateType {
        self.0.rate_type.into()
    }

    /// The amount of a unit in major units of `currency`, with at most six digits after the point: more than money has.
    async fn amount(&self) -> Decimal {
        Decimal(value::Decimal(self.0.amount))
    }

    /// ISO 4217 currency code of all amounts of the rate.
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// The amount of a week of a rental, in major units of `currency`. Null if the rate has none of its own; then days count.
    async fn week_amount(&self) -> Option<Decimal> {
        self.0.week_amount.map(value::Decimal).map(Decimal)
    }

    /// The amount of a calendar month of a rental, in major units of `currency`. Null if the rate has none of its own; then
    /// weeks and days count.
    async fn month_amount(&self) -> Option<Decimal> {
        self.0.month_amount.map(value::Decimal).map(Decimal)
    }

    /// The least that the work costs before the fuel surcharge. Null if there is no minimum.
    async fn minimum(&self) -> Option<Money> {
        Money::of(self.0.minimum_amount, Some(&self.0.currency))
    }

    /// The fuel surcharge in percent of the price, after the minimum has lifted it. Null if there is none, or if the price of
    /// fuel decides.
    async fn fuel_surcharge(&self) -> Option<Decimal> {
        self.0.fuel_surcharge.map(value::Decimal).map(Decimal)
    }

    /// The fuel surcharge by the price of fuel, in the order of days and prices; at most 500 bands. Empty if the price of fuel
    /// does not decide.
    async fn fuel_surcharge_bands(&self, ctx: &Context<'_>) -> Result<Vec<RateFuelBand>> {
        children(ctx, self.0.id).await
    }

    /// What the rate adds for additional services; at most 50.
    async fn accessorials(&self, ctx: &Context<'_>) -> Result<Vec<RateAccessorial>> {
        children(ctx, self.0.id).await
    }

    /// Where the lane begins. Null: anywhere.
    async fn origin(&self) -> Option<LaneEnd> {
        let row = &self.0;
        LaneEnd::of(row.origin_zip_prefix.as_ref(), row.origin_state.as_ref(), row.origin_country.as_ref())
    }

    /// Where the lane ends. Null: anywhere.
    async fn destination(&self) -> Option<LaneEnd> {
        let row = &self.0;
        LaneEnd::of(
            row.destination_zip_prefix.as_ref(),
            row.destination_state.as_ref(),
            row.destination_country.as_ref(),
        )
    }

    /// The type of service for which the rate holds, compared without regard to case. Null: all.
    async fn service_type(&self) -> Option<&str> {
        self.0.service_type.as_deref()
    }

    /// The category of equipment for which the rate holds, compared without regard to case. Null: all.
    async fn equipment_category(&self) -> Option<&str> {
        self.0.equipment_category.as_deref()
    }

    /// The first day on which the rate holds, in the tenant's time zone when it was written. Null: always.
    async fn effective_from(&self) -> Option<Date> {
        self.0.effective_from.map(Date)
    }

    /// The last day on which the rate holds, in the tenant's time zone when it was written. Null: always.
    async fn effective_until(&self) -> Option<Date> {
        self.0.effective_until.map(Date)
    }
}

edges! {
    RateEdges of rate;
    many {
        /// The changes to the rate, by default in the order of `sequence`. Requires `change:read`.
        changes: RATE_CHANGES -> Change;
        /// The loads with charges of the rate. Requires `load:read`.
        loads: RATE_LOADS -> Load;
    }
    one {
        /// The customer for which the rate holds. Null: all customers. Requires `customer:read`.
        customer: RATE_CUSTOMER -> Customer;
    }
    custom_fields RATE_VALUES of Rate -> CustomFieldValue;
}

filter! {
    /// Conditions on rates. A record must meet all of them.
    RateFilter, RateEdgeFilter of rate with custom_fields of Rate;
    columns {
        /// Name of the rate.
        name: TextFilter => NameKey,
        /// Unit of the amount.
        r#type: RateTypeFilter => RateType,
        /// Amount of a unit.
        amount: DecimalFilter => Amount,
        /// Type of service; `isNull: true` matches rates of all services.
        service_type: TextFilter => ServiceTypeKey,
        /// Category of equipment; `isNull: true` matches rates of all equipment.
        equipment_category: TextFilter => EquipmentCategoryKey,
        /// First day.
        effective_from: DateFilter => EffectiveFrom,
        /// Last day.
        effective_until: DateFilter => EffectiveUntil,
    }
    personal {}
    many {
        /// Loads with charges of the rate.
        loads: LoadEdgeFilter => RATE_LOADS,
    }
    one {
        /// Customer for which the rate holds.
        customer: CustomerFilter => RATE_CUSTOMER,
    }
}

order! {
    /// A field of rates to sort by.
    RateOrder of rate with custom_fields of Rate;
    /// Name of the rate.
    Name => NameKey,
    /// Unit of the amount, alphabetically.
    Type => RateType,
    /// Amount of a unit.
    Amount => Amount,
    /// Type of service.
    ServiceType => ServiceTypeKey,
    /// Category of equipment.
    EquipmentCategory => EquipmentCategoryKey,
    /// First day.
    EffectiveFrom => EffectiveFrom,
    /// Last day.
    EffectiveUntil => EffectiveUntil,
}

roots! {
    RateRoots:
    /// Finds a rate by its id or a reference, live or deleted. Null if there is none. Requires `rate:read`.
    rate,
    /// Lists rates, including those that are not in force. Requires `rate:read`.
    rates -> Rate
}

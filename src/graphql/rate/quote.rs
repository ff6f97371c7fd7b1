//! The choice of a rate for some work, and its price.

use async_graphql::{Context, Enum, InputObject, Object, OneofObject, SimpleObject};
use chrono_tz::Tz;
use domain::{
    lookup::reference_filter,
    rate::{
        choice::{self, Place, Verdict, Work},
        price::{self, PartKind, Quantity},
    },
    reference::precedence,
    value,
};
use entity::{
    customer,
    rate::{Entity, Model, RateType as StoredType},
};
use error::{Error, Result};
use sea_orm::prelude::Uuid;
use store::{TenantTable, table::enum_text};

use super::Rate;
use crate::graphql::{
    context::ContextExt,
    entity_object::EntityObject,
    output_list::OutputList,
    row_size::RowSize,
    scalar::{DateTime, Decimal, Money, Ref},
};

/// The most rates that are compared.
const MAX_CANDIDATES: u64 = 100;

/// The choice of rates.
#[derive(Default)]
pub struct RateQuoteQuery;

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

/// What a part of a price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "PartKind")]
pub enum RateQuotePartType {
    /// The amount of the rate times the quantity; of a rental, the cheapest of months, weeks and days that cover it.
    Base,
    /// What the minimum of the rate adds to the base.
    Minimum,
    /// The fuel surcharge: a percentage of the base and of what the minimum adds.
    FuelSurcharge,
}

/// A part of a price.
#[derive(SimpleObject)]
pub struct RateQuotePart {
    /// What it is.
    r#type: RateQuotePartType,
    /// Its amount, rounded once, half away from zero, to minor units of the currency.
    amount: Money,
}

/// Why a rate is chosen or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Verdict")]
pub enum RateVerdict {
    /// It is the most specific rate.
    Chosen,
    /// The chosen rate is the customer's own; this one is of all customers.
    OtherCustomer,
    /// The chosen rate names the origin more precisely.
    BroaderOrigin,
    /// The chosen rate names the destination more precisely.
    BroaderDestination,
    /// The chosen rate names the category of equipment; this one is for all.
    AnyEquipment,
    /// The chosen rate names the type of service; this one is for all.
    AnyService,
    /// The chosen rate is of the quantity's unit; this one is FLAT.
    OtherUnit,
}

/// A rate that matches some work.
pub struct RateCandidate(Model, Verdict);

/// A rate that matches some work.
#[Object]
impl RateCandidate {
    /// The rate.
    async fn rate(&self) -> Rate {
        Rate::of(self.0.clone().into())
    }

    /// Why it is chosen or not.
    async fn verdict(&self) -> RateVerdict {
        self.1.into()
    }
}

/// The rate for some work, and what the work costs by it.
pub struct RateQuote {
    candidates: Vec<(Model, Verdict)>,
    parts: Option<price::Parts>,
}

/// The rate for some work, and what the work costs by it.
#[Object]
impl RateQuote {
    /// The chosen rate: the most specific one in force. A customer's own comes before one of all customers; then the origin
    /// decides, then the destination, the longest zip prefix before a state, a state before a country, a country before any;
    /// then the category of equipment, then the type of service.
    async fn rate(&self) -> Option<Rate> {
        self.candidates.first().map(|(row, _)| Rate::of(row.clone().into()))
    }

    /// The parts of the price, in the order in which they build on each other. Null without a quantity.
    async fn parts(&self) -> Option<OutputList<RateQuotePart>> {
        let part = |(kind, amount): &(PartKind, i64)| {
            Some(RateQuotePart { r#type: (*kind).into(), amount: self.money(*amount)? })
        };
        Some(self.parts.as_ref()?.iter().filter_map(part).collect())
    }

    /// The sum of the parts. Null without a quantity.
    async fn total(&self) -> Option<Money> {
        self.money(price::total(self.parts.as_ref()?)?)
    }

    /// All rates that match, the chosen one first, the others by what they are specific in.
    async fn candidates(&self) -> OutputList<RateCandidate> {
        self.candidates.iter().map(|(row, verdict)| RateCandidate(row.clone(), *verdict)).collect()
    }
}

impl RateQuote {
    fn money(&self, amount: i64) -> Option<Money> {
        Money::of(Some(amount), Some(&self.candidates.first()?.0.currency))
    }
}

#[Object]
impl RateQuoteQuery {
    /// Chooses the rate for some work and prices the work by it. Null if no rate matches. Rates of several units that match
    /// equally well are refused, unless `quantity` decides. Requires `rate:read`, and `customer:read` with a customer.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn rate_for(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer. Omitted: only rates of all customers match.")] customer: Option<Ref>,
        #[graphql(desc = "The lane. Omitted: only rates for any lane match.")] lane: Option<LaneInput>,
        #[graphql(desc = "The type of service. Omitted: only rates for all services match.")] service_type: Option<
            String,
        >,
        #[graphql(desc = "The category of equipment. Omitted: only rates for all equipment match.")]
        equipment_category: Option<String>,
        #[graphql(desc = "When the rate must be in force.")] at: DateTime,
        #[graphql(desc = "How much work there is. Omitted: the work has no price.")] quantity: Option<
            RateQuantityInput,
        >,
    ) -> Result<Option<RateQuote>> {
        let find = ctx.store().find::<Entity>()?;
        let customer = match &customer {
            Some(Ref(reference)) => Some(find_customer(ctx, reference).await?),
            None => None,
        };
        let lane = lane.unwrap_or_default();
        let quantity = quantity.map(|quantity| quantity.read(&ctx.store().tenant().row.time_zone)).transpose()?;
        let unit = quantity.map(price::unit);
        let work = Work {
            customer,
            origin: lane.origin.unwrap_or_default().place(),
            destination: lane.destination.unwrap_or_default().place(),
            service_type,
            equipment_category,
            at: at.0,
            unit,
        };
        let mut find = find.filter(choice::matching(&work));
        find.size = MAX_CANDIDATES;
        let page = ctx.store().page(&find).await?;
        if page.has_more {
            let message = format!("More than {MAX_CANDIDATES} rates match; say more of the work.");
            return Err(Error::BadInput(message));
        }
        let rows: Vec<_> = page.rows.iter().map(|(row, _)| (**row).clone()).collect();
        ctx.spend(rows.len() as u64, page.bytes, || RowSize::of(ctx.field().selection_set(), Rate::EDGES)).await;
        let candidates = choice::choose(rows, unit).map_err(|rates| undecided(&rates))?;
        let Some((chosen, _)) = candidates.first() else { return Ok(None) };
        let parts = match quantity {
            Some(quantity) => {
                let unpriced = || {
                    Error::BadInput("The price of the quantity is beyond what can be kept, or the rental longer than a hundred years.".to_owned())
                };
                Some(price::price(chosen, quantity).ok_or_else(unpriced)?)
            }
            None => None,
        };
        Ok(Some(RateQuote { candidates, parts }))
    }
}

/// The id of the live customer that a reference names.
async fn find_customer(ctx: &Context<'_>, reference: &str) -> Result<Uuid> {
    let meant = reference_filter::<customer::Entity>([reference]);
    let page = ctx.store().page(&ctx.store().find::<customer::Entity>()?.filter(meant)).await?;
    let rows = page.rows.iter().map(|(row, _)| row);
    let found = rows.min_by_key(|row| precedence::<customer::Entity>(row, reference));
    found.map(|row| row.id).ok_or_else(|| {
        let message = format!(
            "customer: \"{reference}\" is neither the id, the external reference nor the number of a customer."
        );
        Error::BadInput(message)
    })
}

/// Two rates match equally well.
fn undecided(rates: &[Model; 2]) -> Error {
    let [first, second] =
        rates.each_ref().map(|rate| format!("{} ({})", Entity::TABLE.encode_id(rate.id), enum_text(&rate.rate_type)));
    Error::BadInput(format!("The rates {first} and {second} match equally well; give a quantity, whose unit decides."))
}

impl LanePlaceInput {
    fn place(self) -> Place {
        Place { zip_code: self.zip_code, state: self.state, country: self.country }
    }
}

impl RateQuantityInput {
    /// The quantity; a rental in local times of the tenant's zone.
    fn read(self, time_zone: &str) -> Result<Quantity> {
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
                let zone: Tz = time_zone.parse().unwrap_or(Tz::UTC);
                let local = |at: DateTime| at.0.with_timezone(&zone).naive_local();
                Ok(Quantity::Rental(local(period.from), local(period.until)))
            }
        }
    }
}

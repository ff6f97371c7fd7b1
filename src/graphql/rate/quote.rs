//! The choice of a rate for some work, and its price.

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::{
    load::rating,
    lookup::reference_filter,
    rate::{
        choice::{self, MAX_CANDIDATES, Verdict, Work},
        fuel::{FuelBasis, FuelSurcharge},
        price::{self, Order, Part, PartKind, Price, Terms},
        rating::Rating,
        refusal::Refusal,
    },
    reference::precedence,
};
use entity::{
    address, customer, load,
    rate::{Entity, Model},
    rate_accessorial, rate_fuel_band,
};
use error::{Error, Result};
use sea_orm::{Iterable, prelude::Uuid};
use store::{Deleted, Edge, TenantTable, edge};

use super::{
    Rate,
    quote_input::{LaneInput, RateQuantityInput, RequestedAccessorialInput},
};
use crate::graphql::{
    child_rows::child_rows,
    context::ContextExt,
    entity_object::EntityObject,
    load::LoadChargeType,
    output_list::OutputList,
    row_size::RowSize,
    scalar::{DateTime, Decimal, Money, Ref},
};

/// The choice of rates.
#[derive(Default)]
pub struct RateQuoteQuery;

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
    /// An accessorial: an amount times its quantity, or a percentage of the base and of what the minimum adds. It bears no fuel
    /// surcharge.
    Accessorial,
}

/// A part of a price.
#[derive(SimpleObject)]
pub struct RateQuotePart {
    /// What it is.
    r#type: RateQuotePartType,
    /// The type of the charge that it becomes by `loadRate`.
    charge_type: LoadChargeType,
    /// What it is, in words. Null if there are none.
    description: Option<String>,
    /// The quantity. 1 for parts that are a percentage, and for a rental.
    quantity: Decimal,
    /// The price of one unit in major units.
    unit_amount: Decimal,
    /// `quantity` times `unitAmount`, rounded once, half away from zero, to minor units of the currency.
    amount: Option<Money>,
}

/// Where a fuel surcharge comes from, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "FuelBasis")]
pub enum RateFuelSurchargeBasis {
    /// The rate has no fuel surcharge.
    NoSurcharge,
    /// The rate fixes the percentage.
    Fixed,
    /// The price of fuel is in a band of the rate.
    Band,
    /// The price of fuel is below the lowest band of the rate.
    BelowBands,
    /// The first bands of the rate hold from a later day on.
    BeforeBands,
}

/// The fuel surcharge of some work.
#[derive(SimpleObject)]
pub struct RateQuoteFuelSurcharge {
    /// The percentage; 0 where there is none.
    percent: Decimal,
    /// Where it comes from, or why there is none.
    basis: RateFuelSurchargeBasis,
}

impl From<FuelSurcharge> for RateQuoteFuelSurcharge {
    fn from(surcharge: FuelSurcharge) -> Self {
        Self { percent: Decimal(surcharge.percent), basis: surcharge.basis.into() }
    }
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
    price: Option<Price>,
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

    /// The parts of the price, in the order in which they build on each other: the minimum lifts the base, the fuel surcharge is
    /// of the lifted base, accessorials bear none. Null if the quantity of the rate's unit is not known.
    async fn parts(&self) -> Option<OutputList<RateQuotePart>> {
        let part = |part: &Part| RateQuotePart {
            r#type: part.kind.into(),
            charge_type: part.charge_type.into(),
            description: part.description.clone(),
            quantity: Decimal(part.quantity),
            unit_amount: Decimal(part.unit_amount),
            amount: self.money(part.amount),
        };
        Some(self.price.as_ref()?.parts.iter().map(part).collect())
    }

    /// The fuel surcharge. Null if the quantity of the rate's unit is not known.
    async fn fuel_surcharge(&self) -> Option<RateQuoteFuelSurcharge> {
        self.price.as_ref().map(|price| price.fuel_surcharge.into())
    }

    /// The sum of the parts. Null if the quantity of the rate's unit is not known.
    async fn total(&self) -> Option<Money> {
        self.money(self.price.as_ref()?.total)
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
    /// equally well are refused, unless `quantity` decides. Requires `rate:read`, `customer:read` with a customer, and
    /// `load:read`, `address:read` and `pii:read` with a load, whose zip codes decide.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn rate_for(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer. Omitted: only rates of all customers match.")] customer: Option<Ref>,
        #[graphql(
            desc = "The load, which gives customer, lane, category of equipment, time (its scheduled pickup) and quantities \
                    (its distance and its weight). Cannot be combined with `customer`, `lane` and `equipmentCategory`."
        )]
        load: Option<Ref>,
        #[graphql(desc = "The lane. Omitted: only rates for any lane match.")] lane: Option<LaneInput>,
        #[graphql(desc = "The type of service. Omitted: only rates for all services match.")] service_type: Option<
            String,
        >,
        #[graphql(desc = "The category of equipment. Omitted: only rates for all equipment match.")]
        equipment_category: Option<String>,
        #[graphql(desc = "When the rate must be in force. Required, unless a load has a scheduled pickup.")] at: Option<
            DateTime,
        >,
        #[graphql(
            desc = "How much work there is. Omitted: only a FLAT rate has a price, unless a load gives the quantity."
        )]
        quantity: Option<RateQuantityInput>,
        #[graphql(
            desc = "The price of fuel, in the unit and currency of the rate's bands. Required where the rate has bands."
        )]
        fuel_price: Option<Decimal>,
        #[graphql(
            desc = "The accessorials that the work bears besides the automatic ones, and the quantities of both."
        )]
        accessorials: Option<Vec<RequestedAccessorialInput>>,
    ) -> Result<Option<RateQuote>> {
        let find = ctx.store().find::<Entity>()?;
        let time_zone = ctx.store().tenant().row.time_zone.clone();
        let rating = Rating {
            at: at.map(|at| at.0),
            service_type,
            quantity: quantity.map(|quantity| quantity.read(&time_zone)).transpose()?,
            fuel_price: fuel_price.map(|price| price.0),
            accessorials: RequestedAccessorialInput::list(accessorials),
        };
        let (work, order) = match load {
            Some(_) if customer.is_some() || lane.is_some() || equipment_category.is_some() => {
                let message = "A load gives customer, lane and equipmentCategory; leave them out.";
                return Err(Error::BadInput(message.to_owned()));
            }
            Some(Ref(load)) => Box::pin(load_work(ctx, &load, rating, &time_zone)).await?,
            None => {
                let customer = match &customer {
                    Some(Ref(reference)) => Some(find_row::<customer::Entity>(ctx, "customer", reference).await?.id),
                    None => None,
                };
                let Some(at) = rating.at else {
                    return Err(Error::BadInput("at: say when the rate must be in force.".to_owned()));
                };
                let [origin, destination] = lane.unwrap_or_default().ends();
                let work = Work { customer, origin, destination, equipment_category, at, ..Work::default() };
                rating.complete(work, Vec::new(), &time_zone)
            }
        };
        let mut find = find.filter(choice::matching(&work));
        find.size = MAX_CANDIDATES as u64 + 1;
        let page = ctx.store().page(&find).await?;
        let rows: Vec<_> = page.rows.iter().map(|(row, _)| (**row).clone()).collect();
        ctx.spend(rows.len() as u64, page.bytes, || RowSize::of(ctx.field().selection_set(), Rate::EDGES)).await;
        let candidates = choice::choose(rows, &work.units).map_err(refuse)?;
        let Some((rate, _)) = candidates.first() else { return Ok(None) };
        let terms = Terms {
            rate: rate.clone(),
            accessorials: children_of_rate::<rate_accessorial::Entity>(ctx, &edge::RATE_ACCESSORIALS, rate.id).await?,
            fuel_bands: children_of_rate::<rate_fuel_band::Entity>(ctx, &edge::RATE_FUEL_BANDS, rate.id).await?,
        };
        let price = price::price(&terms, &order).map_err(refuse)?;
        Ok(Some(RateQuote { candidates, price }))
    }
}

/// The work that a load is.
async fn load_work(ctx: &Context<'_>, reference: &str, rating: Rating, time_zone: &str) -> Result<(Work, Order)> {
    // The choice would tell how a zip code begins.
    ctx.store().caller().require(access::Action::PiiRead)?;
    let load = find_row::<load::Entity>(ctx, "load", reference).await?;
    let ids = [load.pickup_location_id, load.delivery_location_id];
    let find = ctx.store().find::<address::Entity>()?.deleted(Deleted::Include).ids(ids.into_iter().flatten());
    let page = ctx.store().page(&find).await?;
    let mut ends = [const { None }; 2];
    for (end, id) in ends.iter_mut().zip(ids) {
        let Some((row, _)) = page.rows.iter().find(|(row, _)| Some(row.id) == id) else { continue };
        *end = Some(rating::place(row, ctx.open(&**row, address::Column::ZipCode).await?));
    }
    rating::work(&load, ends.map(Option::unwrap_or_default), rating, time_zone).map_err(refuse)
}

/// The live row that a reference names.
async fn find_row<E: TenantTable>(
    ctx: &Context<'_>,
    argument: &str,
    reference: &str,
) -> Result<std::sync::Arc<E::Model>> {
    let page = ctx.store().page(&ctx.store().find::<E>()?.filter(reference_filter::<E>([reference]))).await?;
    let found = page.rows.iter().map(|(row, _)| row).min_by_key(|row| precedence::<E>(row, reference));
    found.cloned().ok_or_else(|| {
        let message = format!(
            "{argument}: \"{reference}\" is neither the id, the external reference nor the number of a {argument}."
        );
        Error::BadInput(message)
    })
}

/// The child rows of the chosen rate, by position.
async fn children_of_rate<E: TenantTable>(ctx: &Context<'_>, edge: &'static Edge, rate: Uuid) -> Result<Vec<E::Model>> {
    let columns: Vec<_> = E::Column::iter().collect();
    let rows = child_rows::<E>(ctx, edge, rate, &columns).await?;
    Ok(rows.iter().map(|row| (**row).clone()).collect())
}

fn refuse(refusal: Refusal) -> Error {
    Error::BadInput(format!("{}: {}", refusal.field, refusal.message))
}

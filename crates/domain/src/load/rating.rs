//! The rating of loads: the rate for a load, and the charges that its price becomes.

use chrono::SecondsFormat;
use entity::{
    address,
    load::Model,
    load_charge,
    rate::{self, RateType},
    rate_accessorial, rate_fuel_band,
};
use error::{Code, Result};
use sea_orm::prelude::Uuid;
use store::{Edge, TenantTable, Tx, edge, table::enum_text};

use super::charge;
use crate::{
    child_rows::{ChildRows, of_owner},
    rate::{
        choice::{self, MAX_CANDIDATES, Place, Work},
        price::{self, Order, Price, Quantity, Terms},
        rating::Rating,
        refusal::Refusal,
    },
    validator::Validator,
    value::{Decimal, rounded_quotient},
};

/// Pounds of a kilogram, in hundred-millionths: the international pound is 0.45359237 kg.
const POUNDS_OF_A_KILOGRAM: i128 = 220_462_262;

/// The work that a load is, and what is priced of it.
pub fn work(
    load: &Model,
    [origin, destination]: [Place; 2],
    rating: Rating,
    time_zone: &str,
) -> Result<(Work, Order), Refusal> {
    let Some(at) = rating.at.or(load.scheduled_pickup) else {
        let message = "A load is priced at its scheduled pickup, and this one has none; give at.";
        return Err(Refusal::new("at", message.to_owned()));
    };
    let work = Work {
        customer: Some(load.customer_id),
        origin,
        destination,
        equipment_category: load.equipment_type.clone(),
        at,
        ..Work::default()
    };
    Ok(rating.complete(work, quantities(load), time_zone))
}

/// The quantities of a load: its distance in its own unit, and its weight in hundredweights.
fn quantities(load: &Model) -> Vec<Quantity> {
    let unit = if load.distance_unit.as_deref() == Some("KM") { RateType::PerKm } else { RateType::PerMile };
    let distance = load.distance.map(|distance| Quantity::Units(unit, Decimal(distance)));
    let weight = load.weight.and_then(|weight| match load.weight_unit.as_deref() {
        Some("KG") => rounded_quotient(i128::from(weight) * POUNDS_OF_A_KILOGRAM, 10_000_000_000),
        _ => rounded_quotient(i128::from(weight), 100),
    });
    let weight = weight.map(|weight| Quantity::Units(RateType::PerCwt, Decimal(weight)));
    distance.into_iter().chain(weight).collect()
}

/// The place of an address, with its zip code opened.
pub fn place(address: &address::Model, zip_code: Option<String>) -> Place {
    Place { zip_code, state: address.state.clone(), country: address.country.clone() }
}

/// Replaces the charges of a load that come from a rate by those of its rate now. The charges that a client wrote stay.
pub async fn apply(
    tx: &Tx,
    validator: &mut Validator,
    rating: Rating,
    charges: &mut ChildRows<load_charge::Entity>,
    row: &mut Model,
) -> Result<()> {
    match rate(tx, rating, row).await? {
        Ok((rate, price)) => {
            let written = charges.after.drain(..).filter(|charge| charge.rate_id.is_none());
            charges.after = lines(&rate, price).chain(written).collect();
            validator.check_max_items("charges", charges.after.len(), charge::MAX_CHARGES);
            charge::sum(validator, &charges.after, row);
        }
        Err((code, refusal)) => validator.fail(code, refusal.field, refusal.message),
    }
    Ok(())
}

/// The rate of a load and its price, or why it has none.
async fn rate(
    tx: &Tx,
    rating: Rating,
    load: &Model,
) -> Result<std::result::Result<(rate::Model, Price), (Code, Refusal)>> {
    let lane = [place_of(tx, load.pickup_location_id).await?, place_of(tx, load.delivery_location_id).await?];
    let (work, order) = match work(load, lane, rating, &tx.tenant().time_zone) {
        Ok(found) => found,
        Err(refusal) => return Ok(Err((Code::Invalid, refusal))),
    };
    let mut find = tx.find::<rate::Entity>()?.filter(choice::matching(&work));
    find.size = MAX_CANDIDATES as u64 + 1;
    let chosen = choice::choose(tx.all(&find).await?, &work.units).map(|rates| rates.into_iter().next());
    let rate = match chosen {
        Ok(Some((rate, _))) => rate,
        Ok(None) => {
            let at = work.at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            let message = format!("No rate matches the load at {at}: its customer, lane, equipment and quantities.");
            return Ok(Err((Code::NotFound, Refusal::new("id", message))));
        }
        Err(refusal) => return Ok(Err((Code::Invalid, refusal))),
    };
    let terms = Terms {
        accessorials: child_rows::<rate_accessorial::Entity>(tx, &edge::RATE_ACCESSORIALS, rate.id).await?,
        fuel_bands: child_rows::<rate_fuel_band::Entity>(tx, &edge::RATE_FUEL_BANDS, rate.id).await?,
        rate,
    };
    Ok(match price::price(&terms, &order) {
        Ok(Some(price)) => Ok((terms.rate, price)),
        Ok(None) => {
            let (id, unit) = (rate::Entity::TABLE.encode_id(terms.rate.id), enum_text(&terms.rate.rate_type));
            let message = format!("The rate {id} is {unit}, and the load has no such quantity; give quantity.");
            Err((Code::Required, Refusal::new("quantity", message)))
        }
        Err(refusal) => Err((Code::Invalid, refusal)),
    })
}

/// The charges that the parts of a price become.
fn lines(rate: &rate::Model, price: Price) -> impl Iterator<Item = load_charge::Model> {
    price.parts.into_iter().map(|part| load_charge::Model {
        charge_type: part.charge_type,
        description: part.description,
        quantity: part.quantity.0,
        unit_amount: part.unit_amount.0,
        amount: part.amount,
        currency: rate.currency.clone(),
        rate_id: Some(rate.id),
        ..load_charge::Model::default()
    })
}

/// The place of a load's address; one that matches only rates for any place, where the address is unknown.
async fn place_of(tx: &Tx, address: Option<Uuid>) -> Result<Place> {
    let Some(id) = address else { return Ok(Place::default()) };
    let rows = tx.all(&tx.find_unrestricted::<address::Entity>().ids([id])).await?;
    let Some(row) = rows.first() else { return Ok(Place::default()) };
    let zip_code = match &row.zip_code {
        Some(sealed) => Some(tx.open::<address::Entity>(row, "zip_code", sealed).await?),
        None => None,
    };
    Ok(place(row, zip_code))
}

async fn child_rows<E: TenantTable>(tx: &Tx, edge: &'static Edge, rate: Uuid) -> Result<Vec<E::Model>> {
    tx.all(&of_owner(tx.find::<E>()?, edge, rate)?).await
}

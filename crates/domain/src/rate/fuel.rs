//! Fuel surcharges: a percentage that a rate fixes, or that the price of fuel decides by bands.

use chrono::NaiveDate;
use entity::{
    rate,
    rate_fuel_band::{Entity, Model},
};
use error::Code;

use super::refusal::Refusal;
use crate::{
    child_rows::ChildRows,
    validator::Validator,
    value::{Decimal, FieldUpdate},
};

/// The highest fuel surcharge, in millionths of a percent.
pub const MAX_FUEL_SURCHARGE: i64 = 1_000_000_000;

/// The most bands of a rate.
const MAX_BANDS: usize = 500;

/// A band of fuel prices, as a client writes it: it reaches up to the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FuelBandDraft {
    /// The first day on which it holds; none: always.
    pub effective_from: Option<NaiveDate>,
    /// The least price of fuel.
    pub price_from: Decimal,
    /// The surcharge in percent.
    pub percent: Decimal,
}

/// Where a fuel surcharge comes from, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FuelBasis {
    /// The rate has no fuel surcharge.
    NoSurcharge,
    /// The rate fixes the percentage.
    Fixed,
    /// The price of fuel is in a band.
    Band,
    /// The price of fuel is below the lowest band.
    BelowBands,
    /// The first bands hold from a later day on.
    BeforeBands,
}

/// The fuel surcharge of some work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FuelSurcharge {
    /// In percent of the base; zero, where there is none.
    pub percent: Decimal,
    /// Where it comes from.
    pub basis: FuelBasis,
}

/// Reads the bands of an input, in the order of their days and prices. A rate has bands or a fixed percentage.
pub fn apply(
    validator: &mut Validator,
    update: FieldUpdate<Vec<FuelBandDraft>>,
    list: &mut ChildRows<Entity>,
    row: &rate::Model,
) {
    if let Some(drafts) = update.list() {
        validator.check_max_items("fuelSurchargeBands", drafts.len(), MAX_BANDS);
        list.after = validator.within("fuelSurchargeBands", |validator| {
            let drafts = drafts.into_iter().enumerate();
            drafts.map(|(index, draft)| validator.within(index, |validator| read(validator, &draft))).collect()
        });
        list.after.sort_by_key(key);
        let same = |pair: &[Model]| matches!(pair, [one, next] if key(one) == key(next));
        if let Some((from, price)) =
            list.after.windows(2).find(|pair| same(pair)).and_then(|pair| pair.first()).map(key)
        {
            let since = from.map(|day| format!(" since {day}")).unwrap_or_default();
            let message = format!("Two bands{since} begin at {}; a band reaches up to the next one.", Decimal(price));
            validator.fail(Code::Invalid, "fuelSurchargeBands", message);
        }
    }
    if row.fuel_surcharge.is_some() && !list.after.is_empty() {
        let message = "A rate has a fixed fuelSurcharge or fuelSurchargeBands, not both; set the other one to null.";
        validator.fail(Code::Invalid, "fuelSurchargeBands", message);
    }
}

/// The order of bands: those without a first day, which have always held, come first.
fn key(band: &Model) -> (Option<NaiveDate>, i64) {
    (band.effective_from, band.price_from)
}

fn read(validator: &mut Validator, draft: &FuelBandDraft) -> Model {
    if draft.price_from.0 < 0 {
        validator.fail(Code::OutOfRange, "priceFrom", "priceFrom cannot be negative.");
    }
    if !(0..=MAX_FUEL_SURCHARGE).contains(&draft.percent.0) {
        let message = format!("percent is from 0 to {}; {} was given.", Decimal(MAX_FUEL_SURCHARGE), draft.percent);
        validator.fail(Code::OutOfRange, "percent", message);
    }
    Model {
        effective_from: draft.effective_from,
        price_from: draft.price_from.0,
        percent: draft.percent.0,
        ..Model::default()
    }
}

/// The fuel surcharge of a rate on a day, at a price of fuel. The bands of the latest day that has come replace all earlier
/// ones.
pub fn surcharge(
    rate: &rate::Model,
    bands: &[Model],
    day: NaiveDate,
    price: Option<Decimal>,
) -> Result<FuelSurcharge, Refusal> {
    let none = |basis| FuelSurcharge { percent: Decimal(0), basis };
    if let Some(percent) = rate.fuel_surcharge {
        return Ok(FuelSurcharge { percent: Decimal(percent), basis: FuelBasis::Fixed });
    }
    if bands.is_empty() {
        return Ok(none(FuelBasis::NoSurcharge));
    }
    let in_force =
        bands.iter().map(|band| band.effective_from).filter(|from| from.is_none_or(|from| from <= day)).max();
    let Some(in_force) = in_force else { return Ok(none(FuelBasis::BeforeBands)) };
    let Some(price) = price else {
        let message = "The fuel surcharge of the rate depends on the price of fuel; give fuelPrice.";
        return Err(Refusal::new("fuelPrice", message.to_owned()));
    };
    let reached = |band: &&Model| band.effective_from == in_force && band.price_from <= price.0;
    Ok(match bands.iter().filter(reached).max_by_key(|band| band.price_from) {
        Some(band) => FuelSurcharge { percent: Decimal(band.percent), basis: FuelBasis::Band },
        None => none(FuelBasis::BelowBands),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(from: Option<&str>, price: i64, percent: i64) -> Model {
        let effective_from = from.map(|day| day.parse().unwrap());
        Model { effective_from, price_from: price * 1_000, percent: percent * 1_000_000, ..Model::default() }
    }

    #[test]
    fn a_band_reaches_up_to_the_next_one_and_the_last_one_has_no_end() {
        let rate = rate::Model::default();
        let bands = [band(None, 3_000, 12), band(None, 3_500, 14), band(Some("2024-06-01"), 3_000, 20)];
        let percent = |day: &str, price: i64| {
            let found = surcharge(&rate, &bands, day.parse().unwrap(), Some(Decimal(price * 1_000))).unwrap();
            (found.percent.0 / 1_000_000, found.basis)
        };
        assert_eq!(percent("2024-05-31", 3_495), (12, FuelBasis::Band));
        assert_eq!(percent("2024-05-31", 3_500), (14, FuelBasis::Band));
        assert_eq!(percent("2024-05-31", 6_100), (14, FuelBasis::Band));
        assert_eq!(percent("2024-05-31", 2_900), (0, FuelBasis::BelowBands));
        assert_eq!(percent("2024-06-01", 6_100), (20, FuelBasis::Band));
        let later = [band(Some("2024-06-01"), 0, 20)];
        let before = surcharge(&rate, &later, "2024-05-31".parse().unwrap(), None).unwrap();
        assert_eq!(before.basis, FuelBasis::BeforeBands);
        assert!(surcharge(&rate, &later, "2024-06-01".parse().unwrap(), None).is_err());
    }
}

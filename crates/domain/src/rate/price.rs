//! The price of work at a rate: its parts in the order in which they build on each other, each rounded once, half away from
//! zero, and their sum.

use chrono::{Duration, Months, NaiveDateTime};
use entity::rate::{Model, RateType};

use super::unit::is_rental;
use crate::value::{Decimal, Money, rounded_quotient};

/// The longest rental that has a price, in days.
const MAX_RENTAL_DAYS: i64 = 36_600;

/// How much work there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A number of units: miles, hours, services.
    Units(RateType, Decimal),
    /// A rental from one local time to another.
    Rental(NaiveDateTime, NaiveDateTime),
}

/// A part of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// The amount of the rate times the quantity; of a rental, the cheapest cover.
    Base,
    /// What the minimum adds to the base.
    Minimum,
    /// The fuel surcharge, of the base and of what the minimum adds.
    FuelSurcharge,
}

/// The parts of a price, in minor units of the rate's currency. Parts of nothing are left out, besides the base.
pub type Parts = Vec<(PartKind, i64)>;

/// The price of a quantity at a rate. Nothing if the quantity is of another unit, or the price is beyond what can be kept.
pub fn price(rate: &Model, quantity: Quantity) -> Option<Parts> {
    let base = base(rate, quantity)?;
    let lifted = rate.minimum_amount.map_or(base, |minimum| base.max(minimum));
    let surcharge = match rate.fuel_surcharge {
        Some(percent) => rounded_quotient(i128::from(lifted) * i128::from(percent), 100_000_000)?,
        None => 0,
    };
    let parts = [(PartKind::Minimum, lifted.checked_sub(base)?), (PartKind::FuelSurcharge, surcharge)];
    let parts = parts.into_iter().filter(|(_, amount)| *amount != 0);
    let parts = [(PartKind::Base, base)].into_iter().chain(parts).collect();
    let money = Money { amount: total(&parts)?, currency: rate.currency.clone() };
    money.in_major_units().map(|_| parts)
}

/// The sum of some parts. Nothing if it is beyond what can be kept.
pub fn total(parts: &Parts) -> Option<i64> {
    parts.iter().try_fold(0_i64, |sum, (_, amount)| sum.checked_add(*amount))
}

/// The unit of a quantity.
pub fn unit(quantity: Quantity) -> RateType {
    match quantity {
        Quantity::Units(unit, _) => unit,
        Quantity::Rental(..) => RateType::PerDay,
    }
}

fn base(rate: &Model, quantity: Quantity) -> Option<i64> {
    let (unit_amount, quantity) = match quantity {
        _ if rate.rate_type == RateType::Flat => (Decimal(rate.amount), Decimal::ONE),
        Quantity::Units(unit, value) if unit == rate.rate_type => (Decimal(rate.amount), value),
        Quantity::Rental(from, until) if is_rental(rate.rate_type) => {
            (Decimal(cheapest_cover(rate, from, until)?.try_into().ok()?), Decimal::ONE)
        }
        Quantity::Units(..) | Quantity::Rental(..) => return None,
    };
    Money::times(unit_amount, quantity, &rate.currency).map(|money| money.amount)
}

/// The least that months, weeks and days cost that cover a rental, in millionths of a major unit: months of the calendar from
/// its start, then weeks, then days. A day that has begun counts, and a longer unit may cover less than itself.
fn cheapest_cover(rate: &Model, from: NaiveDateTime, until: NaiveDateTime) -> Option<i128> {
    let begun = begun_days(until - from);
    if !(1..=MAX_RENTAL_DAYS).contains(&begun) {
        return None;
    }
    let (day, week, month) = amounts(rate);
    // Days and weeks that cover so many days.
    let short = |days: i64| -> Option<i128> {
        // The cost is linear in the weeks: as many as fit, or one more, which covers all.
        let weeks = week.and_then(|week| {
            let (fit, left) = (days / 7, days % 7);
            let with_days = if left == 0 { Some(0) } else { day.map(|day| day * i128::from(left)) };
            let exact = with_days.map(|rest| rest + week * i128::from(fit));
            exact.into_iter().chain([week * i128::from(fit + 1)]).min()
        });
        let days = day.map(|day| day * i128::from(days));
        weeks.into_iter().chain(days).min()
    };
    let Some(month) = month else { return short(begun) };
    let mut least = short(begun);
    for months in 1_u32.. {
        let end = from.checked_add_months(Months::new(months))?;
        let left = begun_days(until - end).max(0);
        let rest = if left == 0 { Some(0) } else { short(left) };
        let cost = rest.map(|rest| rest + month * i128::from(months));
        least = least.into_iter().chain(cost).min();
        if left == 0 {
            break;
        }
    }
    least
}

/// The amounts of a day, a week and a month, where the rate has them.
fn amounts(rate: &Model) -> (Option<i128>, Option<i128>, Option<i128>) {
    let of = |unit| (rate.rate_type == unit).then_some(rate.amount);
    let week = of(RateType::PerWeek).or(rate.week_amount);
    let month = of(RateType::PerMonth).or(rate.month_amount);
    (of(RateType::PerDay).map(i128::from), week.map(i128::from), month.map(i128::from))
}

/// How many days have begun in a duration.
fn begun_days(duration: Duration) -> i64 {
    let days = duration.num_days();
    days + i64::from(duration > Duration::days(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(rate_type: RateType, amount: &str) -> Model {
        Model { rate_type, amount: Decimal::parse(amount).unwrap().0, currency: "USD".to_owned(), ..Model::default() }
    }

    fn cents(rate: &Model, quantity: Quantity) -> i64 {
        total(&price(rate, quantity).unwrap()).unwrap()
    }

    #[test]
    fn a_part_is_rounded_once_half_away_from_zero() {
        let miles = |miles: &str| Quantity::Units(RateType::PerMile, Decimal::parse(miles).unwrap());
        assert_eq!(cents(&rate(RateType::PerMile, "2.4375"), miles("612.4")), 149_273);
        let taxed = Model { fuel_surcharge: Some(9_975_000), ..rate(RateType::Flat, "8180") };
        assert_eq!(price(&taxed, miles("1")).unwrap(), [(PartKind::Base, 818_000), (PartKind::FuelSurcharge, 81_596)]);
        assert_eq!(rounded_quotient(-815_955, 10), Some(-81_596));
        assert_eq!(price(&rate(RateType::PerHour, "1"), miles("1")), None);
    }

    #[test]
    fn the_minimum_lifts_the_base_and_the_surcharge_is_of_the_lifted_base() {
        let lifted =
            Model { minimum_amount: Some(35_000), fuel_surcharge: Some(20_000_000), ..rate(RateType::PerMile, "2") };
        let parts = price(&lifted, Quantity::Units(RateType::PerMile, Decimal(120_000_000))).unwrap();
        let expected = [(PartKind::Base, 24_000), (PartKind::Minimum, 11_000), (PartKind::FuelSurcharge, 7_000)];
        assert_eq!(parts, expected);
    }

    #[test]
    fn a_rental_takes_the_cheapest_cover() {
        let rate = Model {
            week_amount: Some(400_000_000),
            month_amount: Some(1_100_000_000),
            ..rate(RateType::PerDay, "100")
        };
        let at = |text: &str| text.parse::<NaiveDateTime>().unwrap();
        let start = at("2024-04-10T08:00:00");
        let dollars = |days: i64| cents(&rate, Quantity::Rental(start, start + Duration::days(days))) / 100;
        assert_eq!([3, 5, 10, 12, 18, 30, 33].map(dollars), [300, 400, 700, 800, 1_100, 1_100, 1_400]);
        let march = Quantity::Rental(at("2024-03-01T00:00:00"), at("2024-03-31T23:00:00"));
        assert_eq!(cents(&rate, march), 110_000);
        let february = Quantity::Rental(at("2024-01-31T00:00:00"), at("2024-02-29T00:00:00"));
        assert_eq!(cents(&rate, february), 110_000);
        let mut before = 0;
        for days in 1..400 {
            assert!((before..=days * 100).contains(&dollars(days)), "{days}: {}", dollars(days));
            before = dollars(days);
        }
    }
}

//! The price of work at a rate: its parts in the order in which they build on each other, each rounded once, half away from
//! zero, and their sum.

use chrono::{Duration, Months, NaiveDate, NaiveDateTime};
use entity::{
    load_charge::ChargeType,
    rate::{Model, RateType},
    rate_accessorial, rate_fuel_band,
};

use super::{
    accessorial::{self, RequestedAccessorial},
    fuel::{self, FuelSurcharge},
    refusal::Refusal,
    unit::is_rental,
};
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

/// A rate with its lists.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// The rate.
    pub rate: Model,
    /// Its accessorials.
    pub accessorials: Vec<rate_accessorial::Model>,
    /// Its bands of fuel prices.
    pub fuel_bands: Vec<rate_fuel_band::Model>,
}

/// What is priced.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// How much work there is, in every unit that is known.
    pub quantities: Vec<Quantity>,
    /// The day of the work in the tenant's zone, which decides which fuel bands hold.
    pub day: NaiveDate,
    /// The price of fuel.
    pub fuel_price: Option<Decimal>,
    /// The accessorials that the work names.
    pub accessorials: Vec<RequestedAccessorial>,
}

/// What a part of a price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// The amount of the rate times the quantity; of a rental, the cheapest cover.
    Base,
    /// What the minimum adds to the base.
    Minimum,
    /// The fuel surcharge, of the base and of what the minimum adds.
    FuelSurcharge,
    /// An accessorial, which bears neither minimum nor fuel surcharge.
    Accessorial,
}

/// A part of a price: a quantity times a unit amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// The type of charge that it becomes.
    pub charge_type: ChargeType,
    /// What it is, in words.
    pub description: Option<String>,
    /// The quantity.
    pub quantity: Decimal,
    /// The amount of a unit, in major units.
    pub unit_amount: Decimal,
    /// The product, in minor units.
    pub amount: i64,
}

/// The price of some work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Its parts. Parts of nothing are left out, besides the base.
    pub parts: Vec<Part>,
    /// The fuel surcharge.
    pub fuel_surcharge: FuelSurcharge,
    /// The sum of the parts, in minor units.
    pub total: i64,
}

/// The price of some work at a rate. Nothing if the rate is of a unit whose quantity is not known.
pub fn price(terms: &Terms, order: &Order) -> Result<Option<Price>, Refusal> {
    let rate = &terms.rate;
    let Some((unit_amount, quantity)) = base(rate, &order.quantities)? else { return Ok(None) };
    let fuel_surcharge = fuel::surcharge(rate, &terms.fuel_bands, order.day, order.fuel_price)?;
    let accessorials = accessorial::applicable(&terms.accessorials, &order.accessorials)?;
    let parts = parts(rate, (unit_amount, quantity), fuel_surcharge, &accessorials);
    let total = parts.as_ref().and_then(|parts| {
        let sum = parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(part.amount))?;
        // What a decimal of the schema cannot represent is no price.
        Money { amount: sum, currency: rate.currency.clone() }.in_major_units().map(|_| sum)
    });
    match (parts, total) {
        (Some(parts), Some(total)) => Ok(Some(Price { parts, fuel_surcharge, total })),
        _ => Err(Refusal::new("quantity", "The price of the quantity is beyond what can be kept.".to_owned())),
    }
}

/// The parts of a price. Nothing if one of them is beyond what can be kept.
fn parts(
    rate: &Model,
    (unit_amount, quantity): (Decimal, Decimal),
    fuel_surcharge: FuelSurcharge,
    accessorials: &[(&rate_accessorial::Model, Decimal)],
) -> Option<Vec<Part>> {
    let part = |kind, charge_type, description, unit_amount, quantity| {
        let amount = Money::times(unit_amount, quantity, &rate.currency)?.amount;
        Some(Part { kind, charge_type, description, quantity, unit_amount, amount })
    };
    let major = |amount| Money { amount, currency: rate.currency.clone() }.in_major_units();
    let base = part(PartKind::Base, ChargeType::Linehaul, rate.name.clone(), unit_amount, quantity)?;
    let lifted = rate.minimum_amount.map_or(base.amount, |minimum| base.amount.max(minimum));
    let added = major(lifted.checked_sub(base.amount)?)?;
    let minimum = part(PartKind::Minimum, ChargeType::Linehaul, Some("Minimum".to_owned()), added, Decimal::ONE)?;
    let percentage =
        |percent: Decimal| major(rounded_quotient(i128::from(lifted) * i128::from(percent.0), ONE_HUNDRED_PERCENT)?);
    let percent = fuel_surcharge.percent;
    let description = Some(format!("Fuel surcharge {percent} %"));
    let fuel = part(PartKind::FuelSurcharge, ChargeType::Fuel, description, percentage(percent)?, Decimal::ONE)?;
    let mut parts = vec![base];
    parts.extend([minimum, fuel].into_iter().filter(|part| part.amount != 0));
    for (row, quantity) in accessorials {
        let unit_amount = match row.percent {
            Some(percent) => percentage(Decimal(percent))?,
            None => Decimal(row.amount.unwrap_or_default()),
        };
        let accessorial =
            part(PartKind::Accessorial, row.charge_type, row.description.clone(), unit_amount, *quantity)?;
        parts.extend(Some(accessorial).filter(|part| part.amount != 0));
    }
    Some(parts)
}

/// The unit of a quantity.
pub fn unit(quantity: Quantity) -> RateType {
    match quantity {
        Quantity::Units(unit, _) => unit,
        Quantity::Rental(..) => RateType::PerDay,
    }
}

/// The unit amount of a rate and the quantity of its unit. Nothing if the quantity is not known.
fn base(rate: &Model, quantities: &[Quantity]) -> Result<Option<(Decimal, Decimal)>, Refusal> {
    if rate.rate_type == RateType::Flat {
        return Ok(Some((Decimal(rate.amount), Decimal::ONE)));
    }
    for quantity in quantities {
        match *quantity {
            Quantity::Units(unit, value) if unit == rate.rate_type => return Ok(Some((Decimal(rate.amount), value))),
            Quantity::Rental(from, until) if is_rental(rate.rate_type) => {
                let cost = cheapest_cover(rate, from, until).and_then(|cost| cost.try_into().ok());
                let beyond = || "The rental is longer than a hundred years, or its price beyond what can be kept.";
                let cost = cost.ok_or_else(|| Refusal::new("quantity", beyond().to_owned()))?;
                return Ok(Some((Decimal(cost), Decimal::ONE)));
            }
            Quantity::Units(..) | Quantity::Rental(..) => {}
        }
    }
    Ok(None)
}

/// One hundred percent, in millionths of a percent.
const ONE_HUNDRED_PERCENT: i128 = 100_000_000;

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

    fn amounts(rate: &Model, quantity: Quantity) -> Vec<(PartKind, i64)> {
        let terms = Terms { rate: rate.clone(), ..Terms::default() };
        let order = Order { quantities: vec![quantity], ..Order::default() };
        let price = price(&terms, &order).unwrap().unwrap();
        assert_eq!(price.total, price.parts.iter().map(|part| part.amount).sum::<i64>());
        price.parts.iter().map(|part| (part.kind, part.amount)).collect()
    }

    fn cents(rate: &Model, quantity: Quantity) -> i64 {
        amounts(rate, quantity).iter().map(|(_, amount)| amount).sum()
    }

    fn miles(miles: &str) -> Quantity {
        Quantity::Units(RateType::PerMile, Decimal::parse(miles).unwrap())
    }

    #[test]
    fn a_part_is_rounded_once_half_away_from_zero() {
        assert_eq!(cents(&rate(RateType::PerMile, "2.4375"), miles("612.4")), 149_273);
        let taxed = Model { fuel_surcharge: Some(9_975_000), ..rate(RateType::Flat, "8180") };
        assert_eq!(amounts(&taxed, miles("1")), [(PartKind::Base, 818_000), (PartKind::FuelSurcharge, 81_596)]);
        assert_eq!(rounded_quotient(-815_955, 10), Some(-81_596));
        let hourly = Terms { rate: rate(RateType::PerHour, "1"), ..Terms::default() };
        let order = Order { quantities: vec![miles("1")], ..Order::default() };
        assert_eq!(price(&hourly, &order).unwrap(), None);
    }

    #[test]
    fn the_minimum_lifts_the_base_the_surcharge_is_of_the_lifted_base_and_accessorials_bear_none() {
        let lifted =
            Model { minimum_amount: Some(35_000), fuel_surcharge: Some(20_000_000), ..rate(RateType::PerMile, "2") };
        let row = |charge_type, amount, percent, automatic| rate_accessorial::Model {
            charge_type,
            amount,
            percent,
            automatic,
            ..Default::default()
        };
        let accessorials = vec![
            row(ChargeType::Detention, Some(75_000_000), None, true),
            row(ChargeType::Lumper, Some(40_000_000), None, false),
        ];
        let terms = Terms { rate: lifted, accessorials, ..Terms::default() };
        let mut order = Order { quantities: vec![miles("120")], ..Order::default() };
        let amounts = |order: &Order| -> Vec<i64> {
            price(&terms, order).unwrap().unwrap().parts.iter().map(|part| part.amount).collect()
        };
        assert_eq!(amounts(&order), [24_000, 11_000, 7_000, 7_500]);
        let hours = |charge_type, hours: i64| RequestedAccessorial {
            charge_type,
            description: None,
            quantity: Some(Decimal(hours * 1_000_000)),
        };
        order.accessorials = vec![hours(ChargeType::Detention, 2), hours(ChargeType::Lumper, 1)];
        assert_eq!(amounts(&order), [24_000, 11_000, 7_000, 15_000, 4_000]);
        order.accessorials = vec![hours(ChargeType::Other, 1)];
        assert_eq!(price(&terms, &order).unwrap_err().field, "accessorials");
    }

    #[test]
    fn accessorials_in_percent_are_rounded_one_by_one() {
        let total = |base: &str| {
            let row = rate_accessorial::Model { percent: Some(23_000_000), automatic: true, ..Default::default() };
            let terms = Terms { rate: rate(RateType::Flat, base), accessorials: vec![row], ..Terms::default() };
            price(&terms, &Order::default()).unwrap().unwrap().parts[1].amount
        };
        assert_eq!((total("55.55"), total("11.11")), (1_278, 256));
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

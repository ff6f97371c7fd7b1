//! The choice of a rate: of those that match a piece of work, the most specific one that is in force.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use entity::rate::{Entity, Model, RateType};
use sea_orm::{Value, prelude::Uuid};
use store::{Filter, Predicate, TenantTable, fold, table::enum_text};

use super::{
    lane::{MAX_ZIP_LETTERS, zip_key},
    refusal::Refusal,
    unit::same_unit,
};

/// A place, as the choice of a rate knows it. Nothing matches what is absent, but a rate that does not ask for it.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The zip code.
    pub zip_code: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// The country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
}

/// The work to find a rate for.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// The customer; none: only rates of all customers match.
    pub customer: Option<Uuid>,
    /// Where the lane begins.
    pub origin: Place,
    /// Where the lane ends.
    pub destination: Place,
    /// The type of service.
    pub service_type: Option<String>,
    /// The category of equipment.
    pub equipment_category: Option<String>,
    /// When the rate must be in force.
    pub at: DateTime<Utc>,
    /// The units of the quantities that are known: a rate of another unit does not match, unless it is FLAT. Empty: any unit.
    pub units: Vec<RateType>,
}

/// The most rates that are compared.
pub const MAX_CANDIDATES: usize = 100;

/// Why a rate that matches is not chosen, or that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is chosen.
    Chosen,
    /// The chosen one is of the customer.
    OtherCustomer,
    /// The chosen one names the origin more precisely.
    BroaderOrigin,
    /// The chosen one names the destination more precisely.
    BroaderDestination,
    /// The chosen one names the equipment.
    AnyEquipment,
    /// The chosen one names the service.
    AnyService,
    /// The chosen one is of the quantity's unit.
    OtherUnit,
}

/// The filter of the rates that match some work.
pub fn matching(work: &Work) -> Filter {
    let or_null = |column, predicates: Vec<Predicate>| {
        let null = Filter::Column(column, Predicate::IsNull(true));
        Filter::Any([null].into_iter().chain(predicates.into_iter().map(|one| Filter::Column(column, one))).collect())
    };
    let equal = |value: Option<Value>| value.map(Predicate::Eq).into_iter().collect();
    let folded = |text: &Option<String>| equal(text.as_deref().map(|text| fold::fold(text).into()));
    let mut all = vec![
        or_null("customer_id", equal(work.customer.map(Value::from))),
        or_null("service_type_key", folded(&work.service_type)),
        or_null("equipment_category_key", folded(&work.equipment_category)),
        or_null("starts_at", vec![Predicate::Lte(work.at.into())]),
        or_null("ends_at", vec![Predicate::Gt(work.at.into())]),
    ];
    let ends = [
        (&work.origin, ["origin_zip_prefix", "origin_state_key", "origin_country"]),
        (&work.destination, ["destination_zip_prefix", "destination_state_key", "destination_country"]),
    ];
    for (place, [zip_prefix, state, country]) in ends {
        let prefixes = prefixes(place.zip_code.as_deref().unwrap_or_default());
        all.push(or_null(zip_prefix, vec![Predicate::In(prefixes.into_iter().map(Value::from).collect())]));
        all.push(or_null(state, folded(&place.state)));
        all.push(or_null(country, equal(place.country.as_deref().map(|code| code.trim().to_ascii_uppercase().into()))));
    }
    if !work.units.is_empty() {
        let types: Vec<_> = work.units.iter().flat_map(|unit| same_unit(*unit)).chain([RateType::Flat]).collect();
        all.push(Filter::Column("rate_type", Predicate::In(types.iter().map(|unit| enum_text(unit).into()).collect())));
    }
    Filter::All(all)
}

/// The beginnings of a zip code, as they are compared.
fn prefixes(zip_code: &str) -> Vec<String> {
    let key = zip_key(zip_code);
    let ends = key.char_indices().map(|(at, letter)| at + letter.len_utf8()).take(MAX_ZIP_LETTERS);
    ends.map(|end| key[..end].to_owned()).collect()
}

/// How specific a rate is, compared part by part: the customer, the origin, the destination, the equipment, the service.
type Specificity = (bool, (u8, usize), (u8, usize), bool, bool);

fn specificity(row: &Model) -> Specificity {
    let end = |zip_prefix: &Option<String>, state: &Option<String>, country: &Option<String>| match zip_prefix {
        Some(prefix) => (3, prefix.chars().count()),
        None if state.is_some() => (2, 0),
        None => (u8::from(country.is_some()), 0),
    };
    (
        row.customer_id.is_some(),
        end(&row.origin_zip_prefix, &row.origin_state, &row.origin_country),
        end(&row.destination_zip_prefix, &row.destination_state, &row.destination_country),
        row.equipment_category.is_some(),
        row.service_type.is_some(),
    )
}

/// Sorts the rates that match some work, the chosen one first, and says of the others why they are not. Rates of several units
/// that match equally well are refused, unless the quantity decides.
pub fn choose(mut rows: Vec<Model>, units: &[RateType]) -> Result<Vec<(Model, Verdict)>, Refusal> {
    if rows.len() > MAX_CANDIDATES {
        let message = format!("More than {MAX_CANDIDATES} rates match; say more of the work.");
        return Err(Refusal::new("lane", message));
    }
    let is_of_unit = |row: &Model| units.iter().any(|unit| same_unit(*unit).contains(&row.rate_type));
    rows.sort_by_key(|row| {
        (Reverse(specificity(row)), Reverse(is_of_unit(row)), Reverse(row.starts_at), row.rate_type, row.id)
    });
    let Some(chosen) = rows.first().cloned() else { return Ok(Vec::new()) };
    let best = specificity(&chosen);
    let decided = is_of_unit(&chosen);
    if let Some(other) = rows.iter().skip(1).find(|other| specificity(other) == best && is_of_unit(other) == decided) {
        return Err(undecided([&chosen, other]));
    }
    let verdict = |row: &Model| {
        let own = specificity(row);
        match () {
            () if row.id == chosen.id => Verdict::Chosen,
            () if own.0 != best.0 => Verdict::OtherCustomer,
            () if own.1 != best.1 => Verdict::BroaderOrigin,
            () if own.2 != best.2 => Verdict::BroaderDestination,
            () if own.3 != best.3 => Verdict::AnyEquipment,
            () if own.4 != best.4 => Verdict::AnyService,
            () => Verdict::OtherUnit,
        }
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            let verdict = verdict(&row);
            (row, verdict)
        })
        .collect())
}

/// Two rates match equally well.
fn undecided(rates: [&Model; 2]) -> Refusal {
    let [first, second] =
        rates.map(|rate| format!("{} ({})", Entity::TABLE.encode_id(rate.id), enum_text(&rate.rate_type)));
    let message = format!("The rates {first} and {second} match equally well; give a quantity, whose unit decides.");
    Refusal::new("quantity", message)
}

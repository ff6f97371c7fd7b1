//! Drafts of rates: what a client writes, read into a row.

use chrono::{Datelike, Days, NaiveDate};
use entity::rate::{Model, RateType};
use error::Code;
use store::{Tx, table::enum_text};

use super::{
    accessorial::{self, AccessorialDraft},
    fuel::{self, FuelBandDraft, MAX_FUEL_SURCHARGE},
    lane::{self, LaneEnd},
    lists::ChildLists,
    unit::is_rental,
};
use crate::{
    custom_field::ValueInput,
    local_time::{start_of_day, zone},
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate, Price, minor_digits},
};

/// The last year of the calendar.
const MAX_YEAR: i32 = 9_999;

/// The fields of a rate that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// The name.
    pub name: FieldUpdate<String>,
    /// The unit that the amount is for.
    pub rate_type: FieldUpdate<RateType>,
    /// The amount of a unit, in major units.
    pub amount: FieldUpdate<Decimal>,
    /// ISO 4217, of all amounts of the rate; the tenant's where absent.
    pub currency: FieldUpdate<String>,
    /// Rentals: the amount of a week.
    pub week_amount: FieldUpdate<Decimal>,
    /// Rentals: the amount of a month.
    pub month_amount: FieldUpdate<Decimal>,
    /// The least that the work costs before the fuel surcharge.
    pub minimum: FieldUpdate<Price>,
    /// The fuel surcharge, in percent.
    pub fuel_surcharge: FieldUpdate<Decimal>,
    /// The fuel surcharge by the price of fuel.
    pub fuel_surcharge_bands: FieldUpdate<Vec<FuelBandDraft>>,
    /// What it adds for additional services.
    pub accessorials: FieldUpdate<Vec<AccessorialDraft>>,
    /// Where the lane begins.
    pub origin: FieldUpdate<LaneEnd>,
    /// Where the lane ends.
    pub destination: FieldUpdate<LaneEnd>,
    /// The type of service.
    pub service_type: FieldUpdate<String>,
    /// The category of equipment.
    pub equipment_category: FieldUpdate<String>,
    /// The first day.
    pub effective_from: FieldUpdate<NaiveDate>,
    /// The last day.
    pub effective_until: FieldUpdate<NaiveDate>,
    /// Whether an older rate that matches the same work ends where this one begins.
    pub supersede: bool,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// Reads a draft into a row. The days become instants here, once, in the tenant's zone.
pub fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model, lists: &mut ChildLists) -> Model {
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_text("name", draft.name, MAX_LINE_CHARS, &mut row.name);
    validator.set_value("type", draft.rate_type, &mut row.rate_type);
    validator.set_value("amount", draft.amount.map(|amount| amount.0), &mut row.amount);
    read_currency(tx, validator, draft.currency, &mut row);
    validator.set_non_negative("weekAmount", draft.week_amount, &mut row.week_amount);
    validator.set_non_negative("monthAmount", draft.month_amount, &mut row.month_amount);
    validator.set_non_negative("fuelSurcharge", draft.fuel_surcharge, &mut row.fuel_surcharge);
    read_minimum(validator, draft.minimum, &mut row);
    let origin = (&mut row.origin_zip_prefix, &mut row.origin_state, &mut row.origin_country);
    lane::set_end(validator, "origin", draft.origin, origin);
    let destination = (&mut row.destination_zip_prefix, &mut row.destination_state, &mut row.destination_country);
    lane::set_end(validator, "destination", draft.destination, destination);
    validator.set_text("serviceType", draft.service_type, MAX_LINE_CHARS, &mut row.service_type);
    validator.set_text("equipmentCategory", draft.equipment_category, MAX_LINE_CHARS, &mut row.equipment_category);
    if row.amount < 0 {
        validator.fail(Code::OutOfRange, "amount", "amount cannot be negative.");
    }
    if row.fuel_surcharge.is_some_and(|percent| percent > MAX_FUEL_SURCHARGE) {
        let message = format!("fuelSurcharge is at most {} percent.", Decimal(MAX_FUEL_SURCHARGE));
        validator.fail(Code::OutOfRange, "fuelSurcharge", message);
    }
    let longer = [
        ("weekAmount", row.week_amount, RateType::PerWeek, "PER_DAY"),
        ("monthAmount", row.month_amount, RateType::PerMonth, "PER_DAY or PER_WEEK"),
    ];
    for (field, amount, unit, shorter) in longer {
        if amount.is_some() && !(is_rental(row.rate_type) && row.rate_type < unit) {
            let given = enum_text(&row.rate_type);
            let message = format!("{field} goes with the type {shorter}; the rate is {given}.");
            validator.fail(Code::Invalid, field, message);
        }
    }
    fuel::apply(validator, draft.fuel_surcharge_bands, &mut lists.fuel_bands, &row);
    accessorial::apply(validator, draft.accessorials, &mut lists.accessorials);
    read_days(tx, validator, draft.effective_from, draft.effective_until, &mut row);
    row
}

/// Reads the currency; an update keeps the one that the amounts have.
fn read_currency(tx: &Tx, validator: &mut Validator, update: FieldUpdate<String>, row: &mut Model) {
    if row.currency.is_empty() {
        row.currency.clone_from(&tx.tenant().currency);
    }
    match update {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => validator.fail(Code::Required, "currency", "currency cannot be null."),
        FieldUpdate::Set(currency) => {
            let currency = currency.trim().to_owned();
            if minor_digits(&currency).is_none() {
                let message = format!("\"{currency}\" is not a currency; give an ISO 4217 code such as USD.");
                validator.fail(Code::Invalid, "currency", message);
            }
            if currency != row.currency {
                row.minimum_amount = None;
            }
            row.currency = currency;
        }
    }
}

/// Reads the minimum, which is in the currency of the rate.
fn read_minimum(validator: &mut Validator, update: FieldUpdate<Price>, row: &mut Model) {
    let minimum = match update {
        FieldUpdate::Keep => return,
        FieldUpdate::Clear => None,
        FieldUpdate::Set(price) => {
            let money = validator.within("minimum", |validator| validator.parse_price("", &price, &row.currency));
            let Some(money) = money else { return };
            if money.currency != row.currency {
                let message = format!("The rate is in {}; its minimum cannot be in {}.", row.currency, money.currency);
                validator.fail(Code::Invalid, "minimum", message);
            }
            if money.amount < 0 {
                validator.fail(Code::OutOfRange, "minimum", "minimum cannot be negative.");
            }
            Some(money.amount)
        }
    };
    row.minimum_amount = minimum;
}

/// Reads the first and the last day. A day that the input does not name keeps its instant, also if the tenant's zone is
/// another one by now.
fn read_days(
    tx: &Tx,
    validator: &mut Validator,
    from: FieldUpdate<NaiveDate>,
    until: FieldUpdate<NaiveDate>,
    row: &mut Model,
) {
    let zone = zone(&tx.tenant().time_zone);
    let (sets_from, sets_until) = (from != FieldUpdate::Keep, until != FieldUpdate::Keep);
    validator.set_option(from, &mut row.effective_from);
    validator.set_option(until, &mut row.effective_until);
    if sets_from {
        row.starts_at = row.effective_from.map(|day| start_of_day(zone, day));
    }
    if sets_until {
        // After the last day of the calendar it has no end.
        let next = row.effective_until.and_then(|day| day.checked_add_days(Days::new(1)));
        row.ends_at = next.filter(|day| day.year() <= MAX_YEAR).map(|day| start_of_day(zone, day));
    }
    let is_empty = row.starts_at.zip(row.ends_at).is_some_and(|(start, end)| end <= start);
    if let (Some(from), Some(until)) = (row.effective_from, row.effective_until)
        && (until < from || is_empty)
    {
        let message = format!("effectiveUntil ({until}) ends before effectiveFrom ({from}) begins.");
        validator.fail(Code::OutOfRange, "effectiveUntil", message);
    }
}

//! Drafts of recurring services: what a client writes, read into a row and checked as a rule.

use chrono::{Datelike, NaiveDate, Weekday};
use entity::{
    address,
    recurring_service::{Frequency, Model, WeekOfMonth},
};
use error::{Code, OfField, Result};
use sea_orm::prelude::Uuid;
use store::{Tx, table::enum_text};

use super::schedule::recurrence;
use crate::{
    custom_field::ValueInput,
    reference::{self, Reference},
    service_record::{set_price, technicians},
    validator::{MAX_LINE_CHARS, Validator},
    value::{FieldUpdate, Price},
    weekday::{parse_weekdays, store_weekdays},
};

/// The most periods between two visits.
const MAX_INTERVAL: i32 = 1_000;
/// The most visits that a plan counts.
const MAX_COUNT: i32 = 10_000;
/// The longest visit, in minutes: a week.
const MAX_DURATION: i32 = 7 * 24 * 60;
/// The years of a plan's dates. Instants of later years could be beyond those that both databases sort.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=9000;

/// The fields of a recurring service that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// The address of the work.
    pub address: FieldUpdate<Reference>,
    /// The type of work.
    pub service_type: FieldUpdate<String>,
    /// A summary in one line.
    pub summary: FieldUpdate<String>,
    /// What the plan repeats by.
    pub frequency: FieldUpdate<Frequency>,
    /// Every how many of the frequency's periods.
    pub interval: FieldUpdate<i32>,
    /// The days of the week.
    pub weekdays: FieldUpdate<Vec<Weekday>>,
    /// Which of a month's days of that name.
    pub week_of_month: FieldUpdate<WeekOfMonth>,
    /// The day of the month.
    pub day_of_month: FieldUpdate<i32>,
    /// The first day.
    pub start_date: FieldUpdate<NaiveDate>,
    /// The last day.
    pub end_date: FieldUpdate<NaiveDate>,
    /// How many dates there are.
    pub occurrence_count: FieldUpdate<i32>,
    /// The local time of a visit.
    pub preferred_time: FieldUpdate<String>,
    /// How long a visit takes, in minutes.
    pub duration_minutes: FieldUpdate<i32>,
    /// The only technician.
    pub technician: FieldUpdate<String>,
    /// All technicians.
    pub technicians: FieldUpdate<Vec<String>>,
    /// The charge of a visit.
    pub charge: FieldUpdate<Price>,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// Reads a draft into a row, which is new or is updated, and the technicians if the draft has any. A customer that is absent
/// has a violation already.
pub async fn read_draft(
    tx: &Tx,
    validator: &mut Validator,
    draft: Draft,
    customer: Option<Uuid>,
    mut row: Model,
) -> Result<(Model, Option<Vec<String>>)> {
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_required_text("serviceType", draft.service_type, MAX_LINE_CHARS, &mut row.service_type);
    validator.set_text("summary", draft.summary, MAX_LINE_CHARS, &mut row.summary);
    validator.set_value("frequency", draft.frequency, &mut row.frequency);
    let mut interval = Some(row.interval);
    validator.set_integer("interval", draft.interval, 1, MAX_INTERVAL, &mut interval);
    row.interval = interval.unwrap_or(1);
    if let Some(days) = draft.weekdays.list() {
        row.weekdays = store_weekdays(&days);
    }
    validator.set_option(draft.week_of_month, &mut row.week_of_month);
    validator.set_integer("dayOfMonth", draft.day_of_month, 1, 31, &mut row.day_of_month);
    for (field, day) in [("startDate", draft.start_date.value()), ("endDate", draft.end_date.value())] {
        check_year(validator, field, day.copied());
    }
    validator.set_value("startDate", draft.start_date, &mut row.start_date);
    validator.set_option(draft.end_date, &mut row.end_date);
    validator.set_integer("occurrenceCount", draft.occurrence_count, 1, MAX_COUNT, &mut row.occurrence_count);
    validator.set_time("preferredTime", draft.preferred_time, &mut row.preferred_time);
    validator.set_integer("durationMinutes", draft.duration_minutes, 1, MAX_DURATION, &mut row.duration_minutes);
    set_price(tx, validator, "charge", draft.charge, &mut row.charge_amount, &mut row.charge_currency);
    set_address(tx, validator, draft.address, customer, &mut row).await?;
    let technicians = technicians(validator, draft.technician, draft.technicians);
    if validator.is_clean() {
        check_rule(validator, &row);
    }
    Ok((row, technicians))
}

/// Refuses a day of a year in which plans have no dates.
pub fn check_year(validator: &mut Validator, field: &str, day: Option<NaiveDate>) {
    if let Some(day) = day.filter(|day| !YEARS.contains(&day.year())) {
        let message = format!("{field} is from {} to {}; {day} was given.", YEARS.start(), YEARS.end());
        validator.fail(Code::OutOfRange, field, message);
    }
}

/// Sets the address: one of the customer, or one of the tenant itself.
async fn set_address(
    tx: &Tx,
    validator: &mut Validator,
    update: FieldUpdate<Reference>,
    customer: Option<Uuid>,
    row: &mut Model,
) -> Result<()> {
    let addresses = reference::find::<address::Entity>(tx, update.value()).await.of_field("address")?;
    match update {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => row.address_id = None,
        FieldUpdate::Set(name) => {
            let found = addresses.require(validator, validator.path("address"), &name);
            let Some(found) = found else { return Ok(()) };
            if found.customer_id.is_some() && customer.is_some() && found.customer_id != customer {
                validator.fail(Code::Invalid, "address", format!("\"{name}\" is an address of another customer."));
            }
            row.address_id = Some(found.id);
        }
    }
    Ok(())
}

/// Checks the fields of the rule against each other.
fn check_rule(validator: &mut Validator, row: &Model) {
    let frequency = enum_text(&row.frequency);
    let is_of_months = !matches!(row.frequency, Frequency::Daily | Frequency::Weekly);
    let weekdays = parse_weekdays(row.weekdays.as_deref());
    let monthly = [("weekOfMonth", row.week_of_month.is_some()), ("dayOfMonth", row.day_of_month.is_some())];
    for (field, is_set) in monthly {
        if is_set && !is_of_months {
            let message = format!("{field} goes with a frequency of MONTHLY or longer; the plan is {frequency}.");
            validator.fail(Code::Invalid, field, message);
        }
    }
    if row.week_of_month.is_some() && row.day_of_month.is_some() {
        validator.fail(Code::Invalid, "dayOfMonth", "Give weekOfMonth or dayOfMonth, not both; null clears one.");
    }
    match (row.frequency, row.week_of_month) {
        (Frequency::Weekly, _) => {}
        (_, Some(_)) if weekdays.len() <= 1 => {}
        (_, Some(_)) => {
            let message = format!("weekOfMonth is of one day of the week; weekdays has {}.", weekdays.len());
            validator.fail(Code::Invalid, "weekdays", message);
        }
        (_, None) if weekdays.is_empty() => {}
        (_, None) => {
            let message = format!("weekdays goes with WEEKLY, or with weekOfMonth; the plan is {frequency}.");
            validator.fail(Code::Invalid, "weekdays", message);
        }
    }
    if let (Some(_), Some(_)) = (row.end_date, row.occurrence_count) {
        validator.fail(Code::Invalid, "occurrenceCount", "Give endDate or occurrenceCount, not both; null clears one.");
    }
    if let Some(end) = row.end_date
        && recurrence(row).dates(row.start_date, NaiveDate::MAX).next().is_none()
    {
        let message = format!("The plan has no date from startDate ({}) to endDate ({end}).", row.start_date);
        validator.fail(Code::OutOfRange, "endDate", message);
    }
}

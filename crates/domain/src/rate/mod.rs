//! Rates: what a unit of work costs, for one customer or for all, on a lane, for a service, for equipment, and since when.
//!
//! Two rates that match the same work equally well never hold at the same time, so that the choice is never a matter of
//! which was entered first.

pub mod choice;
mod lane;
pub mod price;
mod unit;

use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;
use entity::{
    custom_field_definition::OwnerType,
    customer,
    rate::{Entity, Model, RateType},
    tenant,
};
use error::{Code, OfField, Result};
use sea_orm::Value;
use store::{Filter, Predicate, TenantTable, Tx, fold, table::enum_text};

pub use self::lane::LaneEnd;
use self::unit::{is_rental, same_unit};
use super::{
    custom_field::{self, ValueInput, ValueWrites},
    lifecycle::{self, Lifecycle, Prepared},
    local_time::start_of_day,
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate, Price, minor_digits},
};

/// The highest fuel surcharge, in millionths of a percent.
const MAX_FUEL_SURCHARGE: i64 = 1_000_000_000;

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

/// Creates a rate of a customer, or of all customers.
pub async fn create(tx: &Tx, customer: Option<&Reference>, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let (inputs, supersede) = (std::mem::take(&mut draft.custom_fields), draft.supersede);
    let values = custom_field::prepare(tx, &mut validator, OwnerType::Rate, None, &inputs).await?;
    let customers = reference::find::<customer::Entity>(tx, customer).await.of_field("customer")?;
    let owner = customer.and_then(|customer| {
        customers.require(&mut validator, vec!["customer".to_owned()], customer).map(|customer| customer.id)
    });
    for (field, is_missing) in [("type", draft.rate_type.value().is_none()), ("amount", draft.amount.value().is_none())]
    {
        if is_missing {
            validator.fail(Code::Required, field, format!("A new rate needs its {field}."));
        }
    }
    let row = read_draft(tx, &mut validator, draft, Model { customer_id: owner, ..Model::default() });
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    if validator.is_clean() {
        ensure_alone(tx, &mut validator, &row, supersede).await?;
    }
    validator.finish()?;
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, None).await?;
    Ok(row)
}

/// Updates a rate. Its customer is immutable.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the rate of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(
    tx: &Tx,
    customer: Option<&Reference>,
    reference: &str,
    expected_version: Option<i32>,
    draft: Draft,
) -> Result<Model> {
    let check = async |validator: &mut Validator, found: &Model| match (customer, found.customer_id) {
        (Some(_), None) => {
            let message = "The rate is of all customers; give the new one another external reference.";
            validator.fail(Code::Immutable, "customer", message);
            Ok(())
        }
        (_, Some(owner)) => {
            reference::ensure_immutable::<customer::Entity>(tx, validator, "customer", customer, owner).await
        }
        (None, None) => Ok(()),
    };
    let create = async |draft| create(tx, customer, draft).await;
    lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create).await
}

/// Soft-deletes a rate.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores a rate, unless another one matches the same work by now.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::Rate;
    type Draft = Draft;
    /// Whether it ends older rates that match the same work.
    type Children = bool;

    fn set_external_reference(draft: &mut Draft, reference: String) {
        draft.external_reference = FieldUpdate::Set(reference);
    }

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let (inputs, supersede) = (std::mem::take(&mut draft.custom_fields), draft.supersede);
        let values: ValueWrites = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        let row = read_draft(tx, validator, draft, before.clone());
        Ok(Prepared { row, values, children: supersede })
    }

    async fn validate(tx: &Tx, validator: &mut Validator, _: &Model, prepared: &Prepared<Self>, _: bool) -> Result<()> {
        if validator.is_clean() {
            ensure_alone(tx, validator, &prepared.row, prepared.children).await?;
        }
        Ok(())
    }

    async fn write(tx: &Tx, before: &Model, after: Model, _: bool) -> Result<Model> {
        tx.update::<Self>(before, after).await
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        match before.customer_id {
            Some(customer) => reference::ensure_live::<customer::Entity>(tx, customer).await,
            None => Ok(()),
        }
    }

    async fn validate_restored(tx: &Tx, validator: &mut Validator, before: &Model) -> Result<()> {
        ensure_alone(tx, validator, before, false).await
    }
}

/// Reads a draft into a row. The days become instants here, once, in the tenant's zone.
fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Model {
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
    let zone: Tz = tx.tenant().time_zone.parse().unwrap_or(Tz::UTC);
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

/// Refuses a rate that holds at the same time as another one that matches the same work, or ends the older one where the new
/// one begins. The customer, or the tenant, is locked until the transaction ends, so that the second of two concurrent
/// writers sees the row of the first.
async fn ensure_alone(tx: &Tx, validator: &mut Validator, row: &Model, supersede: bool) -> Result<()> {
    match row.customer_id {
        Some(customer) => drop(tx.lock_parts(&tx.find_unrestricted::<customer::Entity>().ids([customer])).await?),
        None => drop(tx.lock_parts(&tx.find_unrestricted::<tenant::Entity>().ids([tx.tenant().id])).await?),
    }
    for other in tx.lock(&tx.find_unrestricted::<Entity>().filter(matching_the_same(row))).await? {
        if other.id == row.id {
            continue;
        }
        // By day and by instant: they disagree where the tenant's zone was another one.
        let is_older = other.effective_from.is_none_or(|day| Some(day) < row.effective_from);
        let begins_before =
            row.starts_at.filter(|start| is_older && other.starts_at.is_none_or(|other| other < *start));
        match begins_before.filter(|_| supersede) {
            Some(start) => {
                let last_day = row.effective_from.and_then(|day| day.pred_opt());
                let ended = Model { effective_until: last_day, ends_at: Some(start), ..other.clone() };
                tx.update::<Entity>(&other, ended).await?;
            }
            None => {
                let id = Entity::TABLE.encode_id(other.id);
                let period = period(&other);
                let remedy = match begins_before {
                    Some(_) => "supersede: true ends it there",
                    None => "change the days of one of them",
                };
                let message = format!("The rate {id} is for the same work {period}; {remedy}.");
                validator.fail(Code::Overlap, "effectiveFrom", message);
            }
        }
    }
    Ok(())
}

/// The days of a rate, in words.
fn period(row: &Model) -> String {
    match (row.effective_from, row.effective_until) {
        (Some(from), Some(until)) => format!("from {from} until {until}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(until)) => format!("until {until}"),
        (None, None) => "always".to_owned(),
    }
}

/// Rates that match the same work as a rate, equally well, at a time when it holds.
fn matching_the_same(row: &Model) -> Filter {
    let same = |column, value: Option<Value>| {
        let predicate = value.map_or(Predicate::IsNull(true), Predicate::Eq);
        Filter::Column(column, predicate)
    };
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let folded = |text: &Option<String>| text.as_deref().map(|text| Value::from(fold::fold(text)));
    let or_null = |column, predicate| {
        Filter::Any(vec![Filter::Column(column, Predicate::IsNull(true)), Filter::Column(column, predicate)])
    };
    let types = same_unit(row.rate_type).iter().map(|unit| enum_text(unit).into()).collect();
    let mut all = vec![
        same("customer_id", row.customer_id.map(Value::from)),
        Filter::Column("rate_type", Predicate::In(types)),
        same("origin_zip_prefix", text(&row.origin_zip_prefix)),
        same("origin_state_key", folded(&row.origin_state)),
        same("origin_country", text(&row.origin_country)),
        same("destination_zip_prefix", text(&row.destination_zip_prefix)),
        same("destination_state_key", folded(&row.destination_state)),
        same("destination_country", text(&row.destination_country)),
        same("service_type_key", folded(&row.service_type)),
        same("equipment_category_key", folded(&row.equipment_category)),
    ];
    all.extend(row.ends_at.map(|end| or_null("starts_at", Predicate::Lt(end.into()))));
    all.extend(row.starts_at.map(|start| or_null("ends_at", Predicate::Gt(start.into()))));
    Filter::All(all)
}

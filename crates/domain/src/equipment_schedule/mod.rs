//! Equipment schedules: when an asset is due for a service, by the calendar, by its meter or on a date, at the first of them.
//!
//! When the work was last done is that of the newest completed service record that counts: it is read again whenever such a
//! record is written, and never counted up. What depends on the clock is not stored: the status compares stored days with
//! today.

pub mod due;
mod history;
mod notice;
mod occurrence;
mod refresh;

use chrono::NaiveDate;
use entity::{
    asset,
    custom_field_definition::OwnerType,
    customer_asset,
    equipment_schedule::{CountedFrom, Entity, Model, NotifyUnit},
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Predicate, Tx};

pub use self::{
    history::{Named, counted_by},
    refresh::{advance, advance_by_new, meter_was_read},
};
use super::{
    custom_field::{self, ValueInput},
    equipment::{self, Equipment},
    lifecycle::{self, Lifecycle, Prepared},
    meter::{nearest, reading},
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, MAX_TEXT_CHARS, Validator},
    value::{Decimal, FieldUpdate},
};

/// The longest interval in days: a hundred years.
const MAX_DAYS: i32 = 36_500;
/// The longest interval in months: a hundred years.
const MAX_MONTHS: i32 = 1_200;

/// The fields of a schedule that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// The type of work.
    pub service_type: FieldUpdate<String>,
    /// The interval in days.
    pub interval_days: FieldUpdate<i32>,
    /// The interval in calendar months.
    pub interval_months: FieldUpdate<i32>,
    /// The interval on the meter.
    pub interval_meter: FieldUpdate<Decimal>,
    /// The fixed date.
    pub due_date: FieldUpdate<NaiveDate>,
    /// From what the intervals are counted.
    pub counted_from: FieldUpdate<CountedFrom>,
    /// The day from which they are counted before the first completion.
    pub start_date: FieldUpdate<NaiveDate>,
    /// The reading of the present meter from which they are counted before the first completion.
    pub start_meter: FieldUpdate<Decimal>,
    /// How long before it is due it is upcoming.
    pub notify_before: FieldUpdate<(Decimal, NotifyUnit)>,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// Creates a schedule of the equipment that a reference names: a customer asset, else an asset.
pub async fn create(tx: &Tx, named: &Reference, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let inputs = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut validator, OwnerType::EquipmentSchedule, None, &inputs).await?;
    // The asset is locked: a service record about it waits, and then finds the schedule.
    let row = equipment::find_and_lock(tx, &mut validator, named).await?.map(of_equipment);
    if draft.service_type == FieldUpdate::Keep {
        validator.fail(Code::Required, "serviceType", "A new schedule needs its serviceType.");
    }
    let is_found = row.is_some();
    let row = read_draft(tx, &mut validator, draft, row.unwrap_or_default()).await?;
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    let row = validator.finish_with(is_found.then_some(row))?;
    let row = refresh::derive(tx, row).await?;
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, row.customer_id).await?;
    Ok(row)
}

/// Updates a schedule. Its equipment is immutable.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the schedule of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(
    tx: &Tx,
    equipment: Option<&Reference>,
    reference: &str,
    expected_version: Option<i32>,
    draft: Draft,
) -> Result<Model> {
    let check = async |validator: &mut Validator, found: &Model| match found.customer_asset_id {
        Some(id) => {
            reference::ensure_immutable::<customer_asset::Entity>(tx, validator, "equipment", equipment, id).await
        }
        None => {
            let asset = found.asset_id;
            reference::ensure_immutable::<asset::Entity>(tx, validator, "equipment", equipment, asset).await
        }
    };
    let create = async |draft| {
        let needed = || Error::invalid(Code::Required, &["equipment"], "A new schedule needs its equipment.");
        create(tx, equipment.ok_or_else(needed)?, draft).await
    };
    lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create).await
}

/// Soft-deletes a schedule.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores a schedule.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

/// Skips the occurrence that is due next, for a reason: it is used up as if the work had been done.
pub async fn skip(tx: &Tx, id: &Reference, expected_version: Option<i32>, reason: String) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    let mut validator = Validator::new();
    let mut after = before.clone();
    validator.set_sealed_text("reason", FieldUpdate::Set(reason), MAX_TEXT_CHARS, &mut after.skip_reason);
    if after.skip_reason.is_none() && validator.is_clean() {
        validator.fail(Code::Required, "reason", "reason cannot be empty.");
    }
    if before.next_due_date.is_none() && before.next_due_total.is_none() {
        validator.fail(Code::State, "id", "Nothing is due by this schedule, so that nothing can be skipped.");
    }
    validator.finish()?;
    after.skipped_at = Some(tx.at());
    (after.skipped_date, after.skipped_total) = (before.next_due_date, before.next_due_total);
    let after = refresh::derive(tx, after).await?;
    tx.update::<Entity>(&before, after).await
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::EquipmentSchedule;
    type Draft = Draft;
    type Children = ();

    fn set_external_reference(draft: &mut Draft, reference: String) {
        draft.external_reference = FieldUpdate::Set(reference);
    }

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let inputs = std::mem::take(&mut draft.custom_fields);
        let values = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        let row = read_draft(tx, validator, draft, before.clone()).await?;
        Ok(Prepared { row, values, children: () })
    }

    async fn write(tx: &Tx, before: &Model, after: Model, (): ()) -> Result<Model> {
        let after = refresh::derive(tx, after).await?;
        tx.update::<Self>(before, after).await
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        reference::ensure_live_and_lock::<asset::Entity>(tx, before.asset_id).await
    }

    async fn restore_row(tx: &Tx, before: &Model) -> Result<Model> {
        let restored = lifecycle::restore_with_values::<Self>(tx, before).await?;
        // Work may have been done since it was deleted.
        let after = refresh::derive(tx, restored.clone()).await?;
        refresh::write(tx, &restored, after).await
    }
}

/// A new row of equipment.
fn of_equipment(Equipment { asset, assignment }: Equipment) -> Model {
    Model {
        asset_id: asset.id,
        customer_asset_id: assignment.as_ref().map(|assignment| assignment.id),
        customer_id: assignment.map(|assignment| assignment.customer_id),
        ..Model::default()
    }
}

/// Reads a draft into a row. The reading from which it starts becomes a running total here, once.
async fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Result<Model> {
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_required_text("serviceType", draft.service_type, MAX_LINE_CHARS, &mut row.service_type);
    validator.set_integer("intervalDays", draft.interval_days, 1, MAX_DAYS, &mut row.interval_days);
    validator.set_integer("intervalMonths", draft.interval_months, 1, MAX_MONTHS, &mut row.interval_months);
    if let FieldUpdate::Set(Decimal(0)) = draft.interval_meter {
        validator.fail(Code::OutOfRange, "intervalMeter", "intervalMeter is more than 0.");
    }
    validator.set_non_negative("intervalMeter", draft.interval_meter, &mut row.interval_meter);
    validator.set_value("countedFrom", draft.counted_from, &mut row.counted_from);
    validator.set_option(draft.start_date, &mut row.start_date);
    set_due_date(tx, draft.due_date, &mut row);
    notice::set(validator, draft.notify_before, &mut row);
    if draft.start_meter != FieldUpdate::Keep {
        validator.set_non_negative("startMeter", draft.start_meter, &mut row.start_meter);
        row.start_total = start_total(tx, row.asset_id, row.start_meter).await?;
    }
    if row.start_meter.is_some() && row.interval_meter.is_none() {
        validator.fail(Code::Invalid, "startMeter", "startMeter goes with intervalMeter.");
    }
    let is_due_by_something = row.interval_days.is_some()
        || row.interval_months.is_some()
        || row.interval_meter.is_some()
        || row.due_date.is_some();
    // A refused interval has a violation of its own.
    if !is_due_by_something && validator.is_clean() {
        let message = "A schedule needs intervalDays, intervalMonths, intervalMeter or dueDate.";
        validator.fail(Code::Required, "intervalDays", message);
    }
    Ok(row)
}

/// Sets the fixed date. Only work that is done after it was set uses it up.
fn set_due_date(tx: &Tx, update: FieldUpdate<NaiveDate>, row: &mut Model) {
    let before = row.due_date;
    match update {
        FieldUpdate::Keep => return,
        FieldUpdate::Clear => row.due_date = None,
        FieldUpdate::Set(date) => row.due_date = Some(date),
    }
    if row.due_date != before {
        let today = refresh::day_of(tx.at(), refresh::zone(tx));
        let since = if row.id.is_nil() { row.start_date.unwrap_or(today) } else { today };
        row.due_date_since = row.due_date.map(|_| since);
    }
}

/// The running total at a reading of the present meter.
async fn start_total(tx: &Tx, asset: Uuid, start_meter: Option<i64>) -> Result<Option<i64>> {
    let Some(value) = start_meter else { return Ok(None) };
    let newest = nearest(tx, asset, Predicate::IsNull(false), true).await?;
    Ok(Some(value.saturating_add(newest.map_or(0, |newest| reading(&newest).offset()))))
}

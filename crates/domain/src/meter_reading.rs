//! Meter readings: what the meter of an asset showed at a time. Readings are added, and never changed.
//!
//! A reading is held against its neighbours in time, whenever it is entered. The meter of the asset is the newest reading by
//! its time. Whatever else tells the meter, such as the asset itself or its return from a customer, adds a reading, too.

use chrono::{DateTime, Utc};
use entity::{
    asset,
    meter_reading::{Entity, Model, Source},
};
use error::{Code, Result};
use sea_orm::prelude::Uuid;
use store::{Predicate, Tx, fold};

use super::{
    equipment, equipment_schedule,
    meter::{
        nearest, reading,
        running_total::{Entry, Refusal, total},
    },
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, Validator},
    value::Decimal,
};

/// A reading as a client writes it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: Option<String>,
    /// The value; that of the new meter where absent.
    pub value: Option<Decimal>,
    /// The unit; that of the asset's meter where absent.
    pub unit: Option<String>,
    /// When the meter was read; now where absent.
    pub at: Option<DateTime<Utc>>,
    /// Who or what read it.
    pub source: Source,
    /// Whether the meter may show less than before.
    pub rollback: bool,
    /// The exchange of the meter: the last value of the old one, and the first value of the new one.
    pub exchange: Option<(Decimal, Decimal)>,
}

/// A reading that can be written, and whether it is the newest one of its asset.
#[derive(Clone, Debug)]
pub struct Placed {
    row: Model,
    is_newest: bool,
}

/// Adds a reading of the asset that a reference names: an asset, or a customer asset.
pub async fn create(tx: &Tx, named: &Reference, draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let asset = equipment::find_and_lock(tx, &mut validator, named).await?.map(|found| found.asset);
    let mut row = Model { source: draft.source, rollback: draft.rollback, ..Model::default() };
    validator.set_text(
        "externalReference",
        draft.external_reference.into(),
        MAX_LINE_CHARS,
        &mut row.external_reference,
    );
    validator.set_text("unit", draft.unit.into(), MAX_LINE_CHARS, &mut row.unit);
    validator.check_event("at", draft.at.as_ref(), tx.at());
    row.at = draft.at.unwrap_or_else(|| tx.at());
    if let Some((old, new)) = draft.exchange {
        (row.exchange_old_value, row.exchange_new_value) = (Some(old.0), Some(new.0));
        validator.within("exchange", |validator| {
            validator.set_non_negative("oldValue", Some(old).into(), &mut row.exchange_old_value);
            validator.set_non_negative("newValue", Some(new).into(), &mut row.exchange_new_value);
        });
    }
    let mut value = None;
    match draft.value.or(draft.exchange.map(|(_, new)| new)) {
        Some(given) => validator.set_non_negative("value", Some(given).into(), &mut value),
        None => validator.fail(Code::Required, "value", "A reading needs its value."),
    }
    row.value = value.unwrap_or_default();
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    if let Some(asset) = &asset {
        check_unit(&mut validator, asset, &mut row);
    }
    let placed = match asset.filter(|_| validator.is_clean()) {
        Some(asset) => place(tx, &mut validator, &asset, row, &["value"]).await?.map(|placed| (asset, placed)),
        None => None,
    };
    let (before, placed) = validator.finish_with(placed)?;
    let mut after = before.clone();
    move_meter(&placed, &mut after);
    tx.update::<asset::Entity>(&before, after).await?;
    write(tx, placed, before.id).await
}

/// Holds a reading of an asset, which is locked, against its neighbours in time. A violation is one of the field at `path`.
pub async fn place(
    tx: &Tx,
    validator: &mut Validator,
    asset: &asset::Model,
    mut row: Model,
    path: &[&str],
) -> Result<Option<Placed>> {
    let at = row.at;
    let before = nearest(tx, asset.id, Predicate::Lt(at.into()), true).await?;
    // The meter of the asset tells whether there is a later reading, or one of the same time.
    let is_newest = asset.meter_at.is_some_and(|known| known < at);
    let (same, after) = if is_newest {
        (None, None)
    } else {
        (
            nearest(tx, asset.id, Predicate::Eq(at.into()), true).await?,
            nearest(tx, asset.id, Predicate::Gt(at.into()), false).await?,
        )
    };
    let new = reading(&row);
    let entry = Entry { value: new.value, rollback: new.rollback, exchange: new.exchange };
    // A reading of the same time is corrected by this one; later totals go on from an exchange that it stated.
    let corrects_exchange = after.is_some() && same.as_ref().is_some_and(|same| same.exchange_old_value.is_some());
    let placed = if corrects_exchange {
        Err(Refusal::LateExchange)
    } else {
        total(before.as_ref().map(reading).as_ref(), after.as_ref().map(reading).as_ref(), &entry)
    };
    match placed {
        Ok(total) => {
            row.total = total;
            Ok(Some(Placed { row, is_newest: after.is_none() }))
        }
        Err(refusal) => {
            let (code, message) = message(&row, refusal, [before.as_ref(), after.as_ref()]);
            let path = if matches!(refusal, Refusal::OldBelowPrevious(_)) { &["exchange", "oldValue"] } else { path };
            let path = validator.path("").into_iter().chain(path.iter().map(|segment| (*segment).to_owned())).collect();
            validator.fail_at(code, path, message);
            Ok(None)
        }
    }
}

/// Moves the meter of an asset to a reading, if it is the newest one.
pub fn move_meter(placed: &Placed, asset: &mut asset::Model) {
    if placed.is_newest {
        (asset.meter_value, asset.meter_at) = (Some(placed.row.value), Some(placed.row.at));
        asset.meter_unit = placed.row.unit.clone().or_else(|| asset.meter_unit.take());
    }
}

/// Writes a reading of an asset, and what is due by it.
pub async fn write(tx: &Tx, placed: Placed, asset: Uuid) -> Result<Model> {
    let row = tx.insert::<Entity>(Model { asset_id: asset, ..placed.row }).await?;
    equipment_schedule::meter_was_read(tx, &row).await?;
    Ok(row)
}

/// Adds the first reading of a new asset, if its meter is known. Nothing is due by it yet.
pub async fn create_first(tx: &Tx, asset: &asset::Model) -> Result<()> {
    let Some((value, at)) = asset.meter_value.zip(asset.meter_at) else { return Ok(()) };
    let row = told_by(Source::Manual, value, asset.meter_unit.clone(), at);
    tx.insert::<Entity>(Model { asset_id: asset.id, total: value, ..row }).await.map(drop)
}

/// A reading that something else tells: the asset itself, or its handover.
pub fn told_by(source: Source, value: i64, unit: Option<String>, at: DateTime<Utc>) -> Model {
    Model { value, unit, at, source, ..Model::default() }
}

/// Refuses a unit that is not that of the asset's meter: the total would add up miles and kilometres.
fn check_unit(validator: &mut Validator, asset: &asset::Model, row: &mut Model) {
    match (&row.unit, &asset.meter_unit) {
        (Some(given), Some(known)) if fold::fold(given) != fold::fold(known) => {
            let message = format!(
                "The meter of the asset counts \"{known}\", not \"{given}\"; give its reading, or change the unit of the asset."
            );
            validator.fail(Code::Invalid, "unit", message);
        }
        (_, Some(known)) => row.unit = Some(known.clone()),
        (_, None) => {}
    }
}

/// Why a reading is refused, in words.
fn message(row: &Model, refusal: Refusal, [before, after]: [Option<&Model>; 2]) -> (Code, String) {
    let value = Decimal(row.value);
    let at = |row: Option<&Model>| row.map_or_else(String::new, |row| row.at.to_string());
    match refusal {
        Refusal::BelowPrevious(known) => {
            let (known, at) = (Decimal(known), at(before));
            let message = format!(
                "{value} is below {known}, which the meter showed on {at}; correct it, or add a reading with rollback: true \
                 or with the exchange of the meter."
            );
            (Code::OutOfRange, message)
        }
        Refusal::AbovePast(known) => {
            (Code::OutOfRange, format!("{value} is above {}, which the meter showed on {}.", Decimal(known), at(after)))
        }
        Refusal::OldBelowPrevious(known) => {
            let (old, known) = (Decimal(row.exchange_old_value.unwrap_or_default()), Decimal(known));
            let message = format!(
                "{old} is below {known}, which the old meter showed on {}; correct it, or say rollback: true.",
                at(before)
            );
            (Code::OutOfRange, message)
        }
        Refusal::BelowNew(known) => {
            (Code::OutOfRange, format!("{value} is below {}, with which the new meter began.", Decimal(known)))
        }
        Refusal::LateExchange => {
            let message =
                format!("An exchange of the meter is entered before later readings; there is one of {}.", at(after));
            (Code::State, message)
        }
        Refusal::TooLarge => {
            (Code::OutOfRange, format!("With {value}, the total of all meters exceeds {}.", Decimal(i64::MAX)))
        }
    }
}

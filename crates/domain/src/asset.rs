//! Assets: pieces of equipment, which are not deleted while they are on rent or lease, or reserved.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    asset::{Entity, Model, Status},
    custom_field_definition::OwnerType,
    customer_asset::{self, Relationship},
    meter_reading::Source,
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Filter, Predicate, TenantTable, Tx, table::enum_text};

use super::{
    custom_field::{self, ValueInput, ValueWrites},
    customer_asset::claim::{Period, period, rfc3339, touching},
    lifecycle::{self, Lifecycle, Prepared},
    meter_reading::{self, Placed},
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate},
};

/// The fields of an asset that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// The name.
    pub name: FieldUpdate<String>,
    /// The number painted on it.
    pub unit_number: FieldUpdate<String>,
    /// The category of equipment.
    pub category: FieldUpdate<String>,
    /// The manufacturer.
    pub make: FieldUpdate<String>,
    /// The manufacturer's model.
    pub model: FieldUpdate<String>,
    /// Model year.
    pub year: FieldUpdate<i32>,
    /// The manufacturer's serial number.
    pub serial_number: FieldUpdate<String>,
    /// When it was installed.
    pub install_date: FieldUpdate<NaiveDate>,
    /// The last day of its warranty.
    pub warranty_expiration: FieldUpdate<NaiveDate>,
    /// The latest meter reading.
    pub meter: FieldUpdate<MeterReading>,
    /// Whether it is available for use.
    pub status: FieldUpdate<Status>,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// A meter reading, as a client writes it.
#[derive(Clone, Debug)]
pub struct MeterReading {
    /// The reading.
    pub value: Decimal,
    /// The unit of the meter.
    pub unit: FieldUpdate<String>,
    /// When it was read; now where absent.
    pub at: Option<DateTime<Utc>>,
}

/// Creates an asset.
pub async fn create(tx: &Tx, draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let (row, values) = prepare_new(tx, &mut validator, draft).await?;
    validator.finish()?;
    insert(tx, row, values).await
}

/// Updates an asset.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the asset of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(tx: &Tx, reference: &str, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    let check = async |_: &mut Validator, _: &Model| Ok(());
    let create = async |draft| create(tx, draft).await;
    lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create).await
}

/// Soft-deletes an asset that is not on rent or lease.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores an asset.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

/// Reads a draft into a new row and the values of its custom fields, for [`insert`].
pub async fn prepare_new(tx: &Tx, validator: &mut Validator, mut draft: Draft) -> Result<(Model, ValueWrites)> {
    let inputs = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, validator, OwnerType::Asset, None, &inputs).await?;
    let row = read_draft(tx, validator, draft, Model::default());
    reference::ensure_unique::<Entity>(tx, validator, row.id, row.external_reference.as_ref()).await?;
    Ok((row, values))
}

/// Writes a new asset.
pub async fn insert(tx: &Tx, row: Model, values: ValueWrites) -> Result<Model> {
    let row = tx.insert::<Entity>(row).await?;
    meter_reading::create_first(tx, &row).await?;
    values.write(tx, row.id, None).await?;
    Ok(row)
}

/// Customer assets that are a rental or a lease.
pub fn on_rent_or_lease() -> Filter {
    let relationships = [Relationship::Rented, Relationship::Leased]
        .iter()
        .map(|relationship| enum_text(relationship).into())
        .collect();
    Filter::Column("relationship", Predicate::In(relationships))
}

/// Rentals and leases whose asset is not returned, overdue ones included.
pub fn not_returned() -> Filter {
    Filter::All(vec![on_rent_or_lease(), Filter::Column("returned_at", Predicate::IsNull(true))])
}

/// Customer assets that are current at a time: begun and not returned. A past agreed end ends them, except rentals and
/// leases, which are current until the asset is returned. A reservation is never current: nobody has the asset by it.
pub fn current_assignment(at: DateTime<Utc>) -> Filter {
    let null_or = |column, predicate| {
        Filter::Any(vec![Filter::Column(column, Predicate::IsNull(true)), Filter::Column(column, predicate)])
    };
    let reserved = Predicate::Neq(enum_text(&Relationship::Reserved).into());
    Filter::All(vec![
        Filter::Column("relationship", reserved),
        null_or("starts_at", Predicate::Lte(at.into())),
        null_or("returned_at", Predicate::Gt(at.into())),
        Filter::Any(vec![on_rent_or_lease(), null_or("until", Predicate::Gt(at.into()))]),
    ])
}

/// Customer assets that are returned at a time.
pub fn returned_assignment(at: DateTime<Utc>) -> Filter {
    Filter::Column("returned_at", Predicate::Lte(at.into()))
}

/// Whether a customer asset is current at a time: the rule of [`current_assignment`] for one row.
pub fn is_current(row: &customer_asset::Model, at: DateTime<Utc>) -> bool {
    let ends = !matches!(row.relationship, Relationship::Rented | Relationship::Leased);
    row.relationship != Relationship::Reserved
        && row.starts_at.is_none_or(|start| start <= at)
        && row.returned_at.is_none_or(|returned| returned > at)
        && !(ends && row.until.is_some_and(|until| until <= at))
}

/// Records a meter reading that was taken when an asset was handed over or came back. The asset keeps the unit of its meter. A
/// violation is one of `field`.
pub async fn record_meter(tx: &Tx, asset: Uuid, value: i64, at: DateTime<Utc>, field: &str) -> Result<()> {
    let Some(before) = tx.lock(&tx.find::<Entity>()?.ids([asset])).await?.into_iter().next() else { return Ok(()) };
    let mut validator = Validator::new();
    let reading = meter_reading::told_by(Source::Handover, value, before.meter_unit.clone(), at);
    let placed = meter_reading::place(tx, &mut validator, &before, reading, &[field]).await?;
    let placed = validator.finish_with(placed)?;
    let mut after = before.clone();
    meter_reading::move_meter(&placed, &mut after);
    tx.update::<Entity>(&before, after).await?;
    meter_reading::write(tx, placed, before.id).await.map(drop)
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::Asset;
    type Draft = Draft;
    /// The meter reading that the draft has.
    type Children = Option<Placed>;

    fn set_external_reference(draft: &mut Draft, reference: String) {
        draft.external_reference = FieldUpdate::Set(reference);
    }

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let inputs = std::mem::take(&mut draft.custom_fields);
        let values = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        let is_read = draft.meter.value().is_some();
        let mut row = read_draft(tx, validator, draft, before.clone());
        let mut placed = None;
        if let Some((value, at)) = row.meter_value.zip(row.meter_at).filter(|_| is_read && validator.is_clean()) {
            let reading = meter_reading::told_by(Source::Manual, value, row.meter_unit.clone(), at);
            placed = meter_reading::place(tx, validator, before, reading, &["meter", "value"]).await?;
            (row.meter_value, row.meter_at) = (before.meter_value, before.meter_at);
            if let Some(placed) = &placed {
                meter_reading::move_meter(placed, &mut row);
            }
        }
        Ok(Prepared { row, values, children: placed })
    }

    async fn write(tx: &Tx, before: &Model, after: Model, placed: Option<Placed>) -> Result<Model> {
        let row = tx.update::<Self>(before, after).await?;
        if let Some(placed) = placed {
            meter_reading::write(tx, placed, before.id).await?;
        }
        Ok(row)
    }

    async fn guard_delete(tx: &Tx, before: &Model) -> Result<()> {
        let message = if let Some(assignment) = rental_or_lease(tx, before.id).await? {
            let id = customer_asset::Entity::TABLE.encode_id(assignment.id);
            format!("The asset is out on rent or lease as {id}; return that first.")
        } else if let Some((reservation, (from, _))) = reservation(tx, before.id).await? {
            let id = customer_asset::Entity::TABLE.encode_id(reservation.id);
            format!("The asset is reserved as {id} from {}; delete that first.", rfc3339(from))
        } else {
            return Ok(());
        };
        Err(Error::invalid(Code::InUse, &["id"], message))
    }
}

fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Model {
    let name = if row.name.is_empty() && draft.name == FieldUpdate::Keep { FieldUpdate::Clear } else { draft.name };
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_required_text("name", name, MAX_LINE_CHARS, &mut row.name);
    validator.set_text("unitNumber", draft.unit_number, MAX_LINE_CHARS, &mut row.unit_number);
    validator.set_text("category", draft.category, MAX_LINE_CHARS, &mut row.category);
    validator.set_text("make", draft.make, MAX_LINE_CHARS, &mut row.make);
    validator.set_text("model", draft.model, MAX_LINE_CHARS, &mut row.model);
    validator.set_integer("year", draft.year, 1800, 2200, &mut row.year);
    validator.set_text("serialNumber", draft.serial_number, MAX_LINE_CHARS, &mut row.serial_number);
    validator.set_option(draft.install_date, &mut row.install_date);
    validator.set_option(draft.warranty_expiration, &mut row.warranty_expiration);
    validator.set_value("status", draft.status, &mut row.status);
    match draft.meter {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => (row.meter_value, row.meter_unit, row.meter_at) = (None, None, None),
        FieldUpdate::Set(reading) => validator.within("meter", |validator| {
            validator.set_non_negative("value", FieldUpdate::Set(reading.value), &mut row.meter_value);
            validator.set_text("unit", reading.unit, MAX_LINE_CHARS, &mut row.meter_unit);
            validator.check_event("at", reading.at.as_ref(), tx.at());
            row.meter_at = Some(reading.at.unwrap_or_else(|| tx.at()));
        }),
    }
    row
}

/// The rental or lease of an asset that is not returned, a future one included.
async fn rental_or_lease(tx: &Tx, asset: Uuid) -> Result<Option<customer_asset::Model>> {
    let find = tx.find::<customer_asset::Entity>()?.filter(not_returned());
    let find = find.filter(Filter::Column("asset_id", Predicate::Eq(asset.into())));
    tx.one(&find).await
}

/// The first reservation that holds an asset now or later.
async fn reservation(tx: &Tx, asset: Uuid) -> Result<Option<(customer_asset::Model, Period)>> {
    let find = tx.find::<customer_asset::Entity>()?.filter(touching((tx.at(), None)));
    let claims = tx.all(&find.filter(Filter::Column("asset_id", Predicate::Eq(asset.into())))).await?;
    let reserved = claims.into_iter().filter(|claim| claim.relationship == Relationship::Reserved);
    let holding = reserved.filter_map(|claim| period(&claim, tx.at()).map(|period| (claim, period)));
    Ok(holding.min_by_key(|(claim, period)| (*period, claim.id)))
}

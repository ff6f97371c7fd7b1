//! Assets: pieces of equipment, which stay while somebody has them on rent or lease.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    asset::{Entity, Model, Status},
    custom_field_definition::Owner,
    customer_asset::{self, Relationship},
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Filter, Predicate, TenantTable, Tx, table::enum_text};

use super::{
    custom_field::{self, ValueInput, ValueWrites},
    lifecycle::{self, Lifecycle, Prepared},
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate},
};

/// What a client says about an asset.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: FieldUpdate<String>,
    /// What it is called.
    pub name: FieldUpdate<String>,
    /// The number painted on it.
    pub unit_number: FieldUpdate<String>,
    /// What kind of equipment.
    pub category: FieldUpdate<String>,
    /// Who made it.
    pub make: FieldUpdate<String>,
    /// The maker's model.
    pub model: FieldUpdate<String>,
    /// Model year.
    pub year: FieldUpdate<i32>,
    /// The maker's serial number.
    pub serial_number: FieldUpdate<String>,
    /// When it was installed.
    pub install_date: FieldUpdate<NaiveDate>,
    /// The last day of its warranty.
    pub warranty_expiration: FieldUpdate<NaiveDate>,
    /// A meter reading.
    pub meter: FieldUpdate<MeterReading>,
    /// Whether it can be used.
    pub status: FieldUpdate<Status>,
    /// ValueWrites of custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// What a client says about a meter.
#[derive(Clone, Debug)]
pub struct MeterReading {
    /// What it shows.
    pub value: Decimal,
    /// What it counts; as before, where nothing is said.
    pub unit: FieldUpdate<String>,
    /// When it was read; now, where nothing is said.
    pub at: Option<DateTime<Utc>>,
}

/// Makes an asset.
pub async fn create(tx: &Tx, draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let (row, values) = prepare_new(tx, &mut validator, draft).await?;
    validator.finish()?;
    insert(tx, row, values).await
}

/// Updates an asset.
pub async fn update(tx: &Tx, id: &Reference, expected: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected, draft).await
}

/// Creates the asset of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(tx: &Tx, reference: &str, draft: Draft) -> Result<Model> {
    let draft = Draft { external_reference: FieldUpdate::Set(reference.to_owned()), ..draft };
    match reference::find_by_reference::<Entity>(tx, reference).await? {
        Some(found) => lifecycle::update_found::<Entity>(tx, found, draft).await,
        None => create(tx, draft).await,
    }
}

/// Soft-deletes an asset that nobody has on rent or lease.
pub async fn delete(tx: &Tx, id: &Reference, expected: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected).await
}

/// Restores an asset.
pub async fn restore(tx: &Tx, id: &Reference) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id).await
}

/// Reads a draft into a new row and the values of its custom fields.
pub async fn prepare_new(tx: &Tx, validator: &mut Validator, mut draft: Draft) -> Result<(Model, ValueWrites)> {
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, validator, Owner::Asset, None, &given).await?;
    let row = read_draft(tx, validator, draft, Model::default());
    reference::ensure_unique::<Entity>(tx, validator, row.id, row.external_reference.as_ref()).await?;
    Ok((row, values))
}

/// Writes a new asset.
pub async fn insert(tx: &Tx, row: Model, values: ValueWrites) -> Result<Model> {
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, None).await?;
    Ok(row)
}

/// That a customer asset is a rental or a lease.
pub fn on_rent_or_lease() -> Filter {
    let terms = [Relationship::Rented, Relationship::Leased]
        .iter()
        .map(|relationship| enum_text(relationship).into())
        .collect();
    Filter::Column("relationship", Predicate::In(terms))
}

/// That a customer asset is a rental or a lease whose asset did not come back. One past its end still counts.
pub fn not_returned() -> Filter {
    Filter::All(vec![on_rent_or_lease(), Filter::Column("returned_at", Predicate::IsNull(true))])
}

/// That a customer asset has its asset at a time: it has begun, and the asset was not returned. An agreed end that is past
/// ends it unless it is a rental or a lease, whose asset is out until it is returned.
pub fn current_assignment(at: DateTime<Utc>) -> Filter {
    let null_or = |column, predicate| {
        Filter::Any(vec![Filter::Column(column, Predicate::IsNull(true)), Filter::Column(column, predicate)])
    };
    Filter::All(vec![
        null_or("starts_at", Predicate::Lte(at.into())),
        null_or("returned_at", Predicate::Gt(at.into())),
        Filter::Any(vec![on_rent_or_lease(), null_or("until", Predicate::Gt(at.into()))]),
    ])
}

impl Lifecycle for Entity {
    const OWNER: Owner = Owner::Asset;
    type Draft = Draft;
    type Children = ();

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let inputs = std::mem::take(&mut draft.custom_fields);
        let values = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        let row = read_draft(tx, validator, draft, before.clone());
        Ok(Prepared { row, values, children: () })
    }

    async fn write(tx: &Tx, before: &Model, after: Model, (): ()) -> Result<Model> {
        tx.update::<Self>(before, after).await
    }

    async fn guard_delete(tx: &Tx, before: &Model) -> Result<()> {
        let Some(assignment) = rental_or_lease(tx, before.id).await? else { return Ok(()) };
        let id = customer_asset::Entity::TABLE.encode_id(assignment);
        let message = format!("The asset is out on rent or lease as {id}; return that first.");
        Err(Error::invalid(Code::InUse, &["id"], message))
    }
}

fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Model {
    let name = if row.name.is_empty() && draft.name == FieldUpdate::Keep { FieldUpdate::Clear } else { draft.name };
    validator.text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.required("name", name, MAX_LINE_CHARS, &mut row.name);
    validator.text("unitNumber", draft.unit_number, MAX_LINE_CHARS, &mut row.unit_number);
    validator.text("category", draft.category, MAX_LINE_CHARS, &mut row.category);
    validator.text("make", draft.make, MAX_LINE_CHARS, &mut row.make);
    validator.text("model", draft.model, MAX_LINE_CHARS, &mut row.model);
    validator.integer("year", draft.year, 1800, 2200, &mut row.year);
    validator.text("serialNumber", draft.serial_number, MAX_LINE_CHARS, &mut row.serial_number);
    validator.option(draft.install_date, &mut row.install_date);
    validator.option(draft.warranty_expiration, &mut row.warranty_expiration);
    validator.value("status", draft.status, &mut row.status);
    match draft.meter {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => (row.meter_value, row.meter_unit, row.meter_at) = (None, None, None),
        FieldUpdate::Set(reading) => validator.within("meter", |validator| {
            validator.non_negative("value", FieldUpdate::Set(reading.value), &mut row.meter_value);
            validator.text("unit", reading.unit, MAX_LINE_CHARS, &mut row.meter_unit);
            row.meter_at = Some(reading.at.unwrap_or_else(|| tx.at()));
        }),
    }
    row
}

/// The assignment by which somebody has an asset on rent or lease, or will have it.
async fn rental_or_lease(tx: &Tx, asset: Uuid) -> Result<Option<Uuid>> {
    let find = tx.find::<customer_asset::Entity>()?.filter(not_returned());
    let find = find.filter(Filter::Column("asset_id", Predicate::Eq(asset.into())));
    Ok(tx.one(&find).await?.map(|row| row.id))
}

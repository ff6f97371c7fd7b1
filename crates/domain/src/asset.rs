//! Assets: pieces of equipment, which stay while somebody has them on rent or lease.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    asset::{Entity, Model, Status},
    custom_field_definition::Owner,
    customer_asset::{self, Relationship},
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Owned, Test, Tx, owned::stored};

use super::{
    check::{Check, LINE},
    custom_field::{self, Given, Values},
    reference::{self, Reference},
    value::{Decimal, Field},
};

/// What a client says about an asset.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: Field<String>,
    /// What it is called.
    pub name: Field<String>,
    /// The number painted on it.
    pub unit_number: Field<String>,
    /// What kind of equipment.
    pub category: Field<String>,
    /// Who made it.
    pub make: Field<String>,
    /// The maker's model.
    pub model: Field<String>,
    /// Model year.
    pub year: Field<i32>,
    /// The maker's serial number.
    pub serial_number: Field<String>,
    /// When it was installed.
    pub install_date: Field<NaiveDate>,
    /// The last day of its warranty.
    pub warranty_expiration: Field<NaiveDate>,
    /// A meter reading.
    pub meter: Field<Reading>,
    /// Whether it can be used.
    pub status: Field<Status>,
    /// Values of custom fields.
    pub custom_fields: Vec<Given>,
}

/// What a client says about a meter.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What it shows.
    pub value: Decimal,
    /// What it counts; as before, where nothing is said.
    pub unit: Field<String>,
    /// When it was read; now, where nothing is said.
    pub at: Option<DateTime<Utc>>,
}

/// Makes an asset.
pub async fn create(tx: &Tx, draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let (row, values) = prepare(tx, &mut check, draft).await?;
    check.done()?;
    add(tx, row, values).await
}

/// Changes an asset.
pub async fn update(tx: &Tx, id: &Reference, expected: Option<i32>, draft: Draft) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    change(tx, before, draft).await
}

/// Makes the asset of an external reference, or changes the one that has it.
pub async fn upsert(tx: &Tx, reference: &str, draft: Draft) -> Result<Model> {
    let draft = Draft { external_reference: Field::Set(reference.to_owned()), ..draft };
    match reference::holder::<Entity>(tx, reference).await? {
        Some(row) if row.deleted_at.is_some() => {
            let row = show(tx, &row).await?;
            change(tx, row, draft).await
        }
        Some(row) => change(tx, row, draft).await,
        None => create(tx, draft).await,
    }
}

/// Hides an asset that nobody has on rent or lease.
pub async fn delete(tx: &Tx, id: &Reference, expected: Option<i32>) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    if let Some(out) = taken(tx, before.id).await? {
        let id = customer_asset::Entity::TABLE.id(out);
        let message = format!("The asset is out on rent or lease as {id}; return that first.");
        return Err(Error::invalid(Code::InUse, &["id"], message));
    }
    let stamp = Uuid::now_v7();
    custom_field::hide(tx, Owner::Asset, &[before.id], stamp).await?;
    tx.delete::<Entity>(&before, stamp).await
}

/// Brings an asset back.
pub async fn restore(tx: &Tx, id: &Reference) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, None, Deleted::Only).await?;
    show(tx, &before).await
}

/// Reads a draft into a new row and the values of its custom fields.
pub async fn prepare(tx: &Tx, check: &mut Check, mut draft: Draft) -> Result<(Model, Values)> {
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, check, Owner::Asset, None, &given).await?;
    let row = read(tx, check, draft, Model::default());
    reference::free::<Entity>(tx, check, row.id, row.external_reference.as_ref()).await?;
    Ok((row, values))
}

/// Writes a new asset.
pub async fn add(tx: &Tx, row: Model, values: Values) -> Result<Model> {
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, None).await?;
    Ok(row)
}

/// That a customer asset is a rental or a lease.
pub fn hired() -> Filter {
    let kinds = [Relationship::Rented, Relationship::Leased].iter().map(|kind| stored(kind).into()).collect();
    Filter::Column("relationship", Test::In(kinds))
}

/// That a customer asset is a rental or a lease whose asset did not come back. One past its end still counts.
pub fn out() -> Filter {
    Filter::All(vec![hired(), Filter::Column("returned_at", Test::IsNull(true))])
}

async fn show(tx: &Tx, before: &Model) -> Result<Model> {
    custom_field::show(tx, before.deleted_with, Some((Owner::Asset, before.id))).await?;
    tx.restore::<Entity>(before).await
}

async fn change(tx: &Tx, before: Model, mut draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut check, Owner::Asset, Some(before.id), &given).await?;
    let after = read(tx, &mut check, draft, before.clone());
    if after.external_reference != before.external_reference {
        reference::free::<Entity>(tx, &mut check, before.id, after.external_reference.as_ref()).await?;
    }
    check.done()?;
    values.write(tx, before.id, None).await?;
    tx.update::<Entity>(&before, after).await
}

fn read(tx: &Tx, check: &mut Check, draft: Draft, mut row: Model) -> Model {
    let name = if row.name.is_empty() && draft.name == Field::Keep { Field::Clear } else { draft.name };
    check.text("externalReference", draft.external_reference, LINE, &mut row.external_reference);
    check.required("name", name, LINE, &mut row.name);
    check.text("unitNumber", draft.unit_number, LINE, &mut row.unit_number);
    check.text("category", draft.category, LINE, &mut row.category);
    check.text("make", draft.make, LINE, &mut row.make);
    check.text("model", draft.model, LINE, &mut row.model);
    check.whole("year", draft.year, 1800, 2200, &mut row.year);
    check.text("serialNumber", draft.serial_number, LINE, &mut row.serial_number);
    check.option(draft.install_date, &mut row.install_date);
    check.option(draft.warranty_expiration, &mut row.warranty_expiration);
    check.value("status", draft.status, &mut row.status);
    match draft.meter {
        Field::Keep => {}
        Field::Clear => (row.meter_value, row.meter_unit, row.meter_at) = (None, None, None),
        Field::Set(reading) => check.within("meter", |check| {
            check.amount("value", Field::Set(reading.value), &mut row.meter_value);
            check.text("unit", reading.unit, LINE, &mut row.meter_unit);
            row.meter_at = Some(reading.at.unwrap_or_else(|| tx.at()));
        }),
    }
    row
}

/// The assignment by which somebody has an asset on rent or lease, or will have it.
async fn taken(tx: &Tx, asset: Uuid) -> Result<Option<Uuid>> {
    let find = tx.find::<customer_asset::Entity>()?.filter(out());
    let find = find.filter(Filter::Column("asset_id", Test::Eq(asset.into())));
    Ok(tx.one(&find).await?.map(|row| row.id))
}

//! Customer assets: one asset assigned to one customer for a period; on rent or lease never to two at once.

pub mod claim;

use chrono::{DateTime, Utc};
use entity::{
    address, asset,
    custom_field_definition::OwnerType,
    customer,
    customer_asset::{Entity, Model, Relationship},
};
use error::{Code, Error, OfField, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Tx};

use self::claim::{ensure_available, is_expired, period, rfc3339};
use super::{
    asset as assets,
    custom_field::{self, ValueInput, ValueWrites},
    lifecycle::{self, Lifecycle, Prepared},
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, MAX_TEXT_CHARS, Validator},
    value::{Decimal, FieldUpdate},
};

/// The fields of a customer asset that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// The terms: owned, reserved, rented, leased or under service.
    pub relationship: FieldUpdate<Relationship>,
    /// The beginning; absent: always.
    pub from: FieldUpdate<DateTime<Utc>>,
    /// The agreed end.
    pub until: FieldUpdate<DateTime<Utc>>,
    /// When a reservation ends by itself.
    pub reserved_until: FieldUpdate<DateTime<Utc>>,
    /// When it is expected back.
    pub expected_return: FieldUpdate<DateTime<Utc>>,
    /// When it was returned.
    pub returned_at: FieldUpdate<DateTime<Utc>>,
    /// The number of the contract.
    pub contract_number: FieldUpdate<String>,
    /// The address where it is located.
    pub location: FieldUpdate<Reference>,
    /// The meter reading at the beginning.
    pub meter_out: FieldUpdate<Decimal>,
    /// The meter reading at the return.
    pub meter_in: FieldUpdate<Decimal>,
    /// Free text.
    pub notes: FieldUpdate<String>,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// The asset to be assigned.
#[derive(Clone, Debug)]
pub enum AssetChoice {
    /// An asset that exists.
    Existing(Reference),
    /// An asset to be created with the assignment.
    New(Box<assets::Draft>),
}

/// The asset to be assigned, found or ready to be written.
enum PreparedAsset {
    Existing(Uuid),
    New(Box<asset::Model>, ValueWrites),
}

/// The return of an asset, as a client reports it.
#[derive(Clone, Debug, Default)]
pub struct ReturnInput {
    /// When it was returned; now where absent.
    pub at: Option<DateTime<Utc>>,
    /// The meter reading at the return.
    pub meter_in: FieldUpdate<Decimal>,
    /// A text to append to the notes.
    pub note: Option<String>,
}

/// Assigns an asset to a customer; a new asset is created first.
pub async fn create(tx: &Tx, customer: &Reference, asset: AssetChoice, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let inputs = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut validator, OwnerType::CustomerAsset, None, &inputs).await?;
    let customers = reference::find::<customer::Entity>(tx, [customer]).await.of_field("customer")?;
    let owner = customers.require(&mut validator, vec!["customer".to_owned()], customer).map(|owner| owner.id);
    if draft.relationship == FieldUpdate::Keep {
        let message = "A new customer asset needs its relationship: OWNED, RESERVED, RENTED, LEASED or UNDER_SERVICE.";
        validator.fail(Code::Required, "relationship", message);
    }
    let mut row = read_draft(tx, &mut validator, draft, Model::default()).await?;
    let asset = prepare_asset(tx, &mut validator, asset).await?;
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    if let Some(PreparedAsset::Existing(id)) = asset
        && validator.is_clean()
    {
        row.asset_id = id;
        ensure_available(tx, &mut validator, &row, false).await?;
    }
    let (owner, asset) = validator.finish_with(owner.zip(asset))?;
    row.customer_id = owner;
    row.asset_id = match asset {
        PreparedAsset::Existing(id) => id,
        PreparedAsset::New(asset, values) => assets::insert(tx, *asset, values).await?.id,
    };
    let row = tx.insert::<Entity>(row).await?;
    record_meters(tx, None, &row).await?;
    values.write(tx, row.id, Some(owner)).await?;
    Ok(row)
}

/// Updates a customer asset. Its customer and asset are immutable.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the customer asset of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(
    tx: &Tx,
    customer: Option<&Reference>,
    asset: Option<&Reference>,
    reference: &str,
    expected_version: Option<i32>,
    draft: Draft,
) -> Result<Model> {
    let check = async |validator: &mut Validator, found: &Model| {
        let (owner, assigned) = (found.customer_id, found.asset_id);
        reference::ensure_immutable::<customer::Entity>(tx, validator, "customer", customer, owner).await?;
        reference::ensure_immutable::<asset::Entity>(tx, validator, "asset", asset, assigned).await
    };
    let create = async |draft| {
        let mut validator = Validator::new();
        for (field, parent) in [("customer", customer), ("asset", asset)] {
            if parent.is_none() {
                validator.fail(Code::Required, field, format!("A new customer asset needs its {field}."));
            }
        }
        let (customer, asset) = validator.finish_with(customer.zip(asset))?;
        create(tx, customer, AssetChoice::Existing(asset.clone()), draft).await
    };
    lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create).await
}

/// Records the return of an asset.
pub async fn return_asset(tx: &Tx, id: &Reference, expected_version: Option<i32>, input: ReturnInput) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    if let Some(at) = before.returned_at {
        let message = format!("The asset came back {}; an asset that is out can be returned.", rfc3339(at));
        return Err(Error::invalid(Code::State, &["id"], message));
    }
    if before.relationship == Relationship::Reserved {
        let message = "The asset is RESERVED and was not handed over; delete the reservation instead.";
        return Err(Error::invalid(Code::State, &["id"], message.to_owned()));
    }
    let mut validator = Validator::new();
    let mut after = before.clone();
    validator.check_event("at", input.at.as_ref(), tx.at());
    after.returned_at = Some(input.at.unwrap_or_else(|| tx.at()));
    validator.set_non_negative("meterIn", input.meter_in, &mut after.meter_in);
    validator.check_period("at", after.starts_at, after.returned_at);
    check_meters(&mut validator, &after);
    if let Some(note) = input.note.as_deref().map(str::trim).filter(|note| !note.is_empty()) {
        let stored = match &before.notes {
            Some(notes) => Some(tx.open::<Entity>(&before, "notes", notes).await?),
            None => None,
        };
        let notes = stored.iter().map(String::as_str).chain([note]).collect::<Vec<_>>().join("\n");
        validator.set_sealed_text("note", FieldUpdate::Set(notes), MAX_TEXT_CHARS, &mut after.notes);
    }
    // A return later than agreed may overlap the next rental.
    if validator.is_clean() {
        ensure_available(tx, &mut validator, &after, true).await?;
    }
    validator.finish()?;
    update_row(tx, &before, after).await
}

/// Soft-deletes a customer asset.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores a customer asset, unless another rental or lease of its asset overlaps it by now.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::CustomerAsset;
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

    async fn validate(
        tx: &Tx,
        validator: &mut Validator,
        before: &Model,
        prepared: &Prepared<Self>,
        restored: bool,
    ) -> Result<()> {
        let (was_held, holds) = (period(before, tx.at()), period(&prepared.row, tx.at()));
        if is_expired(before, tx.at()) && holds.is_some() && !restored {
            let end = before.reserved_until.map(rfc3339).unwrap_or_default();
            let message = format!("The reservation ended at {end}; make another one.");
            validator.fail(Code::State, "relationship", message);
        }
        if validator.is_clean() && (restored || holds != was_held) {
            ensure_available(tx, validator, &prepared.row, !restored && was_held.is_some()).await?;
        }
        Ok(())
    }

    async fn write(tx: &Tx, before: &Model, after: Model, (): ()) -> Result<Model> {
        update_row(tx, before, after).await
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        reference::ensure_live::<customer::Entity>(tx, before.customer_id).await?;
        reference::ensure_live_and_lock::<asset::Entity>(tx, before.asset_id).await
    }

    async fn validate_restored(tx: &Tx, validator: &mut Validator, before: &Model) -> Result<()> {
        ensure_available(tx, validator, before, false).await
    }
}

/// Finds and locks the existing asset, or prepares the new one; nothing, where there is no such asset.
async fn prepare_asset(tx: &Tx, validator: &mut Validator, asset: AssetChoice) -> Result<Option<PreparedAsset>> {
    match asset {
        AssetChoice::Existing(name) => {
            let found = reference::find_and_lock::<asset::Entity>(tx, &name).await?;
            let found = found.require(validator, vec!["asset".to_owned()], &name);
            Ok(found.map(|asset| PreparedAsset::Existing(asset.id)))
        }
        AssetChoice::New(draft) => {
            let mut nested = Validator::new();
            let (row, values) = assets::prepare_new(tx, &mut nested, *draft).await?;
            if let Err(Error::Invalid(violations)) = nested.finish() {
                validator.within("asset", |validator| {
                    validator.within("new", |validator| validator.absorb(violations));
                });
            }
            Ok(Some(PreparedAsset::New(Box::new(row), values)))
        }
    }
}

async fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Result<Model> {
    validator.check_event("returnedAt", draft.returned_at.value(), tx.at());
    let sets_reserved_until = draft.reserved_until.value().is_some();
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_value("relationship", draft.relationship, &mut row.relationship);
    validator.set_option(draft.from, &mut row.starts_at);
    validator.set_option(draft.until, &mut row.until);
    validator.set_option(draft.reserved_until, &mut row.reserved_until);
    validator.set_option(draft.expected_return, &mut row.expected_return);
    validator.set_option(draft.returned_at, &mut row.returned_at);
    validator.set_text("contractNumber", draft.contract_number, MAX_LINE_CHARS, &mut row.contract_number);
    validator.set_non_negative("meterOut", draft.meter_out, &mut row.meter_out);
    validator.set_non_negative("meterIn", draft.meter_in, &mut row.meter_in);
    validator.set_sealed_text("notes", draft.notes, MAX_TEXT_CHARS, &mut row.notes);
    let begins = matches!(row.relationship, Relationship::Rented | Relationship::Leased | Relationship::Reserved);
    if begins && row.starts_at.is_none() {
        validator.fail(Code::Required, "from", "RESERVED, RENTED and LEASED need from, the beginning of the contract.");
    }
    check_reservation(validator, sets_reserved_until, &mut row);
    let ends = [("until", row.until), ("expectedReturn", row.expected_return), ("returnedAt", row.returned_at)];
    for (field, end) in ends {
        validator.check_period(field, row.starts_at, end);
    }
    check_meters(validator, &row);
    let addresses = reference::find::<address::Entity>(tx, draft.location.value()).await.of_field("location")?;
    let location = draft
        .location
        .map(|name| addresses.require(validator, validator.path("location"), &name).map(|address| address.id));
    match location {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => row.location_id = None,
        FieldUpdate::Set(found) => row.location_id = found,
    }
    Ok(row)
}

async fn update_row(tx: &Tx, before: &Model, after: Model) -> Result<Model> {
    record_meters(tx, Some(before), &after).await?;
    tx.update::<Entity>(before, after).await
}

/// Passes new meter readings on to the asset: that of the beginning once it has begun, and that of the return.
async fn record_meters(tx: &Tx, before: Option<&Model>, after: &Model) -> Result<()> {
    let readings = |row: &Model| {
        let at_start = row.meter_out.zip(row.starts_at).filter(|(_, start)| *start <= tx.at());
        [at_start, row.meter_in.zip(row.returned_at)]
    };
    let known = before.map(readings).unwrap_or_default();
    for ((reading, known), field) in readings(after).into_iter().zip(known).zip(["meterOut", "meterIn"]) {
        if let Some((value, at)) = reading.filter(|_| reading != known) {
            assets::record_meter(tx, after.asset_id, value, at, field).await?;
        }
    }
    Ok(())
}

/// A reservation that becomes a rental does not end by itself; nothing comes back from one that is still a reservation.
fn check_reservation(validator: &mut Validator, sets_reserved_until: bool, row: &mut Model) {
    let is_reserved = row.relationship == Relationship::Reserved;
    if sets_reserved_until && !is_reserved {
        let message = "Only a RESERVED asset has reservedUntil.";
        validator.fail(Code::Invalid, "reservedUntil", message);
    }
    if is_reserved && row.returned_at.is_some() {
        let message = "A RESERVED asset was not handed over; it cannot be returned.";
        validator.fail(Code::Invalid, "returnedAt", message);
    }
    row.reserved_until = row.reserved_until.filter(|_| is_reserved);
}

fn check_meters(validator: &mut Validator, row: &Model) {
    if let (Some(meter_out), Some(meter_in)) = (row.meter_out, row.meter_in)
        && meter_in < meter_out
    {
        let message = format!("meterIn ({}) is less than meterOut ({}).", Decimal(meter_in), Decimal(meter_out));
        validator.fail(Code::OutOfRange, "meterIn", message);
    }
}

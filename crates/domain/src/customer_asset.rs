//! Customer assets: one asset with one customer for a time; on rent or lease never with two at once.

use chrono::{DateTime, SecondsFormat, Utc};
use entity::{
    address, asset,
    custom_field_definition::Owner,
    customer,
    customer_asset::{Entity, Model, Relationship},
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, TenantTable, Tx, table::enum_text};

use super::{
    asset as assets,
    custom_field::{self, ValueInput, ValueWrites},
    lifecycle::{self, Lifecycle, Prepared},
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, MAX_TEXT_CHARS, Validator},
    value::{Decimal, FieldUpdate},
};

/// What a client says about a customer asset.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: FieldUpdate<String>,
    /// On what terms.
    pub relationship: FieldUpdate<Relationship>,
    /// Since when.
    pub from: FieldUpdate<DateTime<Utc>>,
    /// Agreed end.
    pub until: FieldUpdate<DateTime<Utc>>,
    /// When it is expected back.
    pub expected_return: FieldUpdate<DateTime<Utc>>,
    /// When it came back.
    pub returned_at: FieldUpdate<DateTime<Utc>>,
    /// The contract.
    pub contract_number: FieldUpdate<String>,
    /// The address where it stands.
    pub location: FieldUpdate<Reference>,
    /// Meter when it left.
    pub meter_out: FieldUpdate<Decimal>,
    /// Meter when it came back.
    pub meter_in: FieldUpdate<Decimal>,
    /// Free text.
    pub notes: FieldUpdate<String>,
    /// ValueWrites of custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// The asset to be assigned.
#[derive(Clone, Debug)]
pub enum AssetChoice {
    /// One that is there.
    Existing(Reference),
    /// One to be made with the assignment.
    New(Box<assets::Draft>),
}

/// The asset to be assigned, found or ready to be written.
enum PreparedAsset {
    Existing(Uuid),
    New(Box<asset::Model>, ValueWrites),
}

/// How an asset came back.
#[derive(Clone, Debug, Default)]
pub struct ReturnInput {
    /// When; now, where nothing is said.
    pub at: Option<DateTime<Utc>>,
    /// What its meter shows.
    pub meter_in: FieldUpdate<Decimal>,
    /// What is to be added to the notes.
    pub note: Option<String>,
}

/// Gives a customer an asset, which is made if it is new.
pub async fn create(tx: &Tx, customer: &Reference, asset: AssetChoice, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut validator, Owner::CustomerAsset, None, &given).await?;
    let customers = reference::find::<customer::Entity>(tx, [customer]).await?;
    let owner = customers.require(&mut validator, vec!["customer".to_owned()], customer).map(|owner| owner.id);
    let mut row = read_draft(tx, &mut validator, draft, Model::default()).await?;
    let asset = prepare_asset(tx, &mut validator, asset).await?;
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    if let Some(PreparedAsset::Existing(id)) = asset
        && validator.is_clean()
    {
        row.asset_id = id;
        ensure_no_overlap(tx, &mut validator, &row).await?;
    }
    let (owner, asset) = validator.finish_with(owner.zip(asset))?;
    row.customer_id = owner;
    row.asset_id = match asset {
        PreparedAsset::Existing(id) => id,
        PreparedAsset::New(asset, values) => assets::insert(tx, *asset, values).await?.id,
    };
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, Some(owner)).await?;
    Ok(row)
}

/// Updates a customer asset. Its customer and asset are immutable.
pub async fn update(tx: &Tx, id: &Reference, expected: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected, draft).await
}

/// Makes the customer asset of an external reference, or changes the one that has it.
pub async fn upsert(
    tx: &Tx,
    customer: Option<&Reference>,
    asset: Option<&Reference>,
    reference: &str,
    draft: Draft,
) -> Result<Model> {
    let draft = Draft { external_reference: FieldUpdate::Set(reference.to_owned()), ..draft };
    let Some(row) = reference::find_by_reference::<Entity>(tx, reference).await? else {
        let mut validator = Validator::new();
        for (field, parent) in [("customer", customer), ("asset", asset)] {
            if parent.is_none() {
                validator.fail(Code::Required, field, format!("A new customer asset needs its {field}."));
            }
        }
        let (customer, asset) = validator.finish_with(customer.zip(asset))?;
        return create(tx, customer, AssetChoice::Existing(asset.clone()), draft).await;
    };
    let mut validator = Validator::new();
    reference::ensure_immutable::<customer::Entity>(tx, &mut validator, "customer", customer, row.customer_id).await?;
    reference::ensure_immutable::<asset::Entity>(tx, &mut validator, "asset", asset, row.asset_id).await?;
    validator.finish()?;
    lifecycle::update_found::<Entity>(tx, row, draft).await
}

/// Notes that an asset came back.
pub async fn return_asset(tx: &Tx, id: &Reference, expected: Option<i32>, how: ReturnInput) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    if let Some(at) = before.returned_at {
        let message = format!("The asset came back {}; an asset that is out can be returned.", shown(at));
        return Err(Error::invalid(Code::State, &["id"], message));
    }
    let mut validator = Validator::new();
    let mut after = before.clone();
    after.returned_at = Some(how.at.unwrap_or_else(|| tx.at()));
    validator.non_negative("meterIn", how.meter_in, &mut after.meter_in);
    validator.period("at", after.starts_at, after.returned_at);
    meters(&mut validator, &after);
    if let Some(note) = how.note.as_deref().map(str::trim).filter(|note| !note.is_empty()) {
        let notes = before.notes.iter().map(String::as_str).chain([note]).collect::<Vec<_>>().join("\n");
        validator.text("note", FieldUpdate::Set(notes), MAX_TEXT_CHARS, &mut after.notes);
    }
    // A return later than agreed may run into the next rental.
    if validator.is_clean() {
        ensure_no_overlap(tx, &mut validator, &after).await?;
    }
    validator.finish()?;
    tx.update::<Entity>(&before, after).await
}

/// Soft-deletes a customer asset.
pub async fn delete(tx: &Tx, id: &Reference, expected: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected).await
}

/// Restores a customer asset, unless its asset is on rent or lease elsewhere meanwhile.
pub async fn restore(tx: &Tx, id: &Reference) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id).await
}

impl Lifecycle for Entity {
    const OWNER: Owner = Owner::CustomerAsset;
    type Draft = Draft;
    type Children = ();

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
        if validator.is_clean() && (restored || occupancy(&prepared.row) != occupancy(before)) {
            ensure_no_overlap(tx, validator, &prepared.row).await?;
        }
        Ok(())
    }

    async fn write(tx: &Tx, before: &Model, after: Model, (): ()) -> Result<Model> {
        tx.update::<Self>(before, after).await
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        reference::ensure_live::<customer::Entity>(tx, before.customer_id).await?;
        reference::ensure_live_and_lock::<asset::Entity>(tx, before.asset_id).await
    }

    async fn validate_restored(tx: &Tx, validator: &mut Validator, before: &Model) -> Result<()> {
        ensure_no_overlap(tx, validator, before).await
    }
}

/// Finds and locks the existing asset, or prepares the new one; nothing, where it is refused.
async fn prepare_asset(tx: &Tx, validator: &mut Validator, asset: AssetChoice) -> Result<Option<PreparedAsset>> {
    match asset {
        AssetChoice::Existing(name) => {
            let found = reference::find_and_lock::<asset::Entity>(tx, &name).await?;
            let found = found.require(validator, vec!["asset".to_owned()], &name);
            Ok(found.map(|asset| PreparedAsset::Existing(asset.id)))
        }
        AssetChoice::New(draft) => {
            let mut inner = Validator::new();
            let (row, values) = assets::prepare_new(tx, &mut inner, *draft).await?;
            if let Err(Error::Invalid(violations)) = inner.finish() {
                validator.within("newAsset", |validator| validator.absorb(violations));
            }
            Ok(Some(PreparedAsset::New(Box::new(row), values)))
        }
    }
}

async fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Result<Model> {
    validator.text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.value("relationship", draft.relationship, &mut row.relationship);
    validator.option(draft.from, &mut row.starts_at);
    validator.option(draft.until, &mut row.until);
    validator.option(draft.expected_return, &mut row.expected_return);
    validator.option(draft.returned_at, &mut row.returned_at);
    validator.text("contractNumber", draft.contract_number, MAX_LINE_CHARS, &mut row.contract_number);
    validator.non_negative("meterOut", draft.meter_out, &mut row.meter_out);
    validator.non_negative("meterIn", draft.meter_in, &mut row.meter_in);
    validator.text("notes", draft.notes, MAX_TEXT_CHARS, &mut row.notes);
    if matches!(row.relationship, Relationship::Rented | Relationship::Leased) && row.starts_at.is_none() {
        validator.fail(Code::Required, "from", "RENTED and LEASED need from, the beginning of the contract.");
    }
    let ends = [("until", row.until), ("expectedReturn", row.expected_return), ("returnedAt", row.returned_at)];
    for (field, end) in ends {
        validator.period(field, row.starts_at, end);
    }
    meters(validator, &row);
    let places = reference::find::<address::Entity>(tx, draft.location.value()).await?;
    let location =
        draft.location.map(|name| places.require(validator, validator.path("location"), &name).map(|place| place.id));
    match location {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => row.location_id = None,
        FieldUpdate::Set(found) => row.location_id = found,
    }
    Ok(row)
}

fn meters(validator: &mut Validator, row: &Model) {
    if let (Some(out), Some(back)) = (row.meter_out, row.meter_in)
        && back < out
    {
        let message = format!("meterIn ({}) is less than meterOut ({}).", Decimal(back), Decimal(out));
        validator.fail(Code::OutOfRange, "meterIn", message);
    }
}

/// The time for which a rental or lease claims its asset: from a moment up to, but not with, another; nothing for other
/// relationships, and where the time is empty.
fn occupancy(row: &Model) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    let on_rent_or_lease = matches!(row.relationship, Relationship::Rented | Relationship::Leased);
    let (start, end) = (row.starts_at.filter(|_| on_rent_or_lease)?, row.returned_at.or(row.until));
    end.is_none_or(|end| start < end).then_some((start, end))
}

/// Refuses a rental or lease while another customer asset claims the same asset, and one that has begun while the asset
/// is not back from an earlier one. The asset is held until the end, so that of two who ask at once the second sees what
/// the first wrote.
async fn ensure_no_overlap(tx: &Tx, validator: &mut Validator, row: &Model) -> Result<()> {
    let Some((start, end)) = occupancy(row) else { return Ok(()) };
    if tx.lock(&tx.find::<asset::Entity>()?.ids([row.asset_id])).await?.is_empty() {
        validator.fail(Code::NotFound, "asset", "There is no such asset any more.");
        return Ok(());
    }
    let find = tx.find::<Entity>()?.filter(assets::on_rent_or_lease());
    let mut find = find.filter(Filter::Column("asset_id", Predicate::Eq(row.asset_id.into())));
    if let Some(end) = end {
        find = find.filter(Filter::Column("starts_at", Predicate::Lt(end.into())));
    }
    let others = tx.all(&find).await?.into_iter().filter(|other| other.id != row.id);
    let mut claims = others.filter_map(|other| occupancy(&other).map(|claim| (other, claim)));
    let now = tx.at();
    let begun = start <= now && end.is_none_or(|end| now < end);
    let overdue = |other: &Model, from: DateTime<Utc>| begun && from <= now && other.returned_at.is_none();
    let meets = |until: Option<DateTime<Utc>>| until.is_none_or(|until| start < until);
    if let Some((other, (from, until))) = claims.find(|(other, (from, until))| meets(*until) || overdue(other, *from)) {
        let period = match until {
            Some(until) if meets(Some(until)) => format!("from {} to {}", shown(from), shown(until)),
            Some(until) => {
                format!("from {} and not back, though it was due by {}; return it first", shown(from), shown(until))
            }
            None => format!("from {}, without an end", shown(from)),
        };
        let (id, terms) = (Entity::TABLE.encode_id(other.id), enum_text(&other.relationship));
        validator.fail(Code::Overlap, "from", format!("The asset is {terms} as {id} {period}."));
    }
    Ok(())
}

fn shown(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

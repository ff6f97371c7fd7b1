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
use store::{Deleted, Filter, Owned, Test, Tx, owned::stored};

use super::{
    asset as assets,
    check::{Check, LINE, TEXT},
    custom_field::{self, Given},
    customer::must_live,
    reference::{self, Reference},
    value::{Decimal, Field},
};

/// What a client says about a customer asset.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: Field<String>,
    /// On what terms.
    pub relationship: Field<Relationship>,
    /// Since when.
    pub from: Field<DateTime<Utc>>,
    /// Agreed end.
    pub until: Field<DateTime<Utc>>,
    /// When it is expected back.
    pub expected_return: Field<DateTime<Utc>>,
    /// When it came back.
    pub returned_at: Field<DateTime<Utc>>,
    /// The contract.
    pub contract_number: Field<String>,
    /// The address where it stands.
    pub location: Field<Reference>,
    /// Meter when it left.
    pub meter_out: Field<Decimal>,
    /// Meter when it came back.
    pub meter_in: Field<Decimal>,
    /// Free text.
    pub notes: Field<String>,
    /// Values of custom fields.
    pub custom_fields: Vec<Given>,
}

/// The asset to be assigned.
#[derive(Clone, Debug)]
pub enum Which {
    /// One that is there.
    Known(Reference),
    /// One to be made with the assignment.
    New(Box<assets::Draft>),
}

/// How an asset came back.
#[derive(Clone, Debug, Default)]
pub struct Return {
    /// When; now, where nothing is said.
    pub at: Option<DateTime<Utc>>,
    /// What its meter shows.
    pub meter_in: Field<Decimal>,
    /// What is to be added to the notes.
    pub note: Option<String>,
}

/// Gives a customer an asset, which is made if it is new.
pub async fn create(tx: &Tx, customer: &Reference, which: Which, mut draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut check, Owner::CustomerAsset, None, &given).await?;
    let customers = reference::find::<customer::Entity>(tx, [customer]).await?;
    let owner = customers.want(&mut check, vec!["customer".to_owned()], customer).map(|owner| owner.id);
    let mut row = prepare(tx, &mut check, draft, Model::default()).await?;
    let new = match which {
        Which::Known(name) => {
            let found = reference::find_to_lock::<asset::Entity>(tx, &name).await?;
            let found = found.want(&mut check, vec!["asset".to_owned()], &name).map(|asset| asset.id);
            row.asset_id = found.unwrap_or_default();
            None
        }
        Which::New(draft) => {
            let mut inner = Check::new();
            let asset = assets::prepare(tx, &mut inner, *draft).await?;
            if let Err(Error::Invalid(violations)) = inner.done() {
                check.within("newAsset", |check| check.absorb(violations));
            }
            Some(asset)
        }
    };
    reference::free::<Entity>(tx, &mut check, row.id, row.external_reference.as_ref()).await?;
    if new.is_none() && check.is_clean() {
        apart(tx, &mut check, &row).await?;
    }
    check.done()?;
    row.customer_id = owner.unwrap_or_default();
    if let Some((asset, values)) = new {
        row.asset_id = assets::add(tx, asset, values).await?.id;
    }
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, owner).await?;
    Ok(row)
}

/// Changes a customer asset. Customer and asset stay.
pub async fn update(tx: &Tx, id: &Reference, expected: Option<i32>, draft: Draft) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    change(tx, before, draft, false).await
}

/// Makes the customer asset of an external reference, or changes the one that has it.
pub async fn upsert(
    tx: &Tx,
    customer: Option<&Reference>,
    asset: Option<&Reference>,
    reference: &str,
    draft: Draft,
) -> Result<Model> {
    let draft = Draft { external_reference: Field::Set(reference.to_owned()), ..draft };
    let Some(row) = reference::holder::<Entity>(tx, reference).await? else {
        let mut check = Check::new();
        for (field, given) in [("customer", customer), ("asset", asset)] {
            if given.is_none() {
                check.fail(Code::Required, field, format!("A new customer asset needs its {field}."));
            }
        }
        check.done()?;
        let asset = Which::Known(asset.cloned().unwrap_or_default());
        return create(tx, &customer.cloned().unwrap_or_default(), asset, draft).await;
    };
    let mut check = Check::new();
    reference::stays::<customer::Entity>(tx, &mut check, "customer", customer, row.customer_id).await?;
    reference::stays::<asset::Entity>(tx, &mut check, "asset", asset, row.asset_id).await?;
    check.done()?;
    if row.deleted_at.is_none() {
        return change(tx, row, draft, false).await;
    }
    // What it claims now is looked at, not what it claimed when it was deleted.
    must_stand(tx, &row).await?;
    let row = show(tx, &row).await?;
    change(tx, row, draft, true).await
}

/// Notes that an asset came back.
pub async fn give_back(tx: &Tx, id: &Reference, expected: Option<i32>, how: Return) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    if let Some(at) = before.returned_at {
        let message = format!("The asset came back {}; an asset that is out can be returned.", shown(at));
        return Err(Error::invalid(Code::State, &["id"], message));
    }
    let mut check = Check::new();
    let mut after = before.clone();
    after.returned_at = Some(how.at.unwrap_or_else(|| tx.at()));
    check.amount("meterIn", how.meter_in, &mut after.meter_in);
    check.period("at", after.starts_at, after.returned_at);
    meters(&mut check, &after);
    if let Some(note) = how.note.as_deref().map(str::trim).filter(|note| !note.is_empty()) {
        let notes = before.notes.iter().map(String::as_str).chain([note]).collect::<Vec<_>>().join("\n");
        check.text("note", Field::Set(notes), TEXT, &mut after.notes);
    }
    // A return later than agreed may run into the next rental.
    if check.is_clean() {
        apart(tx, &mut check, &after).await?;
    }
    check.done()?;
    tx.update::<Entity>(&before, after).await
}

/// Hides a customer asset.
pub async fn delete(tx: &Tx, id: &Reference, expected: Option<i32>) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    let stamp = Uuid::now_v7();
    custom_field::hide(tx, Owner::CustomerAsset, &[before.id], stamp).await?;
    tx.delete::<Entity>(&before, stamp).await
}

/// Brings a customer asset back, if nobody else has the asset meanwhile.
pub async fn restore(tx: &Tx, id: &Reference) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, None, Deleted::Only).await?;
    must_stand(tx, &before).await?;
    let mut check = Check::new();
    apart(tx, &mut check, &before).await?;
    check.done()?;
    show(tx, &before).await
}

async fn show(tx: &Tx, before: &Model) -> Result<Model> {
    custom_field::show(tx, before.deleted_with, Some((Owner::CustomerAsset, before.id))).await?;
    tx.restore::<Entity>(before).await
}

async fn change(tx: &Tx, before: Model, mut draft: Draft, back: bool) -> Result<Model> {
    let mut check = Check::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut check, Owner::CustomerAsset, Some(before.id), &given).await?;
    let after = prepare(tx, &mut check, draft, before.clone()).await?;
    if after.external_reference != before.external_reference {
        reference::free::<Entity>(tx, &mut check, before.id, after.external_reference.as_ref()).await?;
    }
    if check.is_clean() && (back || claim(&after) != claim(&before)) {
        apart(tx, &mut check, &after).await?;
    }
    check.done()?;
    values.write(tx, before.id, Some(before.customer_id)).await?;
    tx.update::<Entity>(&before, after).await
}

/// Refuses to bring back what its customer or asset would have to come back for first.
async fn must_stand(tx: &Tx, row: &Model) -> Result<()> {
    must_live(tx, row.customer_id).await?;
    if tx.lock(&tx.find::<asset::Entity>()?.ids([row.asset_id])).await?.is_empty() {
        return Err(Error::invalid(Code::Deleted, &["id"], "Its asset is deleted; restore the asset first."));
    }
    Ok(())
}

async fn prepare(tx: &Tx, check: &mut Check, draft: Draft, mut row: Model) -> Result<Model> {
    check.text("externalReference", draft.external_reference, LINE, &mut row.external_reference);
    check.value("relationship", draft.relationship, &mut row.relationship);
    check.option(draft.from, &mut row.starts_at);
    check.option(draft.until, &mut row.until);
    check.option(draft.expected_return, &mut row.expected_return);
    check.option(draft.returned_at, &mut row.returned_at);
    check.text("contractNumber", draft.contract_number, LINE, &mut row.contract_number);
    check.amount("meterOut", draft.meter_out, &mut row.meter_out);
    check.amount("meterIn", draft.meter_in, &mut row.meter_in);
    check.text("notes", draft.notes, TEXT, &mut row.notes);
    if matches!(row.relationship, Relationship::Rented | Relationship::Leased) && row.starts_at.is_none() {
        check.fail(Code::Required, "from", "RENTED and LEASED need from, the beginning of the contract.");
    }
    let ends = [("until", row.until), ("expectedReturn", row.expected_return), ("returnedAt", row.returned_at)];
    for (field, end) in ends {
        check.period(field, row.starts_at, end);
    }
    meters(check, &row);
    let places = reference::find::<address::Entity>(tx, draft.location.given()).await?;
    let location = draft.location.map(|name| places.want(check, check.path("location"), &name).map(|place| place.id));
    match location {
        Field::Keep => {}
        Field::Clear => row.location_id = None,
        Field::Set(found) => row.location_id = found,
    }
    Ok(row)
}

fn meters(check: &mut Check, row: &Model) {
    if let (Some(out), Some(back)) = (row.meter_out, row.meter_in)
        && back < out
    {
        let message = format!("meterIn ({}) is less than meterOut ({}).", Decimal(back), Decimal(out));
        check.fail(Code::OutOfRange, "meterIn", message);
    }
}

/// The time for which a rental or lease claims its asset: from a moment up to, but not with, another; nothing for other
/// relationships, and where the time is empty.
fn claim(row: &Model) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    let hired = matches!(row.relationship, Relationship::Rented | Relationship::Leased);
    let (start, end) = (row.starts_at.filter(|_| hired)?, row.returned_at.or(row.until));
    end.is_none_or(|end| start < end).then_some((start, end))
}

/// Refuses a rental or lease while another customer asset claims the same asset, and one that has begun while the asset
/// is not back from an earlier one. The asset is held until the end, so that of two who ask at once the second sees what
/// the first wrote.
async fn apart(tx: &Tx, check: &mut Check, row: &Model) -> Result<()> {
    let Some((start, end)) = claim(row) else { return Ok(()) };
    if tx.lock(&tx.find::<asset::Entity>()?.ids([row.asset_id])).await?.is_empty() {
        check.fail(Code::NotFound, "asset", "There is no such asset any more.");
        return Ok(());
    }
    let find = tx.find::<Entity>()?.filter(assets::hired());
    let mut find = find.filter(Filter::Column("asset_id", Test::Eq(row.asset_id.into())));
    if let Some(end) = end {
        find = find.filter(Filter::Column("starts_at", Test::Lt(end.into())));
    }
    let others = tx.all(&find).await?.into_iter().filter(|other| other.id != row.id);
    let mut claims = others.filter_map(|other| claim(&other).map(|claim| (other, claim)));
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
        let (id, terms) = (Entity::TABLE.id(other.id), stored(&other.relationship));
        check.fail(Code::Overlap, "from", format!("The asset is {terms} as {id} {period}."));
    }
    Ok(())
}

fn shown(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

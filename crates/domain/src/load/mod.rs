//! Loads: numbered, with a route, references and charges; what of them may still change depends on their state.

mod charge;
mod number;
mod state;
mod stop;

use entity::{
    custom_field_definition::Owner,
    customer,
    load::{Entity, Model, Status},
    load_charge, load_reference, load_status, load_stop,
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Tx, edge, owned::stored, tx::Parts};

pub use self::{
    charge::ChargeDraft,
    number::ReferenceDraft,
    state::{Said, Verb, cancel_open, step},
    stop::{RouteDraft, StopDraft, Visit},
};
use super::{
    check::{Check, LINE},
    custom_field::{self, Given},
    part::List,
    reference::{self, Reference},
    value::{Decimal, Field, Price},
};

/// The most pieces of a load.
const PIECES: i32 = 1_000_000;

/// What a client says about a load.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: Field<String>,
    /// Who pays; the same one for ever.
    pub customer: Option<Reference>,
    /// The tenant's number; given by us where absent.
    pub load_number: Field<String>,
    /// Where it goes.
    pub route: RouteDraft,
    /// The numbers others know it by.
    pub references: Field<Vec<ReferenceDraft>>,
    /// What is moved.
    pub details: Field<DetailsDraft>,
    /// What trailer it takes.
    pub equipment_type: Field<String>,
    /// Whether it is hazardous.
    pub hazmat: Field<bool>,
    /// What it is kept at.
    pub temperature: Field<Decimal>,
    /// F or C.
    pub temperature_unit: Field<String>,
    /// How far it is.
    pub distance: Field<Decimal>,
    /// MI or KM.
    pub distance_unit: Field<String>,
    /// The driver's id in the caller's system.
    pub driver: Field<String>,
    /// The truck's id there.
    pub truck: Field<String>,
    /// The trailer's id there.
    pub trailer: Field<String>,
    /// The carrier's id there.
    pub carrier: Field<String>,
    /// What it costs.
    pub charges: Field<Vec<ChargeDraft>>,
    /// Values of custom fields.
    pub custom_fields: Vec<Given>,
}

/// What a client says about what is moved.
#[derive(Clone, Debug, Default)]
pub struct DetailsDraft {
    /// How heavy it is.
    pub weight: Field<Decimal>,
    /// LB or KG.
    pub weight_unit: Field<String>,
    /// What it is.
    pub commodity: Field<String>,
    /// What it is worth.
    pub value: Field<Price>,
    /// How many.
    pub pieces: Field<i32>,
}

/// The parts of a load that a client may give.
struct Lists {
    stops: List<load_stop::Entity>,
    references: List<load_reference::Entity>,
    charges: List<load_charge::Entity>,
}

/// Makes a load.
pub async fn create(tx: &Tx, mut draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut check, Owner::Load, None, &given).await?;
    let owner = match &draft.customer {
        Some(customer) => {
            let found = reference::find::<customer::Entity>(tx, [customer]).await?;
            found.want(&mut check, vec!["customer".to_owned()], customer).map(|owner| owner.id)
        }
        None => {
            check.fail(Code::Required, "customer", "A new load needs its customer.");
            None
        }
    };
    let row = Model { id: Uuid::now_v7(), customer_id: owner.unwrap_or_default(), ..Model::default() };
    let mut lists = Lists::none();
    let mut row = prepare(tx, &mut check, draft, row, &mut lists).await?;
    reference::free::<Entity>(tx, &mut check, row.id, row.external_reference.as_ref()).await?;
    check.done()?;
    if row.load_number.is_empty() {
        row.load_number = number::next(tx).await?;
    }
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, owner).await?;
    let mut history = List::<load_status::Entity>::none(&edge::LOAD_HISTORY);
    state::begin(tx, &mut history);
    let mut parts = lists.write(tx, row.id).await?;
    parts.extend(history.write(tx, row.id).await?);
    tx.rewrite::<Entity>(&row, row.clone(), parts).await
}

/// Changes a load.
pub async fn update(tx: &Tx, id: &Reference, expected: Option<i32>, draft: Draft) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    change(tx, before, draft).await
}

/// Makes the load of an external reference, or changes the one that has it, bringing it back if it was deleted.
pub async fn upsert(tx: &Tx, reference: &str, draft: Draft) -> Result<Model> {
    let draft = Draft { external_reference: Field::Set(reference.to_owned()), ..draft };
    match reference::holder::<Entity>(tx, reference).await? {
        Some(row) if row.deleted_at.is_some() => {
            let row = show(tx, row).await?;
            change(tx, row, draft).await
        }
        Some(row) => change(tx, row, draft).await,
        None => create(tx, draft).await,
    }
}

/// Hides a load that nobody is on the way with.
pub async fn delete(tx: &Tx, id: &Reference, expected: Option<i32>) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    if matches!(before.status, Status::Dispatched | Status::InProgress) {
        let status = stored(&before.status);
        let message = format!("A load that is {status} cannot be deleted; cancel it with loadCancel first.");
        return Err(Error::invalid(Code::State, &["id"], message));
    }
    let stamp = Uuid::now_v7();
    custom_field::hide(tx, Owner::Load, &[before.id], stamp).await?;
    tx.delete::<Entity>(&before, stamp).await
}

/// Brings a load back.
pub async fn restore(tx: &Tx, id: &Reference) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, None, Deleted::Only).await?;
    show(tx, before).await
}

async fn show(tx: &Tx, before: Model) -> Result<Model> {
    if state::is_open(before.status) {
        state::must_stand(tx, &before).await?;
    }
    custom_field::show(tx, before.deleted_with, Some((Owner::Load, before.id))).await?;
    tx.restore::<Entity>(&before).await
}

async fn change(tx: &Tx, before: Model, mut draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut check, Owner::Load, Some(before.id), &given).await?;
    if let Some(customer) = &draft.customer {
        let found = reference::find::<customer::Entity>(tx, [customer]).await?;
        let found = found.want(&mut check, vec!["customer".to_owned()], customer);
        if found.is_some_and(|customer| customer.id != before.customer_id) {
            let message = "A load stays with its customer; cancel it and make another one.";
            check.fail(Code::Immutable, "customer", message);
        }
    }
    let mut lists = Lists::of(tx, &draft, before.id).await?;
    let after = prepare(tx, &mut check, draft, before.clone(), &mut lists).await?;
    if after.external_reference != before.external_reference {
        reference::free::<Entity>(tx, &mut check, before.id, after.external_reference.as_ref()).await?;
    }
    frozen(&mut check, &before, &after, &lists);
    state::fits(&mut check, &after);
    check.done()?;
    values.write(tx, before.id, Some(before.customer_id)).await?;
    let parts = lists.write(tx, before.id).await?;
    tx.rewrite::<Entity>(&before, after, parts).await
}

/// Reads a draft into a row and its lists.
async fn prepare(tx: &Tx, check: &mut Check, draft: Draft, mut row: Model, lists: &mut Lists) -> Result<Model> {
    let (known, new) = (row.load_number.clone(), row.load_number.is_empty());
    let tenant = tx.tenant();
    check.text("externalReference", draft.external_reference, LINE, &mut row.external_reference);
    check.required("loadNumber", draft.load_number, LINE, &mut row.load_number);
    if new || !draft.route.is_silent() {
        stop::draw(tx, check, draft.route, &mut lists.stops, &mut row).await?;
    }
    number::draw(check, draft.references, &mut lists.references);
    details(check, draft.details, &tenant.currency, &mut row);
    check.text("equipmentType", draft.equipment_type, LINE, &mut row.equipment_type);
    check.value("hazmat", draft.hazmat, &mut row.hazmat);
    check.option(draft.temperature.map(|degrees| degrees.0), &mut row.temperature);
    check.option(draft.temperature_unit, &mut row.temperature_unit);
    check.amount("distance", draft.distance, &mut row.distance);
    check.option(draft.distance_unit, &mut row.distance_unit);
    check.text("driver", draft.driver, LINE, &mut row.driver);
    check.text("truck", draft.truck, LINE, &mut row.truck);
    check.text("trailer", draft.trailer, LINE, &mut row.trailer);
    check.text("carrier", draft.carrier, LINE, &mut row.carrier);
    charge::draw(check, &tenant.currency, draft.charges, &mut lists.charges, &mut row);
    unit(row.weight, &mut row.weight_unit, &tenant.weight_unit);
    unit(row.distance, &mut row.distance_unit, &tenant.distance_unit);
    // Who counts in miles counts in degrees Fahrenheit.
    unit(row.temperature, &mut row.temperature_unit, if tenant.distance_unit == "MI" { "F" } else { "C" });
    number::free(tx, check, &row, &known).await?;
    Ok(row)
}

fn details(check: &mut Check, given: Field<DetailsDraft>, currency: &str, row: &mut Model) {
    let draft = match given {
        Field::Keep => return,
        Field::Clear => DetailsDraft {
            weight: Field::Clear,
            weight_unit: Field::Clear,
            commodity: Field::Clear,
            value: Field::Clear,
            pieces: Field::Clear,
        },
        Field::Set(draft) => draft,
    };
    check.within("loadDetails", |check| {
        check.amount("weight", draft.weight, &mut row.weight);
        check.option(draft.weight_unit, &mut row.weight_unit);
        check.text("commodity", draft.commodity, LINE, &mut row.commodity);
        if draft.value.given().is_some_and(|value| value.amount < Decimal(0)) {
            check.fail(Code::OutOfRange, "value", "value cannot be negative.");
        }
        let value = match draft.value {
            Field::Keep => Field::Keep,
            Field::Clear => Field::Clear,
            Field::Set(price) => check.price("value", &price, currency).into(),
        };
        check.money(value, &mut row.value_amount, &mut row.value_currency);
        check.whole("pieces", draft.pieces, 0, PIECES, &mut row.pieces);
    });
}

/// A number has a unit, the tenant's if nobody said; without a number there is none.
fn unit(number: Option<i64>, unit: &mut Option<String>, tenant: &str) {
    match (number, &unit) {
        (None, _) => *unit = None,
        (Some(_), None) => *unit = Some(tenant.to_owned()),
        (Some(_), Some(_)) => {}
    }
}

/// Refuses changes that the load's state does not allow any more: what was moved and by whom once it is done, what it is
/// billed by once it is billed.
fn frozen(check: &mut Check, before: &Model, after: &Model, lists: &Lists) {
    let moved = [
        ("stops", lists.stops.changed()),
        ("driver", before.driver != after.driver),
        ("truck", before.truck != after.truck),
        ("trailer", before.trailer != after.trailer),
        ("carrier", before.carrier != after.carrier),
    ];
    let details = |row: &Model| {
        let value = (row.value_amount, row.value_currency.clone());
        (row.weight, row.weight_unit.clone(), row.commodity.clone(), value, row.pieces)
    };
    let temperature = |row: &Model| (row.temperature, row.temperature_unit.clone());
    let distance = |row: &Model| (row.distance, row.distance_unit.clone());
    let billed = [
        ("loadNumber", before.load_number != after.load_number),
        ("loadDetails", details(before) != details(after)),
        ("equipmentType", before.equipment_type != after.equipment_type),
        ("hazmat", before.hazmat != after.hazmat),
        ("temperature", temperature(before) != temperature(after)),
        ("distance", distance(before) != distance(after)),
        ("charges", lists.charges.changed()),
    ];
    let (status, open) = (before.status, state::is_open(before.status));
    let way = match status {
        Status::Completed | Status::Cancelled => "use loadReopen first",
        Status::Invoiced => "use loadUninvoice first",
        _ => "it stays as it is",
    };
    let moved = moved.into_iter().filter(|_| !open);
    let billed = billed.into_iter().filter(|_| !open && status != Status::Completed);
    for (field, _) in moved.chain(billed).filter(|(_, changed)| *changed) {
        let message = format!("{field} of a load that is {} cannot change; {way}.", stored(&status));
        check.fail(Code::State, field, message);
    }
}

impl Lists {
    fn none() -> Self {
        Self {
            stops: List::none(&edge::LOAD_STOPS),
            references: List::none(&edge::LOAD_REFERENCES),
            charges: List::none(&edge::LOAD_CHARGES),
        }
    }

    /// The lists of a load that a draft speaks of.
    async fn of(tx: &Tx, draft: &Draft, load: Uuid) -> Result<Self> {
        let mut lists = Self::none();
        if !draft.route.is_silent() {
            lists.stops = List::read(tx, &edge::LOAD_STOPS, load).await?;
        }
        if !matches!(draft.references, Field::Keep) {
            lists.references = List::read(tx, &edge::LOAD_REFERENCES, load).await?;
        }
        if !matches!(draft.charges, Field::Keep) {
            lists.charges = List::read(tx, &edge::LOAD_CHARGES, load).await?;
        }
        Ok(lists)
    }

    async fn write(self, tx: &Tx, load: Uuid) -> Result<Vec<Parts>> {
        let written = [
            self.stops.write(tx, load).await?,
            self.references.write(tx, load).await?,
            self.charges.write(tx, load).await?,
        ];
        Ok(written.into_iter().flatten().collect())
    }
}

//! Loads: numbered, with a route, references and charges; the status says which fields may still change.

mod charge;
mod identifier;
pub mod rating;
mod route;
mod status;
mod transition;

use chrono::{DateTime, Utc};
use entity::{
    custom_field_definition::OwnerType,
    customer,
    load::{Entity, Model, Status},
    load_charge, load_reference, load_status, load_stop,
};
use error::{Code, Error, OfField, Result};
use sea_orm::prelude::Uuid;
use store::{Tx, edge, table::enum_text, tx::ChildRowsImage};

pub use self::{
    charge::ChargeDraft,
    identifier::ReferenceDraft,
    route::{RouteDraft, StopDraft, StopUpdate},
    status::{is_open, open_filter},
    transition::{Transition, TransitionInput, apply_transition, cancel_open},
};
use super::{
    child_rows::ChildRows,
    custom_field::{self, ValueInput},
    lifecycle::{self, Lifecycle, Prepared},
    rate::rating::Rating,
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate, Price},
};

/// The most pieces of a load.
const MAX_PIECES: i32 = 1_000_000;

/// The fields of a load that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// The customer who pays; immutable.
    pub customer: Option<Reference>,
    /// The tenant's number for the load; the next one of the counter where absent.
    pub number: FieldUpdate<String>,
    /// The stops.
    pub route: RouteDraft,
    /// The numbers that others have for it.
    pub references: FieldUpdate<Vec<ReferenceDraft>>,
    /// The freight.
    pub details: FieldUpdate<DetailsDraft>,
    /// The type of trailer it needs.
    pub equipment_type: FieldUpdate<String>,
    /// Whether it is hazardous.
    pub hazmat: FieldUpdate<bool>,
    /// The temperature to keep.
    pub temperature: FieldUpdate<Decimal>,
    /// F or C.
    pub temperature_unit: FieldUpdate<String>,
    /// The length of the route.
    pub distance: FieldUpdate<Decimal>,
    /// MI or KM.
    pub distance_unit: FieldUpdate<String>,
    /// The driver's id in the caller's system.
    pub driver: FieldUpdate<String>,
    /// The truck's id in the caller's system.
    pub truck: FieldUpdate<String>,
    /// The trailer's id in the caller's system.
    pub trailer: FieldUpdate<String>,
    /// The carrier's id in the caller's system.
    pub carrier: FieldUpdate<String>,
    /// The charges to the customer.
    pub charges: FieldUpdate<Vec<ChargeDraft>>,
    /// Whether it gets the charges of its rate, and what the client says of them.
    pub rating: Option<Rating>,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// The freight of a load that a client can write.
#[derive(Clone, Debug, Default)]
pub struct DetailsDraft {
    /// The weight.
    pub weight: FieldUpdate<Decimal>,
    /// LB or KG.
    pub weight_unit: FieldUpdate<String>,
    /// The commodity.
    pub commodity: FieldUpdate<String>,
    /// The value of the freight.
    pub value: FieldUpdate<Price>,
    /// The number of pieces.
    pub pieces: FieldUpdate<i32>,
}

/// The lists of a load that a client can write.
pub struct ChildLists {
    stops: ChildRows<load_stop::Entity>,
    references: ChildRows<load_reference::Entity>,
    charges: ChildRows<load_charge::Entity>,
}

/// Creates a load.
pub async fn create(tx: &Tx, draft: Draft) -> Result<Model> {
    create_ordered(tx, draft, tx.at()).await
}

/// Creates a load that was ordered at an earlier time, with which its history begins. No client gives that time.
pub async fn create_ordered(tx: &Tx, mut draft: Draft, ordered_at: DateTime<Utc>) -> Result<Model> {
    let mut validator = Validator::new();
    let ordered_at = ordered_at.min(tx.at());
    let inputs = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut validator, OwnerType::Load, None, &inputs).await?;
    let owner = match &draft.customer {
        Some(customer) => {
            let found = reference::find::<customer::Entity>(tx, [customer]).await.of_field("customer")?;
            found.require(&mut validator, vec!["customer".to_owned()], customer).map(|owner| owner.id)
        }
        None => {
            validator.fail(Code::Required, "customer", "A new load needs its customer.");
            None
        }
    };
    let row = Model { id: Uuid::now_v7(), ..Model::default() };
    let mut lists = ChildLists::none();
    let mut row = read_draft(tx, &mut validator, draft, row, &mut lists).await?;
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    let owner = validator.finish_with(owner)?;
    row.customer_id = owner;
    for stop in &mut lists.stops.after {
        stop.key_owner_id = owner;
    }
    if row.number.is_empty() {
        row.number = tx.next_number::<Entity>("L-").await?;
    }
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, Some(owner)).await?;
    let mut history = ChildRows::<load_status::Entity>::none(&edge::LOAD_HISTORY);
    transition::begin_history(tx, owner, ordered_at, &mut history);
    let mut images = lists.write(tx, row.id).await?;
    images.extend(history.write(tx, row.id).await?);
    tx.update_with_children::<Entity>(&row, row.clone(), images).await
}

/// Updates a load.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the load of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(tx: &Tx, reference: &str, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    let check = async |_: &mut Validator, _: &Model| Ok(());
    let create = async |draft| create(tx, draft).await;
    Box::pin(lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create)).await
}

/// Soft-deletes a load that is not dispatched or in progress.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores a load.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::Load;
    type Draft = Draft;
    type Children = ChildLists;

    fn set_external_reference(draft: &mut Draft, reference: String) {
        draft.external_reference = FieldUpdate::Set(reference);
    }

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let inputs = std::mem::take(&mut draft.custom_fields);
        let values = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        if let Some(customer) = &draft.customer {
            let found = reference::find::<customer::Entity>(tx, [customer]).await.of_field("customer")?;
            let found = found.require(validator, vec!["customer".to_owned()], customer);
            if found.is_some_and(|customer| customer.id != before.customer_id) {
                let message = "A load stays with its customer; cancel it and make another one.";
                validator.fail(Code::Immutable, "customer", message);
            }
        }
        let mut lists = ChildLists::read(tx, &draft, before.id).await?;
        let row = read_draft(tx, validator, draft, before.clone(), &mut lists).await?;
        Ok(Prepared { row, values, children: lists })
    }

    async fn validate(
        _tx: &Tx,
        validator: &mut Validator,
        before: &Model,
        prepared: &Prepared<Self>,
        _restored: bool,
    ) -> Result<()> {
        ensure_editable(validator, before, &prepared.row, &prepared.children);
        transition::validate_status_fields(validator, &prepared.row);
        Ok(())
    }

    async fn write(tx: &Tx, before: &Model, after: Model, lists: ChildLists) -> Result<Model> {
        let images = lists.write(tx, before.id).await?;
        tx.update_with_children::<Self>(before, after, images).await
    }

    async fn guard_delete(_tx: &Tx, before: &Model) -> Result<()> {
        if !matches!(before.status, Status::Dispatched | Status::InProgress) {
            return Ok(());
        }
        let status = enum_text(&before.status);
        let message = format!("A load that is {status} cannot be deleted; cancel it with loadCancel first.");
        Err(Error::invalid(Code::State, &["id"], message))
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        if is_open(before.status) { transition::ensure_references_live(tx, before).await } else { Ok(()) }
    }
}

/// Reads a draft into a row, which is new or is updated, and its lists.
async fn read_draft(
    tx: &Tx,
    validator: &mut Validator,
    draft: Draft,
    mut row: Model,
    lists: &mut ChildLists,
) -> Result<Model> {
    let (old_number, is_new) = (row.number.clone(), row.number.is_empty());
    let tenant = tx.tenant();
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_required_text("number", draft.number, MAX_LINE_CHARS, &mut row.number);
    if is_new || !draft.route.is_unchanged() {
        route::apply(tx, validator, draft.route, &mut lists.stops, &mut row).await?;
    }
    identifier::apply(validator, draft.references, &mut lists.references);
    set_details(validator, draft.details, &tenant.currency, &mut row);
    validator.set_text("equipmentType", draft.equipment_type, MAX_LINE_CHARS, &mut row.equipment_type);
    validator.set_value("hazmat", draft.hazmat, &mut row.hazmat);
    validator.set_option(draft.temperature.map(|degrees| degrees.0), &mut row.temperature);
    validator.set_option(draft.temperature_unit, &mut row.temperature_unit);
    validator.set_non_negative("distance", draft.distance, &mut row.distance);
    validator.set_option(draft.distance_unit, &mut row.distance_unit);
    validator.set_text("driver", draft.driver, MAX_LINE_CHARS, &mut row.driver);
    validator.set_text("truck", draft.truck, MAX_LINE_CHARS, &mut row.truck);
    validator.set_text("trailer", draft.trailer, MAX_LINE_CHARS, &mut row.trailer);
    validator.set_text("carrier", draft.carrier, MAX_LINE_CHARS, &mut row.carrier);
    charge::apply(validator, &tenant.currency, draft.charges, &mut lists.charges, &mut row);
    complete_unit(row.weight, &mut row.weight_unit, &tenant.weight_unit);
    complete_unit(row.distance, &mut row.distance_unit, &tenant.distance_unit);
    // Tenants that measure distances in miles measure temperatures in degrees Fahrenheit.
    complete_unit(row.temperature, &mut row.temperature_unit, if tenant.distance_unit == "MI" { "F" } else { "C" });
    if let Some(rating) = draft.rating {
        Box::pin(rating::apply(tx, validator, rating, &mut lists.charges, &mut row)).await?;
    }
    identifier::ensure_number_unique(tx, validator, &row, &old_number).await?;
    Ok(row)
}

fn set_details(validator: &mut Validator, update: FieldUpdate<DetailsDraft>, currency: &str, row: &mut Model) {
    let draft = match update {
        FieldUpdate::Keep => return,
        FieldUpdate::Clear => DetailsDraft {
            weight: FieldUpdate::Clear,
            weight_unit: FieldUpdate::Clear,
            commodity: FieldUpdate::Clear,
            value: FieldUpdate::Clear,
            pieces: FieldUpdate::Clear,
        },
        FieldUpdate::Set(draft) => draft,
    };
    validator.within("loadDetails", |validator| {
        validator.set_non_negative("weight", draft.weight, &mut row.weight);
        validator.set_option(draft.weight_unit, &mut row.weight_unit);
        validator.set_text("commodity", draft.commodity, MAX_LINE_CHARS, &mut row.commodity);
        if draft.value.value().is_some_and(|value| value.amount < Decimal(0)) {
            validator.fail(Code::OutOfRange, "value", "value cannot be negative.");
        }
        let value = match draft.value {
            FieldUpdate::Keep => FieldUpdate::Keep,
            FieldUpdate::Clear => FieldUpdate::Clear,
            FieldUpdate::Set(price) => validator.parse_price("value", &price, currency).into(),
        };
        validator.set_money(value, &mut row.value_amount, &mut row.value_currency);
        validator.set_integer("pieces", draft.pieces, 0, MAX_PIECES, &mut row.pieces);
    });
}

/// Gives a number without a unit the tenant's unit, and removes the unit of an absent number.
fn complete_unit(number: Option<i64>, unit: &mut Option<String>, tenant_unit: &str) {
    match (number, &unit) {
        (None, _) => *unit = None,
        (Some(_), None) => *unit = Some(tenant_unit.to_owned()),
        (Some(_), Some(_)) => {}
    }
}

/// Refuses changes that the load's status no longer allows: the stops and the equipment once it is completed or cancelled,
/// what the customer is billed for once it is invoiced or cancelled.
fn ensure_editable(validator: &mut Validator, before: &Model, after: &Model, lists: &ChildLists) {
    let transport_fields = [
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
    let billed_fields = [
        ("number", before.number != after.number),
        ("loadDetails", details(before) != details(after)),
        ("equipmentType", before.equipment_type != after.equipment_type),
        ("hazmat", before.hazmat != after.hazmat),
        ("temperature", temperature(before) != temperature(after)),
        ("distance", distance(before) != distance(after)),
        ("charges", lists.charges.changed()),
    ];
    let (status, is_open) = (before.status, is_open(before.status));
    let advice = match status {
        Status::Completed | Status::Cancelled => "use loadReopen first",
        Status::Invoiced => "use loadUninvoice first",
        _ => "it stays as it is",
    };
    let transport_fields = transport_fields.into_iter().filter(|_| !is_open);
    let billed_fields = billed_fields.into_iter().filter(|_| !is_open && status != Status::Completed);
    for (field, _) in transport_fields.chain(billed_fields).filter(|(_, changed)| *changed) {
        let message = format!("{field} of a load that is {} cannot change; {advice}.", enum_text(&status));
        validator.fail(Code::State, field, message);
    }
}

impl ChildLists {
    fn none() -> Self {
        Self {
            stops: ChildRows::none(&edge::LOAD_STOPS),
            references: ChildRows::none(&edge::LOAD_REFERENCES),
            charges: ChildRows::none(&edge::LOAD_CHARGES),
        }
    }

    /// Reads the lists of a load that a draft changes.
    async fn read(tx: &Tx, draft: &Draft, load: Uuid) -> Result<Self> {
        let mut lists = Self::none();
        if !draft.route.is_unchanged() {
            lists.stops = ChildRows::read(tx, &edge::LOAD_STOPS, load).await?;
        }
        if !matches!(draft.references, FieldUpdate::Keep) {
            lists.references = ChildRows::read(tx, &edge::LOAD_REFERENCES, load).await?;
        }
        if !matches!(draft.charges, FieldUpdate::Keep) || draft.rating.is_some() {
            lists.charges = ChildRows::read(tx, &edge::LOAD_CHARGES, load).await?;
        }
        Ok(lists)
    }

    async fn write(self, tx: &Tx, load: Uuid) -> Result<Vec<ChildRowsImage>> {
        let written = [
            self.stops.write(tx, load).await?,
            self.references.write(tx, load).await?,
            self.charges.write(tx, load).await?,
        ];
        Ok(written.into_iter().flatten().collect())
    }
}

//! Rates: what a unit of work costs, for one customer or for all, on a lane, for a service, for equipment, and since when.
//!
//! Two rates that match the same work equally well never hold at the same time, so that the choice is never a matter of
//! which was entered first.

pub mod accessorial;
pub mod choice;
mod draft;
pub mod fuel;
mod lane;
mod lists;
mod overlap;
pub mod price;
pub mod rating;
pub mod refusal;
mod unit;

use entity::{
    custom_field_definition::OwnerType,
    customer,
    rate::{Entity, Model},
};
use error::{Code, OfField, Result};
use store::Tx;

pub use self::{draft::Draft, lane::LaneEnd};
use self::{draft::read_draft, lists::ChildLists, overlap::ensure_alone};
use super::{
    custom_field::{self, ValueWrites},
    lifecycle::{self, Lifecycle, Prepared},
    reference::{self, Reference},
    validator::Validator,
    value::FieldUpdate,
};

/// Creates a rate of a customer, or of all customers.
pub async fn create(tx: &Tx, customer: Option<&Reference>, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let (inputs, supersede) = (std::mem::take(&mut draft.custom_fields), draft.supersede);
    let values = custom_field::prepare(tx, &mut validator, OwnerType::Rate, None, &inputs).await?;
    let customers = reference::find::<customer::Entity>(tx, customer).await.of_field("customer")?;
    let owner = customer.and_then(|customer| {
        customers.require(&mut validator, vec!["customer".to_owned()], customer).map(|customer| customer.id)
    });
    for (field, is_missing) in [("type", draft.rate_type.value().is_none()), ("amount", draft.amount.value().is_none())]
    {
        if is_missing {
            validator.fail(Code::Required, field, format!("A new rate needs its {field}."));
        }
    }
    let mut lists = ChildLists::none(supersede);
    let row = read_draft(tx, &mut validator, draft, Model { customer_id: owner, ..Model::default() }, &mut lists);
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    if validator.is_clean() {
        ensure_alone(tx, &mut validator, &row, supersede).await?;
    }
    validator.finish()?;
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, None).await?;
    let images = lists.write(tx, row.id).await?;
    if images.is_empty() { Ok(row) } else { tx.update_with_children::<Entity>(&row, row.clone(), images).await }
}

/// Updates a rate. Its customer is immutable.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the rate of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(
    tx: &Tx,
    customer: Option<&Reference>,
    reference: &str,
    expected_version: Option<i32>,
    draft: Draft,
) -> Result<Model> {
    let check = async |validator: &mut Validator, found: &Model| match (customer, found.customer_id) {
        (Some(_), None) => {
            let message = "The rate is of all customers; give the new one another external reference.";
            validator.fail(Code::Immutable, "customer", message);
            Ok(())
        }
        (_, Some(owner)) => {
            reference::ensure_immutable::<customer::Entity>(tx, validator, "customer", customer, owner).await
        }
        (None, None) => Ok(()),
    };
    let create = async |draft| create(tx, customer, draft).await;
    lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create).await
}

/// Soft-deletes a rate.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores a rate, unless another one matches the same work by now.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::Rate;
    type Draft = Draft;
    type Children = ChildLists;

    fn set_external_reference(draft: &mut Draft, reference: String) {
        draft.external_reference = FieldUpdate::Set(reference);
    }

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let (inputs, supersede) = (std::mem::take(&mut draft.custom_fields), draft.supersede);
        let values: ValueWrites = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        let changes_bands = draft.fuel_surcharge_bands != FieldUpdate::Keep || draft.fuel_surcharge.value().is_some();
        let changes = [draft.accessorials != FieldUpdate::Keep, changes_bands];
        let mut lists = ChildLists::read(tx, before.id, changes, supersede).await?;
        let row = read_draft(tx, validator, draft, before.clone(), &mut lists);
        Ok(Prepared { row, values, children: lists })
    }

    async fn validate(
        tx: &Tx,
        validator: &mut Validator,
        before: &Model,
        prepared: &Prepared<Self>,
        restored: bool,
    ) -> Result<()> {
        let may_overlap = restored || overlap::scope(before) != overlap::scope(&prepared.row);
        if may_overlap && validator.is_clean() {
            ensure_alone(tx, validator, &prepared.row, prepared.children.supersede).await?;
        }
        Ok(())
    }

    async fn write(tx: &Tx, before: &Model, after: Model, lists: ChildLists) -> Result<Model> {
        let images = lists.write(tx, before.id).await?;
        tx.update_with_children::<Self>(before, after, images).await
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        match before.customer_id {
            Some(customer) => reference::ensure_live::<customer::Entity>(tx, customer).await,
            None => Ok(()),
        }
    }

    async fn validate_restored(tx: &Tx, validator: &mut Validator, before: &Model) -> Result<()> {
        ensure_alone(tx, validator, before, false).await
    }
}

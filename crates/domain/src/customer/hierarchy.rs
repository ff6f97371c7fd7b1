//! Related customers: the parent and the customer that pays the bills, neither in circles.

use entity::customer::{Entity, Model};
use error::{Code, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Tx};

use crate::{
    reference::{self, Reference},
    validator::Validator,
    value::FieldUpdate,
};

/// Sets the parent and the payer, and refuses circles.
pub async fn set_related_customers(
    tx: &Tx,
    validator: &mut Validator,
    parent: FieldUpdate<Reference>,
    bill_to: FieldUpdate<Reference>,
    row: &mut Model,
) -> Result<()> {
    let customers = reference::find::<Entity>(tx, parent.value().into_iter().chain(bill_to.value())).await?;
    let parent = parent.map(|name| customers.require(validator, validator.path("parent"), &name).map(|found| found.id));
    let bill_to =
        bill_to.map(|name| customers.require(validator, validator.path("billTo"), &name).map(|found| found.id));
    match parent {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => row.parent_id = None,
        FieldUpdate::Set(found) => {
            row.parent_id = found;
            if leads_to(tx, found, row.id, |row| row.parent_id).await? {
                let message = "This customer would be part of itself: it is an ancestor of the parent given.";
                validator.fail(Code::Cycle, "parent", message);
            }
        }
    }
    match bill_to {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => row.bill_to_id = None,
        FieldUpdate::Set(found) => {
            row.bill_to_id = found;
            if leads_to(tx, found, row.id, |row| row.bill_to_id).await? {
                let message = "This customer would pay for itself; leave billTo empty for a customer that does.";
                validator.fail(Code::Cycle, "billTo", message);
            }
        }
    }
    Ok(())
}

/// Whether a customer is another one or leads to it. Every customer on the way is locked until the transaction ends, so that
/// two concurrent writers cannot close a circle together.
async fn leads_to(tx: &Tx, customer: Option<Uuid>, other: Uuid, step: impl Fn(&Model) -> Option<Uuid>) -> Result<bool> {
    let mut next = customer;
    while let Some(id) = next {
        if id == other {
            return Ok(true);
        }
        let rows = tx.lock(&tx.find::<Entity>()?.deleted(Deleted::Include).ids([id])).await?;
        next = rows.first().and_then(&step);
    }
    Ok(false)
}

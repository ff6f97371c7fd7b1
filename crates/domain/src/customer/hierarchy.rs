//! Related customers: the parent and the customer that pays the bills, neither in circles.

use std::collections::HashMap;

use entity::customer::{Entity, Model};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Tx};

use crate::{
    reference::{self, Reference},
    validator::Validator,
    value::FieldUpdate,
};

/// How many customers may follow one another by one relation: every write of one reads all.
const MAX_LEVELS: u32 = 100;

/// A relation of a customer to another one.
struct Relation {
    field: &'static str,
    column: &'static str,
    step: fn(&Model) -> Option<Uuid>,
    /// Why it may not lead in a circle.
    circle: &'static str,
}

const PARENT: Relation = Relation {
    field: "parent",
    column: "parent_id",
    step: |row| row.parent_id,
    circle: "This customer would be part of itself: it is an ancestor of the parent given.",
};

const BILL_TO: Relation = Relation {
    field: "billTo",
    column: "bill_to_id",
    step: |row| row.bill_to_id,
    circle: "This customer would pay for itself; leave billTo empty for a customer that does.",
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
            check_way(tx, validator, row.id, found, &PARENT).await?;
        }
    }
    match bill_to {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => row.bill_to_id = None,
        FieldUpdate::Set(found) => {
            row.bill_to_id = found;
            check_way(tx, validator, row.id, found, &BILL_TO).await?;
        }
    }
    Ok(())
}

/// Refuses a customer that is the row itself, leads to it, or has too many customers above it. Every customer on the way is
/// locked until the transaction ends, so that two concurrent writers cannot close a circle together.
async fn check_way(tx: &Tx, validator: &mut Validator, row: Uuid, to: Option<Uuid>, relation: &Relation) -> Result<()> {
    let Some(to) = to else { return Ok(()) };
    let ids = tx.reachable::<Entity>(to, relation.column, MAX_LEVELS + 1).await?;
    // A new row has no id yet, and nothing leads to it.
    let leads_back = !row.is_nil() && leads_to(tx, &ids, row, relation.step).await?;
    if leads_back {
        validator.fail(Code::Cycle, relation.field, relation.circle);
    } else if ids.len() > MAX_LEVELS as usize {
        let message =
            format!("At most {MAX_LEVELS} customers may follow one another here; the one given has as many already.");
        validator.fail(Code::OutOfRange, relation.field, message);
    }
    Ok(())
}

/// Whether another customer is on a way of customers, which are read again when they are locked.
async fn leads_to(tx: &Tx, way: &[Uuid], other: Uuid, step: fn(&Model) -> Option<Uuid>) -> Result<bool> {
    let query = tx.find_unrestricted::<Entity>().deleted(Deleted::Include).ids(way.iter().copied());
    let locked: HashMap<_, _> = tx.lock(&query).await?.into_iter().map(|row| (row.id, step(&row))).collect();
    let mut next = way.first().copied();
    for _ in way {
        let Some(id) = next else { return Ok(false) };
        if id == other {
            return Ok(true);
        }
        // Another transaction changed the way before it was locked: the attempt is repeated.
        next = *locked.get(&id).ok_or(Error::Busy)?;
    }
    Ok(next == Some(other))
}

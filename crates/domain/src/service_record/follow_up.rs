//! Follow-ups: a visit that another visit of the same customer made necessary.

use entity::service_record::{Entity, Model};
use error::{Code, Result};
use sea_orm::prelude::Uuid;
use store::Tx;

use crate::{
    reference::{self, Reference},
    validator::Validator,
    value::FieldUpdate,
};

/// Sets the visit that a row is a follow-up of: an earlier one, of the same customer.
pub async fn set_follow_up_of(
    tx: &Tx,
    validator: &mut Validator,
    update: FieldUpdate<Reference>,
    customer: Option<Uuid>,
    row: &mut Model,
) -> Result<()> {
    let reference = match update {
        FieldUpdate::Keep => return Ok(()),
        FieldUpdate::Clear => {
            row.follow_up_of_id = None;
            return Ok(());
        }
        FieldUpdate::Set(reference) => reference,
    };
    let visits = reference::find::<Entity>(tx, [&reference]).await?;
    let path = validator.path("followUpOf");
    let Some(visit) = visits.require(validator, path, &reference) else { return Ok(()) };
    if customer.is_some_and(|customer| customer != visit.customer_id) {
        validator.fail(Code::Invalid, "followUpOf", "The visit that this one follows is of another customer.");
    }
    // Without this rule, visits could follow each other in a circle.
    if row.service_date <= visit.service_date {
        let message = format!("A follow-up is after the visit that it follows; that is of {}.", visit.service_date);
        validator.fail(Code::Invalid, "followUpOf", message);
    }
    row.follow_up_of_id = Some(visit.id);
    Ok(())
}

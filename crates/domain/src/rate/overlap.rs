//! Overlaps: two rates for the same work never hold at the same time.

use entity::{
    customer,
    rate::{Entity, Model},
    tenant,
};
use error::{Code, Result};
use sea_orm::Value;
use store::{Filter, Predicate, TenantTable, Tx, fold, table::enum_text};

use super::unit::same_unit;
use crate::validator::Validator;

/// The work that a rate matches, and when: while they stay as they are, the rate overlaps no other one.
pub fn scope(row: &Model) -> impl PartialEq + use<> {
    let origin = (row.origin_zip_prefix.clone(), row.origin_state.clone(), row.origin_country.clone());
    let destination =
        (row.destination_zip_prefix.clone(), row.destination_state.clone(), row.destination_country.clone());
    let work = (row.service_type.clone(), row.equipment_category.clone());
    (row.rate_type, origin, destination, work, row.starts_at, row.ends_at)
}

/// Refuses a rate that holds at the same time as another one that matches the same work, or ends the older one where the new
/// one begins. The customer, or the tenant, is locked until the transaction ends, so that the second of two concurrent
/// writers sees the row of the first.
pub async fn ensure_alone(tx: &Tx, validator: &mut Validator, row: &Model, supersede: bool) -> Result<()> {
    match row.customer_id {
        Some(customer) => drop(tx.lock_parts(&tx.find_unrestricted::<customer::Entity>().ids([customer])).await?),
        None => drop(tx.lock_parts(&tx.find_unrestricted::<tenant::Entity>().ids([tx.tenant().id])).await?),
    }
    for other in tx.lock(&tx.find_unrestricted::<Entity>().filter(matching_the_same(row))).await? {
        if other.id == row.id {
            continue;
        }
        // By day and by instant: they disagree where the tenant's zone was another one.
        let is_older = other.effective_from.is_none_or(|day| Some(day) < row.effective_from);
        let begins_before =
            row.starts_at.filter(|start| is_older && other.starts_at.is_none_or(|other| other < *start));
        match begins_before.filter(|_| supersede) {
            Some(start) => {
                let last_day = row.effective_from.and_then(|day| day.pred_opt());
                let ended = Model { effective_until: last_day, ends_at: Some(start), ..other.clone() };
                tx.update::<Entity>(&other, ended).await?;
            }
            None => {
                let id = Entity::TABLE.encode_id(other.id);
                let period = period(&other);
                let remedy = match begins_before {
                    Some(_) => "supersede: true ends it there",
                    None => "change the days of one of them",
                };
                let message = format!("The rate {id} is for the same work {period}; {remedy}.");
                validator.fail(Code::Overlap, "effectiveFrom", message);
            }
        }
    }
    Ok(())
}

/// The days of a rate, in words.
fn period(row: &Model) -> String {
    match (row.effective_from, row.effective_until) {
        (Some(from), Some(until)) => format!("from {from} until {until}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(until)) => format!("until {until}"),
        (None, None) => "always".to_owned(),
    }
}

/// Rates that match the same work as a rate, equally well, at a time when it holds.
fn matching_the_same(row: &Model) -> Filter {
    let same = |column, value: Option<Value>| {
        let predicate = value.map_or(Predicate::IsNull(true), Predicate::Eq);
        Filter::Column(column, predicate)
    };
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let folded = |text: &Option<String>| text.as_deref().map(|text| Value::from(fold::fold(text)));
    let or_null = |column, predicate| {
        Filter::Any(vec![Filter::Column(column, Predicate::IsNull(true)), Filter::Column(column, predicate)])
    };
    let types = same_unit(row.rate_type).iter().map(|unit| enum_text(unit).into()).collect();
    let mut all = vec![
        same("customer_id", row.customer_id.map(Value::from)),
        Filter::Column("rate_type", Predicate::In(types)),
        same("origin_zip_prefix", text(&row.origin_zip_prefix)),
        same("origin_state_key", folded(&row.origin_state)),
        same("origin_country", text(&row.origin_country)),
        same("destination_zip_prefix", text(&row.destination_zip_prefix)),
        same("destination_state_key", folded(&row.destination_state)),
        same("destination_country", text(&row.destination_country)),
        same("service_type_key", folded(&row.service_type)),
        same("equipment_category_key", folded(&row.equipment_category)),
    ];
    all.extend(row.ends_at.map(|end| or_null("starts_at", Predicate::Lt(end.into()))));
    all.extend(row.starts_at.map(|start| or_null("ends_at", Predicate::Gt(start.into()))));
    Filter::All(all)
}

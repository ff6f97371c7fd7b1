//! Pauses of a plan: times without visits.

use chrono::NaiveDate;
use entity::{
    recurring_service::{Entity, Model},
    recurring_service_pause as pause,
};
use error::{Code, Error, Result};
use store::{Deleted, Tx, edge};

use super::{
    booking::{schedule, sync},
    draft::check_year,
};
use crate::{
    child_rows::ChildRows,
    reference::{self, Reference},
    validator::Validator,
};

/// The most pauses of a plan.
const MAX_PAUSES: usize = 200;

/// Lets no visit take place from a day on, up to the day on which the plan is resumed. Booked ones that nobody changed are
/// deleted.
pub async fn pause(
    tx: &Tx,
    id: &Reference,
    expected_version: Option<i32>,
    from: Option<NaiveDate>,
    resumes_on: Option<NaiveDate>,
) -> Result<Model> {
    let plan = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    let from = match from {
        Some(from) => from,
        None => schedule(tx, &plan).await?.local_date(tx.at()),
    };
    let mut validator = Validator::new();
    check_year(&mut validator, "from", Some(from));
    check_year(&mut validator, "resumesOn", resumes_on);
    if resumes_on.is_some_and(|end| end <= from) {
        validator.fail(
            Code::OutOfRange,
            "resumesOn",
            format!("resumesOn is after the first day of the pause, {from}."),
        );
    }
    validator.finish()?;
    let mut list = ChildRows::<pause::Entity>::read(tx, &edge::RECURRING_PAUSES, plan.id).await?;
    let overlaps = |other: &&pause::Model| {
        resumes_on.is_none_or(|end| other.starts_on < end) && other.resumes_on.is_none_or(|end| from < end)
    };
    if let Some(other) = list.after.iter().find(overlaps) {
        let message = format!("The plan is paused {} already.", period(other));
        return Err(Error::invalid(Code::Overlap, &["from"], message));
    }
    list.after.push(pause::Model { starts_on: from, resumes_on, ..pause::Model::default() });
    list.after.sort_by_key(|stored| stored.starts_on);
    if list.after.len() > MAX_PAUSES {
        let message = format!("A plan has at most {MAX_PAUSES} pauses.");
        return Err(Error::invalid(Code::OutOfRange, &["from"], message));
    }
    write(tx, plan, list).await
}

/// Ends the pause of a day: visits take place again from that day on. The dates of the pause are not made up for.
pub async fn resume(tx: &Tx, id: &Reference, expected_version: Option<i32>, on: Option<NaiveDate>) -> Result<Model> {
    let plan = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    let on = match on {
        Some(on) => on,
        None => schedule(tx, &plan).await?.local_date(tx.at()),
    };
    let mut list = ChildRows::<pause::Entity>::read(tx, &edge::RECURRING_PAUSES, plan.id).await?;
    let covers = |other: &pause::Model| other.starts_on <= on && other.resumes_on.is_none_or(|end| on <= end);
    let Some(index) = list.after.iter().rposition(covers) else {
        let pauses: Vec<_> = list.after.iter().map(period).collect();
        let pauses =
            if pauses.is_empty() { "it has no pause".to_owned() } else { format!("it is {}", pauses.join(", ")) };
        let message = format!("The plan is not paused on {on}: {pauses}.");
        return Err(Error::invalid(Code::State, &["on"], message));
    };
    // A pause that ends when it begins is none.
    if let Some(ended) = list.after.get_mut(index).filter(|pause| pause.starts_on < on) {
        ended.resumes_on = Some(on);
    } else {
        list.after.remove(index);
    }
    write(tx, plan, list).await
}

async fn write(tx: &Tx, plan: Model, list: ChildRows<pause::Entity>) -> Result<Model> {
    let images = list.write(tx, plan.id).await?.into_iter().collect();
    let plan = tx.update_with_children::<Entity>(&plan, plan.clone(), images).await?;
    sync(tx, &plan, tx.at()).await?;
    Ok(plan)
}

/// The days of a pause, in words.
fn period(pause: &pause::Model) -> String {
    match pause.resumes_on {
        Some(end) => format!("from {} and resumed on {end}", pause.starts_on),
        None => format!("from {} on", pause.starts_on),
    }
}

//! Booking: the visits of a plan from now to the horizon are service records, and follow the plan until somebody changes them.
//!
//! A record is known by its plan and the date that the rule yields, also when it is cancelled or soft-deleted: its date is not
//! booked again. What is missing is found by comparing the schedule with the records, each time anew, so that nothing depends
//! on how far an earlier run came. The lock of the plan lets one transaction at a time book for it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    address,
    custom_field_definition::OwnerType,
    recurring_service::{Entity, Model},
    recurring_service_exception, recurring_service_pause, recurring_service_technician,
    service_record::{self, Status},
    service_technician,
};
use error::Result;
use sea_orm::prelude::Uuid;
use store::{Deleted, Edge, Filter, Predicate, RowQuery, SortTerm, TenantTable, Tx, edge};

use super::schedule::{Schedule, Slot, SlotState};
use crate::{
    child_rows::of_owner,
    custom_field::{self, LoadedFields},
    local_time,
    service_record::technician_row,
    validator::Validator,
};

/// A plan with its schedule, and with the records that its visits have or could have.
struct Booking<'a> {
    tx: &'a Tx,
    plan: &'a Model,
    due: Vec<Slot>,
    schedule: Schedule,
    technicians: Vec<String>,
    /// The records of dates to come, and those that take place from now on.
    records: Vec<service_record::Model>,
    /// The technicians of those that follow the plan.
    assigned: HashMap<Uuid, Vec<service_technician::Model>>,
    earliest: DateTime<Utc>,
}

/// What booking changes.
#[derive(Default)]
struct Steps<'a> {
    /// Visits that get a record.
    book: Vec<&'a Slot>,
    /// Records that get what the plan says.
    rewrite: Vec<(&'a service_record::Model, service_record::Model)>,
    /// Records of visits that are no more.
    release: Vec<&'a service_record::Model>,
}

/// Books the visits of a plan from now to the horizon, and brings the booked ones that nobody changed to what the plan says.
/// The plan is locked or written by this transaction.
pub async fn sync(tx: &Tx, plan: &Model, now: DateTime<Utc>) -> Result<()> {
    // Boxed, because the futures of mutations would contain all of it.
    Box::pin(async {
        let booking = Booking::read(tx, plan, now, true).await?;
        booking.write(booking.steps()).await
    })
    .await
}

/// The same for the plan of an id: it is locked only if there is something to write. A plan that is deleted by now has nothing.
pub async fn book_visits(tx: &Tx, plan: Uuid, now: DateTime<Utc>) -> Result<()> {
    let find = tx.find_unrestricted::<Entity>().ids([plan]);
    let Some(read) = tx.one(&find).await? else { return Ok(()) };
    if Booking::read(tx, &read, now, false).await?.steps().is_empty() {
        return Ok(());
    }
    match tx.lock(&find).await?.first() {
        Some(plan) => sync(tx, plan, now).await,
        None => Ok(()),
    }
}

/// The schedule of a plan, as this transaction sees it.
pub async fn schedule(tx: &Tx, plan: &Model) -> Result<Schedule> {
    let exceptions =
        child_rows::<recurring_service_exception::Entity>(tx, &edge::RECURRING_EXCEPTIONS, plan.id).await?;
    let pauses = child_rows::<recurring_service_pause::Entity>(tx, &edge::RECURRING_PAUSES, plan.id).await?;
    let address = match plan.address_id {
        Some(id) => tx.one(&tx.find_unrestricted::<address::Entity>().ids([id]).deleted(Deleted::Include)).await?,
        None => None,
    };
    let zone = address.map_or_else(|| tx.tenant().time_zone.clone(), |address| address.time_zone);
    Ok(Schedule::of(plan, local_time::zone(&zone), &exceptions, &pauses))
}

/// The record of a date of a plan, live or deleted, locked.
pub async fn record_of(tx: &Tx, plan: Uuid, date: NaiveDate) -> Result<Option<service_record::Model>> {
    let of_date = Filter::Column("occurrence_date", Predicate::Eq(date.into()));
    Ok(tx.lock(&records_of(tx, plan).filter(of_date)).await?.into_iter().next())
}

/// Whether a record follows its plan: it is planned as the plan wrote it.
pub fn is_untouched(record: &service_record::Model) -> bool {
    record.status == Status::Scheduled && record.deleted_at.is_none() && record.booked_version == Some(record.version)
}

/// The records of a plan, live or deleted, whether or not the caller may read them.
fn records_of(tx: &Tx, plan: Uuid) -> RowQuery<service_record::Entity> {
    let of_plan = Filter::Column("recurring_service_id", Predicate::Eq(plan.into()));
    tx.find_unrestricted::<service_record::Entity>().deleted(Deleted::Include).filter(of_plan)
}

async fn child_rows<E: TenantTable>(tx: &Tx, edge: &'static Edge, plan: Uuid) -> Result<Vec<E::Model>> {
    tx.all(&of_owner(tx.find_unrestricted::<E>(), edge, plan)?).await
}

impl<'a> Booking<'a> {
    async fn read(tx: &'a Tx, plan: &'a Model, now: DateTime<Utc>, locks: bool) -> Result<Self> {
        let schedule = schedule(tx, plan).await?;
        let due = if plan.deleted_at.is_none() { schedule.due(now, tx.book_ahead()) } else { Vec::new() };
        let earliest = schedule.earliest(now);
        let to_come = Filter::Column("service_date", Predicate::Gte(earliest.into()));
        let first = due.iter().map(|slot| slot.original).min();
        let of_dates = first.map(|first| Filter::Column("occurrence_date", Predicate::Gte(first.into())));
        let taken = Filter::Column("occurrence_date", Predicate::IsNull(false));
        let find =
            records_of(tx, plan.id).filter(taken).filter(Filter::Any([to_come].into_iter().chain(of_dates).collect()));
        let records = if locks { tx.lock(&find).await? } else { tx.all(&find).await? };
        let technicians =
            child_rows::<recurring_service_technician::Entity>(tx, &edge::RECURRING_TECHNICIANS, plan.id).await?;
        let technicians = technicians.into_iter().map(|row| row.technician).collect();
        let mut booking = Self { tx, plan, due, schedule, technicians, records, assigned: HashMap::new(), earliest };
        let following: Vec<_> = booking.following().map(|record| record.id.into()).collect();
        if !following.is_empty() {
            let of_records = Filter::Column("service_record_id", Predicate::In(following));
            let mut find = tx.find_unrestricted::<service_technician::Entity>().filter(of_records);
            let position = service_technician::Column::Position;
            find.order = vec![SortTerm::column::<service_technician::Entity>(position, false)];
            for row in tx.all(&find).await? {
                booking.assigned.entry(row.service_record_id).or_default().push(row);
            }
        }
        Ok(booking)
    }

    /// The records that follow the plan.
    fn following(&self) -> impl Iterator<Item = &service_record::Model> {
        self.records.iter().filter(|record| is_untouched(record) && record.service_date >= self.earliest)
    }

    fn steps(&self) -> Steps<'_> {
        let taken: HashSet<_> = self.records.iter().filter_map(|record| record.occurrence_date).collect();
        let mut steps = Steps {
            book: self.due.iter().filter(|slot| !taken.contains(&slot.original)).collect(),
            ..Steps::default()
        };
        for record in self.following() {
            let slot = record.occurrence_date.filter(|_| self.plan.deleted_at.is_none());
            match slot.and_then(|date| self.schedule.slot(date)).filter(|slot| slot.state == SlotState::Planned) {
                Some(slot) => {
                    let planned = self.planned(&slot, record.clone());
                    if planned != *record || !self.has_technicians(record) {
                        steps.rewrite.push((record, planned));
                    }
                }
                None => steps.release.push(record),
            }
        }
        steps
    }

    fn has_technicians(&self, record: &service_record::Model) -> bool {
        let assigned = self.assigned.get(&record.id).map_or(&[][..], Vec::as_slice);
        assigned.iter().map(|row| &row.technician).eq(&self.technicians)
    }

    /// A record as the plan says it is.
    fn planned(&self, slot: &Slot, record: service_record::Model) -> service_record::Model {
        let plan = self.plan;
        service_record::Model {
            address_id: plan.address_id,
            service_date: slot.starts_at,
            service_type: plan.service_type.clone(),
            service_type_key: if plan.service_type == record.service_type {
                record.service_type_key
            } else {
                String::new()
            },
            summary: plan.summary.clone(),
            scheduled_start: slot.has_time.then_some(slot.starts_at),
            scheduled_end: slot.ends_at.filter(|_| slot.has_time),
            charge_amount: plan.charge_amount,
            charge_currency: plan.charge_currency.clone(),
            ..record
        }
    }

    async fn write(&self, steps: Steps<'_>) -> Result<()> {
        let (tx, stamp) = (self.tx, Uuid::now_v7());
        for record in &steps.release {
            let without_date = service_record::Model { occurrence_date: None, ..(*record).clone() };
            let released = tx.update::<service_record::Entity>(record, without_date).await?;
            tx.delete::<service_record::Entity>(&released, stamp).await?;
        }
        let released: Vec<_> = steps.release.iter().map(|record| record.id).collect();
        custom_field::soft_delete_values(tx, OwnerType::ServiceRecord, &released, stamp).await?;
        for (record, planned) in steps.rewrite {
            let booked_version = Some(tx.next_version::<service_record::Entity>(record)?);
            self.write_with_technicians(record, service_record::Model { booked_version, ..planned }).await?;
        }
        if steps.book.is_empty() {
            return Ok(());
        }
        let fields = LoadedFields::read(tx, &[OwnerType::ServiceRecord]).await?;
        for slot in steps.book {
            let new = service_record::Model {
                customer_id: self.plan.customer_id,
                recurring_service_id: Some(self.plan.id),
                occurrence_date: Some(slot.original),
                booked_version: Some(1),
                ..service_record::Model::default()
            };
            let record = tx.insert::<service_record::Entity>(self.planned(slot, new)).await?;
            // A required field without a default stays empty until somebody changes the record.
            let values = fields.prepare(&mut Validator::new(), OwnerType::ServiceRecord, None, &[])?;
            values.write(tx, record.id, Some(record.customer_id)).await?;
            if !self.technicians.is_empty() {
                self.write_with_technicians(&record, record.clone()).await?;
            }
        }
        Ok(())
    }

    /// Updates a record, and assigns the technicians of the plan to it.
    async fn write_with_technicians(&self, before: &service_record::Model, after: service_record::Model) -> Result<()> {
        let mut images = Vec::new();
        if !self.has_technicians(before) {
            let stored = self.assigned.get(&before.id).map_or(&[][..], Vec::as_slice);
            let rows = self.technicians.iter().cloned().map(technician_row).collect();
            let edge = &edge::SERVICE_TECHNICIANS;
            images.push(self.tx.replace_children::<service_technician::Entity>(edge, before.id, stored, rows).await?);
        }
        self.tx.update_with_children::<service_record::Entity>(before, after, images).await.map(drop)
    }
}

impl Steps<'_> {
    fn is_empty(&self) -> bool {
        self.book.is_empty() && self.rewrite.is_empty() && self.release.is_empty()
    }
}

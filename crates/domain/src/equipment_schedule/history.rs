//! The completions that count for a schedule: read from the service records each time, and never counted up.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use entity::{
    asset, customer_asset,
    equipment_schedule::{Entity, Model},
    service_equipment,
    service_record::{self, Column, Status},
    service_schedule,
};
use error::Result;
use sea_orm::{Value, prelude::Uuid};
use store::{Deleted, Filter, Predicate, SortTerm, Tx, edge, table::enum_text};

use crate::local_time::start_of_day;

/// A completion that counts for a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The service record.
    pub record: Uuid,
    /// When the work was done: the date of the service, where its completion is unknown.
    pub at: DateTime<Utc>,
}

/// Whether a service record counts for the schedules that it is for.
pub fn counts(record: &service_record::Model) -> bool {
    record.status == Status::Completed && record.deleted_at.is_none()
}

/// The completions that count for a schedule, the oldest first: all of them, or only the newest one.
pub async fn completions(tx: &Tx, schedule: &Model, all: bool, zone: Tz) -> Result<Vec<Completion>> {
    let counted = counted(tx, schedule).await?;
    let since = schedule.start_date.map(|day| start_of_day(zone, day));
    let mut found = Vec::new();
    for (column, has_completion) in [(Column::CompletedAt, true), (Column::ServiceDate, false)] {
        let mut find = tx.find_unrestricted::<service_record::Entity>().filter(counted.clone());
        find = find.filter(Filter::Column("completed_at", Predicate::IsNull(!has_completion)));
        if let Some(since) = since {
            let name = if has_completion { "completed_at" } else { "service_date" };
            find = find.filter(Filter::Column(name, Predicate::Gte(since.into())));
        }
        find.order = vec![SortTerm::column::<service_record::Entity>(column, true), SortTerm::id(true)];
        if !all {
            find.size = 1;
        }
        find = find.columns(vec![Column::Id, Column::CompletedAt, Column::ServiceDate]);
        // A page is read with one row more, which tells whether there is another page.
        let rows = tx.all(&find).await?.into_iter().take(if all { usize::MAX } else { 1 });
        found.extend(rows.map(|row| Completion { record: row.id, at: row.completed_at.unwrap_or(row.service_date) }));
    }
    found.sort_by_key(|completion| (completion.at, completion.record));
    if !all {
        found = found.pop().into_iter().collect();
    }
    Ok(found)
}

/// The completed service records that name a schedule, and those that name none, are of its type and about its equipment.
async fn counted(tx: &Tx, schedule: &Model) -> Result<Filter> {
    let assignments: Vec<Value> = match schedule.customer_asset_id {
        Some(id) => vec![id.into()],
        None => {
            let find = tx.find_unrestricted::<customer_asset::Entity>().deleted(Deleted::Include);
            let find = find.filter(Filter::Column("asset_id", Predicate::Eq(schedule.asset_id.into())));
            let rows = tx.all(&find.columns(vec![customer_asset::Column::Id])).await?;
            rows.into_iter().map(|row| row.id.into()).collect()
        }
    };
    let exists = |edge, filter| Filter::Exists(edge, Box::new(filter));
    let named = Filter::Column("equipment_schedule_id", Predicate::Eq(schedule.id.into()));
    let names_none = Filter::Not(Box::new(exists(&edge::SERVICE_SCHEDULE_LINKS, Filter::All(Vec::new()))));
    let of_type = Filter::Column("service_type_key", Predicate::Eq(store::fold::fold(&schedule.service_type).into()));
    let about = Filter::Column("customer_asset_id", Predicate::In(assignments));
    Ok(Filter::All(vec![
        Filter::Column("status", Predicate::Eq(enum_text(&Status::Completed).into())),
        Filter::Any(vec![
            exists(&edge::SERVICE_SCHEDULE_LINKS, named),
            Filter::All(vec![names_none, of_type, exists(&edge::SERVICE_EQUIPMENT_LINKS, about)]),
        ]),
    ]))
}

/// The schedules and the customer assets that a service record names.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// The schedules.
    pub schedules: Vec<Uuid>,
    /// The customer assets.
    pub equipment: Vec<Uuid>,
}

/// The schedules for which a service record counts as it is stored.
pub async fn counted_by(tx: &Tx, record: &service_record::Model) -> Result<Vec<Uuid>> {
    if !counts(record) {
        return Ok(Vec::new());
    }
    let of_record = || Filter::Column("service_record_id", Predicate::Eq(record.id.into()));
    let schedules = tx.all(&tx.find_unrestricted::<service_schedule::Entity>().filter(of_record())).await?;
    let mut named = Named::default();
    named.schedules.extend(schedules.into_iter().map(|row| row.equipment_schedule_id));
    if named.schedules.is_empty() {
        let equipment = tx.all(&tx.find_unrestricted::<service_equipment::Entity>().filter(of_record())).await?;
        named.equipment.extend(equipment.into_iter().map(|row| row.customer_asset_id));
    }
    counted_by_named(tx, record, named).await
}

/// The schedules for which a service record counts: those that it names, else those of its type for its equipment. None if it
/// is not completed.
///
/// The assets are protected until the transaction ends, so that nobody creates a schedule that misses the record.
pub async fn counted_by_named(tx: &Tx, record: &service_record::Model, named: Named) -> Result<Vec<Uuid>> {
    let Named { schedules, equipment: assignments } = named;
    if !counts(record) || !schedules.is_empty() || assignments.is_empty() {
        return Ok(if counts(record) { schedules } else { Vec::new() });
    }
    let find = tx.find_unrestricted::<customer_asset::Entity>().deleted(Deleted::Include);
    let assets: Vec<_> = tx.all(&find.ids(assignments.clone())).await?.into_iter().map(|row| row.asset_id).collect();
    tx.lock_key_share(&tx.find_unrestricted::<asset::Entity>().ids(assets.clone())).await?;
    let values = |ids: Vec<Uuid>| Predicate::In(ids.into_iter().map(Value::from).collect());
    let of_asset =
        vec![Filter::Column("customer_asset_id", Predicate::IsNull(true)), Filter::Column("asset_id", values(assets))];
    let about = Filter::Any(vec![Filter::Column("customer_asset_id", values(assignments)), Filter::All(of_asset)]);
    let of_type = Filter::Column("service_type_key", Predicate::Eq(store::fold::fold(&record.service_type).into()));
    let find = tx.find_unrestricted::<Entity>().filter(about).filter(of_type);
    let rows = tx.all(&find.columns(vec![entity::equipment_schedule::Column::Id])).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

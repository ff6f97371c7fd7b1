//! The status of a schedule: stored days compared with today, in a field and in a filter.

use async_graphql::Enum;
use chrono::NaiveDate;
use domain::{
    equipment_schedule::due::{self, Status},
    local_time::zone,
};
use entity::equipment_schedule::Model;
use store::{Filter, Predicate, Store};

use crate::graphql::filter::{FilterContext, operators};

/// The status of an equipment schedule. Nothing of it is stored: it follows from the day, which is that of the tenant's time
/// zone, and from the newest meter reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub enum EquipmentScheduleStatus {
    /// Nothing is due within the notice of the schedule, or it cannot be told.
    Planned,
    /// The work is due within the notice of the schedule.
    Upcoming,
    /// The work is due today, the meter is just there, or it is there by the prediction.
    Due,
    /// The day on which the work was due has passed, or the meter is beyond the reading at which it was due.
    Overdue,
}

impl EquipmentScheduleStatus {
    const fn word(self) -> &'static str {
        match self {
            Self::Planned => "PLANNED",
            Self::Upcoming => "UPCOMING",
            Self::Due => "DUE",
            Self::Overdue => "OVERDUE",
        }
    }
}

operators! {
    /// Conditions on the status of an equipment schedule, which is never null.
    EquipmentScheduleStatusFilter of EquipmentScheduleStatus as |value: &EquipmentScheduleStatus| value.word();
}

/// The day in the tenant's time zone.
fn today(store: &Store) -> NaiveDate {
    let zone = zone(&store.tenant().row.time_zone);
    store.now().with_timezone(&zone).date_naive()
}

/// The status of a schedule.
pub fn status(store: &Store, row: &Model) -> EquipmentScheduleStatus {
    due::status((row.upcoming_from, row.next_due, row.overdue_from), today(store)).into()
}

/// The filter for the schedules of some statuses.
pub fn has_status(context: &FilterContext<'_>, condition: &EquipmentScheduleStatusFilter) -> Filter {
    let passes = |status: &Status| {
        let status = EquipmentScheduleStatus::from(*status);
        condition.eq.is_none_or(|eq| eq == status)
            && condition.neq.is_none_or(|neq| neq != status)
            && condition.r#in.as_ref().is_none_or(|any| any.contains(&status))
            && condition.not_in.as_ref().is_none_or(|none| !none.contains(&status))
            && condition.is_null != Some(true)
    };
    let wanted = [Status::Planned, Status::Upcoming, Status::Due, Status::Overdue].into_iter().filter(passes);
    let today = today(context.store);
    Filter::Any(wanted.map(|status| of_status(status, today)).collect())
}

/// The filter for the schedules of a status: the rule of [`due::status`] in SQL.
fn of_status(status: Status, today: NaiveDate) -> Filter {
    let has_come = |column| Filter::Column(column, Predicate::Lte(today.into()));
    let (overdue, due, upcoming) = (has_come("overdue_from"), has_come("next_due"), has_come("upcoming_from"));
    let not = |filter: Filter| Filter::Not(Box::new(filter));
    Filter::All(match status {
        Status::Overdue => vec![overdue],
        Status::Due => vec![not(overdue), due],
        Status::Upcoming => vec![not(overdue), not(due), upcoming],
        Status::Planned => vec![not(overdue), not(due), not(upcoming)],
    })
}

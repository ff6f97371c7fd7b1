//! The states of a service record: the transitions between them, and which states are open.

use entity::service_record::Status;
use sea_orm::Iterable;
use store::{Filter, Predicate, table::enum_text};

/// The states to which a service record can move next.
pub const fn next(status: Status) -> &'static [Status] {
    match status {
        Status::Scheduled => &[Status::InProgress, Status::Completed, Status::Cancelled],
        Status::InProgress => &[Status::Completed, Status::Cancelled],
        Status::Completed | Status::Cancelled => &[],
    }
}

/// Whether a service record with this status is not yet completed or cancelled.
pub const fn is_open(status: Status) -> bool {
    !next(status).is_empty()
}

/// The service records with an open status.
pub fn open_filter() -> Filter {
    let open = Status::iter().filter(|status| is_open(*status)).map(|status| enum_text(&status).into());
    Filter::Column("status", Predicate::In(open.collect()))
}

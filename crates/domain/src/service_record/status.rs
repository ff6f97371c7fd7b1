//! The states of a service record: which one leads to which, and which are open.

use entity::service_record::Status;
use sea_orm::Iterable;
use store::{Filter, Predicate, table::enum_text};

/// The states that a state leads to.
pub const fn next(status: Status) -> &'static [Status] {
    match status {
        Status::Scheduled => &[Status::InProgress, Status::Completed, Status::Cancelled],
        Status::InProgress => &[Status::Completed, Status::Cancelled],
        Status::Completed | Status::Cancelled => &[],
    }
}

/// Whether there is still work to do.
pub const fn is_open(status: Status) -> bool {
    !next(status).is_empty()
}

/// The service records whose status [`is_open`].
pub fn open_filter() -> Filter {
    let open = Status::iter().filter(|status| is_open(*status)).map(|status| enum_text(&status).into());
    Filter::Column("status", Predicate::In(open.collect()))
}

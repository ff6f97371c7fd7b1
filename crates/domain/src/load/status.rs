//! The open states of a load, in which it is not yet delivered or cancelled.

use entity::load::Status;
use sea_orm::Iterable;
use store::{Filter, Predicate, table::enum_text};

/// Whether a load with this status is not yet delivered or cancelled.
pub const fn is_open(status: Status) -> bool {
    matches!(status, Status::New | Status::Scheduled | Status::Dispatched | Status::InProgress)
}

/// The loads with an open status.
pub fn open_filter() -> Filter {
    let open = Status::iter().filter(|status| is_open(*status)).map(|status| enum_text(&status).into());
    Filter::Column("status", Predicate::In(open.collect()))
}

//! Which states of a load are open: there is still something to move.

use entity::load::Status;
use sea_orm::Iterable;
use store::{Filter, Predicate, table::enum_text};

/// Whether there is still something to move.
pub const fn is_open(status: Status) -> bool {
    matches!(status, Status::New | Status::Scheduled | Status::Dispatched | Status::InProgress)
}

/// The loads whose status [`is_open`].
pub fn open_filter() -> Filter {
    let open = Status::iter().filter(|status| is_open(*status)).map(|status| enum_text(&status).into());
    Filter::Column("status", Predicate::In(open.collect()))
}

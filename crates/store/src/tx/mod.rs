//! The only way to write: rows, and with each row everything that derives from it.
//!
//! A mutation passes whole rows to a [`Tx`], with personal text in plain. The `Tx` folds and seals the texts, compares the
//! row with the stored one, writes the columns that differ, and collects what the change log, the blind index and touched
//! rows need; that is written once, at commit. New rows wait until a statement could read them, at the latest for the commit. A
//! `Tx` that is dropped without a commit leaves no trace.
//!
//! What inputs name is looked up by [`Tx::look_up`], for all inputs of a list together if they are rehearsed first.

mod child_rows;
mod commit;
mod counter;
mod execute_batch;
mod idempotency;
mod image;
mod insert_buffer;
mod lookup;
mod number;
mod pending;
mod permission;
mod reachable;
mod rehearsal;
mod rewrite;
mod row;
mod stored_file;
mod transaction;
mod untouched_lists;
mod write;
mod write_batch;

pub use self::{
    child_rows::ChildRowsImage,
    idempotency::{Idempotency, delete_expired},
    lookup::Lookup,
    row::key_owner,
    transaction::Tx,
};

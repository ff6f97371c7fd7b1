//! Guarded states: a row in such a state is written only by a caller with a further action.

use access::Action;

/// States of the rows of a table, and the action that some writes of a row in them need, besides that of the table.
#[derive(Clone, Copy, Debug)]
pub struct StateGuard {
    /// The column with the state.
    pub column: &'static str,
    /// The states, as they are stored.
    pub states: &'static [&'static str],
    /// The action.
    pub action: Action,
    /// The writes that need it.
    pub writes: GuardedWrites,
}

/// The writes of a row that a guard of its states concerns.
#[derive(Clone, Copy, Debug)]
pub enum GuardedWrites {
    /// Updates that bring the row into one of the states. A row may be created in it.
    Entry,
    /// Writes that bring the row into one of the states or out of them, its deletion and its restoration there, and a change
    /// of these columns and lists of child rows.
    All(&'static [&'static str]),
}

/// Loads that the customer has been billed for.
pub const BILLED_LOADS: &[StateGuard] = &[StateGuard {
    column: "status",
    states: &["INVOICED", "PAID"],
    action: Action::LoadBill,
    writes: GuardedWrites::All(&["number", "charge_amount", "charge_currency", "charges"]),
}];

/// Service records that are worked on. Work that is done already is recorded without the permission to do it.
pub const WORKED_RECORDS: &[StateGuard] = &[StateGuard {
    column: "status",
    states: &["IN_PROGRESS", "COMPLETED"],
    action: Action::ServiceWork,
    writes: GuardedWrites::Entry,
}];

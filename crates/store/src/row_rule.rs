//! Row rules: which rows exist for a caller, beyond tenant and liveness.

/// A rule about which rows exist for a caller.
#[derive(Clone, Copy, Debug)]
pub enum RowRule {
    /// All rows of the tenant.
    None,
    /// For a caller who sees only their own work, only rows that are assigned to them.
    Assigned(Assignment),
    /// Only rows whose column is not null.
    NotNull(&'static str),
    /// Only values of custom fields whose owner exists for the caller.
    OwnerVisible,
}

/// The table that assigns rows to technicians.
#[derive(Clone, Copy, Debug)]
pub struct Assignment {
    /// Its name.
    pub table: &'static str,
    /// Its column with the id of the assigned row.
    pub row: &'static str,
    /// Its column with the technician.
    pub technician: &'static str,
}

//! Row rules: which rows of a table exist for a caller, beyond tenant and liveness.

/// A rule about which rows exist for a caller.
#[derive(Clone, Copy, Debug)]
pub enum RowRule {
    /// All rows of the tenant.
    None,
    /// For a caller who sees only their own work, only rows that are assigned to them.
    Assigned(Assignment),
    /// Only rows whose column is not null.
    NotNull(&'static str),
    /// Only rows whose owners exist for the caller: the names of the owners' tables, each with the column that holds the id.
    OwnerVisible(&'static [(&'static str, &'static str)]),
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

/// Makes the list of the owners of custom field values.
macro_rules! owners {
    ($($owner:ident: $table:ident.$column:ident, $values:ident, $value_owner:ident;)*) => {
        &[$((stringify!($table), stringify!($column)),)*]
    };
}

/// The rows that may have a custom field value.
pub const OWNERS_OF_VALUE: &[(&str, &str)] = crate::custom_field_owners! { owners! [] };

/// The rows that may have a document. That of a load or a service record has their customer, too.
pub const OWNERS_OF_DOCUMENT: &[(&str, &str)] =
    &[("customer", "customer_id"), ("asset", "asset_id"), ("load", "load_id"), ("service_record", "service_record_id")];

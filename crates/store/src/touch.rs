//! Touched rows: a write of one row updates another one, which it is a part of or refers to.

/// A row of another table that is updated with a row of this one, without a change record of its own.
#[derive(Clone, Copy, Debug)]
pub struct TouchedRow {
    /// The other table.
    pub table: &'static str,
    /// The column of this table that holds the other row's id.
    pub column: &'static str,
    /// Whether the version of the other row rises, because this row is a part of it: a client who read the whole before is
    /// refused then. Otherwise only its `updated_at` follows.
    pub raises_version: RaisesVersion,
}

/// When a write of a row raises the version of the row that it touches.
#[derive(Clone, Copy, Debug)]
pub enum RaisesVersion {
    /// Always.
    Always,
    /// If one of these columns is not null.
    IfAny(&'static [&'static str]),
    /// Never.
    Never,
}

/// The customer that a row is a part of.
pub const CUSTOMER_OF_PART: &[TouchedRow] =
    &[TouchedRow { table: "customer", column: "customer_id", raises_version: RaisesVersion::Always }];
/// The customer that a row refers to.
pub const CUSTOMER: &[TouchedRow] =
    &[TouchedRow { table: "customer", column: "customer_id", raises_version: RaisesVersion::Never }];

/// Makes the rows that a custom field value touches: the row that it belongs to, and that row's customer.
macro_rules! owners_of_value {
    ($($owner:ident: $table:ident.$column:ident, $values:ident, $value_owner:ident;)*) => {
        &[
            $(TouchedRow { table: stringify!($table), column: stringify!($column), raises_version: RaisesVersion::Always },)*
            TouchedRow {
                table: "customer",
                column: "key_owner_id",
                raises_version: RaisesVersion::IfAny(&["contact_id", "address_id"]),
            },
        ]
    };
}
/// The rows that a custom field value touches.
pub const OWNERS_OF_VALUE: &[TouchedRow] = crate::custom_field_owners! { owners_of_value! [] };

//! The registry of tables: who may read and write each, which of its columns are personal, and what derives from its rows.

use access::Action;
use sea_orm::{ActiveEnum, EntityTrait, IdenStatic, Iterable, ModelTrait, prelude::Uuid};

use crate::{
    camel_case::camel_case,
    guard::{BILLED_LOADS, StateGuard, WORKED_RECORDS},
    touch::{CUSTOMER, CUSTOMER_OF_PART, OWNERS_OF_VALUE, TouchedRow},
};
pub use crate::{
    indexed_field::{IndexedField, Normalization},
    row_rule::{Assignment, RowRule},
};

/// What the store knows about a table, so that no mutation has to.
#[derive(Debug)]
pub struct Table {
    /// Its name in the database and in the change log.
    pub name: &'static str,
    /// The prefix of its ids outside; empty for child rows, which have no id outside.
    pub prefix: &'static str,
    /// The action that a caller must be allowed to read its rows.
    pub read: Action,
    /// The action that a caller must be allowed to write its rows.
    pub write: Action,
    /// The actions of mutations with rules of their own, which write its rows in place of `write`.
    pub other_writes: &'static [Action],
    /// Whether a row is written with the row that it belongs to, the first one that it touches, by the action of that table.
    pub written_with_owner: bool,
    /// The states of its rows that need a further action.
    pub guards: &'static [StateGuard],
    /// Whether its rows have a version, times and change records of their own. Child rows have none.
    pub audited: bool,
    /// The owner of the key that seals its personal columns.
    pub key_owner: KeyOwner,
    /// The columns of ciphertext, and what they contain.
    pub sealed: &'static [(&'static str, SealedFormat)],
    /// The columns of plain text that may be personal: the change log seals them.
    pub personal: &'static [&'static str],
    /// The columns `x` that have a folded companion `x_key`.
    pub folded: &'static [&'static str],
    /// The columns that have another name in the schema.
    pub schema_names: &'static [(&'static str, &'static str)],
    /// The fields in the blind index.
    pub indexed: &'static [IndexedField],
    /// The columns that the change log leaves out, besides those of every table.
    pub unlogged: &'static [&'static str],
    /// The column of a child table that holds the id of the row the child belongs to.
    pub owner_column: Option<&'static str>,
    /// The rows of other tables that a write of this table updates.
    pub touches: &'static [TouchedRow],
    /// Which rows exist for a caller, beyond tenant and liveness.
    pub row_rule: RowRule,
}

/// Two tables are equal if they have one name.
impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The owner of the data key that seals a row.
#[derive(Debug)]
pub enum KeyOwner {
    /// The tenant.
    Tenant,
    /// The row itself, which is a customer.
    Row,
    /// The customer whose id is in a column; the tenant if the column is null.
    Column(&'static str),
}

/// What a sealed column contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedFormat {
    /// Text.
    Text,
    /// JSON.
    Json,
}

/// A table whose rows each belong to one tenant.
pub trait TenantTable: EntityTrait<Model: Row<Entity = Self>, Column: Iterable + IdenStatic> {
    /// Its entry in the registry.
    const TABLE: &'static Table;
}

/// A row of such a table.
pub trait Row: ModelTrait + Default + PartialEq + Send + Sync + 'static {
    /// The row's id.
    fn id(&self) -> Uuid;
}

/// What is done with the type of a table that is known by its entry only.
pub trait TableVisitor {
    /// What it returns.
    type Output;

    /// Does it with the type.
    fn visit<E: TenantTable>(self) -> Self::Output;
}

const DEFAULTS: Table = Table {
    name: "",
    prefix: "",
    read: Action::TenantRead,
    write: Action::TenantWrite,
    other_writes: &[],
    written_with_owner: false,
    guards: &[],
    audited: true,
    key_owner: KeyOwner::Tenant,
    sealed: &[],
    personal: &[],
    folded: &[],
    schema_names: &[],
    indexed: &[],
    unlogged: &[],
    owner_column: None,
    touches: &[],
    row_rule: RowRule::None,
};

const fn indexed(field: &'static str, pointer: &'static str, normalization: Normalization) -> IndexedField {
    IndexedField { field, pointer, normalization }
}

/// Makes the registry: for each table, the actions that read and write it, and the fields that differ from `DEFAULTS`.
///
/// ```ignore
/// tables! { asset: AssetRead, AssetWrite { prefix: "asset", folded: &["name"] } }
/// // becomes
/// impl Row for entity::asset::Model {
///     fn id(&self) -> Uuid {
///         self.id
///     }
/// }
/// impl TenantTable for entity::asset::Entity {
///     const TABLE: &'static Table = &Table {
///         name: "asset",
///         read: Action::AssetRead,
///         write: Action::AssetWrite,
///         prefix: "asset",
///         folded: &["name"],
///         ..DEFAULTS
///     };
/// }
/// pub const TABLES: &[&Table] = &[<entity::asset::Entity as TenantTable>::TABLE];
/// ```
macro_rules! tables {
    ($($table:ident: $read:ident, $write:ident { $($field:ident: $value:expr),* $(,)? })*) => { $(
        impl Row for entity::$table::Model {
            fn id(&self) -> Uuid {
                self.id
            }
        }
        impl TenantTable for entity::$table::Entity {
            const TABLE: &'static Table = &Table {
                name: stringify!($table),
                read: Action::$read,
                write: Action::$write,
                $($field: $value,)*
                ..DEFAULTS
            };
        }
    )*
        /// Every table of the registry.
        pub const TABLES: &[&Table] = &[$(<entity::$table::Entity as TenantTable>::TABLE,)*];

        /// Visits the type of a table of the registry.
        pub fn visit_table<V: TableVisitor>(table: &Table, visitor: V) -> Option<V::Output> {
            match table.name {
                $(stringify!($table) => Some(visitor.visit::<entity::$table::Entity>()),)*
                _ => None,
            }
        }
    };
}

use Normalization::{ClearWords, Email, Phone, Words};
use SealedFormat::{Json, Text};

tables! {
    tenant: TenantRead, TenantWrite {
        prefix: "tenant",
        unlogged: &["key_wrapped"],
        schema_names: &[("names", "sealedNames")],
    }
    customer: CustomerRead, CustomerWrite {
        prefix: "cust",
        key_owner: KeyOwner::Row,
        sealed: &[
            ("name_sealed", Text), ("contact_info", Json), ("emergency_contact", Text), ("tax_id", Text), ("notes", Text),
        ],
        personal: &["name", "name_order"],
        unlogged: &["name_order"],
        folded: &["number", "industry", "mc_number", "dot_number"],
        schema_names: &[("customer_type", "type")],
        indexed: &[
            indexed("customer.name", "/name", Words),
            indexed("customer.email", "/contactInfo/email", Email),
            indexed("customer.phone", "/contactInfo/phone", Phone),
            indexed("customer.primaryContact", "/contactInfo/primaryContact", Words),
            indexed("customer.tags", "/tags", ClearWords),
        ],
    }
    address: AddressRead, AddressWrite {
        prefix: "addr",
        key_owner: KeyOwner::Column("customer_id"),
        sealed: &[
            ("street", Text), ("street2", Text), ("zip_code", Text), ("coordinates", Json), ("instructions", Text),
        ],
        folded: &["name", "city", "state"],
        schema_names: &[("address_type", "type")],
        indexed: &[indexed("address.city", "/city", ClearWords)],
        touches: CUSTOMER_OF_PART,
    }
    contact: ContactRead, ContactWrite {
        prefix: "cont",
        key_owner: KeyOwner::Column("customer_id"),
        sealed: &[("name", Text), ("email", Text), ("phone", Text), ("mobile", Text), ("notes", Text)],
        personal: &["name_order"],
        unlogged: &["name_order"],
        folded: &["role"],
        schema_names: &[("contact_type", "type")],
        indexed: &[
            indexed("contact.name", "/name", Words),
            indexed("contact.email", "/email", Email),
            indexed("contact.phone", "/phone", Phone),
            indexed("contact.mobile", "/mobile", Phone),
        ],
        touches: CUSTOMER_OF_PART,
    }
    asset: AssetRead, AssetWrite {
        prefix: "asset",
        folded: &["name", "unit_number", "category", "make", "model", "serial_number"],
    }
    customer_asset: AssetRead, AssetWrite {
        prefix: "custasset",
        key_owner: KeyOwner::Column("customer_id"),
        sealed: &[("notes", Text)],
        folded: &["contract_number"],
        schema_names: &[("starts_at", "from")],
        touches: CUSTOMER,
    }
    load: LoadRead, LoadWrite {
        prefix: "load",
        other_writes: &[Action::LoadBill],
        guards: BILLED_LOADS,
        key_owner: KeyOwner::Column("customer_id"),
        sealed: &[("cancel_reason", Text)],
        folded: &["number", "commodity", "equipment_type"],
        touches: CUSTOMER,
    }
    load_stop: LoadRead, LoadWrite {
        audited: false,
        owner_column: Some("load_id"),
        key_owner: KeyOwner::Column("key_owner_id"),
        unlogged: &["key_owner_id"],
        sealed: &[("notes", Text)],
        schema_names: &[("stop_type", "type")],
    }
    load_reference: LoadRead, LoadWrite {
        audited: false,
        owner_column: Some("load_id"),
        schema_names: &[("reference_type", "type")],
        folded: &["value"],
    }
    load_charge: LoadRead, LoadWrite {
        audited: false,
        owner_column: Some("load_id"),
        schema_names: &[("charge_type", "type")],
    }
    load_status: LoadRead, LoadWrite {
        other_writes: &[Action::LoadBill],
        audited: false,
        schema_names: &[("from_status", "from"), ("to_status", "to")],
        owner_column: Some("load_id"),
        key_owner: KeyOwner::Column("key_owner_id"),
        unlogged: &["key_owner_id"],
        sealed: &[("note", Text)],
    }
    recurring_service: RecurringServiceRead, RecurringServiceWrite {
        prefix: "recur",
        folded: &["service_type"],
        touches: CUSTOMER,
    }
    recurring_service_exception: RecurringServiceRead, RecurringServiceWrite {
        audited: false,
        owner_column: Some("recurring_service_id"),
        key_owner: KeyOwner::Column("key_owner_id"),
        unlogged: &["key_owner_id"],
        sealed: &[("reason", Text)],
    }
    recurring_service_pause: RecurringServiceRead, RecurringServiceWrite {
        audited: false, owner_column: Some("recurring_service_id"),
    }
    recurring_service_technician: RecurringServiceRead, RecurringServiceWrite {
        audited: false, owner_column: Some("recurring_service_id"),
    }
    service_record: ServiceRead, ServiceWrite {
        prefix: "serv",
        other_writes: &[Action::ServiceWork, Action::RecurringServiceWrite],
        unlogged: &["booked_version"],
        guards: WORKED_RECORDS,
        key_owner: KeyOwner::Column("customer_id"),
        sealed: &[("notes", Text), ("cancel_reason", Text)],
        folded: &["service_type"],
        touches: CUSTOMER,
        row_rule: RowRule::Assigned(Assignment {
            table: "service_technician",
            row: "service_record_id",
            technician: "technician",
        }),
    }
    service_technician: ServiceRead, ServiceWrite {
        audited: false,
        owner_column: Some("service_record_id"),
        other_writes: &[Action::RecurringServiceWrite],
    }
    service_equipment: ServiceRead, ServiceWrite { audited: false, owner_column: Some("service_record_id") }
    service_part: ServiceRead, ServiceWrite {
        audited: false,
        owner_column: Some("service_record_id"),
        other_writes: &[Action::ServiceWork],
    }
    rate: RateRead, RateWrite {
        prefix: "rate",
        folded: &["name", "origin_state", "destination_state", "service_type", "equipment_category"],
        schema_names: &[("rate_type", "type")],
        unlogged: &["starts_at", "ends_at"],
    }
    custom_field_definition: CustomFieldRead, CustomFieldWrite {
        prefix: "field",
        folded: &["title"],
        schema_names: &[("field_type", "type")],
    }
    custom_field_value: CustomFieldRead, CustomFieldWrite {
        prefix: "value",
        other_writes: &[Action::CustomFieldWrite],
        written_with_owner: true,
        key_owner: KeyOwner::Column("key_owner_id"),
        unlogged: &["key_owner_id"],
        sealed: &[("sealed", Json), ("displaced_sealed", Json)],
        // A definition may become sensitive later, so that the log seals every value from the first one on.
        personal: &["boolean", "number", "text", "date", "json", "amount", "currency", "displaced"],
        folded: &["text"],
        touches: OWNERS_OF_VALUE,
        schema_names: &[("field_type", "type")],
        row_rule: RowRule::OwnerVisible,
    }
    change: ChangeRead, ChangeRead {
        prefix: "change",
        audited: false,
        key_owner: KeyOwner::Column("key_owner_id"),
        sealed: &[("before_sealed", Json), ("after_sealed", Json)],
        row_rule: RowRule::NotNull("sequence"),
    }
}

impl Table {
    /// The table of a name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        TABLES.iter().copied().find(|table| table.name == name)
    }

    /// The name of a column's field in the schema.
    pub fn schema_name(&self, column: &str) -> String {
        let renamed = self.schema_names.iter().find(|(renamed, _)| *renamed == column);
        renamed.map_or_else(|| camel_case(column), |(_, name)| (*name).to_owned())
    }
}

/// The text of an enum value in the database.
pub fn enum_text<T: ActiveEnum<Value = String>>(value: &T) -> String {
    value.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_names_tables_of_the_registry() {
        for table in TABLES {
            let assignment = match table.row_rule {
                RowRule::Assigned(assignment) => Some(assignment.table),
                RowRule::None | RowRule::NotNull(_) | RowRule::OwnerVisible => None,
            };
            for other in table.touches.iter().map(|touched| touched.table).chain(assignment) {
                assert!(Table::by_name(other).is_some(), "{}: {other}", table.name);
            }
        }
    }
}

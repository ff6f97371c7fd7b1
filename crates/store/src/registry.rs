//! The registry of tables.

use access::Action;
use sea_orm::prelude::Uuid;

use crate::{
    guard::{BILLED_LOADS, WORKED_RECORDS},
    indexed_field::Normalization::{ClearWords, Email, Phone, Words},
    row_rule,
    table::{
        Assignment, DEFAULTS, KeyOwner, Row, RowRule,
        SealedFormat::{Json, Text},
        Table, TableVisitor, TenantTable, indexed,
    },
    touch::{CUSTOMER, CUSTOMER_OF_PART, OWNERS_OF_VALUE},
};

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
        // A meter reading moves the meter of its asset.
        other_writes: &[Action::MeterWrite],
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
    rate: RateRead, RateWrite {
        prefix: "rate",
        folded: &["name", "origin_state", "destination_state", "service_type", "equipment_category"],
        schema_names: &[("rate_type", "type")],
        unlogged: &["starts_at", "ends_at"],
    }
    rate_accessorial: RateRead, RateWrite {
        audited: false,
        owner_column: Some("rate_id"),
        schema_names: &[("charge_type", "type")],
    }
    rate_fuel_band: RateRead, RateWrite { audited: false, owner_column: Some("rate_id") }
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
    meter_reading: AssetRead, MeterWrite {
        prefix: "reading",
        other_writes: &[Action::AssetWrite],
    }
    equipment_schedule: ScheduleRead, ScheduleWrite {
        prefix: "sched",
        // Completing a service record advances the schedules for which it counts.
        other_writes: &[Action::ServiceWork, Action::ServiceWrite],
        key_owner: KeyOwner::Column("customer_id"),
        sealed: &[("skip_reason", Text)],
        folded: &["service_type"],
        // They follow from the other columns, the meter readings and the service records.
        unlogged: &[
            "due_date_since", "start_total", "skipped_total", "next_due", "next_due_date", "next_due_total",
            "next_due_meter", "predicted_due", "meter_use_per_day", "upcoming_from", "overdue_from",
        ],
        touches: CUSTOMER,
    }
    service_schedule: ServiceRead, ServiceWrite {
        audited: false,
        owner_column: Some("service_record_id"),
        other_writes: &[Action::ServiceWork],
    }
    document: DocumentRead, DocumentWrite {
        prefix: "doc",
        key_owner: KeyOwner::Column("customer_id"),
        sealed: &[("title", Text), ("link", Text), ("file_name", Text), ("sha256", Text)],
        unlogged: &["file_id"],
        schema_names: &[("document_type", "type")],
        indexed: &[indexed("document.title", "/title", Words)],
        touches: CUSTOMER,
        row_rule: RowRule::OwnerVisible(row_rule::OWNERS_OF_DOCUMENT),
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
        row_rule: RowRule::OwnerVisible(row_rule::OWNERS_OF_VALUE),
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_names_tables_of_the_registry() {
        for table in TABLES {
            let assignment = match table.row_rule {
                RowRule::Assigned(assignment) => Some(assignment.table),
                RowRule::None | RowRule::NotNull(_) | RowRule::OwnerVisible(_) => None,
            };
            for other in table.touches.iter().map(|touched| touched.table).chain(assignment) {
                assert!(Table::by_name(other).is_some(), "{}: {other}", table.name);
            }
        }
    }
}

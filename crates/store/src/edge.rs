//! The registry of edges: how a row of one table leads to rows of another, one line each.

use Via::{ChangeLog, SourceColumn, TargetColumn};

use super::table::{Table, TenantTable};

/// A way from the rows of one table to the rows of another.
#[derive(Debug)]
pub struct Edge {
    /// Its name: the table it starts from and the field that follows it.
    pub name: &'static str,
    /// The table it starts from.
    pub source: &'static Table,
    /// The table it leads to.
    pub target: &'static Table,
    /// Where the rows of both ends meet.
    pub via: Via,
}

/// Where the rows of both ends of an edge meet.
#[derive(Debug)]
pub enum Via {
    /// A column at the far end holds the near row's id.
    TargetColumn(&'static str),
    /// A column of the near row holds the far row's id.
    SourceColumn(&'static str),
    /// A table between them holds both ids.
    LinkTable {
        /// The table.
        table: &'static str,
        /// Its column of near ids.
        source: &'static str,
        /// Its column of far ids.
        target: &'static str,
    },
    /// The change log, by table and row.
    ChangeLog,
}

impl Edge {
    /// The field that follows it.
    pub fn field(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, field)| field)
    }

    /// The column of the near row that the edge starts from.
    pub fn source_column(&self) -> &'static str {
        match self.via {
            SourceColumn(column) => column,
            TargetColumn(_) | Via::LinkTable { .. } | ChangeLog => "id",
        }
    }
}

/// One edge is one place in the registry.
impl PartialEq for Edge {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// The edge that a column of a table starts.
pub fn of_column(table: &Table, column: &str) -> Option<&'static Edge> {
    EDGES
        .iter()
        .chain(CUSTOM_FIELD_EDGES)
        .copied()
        .find(|edge| edge.source.name == table.name && matches!(edge.via, SourceColumn(name) if name == column))
}

/// Makes the edges of a registry and the list of them.
///
/// ```ignore
/// edges! { EDGES;
///     /// A customer's addresses.
///     CUSTOMER_ADDRESSES: customer.addresses -> address, TargetColumn("customer_id");
/// }
/// // becomes
/// /// Every edge of the list.
/// pub static EDGES: &[&Edge] = &[&CUSTOMER_ADDRESSES];
/// /// A customer's addresses.
/// pub static CUSTOMER_ADDRESSES: Edge = Edge {
///     name: "customer.addresses",
///     source: <entity::customer::Entity as TenantTable>::TABLE,
///     target: <entity::address::Entity as TenantTable>::TABLE,
///     via: TargetColumn("customer_id"),
/// };
/// ```
macro_rules! edges {
    ($list:ident; $($(#[$doc:meta])* $edge:ident: $source:ident.$field:ident -> $target:ident, $via:expr;)*) => {
        /// Every edge of the list.
        pub static $list: &[&Edge] = &[$(&$edge,)*];
    $(
        $(#[$doc])*
        pub static $edge: Edge = Edge {
            name: concat!(stringify!($source), ".", stringify!($field)),
            source: <entity::$source::Entity as TenantTable>::TABLE,
            target: <entity::$target::Entity as TenantTable>::TABLE,
            via: $via,
        };
    )* };
}

/// The one list of the tables whose rows have custom fields: the owner as definitions name it, its table, the column of a
/// value that holds the owner's id, and the edges to the values and back. Passes the list to another macro, after the
/// tokens that are given for it.
///
/// ```ignore
/// custom_field_owners! { list_owners! [first] }
/// // becomes
/// list_owners! { first Customer: customer.customer_id, CUSTOMER_VALUES, VALUE_CUSTOMER; Contact: ...; }
/// ```
#[macro_export]
macro_rules! custom_field_owners {
    ($macro:ident! [$($first:tt)*]) => {
        $macro! { $($first)*
            Customer: customer.customer_id, CUSTOMER_VALUES, VALUE_CUSTOMER;
            Contact: contact.contact_id, CONTACT_VALUES, VALUE_CONTACT;
            Address: address.address_id, ADDRESS_VALUES, VALUE_ADDRESS;
            Asset: asset.asset_id, ASSET_VALUES, VALUE_ASSET;
            CustomerAsset: customer_asset.customer_asset_id, CUSTOMER_ASSET_VALUES, VALUE_CUSTOMER_ASSET;
            Load: load.load_id, LOAD_VALUES, VALUE_LOAD;
            ServiceRecord: service_record.service_record_id, SERVICE_VALUES, VALUE_SERVICE;
            Tenant: tenant.company_id, TENANT_VALUES, VALUE_TENANT;
        }
    };
}

/// Makes the edges between custom field values and their owners.
///
/// ```ignore
/// owner_edges! { Contact: contact.contact_id, CONTACT_VALUES, VALUE_CONTACT; }
/// // becomes
/// edges! { CUSTOM_FIELD_EDGES;
///     CONTACT_VALUES: contact.customFields -> custom_field_value, TargetColumn("contact_id");
///     VALUE_CONTACT: custom_field_value.owner -> contact, SourceColumn("contact_id");
/// }
/// pub static CUSTOM_FIELD_OWNERS: &[(&Table, &str)] =
///     &[(<entity::contact::Entity as TenantTable>::TABLE, "contact_id")];
/// ```
macro_rules! owner_edges {
    ($($owner:ident: $table:ident.$column:ident, $values:ident, $value_owner:ident;)*) => {
        edges! { CUSTOM_FIELD_EDGES; $(
            #[doc = concat!("The values of the custom fields of a row of `", stringify!($table), "`.")]
            $values: $table.customFields -> custom_field_value, TargetColumn(stringify!($column));
            #[doc = concat!("The row of `", stringify!($table), "` that has a value.")]
            $value_owner: custom_field_value.owner -> $table, SourceColumn(stringify!($column));
        )* }

        /// The tables whose rows have custom fields, each with the column of a value that holds the owner's id.
        pub static CUSTOM_FIELD_OWNERS: &[(&Table, &str)] =
            &[$((<entity::$table::Entity as TenantTable>::TABLE, stringify!($column)),)*];
    };
}

custom_field_owners! { owner_edges! [] }

edges! { EDGES;
    /// A customer's addresses.
    CUSTOMER_ADDRESSES: customer.addresses -> address, TargetColumn("customer_id");
    /// A customer's contacts.
    CUSTOMER_CONTACTS: customer.contacts -> contact, TargetColumn("customer_id");
    /// The customer a customer is part of.
    CUSTOMER_PARENT: customer.parent -> customer, SourceColumn("parent_id");
    /// The customers that are part of a customer.
    CUSTOMER_CHILDREN: customer.children -> customer, TargetColumn("parent_id");
    /// The customer that pays for a customer.
    CUSTOMER_BILL_TO: customer.billTo -> customer, SourceColumn("bill_to_id");
    /// The customers a customer pays for.
    CUSTOMER_BILLS_FOR: customer.billsFor -> customer, TargetColumn("bill_to_id");
    /// A customer's assets.
    CUSTOMER_ASSETS: customer.assets -> customer_asset, TargetColumn("customer_id");
    /// A customer's loads.
    CUSTOMER_LOADS: customer.loads -> load, TargetColumn("customer_id");
    /// A customer's service records.
    CUSTOMER_SERVICES: customer.serviceRecords -> service_record, TargetColumn("customer_id");
    /// The changes of a customer.
    CUSTOMER_CHANGES: customer.changes -> change, ChangeLog;

    /// Whose place an address is.
    ADDRESS_CUSTOMER: address.customer -> customer, SourceColumn("customer_id");
    /// What was first picked up at an address.
    ADDRESS_PICKED_UP: address.pickedUpLoads -> load, TargetColumn("pickup_id");
    /// What was last delivered to an address.
    ADDRESS_DELIVERED: address.deliveredLoads -> load, TargetColumn("delivery_id");
    /// The customer assets that stand at an address.
    ADDRESS_ASSETS: address.assets -> customer_asset, TargetColumn("location_id");
    /// The service done at an address.
    ADDRESS_SERVICES: address.serviceRecords -> service_record, TargetColumn("address_id");
    /// The changes of an address.
    ADDRESS_CHANGES: address.changes -> change, ChangeLog;

    /// The customer of a contact.
    CONTACT_CUSTOMER: contact.customer -> customer, SourceColumn("customer_id");
    /// The changes of a contact.
    CONTACT_CHANGES: contact.changes -> change, ChangeLog;

    /// Who has an asset, and who had it.
    ASSET_CUSTOMERS: asset.customers -> customer_asset, TargetColumn("asset_id");
    /// The changes of an asset.
    ASSET_CHANGES: asset.changes -> change, ChangeLog;

    /// The customer of a customer asset.
    CUSTOMER_ASSET_CUSTOMER: customer_asset.customer -> customer, SourceColumn("customer_id");
    /// The asset of a customer asset.
    CUSTOMER_ASSET_ASSET: customer_asset.asset -> asset, SourceColumn("asset_id");
    /// Where a customer asset stands.
    CUSTOMER_ASSET_LOCATION: customer_asset.location -> address, SourceColumn("location_id");
    /// The service done on a customer asset.
    CUSTOMER_ASSET_SERVICES: customer_asset.serviceRecords -> service_record,
        Via::LinkTable { table: "service_equipment", source: "customer_asset_id", target: "service_record_id" };
    /// The changes of a customer asset.
    CUSTOMER_ASSET_CHANGES: customer_asset.changes -> change, ChangeLog;

    /// Who pays for a load.
    LOAD_CUSTOMER: load.customer -> customer, SourceColumn("customer_id");
    /// Where a load is first picked up.
    LOAD_PICKUP: load.pickup -> address, SourceColumn("pickup_id");
    /// Where a load is last delivered.
    LOAD_DELIVERY: load.delivery -> address, SourceColumn("delivery_id");
    /// The stops of a load.
    LOAD_STOPS: load.stops -> load_stop, TargetColumn("load_id");
    /// The numbers others know a load by.
    LOAD_REFERENCES: load.references -> load_reference, TargetColumn("load_id");
    /// What a load costs.
    LOAD_CHARGES: load.charges -> load_charge, TargetColumn("load_id");
    /// The states a load went through.
    LOAD_HISTORY: load.statusHistory -> load_status, TargetColumn("load_id");
    /// The changes of a load.
    LOAD_CHANGES: load.changes -> change, ChangeLog;
    /// Where a stop is.
    LOAD_STOP_ADDRESS: load_stop.address -> address, SourceColumn("address_id");

    /// The customer of a service record.
    SERVICE_CUSTOMER: service_record.customer -> customer, SourceColumn("customer_id");
    /// Where a service is done.
    SERVICE_ADDRESS: service_record.address -> address, SourceColumn("address_id");
    /// The customer assets a service was about.
    SERVICE_EQUIPMENT: service_record.equipment -> customer_asset,
        Via::LinkTable { table: "service_equipment", source: "service_record_id", target: "customer_asset_id" };
    /// The same, as the parts of the service record they are.
    SERVICE_EQUIPMENT_PARTS: service_record.equipment -> service_equipment, TargetColumn("service_record_id");
    /// Who does a service.
    SERVICE_TECHNICIANS: service_record.technicians -> service_technician, TargetColumn("service_record_id");
    /// What a service used.
    SERVICE_PARTS: service_record.partsUsed -> service_part, TargetColumn("service_record_id");
    /// The changes of a service record.
    SERVICE_CHANGES: service_record.changes -> change, ChangeLog;

    /// The values of a custom field.
    DEFINITION_VALUES: custom_field_definition.values -> custom_field_value, TargetColumn("definition_id");
    /// The changes of a custom field definition.
    DEFINITION_CHANGES: custom_field_definition.changes -> change, ChangeLog;
    /// The field a value is of.
    VALUE_DEFINITION: custom_field_value.definition -> custom_field_definition, SourceColumn("definition_id");

    /// The changes of the tenant's own record.
    TENANT_CHANGES: tenant.changes -> change, ChangeLog;
}

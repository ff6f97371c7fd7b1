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
        .copied()
        .find(|edge| edge.source.name == table.name && matches!(edge.via, SourceColumn(name) if name == column))
}

/// The tables whose rows have custom fields, each with the column of a value that names them.
pub fn custom_field_owners() -> impl Iterator<Item = (&'static Table, &'static str)> {
    EDGES.iter().filter_map(|edge| match edge.via {
        TargetColumn(key) if edge.field() == "customFields" => Some((edge.source, key)),
        _ => None,
    })
}

macro_rules! edge {
    ($($(#[$doc:meta])* $edge:ident: $from:ident.$name:ident -> $to:ident, $via:expr;)*) => {
        /// Every edge of the registry.
        pub static EDGES: &[&Edge] = &[$(&$edge,)*];
    $(
        $(#[$doc])*
        pub static $edge: Edge = Edge {
            name: concat!(stringify!($from), ".", stringify!($name)),
            source: <entity::$from::Entity as TenantTable>::TABLE,
            target: <entity::$to::Entity as TenantTable>::TABLE,
            via: $via,
        };
    )* };
}

edge! {
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
    /// The values of a customer's custom fields.
    CUSTOMER_VALUES: customer.customFields -> custom_field_value, TargetColumn("customer_id");

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
    /// The values of an address's custom fields.
    ADDRESS_VALUES: address.customFields -> custom_field_value, TargetColumn("address_id");

    /// The customer of a contact.
    CONTACT_CUSTOMER: contact.customer -> customer, SourceColumn("customer_id");
    /// The changes of a contact.
    CONTACT_CHANGES: contact.changes -> change, ChangeLog;
    /// The values of a contact's custom fields.
    CONTACT_VALUES: contact.customFields -> custom_field_value, TargetColumn("contact_id");

    /// Who has an asset, and who had it.
    ASSET_CUSTOMERS: asset.customers -> customer_asset, TargetColumn("asset_id");
    /// The changes of an asset.
    ASSET_CHANGES: asset.changes -> change, ChangeLog;
    /// The values of an asset's custom fields.
    ASSET_VALUES: asset.customFields -> custom_field_value, TargetColumn("asset_id");

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
    /// The values of a customer asset's custom fields.
    CUSTOMER_ASSET_VALUES: customer_asset.customFields -> custom_field_value, TargetColumn("customer_asset_id");

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
    /// The values of a load's custom fields.
    LOAD_VALUES: load.customFields -> custom_field_value, TargetColumn("load_id");
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
    /// The values of a service record's custom fields.
    SERVICE_VALUES: service_record.customFields -> custom_field_value, TargetColumn("service_record_id");

    /// The values of a custom field.
    DEFINITION_VALUES: custom_field_definition.values -> custom_field_value, TargetColumn("definition_id");
    /// The changes of a custom field definition.
    DEFINITION_CHANGES: custom_field_definition.changes -> change, ChangeLog;
    /// The field a value is of.
    VALUE_DEFINITION: custom_field_value.definition -> custom_field_definition, SourceColumn("definition_id");
    /// The customer that has a value.
    VALUE_CUSTOMER: custom_field_value.owner -> customer, SourceColumn("customer_id");
    /// The contact that has a value.
    VALUE_CONTACT: custom_field_value.owner -> contact, SourceColumn("contact_id");
    /// The address that has a value.
    VALUE_ADDRESS: custom_field_value.owner -> address, SourceColumn("address_id");
    /// The asset that has a value.
    VALUE_ASSET: custom_field_value.owner -> asset, SourceColumn("asset_id");
    /// The customer asset that has a value.
    VALUE_CUSTOMER_ASSET: custom_field_value.owner -> customer_asset, SourceColumn("customer_asset_id");
    /// The load that has a value.
    VALUE_LOAD: custom_field_value.owner -> load, SourceColumn("load_id");
    /// The service record that has a value.
    VALUE_SERVICE: custom_field_value.owner -> service_record, SourceColumn("service_record_id");
    /// The tenant that has a value.
    VALUE_TENANT: custom_field_value.owner -> tenant, SourceColumn("company_id");

    /// The values of the tenant's own custom fields.
    TENANT_VALUES: tenant.customFields -> custom_field_value, TargetColumn("company_id");
    /// The changes of the tenant's own record.
    TENANT_CHANGES: tenant.changes -> change, ChangeLog;
}

//! The registry of edges: how a row of one table leads to rows of another, one line each.

use Via::{Far, Log, Near};

use super::owned::{Owned, Table};

/// A way from the rows of one table to the rows of another.
#[derive(Debug)]
pub struct Edge {
    /// Its name: the table it starts from and the field that follows it.
    pub name: &'static str,
    /// The table it starts from.
    pub from: &'static Table,
    /// The table it leads to.
    pub to: &'static Table,
    /// Where the rows of both ends meet.
    pub via: Via,
}

/// Where the rows of both ends of an edge meet.
#[derive(Debug)]
pub enum Via {
    /// A column at the far end holds the near row's id.
    Far(&'static str),
    /// A column of the near row holds the far row's id.
    Near(&'static str),
    /// A table between them holds both ids.
    Link {
        /// The table.
        table: &'static str,
        /// Its column of near ids.
        near: &'static str,
        /// Its column of far ids.
        far: &'static str,
    },
    /// The change log, by table and row.
    Log,
}

impl Edge {
    /// The field that follows it.
    pub fn field(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, field)| field)
    }

    /// The column of the near row that the edge starts from.
    pub fn near(&self) -> &'static str {
        match self.via {
            Near(column) => column,
            Far(_) | Via::Link { .. } | Log => "id",
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
pub fn near(table: &Table, column: &str) -> Option<&'static Edge> {
    EDGES.iter().copied().find(|edge| edge.from.name == table.name && matches!(edge.via, Near(near) if near == column))
}

/// The tables whose rows have custom fields, each with the column of a value that names them.
pub fn owners() -> impl Iterator<Item = (&'static Table, &'static str)> {
    EDGES.iter().filter_map(|edge| match edge.via {
        Far(key) if edge.field() == "customFields" => Some((edge.from, key)),
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
            from: <entity::$from::Entity as Owned>::TABLE,
            to: <entity::$to::Entity as Owned>::TABLE,
            via: $via,
        };
    )* };
}

edge! {
    /// A customer's addresses.
    CUSTOMER_ADDRESSES: customer.addresses -> address, Far("customer_id");
    /// A customer's contacts.
    CUSTOMER_CONTACTS: customer.contacts -> contact, Far("customer_id");
    /// The customer a customer is part of.
    CUSTOMER_PARENT: customer.parent -> customer, Near("parent_id");
    /// The customers that are part of a customer.
    CUSTOMER_CHILDREN: customer.children -> customer, Far("parent_id");
    /// The customer that pays for a customer.
    CUSTOMER_BILL_TO: customer.billTo -> customer, Near("bill_to_id");
    /// The customers a customer pays for.
    CUSTOMER_BILLS_FOR: customer.billsFor -> customer, Far("bill_to_id");
    /// A customer's assets.
    CUSTOMER_ASSETS: customer.assets -> customer_asset, Far("customer_id");
    /// A customer's loads.
    CUSTOMER_LOADS: customer.loads -> load, Far("customer_id");
    /// A customer's service records.
    CUSTOMER_SERVICES: customer.serviceRecords -> service_record, Far("customer_id");
    /// The changes of a customer.
    CUSTOMER_CHANGES: customer.changes -> change, Log;
    /// The values of a customer's custom fields.
    CUSTOMER_VALUES: customer.customFields -> custom_field_value, Far("customer_id");

    /// Whose place an address is.
    ADDRESS_CUSTOMER: address.customer -> customer, Near("customer_id");
    /// What was first picked up at an address.
    ADDRESS_PICKED_UP: address.pickedUpLoads -> load, Far("pickup_id");
    /// What was last delivered to an address.
    ADDRESS_DELIVERED: address.deliveredLoads -> load, Far("delivery_id");
    /// The customer assets that stand at an address.
    ADDRESS_ASSETS: address.assets -> customer_asset, Far("location_id");
    /// The service done at an address.
    ADDRESS_SERVICES: address.serviceRecords -> service_record, Far("address_id");
    /// The changes of an address.
    ADDRESS_CHANGES: address.changes -> change, Log;
    /// The values of an address's custom fields.
    ADDRESS_VALUES: address.customFields -> custom_field_value, Far("address_id");

    /// The customer of a contact.
    CONTACT_CUSTOMER: contact.customer -> customer, Near("customer_id");
    /// The changes of a contact.
    CONTACT_CHANGES: contact.changes -> change, Log;
    /// The values of a contact's custom fields.
    CONTACT_VALUES: contact.customFields -> custom_field_value, Far("contact_id");

    /// Who has an asset, and who had it.
    ASSET_CUSTOMERS: asset.customers -> customer_asset, Far("asset_id");
    /// The changes of an asset.
    ASSET_CHANGES: asset.changes -> change, Log;
    /// The values of an asset's custom fields.
    ASSET_VALUES: asset.customFields -> custom_field_value, Far("asset_id");

    /// The customer of a customer asset.
    CUSTOMER_ASSET_CUSTOMER: customer_asset.customer -> customer, Near("customer_id");
    /// The asset of a customer asset.
    CUSTOMER_ASSET_ASSET: customer_asset.asset -> asset, Near("asset_id");
    /// Where a customer asset stands.
    CUSTOMER_ASSET_LOCATION: customer_asset.location -> address, Near("location_id");
    /// The service done on a customer asset.
    CUSTOMER_ASSET_SERVICES: customer_asset.serviceRecords -> service_record,
        Via::Link { table: "service_equipment", near: "customer_asset_id", far: "service_record_id" };
    /// The changes of a customer asset.
    CUSTOMER_ASSET_CHANGES: customer_asset.changes -> change, Log;
    /// The values of a customer asset's custom fields.
    CUSTOMER_ASSET_VALUES: customer_asset.customFields -> custom_field_value, Far("customer_asset_id");

    /// Who pays for a load.
    LOAD_CUSTOMER: load.customer -> customer, Near("customer_id");
    /// Where a load is first picked up.
    LOAD_PICKUP: load.pickup -> address, Near("pickup_id");
    /// Where a load is last delivered.
    LOAD_DELIVERY: load.delivery -> address, Near("delivery_id");
    /// The stops of a load.
    LOAD_STOPS: load.stops -> load_stop, Far("load_id");
    /// The numbers others know a load by.
    LOAD_REFERENCES: load.references -> load_reference, Far("load_id");
    /// What a load costs.
    LOAD_CHARGES: load.charges -> load_charge, Far("load_id");
    /// The states a load went through.
    LOAD_HISTORY: load.statusHistory -> load_status, Far("load_id");
    /// The changes of a load.
    LOAD_CHANGES: load.changes -> change, Log;
    /// The values of a load's custom fields.
    LOAD_VALUES: load.customFields -> custom_field_value, Far("load_id");
    /// Where a stop is.
    LOAD_STOP_ADDRESS: load_stop.address -> address, Near("address_id");

    /// The customer of a service record.
    SERVICE_CUSTOMER: service_record.customer -> customer, Near("customer_id");
    /// Where a service is done.
    SERVICE_ADDRESS: service_record.address -> address, Near("address_id");
    /// The customer assets a service was about.
    SERVICE_EQUIPMENT: service_record.equipment -> customer_asset,
        Via::Link { table: "service_equipment", near: "service_record_id", far: "customer_asset_id" };
    /// The same, as the parts of the service record they are.
    SERVICE_EQUIPMENT_PARTS: service_record.equipment -> service_equipment, Far("service_record_id");
    /// Who does a service.
    SERVICE_TECHNICIANS: service_record.technicians -> service_technician, Far("service_record_id");
    /// What a service used.
    SERVICE_PARTS: service_record.partsUsed -> service_part, Far("service_record_id");
    /// The changes of a service record.
    SERVICE_CHANGES: service_record.changes -> change, Log;
    /// The values of a service record's custom fields.
    SERVICE_VALUES: service_record.customFields -> custom_field_value, Far("service_record_id");

    /// The values of a custom field.
    DEFINITION_VALUES: custom_field_definition.values -> custom_field_value, Far("definition_id");
    /// The changes of a custom field definition.
    DEFINITION_CHANGES: custom_field_definition.changes -> change, Log;
    /// The field a value is of.
    VALUE_DEFINITION: custom_field_value.definition -> custom_field_definition, Near("definition_id");
    /// The customer that has a value.
    VALUE_CUSTOMER: custom_field_value.owner -> customer, Near("customer_id");
    /// The contact that has a value.
    VALUE_CONTACT: custom_field_value.owner -> contact, Near("contact_id");
    /// The address that has a value.
    VALUE_ADDRESS: custom_field_value.owner -> address, Near("address_id");
    /// The asset that has a value.
    VALUE_ASSET: custom_field_value.owner -> asset, Near("asset_id");
    /// The customer asset that has a value.
    VALUE_CUSTOMER_ASSET: custom_field_value.owner -> customer_asset, Near("customer_asset_id");
    /// The load that has a value.
    VALUE_LOAD: custom_field_value.owner -> load, Near("load_id");
    /// The service record that has a value.
    VALUE_SERVICE: custom_field_value.owner -> service_record, Near("service_record_id");
    /// The tenant that has a value.
    VALUE_TENANT: custom_field_value.owner -> tenant, Near("company_id");

    /// The values of the tenant's own custom fields.
    TENANT_VALUES: tenant.customFields -> custom_field_value, Far("company_id");
    /// The changes of the tenant's own record.
    TENANT_CHANGES: tenant.changes -> change, Log;
}

//! The registry of edges: how the rows of one table lead to rows of another, one line for each edge.

use Via::{ChangeLog, SharedColumn, SourceColumn, TargetColumn, Through};

use error::{Error, Result};

use crate::table::{Table, TenantTable};

/// A way from the rows of one table to the rows of another.
#[derive(Debug)]
pub struct Edge {
    /// Its name: the source table and the field that follows the edge.
    pub name: &'static str,
    /// The table from which it starts.
    pub source: &'static Table,
    /// The table to which it leads.
    pub target: &'static Table,
    /// What connects the rows.
    pub via: Via,
}

/// What connects the source and target rows of an edge.
#[derive(Debug)]
pub enum Via {
    /// A column of the target has the id of the source.
    TargetColumn(&'static str),
    /// A column of the source has the id of the target.
    SourceColumn(&'static str),
    /// A link table has both ids.
    LinkTable {
        /// Its name.
        table: &'static str,
        /// Its column with the id of the source.
        source: &'static str,
        /// Its column with the id of the target.
        target: &'static str,
    },
    /// A column of the same name has the same id in both: the rows belong to the same customer, for example.
    SharedColumn(&'static str),
    /// The rows at the end of two edges, the second of which leads through a link table.
    Through(&'static Edge, &'static Edge),
    /// The target is the change log, which has the table and id of the source.
    ChangeLog,
}

impl Edge {
    /// The field that follows the edge.
    pub fn field(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, field)| field)
    }

    /// The column of the target that has the id of the source.
    pub fn target_column(&self) -> Result<&'static str> {
        match self.via {
            TargetColumn(column) => Ok(column),
            _ => Err(Error::internal(format!("{} does not lead to rows with a column of the source", self.name))),
        }
    }

    /// The column of the source from which the edge starts.
    pub fn source_column(&self) -> &'static str {
        match self.via {
            SourceColumn(column) | SharedColumn(column) => column,
            TargetColumn(_) | Via::LinkTable { .. } | Through(..) | ChangeLog => "id",
        }
    }
}

/// Two edges are equal if they are one entry of the registry.
impl PartialEq for Edge {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// The edge that starts from a column of a table.
pub fn of_column(table: &Table, column: &str) -> Option<&'static Edge> {
    EDGES
        .iter()
        .chain(CUSTOM_FIELD_EDGES)
        .copied()
        .find(|edge| edge.source.name == table.name && matches!(edge.via, SourceColumn(name) if name == column))
}

/// The edges that lead to lists of child rows, each with the column of a child row that holds the owner's id.
pub fn child_lists() -> impl Iterator<Item = (&'static Edge, &'static str)> {
    EDGES.iter().filter_map(|edge| match edge.via {
        TargetColumn(column) if edge.target.owner_column == Some(column) => Some((*edge, column)),
        _ => None,
    })
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

/// Makes the edges between custom field values and their owners.
///
/// ```ignore
/// owner_edges! { Contact: contact.contact_id, CONTACT_VALUES, VALUE_CONTACT; }
/// // becomes
/// edges! { CUSTOM_FIELD_EDGES;
///     CONTACT_VALUES: contact.customFields -> custom_field_value, TargetColumn("contact_id");
///     VALUE_CONTACT: custom_field_value.owner -> contact, SourceColumn("contact_id");
/// }
/// ```
macro_rules! owner_edges {
    ($($owner:ident: $table:ident.$column:ident, $values:ident, $value_owner:ident;)*) => {
        edges! { CUSTOM_FIELD_EDGES; $(
            #[doc = concat!("The values of the custom fields of a row of `", stringify!($table), "`.")]
            $values: $table.customFields -> custom_field_value, TargetColumn(stringify!($column));
            #[doc = concat!("The row of `", stringify!($table), "` that has a value.")]
            $value_owner: custom_field_value.owner -> $table, SourceColumn(stringify!($column));
        )* }
    };
}

crate::custom_field_owners! { owner_edges! [] }

edges! { EDGES;
    /// A customer's addresses.
    CUSTOMER_ADDRESSES: customer.addresses -> address, TargetColumn("customer_id");
    /// A customer's contacts.
    CUSTOMER_CONTACTS: customer.contacts -> contact, TargetColumn("customer_id");
    /// The parent of a customer.
    CUSTOMER_PARENT: customer.parent -> customer, SourceColumn("parent_id");
    /// The customers whose parent is a customer.
    CUSTOMER_CHILDREN: customer.children -> customer, TargetColumn("parent_id");
    /// The customer that pays for a customer.
    CUSTOMER_BILL_TO: customer.billTo -> customer, SourceColumn("bill_to_id");
    /// The customers for which a customer pays.
    CUSTOMER_BILLS_FOR: customer.billsFor -> customer, TargetColumn("bill_to_id");
    /// A customer's assets.
    CUSTOMER_ASSETS: customer.assets -> customer_asset, TargetColumn("customer_id");
    /// A customer's loads.
    CUSTOMER_LOADS: customer.loads -> load, TargetColumn("customer_id");
    /// A customer's service records.
    CUSTOMER_SERVICES: customer.serviceRecords -> service_record, TargetColumn("customer_id");
    /// A customer's own rates.
    CUSTOMER_RATES: customer.rates -> rate, TargetColumn("customer_id");
    /// The schedules of a customer's assignments of assets.
    CUSTOMER_SCHEDULES: customer.equipmentSchedules -> equipment_schedule, TargetColumn("customer_id");
    /// A customer's recurring services.
    CUSTOMER_RECURRING: customer.recurringServices -> recurring_service, TargetColumn("customer_id");
    /// The documents of a customer, also those of its loads and service records.
    CUSTOMER_DOCUMENTS: customer.documents -> document, TargetColumn("customer_id");
    /// The changes of a customer.
    CUSTOMER_CHANGES: customer.changes -> change, ChangeLog;

    /// The customer of an address.
    ADDRESS_CUSTOMER: address.customer -> customer, SourceColumn("customer_id");
    /// The loads whose first pickup is at an address.
    ADDRESS_PICKED_UP: address.pickedUpLoads -> load, TargetColumn("pickup_location_id");
    /// The loads whose last delivery is at an address.
    ADDRESS_DELIVERED: address.deliveredLoads -> load, TargetColumn("delivery_location_id");
    /// The loads with a stop at an address.
    ADDRESS_LOADS: address.loads -> load,
        Via::LinkTable { table: "load_stop", source: "address_id", target: "load_id" };
    /// The customer assets located at an address.
    ADDRESS_ASSETS: address.assets -> customer_asset, TargetColumn("location_id");
    /// The service records of an address.
    ADDRESS_SERVICES: address.serviceRecords -> service_record, TargetColumn("address_id");
    /// The recurring services at an address.
    ADDRESS_RECURRING: address.recurringServices -> recurring_service, TargetColumn("address_id");
    /// The changes of an address.
    ADDRESS_CHANGES: address.changes -> change, ChangeLog;

    /// The customer of a contact.
    CONTACT_CUSTOMER: contact.customer -> customer, SourceColumn("customer_id");
    /// The loads of a contact's customer.
    CONTACT_LOADS: contact.loads -> load, SharedColumn("customer_id");
    /// The service records of a contact's customer.
    CONTACT_SERVICES: contact.serviceRecords -> service_record, SharedColumn("customer_id");
    /// The changes of a contact.
    CONTACT_CHANGES: contact.changes -> change, ChangeLog;

    /// The customer assets of an asset: the customers that have or had it.
    ASSET_CUSTOMERS: asset.customers -> customer_asset, TargetColumn("asset_id");
    /// The customer asset by which a customer has an asset now.
    ASSET_CURRENT_ASSIGNMENT: asset.currentAssignment -> customer_asset, TargetColumn("asset_id");
    /// The services done on an asset, for all its customers.
    ASSET_SERVICES: asset.serviceRecords -> service_record, Through(&ASSET_CUSTOMERS, &CUSTOMER_ASSET_SERVICES);
    /// The readings of an asset's meter.
    ASSET_READINGS: asset.meterReadings -> meter_reading, TargetColumn("asset_id");
    /// The schedules of an asset, for all its customers.
    ASSET_SCHEDULES: asset.equipmentSchedules -> equipment_schedule, TargetColumn("asset_id");
    /// The documents of an asset.
    ASSET_DOCUMENTS: asset.documents -> document, TargetColumn("asset_id");
    /// The changes of an asset.
    ASSET_CHANGES: asset.changes -> change, ChangeLog;

    /// The customer of a customer asset.
    CUSTOMER_ASSET_CUSTOMER: customer_asset.customer -> customer, SourceColumn("customer_id");
    /// The asset of a customer asset.
    CUSTOMER_ASSET_ASSET: customer_asset.asset -> asset, SourceColumn("asset_id");
    /// The address where a customer asset is located.
    CUSTOMER_ASSET_LOCATION: customer_asset.location -> address, SourceColumn("location_id");
    /// The service records of a customer asset.
    CUSTOMER_ASSET_SERVICES: customer_asset.serviceRecords -> service_record,
        Via::LinkTable { table: "service_equipment", source: "customer_asset_id", target: "service_record_id" };
    /// The readings of the meter of a customer asset's asset.
    CUSTOMER_ASSET_READINGS: customer_asset.meterReadings -> meter_reading, SharedColumn("asset_id");
    /// The schedules of a customer asset.
    CUSTOMER_ASSET_SCHEDULES: customer_asset.equipmentSchedules -> equipment_schedule, TargetColumn("customer_asset_id");
    /// The changes of a customer asset.
    CUSTOMER_ASSET_CHANGES: customer_asset.changes -> change, ChangeLog;

    /// The customer that pays for a load.
    LOAD_CUSTOMER: load.customer -> customer, SourceColumn("customer_id");
    /// The address of a load's first pickup.
    LOAD_PICKUP_LOCATION: load.pickupLocation -> address, SourceColumn("pickup_location_id");
    /// The address of a load's last delivery.
    LOAD_DELIVERY_LOCATION: load.deliveryLocation -> address, SourceColumn("delivery_location_id");
    /// The stops of a load.
    LOAD_STOPS: load.stops -> load_stop, TargetColumn("load_id");
    /// The numbers that others gave a load.
    LOAD_REFERENCES: load.references -> load_reference, TargetColumn("load_id");
    /// The charges of a load.
    LOAD_CHARGES: load.charges -> load_charge, TargetColumn("load_id");
    /// The status history of a load.
    LOAD_HISTORY: load.statusHistory -> load_status, TargetColumn("load_id");
    /// The contacts of a load's customer.
    LOAD_CONTACTS: load.contacts -> contact, SharedColumn("customer_id");
    /// The documents of a load.
    LOAD_DOCUMENTS: load.documents -> document, TargetColumn("load_id");
    /// The changes of a load.
    LOAD_CHANGES: load.changes -> change, ChangeLog;
    /// The address of a stop.
    LOAD_STOP_ADDRESS: load_stop.address -> address, SourceColumn("address_id");
    /// The rate of a charge.
    LOAD_CHARGE_RATE: load_charge.rate -> rate, SourceColumn("rate_id");

    /// The customer of a service record.
    SERVICE_CUSTOMER: service_record.customer -> customer, SourceColumn("customer_id");
    /// The address of a service record.
    SERVICE_ADDRESS: service_record.address -> address, SourceColumn("address_id");
    /// The customer assets that were serviced.
    SERVICE_EQUIPMENT: service_record.equipment -> customer_asset,
        Via::LinkTable { table: "service_equipment", source: "service_record_id", target: "customer_asset_id" };
    /// The child rows that link a service record to its customer assets.
    SERVICE_EQUIPMENT_LINKS: service_record.equipment -> service_equipment, TargetColumn("service_record_id");
    /// The service record that a service record is a follow-up of.
    SERVICE_FOLLOW_UP_OF: service_record.followUpOf -> service_record, SourceColumn("follow_up_of_id");
    /// The follow-ups of a service record.
    SERVICE_FOLLOW_UPS: service_record.followUps -> service_record, TargetColumn("follow_up_of_id");
    /// The technicians of a service record.
    SERVICE_TECHNICIANS: service_record.technicians -> service_technician, TargetColumn("service_record_id");
    /// The parts used by a service.
    SERVICE_PARTS: service_record.partsUsed -> service_part, TargetColumn("service_record_id");
    /// The equipment schedules that a service record names.
    SERVICE_SCHEDULES: service_record.equipmentSchedules -> equipment_schedule,
        Via::LinkTable { table: "service_schedule", source: "service_record_id", target: "equipment_schedule_id" };
    /// The child rows that link a service record to the equipment schedules that it names.
    SERVICE_SCHEDULE_LINKS: service_record.equipmentSchedules -> service_schedule, TargetColumn("service_record_id");
    /// The equipment schedules that a service record was the last to complete.
    SERVICE_ADVANCED: service_record.advancedSchedules -> equipment_schedule, TargetColumn("last_service_record_id");
    /// The recurring service that a service record is a visit of.
    SERVICE_RECURRING: service_record.recurringService -> recurring_service, SourceColumn("recurring_service_id");
    /// The contacts of a service record's customer.
    SERVICE_CONTACTS: service_record.contacts -> contact, SharedColumn("customer_id");
    /// The documents of a service record.
    SERVICE_DOCUMENTS: service_record.documents -> document, TargetColumn("service_record_id");
    /// The changes of a service record.
    SERVICE_CHANGES: service_record.changes -> change, ChangeLog;

    /// The customer of a recurring service.
    RECURRING_CUSTOMER: recurring_service.customer -> customer, SourceColumn("customer_id");
    /// The address of a recurring service.
    RECURRING_ADDRESS: recurring_service.address -> address, SourceColumn("address_id");
    /// The visits of a recurring service.
    RECURRING_RECORDS: recurring_service.serviceRecords -> service_record, TargetColumn("recurring_service_id");
    /// The skipped and moved dates of a recurring service.
    RECURRING_EXCEPTIONS: recurring_service.exceptions -> recurring_service_exception,
        TargetColumn("recurring_service_id");
    /// The pauses of a recurring service.
    RECURRING_PAUSES: recurring_service.pauses -> recurring_service_pause, TargetColumn("recurring_service_id");
    /// The technicians of a recurring service.
    RECURRING_TECHNICIANS: recurring_service.technicians -> recurring_service_technician,
        TargetColumn("recurring_service_id");
    /// The changes of a recurring service.
    RECURRING_CHANGES: recurring_service.changes -> change, ChangeLog;

    /// The customer of a rate.
    RATE_CUSTOMER: rate.customer -> customer, SourceColumn("customer_id");
    /// What a rate adds for additional services.
    RATE_ACCESSORIALS: rate.accessorials -> rate_accessorial, TargetColumn("rate_id");
    /// The bands of fuel prices of a rate.
    RATE_FUEL_BANDS: rate.fuelSurchargeBands -> rate_fuel_band, TargetColumn("rate_id");
    /// The loads with charges of a rate.
    RATE_LOADS: rate.loads -> load,
        Via::LinkTable { table: "load_charge", source: "rate_id", target: "load_id" };
    /// The changes of a rate.
    RATE_CHANGES: rate.changes -> change, ChangeLog;

    /// The asset of a meter reading.
    READING_ASSET: meter_reading.asset -> asset, SourceColumn("asset_id");
    /// The changes of a meter reading.
    READING_CHANGES: meter_reading.changes -> change, ChangeLog;

    /// The asset of an equipment schedule.
    SCHEDULE_ASSET: equipment_schedule.asset -> asset, SourceColumn("asset_id");
    /// The customer asset of an equipment schedule.
    SCHEDULE_CUSTOMER_ASSET: equipment_schedule.customerAsset -> customer_asset, SourceColumn("customer_asset_id");
    /// The customer of an equipment schedule's customer asset.
    SCHEDULE_CUSTOMER: equipment_schedule.customer -> customer, SourceColumn("customer_id");
    /// The service record by which an equipment schedule was last done.
    SCHEDULE_LAST_SERVICE: equipment_schedule.lastServiceRecord -> service_record, SourceColumn("last_service_record_id");
    /// The readings of the meter of an equipment schedule's asset.
    SCHEDULE_READINGS: equipment_schedule.meterReadings -> meter_reading, SharedColumn("asset_id");
    /// The changes of an equipment schedule.
    SCHEDULE_CHANGES: equipment_schedule.changes -> change, ChangeLog;

    /// The customer of a document.
    DOCUMENT_CUSTOMER: document.customer -> customer, SourceColumn("customer_id");
    /// The asset of a document.
    DOCUMENT_ASSET: document.asset -> asset, SourceColumn("asset_id");
    /// The load of a document.
    DOCUMENT_LOAD: document.load -> load, SourceColumn("load_id");
    /// The service record of a document.
    DOCUMENT_SERVICE: document.serviceRecord -> service_record, SourceColumn("service_record_id");
    /// The changes of a document.
    DOCUMENT_CHANGES: document.changes -> change, ChangeLog;

    /// The values of a custom field.
    DEFINITION_VALUES: custom_field_definition.values -> custom_field_value, TargetColumn("definition_id");
    /// The changes of a custom field definition.
    DEFINITION_CHANGES: custom_field_definition.changes -> change, ChangeLog;
    /// The definition of a value.
    VALUE_DEFINITION: custom_field_value.definition -> custom_field_definition, SourceColumn("definition_id");

    /// The changes of the tenant's own record.
    TENANT_CHANGES: tenant.changes -> change, ChangeLog;
}

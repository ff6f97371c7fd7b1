//! The owners of custom fields: the one list from which columns, edges and filters derive.

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
            RecurringService: recurring_service.recurring_service_id, RECURRING_VALUES, VALUE_RECURRING;
            Rate: rate.rate_id, RATE_VALUES, VALUE_RATE;
            EquipmentSchedule: equipment_schedule.equipment_schedule_id, SCHEDULE_VALUES, VALUE_SCHEDULE;
            Document: document.document_id, DOCUMENT_VALUES, VALUE_DOCUMENT;
            Tenant: tenant.company_id, TENANT_VALUES, VALUE_TENANT;
        }
    };
}

//! The declaration of the mutations of custom fields, of their values, and of the tenant.

use access::Action::{
    AddressWrite, AssetRead, AssetWrite, ContactWrite, CustomFieldWrite, CustomerWrite, LoadWrite, PiiRead,
    ServiceWrite, TenantWrite,
};
use serde_json::json;

use super::{
    data::note,
    declaration::{Case, case, with},
};

/// Every case.
pub fn custom_fields() -> Vec<Case> {
    let field = |key: &str| json!({ "ownerType": "CUSTOMER", "key": key, "type": "STRING", "title": "A field" });
    let values = |entity: &str, of: &str| json!({ "ownerType": entity, "owner": of, "values": note() });
    let update = |id: &str, fields| with(json!({ "id": id }), fields);
    // Every value is blue.
    let displaced = json!({ "pattern": "red", "displace": true });
    vec![
        case("customFieldDefinitionCreate", "alone", &[CustomFieldWrite], field("new")),
        case("customFieldDefinitionUpdate", "alone", &[CustomFieldWrite], json!({ "id": "spare", "title": "Other" })),
        case(
            "customFieldDefinitionUpdate",
            "a rule for its values",
            &[CustomFieldWrite],
            json!({ "id": "spare", "pattern": "blue|red" }),
        ),
        case(
            "customFieldDefinitionUpdate",
            "values of all rows",
            &[CustomFieldWrite, AssetRead],
            json!({ "id": "note-asset", "required": true }),
        ),
        case(
            "customFieldDefinitionUpdate",
            "no value of some rows",
            &[CustomFieldWrite],
            update("note-asset", json!({ "required": true, "displace": true })),
        ),
        case(
            "customFieldDefinitionUpdate",
            "displaced values",
            &[CustomFieldWrite],
            update("spare", displaced.clone()),
        ),
        case(
            "customFieldDefinitionUpdate",
            "displaced sensitive values",
            &[CustomFieldWrite, PiiRead],
            update("secret", displaced.clone()),
        ),
        case(
            "customFieldDefinitionUpdate",
            "sensitive values in clear",
            &[CustomFieldWrite, PiiRead],
            update("secret", json!({ "sensitive": false })),
        ),
        case(
            "customFieldDefinitionUpdate",
            "values that get sensitive",
            &[CustomFieldWrite],
            update("spare", json!({ "sensitive": true })),
        ),
        case(
            "customFieldDefinitionUpsert",
            "displaced values",
            &[CustomFieldWrite],
            with(field("spare"), displaced.clone()),
        ),
        case(
            "customFieldDefinitionUpsert",
            "displaced sensitive values",
            &[CustomFieldWrite, PiiRead],
            with(field("secret"), displaced),
        ),
        case(
            "customFieldDefinitionUpsert",
            "sensitive values in clear",
            &[CustomFieldWrite, PiiRead],
            with(field("secret"), json!({ "sensitive": false })),
        ),
        case("customFieldDefinitionUpsert", "a new one", &[CustomFieldWrite], field("new")),
        case("customFieldDefinitionUpsert", "an old one", &[CustomFieldWrite], field("spare")),
        case("customFieldDefinitionUpsert", "a deleted one", &[CustomFieldWrite], field("retired")),
        case("customFieldDefinitionDelete", "its values", &[CustomFieldWrite], json!({ "id": "spare" })),
        case("customFieldDefinitionRestore", "its values", &[CustomFieldWrite], json!({ "id": "retired" })),
        case("customFieldValuesSet", "of a customer", &[CustomerWrite], values("CUSTOMER", "acme")),
        case("customFieldValuesSet", "of a contact", &[ContactWrite], values("CONTACT", "acme-contact")),
        case("customFieldValuesSet", "of an address", &[AddressWrite], values("ADDRESS", "acme-address")),
        case("customFieldValuesSet", "of an asset", &[AssetWrite], values("ASSET", "lift")),
        case("customFieldValuesSet", "of a customer asset", &[AssetWrite], values("CUSTOMER_ASSET", "rental")),
        case("customFieldValuesSet", "of a load", &[LoadWrite], values("LOAD", "load-paid")),
        case("customFieldValuesSet", "of a service record", &[ServiceWrite], values("SERVICE_RECORD", "visit")),
        case("tenantUpdate", "alone", &[TenantWrite], json!({ "currency": "USD" })),
        case("tenantUpdate", "its values", &[TenantWrite], json!({ "customFields": note() })),
    ]
}

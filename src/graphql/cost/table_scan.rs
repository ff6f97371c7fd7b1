//! The conditions and orders that read every row of a list, because no index of the database serves them.

use async_graphql::Name;

use crate::graphql::types::SchemaTypes;

/// Input types whose operators each read another table.
pub const LOOKUP_INPUTS: [&str; 3] = ["CustomFieldFilter", "PersonalFilter", "WordsFilter"];

/// The fields that an index serves in every type with an id.
const INDEXED: [&str; 4] = ["id", "externalReference", "createdAt", "updatedAt"];

/// The fields of each input that an index serves besides. A test compares them with the indexes of the database.
const INDEXED_OF: [(&str, &[&str]); 22] = [
    ("AddressFilter", &["name", "city"]),
    ("AddressOrder", &["name", "city"]),
    ("AssetFilter", &["name", "unitNumber", "serialNumber"]),
    ("AssetOrder", &["name", "unitNumber", "serialNumber"]),
    ("ChangeFilter", &["sequence", "nodeType", "nodeId"]),
    ("ChangeOrder", &["sequence"]),
    ("ContactOrder", &["name"]),
    ("CustomFieldDefinitionFilter", &["ownerType"]),
    ("CustomFieldDefinitionOrder", &["ownerType"]),
    ("CustomerFilter", &["number", "type", "status", "mcNumber", "dotNumber"]),
    ("CustomerOrder", &["number", "name", "type", "status"]),
    ("DocumentFilter", &["takenAt"]),
    ("DocumentOrder", &["takenAt"]),
    ("EquipmentScheduleFilter", &["nextDue"]),
    ("EquipmentScheduleOrder", &["nextDue"]),
    ("LoadFilter", &["number", "status", "scheduledPickup", "scheduledDelivery"]),
    ("LoadOrder", &["number", "status", "scheduledPickup", "scheduledDelivery"]),
    ("LoadReferenceFilter", &["value"]),
    ("MeterReadingFilter", &["at"]),
    ("MeterReadingOrder", &["at"]),
    ("ServiceRecordFilter", &["serviceDate", "status"]),
    ("ServiceRecordOrder", &["serviceDate", "status"]),
];

/// Whether a condition compares a text of every row, because no index knows its middle.
pub fn scans_texts(input: &Name, field: &Name) -> bool {
    match (input.as_str(), field.as_str()) {
        (_, "contains") => !LOOKUP_INPUTS.contains(&input.as_str()),
        ("ChangeFilter", "field") | ("CustomFieldValueFilter", "key") => true,
        _ => false,
    }
}

/// Whether a field of an input makes the database read every row of a list: a comparison with a column that has no index, or
/// an order by one.
pub fn scans_rows(types: &SchemaTypes, input: &Name, field: &Name) -> bool {
    let is_indexed = || {
        INDEXED.contains(&field.as_str())
            || INDEXED_OF.iter().any(|(name, fields)| *name == input.as_str() && fields.contains(&field.as_str()))
    };
    match (input.as_str(), field.as_str()) {
        // The values of one custom field have an index; to order rows by it, the value of each is looked up.
        ("CustomFieldFilter" | "CustomFieldOrder" | "MoneyFilter", _) => false,
        (_, "customField") => input.ends_with("Order"),
        _ => {
            !scans_texts(input, field)
                && types.compares(input, field)
                && !is_indexed()
                && !types.input(input, field).is_some_and(|it| LOOKUP_INPUTS.contains(&it.as_str()))
        }
    }
}

//! What samples must be told: what the rules of a domain ask for beyond the types of its inputs.

/// What an input field is given, where its type does not tell: input type (or `*`), field, what.
pub const KNOWN: &[(&str, &str, Known)] = &[
    ("*", "email", Known::Email),
    ("*", "phone", Known::Phone),
    ("*", "mobile", Known::Phone),
    ("*", "timeZone", Known::Text("America/Denver")),
    ("*", "country", Known::Text("CA")),
    ("*", "currency", Known::Text("USD")),
    ("*", "weightUnit", Known::Text("KG")),
    ("*", "distanceUnit", Known::Text("KM")),
    ("*", "temperatureUnit", Known::Text("C")),
    // The customer's own addresses have taken PRIMARY and BILLING.
    ("AddressCreateInput", "type", Known::Text("SHIPPING")),
    // A load has its stops, or the short form of two of them.
    ("*", "pickupLocation", Known::Absent),
    ("*", "deliveryLocation", Known::Absent),
    ("*", "scheduledPickup", Known::Absent),
    ("*", "scheduledDelivery", Known::Absent),
    ("LoadStopInput", "kind", Known::InTurn),
    // Where a period begins, and where it ends.
    ("*", "windowStart", Known::Early),
    ("*", "windowEnd", Known::Late),
    ("*", "arrivedAt", Known::Early),
    ("*", "departedAt", Known::Late),
    ("*", "from", Known::Early),
    ("*", "until", Known::Late),
    ("*", "expectedReturn", Known::Late),
    ("*", "scheduledStart", Known::Early),
    ("*", "scheduledEnd", Known::Late),
    ("*", "arrivalWindowStart", Known::Early),
    ("*", "arrivalWindowEnd", Known::Late),
    ("*", "returnedAt", Known::Late),
    ("*", "requestedAt", Known::Early),
    ("*", "startedAt", Known::Early),
    ("*", "completedAt", Known::Late),
    // Only what is done has been started and completed.
    ("ServiceRecordCreateInput", "status", Known::Text("COMPLETED")),
    ("ServiceRecordUpsertInput", "status", Known::Text("COMPLETED")),
    // The first of `technicians`; one of both is given.
    ("*", "technician", Known::Absent),
    // Said when it is cancelled, and not before.
    ("*", "cancelReason", Known::Absent),
    // No two rows of a tenant share them.
    ("*", "number", Known::Unique),
    ("*", "loadNumber", Known::Unique),
    ("*", "year", Known::Number(2020)),
    // A field of one type takes the rules of that type only; a required one would be asked of every other sample.
    ("CustomFieldDefinitionCreateInput", "type", Known::Text("STRING")),
    ("CustomFieldDefinitionCreateInput", "key", Known::Unique),
    ("*", "required", Known::Absent),
    ("*", "default", Known::Absent),
    ("*", "minimum", Known::Absent),
    ("*", "maximum", Known::Absent),
    ("*", "integer", Known::Absent),
    ("*", "options", Known::Absent),
    ("*", "multiSelect", Known::Absent),
    ("*", "pattern", Known::Absent),
    ("*", "minimumLength", Known::Absent),
    ("*", "maximumLength", Known::Absent),
    ("CustomFieldDefinitionCreateInput", "unit", Known::Absent),
    ("CustomFieldDefinitionCreateInput", "currency", Known::Absent),
    ("CustomFieldDefinitionUpdateInput", "unit", Known::Absent),
    ("CustomFieldDefinitionUpdateInput", "currency", Known::Absent),
    ("CustomFieldDefinitionUpsertInput", "unit", Known::Absent),
    ("CustomFieldDefinitionUpsertInput", "currency", Known::Absent),
    ("*", "language", Known::Text("es")),
    // Values of custom fields need a definition first; tests/custom_field.rs has them.
    ("*", "customFields", Known::Absent),
    // They say how a write is done, not what is written.
    ("*", "idempotencyKey", Known::Absent),
    ("*", "expectedVersion", Known::Absent),
];

/// What an input field is given.
#[derive(Clone, Copy)]
pub enum Known {
    /// Nothing.
    Absent,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A text that no other row has.
    Unique,
    /// Of the values of its enum the first in the first item of a list, the second in the second.
    InTurn,
    /// A moment in the morning.
    Early,
    /// A moment in the evening.
    Late,
    /// This.
    Text(&'static str),
    /// This.
    Number(i32),
}

/// Which type a `Ref` names, where the field is not called like the type.
pub const REFERS: &[(&str, &str)] = &[
    ("parent", "Customer"),
    ("billTo", "Customer"),
    ("location", "Address"),
    ("pickupLocation", "Address"),
    ("deliveryLocation", "Address"),
    ("equipment", "CustomerAsset"),
    ("definition", "CustomFieldDefinition"),
    // Values can be set on any type; one will do.
    ("entity", "Customer"),
];

/// Lists that need more than one item.
pub const LENGTHS: &[(&str, usize)] = &[("stops", 2)];

/// Types with an id that no mutation makes, each with its reason.
pub const NOT_MADE: &[(&str, &str)] = &[
    ("Tenant", "made on the command line"),
    ("CustomFieldValue", "made with the row that has it"),
    ("Change", "made by every write"),
];

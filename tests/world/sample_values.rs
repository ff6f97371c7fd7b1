//! Sample values that a schema does not imply: what the rules of a domain require beyond the types of its inputs.

/// The values of input fields whose type alone does not determine a valid value: input type (or `*`), field, value.
pub const FIELD_VALUES: &[(&str, &str, SampleValue)] = &[
    ("*", "email", SampleValue::Email),
    ("*", "link", SampleValue::WebAddress),
    // A document has one owner.
    ("DocumentCreateInput", "asset", SampleValue::Absent),
    ("DocumentCreateInput", "load", SampleValue::Absent),
    ("DocumentCreateInput", "serviceRecord", SampleValue::Absent),
    ("DocumentUpsertInput", "asset", SampleValue::Absent),
    ("DocumentUpsertInput", "load", SampleValue::Absent),
    ("DocumentUpsertInput", "serviceRecord", SampleValue::Absent),
    ("*", "phone", SampleValue::Phone),
    ("*", "mobile", SampleValue::Phone),
    ("*", "timeZone", SampleValue::Text("America/Denver")),
    ("*", "country", SampleValue::Text("CA")),
    ("*", "currency", SampleValue::Text("USD")),
    ("*", "weightUnit", SampleValue::Text("KG")),
    ("*", "distanceUnit", SampleValue::Text("KM")),
    ("*", "temperatureUnit", SampleValue::Text("C")),
    // PRIMARY and BILLING are taken by the addresses that the customer is created with.
    ("AddressCreateInput", "type", SampleValue::Text("SHIPPING")),
    // A load takes either a list of stops, or these fields as the short form of two stops.
    ("*", "pickupLocation", SampleValue::Absent),
    ("*", "deliveryLocation", SampleValue::Absent),
    ("*", "scheduledPickup", SampleValue::Absent),
    ("*", "scheduledDelivery", SampleValue::Absent),
    ("LoadStopInput", "type", SampleValue::Cycled),
    // A period begins before it ends.
    ("*", "windowStart", SampleValue::Early),
    ("*", "windowEnd", SampleValue::Late),
    ("*", "arrivedAt", SampleValue::Early),
    ("*", "departedAt", SampleValue::Late),
    ("*", "from", SampleValue::Early),
    ("*", "until", SampleValue::Late),
    ("ServiceWindowInput", "from", SampleValue::Text("08:00")),
    ("ServiceWindowInput", "until", SampleValue::Text("12:00")),
    ("*", "expectedReturn", SampleValue::Late),
    ("*", "scheduledStart", SampleValue::Early),
    ("*", "scheduledEnd", SampleValue::Late),
    ("*", "arrivalWindowStart", SampleValue::Early),
    ("*", "arrivalWindowEnd", SampleValue::Late),
    ("*", "returnedAt", SampleValue::Late),
    // Only a reservation ends by itself.
    ("*", "reservedUntil", SampleValue::Absent),
    ("*", "requestedAt", SampleValue::Early),
    ("*", "startedAt", SampleValue::Early),
    ("*", "completedAt", SampleValue::Late),
    // Only a completed record has the times of its start and its completion.
    ("ServiceRecordCreateInput", "status", SampleValue::Text("COMPLETED")),
    ("ServiceRecordUpsertInput", "status", SampleValue::Text("COMPLETED")),
    ("*", "effectiveFrom", SampleValue::Text("2026-01-01")),
    ("*", "effectiveUntil", SampleValue::Text("2026-12-31")),
    // A rate has a fixed surcharge or bands, and an accessorial an amount or a percentage; at most a thousand percent.
    ("*", "fuelSurcharge", SampleValue::Absent),
    ("RateFuelBandInput", "percent", SampleValue::Number(12)),
    ("RateAccessorialInput", "percent", SampleValue::Absent),
    ("RateAccessorialInput", "type", SampleValue::Text("DETENTION")),
    // The amounts of a week and of a month go with the amount of a day.
    ("RateCreateInput", "type", SampleValue::Text("PER_DAY")),
    ("RateUpsertInput", "type", SampleValue::Text("PER_DAY")),
    ("RateUpdateInput", "type", SampleValue::Text("PER_DAY")),
    // A reading is not below the one before it, and what is scheduled is due by something.
    ("MeterReadingCreateInput", "exchange", SampleValue::Absent),
    ("MeterReadingCreateInput", "rollback", SampleValue::True),
    ("MeterReadingCreateInput", "unit", SampleValue::Absent),
    ("*", "dueDate", SampleValue::Text("2026-06-01")),
    ("*", "startMeter", SampleValue::Absent),
    ("*", "intervalDays", SampleValue::Number(30)),
    ("EquipmentScheduleNoticeInput", "value", SampleValue::Number(1)),
    ("EquipmentScheduleNoticeInput", "unit", SampleValue::Text("DAYS")),
    ("MeterInput", "value", SampleValue::Number(100)),
    ("*", "meterOut", SampleValue::Number(100)),
    ("*", "meterIn", SampleValue::Number(100)),
    // It names schedules of the same customer only.
    ("*", "equipmentSchedules", SampleValue::Absent),
    ("*", "startDate", SampleValue::Text("2024-01-01")),
    // A plan that has ended books no visits, and keeps no address.
    ("*", "endDate", SampleValue::Text("2024-12-31")),
    ("*", "preferredTime", SampleValue::Text("10:00")),
    ("*", "durationMinutes", SampleValue::Number(90)),
    ("*", "interval", SampleValue::Number(2)),
    // A week of the month goes with months, and with one day of the week.
    ("*", "frequency", SampleValue::Text("MONTHLY")),
    // Alternatives to `weekOfMonth` and `endDate`.
    ("*", "dayOfMonth", SampleValue::Absent),
    ("*", "occurrenceCount", SampleValue::Absent),
    // An alternative to `technicians`; only one of both is accepted.
    ("*", "technician", SampleValue::Absent),
    // Accepted only when a record is cancelled.
    ("*", "cancelReason", SampleValue::Absent),
    // It follows an earlier visit of the same customer only.
    ("*", "followUpOf", SampleValue::Absent),
    // Unique within a tenant.
    ("*", "number", SampleValue::Unique),
    ("*", "year", SampleValue::Number(2020)),
    // A definition accepts only the settings of its type; a required field would be missing in every other sample.
    ("CustomFieldDefinitionCreateInput", "type", SampleValue::Text("STRING")),
    ("CustomFieldDefinitionCreateInput", "key", SampleValue::Unique),
    ("*", "required", SampleValue::Absent),
    ("*", "default", SampleValue::Absent),
    ("CustomFieldDefinitionCreateInput", "minimum", SampleValue::Absent),
    ("CustomFieldDefinitionUpdateInput", "minimum", SampleValue::Absent),
    ("CustomFieldDefinitionUpsertInput", "minimum", SampleValue::Absent),
    ("*", "maximum", SampleValue::Absent),
    ("*", "integer", SampleValue::Absent),
    ("*", "options", SampleValue::Absent),
    ("*", "multiSelect", SampleValue::Absent),
    ("*", "pattern", SampleValue::Absent),
    ("*", "minimumLength", SampleValue::Absent),
    ("*", "maximumLength", SampleValue::Absent),
    ("CustomFieldDefinitionCreateInput", "unit", SampleValue::Absent),
    ("CustomFieldDefinitionCreateInput", "currency", SampleValue::Absent),
    ("CustomFieldDefinitionUpdateInput", "unit", SampleValue::Absent),
    ("CustomFieldDefinitionUpdateInput", "currency", SampleValue::Absent),
    ("CustomFieldDefinitionUpsertInput", "unit", SampleValue::Absent),
    ("CustomFieldDefinitionUpsertInput", "currency", SampleValue::Absent),
    ("*", "language", SampleValue::Text("es")),
    // Values of custom fields need a definition first; tests/custom_field covers them.
    ("*", "customFields", SampleValue::Absent),
    // These control how a write is done, not what is written.
    ("*", "idempotencyKey", SampleValue::Absent),
    ("*", "expectedVersion", SampleValue::Absent),
];

/// The value of an input field.
#[derive(Clone, Copy)]
pub enum SampleValue {
    /// The field is left out.
    Absent,
    /// An e-mail address.
    Email,
    /// A web address.
    WebAddress,
    /// A telephone number.
    Phone,
    /// A text that no other row has.
    Unique,
    /// The first value of its enum in the first item of a list, the second in the second.
    Cycled,
    /// A time in the morning.
    Early,
    /// A time in the evening.
    Late,
    /// True.
    True,
    /// This text.
    Text(&'static str),
    /// This number.
    Number(i32),
}

/// The type that a `Ref` refers to, where the field does not have the name of the type.
pub const REFERENCED_TYPES: &[(&str, &str)] = &[
    ("parent", "Customer"),
    ("existing", "Asset"),
    ("billTo", "Customer"),
    ("location", "Address"),
    ("pickupLocation", "Address"),
    ("deliveryLocation", "Address"),
    ("equipment", "CustomerAsset"),
    ("equipmentSchedules", "EquipmentSchedule"),
    ("definition", "CustomFieldDefinition"),
    // Values can be set on any type; one is enough.
    ("owner", "Customer"),
];

/// Lists that need more than one item.
pub const LIST_LENGTHS: &[(&str, usize)] = &[("stops", 2)];

/// Types with an id that have no create mutation, each with its reason.
pub const TYPES_WITHOUT_CREATE: &[(&str, &str)] = &[
    ("Tenant", "created on the command line"),
    ("CustomFieldValue", "created with the row that has it"),
    ("Change", "created by every write"),
];

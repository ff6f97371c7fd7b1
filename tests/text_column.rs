//! Text columns: each one is encrypted, or declared to contain no personal data, with the reason.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Statement};
use store::table::Table;

use crate::world::{Postgres, World};

/// The text columns that are not encrypted, by the reason why they have no personal data that needs it. A folded companion
/// `x_key` goes with its column `x`.
const NEVER_PERSONAL: &[(&str, &[&str])] = &[
    (
        "one of the values of an enum",
        &[
            "address.address_type",
            "asset.status",
            "change.action",
            "change.table_name",
            "contact.contact_type",
            "custom_field_definition.owner_type",
            "custom_field_definition.field_type",
            "custom_field_value.field_type",
            "customer.communication_method",
            "customer.customer_type",
            "customer.status",
            "customer_asset.relationship",
            "load.status",
            "load.distance_unit",
            "load.temperature_unit",
            "load.weight_unit",
            "load_charge.charge_type",
            "load_reference.reference_type",
            "document.document_type",
            "equipment_schedule.counted_from",
            "equipment_schedule.notify_unit",
            "load_status.from_status",
            "load_status.to_status",
            "load_stop.stop_type",
            "meter_reading.source",
            "rate.rate_type",
            "rate_accessorial.charge_type",
            "recurring_service.frequency",
            "recurring_service.week_of_month",
            "recurring_service.weekdays",
            "service_record.priority",
            "service_record.status",
            "tenant.distance_unit",
            "tenant.industries",
            "tenant.names",
            "tenant.weight_unit",
            "token_revocation.type",
        ],
    ),
    (
        "a code of a standard: currency, country or time zone",
        &[
            "address.country",
            "address.time_zone",
            "custom_field_definition.currency",
            "custom_field_value.currency",
            "load.charge_currency",
            "load.value_currency",
            "load_charge.currency",
            "rate.currency",
            "rate.destination_country",
            "rate.origin_country",
            "recurring_service.charge_currency",
            "service_part.unit_cost_currency",
            "service_record.charge_currency",
            "tenant.country",
            "tenant.currency",
            "tenant.time_zone",
        ],
    ),
    (
        "a key of another system or of this one, by which rows are found",
        &[
            "address.external_reference",
            "asset.external_reference",
            "contact.external_reference",
            "custom_field_definition.external_reference",
            "customer.external_reference",
            "customer_asset.external_reference",
            "document.external_reference",
            "equipment_schedule.external_reference",
            "load.external_reference",
            "meter_reading.external_reference",
            "rate.external_reference",
            "recurring_service.external_reference",
            "service_record.external_reference",
            "tenant.external_reference",
            "tenant.slug",
            "customer.number",
            "load.number",
            "load_reference.value",
            "customer_asset.contract_number",
        ],
    ),
    ("a number that an authority publishes", &["customer.dot_number", "customer.mc_number"]),
    (
        "of a place that many people share; street and postal code are encrypted",
        &[
            "address.name",
            "address.city",
            "address.state",
            "rate.destination_state",
            "rate.destination_zip_prefix",
            "rate.origin_state",
            "rate.origin_zip_prefix",
        ],
    ),
    (
        "of a machine",
        &[
            "asset.category",
            "asset.make",
            "asset.meter_unit",
            "asset.model",
            "asset.name",
            "asset.serial_number",
            "asset.unit_number",
            "meter_reading.unit",
        ],
    ),
    (
        "of a business, to sort and filter by",
        &[
            "contact.role",
            "customer.industry",
            "customer.preferred_service_window",
            "customer.service_windows",
            "customer.tags",
            "tenant.name",
        ],
    ),
    (
        "a name that the tenant's setting does not encrypt, or the first letters of an encrypted one, to sort by",
        &["customer.name", "customer.name_order", "contact.name_order"],
    ),
    (
        "the tenant's own staff and carriers, by which work is planned",
        &[
            "change.actor",
            "load_status.actor",
            "load.carrier",
            "load.driver",
            "load.trailer",
            "load.truck",
            "recurring_service_technician.technician",
            "service_technician.technician",
        ],
    ),
    (
        "what is carried, done or charged",
        &[
            "equipment_schedule.service_type",
            "load.commodity",
            "load.equipment_type",
            "load_charge.description",
            "rate.equipment_category",
            "rate.name",
            "rate.service_type",
            "rate_accessorial.description",
            "recurring_service.preferred_time",
            "recurring_service.service_type",
            "recurring_service.summary",
            "recurring_service_exception.moved_time",
            "service_part.description",
            "service_part.part_number",
            "service_record.service_type",
            "service_record.summary",
        ],
    ),
    ("the media type of a file, one of those that the server accepts", &["document.media_type"]),
    (
        "the settings of a custom field",
        &[
            "custom_field_definition.default",
            "custom_field_definition.key",
            "custom_field_definition.options",
            "custom_field_definition.pattern",
            "custom_field_definition.title",
            "custom_field_definition.translations",
            "custom_field_definition.unit",
        ],
    ),
    (
        "a value of a custom field that is not sensitive",
        &["custom_field_value.displaced", "custom_field_value.json", "custom_field_value.text"],
    ),
    (
        "a name that the program gives: of a table, a counter or an index",
        &["backfill.table_name", "counter.name", "search_token.field"],
    ),
    (
        "the id of a token, or its subject as the log has it, to which the token of every request is compared",
        &["token_revocation.name"],
    ),
    (
        "of the log, whose personal part is encrypted",
        &["change.after", "change.before", "change.fields", "change.request_id"],
    ),
];

/// SQLite stores times and ids as text, too, so that the types of PostgreSQL tell.
#[tokio::test]
async fn every_text_column_is_encrypted_or_declared_never_personal() {
    let world = World::new(Postgres).await;
    let db = world.db.connection();
    // The list of applied migrations has no text of anybody.
    let sql = "SELECT table_name AS \"table\", column_name AS \"column\" FROM information_schema.columns \
        WHERE table_schema = 'public' AND data_type = 'text' AND table_name <> 'seaql_migrations'";
    let mut undeclared = BTreeSet::new();
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap() {
        let [table, column] = ["table", "column"].map(|name| row.try_get::<String>("", name).unwrap());
        let folded = Table::by_name(&table).map_or(&[][..], |table| table.folded);
        if !column.strip_suffix("_key").is_some_and(|text| folded.contains(&text)) {
            undeclared.insert(format!("{table}.{column}"));
        }
    }
    let declared: BTreeSet<_> =
        NEVER_PERSONAL.iter().flat_map(|(_, columns)| columns.iter().map(ToString::to_string)).collect();
    let missing: Vec<_> = undeclared.difference(&declared).collect();
    assert!(missing.is_empty(), "encrypt these columns, or say why they are never personal: {missing:#?}");
    let gone: Vec<_> = declared.difference(&undeclared).collect();
    assert!(gone.is_empty(), "these columns are not text any more: {gone:#?}");
}

//! Custom field definitions: the fields that a tenant adds to the rows of a table.

use sea_orm::entity::prelude::*;

/// A field that a tenant adds to the rows of one table.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_field_definition")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The type of the rows that have the field.
    pub owner_type: OwnerType,
    /// Its name in filters and inputs; never changes.
    pub key: String,
    /// The type of its values; never changes.
    pub field_type: FieldType,
    /// The title shown to users.
    pub title: String,
    /// Folded `title`.
    pub title_key: String,
    /// JSON map of language tag to title.
    pub translations: Option<String>,
    /// Whether a new row must have a value.
    pub required: bool,
    /// JSON of the value of a new row without one.
    pub default: Option<String>,
    /// Whether its values are personal: sealed, and readable with `pii:read` only.
    pub sensitive: bool,
    /// NUMBER, MONETARY: the minimum, in millionths or minor units.
    pub minimum: Option<i64>,
    /// NUMBER, MONETARY: the maximum, in millionths or minor units.
    pub maximum: Option<i64>,
    /// NUMBER: whether values are integers.
    pub integer: bool,
    /// NUMBER: the unit.
    pub unit: Option<String>,
    /// STRING: the fewest characters.
    pub minimum_length: Option<i32>,
    /// STRING: the most characters.
    pub maximum_length: Option<i32>,
    /// STRING: a regular expression that matches the whole value.
    pub pattern: Option<String>,
    /// DROPDOWN: JSON list of `{key, title, translations}`.
    pub options: Option<String>,
    /// DROPDOWN: whether a value may have several options.
    pub multi_select: bool,
    /// MONETARY: the currency of all values.
    pub currency: Option<String>,
    /// Starts at 1 and increases by one at every write.
    pub version: i32,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row, or a child of it, was last written.
    pub updated_at: DateTimeUtc,
    /// When the row was soft-deleted; null while it is live.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that deleted the row: a restore restores all rows of one deletion.
    pub deleted_with: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The types of rows that may have custom fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OwnerType {
    /// Customers.
    #[default]
    Customer,
    /// Contacts.
    Contact,
    /// Addresses.
    Address,
    /// Assets.
    Asset,
    /// Customer assets.
    CustomerAsset,
    /// Loads.
    Load,
    /// Service records.
    ServiceRecord,
    /// Recurring services.
    RecurringService,
    /// Rates.
    Rate,
    /// Equipment schedules.
    EquipmentSchedule,
    /// Documents.
    Document,
    /// The tenant itself.
    Tenant,
}

/// The type of the values of a custom field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FieldType {
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// One or several options of a list.
    Dropdown,
    /// An e-mail address.
    Email,
    /// A decimal number.
    Number,
    /// A telephone number.
    PhoneNumber,
    /// Text.
    #[default]
    String,
    /// An http or https address.
    WebAddress,
    /// Any JSON.
    Json,
    /// An amount of money.
    Monetary,
}

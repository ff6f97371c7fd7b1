//! Custom field definitions: the fields a tenant adds to an entity.

use sea_orm::entity::prelude::*;

/// A field that a tenant added to one entity.
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
    /// The id this row has in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The entity whose rows have the field.
    pub entity: Owner,
    /// Its name in filters and inputs; never changes.
    pub key: String,
    /// What its values are; never changes.
    pub field_type: FieldType,
    /// What people call it.
    pub title: String,
    /// Folded `title`.
    pub title_key: String,
    /// JSON map of language tag to title.
    pub translations: Option<String>,
    /// Whether a new row must have a value.
    pub required: bool,
    /// JSON value a new row gets.
    pub default: Option<String>,
    /// Whether its values are personal: sealed, and read with `pii:read` only.
    pub sensitive: bool,
    /// NUMBER, MONETARY: the least value, in millionths or minor units.
    pub minimum: Option<i64>,
    /// NUMBER, MONETARY: the greatest value.
    pub maximum: Option<i64>,
    /// NUMBER: whether values are whole.
    pub integer: bool,
    /// NUMBER: what is counted.
    pub unit: Option<String>,
    /// STRING: the fewest characters.
    pub minimum_length: Option<i32>,
    /// STRING: the most characters.
    pub maximum_length: Option<i32>,
    /// STRING: a regular expression that values match whole.
    pub pattern: Option<String>,
    /// DROPDOWN: JSON list of `{key, title, translations}`.
    pub options: Option<String>,
    /// DROPDOWN: whether a value may be several options.
    pub multi_select: bool,
    /// MONETARY: the currency of all values.
    pub currency: Option<String>,
    /// Starts at 1, one more at every write.
    pub version: i32,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When the row, or a child of it, was last written.
    pub updated_at: DateTimeUtc,
    /// When the row was hidden; null while it is live.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion this row was hidden by: Restore brings back all rows of one deletion.
    pub deleted_with: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The entities that may have custom fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Owner {
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
    /// The tenant itself.
    Tenant,
}

/// What the values of a custom field are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FieldType {
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// One or several of a list.
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

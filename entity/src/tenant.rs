//! Tenants: the companies that use Fieldgate, each with data of its own.

use sea_orm::entity::prelude::*;

/// A company. Its row belongs to itself: `tenant_id` equals `id`.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The short name used on the command line, unique in the installation.
    #[sea_orm(unique)]
    pub slug: String,
    /// The company's name.
    pub name: String,
    /// JSON list of TRUCKING and SERVICE.
    pub industries: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 4217; the currency of an amount without one.
    pub currency: String,
    /// IANA name; the time zone of an address without one.
    pub time_zone: String,
    /// LB or KG; the unit of a weight without one.
    pub weight_unit: String,
    /// MI or KM; the unit of a distance without one.
    pub distance_unit: String,
    /// Which customers' names are sealed.
    pub names: Names,
    /// Whether sealed names have a sort key of three letters.
    pub order_sealed_names: bool,
    /// The tenant's key, wrapped by the master key.
    pub key_wrapped: Vec<u8>,
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

/// Which customers' names are sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Names {
    /// Names of residential customers.
    #[default]
    Residential,
    /// Every name.
    All,
    /// No name.
    None,
}

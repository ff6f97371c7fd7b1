//! A tenant: one company and everything it knows about its customers.

use sea_orm::entity::prelude::*;

/// A company; its row belongs to itself, so `tenant_id` is `id`.
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
    /// The id this row has in the caller's system, unique per tenant.
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
    /// ISO 4217; what an amount without a currency is in.
    pub currency: String,
    /// IANA name; a place without a time zone is in this one.
    pub time_zone: String,
    /// LB or KG; what a weight without a unit is in.
    pub weight_unit: String,
    /// MI or KM; what a distance without a unit is in.
    pub distance_unit: String,
    /// Which customers' names are sealed.
    pub names: Names,
    /// Whether sealed names keep an order key of three letters.
    pub order_sealed_names: bool,
    /// The tenant's key, wrapped by the master key.
    pub key_wrapped: Vec<u8>,
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

/// Which customers' names stand sealed.
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

//! Customer assets: which customer has which asset, since when and on what terms.

use sea_orm::entity::prelude::*;

/// One asset with one customer, for a time.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_asset")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id this row has in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The customer.
    pub customer_id: Uuid,
    /// The asset.
    pub asset_id: Uuid,
    /// On what terms.
    pub relationship: Relationship,
    /// Since when; null: always.
    pub starts_at: Option<DateTimeUtc>,
    /// Agreed end; null: open.
    pub until: Option<DateTimeUtc>,
    /// When it is expected back.
    pub expected_return: Option<DateTimeUtc>,
    /// When it came back; null while it is out.
    pub returned_at: Option<DateTimeUtc>,
    /// The contract.
    pub contract_number: Option<String>,
    /// Folded `contract_number`.
    pub contract_number_key: Option<String>,
    /// The address where it stands.
    pub location_id: Option<Uuid>,
    /// Meter when it left, in millionths.
    pub meter_out: Option<i64>,
    /// Meter when it came back, in millionths.
    pub meter_in: Option<i64>,
    /// Free text.
    pub notes: Option<String>,
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

/// On what terms a customer has an asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Relationship {
    /// It is the customer's.
    #[default]
    Owned,
    /// Rented from the tenant.
    Rented,
    /// Leased from the tenant.
    Leased,
    /// Serviced by the tenant.
    UnderService,
}

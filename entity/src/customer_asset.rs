//! Customer assets: the assignment of an asset to a customer, with its period and terms.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// The assignment of one asset to one customer for a period.
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
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The customer.
    pub customer_id: Uuid,
    /// The asset.
    pub asset_id: Uuid,
    /// The terms.
    pub relationship: Relationship,
    /// The start; null if it is not known.
    pub starts_at: Option<DateTimeUtc>,
    /// The agreed end; null if it is open.
    pub until: Option<DateTimeUtc>,
    /// When a reservation ends by itself; null if it does not.
    pub reserved_until: Option<DateTimeUtc>,
    /// The expected return.
    pub expected_return: Option<DateTimeUtc>,
    /// The return; null while the customer has the asset.
    pub returned_at: Option<DateTimeUtc>,
    /// The number of the contract.
    pub contract_number: Option<String>,
    /// Folded `contract_number`.
    pub contract_number_key: Option<String>,
    /// The address where the asset is located.
    pub location_id: Option<Uuid>,
    /// The meter reading at the start, in millionths.
    pub meter_out: Option<i64>,
    /// The meter reading at the return, in millionths.
    pub meter_in: Option<i64>,
    /// Free text.
    pub notes: Option<Sealed>,
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

/// The terms on which a customer has an asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Relationship {
    /// Owned by the customer.
    #[default]
    Owned,
    /// Rented from the tenant.
    Rented,
    /// Leased from the tenant.
    Leased,
    /// Serviced by the tenant.
    UnderService,
    /// Kept for the customer, who does not have it yet.
    Reserved,
}

//! Load stops: where a load is picked up and delivered, in order.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// One stop of a load.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "load_stop")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The load.
    pub load_id: Uuid,
    /// The position in the list, from 0.
    pub position: i32,
    /// What happens at the stop.
    pub stop_type: StopType,
    /// The address; null if it is not known yet.
    pub address_id: Option<Uuid>,
    /// The start of the appointment.
    pub window_start: Option<DateTimeUtc>,
    /// The end of the appointment.
    pub window_end: Option<DateTimeUtc>,
    /// When the driver arrived.
    pub arrived_at: Option<DateTimeUtc>,
    /// When the driver departed.
    pub departed_at: Option<DateTimeUtc>,
    /// The customer whose key seals the notes.
    pub key_owner_id: Uuid,
    /// Free text.
    pub notes: Option<Sealed>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What happens at a stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StopType {
    /// Freight is loaded.
    Pickup,
    /// Freight is unloaded.
    Delivery,
    /// Neither: fuel, customs, a drop.
    #[default]
    Other,
}

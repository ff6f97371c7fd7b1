//! Rates: what the tenant asks for its work, for one customer or for all.

use sea_orm::entity::prelude::*;

/// What a unit of work costs, where and for whom it holds, and since when.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The customer for which it holds; null for all customers.
    pub customer_id: Option<Uuid>,
    /// The name.
    pub name: Option<String>,
    /// Folded `name`.
    pub name_key: Option<String>,
    /// The unit that the amount is for.
    pub rate_type: RateType,
    /// The amount of a unit in major units, in millionths.
    pub amount: i64,
    /// ISO 4217, of all amounts of the rate.
    pub currency: String,
    /// Rentals: the amount of a week, in millionths of a major unit.
    pub week_amount: Option<i64>,
    /// Rentals: the amount of a month, in millionths of a major unit.
    pub month_amount: Option<i64>,
    /// The least that the work costs before the fuel surcharge, in minor units.
    pub minimum_amount: Option<i64>,
    /// The fuel surcharge in percent, in millionths.
    pub fuel_surcharge: Option<i64>,
    /// The first letters of the origin's zip code, without spaces and hyphens, folded.
    pub origin_zip_prefix: Option<String>,
    /// The origin's state.
    pub origin_state: Option<String>,
    /// Folded `origin_state`.
    pub origin_state_key: Option<String>,
    /// The origin's country, ISO 3166-1 alpha-2.
    pub origin_country: Option<String>,
    /// The first letters of the destination's zip code, without spaces and hyphens, folded.
    pub destination_zip_prefix: Option<String>,
    /// The destination's state.
    pub destination_state: Option<String>,
    /// Folded `destination_state`.
    pub destination_state_key: Option<String>,
    /// The destination's country, ISO 3166-1 alpha-2.
    pub destination_country: Option<String>,
    /// The type of service for which it holds; null for all.
    pub service_type: Option<String>,
    /// Folded `service_type`.
    pub service_type_key: Option<String>,
    /// The category of equipment for which it holds; null for all.
    pub equipment_category: Option<String>,
    /// Folded `equipment_category`.
    pub equipment_category_key: Option<String>,
    /// The first day on which it holds; null for always.
    pub effective_from: Option<Date>,
    /// The last day on which it holds; null for always.
    pub effective_until: Option<Date>,
    /// The beginning of its first day in the tenant's zone at the time of writing.
    pub starts_at: Option<DateTimeUtc>,
    /// The end of its last day in the tenant's zone at the time of writing, exclusive.
    pub ends_at: Option<DateTimeUtc>,
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

/// The unit that the amount of a rate is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RateType {
    /// The whole work.
    #[default]
    Flat,
    /// A mile.
    PerMile,
    /// A kilometre.
    PerKm,
    /// An hour.
    PerHour,
    /// A hundredweight: 100 pounds.
    PerCwt,
    /// A service.
    PerService,
    /// A day of a rental.
    PerDay,
    /// A week of a rental.
    PerWeek,
    /// A month of a rental.
    PerMonth,
}

//! Assets: pieces of equipment the tenant knows, whoever has them.

mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::{asset::current_assignment, value};
use entity::{
    asset,
    customer_asset::{self, Relationship},
};
use error::Result;
use store::{Row, SortTerm, clock, edge};

pub use self::mutation::{AssetCreateInput, AssetMutation};
use super::{
    change::Change,
    connection::{edges, roots},
    context::ContextExt,
    customer_asset::{CustomerAsset, CustomerAssetEdgeFilter},
    entity_object::{EntityObject, columns, entity_object},
    filter::{DateFilter, DateTimeFilter, DecimalFilter, IntFilter, TextFilter, enum_filter, filter},
    order::order,
    scalar::{Date, DateTime, Decimal},
    service_record::{ServiceRecord, ServiceRecordEdgeFilter},
};

/// Whether an asset can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "asset::Status")]
pub enum AssetStatus {
    /// In use, or ready for it.
    Active,
    /// Not usable for now.
    OutOfService,
    /// Gone for good.
    Retired,
}

enum_filter! { AssetStatusFilter of AssetStatus as asset::Status; }

entity_object! {
    /// A piece of equipment: a trailer, a compressor, a furnace. Who has it is told by `customers`.
    Asset of asset: AssetFields, AssetEdges, AssetFilter, AssetOrder;
    "meter" => [MeterValue, MeterUnit, MeterAt],
}

/// What an asset has besides the common fields.
pub struct AssetFields(Arc<asset::Model>);

/// The last known reading of a meter.
#[derive(SimpleObject)]
pub struct Meter {
    /// What it shows.
    value: Decimal,
    /// What it counts, as it was given: `h`, `mi`. Null if nobody said.
    unit: Option<String>,
    /// When it was read.
    at: Option<DateTime>,
}

#[Object]
impl AssetFields {
    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The number painted on it. Null if it has none.
    async fn unit_number(&self) -> Option<&str> {
        self.0.unit_number.as_deref()
    }

    /// What kind of equipment, in the tenant's own words: `HVAC`, `Trailer`. Null if nobody said.
    async fn category(&self) -> Option<&str> {
        self.0.category.as_deref()
    }

    /// Who made it. Null if nobody said.
    async fn make(&self) -> Option<&str> {
        self.0.make.as_deref()
    }

    /// The maker's model. Null if nobody said.
    async fn model(&self) -> Option<&str> {
        self.0.model.as_deref()
    }

    /// Model year. Null if nobody said.
    async fn year(&self) -> Option<i32> {
        self.0.year
    }

    /// The maker's serial number. Null if nobody said.
    async fn serial_number(&self) -> Option<&str> {
        self.0.serial_number.as_deref()
    }

    /// When it was installed. Null if it was not, or nobody said.
    async fn install_date(&self) -> Option<Date> {
        self.0.install_date.map(Date)
    }

    /// The last day of its warranty. Null if there is none, or nobody said.
    async fn warranty_expiration(&self) -> Option<Date> {
        self.0.warranty_expiration.map(Date)
    }

    /// The last known reading of its meter. Null if there is none.
    async fn meter(&self) -> Option<Meter> {
        let value = Decimal(value::Decimal(self.0.meter_value?));
        Some(Meter { value, unit: self.0.meter_unit.clone(), at: self.0.meter_at.map(DateTime) })
    }

    /// Whether it can be used.
    async fn status(&self) -> AssetStatus {
        self.0.status.into()
    }

    /// The assignment by which a customer has the asset now: it has begun, the asset was not returned, and, unless it is
    /// RENTED or LEASED, its agreed end is not past. A rental or lease comes before other assignments, then the latest.
    /// Null if nobody has the asset.
    async fn current_assignment(&self, ctx: &Context<'_>) -> Result<Option<CustomerAsset>> {
        use customer_asset::Column::{Relationship as RelationshipColumn, StartsAt};
        let edge = &edge::ASSET_CURRENT_ASSIGNMENT;
        let query = || {
            let mut query = ctx.store().find::<customer_asset::Entity>()?.filter(current_assignment(clock::now()));
            query.order = vec![SortTerm::column::<customer_asset::Entity>(StartsAt, true), SortTerm::id(true)];
            let mut read = columns::<CustomerAsset>(ctx.field().selection_set());
            read.push(RelationshipColumn);
            Ok(query.columns(read))
        };
        let (page, _) = ctx.store().page_under_parent(ctx.field_key(edge.name), edge, self.0.id(), query).await?;
        let rows = || page.rows.iter().map(|(row, _)| row);
        let hired = rows().find(|row| matches!(row.relationship, Relationship::Rented | Relationship::Leased));
        Ok(hired.or_else(|| rows().next()).cloned().map(CustomerAsset::of))
    }
}

edges! {
    AssetEdges of asset;
    many {
        /// Who has the asset, who had it and who will have it: one customer asset for each time.
        customers: ASSET_CUSTOMERS -> CustomerAsset;
        /// The services done on the asset, for all its customers: its history. Needs `service:read`.
        service_records: ASSET_SERVICES -> ServiceRecord;
        /// What was written of it, in order. Needs `change:read`.
        changes: ASSET_CHANGES -> Change;
    }
    one {}
    custom_fields ASSET_VALUES of Asset;
}

filter! {
    /// Conditions on assets. A record must meet all of them.
    AssetFilter of asset with custom_fields of Asset;
    columns {
        /// Name of the asset.
        name: TextFilter => NameKey,
        /// Unit number.
        unit_number: TextFilter => UnitNumberKey,
        /// Category of equipment.
        category: TextFilter => CategoryKey,
        /// Manufacturer.
        make: TextFilter => MakeKey,
        /// Model.
        model: TextFilter => ModelKey,
        /// Model year.
        year: IntFilter => Year,
        /// Serial number.
        serial_number: TextFilter => SerialNumberKey,
        /// Installation date.
        install_date: DateFilter => InstallDate,
        /// Last day of the warranty.
        warranty_expiration: DateFilter => WarrantyExpiration,
        /// Last meter reading.
        meter_value: DecimalFilter => MeterValue,
        /// Time of the last meter reading.
        meter_at: DateTimeFilter => MeterAt,
        /// Status of the asset.
        status: AssetStatusFilter => Status,
    }
    personal {}
    many {
        /// Customer assets of the asset: past, current and future assignments.
        customers: CustomerAssetEdgeFilter => ASSET_CUSTOMERS,
        /// The services done on the asset, for all its customers.
        service_records: ServiceRecordEdgeFilter => ASSET_SERVICES,
    }
    one {}
}

order! {
    /// Fields that assets can be sorted by.
    AssetOrderField, AssetOrder of asset with custom_fields of Asset;
    /// Name of the asset.
    Name => NameKey,
    /// Unit number, compared as text.
    UnitNumber => UnitNumberKey,
    /// Category of equipment.
    Category => CategoryKey,
    /// Manufacturer.
    Make => MakeKey,
    /// Model.
    Model => ModelKey,
    /// Model year.
    Year => Year,
    /// Serial number.
    SerialNumber => SerialNumberKey,
    /// Installation date.
    InstallDate => InstallDate,
    /// Last day of the warranty.
    WarrantyExpiration => WarrantyExpiration,
    /// Last meter reading.
    MeterValue => MeterValue,
    /// Status of the asset, alphabetically.
    Status => Status,
}

roots! {
    AssetQuery:
    /// The asset of an id, live or deleted. Null if the id names none. Needs `asset:read`.
    asset,
    /// All assets. Needs `asset:read`.
    assets -> Asset
}

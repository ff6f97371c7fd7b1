//! Assets: pieces of equipment, owned by the tenant or by a customer.

mod availability;
mod distance;
mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, MergedObject, Object, SimpleObject};
use domain::{asset::current_assignment, value};
use entity::{
    asset,
    customer_asset::{self, Relationship},
};
use error::Result;
use store::{Row, SortTerm, edge};

pub use self::mutation::{AssetMutation, NewAssetInput};
use super::{
    change::Change,
    context::ContextExt,
    custom_field::CustomFieldValue,
    customer_asset::{CustomerAsset, CustomerAssetEdgeFilter},
    document::{Document, DocumentEdgeFilter},
    edges::{edges, roots},
    entity_object::{EntityObject, columns, entity_object},
    equipment_schedule::{EquipmentSchedule, EquipmentScheduleEdgeFilter},
    filter::{DateFilter, DateTimeFilter, DecimalFilter, IntFilter, TextFilter, enum_filter, filter},
    meter_reading::MeterReading,
    order::order,
    row_size::RowSize,
    scalar::{Date, DateTime, Decimal},
    service_record::{ServiceRecord, ServiceRecordEdgeFilter},
};

/// The queries of assets.
#[derive(Default, MergedObject)]
pub struct AssetQuery(AssetRoots, availability::AvailabilityQuery);

/// Whether an asset can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "asset::Status")]
pub enum AssetStatus {
    /// The asset is in use or ready for use.
    Active,
    /// The asset cannot be used at present.
    OutOfService,
    /// The asset is permanently out of use.
    Retired,
}

enum_filter! { AssetStatusFilter of AssetStatus as asset::Status; }

entity_object! {
    /// A piece of equipment, for example a trailer, a compressor or a furnace. Its assignments to customers are in
    /// `customers`.
    Asset of asset: AssetFields, AssetEdges, AssetFilter, AssetOrder;
    "meter" => [MeterValue, MeterUnit, MeterAt],
}

/// The fields of an asset, besides the common ones.
pub struct AssetFields(Arc<asset::Model>);

/// The newest meter reading by its time.
#[derive(SimpleObject)]
pub struct Meter {
    /// The value on the meter.
    value: Decimal,
    /// The unit of the meter, as entered, for example `h` or `mi`. Null if unknown.
    unit: Option<String>,
    /// When the meter was read. Null if unknown.
    at: Option<DateTime>,
}

#[Object]
impl AssetFields {
    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The unit number painted on the asset. Null if there is none.
    async fn unit_number(&self) -> Option<&str> {
        self.0.unit_number.as_deref()
    }

    /// The category of equipment, in the tenant's own words, for example `HVAC` or `Trailer`. Null if unknown.
    async fn category(&self) -> Option<&str> {
        self.0.category.as_deref()
    }

    /// The manufacturer. Null if unknown.
    async fn make(&self) -> Option<&str> {
        self.0.make.as_deref()
    }

    /// The manufacturer's model. Null if unknown.
    async fn model(&self) -> Option<&str> {
        self.0.model.as_deref()
    }

    /// Model year. Null if unknown.
    async fn year(&self) -> Option<i32> {
        self.0.year
    }

    /// The manufacturer's serial number. Null if unknown.
    async fn serial_number(&self) -> Option<&str> {
        self.0.serial_number.as_deref()
    }

    /// The day on which the asset was installed. Null if it is not installed or the day is unknown.
    async fn install_date(&self) -> Option<Date> {
        self.0.install_date.map(Date)
    }

    /// The last day of the warranty. Null if there is none or the day is unknown.
    async fn warranty_expiration(&self) -> Option<Date> {
        self.0.warranty_expiration.map(Date)
    }

    /// The newest meter reading by its time, whenever it was entered. `meterReadings` has all of them. Null if there is none.
    async fn meter(&self) -> Option<Meter> {
        let value = Decimal(value::Decimal(self.0.meter_value?));
        Some(Meter { value, unit: self.0.meter_unit.clone(), at: self.0.meter_at.map(DateTime) })
    }

    /// Whether the asset can be used.
    async fn status(&self) -> AssetStatus {
        self.0.status.into()
    }

    /// The current assignment of the asset to a customer. An assignment is current if it has started, the asset is not
    /// returned and, unless it is RENTED or LEASED, its agreed end is not past. If there are several, a rental or lease
    /// comes first, then the latest start. Null if there is none.
    async fn current_assignment(&self, ctx: &Context<'_>) -> Result<Option<CustomerAsset>> {
        use customer_asset::Column::{Relationship as RelationshipColumn, StartsAt};
        let edge = &edge::ASSET_CURRENT_ASSIGNMENT;
        let query = || {
            let mut query = ctx.store().find::<customer_asset::Entity>()?.filter(current_assignment(ctx.store().now()));
            query.order = vec![SortTerm::column::<customer_asset::Entity>(StartsAt, true), SortTerm::id(true)];
            let mut read = columns::<CustomerAsset>(ctx.field().selection_set());
            read.push(RelationshipColumn);
            Ok(query.columns(read))
        };
        let found = ctx.store().page_under_parent(ctx.field_key(edge.name), edge, self.0.id(), query).await;
        let Some((page, _)) = ctx.null_if_forbidden(found)? else { return Ok(None) };
        ctx.spend(1, page.bytes, || RowSize::of(ctx.field().selection_set(), CustomerAsset::EDGES)).await;
        let rows: Vec<_> = page.rows.iter().map(|(row, _)| row.clone()).collect();
        Ok(foremost(&rows).cloned().map(CustomerAsset::of))
    }
}

/// The assignment that counts as the current one among several, which are sorted by their starts: a rental or lease first.
fn foremost(current: &[Arc<customer_asset::Model>]) -> Option<&Arc<customer_asset::Model>> {
    let is_hired =
        |row: &&Arc<customer_asset::Model>| matches!(row.relationship, Relationship::Rented | Relationship::Leased);
    current.iter().find(is_hired).or_else(|| current.first())
}

edges! {
    AssetEdges of asset;
    many {
        /// The assignments of the asset to customers: past, current and future.
        customers: ASSET_CUSTOMERS -> CustomerAsset;
        /// The service history of the asset, for all its customers. Requires `service:read`.
        service_records: ASSET_SERVICES -> ServiceRecord;
        /// The readings of the asset's meter.
        meter_readings: ASSET_READINGS -> MeterReading;
        /// The schedules by which the asset is serviced, for all its customers. Requires `schedule:read`.
        equipment_schedules: ASSET_SCHEDULES -> EquipmentSchedule;
        /// The documents of the asset. Requires `document:read`.
        documents: ASSET_DOCUMENTS -> Document;
        /// The changes to the asset, by default in the order of `sequence`. Requires `change:read`.
        changes: ASSET_CHANGES -> Change;
    }
    one {}
    custom_fields ASSET_VALUES of Asset -> CustomFieldValue;
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
        /// Service records of the asset, for all its customers.
        service_records: ServiceRecordEdgeFilter => ASSET_SERVICES,
        /// Equipment schedules of the asset, for all its customers.
        equipment_schedules: EquipmentScheduleEdgeFilter => ASSET_SCHEDULES,
        /// Documents of the asset.
        documents: DocumentEdgeFilter => ASSET_DOCUMENTS,
    }
    one {}
}

order! {
    /// A field of assets to sort by.
    AssetOrder of asset with custom_fields of Asset;
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
    AssetRoots:
    /// Finds an asset by its id or a reference, live or deleted. Null if there is none. Requires `asset:read`.
    asset,
    /// Lists assets. Requires `asset:read`.
    assets -> Asset
}

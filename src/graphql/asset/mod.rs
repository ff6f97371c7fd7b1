//! Assets: pieces of equipment the tenant knows, whoever has them.

mod mutation;

use std::sync::Arc;

use async_graphql::{Enum, Object, SimpleObject};
use domain::value;
use entity::asset;

pub use self::mutation::{AssetCreateInput, AssetMutation};
use super::{
    change::Change,
    connection::{edges, roots},
    customer_asset::{CustomerAsset, CustomerAssetEdgeFilter},
    entity_object::entity_object,
    filter::{DateFilter, DateTimeFilter, DecimalFilter, IntFilter, TextFilter, enum_filter, filter},
    order::order,
    scalar::{Date, DateTime, Decimal},
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
}

edges! {
    AssetEdges of asset;
    many {
        /// Who has the asset, who had it and who will have it: one customer asset for each time.
        customers: ASSET_CUSTOMERS -> CustomerAsset;
        /// What was written of it, in order. Needs `change:read`.
        changes: ASSET_CHANGES -> Change;
    }
    one {}
    custom_fields ASSET_VALUES of Asset;
}

filter! {
    /// Which assets. All tests given must pass.
    AssetFilter of asset with custom_fields of Asset;
    columns {
        /// What it is called.
        name: TextFilter => NameKey,
        /// The number painted on it.
        unit_number: TextFilter => UnitNumberKey,
        /// What kind of equipment.
        category: TextFilter => CategoryKey,
        /// Who made it.
        make: TextFilter => MakeKey,
        /// The maker's model.
        model: TextFilter => ModelKey,
        /// Model year.
        year: IntFilter => Year,
        /// The maker's serial number.
        serial_number: TextFilter => SerialNumberKey,
        /// When it was installed.
        install_date: DateFilter => InstallDate,
        /// The last day of its warranty.
        warranty_expiration: DateFilter => WarrantyExpiration,
        /// What its meter shows.
        meter_value: DecimalFilter => MeterValue,
        /// When its meter was last read.
        meter_at: DateTimeFilter => MeterAt,
        /// Whether it can be used.
        status: AssetStatusFilter => Status,
    }
    personal {}
    many {
        /// Who has the asset, who had it and who will have it.
        customers: CustomerAssetEdgeFilter => ASSET_CUSTOMERS,
    }
    one {}
}

order! {
    /// What assets can be ordered by.
    AssetOrderField, AssetOrder of asset with custom_fields of Asset;
    /// What it is called.
    Name => NameKey,
    /// The number painted on it, as text.
    UnitNumber => UnitNumberKey,
    /// What kind of equipment.
    Category => CategoryKey,
    /// Who made it.
    Make => MakeKey,
    /// The maker's model.
    Model => ModelKey,
    /// Model year.
    Year => Year,
    /// The maker's serial number.
    SerialNumber => SerialNumberKey,
    /// When it was installed.
    InstallDate => InstallDate,
    /// The last day of its warranty.
    WarrantyExpiration => WarrantyExpiration,
    /// What its meter shows.
    MeterValue => MeterValue,
    /// Whether it can be used, in alphabetical order of the values.
    Status => Status,
}

roots! {
    AssetQuery:
    /// The asset of an id, live or deleted. Null if the id names none. Needs `asset:read`.
    asset,
    /// All assets. Needs `asset:read`.
    assets -> Asset
}

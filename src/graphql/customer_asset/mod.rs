//! Customer assets: which customer has which asset, since when and on what terms.

mod mutation;

use std::sync::Arc;

use async_graphql::{Enum, Object};
use domain::value;
use entity::customer_asset;

use super::{
    address::{Address, AddressFilter},
    asset::{Asset, AssetFilter},
    change::Change,
    connection::{edges, roots},
    customer::{Customer, CustomerFilter},
    entity_object::entity_object,
    filter::{DateTimeFilter, DecimalFilter, TextFilter, enum_filter, filter},
    order::order,
    scalar::{DateTime, Decimal},
    service_record::{ServiceRecord, ServiceRecordEdgeFilter},
};

pub use self::mutation::CustomerAssetMutation;

/// On what terms a customer has an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "customer_asset::Relationship")]
pub enum AssetRelationship {
    /// It is the customer's own.
    Owned,
    /// Rented from the tenant.
    Rented,
    /// Leased from the tenant.
    Leased,
    /// The tenant services it.
    UnderService,
}

enum_filter! { AssetRelationshipFilter of AssetRelationship as customer_asset::Relationship; }

entity_object! {
    /// One asset with one customer, for a time. An asset may be with several customers one after the other; on rent or
    /// lease never with two at once.
    CustomerAsset of customer_asset: CustomerAssetFields, CustomerAssetEdges, CustomerAssetFilter, CustomerAssetOrder;
    "from" => [StartsAt],
}

/// What a customer asset has besides the common fields.
pub struct CustomerAssetFields(Arc<customer_asset::Model>);

#[Object]
impl CustomerAssetFields {
    /// On what terms the customer has the asset.
    async fn relationship(&self) -> AssetRelationship {
        self.0.relationship.into()
    }

    /// Since when the customer has it. Null: always. Never null where it is RENTED or LEASED.
    async fn from(&self) -> Option<DateTime> {
        self.0.starts_at.map(DateTime)
    }

    /// The agreed end; from this moment on the asset is free again. Null: open.
    async fn until(&self) -> Option<DateTime> {
        self.0.until.map(DateTime)
    }

    /// When the asset is expected back. Null if nobody said.
    async fn expected_return(&self) -> Option<DateTime> {
        self.0.expected_return.map(DateTime)
    }

    /// When the asset came back; it takes the place of `until`. Null while it is out.
    async fn returned_at(&self) -> Option<DateTime> {
        self.0.returned_at.map(DateTime)
    }

    /// The number of the contract. Null if there is none.
    async fn contract_number(&self) -> Option<&str> {
        self.0.contract_number.as_deref()
    }

    /// What the meter showed when the asset left, in the unit of the asset's meter. Null if nobody said.
    async fn meter_out(&self) -> Option<Decimal> {
        self.0.meter_out.map(value::Decimal).map(Decimal)
    }

    /// What the meter showed when the asset came back. Null while it is out, or if nobody said.
    async fn meter_in(&self) -> Option<Decimal> {
        self.0.meter_in.map(value::Decimal).map(Decimal)
    }

    /// Free text. Null if there is none.
    async fn notes(&self) -> Option<&str> {
        self.0.notes.as_deref()
    }
}

edges! {
    CustomerAssetEdges of customer_asset;
    many {
        /// The service done on the asset for this customer. Needs `service:read`.
        service_records: CUSTOMER_ASSET_SERVICES -> ServiceRecord;
        /// What was written of it, in order. Needs `change:read`.
        changes: CUSTOMER_ASSET_CHANGES -> Change;
    }
    one {
        /// The customer. Needs `customer:read`.
        customer: CUSTOMER_ASSET_CUSTOMER -> Customer;
        /// The asset.
        asset: CUSTOMER_ASSET_ASSET -> Asset;
        /// Where the asset stands. Null if nobody said. Needs `address:read`.
        location: CUSTOMER_ASSET_LOCATION -> Address;
    }
    custom_fields CUSTOMER_ASSET_VALUES of CustomerAsset;
}

filter! {
    /// Which customer assets. All tests given must pass.
    CustomerAssetFilter, CustomerAssetEdgeFilter of customer_asset with custom_fields of CustomerAsset;
    columns {
        /// On what terms the customer has the asset.
        relationship: AssetRelationshipFilter => Relationship,
        /// Since when the customer has it.
        from: DateTimeFilter => StartsAt,
        /// The agreed end.
        until: DateTimeFilter => Until,
        /// When the asset is expected back.
        expected_return: DateTimeFilter => ExpectedReturn,
        /// When the asset came back; `isNull: true` for those that are out.
        returned_at: DateTimeFilter => ReturnedAt,
        /// The number of the contract.
        contract_number: TextFilter => ContractNumberKey,
        /// What the meter showed when the asset left.
        meter_out: DecimalFilter => MeterOut,
        /// What the meter showed when the asset came back.
        meter_in: DecimalFilter => MeterIn,
    }
    personal {}
    many {
        /// The service done on the asset for this customer.
        service_records: ServiceRecordEdgeFilter => CUSTOMER_ASSET_SERVICES,
    }
    one {
        /// The customer.
        customer: CustomerFilter => CUSTOMER_ASSET_CUSTOMER,
        /// The asset.
        asset: AssetFilter => CUSTOMER_ASSET_ASSET,
        /// Where the asset stands.
        location: AddressFilter => CUSTOMER_ASSET_LOCATION,
    }
}

order! {
    /// What customer assets can be ordered by.
    CustomerAssetOrderField, CustomerAssetOrder of customer_asset with custom_fields of CustomerAsset;
    /// On what terms the customer has the asset, in alphabetical order of the values.
    Relationship => Relationship,
    /// Since when the customer has it.
    From => StartsAt,
    /// The agreed end.
    Until => Until,
    /// When the asset is expected back.
    ExpectedReturn => ExpectedReturn,
    /// When the asset came back.
    ReturnedAt => ReturnedAt,
    /// The number of the contract, as text.
    ContractNumber => ContractNumberKey,
}

roots! {
    CustomerAssetQuery:
    /// The customer asset of an id, live or deleted. Null if the id names none. Needs `asset:read`.
    customer_asset,
    /// All customer assets, those that ended included. Needs `asset:read`.
    customer_assets -> CustomerAsset
}

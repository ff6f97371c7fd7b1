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
pub enum CustomerAssetRelationship {
    /// It is the customer's own.
    Owned,
    /// Rented from the tenant.
    Rented,
    /// Leased from the tenant.
    Leased,
    /// The tenant services it.
    UnderService,
}

enum_filter! { CustomerAssetRelationshipFilter of CustomerAssetRelationship as customer_asset::Relationship; }

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
    async fn relationship(&self) -> CustomerAssetRelationship {
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
    /// Conditions on customer assets. A record must meet all of them.
    CustomerAssetFilter, CustomerAssetEdgeFilter of customer_asset with custom_fields of CustomerAsset;
    columns {
        /// Relationship of the customer to the asset.
        relationship: CustomerAssetRelationshipFilter => Relationship,
        /// Start of the assignment.
        from: DateTimeFilter => StartsAt,
        /// Agreed end of the assignment.
        until: DateTimeFilter => Until,
        /// Expected return of the asset.
        expected_return: DateTimeFilter => ExpectedReturn,
        /// Return of the asset; `isNull: true` matches assets that are not returned.
        returned_at: DateTimeFilter => ReturnedAt,
        /// Contract number.
        contract_number: TextFilter => ContractNumberKey,
        /// Meter reading at the start of the assignment.
        meter_out: DecimalFilter => MeterOut,
        /// Meter reading at the return of the asset.
        meter_in: DecimalFilter => MeterIn,
    }
    personal {}
    many {
        /// Service records of the asset for the customer.
        service_records: ServiceRecordEdgeFilter => CUSTOMER_ASSET_SERVICES,
    }
    one {
        /// Customer that has the asset.
        customer: CustomerFilter => CUSTOMER_ASSET_CUSTOMER,
        /// Asset that the customer has.
        asset: AssetFilter => CUSTOMER_ASSET_ASSET,
        /// Location of the asset.
        location: AddressFilter => CUSTOMER_ASSET_LOCATION,
    }
}

order! {
    /// Fields that customer assets can be sorted by.
    CustomerAssetOrderField, CustomerAssetOrder of customer_asset with custom_fields of CustomerAsset;
    /// Relationship of the customer to the asset, alphabetically.
    Relationship => Relationship,
    /// Start of the assignment.
    From => StartsAt,
    /// Agreed end of the assignment.
    Until => Until,
    /// Expected return of the asset.
    ExpectedReturn => ExpectedReturn,
    /// Return of the asset.
    ReturnedAt => ReturnedAt,
    /// Contract number, compared as text.
    ContractNumber => ContractNumberKey,
}

roots! {
    CustomerAssetQuery:
    /// The customer asset of an id, live or deleted. Null if the id names none. Needs `asset:read`.
    customer_asset,
    /// All customer assets, those that ended included. Needs `asset:read`.
    customer_assets -> CustomerAsset
}

//! Customer assets: the assignments of assets to customers, with their periods and terms.

mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use domain::{
    asset::{current_assignment, is_current},
    value,
};
use entity::customer_asset;
use error::Result;
use store::Filter;

use super::{
    address::{Address, AddressFilter},
    asset::{Asset, AssetFilter},
    change::Change,
    context::ContextExt,
    custom_field::CustomFieldValue,
    customer::{Customer, CustomerFilter},
    edges::{edges, roots},
    entity_object::entity_object,
    equipment_schedule::{EquipmentSchedule, EquipmentScheduleEdgeFilter},
    filter::{BooleanFilter, DateTimeFilter, DecimalFilter, FilterContext, TextFilter, enum_filter, filter},
    meter_reading::MeterReading,
    order::order,
    scalar::{DateTime, Decimal},
    service_record::{ServiceRecord, ServiceRecordEdgeFilter},
};

pub use self::mutation::CustomerAssetMutation;

/// The terms on which a customer has an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "customer_asset::Relationship")]
pub enum CustomerAssetRelationship {
    /// The customer owns the asset.
    Owned,
    /// The customer rents the asset from the tenant.
    Rented,
    /// The customer leases the asset from the tenant.
    Leased,
    /// The tenant services the asset for the customer.
    UnderService,
    /// The tenant keeps the asset for the customer, who does not have it yet.
    Reserved,
}

enum_filter! { CustomerAssetRelationshipFilter of CustomerAssetRelationship as customer_asset::Relationship; }

entity_object! {
    /// The assignment of an asset to a customer for a period. An asset can have several assignments, but its rentals,
    /// leases and reservations never overlap.
    CustomerAsset of customer_asset: CustomerAssetFields, CustomerAssetEdges, CustomerAssetFilter, CustomerAssetOrder;
    "from" => [StartsAt],
    "current" => [Relationship, StartsAt, Until, ReturnedAt],
}

/// The fields of a customer asset, besides the common ones.
pub struct CustomerAssetFields(Arc<customer_asset::Model>);

#[Object]
impl CustomerAssetFields {
    /// The terms on which the customer has the asset.
    async fn relationship(&self) -> CustomerAssetRelationship {
        self.0.relationship.into()
    }

    /// The start of the assignment. Null if it has no start. Never null if RENTED, LEASED or RESERVED.
    async fn from(&self) -> Option<DateTime> {
        self.0.starts_at.map(DateTime)
    }

    /// Whether the customer has the asset now: the assignment is no reservation and has begun, and neither a return nor, if the asset is not on
    /// rent or lease, the agreed end is past.
    async fn current(&self, ctx: &Context<'_>) -> bool {
        is_current(&self.0, ctx.store().now())
    }

    /// The agreed end, exclusive. Null if open-ended. An asset on rent or lease stays with the customer until it is
    /// returned.
    async fn until(&self) -> Option<DateTime> {
        self.0.until.map(DateTime)
    }

    /// When the reservation ends by itself: from then on the asset is free for others, and the reservation cannot become a
    /// rental any more. Null if it does not, or if the asset is not RESERVED.
    async fn reserved_until(&self) -> Option<DateTime> {
        self.0.reserved_until.map(DateTime)
    }

    /// The forecast of when the asset will be returned. It does not change the agreed end. Null if unknown.
    async fn expected_return(&self) -> Option<DateTime> {
        self.0.expected_return.map(DateTime)
    }

    /// When the asset was returned. It replaces `until` as the end of the assignment. Null while the asset is not
    /// returned.
    async fn returned_at(&self) -> Option<DateTime> {
        self.0.returned_at.map(DateTime)
    }

    /// The contract number. Null if there is none.
    async fn contract_number(&self) -> Option<&str> {
        self.0.contract_number.as_deref()
    }

    /// The meter reading when the asset was handed out, in the unit of the asset's meter. Null if unknown.
    async fn meter_out(&self) -> Option<Decimal> {
        self.0.meter_out.map(value::Decimal).map(Decimal)
    }

    /// The meter reading when the asset was returned, in the unit of the asset's meter. Null if unknown or while the
    /// asset is not returned.
    async fn meter_in(&self) -> Option<Decimal> {
        self.0.meter_in.map(value::Decimal).map(Decimal)
    }

    /// Notes, as free text. Null if there are none or without `pii:read`.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, customer_asset::Column::Notes).await
    }
}

edges! {
    CustomerAssetEdges of customer_asset;
    many {
        /// The service records of the asset for this customer. Requires `service:read`.
        service_records: CUSTOMER_ASSET_SERVICES -> ServiceRecord;
        /// The readings of the meter of the asset, also those before and after the assignment.
        meter_readings: CUSTOMER_ASSET_READINGS -> MeterReading;
        /// The schedules by which the asset is serviced for the customer. Requires `schedule:read`.
        equipment_schedules: CUSTOMER_ASSET_SCHEDULES -> EquipmentSchedule;
        /// The changes to the customer asset, by default in the order of `sequence`. Requires `change:read`.
        changes: CUSTOMER_ASSET_CHANGES -> Change;
    }
    one {
        /// The customer. Requires `customer:read`.
        customer: CUSTOMER_ASSET_CUSTOMER -> Customer;
        /// The asset.
        asset: CUSTOMER_ASSET_ASSET -> Asset;
        /// The address where the asset is located. Null if unknown. Requires `address:read`.
        location: CUSTOMER_ASSET_LOCATION -> Address;
    }
    custom_fields CUSTOMER_ASSET_VALUES of CustomerAsset -> CustomFieldValue;
}

/// The filter for assignments that are current, or are not.
fn has_now(context: &FilterContext<'_>, condition: &BooleanFilter) -> Filter {
    let current = current_assignment(context.store.now());
    let eq = condition.eq.map(|eq| if eq { current } else { Filter::Not(Box::new(current)) });
    // It is never null.
    let is_null = condition.is_null.filter(|null| *null).map(|_| Filter::Any(Vec::new()));
    Filter::All(eq.into_iter().chain(is_null).collect())
}

filter! {
    /// Conditions on customer assets. A record must meet all of them.
    CustomerAssetFilter, CustomerAssetEdgeFilter of customer_asset with custom_fields of CustomerAsset;
    columns {
        /// Relationship of the customer to the asset.
        relationship: CustomerAssetRelationshipFilter => Relationship,
        /// Whether the customer has the asset now.
        current: BooleanFilter => {has_now},
        /// Start of the assignment.
        from: DateTimeFilter => StartsAt,
        /// Agreed end of the assignment.
        until: DateTimeFilter => Until,
        /// Expected return of the asset.
        expected_return: DateTimeFilter => ExpectedReturn,
        /// When the reservation ends by itself.
        reserved_until: DateTimeFilter => ReservedUntil,
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
        /// Equipment schedules of the customer asset.
        equipment_schedules: EquipmentScheduleEdgeFilter => CUSTOMER_ASSET_SCHEDULES,
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
    /// A field of customer assets to sort by.
    CustomerAssetOrder of customer_asset with custom_fields of CustomerAsset;
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
    /// Finds a customer asset by its id or a reference, live or deleted. Null if there is none. Requires `asset:read`.
    customer_asset,
    /// Lists customer assets, including those that have ended. Requires `asset:read`.
    customer_assets -> CustomerAsset
}

//! Lists of loads: filter, order and root fields.

use async_graphql::InputObject;
use entity::{load_charge, load_reference};
use error::Result;
use store::Filter;

use super::{
    Load, LoadStatusFilter,
    children::{LoadChargeTypeFilter, LoadReferenceTypeFilter},
};
use crate::graphql::{
    address::AddressFilter,
    contact::ContactEdgeFilter,
    customer::CustomerFilter,
    document::DocumentEdgeFilter,
    edges::roots,
    filter::{
        BooleanFilter, DateTimeFilter, DecimalFilter, ExactFilter, FilterContext, FilterInput, IntFilter, MoneyFilter,
        TextFilter, column_filters, edge_filter, filter,
    },
    order::order,
    unit::{DistanceUnitFilter, WeightUnitFilter},
};

/// Conditions on the references of a load. A reference must meet all of them.
#[derive(Clone, Debug, Default, InputObject)]
pub struct LoadReferenceFilter {
    /// Type of the reference.
    pub r#type: Option<LoadReferenceTypeFilter>,
    /// Value of the reference.
    pub value: Option<TextFilter>,
}

edge_filter! { LoadReferenceEdgeFilter of LoadReferenceFilter; }

impl FilterInput for LoadReferenceFilter {
    fn uses_custom_fields(&self) -> bool {
        false
    }

    fn filter(&self, _: &FilterContext<'_>) -> Result<Filter> {
        let reference_type = column_filters(load_reference::Column::ReferenceType, self.r#type.as_ref());
        let value = column_filters(load_reference::Column::ValueKey, self.value.as_ref());
        Ok(Filter::All(reference_type.chain(value).collect()))
    }
}

/// Conditions on the charges of a load. A charge must meet all of them.
#[derive(Clone, Debug, Default, InputObject)]
pub struct LoadChargeFilter {
    /// Type of the charge.
    pub r#type: Option<LoadChargeTypeFilter>,
    /// Quantity times unit amount.
    pub amount: Option<MoneyFilter>,
}

edge_filter! { LoadChargeEdgeFilter of LoadChargeFilter; }

impl FilterInput for LoadChargeFilter {
    fn uses_custom_fields(&self) -> bool {
        false
    }

    fn filter(&self, context: &FilterContext<'_>) -> Result<Filter> {
        let columns = (load_charge::Column::Amount, load_charge::Column::Currency);
        let charge_type = column_filters(load_charge::Column::ChargeType, self.r#type.as_ref());
        let amount = self.amount.as_ref().map(|money| money.filter(context, columns)).transpose()?;
        Ok(Filter::All(charge_type.chain(amount).collect()))
    }
}

filter! {
    /// Conditions on loads. A record must meet all of them.
    LoadFilter, LoadEdgeFilter of load with custom_fields of Load;
    columns {
        /// Load number.
        number: TextFilter => NumberKey,
        /// Status of the load.
        status: LoadStatusFilter => Status,
        /// Commodity.
        commodity: TextFilter => CommodityKey,
        /// Weight, in the `weightUnit` of each load.
        weight: DecimalFilter => Weight,
        /// Unit of the weight.
        weight_unit: WeightUnitFilter => WeightUnit,
        /// Number of pieces or pallets.
        pieces: IntFilter => Pieces,
        /// Declared value of the freight.
        value: MoneyFilter => [ValueAmount in ValueCurrency],
        /// Distance, in the `distanceUnit` of each load.
        distance: DecimalFilter => Distance,
        /// Unit of the distance.
        distance_unit: DistanceUnitFilter => DistanceUnit,
        /// Equipment type.
        equipment_type: TextFilter => EquipmentTypeKey,
        /// Whether the load is hazardous material.
        hazmat: BooleanFilter => Hazmat,
        /// Id of the driver in the caller's system.
        driver: ExactFilter => Driver,
        /// Id of the truck in the caller's system.
        truck: ExactFilter => Truck,
        /// Id of the trailer in the caller's system.
        trailer: ExactFilter => Trailer,
        /// Id of the carrier in the caller's system.
        carrier: ExactFilter => Carrier,
        /// Sum of the charges.
        charge: MoneyFilter => [ChargeAmount in ChargeCurrency],
        /// Start of the first PICKUP's appointment window.
        scheduled_pickup: DateTimeFilter => ScheduledPickup,
        /// Start of the last DELIVERY's appointment window.
        scheduled_delivery: DateTimeFilter => ScheduledDelivery,
    }
    personal {}
    many {
        /// References of the load.
        references: LoadReferenceEdgeFilter => LOAD_REFERENCES,
        /// Charges of the load.
        charges: LoadChargeEdgeFilter => LOAD_CHARGES,
        /// Contacts of the load's customer.
        contacts: ContactEdgeFilter => LOAD_CONTACTS,
        /// Documents of the load: `documents: { none: { type: { eq: POD } } }` finds loads without a proof of delivery.
        documents: DocumentEdgeFilter => LOAD_DOCUMENTS,
    }
    one {
        /// Customer that pays for the load.
        customer: CustomerFilter => LOAD_CUSTOMER,
        /// Address of the first PICKUP.
        pickup_location: AddressFilter => LOAD_PICKUP_LOCATION,
        /// Address of the last DELIVERY.
        delivery_location: AddressFilter => LOAD_DELIVERY_LOCATION,
    }
}

order! {
    /// A field of loads to sort by.
    LoadOrder of load with custom_fields of Load;
    /// Load number, compared as text.
    Number => NumberKey,
    /// Status of the load, alphabetically.
    Status => Status,
    /// Commodity.
    Commodity => CommodityKey,
    /// Weight, in the `weightUnit` of each load.
    Weight => Weight,
    /// Equipment type.
    EquipmentType => EquipmentTypeKey,
    /// Start of the first PICKUP's appointment window.
    ScheduledPickup => ScheduledPickup,
    /// Start of the last DELIVERY's appointment window.
    ScheduledDelivery => ScheduledDelivery,
    /// Sum of the charges in minor units, regardless of currency.
    Charge => ChargeAmount,
}

roots! {
    LoadQuery:
    /// Finds a load by its id or a reference, live or deleted. Null if there is none. Requires `load:read`.
    load,
    /// Lists loads. Requires `load:read`.
    loads -> Load
}

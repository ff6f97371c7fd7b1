//! Lists of loads: filter, order and root fields.

use async_graphql::InputObject;
use entity::load_reference;
use error::Result;
use store::Filter;

use super::{Load, LoadStatusFilter, child::LoadReferenceTypeFilter};
use crate::graphql::{
    address::AddressFilter,
    connection::roots,
    customer::CustomerFilter,
    filter::{
        BooleanFilter, DateTimeFilter, DecimalFilter, ExactFilter, FilterContext, FilterInput, TextFilter,
        column_filters, edge_filter, filter,
    },
    order::order,
};

/// Which references of a load. All tests given must pass.
#[derive(Clone, Debug, Default, InputObject)]
pub struct LoadReferenceFilter {
    /// Whose number it is.
    pub r#type: Option<LoadReferenceTypeFilter>,
    /// The number.
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

filter! {
    /// Which loads. All tests given must pass.
    LoadFilter, LoadEdgeFilter of load with custom_fields of Load;
    columns {
        /// The tenant's number for the load.
        load_number: TextFilter => LoadNumberKey,
        /// How far the load is.
        status: LoadStatusFilter => Status,
        /// What is moved.
        commodity: TextFilter => CommodityKey,
        /// How heavy it is, each load in its own `weightUnit`.
        weight: DecimalFilter => Weight,
        /// What trailer it takes.
        equipment_type: TextFilter => EquipmentTypeKey,
        /// Whether hazardous material is moved.
        hazmat: BooleanFilter => Hazmat,
        /// The driver's id in the caller's system.
        driver: ExactFilter => Driver,
        /// The truck's id in the caller's system.
        truck: ExactFilter => Truck,
        /// The trailer's id in the caller's system.
        trailer: ExactFilter => Trailer,
        /// The carrier's id in the caller's system.
        carrier: ExactFilter => Carrier,
        /// When the window of the first PICKUP begins.
        scheduled_pickup: DateTimeFilter => ScheduledPickup,
        /// When the window of the last DELIVERY begins.
        scheduled_delivery: DateTimeFilter => ScheduledDelivery,
    }
    personal {}
    many {
        /// The numbers others know the load by.
        references: LoadReferenceEdgeFilter => LOAD_REFERENCES,
    }
    one {
        /// Who pays.
        customer: CustomerFilter => LOAD_CUSTOMER,
        /// Where the first PICKUP is.
        pickup: AddressFilter => LOAD_PICKUP,
        /// Where the last DELIVERY is.
        delivery: AddressFilter => LOAD_DELIVERY,
    }
}

order! {
    /// What loads can be ordered by.
    LoadOrderField, LoadOrder of load with custom_fields of Load;
    /// The tenant's number for the load, as text.
    LoadNumber => LoadNumberKey,
    /// How far the load is, in alphabetical order of the values.
    Status => Status,
    /// What is moved.
    Commodity => CommodityKey,
    /// How heavy it is, each load in its own `weightUnit`.
    Weight => Weight,
    /// What trailer it takes.
    EquipmentType => EquipmentTypeKey,
    /// When the window of the first PICKUP begins.
    ScheduledPickup => ScheduledPickup,
    /// When the window of the last DELIVERY begins.
    ScheduledDelivery => ScheduledDelivery,
    /// The sum of the charges in minor units, whatever the currency.
    Charge => ChargeAmount,
}

roots! {
    LoadQuery:
    /// The load of an id, live or deleted. Null if the id names none. Needs `load:read`.
    load,
    /// All loads. Needs `load:read`.
    loads -> Load
}

//! Lists of loads: filter, order and root fields.

use async_graphql::InputObject;
use entity::custom_field_definition::Owner;
use error::Result;
use store::{Edge, Filter};

use super::{Load, LoadStatusFilter, child::LoadReferenceTypeFilter};
use crate::graphql::{
    address::AddressFilter,
    connection::roots,
    customer::CustomerFilter,
    filter::{
        BooleanFilter, DateTimeFilter, DecimalFilter, ExactFilter, FilterContext, FilterInput, Operators, TextFilter,
        filter, many,
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

/// Operators of the live rows at the far end of an edge that leads to many.
#[derive(Clone, Debug, Default, InputObject)]
pub struct LoadReferenceEdgeFilter {
    /// At least one row passes.
    pub some: Option<LoadReferenceFilter>,
    /// No row passes.
    pub none: Option<LoadReferenceFilter>,
    /// Every row passes; also, if there is none.
    pub every: Option<LoadReferenceFilter>,
}

impl FilterInput for LoadReferenceFilter {
    fn uses_custom_fields(&self) -> bool {
        false
    }

    fn filter(&self, _: &FilterContext<'_>) -> Result<Filter> {
        let reference_type =
            self.r#type.iter().flat_map(Operators::predicates).map(|test| Filter::Column("reference_type", test));
        let value = self.value.iter().flat_map(Operators::predicates).map(|test| Filter::Column("value_key", test));
        Ok(Filter::All(reference_type.chain(value).collect()))
    }
}

impl LoadReferenceEdgeFilter {
    fn each(&self) -> impl Iterator<Item = &LoadReferenceFilter> {
        [&self.some, &self.none, &self.every].into_iter().flatten()
    }

    fn filter(&self, known: &FilterContext<'_>, edge: &'static Edge) -> Result<Filter> {
        many(known, edge, [self.some.as_ref(), self.none.as_ref(), self.every.as_ref()])
    }
}

filter! {
    /// Which loads. All tests given must pass.
    LoadFilter, LoadEdgeFilter of "load_id", Owner::Load;
    columns {
        /// The tenant's number for the load.
        load_number: TextFilter => "load_number_key",
        /// How far the load is.
        status: LoadStatusFilter => "status",
        /// What is moved.
        commodity: TextFilter => "commodity_key",
        /// How heavy it is, each load in its own `weightUnit`.
        weight: DecimalFilter => "weight",
        /// What trailer it takes.
        equipment_type: TextFilter => "equipment_type_key",
        /// Whether hazardous material is moved.
        hazmat: BooleanFilter => "hazmat",
        /// The driver's id in the caller's system.
        driver: ExactFilter => "driver",
        /// The truck's id in the caller's system.
        truck: ExactFilter => "truck",
        /// The trailer's id in the caller's system.
        trailer: ExactFilter => "trailer",
        /// The carrier's id in the caller's system.
        carrier: ExactFilter => "carrier",
        /// When the window of the first PICKUP begins.
        scheduled_pickup: DateTimeFilter => "scheduled_pickup",
        /// When the window of the last DELIVERY begins.
        scheduled_delivery: DateTimeFilter => "scheduled_delivery",
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
    LoadOrderField, LoadOrder of load, Some(("load_id", Owner::Load));
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

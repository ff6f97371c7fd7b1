//! Loads: freight that is transported for a customer.

mod children;
mod list;
mod mutation;
mod rating;
mod transition;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::value;
use entity::load;
use error::Result;

use super::{
    address::Address,
    change::Change,
    child_rows::children,
    contact::Contact,
    context::ContextExt,
    custom_field::CustomFieldValue,
    customer::Customer,
    document::Document,
    edges::edges,
    entity_object::entity_object,
    filter::enum_filter,
    scalar::{DateTime, Decimal, Money},
    unit::{DistanceUnit, TemperatureUnit, WeightUnit},
};

pub use self::children::LoadChargeType;
use self::children::{LoadCharge, LoadReference, LoadStatusChange, LoadStop};
pub use self::{
    list::{LoadEdgeFilter, LoadFilter, LoadOrder, LoadQuery},
    mutation::LoadMutation,
    rating::LoadRatingMutation,
    transition::LoadStepMutation,
};

/// The status of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "load::Status")]
pub enum LoadStatus {
    /// Created, without appointments.
    New,
    /// The first PICKUP and the last DELIVERY have appointments.
    Scheduled,
    /// Assigned to a driver or a carrier.
    Dispatched,
    /// The freight is under way.
    InProgress,
    /// The freight is delivered.
    Completed,
    /// The load is billed.
    Invoiced,
    /// The invoice is paid. This status is final.
    Paid,
    /// The freight will not be transported.
    Cancelled,
}

enum_filter! { LoadStatusFilter of LoadStatus as load::Status; }

entity_object! {
    /// Freight that is transported for a customer. Its status goes from NEW through SCHEDULED, DISPATCHED, IN_PROGRESS,
    /// COMPLETED and INVOICED to PAID. A load that is not COMPLETED yet can be CANCELLED.
    Load of load: LoadFields, LoadEdges, LoadFilter, LoadOrder;
    children [LoadStop, LoadReference, LoadCharge, LoadStatusChange],
    "loadDetails" => [Weight, WeightUnit, Commodity, ValueAmount, ValueCurrency, Pieces],
    "charge" => [ChargeAmount, ChargeCurrency],
}

/// The fields of a load, besides the common ones.
pub struct LoadFields(Arc<load::Model>);

/// The freight of a load.
#[derive(SimpleObject)]
pub struct LoadDetails {
    /// The weight, in `weightUnit`. Null if unknown.
    weight: Option<Decimal>,
    /// The unit of `weight`. Null if the weight is unknown.
    weight_unit: Option<WeightUnit>,
    /// The commodity, as entered, for example `Electronics`. Null if unknown.
    commodity: Option<String>,
    /// The declared value. Null if unknown.
    value: Option<Money>,
    /// The number of pieces or pallets. Null if unknown.
    pieces: Option<i32>,
}

#[Object]
impl LoadFields {
    /// The load number, unique within the tenant.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// The load's status.
    async fn status(&self) -> LoadStatus {
        self.0.status.into()
    }

    /// The stops of the load in order: at least two, at most 100.
    async fn stops(&self, ctx: &Context<'_>) -> Result<Vec<LoadStop>> {
        children(ctx, self.0.id).await
    }

    /// The numbers by which other parties know the load; at most 50.
    async fn references(&self, ctx: &Context<'_>) -> Result<Vec<LoadReference>> {
        children(ctx, self.0.id).await
    }

    /// The freight of a load.
    async fn load_details(&self) -> LoadDetails {
        let load = &self.0;
        LoadDetails {
            weight: decimal(load.weight),
            weight_unit: load.weight_unit.as_deref().and_then(WeightUnit::of),
            commodity: load.commodity.clone(),
            value: Money::of(load.value_amount, load.value_currency.as_deref()),
            pieces: load.pieces,
        }
    }

    /// The required equipment, as entered, for example `Reefer` or `53' dry van`. Null if unknown.
    async fn equipment_type(&self) -> Option<&str> {
        self.0.equipment_type.as_deref()
    }

    /// Whether the load contains hazardous material.
    async fn hazmat(&self) -> bool {
        self.0.hazmat
    }

    /// The temperature to keep, in `temperatureUnit`. Null if there is none.
    async fn temperature(&self) -> Option<Decimal> {
        decimal(self.0.temperature)
    }

    /// The unit of `temperature`. Null if there is no temperature.
    async fn temperature_unit(&self) -> Option<TemperatureUnit> {
        self.0.temperature_unit.as_deref().and_then(TemperatureUnit::of)
    }

    /// The distance, in `distanceUnit`. Null if unknown.
    async fn distance(&self) -> Option<Decimal> {
        decimal(self.0.distance)
    }

    /// The unit of `distance`. Null if the distance is unknown.
    async fn distance_unit(&self) -> Option<DistanceUnit> {
        self.0.distance_unit.as_deref().and_then(DistanceUnit::of)
    }

    /// The driver's id in the caller's system. Null if no driver is assigned.
    async fn driver(&self) -> Option<&str> {
        self.0.driver.as_deref()
    }

    /// The truck's id in the caller's system. Null if no truck is assigned.
    async fn truck(&self) -> Option<&str> {
        self.0.truck.as_deref()
    }

    /// The trailer's id in the caller's system. Null if no trailer is assigned.
    async fn trailer(&self) -> Option<&str> {
        self.0.trailer.as_deref()
    }

    /// The carrier's id in the caller's system. Null if no carrier is assigned.
    async fn carrier(&self) -> Option<&str> {
        self.0.carrier.as_deref()
    }

    /// The charges of the load; at most 100.
    async fn charges(&self, ctx: &Context<'_>) -> Result<Vec<LoadCharge>> {
        children(ctx, self.0.id).await
    }

    /// The sum of the charges. Null if there are none.
    async fn charge(&self) -> Option<Money> {
        Money::of(self.0.charge_amount, self.0.charge_currency.as_deref())
    }

    /// The reason for the cancellation. Null unless the load is CANCELLED, and without `pii:read`.
    async fn cancel_reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, load::Column::CancelReason).await
    }

    /// The status history of the load, in the order in which it was recorded; at most 500 entries.
    async fn status_history(&self, ctx: &Context<'_>) -> Result<Vec<LoadStatusChange>> {
        children(ctx, self.0.id).await
    }

    /// The start of the appointment at the first PICKUP. Null while there is no appointment.
    async fn scheduled_pickup(&self) -> Option<DateTime> {
        self.0.scheduled_pickup.map(DateTime)
    }

    /// The start of the appointment at the last DELIVERY. Null while there is no appointment.
    async fn scheduled_delivery(&self) -> Option<DateTime> {
        self.0.scheduled_delivery.map(DateTime)
    }
}

edges! {
    LoadEdges of load;
    many {
        /// The documents of the load. Requires `document:read`.
        documents: LOAD_DOCUMENTS -> Document;
        /// The changes to the load, by default in the order of `sequence`. Requires `change:read`.
        changes: LOAD_CHANGES -> Change;
        /// The contacts of the load's customer. Requires `contact:read`.
        contacts: LOAD_CONTACTS -> Contact;
    }
    one {
        /// The customer that pays for the load. Requires `customer:read`.
        customer: LOAD_CUSTOMER -> Customer;
        /// The address of the first PICKUP. Null while it is unknown. Requires `address:read`.
        pickup_location: LOAD_PICKUP_LOCATION -> Address;
        /// The address of the last DELIVERY. Null while it is unknown. Requires `address:read`.
        delivery_location: LOAD_DELIVERY_LOCATION -> Address;
    }
    custom_fields LOAD_VALUES of Load -> CustomFieldValue;
}

fn decimal(millionths: Option<i64>) -> Option<Decimal> {
    millionths.map(|millionths| Decimal(value::Decimal(millionths)))
}

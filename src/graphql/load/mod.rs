//! Loads: freight moved for a customer.

mod child;
mod list;
mod mutation;
mod transition;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::value;
use entity::{load, load_charge, load_reference, load_status, load_stop};
use error::Result;
use store::edge;

use super::{
    address::Address,
    change::Change,
    child_rows::child_rows,
    connection::edges,
    contact::Contact,
    customer::Customer,
    entity_object::entity_object,
    filter::enum_filter,
    scalar::{DateTime, Decimal, Money},
    unit::{DistanceUnit, TemperatureUnit, WeightUnit},
};

use self::child::{LoadCharge, LoadReference, LoadStatusChange, LoadStop};
pub use self::{
    list::{LoadEdgeFilter, LoadFilter, LoadOrder, LoadQuery},
    mutation::LoadMutation,
    transition::LoadStepMutation,
};

/// How far a load is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "load::Status")]
pub enum LoadStatus {
    /// Known, and nothing more yet.
    New,
    /// Has its appointments.
    Scheduled,
    /// Given to a driver or carrier.
    Dispatched,
    /// Under way.
    InProgress,
    /// Delivered.
    Completed,
    /// Billed.
    Invoiced,
    /// Paid. Nothing leads on from here.
    Paid,
    /// Will not be moved.
    Cancelled,
}

enum_filter! { LoadStatusFilter of LoadStatus as load::Status; }

entity_object! {
    /// Freight moved for a customer: from NEW over SCHEDULED, DISPATCHED, IN_PROGRESS, COMPLETED and INVOICED to PAID, or
    /// CANCELLED on the way.
    Load of load: LoadFields, LoadEdges, LoadFilter, LoadOrder;
    "loadDetails" => [Weight, WeightUnit, Commodity, ValueAmount, ValueCurrency, Pieces],
    "charge" => [ChargeAmount, ChargeCurrency],
}

/// What a load has besides the common fields.
pub struct LoadFields(Arc<load::Model>);

/// What is moved.
#[derive(SimpleObject)]
pub struct LoadDetails {
    /// How heavy it is, in `weightUnit`.
    weight: Option<Decimal>,
    /// The unit of `weight`. Null if nobody said how heavy it is.
    weight_unit: Option<WeightUnit>,
    /// What it is, as it was given: `Electronics`.
    commodity: Option<String>,
    /// What it is declared to be worth.
    value: Option<Money>,
    /// How many pieces or pallets.
    pieces: Option<i32>,
}

#[Object]
impl LoadFields {
    /// The tenant's number for the load, unique.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// How far the load is.
    async fn status(&self) -> LoadStatus {
        self.0.status.into()
    }

    /// Where the load is picked up and delivered, in order: at least two stops, at most 100.
    async fn stops(&self, ctx: &Context<'_>) -> Result<Vec<LoadStop>> {
        use load_stop::Column as C;
        let columns = [
            C::Id,
            C::Position,
            C::StopType,
            C::AddressId,
            C::WindowStart,
            C::WindowEnd,
            C::ArrivedAt,
            C::DepartedAt,
            C::Notes,
        ];
        let rows = child_rows::<load_stop::Entity>(ctx, &edge::LOAD_STOPS, self.0.id, &columns).await?;
        Ok(rows.into_iter().map(LoadStop).collect())
    }

    /// The numbers others know the load by; at most 50.
    async fn references(&self, ctx: &Context<'_>) -> Result<Vec<LoadReference>> {
        use load_reference::Column as C;
        let columns = [C::ReferenceType, C::Value];
        let rows = child_rows::<load_reference::Entity>(ctx, &edge::LOAD_REFERENCES, self.0.id, &columns).await?;
        Ok(rows.into_iter().map(LoadReference).collect())
    }

    /// What is moved.
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

    /// What trailer it takes, as it was given: `Reefer`, `53' dry van`.
    async fn equipment_type(&self) -> Option<&str> {
        self.0.equipment_type.as_deref()
    }

    /// Whether hazardous material is moved.
    async fn hazmat(&self) -> bool {
        self.0.hazmat
    }

    /// At how many degrees it is kept, in `temperatureUnit`.
    async fn temperature(&self) -> Option<Decimal> {
        decimal(self.0.temperature)
    }

    /// The unit of `temperature`. Null if there is none.
    async fn temperature_unit(&self) -> Option<TemperatureUnit> {
        self.0.temperature_unit.as_deref().and_then(TemperatureUnit::of)
    }

    /// How far it goes, in `distanceUnit`.
    async fn distance(&self) -> Option<Decimal> {
        decimal(self.0.distance)
    }

    /// The unit of `distance`. Null if there is none.
    async fn distance_unit(&self) -> Option<DistanceUnit> {
        self.0.distance_unit.as_deref().and_then(DistanceUnit::of)
    }

    /// The driver's id in the caller's system.
    async fn driver(&self) -> Option<&str> {
        self.0.driver.as_deref()
    }

    /// The truck's id in the caller's system.
    async fn truck(&self) -> Option<&str> {
        self.0.truck.as_deref()
    }

    /// The trailer's id in the caller's system.
    async fn trailer(&self) -> Option<&str> {
        self.0.trailer.as_deref()
    }

    /// The carrier's id in the caller's system.
    async fn carrier(&self) -> Option<&str> {
        self.0.carrier.as_deref()
    }

    /// What the load costs, line by line; at most 100.
    async fn charges(&self, ctx: &Context<'_>) -> Result<Vec<LoadCharge>> {
        use load_charge::Column as C;
        let columns = [C::ChargeType, C::Description, C::Quantity, C::UnitAmount, C::Amount, C::Currency];
        let rows = child_rows::<load_charge::Entity>(ctx, &edge::LOAD_CHARGES, self.0.id, &columns).await?;
        Ok(rows.into_iter().map(LoadCharge).collect())
    }

    /// The sum of the charges. Null if there are none.
    async fn charge(&self) -> Option<Money> {
        Money::of(self.0.charge_amount, self.0.charge_currency.as_deref())
    }

    /// Why the load was cancelled. Null unless it is CANCELLED.
    async fn cancel_reason(&self) -> Option<&str> {
        self.0.cancel_reason.as_deref()
    }

    /// Every step of the load, in the order it was told; at most 500.
    async fn status_history(&self, ctx: &Context<'_>) -> Result<Vec<LoadStatusChange>> {
        use load_status::Column as C;
        let columns = [C::FromStatus, C::ToStatus, C::At, C::Note, C::Actor];
        let rows = child_rows::<load_status::Entity>(ctx, &edge::LOAD_HISTORY, self.0.id, &columns).await?;
        Ok(rows.into_iter().map(LoadStatusChange).collect())
    }

    /// When the window of the first PICKUP begins. Null while there is no appointment.
    async fn scheduled_pickup(&self) -> Option<DateTime> {
        self.0.scheduled_pickup.map(DateTime)
    }

    /// When the window of the last DELIVERY begins. Null while there is no appointment.
    async fn scheduled_delivery(&self) -> Option<DateTime> {
        self.0.scheduled_delivery.map(DateTime)
    }
}

edges! {
    LoadEdges of load;
    many {
        /// What was written of it, in order. Needs `change:read`.
        changes: LOAD_CHANGES -> Change;
        /// The contacts of the load's customer. Needs `contact:read`.
        contacts: LOAD_CONTACTS -> Contact;
    }
    one {
        /// Who pays. Needs `customer:read`.
        customer: LOAD_CUSTOMER -> Customer;
        /// Where the first PICKUP is. Null while not known. Needs `address:read`.
        pickup_location: LOAD_PICKUP_LOCATION -> Address;
        /// Where the last DELIVERY is. Null while not known. Needs `address:read`.
        delivery_location: LOAD_DELIVERY_LOCATION -> Address;
    }
    custom_fields LOAD_VALUES of Load;
}

fn decimal(millionths: Option<i64>) -> Option<Decimal> {
    millionths.map(|millionths| Decimal(value::Decimal(millionths)))
}

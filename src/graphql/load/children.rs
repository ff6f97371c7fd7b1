//! The parts of a load: stops, references, charges and status history.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Value as OutputValue};
use domain::value;
use entity::{load_charge, load_reference, load_status, load_stop};
use error::Result;
use futures_util::future::BoxFuture;
use store::{Edge, edge};

use super::LoadStatus;
use crate::graphql::{
    address::Address,
    breadth_first::{Level, LevelObject, Parents},
    child_rows::ChildObject,
    context::ContextExt,
    entity_object::{follow, follow_together},
    filter::enum_filter,
    rate::Rate,
    scalar::{DateTime, Decimal, Money},
};

/// The type of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "load_stop::StopType")]
pub enum LoadStopType {
    /// Freight is loaded at the stop.
    Pickup,
    /// Freight is unloaded at the stop.
    Delivery,
    /// Any other stop, for example for fuel, customs or a drop.
    Other,
}

/// The type of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "load_reference::ReferenceType")]
pub enum LoadReferenceType {
    /// Bill of lading.
    Bol,
    /// Purchase order.
    Po,
    /// PRO number, the carrier's progressive number.
    Pro,
    /// Order number.
    Order,
    /// Any other number.
    Other,
}

/// The type of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "load_charge::ChargeType")]
pub enum LoadChargeType {
    /// The transport of the freight.
    Linehaul,
    /// Fuel surcharge.
    Fuel,
    /// An additional service.
    Accessorial,
    /// Waiting time at a stop.
    Detention,
    /// Loading or unloading by a third party.
    Lumper,
    /// Any other charge.
    Other,
}

enum_filter! {
    LoadReferenceTypeFilter of LoadReferenceType as load_reference::ReferenceType;
    LoadChargeTypeFilter of LoadChargeType as load_charge::ChargeType;
}

/// A stop of a load.
pub struct LoadStop(pub Arc<load_stop::Model>);

impl LevelObject for LoadStop {
    fn resolve_together<'a>(ctx: &'a Context<'a>, level: Level<'a, Self>) -> Option<BoxFuture<'a, Vec<OutputValue>>> {
        if ctx.item.node.name.node != "address" {
            return None;
        }
        let ids = level.objects.iter().map(|stop| stop.0.address_id).collect();
        let parents = Parents { ids, places: level.places };
        Some(Box::pin(follow_together::<Address>(ctx, &edge::LOAD_STOP_ADDRESS, parents)))
    }
}

impl ChildObject for LoadStop {
    type Entity = load_stop::Entity;
    const EDGE: &'static Edge = &edge::LOAD_STOPS;
    const COLUMNS: &'static [load_stop::Column] = {
        use load_stop::Column as C;
        &[
            C::Id,
            C::Position,
            C::StopType,
            C::AddressId,
            C::WindowStart,
            C::WindowEnd,
            C::ArrivedAt,
            C::DepartedAt,
            C::Notes,
        ]
    };

    fn of(row: Arc<load_stop::Model>) -> Self {
        Self(row)
    }
}

/// A stop of a load.
#[Object]
impl LoadStop {
    /// The stop's position in the route, counted from 0.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// The type of the stop.
    async fn r#type(&self) -> LoadStopType {
        self.0.stop_type.into()
    }

    /// The address. Null while it is unknown. Requires `address:read`.
    async fn address(&self, ctx: &Context<'_>) -> Result<Option<Address>> {
        follow(ctx, &edge::LOAD_STOP_ADDRESS, self.0.address_id).await
    }

    /// The start of the appointment. Null while there is no appointment.
    async fn window_start(&self) -> Option<DateTime> {
        self.0.window_start.map(DateTime)
    }

    /// The end of the appointment. Null if it has no end.
    async fn window_end(&self) -> Option<DateTime> {
        self.0.window_end.map(DateTime)
    }

    /// When the driver arrived. Null while the arrival is not recorded.
    async fn arrived_at(&self) -> Option<DateTime> {
        self.0.arrived_at.map(DateTime)
    }

    /// When the driver departed. Null while the departure is not recorded.
    async fn departed_at(&self) -> Option<DateTime> {
        self.0.departed_at.map(DateTime)
    }

    /// Notes, as free text. Null if there are none or without `pii:read`.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, load_stop::Column::Notes).await
    }
}

/// A number by which another party knows a load.
pub struct LoadReference(pub Arc<load_reference::Model>);

impl LevelObject for LoadReference {}

impl ChildObject for LoadReference {
    type Entity = load_reference::Entity;
    const EDGE: &'static Edge = &edge::LOAD_REFERENCES;
    const COLUMNS: &'static [load_reference::Column] = {
        use load_reference::Column as C;
        &[C::ReferenceType, C::Value]
    };

    fn of(row: Arc<load_reference::Model>) -> Self {
        Self(row)
    }
}

/// A number by which another party knows a load.
#[Object]
impl LoadReference {
    /// The type of number.
    async fn r#type(&self) -> LoadReferenceType {
        self.0.reference_type.into()
    }

    /// The number.
    async fn value(&self) -> &str {
        &self.0.value
    }
}

/// A charge of a load.
pub struct LoadCharge(pub Arc<load_charge::Model>);

impl LevelObject for LoadCharge {
    fn resolve_together<'a>(ctx: &'a Context<'a>, level: Level<'a, Self>) -> Option<BoxFuture<'a, Vec<OutputValue>>> {
        if ctx.item.node.name.node != "rate" {
            return None;
        }
        let ids = level.objects.iter().map(|charge| charge.0.rate_id).collect();
        let parents = Parents { ids, places: level.places };
        Some(Box::pin(follow_together::<Rate>(ctx, &edge::LOAD_CHARGE_RATE, parents)))
    }
}

impl ChildObject for LoadCharge {
    type Entity = load_charge::Entity;
    const EDGE: &'static Edge = &edge::LOAD_CHARGES;
    const COLUMNS: &'static [load_charge::Column] = {
        use load_charge::Column as C;
        &[C::ChargeType, C::Description, C::Quantity, C::UnitAmount, C::Amount, C::Currency, C::RateId]
    };

    fn of(row: Arc<load_charge::Model>) -> Self {
        Self(row)
    }
}

/// A charge of a load.
#[Object]
impl LoadCharge {
    /// The type of charge.
    async fn r#type(&self) -> LoadChargeType {
        self.0.charge_type.into()
    }

    /// The description. Null if there is none.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The quantity, for example of hours, miles or pallets.
    async fn quantity(&self) -> Decimal {
        Decimal(value::Decimal(self.0.quantity))
    }

    /// The price of one unit in major units of the amount's currency, with at most six digits after the point: more than money
    /// has. Negative for a credit.
    async fn unit_amount(&self) -> Decimal {
        Decimal(value::Decimal(self.0.unit_amount))
    }

    /// `quantity` times `unitAmount`, rounded to the currency's smallest unit, half away from zero.
    async fn amount(&self) -> Option<Money> {
        Money::of(Some(self.0.amount), Some(&self.0.currency))
    }

    /// The rate that `loadRate` took the charge from. Null for a charge that a client wrote. Requires `rate:read`.
    async fn rate(&self, ctx: &Context<'_>) -> Result<Option<Rate>> {
        follow(ctx, &edge::LOAD_CHARGE_RATE, self.0.rate_id).await
    }
}

/// An entry in the status history of a load.
pub struct LoadStatusChange(pub Arc<load_status::Model>);

impl LevelObject for LoadStatusChange {}

impl ChildObject for LoadStatusChange {
    type Entity = load_status::Entity;
    const EDGE: &'static Edge = &edge::LOAD_HISTORY;
    const COLUMNS: &'static [load_status::Column] = {
        use load_status::Column as C;
        &[C::Id, C::FromStatus, C::ToStatus, C::At, C::Note, C::Actor]
    };

    fn of(row: Arc<load_status::Model>) -> Self {
        Self(row)
    }
}

/// An entry in the status history of a load.
#[Object]
impl LoadStatusChange {
    /// The previous status. Null for the first entry.
    async fn from(&self) -> Option<LoadStatus> {
        self.0.from_status.map(Into::into)
    }

    /// The new status. Equal to the previous one if the load was rescheduled.
    async fn to(&self) -> LoadStatus {
        self.0.to_status.into()
    }

    /// When it happened, as reported by the caller.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// The note. Null if there is none or without `pii:read`.
    async fn note(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, load_status::Column::Note).await
    }

    /// The subject of the token that recorded it.
    async fn actor(&self) -> &str {
        &self.0.actor
    }
}

//! The parts of a load: stops, references, charges and the steps of its history.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use domain::value;
use entity::{load_charge, load_reference, load_status, load_stop};
use error::Result;
use store::edge;

use super::LoadStatus;
use crate::graphql::{
    address::Address,
    context::ContextExt,
    entity_object::follow,
    filter::enum_filter,
    scalar::{DateTime, Decimal, Money},
};

/// What happens at a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "load_stop::StopType")]
pub enum LoadStopType {
    /// Freight is loaded.
    Pickup,
    /// Freight is unloaded.
    Delivery,
    /// Neither: fuel, customs, a drop.
    Other,
}

/// Whose number a reference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "load_reference::ReferenceType")]
pub enum LoadReferenceType {
    /// Bill of lading.
    Bol,
    /// Purchase order.
    Po,
    /// The carrier's progressive number.
    Pro,
    /// Order number.
    Order,
    /// None of the others.
    Other,
}

/// What a charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "load_charge::ChargeType")]
pub enum LoadChargeType {
    /// Moving the freight.
    Linehaul,
    /// Fuel surcharge.
    Fuel,
    /// An extra service.
    Accessorial,
    /// Waiting.
    Detention,
    /// Loading or unloading by others.
    Lumper,
    /// None of the others.
    Other,
}

enum_filter! { LoadReferenceTypeFilter of LoadReferenceType as load_reference::ReferenceType; }

/// One stop of a load.
pub struct LoadStop(pub Arc<load_stop::Model>);

/// One stop of a load.
#[Object]
impl LoadStop {
    /// Its place in the route, counted from 0.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// What happens there.
    async fn r#type(&self) -> LoadStopType {
        self.0.stop_type.into()
    }

    /// Where it is. Null while not known. Needs `address:read`.
    async fn address(&self, ctx: &Context<'_>) -> Result<Option<Address>> {
        follow(ctx, &edge::LOAD_STOP_ADDRESS, self.0.address_id).await
    }

    /// When the appointment begins. Null while there is none.
    async fn window_start(&self) -> Option<DateTime> {
        self.0.window_start.map(DateTime)
    }

    /// When the appointment ends. Null: it has no end.
    async fn window_end(&self) -> Option<DateTime> {
        self.0.window_end.map(DateTime)
    }

    /// When the driver came. Null before.
    async fn arrived_at(&self) -> Option<DateTime> {
        self.0.arrived_at.map(DateTime)
    }

    /// When the driver left. Null before.
    async fn departed_at(&self) -> Option<DateTime> {
        self.0.departed_at.map(DateTime)
    }

    /// Free text. Null if there is none, and without `pii:read`.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, load_stop::Column::Notes).await
    }
}

/// A number that somebody else gave a load.
pub struct LoadReference(pub Arc<load_reference::Model>);

/// A number that somebody else gave a load.
#[Object]
impl LoadReference {
    /// Whose number it is.
    async fn r#type(&self) -> LoadReferenceType {
        self.0.reference_type.into()
    }

    /// The number.
    async fn value(&self) -> &str {
        &self.0.value
    }
}

/// One line of what a load costs.
pub struct LoadCharge(pub Arc<load_charge::Model>);

/// One line of what a load costs.
#[Object]
impl LoadCharge {
    /// What it is for.
    async fn r#type(&self) -> LoadChargeType {
        self.0.charge_type.into()
    }

    /// In words.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// How many: hours, miles, pallets.
    async fn quantity(&self) -> Decimal {
        Decimal(value::Decimal(self.0.quantity))
    }

    /// What one costs; negative for a credit.
    async fn unit_amount(&self) -> Option<Money> {
        Money::of(Some(self.0.unit_amount), Some(&self.0.currency))
    }

    /// `quantity` times `unitAmount`, rounded to the currency's smallest unit, half away from zero.
    async fn amount(&self) -> Option<Money> {
        Money::of(Some(self.0.amount), Some(&self.0.currency))
    }
}

/// One step of a load.
pub struct LoadStatusChange(pub Arc<load_status::Model>);

/// One step of a load.
#[Object]
impl LoadStatusChange {
    /// Where the load was. Null at its first step.
    async fn from(&self) -> Option<LoadStatus> {
        self.0.from_status.map(Into::into)
    }

    /// Where it went; where it was, if it was rescheduled.
    async fn to(&self) -> LoadStatus {
        self.0.to_status.into()
    }

    /// When it happened, as it was told.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// What was said about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The subject of the token that told it.
    async fn actor(&self) -> &str {
        &self.0.actor
    }
}

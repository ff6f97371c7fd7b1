//! The route of a load: its stops in order, and what the load's own row repeats of them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    address, load,
    load_stop::{Entity, Model, StopType},
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::Tx;

use crate::{
    child_rows::ChildRows,
    reference::{self, Reference, ReferencedRows},
    validator::{MAX_TEXT_CHARS, Validator},
    value::FieldUpdate,
};

/// The most stops of a load.
const MAX_STOPS: usize = 100;

/// What a client says about one stop.
#[derive(Clone, Debug, Default)]
pub struct StopDraft {
    /// What happens there.
    pub stop_type: StopType,
    /// Where; nothing while not known.
    pub address: Option<Reference>,
    /// When the appointment begins.
    pub window_start: Option<DateTime<Utc>>,
    /// When it ends.
    pub window_end: Option<DateTime<Utc>>,
    /// When the driver came.
    pub arrived_at: Option<DateTime<Utc>>,
    /// When the driver left.
    pub departed_at: Option<DateTime<Utc>>,
    /// Free text.
    pub notes: Option<String>,
}

/// What a client says about a load's route: all stops, or its two ends.
#[derive(Clone, Debug, Default)]
pub struct RouteDraft {
    /// All stops, in order.
    pub stops: FieldUpdate<Vec<StopDraft>>,
    /// Where the first PICKUP is.
    pub pickup: FieldUpdate<Reference>,
    /// Where the last DELIVERY is.
    pub delivery: FieldUpdate<Reference>,
    /// When the window of the first PICKUP begins.
    pub scheduled_pickup: FieldUpdate<DateTime<Utc>>,
    /// When the window of the last DELIVERY begins.
    pub scheduled_delivery: FieldUpdate<DateTime<Utc>>,
}

/// What a verb says about one stop.
#[derive(Clone, Debug, Default)]
pub struct StopUpdate {
    /// Which one, counted from 0.
    pub position: i32,
    /// When the appointment begins.
    pub window_start: FieldUpdate<DateTime<Utc>>,
    /// When it ends.
    pub window_end: FieldUpdate<DateTime<Utc>>,
    /// When the driver came.
    pub arrived_at: FieldUpdate<DateTime<Utc>>,
    /// When the driver left.
    pub departed_at: FieldUpdate<DateTime<Utc>>,
}

impl RouteDraft {
    /// Whether it says nothing.
    pub fn is_unchanged(&self) -> bool {
        matches!(self.stops, FieldUpdate::Keep) && !self.changes_ends()
    }

    fn changes_ends(&self) -> bool {
        let places = [&self.pickup, &self.delivery].into_iter().any(|place| *place != FieldUpdate::Keep);
        places || [&self.scheduled_pickup, &self.scheduled_delivery].into_iter().any(|at| *at != FieldUpdate::Keep)
    }

    fn references(&self) -> impl Iterator<Item = &Reference> {
        let stops = self.stops.value().into_iter().flatten().filter_map(|stop| stop.address.as_ref());
        stops.chain(self.pickup.value()).chain(self.delivery.value())
    }
}

/// Draws the route a client asks for.
pub async fn apply(
    tx: &Tx,
    validator: &mut Validator,
    draft: RouteDraft,
    route: &mut ChildRows<Entity>,
    row: &mut load::Model,
) -> Result<()> {
    let found = reference::find::<address::Entity>(tx, draft.references()).await?;
    if draft.changes_ends() && !matches!(draft.stops, FieldUpdate::Keep) {
        let message =
            "Give stops, or pickupLocation, deliveryLocation, scheduledPickup and scheduledDelivery, not both.";
        validator.fail(Code::Invalid, "stops", message);
        return Ok(());
    }
    match draft.stops {
        FieldUpdate::Clear => {
            validator.fail(Code::Required, "stops", "stops cannot be null.");
            return Ok(());
        }
        FieldUpdate::Set(stops) => {
            validator.at_most("stops", stops.len(), MAX_STOPS);
            route.after = validator.within("stops", |validator| {
                let stops = stops.into_iter().enumerate();
                stops
                    .map(|(index, stop)| validator.within(index, |validator| read(validator, stop, &found, row)))
                    .collect()
            });
        }
        FieldUpdate::Keep => {
            if route.after.is_empty() {
                if draft.pickup.value().is_none() || draft.delivery.value().is_none() {
                    let message = "A new load needs its stops, or pickupLocation and deliveryLocation.";
                    validator.fail(Code::Required, "stops", message);
                    return Ok(());
                }
                let stop = |stop_type| Model { stop_type, key_owner_id: row.customer_id, ..Model::default() };
                route.after = vec![stop(StopType::Pickup), stop(StopType::Delivery)];
            }
            set_location(validator, "pickupLocation", draft.pickup, &found, first(&mut route.after, StopType::Pickup));
            set_location(
                validator,
                "deliveryLocation",
                draft.delivery,
                &found,
                last(&mut route.after, StopType::Delivery),
            );
            set_appointment(draft.scheduled_pickup, first(&mut route.after, StopType::Pickup));
            set_appointment(draft.scheduled_delivery, last(&mut route.after, StopType::Delivery));
        }
    }
    finish_route(validator, &route.after, row);
    Ok(())
}

/// Moves the appointments at both ends, and what a verb says about single stops.
pub fn update_stops(
    validator: &mut Validator,
    [pickup, delivery]: [FieldUpdate<DateTime<Utc>>; 2],
    visits: Vec<StopUpdate>,
    route: &mut ChildRows<Entity>,
    row: &mut load::Model,
) {
    set_appointment(pickup, first(&mut route.after, StopType::Pickup));
    set_appointment(delivery, last(&mut route.after, StopType::Delivery));
    let count = route.after.len();
    for (index, visit) in visits.into_iter().enumerate() {
        let stop = usize::try_from(visit.position).ok().and_then(|position| route.after.get_mut(position));
        let Some(stop) = stop else {
            let message = format!("The load has {count} stops, counted from 0; {} was given.", visit.position);
            validator.within("stops", |validator| {
                validator.within(index, |validator| validator.fail(Code::OutOfRange, "position", message));
            });
            continue;
        };
        validator.option(visit.window_start, &mut stop.window_start);
        validator.option(visit.window_end, &mut stop.window_end);
        validator.option(visit.arrived_at, &mut stop.arrived_at);
        validator.option(visit.departed_at, &mut stop.departed_at);
    }
    finish_route(validator, &route.after, row);
}

/// When the driver came to and left one end of the route.
pub fn record_visit(
    validator: &mut Validator,
    [arrived, departed]: [FieldUpdate<DateTime<Utc>>; 2],
    end: StopType,
    route: &mut ChildRows<Entity>,
) {
    let stop = if end == StopType::Pickup { first(&mut route.after, end) } else { last(&mut route.after, end) };
    if let Some(stop) = stop {
        validator.option(arrived, &mut stop.arrived_at);
        validator.option(departed, &mut stop.departed_at);
    }
}

/// Refuses a route that leads over a deleted address, for a load that is to be open again.
pub async fn ensure_references_live(tx: &Tx, route: &ChildRows<Entity>) -> Result<()> {
    let ids: HashSet<Uuid> = route.after.iter().filter_map(|stop| stop.address_id).collect();
    let live =
        if ids.is_empty() { 0 } else { tx.count(&tx.find::<address::Entity>()?.ids(ids.iter().copied())).await? };
    if usize::try_from(live).unwrap_or_default() < ids.len() {
        let message = "An address of the load's stops is deleted; restore the address first.";
        return Err(Error::invalid(Code::Deleted, &["id"], message));
    }
    Ok(())
}

/// Checks the route as a whole, and repeats its ends in the load's row.
fn finish_route(validator: &mut Validator, stops: &[Model], row: &mut load::Model) {
    for (index, stop) in stops.iter().enumerate() {
        validator.within("stops", |validator| {
            validator.within(index, |validator| {
                validator.period("windowEnd", stop.window_start, stop.window_end);
                validator.period("departedAt", stop.arrived_at, stop.departed_at);
            });
        });
    }
    let pickup = stops.iter().position(|stop| stop.stop_type == StopType::Pickup);
    let delivery = stops.iter().rposition(|stop| stop.stop_type == StopType::Delivery);
    let (Some(pickup), Some(delivery)) = (pickup, delivery) else {
        let message = "A load has at least two stops, a PICKUP and a DELIVERY among them.";
        validator.fail(Code::Required, "stops", message);
        return;
    };
    if delivery < pickup {
        validator.fail(Code::Invalid, "stops", "A DELIVERY comes after the first PICKUP.");
    }
    let (pickup, delivery) = (&stops[pickup], &stops[delivery]);
    row.pickup_location_id = pickup.address_id;
    row.delivery_location_id = delivery.address_id;
    row.scheduled_pickup = pickup.window_start;
    row.scheduled_delivery = delivery.window_start;
    if let (Some(from), Some(until)) = (row.scheduled_pickup, row.scheduled_delivery)
        && until < from
    {
        let message = format!("The last DELIVERY ({until}) is scheduled before the first PICKUP ({from}).");
        validator.fail(Code::OutOfRange, "scheduledDelivery", message);
    }
}

fn read(
    validator: &mut Validator,
    draft: StopDraft,
    found: &ReferencedRows<address::Entity>,
    row: &load::Model,
) -> Model {
    let address = draft.address.and_then(|name| found.require(validator, validator.path("address"), &name));
    let mut stop = Model {
        stop_type: draft.stop_type,
        address_id: address.map(|address| address.id),
        window_start: draft.window_start,
        window_end: draft.window_end,
        arrived_at: draft.arrived_at,
        departed_at: draft.departed_at,
        key_owner_id: row.customer_id,
        ..Model::default()
    };
    validator.sealed("notes", draft.notes.into(), MAX_TEXT_CHARS, &mut stop.notes);
    stop
}

fn set_location(
    validator: &mut Validator,
    field: &str,
    given: FieldUpdate<Reference>,
    found: &ReferencedRows<address::Entity>,
    stop: Option<&mut Model>,
) {
    let given = given.map(|name| found.require(validator, validator.path(field), &name).map(|address| address.id));
    match (given, stop) {
        (FieldUpdate::Keep, _) | (_, None) => {}
        (FieldUpdate::Clear, Some(stop)) => stop.address_id = None,
        (FieldUpdate::Set(address), Some(stop)) => stop.address_id = address,
    }
}

/// Gives a stop another appointment. A window that was there keeps its length.
fn set_appointment(given: FieldUpdate<DateTime<Utc>>, stop: Option<&mut Model>) {
    let Some(stop) = stop else { return };
    match given {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => (stop.window_start, stop.window_end) = (None, None),
        FieldUpdate::Set(at) => {
            if let (Some(start), Some(end)) = (stop.window_start, stop.window_end) {
                stop.window_end = at.checked_add_signed(end - start);
            }
            stop.window_start = Some(at);
        }
    }
}

fn first(stops: &mut [Model], stop_type: StopType) -> Option<&mut Model> {
    stops.iter_mut().find(|stop| stop.stop_type == stop_type)
}

fn last(stops: &mut [Model], stop_type: StopType) -> Option<&mut Model> {
    stops.iter_mut().rfind(|stop| stop.stop_type == stop_type)
}

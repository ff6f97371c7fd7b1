//! The route of a load: its stops in order, and the copies of its two ends in the load's row.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    address, load,
    load_stop::{Entity, Model, StopType},
};
use error::{Code, Error, OfField, Result};
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

/// A stop, as a client writes it.
#[derive(Clone, Debug, Default)]
pub struct StopDraft {
    /// Pickup, delivery or another type of stop.
    pub stop_type: StopType,
    /// The address; absent while it is unknown.
    pub address: Option<Reference>,
    /// The start of the appointment window.
    pub window_start: Option<DateTime<Utc>>,
    /// The end of the appointment window.
    pub window_end: Option<DateTime<Utc>>,
    /// When the driver arrived.
    pub arrived_at: Option<DateTime<Utc>>,
    /// When the driver left.
    pub departed_at: Option<DateTime<Utc>>,
    /// Free text.
    pub notes: Option<String>,
}

/// The route of a load that a client can write: all stops, or only the two ends.
#[derive(Clone, Debug, Default)]
pub struct RouteDraft {
    /// All stops, in order.
    pub stops: FieldUpdate<Vec<StopDraft>>,
    /// The address of the first PICKUP.
    pub pickup: FieldUpdate<Reference>,
    /// The address of the last DELIVERY.
    pub delivery: FieldUpdate<Reference>,
    /// When the window of the first PICKUP begins.
    pub scheduled_pickup: FieldUpdate<DateTime<Utc>>,
    /// When the window of the last DELIVERY begins.
    pub scheduled_delivery: FieldUpdate<DateTime<Utc>>,
}

/// The change of one stop by a transition.
#[derive(Clone, Debug, Default)]
pub struct StopUpdate {
    /// The position of the stop, counted from 0.
    pub position: i32,
    /// The start of the appointment window.
    pub window_start: FieldUpdate<DateTime<Utc>>,
    /// The end of the appointment window.
    pub window_end: FieldUpdate<DateTime<Utc>>,
    /// When the driver arrived.
    pub arrived_at: FieldUpdate<DateTime<Utc>>,
    /// When the driver left.
    pub departed_at: FieldUpdate<DateTime<Utc>>,
}

impl RouteDraft {
    /// Whether the input names no field of the route.
    pub fn is_unchanged(&self) -> bool {
        matches!(self.stops, FieldUpdate::Keep) && !self.changes_ends()
    }

    fn changes_ends(&self) -> bool {
        let locations = [&self.pickup, &self.delivery].into_iter().any(|location| *location != FieldUpdate::Keep);
        locations || [&self.scheduled_pickup, &self.scheduled_delivery].into_iter().any(|at| *at != FieldUpdate::Keep)
    }

    /// The first field of the input that refers to addresses.
    fn reference_field(&self) -> &'static str {
        match (&self.stops, &self.pickup) {
            (FieldUpdate::Set(_), _) => "stops",
            (_, FieldUpdate::Set(_)) => "pickupLocation",
            _ => "deliveryLocation",
        }
    }

    fn references(&self) -> impl Iterator<Item = &Reference> {
        let stops = self.stops.value().into_iter().flatten().filter_map(|stop| stop.address.as_ref());
        stops.chain(self.pickup.value()).chain(self.delivery.value())
    }
}

/// Reads the route of an input.
pub async fn apply(
    tx: &Tx,
    validator: &mut Validator,
    draft: RouteDraft,
    route: &mut ChildRows<Entity>,
    row: &mut load::Model,
) -> Result<()> {
    let field = draft.reference_field();
    let addresses = reference::find::<address::Entity>(tx, draft.references()).await.of_field(field)?;
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
            validator.check_max_items("stops", stops.len(), MAX_STOPS);
            route.after = validator.within("stops", |validator| {
                let stops = stops.into_iter().enumerate();
                stops
                    .map(|(index, stop)| {
                        validator.within(index, |validator| read_stop(tx, validator, stop, &addresses, row))
                    })
                    .collect()
            });
        }
        FieldUpdate::Keep => {
            if route.after.is_empty() {
                if !validate_new_ends(validator, &draft) {
                    return Ok(());
                }
                let stop = |stop_type| Model { stop_type, key_owner_id: row.customer_id, ..Model::default() };
                route.after = vec![stop(StopType::Pickup), stop(StopType::Delivery)];
            }
            set_location(
                validator,
                "pickupLocation",
                draft.pickup,
                &addresses,
                first(&mut route.after, StopType::Pickup),
            );
            set_location(
                validator,
                "deliveryLocation",
                draft.delivery,
                &addresses,
                last(&mut route.after, StopType::Delivery),
            );
            set_appointment(draft.scheduled_pickup, first(&mut route.after, StopType::Pickup));
            set_appointment(draft.scheduled_delivery, last(&mut route.after, StopType::Delivery));
        }
    }
    validate_and_copy_ends(validator, &route.after, row);
    Ok(())
}

/// Refuses the route of a new load without both locations. False if the input names nothing of the route.
fn validate_new_ends(validator: &mut Validator, draft: &RouteDraft) -> bool {
    let given = [
        ("pickupLocation", draft.pickup.value().is_some()),
        ("deliveryLocation", draft.delivery.value().is_some()),
        ("scheduledPickup", draft.scheduled_pickup.value().is_some()),
        ("scheduledDelivery", draft.scheduled_delivery.value().is_some()),
    ];
    let given_names: Vec<_> = given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
    if given_names.is_empty() {
        let message = "A new load needs its stops, or pickupLocation and deliveryLocation.";
        validator.fail(Code::Required, "stops", message);
        return false;
    }
    let was = if given_names.len() == 1 { "was" } else { "were" };
    for (missing, _) in given[..2].iter().filter(|(_, is_given)| !is_given) {
        let message = format!(
            "{} {was} given without {missing}: a new load needs pickupLocation and deliveryLocation, or its stops.",
            given_names.join(" and ")
        );
        validator.fail(Code::Required, missing, message);
    }
    true
}

/// Moves the appointments at both ends, and applies the changes of single stops.
pub fn update_stops(
    tx: &Tx,
    validator: &mut Validator,
    [pickup, delivery]: [FieldUpdate<DateTime<Utc>>; 2],
    updates: Vec<StopUpdate>,
    route: &mut ChildRows<Entity>,
    row: &mut load::Model,
) {
    set_appointment(pickup, first(&mut route.after, StopType::Pickup));
    set_appointment(delivery, last(&mut route.after, StopType::Delivery));
    let count = route.after.len();
    for (index, update) in updates.into_iter().enumerate() {
        let stop = usize::try_from(update.position).ok().and_then(|position| route.after.get_mut(position));
        let Some(stop) = stop else {
            let message = format!("The load has {count} stops, counted from 0; {} was given.", update.position);
            validator.within("stops", |validator| {
                validator.within(index, |validator| validator.fail(Code::OutOfRange, "position", message));
            });
            continue;
        };
        validator.within("stops", |validator| {
            validator.within(index, |validator| {
                validator.check_event("arrivedAt", update.arrived_at.value(), tx.at());
                validator.check_event("departedAt", update.departed_at.value(), tx.at());
            });
        });
        validator.set_option(update.window_start, &mut stop.window_start);
        validator.set_option(update.window_end, &mut stop.window_end);
        validator.set_option(update.arrived_at, &mut stop.arrived_at);
        validator.set_option(update.departed_at, &mut stop.departed_at);
    }
    validate_and_copy_ends(validator, &route.after, row);
}

/// Records when the driver arrived at and departed from one end of the route.
pub fn record_visit(
    tx: &Tx,
    validator: &mut Validator,
    [arrived, departed]: [FieldUpdate<DateTime<Utc>>; 2],
    end: StopType,
    route: &mut ChildRows<Entity>,
) {
    validator.check_event("arrivedAt", arrived.value(), tx.at());
    validator.check_event("departedAt", departed.value(), tx.at());
    let stop = if end == StopType::Pickup { first(&mut route.after, end) } else { last(&mut route.after, end) };
    if let Some(stop) = stop {
        validator.set_option(arrived, &mut stop.arrived_at);
        validator.set_option(departed, &mut stop.departed_at);
    }
}

/// Refuses to open a load again whose route has a deleted address.
pub async fn ensure_references_live(tx: &Tx, route: &ChildRows<Entity>) -> Result<()> {
    let ids: HashSet<Uuid> = route.after.iter().filter_map(|stop| stop.address_id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let live = tx.count(&tx.find_unrestricted::<address::Entity>().ids(ids.iter().copied())).await?;
    if live < ids.len() as u64 {
        let message = "An address of the load's stops is deleted; restore the address first.";
        return Err(Error::invalid(Code::Deleted, &["id"], message));
    }
    Ok(())
}

/// Checks the route as a whole, and copies its ends to the load's row.
fn validate_and_copy_ends(validator: &mut Validator, stops: &[Model], row: &mut load::Model) {
    for (index, stop) in stops.iter().enumerate() {
        validator.within("stops", |validator| {
            validator.within(index, |validator| {
                validator.check_period("windowEnd", stop.window_start, stop.window_end);
                validator.check_period("departedAt", stop.arrived_at, stop.departed_at);
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

fn read_stop(
    tx: &Tx,
    validator: &mut Validator,
    draft: StopDraft,
    addresses: &ReferencedRows<address::Entity>,
    row: &load::Model,
) -> Model {
    validator.check_event("arrivedAt", draft.arrived_at.as_ref(), tx.at());
    validator.check_event("departedAt", draft.departed_at.as_ref(), tx.at());
    let address = draft.address.and_then(|name| addresses.require(validator, validator.path("address"), &name));
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
    validator.set_sealed_text("notes", draft.notes.into(), MAX_TEXT_CHARS, &mut stop.notes);
    stop
}

fn set_location(
    validator: &mut Validator,
    field: &str,
    update: FieldUpdate<Reference>,
    addresses: &ReferencedRows<address::Entity>,
    stop: Option<&mut Model>,
) {
    let update =
        update.map(|name| addresses.require(validator, validator.path(field), &name).map(|address| address.id));
    match (update, stop) {
        (FieldUpdate::Keep, _) | (_, None) => {}
        (FieldUpdate::Clear, Some(stop)) => stop.address_id = None,
        (FieldUpdate::Set(address), Some(stop)) => stop.address_id = address,
    }
}

/// Moves the appointment of a stop. An existing window keeps its length.
fn set_appointment(update: FieldUpdate<DateTime<Utc>>, stop: Option<&mut Model>) {
    let Some(stop) = stop else { return };
    match update {
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

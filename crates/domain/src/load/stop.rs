//! The route of a load: its stops in order, and what the load's own row repeats of them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    address, load,
    load_stop::{Entity, Kind, Model},
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::Tx;

use crate::{
    check::{Check, TEXT},
    part::List,
    reference::{self, Found, Reference},
    value::Field,
};

/// The most stops of a load.
const MOST: usize = 100;

/// What a client says about one stop.
#[derive(Clone, Debug, Default)]
pub struct StopDraft {
    /// What happens there.
    pub kind: Kind,
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
    pub stops: Field<Vec<StopDraft>>,
    /// Where the first PICKUP is.
    pub pickup: Field<Reference>,
    /// Where the last DELIVERY is.
    pub delivery: Field<Reference>,
    /// When the window of the first PICKUP begins.
    pub scheduled_pickup: Field<DateTime<Utc>>,
    /// When the window of the last DELIVERY begins.
    pub scheduled_delivery: Field<DateTime<Utc>>,
}

/// What a verb says about one stop.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// Which one, counted from 0.
    pub position: i32,
    /// When the appointment begins.
    pub window_start: Field<DateTime<Utc>>,
    /// When it ends.
    pub window_end: Field<DateTime<Utc>>,
    /// When the driver came.
    pub arrived_at: Field<DateTime<Utc>>,
    /// When the driver left.
    pub departed_at: Field<DateTime<Utc>>,
}

impl RouteDraft {
    /// Whether it says nothing.
    pub fn is_silent(&self) -> bool {
        matches!(self.stops, Field::Keep) && !self.names_ends()
    }

    fn names_ends(&self) -> bool {
        let places = [&self.pickup, &self.delivery].into_iter().any(|place| *place != Field::Keep);
        places || [&self.scheduled_pickup, &self.scheduled_delivery].into_iter().any(|at| *at != Field::Keep)
    }

    fn references(&self) -> impl Iterator<Item = &Reference> {
        let stops = self.stops.given().into_iter().flatten().filter_map(|stop| stop.address.as_ref());
        stops.chain(self.pickup.given()).chain(self.delivery.given())
    }
}

/// Draws the route a client asks for.
pub async fn draw(
    tx: &Tx,
    check: &mut Check,
    draft: RouteDraft,
    route: &mut List<Entity>,
    row: &mut load::Model,
) -> Result<()> {
    let found = reference::find::<address::Entity>(tx, draft.references()).await?;
    if draft.names_ends() && !matches!(draft.stops, Field::Keep) {
        let message =
            "Give stops, or pickupLocation, deliveryLocation, scheduledPickup and scheduledDelivery, not both.";
        check.fail(Code::Invalid, "stops", message);
        return Ok(());
    }
    match draft.stops {
        Field::Clear => {
            check.fail(Code::Required, "stops", "stops cannot be null.");
            return Ok(());
        }
        Field::Set(stops) => {
            check.at_most("stops", stops.len(), MOST);
            route.is = check.within("stops", |check| {
                let stops = stops.into_iter().enumerate();
                stops.map(|(index, stop)| check.within(index, |check| read(check, stop, &found, row))).collect()
            });
        }
        Field::Keep => {
            if route.is.is_empty() {
                if draft.pickup.given().is_none() || draft.delivery.given().is_none() {
                    let message = "A new load needs its stops, or pickupLocation and deliveryLocation.";
                    check.fail(Code::Required, "stops", message);
                    return Ok(());
                }
                let stop = |kind| Model { kind, subject_id: row.customer_id, ..Model::default() };
                route.is = vec![stop(Kind::Pickup), stop(Kind::Delivery)];
            }
            place(check, "pickupLocation", draft.pickup, &found, first(&mut route.is, Kind::Pickup));
            place(check, "deliveryLocation", draft.delivery, &found, last(&mut route.is, Kind::Delivery));
            appoint(draft.scheduled_pickup, first(&mut route.is, Kind::Pickup));
            appoint(draft.scheduled_delivery, last(&mut route.is, Kind::Delivery));
        }
    }
    settle(check, &route.is, row);
    Ok(())
}

/// Moves the appointments at both ends, and what a verb says about single stops.
pub fn visit(
    check: &mut Check,
    [pickup, delivery]: [Field<DateTime<Utc>>; 2],
    visits: Vec<Visit>,
    route: &mut List<Entity>,
    row: &mut load::Model,
) {
    appoint(pickup, first(&mut route.is, Kind::Pickup));
    appoint(delivery, last(&mut route.is, Kind::Delivery));
    let count = route.is.len();
    for (index, visit) in visits.into_iter().enumerate() {
        let stop = usize::try_from(visit.position).ok().and_then(|position| route.is.get_mut(position));
        let Some(stop) = stop else {
            let message = format!("The load has {count} stops, counted from 0; {} was given.", visit.position);
            check.within("stops", |check| {
                check.within(index, |check| check.fail(Code::OutOfRange, "position", message));
            });
            continue;
        };
        check.option(visit.window_start, &mut stop.window_start);
        check.option(visit.window_end, &mut stop.window_end);
        check.option(visit.arrived_at, &mut stop.arrived_at);
        check.option(visit.departed_at, &mut stop.departed_at);
    }
    settle(check, &route.is, row);
}

/// When the driver came to and left one end of the route.
pub fn pass(check: &mut Check, [arrived, departed]: [Field<DateTime<Utc>>; 2], end: Kind, route: &mut List<Entity>) {
    let stop = if end == Kind::Pickup { first(&mut route.is, end) } else { last(&mut route.is, end) };
    if let Some(stop) = stop {
        check.option(arrived, &mut stop.arrived_at);
        check.option(departed, &mut stop.departed_at);
    }
}

/// Refuses a route that leads over a deleted address, for a load that is to be open again.
pub async fn must_stand(tx: &Tx, route: &List<Entity>) -> Result<()> {
    let ids: HashSet<Uuid> = route.is.iter().filter_map(|stop| stop.address_id).collect();
    let live =
        if ids.is_empty() { 0 } else { tx.count(&tx.find::<address::Entity>()?.ids(ids.iter().copied())).await? };
    if usize::try_from(live).unwrap_or_default() < ids.len() {
        let message = "An address of the load's stops is deleted; restore the address first.";
        return Err(Error::invalid(Code::Deleted, &["id"], message));
    }
    Ok(())
}

/// Checks the route as a whole, and repeats its ends in the load's row.
fn settle(check: &mut Check, stops: &[Model], row: &mut load::Model) {
    for (index, stop) in stops.iter().enumerate() {
        check.within("stops", |check| {
            check.within(index, |check| {
                check.period("windowEnd", stop.window_start, stop.window_end);
                check.period("departedAt", stop.arrived_at, stop.departed_at);
            });
        });
    }
    let pickup = stops.iter().position(|stop| stop.kind == Kind::Pickup);
    let delivery = stops.iter().rposition(|stop| stop.kind == Kind::Delivery);
    let (Some(pickup), Some(delivery)) = (pickup, delivery) else {
        let message = "A load has at least two stops, a PICKUP and a DELIVERY among them.";
        check.fail(Code::Required, "stops", message);
        return;
    };
    if delivery < pickup {
        check.fail(Code::Invalid, "stops", "A DELIVERY comes after the first PICKUP.");
    }
    let (pickup, delivery) = (&stops[pickup], &stops[delivery]);
    row.pickup_id = pickup.address_id;
    row.delivery_id = delivery.address_id;
    row.scheduled_pickup = pickup.window_start;
    row.scheduled_delivery = delivery.window_start;
    if let (Some(from), Some(until)) = (row.scheduled_pickup, row.scheduled_delivery)
        && until < from
    {
        let message = format!("The last DELIVERY ({until}) is scheduled before the first PICKUP ({from}).");
        check.fail(Code::OutOfRange, "scheduledDelivery", message);
    }
}

fn read(check: &mut Check, draft: StopDraft, found: &Found<address::Entity>, row: &load::Model) -> Model {
    let address = draft.address.and_then(|name| found.want(check, check.path("address"), &name));
    let mut stop = Model {
        kind: draft.kind,
        address_id: address.map(|address| address.id),
        window_start: draft.window_start,
        window_end: draft.window_end,
        arrived_at: draft.arrived_at,
        departed_at: draft.departed_at,
        subject_id: row.customer_id,
        ..Model::default()
    };
    check.sealed("notes", draft.notes.into(), TEXT, &mut stop.notes);
    stop
}

fn place(
    check: &mut Check,
    field: &str,
    given: Field<Reference>,
    found: &Found<address::Entity>,
    stop: Option<&mut Model>,
) {
    let given = given.map(|name| found.want(check, check.path(field), &name).map(|address| address.id));
    match (given, stop) {
        (Field::Keep, _) | (_, None) => {}
        (Field::Clear, Some(stop)) => stop.address_id = None,
        (Field::Set(address), Some(stop)) => stop.address_id = address,
    }
}

/// Gives a stop another appointment. A window that was there keeps its length.
fn appoint(given: Field<DateTime<Utc>>, stop: Option<&mut Model>) {
    let Some(stop) = stop else { return };
    match given {
        Field::Keep => {}
        Field::Clear => (stop.window_start, stop.window_end) = (None, None),
        Field::Set(at) => {
            if let (Some(start), Some(end)) = (stop.window_start, stop.window_end) {
                stop.window_end = at.checked_add_signed(end - start);
            }
            stop.window_start = Some(at);
        }
    }
}

fn first(stops: &mut [Model], kind: Kind) -> Option<&mut Model> {
    stops.iter_mut().find(|stop| stop.kind == kind)
}

fn last(stops: &mut [Model], kind: Kind) -> Option<&mut Model> {
    stops.iter_mut().rfind(|stop| stop.kind == kind)
}

//! The demo's loads, in every state from requested to paid.

use domain::{
    load::{
        self, ChargeDraft, DetailsDraft, Draft, ReferenceDraft, RouteDraft, StopDraft, Transition, TransitionInput,
    },
    value::{Decimal, FieldUpdate, Price},
};
use entity::{custom_field_definition::OwnerType, load::Entity, load_charge, load_reference, load_stop::StopType};
use error::Result;
use store::Tx;

use super::{customer, load_plan::LoadPlan, pick::Pick, scope::Scope, seed::Seed};

/// A trip of fewer miles has a price for the whole.
const MIN_MILES_BY_THE_MILE: i32 = 100;

/// The external reference of a load.
fn reference(index: u32) -> String {
    format!("demo-load-{index}")
}

/// Writes the loads.
pub async fn write(seed: &Seed) -> Result<()> {
    let scope = &seed.scope;
    seed.write_missing::<Entity>("loads", scope.loads(), reference, async |tx, pick, index| {
        let plan = LoadPlan::new(scope, pick, index);
        load::create_ordered(tx, draft(scope, pick, index, &plan), plan.ordered_at).await?;
        advance(tx, pick, index, &plan).await
    })
    .await
}

fn draft(scope: &Scope, pick: &mut Pick, index: u32, plan: &LoadPlan) -> Draft {
    let cargo = pick.one(scope.company.cargo);
    let miles = i64::from(plan.miles);
    let charge = |charge_type, unit_amount, quantity| ChargeDraft {
        charge_type,
        quantity: Some(quantity),
        unit_amount,
        ..ChargeDraft::default()
    };
    let mut charges = if plan.miles < MIN_MILES_BY_THE_MILE {
        vec![charge(load_charge::ChargeType::Linehaul, Decimal(375_000_000), Decimal::ONE)]
    } else {
        vec![
            charge(load_charge::ChargeType::Linehaul, Decimal(2_150_000), Decimal(miles * 1_000_000)),
            charge(load_charge::ChargeType::Fuel, Decimal(380_000), Decimal(miles * 1_000_000)),
        ]
    };
    if pick.percent(20) {
        charges.push(charge(load_charge::ChargeType::Detention, Decimal(65_000_000), Decimal(2_000_000)));
    }
    let stops = plan.visits.iter().zip(plan.ends).zip([StopType::Pickup, StopType::Delivery]);
    let stops = stops.map(|((visit, customer), stop_type)| StopDraft {
        stop_type,
        address: Some(customer::address_reference(customer, 0)),
        window_start: Some(visit.window_start),
        window_end: Some(visit.window_end),
        arrived_at: visit.arrived_at,
        departed_at: visit.departed_at,
        notes: None,
    });
    Draft {
        external_reference: FieldUpdate::Set(reference(index)),
        customer: Some(customer::reference(plan.ends[0])),
        route: RouteDraft { stops: FieldUpdate::Set(stops.collect()), ..RouteDraft::default() },
        references: FieldUpdate::Set(vec![
            ReferenceDraft {
                reference_type: load_reference::ReferenceType::Bol,
                value: format!("BOL{}", 700_000 + index),
            },
            ReferenceDraft {
                reference_type: load_reference::ReferenceType::Po,
                value: format!("PO-{}", pick.number(10_000, 99_999)),
            },
        ]),
        details: FieldUpdate::Set(DetailsDraft {
            weight: FieldUpdate::Set(Decimal(i64::from(pick.number(2_000, 44_000)) * 1_000_000)),
            commodity: FieldUpdate::Set(cargo.commodity.to_owned()),
            value: FieldUpdate::Set(Price {
                amount: Decimal(i64::from(pick.number(2, 90)) * 1_000_000_000),
                currency: None,
            }),
            pieces: FieldUpdate::Set(pick.number(1, 26)),
            ..DetailsDraft::default()
        }),
        equipment_type: FieldUpdate::Set(cargo.trailer.to_owned()),
        hazmat: FieldUpdate::Set(cargo.hazmat),
        temperature: cargo.temperature.and_then(Decimal::parse).into(),
        distance: FieldUpdate::Set(Decimal(miles * 1_000_000)),
        charges: FieldUpdate::Set(charges),
        custom_fields: (scope.company.custom_field_values)(pick, &scope.calendar, OwnerType::Load),
        ..Draft::default()
    }
}

/// Moves a load through the steps that have happened.
async fn advance(tx: &Tx, pick: &mut Pick, index: u32, plan: &LoadPlan) -> Result<()> {
    for (transition, at) in &plan.steps {
        let mut input = TransitionInput { at: Some(*at), ..TransitionInput::default() };
        match transition {
            Transition::Dispatch => {
                input.driver = FieldUpdate::Set(format!("driver-{}", plan.driver));
                input.truck = FieldUpdate::Set(format!("truck-{}", plan.driver));
            }
            Transition::Cancel => {
                let reasons = ["The shipper cancelled.", "No truck in the area.", "Moved to another day."];
                pick.one(&reasons).clone_into(&mut input.reason);
            }
            _ => {}
        }
        load::apply_transition(tx, &reference(index), None, *transition, input).await?;
    }
    Ok(())
}

//! The demo's loads, in every state from requested to paid.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    load::{self, ChargeDraft, DetailsDraft, Draft, ReferenceDraft, RouteDraft, Transition, TransitionInput},
    value::{Decimal, FieldUpdate, Price},
};
use entity::{custom_field_definition::Owner, load::Entity, load_charge, load_reference};
use error::Result;
use store::Tx;

use super::{customer, pick::Pick, seed::Seed};

/// The external reference of a load.
fn reference(index: u32) -> String {
    format!("demo-load-{index}")
}

/// Writes the loads.
pub async fn write(seed: &Seed) -> Result<()> {
    seed.write_missing::<Entity>("loads", seed.loads(), reference, async |tx, pick, index| {
        let pickup =
            tx.at() + TimeDelta::days(pick.number(-60, 14).into()) + TimeDelta::hours(pick.number(0, 8).into());
        let delivery = pickup + TimeDelta::hours(pick.number(6, 40).into());
        load::create(tx, draft(seed, pick, index, pickup, delivery)).await?;
        advance(tx, pick, index, pickup, delivery).await
    })
    .await
}

fn draft(seed: &Seed, pick: &mut Pick, index: u32, pickup: DateTime<Utc>, delivery: DateTime<Utc>) -> Draft {
    let cargo = pick.one(seed.company.cargo);
    let (from, to) = (pick.below(seed.customers()), pick.below(seed.customers()));
    let miles = i64::from(pick.number(40, 1_200));
    let charge = |charge_type, unit_amount, quantity| ChargeDraft {
        charge_type,
        quantity: Some(quantity),
        unit_amount: Price { amount: unit_amount, currency: None },
        ..ChargeDraft::default()
    };
    let mut charges = vec![
        charge(load_charge::ChargeType::Linehaul, Decimal(2_150_000), Decimal(miles * 1_000_000)),
        charge(load_charge::ChargeType::Fuel, Decimal(380_000), Decimal(miles * 1_000_000)),
    ];
    if pick.percent(20) {
        charges.push(charge(load_charge::ChargeType::Detention, Decimal(65_000_000), Decimal(2_000_000)));
    }
    Draft {
        external_reference: FieldUpdate::Set(reference(index)),
        customer: Some(customer::reference(from)),
        route: RouteDraft {
            pickup: FieldUpdate::Set(customer::address_reference(from, 0)),
            delivery: FieldUpdate::Set(customer::address_reference(to, 0)),
            scheduled_pickup: FieldUpdate::Set(pickup),
            scheduled_delivery: FieldUpdate::Set(delivery),
            ..RouteDraft::default()
        },
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
        custom_fields: (seed.company.custom_field_values)(pick, Owner::Load),
        ..Draft::default()
    }
}

/// Moves a load through its states up to the present, at the times of a real load.
async fn advance(tx: &Tx, pick: &mut Pick, index: u32, pickup: DateTime<Utc>, delivery: DateTime<Utc>) -> Result<()> {
    let now = tx.at();
    let step = async |verb, at: DateTime<Utc>, said| {
        let said = TransitionInput { at: Some(at.min(now)), ..said };
        load::apply_transition(tx, &reference(index), None, verb, said).await.map(drop)
    };
    let day = TimeDelta::days(1);
    if pick.percent(7) {
        let reason = pick.one(&["The shipper cancelled.", "No truck in the area.", "Moved to another day."]);
        return step(
            Transition::Cancel,
            pickup - day,
            TransitionInput { reason: reason.to_owned(), ..TransitionInput::default() },
        )
        .await;
    }
    if pickup - day * 5 > now {
        return Ok(());
    }
    step(Transition::Schedule, pickup - day * 5, TransitionInput::default()).await?;
    if pickup - day > now {
        return Ok(());
    }
    let driver = FieldUpdate::Set(format!("driver-{}", pick.number(1, 12)));
    let truck = FieldUpdate::Set(format!("truck-{}", pick.number(1, 12)));
    step(Transition::Dispatch, pickup - day, TransitionInput { driver, truck, ..TransitionInput::default() }).await?;
    if pickup > now {
        return Ok(());
    }
    let input = TransitionInput { arrived_at: FieldUpdate::Set(pickup), ..TransitionInput::default() };
    step(Transition::Start, pickup, input).await?;
    if delivery > now {
        return Ok(());
    }
    let input = TransitionInput { arrived_at: FieldUpdate::Set(delivery), ..TransitionInput::default() };
    step(Transition::Complete, delivery, input).await?;
    if delivery + day * 3 > now {
        return Ok(());
    }
    step(Transition::Invoice, delivery + day * 3, TransitionInput::default()).await?;
    if delivery + day * 33 > now {
        Ok(())
    } else {
        step(Transition::Pay, delivery + day * 33, TransitionInput::default()).await
    }
}

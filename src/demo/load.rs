//! The demo's loads, in every state from requested to paid.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{custom_field_definition::Owner, load::Entity, load_charge, load_reference};

use super::{customer, pick::Pick, seed::Seed};
use crate::{
    domain::{
        load::{self, ChargeDraft, DetailsDraft, Draft, ReferenceDraft, RouteDraft, Said, Verb},
        value::{Decimal, Field, Price},
    },
    error::Result,
    store::Tx,
};

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
    let charge = |kind, unit_amount, quantity| ChargeDraft {
        kind,
        quantity: Some(quantity),
        unit_amount: Price { amount: unit_amount, currency: None },
        ..ChargeDraft::default()
    };
    let mut charges = vec![
        charge(load_charge::Kind::Linehaul, Decimal(2_150_000), Decimal(miles * 1_000_000)),
        charge(load_charge::Kind::Fuel, Decimal(380_000), Decimal(miles * 1_000_000)),
    ];
    if pick.percent(20) {
        charges.push(charge(load_charge::Kind::Detention, Decimal(65_000_000), Decimal(2_000_000)));
    }
    Draft {
        external_reference: Field::Set(reference(index)),
        customer: Some(customer::reference(from)),
        route: RouteDraft {
            pickup: Field::Set(customer::address_reference(from, 0)),
            delivery: Field::Set(customer::address_reference(to, 0)),
            scheduled_pickup: Field::Set(pickup),
            scheduled_delivery: Field::Set(delivery),
            ..RouteDraft::default()
        },
        references: Field::Set(vec![
            ReferenceDraft { kind: load_reference::Kind::Bol, value: format!("BOL{}", 700_000 + index) },
            ReferenceDraft { kind: load_reference::Kind::Po, value: format!("PO-{}", pick.number(10_000, 99_999)) },
        ]),
        details: Field::Set(DetailsDraft {
            weight: Field::Set(Decimal(i64::from(pick.number(2_000, 44_000)) * 1_000_000)),
            commodity: Field::Set(cargo.commodity.to_owned()),
            value: Field::Set(Price { amount: Decimal(i64::from(pick.number(2, 90)) * 1_000_000_000), currency: None }),
            pieces: Field::Set(pick.number(1, 26)),
            ..DetailsDraft::default()
        }),
        equipment_type: Field::Set(cargo.trailer.to_owned()),
        hazmat: Field::Set(cargo.hazmat),
        temperature: cargo.temperature.and_then(Decimal::parse).into(),
        distance: Field::Set(Decimal(miles * 1_000_000)),
        charges: Field::Set(charges),
        custom_fields: (seed.company.custom_field_values)(pick, Owner::Load),
        ..Draft::default()
    }
}

/// Moves a load through its states up to the present, at the times of a real load.
async fn advance(tx: &Tx, pick: &mut Pick, index: u32, pickup: DateTime<Utc>, delivery: DateTime<Utc>) -> Result<()> {
    let now = tx.at();
    let step = async |verb, at: DateTime<Utc>, said| {
        let said = Said { at: Some(at.min(now)), ..said };
        load::step(tx, &reference(index), None, verb, said).await.map(drop)
    };
    let day = TimeDelta::days(1);
    if pick.percent(7) {
        let reason = pick.one(&["The shipper cancelled.", "No truck in the area.", "Moved to another day."]);
        return step(Verb::Cancel, pickup - day, Said { reason: reason.to_owned(), ..Said::default() }).await;
    }
    if pickup - day * 5 > now {
        return Ok(());
    }
    step(Verb::Schedule, pickup - day * 5, Said::default()).await?;
    if pickup - day > now {
        return Ok(());
    }
    let driver = Field::Set(format!("driver-{}", pick.number(1, 12)));
    let truck = Field::Set(format!("truck-{}", pick.number(1, 12)));
    step(Verb::Dispatch, pickup - day, Said { driver, truck, ..Said::default() }).await?;
    if pickup > now {
        return Ok(());
    }
    let input = Said { arrived_at: Field::Set(pickup), ..Said::default() };
    step(Verb::Start, pickup, input).await?;
    if delivery > now {
        return Ok(());
    }
    let input = Said { arrived_at: Field::Set(delivery), ..Said::default() };
    step(Verb::Complete, delivery, input).await?;
    if delivery + day * 3 > now {
        return Ok(());
    }
    step(Verb::Invoice, delivery + day * 3, Said::default()).await?;
    if delivery + day * 33 > now { Ok(()) } else { step(Verb::Pay, delivery + day * 33, Said::default()).await }
}

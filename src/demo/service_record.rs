//! The demo's service records: planned, completed and cancelled work on the customers' assets.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    service_record::{self, Draft, PartUsed},
    value::{Decimal, FieldUpdate, Price},
};
use entity::{
    custom_field_definition::Owner,
    service_record::{Entity, Priority, Status},
};
use error::Result;

use super::{asset, customer, pick::Pick, seed::Seed};

/// The external reference of a service record.
fn reference(index: u32) -> String {
    format!("demo-service-{index}")
}

/// Writes the service records.
pub async fn write(seed: &Seed) -> Result<()> {
    seed.write_missing::<Entity>("service records", seed.service_records(), reference, async |tx, pick, index| {
        let asset_index = pick.below(seed.assets());
        let owner = asset::assigned_customer(asset_index, seed.customers());
        let draft = Draft {
            external_reference: FieldUpdate::Set(reference(index)),
            address: FieldUpdate::Set(customer::address_reference(owner, 0)),
            equipment: FieldUpdate::Set(vec![asset::assignment_reference(asset_index)]),
            ..draft(seed, pick, tx.at())
        };
        service_record::create(tx, &customer::reference(owner), draft).await.map(drop)
    })
    .await
}

fn draft(seed: &Seed, pick: &mut Pick, now: DateTime<Utc>) -> Draft {
    let job = pick.one(seed.company.jobs);
    let date = now + TimeDelta::days(pick.number(-400, 30).into()) + TimeDelta::hours(pick.number(1, 9).into());
    let plan = Draft {
        service_date: FieldUpdate::Set(date),
        service_type: FieldUpdate::Set(job.service_type.to_owned()),
        summary: FieldUpdate::Set(job.summary.to_owned()),
        priority: FieldUpdate::Set(pick.one(&[Priority::Normal, Priority::Normal, Priority::High, Priority::Low])),
        scheduled_start: FieldUpdate::Set(date),
        scheduled_end: FieldUpdate::Set(date + TimeDelta::hours(2)),
        technician: FieldUpdate::Set(format!("tech-{}", pick.number(1, 6))),
        custom_fields: (seed.company.custom_field_values)(pick, Owner::ServiceRecord),
        ..Draft::default()
    };
    if date > now {
        return plan;
    }
    if pick.percent(8) {
        let reason = pick.one(&["Customer asked for another day.", "Nobody at home.", "Parts did not come."]);
        return Draft {
            status: FieldUpdate::Set(Status::Cancelled),
            cancel_reason: FieldUpdate::Set(reason.to_owned()),
            ..plan
        };
    }
    let (number, description, cost) = job.part;
    let cost = Decimal::parse(cost).unwrap_or_default();
    let part = PartUsed {
        part_number: Some(number.to_owned()),
        quantity: Decimal(i64::from(pick.number(1, 3)) * 1_000_000),
        description: Some(description.to_owned()),
        unit_cost: Some(Price { amount: cost, currency: None }),
    };
    Draft {
        started_at: FieldUpdate::Set(date),
        completed_at: FieldUpdate::Set(date + TimeDelta::minutes(pick.number(30, 240).into())),
        parts_used: pick.some(70, |_| vec![part]),
        notes: FieldUpdate::Set(job.notes.to_owned()),
        follow_up_required: FieldUpdate::Set(pick.percent(15)),
        satisfaction_score: pick.some(60, |pick| pick.number(2, 5)),
        charge: FieldUpdate::Set(Price {
            amount: Decimal(i64::from(pick.number(80, 900)) * 1_000_000),
            currency: None,
        }),
        ..plan
    }
}

//! The demo's service records: planned, completed and cancelled work on the customers' assets.

use domain::{
    service_record::{self, Draft, PartUsed},
    value::{Decimal, FieldUpdate, Price},
};
use entity::{
    custom_field_definition::OwnerType,
    service_record::{Entity, Priority, Status},
};
use error::Result;

use super::{customer, customer_asset, pick::Pick, scope::Scope, seed::Seed, service_plan::ServicePlan};

/// The external reference of a service record.
fn reference(index: u32) -> String {
    format!("demo-service-{index}")
}

/// Writes the service records.
pub async fn write(seed: &Seed) -> Result<()> {
    let scope = &seed.scope;
    seed.write_missing::<Entity>("service records", scope.service_records(), reference, async |tx, pick, index| {
        let plan = ServicePlan::new(scope, pick, index);
        let draft = Draft { external_reference: FieldUpdate::Set(reference(index)), ..draft(scope, pick, &plan) };
        service_record::create(tx, &customer::reference(plan.customer), draft).await.map(drop)
    })
    .await
}

fn draft(scope: &Scope, pick: &mut Pick, plan: &ServicePlan) -> Draft {
    let priority = if plan.is_emergency {
        Priority::Emergency
    } else {
        pick.one(&[Priority::Normal, Priority::Normal, Priority::High, Priority::Low])
    };
    let draft = Draft {
        address: FieldUpdate::Set(customer::address_reference(plan.customer, 0)),
        equipment: FieldUpdate::Set(vec![customer_asset::reference(plan.asset)]),
        service_date: FieldUpdate::Set(plan.start),
        service_type: FieldUpdate::Set(plan.job.service_type.to_owned()),
        summary: FieldUpdate::Set(plan.job.summary.to_owned()),
        priority: FieldUpdate::Set(priority),
        status: FieldUpdate::Set(plan.status),
        scheduled_start: FieldUpdate::Set(plan.start),
        scheduled_end: FieldUpdate::Set(plan.end),
        technician: FieldUpdate::Set(format!("tech-{}", plan.technician)),
        requested_at: FieldUpdate::Set(plan.requested_at),
        started_at: plan.started_at.into(),
        completed_at: plan.completed_at.into(),
        custom_fields: (scope.company.custom_field_values)(pick, &scope.calendar, OwnerType::ServiceRecord),
        ..Draft::default()
    };
    match plan.status {
        Status::Scheduled | Status::InProgress => draft,
        Status::Cancelled => {
            let reasons = ["Customer asked for another day.", "Nobody at home.", "Parts did not come."];
            Draft { cancel_reason: FieldUpdate::Set(pick.one(&reasons).to_owned()), ..draft }
        }
        Status::Completed => complete(pick, plan, draft),
    }
}

/// Adds what a technician reports at the end of the work.
fn complete(pick: &mut Pick, plan: &ServicePlan, draft: Draft) -> Draft {
    let (number, description, cost) = plan.job.part;
    let cost = Decimal::parse(cost).unwrap_or_default();
    let part = PartUsed {
        part_number: Some(number.to_owned()),
        quantity: Decimal(i64::from(pick.number(1, 3)) * 1_000_000),
        description: Some(description.to_owned()),
        unit_cost: Some(Price { amount: cost, currency: None }),
    };
    Draft {
        parts_used: pick.some(70, |_| vec![part]),
        notes: FieldUpdate::Set(plan.job.notes.to_owned()),
        follow_up_required: FieldUpdate::Set(pick.percent(15)),
        satisfaction_score: pick.some(60, |pick| pick.number(2, 5)),
        charge: FieldUpdate::Set(Price {
            amount: Decimal(i64::from(pick.number(80, 900)) * 1_000_000),
            currency: None,
        }),
        ..draft
    }
}

//! The demo's equipment schedules: maintenance by the calendar, by the meter, or by both.

use domain::{
    equipment_schedule::{self, Draft},
    value::{Decimal, FieldUpdate},
};
use entity::{
    customer_asset::Relationship,
    equipment_schedule::{CountedFrom, Entity, NotifyUnit},
};
use error::Result;

use super::{asset, assignment_plan::AssignmentPlan, customer_asset, pick::Pick, scope::Scope, seed::Seed};

/// The days of work between two services by the meter.
const DAYS_OF_WORK: i64 = 180;

/// Writes the schedules, one for each of the first machines.
pub async fn write(seed: &Seed) -> Result<()> {
    let scope = &seed.scope;
    seed.write_missing::<Entity>("equipment schedules", scope.schedules(), reference, async |tx, pick, index| {
        let assignment = AssignmentPlan::new(scope, index);
        // Who rents a machine changes, and who owns one does not.
        let equipment = match assignment.relationship {
            Relationship::Rented | Relationship::Reserved => asset::reference(index),
            Relationship::Owned | Relationship::Leased | Relationship::UnderService => customer_asset::reference(index),
        };
        equipment_schedule::create(tx, &equipment, draft(scope, pick, &assignment, index)).await.map(drop)
    })
    .await
}

/// The external reference of a schedule.
fn reference(index: u32) -> String {
    format!("demo-schedule-{index}")
}

fn draft(scope: &Scope, pick: &mut Pick, assignment: &AssignmentPlan, index: u32) -> Draft {
    let equipment = assignment.equipment;
    let job = scope.company.jobs.iter().find(|job| !job.is_repair && job.equipment.contains(&equipment.name));
    let by_meter = DAYS_OF_WORK * i64::from(equipment.meter_per_day);
    let (by_calendar, by_hours) = [(true, false), (false, true), (true, true)][(index % 3) as usize];
    Draft {
        external_reference: FieldUpdate::Set(reference(index)),
        service_type: FieldUpdate::Set(job.map_or("Inspection", |job| job.service_type).to_owned()),
        interval_months: by_calendar.then(|| pick.one(&[6, 12])).into(),
        interval_meter: Some(Decimal(by_meter * 1_000_000)).filter(|_| by_hours).into(),
        counted_from: FieldUpdate::Set(if pick.percent(30) { CountedFrom::Plan } else { CountedFrom::Completion }),
        start_date: FieldUpdate::Set(scope.calendar.day(-pick.number(100, 190))),
        notify_before: FieldUpdate::Set((Decimal(14_000_000), NotifyUnit::Days)),
        custom_fields: (scope.company.custom_field_values)(
            pick,
            &scope.calendar,
            entity::custom_field_definition::OwnerType::EquipmentSchedule,
        ),
        ..Draft::default()
    }
}

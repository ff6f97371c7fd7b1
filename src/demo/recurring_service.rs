//! The demo's recurring services: some customers are visited regularly, one of them on another day than planned.

use domain::{
    recurring_service::{self, Draft, Move},
    value::{Decimal, FieldUpdate, Price},
};
use entity::{
    custom_field_definition::OwnerType,
    recurring_service::{Entity, Frequency},
};
use error::Result;

use super::{company::Job, customer, pick::Pick, scope::Scope, seed::Seed};

/// One of so many customers has a plan.
const CUSTOMERS_PER_PLAN: u32 = 12;
/// The first customer with a plan.
const FIRST_CUSTOMER: u32 = 7;

/// How often the plans repeat, one after the other.
const FREQUENCIES: [Frequency; 5] =
    [Frequency::Monthly, Frequency::Quarterly, Frequency::Weekly, Frequency::Semiannually, Frequency::Annually];

/// Writes the plans, which book their visits.
pub async fn write(seed: &Seed) -> Result<()> {
    let scope = &seed.scope;
    let jobs: Vec<_> = scope.company.jobs.iter().filter(|job| !job.is_repair).collect();
    let count = scope.customers() / CUSTOMERS_PER_PLAN;
    seed.write_missing::<Entity>("recurring services", count, reference, async |tx, pick, index| {
        let Some(job) = jobs.iter().cycle().nth(usize::try_from(index).unwrap_or_default()) else { return Ok(()) };
        let customer = FIRST_CUSTOMER + index * CUSTOMERS_PER_PLAN;
        let draft = draft(scope, pick, job, (index, customer));
        let start = draft.start_date.value().copied();
        recurring_service::create(tx, &customer::reference(customer), draft).await?;
        if let Some(date) = start.filter(|_| index == 0) {
            let reason = Some("The customer is away.".to_owned());
            let change = Move { to: date + chrono::Days::new(1), time: Some("14:30".to_owned()), reason };
            recurring_service::move_to(tx, &reference(index), None, date, change).await?;
        }
        Ok(())
    })
    .await
}

/// The external reference of a plan.
fn reference(index: u32) -> String {
    format!("demo-plan-{index}")
}

fn draft(scope: &Scope, pick: &mut Pick, job: &Job, (index, customer): (u32, u32)) -> Draft {
    let frequency = FREQUENCIES.iter().cycle().nth(usize::try_from(index).unwrap_or_default());
    let time = pick.one(&["08:00", "09:30", "10:00", "13:15"]);
    let price = Price { amount: Decimal(i64::from(pick.number(8, 30)) * 10_000_000), currency: None };
    Draft {
        external_reference: FieldUpdate::Set(reference(index)),
        address: FieldUpdate::Set(customer::address_reference(customer, 0)),
        service_type: FieldUpdate::Set(job.service_type.to_owned()),
        summary: FieldUpdate::Set(job.summary.to_owned()),
        frequency: FieldUpdate::Set(frequency.copied().unwrap_or_default()),
        start_date: FieldUpdate::Set(scope.calendar.day(scope.calendar.working_day(pick.number(2, 25)))),
        preferred_time: FieldUpdate::Set(time.to_owned()),
        duration_minutes: FieldUpdate::Set(pick.one(&[60, 90, 120])),
        technician: FieldUpdate::Set(format!("tech-{}", index % scope.technicians())),
        charge: FieldUpdate::Set(price),
        custom_fields: (scope.company.custom_field_values)(pick, &scope.calendar, OwnerType::RecurringService),
        ..Draft::default()
    }
}

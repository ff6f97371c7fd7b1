//! The demo's meter readings: a year of each machine that is serviced by a schedule.

use domain::meter_reading;
use entity::meter_reading::{Entity, Source};
use error::Result;

use super::{asset, assignment_plan::AssignmentPlan, calendar::HOUR, customer, seed::Seed};

/// How many readings a machine has.
const READINGS: u32 = 12;
/// The days over which they are spread; a younger machine has them since its installation.
const DAYS: i32 = 360;

/// Writes the readings.
pub async fn write(seed: &Seed) -> Result<()> {
    let scope = &seed.scope;
    let count = scope.schedules() * READINGS;
    seed.write_missing::<Entity>("meter readings", count, reference, async |tx, pick, index| {
        let (machine, turn) = (index / READINGS, i32::try_from(index % READINGS).unwrap_or_default() + 1);
        let assignment = AssignmentPlan::new(scope, machine);
        let day = -(assignment.age.min(DAYS) * turn / i32::try_from(READINGS).unwrap_or(1));
        let zone = customer::city(scope.company, assignment.customer).zone;
        let draft = meter_reading::Draft {
            external_reference: Some(reference(index)),
            value: Some(assignment.reading(day)),
            at: Some(scope.calendar.at(zone, day, 12 * HOUR)),
            source: pick.one(&[Source::Telematics, Source::Telematics, Source::Manual, Source::Import]),
            ..meter_reading::Draft::default()
        };
        meter_reading::create(tx, &asset::reference(machine), draft).await.map(drop)
    })
    .await
}

/// The external reference of a reading.
fn reference(index: u32) -> String {
    format!("demo-reading-{index}")
}

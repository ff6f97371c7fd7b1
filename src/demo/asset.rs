//! The demo's assets: pieces of equipment whose meters count from the day of their installation.

use chrono::Datelike;
use domain::{asset, value::FieldUpdate};
use entity::{asset::Entity, custom_field_definition::OwnerType};
use error::Result;

use super::{
    assignment_plan::AssignmentPlan, calendar::HOUR, company::Equipment, customer, pick::Pick, scope::Scope, seed::Seed,
};

/// The days of a warranty: five years.
const WARRANTY_DAYS: i32 = 1_826;

/// The external reference of an asset.
pub fn reference(index: u32) -> String {
    format!("demo-asset-{index}")
}

/// Writes the assets.
pub async fn write(seed: &Seed) -> Result<()> {
    let scope = &seed.scope;
    seed.write_missing::<Entity>("assets", scope.assets(), reference, async |tx, pick, index| {
        asset::create(tx, draft(scope, pick, index)).await.map(drop)
    })
    .await
}

fn draft(scope: &Scope, pick: &mut Pick, index: u32) -> asset::Draft {
    let calendar = &scope.calendar;
    let assignment = AssignmentPlan::new(scope, index);
    let Equipment { name, category, make, model, meter_unit, .. } = *assignment.equipment;
    let zone = customer::city(scope.company, assignment.customer).zone;
    let day = -pick.number(1, 60);
    let (read_day, read_at) =
        assignment.handover_after(day).unwrap_or_else(|| (day, calendar.at(zone, day, 16 * HOUR)));
    let installed = calendar.day(-assignment.age);
    asset::Draft {
        external_reference: FieldUpdate::Set(reference(index)),
        name: FieldUpdate::Set(name.to_owned()),
        unit_number: FieldUpdate::Set(format!("U-{}", 1_000 + index)),
        category: FieldUpdate::Set(category.to_owned()),
        make: FieldUpdate::Set(make.to_owned()),
        model: FieldUpdate::Set(model.to_owned()),
        year: FieldUpdate::Set(installed.year() - pick.number(0, 1)),
        serial_number: FieldUpdate::Set(format!("{}{:06}", pick.one(&["A", "C", "K", "T"]), pick.number(1, 999_999))),
        install_date: FieldUpdate::Set(installed),
        warranty_expiration: FieldUpdate::Set(calendar.day(WARRANTY_DAYS - assignment.age)),
        meter: FieldUpdate::Set(asset::MeterReading {
            value: assignment.reading(read_day),
            unit: FieldUpdate::Set(meter_unit.to_owned()),
            at: Some(read_at),
        }),
        custom_fields: (scope.company.custom_field_values)(pick, calendar, OwnerType::Asset),
        ..asset::Draft::default()
    }
}

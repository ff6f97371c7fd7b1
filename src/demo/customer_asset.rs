//! The demo's assignments of assets to customers, one for each asset.

use domain::{customer_asset, value::FieldUpdate};
use entity::customer_asset::Entity;
use error::Result;

use super::{asset, assignment_plan::AssignmentPlan, customer, seed::Seed};

/// The external reference of an asset's assignment.
pub fn reference(index: u32) -> String {
    format!("demo-customer-asset-{index}")
}

/// Writes the assignments.
pub async fn write(seed: &Seed) -> Result<()> {
    let scope = &seed.scope;
    seed.write_missing::<Entity>("customer assets", scope.assets(), reference, async |tx, _, index| {
        let assignment = AssignmentPlan::new(scope, index);
        let customer = customer::reference(assignment.customer);
        let which = customer_asset::AssetChoice::Existing(asset::reference(index));
        customer_asset::create(tx, &customer, which, draft(&assignment, index)).await.map(drop)
    })
    .await
}

fn draft(assignment: &AssignmentPlan, index: u32) -> customer_asset::Draft {
    let AssignmentPlan { relationship, begin, end, returned, .. } = *assignment;
    let end = end.map(|(_, at)| at);
    customer_asset::Draft {
        external_reference: FieldUpdate::Set(reference(index)),
        relationship: FieldUpdate::Set(relationship),
        from: FieldUpdate::Set(begin.1),
        until: end.into(),
        expected_return: end.into(),
        returned_at: returned.map(|(_, at)| at).into(),
        contract_number: assignment.is_temporary().then(|| format!("C-{}", 20_000 + index)).into(),
        location: FieldUpdate::Set(customer::address_reference(assignment.customer, 0)),
        meter_out: assignment.meter_out().into(),
        meter_in: returned.map(|(day, _)| assignment.reading(day)).into(),
        ..customer_asset::Draft::default()
    }
}

//! The demo's assets, and their assignments to customers.

use chrono::TimeDelta;
use domain::{
    asset, customer_asset,
    value::{Decimal, FieldUpdate},
};
use entity::{
    asset::Entity,
    custom_field_definition::Owner,
    customer_asset::{Entity as CustomerAsset, Relationship},
};
use error::Result;
use store::Tx;

use super::{customer, pick::Pick, seed::Seed};

/// The external reference of an asset.
fn reference(index: u32) -> String {
    format!("demo-asset-{index}")
}

/// The external reference of an asset's assignment.
pub fn assignment_reference(index: u32) -> String {
    format!("demo-customer-asset-{index}")
}

/// The index of the customer that an asset is assigned to.
pub fn assigned_customer(index: u32, customers: u32) -> u32 {
    Pick::for_row("holder", index).below(customers)
}

/// Writes the assets and their assignments.
pub async fn write(seed: &Seed) -> Result<()> {
    seed.write_missing::<Entity>("assets", seed.assets(), reference, async |tx, pick, index| {
        asset::create(tx, asset_draft(seed, tx, pick, index)).await.map(drop)
    })
    .await?;
    seed.write_missing::<CustomerAsset>(
        "customer assets",
        seed.assets(),
        assignment_reference,
        async |tx, pick, index| {
            let customer = customer::reference(assigned_customer(index, seed.customers()));
            let which = customer_asset::AssetChoice::Existing(reference(index));
            let draft = assignment_draft(seed, tx, pick, index);
            customer_asset::create(tx, &customer, which, draft).await.map(drop)
        },
    )
    .await
}

fn asset_draft(seed: &Seed, tx: &Tx, pick: &mut Pick, index: u32) -> asset::Draft {
    let equipment = pick.one(seed.company.equipment);
    let installed = tx.at() - TimeDelta::days(pick.number(30, 2_000).into());
    let read = tx.at() - TimeDelta::days(pick.number(1, 90).into());
    asset::Draft {
        external_reference: FieldUpdate::Set(reference(index)),
        name: FieldUpdate::Set(equipment.name.to_owned()),
        unit_number: FieldUpdate::Set(format!("U-{}", 1_000 + index)),
        category: FieldUpdate::Set(equipment.category.to_owned()),
        make: FieldUpdate::Set(equipment.make.to_owned()),
        model: FieldUpdate::Set(equipment.model.to_owned()),
        year: FieldUpdate::Set(pick.number(2012, 2025)),
        serial_number: FieldUpdate::Set(format!("{}{:06}", pick.one(&["A", "C", "K", "T"]), pick.number(1, 999_999))),
        install_date: FieldUpdate::Set(installed.date_naive()),
        warranty_expiration: FieldUpdate::Set((installed + TimeDelta::days(1_826)).date_naive()),
        meter: FieldUpdate::Set(asset::MeterReading {
            value: Decimal(i64::from(pick.number(100, 250_000)) * 1_000_000),
            unit: FieldUpdate::Set(equipment.meter_unit.to_owned()),
            at: Some(read),
        }),
        custom_fields: (seed.company.custom_field_values)(pick, Owner::Asset),
        ..asset::Draft::default()
    }
}

fn assignment_draft(seed: &Seed, tx: &Tx, pick: &mut Pick, index: u32) -> customer_asset::Draft {
    let relationship = pick.one(seed.company.relationships);
    let is_temporary = matches!(relationship, Relationship::Rented | Relationship::Leased);
    let from = tx.at() - TimeDelta::days(pick.number(5, 300).into());
    let until = tx.at() + TimeDelta::days(pick.number(3, 400).into());
    customer_asset::Draft {
        external_reference: FieldUpdate::Set(assignment_reference(index)),
        relationship: FieldUpdate::Set(relationship),
        from: FieldUpdate::Set(from),
        until: if is_temporary { FieldUpdate::Set(until) } else { FieldUpdate::Keep },
        expected_return: if is_temporary { FieldUpdate::Set(until) } else { FieldUpdate::Keep },
        contract_number: if is_temporary {
            FieldUpdate::Set(format!("C-{}", 20_000 + index))
        } else {
            FieldUpdate::Keep
        },
        location: FieldUpdate::Set(customer::address_reference(assigned_customer(index, seed.customers()), 0)),
        meter_out: pick.some(50, |pick| Decimal(i64::from(pick.number(0, 100)) * 1_000_000)),
        ..customer_asset::Draft::default()
    }
}

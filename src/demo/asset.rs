//! The demo's equipment, and which customer has each piece.

use chrono::TimeDelta;
use domain::{
    asset, customer_asset,
    value::{Decimal, FieldUpdate},
};
use entity::{
    asset::Entity,
    custom_field_definition::Owner,
    customer_asset::{Entity as Held, Relationship},
};
use error::Result;
use store::Tx;

use super::{Pick, Seed, customer};

/// The external reference of a piece of equipment.
fn reference(index: u32) -> String {
    format!("demo-asset-{index}")
}

/// The external reference of the piece as its customer's.
pub fn held(index: u32) -> String {
    format!("demo-customer-asset-{index}")
}

/// The customer who has a piece.
pub fn holder(index: u32, customers: u32) -> u32 {
    Pick::of("holder", index).below(customers)
}

/// Writes them.
pub async fn fill(seed: &Seed) -> Result<()> {
    seed.each::<Entity>("assets", seed.assets(), reference, async |tx, pick, index| {
        asset::create(tx, piece(seed, tx, pick, index)).await.map(drop)
    })
    .await?;
    seed.each::<Held>("customer assets", seed.assets(), held, async |tx, pick, index| {
        let customer = customer::reference(holder(index, seed.customers()));
        let which = customer_asset::AssetChoice::Existing(reference(index));
        let draft = assignment(seed, tx, pick, index);
        customer_asset::create(tx, &customer, which, draft).await.map(drop)
    })
    .await
}

fn piece(seed: &Seed, tx: &Tx, pick: &mut Pick, index: u32) -> asset::Draft {
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
            unit: FieldUpdate::Set(equipment.meter.to_owned()),
            at: Some(read),
        }),
        custom_fields: (seed.company.values)(pick, Owner::Asset),
        ..asset::Draft::default()
    }
}

fn assignment(seed: &Seed, tx: &Tx, pick: &mut Pick, index: u32) -> customer_asset::Draft {
    let relationship = pick.one(seed.company.terms);
    let hired = matches!(relationship, Relationship::Rented | Relationship::Leased);
    let begun = tx.at() - TimeDelta::days(pick.number(5, 300).into());
    let until = tx.at() + TimeDelta::days(pick.number(3, 400).into());
    customer_asset::Draft {
        external_reference: FieldUpdate::Set(held(index)),
        relationship: FieldUpdate::Set(relationship),
        from: FieldUpdate::Set(begun),
        until: if hired { FieldUpdate::Set(until) } else { FieldUpdate::Keep },
        expected_return: if hired { FieldUpdate::Set(until) } else { FieldUpdate::Keep },
        contract_number: if hired { FieldUpdate::Set(format!("C-{}", 20_000 + index)) } else { FieldUpdate::Keep },
        location: FieldUpdate::Set(customer::address(holder(index, seed.customers()), 0)),
        meter_out: pick.some(50, |pick| Decimal(i64::from(pick.number(0, 100)) * 1_000_000)),
        ..customer_asset::Draft::default()
    }
}

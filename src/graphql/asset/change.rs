//! Changes of assets: inputs, payloads and mutations.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{asset as rules, value::Field};
use error::Result;
use store::Tx;

use super::{Asset, AssetStatus};
use crate::graphql::{
    custom_field::{CustomFieldInput, given},
    mutation::{OnceInput, Verb, mutations},
    node::RowOf,
    scalar::{Date, DateTime, Decimal, Ref, field, same},
};

/// A reading of a meter.
#[derive(Clone, Debug, InputObject)]
pub struct MeterInput {
    /// What it shows; not negative.
    value: Decimal,
    /// What it counts, `h` or `mi`; as before if absent. At most 200 characters.
    unit: MaybeUndefined<String>,
    /// When it was read; now if absent or null.
    at: Option<DateTime>,
}

/// What an asset can be given, besides name and external reference.
#[derive(Clone, Debug, InputObject)]
pub struct AssetFieldsInput {
    /// The number painted on it; at most 200 characters.
    unit_number: MaybeUndefined<String>,
    /// What kind of equipment, in the tenant's own words; at most 200 characters.
    category: MaybeUndefined<String>,
    /// Who made it; at most 200 characters.
    make: MaybeUndefined<String>,
    /// The maker's model; at most 200 characters.
    model: MaybeUndefined<String>,
    /// Model year; 1800 to 2200.
    year: MaybeUndefined<i32>,
    /// The maker's serial number; at most 200 characters.
    serial_number: MaybeUndefined<String>,
    /// When it was installed.
    install_date: MaybeUndefined<Date>,
    /// The last day of its warranty.
    warranty_expiration: MaybeUndefined<Date>,
    /// The last known reading of its meter.
    meter: MaybeUndefined<MeterInput>,
    /// Whether it can be used; ACTIVE if absent.
    status: MaybeUndefined<AssetStatus>,
    /// Values of custom fields, by their keys; fields that are not named stay as they are, and get their defaults in a new
    /// row. At most 200.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// An asset to be made.
#[derive(Clone, Debug, InputObject)]
pub struct AssetCreateInput {
    /// What it is called; at most 200 characters.
    name: String,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: AssetFieldsInput,
    #[graphql(flatten)]
    once: OnceInput,
}

/// An asset to be changed: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct AssetUpdateInput {
    /// The asset.
    id: Ref,
    /// Write only if the asset is still at this version.
    expected_version: Option<i32>,
    /// What it is called; at most 200 characters.
    name: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: AssetFieldsInput,
    #[graphql(flatten)]
    once: OnceInput,
}

/// An asset to be made, or changed where its external reference is known: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct AssetUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// What it is called, needed for a new asset; at most 200 characters.
    name: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: AssetFieldsInput,
    #[graphql(flatten)]
    once: OnceInput,
}

/// An asset to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct AssetDeleteInput {
    /// The asset.
    id: Ref,
    /// Delete only if the asset is still at this version.
    expected_version: Option<i32>,
    #[graphql(flatten)]
    once: OnceInput,
}

/// An asset to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct AssetRestoreInput {
    /// The asset.
    id: Ref,
    #[graphql(flatten)]
    once: OnceInput,
}

impl AssetFieldsInput {
    fn draft(self, name: Field<String>, external_reference: Field<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            name,
            unit_number: same(self.unit_number),
            category: same(self.category),
            make: same(self.make),
            model: same(self.model),
            year: same(self.year),
            serial_number: same(self.serial_number),
            install_date: field(self.install_date, |day| day.0),
            warranty_expiration: field(self.warranty_expiration, |day| day.0),
            meter: field(self.meter, |meter| rules::Reading {
                value: meter.value.0,
                unit: same(meter.unit),
                at: meter.at.map(|at| at.0),
            }),
            status: field(self.status, Into::into),
            custom_fields: given(self.custom_fields),
        }
    }
}

impl AssetCreateInput {
    /// The asset as the domain reads it.
    pub fn draft(self) -> rules::Draft {
        self.fields.draft(Field::Set(self.name), self.external_reference.into())
    }
}

impl Verb for AssetCreateInput {
    type Face = Asset;
    const ACTION: Action = Action::AssetWrite;

    async fn run(self, tx: &Tx) -> Result<RowOf<Self::Face>> {
        rules::create(tx, self.draft()).await
    }
}

impl Verb for AssetUpdateInput {
    type Face = Asset;
    const ACTION: Action = Action::AssetWrite;

    async fn run(self, tx: &Tx) -> Result<RowOf<Self::Face>> {
        let draft = self.fields.draft(same(self.name), same(self.external_reference));
        rules::update(tx, &self.id.0, self.expected_version, draft).await
    }
}

impl Verb for AssetUpsertInput {
    type Face = Asset;
    const ACTION: Action = Action::AssetWrite;

    async fn run(self, tx: &Tx) -> Result<RowOf<Self::Face>> {
        let draft = self.fields.draft(same(self.name), Field::Keep);
        rules::upsert(tx, &self.external_reference, draft).await
    }
}

impl Verb for AssetDeleteInput {
    type Face = Asset;
    const ACTION: Action = Action::AssetWrite;

    async fn run(self, tx: &Tx) -> Result<RowOf<Self::Face>> {
        rules::delete(tx, &self.id.0, self.expected_version).await
    }
}

impl Verb for AssetRestoreInput {
    type Face = Asset;
    const ACTION: Action = Action::AssetWrite;

    async fn run(self, tx: &Tx) -> Result<RowOf<Self::Face>> {
        rules::restore(tx, &self.id.0).await
    }
}

mutations! {
    /// What can be done to assets.
    AssetMutation of asset: Asset;

    /// Makes an asset. Needs `asset:write`.
    asset_create, asset_create_many(AssetCreateInput: "The asset.") -> AssetCreatePayload;

    /// Changes an asset. Needs `asset:write`.
    asset_update, asset_update_many(AssetUpdateInput: "What to change.") -> AssetUpdatePayload;

    /// Makes the asset of an external reference, or changes the one that has it, bringing it back if it was deleted.
    /// Needs `asset:write`.
    asset_upsert, asset_upsert_many(AssetUpsertInput: "The asset.") -> AssetUpsertPayload;

    /// Deletes an asset: it is hidden, and can be restored. Refused while it is on rent or lease and did not come back.
    /// Needs `asset:write`.
    asset_delete, asset_delete_many(AssetDeleteInput: "The asset.") -> AssetDeletePayload;

    /// Brings a deleted asset back. Needs `asset:write`.
    asset_restore, asset_restore_many(AssetRestoreInput: "The asset.") -> AssetRestorePayload;
}

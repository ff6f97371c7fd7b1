//! Changes of assets: inputs, payloads and mutations.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{asset as rules, value::FieldUpdate};

use super::{Asset, AssetStatus};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, mutations},
    scalar::{Date, DateTime, Decimal, Ref, field_update, map_field},
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
    idempotency: IdempotencyInput,
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
    idempotency: IdempotencyInput,
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
    idempotency: IdempotencyInput,
}

/// An asset to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct AssetDeleteInput {
    /// The asset.
    id: Ref,
    /// Delete only if the asset is still at this version.
    expected_version: Option<i32>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// An asset to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct AssetRestoreInput {
    /// The asset.
    id: Ref,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

impl AssetFieldsInput {
    fn draft(self, name: FieldUpdate<String>, external_reference: FieldUpdate<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            name,
            unit_number: field_update(self.unit_number),
            category: field_update(self.category),
            make: field_update(self.make),
            model: field_update(self.model),
            year: field_update(self.year),
            serial_number: field_update(self.serial_number),
            install_date: map_field(self.install_date, |day| day.0),
            warranty_expiration: map_field(self.warranty_expiration, |day| day.0),
            meter: map_field(self.meter, |meter| rules::MeterReading {
                value: meter.value.0,
                unit: field_update(meter.unit),
                at: meter.at.map(|at| at.0),
            }),
            status: map_field(self.status, Into::into),
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

impl AssetCreateInput {
    /// The asset as the domain reads it.
    pub fn draft(self) -> rules::Draft {
        self.fields.draft(FieldUpdate::Set(self.name), self.external_reference.into())
    }
}

mutations! {
    /// What can be done to assets.
    AssetMutation of asset: Asset;

    /// Makes an asset. Needs `asset:write`.
    asset_create as "assetCreate", asset_create_many
        (AssetCreateInput: "The asset.") -> AssetCreatePayload
        requires Action::AssetWrite => |tx, input| rules::create(tx, input.draft()).await;

    /// Changes an asset. Needs `asset:write`.
    asset_update as "assetUpdate", asset_update_many
        (AssetUpdateInput: "What to change.") -> AssetUpdatePayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.name), field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Makes the asset of an external reference, or changes the one that has it, bringing it back if it was deleted.
    /// Needs `asset:write`.
    asset_upsert as "assetUpsert", asset_upsert_many
        (AssetUpsertInput: "The asset.") -> AssetUpsertPayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.name), FieldUpdate::Keep);
            rules::upsert(tx, &input.external_reference, draft).await
        };

    /// Deletes an asset: it is hidden, and can be restored. Refused while it is on rent or lease and did not come back.
    /// Needs `asset:write`.
    asset_delete as "assetDelete", asset_delete_many
        (AssetDeleteInput: "The asset.") -> AssetDeletePayload
        requires Action::AssetWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Brings a deleted asset back. Needs `asset:write`.
    asset_restore as "assetRestore", asset_restore_many
        (AssetRestoreInput: "The asset.") -> AssetRestorePayload
        requires Action::AssetWrite => |tx, input| rules::restore(tx, &input.id.0).await;
}

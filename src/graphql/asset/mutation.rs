//! The mutations of assets: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{asset as rules, value::FieldUpdate};

use super::{Asset, AssetStatus};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{Date, DateTime, Decimal, Ref, field_update, map_field},
};

/// A meter reading, which is added to those of the asset. It is not below an earlier reading, and not above a later one;
/// `meterReadingCreate` adds one after the meter was exchanged or turned back.
#[derive(Clone, Debug, InputObject)]
pub struct MeterInput {
    /// The value on the meter; not negative.
    value: Decimal,
    /// The unit of the meter, such as `h` or `mi`; at most 200 characters. If omitted, it stays as it is.
    unit: MaybeUndefined<String>,
    /// When the meter was read. Defaults to now.
    at: Option<DateTime>,
}

/// The fields that creating, updating and upserting an asset share, besides name and external reference.
#[derive(Clone, Debug, InputObject)]
pub struct AssetFieldsInput {
    /// The unit number painted on the asset; at most 200 characters.
    unit_number: MaybeUndefined<String>,
    /// The category of equipment, in the tenant's own words; at most 200 characters.
    category: MaybeUndefined<String>,
    /// The manufacturer; at most 200 characters.
    make: MaybeUndefined<String>,
    /// The manufacturer's model; at most 200 characters.
    model: MaybeUndefined<String>,
    /// Model year; 1800 to 2200.
    year: MaybeUndefined<i32>,
    /// The manufacturer's serial number; at most 200 characters.
    serial_number: MaybeUndefined<String>,
    /// The day on which the asset was installed.
    install_date: MaybeUndefined<Date>,
    /// The last day of the warranty.
    warranty_expiration: MaybeUndefined<Date>,
    /// A meter reading to add. Null: the asset shows none until the next one is added.
    meter: MaybeUndefined<MeterInput>,
    /// Whether the asset can be used. A new asset defaults to ACTIVE.
    status: MaybeUndefined<AssetStatus>,
    /// Values of custom fields, at most 200. A field that is not listed keeps its value, or gets its default in a new
    /// row.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A new asset.
#[derive(Clone, Debug, InputObject)]
pub struct NewAssetInput {
    /// The name; at most 200 characters.
    name: String,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: AssetFieldsInput,
}

/// The asset to create.
#[derive(Clone, Debug, InputObject)]
pub struct AssetCreateInput {
    #[graphql(flatten)]
    asset: NewAssetInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to an asset. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct AssetUpdateInput {
    /// The asset.
    id: Ref,
    /// The version that the asset must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The name; at most 200 characters.
    name: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: AssetFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The asset to create, or to update if its external reference exists. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct AssetUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the asset must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where there is
    /// no such asset yet.
    expected_version: Option<i32>,
    /// The name, required for a new asset; at most 200 characters.
    name: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: AssetFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

delete_input! { AssetDeleteInput of "asset" }
restore_input! { AssetRestoreInput of "asset" }

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

impl NewAssetInput {
    /// The asset as a draft of the domain.
    pub fn draft(self) -> rules::Draft {
        self.fields.draft(FieldUpdate::Set(self.name), self.external_reference.into())
    }
}

mutations! {
    /// The mutations of assets.
    AssetMutation of asset: Asset;

    /// Creates an asset. Requires `asset:write`.
    asset_create as "assetCreate", asset_create_many
        (AssetCreateInput: "The asset to create.") -> AssetCreatePayload
        requires Action::AssetWrite => |tx, input| rules::create(tx, input.asset.draft()).await;

    /// Updates an asset. Requires `asset:write`.
    asset_update as "assetUpdate", asset_update_many
        (AssetUpdateInput: "The asset and its changes.") -> AssetUpdatePayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.name), field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the asset with the given external reference, or updates it if it exists. A deleted asset is restored.
    /// Requires `asset:write`.
    asset_upsert as "assetUpsert", asset_upsert_many
        (AssetUpsertInput: "The asset to create or update.") -> AssetUpsertPayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.name), FieldUpdate::Keep);
            rules::upsert(tx, &input.external_reference, input.expected_version, draft).await
        };

    /// Deletes an asset: it is hidden and can be restored. Fails while the asset is on rent or lease and not returned, or
    /// reserved. Requires `asset:write`.
    asset_delete as "assetDelete", asset_delete_many
        (AssetDeleteInput: "The asset to delete.") -> AssetDeletePayload
        requires Action::AssetWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted asset. Requires `asset:write`.
    asset_restore as "assetRestore", asset_restore_many
        (AssetRestoreInput: "The asset to restore.") -> AssetRestorePayload
        requires Action::AssetWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}

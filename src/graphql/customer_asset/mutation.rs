//! Changes of customer assets: inputs, payloads and mutations.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{
    customer_asset::{self as rules, AssetChoice},
    value::FieldUpdate,
};
use error::{Code, Error, Result};

use super::{AssetRelationship, CustomerAsset};
use crate::graphql::{
    asset::AssetCreateInput,
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, IdempotentInput, mutations},
    scalar::{DateTime, Decimal, Ref, field_update, map_field},
};

/// What a customer asset can be given when an asset goes out.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetTermsInput {
    /// On what terms the customer has the asset; OWNED if absent.
    relationship: MaybeUndefined<AssetRelationship>,
    /// Since when the customer has it; null or absent: always. RENTED and LEASED need it.
    from: MaybeUndefined<DateTime>,
    /// The agreed end; not before `from`. Null or absent: open.
    until: MaybeUndefined<DateTime>,
    /// When the asset is expected back; not before `from`.
    expected_return: MaybeUndefined<DateTime>,
    /// The number of the contract; at most 200 characters.
    contract_number: MaybeUndefined<String>,
    /// The address where the asset stands.
    location: MaybeUndefined<Ref>,
    /// What the meter showed when the asset left; not negative.
    meter_out: MaybeUndefined<Decimal>,
    /// Free text; at most 10,000 characters.
    notes: MaybeUndefined<String>,
    /// Values of custom fields, by their keys; fields that are not named stay as they are, and get their defaults in a new
    /// row. At most 200.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// What a customer asset can be given, its end included.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetFieldsInput {
    #[graphql(flatten)]
    terms: CustomerAssetTermsInput,
    /// When the asset came back; not before `from`. Null or absent: it is out.
    returned_at: MaybeUndefined<DateTime>,
    /// What the meter showed when the asset came back; not less than `meterOut`.
    meter_in: MaybeUndefined<Decimal>,
}

/// A customer asset to be recorded, of any time.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetCreateInput {
    /// The customer.
    customer: Ref,
    /// The asset.
    asset: Ref,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: CustomerAssetFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// An asset to be given to a customer: exactly one of `asset` and `newAsset`.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetAssignInput {
    /// The customer.
    customer: Ref,
    /// The asset, where it is known already.
    asset: Option<Ref>,
    /// The asset, where it is made with the assignment.
    new_asset: Option<AssetCreateInput>,
    /// The id of the assignment in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    terms: CustomerAssetTermsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// An asset that came back.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetReturnInput {
    /// The customer asset.
    id: Ref,
    /// Write only if the customer asset is still at this version.
    expected_version: Option<i32>,
    /// When the asset came back; now if absent or null. Not before `from`.
    at: Option<DateTime>,
    /// What the meter shows; not less than `meterOut`.
    meter_in: MaybeUndefined<Decimal>,
    /// What is added to the notes, as a line of its own.
    note: Option<String>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A customer asset to be changed: what is absent stays, null clears. Customer and asset cannot be changed.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetUpdateInput {
    /// The customer asset.
    id: Ref,
    /// Write only if the customer asset is still at this version.
    expected_version: Option<i32>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: CustomerAssetFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A customer asset to be made, or changed where its external reference is known: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The customer; needed for a new customer asset, and never another one for a known one.
    customer: Option<Ref>,
    /// The asset; needed for a new customer asset, and never another one for a known one.
    asset: Option<Ref>,
    #[graphql(flatten)]
    fields: CustomerAssetFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A customer asset to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetDeleteInput {
    /// The customer asset.
    id: Ref,
    /// Delete only if the customer asset is still at this version.
    expected_version: Option<i32>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A customer asset to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetRestoreInput {
    /// The customer asset.
    id: Ref,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

impl CustomerAssetTermsInput {
    fn draft(self, external_reference: FieldUpdate<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            relationship: map_field(self.relationship, Into::into),
            from: map_field(self.from, |at| at.0),
            until: map_field(self.until, |at| at.0),
            expected_return: map_field(self.expected_return, |at| at.0),
            contract_number: field_update(self.contract_number),
            location: map_field(self.location, |place| place.0),
            meter_out: map_field(self.meter_out, |meter| meter.0),
            notes: field_update(self.notes),
            custom_fields: value_inputs(self.custom_fields),
            ..rules::Draft::default()
        }
    }
}

impl CustomerAssetFieldsInput {
    fn draft(self, external_reference: FieldUpdate<String>) -> rules::Draft {
        rules::Draft {
            returned_at: map_field(self.returned_at, |at| at.0),
            meter_in: map_field(self.meter_in, |meter| meter.0),
            ..self.terms.draft(external_reference)
        }
    }
}

/// The one asset that an assignment names or creates.
fn asset_choice(existing: Option<Ref>, new: Option<AssetCreateInput>) -> Result<AssetChoice> {
    match (existing, new) {
        (Some(asset), None) => Ok(AssetChoice::Existing(asset.0)),
        (None, Some(asset)) if asset.idempotency_key().is_some() => {
            let message = "The key belongs to the assignment, which the new asset is part of.";
            Err(Error::invalid(Code::Invalid, &["newAsset", "idempotencyKey"], message))
        }
        (None, Some(asset)) => Ok(AssetChoice::New(Box::new(asset.draft()))),
        (None, None) => Err(Error::invalid(Code::Required, &["asset"], "Give asset or newAsset.")),
        (Some(_), Some(_)) => Err(Error::invalid(Code::Invalid, &["newAsset"], "Give asset or newAsset, not both.")),
    }
}

mutations! {
    /// What can be done to customer assets.
    CustomerAssetMutation of customer_asset: CustomerAsset;

    /// Gives a customer an asset, known or new. Terms of RENTED and LEASED are refused with OVERLAP where the asset is on
    /// rent or lease at the same time, and from now on where it is not back from an earlier one. Needs `asset:write`.
    customer_asset_assign as "customerAssetAssign", customer_asset_assign_many
        (CustomerAssetAssignInput: "Who gets which asset on what terms.") -> CustomerAssetAssignPayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.terms.draft(input.external_reference.into());
            let asset = asset_choice(input.asset, input.new_asset)?;
            rules::create(tx, &input.customer.0, asset, draft).await
        };

    /// Notes that an asset came back. A customer asset that came back already is refused. Needs `asset:write`.
    customer_asset_return as "customerAssetReturn", customer_asset_return_many
        (CustomerAssetReturnInput: "What came back, and how.") -> CustomerAssetReturnPayload
        requires Action::AssetWrite => |tx, input| {
            let at = input.at.map(|at| at.0);
            let how = rules::ReturnInput { at, meter_in: map_field(input.meter_in, |meter| meter.0), note: input.note };
            rules::return_asset(tx, &input.id.0, input.expected_version, how).await
        };

    /// Records that a customer has or had an asset, its end included. Rentals and leases of one asset never overlap.
    /// Needs `asset:write`.
    customer_asset_create as "customerAssetCreate", customer_asset_create_many
        (CustomerAssetCreateInput: "The customer asset.") -> CustomerAssetCreatePayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.fields.draft(input.external_reference.into());
            let asset = AssetChoice::Existing(input.asset.0);
            rules::create(tx, &input.customer.0, asset, draft).await
        };

    /// Changes a customer asset. Rentals and leases of one asset never overlap. Needs `asset:write`.
    customer_asset_update as "customerAssetUpdate", customer_asset_update_many
        (CustomerAssetUpdateInput: "What to change.") -> CustomerAssetUpdatePayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Makes the customer asset of an external reference, or changes the one that has it, bringing it back if it was
    /// deleted. Rentals and leases of one asset never overlap. Needs `asset:write`.
    customer_asset_upsert as "customerAssetUpsert", customer_asset_upsert_many
        (CustomerAssetUpsertInput: "The customer asset.") -> CustomerAssetUpsertPayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.fields.draft(FieldUpdate::Keep);
            let (customer, asset) = (input.customer.map(|name| name.0), input.asset.map(|name| name.0));
            let reference = input.external_reference;
            rules::upsert(tx, customer.as_ref(), asset.as_ref(), &reference, draft).await
        };

    /// Deletes a customer asset: it is hidden, and can be restored. To end a rental, return it instead. Needs
    /// `asset:write`.
    customer_asset_delete as "customerAssetDelete", customer_asset_delete_many
        (CustomerAssetDeleteInput: "The customer asset.") -> CustomerAssetDeletePayload
        requires Action::AssetWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Brings a deleted customer asset back. Refused with OVERLAP where the asset is on rent or lease to another by now.
    /// Needs `asset:write`.
    customer_asset_restore as "customerAssetRestore", customer_asset_restore_many
        (CustomerAssetRestoreInput: "The customer asset.") -> CustomerAssetRestorePayload
        requires Action::AssetWrite => |tx, input| rules::restore(tx, &input.id.0).await;
}

//! The mutations of customer assets: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined, OneofObject};
use domain::{
    customer_asset::{self as rules, AssetChoice},
    value::FieldUpdate,
};
use entity::customer_asset::Relationship;

use super::{CustomerAsset, CustomerAssetRelationship};
use crate::graphql::{
    asset::NewAssetInput,
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{DateTime, Decimal, Ref, field_update, map_field},
};

/// The fields that assigning, creating, updating and upserting a customer asset share.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetTermsInput {
    /// When the customer receives the asset. Null: no start. Required for RENTED, LEASED and RESERVED.
    from: MaybeUndefined<DateTime>,
    /// The agreed end; not before `from`. From this moment another rental may begin, once the asset is returned. Null:
    /// open-ended.
    until: MaybeUndefined<DateTime>,
    /// When the reservation ends by itself, unless it has become a rental before. Null: it does not. Only with RESERVED.
    reserved_until: MaybeUndefined<DateTime>,
    /// When the asset is expected to be returned, for planning: no rule depends on it. Not before `from`.
    expected_return: MaybeUndefined<DateTime>,
    /// The contract number; at most 200 characters.
    contract_number: MaybeUndefined<String>,
    /// The address where the asset is located.
    location: MaybeUndefined<Ref>,
    /// The meter reading when the asset was handed out; not negative.
    meter_out: MaybeUndefined<Decimal>,
    /// Free text; at most 10,000 characters.
    notes: MaybeUndefined<String>,
    /// Values of custom fields, at most 200. A field that is not listed keeps its value, or gets its default in a new
    /// row.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// The fields that creating, updating and upserting a customer asset share.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetFieldsInput {
    #[graphql(flatten)]
    terms: CustomerAssetTermsInput,
    /// When the asset was returned; not before `from`. Null: it is not returned.
    returned_at: MaybeUndefined<DateTime>,
    /// The meter reading when the asset was returned; not less than `meterOut`.
    meter_in: MaybeUndefined<Decimal>,
}

/// A new customer asset, past or present.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetCreateInput {
    /// The customer.
    customer: Ref,
    /// The asset.
    asset: Ref,
    /// The terms on which the customer has the asset.
    relationship: CustomerAssetRelationship,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: CustomerAssetFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The asset of an assignment.
#[derive(Clone, Debug, OneofObject)]
pub enum AssignedAssetInput {
    /// An existing asset.
    Existing(Ref),
    /// An asset to create with the assignment.
    New(Box<NewAssetInput>),
}

/// The assignment of an asset to a customer.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetAssignInput {
    /// The customer.
    customer: Ref,
    /// The asset: an existing or a new one.
    asset: AssignedAssetInput,
    /// The terms on which the customer has the asset.
    relationship: CustomerAssetRelationship,
    /// The assignment's id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    terms: CustomerAssetTermsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The return of an asset.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetReturnInput {
    /// The customer asset.
    id: Ref,
    /// The version that the customer asset must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// When the asset was returned; not before `from`. Defaults to now.
    at: Option<DateTime>,
    /// The meter reading; not less than `meterOut`.
    meter_in: MaybeUndefined<Decimal>,
    /// Text to append to the notes as a new line.
    note: Option<String>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to a customer asset. An omitted field stays as it is; null clears it. Customer and asset cannot be
/// changed.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetUpdateInput {
    /// The customer asset.
    id: Ref,
    /// The version that the customer asset must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    /// The terms on which the customer has the asset.
    relationship: MaybeUndefined<CustomerAssetRelationship>,
    #[graphql(flatten)]
    fields: CustomerAssetFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The customer asset to create, or to update if its external reference exists. An omitted field stays as it is; null
/// clears it.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the customer asset must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where there is
    /// no such customer asset yet.
    expected_version: Option<i32>,
    /// The customer. Required for a new customer asset; it cannot be changed later.
    customer: Option<Ref>,
    /// The asset. Required for a new customer asset; it cannot be changed later.
    asset: Option<Ref>,
    /// The terms on which the customer has the asset. Required for a new customer asset.
    relationship: MaybeUndefined<CustomerAssetRelationship>,
    #[graphql(flatten)]
    fields: CustomerAssetFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

delete_input! { CustomerAssetDeleteInput of "customer asset" }
restore_input! { CustomerAssetRestoreInput of "customer asset" }

impl CustomerAssetTermsInput {
    fn draft(self, external_reference: FieldUpdate<String>, relationship: FieldUpdate<Relationship>) -> rules::Draft {
        rules::Draft {
            external_reference,
            relationship,
            from: map_field(self.from, |at| at.0),
            until: map_field(self.until, |at| at.0),
            reserved_until: map_field(self.reserved_until, |at| at.0),
            expected_return: map_field(self.expected_return, |at| at.0),
            contract_number: field_update(self.contract_number),
            location: map_field(self.location, |address| address.0),
            meter_out: map_field(self.meter_out, |meter| meter.0),
            notes: field_update(self.notes),
            custom_fields: value_inputs(self.custom_fields),
            ..rules::Draft::default()
        }
    }
}

impl CustomerAssetFieldsInput {
    fn draft(self, external_reference: FieldUpdate<String>, relationship: FieldUpdate<Relationship>) -> rules::Draft {
        rules::Draft {
            returned_at: map_field(self.returned_at, |at| at.0),
            meter_in: map_field(self.meter_in, |meter| meter.0),
            ..self.terms.draft(external_reference, relationship)
        }
    }
}

impl From<AssignedAssetInput> for AssetChoice {
    fn from(asset: AssignedAssetInput) -> Self {
        match asset {
            AssignedAssetInput::Existing(asset) => Self::Existing(asset.0),
            AssignedAssetInput::New(asset) => Self::New(Box::new(asset.draft())),
        }
    }
}

mutations! {
    /// The mutations of customer assets.
    CustomerAssetMutation of customer_asset: CustomerAsset;

    /// Assigns an existing or a new asset to a customer. RENTED and LEASED fail with OVERLAP if the asset is on rent or
    /// lease during the same period. An asset that was not returned stays on rent or lease. Requires `asset:write`.
    customer_asset_assign as "customerAssetAssign", customer_asset_assign_many
        (CustomerAssetAssignInput: "The customer, the asset and the terms.") -> CustomerAssetAssignPayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.terms.draft(input.external_reference.into(), FieldUpdate::Set(input.relationship.into()));
            rules::create(tx, &input.customer.0, input.asset.into(), draft).await
        };

    /// Records the return of an asset. Fails if the asset was already returned. Requires `asset:write`.
    customer_asset_return as "customerAssetReturn", customer_asset_return_many
        (CustomerAssetReturnInput: "The customer asset and the details of its return.") -> CustomerAssetReturnPayload
        requires Action::AssetWrite => |tx, input| {
            let at = input.at.map(|at| at.0);
            let details = rules::ReturnInput { at, meter_in: map_field(input.meter_in, |meter| meter.0), note: input.note };
            rules::return_asset(tx, &input.id.0, input.expected_version, details).await
        };

    /// Records that a customer has or had an asset, including its return. Rentals and leases of the same asset must not
    /// overlap. Requires `asset:write`.
    customer_asset_create as "customerAssetCreate", customer_asset_create_many
        (CustomerAssetCreateInput: "The customer asset to create.") -> CustomerAssetCreatePayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.fields.draft(input.external_reference.into(), FieldUpdate::Set(input.relationship.into()));
            let asset = AssetChoice::Existing(input.asset.0);
            rules::create(tx, &input.customer.0, asset, draft).await
        };

    /// Updates a customer asset. Rentals and leases of the same asset must not overlap. Requires `asset:write`.
    customer_asset_update as "customerAssetUpdate", customer_asset_update_many
        (CustomerAssetUpdateInput: "The customer asset and its changes.") -> CustomerAssetUpdatePayload
        requires Action::AssetWrite => |tx, input| {
            let relationship = map_field(input.relationship, Into::into);
            let draft = input.fields.draft(field_update(input.external_reference), relationship);
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the customer asset with the given external reference, or updates it if it exists. A deleted customer
    /// asset is restored. Rentals and leases of the same asset must not overlap. Requires `asset:write`.
    customer_asset_upsert as "customerAssetUpsert", customer_asset_upsert_many
        (CustomerAssetUpsertInput: "The customer asset to create or update.") -> CustomerAssetUpsertPayload
        requires Action::AssetWrite => |tx, input| {
            let draft = input.fields.draft(FieldUpdate::Keep, map_field(input.relationship, Into::into));
            let (customer, asset) = (input.customer.map(|id| id.0), input.asset.map(|id| id.0));
            rules::upsert(tx, customer.as_ref(), asset.as_ref(), &input.external_reference, input.expected_version, draft).await
        };

    /// Deletes a customer asset: it is hidden and can be restored. To end a rental, use `customerAssetReturn` instead.
    /// Requires `asset:write`.
    customer_asset_delete as "customerAssetDelete", customer_asset_delete_many
        (CustomerAssetDeleteInput: "The customer asset to delete.") -> CustomerAssetDeletePayload
        requires Action::AssetWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted customer asset. Fails with OVERLAP if the asset is on rent or lease to another customer by
    /// now. Requires `asset:write`.
    customer_asset_restore as "customerAssetRestore", customer_asset_restore_many
        (CustomerAssetRestoreInput: "The customer asset to restore.") -> CustomerAssetRestorePayload
        requires Action::AssetWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}

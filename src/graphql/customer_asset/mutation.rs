//! Changes of customer assets: inputs, payloads and mutations.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{
    customer_asset::{self as rules, AssetChoice},
    value::FieldUpdate,
};
use error::{Code, Error, Result};
use store::Tx;

use super::{AssetRelationship, CustomerAsset};
use crate::graphql::{
    asset::AssetCreateInput,
    custom_field::{CustomFieldInput, value_inputs},
    entity_object::RowOf,
    mutation::{IdempotencyInput, IdempotentInput, MutationInput, mutations},
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

impl MutationInput for CustomerAssetAssignInput {
    type EntityObject = CustomerAsset;
    const ACTION: Action = Action::AssetWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        let draft = self.terms.draft(self.external_reference.into());
        let which = match (self.asset, self.new_asset) {
            (Some(asset), None) => Ok(AssetChoice::Existing(asset.0)),
            (None, Some(asset)) if asset.idempotency_key().is_some() => {
                let message = "The key belongs to the assignment, which the new asset is part of.";
                Err(Error::invalid(Code::Invalid, &["newAsset", "idempotencyKey"], message))
            }
            (None, Some(asset)) => Ok(AssetChoice::New(Box::new(asset.draft()))),
            (None, None) => Err(Error::invalid(Code::Required, &["asset"], "Give asset or newAsset.")),
            (Some(_), Some(_)) => {
                Err(Error::invalid(Code::Invalid, &["newAsset"], "Give asset or newAsset, not both."))
            }
        }?;
        rules::create(tx, &self.customer.0, which, draft).await
    }
}

impl MutationInput for CustomerAssetReturnInput {
    type EntityObject = CustomerAsset;
    const ACTION: Action = Action::AssetWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        let at = self.at.map(|at| at.0);
        let how = rules::ReturnInput { at, meter_in: map_field(self.meter_in, |meter| meter.0), note: self.note };
        rules::return_asset(tx, &self.id.0, self.expected_version, how).await
    }
}

impl MutationInput for CustomerAssetCreateInput {
    type EntityObject = CustomerAsset;
    const ACTION: Action = Action::AssetWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        let draft = self.fields.draft(self.external_reference.into());
        let asset = AssetChoice::Existing(self.asset.0);
        rules::create(tx, &self.customer.0, asset, draft).await
    }
}

impl MutationInput for CustomerAssetUpdateInput {
    type EntityObject = CustomerAsset;
    const ACTION: Action = Action::AssetWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        let draft = self.fields.draft(field_update(self.external_reference));
        rules::update(tx, &self.id.0, self.expected_version, draft).await
    }
}

impl MutationInput for CustomerAssetUpsertInput {
    type EntityObject = CustomerAsset;
    const ACTION: Action = Action::AssetWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        let draft = self.fields.draft(FieldUpdate::Keep);
        let (customer, asset) = (self.customer.map(|name| name.0), self.asset.map(|name| name.0));
        let reference = self.external_reference;
        rules::upsert(tx, customer.as_ref(), asset.as_ref(), &reference, draft).await
    }
}

impl MutationInput for CustomerAssetDeleteInput {
    type EntityObject = CustomerAsset;
    const ACTION: Action = Action::AssetWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        rules::delete(tx, &self.id.0, self.expected_version).await
    }
}

impl MutationInput for CustomerAssetRestoreInput {
    type EntityObject = CustomerAsset;
    const ACTION: Action = Action::AssetWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        rules::restore(tx, &self.id.0).await
    }
}

mutations! {
    /// What can be done to customer assets.
    CustomerAssetMutation of customer_asset: CustomerAsset;

    /// Gives a customer an asset, known or new. Terms of RENTED and LEASED are refused with OVERLAP where the asset is on
    /// rent or lease at the same time, and from now on where it is not back from an earlier one. Needs `asset:write`.
    customer_asset_assign, customer_asset_assign_many(CustomerAssetAssignInput: "Who gets which asset on what terms.") -> CustomerAssetAssignPayload;

    /// Notes that an asset came back. A customer asset that came back already is refused. Needs `asset:write`.
    customer_asset_return, customer_asset_return_many(CustomerAssetReturnInput: "What came back, and how.") -> CustomerAssetReturnPayload;

    /// Records that a customer has or had an asset, its end included. Rentals and leases of one asset never overlap.
    /// Needs `asset:write`.
    customer_asset_create, customer_asset_create_many(CustomerAssetCreateInput: "The customer asset.") -> CustomerAssetCreatePayload;

    /// Changes a customer asset. Rentals and leases of one asset never overlap. Needs `asset:write`.
    customer_asset_update, customer_asset_update_many(CustomerAssetUpdateInput: "What to change.") -> CustomerAssetUpdatePayload;

    /// Makes the customer asset of an external reference, or changes the one that has it, bringing it back if it was
    /// deleted. Rentals and leases of one asset never overlap. Needs `asset:write`.
    customer_asset_upsert, customer_asset_upsert_many(CustomerAssetUpsertInput: "The customer asset.") -> CustomerAssetUpsertPayload;

    /// Deletes a customer asset: it is hidden, and can be restored. To end a rental, return it instead. Needs
    /// `asset:write`.
    customer_asset_delete, customer_asset_delete_many(CustomerAssetDeleteInput: "The customer asset.") -> CustomerAssetDeletePayload;

    /// Brings a deleted customer asset back. Refused with OVERLAP where the asset is on rent or lease to another by now.
    /// Needs `asset:write`.
    customer_asset_restore, customer_asset_restore_many(CustomerAssetRestoreInput: "The customer asset.") -> CustomerAssetRestorePayload;
}

//! Changes of customer assets: inputs, payloads and mutations.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{AssetRelationship, CustomerAsset};
use crate::{
    access::Action,
    domain::{
        customer_asset::{self as rules, Which},
        value::Field,
    },
    error::{Code, Error, Result},
    graphql::{
        asset::AssetCreateInput,
        custom_field::{CustomFieldInput, given},
        mutation::{payloads, write},
        scalar::{DateTime, Decimal, Ref, field, same},
    },
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
}

/// A customer asset to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetDeleteInput {
    /// The customer asset.
    id: Ref,
    /// Delete only if the customer asset is still at this version.
    expected_version: Option<i32>,
}

/// A customer asset to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAssetRestoreInput {
    /// The customer asset.
    id: Ref,
}

impl CustomerAssetTermsInput {
    fn draft(self, external_reference: Field<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            relationship: field(self.relationship, Into::into),
            from: field(self.from, |at| at.0),
            until: field(self.until, |at| at.0),
            expected_return: field(self.expected_return, |at| at.0),
            contract_number: same(self.contract_number),
            location: field(self.location, |place| place.0),
            meter_out: field(self.meter_out, |meter| meter.0),
            notes: same(self.notes),
            custom_fields: given(self.custom_fields),
            ..rules::Draft::default()
        }
    }
}

impl CustomerAssetFieldsInput {
    fn draft(self, external_reference: Field<String>) -> rules::Draft {
        rules::Draft {
            returned_at: field(self.returned_at, |at| at.0),
            meter_in: field(self.meter_in, |meter| meter.0),
            ..self.terms.draft(external_reference)
        }
    }
}

payloads! {
    customer_asset: CustomerAsset;
    CustomerAssetCreatePayload, CustomerAssetUpdatePayload, CustomerAssetUpsertPayload, CustomerAssetDeletePayload,
    CustomerAssetRestorePayload, CustomerAssetAssignPayload, CustomerAssetReturnPayload,
}

/// What can be done to customer assets.
#[derive(Default)]
pub struct CustomerAssetMutation;

#[Object]
impl CustomerAssetMutation {
    /// Gives a customer an asset, known or new. Refused with OVERLAP where the asset is on rent or lease at the same
    /// time and the new terms are RENTED or LEASED too. Needs `asset:write`.
    async fn customer_asset_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who gets which asset on what terms.")] input: CustomerAssetAssignInput,
    ) -> Result<CustomerAssetAssignPayload> {
        let draft = input.terms.draft(input.external_reference.into());
        let which = match (input.asset, input.new_asset) {
            (Some(asset), None) => Ok(Which::Known(asset.0)),
            (None, Some(asset)) => Ok(Which::New(Box::new(asset.draft()))),
            (None, None) => Err(Error::invalid(Code::Required, &["asset"], "Give asset or newAsset.")),
            (Some(_), Some(_)) => {
                Err(Error::invalid(Code::Invalid, &["newAsset"], "Give asset or newAsset, not both."))
            }
        };
        let made = async |tx: &_| rules::create(tx, &input.customer.0, which?, draft).await;
        Ok(write::<CustomerAsset>(ctx, Action::AssetWrite, made).await?.into())
    }

    /// Notes that an asset came back. A customer asset that came back already is refused. Needs `asset:write`.
    async fn customer_asset_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What came back, and how.")] input: CustomerAssetReturnInput,
    ) -> Result<CustomerAssetReturnPayload> {
        let at = input.at.map(|at| at.0);
        let how = rules::Return { at, meter_in: field(input.meter_in, |meter| meter.0), note: input.note };
        let returned = async |tx: &_| rules::give_back(tx, &input.id.0, input.expected_version, how).await;
        Ok(write::<CustomerAsset>(ctx, Action::AssetWrite, returned).await?.into())
    }

    /// Records that a customer has or had an asset, its end included. Rentals and leases of one asset never overlap.
    /// Needs `asset:write`.
    async fn customer_asset_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer asset.")] input: CustomerAssetCreateInput,
    ) -> Result<CustomerAssetCreatePayload> {
        let draft = input.fields.draft(input.external_reference.into());
        let asset = Which::Known(input.asset.0);
        let made = async |tx: &_| rules::create(tx, &input.customer.0, asset, draft).await;
        Ok(write::<CustomerAsset>(ctx, Action::AssetWrite, made).await?.into())
    }

    /// Changes a customer asset. Rentals and leases of one asset never overlap. Needs `asset:write`.
    async fn customer_asset_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: CustomerAssetUpdateInput,
    ) -> Result<CustomerAssetUpdatePayload> {
        let draft = input.fields.draft(same(input.external_reference));
        let changed = async |tx: &_| rules::update(tx, &input.id.0, input.expected_version, draft).await;
        Ok(write::<CustomerAsset>(ctx, Action::AssetWrite, changed).await?.into())
    }

    /// Makes the customer asset of an external reference, or changes the one that has it, bringing it back if it was
    /// deleted. Rentals and leases of one asset never overlap. Needs `asset:write`.
    async fn customer_asset_upsert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer asset.")] input: CustomerAssetUpsertInput,
    ) -> Result<CustomerAssetUpsertPayload> {
        let draft = input.fields.draft(Field::Keep);
        let (customer, asset) = (input.customer.map(|name| name.0), input.asset.map(|name| name.0));
        let reference = input.external_reference;
        let put = async |tx: &_| rules::upsert(tx, customer.as_ref(), asset.as_ref(), &reference, draft).await;
        Ok(write::<CustomerAsset>(ctx, Action::AssetWrite, put).await?.into())
    }

    /// Deletes a customer asset: it is hidden, and can be restored. To end a rental, return it instead. Needs
    /// `asset:write`.
    async fn customer_asset_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer asset.")] input: CustomerAssetDeleteInput,
    ) -> Result<CustomerAssetDeletePayload> {
        let deleted = async |tx: &_| rules::delete(tx, &input.id.0, input.expected_version).await;
        Ok(write::<CustomerAsset>(ctx, Action::AssetWrite, deleted).await?.into())
    }

    /// Brings a deleted customer asset back. Refused with OVERLAP where the asset is on rent or lease to another by now.
    /// Needs `asset:write`.
    async fn customer_asset_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer asset.")] input: CustomerAssetRestoreInput,
    ) -> Result<CustomerAssetRestorePayload> {
        let restored = async |tx: &_| rules::restore(tx, &input.id.0).await;
        Ok(write::<CustomerAsset>(ctx, Action::AssetWrite, restored).await?.into())
    }
}

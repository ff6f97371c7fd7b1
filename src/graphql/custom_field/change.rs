//! Changes of custom field definitions: inputs, payloads and mutations.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{CustomFieldDefinition, CustomFieldEntity, CustomFieldType, setting::CustomFieldSettingsInput};
use crate::{
    access::Action,
    domain::{custom_field as rules, value::Field},
    error::Result,
    graphql::{
        context::Ask,
        mutation::{Outcome, payloads, write},
        scalar::{Ref, same},
    },
    store::Tx,
};

/// A custom field to be made.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldDefinitionCreateInput {
    /// The type of row that has the field. Never changes.
    entity: CustomFieldEntity,
    /// Its name in inputs, filters and orders: a small letter and up to 62 letters, digits and underscores. Unique per
    /// type of row; never changes.
    key: String,
    /// What its values are. Never changes.
    r#type: CustomFieldType,
    /// What people call it; at most 200 characters.
    title: String,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    settings: CustomFieldSettingsInput,
}

/// A custom field to be changed: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldDefinitionUpdateInput {
    /// The field.
    id: Ref,
    /// Write only if the field is still at this version.
    expected_version: Option<i32>,
    /// What people call it; at most 200 characters.
    title: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    settings: CustomFieldSettingsInput,
    /// Whether values that the field does not admit any more are displaced: they become null, and `displacedValue` keeps
    /// what they were. If not, such values refuse the change, with their count.
    #[graphql(default)]
    displace: bool,
}

/// A custom field to be made, or changed where the key is known for the type of row: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldDefinitionUpsertInput {
    /// The type of row that has the field.
    entity: CustomFieldEntity,
    /// Its name: a small letter and up to 62 letters, digits and underscores.
    key: String,
    /// What its values are; of a known field, its type.
    r#type: CustomFieldType,
    /// What people call it, needed for a new field; at most 200 characters.
    title: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    settings: CustomFieldSettingsInput,
    /// Whether values that the field does not admit any more are displaced, as in `customFieldDefinitionUpdate`.
    #[graphql(default)]
    displace: bool,
}

/// A custom field to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldDefinitionDeleteInput {
    /// The field.
    id: Ref,
    /// Delete only if the field is still at this version.
    expected_version: Option<i32>,
}

/// A custom field to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldDefinitionRestoreInput {
    /// The field.
    id: Ref,
}

payloads! {
    custom_field_definition: CustomFieldDefinition;
    CustomFieldDefinitionCreatePayload, CustomFieldDefinitionUpdatePayload, CustomFieldDefinitionUpsertPayload,
    CustomFieldDefinitionDeletePayload, CustomFieldDefinitionRestorePayload,
}

/// What can be done to custom fields.
#[derive(Default)]
pub struct DefinitionMutation;

#[Object]
impl DefinitionMutation {
    /// Adds a field to a type. Needs `custom_field:write`.
    async fn custom_field_definition_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The field.")] input: CustomFieldDefinitionCreateInput,
    ) -> Result<CustomFieldDefinitionCreatePayload> {
        let draft = input.settings.draft(Field::Set(input.title), input.external_reference.into());
        let new = rules::New { entity: input.entity.into(), key: input.key, kind: input.r#type.into() };
        Ok(define(ctx, async |tx: &_| rules::create(tx, new, draft).await).await?.into())
    }

    /// Changes a field. Where it becomes narrower, values that it does not admit any more refuse this with their count,
    /// unless they may be displaced. Needs `custom_field:write`.
    async fn custom_field_definition_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: CustomFieldDefinitionUpdateInput,
    ) -> Result<CustomFieldDefinitionUpdatePayload> {
        let draft = input.settings.draft(same(input.title), same(input.external_reference));
        let (id, expected, displace) = (input.id.0, input.expected_version, input.displace);
        Ok(define(ctx, async |tx: &_| rules::update(tx, &id, expected, draft, displace).await).await?.into())
    }

    /// Adds the field of a key, or changes it, bringing it back if it was deleted. Needs `custom_field:write`.
    async fn custom_field_definition_upsert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The field.")] input: CustomFieldDefinitionUpsertInput,
    ) -> Result<CustomFieldDefinitionUpsertPayload> {
        let draft = input.settings.draft(same(input.title), same(input.external_reference));
        let new = rules::New { entity: input.entity.into(), key: input.key, kind: input.r#type.into() };
        Ok(define(ctx, async |tx: &_| rules::upsert(tx, new, draft, input.displace).await).await?.into())
    }

    /// Deletes a field: it is hidden with all its values, and can be restored. Needs `custom_field:write`.
    async fn custom_field_definition_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The field.")] input: CustomFieldDefinitionDeleteInput,
    ) -> Result<CustomFieldDefinitionDeletePayload> {
        let deleted = async |tx: &_| rules::delete(tx, &input.id.0, input.expected_version).await;
        Ok(define(ctx, deleted).await?.into())
    }

    /// Brings a deleted field back, with its values. Needs `custom_field:write`.
    async fn custom_field_definition_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The field.")] input: CustomFieldDefinitionRestoreInput,
    ) -> Result<CustomFieldDefinitionRestorePayload> {
        let restored = async |tx: &_| rules::restore(tx, &input.id.0).await;
        Ok(define(ctx, restored).await?.into())
    }
}

/// Runs a verb that gives a field; what the request knew of fields is not true any more.
async fn define(
    ctx: &Context<'_>,
    verb: impl AsyncFnOnce(&Tx) -> Result<entity::custom_field_definition::Model>,
) -> Result<Outcome<CustomFieldDefinition>> {
    let outcome = write(ctx, Action::CustomFieldWrite, verb).await;
    ctx.forget_definitions();
    outcome
}

//! Changes of custom field definitions: inputs, payloads and mutations.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{custom_field as rules, value::FieldUpdate};

use super::{CustomFieldDefinition, CustomFieldEntity, CustomFieldType, settings::CustomFieldSettingsInput};
use crate::graphql::{
    mutation::{IdempotencyInput, mutations},
    scalar::{Ref, field_update},
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
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
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
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
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
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A custom field to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldDefinitionDeleteInput {
    /// The field.
    id: Ref,
    /// Delete only if the field is still at this version.
    expected_version: Option<i32>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A custom field to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldDefinitionRestoreInput {
    /// The field.
    id: Ref,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

mutations! {
    /// What can be done to custom fields.
    DefinitionMutation of custom_field_definition: CustomFieldDefinition;

    /// Adds a field to a type. Needs `custom_field:write`.
    custom_field_definition_create as "customFieldDefinitionCreate", custom_field_definition_create_many
        (CustomFieldDefinitionCreateInput: "The field.") -> CustomFieldDefinitionCreatePayload
        requires Action::CustomFieldWrite => |tx, input| {
            let draft = input.settings.draft(FieldUpdate::Set(input.title), input.external_reference.into());
            let new = rules::NewField { entity: input.entity.into(), key: input.key, field_type: input.r#type.into() };
            rules::create(tx, new, draft).await
        };

    /// Changes a field. Where it becomes narrower, values that it does not admit any more refuse this with their count,
    /// unless they may be displaced. Needs `custom_field:write`.
    custom_field_definition_update as "customFieldDefinitionUpdate", custom_field_definition_update_many
        (CustomFieldDefinitionUpdateInput: "What to change.") -> CustomFieldDefinitionUpdatePayload
        requires Action::CustomFieldWrite => |tx, input| {
            let draft = input.settings.draft(field_update(input.title), field_update(input.external_reference));
            let (id, expected, displace) = (input.id.0, input.expected_version, input.displace);
            rules::update(tx, &id, expected, draft, displace).await
        };

    /// Adds the field of a key, or changes it, bringing it back if it was deleted. Needs `custom_field:write`.
    custom_field_definition_upsert as "customFieldDefinitionUpsert", custom_field_definition_upsert_many
        (CustomFieldDefinitionUpsertInput: "The field.") -> CustomFieldDefinitionUpsertPayload
        requires Action::CustomFieldWrite => |tx, input| {
            let draft = input.settings.draft(field_update(input.title), field_update(input.external_reference));
            let new = rules::NewField { entity: input.entity.into(), key: input.key, field_type: input.r#type.into() };
            rules::upsert(tx, new, draft, input.displace).await
        };

    /// Deletes a field: it is hidden with all its values, and can be restored. Needs `custom_field:write`.
    custom_field_definition_delete as "customFieldDefinitionDelete", custom_field_definition_delete_many
        (CustomFieldDefinitionDeleteInput: "The field.") -> CustomFieldDefinitionDeletePayload
        requires Action::CustomFieldWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Brings a deleted field back, with its values. Needs `custom_field:write`.
    custom_field_definition_restore as "customFieldDefinitionRestore", custom_field_definition_restore_many
        (CustomFieldDefinitionRestoreInput: "The field.") -> CustomFieldDefinitionRestorePayload
        requires Action::CustomFieldWrite => |tx, input| rules::restore(tx, &input.id.0).await;
}

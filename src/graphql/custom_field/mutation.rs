//! The mutations of custom field definitions: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{custom_field as rules, value::FieldUpdate};

use super::{CustomFieldDefinition, CustomFieldOwnerType, CustomFieldType, settings::CustomFieldSettingsInput};
use crate::graphql::{
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{Ref, field_update},
};

/// A new custom field.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldDefinitionCreateInput {
    /// The type of row that has the field. It cannot be changed later.
    owner_type: CustomFieldOwnerType,
    /// The key of the field in inputs, filters and orders: a lower-case letter and up to 62 letters, digits and
    /// underscores. It is unique per type of row and cannot be changed later.
    key: String,
    /// The type of its values. It cannot be changed later.
    r#type: CustomFieldType,
    /// The title shown to people; at most 200 characters.
    title: String,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    settings: CustomFieldSettingsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to a custom field. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldDefinitionUpdateInput {
    /// The custom field.
    id: Ref,
    /// The version that the custom field must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The title shown to people; at most 200 characters.
    title: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    settings: CustomFieldSettingsInput,
    /// Whether to displace values that the changed field does not allow: they become null, and `displacedValue` keeps
    /// them. If false, the mutation fails and names the number of such values.
    #[graphql(default)]
    displace: bool,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The custom field to create, or to update if the type of row has a field with this key. An omitted field stays as it
/// is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldDefinitionUpsertInput {
    /// The type of row that has the field.
    owner_type: CustomFieldOwnerType,
    /// The key of the field: a lower-case letter and up to 62 letters, digits and underscores.
    key: String,
    /// The type of its values; for an existing field, the type that it has.
    r#type: CustomFieldType,
    /// The version that the field must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where there is
    /// no such field yet.
    expected_version: Option<i32>,
    /// The title shown to people, required for a new field; at most 200 characters.
    title: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    settings: CustomFieldSettingsInput,
    /// Whether to displace values that the changed field does not allow, as in `customFieldDefinitionUpdate`.
    #[graphql(default)]
    displace: bool,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

delete_input! { CustomFieldDefinitionDeleteInput of "custom field" }
restore_input! { CustomFieldDefinitionRestoreInput of "custom field" }

mutations! {
    /// The mutations of custom fields.
    DefinitionMutation of custom_field_definition: CustomFieldDefinition;

    /// Creates a custom field for a type of row. Requires `custom_field:write`.
    custom_field_definition_create as "customFieldDefinitionCreate", custom_field_definition_create_many
        (CustomFieldDefinitionCreateInput: "The custom field to create.") -> CustomFieldDefinitionCreatePayload
        requires Action::CustomFieldWrite => |tx, input| {
            let draft = input.settings.draft(FieldUpdate::Set(input.title), input.external_reference.into());
            let field = rules::NewField { owner_type: input.owner_type.into(), key: input.key, field_type: input.r#type.into() };
            rules::create(tx, field, draft).await
        };

    /// Updates a custom field. Fails if the changed field does not allow some existing values, and names their number,
    /// unless `displace` is true. Requires `custom_field:write`; `required: true` without `displace` requires the permission
    /// to read the rows, too, for example `customer:read`.
    custom_field_definition_update as "customFieldDefinitionUpdate", custom_field_definition_update_many
        (CustomFieldDefinitionUpdateInput: "The custom field and its changes.") -> CustomFieldDefinitionUpdatePayload
        requires Action::CustomFieldWrite => |tx, input| {
            let draft = input.settings.draft(field_update(input.title), field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft, input.displace).await
        };

    /// Creates the custom field with the given key, or updates it if it exists. A deleted field is restored. Requires
    /// `custom_field:write`; `required: true` without `displace` requires the permission to read the rows, too.
    custom_field_definition_upsert as "customFieldDefinitionUpsert", custom_field_definition_upsert_many
        (CustomFieldDefinitionUpsertInput: "The custom field to create or update.") -> CustomFieldDefinitionUpsertPayload
        requires Action::CustomFieldWrite => |tx, input| {
            let draft = input.settings.draft(field_update(input.title), field_update(input.external_reference));
            let field = rules::NewField { owner_type: input.owner_type.into(), key: input.key, field_type: input.r#type.into() };
            rules::upsert(tx, field, input.expected_version, draft, input.displace).await
        };

    /// Deletes a custom field: it is hidden together with its values and can be restored. Requires `custom_field:write`,
    /// and no permission for the rows that have the values.
    custom_field_definition_delete as "customFieldDefinitionDelete", custom_field_definition_delete_many
        (CustomFieldDefinitionDeleteInput: "The custom field to delete.") -> CustomFieldDefinitionDeletePayload
        requires Action::CustomFieldWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted custom field together with its values. Requires `custom_field:write`.
    custom_field_definition_restore as "customFieldDefinitionRestore", custom_field_definition_restore_many
        (CustomFieldDefinitionRestoreInput: "The custom field to restore.") -> CustomFieldDefinitionRestorePayload
        requires Action::CustomFieldWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}

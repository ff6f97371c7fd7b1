//! The mutations of documents: inputs, payloads and fields. A file is uploaded to `POST /files`.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{
    document::{self as rules, OwnerReference},
    value::FieldUpdate,
};

use super::{Document, DocumentType};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{DateTime, Ref, field_update, map_field},
};

/// The fields that creating, updating and upserting a document share.
#[derive(Clone, Debug, InputObject)]
pub struct DocumentFieldsInput {
    /// What the document is. A new document defaults to OTHER.
    r#type: MaybeUndefined<DocumentType>,
    /// The title; at most 200 characters.
    title: MaybeUndefined<String>,
    /// When the picture was taken or the paper signed; not in the future.
    taken_at: MaybeUndefined<DateTime>,
    /// Values of custom fields, at most 200. A field that is not listed keeps its value, or gets its default in a new
    /// row.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// The owner of a document: exactly one of these, which cannot be changed later.
#[derive(Clone, Debug, InputObject)]
pub struct DocumentOwnerInput {
    /// The customer.
    customer: Option<Ref>,
    /// The asset.
    asset: Option<Ref>,
    /// The load.
    load: Option<Ref>,
    /// The service record.
    service_record: Option<Ref>,
}

/// A new document that is a link. A file is uploaded to `POST /files`, which makes its document.
#[derive(Clone, Debug, InputObject)]
pub struct DocumentCreateInput {
    #[graphql(flatten)]
    owner: DocumentOwnerInput,
    /// The address of the link: http or https, at most 2,000 characters.
    link: String,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: DocumentFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to a document. An omitted field stays as it is; null clears it. The owner and the file cannot be changed.
#[derive(Clone, Debug, InputObject)]
pub struct DocumentUpdateInput {
    /// The document.
    id: Ref,
    /// The version that the document must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The address of the link: http or https, at most 2,000 characters. A document with a file has none.
    link: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: DocumentFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The document to create, or to update if its external reference exists. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct DocumentUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the document must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where there is
    /// no such document yet.
    expected_version: Option<i32>,
    #[graphql(flatten)]
    owner: DocumentOwnerInput,
    /// The address of the link, required for a new document: http or https, at most 2,000 characters.
    link: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: DocumentFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

delete_input! { DocumentDeleteInput of "document" }
restore_input! { DocumentRestoreInput of "document" }

impl DocumentFieldsInput {
    fn draft(self, link: FieldUpdate<String>, external_reference: FieldUpdate<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            document_type: map_field(self.r#type, Into::into),
            title: field_update(self.title),
            taken_at: map_field(self.taken_at, |at| at.0),
            link,
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

impl From<DocumentOwnerInput> for OwnerReference {
    fn from(owner: DocumentOwnerInput) -> Self {
        let reference = |owner: Option<Ref>| owner.map(|owner| owner.0);
        Self {
            customer: reference(owner.customer),
            asset: reference(owner.asset),
            load: reference(owner.load),
            service_record: reference(owner.service_record),
        }
    }
}

mutations! {
    /// The mutations of documents.
    DocumentMutation of document: Document;

    /// Creates a document that is a link. Requires `document:write`.
    document_create as "documentCreate", document_create_many
        (DocumentCreateInput: "The document to create.") -> DocumentCreatePayload
        requires Action::DocumentWrite => |tx, input| {
            let draft = input.fields.draft(FieldUpdate::Set(input.link), input.external_reference.into());
            rules::create(tx, &input.owner.into(), draft).await
        };

    /// Updates a document. Requires `document:write`.
    document_update as "documentUpdate", document_update_many
        (DocumentUpdateInput: "The document and its changes.") -> DocumentUpdatePayload
        requires Action::DocumentWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.link), field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the document with the given external reference, or updates it if it exists. A new one is a link. A deleted document
    /// is restored. Requires `document:write`.
    document_upsert as "documentUpsert", document_upsert_many
        (DocumentUpsertInput: "The document to create or update.") -> DocumentUpsertPayload
        requires Action::DocumentWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.link), FieldUpdate::Keep);
            rules::upsert(tx, &input.owner.into(), &input.external_reference, input.expected_version, draft).await
        };

    /// Deletes a document: it is hidden and can be restored. Its file waits for that until the retention of the server ends.
    /// Requires `document:write`.
    document_delete as "documentDelete", document_delete_many
        (DocumentDeleteInput: "The document to delete.") -> DocumentDeletePayload
        requires Action::DocumentWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted document with its file. Fails with STATE if the file is deleted already. Requires `document:write`.
    document_restore as "documentRestore", document_restore_many
        (DocumentRestoreInput: "The document to restore.") -> DocumentRestorePayload
        requires Action::DocumentWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}

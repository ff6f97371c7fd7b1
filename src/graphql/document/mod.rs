//! Documents: links and files of customers, assets, loads and service records.

mod file;
mod list;
mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use entity::document;
use error::Result;

use self::file::DocumentFile;
pub use self::{
    file::FILES_PATH,
    list::{DocumentEdgeFilter, DocumentFilter, DocumentOrder, DocumentQuery},
    mutation::DocumentMutation,
};
use super::{
    asset::Asset, change::Change, context::ContextExt, custom_field::CustomFieldValue, customer::Customer,
    edges::edges, entity_object::entity_object, filter::enum_filter, load::Load, scalar::DateTime,
    service_record::ServiceRecord,
};

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "document::DocumentType")]
pub enum DocumentType {
    /// A proof of delivery.
    Pod,
    /// A bill of lading.
    Bol,
    /// A photograph.
    Photo,
    /// A signature.
    Signature,
    /// An invoice.
    Invoice,
    /// A contract.
    Contract,
    /// Anything else.
    Other,
}

enum_filter! { DocumentTypeFilter of DocumentType as document::DocumentType; }

entity_object! {
    /// A link or a file that belongs to a customer, an asset, a load or a service record. Title, link, and name, hash and
    /// content of the file are personal data and require `pii:read`. A caller sees a document if they may read its owner.
    Document of document: DocumentFields, DocumentEdges, DocumentFilter, DocumentOrder;
    "type" => [DocumentType],
    "file" => [FileId, FileName, MediaType, Size, Sha256],
}

/// The fields of a document, besides the common ones.
pub struct DocumentFields(Arc<document::Model>);

#[Object]
impl DocumentFields {
    /// What the document is.
    async fn r#type(&self) -> DocumentType {
        self.0.document_type.into()
    }

    /// The title. Null if there is none or without `pii:read`.
    async fn title(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, document::Column::Title).await
    }

    /// When the picture was taken or the paper signed. Null if unknown.
    async fn taken_at(&self) -> Option<DateTime> {
        self.0.taken_at.map(DateTime)
    }

    /// The address of a link, http or https. Null for a file, or without `pii:read`.
    async fn link(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, document::Column::Link).await
    }

    /// The file. Null for a link.
    async fn file(&self) -> Option<DocumentFile> {
        self.0.file_id.map(|_| DocumentFile(self.0.clone()))
    }
}

edges! {
    DocumentEdges of document;
    many {
        /// The changes to the document, by default in the order of `sequence`. Requires `change:read`.
        changes: DOCUMENT_CHANGES -> Change;
    }
    one {
        /// The customer, also that of the load or of the service record. Null for a document of an asset. Requires `customer:read`.
        customer: DOCUMENT_CUSTOMER -> Customer;
        /// The asset that has the document. Null if none has. Requires `asset:read`.
        asset: DOCUMENT_ASSET -> Asset;
        /// The load that has the document. Null if none has. Requires `load:read`.
        load: DOCUMENT_LOAD -> Load;
        /// The service record that has the document. Null if none has. Requires `service:read`.
        service_record: DOCUMENT_SERVICE -> ServiceRecord;
    }
    custom_fields DOCUMENT_VALUES of Document -> CustomFieldValue;
}

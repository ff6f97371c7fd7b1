//! Lists of documents: filter, order and root fields.

use super::{Document, DocumentTypeFilter};
use crate::graphql::{
    asset::AssetFilter,
    customer::CustomerFilter,
    edges::roots,
    filter::{DateTimeFilter, IntFilter, filter},
    load::LoadFilter,
    order::order,
    service_record::ServiceRecordFilter,
};

filter! {
    /// Conditions on documents. A record must meet all of them.
    DocumentFilter, DocumentEdgeFilter of document with custom_fields of Document;
    columns {
        /// What the document is.
        r#type: DocumentTypeFilter => DocumentType,
        /// When the picture was taken or the paper signed.
        taken_at: DateTimeFilter => TakenAt,
        /// Bytes of the file; null for a link.
        size: IntFilter => Size,
    }
    personal {
        /// Title of the document.
        title => "document.title",
    }
    many {}
    one {
        /// Customer of the document, of its load or of its service record.
        customer: CustomerFilter => DOCUMENT_CUSTOMER,
        /// Asset that has the document.
        asset: AssetFilter => DOCUMENT_ASSET,
        /// Load that has the document.
        load: LoadFilter => DOCUMENT_LOAD,
        /// Service record that has the document.
        service_record: ServiceRecordFilter => DOCUMENT_SERVICE,
    }
}

order! {
    /// A field of documents to sort by.
    DocumentOrder of document with custom_fields of Document;
    /// When the picture was taken or the paper signed.
    TakenAt => TakenAt,
    /// What the document is, alphabetically.
    Type => DocumentType,
    /// Bytes of the file.
    Size => Size,
}

roots! {
    DocumentQuery:
    /// Finds a document by its id or a reference, live or deleted. Null if there is none. Requires `document:read`.
    document,
    /// Lists documents. Requires `document:read`.
    documents -> Document
}

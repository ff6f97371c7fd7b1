//! Documents: links and files of customers, assets, loads and service records.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// A link or a file that belongs to a customer, an asset, a load or a service record.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The customer, also that of the load or of the service record; null for a document of an asset.
    pub customer_id: Option<Uuid>,
    /// The asset.
    pub asset_id: Option<Uuid>,
    /// The load.
    pub load_id: Option<Uuid>,
    /// The service record.
    pub service_record_id: Option<Uuid>,
    /// What it is.
    pub document_type: DocumentType,
    /// The title.
    pub title: Option<Sealed>,
    /// When the picture was taken or the paper signed.
    pub taken_at: Option<DateTimeUtc>,
    /// The address of a link.
    pub link: Option<Sealed>,
    /// The stored file; null for a link.
    pub file_id: Option<Uuid>,
    /// The name of the file as its sender has it.
    pub file_name: Option<Sealed>,
    /// The media type of the file.
    pub media_type: Option<String>,
    /// The bytes of the file.
    pub size: Option<i32>,
    /// The SHA-256 hash of the file, in hexadecimal digits.
    pub sha256: Option<Sealed>,
    /// Starts at 1 and increases by one at every write.
    pub version: i32,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row, or a child of it, was last written.
    pub updated_at: DateTimeUtc,
    /// When the row was soft-deleted; null while it is live.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that deleted the row: a restore restores all rows of one deletion.
    pub deleted_with: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a document is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
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
    #[default]
    Other,
}

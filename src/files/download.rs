//! A download: an address is the right to read a file, as far as it still holds.
//!
//! The document is read as the caller whom the address names: what the database knows of the right is checked at every use.

use std::ops::Range;

use access::{Action, Caller};
use chrono::{DateTime, Utc};
use entity::{Sealed, document::Entity};
use error::{Error, Result};
use file_storage::{FileKey, FileStorage, read};
use futures_util::Stream;
use sea_orm::prelude::Uuid;
use store::{Database, Store, TenantTable, download::Download as Address, stored_file::FileSeal};

/// A file that its caller may read.
pub struct Download {
    /// Its id in the storage.
    pub file: Uuid,
    /// Its name, as its sender has it.
    pub name: Option<String>,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub size: u64,
    storage: FileStorage,
    seal: FileSeal,
}

/// The caller whom an address names, with their tenant and the id of the document; nothing if the address is forged or has ended.
pub async fn authorized_caller(
    db: &Database,
    segment: &str,
    now: DateTime<Utc>,
    request_id: (&str, bool),
) -> Result<Option<(Caller, std::sync::Arc<store::Tenant>, Uuid)>> {
    let Some((tenant, sealed)) = Address::split(segment) else { return Ok(None) };
    let Some(tenant) = db.tenant(&tenant.to_string()).await? else { return Ok(None) };
    let Some(address) = Address::open(&tenant, sealed).filter(|address| now < address.expires_at()) else {
        return Ok(None);
    };
    let document = address.document();
    let caller = address.into_caller(tenant.row.id, request_id.0.to_owned(), request_id.1);
    Ok(Some((caller, tenant, document)))
}

impl Download {
    /// Opens the file of a document; nothing if there is none that the caller may read.
    pub async fn open(store: &Store, storage: &FileStorage, document: Uuid) -> Result<Option<Self>> {
        store.caller().require(Action::PiiRead)?;
        let Some(row) = store.one(&store.find::<Entity>()?.ids([document])).await? else { return Ok(None) };
        let (Some(file), Some(size), Some(media_type)) = (row.file_id, row.size, row.media_type.clone()) else {
            return Ok(None);
        };
        let name = match &row.file_name {
            Some(name) => Some(store.open(name, Entity::TABLE.name, "file_name", row.id).await?),
            None => None,
        };
        let key = FileKey { tenant: store.caller().tenant, file };
        let head = storage.head(key).await.map_err(Error::internal)?;
        let seal = store.file_seal(file, &Sealed(head)).await?;
        let size = u64::try_from(size).map_err(Error::internal)?;
        Ok(Some(Self { file, name, media_type, size, storage: storage.clone(), seal }))
    }

    /// A range of the bytes, as they are read from the storage.
    pub fn read(self, range: Range<u64>) -> impl Stream<Item = Result<bytes::Bytes>> + Send + 'static {
        read(self.storage, self.seal, self.size, range)
    }
}

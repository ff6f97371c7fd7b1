//! The file of a document: begun before its first byte arrives, and kept with the document that is written at its end.

use entity::document::Model;
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::Tx;

/// A file that has arrived whole.
#[derive(Clone, Debug)]
pub struct File {
    /// Its id in the storage.
    pub id: Uuid,
    /// Its name, as its sender has it.
    pub name: Option<String>,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub size: i32,
    /// Its SHA-256 hash, in hexadecimal digits.
    pub sha256: String,
}

/// Whether a deleted document, which is locked, is a link or still has its file.
pub async fn is_kept(tx: &Tx, document: &Model) -> Result<bool> {
    match document.file_id {
        Some(file) => tx.has_file(file).await,
        None => Ok(true),
    }
}

/// Refuses to restore a document whose file is not kept any more.
pub async fn ensure_kept(tx: &Tx, document: &Model) -> Result<()> {
    if is_kept(tx, document).await? {
        return Ok(());
    }
    let message = "The file of the document was deleted when its retention ended; upload it again.";
    Err(Error::invalid(Code::State, &["id"], message))
}

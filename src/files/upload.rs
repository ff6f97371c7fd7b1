//! An upload: a row knows of the file before its first byte, and its document is written when the file has arrived whole
//! (`store::stored_file`).

use access::Action;
use chrono::{DateTime, Utc};
use domain::document::{self as rules, file::File};
use entity::document::{Entity, Model};
use error::{Code, Error, Result, Violation};
use file_storage::{FileDigest, FileKey, FileStorage, FileWriter};
use store::{Attempts, Database, Store, TenantTable, Tx, stored_file};

use super::{
    fields::Fields,
    media_type::{HEAD_BYTES, mismatch},
};

/// A file on its way into the storage.
pub struct Upload {
    fields: Fields,
    key: FileKey,
    writer: FileWriter,
    name: Option<String>,
    media_type: String,
    /// The first bytes, which tell the type.
    head: Vec<u8>,
}

/// The document of a file that was uploaded.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// Its id in the schema.
    pub id: String,
    /// Its version.
    pub version: i32,
    /// Its id in the caller's system.
    pub external_reference: Option<String>,
    /// The media type of the file.
    pub media_type: Option<String>,
    /// The bytes of the file.
    pub size: Option<i32>,
}

impl Upload {
    /// Checks the document of a file with a name and a media type, which is one of those that are accepted, and writes the row
    /// that knows of the file until it expires.
    pub async fn begin(
        store: &Store,
        storage: &FileStorage,
        mut fields: Fields,
        (name, media_type): (Option<String>, Option<String>),
        accepted: &[String],
        expires_at: DateTime<Utc>,
    ) -> Result<Self> {
        let media_type = media_type.filter(|media_type| accepted.contains(media_type));
        if media_type.is_none() {
            fields.refuse("file", format!("The Content-Type of the file is one of {}.", accepted.join(", ")));
        }
        let Some(media_type) = media_type.filter(|_| fields.violations.is_empty()) else {
            return Err(Error::Invalid(fields.violations));
        };
        let mut attempts = Attempts::default();
        let seal = loop {
            let begin = async |tx: &Tx| rules::begin_file(tx, &fields.owner, fields.draft.clone(), expires_at).await;
            if let Some(begun) = attempts.result(store.write(Action::DocumentWrite, begin).await) {
                break begun?;
            }
        };
        let (key, writer) = (FileKey::of(&seal), FileWriter::new(storage.clone(), seal));
        Ok(Self { fields, key, writer, name, media_type, head: Vec::with_capacity(HEAD_BYTES) })
    }

    /// The file.
    pub fn key(&self) -> FileKey {
        self.key
    }

    /// How many bytes have arrived.
    pub fn size(&self) -> u64 {
        self.writer.size()
    }

    /// Writes the next bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.head.extend(bytes.iter().take(HEAD_BYTES - self.head.len()));
        self.writer.write(bytes).await
    }

    /// Checks the file, which has arrived whole, and writes its document.
    pub async fn finish(self, store: &Store) -> Result<Uploaded> {
        let invalid = |field, message: String| Error::Invalid(vec![Violation::new(Code::Invalid, &[field], message)]);
        if self.writer.size() == 0 {
            return Err(invalid("file", "The file is empty.".to_owned()));
        }
        if let Some(message) = mismatch(&self.media_type, &self.head) {
            return Err(invalid("file", message));
        }
        let FileDigest { size, sha256 } = self.writer.finish().await?;
        if self.fields.sha256.as_ref().is_some_and(|expected| *expected != sha256) {
            let message = format!("The file that arrived has {size} bytes and the hash {sha256}.");
            return Err(invalid("sha256", message));
        }
        let size = i32::try_from(size).map_err(Error::internal)?;
        let file = File { id: self.key.file, name: self.name, media_type: self.media_type, size, sha256 };
        let (owner, draft) = (self.fields.owner, self.fields.draft);
        let mut attempts = Attempts::default();
        loop {
            let finish = async |tx: &Tx| rules::create_with_file(tx, &owner, draft.clone(), file.clone()).await;
            if let Some(written) = attempts.result(store.write(Action::DocumentWrite, finish).await) {
                return written.map(Uploaded::from);
            }
        }
    }
}

impl From<Model> for Uploaded {
    fn from(row: Model) -> Self {
        Self {
            id: Entity::TABLE.encode_id(row.id),
            version: row.version,
            external_reference: row.external_reference,
            media_type: row.media_type,
            size: row.size,
        }
    }
}

/// Deletes what has arrived of a file whose upload failed, unless its document was written: the answer of a commit can be lost.
/// What cannot be deleted now is deleted when the file has expired.
pub async fn discard(storage: &FileStorage, key: FileKey, db: &Database) {
    let row = (key.tenant, key.file);
    let discarded = async {
        if stored_file::claim(db, row, None).await? {
            storage.delete(key).await.map_err(Error::internal)?;
            stored_file::forget(db, row).await?;
        }
        Ok::<_, Error>(())
    };
    if let Err(error) = discarded.await {
        tracing::warn!("a refused file is deleted later: {error:?}");
    }
}

//! Documents: a link or a file of a customer, an asset, a load or a service record.
//!
//! The owner never changes, and a link never becomes a file: either is another document. What a document tells of its file is
//! sealed as its title is, under the key of the customer; the content is in the file storage.

pub mod file;
mod owner;

use chrono::{DateTime, Utc};
use entity::{
    Sealed,
    custom_field_definition::OwnerType,
    document::{DocumentType, Entity, Model},
};
use error::{Code, Error, Result};
use store::{Tx, stored_file::FileSeal};

use self::file::File;
pub use self::owner::OwnerReference;
use super::{
    custom_field::{self, ValueInput, ValueWrites},
    lifecycle::{self, Lifecycle, Prepared},
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, Validator},
    value::FieldUpdate,
};

/// The most characters of a link.
const MAX_LINK_CHARS: usize = 2_000;

/// The fields of a document that a client can write.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// What it is.
    pub document_type: FieldUpdate<DocumentType>,
    /// The title.
    pub title: FieldUpdate<String>,
    /// When the picture was taken or the paper signed.
    pub taken_at: FieldUpdate<DateTime<Utc>>,
    /// The address of a link.
    pub link: FieldUpdate<String>,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// Creates a document that is a link.
pub async fn create(tx: &Tx, owner: &OwnerReference, draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let (row, values) = read_new(tx, &mut validator, owner, draft).await?;
    if row.link.is_none() && validator.is_clean() {
        let message = "A new document needs its link; a file is uploaded to /files.";
        validator.fail(Code::Required, "link", message);
    }
    validator.finish()?;
    insert(tx, row, values).await
}

/// Checks a document that is to get a file, and begins the file, which expires at a time.
pub async fn begin_file(tx: &Tx, owner: &OwnerReference, draft: Draft, expires_at: DateTime<Utc>) -> Result<FileSeal> {
    let mut validator = Validator::new();
    let (row, _) = read_new(tx, &mut validator, owner, draft).await?;
    validator.finish()?;
    tx.begin_file(row.customer_id, expires_at).await
}

/// Creates the document of a file that has arrived whole, and keeps the file.
pub async fn create_with_file(tx: &Tx, owner: &OwnerReference, draft: Draft, file: File) -> Result<Model> {
    let mut validator = Validator::new();
    let (mut row, values) = read_new(tx, &mut validator, owner, draft).await?;
    row.file_id = Some(file.id);
    validator.set_sealed_text("name", file.name.into(), MAX_LINE_CHARS, &mut row.file_name);
    (row.media_type, row.size) = (Some(file.media_type), Some(file.size));
    row.sha256 = Some(Sealed::plain(&file.sha256));
    validator.finish()?;
    if !tx.keep_file(file.id).await? {
        return Err(Error::WriteTimeout);
    }
    insert(tx, row, values).await
}

/// Updates a document.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the document of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(
    tx: &Tx,
    owner: &OwnerReference,
    reference: &str,
    expected_version: Option<i32>,
    draft: Draft,
) -> Result<Model> {
    let check = async |validator: &mut Validator, found: &Model| owner.ensure_unchanged(tx, validator, found).await;
    let create = async |draft| create(tx, owner, draft).await;
    lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create).await
}

/// Soft-deletes a document. Its file waits for the restore until its retention ends.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores a document with its file.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::Document;
    type Draft = Draft;
    type Children = ();

    fn set_external_reference(draft: &mut Draft, reference: String) {
        draft.external_reference = FieldUpdate::Set(reference);
    }

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let inputs = std::mem::take(&mut draft.custom_fields);
        let values = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        let row = read_draft(tx, validator, draft, before.clone());
        if row.link.is_none() && row.file_id.is_none() && validator.is_clean() {
            validator.fail(Code::Required, "link", "A document without a file needs its link.");
        }
        Ok(Prepared { row, values, children: () })
    }

    async fn write(tx: &Tx, before: &Model, after: Model, (): ()) -> Result<Model> {
        tx.update::<Self>(before, after).await
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        owner::ensure_live(tx, before).await?;
        file::ensure_kept(tx, before).await
    }
}

/// Reads a draft into a new row of its owner.
async fn read_new(
    tx: &Tx,
    validator: &mut Validator,
    owner: &OwnerReference,
    mut draft: Draft,
) -> Result<(Model, ValueWrites)> {
    let inputs = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, validator, OwnerType::Document, None, &inputs).await?;
    let row = owner.find(tx, validator).await?;
    let row = read_draft(tx, validator, draft, row);
    reference::ensure_unique::<Entity>(tx, validator, row.id, row.external_reference.as_ref()).await?;
    Ok((row, values))
}

async fn insert(tx: &Tx, row: Model, values: ValueWrites) -> Result<Model> {
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, row.customer_id).await?;
    Ok(row)
}

/// Reads a draft into a row, which is new or is updated.
fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Model {
    validator.check_event("takenAt", draft.taken_at.value(), tx.at());
    if let Some(link) = draft.link.value() {
        validator.check_web_address("link", link);
        if row.file_id.is_some() {
            validator.fail(Code::Immutable, "link", "The document is a file, and gets no link later.");
        }
    }
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_value("type", draft.document_type, &mut row.document_type);
    validator.set_sealed_text("title", draft.title, MAX_LINE_CHARS, &mut row.title);
    validator.set_option(draft.taken_at, &mut row.taken_at);
    validator.set_sealed_text("link", draft.link, MAX_LINK_CHARS, &mut row.link);
    row
}

//! The fields of a document that are sent with its file, as texts.

use domain::{
    document::{Draft, OwnerReference},
    value::{FieldUpdate, timestamp},
};
use entity::document::DocumentType;
use error::{Code, Violation};
use sea_orm::ActiveEnum;

/// The fields that refer to the owner.
const OWNERS: [&str; 4] = ["customer", "asset", "load", "serviceRecord"];
/// The most bytes of a reference, as in the schema.
const MAX_REFERENCE_BYTES: usize = 400;

/// A field that a document has not.
pub struct UnknownField;

/// The fields of a document that is to get a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    pub(super) owner: OwnerReference,
    pub(super) draft: Draft,
    pub(super) sha256: Option<String>,
    pub(super) violations: Vec<Violation>,
}

impl Fields {
    /// The names of the fields.
    pub const NAMES: [&str; 9] =
        ["customer", "asset", "load", "serviceRecord", "type", "title", "takenAt", "externalReference", "sha256"];

    /// Sets a field. As in a form of a browser, an empty text is none. A text that is refused is a violation of the upload.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), UnknownField> {
        let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let update = |text: Option<String>| text.map_or(FieldUpdate::Keep, FieldUpdate::Set);
        if !Self::NAMES.contains(&name) {
            return Err(UnknownField);
        }
        if OWNERS.contains(&name) && text.as_ref().is_some_and(|text| text.len() > MAX_REFERENCE_BYTES) {
            self.refuse(name, format!("{name} has at most {MAX_REFERENCE_BYTES} bytes."));
            return Ok(());
        }
        match name {
            "customer" => self.owner.customer = text,
            "asset" => self.owner.asset = text,
            "load" => self.owner.load = text,
            "serviceRecord" => self.owner.service_record = text,
            "title" => self.draft.title = update(text),
            "externalReference" => self.draft.external_reference = update(text),
            "sha256" => self.sha256 = text.map(|hash| hash.to_ascii_lowercase()),
            "type" => match text.map(|name| DocumentType::try_from_value(&name)).transpose() {
                Ok(document_type) => self.draft.document_type = document_type.into(),
                Err(_) => {
                    self.refuse("type", "type is POD, BOL, PHOTO, SIGNATURE, INVOICE, CONTRACT or OTHER.".to_owned());
                }
            },
            "takenAt" => match text.as_deref().map(timestamp) {
                None => {}
                Some(Some(at)) => self.draft.taken_at = FieldUpdate::Set(at),
                Some(None) => self.refuse("takenAt", "takenAt is a time, such as 2026-01-20T08:00:00Z.".to_owned()),
            },
            _ => {}
        }
        Ok(())
    }

    /// Whether no field is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds a violation.
    pub(super) fn refuse(&mut self, field: &str, message: String) {
        self.violations.push(Violation::new(Code::Invalid, &[field], message));
    }
}

//! The numbers of a load: the tenant's own load number, and the references of others.

use entity::{
    load,
    load_reference::{Entity, Model, ReferenceType},
};
use error::Result;
use store::{Tx, fold};

use crate::{
    child_rows::ChildRows,
    lookup::WithNumber,
    reference,
    validator::{MAX_LINE_CHARS, Validator},
    value::FieldUpdate,
};

/// The most references of a load.
const MAX_REFERENCES: usize = 50;

/// A reference, as a client writes it.
#[derive(Clone, Debug, Default)]
pub struct ReferenceDraft {
    /// The type of number.
    pub reference_type: ReferenceType,
    /// The number.
    pub value: String,
}

/// Reads the references of an input.
pub fn apply(validator: &mut Validator, update: FieldUpdate<Vec<ReferenceDraft>>, references: &mut ChildRows<Entity>) {
    let Some(drafts) = update.list() else { return };
    validator.check_max_items("references", drafts.len(), MAX_REFERENCES);
    references.after = validator.within("references", |validator| {
        let drafts = drafts.into_iter().enumerate();
        drafts.map(|(index, draft)| validator.within(index, |validator| read_reference(validator, draft))).collect()
    });
}

/// Refuses a load number that another load has, live or deleted.
pub async fn ensure_number_unique(
    tx: &Tx,
    validator: &mut Validator,
    row: &load::Model,
    old_number: &str,
) -> Result<()> {
    let folded = fold::fold(&row.number);
    if folded.is_empty() || folded == fold::fold(old_number) {
        return Ok(());
    }
    let same_number = tx.look_up::<WithNumber<load::Entity>>(&[folded]).await?;
    if let Some(holder) = same_number.iter().find(|other| other.id != row.id) {
        let (code, message) = reference::taken::<load::Entity>(holder, "number", &row.number);
        validator.fail(code, "number", message);
    }
    Ok(())
}

fn read_reference(validator: &mut Validator, draft: ReferenceDraft) -> Model {
    let mut row = Model { reference_type: draft.reference_type, ..Model::default() };
    validator.set_required_text("value", FieldUpdate::Set(draft.value), MAX_LINE_CHARS, &mut row.value);
    // The `Tx` writes the key; it is set here so that the row compares equal to a stored row with the same reference.
    row.value_key = fold::fold(&row.value);
    row
}

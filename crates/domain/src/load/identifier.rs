//! The numbers a load is known by: the tenant's own, and those of others.

use entity::{
    load,
    load_reference::{Entity, Model, ReferenceType},
};
use error::{Code, Result};
use store::{Deleted, Filter, Predicate, Tx, fold};

use crate::{
    child_rows::ChildRows,
    validator::{MAX_LINE_CHARS, Validator},
    value::FieldUpdate,
};

/// The most references of a load.
const MAX_REFERENCES: usize = 50;

/// What a client says about one reference.
#[derive(Clone, Debug, Default)]
pub struct ReferenceDraft {
    /// Whose number.
    pub reference_type: ReferenceType,
    /// The number.
    pub value: String,
}

/// Reads the references a client asks for.
pub fn apply(validator: &mut Validator, given: FieldUpdate<Vec<ReferenceDraft>>, references: &mut ChildRows<Entity>) {
    let Some(given) = given.list() else { return };
    validator.at_most("references", given.len(), MAX_REFERENCES);
    references.after = validator.within("references", |validator| {
        let given = given.into_iter().enumerate();
        given.map(|(index, reference)| validator.within(index, |validator| read(validator, reference))).collect()
    });
}

/// Refuses a load number that another load has, live or deleted.
pub async fn ensure_number_unique(tx: &Tx, validator: &mut Validator, row: &load::Model, known: &str) -> Result<()> {
    let folded = fold::fold(&row.number);
    if folded.is_empty() || folded == fold::fold(known) {
        return Ok(());
    }
    let holders = tx.find::<load::Entity>()?.deleted(Deleted::Include).filter(has(&folded));
    if tx.all(&holders).await?.iter().any(|other| other.id != row.id) {
        let message = format!("Another load has the number \"{}\" already.", row.number);
        validator.fail(Code::Taken, "number", message);
    }
    Ok(())
}

/// The next free number of the tenant's counter; numbers that were given by hand are passed over.
pub async fn next_number(tx: &Tx) -> Result<String> {
    loop {
        let number = format!("L-{:05}", tx.next_number("load").await?);
        let holders = tx.find::<load::Entity>()?.deleted(Deleted::Include).filter(has(&fold::fold(&number)));
        if tx.count(&holders).await? == 0 {
            return Ok(number);
        }
    }
}

fn has(folded: &str) -> Filter {
    Filter::Column("number_key", Predicate::Eq(folded.into()))
}

fn read(validator: &mut Validator, draft: ReferenceDraft) -> Model {
    let mut row = Model { reference_type: draft.reference_type, ..Model::default() };
    validator.required("value", FieldUpdate::Set(draft.value), MAX_LINE_CHARS, &mut row.value);
    // The key is written by the `Tx`; it stands here so that a row that says the same is equal.
    row.value_key = fold::fold(&row.value);
    row
}

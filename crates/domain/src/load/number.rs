//! The numbers a load is known by: the tenant's own, and those of others.

use entity::{
    load,
    load_reference::{Entity, Kind, Model},
};
use error::{Code, Result};
use store::{Deleted, Filter, Test, Tx, fold};

use crate::{
    check::{Check, LINE},
    part::List,
    value::Field,
};

/// The most references of a load.
const MOST: usize = 50;

/// What a client says about one reference.
#[derive(Clone, Debug, Default)]
pub struct ReferenceDraft {
    /// Whose number.
    pub kind: Kind,
    /// The number.
    pub value: String,
}

/// Reads the references a client asks for.
pub fn draw(check: &mut Check, given: Field<Vec<ReferenceDraft>>, references: &mut List<Entity>) {
    let given = match given {
        Field::Keep => return,
        Field::Clear => Vec::new(),
        Field::Set(given) => given,
    };
    check.at_most("references", given.len(), MOST);
    references.is = check.within("references", |check| {
        let given = given.into_iter().enumerate();
        given.map(|(index, reference)| check.within(index, |check| read(check, reference))).collect()
    });
}

/// Refuses a load number that another load has, live or deleted.
pub async fn free(tx: &Tx, check: &mut Check, row: &load::Model, known: &str) -> Result<()> {
    let folded = fold::fold(&row.load_number);
    if folded.is_empty() || folded == fold::fold(known) {
        return Ok(());
    }
    let holders = tx.find::<load::Entity>()?.deleted(Deleted::Include).filter(has(&folded));
    if tx.all(&holders).await?.iter().any(|other| other.id != row.id) {
        let message = format!("Another load has the number \"{}\" already.", row.load_number);
        check.fail(Code::Taken, "loadNumber", message);
    }
    Ok(())
}

/// The next free number of the tenant's counter; numbers that were given by hand are passed over.
pub async fn next(tx: &Tx) -> Result<String> {
    loop {
        let number = format!("L-{:05}", tx.next_number("load").await?);
        let holders = tx.find::<load::Entity>()?.deleted(Deleted::Include).filter(has(&fold::fold(&number)));
        if tx.count(&holders).await? == 0 {
            return Ok(number);
        }
    }
}

fn has(folded: &str) -> Filter {
    Filter::Column("load_number_key", Test::Eq(folded.into()))
}

fn read(check: &mut Check, draft: ReferenceDraft) -> Model {
    let mut row = Model { kind: draft.kind, ..Model::default() };
    check.required("value", Field::Set(draft.value), LINE, &mut row.value);
    // The key is written by the `Tx`; it stands here so that a row that says the same is equal.
    row.value_key = fold::fold(&row.value);
    row
}

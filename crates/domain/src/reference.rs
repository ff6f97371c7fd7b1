//! References: how an input names a row of another table, and how all references of an input are found at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use error::{Code, Error, OfField, Result, Violation};
use sea_orm::{Value, prelude::Uuid};
use store::{Deleted, Filter, Row, TenantTable, Tx, fold};

use super::{
    lookup::{
        ForUpdate, Live, LiveForUpdate, WithExternalReference, external_reference, has_number, number_key,
        reference_filter, value,
    },
    validator::Validator,
};

/// A reference as a client writes it: an id of this server, else an external reference, else the number of a customer or load.
pub type Reference = String;

/// The rows found for the references of an input.
pub struct ReferencedRows<E: TenantTable> {
    rows: HashMap<Uuid, Arc<E::Model>>,
    external_references: HashMap<String, Uuid>,
    numbers: HashMap<String, Uuid>,
    /// The references that name no live row and a deleted one.
    deleted: HashSet<Reference>,
}

impl<E: TenantTable> ReferencedRows<E> {
    fn new(rows: impl IntoIterator<Item = Arc<E::Model>>) -> Self {
        let mut found = Self {
            rows: HashMap::new(),
            external_references: HashMap::new(),
            numbers: HashMap::new(),
            deleted: HashSet::new(),
        };
        for row in rows {
            if let Some(reference) = external_reference::<E>(&row) {
                found.external_references.insert(reference, row.id());
            }
            if let Some(number) = number_key::<E>(&row) {
                found.numbers.insert(number, row.id());
            }
            found.rows.insert(row.id(), row);
        }
        found
    }

    /// The row a reference names.
    pub fn get(&self, reference: &str) -> Option<&E::Model> {
        let id = E::TABLE.decode_id(reference).filter(|id| self.rows.contains_key(id));
        let id = id.or_else(|| self.external_references.get(reference).copied());
        self.rows.get(&id.or_else(|| self.numbers.get(&fold::fold(reference)).copied())?).map(Arc::as_ref)
    }

    /// Whether a reference names a deleted row, and no live one.
    pub fn is_deleted(&self, reference: &Reference) -> bool {
        self.deleted.contains(reference)
    }

    /// The row a reference names; a violation, if it names none, or a deleted one.
    pub fn require(&self, validator: &mut Validator, path: Vec<String>, reference: &Reference) -> Option<&E::Model> {
        let found = self.get(reference);
        if found.is_none() && self.is_deleted(reference) {
            validator.fail_at(Code::Deleted, path, deleted_message::<E>());
        } else if found.is_none() {
            validator.fail_at(Code::NotFound, path, not_found_message::<E>(reference));
        }
        found
    }

    /// Finds out which of the references without a row name a deleted one, in one statement; in none, if each has its row.
    pub async fn with_deleted<'a>(
        mut self,
        tx: &Tx,
        references: impl IntoIterator<Item = &'a Reference>,
    ) -> Result<Self> {
        let missing: Vec<_> = references.into_iter().filter(|reference| self.get(reference).is_none()).collect();
        self.deleted = find_deleted::<E>(tx, missing, Filter::All(Vec::new())).await?;
        Ok(self)
    }
}

/// Finds the live rows that references name, in one statement; without references, in none. A key-share lock keeps the
/// rows from being deleted before the write that refers to them. If a reference names none, a second statement finds out
/// whether it names a deleted row.
pub async fn find<'a, E: TenantTable>(
    tx: &Tx,
    references: impl IntoIterator<Item = &'a Reference>,
) -> Result<ReferencedRows<E>> {
    let references: Vec<_> = references.into_iter().collect();
    find_live::<E>(tx, references.iter().copied()).await?.with_deleted(tx, references).await
}

/// The same without the second statement: for references that may name a row of another table.
pub async fn find_live<'a, E: TenantTable>(
    tx: &Tx,
    references: impl IntoIterator<Item = &'a Reference>,
) -> Result<ReferencedRows<E>> {
    let references: Vec<_> = references.into_iter().cloned().collect();
    Ok(ReferencedRows::new(tx.look_up::<Live<E>>(&references).await?))
}

/// Finds the live row that a reference names, and locks it for update: for a rule that compares the rows that refer to it.
pub async fn find_and_lock<E: TenantTable>(tx: &Tx, reference: &Reference) -> Result<ReferencedRows<E>> {
    let rows = tx.look_up::<LiveForUpdate<E>>(std::slice::from_ref(reference)).await?;
    ReferencedRows::new(rows).with_deleted(tx, [reference]).await
}

/// The references that name deleted rows among those that a filter selects, in one statement; without references, in none.
pub async fn find_deleted<E: TenantTable>(
    tx: &Tx,
    references: Vec<&Reference>,
    among: Filter,
) -> Result<HashSet<Reference>> {
    if references.is_empty() {
        return Ok(HashSet::new());
    }
    let deleted = tx.find::<E>()?.deleted(Deleted::Only).filter(reference_filter::<E>(references.iter().copied()));
    let deleted = ReferencedRows::<E>::new(tx.all(&deleted.filter(among)).await?.into_iter().map(Arc::new));
    Ok(references.into_iter().filter(|reference| deleted.get(reference).is_some()).cloned().collect())
}

/// Loads and locks the row that is to be written, in the version the caller expects.
pub async fn load_for_update<E: TenantTable>(
    tx: &Tx,
    reference: &str,
    expected_version: Option<i32>,
    deleted: Deleted,
) -> Result<E::Model> {
    let rows = tx.look_up::<ForUpdate<E>>(&[reference.to_owned()]).await?;
    let row = rows.into_iter().min_by_key(|row| precedence::<E>(row, reference)).map(Arc::unwrap_or_clone);
    let row = row.ok_or_else(|| Error::invalid(Code::NotFound, &["id"], not_found_message::<E>(reference)))?;
    match (is_deleted::<E>(&row), deleted) {
        (true, Deleted::Exclude) => {
            return Err(Error::invalid(Code::Deleted, &["id"], deleted_message::<E>()));
        }
        (false, Deleted::Only) => {
            let message = format!("This {} is not deleted.", display_name::<E>());
            return Err(Error::invalid(Code::State, &["id"], message));
        }
        _ => {}
    }
    ensure_version::<E>(&row, expected_version)?;
    Ok(row)
}

/// Refuses a row that is to be written in another version than the caller expects.
pub fn ensure_version<E: TenantTable>(row: &E::Model, expected_version: Option<i32>) -> Result<()> {
    match (expected_version, value::<E>(row, "version")) {
        (Some(expected), Value::Int(Some(version))) if expected != version => {
            let message =
                format!("The {} is at version {version}, not {expected}; read it again.", display_name::<E>());
            Err(Error::Stale(Violation::new(Code::VersionConflict, &["expectedVersion"], message), row.id()))
        }
        _ => Ok(()),
    }
}

/// Refuses the row of an upsert in another version than the caller expects, and an expected version without a row.
pub fn ensure_upsert_version<E: TenantTable>(found: Option<&E::Model>, expected_version: Option<i32>) -> Result<()> {
    match (found, expected_version) {
        (Some(row), expected) => ensure_version::<E>(row, expected),
        (None, Some(expected)) => {
            let message = format!("There is no such {} yet, so it has no version {expected}.", display_name::<E>());
            Err(Error::invalid(Code::NotFound, &["expectedVersion"], message))
        }
        (None, None) => Ok(()),
    }
}

/// Finds and locks the row, live or deleted, that has an external reference.
pub async fn find_by_reference<E: TenantTable>(tx: &Tx, reference: &str) -> Result<Option<E::Model>> {
    let rows = tx.look_up::<WithExternalReference<E>>(&[reference.to_owned()]).await?;
    Ok(rows.into_iter().next().map(Arc::unwrap_or_clone))
}

/// Finds and locks the row of an upsert, live or deleted, in the version the caller expects. Returns the reference as a row
/// stores it, too.
pub async fn find_for_upsert<E: TenantTable>(
    tx: &Tx,
    reference: &str,
    expected_version: Option<i32>,
) -> Result<(String, Option<E::Model>)> {
    let reference = reference.trim();
    if reference.is_empty() {
        let message = "An upsert needs the external reference of its row; it cannot be empty.";
        return Err(Error::invalid(Code::Required, &["externalReference"], message));
    }
    let found = find_by_reference::<E>(tx, reference).await?;
    ensure_upsert_version::<E>(found.as_ref(), expected_version)?;
    Ok((reference.to_owned(), found))
}

/// The error of the create of an upsert, which found no row of a reference. If another row has it, or the key, now, another
/// transaction has just written it, and the upsert runs again. What a new row needs is told with the reason.
pub fn upsert_error<E: TenantTable>(error: Error, reference: &str) -> Error {
    let Error::Invalid(mut violations) = error else { return error };
    let is_taken = |violation: &Violation| {
        let paths = [["externalReference"], ["key"]];
        matches!(violation.code, Code::Taken | Code::Deleted) && paths.iter().any(|path| violation.path == path)
    };
    if let Some(violation) = violations.iter().find(|violation| is_taken(violation)) {
        return Error::LostRace(violation.clone());
    }
    let what = display_name::<E>();
    for Violation { code, path, message } in &mut violations {
        if let (Code::Required, [field]) = (code, path.as_slice()) {
            *message = format!("There is no {what} {reference:?} yet, and a new one needs its {field}.");
        }
    }
    Error::Invalid(violations)
}

/// Refuses an external reference that another row has, live or deleted. `own` is the id of the row that is written.
pub async fn ensure_unique<E: TenantTable>(
    tx: &Tx,
    validator: &mut Validator,
    own: Uuid,
    reference: Option<&String>,
) -> Result<()> {
    let Some(reference) = reference else { return Ok(()) };
    let Some(other) = find_by_reference::<E>(tx, reference).await?.filter(|row| row.id() != own) else {
        return Ok(());
    };
    let (code, message) = taken::<E>(&other, "external reference", reference);
    validator.fail(code, "externalReference", message);
    Ok(())
}

/// The code and the message of a unique value that another row has, live or deleted. `what` is the value's name.
pub fn taken<E: TenantTable>(holder: &E::Model, what: &str, value: &str) -> (Code, String) {
    let (id, row) = (E::TABLE.encode_id(holder.id()), display_name::<E>());
    if is_deleted::<E>(holder) {
        let message = format!("The deleted {row} {id} has the {what} \"{value}\"; restore it or give another one.");
        (Code::Deleted, message)
    } else {
        (Code::Taken, format!("The {row} {id} has the {what} \"{value}\" already."))
    }
}

/// Refuses a reference to another row than the current one, or to any row where there is none.
pub async fn ensure_immutable<E: TenantTable>(
    tx: &Tx,
    validator: &mut Validator,
    field: &str,
    reference: Option<&Reference>,
    current: impl Into<Option<Uuid>>,
) -> Result<()> {
    let Some(reference) = reference else { return Ok(()) };
    let Some(current) = current.into() else {
        validator.fail(Code::Immutable, field, format!("The row was made without {field}, and gets none later."));
        return Ok(());
    };
    let find = tx.find::<E>().of_field(field)?.deleted(Deleted::Include).filter(reference_filter::<E>([reference]));
    let find = find.ids([current]);
    if tx.count(&find).await? == 0 {
        let message = format!("The {field} was fixed when the row was made: it is {}.", E::TABLE.encode_id(current));
        validator.fail(Code::Immutable, field, message);
    }
    Ok(())
}

/// Refuses to restore or reopen a row whose parent in this table is deleted, also if the caller may not read the parent. A
/// key-share lock keeps the parent from being deleted until the transaction ends.
pub async fn ensure_live<E: TenantTable>(tx: &Tx, id: Uuid) -> Result<()> {
    let parents = tx.lock_key_share(&tx.find_unrestricted::<E>().ids([id])).await?;
    if parents.is_empty() { Err(deleted_parent::<E>()) } else { Ok(()) }
}

/// The same with the parent locked for update: for a rule that compares the rows that refer to it.
pub async fn ensure_live_and_lock<E: TenantTable>(tx: &Tx, id: Uuid) -> Result<()> {
    let parents = tx.lock(&tx.find_unrestricted::<E>().ids([id])).await?;
    if parents.is_empty() { Err(deleted_parent::<E>()) } else { Ok(()) }
}

fn deleted_parent<E: TenantTable>() -> Error {
    let parent = display_name::<E>();
    let message = format!("Its {parent} is deleted; restore the {parent} first.");
    Error::invalid(Code::Deleted, &["id"], message)
}

/// The order of the rows that a reference may mean: the external reference of one row may look like the id of another one,
/// and its number like the external reference of another one.
pub fn precedence<E: TenantTable>(row: &E::Model, reference: &str) -> u8 {
    if E::TABLE.decode_id(reference) == Some(row.id()) {
        0
    } else if external_reference::<E>(row).as_deref() == Some(reference) {
        1
    } else {
        2
    }
}

/// Whether a row is soft-deleted.
pub fn is_deleted<E: TenantTable>(row: &E::Model) -> bool {
    !matches!(value::<E>(row, "deleted_at"), Value::ChronoDateTimeUtc(None))
}

/// The stamp under which a row was soft-deleted; all rows with the same stamp are restored together.
pub fn deletion_stamp<E: TenantTable>(row: &E::Model) -> Option<Uuid> {
    match value::<E>(row, "deleted_with") {
        Value::Uuid(stamp) => stamp,
        _ => None,
    }
}

/// The message about a deleted row that an input names.
pub fn deleted_message<E: TenantTable>() -> String {
    format!("This {} is deleted; restore it first.", display_name::<E>())
}

fn not_found_message<E: TenantTable>(reference: &str) -> String {
    let what = display_name::<E>();
    let article = if what.starts_with(['a', 'e']) { "an" } else { "a" };
    if has_number::<E>() {
        return format!(
            "\"{reference}\" is neither the id, the external reference nor the number of {article} {what}."
        );
    }
    format!("\"{reference}\" is neither the id nor the external reference of {article} {what}.")
}

fn display_name<E: TenantTable>() -> String {
    E::TABLE.name.replace('_', " ")
}

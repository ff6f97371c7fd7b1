//! What inputs look up before they write: rows that they refer to or write, holders of unique values, and custom fields.

use std::marker::PhantomData;

use entity::custom_field_definition;
use sea_orm::{ModelTrait, Value, sea_query::LockType};
use store::{Deleted, Filter, Predicate, Row, TenantTable, fold, page, table::enum_text, tx::Lookup};

/// Makes the lookups of the rows that references may mean: which rows, and how they are locked.
///
/// ```ignore
/// by_reference! {
///     /// Looks up the live rows.
///     Live: Exclude, KeyShare;
/// }
/// // becomes
/// /// Looks up the live rows.
/// pub struct Live<E>(PhantomData<fn() -> E>);
/// impl<E: TenantTable> Lookup for Live<E> {}
/// ```
macro_rules! by_reference {
    ($($(#[$doc:meta])* $name:ident: $deleted:ident, $lock:ident;)*) => { $(
        $(#[$doc])*
        pub struct $name<E>(PhantomData<fn() -> E>);

        impl<E: TenantTable> Lookup for $name<E> {
            type Entity = E;
            const DELETED: Deleted = Deleted::$deleted;
            const LOCK: Option<LockType> = Some(LockType::$lock);

            fn filter(references: &[String]) -> Filter {
                reference_filter::<E>(references)
            }

            fn finder(row: &E::Model) -> impl Fn(&str) -> bool {
                may_mean::<E>(row)
            }
        }
    )* };
}

by_reference! {
    /// Looks up the live rows that references may mean, to refer to them.
    Live: Exclude, KeyShare;
    /// The same, to write rows that only one may refer to.
    LiveForUpdate: Exclude, Update;
    /// Looks up the rows, live or deleted, that references may mean, to write them.
    ForUpdate: Include, Update;
}

/// Looks up the rows, live or deleted, that have external references, to write them or to refuse others the same one.
pub struct WithExternalReference<E>(PhantomData<fn() -> E>);

impl<E: TenantTable> Lookup for WithExternalReference<E> {
    type Entity = E;
    const DELETED: Deleted = Deleted::Include;
    const LOCK: Option<LockType> = Some(LockType::Update);

    fn filter(references: &[String]) -> Filter {
        one_of("external_reference", references)
    }

    fn finder(row: &E::Model) -> impl Fn(&str) -> bool {
        let external_reference = external_reference::<E>(row);
        move |reference| external_reference.as_deref() == Some(reference)
    }
}

/// Looks up the rows, live or deleted, that have folded numbers, to refuse others the same one.
pub struct WithNumber<E>(PhantomData<fn() -> E>);

impl<E: TenantTable> Lookup for WithNumber<E> {
    type Entity = E;
    const DELETED: Deleted = Deleted::Include;
    const LOCK: Option<LockType> = None;

    fn filter(numbers: &[String]) -> Filter {
        one_of("number_key", numbers)
    }

    fn finder(row: &E::Model) -> impl Fn(&str) -> bool {
        let folded = number_key::<E>(row);
        move |number| folded.as_deref() == Some(number)
    }
}

/// Looks up the live custom fields of types of rows, which bind every writer, also one without permission to read them. The
/// lock keeps others from narrowing them.
pub struct FieldsOfType;

impl Lookup for FieldsOfType {
    type Entity = custom_field_definition::Entity;
    const DELETED: Deleted = Deleted::Exclude;
    const LOCK: Option<LockType> = Some(LockType::KeyShare);
    const UNRESTRICTED: bool = true;

    fn filter(owner_types: &[String]) -> Filter {
        one_of("owner_type", owner_types)
    }

    fn finder(row: &custom_field_definition::Model) -> impl Fn(&str) -> bool {
        let name = enum_text(&row.owner_type);
        move |owner_type| owner_type == name
    }
}

/// The rows with one of some texts in a column.
fn one_of(column: &'static str, texts: &[String]) -> Filter {
    Filter::Column(column, Predicate::In(texts.iter().map(|text| Value::from(text.as_str())).collect()))
}

/// The rows that references may mean.
pub fn reference_filter<'a, E: TenantTable>(
    references: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>,
) -> Filter {
    let (mut ids, mut external, mut numbers): (Vec<Value>, Vec<Value>, Vec<Value>) = Default::default();
    for reference in references {
        ids.extend(E::TABLE.decode_id(reference.as_ref()).map(Value::from));
        external.push(reference.as_ref().into());
        numbers.extend(has_number::<E>().then(|| Value::from(fold::fold(reference.as_ref()))));
    }
    let mut any = vec![Filter::Column("external_reference", Predicate::In(external))];
    if !ids.is_empty() {
        any.push(Filter::Column("id", Predicate::In(ids)));
    }
    if !numbers.is_empty() {
        any.push(Filter::Column("number_key", Predicate::In(numbers)));
    }
    Filter::Any(any)
}

/// Tells of each reference whether it may mean a row.
fn may_mean<E: TenantTable>(row: &E::Model) -> impl Fn(&str) -> bool {
    let (id, external_reference, number) = (row.id(), external_reference::<E>(row), number_key::<E>(row));
    move |reference| {
        E::TABLE.decode_id(reference) == Some(id)
            || external_reference.as_deref() == Some(reference)
            || number.as_ref().is_some_and(|number| *number == fold::fold(reference))
    }
}

/// A row's external reference.
pub fn external_reference<E: TenantTable>(row: &E::Model) -> Option<String> {
    match value::<E>(row, "external_reference") {
        Value::String(reference) => reference,
        _ => None,
    }
}

/// The value of a column; null, if the table has no such column.
pub fn value<E: TenantTable>(row: &E::Model, name: &str) -> Value {
    page::find_column::<E>(name).map_or(Value::Int(None), |column| row.get(column))
}

/// Whether the rows of a table have a number of the tenant, which is unique.
pub fn has_number<E: TenantTable>() -> bool {
    E::TABLE.folded.contains(&"number")
}

/// The folded number of a row.
pub fn number_key<E: TenantTable>(row: &E::Model) -> Option<String> {
    match has_number::<E>().then(|| value::<E>(row, "number_key"))? {
        Value::String(number) => number,
        _ => None,
    }
}

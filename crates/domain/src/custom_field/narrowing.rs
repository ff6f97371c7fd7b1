//! Narrowing: values that a field would not admit any more are counted, and displaced only when that was said.

use entity::{
    Sealed,
    custom_field_definition::Model as Definition,
    custom_field_value::{Entity, Model as Row},
};
use error::{Code, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, Tx};

use super::{
    constraint::Constraints,
    owner::{owner_column, with_owner},
    value::{Value, clear, index, index_normalization},
};
use crate::validator::Validator;

/// How many values are read at once.
const BATCH_SIZE: u64 = 500;

/// Refuses a narrower field with the count of what it would displace, or displaces it; and writes every value anew that
/// the field holds in another way than before.
pub async fn apply(
    tx: &Tx,
    validator: &mut Validator,
    before: &Definition,
    after: &Definition,
    displace: bool,
) -> Result<()> {
    if after.required && !before.required && !displace {
        let count = missing(tx, after).await?;
        if count > 0 {
            let rows = if count == 1 { "row has" } else { "rows have" };
            let message = format!("{count} {rows} no value of {}; say displace: true to leave that so.", after.key);
            validator.fail(Code::InUse, "required", message);
        }
    }
    let rules = Constraints::of(after)?;
    let stricter = rules.stricter_than(&Constraints::of(before)?);
    if stricter && !displace {
        let count = check_values(tx, &rules, before, after, false).await?;
        if count > 0 {
            let (values, are) = if count == 1 { ("value", "is") } else { ("values", "are") };
            let message = format!(
                "{count} {values} of {} {are} not admitted any more; say displace: true to displace and keep what was there.",
                after.key
            );
            validator.fail(Code::InUse, "displace", message);
        }
    }
    let elsewhere = before.sensitive != after.sensitive || before.multi_select != after.multi_select;
    if validator.is_clean() && (stricter || elsewhere) {
        check_values(tx, &rules, before, after, true).await?;
    }
    Ok(())
}

/// Some values of a field after an id, locked: those of rows the caller may not see, too.
pub async fn next_batch(tx: &Tx, field: Uuid, after: Uuid, deleted: Deleted) -> Result<Vec<Row>> {
    let of = Filter::Column("definition_id", Predicate::Eq(field.into()));
    let further = Filter::Column("id", Predicate::Gt(after.into()));
    let mut find = tx.find_unrestricted::<Entity>().deleted(deleted).filter(of).filter(further);
    find.size = BATCH_SIZE;
    tx.lock(&find).await
}

/// Walks over all values, hidden ones too: they come back with their rows. Counts those that are live and displaced.
async fn check_values(
    tx: &Tx,
    rules: &Constraints<'_>,
    before: &Definition,
    after: &Definition,
    write: bool,
) -> Result<u64> {
    let (mut displaced, mut last) = (0, Uuid::nil());
    loop {
        let rows = next_batch(tx, after.id, last, Deleted::Include).await?;
        let Some(end) = rows.last() else { return Ok(displaced) };
        last = end.id;
        for row in rows {
            let (value, kept) = current_value(tx, &row).await?;
            let admitted = value.as_ref().is_none_or(|value| rules.admit(value).is_ok());
            displaced += u64::from(!admitted && row.deleted_at.is_none());
            if write {
                rewrite(tx, before, after, row, value.filter(|_| admitted), if admitted { kept } else { None }).await?;
            }
        }
    }
}

/// What a row holds, and what was displaced from it earlier, as JSON.
async fn current_value(tx: &Tx, row: &Row) -> Result<(Option<Value>, Option<String>)> {
    let value = match &row.sealed {
        Some(sealed) => Some(Value::opened(row.field_type, &tx.open::<Entity>(row, "sealed", sealed).await?)?),
        None => Value::of(row)?,
    };
    let kept = match &row.displaced_sealed {
        Some(sealed) => Some(tx.open::<Entity>(row, "displaced_sealed", sealed).await?),
        None => row.displaced.clone(),
    };
    Ok((value, kept))
}

/// Writes a row as the changed field holds it: a value that is admitted, or none and what it was.
async fn rewrite(
    tx: &Tx,
    before: &Definition,
    after: &Definition,
    row: Row,
    value: Option<Value>,
    kept: Option<String>,
) -> Result<()> {
    let mut new = row.clone();
    let displaced = match (&value, kept) {
        (Some(value), _) => {
            value.put(after, &mut new);
            None
        }
        (None, Some(kept)) => Some(kept),
        (None, None) => current_value(tx, &row).await?.0.map(|value| value.json(before.multi_select).to_string()),
    };
    if value.is_none() {
        clear(&mut new);
        if after.sensitive {
            new.displaced_sealed = displaced.map(|json| Sealed::plain(&json));
        } else {
            new.displaced = displaced;
        }
    }
    let written = tx.update::<Entity>(&row, new).await?;
    if written != row && (before.sensitive || after.sensitive) {
        let text = value.filter(|_| after.sensitive).and_then(|value| value.indexed());
        tx.index_text(row.id, index(after), index_normalization(after.field_type), before.sensitive, text.as_deref())?;
    }
    Ok(())
}

/// How many live rows have no value of a field.
async fn missing(tx: &Tx, field: &Definition) -> Result<u64> {
    let given = Filter::All(vec![
        Filter::Column("displaced", Predicate::IsNull(true)),
        Filter::Column("displaced_sealed", Predicate::IsNull(true)),
    ]);
    let none = Filter::Not(Box::new(Filter::CustomFieldRow(field.id, owner_column(field.entity), Box::new(given))));
    with_owner!(field.entity, Of => tx.count(&tx.find::<Of>()?.filter(none)).await)
}

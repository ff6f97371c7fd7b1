//! Narrowing: values that a field would not admit any more are counted, and displaced only when that was said.

use entity::{
    Sealed,
    custom_field_definition::{Model as Field, Owner},
    custom_field_value::{Entity, Model as Row},
};
use error::{Code, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Test, Tx};

use super::{
    owner_column,
    rule::Rules,
    value::{Value, clear, index, index_kind},
    with_owner,
};
use crate::check::Check;

/// How many values are read at once.
const BATCH: u64 = 500;

/// Refuses a narrower field with the count of what it would displace, or displaces it; and writes every value anew that
/// the field holds in another way than before.
pub async fn narrow(tx: &Tx, check: &mut Check, before: &Field, after: &Field, displace: bool) -> Result<()> {
    if after.required && !before.required && !displace {
        let count = missing(tx, after).await?;
        if count > 0 {
            let rows = if count == 1 { "row has" } else { "rows have" };
            let message = format!("{count} {rows} no value of {}; say displace: true to leave that so.", after.key);
            check.fail(Code::InUse, "required", message);
        }
    }
    let rules = Rules::of(after)?;
    let stricter = rules.stricter_than(&Rules::of(before)?);
    if stricter && !displace {
        let count = pass(tx, &rules, before, after, false).await?;
        if count > 0 {
            let (values, are) = if count == 1 { ("value", "is") } else { ("values", "are") };
            let message = format!(
                "{count} {values} of {} {are} not admitted any more; say displace: true to displace and keep what was there.",
                after.key
            );
            check.fail(Code::InUse, "displace", message);
        }
    }
    let elsewhere = before.sensitive != after.sensitive || before.multi_select != after.multi_select;
    if check.is_clean() && (stricter || elsewhere) {
        pass(tx, &rules, before, after, true).await?;
    }
    Ok(())
}

/// Some values of a field after an id, locked: those of rows the caller may not see, too.
pub async fn batch(tx: &Tx, field: Uuid, after: Uuid, deleted: Deleted) -> Result<Vec<Row>> {
    let of = Filter::Column("definition_id", Test::Eq(field.into()));
    let further = Filter::Column("id", Test::Gt(after.into()));
    let mut find = tx.bound::<Entity>().deleted(deleted).filter(of).filter(further);
    find.size = BATCH;
    tx.lock(&find).await
}

/// Walks over all values, hidden ones too: they come back with their rows. Counts those that are live and displaced.
async fn pass(tx: &Tx, rules: &Rules<'_>, before: &Field, after: &Field, write: bool) -> Result<u64> {
    let (mut displaced, mut last) = (0, Uuid::nil());
    loop {
        let rows = batch(tx, after.id, last, Deleted::Include).await?;
        let Some(end) = rows.last() else { return Ok(displaced) };
        last = end.id;
        for row in rows {
            let (value, kept) = held(tx, &row).await?;
            let admitted = value.as_ref().is_none_or(|value| rules.admit(value).is_ok());
            displaced += u64::from(!admitted && row.deleted_at.is_none());
            if write {
                rewrite(tx, before, after, row, value.filter(|_| admitted), if admitted { kept } else { None }).await?;
            }
        }
    }
}

/// What a row holds, and what was displaced from it earlier, as JSON.
async fn held(tx: &Tx, row: &Row) -> Result<(Option<Value>, Option<String>)> {
    let value = match &row.sealed {
        Some(sealed) => Some(Value::opened(row.kind, &tx.open::<Entity>(row, "sealed", sealed).await?)?),
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
    before: &Field,
    after: &Field,
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
        (None, None) => held(tx, &row).await?.0.map(|value| value.json(before.multi_select).to_string()),
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
        tx.index_text(row.id, index(after), index_kind(after.kind), before.sensitive, text.as_deref())?;
    }
    Ok(())
}

/// How many live rows have no value of a field.
async fn missing(tx: &Tx, field: &Field) -> Result<u64> {
    let given = Filter::All(vec![
        Filter::Column("displaced", Test::IsNull(true)),
        Filter::Column("displaced_sealed", Test::IsNull(true)),
    ]);
    let none = Filter::Not(Box::new(Filter::CustomRow(field.id, owner_column(field.entity), Box::new(given))));
    with_owner!(field.entity, Of => tx.count(&tx.find::<Of>()?.filter(none)).await)
}

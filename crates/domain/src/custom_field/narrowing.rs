//! Narrowing: values that a changed field no longer admits are counted, and displaced only when the caller asks for it.

use access::Action;
use entity::{
    Sealed,
    custom_field_definition::Model as Definition,
    custom_field_value::{Entity, Model as Row},
};
use error::{Code, OfField, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, Tx};

use super::{
    constraint::Constraints,
    owner::{owner_column, with_owner},
    value::{Value, clear, index, index_normalization},
};
use crate::validator::Validator;

/// How many values one statement reads.
const BATCH_SIZE: u64 = 500;

/// Refuses a narrower field with the number of values it would displace, or displaces them. Rewrites every value that the
/// field stores in another form than before.
pub async fn apply(
    tx: &Tx,
    validator: &mut Validator,
    before: &Definition,
    after: &Definition,
    displace: bool,
) -> Result<()> {
    if after.required && !before.required && !displace {
        let count = count_rows_without_value(tx, after).await.of_field("required")?;
        if count > 0 {
            let rows = if count == 1 { "row has" } else { "rows have" };
            let message = format!("{count} {rows} no value of {}; say displace: true to leave that so.", after.key);
            validator.fail(Code::InUse, "required", message);
        }
    }
    let constraints = Constraints::of(after)?;
    let stricter = constraints.is_stricter_than(&Constraints::of(before)?);
    let form_changes = before.sensitive != after.sensitive || before.multi_select != after.multi_select;
    if before.sensitive && (stricter || !after.sensitive) {
        // The number of values that a rule does not admit tells about them, and values that are not sensitive are shown.
        tx.caller().require(Action::PiiRead)?;
    }
    if stricter && !displace {
        let count = walk_values(tx, &constraints, before, after, false).await?;
        if count > 0 {
            let (values, are) = if count == 1 { ("value", "is") } else { ("values", "are") };
            let message = format!(
                "{count} {values} of {} {are} not admitted any more; say displace: true to displace and keep what was there.",
                after.key
            );
            validator.fail(Code::InUse, "displace", message);
        }
    }
    if validator.is_clean() && (stricter || form_changes) {
        walk_values(tx, &constraints, before, after, true).await?;
    }
    Ok(())
}

/// Reads and locks the next values of a field after an id, those of rows that the caller may not see included.
pub async fn next_batch(tx: &Tx, field: Uuid, after: Uuid, deleted: Deleted) -> Result<Vec<Row>> {
    let of_field = Filter::Column("definition_id", Predicate::Eq(field.into()));
    let after_id = Filter::Column("id", Predicate::Gt(after.into()));
    let mut find = tx.find_unrestricted::<Entity>().deleted(deleted).filter(of_field).filter(after_id);
    find.size = BATCH_SIZE;
    tx.lock(&find).await
}

/// Walks over all values, soft-deleted ones included, since they may be restored. Counts the live ones that are displaced,
/// and with `write` rewrites all.
async fn walk_values(
    tx: &Tx,
    constraints: &Constraints<'_>,
    before: &Definition,
    after: &Definition,
    write: bool,
) -> Result<u64> {
    let (mut displaced, mut last) = (0, Uuid::nil());
    loop {
        let rows = next_batch(tx, after.id, last, Deleted::Include).await?;
        let Some(row) = rows.last() else { return Ok(displaced) };
        last = row.id;
        for row in rows {
            let (value, displaced_json) = current_value(tx, &row).await?;
            let is_admitted = value.as_ref().is_none_or(|value| constraints.validate(value).is_ok());
            displaced += u64::from(!is_admitted && row.deleted_at.is_none());
            if write {
                rewrite(
                    tx,
                    before,
                    after,
                    row,
                    value.filter(|_| is_admitted),
                    if is_admitted { displaced_json } else { None },
                )
                .await?;
            }
        }
    }
}

/// The value of a row, and the value that was displaced from it earlier, as JSON.
async fn current_value(tx: &Tx, row: &Row) -> Result<(Option<Value>, Option<String>)> {
    let value = match &row.sealed {
        Some(sealed) => Some(Value::from_sealed(row.field_type, &tx.open::<Entity>(row, "sealed", sealed).await?)?),
        None => Value::from_row(row)?,
    };
    let displaced_json = match &row.displaced_sealed {
        Some(sealed) => Some(tx.open::<Entity>(row, "displaced_sealed", sealed).await?),
        None => row.displaced.clone(),
    };
    Ok((value, displaced_json))
}

/// Writes a row in the form of the changed field: a value that is admitted, or none with the displaced value.
async fn rewrite(
    tx: &Tx,
    before: &Definition,
    after: &Definition,
    row: Row,
    value: Option<Value>,
    displaced_json: Option<String>,
) -> Result<()> {
    let mut new = row.clone();
    let displaced = match (&value, displaced_json) {
        (Some(value), _) => {
            value.store(after, &mut new);
            None
        }
        (None, Some(json)) => Some(json),
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
        let text = value.filter(|_| after.sensitive).and_then(|value| value.index_text());
        tx.index_text(
            row.id,
            index(after.id),
            index_normalization(after.field_type),
            before.sensitive,
            text.as_deref(),
        )?;
    }
    Ok(())
}

/// Counts the live rows without a value of a field.
async fn count_rows_without_value(tx: &Tx, field: &Definition) -> Result<u64> {
    let has_value = Filter::All(vec![
        Filter::Column("displaced", Predicate::IsNull(true)),
        Filter::Column("displaced_sealed", Predicate::IsNull(true)),
    ]);
    let without_value =
        Filter::Not(Box::new(Filter::CustomFieldRow(field.id, owner_column(field.owner_type), Box::new(has_value))));
    with_owner!(field.owner_type, E => tx.count(&tx.find::<E>()?.filter(without_value)).await)
}

//! The name of a customer: in clear or sealed, as the tenant's settings ask for.

use access::Action;
use entity::{
    Sealed,
    customer::{CustomerType, Entity, Model},
    tenant::Names,
};
use error::{OfField, Result};
use store::{Tx, fold};

use crate::{
    validator::{MAX_LINE_CHARS, Validator},
    value::{FieldUpdate, sealed_order_key},
};

/// Sets the name of a draft. A new type may change whether it is sealed.
pub async fn set_name(
    tx: &Tx,
    validator: &mut Validator,
    update: FieldUpdate<String>,
    row: &mut Model,
    old_type: CustomerType,
) -> Result<()> {
    let type_changed = old_type != row.customer_type;
    let has_name = row.name.is_some() || row.name_sealed.is_some();
    if matches!(update, FieldUpdate::Keep) && !type_changed && has_name {
        return Ok(());
    }
    let mut name = match (&row.name, &row.name_sealed) {
        (Some(name), _) => name.clone(),
        (None, Some(sealed)) if type_changed => tx.open::<Entity>(row, "name_sealed", sealed).await?,
        (None, _) => String::new(),
    };
    let is_kept = matches!(update, FieldUpdate::Keep);
    let update = if is_kept && name.is_empty() { FieldUpdate::Clear } else { update };
    validator.set_required_text("name", update, MAX_LINE_CHARS, &mut name);
    if !is_sealed(tx, row) && row.name_sealed.is_some() && is_kept {
        // The encrypted name would stand in clear, and the answer would show it.
        tx.caller().require(Action::PiiRead).of_field("type")?;
    }
    store_name(tx, row, name);
    Ok(())
}

/// Rewrites a customer in the form that the tenant's settings ask for.
pub async fn rewrite(tx: &Tx, row: &Model, indexes_phones: bool) -> Result<()> {
    let mut after = row.clone();
    let name = match (&row.name, &row.name_sealed) {
        (None, Some(sealed)) => tx.open::<Entity>(row, "name_sealed", sealed).await?,
        (name, _) => name.clone().unwrap_or_default(),
    };
    store_name(tx, &mut after, name);
    tx.rewrite::<Entity>(row, after, indexes_phones).await
}

/// Whether the tenant's settings seal the name of a customer.
fn is_sealed(tx: &Tx, row: &Model) -> bool {
    match tx.tenant().names {
        Names::All => true,
        Names::Residential => row.customer_type == CustomerType::Residential,
        Names::None => false,
    }
}

/// Stores a name with its sort key, which is short where the name is sealed.
fn store_name(tx: &Tx, row: &mut Model, name: String) {
    if is_sealed(tx, row) {
        row.name_sealed = Some(Sealed::plain(&name));
        row.name = None;
        row.name_order = sealed_order_key(tx.tenant(), &name);
    } else {
        row.name_sealed = None;
        row.name_order = Some(fold::fold(&name));
        row.name = Some(name);
    }
}

//! The batches of a backfill: rows of one table in the form that the settings of their tenant ask for.

use entity::{contact, custom_field_definition::FieldType, custom_field_value, customer};
use error::Result;
use sea_orm::prelude::Uuid;
use store::{
    Deleted, Filter, Predicate, Row, TenantTable, Tx,
    backfill::Batch,
    table::{Normalization, enum_text},
};

use crate::custom_field::{Value, index};

/// How many rows of a table one transaction rewrites: it blocks other writers of these rows.
const BATCH: u64 = 100;

/// A table with rows whose form depends on the settings of their tenant.
trait Rewrite: TenantTable {
    /// The rows of the table that may need another form.
    fn filter() -> Filter {
        Filter::All(Vec::new())
    }

    /// Puts a locked row in the form that the settings ask for, and if asked for, indexes its telephone numbers anew.
    fn rewrite(tx: &Tx, row: &Self::Model, indexes_phones: bool) -> impl Future<Output = Result<()>> + Send;
}

impl Rewrite for customer::Entity {
    async fn rewrite(tx: &Tx, row: &customer::Model, indexes_phones: bool) -> Result<()> {
        crate::customer::rewrite(tx, row, indexes_phones).await
    }
}

impl Rewrite for contact::Entity {
    async fn rewrite(tx: &Tx, row: &contact::Model, indexes_phones: bool) -> Result<()> {
        crate::contact::rewrite(tx, row, indexes_phones).await
    }
}

impl Rewrite for custom_field_value::Entity {
    fn filter() -> Filter {
        Filter::All(vec![
            Filter::Column("field_type", Predicate::Eq(enum_text(&FieldType::PhoneNumber).into())),
            Filter::Column("sealed", Predicate::IsNull(false)),
        ])
    }

    async fn rewrite(tx: &Tx, row: &custom_field_value::Model, indexes_phones: bool) -> Result<()> {
        let Some(sealed) = row.sealed.as_ref().filter(|_| indexes_phones) else { return Ok(()) };
        let opened = tx.open::<Self>(row, "sealed", sealed).await?;
        let text = Value::from_sealed(row.field_type, &opened)?.index_text();
        tx.index_text(row.id, index(row.definition_id), Normalization::Phone, true, text.as_deref())
    }
}

/// Rewrites the next rows of a table. Returns the last id of the batch; nothing, if no row is left.
pub async fn rewrite_batch(tx: &Tx, batch: Batch) -> Result<Option<Uuid>> {
    match batch.table.name {
        "customer" => rewrite_rows::<customer::Entity>(tx, batch).await,
        "contact" => rewrite_rows::<contact::Entity>(tx, batch).await,
        _ => rewrite_rows::<custom_field_value::Entity>(tx, batch).await,
    }
}

/// Rewrites the rows of a table after an id, deleted ones included.
async fn rewrite_rows<E: Rewrite>(tx: &Tx, batch: Batch) -> Result<Option<Uuid>> {
    let mut find = tx.find_unrestricted::<E>().deleted(Deleted::Include).filter(E::filter());
    if let Some(last) = batch.last {
        find = find.filter(Filter::Column("id", Predicate::Gt(last.into())));
    }
    find.size = BATCH;
    let rows = tx.lock(&find).await?;
    tx.load_data_keys::<E>(&rows).await?;
    for row in &rows {
        E::rewrite(tx, row, batch.indexes_phones).await?;
    }
    Ok(rows.last().map(Row::id))
}

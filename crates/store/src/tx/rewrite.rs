//! How a transaction puts a row in another form with the same content: sealed or in clear, and indexed anew.

use error::{Error, Result};
use sea_orm::{ExprTrait, ModelTrait, Value, prelude::Expr};

use super::{
    image::{Image, keep_sealed, seal},
    row::key_owner,
    transaction::Tx,
    write::update_statement,
};
use crate::{
    page::find_column,
    table::{Normalization, Row, TenantTable},
};

impl Tx {
    /// Writes a locked row in the form of `after`, and if asked for, indexes its telephone numbers anew. The content is the
    /// same, so that neither version nor time moves and there is no change record.
    pub async fn rewrite<E: TenantTable>(
        &self,
        before: &E::Model,
        mut after: E::Model,
        indexes_phones: bool,
    ) -> Result<()> {
        let (table, id, tenant) = (E::TABLE, before.id(), self.caller().tenant);
        let key = self.data_key(key_owner::<E>(before)?).await?;
        let image = Image::of_row::<E>(before, &key, tenant)?;
        if image != Image::of_row::<E>(&after, &key, tenant)? {
            return Err(Error::internal(format!("a {} is rewritten with another content", table.name)));
        }
        keep_sealed::<E>(before, &mut after, &key, tenant)?;
        seal::<E>(&mut after, &key, tenant)?;
        if let Some(mut update) = update_statement::<E>(before, &after, tenant) {
            // The lock holds the row already; a row that was changed nevertheless is not overwritten.
            if let Some(Value::Int(version)) = find_column::<E>("version").map(|column| before.get(column)) {
                update.and_where(Expr::col("version").eq(version));
            }
            self.insert_buffered().await?;
            if self.execute(update).await?.rows_affected() != 1 {
                return Err(Error::Busy);
            }
        }
        let mut pending = self.pending();
        let phones = table.indexed.iter().filter(|indexed| indexed.normalization == Normalization::Phone);
        for indexed in phones.filter(|_| indexes_phones) {
            if let Some(text) = image.indexed_text(indexed) {
                pending.index_text(&self.tenant, id, indexed.field.into(), Normalization::Phone, true, Some(text))?;
            }
        }
        Ok(())
    }
}

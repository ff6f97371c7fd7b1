//! Child rows: the rows that belong to one owner and have no id outside, written as a whole list.

use error::{Error, Result};
use sea_orm::{
    ExprTrait,
    prelude::{Expr, Uuid},
    sea_query::{Alias, Query},
};

use super::{
    image::{Image, ListImage, seal},
    row::{fold_texts, key_owner, set},
    transaction::Tx,
};
use crate::{
    edge::{Edge, Via},
    table::TenantTable,
};

/// A list of child rows before and after it was replaced, for the image of the owner.
#[derive(Debug)]
pub struct ChildRowsImage {
    pub(super) name: &'static str,
    pub(super) before: ListImage,
    pub(super) after: ListImage,
}

impl Tx {
    /// Replaces the child rows of an owner, in order.
    pub async fn replace_children<E: TenantTable>(
        &self,
        edge: &'static Edge,
        owner: Uuid,
        stored: &[E::Model],
        mut rows: Vec<E::Model>,
    ) -> Result<ChildRowsImage> {
        self.end_rehearsal().await;
        let Via::TargetColumn(owner_column) = edge.via else {
            return Err(Error::internal("child rows are found by their owner"));
        };
        for row in stored.iter().chain(&rows).take(1) {
            self.require_write::<E>(row)?;
        }
        let tenant = self.caller().tenant;
        let (mut before, mut after) = (ListImage::default(), ListImage::default());
        for row in stored {
            let key = self.data_key(key_owner::<E>(row)?).await?;
            before.push(Image::of_row::<E>(row, &key, tenant)?);
        }
        for (position, row) in rows.iter_mut().enumerate() {
            set::<E>(row, "tenant_id", tenant)?;
            set::<E>(row, "id", Uuid::now_v7())?;
            set::<E>(row, owner_column, owner)?;
            set::<E>(row, "position", i32::try_from(position).map_err(Error::internal)?)?;
            let key = self.data_key(key_owner::<E>(row)?).await?;
            after.push(Image::of_row::<E>(row, &key, tenant)?);
            fold_texts::<E>(row)?;
            seal::<E>(row, &key, tenant)?;
        }
        if !stored.is_empty() {
            let mut delete = Query::delete();
            delete.from_table(Alias::new(E::TABLE.name));
            delete.and_where(Expr::col("tenant_id").eq(tenant));
            delete.and_where(Expr::col(owner_column).eq(owner));
            self.insert_buffered().await?;
            self.execute(delete).await?;
        }
        for row in &rows {
            self.buffer_insert::<E>(row);
        }
        Ok(ChildRowsImage { name: edge.field(), before, after })
    }
}

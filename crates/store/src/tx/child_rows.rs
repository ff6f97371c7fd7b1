//! ChildRowsImage: the rows that belong to one owner, written as a whole list.

use error::{Error, Result};
use sea_orm::{
    ExprTrait,
    prelude::{Expr, Uuid},
    sea_query::{Alias, Query},
};
use serde_json::Value as Json;

use super::{Tx, fold_into, insert_statement, key_owner, set};
use crate::{
    constraint::constraint_error,
    edge::{Edge, Via},
    table::TenantTable,
};

/// What the list of a row's parts was and is, for the image of their owner.
#[derive(Debug)]
pub struct ChildRowsImage {
    pub(super) name: &'static str,
    pub(super) before: (Json, Json),
    pub(super) after: (Json, Json),
}

impl Tx {
    /// Replaces the parts of an owner, in order.
    pub async fn replace_children<E: TenantTable>(
        &self,
        edge: &'static Edge,
        owner: Uuid,
        before: &[E::Model],
        rows: Vec<E::Model>,
    ) -> Result<ChildRowsImage> {
        let Via::TargetColumn(owner_column) = edge.via else {
            return Err(Error::internal("parts are found by their owner"));
        };
        let name = edge.field();
        let mut images = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
        for row in before {
            let key = self.data_key(key_owner::<E>(row)?).await?;
            let image = self.image::<E>(row, &key)?;
            images[0].0.push(Json::Object(image.open));
            images[0].1.push(Json::Object(image.personal));
        }
        let mut written = Vec::with_capacity(rows.len());
        for (position, mut row) in rows.into_iter().enumerate() {
            set::<E>(&mut row, "tenant_id", self.caller().tenant)?;
            set::<E>(&mut row, "id", Uuid::now_v7())?;
            set::<E>(&mut row, owner_column, owner)?;
            set::<E>(&mut row, "position", i32::try_from(position).map_err(Error::internal)?)?;
            let key = self.data_key(key_owner::<E>(&row)?).await?;
            let image = self.image::<E>(&row, &key)?;
            images[1].0.push(Json::Object(image.open));
            images[1].1.push(Json::Object(image.personal));
            fold_into::<E>(&mut row)?;
            self.seal::<E>(&mut row, &key)?;
            written.push(row);
        }
        if !before.is_empty() {
            let mut delete = Query::delete();
            delete.from_table(Alias::new(E::TABLE.name));
            delete.and_where(Expr::col("tenant_id").eq(self.caller().tenant));
            delete.and_where(Expr::col(owner_column).eq(owner));
            self.execute(delete).await?;
        }
        if !written.is_empty() {
            let inserted = self.execute(insert_statement::<E>(&written)).await;
            inserted.map_err(|error| constraint_error(E::TABLE, error))?;
        }
        let [before, after] = images.map(|(open, personal)| (Json::Array(open), Json::Array(personal)));
        Ok(ChildRowsImage { name, before, after })
    }
}

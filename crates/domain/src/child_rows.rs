//! Child rows: the lists of a row without ids of their own, read whole, replaced whole, and written only if they differ.

use entity::Sealed;
use error::{Error, Result};
use sea_orm::{ModelTrait, Value, prelude::Uuid};
use store::{
    Edge, Filter, Predicate, RowQuery, SortTerm, TenantTable, Tx, edge::Via, page::find_column, tx::ChildRowsImage,
};

/// A list of child rows of one owner, as it is stored and as it will be written.
///
/// Rows of `before` and `after` are comparable: sealed text is opened, and the columns that identify a row are unset. So
/// two rows are equal if they have the same content.
pub struct ChildRows<E: TenantTable> {
    edge: &'static Edge,
    stored: Vec<E::Model>,
    before: Vec<E::Model>,
    /// The list as it will be written.
    pub after: Vec<E::Model>,
}

impl<E: TenantTable> ChildRows<E> {
    /// The list of a new owner.
    pub fn none(edge: &'static Edge) -> Self {
        Self { edge, stored: Vec::new(), before: Vec::new(), after: Vec::new() }
    }

    /// The list of an owner, in order.
    pub async fn read(tx: &Tx, edge: &'static Edge, owner: Uuid) -> Result<Self> {
        let stored = tx.all(&of_owner(tx.find::<E>()?, edge, owner)?).await?;
        let mut before = Vec::with_capacity(stored.len());
        for row in &stored {
            before.push(comparable::<E>(tx, edge, row).await?);
        }
        Ok(Self { edge, stored, after: before.clone(), before })
    }

    /// Whether the list differs from the stored one.
    pub fn changed(&self) -> bool {
        self.before != self.after
    }

    /// Writes the list, if it differs from the stored one.
    pub async fn write(self, tx: &Tx, owner: Uuid) -> Result<Option<ChildRowsImage>> {
        if !self.changed() {
            return Ok(None);
        }
        tx.replace_children::<E>(self.edge, owner, &self.stored, self.after).await.map(Some)
    }
}

/// The child rows of an owner among those of a query, in order.
pub fn of_owner<E: TenantTable>(find: RowQuery<E>, edge: &'static Edge, owner: Uuid) -> Result<RowQuery<E>> {
    let position = find_column::<E>("position").ok_or_else(|| Error::internal("child rows have a position"))?;
    let mut find = find.filter(Filter::Column(owner_column(edge)?, Predicate::Eq(owner.into())));
    find.order = vec![SortTerm::column::<E>(position, false), SortTerm::id(false)];
    Ok(find)
}

/// A stored row as an operation writes it for a new owner: opened, and without the columns that identify it.
async fn comparable<E: TenantTable>(tx: &Tx, edge: &'static Edge, row: &E::Model) -> Result<E::Model> {
    let (mut comparable, unset) = (row.clone(), E::Model::default());
    for name in ["tenant_id", "id", "position", owner_column(edge)?] {
        if let Some(column) = find_column::<E>(name) {
            comparable.set(column, unset.get(column));
        }
    }
    for (name, _) in E::TABLE.sealed {
        let Some(column) = find_column::<E>(name) else { continue };
        let Value::Bytes(Some(bytes)) = row.get(column) else { continue };
        let text = tx.open::<E>(row, name, &Sealed(bytes)).await?;
        comparable.set(column, Value::Bytes(Some(Sealed::plain(&text).0)));
    }
    Ok(comparable)
}

fn owner_column(edge: &'static Edge) -> Result<&'static str> {
    match edge.via {
        Via::TargetColumn(column) => Ok(column),
        _ => Err(Error::internal("child rows are found by their owner")),
    }
}

//! ChildRowsImage: the lists of a row that have no ids of their own, read whole, changed whole and written only if they differ.

use entity::Sealed;
use error::{Error, Result};
use sea_orm::{ModelTrait, Value, prelude::Uuid};
use store::{Edge, Filter, Predicate, SortTerm, TenantTable, Tx, edge::Via, page::find_column, tx::ChildRowsImage};

/// A list of parts of one owner, as it stored and as it shall be.
///
/// Rows of `before` and `is` are plain: personal text is open, and nothing says which row they are. So two rows are equal
/// if they say the same.
pub struct ChildRows<E: TenantTable> {
    edge: &'static Edge,
    stored: Vec<E::Model>,
    before: Vec<E::Model>,
    /// What the list shall be.
    pub after: Vec<E::Model>,
}

impl<E: TenantTable> ChildRows<E> {
    /// The list of a new owner.
    pub fn none(edge: &'static Edge) -> Self {
        Self { edge, stored: Vec::new(), before: Vec::new(), after: Vec::new() }
    }

    /// The list of an owner, in order.
    pub async fn read(tx: &Tx, edge: &'static Edge, owner: Uuid) -> Result<Self> {
        let mut find = tx.find::<E>()?.filter(Filter::Column(owner_column(edge)?, Predicate::Eq(owner.into())));
        let position = find_column::<E>("position").ok_or_else(|| Error::internal("parts have a position"))?;
        find.order = vec![SortTerm::column::<E>(position, false), SortTerm::id(false)];
        let stored = tx.all(&find).await?;
        let mut before = Vec::with_capacity(stored.len());
        for row in &stored {
            before.push(plain::<E>(tx, edge, row).await?);
        }
        Ok(Self { edge, stored, after: before.clone(), before })
    }

    /// Whether the list shall be another one.
    pub fn changed(&self) -> bool {
        self.before != self.after
    }

    /// Writes the list, if it is another one.
    pub async fn write(self, tx: &Tx, owner: Uuid) -> Result<Option<ChildRowsImage>> {
        if !self.changed() {
            return Ok(None);
        }
        tx.replace_children::<E>(self.edge, owner, &self.stored, self.after).await.map(Some)
    }
}

/// A row as a verb would write it for a new owner.
async fn plain<E: TenantTable>(tx: &Tx, edge: &'static Edge, row: &E::Model) -> Result<E::Model> {
    let (mut plain, none) = (row.clone(), E::Model::default());
    for name in ["tenant_id", "id", "position", owner_column(edge)?] {
        if let Some(column) = find_column::<E>(name) {
            plain.set(column, none.get(column));
        }
    }
    for (name, _) in E::TABLE.sealed {
        let Some(column) = find_column::<E>(name) else { continue };
        let Value::Bytes(Some(bytes)) = row.get(column) else { continue };
        let text = tx.open::<E>(row, name, &Sealed(bytes)).await?;
        plain.set(column, Value::Bytes(Some(Sealed::plain(&text).0)));
    }
    Ok(plain)
}

fn owner_column(edge: &'static Edge) -> Result<&'static str> {
    match edge.via {
        Via::TargetColumn(column) => Ok(column),
        _ => Err(Error::internal("parts are found by their owner")),
    }
}

//! Parts: the lists of a row that have no ids of their own, read whole, changed whole and written only if they differ.

use entity::Sealed;
use error::{Error, Result};
use sea_orm::{ModelTrait, Value, prelude::Uuid};
use store::{Edge, Filter, Owned, Term, Test, Tx, edge::Via, page::column_named, tx::Parts};

/// A list of parts of one owner, as it stands and as it shall be.
///
/// Rows of `was` and `is` are plain: personal text is open, and nothing says which row they are. So two rows are equal
/// if they say the same.
pub struct List<E: Owned> {
    edge: &'static Edge,
    stands: Vec<E::Model>,
    was: Vec<E::Model>,
    /// What the list shall be.
    pub is: Vec<E::Model>,
}

impl<E: Owned> List<E> {
    /// The list of a new owner.
    pub fn none(edge: &'static Edge) -> Self {
        Self { edge, stands: Vec::new(), was: Vec::new(), is: Vec::new() }
    }

    /// The list of an owner, in order.
    pub async fn read(tx: &Tx, edge: &'static Edge, owner: Uuid) -> Result<Self> {
        let mut find = tx.find::<E>()?.filter(Filter::Column(owner_column(edge)?, Test::Eq(owner.into())));
        let position = column_named::<E>("position").ok_or_else(|| Error::internal("parts have a position"))?;
        find.order = vec![Term::column::<E>(position, false), Term::id(false)];
        let stands = tx.all(&find).await?;
        let mut was = Vec::with_capacity(stands.len());
        for row in &stands {
            was.push(plain::<E>(tx, edge, row).await?);
        }
        Ok(Self { edge, stands, is: was.clone(), was })
    }

    /// Whether the list shall be another one.
    pub fn changed(&self) -> bool {
        self.was != self.is
    }

    /// Writes the list, if it is another one.
    pub async fn write(self, tx: &Tx, owner: Uuid) -> Result<Option<Parts>> {
        if !self.changed() {
            return Ok(None);
        }
        tx.replace::<E>(self.edge, owner, &self.stands, self.is).await.map(Some)
    }
}

/// A row as a verb would write it for a new owner.
async fn plain<E: Owned>(tx: &Tx, edge: &'static Edge, row: &E::Model) -> Result<E::Model> {
    let (mut plain, none) = (row.clone(), E::Model::default());
    for name in ["tenant_id", "id", "position", owner_column(edge)?] {
        if let Some(column) = column_named::<E>(name) {
            plain.set(column, none.get(column));
        }
    }
    for (name, _) in E::TABLE.sealed {
        let Some(column) = column_named::<E>(name) else { continue };
        let Value::Bytes(Some(bytes)) = row.get(column) else { continue };
        let text = tx.open::<E>(row, name, &Sealed(bytes)).await?;
        plain.set(column, Value::Bytes(Some(Sealed::plain(&text).0)));
    }
    Ok(plain)
}

fn owner_column(edge: &'static Edge) -> Result<&'static str> {
    match edge.via {
        Via::Far(column) => Ok(column),
        _ => Err(Error::internal("parts are found by their owner")),
    }
}

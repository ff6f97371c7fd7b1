//! Untouched lists: the child rows that a transaction did not replace, read at commit so that every image is a whole row.

use std::collections::HashMap;

use error::Result;
use futures_util::future::BoxFuture;
use sea_orm::prelude::Uuid;

use super::{
    commit::MAX_ROWS_PER_STATEMENT,
    image::{Image, ListImage},
    row::{key_owner, uuid},
    transaction::Tx,
};
use crate::{
    edge::child_lists,
    filter::Filter,
    page::{SortTerm, find_column},
    predicate::Predicate,
    registry::visit_table,
    table::{TableVisitor, TenantTable},
};

/// Lists of one table of child rows, by the ids of their owners.
type Lists = HashMap<Uuid, ListImage>;

impl Tx {
    /// Completes the images of the changed rows. The lists of all rows in one table of child rows take one statement; new
    /// rows take none, because a list that a new row was not given is empty.
    pub(super) async fn add_untouched_lists(&self) -> Result<()> {
        for (edge, owner_column) in child_lists() {
            let (new, stored) = self.pending().owners_without_list(edge);
            self.pending().add_untouched_lists(edge, &new, &Lists::new());
            for owners in stored.chunks(MAX_ROWS_PER_STATEMENT) {
                let visitor = ReadLists { tx: self, owner_column, owners };
                let Some(lists) = visit_table(edge.target, visitor) else { continue };
                let lists = lists.await?;
                self.pending().add_untouched_lists(edge, owners, &lists);
            }
        }
        Ok(())
    }
}

/// Reads the lists of some owners, whether or not the caller may read them: an image is the same for every caller.
struct ReadLists<'a> {
    tx: &'a Tx,
    owner_column: &'static str,
    owners: &'a [Uuid],
}

impl<'a> TableVisitor for ReadLists<'a> {
    type Output = BoxFuture<'a, Result<Lists>>;

    fn visit<E: TenantTable>(self) -> Self::Output {
        Box::pin(async move {
            let Self { tx, owner_column, owners } = self;
            let of_owners = Predicate::In(owners.iter().map(|owner| (*owner).into()).collect());
            let mut find = tx.find_unrestricted::<E>().filter(Filter::Column(owner_column, of_owners));
            let position = find_column::<E>("position").map(|column| SortTerm::column::<E>(column, false));
            find.order = position.into_iter().chain([SortTerm::id(false)]).collect();
            let rows = tx.all(&find).await?;
            tx.load_data_keys::<E>(&rows).await?;
            let mut lists = Lists::new();
            for row in &rows {
                let Some(owner) = uuid::<E>(row, owner_column)? else { continue };
                let key = tx.data_key(key_owner::<E>(row)?).await?;
                lists.entry(owner).or_default().push(Image::of_row::<E>(row, &key, tx.caller().tenant)?);
            }
            Ok(lists)
        })
    }
}

//! The query of a list: filter, order, cursor, size and columns; and the page that answers it.

use std::sync::Arc;

use error::Result;
use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryResult, Value, prelude::Uuid, sea_query::ArrayType,
};

use crate::{
    filter::{Deleted, Filter},
    predicate::Predicate,
    table::TenantTable,
    value,
};

/// How many terms an order may have, the id at its end included.
pub const MAX_SORT_TERMS: usize = 8;

/// One term of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct SortTerm {
    /// What the term compares.
    pub by: SortBy,
    /// Whether the greatest value comes first. Nulls come last in ascending and first in descending order.
    pub descending: bool,
}

/// What a list can be ordered by.
#[derive(Clone, Debug, PartialEq)]
pub enum SortBy {
    /// A column of the list's table.
    Column {
        /// Its name.
        name: &'static str,
        /// The type of its values.
        value_type: ArrayType,
        /// Whether it may be null.
        nullable: bool,
    },
    /// A custom field.
    Custom {
        /// The id of the field's definition.
        definition: Uuid,
        /// The column of a value that holds the id of the list's row.
        owner: &'static str,
        /// The column of a value that is compared.
        column: &'static str,
        /// The type of its values.
        value_type: ArrayType,
    },
}

/// A query for a list of `E`. `Store::find` and `Tx::find` begin one, after they have checked the permission.
#[derive(Clone, Debug)]
pub struct RowQuery<E: EntityTrait> {
    /// Which rows, among those that exist for the caller.
    pub filter: Filter,
    /// Whether deleted rows are among them.
    pub deleted: Deleted,
    /// The order; it ends with the id, so that no two rows are equal.
    pub order: Vec<SortTerm>,
    /// The sort keys of the row where the last page ended.
    pub cursor: Option<Vec<Value>>,
    /// Whether the page is read towards the beginning of the list.
    pub backward: bool,
    /// The most rows of the page.
    pub size: u64,
    /// Which columns are read; the others keep their defaults.
    pub columns: Vec<E::Column>,
    /// Whether the query is for a rule, which must know all rows of the tenant, and not for the caller.
    pub(crate) unrestricted: bool,
}

/// The rows of one page, in the order of the query.
#[derive(Clone, Debug)]
pub struct Page<M> {
    /// The rows, each with its sort keys.
    pub rows: Vec<(Arc<M>, Vec<Value>)>,
    /// The bytes of the texts and encrypted values of the rows.
    pub bytes: u64,
    /// Whether there are rows beyond the page, in the direction in which it was read.
    pub has_more: bool,
}

/// A row as a statement returned it.
pub(crate) struct ReadRow<M> {
    /// The row.
    pub model: Arc<M>,
    /// Its sort keys.
    pub keys: Vec<Value>,
    /// The bytes of its texts and encrypted values.
    pub bytes: u64,
}

impl<M> Default for Page<M> {
    fn default() -> Self {
        Self { rows: Vec::new(), bytes: 0, has_more: false }
    }
}

impl SortTerm {
    /// The term that compares a column of an entity.
    pub fn column<E: TenantTable>(column: E::Column, descending: bool) -> Self {
        let nullable = column.def().is_null();
        let by = SortBy::Column { name: column.as_str(), value_type: E::Model::get_value_type(column), nullable };
        Self { by, descending }
    }

    /// The term that compares ids: the end of every order, and the order of a list that names none.
    pub fn id(descending: bool) -> Self {
        Self { by: SortBy::Column { name: "id", value_type: ArrayType::Uuid, nullable: false }, descending }
    }

    /// The type of the compared values.
    pub fn value_type(&self) -> &ArrayType {
        match &self.by {
            SortBy::Column { value_type, .. } | SortBy::Custom { value_type, .. } => value_type,
        }
    }

    /// Whether the term compares a column of the list's table.
    pub(crate) fn is_of_column(&self) -> bool {
        matches!(self.by, SortBy::Column { .. })
    }

    /// The term as text, different for every two terms.
    pub fn name(&self) -> String {
        let direction = if self.descending { '-' } else { '+' };
        match &self.by {
            SortBy::Column { name, .. } => format!("{direction}{name}"),
            SortBy::Custom { definition, .. } => format!("{direction}{definition}"),
        }
    }

    /// Whether a compared value may be null.
    pub(super) fn nullable(&self) -> bool {
        match self.by {
            SortBy::Column { nullable, .. } => nullable,
            SortBy::Custom { .. } => true,
        }
    }
}

impl<E: TenantTable> RowQuery<E> {
    /// All live rows that exist for the caller, with all columns, the oldest first.
    pub(crate) fn new() -> Self {
        Self {
            filter: Filter::All(Vec::new()),
            deleted: Deleted::Exclude,
            order: vec![SortTerm::id(false)],
            cursor: None,
            backward: false,
            size: u64::from(u32::MAX),
            columns: E::Column::iter().collect(),
            unrestricted: false,
        }
    }

    /// Whether two queries have the same answer.
    pub(crate) fn is_equivalent(&self, other: &Self) -> bool {
        let names = |query: &Self| query.columns.iter().map(IdenStatic::as_str).collect::<Vec<_>>();
        (&self.filter, self.deleted, &self.order, &self.cursor)
            == (&other.filter, other.deleted, &other.order, &other.cursor)
            && (self.backward, self.size, self.unrestricted) == (other.backward, other.size, other.unrestricted)
            && names(self) == names(other)
    }

    /// Restricts the query to rows that also pass a filter.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = match self.filter {
            Filter::All(mut filters) => {
                filters.push(filter);
                Filter::All(filters)
            }
            other => Filter::All(vec![other, filter]),
        };
        self
    }

    /// Restricts the query to rows of some ids.
    #[must_use]
    pub fn ids(self, ids: impl IntoIterator<Item = Uuid>) -> Self {
        self.filter(Filter::Column("id", Predicate::In(ids.into_iter().map(Value::from).collect())))
    }

    /// Chooses whether deleted rows are among the rows.
    #[must_use]
    pub fn deleted(mut self, deleted: Deleted) -> Self {
        self.deleted = deleted;
        self
    }

    /// Chooses the columns that are read.
    #[must_use]
    pub fn columns(mut self, columns: Vec<E::Column>) -> Self {
        self.columns = columns;
        self
    }

    /// The row and the sort keys in a row of a result, after `skip` leading columns.
    pub(crate) fn row(&self, result: &QueryResult, skip: usize) -> Result<ReadRow<E::Model>> {
        let terms = self.order.iter().enumerate();
        let keys = terms
            .map(|(index, term)| value::read_column(result, skip + index, term.value_type()))
            .collect::<Result<_>>()?;
        let (model, bytes) = value::read_model::<E>(result, skip + self.order.len(), &self.columns)?;
        Ok(ReadRow { model: Arc::new(model), keys, bytes })
    }

    /// The page in the order of the query, from the rows that its statement returned: one more than the page has shows
    /// that there is more.
    pub(crate) fn page_of(&self, mut rows: Vec<ReadRow<E::Model>>) -> Page<E::Model> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let has_more = rows.len() > size;
        rows.truncate(size);
        if self.backward {
            rows.reverse();
        }
        let bytes = rows.iter().map(|row| row.bytes).sum();
        Page { rows: rows.into_iter().map(|row| (row.model, row.keys)).collect(), bytes, has_more }
    }
}

/// The column of a table by its name in the database.
pub fn find_column<E: TenantTable>(name: &str) -> Option<E::Column> {
    E::Column::iter().find(|column| column.as_str() == name)
}

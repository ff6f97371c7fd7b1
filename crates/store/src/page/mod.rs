//! Lists: what is asked of one, the statement that answers it, and the slice of rows that comes back.
//!
//! A page under N parents is one statement, whatever N: on PostgreSQL a lateral join over the array of parents, on SQLite
//! a join over a JSON array of them. Both give each parent its own limit, and both keep one statement text for any N.

use std::sync::Arc;

use error::Result;
use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryResult, Value, prelude::Uuid, sea_query::ArrayType,
};

mod statement;

pub use self::statement::{any_of_ids, parent_id};
use super::{
    filter::{Deleted, Filter, Predicate},
    table::TenantTable,
    value,
};

/// One term of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct SortTerm {
    /// SortBy what.
    pub by: SortBy,
    /// Whether the greatest comes first. Nulls come last, and first when descending.
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
        /// The field.
        definition: Uuid,
        /// The value's column that names the list's row.
        owner: &'static str,
        /// The value's column that is compared.
        column: &'static str,
        /// The type of its values.
        value_type: ArrayType,
    },
}

/// What is asked of a list of `E`. Begun by `Store::find`, which has checked the permission.
#[derive(Clone, Debug)]
pub struct RowQuery<E: EntityTrait> {
    /// Which rows, beyond those that exist for the caller.
    pub filter: Filter,
    /// Whether deleted rows are any_of_ids them.
    pub deleted: Deleted,
    /// In which order; it ends in the id, so that no two rows are equal.
    pub order: Vec<SortTerm>,
    /// The keys of the row where the last page ended.
    pub cursor: Option<Vec<Value>>,
    /// Whether the page is read towards the beginning.
    pub backward: bool,
    /// How many rows at the most.
    pub size: u64,
    /// Which columns are read; the others keep their defaults.
    pub columns: Vec<E::Column>,
    /// Whether it is for a rule, which must know all rows of the tenant, and not for the caller.
    pub(crate) unrestricted: bool,
}

/// The rows of one page, in the order asked for.
#[derive(Clone, Debug)]
pub struct Page<M> {
    /// The rows, each with its keys in the order of the list.
    pub rows: Vec<(Arc<M>, Vec<Value>)>,
    /// Whether there are rows beyond the page, in the direction it was read.
    pub has_more: bool,
}

impl<M> Default for Page<M> {
    fn default() -> Self {
        Self { rows: Vec::new(), has_more: false }
    }
}

impl SortTerm {
    /// SortBy a column of an entity.
    pub fn column<E: TenantTable>(column: E::Column, descending: bool) -> Self {
        let nullable = column.def().is_null();
        let by = SortBy::Column { name: column.as_str(), value_type: E::Model::get_value_type(column), nullable };
        Self { by, descending }
    }

    /// SortBy the id: the end of every order, and the order of a list that names none.
    pub fn id(descending: bool) -> Self {
        Self { by: SortBy::Column { name: "id", value_type: ArrayType::Uuid, nullable: false }, descending }
    }

    /// The type of the term's values.
    pub fn value_type(&self) -> &ArrayType {
        match &self.by {
            SortBy::Column { value_type, .. } | SortBy::Custom { value_type, .. } => value_type,
        }
    }

    /// What the term is, in words that differ for every two terms.
    pub fn name(&self) -> String {
        let direction = if self.descending { '-' } else { '+' };
        match &self.by {
            SortBy::Column { name, .. } => format!("{direction}{name}"),
            SortBy::Custom { definition, .. } => format!("{direction}{definition}"),
        }
    }

    fn nullable(&self) -> bool {
        match self.by {
            SortBy::Column { nullable, .. } => nullable,
            SortBy::Custom { .. } => true,
        }
    }
}

impl<E: TenantTable> RowQuery<E> {
    /// All rows that exist for the caller, whole, the oldest first.
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

    /// Whether two ask for the same.
    pub(crate) fn is_equivalent(&self, other: &Self) -> bool {
        let names = |find: &Self| find.columns.iter().map(IdenStatic::as_str).collect::<Vec<_>>();
        (&self.filter, self.deleted, &self.order, &self.cursor)
            == (&other.filter, other.deleted, &other.order, &other.cursor)
            && (self.backward, self.size, self.unrestricted) == (other.backward, other.size, other.unrestricted)
            && names(self) == names(other)
    }

    /// Only rows that also pass a filter.
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

    /// Only the rows of these ids.
    #[must_use]
    pub fn ids(self, ids: impl IntoIterator<Item = Uuid>) -> Self {
        self.filter(Filter::Column("id", Predicate::In(ids.into_iter().map(Value::from).collect())))
    }

    /// With or without deleted rows.
    #[must_use]
    pub fn deleted(mut self, deleted: Deleted) -> Self {
        self.deleted = deleted;
        self
    }

    /// Only some columns.
    #[must_use]
    pub fn columns(mut self, columns: Vec<E::Column>) -> Self {
        self.columns = columns;
        self
    }

    /// The rows of a result, after `skip` leading columns.
    pub(crate) fn row(&self, result: &QueryResult, skip: usize) -> Result<(Arc<E::Model>, Vec<Value>)> {
        let keys = self.order.iter().enumerate();
        let keys = keys
            .map(|(index, term)| value::read_column(result, skip + index, term.value_type()))
            .collect::<Result<_>>()?;
        let model = value::read_model::<E>(result, skip + self.order.len(), &self.columns)?;
        Ok((Arc::new(model), keys))
    }

    /// A page of rows in the order asked for, from what was read with one row too many.
    pub(crate) fn into_page(&self, mut rows: Vec<(Arc<E::Model>, Vec<Value>)>) -> Page<E::Model> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let has_more = rows.len() > size;
        rows.truncate(size);
        if self.backward {
            rows.reverse();
        }
        Page { rows, has_more }
    }
}

/// How many terms an order may have, the id at its end included.
pub const MAX_SORT_TERMS: usize = 8;

/// The column of a table by its name in the database.
pub fn find_column<E: TenantTable>(name: &str) -> Option<E::Column> {
    E::Column::iter().find(|column| column.as_str() == name)
}

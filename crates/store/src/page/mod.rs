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

pub use self::statement::{among, parent_of};
use super::{
    filter::{Deleted, Filter, Test},
    owned::Owned,
    value,
};

/// One term of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// By what.
    pub by: By,
    /// Whether the greatest comes first. Nulls come last, and first when descending.
    pub descending: bool,
}

/// What a list can be ordered by.
#[derive(Clone, Debug, PartialEq)]
pub enum By {
    /// A column of the list's table.
    Column {
        /// Its name.
        name: &'static str,
        /// The type of its values.
        kind: ArrayType,
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
        kind: ArrayType,
    },
}

/// What is asked of a list of `E`. Begun by `Store::find`, which has checked the permission.
#[derive(Clone, Debug)]
pub struct Find<E: EntityTrait> {
    /// Which rows, beyond those that exist for the caller.
    pub filter: Filter,
    /// Whether deleted rows are among them.
    pub deleted: Deleted,
    /// In which order; it ends in the id, so that no two rows are equal.
    pub order: Vec<Term>,
    /// The keys of the row where the last page ended.
    pub from: Option<Vec<Value>>,
    /// Whether the page is read towards the beginning.
    pub backward: bool,
    /// How many rows at the most.
    pub size: u64,
    /// Which columns are read; the others keep their defaults.
    pub columns: Vec<E::Column>,
    /// Whether it is for a rule, which must know all rows of the tenant, and not for the caller.
    pub(crate) bound: bool,
}

/// The rows of one page, in the order asked for.
#[derive(Clone, Debug)]
pub struct Slice<M> {
    /// The rows, each with its keys in the order of the list.
    pub rows: Vec<(Arc<M>, Vec<Value>)>,
    /// Whether there are rows beyond the page, in the direction it was read.
    pub more: bool,
}

impl<M> Default for Slice<M> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

impl Term {
    /// By a column of an entity.
    pub fn column<E: Owned>(column: E::Column, descending: bool) -> Self {
        let nullable = column.def().is_null();
        let by = By::Column { name: column.as_str(), kind: E::Model::get_value_type(column), nullable };
        Self { by, descending }
    }

    /// By the id: the end of every order, and the order of a list that names none.
    pub fn id(descending: bool) -> Self {
        Self { by: By::Column { name: "id", kind: ArrayType::Uuid, nullable: false }, descending }
    }

    /// The type of the term's values.
    pub fn kind(&self) -> &ArrayType {
        match &self.by {
            By::Column { kind, .. } | By::Custom { kind, .. } => kind,
        }
    }

    /// What the term is, in words that differ for every two terms.
    pub fn name(&self) -> String {
        let direction = if self.descending { '-' } else { '+' };
        match &self.by {
            By::Column { name, .. } => format!("{direction}{name}"),
            By::Custom { definition, .. } => format!("{direction}{definition}"),
        }
    }

    fn nullable(&self) -> bool {
        match self.by {
            By::Column { nullable, .. } => nullable,
            By::Custom { .. } => true,
        }
    }
}

impl<E: Owned> Find<E> {
    /// All rows that exist for the caller, whole, the oldest first.
    pub(crate) fn begin() -> Self {
        Self {
            filter: Filter::All(Vec::new()),
            deleted: Deleted::Exclude,
            order: vec![Term::id(false)],
            from: None,
            backward: false,
            size: u64::from(u32::MAX),
            columns: E::Column::iter().collect(),
            bound: false,
        }
    }

    /// Whether two ask for the same.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let names = |find: &Self| find.columns.iter().map(IdenStatic::as_str).collect::<Vec<_>>();
        (&self.filter, self.deleted, &self.order, &self.from)
            == (&other.filter, other.deleted, &other.order, &other.from)
            && (self.backward, self.size, self.bound) == (other.backward, other.size, other.bound)
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
        self.filter(Filter::Column("id", Test::In(ids.into_iter().map(Value::from).collect())))
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
        let keys = keys.map(|(index, term)| value::read(result, skip + index, term.kind())).collect::<Result<_>>()?;
        let model = value::model::<E>(result, skip + self.order.len(), &self.columns)?;
        Ok((Arc::new(model), keys))
    }

    /// A page of rows in the order asked for, from what was read with one row too many.
    pub(crate) fn slice(&self, mut rows: Vec<(Arc<E::Model>, Vec<Value>)>) -> Slice<E::Model> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if self.backward {
            rows.reverse();
        }
        Slice { rows, more }
    }
}

/// How many terms an order may have, the id at its end included.
pub const MAX_TERMS: usize = 8;

/// The column of a table by its name in the database.
pub fn column_named<E: Owned>(name: &str) -> Option<E::Column> {
    E::Column::iter().find(|column| column.as_str() == name)
}

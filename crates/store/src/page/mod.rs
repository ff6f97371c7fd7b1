//! Lists: the query for one, the statements that answer it, and the page of rows that is returned.
//!
//! A page under N parents is one statement, whatever N is: on PostgreSQL a lateral join over the array of parents, on
//! SQLite a join over a JSON array of them. Both limit the rows of each parent, and the text of both does not depend on N.

mod parents;
mod query;
mod statement;

pub use self::{
    parents::{any_of_ids, current_parent, from_parents, parent_column, parent_id},
    query::{MAX_SORT_TERMS, Page, RowQuery, SortBy, SortTerm, find_column},
};

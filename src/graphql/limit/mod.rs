//! Limits of a document, checked before it is executed and in time linear in its text.
//!
//! The text is scanned before it is parsed ([`scan()`]), because a parser recurses. The parsed document is measured with
//! every fragment counted where it is spread but walked once ([`measure()`]), because a validator expands fragments.

mod complexity;
mod scan;

pub use self::{
    complexity::{Complexity, measure},
    scan::scan,
};

/// The limits of a document. They are generous for the documents of GraphiQL, Relay and code generators.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The nesting depth of brackets in the text.
    pub brackets: usize,
    /// Names, numbers, strings and punctuators in the text.
    pub tokens: usize,
    /// Fragment definitions.
    pub fragments: usize,
    /// The nesting depth of fields after fragment expansion.
    pub depth: usize,
    /// Fields after fragment expansion.
    pub fields: usize,
    /// Fields, inline fragments and spreads after fragment expansion: the steps of expanding the document.
    pub selections: usize,
    /// Fields with an alias after fragment expansion.
    pub aliases: usize,
    /// Root fields of the operation.
    pub root_fields: usize,
    /// Directives after fragment expansion.
    pub directives: usize,
    /// The nesting depth of the introspection lists (fields, inputFields, interfaces, possibleTypes).
    pub introspection: usize,
    /// Rows of a page.
    pub page_size: usize,
    /// Items of a list whose items are executed one by one: the inputs of a mutation, the ids of `nodes`.
    pub items: usize,
    /// Objects and values of one `where`; a string counts once more for every 100 bytes.
    pub filter_size: usize,
    /// The nesting depth of edges in a `where`.
    pub filter_edges: usize,
    /// Operators of a `where` that read other tables: edges, custom fields, personal text, lists of words.
    pub filter_lookups: usize,
    /// The total number of list items in the inputs of an operation.
    pub input_items: usize,
    /// The total bytes of all arguments of an operation, with variables substituted.
    pub arguments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            brackets: 64,
            tokens: 10_000,
            fragments: 500,
            depth: 15,
            fields: 5_000,
            selections: 10_000,
            aliases: 200,
            root_fields: 50,
            directives: 200,
            introspection: 3,
            page_size: 100,
            items: 100,
            filter_size: 500,
            filter_edges: 3,
            filter_lookups: 20,
            input_items: 10_000,
            arguments: 4 << 20,
        }
    }
}

/// A limit that a document exceeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitExceeded {
    /// The name of the limit, as in the settings.
    pub limit: &'static str,
    /// The maximum that is allowed.
    pub maximum: usize,
    /// The value of the document, or a lower bound of it.
    pub actual: usize,
}

impl LimitExceeded {
    /// An exceeded limit.
    pub const fn new(limit: &'static str, maximum: usize, actual: usize) -> Self {
        Self { limit, maximum, actual }
    }

    /// The stable error code: `LIMIT_DEPTH`.
    pub fn code(&self) -> String {
        format!("LIMIT_{}", self.limit.to_uppercase())
    }

    /// The error message.
    pub fn message(&self) -> String {
        let name = self.limit.replace('_', " ");
        format!("The document exceeds the limit of {name}: {} of at most {}.", self.actual, self.maximum)
    }
}

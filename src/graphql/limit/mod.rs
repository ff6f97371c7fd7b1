//! Limits: what a document may measure, checked before anything of it is executed, in time linear in its text.
//!
//! The text is scanned before it is parsed ([`scan()`]), because a parser recurses; what was parsed is weighed with every
//! fragment counted where it is spread and walked once ([`measure()`]), because a validator expands them.

mod complexity;
mod scan;

pub use self::{
    complexity::{Complexity, measure},
    scan::scan,
};

/// How much a document may measure. Generous for what GraphiQL, Relay and code generators send.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How deep brackets may nest in the text.
    pub brackets: usize,
    /// Names, numbers, strings and marks of the text.
    pub tokens: usize,
    /// Fragments that are defined.
    pub fragments: usize,
    /// How deep fields may nest, fragments opened.
    pub depth: usize,
    /// Fields, fragments opened.
    pub fields: usize,
    /// Fields, inline fragments and spreads, fragments opened: what who opens them has to walk.
    pub selections: usize,
    /// Fields with an alias, fragments opened.
    pub aliases: usize,
    /// Fields of the operation itself.
    pub root_fields: usize,
    /// Directives, fragments opened.
    pub directives: usize,
    /// How deep the lists of the introspection (fields, inputFields, interfaces, possibleTypes) may nest.
    pub introspection: usize,
    /// Rows of a page.
    pub page_size: usize,
    /// Items of a list that each are work of their own: the inputs of a mutation, the ids of `nodes`.
    pub items: usize,
    /// Objects and values of one `where`; a text counts once more for each 100 bytes.
    pub filter_size: usize,
    /// How deep edges nest in a `where`.
    pub filter_edges: usize,
    /// Operators of a `where` that look into other rows: edges, custom fields, personal text, lists of words.
    pub filter_lookups: usize,
    /// Items of all lists in the inputs of an operation together.
    pub input_items: usize,
    /// Bytes of all arguments of an operation, their variables filled in.
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
    /// The limit's name, as in the settings.
    pub limit: &'static str,
    /// What is allowed.
    pub maximum: usize,
    /// What the document has, or has at least.
    pub actual: usize,
}

impl LimitExceeded {
    /// A limit that is exceeded.
    pub const fn new(limit: &'static str, maximum: usize, actual: usize) -> Self {
        Self { limit, maximum, actual }
    }

    /// The stable code: `LIMIT_DEPTH`.
    pub fn code(&self) -> String {
        format!("LIMIT_{}", self.limit.to_uppercase())
    }

    /// What is wrong, for a person.
    pub fn message(&self) -> String {
        let what = self.limit.replace('_', " ");
        format!("The document exceeds the limit of {what}: {} of at most {}.", self.actual, self.maximum)
    }
}

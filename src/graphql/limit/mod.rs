//! Limits of a document, checked before it is executed and in time linear in its text.
//!
//! The text is scanned before it is parsed ([`scan()`]), because a parser recurses. The parsed document is measured with
//! every fragment counted where it is spread but walked once ([`measure()`]), because a validator expands fragments.

mod complexity;
mod scan;

use async_graphql::Value;
use error::catalogue::Entry;

pub use self::{
    complexity::{Complexity, measure},
    scan::{find_nul, scan},
};
use crate::setting::settings;

settings! {
    /// The limits of a document. Generous for what GraphiQL, Relay and code generators send.
    pub struct Limits {
        /// Maximum nesting of brackets in the text of a document
        brackets as "limit_brackets": usize = 64;
        /// Maximum of tokens of a document: names, numbers, strings and punctuation
        tokens as "limit_tokens": usize = 10_000;
        /// Maximum of fragments that a document defines
        fragments as "limit_fragments": usize = 500;
        /// Maximum nesting of fields, after fragment expansion
        depth as "limit_depth": usize = 15;
        /// Maximum of fields, after fragment expansion
        fields as "limit_fields": usize = 5_000;
        /// Maximum of fields and fragment spreads, after fragment expansion
        ///
        /// This is the number of steps of an algorithm that expands fragments.
        selections as "limit_selections": usize = 10_000;
        /// Maximum of fields with an alias, after fragment expansion
        aliases as "limit_aliases": usize = 200;
        /// Maximum of root fields of an operation
        root_fields as "limit_root_fields": usize = 50;
        /// Maximum of directives, after fragment expansion
        directives as "limit_directives": usize = 200;
        /// Maximum nesting of lists in an introspection query
        ///
        /// The lists are `fields`, `inputFields`, `interfaces` and `possibleTypes`.
        introspection as "limit_introspection": usize = 3;
        /// Maximum of rows of a page
        page_size as "limit_page_size": usize = 100;
        /// Maximum of inputs of a mutation, and ids of `nodes`
        items as "limit_items": usize = 100;
        /// Maximum of objects and values of one `where`
        ///
        /// A text counts once more for each 100 bytes.
        filter_size as "limit_filter_size": usize = 500;
        /// Maximum nesting of edges in a `where`
        filter_edges as "limit_filter_edges": usize = 3;
        /// Maximum of predicates of a `where` that read other rows
        ///
        /// These are predicates of edges, custom fields, personal text and lists of words.
        filter_lookups as "limit_filter_lookups": usize = 20;
        /// Maximum of items of all lists in the inputs of an operation
        input_items as "limit_input_items": usize = 10_000;
        /// Maximum of bytes of all arguments of an operation, with variables; one counts for each object that has its field
        arguments as "limit_arguments": usize = 4 << 20;
        /// Maximum of SQL statements of an operation
        statements as "limit_statements": u64 = 10_000;
        /// Maximum of rows that an operation reads
        rows as "limit_rows": u64 = 200_000;
        /// Maximum of bytes of texts and encrypted values that an operation reads
        read_bytes as "limit_read_bytes": u64 = 64 << 20;
        /// Maximum of fields of an answer, with aliases
        values as "limit_values": u64 = 500_000;
        /// Maximum of bytes of an answer
        answer_bytes as "limit_answer_bytes": u64 = 32 << 20;
        /// Maximum of milliseconds that an operation computes, without the time of the database
        cpu_time as "limit_cpu_time": u64 = 10_000;
        /// Maximum of milliseconds of the statements that read for an operation
        ///
        /// Statements that run at the same time are added up.
        database_time as "limit_database_time": u64 = 20_000;
    }
}

/// A limit that an operation exceeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitExceeded {
    /// The entry of the catalogue: `LIMIT_DEPTH`.
    pub error: Entry,
    /// The maximum that is allowed.
    pub maximum: usize,
    /// The value of the document, or a lower bound of it.
    pub actual: usize,
    /// Where: the response keys from the root; empty if it is the document as a whole.
    pub path: Vec<String>,
}

impl LimitExceeded {
    /// An exceeded limit.
    pub const fn new(error: Entry, maximum: usize, actual: usize) -> Self {
        Self { error, maximum, actual, path: Vec::new() }
    }

    /// A spent budget.
    pub fn of_budget(error: Entry, maximum: u64, spent: u64) -> Self {
        let to_usize = |amount: u64| usize::try_from(amount).unwrap_or(usize::MAX);
        Self::new(error, to_usize(maximum), to_usize(spent))
    }

    /// The same, in a field.
    #[must_use]
    pub fn within(mut self, field: &str) -> Self {
        self.path.insert(0, field.to_owned());
        self
    }

    /// The name of the limit: `depth`. The setting is `limit_depth`.
    pub fn name(&self) -> String {
        self.error.code.trim_start_matches("LIMIT_").to_lowercase()
    }

    /// The extensions of the error: limit, maximum, actual and, if it is known, the field.
    pub fn details(&self) -> Vec<(&'static str, Value)> {
        let mut details = vec![
            ("limit", Value::String(self.name())),
            ("maximum", Value::Number(self.maximum.into())),
            ("actual", Value::Number(self.actual.into())),
        ];
        if !self.path.is_empty() {
            details.push(("field", Value::String(self.path.join("."))));
        }
        details
    }

    /// The error message.
    pub fn message(&self) -> String {
        let name = self.name().replace('_', " ");
        let place = if self.path.is_empty() { String::new() } else { format!(", in {}", self.path.join(".")) };
        format!("The operation exceeds the limit of {name}: {} of at most {}{place}.", self.actual, self.maximum)
    }
}

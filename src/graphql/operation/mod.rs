//! Operations: from the text and the variables of a request to what is executed.
//!
//! scan → parse → measure → validate → coerce → plan. Everything that can be wrong with a request is found here, before
//! anything runs, and by the GraphQL specification of September 2025. async-graphql executes what is left of it.
//!
//! What async-graphql 7.2.1 does otherwise than the specification, and what puts it right:
//!
//! | async-graphql | put right by |
//! |---|---|
//! | finds a wrong variable when its field runs | `coercion` |
//! | takes an absent variable for null | `plan`: the argument or input field is left out |
//! | ignores the default of a variable in `@skip` and `@include` | `plan`: conditions are evaluated |
//! | runs a field as often as it stands in the document | `plan`: fields are merged |
//! | returns null for an object without fields | `plan`: such an object has the name of its type |
//! | refuses null for an argument of introspection | `plan`: the argument is left out |
//! | merges conflicting fields below the first level | `document`: apollo-compiler validates |
//! | accepts an input field twice, an enum as a string, null for `Int! = 2` | `document`, `rules`, `coercion` |
//! | returns fields in the order in which they finish | `conform` |
//! | omits failed fields and does not propagate their nulls | `conform` |
//! | gives no path to an error behind an interface | `conform` |
//! | has null for the interfaces of an interface | `conform` |
//!
//! `tests/operation.rs` has tests for the first eight, and `conform` has tests that fail when async-graphql mends one of the
//! others. The random documents of `tests/conformance.rs` cover all but the error behind an interface.

mod cache;
mod coercion;
mod document;
pub mod number;
mod plan;
mod rules;
mod suggestion;
mod type_system;
mod value;

use async_graphql::{Pos, ServerError, Variables, parser::types::ExecutableDocument};

pub use self::{
    cache::DocumentCache,
    coercion::ArgumentCoercion,
    document::{Document, DocumentValidator},
    plan::{CONCRETE_TYPE_KEY, TYPE_KIND_KEY, is_mutation, root_fields},
    suggestion::SUGGESTIONS,
};
use super::limit::LimitExceeded;

/// The most errors that are reported about one request.
const MAX_ERRORS: usize = 20;

/// An operation that can be executed: it is valid, and so are its variables.
#[derive(Debug)]
pub struct Operation {
    /// Its name in the client's document.
    pub name: Option<String>,
    /// The operation without fragments and directives, each field once; its only one.
    pub document: std::sync::Arc<ExecutableDocument>,
    /// The coerced values of the variables, with defaults. A variable that was not given and has no default is absent,
    /// and so are its uses in the document.
    pub variables: Variables,
    /// Coerces its arguments, where they are literals.
    pub arguments: ArgumentCoercion,
}

/// Why a request is not executed (section 7.1.2 of the specification: request errors).
#[derive(Debug)]
pub enum RequestError {
    /// The document exceeds a limit.
    Limit(LimitExceeded),
    /// The document or the variables are invalid: what is wrong, and where.
    Invalid(Vec<ServerError>),
}

impl RequestError {
    fn invalid(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::Invalid(vec![ServerError::new(message, at)])
    }
}

impl From<LimitExceeded> for RequestError {
    fn from(exceeded: LimitExceeded) -> Self {
        Self::Limit(exceeded)
    }
}

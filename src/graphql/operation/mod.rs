//! Operations: from the text and the variables of a request to what is executed.
//!
//! scan → parse → measure → validate → coerce → plan. Everything that can be wrong with a request is found here, before
//! anything runs, and by the GraphQL specification of September 2025. async-graphql executes what is left of it.
//!
//! What async-graphql 7.2.1 does otherwise than the specification, what puts it right, and which test fails when the library
//! mends it (all in `library_differences`):
//!
//! | async-graphql | put right by | test |
//! |---|---|---|
//! | finds a wrong variable when its field runs | `coercion` | `a_wrong_variable_is_found_when_its_field_runs` |
//! | takes an absent variable for null | `plan`: the argument or input field is left out | `an_absent_variable_is_null` |
//! | ignores the default of a variable in `@skip` and `@include` | `plan`: conditions are evaluated | `the_default_of_a_variable_in_a_condition_is_ignored` |
//! | runs a field as often as it stands in the document | `plan`: fields are merged | `a_field_runs_as_often_as_it_stands` |
//! | returns null for an object without fields | `plan`: such an object has the name of its type | `an_object_without_fields_is_null` |
//! | refuses null for an argument of introspection | `plan`: the argument is left out | `null_is_no_argument_of_introspection` |
//! | merges conflicting fields below the first level | `document`: apollo-compiler validates | `fields_that_conflict_below_the_first_level_are_merged` |
//! | accepts an input field twice | `rules` | `an_input_field_is_accepted_twice` |
//! | accepts an enum as a string | `document`: apollo-compiler validates | `an_enum_is_accepted_as_a_string` |
//! | accepts null for `Int! = 2` | `coercion` | `null_is_accepted_for_a_non_null_variable_with_a_default` |
//! | returns fields in the order in which they finish | `conform` | `fields_are_in_the_order_in_which_they_finish` |
//! | omits failed fields | `conform` | `a_failed_field_is_omitted`, `an_object_of_failed_fields_is_null` |
//! | does not propagate the null of a failed non-null field | `conform` | `a_failed_non_null_field_leaves_its_parent` |
//! | gives no path to an error behind an interface | `conform` | `an_error_behind_an_interface_has_no_path` |
//! | has null for the interfaces of an interface | `conform` | `an_interface_has_null_for_its_interfaces` |
//!
//! `tests/operation.rs` tests the answers of the server to the first ten. The random documents of `tests/conformance.rs` cover
//! all but the error behind an interface.

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

//! What can go wrong, told to the client: few variants, one stable code each, every violation of an input at once.

pub mod catalogue;
mod database;

use std::{fmt, sync::Arc};

use sea_orm::prelude::Uuid;

/// The result of everything that may be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done. Clonable, because a batch answers many askers with one error.
#[derive(Clone, Debug)]
pub enum Error {
    /// An input breaks rules; all of them are named.
    Invalid(Vec<Violation>),
    /// The row, named by its id, has another version than the one the caller expected.
    Stale(Violation, Uuid),
    /// The caller may not do this. Holds the scope that would be needed.
    Forbidden(&'static str),
    /// A cursor that this server did not give for this list, order and tenant.
    BadCursor,
    /// An argument of a query that cannot be followed, with what would be right.
    BadInput(String),
    /// Somebody else wrote the same rows at the same moment. Trying again may succeed.
    Busy,
    /// Nobody's fault but ours. What it was goes to the log, never to the client.
    Internal(Arc<str>),
}

/// One rule that an input breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What kind of rule.
    pub code: Code,
    /// Where in the input, from its root: `["addresses", "0", "city"]`.
    pub path: Vec<String>,
    /// What was given and what would be right.
    pub message: String,
}

/// Makes an enum of the kinds of rules an input can break: one for the rules, and one for the schema, in the same words.
#[macro_export]
macro_rules! codes {
    ($(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        pub enum $name {
            /// A value must be given.
            Required,
            /// A value has the wrong shape.
            Invalid,
            /// A number, length or list is too small or too large.
            OutOfRange,
            /// A reference, or the row itself, names nothing.
            NotFound,
            /// Another row has this value already.
            Taken,
            /// The row is deleted; restore it first.
            Deleted,
            /// The row has changed since it was read; the payload has it as it is now.
            VersionConflict,
            /// Something else still needs the row.
            InUse,
            /// The row's state does not allow this; the message names what it allows.
            State,
            /// The row would contain itself.
            Cycle,
            /// Two periods that must not overlap do.
            Overlap,
            /// The value was fixed when the row was made.
            Immutable,
            /// The idempotency key was sent with another input before; a new input takes a new key.
            KeyReused,
            /// Another input of an atomic list was refused, so that nothing was written.
            Aborted,
            /// Somebody else wrote the same rows at the same moment, so that this input of a list was not written; try it again.
            Busy,
            /// Something went wrong on our side, so that this input of a list was not written.
            Internal,
        }
    };
}

codes! {
    /// The kinds of rules an input can break. A code is never reused for something else.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    Code
}

impl Error {
    /// A single violation.
    pub fn invalid(code: Code, path: &[&str], message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(code, path, message)])
    }

    /// The row that was to be written is not there, or not the caller's: the same answer for both.
    pub fn not_found(path: &[&str]) -> Self {
        Self::invalid(Code::NotFound, path, "There is no such row.")
    }

    /// Something that cannot happen did.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::Internal(what.to_string().into())
    }

    /// The stable code of an error that stands outside the business of a mutation.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) | Self::BadInput(_) => "BAD_INPUT",
            Self::Stale(..) => "VERSION_CONFLICT",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::BadCursor => "BAD_CURSOR",
            Self::Busy => "BUSY",
            Self::Internal(_) => "INTERNAL",
        }
    }
}

impl Violation {
    /// A violation at a path of the input.
    pub fn new(code: Code, path: &[&str], message: impl Into<String>) -> Self {
        Self { code, path: path.iter().map(ToString::to_string).collect(), message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) => {
                let said: Vec<_> = violations.iter().map(|violation| violation.message.as_str()).collect();
                f.write_str(&said.join(" "))
            }
            Self::Stale(violation, _) => f.write_str(&violation.message),
            Self::Forbidden(scope) => write!(f, "This needs the permission {scope}, which the token does not give."),
            Self::BadCursor => f.write_str(
                "The cursor does not belong to this list: pass a cursor of the same list, with the same orderBy, unchanged.",
            ),
            Self::BadInput(message) => f.write_str(message),
            Self::Busy => f.write_str("Somebody else wrote the same rows at the same moment; try again."),
            Self::Internal(_) => f.write_str("Something went wrong on our side. The request id names it in the log."),
        }
    }
}

impl std::error::Error for Error {}

//! Errors as clients see them: few variants, each with one stable code; an invalid input reports all its violations.

pub mod catalogue;
mod database;
pub mod excerpt;

use std::{fmt, sync::Arc};

use sea_orm::prelude::Uuid;

use self::catalogue::Entry;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something failed. Clonable, because a batch returns one error to many callers.
#[derive(Clone, Debug)]
pub enum Error {
    /// An input violates rules: all its violations.
    Invalid(Vec<Violation>),
    /// A constraint of the database found what a rule did not see, because another transaction wrote it meanwhile. The
    /// transaction is repeated; this is the violation if repeating it does not help.
    LostRace(Violation),
    /// The row of an id has another version than the caller expected.
    Stale(Violation, Uuid),
    /// The caller may not do this.
    Forbidden {
        /// The missing scope.
        scope: &'static str,
        /// The path of the input field that needs it; empty if the whole operation does.
        field: Vec<String>,
    },
    /// A cursor of another list, order or tenant.
    BadCursor,
    /// An argument of a query is invalid: what is valid.
    BadInput(String),
    /// A concurrent transaction wrote the same rows. A retry may succeed.
    Busy,
    /// A write took longer than a write may, and wrote nothing.
    WriteTimeout,
    /// No connection to the database came free in time, or SQLite's only writer did not.
    Overloaded,
    /// An error of the server. Its text is logged and never sent to the client.
    Internal(Arc<str>),
}

/// One rule that an input violates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The kind of the rule.
    pub code: Code,
    /// The path of the value, from the root of the input: `["addresses", "0", "city"]`.
    pub path: Vec<String>,
    /// What was given and what is valid.
    pub message: String,
}

/// Makes an enum of the kinds of rules that an input can violate: one for the rules and one for the schema, with the same
/// descriptions.
///
/// ```ignore
/// codes! {
///     /// The kinds of rules.
///     #[derive(Clone, Copy)]
///     Code
/// }
/// // becomes
/// /// The kinds of rules.
/// #[derive(Clone, Copy)]
/// pub enum Code {
///     /// A value must be given.
///     Required,
///     // ...
/// }
/// ```
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
            /// The row, a row that it refers to, or the row that has its value, is deleted; restore it first.
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
            /// The caller may not do this, so that this input of a list was not written; the message names the permission.
            Forbidden,
        }
    };
}

codes! {
    /// The kinds of rules that an input can violate. A code keeps its meaning.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    Code
}

impl Error {
    /// A single violation.
    pub fn invalid(code: Code, path: &[&str], message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(code, path, message)])
    }

    /// The row does not exist, or does not exist for the caller: the same error for both.
    pub fn not_found(path: &[&str]) -> Self {
        Self::invalid(Code::NotFound, path, "There is no such row.")
    }

    /// An error of the server, with the text for its log.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::Internal(message.to_string().into())
    }

    /// The error with the place of its input in the arguments, where it names a field of the input.
    #[must_use]
    pub fn of_input(self, place: &[String]) -> Self {
        match self {
            Self::Forbidden { scope, field } if !field.is_empty() => {
                Self::Forbidden { scope, field: place.iter().cloned().chain(field).collect() }
            }
            error => error,
        }
    }

    /// The catalogue's entry of an error that is not one of a mutation's input.
    pub fn entry(&self) -> Entry {
        match self {
            Self::Invalid(_) | Self::LostRace(_) | Self::BadInput(_) => catalogue::BAD_INPUT,
            Self::Stale(..) => catalogue::user::VERSION_CONFLICT,
            Self::Forbidden { .. } => catalogue::FORBIDDEN,
            Self::BadCursor => catalogue::BAD_CURSOR,
            Self::Busy | Self::WriteTimeout => catalogue::BUSY,
            Self::Overloaded => catalogue::OVERLOADED,
            Self::Internal(_) => catalogue::INTERNAL,
        }
    }
}

/// Names the field of an input that a step was for.
pub trait OfField {
    /// Names the field, if the step is forbidden, above the fields that it names already.
    #[must_use]
    fn of_field(self, name: &str) -> Self;
}

impl<T> OfField for Result<T> {
    fn of_field(self, name: &str) -> Self {
        self.map_err(|mut error| {
            if let Error::Forbidden { field, .. } = &mut error {
                field.insert(0, name.to_owned());
            }
            error
        })
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
                let messages: Vec<_> = violations.iter().map(|violation| violation.message.as_str()).collect();
                f.write_str(&messages.join(" "))
            }
            Self::LostRace(violation) | Self::Stale(violation, _) => f.write_str(&violation.message),
            Self::Forbidden { scope, field } => {
                let what = if field.is_empty() { "This".to_owned() } else { field.join(".") };
                write!(f, "{what} needs the permission {scope}, which the token does not give.")
            }
            Self::BadCursor => f.write_str(
                "The cursor does not belong to this list: pass a cursor of the same list, with the same orderBy, unchanged.",
            ),
            Self::BadInput(message) => f.write_str(message),
            Self::Busy => f.write_str("Somebody else wrote the same rows at the same moment; try again."),
            Self::WriteTimeout => {
                f.write_str("The write took longer than a write may, and wrote nothing; write less at once, or try again.")
            }
            Self::Overloaded => f.write_str("The database is doing as much as it can; try again in a moment."),
            Self::Internal(_) => f.write_str("Something went wrong on our side. The request id names it in the log."),
        }
    }
}

impl std::error::Error for Error {}

//! Mutations: how a verb is run, and how what it gives or refuses reaches the client.

use std::sync::Arc;

use async_graphql::{Context, Enum, SimpleObject};

use super::{
    context::Ask,
    node::{Face, RowOf},
};
use crate::{
    access::Action,
    error::{Code, Error, Result, Violation},
    store::{Deleted, Tx},
};

/// What kind of rule an input breaks. A code is never reused for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Code")]
pub enum UserErrorCode {
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
}

/// Why a mutation did nothing. All reasons that can be known before the first write are named at once.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// What kind of rule was broken.
    code: UserErrorCode,
    /// What was given and what would be right, for a person.
    message: String,
    /// Where in the arguments: `["input", "addresses", "0", "city"]`.
    field: Vec<String>,
}

impl From<Violation> for UserError {
    fn from(violation: Violation) -> Self {
        let field = std::iter::once("input".to_owned()).chain(violation.path).collect();
        Self { code: violation.code.into(), message: violation.message, field }
    }
}

/// What a verb came to: the row, or why there is none.
pub struct Outcome<F> {
    /// The row as it is now; null if nothing was written, but the present row on a version conflict.
    pub node: Option<F>,
    /// Why nothing was written.
    pub user_errors: Vec<UserError>,
}

/// Runs a verb that gives a row.
pub async fn write<F: Face>(
    ctx: &Context<'_>,
    action: Action,
    verb: impl AsyncFnOnce(&Tx) -> Result<RowOf<F>>,
) -> Result<Outcome<F>> {
    match ctx.store().write(action, verb).await {
        Ok(row) => Ok(Outcome { node: Some(F::of(Arc::new(row))), user_errors: Vec::new() }),
        Err(Error::Invalid(violations)) => {
            Ok(Outcome { node: None, user_errors: violations.into_iter().map(UserError::from).collect() })
        }
        Err(Error::Stale(violation, id)) => {
            // Whole, because the present field selects from the payload, not from the row.
            let present = ctx.store().find::<F::Entity>()?.deleted(Deleted::Include).ids([id]);
            let node = ctx.store().one(&present).await?.map(F::of);
            Ok(Outcome { node, user_errors: vec![violation.into()] })
        }
        Err(error) => Err(error),
    }
}

/// Makes the payloads of a type's mutations: the row under its name, and why there is none.
macro_rules! payloads {
    ($field:ident: $face:ident; $($payload:ident),* $(,)?) => { $(
        /// What the mutation came to.
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            /// The row as it is now. Null if nothing was written, but the present row on a VERSION_CONFLICT.
            $field: Option<$face>,
            /// Why nothing was written; empty if it was.
            user_errors: Vec<$crate::graphql::mutation::UserError>,
        }

        impl From<$crate::graphql::mutation::Outcome<$face>> for $payload {
            fn from(outcome: $crate::graphql::mutation::Outcome<$face>) -> Self {
                Self { $field: outcome.node, user_errors: outcome.user_errors }
            }
        }
    )* };
}
pub(super) use payloads;

//! Macros that make the mutations of a type and the inputs that every type has.

/// Makes the input that deletes a row of a type.
///
/// `delete_input! { ContactDeleteInput of "contact" }` expands to
///
/// ```text
/// /// The contact to delete.
/// #[derive(Clone, Debug, InputObject)]
/// pub struct ContactDeleteInput {
///     /// The contact.
///     id: Ref,
///     /// The version that the contact must have; another version fails with VERSION_CONFLICT.
///     expected_version: Option<i32>,
///     #[graphql(flatten)]
///     idempotency: IdempotencyInput,
/// }
/// ```
macro_rules! delete_input {
    ($input:ident of $noun:literal) => {
        #[doc = concat!("The ", $noun, " to delete.")]
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $input {
            #[doc = concat!("The ", $noun, ".")]
            id: $crate::graphql::scalar::Ref,
            #[doc = concat!("The version that the ", $noun, " must have; another version fails with VERSION_CONFLICT.")]
            expected_version: Option<i32>,
            #[graphql(flatten)]
            idempotency: $crate::graphql::mutation::IdempotencyInput,
        }
    };
}
pub(in crate::graphql) use delete_input;

/// Makes the input that restores a deleted row of a type.
///
/// `restore_input! { ContactRestoreInput of "contact" }` expands to
///
/// ```text
/// /// The contact to restore.
/// #[derive(Clone, Debug, InputObject)]
/// pub struct ContactRestoreInput {
///     /// The contact.
///     id: Ref,
///     /// The version that the contact must have; another version fails with VERSION_CONFLICT.
///     expected_version: Option<i32>,
///     #[graphql(flatten)]
///     idempotency: IdempotencyInput,
/// }
/// ```
macro_rules! restore_input {
    ($input:ident of $noun:literal) => {
        #[doc = concat!("The ", $noun, " to restore.")]
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $input {
            #[doc = concat!("The ", $noun, ".")]
            id: $crate::graphql::scalar::Ref,
            #[doc = concat!("The version that the ", $noun, " must have; another version fails with VERSION_CONFLICT.")]
            expected_version: Option<i32>,
            #[graphql(flatten)]
            idempotency: $crate::graphql::mutation::IdempotencyInput,
        }
    };
}
pub(in crate::graphql) use restore_input;

/// Makes the mutations of a type. A row names the field that takes one input with its name in the schema, the field that
/// takes a list of inputs, the input type with the description of its argument, the payload type, the permission, and the
/// code that runs the domain function in the transaction `tx`.
///
/// ```text
/// mutations! {
///     /// Mutations of contacts.
///     ContactMutation of contact: Contact;
///
///     /// Restores a deleted contact. Requires `contact:write`.
///     contact_restore as "contactRestore", contact_restore_many
///         (ContactRestoreInput: "The contact.") -> ContactRestorePayload
///         requires Action::ContactWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
/// }
/// ```
///
/// expands to
///
/// ```text
/// /// The result of `contactRestore`, and of each input of `contactRestoreMany`.
/// #[derive(SimpleObject)]
/// pub struct ContactRestorePayload {
///     contact: Option<Contact>,
///     user_errors: Vec<UserError>,
/// }
///
/// impl From<Outcome<Contact>> for ContactRestorePayload { … }
///
/// impl IdempotentInput for ContactRestoreInput { … }
///
/// impl MutationInput for ContactRestoreInput {
///     type EntityObject = Contact;
///     const ACTION: Action = Action::ContactWrite;
///
///     async fn execute(self, tx: &Tx) -> Result<RowOf<Contact>> {
///         let input = self;
///         rules::restore(tx, &input.id.0, input.expected_version).await
///     }
/// }
///
/// /// Mutations of contacts.
/// #[derive(Default)]
/// pub struct ContactMutation;
///
/// #[Object]
/// impl ContactMutation {
///     /// Restores a deleted contact. Requires `contact:write`.
///     #[graphql(name = "contactRestore")]
///     async fn contact_restore(&self, ctx: &Context<'_>, input: ContactRestoreInput) -> Result<Option<ContactRestorePayload>> {
///         Ok(Some(write(ctx, input).await?.into()))
///     }
///
///     async fn contact_restore_many(
///         &self,
///         ctx: &Context<'_>,
///         inputs: Vec<ContactRestoreInput>,
///         atomic: bool,
///     ) -> Result<Option<OutputList<ContactRestorePayload>>> { … }
/// }
/// ```
macro_rules! mutations {
    (
        $(#[$mutation_doc:meta])* $mutation:ident of $field:ident: $object:ident;
        $(
            $(#[$doc:meta])*
            $one:ident as $name:literal, $many:ident
                ($input:ident: $argument_doc:literal) -> $payload:ident
                requires $action:expr => |$tx:ident, $value:ident| $execute:expr;
        )*
    ) => {
        $(
            #[doc = concat!("The result of `", $name, "`, and of each input of `", $name, "Many`.")]
            #[derive(async_graphql::SimpleObject)]
            pub struct $payload {
                /// The row after the mutation. Null if nothing was written, except on VERSION_CONFLICT, which returns
                /// the current row.
                $field: Option<$object>,
                /// The reasons why nothing was written. Empty on success.
                user_errors: Vec<$crate::graphql::mutation::UserError>,
            }

            impl From<$crate::graphql::mutation::Outcome<$object>> for $payload {
                fn from(outcome: $crate::graphql::mutation::Outcome<$object>) -> Self {
                    Self { $field: outcome.node, user_errors: outcome.user_errors }
                }
            }
        )*

        $(
            impl $crate::graphql::mutation::IdempotentInput for $input {
                fn idempotency_key(&self) -> Option<&str> {
                    self.idempotency.idempotency_key.as_deref()
                }
            }

            impl $crate::graphql::mutation::MutationInput for $input {
                type EntityObject = $object;
                const ACTION: ::access::Action = $action;

                async fn execute(self, $tx: &::store::Tx) -> ::error::Result<$crate::graphql::entity_object::RowOf<$object>> {
                    let $value = self;
                    $execute
                }
            }
        )*

        $(#[$mutation_doc])*
        #[derive(Default)]
        pub struct $mutation;

        #[async_graphql::Object]
        impl $mutation {
            $(
                $(#[$doc])*
                #[graphql(name = $name)]
                async fn $one(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = $argument_doc)] input: $input,
                ) -> ::error::Result<Option<$payload>> {
                    Ok(Some($crate::graphql::mutation::write(ctx, input).await?.into()))
                }

                $(#[$doc])*
                ///
                /// This form takes a list of inputs and returns one result for each, in the same order.
                async fn $many(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "The inputs, at most 100 unless the server is configured otherwise. They are executed one after the other: an input may use rows that an earlier one created.")]
                    inputs: Vec<$input>,
                    #[graphql(default, desc = "Whether all inputs are one transaction: if one input fails, nothing is written, and the others fail with ABORTED. If false, each input succeeds or fails on its own.")]
                    atomic: bool,
                ) -> ::error::Result<Option<$crate::graphql::output_list::OutputList<$payload>>> {
                    let outcomes = $crate::graphql::mutation::write_many(ctx, inputs, atomic).await?;
                    Ok(Some(outcomes.into_iter().map($payload::from).collect()))
                }
            )*
        }
    };
}
pub(in crate::graphql) use mutations;

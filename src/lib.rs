//! Fieldgate: one GraphQL schema over everything a company knows about its own customers.
//!
//! # Layers
//!
//! Each domain has one file or folder per layer, with the same singular name on each: `git ls-files '*customer*'` prints a
//! feature.
//!
//! ```text
//! src/main, cli, config, demo    the program
//!   src/http, src/tasks          the transport; work without a request
//!     src/graphql                the API: types, edges, filters, orders, mutations
//!     src/files                  the files of documents: uploads and downloads
//!       crates/domain            the rules: what makes a row valid, and the operations that change it
//!         crates/store           the storage: the only layer with a database connection
//!         crates/file_storage    the sealed parts of files, in a folder or in an S3-compatible store
//!           entity, migration    the tables, and their history
//! crates/access, crates/error    who may do what; what can go wrong
//! crates/fair_semaphore          who may go on, where tenants share what is scarce
//! src/setting                    how a layer declares its settings
//! ```
//!
//! Dependencies go downward only. `access`, `error`, `fair_semaphore`, `store` and `domain` are crates, so the compiler holds
//! their dependencies; `tests/tidy` holds those between the folders of `src`, and fails on a circle between files of one layer.
//! Only the types of the schema may refer to each other in circles.
//!
//! # Invariants
//!
//! 1. A row belongs to one tenant. No request can see or name a row of another tenant: a foreign id answers as an absent one.
//! 2. Reads go through [`store::Store::find`] (in a write, [`store::Tx::find`]), writes through [`store::Store::write`].
//!    `find` adds permission, tenant, liveness and row rule. A [`store::Tx`] requires the permission to write each row, and
//!    adds the change record, the search tokens and the encryption, in one database transaction.
//! 3. A mutation writes one entry to the change log for every row that it changes, and nothing if it fails.
//! 4. Personal data is ciphertext in the database, in rows and in the log. It is decrypted only for a caller who may read it
//!    and selects it.
//! 5. The number of SQL statements of a query depends on its shape, never on the number of rows: one for each selected edge,
//!    one for each selected `totalCount`, and none for rows that the request has read already.
//! 6. The same request gets the same answer on SQLite and on PostgreSQL, ids and times excepted.
//! 7. No client input is answered by 5xx.
//! 8. The published schema is `schema/schema.graphql`. A change of the schema is in the diff that causes it.
//!
//! # The way of a query
//!
//! `http::connection` accepts the connection, `http::middleware` wraps every route, and `http::auth` verifies the token before
//! the body is read (`http::request_body`). `http::concurrency_limit` admits the request. [`graphql::operation`] makes an operation of the text and the variables: the text is
//! scanned before it is parsed and the document measured before it is validated ([`graphql::limit`]), and variables are
//! coerced, all by the specification and before anything runs. The cost is estimated ([`graphql::cost`]) and the client
//! debited (`http::admission`, `http::rate_limit`). Then a [`store::Store`] is created for the caller, and async-graphql
//! executes the operation's plan.
//!
//! A root list (`graphql::list`) turns its arguments into a [`store::RowQuery`]: filter, order, cursor, page size, and the
//! columns that the selection reads. Its rows are a level of the answer, which resolves breadth-first
//! (`graphql::breadth_first`): a field of all rows at once. A list under them asks the request's batch loader (`store::batch`)
//! for all parents together: the fields of a level meet there, and the list under all its parents is one statement
//! (`store::page`). The rows of these lists are the next level. What is not in a level, such as the object of a mutation,
//! async-graphql resolves by itself. Encrypted columns are opened by the resolver of their field; data keys that are not open
//! yet are loaded in batches, too. At the end, `graphql::conform` puts the response into the order of the selection, the
//! actual cost is counted, and the rest is refunded.
//!
//! # The way of a mutation
//!
//! Each mutation is a row of the macro `mutations!` (`graphql::mutation`), in a form for one input and in a form for many.
//! With an idempotency key, the key is the first row of the transaction (`store::tx`). The input becomes a draft of its
//! domain. [`store::Store::write`] checks the permission of the whole and begins a [`store::Tx`], which checks that of each
//! row. The operation of the domain reads the draft into a row, gathers every violation in a
//! [`domain::validator::Validator`], finds all rows that the input refers to, and writes whole rows. What every domain does alike (update, upsert, delete, restore) stands once in
//! `domain::lifecycle`. The `Tx` folds, seals and compares rows with what is stored, and writes what derives from them at
//! commit. An operation never begins or commits a transaction, so operations compose.
//!
//! # Work without a request
//!
//! Each file of `tasks` is a loop that ends with the server: `link` numbers committed changes, `expire` deletes old
//! idempotency keys and token revocations, `backfill` rewrites stored rows after a change of their tenant's settings
//! ([`store::backfill`]), `book` books the visits of recurring services ([`store::background`]). `http::auth` reads the issuer's keys anew, if they are at an address.
//!
//! # Adding a domain
//!
//! A domain `trailer` is a new file `trailer.rs` in `entity/src`, `crates/domain/src`, `src/graphql` and `tests`, a migration
//! `migration/src/mNN_trailer.rs`, and a line or two in eleven existing files, which `tests/tidy` counts:
//!
//! 1. `migration/src/lib.rs`: the migration.
//! 2. `entity/src/lib.rs`: the table's module.
//! 3. `crates/access/src/lib.rs`: its actions, and what each role may do with it.
//! 4. `crates/store/src/registry.rs`: its entry in the registry: permissions, encrypted, folded and indexed columns.
//! 5. `crates/store/src/edge.rs`: the edges from and to it.
//! 6. `crates/domain/src/lib.rs`: the module of its rules.
//! 7. `src/graphql/mod.rs`: its module, its root fields and its mutations.
//! 8. `src/graphql/node.rs`: its type, which `node(id)` finds.
//! 9. `src/graphql/change.rs`: its type in the change log.
//! 10. `tests/main.rs`: its tests. Tenancy, cursors, filters and fields of the new domain are tested by walks over the schema.
//! 11. `tests/permission/declaration.rs`: the actions that its mutations need, with which a walk tests its permissions.
//!
//! An edge to another type adds a line to that type's file. Custom fields of the new type add lines to the owners in
//! `crates/store/src/edge.rs`, to `entity/src/custom_field_{definition,value}.rs`, to their migration and to
//! `src/graphql/custom_field/mod.rs`. `cargo xtask schema` then refreshes the published schema.

pub mod cli;
pub mod config;
pub mod demo;
mod files;
pub mod graphql;
pub mod http;
pub mod setting;
pub mod tasks;

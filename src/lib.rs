//! Fieldgate: one GraphQL schema over everything a company knows about its own customers.
//!
//! # The house
//!
//! Floors, one file per domain per floor, the same singular name on each: `git ls-files '*customer*'` prints a feature.
//!
//! ```text
//! main, cli, config, demo        the program
//!   http      tasks              the doors; work without a request
//!     graphql                    the face: types, edges, filters, orders, mutations
//!       domain                   the rules: what makes a row right, and the verbs that change it
//!         store                  the cellar: the only floor with a connection
//!           entity               the tables
//! access, error, setting         leaves: who may do what, what can go wrong, and how a layer declares its settings
//! ```
//!
//! Arrows go downward only: `http -> graphql -> domain -> store -> entity` and `tasks -> domain -> store`. `graphql` may
//! also name `store` (to read) and `entity`; `http` may name `store`, to build one for each request. `access` and `error`
//! may be named by every floor, `setting` by those that have settings. `tests/tidy.rs` reads the `use` lines and fails on an arrow that goes up.
//!
//! # What always holds
//!
//! 1. A row belongs to one tenant, and no request can see or name a row of another: a foreign id answers as an absent one.
//! 2. Reads go through [`store::Store::find`] (in a write, [`store::Tx::find`]), writes through [`store::Store::write`].
//!    `find` adds permission, tenant, liveness and row rule; a [`store::Tx`] adds the change record, the search tokens and
//!    the seals, in one database transaction.
//! 3. A mutation is one entry in the change log for every row it changed, and nothing if it failed.
//! 4. Personal data is ciphertext in the database, in rows and in the log, and opened only for who may read it and asked.
//! 5. The number of SQL statements of a query depends on its shape, and more rows never make more of them: one for each
//!    selected edge and one for each selected `totalCount`, and none for what the request has read already.
//! 6. The same request gives the same answer on SQLite and on PostgreSQL, but for ids and times.
//! 7. Nothing answers 5xx for what a client sent.
//! 8. The published schema is `schema/schema.graphql`, and a change of it is in the diff that causes it.
//!
//! # How a query runs
//!
//! `http::connection` accepts, `http::middleware` and `http::concurrency_limit` wrap every route, and `http::auth` verifies
//! the token. The text is scanned (`graphql::limit`) before it is parsed, the document weighed and priced (`graphql::cost`), and
//! its client is debited (`http::admission`, `http::rate_limit`). Then a [`store::Store`] is made for the caller, and the document executed.
//!
//! A root list (`graphql::connection`) turns its arguments into a [`store::Find`]: filter, order, cursor, size, and the columns that
//! the selection reads. A list under a parent asks the request's loader (`store::batch`) instead: all parents of a level
//! meet there, and the list under all of them is one statement (`store::page`). Sealed columns are opened by the resolver
//! of their field, and data keys that are not open yet are loaded together, too. Last, `graphql::shape` puts the answer
//! into the order of the selection, counts what it cost, and what it did not cost is given back.
//!
//! # How a write runs
//!
//! Each mutation is a verb of its input (`graphql::mutation`), in a form for one input and in one for many. With an
//! idempotency key, the key's record is the first row of the transaction (`store::tx`). The input becomes a draft of its
//! domain; [`store::Store::write`] checks the permission and begins a [`store::Tx`]; the verb reads the draft into a row, gathers everything wrong with it in a [`domain::check::Check`],
//! finds all rows it refers to, and writes whole rows. The `Tx` folds, seals and compares them with what stood there,
//! and at commit writes what derives from them. A verb never begins or ends a transaction, so verbs compose.
//!
//! # Adding a domain
//!
//! Say, trailers. Eight places, most of them one line:
//!
//! 1. `migration/src/mNN_trailer.rs`: the table, by the words of `migration/src/table.rs`.
//! 2. `entity/src/trailer.rs`: its row, and its line in `entity/src/lib.rs`.
//! 3. `store/owned.rs`: its line in the registry: who may read and write it, what is sealed, folded and indexed.
//! 4. `store/edge.rs`: a line for each edge from and to it.
//! 5. `access.rs`: its actions and their column in the one table of roles.
//! 6. `domain/trailer.rs`: draft and verbs.
//! 7. `graphql/trailer.rs`: face, edges, filter, order, roots, inputs and mutations, by the macros of `graphql`; its lines
//!    in `graphql/mod.rs` and in the `Node` of `graphql/node.rs`.
//! 8. `tests/trailer.rs`. The walkers (tenancy, cursors, filters, fields, tidy) find the new domain by themselves.
//!
//! `cargo xtask schema` then refreshes the published schema.

pub mod cli;
pub mod config;
pub mod demo;
pub mod graphql;
pub mod http;
pub mod setting;
pub mod tasks;

//! Fuzz target: passes arbitrary text through the checks before a document is executed. `cargo xtask fuzz` runs it.

#![no_main]
#![expect(dead_code, unused_imports, reason = "the included modules have items that only the server uses")]

// The checks without the rest of the server: they build in a minute, and an input takes microseconds.
extern crate self as error;
extern crate self as fieldgate;

#[path = "../../crates/error/src/catalogue.rs"]
pub mod catalogue;

#[path = "../../src/graphql"]
mod graphql {
    pub mod cost;
    pub mod limit;
    pub mod operation;
    mod types;

    pub use self::types::SchemaTypes;

    /// The default page size; no property depends on its value.
    mod list {
        pub const DEFAULT_PAGE_SIZE: usize = 25;
    }

    /// The default number of groups; no property depends on its value.
    mod aggregate {
        pub const DEFAULT_GROUPS: usize = 100;
    }

    /// The formats of the scalars; no property depends on them.
    mod scalar {
        pub fn coerce_scalar(_: &str, value: async_graphql::Value) -> Result<async_graphql::Value, String> {
            Ok(value)
        }
    }
}

#[path = "../../src/setting.rs"]
mod setting;

#[path = "../../tests/hostile/property.rs"]
mod property;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

use self::graphql::{SchemaTypes, limit::Limits, operation::DocumentValidator};

const SDL: &str = include_str!("../../schema/schema.graphql");

static TYPES: LazyLock<SchemaTypes> = LazyLock::new(|| SchemaTypes::parse(SDL));
static VALIDATOR: LazyLock<DocumentValidator> = LazyLock::new(|| DocumentValidator::new(SDL, Limits::default()));

fuzz_target!(|text: &str| {
    property::passes(&VALIDATOR, &TYPES, text);
});

//! Fuzz target: passes arbitrary text through the checks before a document is executed. `cargo xtask fuzz` runs it.

#![no_main]
#![expect(dead_code, unused_imports, reason = "the included modules have items that only the server uses")]

// The checks without the rest of the server: they build in a minute, and an input takes microseconds.
extern crate self as fieldgate;

#[path = "../../src/graphql"]
mod graphql {
    pub mod cost;
    pub mod limit;
    mod types;

    pub use self::types::SchemaTypes;

    /// The default page size; no property depends on its value.
    mod connection {
        pub const DEFAULT_PAGE_SIZE: usize = 25;
    }
}

#[path = "../../src/setting.rs"]
mod setting;

#[path = "../../tests/hostile/property.rs"]
mod property;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

use self::graphql::SchemaTypes;

static TYPES: LazyLock<SchemaTypes> = LazyLock::new(|| SchemaTypes::parse(include_str!("../../schema/schema.graphql")));

fuzz_target!(|text: &str| {
    property::passes(&TYPES, text);
});

//! Texts that a fuzzer makes, through the checks before a document runs. `cargo xtask fuzz` runs it.

#![no_main]
#![expect(dead_code, unused_imports, reason = "the server uses what the checks have besides")]

// The checks alone, without the server around them: built in a minute, and each text is through in microseconds.
extern crate self as fieldgate;

#[path = "../../src/graphql"]
mod graphql {
    pub mod cost;
    pub mod limit;
    mod types;

    pub use self::types::Types;

    /// The size of a page that names none, which no property depends on.
    mod connection {
        pub const PAGE: usize = 25;
    }
}

#[path = "../../src/setting.rs"]
mod setting;

#[path = "../../tests/hostile/property.rs"]
mod property;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

use self::graphql::Types;

static TYPES: LazyLock<Types> = LazyLock::new(|| Types::of(include_str!("../../schema/schema.graphql")));

fuzz_target!(|text: &str| {
    property::passes(&TYPES, text);
});

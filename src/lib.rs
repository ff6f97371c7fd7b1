//! Fieldgate.

pub mod access;
pub mod cli;
pub mod config;
pub mod domain;
pub mod error;
pub mod graphql;
pub mod http;
pub mod store;
pub mod tasks;

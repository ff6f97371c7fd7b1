//! The HTTP transport: connections, routes, authentication, limits and the form of every response.

mod admission;
mod answer_body;
mod app;
pub mod auth;
mod concurrency_limit;
mod connection;
mod connection_limit;
pub mod demo_token;
mod execution;
mod files;
mod graphql;
mod health;
pub mod introspection;
mod middleware;
mod playground;
mod protocol_error;
pub mod rate_limit;
mod readiness;
mod rejection;
mod request_body;
mod request_id;
mod request_params;
mod response;
mod role_list;
mod router;
mod schema;
mod settings;
mod shutdown;
mod task;
pub mod telemetry;
pub mod trusted_documents;

pub use self::{app::App, connection::serve, settings::Settings, shutdown::shutdown_signal};

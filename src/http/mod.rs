//! The doors: what listens, what answers where, and how the server goes down without dropping anybody.

pub mod auth;
mod graphql;
mod health;
mod limits;
pub mod playground;
pub mod telemetry;

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, routing::get};
use tokio::net::TcpListener;

use self::auth::Tokens;
use crate::{
    graphql::{self as face, Schema, Shape},
    store::Database,
};

/// How the doors are set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether everybody, and not only an ADMIN, is told how many SQL statements a request took.
    pub show_statements: bool,
    /// The largest body in bytes.
    pub body_limit: usize,
    /// The demo's companies with their tokens, told to everybody who asks; only for the demo.
    pub demo: Option<playground::Companies>,
}

/// What every request is answered with.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Arc<Database>,
    /// The schema.
    pub schema: Schema,
    /// Its shape.
    pub shape: Arc<Shape>,
    /// Who may come in.
    pub tokens: Arc<Tokens>,
    /// How the doors are set up.
    pub settings: Settings,
}

impl App {
    /// The server of a database.
    pub fn new(db: Arc<Database>, tokens: Tokens, settings: Settings) -> Self {
        let schema = face::schema();
        let shape = Arc::new(Shape::of(&schema.sdl()));
        Self { db, schema, shape, tokens: Arc::new(tokens), settings }
    }
}

/// Every route of the server.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/playground", get(playground::page))
        .route("/playground/demo.json", get(playground::demo))
        .route("/schema.graphql", get(graphql::sdl))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .with_state(app)
}

/// Serves until told to stop, then lets the requests at hand end.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

/// Resolves when the process is told to stop: SIGTERM or Ctrl-C.
pub async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(error) => {
            tracing::error!("SIGTERM cannot be listened for: {error}");
            std::future::pending::<()>().await;
        }
    }
}

/// Runs work that must end even if its client goes away.
#[expect(
    clippy::disallowed_methods,
    reason = "this is one of the two homes of tasks: mutations that outlive their client"
)]
async fn outlive<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    tokio::spawn(work).await.ok()
}

//! The doors: what listens, what answers where, and how the server goes down without dropping anybody.

pub mod auth;
mod connection;
mod gate;
mod graphql;
mod guard;
mod health;
pub mod introspection;
mod params;
pub mod playground;
pub mod rate;
mod reply;
pub mod telemetry;
mod toll;
pub mod trusted;
mod unheard;

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Bytes, http::HeaderValue, middleware::from_fn, routing::get};
use store::Database;
use tokio::task::JoinHandle;
use tower::util::option_layer;

pub use self::connection::serve;
use self::{auth::Tokens, gate::Gate, introspection::Introspection, rate::Buckets, telemetry::REQUEST};
use crate::graphql::{self as face, ResponseShape, Schema, SchemaTypes, limit::Limits};

/// How the doors are set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether everybody, and not only an ADMIN, is told how many SQL statements a request took.
    pub show_statements: bool,
    /// The largest body in bytes.
    pub body_limit: usize,
    /// The largest head of a request in bytes: its line and its headers.
    pub header_limit: usize,
    /// The longest query string in bytes.
    pub query_string_limit: usize,
    /// The largest JSON of variables in bytes.
    pub variables_limit: usize,
    /// How many operations one body may hold; none: arrays are refused.
    pub batch_limit: usize,
    /// The most connections at once.
    pub connections: usize,
    /// The most requests worked on at once.
    pub requests: u32,
    /// How long the head of a request may take, and a connection may be silent between two requests.
    pub header_timeout: Duration,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// How long a request may take in all.
    pub request_timeout: Duration,
    /// How long an answer may wait for its client to read on.
    pub answer_timeout: Duration,
    /// How long requests may go on after the server was told to stop.
    pub stop_timeout: Duration,
    /// Whose pages may read answers.
    pub cors_origins: Vec<HeaderValue>,
    /// How much a document may weigh.
    pub limits: Limits,
    /// The most an operation may cost.
    pub cost_limit: u64,
    /// How fast a client may spend.
    pub rate: rate::Settings,
    /// Which documents are known by id, and who may run others.
    pub trusted: trusted::Settings,
    /// Who may ask for the schema.
    pub introspection: Introspection,
    /// The demo's companies with their tokens, told to everybody who asks; only for the demo.
    pub demo: Option<playground::Companies>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            show_statements: false,
            body_limit: 2 << 20,
            header_limit: 64 << 10,
            query_string_limit: 16 << 10,
            variables_limit: 1 << 20,
            batch_limit: 0,
            connections: 1_024,
            requests: 128,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(30),
            stop_timeout: Duration::from_secs(30),
            cors_origins: Vec::new(),
            limits: Limits::default(),
            cost_limit: 50_000,
            rate: rate::Settings::default(),
            trusted: trusted::Settings::default(),
            introspection: Introspection::default(),
            demo: None,
        }
    }
}

/// What every request is answered with.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Arc<Database>,
    /// The schema.
    pub schema: Schema,
    /// The schema as text.
    pub sdl: Bytes,
    /// Its types.
    pub types: Arc<SchemaTypes>,
    /// Its shape.
    pub shape: Arc<ResponseShape>,
    /// Who may come in.
    pub tokens: Arc<Tokens>,
    /// How the doors are set up.
    pub settings: Arc<Settings>,
    /// How many are inside.
    gate: Gate,
    /// What the clients have spent.
    buckets: Arc<Buckets>,
}

impl App {
    /// The server of a database.
    pub fn new(db: Arc<Database>, tokens: Tokens, settings: Settings) -> Self {
        let schema = face::schema();
        let types = Arc::new(SchemaTypes::parse(&schema.sdl()));
        let shape = Arc::new(ResponseShape::of(types.clone()));
        let sdl = face::text(&schema).into();
        let gate = Gate::of(settings.requests);
        let buckets = Arc::new(Buckets::new(settings.rate.clone()));
        let (tokens, settings) = (Arc::new(tokens), Arc::new(settings));
        Self { db, schema, sdl, types, shape, tokens, settings, gate, buckets }
    }
}

/// Every route of the server.
pub fn router(app: App) -> Router {
    let cors = (!app.settings.cors_origins.is_empty()).then(|| guard::cors(&app.settings.cors_origins));
    let routes = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/playground", get(playground::page))
        .route("/playground/demo.json", get(playground::demo))
        .route("/schema.graphql", get(introspection::sdl))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .with_state(app);
    // Around the router as a whole: what it answers itself, 404 and 405, is guarded too. The last layer is the outermost.
    Router::new()
        .fallback_service(routes)
        .layer(from_fn(guard::kept))
        .layer(guard::packed())
        .layer(option_layer(cors))
        .layer(from_fn(guard::marked))
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

/// Runs work that must end even if its client goes away. Nothing, if it panicked.
async fn outlive<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    match REQUEST.try_with(Clone::clone) {
        Ok(id) => begin(REQUEST.scope(id, work)).await.ok(),
        Err(_) => begin(work).await.ok(),
    }
}

/// Begins a task.
#[expect(
    clippy::disallowed_methods,
    reason = "this is one of the two homes of tasks: connections, and mutations that outlive their client"
)]
fn begin<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}

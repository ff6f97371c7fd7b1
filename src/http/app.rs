//! The state that every request shares.

use std::sync::Arc;

use axum::body::Bytes;
use fair_semaphore::FairSemaphore;
use file_storage::FileStorage;
use sea_orm::prelude::Uuid;
use store::{Database, request_memory::RequestMemory};

use super::{
    auth::Authenticator, concurrency_limit::ConcurrencyLimit, rate_limit::RateLimiter, readiness::Readiness,
    settings::Settings,
};
use crate::graphql::{self, ResponseShape, Schema, SchemaTypes, operation::DocumentCache};

/// The state that every request shares.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Arc<Database>,
    /// The files of documents.
    pub files: FileStorage,
    /// The schema.
    pub schema: Schema,
    /// The same for operations with introspection.
    pub(super) introspection_schema: Schema,
    /// Whose turn it is to introspect.
    pub(super) introspection_turn: FairSemaphore<Uuid>,
    /// The schema as text.
    pub sdl: Bytes,
    /// The types of the schema, for the cost of an operation.
    pub types: Arc<SchemaTypes>,
    /// The documents that were requested last.
    pub documents: Arc<DocumentCache>,
    /// The form of a response, by the types of the schema.
    pub shape: Arc<ResponseShape>,
    /// Verifies and signs tokens.
    pub authenticator: Arc<Authenticator>,
    /// The settings of the HTTP layer.
    pub settings: Arc<Settings>,
    /// Bounds the requests that run at once.
    pub(super) concurrency_limit: ConcurrencyLimit,
    /// Bounds the memory of all requests.
    pub(super) request_memory: Arc<RequestMemory>,
    /// Bounds the cost that each client spends.
    pub(super) rate_limiter: Arc<RateLimiter>,
    /// Whether the database answers.
    pub(super) readiness: Arc<Readiness>,
}

impl App {
    /// The state of a server on a database and a file storage.
    pub fn new(db: Arc<Database>, files: FileStorage, authenticator: Authenticator, settings: Settings) -> Self {
        let schema = graphql::schema();
        let types = Arc::new(SchemaTypes::parse(&schema.sdl()));
        let shape = Arc::new(ResponseShape::of(types.clone()));
        let documents = Arc::new(DocumentCache::new(graphql::validator(&schema, &settings.limits)));
        let sdl = graphql::text(&schema).into();
        let concurrency_limit = ConcurrencyLimit::new(settings.requests);
        let rate_limiter = Arc::new(RateLimiter::new(settings.rate.clone()));
        let request_memory = Arc::new(RequestMemory::new(settings.request_memory));
        let (authenticator, settings) = (Arc::new(authenticator), Arc::new(settings));
        let readiness = Arc::default();
        Self {
            db,
            files,
            schema,
            introspection_schema: graphql::introspection_schema(),
            introspection_turn: FairSemaphore::new(1),
            sdl,
            types,
            documents,
            shape,
            authenticator,
            settings,
            concurrency_limit,
            request_memory,
            rate_limiter,
            readiness,
        }
    }
}

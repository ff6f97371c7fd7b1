//! The routes of the server.

use axum::{
    Router,
    middleware::from_fn,
    routing::{get, post},
};
use tower::util::option_layer;

use super::{app::App, files, graphql, health, middleware, playground, schema};
use crate::graphql::FILES_PATH;

/// Where a reader of the server's address goes on.
async fn index() -> &'static str {
    "Fieldgate\n\n\
     /graphql         the API: POST a query as application/json, with the header Authorization: Bearer TOKEN\n\
     /files           uploads: POST a form with a file, with the same header\n\
     /playground      the explorer\n\
     /schema.graphql  the schema\n\
     /health/ready    whether the server answers\n"
}

/// Every route, with its middleware.
pub fn router(app: App) -> Router {
    let origins = &app.settings.cors_origins;
    let cors = (!origins.is_empty()).then(|| middleware::cors(origins));
    let routes = Router::new()
        .route("/", get(index))
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/playground", get(playground::page))
        .route("/playground/demo.json", get(playground::demo))
        .route(FILES_PATH, post(files::upload))
        .route(&format!("{FILES_PATH}/{{address}}"), get(files::download))
        .route("/schema.graphql", get(schema::sdl))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .with_state(app);
    // The middleware wraps the whole router, so that it also sees the router's own 404 and 405. The last layer is the
    // outermost.
    Router::new()
        .fallback_service(routes)
        .layer(from_fn(middleware::catch_errors))
        .layer(middleware::compression())
        .layer(option_layer(cors))
        .layer(from_fn(middleware::add_headers))
}

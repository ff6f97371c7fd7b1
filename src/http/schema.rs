//! `/schema.graphql`: the schema as text, for callers that may read it.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use super::{app::App, request_id::RequestId, response::MediaType};

/// The schema in SDL.
pub async fn sdl(State(app): State<App>, Extension(id): Extension<RequestId>, headers: HeaderMap) -> Response {
    let introspection = &app.settings.introspection;
    match app.authenticator.authenticate(&headers, &app.db, MediaType::Json, &id).await {
        Ok((caller, _)) if introspection.allows(&caller) => {}
        Ok(_) => return introspection.rejection().to_response(MediaType::Json, &id),
        Err(response) => return *response,
    }
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], app.sdl).into_response()
}

//! Seaography: a schema from SeaORM's entities; a hook adds the tenant to each statement.

mod entity;

use std::sync::LazyLock;

use async_graphql::Request;
use async_graphql::dynamic::{ResolverContext, Schema};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{Condition, ConnectOptions, Database};
use seaography::{Builder, BuilderContext, LifecycleHooks, LifecycleHooksInterface, OperationType};
use uuid::Uuid;

use entity::{
    address, asset, contact, custom_field_definition, custom_field_value, customer, customer_asset, load, load_stop,
    service_record,
};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// As many as each of the other servers has.
const CONNECTIONS: u32 = 10;

static CONTEXT: LazyLock<BuilderContext> =
    LazyLock::new(|| BuilderContext { hooks: LifecycleHooks::new(TenantFilter), ..Default::default() });

struct Tenant(Uuid);

struct TenantFilter;

#[async_trait::async_trait]
impl LifecycleHooksInterface for TenantFilter {
    fn entity_filter(&self, ctx: &ResolverContext, _: &str, _: OperationType) -> Option<Condition> {
        // Without a tenant, the id of none.
        let tenant = ctx.data::<Tenant>().map_or(Uuid::nil(), |tenant| tenant.0);
        Some(Condition::all().add(Expr::col(Alias::new("tenant_id")).eq(tenant)))
    }
}

async fn respond(schema: &Schema, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, Error> {
    let tenant = headers.get("x-tenant").ok_or("the header x-tenant is missing")?.to_str()?.parse()?;
    let request: Request = serde_json::from_slice(body)?;
    Ok(serde_json::to_vec(&schema.execute(request.data(Tenant(tenant))).await)?)
}

async fn graphql(State(schema): State<Schema>, headers: HeaderMap, body: Bytes) -> Response {
    match respond(&schema, &headers, &body).await {
        Ok(answer) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut options = ConnectOptions::new(std::env::var("DATABASE_URL")?);
    options.max_connections(CONNECTIONS).min_connections(CONNECTIONS).sqlx_logging(false);
    let database = Database::connect(options).await?;
    let mut builder = Builder::new(&CONTEXT, database.clone());
    seaography::register_entities!(
        builder,
        [
            customer,
            contact,
            address,
            asset,
            customer_asset,
            service_record,
            load,
            load_stop,
            custom_field_definition,
            custom_field_value
        ]
    );
    let schema = builder.schema_builder().data(database).finish()?;
    if std::env::args().any(|argument| argument == "--schema") {
        println!("{}", schema.sdl());
        return Ok(());
    }
    let router = Router::new().route("/graphql", post(graphql)).with_state(schema);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", std::env::var("PORT")?)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

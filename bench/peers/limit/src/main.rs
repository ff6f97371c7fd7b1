//! The physical limit: no GraphQL; `POST /<query>` runs the statements that a batching loader would send, and serialises the rows.
//!
//! The body is a JSON object with the variables of the query, the header `x-tenant` has the tenant.

mod answer;
mod query;
mod statement;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::future::try_join_all;
use tokio_postgres::{Client, NoTls};

use crate::statement::Statements;

/// As many as each of the other servers has.
const CONNECTIONS: usize = 10;

pub type Error = Box<dyn std::error::Error + Send + Sync>;

pub struct Connection {
    pub client: Client,
    pub statements: Statements,
}

#[derive(Clone)]
pub struct Pool {
    connections: Arc<Vec<Connection>>,
    next: Arc<AtomicUsize>,
}

impl Pool {
    async fn connect(url: &str) -> Result<Self, Error> {
        let connections = try_join_all((0..CONNECTIONS).map(|_| async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(connection);
            let statements = Statements::prepare(&client).await?;
            Ok::<_, Error>(Connection { client, statements })
        }));
        Ok(Self { connections: Arc::new(connections.await?), next: Arc::default() })
    }

    /// Connections take turns; each may have several statements on the way.
    pub fn take(&self) -> &Connection {
        &self.connections[self.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS]
    }
}

async fn handle(State(pool): State<Pool>, Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    match query::run(&pool, &name, &headers, &body).await {
        Ok(answer) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let pool = Pool::connect(&std::env::var("DATABASE_URL")?).await?;
    let router = Router::new().route("/{query}", post(handle)).with_state(pool);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", std::env::var("PORT")?)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

//! The world of a test: a server with two tenants on one of the databases, and the actors who send requests to it.

mod actor;
mod builder;
pub mod custom_fields;
pub mod database;
pub mod input_reference;
pub mod log_buffer;
pub mod program;
pub mod random;
mod response;
pub mod row_set;
pub mod sample_data;
mod sample_values;
pub mod schema;

use std::sync::Arc;

use access::Role;

use domain::tenant::rewrite_batch;
use store::{Database, Tenant, backfill, change_log, tenant::Draft};

use fieldgate::{
    graphql::limit::Limits,
    http::{
        self, App,
        auth::{self, Authenticator, Grant},
        rate_limit,
    },
    tasks::book_visits,
};
use tempfile::TempDir;
use tokio::sync::watch;
use uuid::Uuid;

pub use self::{
    actor::Actor,
    builder::WorldBuilder,
    database::DatabaseKind::{self, Postgres, Sqlite},
    response::{JsonResponse, snapshot_text},
};
pub(crate) use self::{
    database::{each_database, each_database_in_parallel},
    response::assert_snapshot,
};

/// The secret that signs the tests' tokens.
pub const SECRET: &str = "a secret of at least thirty-two characters";

/// How long a test may take before its tokens expire and its requests time out. A busy machine must not fail a test, and a
/// test of a timeout sets its own.
const TEST_TIME_LIMIT: std::time::Duration = std::time::Duration::from_hours(24);

/// A server of its own with two tenants of its own. On PostgreSQL all worlds share one database, as tenants do.
pub struct World {
    /// The database.
    pub db: Arc<Database>,
    /// The tenant of most actors.
    pub tenant: Arc<Tenant>,
    /// The tenant whose rows no other tenant may see.
    pub other_tenant: Arc<Tenant>,
    /// Signs and verifies tokens.
    pub tokens: Arc<Authenticator>,
    /// The base URL of the server.
    pub base: String,
    /// The application that the server runs.
    pub app: App,
    /// The database with its URL and its files.
    pub database: database::TestDatabase,
    /// The folder of the files.
    pub files_folder: TempDir,
    client: reqwest::Client,
}

/// A user whose token is not signed yet.
pub struct User<'a> {
    world: &'a World,
    tenant: Uuid,
    roles: &'a [Role],
    scopes: Option<&'a [String]>,
    subject: &'a str,
}

impl World {
    /// A world with the tests' settings.
    pub async fn new(database: DatabaseKind) -> Self {
        Self::builder(database).build().await
    }

    /// A world whose settings a test changes.
    pub fn builder(database: DatabaseKind) -> WorldBuilder {
        WorldBuilder::new(database)
    }

    /// Starts another server on the same database, with settings of its own. Gives its base URL.
    pub async fn start_server(&self, settings: http::Settings) -> String {
        self.start_server_on(self.db.clone(), settings).await
    }

    /// Starts another server on a database of this world that was opened with other settings.
    pub async fn start_server_on(&self, db: Arc<Database>, settings: http::Settings) -> String {
        listen(App::new(db, self.app.files.clone(), Authenticator::new(token_settings()).unwrap(), settings)).await
    }

    /// A user of the first tenant with some roles.
    pub fn user<'a>(&'a self, roles: &'a [Role]) -> User<'a> {
        User { world: self, tenant: self.tenant.row.id, roles, scopes: None, subject: "ada" }
    }

    /// An actor with a role in the first tenant.
    pub fn actor(&self, role: Role) -> Actor {
        self.user(&[role]).subject(role.name()).actor()
    }

    /// An administrator of the first tenant.
    pub fn admin(&self) -> Actor {
        self.actor(Role::Admin)
    }

    /// A viewer of the first tenant, who may not read personal data.
    pub fn viewer(&self) -> Actor {
        self.actor(Role::Viewer)
    }

    /// An administrator of the other tenant.
    pub fn other_admin(&self) -> Actor {
        self.user(&[Role::Admin]).tenant(&self.other_tenant).subject("other").actor()
    }

    /// An actor with this token.
    pub fn actor_with_token(&self, token: &str) -> Actor {
        Actor::with_client(&self.base, token, self.client.clone())
    }

    /// Links all committed changes into the log, as the server's task does.
    pub async fn link_changes(&self) {
        while change_log::link_changes(&self.db).await.unwrap() > 0 {}
    }

    /// Runs every backfill that is due, as the server's task does. The database is this world's alone.
    pub async fn run_backfills(&self) {
        while self.run_backfill_batch().await.unwrap() {}
    }

    /// Books the visits of this world's recurring services that are due at a time, as the server's task does.
    pub async fn book_visits(&self, at: &str) {
        let (_stop, stopped) = watch::channel(false);
        for tenant in [&self.tenant, &self.other_tenant] {
            let now = at.parse().unwrap();
            book_visits(&self.db, Some(tenant.row.id), now, &stopped).await.unwrap();
        }
    }

    /// Runs one batch of a backfill that is due. False if none is.
    pub async fn run_backfill_batch(&self) -> error::Result<bool> {
        backfill::run_batch(&self.db, |tx, batch| Box::pin(rewrite_batch(tx, batch))).await
    }
}

impl<'a> User<'a> {
    /// The tenant of the user.
    pub fn tenant(self, tenant: &Tenant) -> Self {
        Self { tenant: tenant.row.id, ..self }
    }

    /// The scopes of the token; a token without scopes has all of its roles.
    pub fn scopes(self, scopes: &'a [String]) -> Self {
        Self { scopes: Some(scopes), ..self }
    }

    /// The subject of the token.
    pub fn subject(self, subject: &'a str) -> Self {
        Self { subject, ..self }
    }

    /// The signed token.
    pub fn token(&self) -> String {
        let Self { world, tenant, roles, scopes, subject } = *self;
        let seconds = TEST_TIME_LIMIT.as_secs();
        let grant = Grant { tenant, subject, roles, scopes, technician: None, read_only: false, seconds };
        world.tokens.sign(&grant).unwrap().text
    }

    /// An actor with the token.
    pub fn actor(&self) -> Actor {
        self.world.actor_with_token(&self.token())
    }
}

/// Serves on a free port. Gives the base URL.
async fn listen(app: App) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the test's server lives as long as the test's runtime")]
    tokio::spawn(async {
        let stopped = http::serve(listener, app, std::future::pending()).await;
        panic!("the test's server stopped: {stopped:?}");
    });
    base
}

/// An HTTP client that uses no proxy.
pub fn http_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Creates a trucking tenant.
pub async fn create_tenant(db: &Database, name: &str) -> Arc<Tenant> {
    create_tenant_of_industry(db, name, "TRUCKING").await
}

async fn create_tenant_of_industry(db: &Database, name: &str, industry: &str) -> Arc<Tenant> {
    let draft = Draft {
        slug: format!("t{}", Uuid::now_v7().simple()),
        name: name.to_owned(),
        industries: vec![industry.to_owned()],
        country: "US".to_owned(),
        currency: "USD".to_owned(),
        time_zone: "America/Chicago".to_owned(),
        weight_unit: "LB".to_owned(),
        distance_unit: "MI".to_owned(),
    };
    db.create_tenant(draft).await.unwrap().unwrap()
}

/// The HTTP settings of the tests' servers.
pub fn http_settings() -> http::Settings {
    // A test spends in a second what a client spends in a day.
    let rate = rate_limit::Settings { capacity: 1 << 50, per_second: 0 };
    // A request of all types and fields at once costs more than any client may spend. Its time is that of the tests beside it.
    let time = u64::try_from(TEST_TIME_LIMIT.as_millis()).unwrap_or(u64::MAX);
    let limits =
        Limits { filter_edges: 9, filter_lookups: 1_000, cpu_time: time, database_time: time, ..Limits::default() };
    http::Settings {
        show_statements: true,
        rate,
        limits,
        cost_limit: 1 << 50,
        header_timeout: TEST_TIME_LIMIT,
        body_timeout: TEST_TIME_LIMIT,
        request_timeout: TEST_TIME_LIMIT,
        answer_timeout: TEST_TIME_LIMIT,
        stop_timeout: TEST_TIME_LIMIT,
        ..http::Settings::default()
    }
}

/// The settings of the tests' tokens: they are signed with [`SECRET`].
pub fn token_settings() -> auth::Settings {
    auth::Settings {
        key: auth::Key::Secret(SECRET.to_owned()),
        algorithms: vec!["HS256".to_owned()],
        issuer: None,
        audience: None,
        skew: 0,
        max_ttl: TEST_TIME_LIMIT,
        claims: auth::Claims {
            tenant: "tenant".to_owned(),
            subject: "sub".to_owned(),
            roles: "roles".to_owned(),
            scopes: "scope".to_owned(),
            technician: "technician".to_owned(),
        },
    }
}

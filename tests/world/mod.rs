//! The world of a test: a server with two tenants on one of the databases, and actors who ask it.

mod answer;
pub mod custom;
pub mod database;
mod known;
pub mod log;
pub mod place;
pub mod random;
pub mod rows;
pub mod sample;
pub mod schema;

use std::sync::Arc;

use access::Role;

use store::{Database, Tenant, change_log, tenant::Draft};

use fieldgate::{
    graphql::limit::Limits,
    http::{
        self, App,
        auth::{self, Authenticator, Grant},
        rate_limit,
    },
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

pub use self::{
    answer::{Answer, shown},
    database::On::{self, Postgres, Sqlite},
};

/// A server of its own with two tenants of its own. On PostgreSQL all worlds share one database, as tenants do.
pub struct World {
    /// The database.
    pub db: Arc<Database>,
    /// The tenant most actors are of.
    pub tenant: Arc<Tenant>,
    /// The tenant that must never be seen.
    pub other: Arc<Tenant>,
    /// What signs and verifies tokens.
    pub tokens: Arc<Authenticator>,
    /// Where the server listens.
    pub base: String,
    /// What the server answers with.
    pub app: App,
    /// Where its database lives.
    pub home: database::Home,
    client: reqwest::Client,
}

/// Somebody with a token.
#[derive(Clone)]
pub struct Actor {
    base: String,
    token: String,
    client: reqwest::Client,
}

impl World {
    /// A new world on one of the databases.
    pub async fn on(on: On) -> Self {
        Self::at(database::open(on).await, token_settings()).await
    }

    /// A new world on a database, whose server verifies tokens so.
    pub async fn at(home: database::Home, verified: auth::Settings) -> Self {
        Self::behind(home, verified, doors(), |_| {}).await
    }

    /// A new world whose server's doors are set up so, and which is changed before it opens.
    pub async fn behind(
        home: database::Home,
        verified: auth::Settings,
        doors: http::Settings,
        change: impl FnOnce(&mut App),
    ) -> Self {
        let db = home.db.clone();
        let tenant = tenant(&db, "Lonestar Freight").await;
        let other = tenant_of(&db, "Cascade Service", "SERVICE").await;
        let tokens = Authenticator::new(verified).unwrap();
        let mut app = App::new(db.clone(), tokens, doors);
        change(&mut app);
        let tokens = app.authenticator.clone();
        let base = listen(app.clone()).await;
        let client = client();
        Self { db, tenant, other, tokens, base, app, home, client }
    }

    /// Opens another server on the same database, with doors of its own. Gives its address.
    pub async fn beside(&self, doors: http::Settings) -> String {
        listen(App::new(self.db.clone(), Authenticator::new(token_settings()).unwrap(), doors)).await
    }

    /// Somebody of a role in the first tenant.
    pub fn actor(&self, role: Role) -> Actor {
        self.granted(&self.tenant, &[role], None, role.name())
    }

    /// An administrator of the first tenant.
    pub fn admin(&self) -> Actor {
        self.actor(Role::Admin)
    }

    /// An onlooker of the first tenant, without personal data.
    pub fn viewer(&self) -> Actor {
        self.actor(Role::Viewer)
    }

    /// An administrator of the other tenant.
    pub fn stranger(&self) -> Actor {
        self.granted(&self.other, &[Role::Admin], None, "stranger")
    }

    /// Somebody with a token of any kind.
    pub fn granted(&self, tenant: &Tenant, roles: &[Role], scopes: Option<&[String]>, subject: &str) -> Actor {
        self.bearer(&self.token(tenant, roles, scopes, subject))
    }

    /// A token of any kind.
    pub fn token(&self, tenant: &Tenant, roles: &[Role], scopes: Option<&[String]>, subject: &str) -> String {
        let (tenant, technician, read_only, seconds) = (tenant.row.id, None, false, 600);
        let grant = Grant { tenant, subject, roles, scopes, technician, read_only, seconds };
        self.tokens.sign(&grant).unwrap()
    }

    /// Somebody with this token.
    pub fn bearer(&self, token: &str) -> Actor {
        Actor { base: self.base.clone(), token: token.to_owned(), client: self.client.clone() }
    }

    /// Gives all committed changes their place in the log, as the linker does.
    pub async fn link(&self) {
        while change_log::link_changes(&self.db).await.unwrap() > 0 {}
    }
}

impl Actor {
    /// Somebody with a token, at a server that no world started.
    pub fn new(base: &str, token: &str) -> Self {
        Self { base: base.to_owned(), token: token.to_owned(), client: client() }
    }

    /// The same at another server.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// Asks with an idempotency key in the header.
    pub async fn ask_under(&self, key: &str, query: &str) -> Answer {
        let request = self.client.post(format!("{}/graphql", self.base)).bearer_auth(&self.token);
        let response = request.header("Idempotency-Key", key).json(&json!({ "query": query })).send().await.unwrap();
        let status = response.status().as_u16();
        Answer::new(status, response.json().await.unwrap())
    }

    /// Runs a mutation at a server that may be gone; nothing, if it gave no whole answer.
    pub async fn attempt(&self, mutation: &str, input: &Json) -> Option<Answer> {
        let body = mutation_body(mutation, input, "id");
        let request = self.client.post(format!("{}/graphql", self.base)).bearer_auth(&self.token).json(&body);
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        Some(Answer::new(status, response.json().await.ok()?))
    }

    /// Asks without variables.
    pub async fn ask(&self, query: &str) -> Answer {
        self.ask_with(query, json!({})).await
    }

    /// Asks with variables.
    pub async fn ask_with(&self, query: &str, variables: Json) -> Answer {
        let body = json!({ "query": query, "variables": variables });
        let request = self.client.post(format!("{}/graphql", self.base)).bearer_auth(&self.token).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        Answer::new(status, response.json().await.unwrap())
    }

    /// Runs a mutation `name(input: Type!)` with `select` below its object, and expects no error of any kind.
    /// Gives the object.
    pub async fn done(&self, mutation: &str, input: Json, select: &str) -> Json {
        let answer = self.tried(mutation, input, select).await;
        let payload = answer.at(&format!("/data/{mutation}"));
        assert_eq!(payload["userErrors"], json!([]), "{answer}");
        payload[object(mutation)].clone()
    }

    /// Runs a mutation, whatever comes of it.
    pub async fn tried(&self, mutation: &str, input: Json, select: &str) -> Answer {
        let body = mutation_body(mutation, &input, if select.is_empty() { "id" } else { select });
        self.ask_with(body["query"].as_str().unwrap_or_default(), body["variables"].clone()).await
    }

    /// Runs a mutation that is refused, and gives its user errors as `CODE at.field: message`.
    pub async fn refused(&self, mutation: &str, input: Json) -> Vec<String> {
        let answer = self.tried(mutation, input, "").await;
        let errors = answer.at(&format!("/data/{mutation}/userErrors")).as_array().cloned().unwrap_or_default();
        assert!(!errors.is_empty(), "nothing was refused: {answer}");
        let field = |error: &Json| {
            let path = error["field"].as_array().cloned().unwrap_or_default();
            path.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(".")
        };
        let told = |error: &Json| {
            let [code, message] = ["code", "message"].map(|name| error[name].as_str().unwrap_or_default().to_owned());
            format!("{code} {}: {message}", field(error))
        };
        errors.iter().map(told).collect()
    }
}

/// Serves on a free port. Gives the address.
async fn listen(app: App) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the test's server lives as long as the test's runtime")]
    tokio::spawn(http::serve(listener, app, std::future::pending()));
    base
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// The body of a mutation with `select` below its object.
fn mutation_body(mutation: &str, input: &Json, select: &str) -> Json {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let object = object(mutation);
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {object} {{ {select} }} userErrors {{ code message field }} }} }}"
    );
    json!({ "query": query, "variables": { "input": input } })
}

/// The object of a mutation: `customerAssetCreate` is about a `customerAsset`.
fn object(mutation: &str) -> &str {
    let last = mutation.rfind(|c: char| c.is_ascii_uppercase()).unwrap_or(mutation.len());
    &mutation[..last]
}

/// A new tenant of both industries.
pub async fn tenant(db: &Database, name: &str) -> Arc<Tenant> {
    tenant_of(db, name, "TRUCKING").await
}

async fn tenant_of(db: &Database, name: &str, industry: &str) -> Arc<Tenant> {
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

/// How the doors of the tests' servers are set up.
pub fn doors() -> http::Settings {
    // A test asks in a second what a client asks in a day.
    let rate = rate_limit::Settings { capacity: 1 << 50, per_second: 0 };
    // What it asks of all types and fields at once is dearer than what anybody may ask.
    let limits = Limits { filter_edges: 9, filter_lookups: 1_000, ..Limits::default() };
    http::Settings { show_statements: true, rate, limits, cost_limit: 1 << 50, ..http::Settings::default() }
}

/// How the tests' tokens are verified: by a secret.
pub fn token_settings() -> auth::Settings {
    auth::Settings {
        key: auth::Key::Secret("a secret of at least thirty-two characters".to_owned()),
        algorithms: vec!["HS256".to_owned()],
        issuer: None,
        audience: None,
        skew: 0,
        claims: auth::Claims {
            tenant: "tenant".to_owned(),
            subject: "sub".to_owned(),
            roles: "roles".to_owned(),
            scopes: "scope".to_owned(),
            technician: "technician".to_owned(),
        },
    }
}

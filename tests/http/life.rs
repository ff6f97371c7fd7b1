//! The life of a request: what becomes of it when its client leaves, when it panics, takes too long or comes at a bad
//! time, and when the server stops.

use std::{sync::Arc, time::Duration};

use async_graphql::{
    EmptySubscription, Response, Schema,
    async_trait::async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};
use fieldgate::{
    graphql::{Mutation, Query, limit::Limits},
    http::{self, Settings, telemetry},
};
use sea_orm::{ConnectionTrait, Database as SeaDatabase, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use serde_json::json;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{Wire, asking, read, told};
use crate::world::{Answer, Postgres, Sqlite, World, database, doors, log::Log, token_settings};

/// An operation named `held` waits here until it is let go; one named `broken` panics.
struct Hold {
    said: mpsc::UnboundedSender<&'static str>,
    go: Arc<Semaphore>,
}

/// A world with a hold, and what happens in it.
struct Held {
    world: World,
    happened: mpsc::UnboundedReceiver<&'static str>,
    go: Arc<Semaphore>,
}

/// Says that work was dropped before it ended.
struct Left(Option<mpsc::UnboundedSender<&'static str>>);

impl Drop for Left {
    fn drop(&mut self) {
        if let Some(said) = self.0.take() {
            said.send("left").unwrap_or_default();
        }
    }
}

impl ExtensionFactory for Hold {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self { said: self.said.clone(), go: self.go.clone() })
    }
}

#[async_trait]
impl Extension for Hold {
    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        match name {
            Some("broken") => panic!("something impossible"),
            Some("held") => {
                let mut left = Left(Some(self.said.clone()));
                self.said.send("begun").unwrap_or_default();
                self.go.acquire().await.unwrap().forget();
                let answer = next.run(ctx, name).await;
                left.0 = None;
                self.said.send("done").unwrap_or_default();
                answer
            }
            _ => next.run(ctx, name).await,
        }
    }
}

impl Held {
    async fn behind(change: impl FnOnce(&mut Settings)) -> Self {
        let (said, happened) = mpsc::unbounded_channel();
        let go = Arc::new(Semaphore::new(0));
        let hold = Hold { said, go: go.clone() };
        let mut settings = doors();
        change(&mut settings);
        let world = World::behind(database::open(Sqlite).await, token_settings(), settings, |app| {
            app.schema =
                Schema::build(Query::default(), Mutation::default(), EmptySubscription).extension(hold).finish();
        });
        Self { world: world.await, happened, go }
    }

    /// An answer under way, which can be dropped as a client drops it.
    fn ask(&self, query: &str, name: &str) -> impl Future<Output = (reqwest::header::HeaderMap, Answer)> + 'static {
        let sent = asking(&self.world).json(&json!({ "query": query, "operationName": name })).send();
        async move { read(sent.await.unwrap()).await }
    }

    async fn next(&mut self) -> &'static str {
        self.happened.recv().await.unwrap()
    }

    async fn customers(&self) -> u64 {
        let answer = self.world.admin().ask("{ customers { totalCount } }").await;
        answer.data()["customers"]["totalCount"].as_u64().unwrap()
    }
}

const QUERY: &str = "query held { viewer { subject } }";
const MUTATION: &str = "mutation held { customerCreate(input: { name: \"A\", type: BROKER }) { customer { name } } }";

#[tokio::test]
async fn a_query_ends_when_its_client_leaves_and_a_mutation_does_not() {
    let mut held = Held::behind(|_| {}).await;
    let asked = held.ask(QUERY, "held");
    tokio::select! {
        _ = asked => panic!("it was answered"),
        happened = held.happened.recv() => assert_eq!(happened, Some("begun")),
    }
    assert_eq!(held.next().await, "left");

    let asked = held.ask(MUTATION, "held");
    tokio::select! {
        _ = asked => panic!("it was answered"),
        happened = held.happened.recv() => assert_eq!(happened, Some("begun")),
    }
    held.go.add_permits(1);
    assert_eq!(held.next().await, "done");
    assert_eq!(held.customers().await, 1);
}

/// How many statements of a database wait for a lock.
async fn waiting(db: &DatabaseConnection) -> i64 {
    let sql =
        "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    rows[0].try_get("", "n").unwrap()
}

#[tokio::test]
async fn a_statement_under_way_ends_when_its_client_leaves_on_postgresql() {
    let world = World::at(database::own(Postgres).await, token_settings()).await;
    let own = SeaDatabase::connect(&world.home.url).await.unwrap();
    let lock = own.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let (admin, other) = (world.admin(), world.admin());
    tokio::select! {
        answer = admin.ask("{ customers { totalCount } }") => panic!("{answer}"),
        () = async { while waiting(&own).await == 0 {} } => {}
    }
    // The lock is still held: only who gives up ends the wait.
    while waiting(&own).await > 0 {}
    lock.rollback().await.unwrap();
    assert_eq!(*other.ask("{ customers { totalCount } }").await.at("/data/customers/totalCount"), json!(0));
}

#[tokio::test]
async fn a_statement_under_way_ends_when_its_client_leaves_on_sqlite() {
    let world = World::on(Sqlite).await;
    let contacts = vec![json!({ "name": "Ann" }); 100];
    let customer = json!({ "customer": { "contacts": { "some": { "role": { "eq": "nobody" } } } } });
    let input = json!({ "name": "Acme", "type": "BROKER", "contacts": contacts });
    world.admin().done("customerCreate", input, "id").await;
    // 100 contacts of the customer of 100 contacts, 5 times: more than can ever be looked at.
    let filter = (0..4).fold(customer, |filter, _| json!({ "customer": { "contacts": { "some": filter } } }));
    let query = "query($where: ContactFilter) { contacts(where: $where) { totalCount } }";
    let limits = Limits { filter_edges: 99, ..Limits::default() };
    let hasty = world.beside(Settings { request_timeout: Duration::from_millis(200), limits, ..doors() }).await;
    let answer = world.admin().at(&hasty).ask_with(query, json!({ "where": filter })).await;
    assert_eq!((answer.status, answer.codes()), (503, vec!["TIMEOUT"]));
    // Whoever reads keeps the write-ahead log from being emptied.
    let busy = async || {
        let sql = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
        let rows = world.db.connection().query_all_raw(sql).await.unwrap();
        rows[0].try_get::<i32>("", "busy").unwrap()
    };
    while busy().await != 0 {}
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_stopped_and_a_mutation_goes_on() {
    let mut held = Held::behind(|doors| doors.request_timeout = Duration::from_millis(200)).await;
    let (headers, answer) = held.ask(QUERY, "held").await;
    assert_eq!(
        told(&headers, &answer),
        "503 TIMEOUT: The query took longer than 0.2 s and was stopped; ask for less, or in parts."
    );
    assert_eq!([held.next().await, held.next().await], ["begun", "left"]);

    let (headers, answer) = held.ask(MUTATION, "held").await;
    assert_eq!(
        told(&headers, &answer),
        "503 TIMEOUT: The mutation takes longer than 0.2 s. It goes on: read what it did before you send it again."
    );
    assert_eq!(*answer.at("/errors/0/extensions/retryable"), json!(false));
    held.go.add_permits(1);
    assert_eq!([held.next().await, held.next().await], ["begun", "done"]);
    assert_eq!(held.customers().await, 1);
}

#[tokio::test]
async fn more_than_can_be_done_at_once_is_refused_at_once() {
    let mut held = Held::behind(|doors| doors.requests = 1).await;
    let mut asked = Box::pin(held.ask(QUERY, "held"));
    tokio::select! {
        _ = &mut asked => panic!("it was answered"),
        happened = held.happened.recv() => assert_eq!(happened, Some("begun")),
    }
    let (headers, answer) = held.ask("{ __typename }", "").await;
    assert_eq!(headers["retry-after"], "1");
    assert_eq!(
        told(&headers, &answer),
        "503 OVERLOADED: The server is doing as much as it can; try again in a moment."
    );
    assert_eq!(*answer.at("/errors/0/extensions/retryable"), json!(true));
    held.go.add_permits(1);
    assert_eq!(asked.await.1.text("/data/viewer/subject"), "ada");
    assert_eq!(held.customers().await, 0);
}

#[tokio::test]
async fn a_panic_ends_one_request_and_is_logged_with_its_backtrace() {
    let log = Log::default();
    let lines = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
    // The test's runtime has one thread: its server logs here, and other tests do not.
    let _here = tracing::subscriber::set_default(lines);
    telemetry::log_panics();
    let held = Held::behind(|_| {}).await;
    for query in [QUERY, MUTATION] {
        let query = query.replace("held", "broken");
        let (headers, answer) = held.ask(&query, "broken").await;
        let said = "500 INTERNAL: Something went wrong on our side. The request id names it in the log.";
        assert_eq!(told(&headers, &answer), said);
        assert_eq!(*answer.at("/errors/0/extensions/retryable"), json!(true));
        let logged = log.text();
        let id = headers["x-request-id"].to_str().unwrap();
        let line = logged.lines().find(|line| line.contains(id) && line.contains("something impossible"));
        let line: serde_json::Value =
            serde_json::from_str(line.unwrap_or_else(|| panic!("no {id} in {logged}"))).unwrap();
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["fields"]["request_id"], id);
        assert!(line["fields"]["backtrace"].as_str().unwrap().contains("life::"), "{line:#}");
        assert!(line["fields"]["place"].as_str().unwrap().starts_with("tests/http/life.rs:"), "{line:#}");
    }
    assert_eq!(held.customers().await, 0);
}

#[tokio::test]
async fn a_server_that_stops_ends_what_it_began() {
    let mut held = Held::behind(|_| {}).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let app = held.world.app.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    held.world.base = format!("http://{}", listener.local_addr().unwrap());
    let serving = http::serve(listener, app, async { stopped.await.unwrap_or_default() });
    #[expect(clippy::disallowed_methods, reason = "the test's server runs beside the test")]
    let serving = tokio::spawn(serving);

    // One waits for its answer, one has sent a mutation and left, one is connected and silent.
    let mut waiting = Box::pin(held.ask(QUERY, "held"));
    tokio::select! {
        _ = &mut waiting => panic!("it was answered"),
        happened = held.happened.recv() => assert_eq!(happened, Some("begun")),
    }
    let leaving = held.ask(MUTATION, "held");
    tokio::select! {
        _ = leaving => panic!("it was answered"),
        happened = held.happened.recv() => assert_eq!(happened, Some("begun")),
    }
    let mut silent = Wire::to(&held.world).await;
    silent.say("GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(silent.answer().await.starts_with("HTTP/1.1 200 "));

    stop.send(()).unwrap();
    assert_eq!(silent.rest().await, "");
    assert!(!serving.is_finished());
    held.go.add_permits(2);
    let (_, answer) = waiting.await;
    assert_eq!(answer.text("/data/viewer/subject"), "ada");
    serving.await.unwrap().unwrap();
    assert_eq!([held.next().await, held.next().await], ["done", "done"]);
    let refused = asking(&held.world).send().await.unwrap_err();
    assert!(refused.is_connect(), "{refused}");
}

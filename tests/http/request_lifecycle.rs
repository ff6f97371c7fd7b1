//! The lifecycle of a request: its client disconnects, it panics, it times out, the server is over capacity or stops.

use std::{panic, sync::Arc, time::Duration};

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

use super::{RawConnection, error_line, read, request};
use crate::world::{JsonResponse, Postgres, Sqlite, World, http_settings, log_buffer::LogBuffer};

/// Stops an operation named `held` until a permit is added; panics in one named `broken`.
struct Hold {
    events: mpsc::UnboundedSender<&'static str>,
    permits: Arc<Semaphore>,
}

/// A world whose operations can be held, and the events of held operations: `begun`, `done` or `dropped`.
struct HeldWorld {
    world: World,
    events: mpsc::UnboundedReceiver<&'static str>,
    permits: Arc<Semaphore>,
}

/// Sends `dropped` when a future is dropped before it ended.
struct DropEvent(Option<mpsc::UnboundedSender<&'static str>>);

impl Drop for DropEvent {
    fn drop(&mut self) {
        if let Some(events) = self.0.take() {
            events.send("dropped").unwrap_or_default();
        }
    }
}

impl ExtensionFactory for Hold {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self { events: self.events.clone(), permits: self.permits.clone() })
    }
}

#[async_trait]
impl Extension for Hold {
    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        match name {
            Some("broken") => panic!("something impossible"),
            Some("held") => {
                let mut drop_event = DropEvent(Some(self.events.clone()));
                self.events.send("begun").unwrap_or_default();
                self.permits.acquire().await.unwrap().forget();
                let response = next.run(ctx, name).await;
                drop_event.0 = None;
                self.events.send("done").unwrap_or_default();
                response
            }
            _ => next.run(ctx, name).await,
        }
    }
}

impl HeldWorld {
    async fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let permits = Arc::new(Semaphore::new(0));
        let hold = Hold { events: sender, permits: permits.clone() };
        let world = World::builder(Sqlite).http(change).app(|app| {
            app.schema =
                Schema::build(Query::default(), Mutation::default(), EmptySubscription).extension(hold).finish();
        });
        Self { world: world.build().await, events, permits }
    }

    /// A request in progress; dropping it is what a client does that disconnects.
    fn execute(
        &self,
        query: &str,
        name: &str,
    ) -> impl Future<Output = (reqwest::header::HeaderMap, JsonResponse)> + 'static {
        let sent = request(&self.world).json(&json!({ "query": query, "operationName": name })).send();
        async move { read(sent.await.unwrap()).await }
    }

    async fn next_event(&mut self) -> &'static str {
        self.events.recv().await.unwrap()
    }

    async fn customers(&self) -> u64 {
        let response = self.world.admin().execute("{ customers { totalCount } }").await;
        response.data()["customers"]["totalCount"].as_u64().unwrap()
    }
}

const QUERY: &str = "query held { viewer { subject } }";
const MUTATION: &str = "mutation held { customerCreate(input: { name: \"A\", type: BROKER }) { customer { name } } }";

#[tokio::test]
async fn a_disconnect_cancels_a_query_but_not_a_mutation() {
    let mut held = HeldWorld::new(|_| {}).await;
    let request = held.execute(QUERY, "held");
    tokio::select! {
        _ = request => panic!("the held operation ended"),
        event = held.events.recv() => assert_eq!(event, Some("begun")),
    }
    assert_eq!(held.next_event().await, "dropped");

    let request = held.execute(MUTATION, "held");
    tokio::select! {
        _ = request => panic!("the held operation ended"),
        event = held.events.recv() => assert_eq!(event, Some("begun")),
    }
    held.permits.add_permits(1);
    assert_eq!(held.next_event().await, "done");
    assert_eq!(held.customers().await, 1);
}

/// The number of statements of a database that wait for a lock.
async fn lock_waits(db: &DatabaseConnection) -> i64 {
    let sql =
        "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    rows[0].try_get("", "n").unwrap()
}

#[tokio::test]
async fn a_disconnect_cancels_a_running_statement_on_postgresql() {
    let world = World::builder(Postgres).isolated().build().await;
    let own = SeaDatabase::connect(&world.database.url).await.unwrap();
    let lock = own.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let (admin, other) = (world.admin(), world.admin());
    tokio::select! {
        response = admin.execute("{ customers { totalCount } }") => panic!("{response}"),
        () = async { while lock_waits(&own).await == 0 {} } => {}
    }
    // The lock is still held: only a cancelled statement ends the wait.
    while lock_waits(&own).await > 0 {}
    lock.rollback().await.unwrap();
    assert_eq!(*other.execute("{ customers { totalCount } }").await.at("/data/customers/totalCount"), json!(0));
}

#[tokio::test]
async fn a_timeout_cancels_a_running_statement_on_sqlite() {
    let world = World::new(Sqlite).await;
    let contacts = vec![json!({ "name": "Ann" }); 100];
    let customer = json!({ "customer": { "contacts": { "some": { "role": { "eq": "nobody" } } } } });
    let input = json!({ "name": "Acme", "type": "BROKER", "contacts": contacts });
    world.admin().mutate("customerCreate", input, "id").await;
    // 100 contacts of the customer of 100 contacts, 5 times: more rows than any machine reads.
    let filter = (0..4).fold(customer, |filter, _| json!({ "customer": { "contacts": { "some": filter } } }));
    let query = "query($where: ContactFilter) { contacts(where: $where) { totalCount } }";
    let limits = Limits { filter_edges: 99, ..Limits::default() };
    let impatient =
        world.start_server(Settings { request_timeout: Duration::from_millis(200), limits, ..http_settings() }).await;
    let response = world.admin().at(&impatient).execute_with(query, json!({ "where": filter })).await;
    assert_eq!((response.status, response.error_codes()), (503, vec!["TIMEOUT"]));
    // A statement that still reads keeps the write-ahead log from being truncated.
    let busy = async || {
        let sql = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
        let rows = world.db.connection().query_all_raw(sql).await.unwrap();
        rows[0].try_get::<i32>("", "busy").unwrap()
    };
    while busy().await != 0 {}
}

#[tokio::test]
async fn a_timeout_cancels_a_query_but_not_a_mutation() {
    let mut held = HeldWorld::new(|settings| settings.request_timeout = Duration::from_millis(200)).await;
    let (headers, response) = held.execute(QUERY, "held").await;
    assert_eq!(
        error_line(&headers, &response),
        "503 TIMEOUT: The query took longer than 0.2 s and was stopped; ask for less, or in parts."
    );
    assert_eq!([held.next_event().await, held.next_event().await], ["begun", "dropped"]);

    let (headers, response) = held.execute(MUTATION, "held").await;
    assert_eq!(
        error_line(&headers, &response),
        "503 TIMEOUT: The mutation takes longer than 0.2 s. It goes on: read what it did before you send it again."
    );
    assert_eq!(*response.at("/errors/0/extensions/retryable"), json!(false));
    held.permits.add_permits(1);
    assert_eq!([held.next_event().await, held.next_event().await], ["begun", "done"]);
    assert_eq!(held.customers().await, 1);
}

#[tokio::test]
async fn requests_over_capacity_are_rejected_without_waiting() {
    let mut held = HeldWorld::new(|settings| settings.requests = 1).await;
    let mut request = Box::pin(held.execute(QUERY, "held"));
    tokio::select! {
        _ = &mut request => panic!("the held operation ended"),
        event = held.events.recv() => assert_eq!(event, Some("begun")),
    }
    let (headers, response) = held.execute("{ __typename }", "").await;
    assert_eq!(headers["retry-after"], "1");
    assert_eq!(
        error_line(&headers, &response),
        "503 OVERLOADED: The server is doing as much as it can; try again in a moment."
    );
    assert_eq!(*response.at("/errors/0/extensions/retryable"), json!(true));
    held.permits.add_permits(1);
    assert_eq!(request.await.1.text("/data/viewer/subject"), "ada");
    assert_eq!(held.customers().await, 0);
}

#[tokio::test]
async fn a_tenant_within_its_share_waits_and_one_beyond_it_is_refused() {
    let mut held = HeldWorld::new(|settings| settings.requests = 2).await;
    let mut greedy = Box::pin(futures_util::future::join(held.execute(QUERY, "held"), held.execute(QUERY, "held")));
    for _ in 0..2 {
        tokio::select! {
            _ = &mut greedy => panic!("the held operations ended"),
            event = held.events.recv() => assert_eq!(event, Some("begun")),
        }
    }
    let other = held.world.other_admin();
    let mut neighbour = Box::pin(other.execute("{ viewer { subject } }"));
    let full = "503 OVERLOADED: The server is doing as much as it can; try again in a moment.";
    let beyond_share = "503 OVERLOADED: The server is doing as much as it can, and your share of it is 1 requests at once; \
                        try again in a moment.";
    loop {
        tokio::select! {
            response = &mut neighbour => panic!("{response}"),
            (headers, response) = held.execute("{ __typename }", "") => {
                assert_eq!(headers["retry-after"], "1");
                let line = error_line(&headers, &response);
                if line == beyond_share {
                    break;
                }
                assert_eq!(line, full);
            }
        }
    }
    // The next request that ends lets the neighbour go on.
    held.permits.add_permits(1);
    let response = tokio::select! {
        _ = &mut greedy => panic!("both held operations ended"),
        response = &mut neighbour => response,
    };
    assert_eq!(response.text("/data/viewer/subject"), "other");
    held.permits.add_permits(1);
    let ((_, first), (_, second)) = greedy.await;
    assert_eq!([first.status, second.status], [200, 200]);
}

#[tokio::test]
async fn an_array_of_operations_goes_no_further_when_its_time_is_over() {
    let mut held = HeldWorld::new(|settings| {
        (settings.batch_limit, settings.request_timeout) = (3, Duration::from_millis(500));
    })
    .await;
    let operation = json!({ "query": MUTATION, "operationName": "held" });
    let sent = request(&held.world).json(&json!([operation, operation, operation])).send();
    let (_, response) = read(sent.await.unwrap()).await;
    let message = |index: usize| response.text(&format!("/{index}/errors/0/message"));
    assert!(message(0).contains("It goes on"), "{response}");
    for index in [1, 2] {
        assert_eq!(
            message(index),
            "The operation was not executed: those before it took the 0.5 s that a request may take."
        );
        assert_eq!(*response.at(&format!("/{index}/errors/0/extensions/retryable")), json!(true));
    }
    held.permits.add_permits(3);
    assert_eq!([held.next_event().await, held.next_event().await], ["begun", "done"]);
    assert_eq!(held.customers().await, 1);
}

/// Logs panics as the server does, and still prints them. The panic hook belongs to the whole process: without the default
/// hook, every other test that fails from now on would fail without a message.
fn log_panics_and_print_them() {
    let print = panic::take_hook();
    telemetry::log_panics();
    let log = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        log(panic);
        print(panic);
    }));
}

#[tokio::test]
async fn a_panic_fails_one_request_and_is_logged_with_its_backtrace() {
    let log = LogBuffer::default();
    let lines = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
    // The test's runtime has one thread: only its own server logs here.
    let _here = tracing::subscriber::set_default(lines);
    log_panics_and_print_them();
    let held = HeldWorld::new(|_| {}).await;
    for query in [QUERY, MUTATION] {
        let query = query.replace("held", "broken");
        let (headers, response) = held.execute(&query, "broken").await;
        let expected = "500 INTERNAL: Something went wrong on our side. The request id names it in the log.";
        assert_eq!(error_line(&headers, &response), expected);
        assert_eq!(*response.at("/errors/0/extensions/retryable"), json!(true));
        let logged = log.text();
        let id = headers["x-request-id"].to_str().unwrap();
        let line = logged.lines().find(|line| line.contains(id) && line.contains("something impossible"));
        let line: serde_json::Value =
            serde_json::from_str(line.unwrap_or_else(|| panic!("no {id} in {logged}"))).unwrap();
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["fields"]["request_id"], id);
        assert!(line["fields"]["backtrace"].as_str().unwrap().contains("request_lifecycle::"), "{line:#}");
        assert!(line["fields"]["place"].as_str().unwrap().starts_with("tests/http/request_lifecycle.rs:"), "{line:#}");
    }
    assert_eq!(held.customers().await, 0);
}

#[tokio::test]
async fn shutdown_finishes_the_running_requests() {
    let mut held = HeldWorld::new(|_| {}).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let app = held.world.app.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    held.world.base = format!("http://{}", listener.local_addr().unwrap());
    let serving = http::serve(listener, app, async { stopped.await.unwrap_or_default() });
    #[expect(clippy::disallowed_methods, reason = "the test's server runs beside the test")]
    let serving = tokio::spawn(serving);

    // One client waits for its response, one has sent a mutation and disconnected, one is connected and idle.
    let mut waiting = Box::pin(held.execute(QUERY, "held"));
    tokio::select! {
        _ = &mut waiting => panic!("the held operation ended"),
        event = held.events.recv() => assert_eq!(event, Some("begun")),
    }
    let leaving = held.execute(MUTATION, "held");
    tokio::select! {
        _ = leaving => panic!("the held operation ended"),
        event = held.events.recv() => assert_eq!(event, Some("begun")),
    }
    let mut idle = RawConnection::open(&held.world).await;
    idle.send("GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(idle.read_response().await.starts_with("HTTP/1.1 200 "));

    stop.send(()).unwrap();
    assert_eq!(idle.read_to_end().await, "");
    assert!(!serving.is_finished());
    held.permits.add_permits(2);
    let (_, response) = waiting.await;
    assert_eq!(response.text("/data/viewer/subject"), "ada");
    serving.await.unwrap().unwrap();
    assert_eq!([held.next_event().await, held.next_event().await], ["done", "done"]);
    let refused = request(&held.world).send().await.unwrap_err();
    assert!(refused.is_connect(), "{refused}");
}

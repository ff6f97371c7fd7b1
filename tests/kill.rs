//! The plug is pulled: a server that is killed at any moment, under a client that sends everything again until it is
//! acknowledged, has done each thing exactly once.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rstest::rstest;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use crate::world::{Actor, On, Postgres, Sqlite, World, database, random::Random, token_settings};

/// How often the server is killed.
const KILLS: usize = 200;
/// How many clients send at once.
const CLIENTS: usize = 2;

/// A server on the world's database.
struct Server {
    process: Child,
    base: String,
}

impl Server {
    fn start(url: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_fieldgate"))
            .args(["serve", "--port", "0", "--database-url", url])
            .env("FIELDGATE_MASTER_KEY", database::MASTER)
            .env("FIELDGATE_TOKEN_SECRET", "a secret of at least thirty-two characters")
            .env("FIELDGATE_LOG", "info")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let base = log.find_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("listening on ")?;
            Some(address.split('"').next()?.to_owned())
        });
        // What it says later must go somewhere, or it would wait for a reader.
        std::thread::spawn(move || log.for_each(drop));
        Self { process, base: base.expect("the server says where it listens") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL: no handler runs, nothing is flushed.
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Sends one thing after the other to the server that runs now, each under its key until it is acknowledged, until told to
/// stop. Gives how many were acknowledged.
async fn send(
    client: usize,
    actor: Actor,
    base: Arc<std::sync::Mutex<String>>,
    sent: Arc<AtomicUsize>,
    stop: Arc<AtomicUsize>,
) -> usize {
    for number in 0.. {
        let key = format!("{client}-{number}");
        let input = json!({ "name": format!("Killed {key}"), "type": "BROKER", "idempotencyKey": key });
        loop {
            if stop.load(Ordering::Relaxed) >= KILLS {
                return number;
            }
            let at = base.lock().unwrap().clone();
            sent.fetch_add(1, Ordering::Relaxed);
            let answer = actor.at(&at).attempt("customerCreate", &input).await;
            if answer.is_some_and(|answer| answer.at("/data/customerCreate/customer/id").is_string()) {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    unreachable!("the numbers do not end")
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_exactly_once(#[values(Sqlite, Postgres)] on: On) {
    let world = World::at(database::own(on).await, token_settings()).await;
    let url = world.home.url.clone();
    let (sent, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut server = Server::start(&url);
    let base = Arc::new(std::sync::Mutex::new(server.base.clone()));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let sending = send(client, world.admin(), base.clone(), sent.clone(), stop.clone());
            #[expect(clippy::disallowed_methods, reason = "a client of the test lives beside it")]
            tokio::spawn(sending)
        })
        .collect();
    let killing = {
        let (base, sent, stop) = (base.clone(), sent.clone(), stop.clone());
        tokio::task::spawn_blocking(move || {
            let mut random = Random::of(7);
            for kill in 1..=KILLS {
                // After one to four more requests were begun, and then at some instant of the next one.
                let until = sent.load(Ordering::Relaxed) + 1 + random.below(4);
                while sent.load(Ordering::Relaxed) < until {
                    std::thread::yield_now();
                }
                for _ in 0..random.below(2_000) {
                    std::thread::yield_now();
                }
                drop(server);
                server = Server::start(&url);
                base.lock().unwrap().clone_from(&server.base);
                if kill < KILLS {
                    stop.store(kill, Ordering::Relaxed);
                }
            }
            (server, stop)
        })
    };
    let (_server, stop) = killing.await.unwrap();
    stop.store(KILLS, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for client in clients {
        acknowledged.push(client.await.unwrap());
    }
    let db = world.db.connection();
    for (client, count) in acknowledged.iter().enumerate() {
        assert!(*count > 0, "client {client} was never answered");
    }
    world.link().await;
    let answer = world.admin().ask("{ customers { totalCount } changes { totalCount } }").await;
    let customers = answer.at("/data/customers/totalCount").as_u64().unwrap();
    assert_eq!(answer.at("/data/changes/totalCount").as_u64().unwrap(), customers);
    let count = async |sql: &str| {
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        u64::try_from(row.try_get_by_index::<i64>(0).unwrap()).unwrap()
    };
    // Nobody has a name twice; whoever was acknowledged is there; at most the last one of each client was not acknowledged.
    let names = count("SELECT COUNT(DISTINCT name) FROM customer").await;
    assert_eq!(names, customers);
    let acknowledged: usize = acknowledged.iter().sum();
    let over = customers - acknowledged as u64;
    assert!(over <= CLIENTS as u64, "{customers} customers, {acknowledged} acknowledged");
    assert_eq!(count("SELECT COUNT(*) FROM idempotency WHERE row_id IS NOT NULL").await, customers);
    assert_eq!(count("SELECT COUNT(*) FROM idempotency").await, customers);
}

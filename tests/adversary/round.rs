//! A round: a server with its default limits in a process of its own, on a database of its own, and the cases against it.

use std::{
    cell::Cell,
    fmt,
    net::SocketAddr,
    ops::AddAssign,
    sync::atomic::{AtomicUsize, Ordering},
};

use reqwest::StatusCode;
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use super::{
    attack::{Attack, Attacker},
    connection::ConnectionAttack,
    log::{NEIGHBOUR, OperationLog},
};
use crate::world::{
    Actor, DatabaseKind, JsonResponse, World, http_client,
    program::{Server, optimised_command},
    random::Random,
    sample_data::SampleData,
    schema::Schema,
};

/// The most resident memory of the server.
const MEMORY: u64 = 512 << 20;
/// The most bytes of an answer: the default of `limit_answer_bytes`, and the body of a rejection.
const ANSWER: usize = (32 << 20) + (1 << 16);
/// The longest body that is read to its end: the default of `body_limit`.
const BODY: usize = 2 << 20;
/// How many attacks run at the same time.
const ATTACKERS: usize = 3;
/// The most permits that others are granted while a one-row read waits.
const OVERTAKEN: u64 = 8;
/// The most counted steps of a poll. A poll has 20,000, and at least one page, whose texts may be a whole answer.
const STEPS: u64 = 20_000 + (ANSWER / 100) as u64;
/// The most resident memory when nothing but the neighbour's reads is left. The program's text takes 37 MB then, the caches 60 MB and
/// 11 connections of SQLite 35 MB. The allocator's pages take about twice what is in use, because what the caches hold lies among
/// what was freed.
const RESIDENT: u64 = 256 << 20;
/// How many one-row reads it may take until memory is given back.
const READS_UNTIL_RESIDENT: usize = 20_000;
/// The least reads of the neighbour beside connections that do not end by themselves.
const READS: usize = 4;

/// What the cases took at most.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// How many cases there were.
    pub cases: usize,
    /// How many requests and connections.
    pub requests: usize,
    /// The highest resident memory, in bytes.
    pub peak: u64,
    /// The longest answer, in bytes.
    pub answer: usize,
    /// The most permits that others were granted while a read of the neighbour waited.
    pub overtaken: u64,
    /// The most counted steps of a poll.
    pub steps: u64,
    /// The resident memory after a round, in bytes.
    pub resident: u64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        *self = Self {
            cases: self.cases + other.cases,
            requests: self.requests + other.requests,
            peak: self.peak.max(other.peak),
            answer: self.answer.max(other.answer),
            overtaken: self.overtaken.max(other.overtaken),
            steps: self.steps.max(other.steps),
            resident: self.resident.max(other.resident),
        };
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cases, requests, peak, answer, overtaken, steps, resident } = self;
        let [peak, answer, resident] = [*peak, *answer as u64, *resident].map(|bytes| bytes >> 20);
        write!(
            f,
            "{cases} cases, {requests} requests, peak memory {peak} MB, {resident} MB after a round, longest answer \
             {answer} MB, longest wait of the neighbour {overtaken} foreign permits, most steps of a poll {steps}"
        )
    }
}

/// A server that is attacked.
pub struct Round {
    server: Server,
    log: OperationLog,
    schema: Schema,
    ids: Vec<String>,
    token: String,
    neighbour: Actor,
    world: World,
}

impl Round {
    /// Creates the rows and starts the server.
    pub async fn begin(database: DatabaseKind) -> Self {
        let world = World::builder(database).isolated().build().await;
        let schema = Schema::load(&world.admin()).await;
        let ids = create_rows(&world, &schema).await;
        // A client may spend without an end, so that the limits of one operation are what holds.
        let rate = [("FIELDGATE_RATE_CAPACITY", "2147483647"), ("FIELDGATE_RATE_PER_SECOND", "2147483647")];
        let mut command = optimised_command(&world.database.url, &["serve", "--port", "0"]);
        let (log, read) = OperationLog::new();
        let server = Server::spawn_with_log(command.envs(rate), read);
        let token = world.user(&[access::Role::Admin]).token();
        let neighbour = world.other_admin().at(&server.base);
        Self { server, log, schema, ids, token, neighbour, world }
    }

    /// One case: attacks of a seed, in so many of a hundred cases by connections, too, while the neighbour reads a row again and again.
    pub async fn case(&mut self, seed: u64, connection_percent: usize) -> Figures {
        let mut random = Random::from_seed(seed);
        let connection_attack =
            random.chance(connection_percent).then(|| ConnectionAttack::new(&self.token, &mut random));
        let attack = Attacker { schema: &self.schema, ids: self.ids.clone(), random }.attack();
        let name = match &connection_attack {
            Some(connections) => format!("seed {seed}: {}, and {}", connections.name, attack.name),
            None => format!("seed {seed}: {}", attack.name),
        };
        self.server.reset_peak();
        let (turns, _) = watch::channel(0);
        let (base, token) = (&self.server.base, &self.token);
        let address: SocketAddr = base.trim_start_matches("http://").parse().unwrap();
        let (attacked, reads) = (Cell::new(false), AtomicUsize::new(0));
        let attacks = async {
            let requests = futures_util::future::join_all((0..ATTACKERS).map(|_| send(base, token, &attack)));
            let connections = async {
                let Some(connection_attack) = &connection_attack else { return Vec::new() };
                let mut connections = connection_attack.start(address, &turns);
                let mut read = Vec::new();
                if connection_attack.ends() {
                    while let Some(answer) = connections.join_next().await {
                        read.push(answer.unwrap());
                    }
                } else {
                    let mut turn = turns.subscribe();
                    let last = *turn.borrow() + READS as u64;
                    turn.wait_for(|turn| *turn >= last).await.unwrap();
                }
                read
            };
            let answers = tokio::join!(requests, connections);
            attacked.set(true);
            answers
        };
        let neighbour = async {
            loop {
                let is_last = attacked.get();
                let response = read_one_row(&self.neighbour).await;
                assert_eq!(response.status, 200, "{name} shuts the neighbour out: {response}");
                reads.fetch_add(1, Ordering::Relaxed);
                turns.send_modify(|turn| *turn += 1);
                if is_last {
                    return;
                }
            }
        };
        let ((answers, read), ()) = tokio::join!(attacks, neighbour);
        let mut figures = Figures { cases: 1, requests: answers.len(), ..Figures::default() };
        let incomplete = answers.iter().filter(|answer| answer.is_none()).count();
        for (status, length, answer) in answers.into_iter().flatten() {
            assert!(is_expected(status, &answer), "{name}: {status} {answer:.2000}");
            assert!(length <= ANSWER, "{name}: an answer of {length} bytes");
            figures.answer = figures.answer.max(length);
        }
        figures.requests += read.len();
        for answer in read {
            let is_failure = answer.windows(12).any(|bytes| bytes == b"HTTP/1.1 500");
            assert!(!is_failure, "{name}: {:.2000}", String::from_utf8_lossy(&answer));
        }
        assert!(self.server.is_alive(), "{name} ended the server");
        figures.peak = self.server.memory("VmHWM");
        assert!(figures.peak < MEMORY, "{name} takes {} MB", figures.peak >> 20);
        let counted = self.log.count(reads.into_inner()).await;
        assert!(
            counted.overtaken <= OVERTAKEN,
            "{name}: others had {} permits before the neighbour",
            counted.overtaken
        );
        // The tenant's own connections, of this case or the one before, take the memory.
        assert!(
            incomplete <= counted.dropped_answers,
            "{name}: {incomplete} incomplete answers, of {} dropped ones",
            counted.dropped_answers
        );
        assert!(counted.steps <= STEPS, "{name}: {} steps in a poll", counted.steps);
        (figures.overtaken, figures.steps) = (counted.overtaken, counted.steps);
        figures
    }

    /// The end, when all connections are closed: the memory is given back.
    pub async fn end(self) -> Figures {
        let mut resident = self.server.memory("VmRSS");
        for _ in 0..READS_UNTIL_RESIDENT {
            if resident < RESIDENT {
                break;
            }
            assert_eq!(read_one_row(&self.neighbour).await.status, 200);
            resident = self.server.memory("VmRSS");
        }
        assert!(resident < RESIDENT, "{} MB stay when nobody sends anything", resident >> 20);
        drop(self.server);
        self.world.database.delete().await;
        Figures { resident, ..Figures::default() }
    }
}

/// Rows of every type, and many long texts and JSON values.
async fn create_rows(world: &World, schema: &Schema) -> Vec<String> {
    let admin = world.admin();
    for (key, field_type) in [("json", "JSON"), ("text", "STRING")] {
        let field = json!({ "ownerType": "CUSTOMER", "key": key, "type": field_type, "title": key });
        admin.mutate("customFieldDefinitionCreate", field, "").await;
    }
    let mut sample = SampleData::complete(schema, "own");
    sample.create_all(&admin, 2).await;
    let long: Vec<_> = (0..1_500).map(|number| json!({ "number": number, "text": "a long text" })).collect();
    let small: Vec<_> = (0..3_000).map(|number| json!({ "a": number })).collect();
    let contacts: Vec<_> =
        (0..100).map(|number| json!({ "name": format!("Ann {number}"), "notes": "n".repeat(2_000) })).collect();
    let input = |number: usize| {
        json!({
            "name": format!("Customer {number}"), "type": "BROKER", "notes": "n".repeat(10_000),
            "customFields": [{ "key": "json", "value": if number.is_multiple_of(2) { &small } else { &long } }, { "key": "text", "value": "t".repeat(1_000) }],
            "contacts": if number.is_multiple_of(10) { contacts.as_slice() } else { &[] },
        })
    };
    for number in 0..100 {
        admin.mutate("customerCreate", input(number), "").await;
    }
    sample.ids.into_values().flatten().collect()
}

/// Sends the body of an attack. Gives its status and the bytes of the answer; nothing, if the server ends it before it is whole.
async fn send(base: &str, token: &str, attack: &Attack) -> Option<(StatusCode, usize, Json)> {
    let request = http_client().post(format!("{base}/graphql")).bearer_auth(token);
    let request = request.header("content-type", "application/json").body(attack.body.clone());
    let response = match request.send().await {
        Ok(response) => response,
        // The server closes the connection while it still receives a body that is too long.
        Err(_) if attack.body.len() > BODY => return Some((StatusCode::PAYLOAD_TOO_LARGE, 0, Json::Null)),
        Err(error) => panic!("{error:?}: {}", attack.name),
    };
    let status = response.status();
    let body = response.bytes().await.ok()?;
    Some((status, body.len(), serde_json::from_slice(&body).unwrap()))
}

/// Whether an answer is one that the server gives on purpose.
fn is_expected(status: StatusCode, answer: &Json) -> bool {
    let internal = |error: &Json| error["extensions"]["code"] == "INTERNAL";
    status != StatusCode::INTERNAL_SERVER_ERROR && !answer["errors"].as_array().into_iter().flatten().any(internal)
}

async fn read_one_row(neighbour: &Actor) -> JsonResponse {
    let query = format!("query {NEIGHBOUR} {{ viewer {{ subject }} customers(first: 1) {{ nodes {{ id }} }} }}");
    neighbour.execute(&query).await
}

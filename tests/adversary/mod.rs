//! The adversary: generated requests that multiply, against a server with its default limits in a process of its own. No
//! request ends the process, fills its memory, gets an answer beyond its bound, or shuts another tenant out.

mod attack;

use reqwest::StatusCode;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use self::attack::{Attack, Attacker};
use crate::world::{
    Actor, DatabaseKind, World, each_database_in_parallel, http_client,
    program::{Server, command},
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

/// How many attacks there are, unless `ADVERSARY_CASES` says otherwise.
const CASES: usize = 250;

/// Seeds of attacks that once were successful.
const KEPT: &[u64] = &[];

/// Rows of every type, and many long texts and JSON values.
async fn create_rows(world: &World, schema: &Schema) -> Vec<String> {
    let admin = world.admin();
    for (key, field_type) in [("json", "JSON"), ("text", "STRING")] {
        let field = json!({ "ownerType": "CUSTOMER", "key": key, "type": field_type, "title": key });
        admin.mutate("customFieldDefinitionCreate", field, "").await;
    }
    let mut sample = SampleData::complete(schema, "own");
    sample.create_all(&admin, 2).await;
    let value: Vec<_> = (0..1_500).map(|number| json!({ "number": number, "text": "a long text" })).collect();
    let contacts: Vec<_> =
        (0..100).map(|number| json!({ "name": format!("Ann {number}"), "notes": "n".repeat(2_000) })).collect();
    let input = |number: usize| {
        json!({
            "name": format!("Customer {number}"), "type": "BROKER", "notes": "n".repeat(10_000),
            "customFields": [{ "key": "json", "value": value }, { "key": "text", "value": "t".repeat(1_000) }],
            "contacts": if number.is_multiple_of(10) { contacts.as_slice() } else { &[] },
        })
    };
    for number in 0..100 {
        admin.mutate("customerCreate", input(number), "").await;
    }
    sample.ids.into_values().flatten().collect()
}

/// Sends the body of an attack. Gives its status and the bytes of the answer.
async fn send(base: &str, token: &str, attack: &Attack) -> (StatusCode, usize, Json) {
    let request = http_client().post(format!("{base}/graphql")).bearer_auth(token);
    let request = request.header("content-type", "application/json").body(attack.body.clone());
    let response = match request.send().await {
        Ok(response) => response,
        // The server closes the connection while it still receives a body that is too long.
        Err(_) if attack.body.len() > BODY => return (StatusCode::PAYLOAD_TOO_LARGE, 0, Json::Null),
        Err(error) => panic!("{error:?}: {}", attack.name),
    };
    let status = response.status();
    let body = response.bytes().await.unwrap_or_else(|error| panic!("{error:?}: {}", attack.name));
    (status, body.len(), serde_json::from_slice(&body).unwrap())
}

/// Whether an answer is one that the server gives on purpose.
fn is_expected(status: StatusCode, answer: &Json) -> bool {
    let internal = |error: &Json| error["extensions"]["code"] == "INTERNAL";
    status != StatusCode::INTERNAL_SERVER_ERROR && !answer["errors"].as_array().into_iter().flatten().any(internal)
}

#[apply(each_database_in_parallel)]
async fn no_request_hurts_the_server_or_another_tenant(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let schema = Schema::load(&world.admin()).await;
    let ids = create_rows(&world, &schema).await;
    // A client may spend without an end, so that the limits of one operation are what holds.
    let rate = [("FIELDGATE_RATE_CAPACITY", "2147483647"), ("FIELDGATE_RATE_PER_SECOND", "2147483647")];
    let mut server = Server::spawn(command(&world.database.url, &["serve", "--port", "0"]).envs(rate));
    let token = world.user(&[access::Role::Admin]).token();
    let neighbour = world.other_admin().at(&server.base);
    let (cases, first) = (number("ADVERSARY_CASES").unwrap_or(CASES), number("ADVERSARY_SEED").unwrap_or(1));
    let seeds = KEPT.iter().copied().chain(first as u64..).take(KEPT.len() + cases);
    let (mut highest, mut counts) = (0, std::collections::BTreeMap::<u16, usize>::new());
    for seed in seeds {
        let attack = Attacker { schema: &schema, ids: ids.clone(), random: Random::from_seed(seed) }.attack();
        server.reset_peak();
        let attacks = futures_util::future::join_all((0..ATTACKERS).map(|_| send(&server.base, &token, &attack)));
        let (answers, neighbour) = tokio::join!(attacks, read_one_row(&neighbour));
        assert_eq!(neighbour, 200, "seed {seed} shuts the neighbour out: {}", attack.name);
        for (status, length, answer) in answers {
            *counts.entry(status.as_u16()).or_default() += 1;
            assert!(is_expected(status, &answer), "seed {seed}: {status} {answer:.2000}: {}", attack.name);
            assert!(length <= ANSWER, "seed {seed}: an answer of {length} bytes: {}", attack.name);
        }
        assert!(server.is_alive(), "seed {seed} ended the server: {}", attack.name);
        let peak = server.memory("VmHWM");
        if peak > highest {
            highest = peak;
            println!("seed {seed}: {} MB: {:.150}", peak >> 20, attack.name);
        }
        assert!(peak < MEMORY, "seed {seed} takes {} MB: {}", peak >> 20, attack.name);
    }
    let resident = server.memory("VmRSS");
    println!("{cases} attacks: answers {counts:?}, peak {} MB, then {} MB", highest >> 20, resident >> 20);
}

/// A number in the environment: more attacks than a test of every change has time for.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|number| number.parse().unwrap())
}

async fn read_one_row(neighbour: &Actor) -> u16 {
    neighbour.execute("{ viewer { subject } customers(first: 1) { nodes { id } } }").await.status
}

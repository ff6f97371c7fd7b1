//! Attacks by connections: many at once, from an address of their own, that are slow, silent, half-closed, deaf or gone.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
};

use super::body;
use crate::world::random::Random;

/// The most connections of an attack: what one address may have, and some more.
const CONNECTIONS: usize = 280;
/// The most requests on one connection, one behind the other.
const PIPELINED: usize = 40;
/// The most bytes that an attacker reads of an answer or of several.
const READ: u64 = 64 << 20;

/// An attack by connections that do all the same.
pub struct ConnectionAttack {
    /// What it does, for people.
    pub name: String,
    manner: Manner,
    count: usize,
    bytes: Vec<u8>,
    address: Ipv4Addr,
    /// Whether the last act is a reset and not an orderly end.
    resets: bool,
}

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Sends its bytes, of which the last close the connection, and reads until the server closes.
    Reads,
    /// Sends its bytes, closes its half, and reads until the server closes.
    HalfCloses,
    /// Sends its bytes up to an offset, then one for each turn.
    Slow(usize),
    /// Sends its bytes and reads nothing.
    Deaf,
    /// Sends its bytes up to an offset and leaves after a number of turns.
    Leaves(usize, u64),
}

impl ConnectionAttack {
    /// An attack of a random kind.
    pub fn new(token: &str, random: &mut Random) -> Self {
        let head = |headers: &str| {
            format!("POST /graphql HTTP/1.1\r\nhost: fieldgate\r\nauthorization: Bearer {token}\r\n{headers}\r\n")
        };
        let request = |query: &str, variables: serde_json::Value| {
            let body = serde_json::to_string(&json!({ "query": query, "variables": variables })).unwrap();
            head(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len())) + &body
        };
        let texts: String =
            (0..=random.below(12)).map(|number| format!("n{number}: notes ")).collect::<Vec<_>>().concat();
        let large = request(&format!("{{ customers(first: 100) {{ nodes {{ {texts} }} }} }}"), json!({}));
        let small = request("{ viewer { subject } }", json!({}));
        let inputs: Vec<_> = (0..=random.below(99)).map(|_| json!({ "name": "Gone", "type": "BROKER" })).collect();
        let query = "mutation($i: [CustomerCreateInput!]!) { customerCreateMany(inputs: $i) { customer { id } } }";
        let mutation = request(query, json!({ "i": inputs }));
        let last = head("connection: close\r\ncontent-length: 0\r\n");
        let value: Vec<_> = (0..=random.below(9_000)).map(|number| json!({ "a": number })).collect();
        let query = "mutation($v: JSON) { customerCreate(input: { name: \"Gone\", type: BROKER, \
                     customFields: [{ key: \"json\", value: $v }] }) { customer { id } } }";
        let json_value = request(query, json!({ "v": value }));
        let long = request("{ viewer { subject } }", json!({ "x": "x".repeat(random.below(1_900_000)) }));
        let head_length = |request: &str| request.find("\r\n\r\n").unwrap();
        let turns = random.below(3) as u64;
        let pipelined = 1 + random.below(PIPELINED - 1);
        let (name, manner, bytes) = match random.below(13) {
            0 => ("silent", Manner::Slow(0), String::new()),
            1 => ("a slow head", Manner::Slow(random.below(head_length(&small))), small),
            2 => ("a slow body", Manner::Slow(head_length(&small) + 4 + random.below(20)), small),
            3 => ("half-closed", Manner::HalfCloses, large),
            4 => ("pipelined queries", Manner::Reads, small.repeat(pipelined) + &last),
            5 => ("pipelined mutations", Manner::Leaves(usize::MAX, turns), mutation.repeat(pipelined)),
            6 => ("deaf", Manner::Deaf, large),
            7 => ("deaf and pipelined", Manner::Deaf, large.repeat(pipelined)),
            8 => ("gone during a query", Manner::Leaves(usize::MAX, turns), large),
            9 => ("gone during a mutation", Manner::Leaves(usize::MAX, turns), mutation),
            10 => ("gone during a mutation with a large value", Manner::Leaves(usize::MAX, turns), json_value),
            11 => ("slow with a large body", Manner::Slow(long.len() - 20), long),
            _ => ("gone within a request", Manner::Leaves(random.below(mutation.len()), turns), mutation),
        };
        let (name, manner, bytes) = if random.chance(25) {
            let (name, bytes) = body::mismatched(head, random);
            (name, if random.chance(50) { Manner::HalfCloses } else { Manner::Leaves(usize::MAX, turns) }, bytes)
        } else {
            (name, manner, bytes.into_bytes())
        };
        let count = 1 + random.below(CONNECTIONS - 1);
        let address = Ipv4Addr::new(127, 0, 1, 1 + u8::try_from(random.below(250)).unwrap());
        let name = format!("{count} connections, {name}, {} bytes each, {manner:?}", bytes.len());
        Self { name, manner, count, bytes, address, resets: random.chance(50) }
    }

    /// Opens the connections. Each takes a step at every turn.
    pub fn start(&self, server: SocketAddr, turns: &watch::Sender<u64>) -> JoinSet<Vec<u8>> {
        let mut connections = JoinSet::new();
        for _ in 0..self.count {
            let (manner, bytes, turns) = (self.manner, self.bytes.clone(), turns.subscribe());
            let (address, resets) = (self.address, self.resets);
            connections.spawn(async move {
                let socket = TcpSocket::new_v4().unwrap();
                socket.bind(SocketAddr::from((address, 0))).unwrap();
                // The server may close or refuse at any time, and the client may be gone.
                let Ok(stream) = socket.connect(server).await else { return Vec::new() };
                if resets {
                    stream.set_zero_linger().unwrap();
                }
                act(stream, manner, &bytes, turns).await
            });
        }
        connections
    }

    /// Whether the connections end by themselves.
    pub fn ends(&self) -> bool {
        matches!(self.manner, Manner::Reads | Manner::HalfCloses | Manner::Leaves(..))
    }
}

/// What one connection does. Gives the beginning of what it reads.
async fn act(mut stream: TcpStream, manner: Manner, bytes: &[u8], mut turns: watch::Receiver<u64>) -> Vec<u8> {
    let mut read = Vec::new();
    match manner {
        Manner::Reads | Manner::HalfCloses => {
            let (input, mut output) = stream.split();
            let write = async {
                let written = output.write_all(bytes).await;
                if manner == Manner::HalfCloses && written.is_ok() {
                    let _ = output.shutdown().await;
                }
            };
            let mut input = input.take(READ);
            let _ = tokio::join!(write, input.read_to_end(&mut read));
        }
        Manner::Slow(at) => {
            let (first, rest) = bytes.split_at(at.min(bytes.len()));
            let _ = stream.write_all(first).await;
            for byte in rest.iter().take(rest.len().saturating_sub(1)) {
                if turns.changed().await.is_err() || stream.write_all(&[*byte]).await.is_err() {
                    return read;
                }
            }
            std::future::pending::<()>().await;
        }
        Manner::Deaf => {
            let _ = stream.write_all(bytes).await;
            std::future::pending::<()>().await;
        }
        Manner::Leaves(at, after) => {
            let first = *turns.borrow();
            let write = async {
                let _ = stream.write_all(&bytes[..at.min(bytes.len())]).await;
                if after > 0 {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = write => {}
                _ = turns.wait_for(|turn| *turn > first + after) => {}
            }
        }
    }
    read
}

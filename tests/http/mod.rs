//! The door: what it refuses and how, what it does to who takes their time, and what becomes of work whose client leaves.

mod browser;
mod connection;
mod life;
mod refused;

use fieldgate::http::Settings;
use reqwest::{Response, header::HeaderMap};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::world::{Answer, Sqlite, World, database, doors, token_settings};

/// A world whose server has other doors. What happens there does not depend on the database.
async fn behind(change: impl FnOnce(&mut Settings)) -> World {
    let mut settings = doors();
    change(&mut settings);
    World::behind(database::open(Sqlite).await, token_settings(), settings, |_| {}).await
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn token(world: &World) -> String {
    world.token(&world.tenant, &[access::Role::Admin], None, "ada")
}

/// A request of an administrator, of which everything can be said.
fn asking(world: &World) -> reqwest::RequestBuilder {
    client().post(format!("{}/graphql", world.base)).bearer_auth(token(world))
}

/// Head and body of an answer.
async fn read(response: Response) -> (HeaderMap, Answer) {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)));
    (headers, Answer::new(status, body))
}

/// `STATUS CODE: message` of the first error, which carries everything an error carries.
fn told(headers: &HeaderMap, answer: &Answer) -> String {
    let error = answer.at("/errors/0");
    let extensions = &error["extensions"];
    assert_eq!(extensions["requestId"], json!(headers["x-request-id"].to_str().unwrap()), "{answer}");
    assert!(extensions["retryable"].is_boolean(), "{answer}");
    assert_eq!(*answer.at("/data"), Json::Null, "{answer}");
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    let [code, message] = [&extensions["code"], &error["message"]].map(|text| text.as_str().unwrap());
    format!("{} {code}: {message}", answer.status)
}

/// A connection that says what a test wants, byte by byte.
struct Wire(TcpStream);

impl Wire {
    async fn to(world: &World) -> Self {
        Self(TcpStream::connect(world.base.strip_prefix("http://").unwrap()).await.unwrap())
    }

    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// The same to a server that may not listen to the end.
    async fn try_say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap_or_default();
    }

    /// Everything up to the moment the server closes.
    async fn rest(&mut self) -> String {
        let mut said = Vec::new();
        // A connection that is cut off has still said what it said.
        let _cut = self.0.read_to_end(&mut said).await;
        String::from_utf8_lossy(&said).into_owned()
    }

    /// One answer with a body of a stated length, on a connection that stays open.
    async fn answer(&mut self) -> String {
        let mut said = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&said);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                if body.len() >= length.parse().unwrap() {
                    return text.into_owned();
                }
            }
            assert!(self.0.read_buf(&mut said).await.unwrap() > 0, "closed after {}", String::from_utf8_lossy(&said));
        }
    }
}

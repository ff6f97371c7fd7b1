//! The HTTP transport: rejected requests, slow clients, and the work of clients that disconnect.

mod batch;
mod browser_headers;
mod connection;
mod log;
mod rejection;
mod request_lifecycle;

use fieldgate::http::Settings;
use reqwest::{Response, header::HeaderMap};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::world::{JsonResponse, Sqlite, World, http_client};

/// A world with changed HTTP settings. Nothing here depends on the database.
async fn world_with(change: impl FnOnce(&mut Settings)) -> World {
    World::builder(Sqlite).http(change).build().await
}

fn token(world: &World) -> String {
    world.user(&[access::Role::Admin]).subject("ada").token()
}

/// A request of an administrator, to which a test adds headers and a body.
fn request(world: &World) -> reqwest::RequestBuilder {
    http_client().post(format!("{}/graphql", world.base)).bearer_auth(token(world))
}

/// Headers and body of a response.
async fn read(response: Response) -> (HeaderMap, JsonResponse) {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)));
    (headers, JsonResponse::new(status, body))
}

/// `STATUS CODE: message` of the first error, which has to have everything that an error has.
fn error_line(headers: &HeaderMap, response: &JsonResponse) -> String {
    let error = response.at("/errors/0");
    let extensions = &error["extensions"];
    assert_eq!(extensions["requestId"], json!(headers["x-request-id"].to_str().unwrap()), "{response}");
    assert!(extensions["retryable"].is_boolean(), "{response}");
    assert_eq!(*response.at("/data"), Json::Null, "{response}");
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    let [code, message] = [&extensions["code"], &error["message"]].map(|text| text.as_str().unwrap());
    format!("{} {code}: {message}", response.status)
}

/// A connection on which a test writes single bytes.
struct RawConnection(TcpStream);

impl RawConnection {
    async fn open(world: &World) -> Self {
        Self(TcpStream::connect(world.base.strip_prefix("http://").unwrap()).await.unwrap())
    }

    /// A connection from another address of this machine.
    async fn open_from(world: &World, address: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
        Self(socket.connect(world.base.strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap())
    }

    /// Says that nothing more will be sent.
    async fn close_writing(&mut self) {
        self.0.shutdown().await.unwrap();
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Sends to a server that may close the connection meanwhile.
    async fn try_send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap_or_default();
    }

    /// Everything that arrives until the server closes the connection.
    async fn read_to_end(&mut self) -> String {
        let mut received = Vec::new();
        // A connection that breaks off has still delivered what arrived before.
        let _result = self.0.read_to_end(&mut received).await;
        String::from_utf8_lossy(&received).into_owned()
    }

    /// One response with a content length, on a connection that stays open.
    async fn read_response(&mut self) -> String {
        let mut received = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&received);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                if body.len() >= length.parse().unwrap() {
                    return text.into_owned();
                }
            }
            assert!(
                self.0.read_buf(&mut received).await.unwrap() > 0,
                "closed after {}",
                String::from_utf8_lossy(&received)
            );
        }
    }
}

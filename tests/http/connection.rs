//! Connections: slow and idle clients are disconnected, and connections over the limit are rejected. No test measures time:
//! each waits for the end of a connection, which would never come without the limit.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::io::AsyncWriteExt;

use super::{RawConnection, request, token, world_with};
use crate::world::{World, assert_snapshot, http_client};

/// The timeout that a test waits for.
const SHORT_TIMEOUT: Duration = Duration::from_millis(200);

/// Headers and body of a small query on a connection that stays open.
fn query_bytes(world: &World) -> String {
    let body = "{\"query\":\"{ __typename }\"}";
    let (length, token) = (body.len(), token(world));
    format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn incomplete_request_headers_close_the_connection() {
    let world = world_with(|settings| settings.header_timeout = SHORT_TIMEOUT).await;
    let mut connection = RawConnection::open(&world).await;
    connection.send("POST /graphql HTTP/1.1\r\nhost: a\r\nx-slow: ").await;
    assert_eq!(connection.read_to_end().await, "");
    // So does an idle connection, before the first request and after one.
    let mut connection = RawConnection::open(&world).await;
    assert_eq!(connection.read_to_end().await, "");
    let mut connection = RawConnection::open(&world).await;
    connection.send(&query_bytes(&world)).await;
    assert!(connection.read_response().await.starts_with("HTTP/1.1 200 "));
    assert_eq!(connection.read_to_end().await, "");
}

#[tokio::test]
async fn request_headers_have_a_bounded_size() {
    let world = world_with(|settings| settings.header_limit = 16 << 10).await;
    let long = "x".repeat(64 << 10);
    let mut lines = Vec::new();
    for head in [
        format!("GET /health/live HTTP/1.1\r\nhost: a\r\nx-long: {long}\r\n\r\n"),
        format!("GET /health/live HTTP/1.1\r\nhost: a\r\n{}\r\n", "x-many: 1\r\n".repeat(200)),
        "GET /health/live\r\n\r\n".to_owned(),
        "\x16\x03\x01\x02\r\n\r\n".to_owned(),
        // A malformed request after a good one: the good one is answered first.
        "GET /health/live HTTP/1.1\r\nhost: a\r\n\r\nGET nothing\r\n\r\n".to_owned(),
    ] {
        let mut connection = RawConnection::open(&world).await;
        // The server may close the connection before it has read everything.
        connection.try_send(&head).await;
        let received = connection.read_to_end().await;
        let (head, body) = received.rsplit_once("\r\n\r\n").unwrap();
        let error = &serde_json::from_str::<Json>(body).unwrap()["errors"][0];
        let [code, id] = ["code", "requestId"].map(|name| error["extensions"][name].as_str().unwrap());
        assert_eq!(error["extensions"]["retryable"], json!(false), "{received}");
        for header in [format!("x-request-id: {id}"), format!("content-length: {}", body.len())] {
            assert!(head.contains(&header) && head.contains("x-content-type-options: nosniff"), "{header}: {received}");
        }
        let statuses: Vec<_> = head.lines().filter(|line| line.starts_with("HTTP/1.1 ")).collect();
        lines.push(format!("{} {code}: {}", statuses.join(", "), error["message"].as_str().unwrap()));
    }
    assert_snapshot!(lines.join("\n"), @"
    HTTP/1.1 431 Request Header Fields Too Large HEADERS_TOO_LARGE: The head has more than 16384 bytes or more than 100 headers.
    HTTP/1.1 431 Request Header Fields Too Large HEADERS_TOO_LARGE: The head has more than 16384 bytes or more than 100 headers.
    HTTP/1.1 400 Bad Request BAD_REQUEST: This is no request of HTTP/1.1.
    HTTP/1.1 400 Bad Request BAD_REQUEST: This is no request of HTTP/1.1.
    HTTP/1.1 200 OK, HTTP/1.1 400 Bad Request BAD_REQUEST: This is no request of HTTP/1.1.
    ");
    // A long URI has an error of its own where headers may be as long.
    let world = world_with(|settings| settings.header_limit = 128 << 10).await;
    let mut connection = RawConnection::open(&world).await;
    connection.try_send(&format!("GET /{long}{long} HTTP/1.1\r\nhost: a\r\n\r\n")).await;
    let received = connection.read_to_end().await;
    assert!(received.starts_with("HTTP/1.1 414 ") && received.contains("\"code\":\"URI_TOO_LONG\""), "{received}");
    assert_eq!(http_client().get(format!("{}/health/live", world.base)).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_stalled_body_gets_a_timeout_response() {
    let world = world_with(|settings| settings.body_timeout = SHORT_TIMEOUT).await;
    let mut connection = RawConnection::open(&world).await;
    let whole = query_bytes(&world);
    connection.send(&whole[..whole.len() - 1]).await;
    let received = connection.read_to_end().await;
    assert!(received.starts_with("HTTP/1.1 408 "), "{received}");
    assert!(
        received.contains("\"code\":\"BODY_TIMEOUT\"") && received.contains("did not arrive within 0.2 s"),
        "{received}"
    );
    // The request timeout limits a longer body timeout.
    let world = world_with(|settings| settings.request_timeout = SHORT_TIMEOUT).await;
    let mut connection = RawConnection::open(&world).await;
    connection.send(&query_bytes(&world)[..whole.len() - 1]).await;
    assert!(connection.read_to_end().await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn an_aborted_body_does_not_affect_the_server() {
    let world = world_with(|_| {}).await;
    let mut connection = RawConnection::open(&world).await;
    let whole = query_bytes(&world);
    connection.send(&whole[..whole.len() - 1]).await;
    drop(connection);
    let mut connection = RawConnection::open(&world).await;
    connection.send(&whole).await;
    assert!(connection.read_response().await.ends_with('}'));
}

#[tokio::test]
async fn a_connection_over_the_limit_gets_an_error_response() {
    let world = world_with(|settings| settings.connections = 1).await;
    let mut first = RawConnection::open(&world).await;
    first.send(&query_bytes(&world)).await;
    assert!(first.read_response().await.starts_with("HTTP/1.1 200 "));

    let mut second = RawConnection::open(&world).await;
    second.send(&query_bytes(&world)).await;
    let received = second.read_to_end().await;
    assert!(received.starts_with("HTTP/1.1 503 ") && received.contains("\r\nretry-after: 1\r\n"), "{received}");
    assert!(received.contains("\"code\":\"OVERLOADED\"") && received.contains("\"retryable\":true"), "{received}");
    // Health checks answer even over capacity.
    let mut health = RawConnection::open(&world).await;
    health.send("GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(health.read_to_end().await.starts_with("HTTP/1.1 200 "));
    // The first connection is not affected, and its end frees the slot.
    first.send(&query_bytes(&world)).await;
    assert!(first.read_response().await.starts_with("HTTP/1.1 200 "));
    drop(first);
    wait_for_slot(&world).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_disconnected() {
    let world = world_with(|settings| (settings.connections, settings.answer_timeout) = (1, SHORT_TIMEOUT)).await;
    let mut unread = RawConnection::open(&world).await;
    // More responses than the buffers on the way hold, so that the server has to wait for the client.
    let requests =
        format!("GET /schema.graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\r\n", token(&world));
    unread.try_send(&requests.repeat(200)).await;
    wait_for_slot(&world).await;
}

/// A client holds memory as long as it does not read its answer, so the oldest answer makes way for those that are read. Each
/// takes 75 MB while it is made.
#[tokio::test]
async fn an_answer_that_nobody_reads_makes_way() {
    let world = world_with(|settings| settings.request_memory = 88 << 20).await;
    let admin = world.admin();
    for number in 0..13 {
        let input = json!({ "name": format!("Customer {number}"), "type": "BROKER", "notes": "n".repeat(10_000) });
        admin.mutate("customerCreate", input, "").await;
    }
    let texts = (0..190).map(|number| format!("n{number}: notes ")).collect::<Vec<_>>().concat();
    let body = json!({ "query": format!("{{ customers {{ nodes {{ {texts} }} }} }}") }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        token(&world),
        body.len()
    );
    let mut unread = RawConnection::open(&world).await;
    unread.send(&request).await;
    // The head of the answer: all 24 MB of it are in memory now, and the buffers on the way hold less.
    unread.0.readable().await.unwrap();
    // An answer that began to wait just now does not make way for its own tenant: until it does, others are refused.
    let answer = loop {
        let mut read = RawConnection::open(&world).await;
        read.send(&request).await;
        let answer = read.read_to_end().await;
        if !answer.contains("\"code\":\"OVERLOADED\"") {
            break answer;
        }
    };
    let (head, whole) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}, and {} bytes", whole.len());
    let part = unread.read_to_end().await;
    assert!(part.len() < whole.len(), "{} bytes: {part:.1000}", part.len());
}

/// Repeats a request until the only connection slot is free.
async fn wait_for_slot(world: &World) {
    loop {
        let body = serde_json::json!({ "query": "{ __typename }" });
        match request(world).json(&body).send().await.map(|response| response.status().as_u16()) {
            Ok(200) => return,
            Ok(503) | Err(_) => {}
            Ok(status) => panic!("{status}"),
        }
    }
}

#[tokio::test]
async fn silent_connections_do_not_keep_health_checks_out() {
    let world = world_with(|settings| settings.connections = 30).await;
    let mut silent = Vec::new();
    for _ in 0..94 {
        silent.push(RawConnection::open(&world).await);
    }
    // From the same address as soon as the server gives up on a silent connection over the limit.
    loop {
        let mut health = RawConnection::open(&world).await;
        health.try_send("GET /health/ready HTTP/1.1\r\nhost: a\r\n\r\n").await;
        if health.read_to_end().await.starts_with("HTTP/1.1 200 ") {
            break;
        }
    }
    // From another address at once, and for everything.
    let mut other = RawConnection::open_from(&world, "127.0.0.2").await;
    other.send(&query_bytes(&world)).await;
    assert!(other.read_response().await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn an_address_has_a_bounded_number_of_connections() {
    let world = world_with(|settings| settings.connections_per_address = Some(2)).await;
    let mut open = vec![RawConnection::open(&world).await, RawConnection::open(&world).await];
    let mut third = RawConnection::open(&world).await;
    third.send(&query_bytes(&world)).await;
    let received = third.read_to_end().await;
    assert!(received.starts_with("HTTP/1.1 503 ") && received.contains("\"code\":\"OVERLOADED\""), "{received}");
    assert!(received.contains("Your address has 2 connections open"), "{received}");
    for connection in &mut open {
        connection.send(&query_bytes(&world)).await;
        assert!(connection.read_response().await.starts_with("HTTP/1.1 200 "));
    }
}

#[tokio::test]
async fn a_request_without_a_token_is_refused_before_its_body_arrives() {
    let world = world_with(|_| {}).await;
    let head = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 26\r\n\r\n";
    let mut connection = RawConnection::open(&world).await;
    connection.send(head).await;
    assert!(connection.read_response().await.starts_with("HTTP/1.1 401 "));
    // A client that sends its body nonetheless may use the connection again.
    connection.send("{\"query\":\"{ __typename }\"}").await;
    connection.send(&query_bytes(&world)).await;
    assert!(connection.read_response().await.starts_with("HTTP/1.1 200 "));
    // One that sends nothing more is disconnected.
    connection.send(head).await;
    assert!(connection.read_response().await.starts_with("HTTP/1.1 401 "));
    assert_eq!(connection.read_to_end().await, "");
    // So is one that sends for ever.
    let mut connection = RawConnection::open(&world).await;
    connection.send(&head.replace("content-length: 26", "transfer-encoding: chunked")).await;
    assert!(connection.read_response().await.starts_with("HTTP/1.1 401 "));
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    while connection.0.write_all(chunk.as_bytes()).await.is_ok() {}
}

#[tokio::test]
async fn clients_that_speak_no_http_1_are_disconnected() {
    let world = world_with(|_| {}).await;
    // HTTP/2 with prior knowledge: its streams, resets and settings are not served.
    let mut http2 = RawConnection::open(&world).await;
    http2.try_send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    http2.read_to_end().await;
    // A client that closes its half of the connection, before a request and within one.
    for text in ["", "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n"] {
        let mut closed = RawConnection::open(&world).await;
        closed.send(text).await;
        closed.close_writing().await;
        closed.read_to_end().await;
    }
    let mut connection = RawConnection::open(&world).await;
    connection.send(&query_bytes(&world)).await;
    assert!(connection.read_response().await.starts_with("HTTP/1.1 200 "));
}

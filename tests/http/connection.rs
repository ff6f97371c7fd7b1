//! Connections: who is slow or silent is let go, and who is one too many is told so. No test measures time: each waits for
//! the end of a connection, which would not come without the limit.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Wire, asking, behind, client, token};
use crate::world::World;

/// How long anything may take in these tests' servers.
const SOON: Duration = Duration::from_millis(200);

/// Head and body of a small query on a connection that stays open.
fn query(world: &World) -> String {
    let body = "{\"query\":\"{ __typename }\"}";
    let (length, token) = (body.len(), token(world));
    format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn a_head_that_does_not_end_ends_the_connection() {
    let world = behind(|doors| doors.header_timeout = SOON).await;
    let mut wire = Wire::to(&world).await;
    wire.say("POST /graphql HTTP/1.1\r\nhost: a\r\nx-slow: ").await;
    assert_eq!(wire.rest().await, "");
    // So does silence, before the first request and after one.
    let mut wire = Wire::to(&world).await;
    assert_eq!(wire.rest().await, "");
    let mut wire = Wire::to(&world).await;
    wire.say(&query(&world)).await;
    assert!(wire.answer().await.starts_with("HTTP/1.1 200 "));
    assert_eq!(wire.rest().await, "");
}

#[tokio::test]
async fn a_head_has_a_bounded_size() {
    let world = behind(|doors| doors.header_limit = 16 << 10).await;
    let long = "x".repeat(64 << 10);
    let mut told = Vec::new();
    for head in [
        format!("GET /health/live HTTP/1.1\r\nhost: a\r\nx-long: {long}\r\n\r\n"),
        format!("GET /health/live HTTP/1.1\r\nhost: a\r\n{}\r\n", "x-many: 1\r\n".repeat(200)),
        "GET /health/live\r\n\r\n".to_owned(),
        "\x16\x03\x01\x02\r\n\r\n".to_owned(),
        // Of the next one nothing was heard: what came before it is answered.
        "GET /health/live HTTP/1.1\r\nhost: a\r\n\r\nGET nothing\r\n\r\n".to_owned(),
    ] {
        let mut wire = Wire::to(&world).await;
        // The server may close before it was told everything.
        wire.try_say(&head).await;
        let said = wire.rest().await;
        let (head, body) = said.rsplit_once("\r\n\r\n").unwrap();
        let error = &serde_json::from_str::<Json>(body).unwrap()["errors"][0];
        let [code, id] = ["code", "requestId"].map(|name| error["extensions"][name].as_str().unwrap());
        assert_eq!(error["extensions"]["retryable"], json!(false), "{said}");
        for header in [format!("x-request-id: {id}"), format!("content-length: {}", body.len())] {
            assert!(head.contains(&header) && head.contains("x-content-type-options: nosniff"), "{header}: {said}");
        }
        let lines: Vec<_> = head.lines().filter(|line| line.starts_with("HTTP/1.1 ")).collect();
        told.push(format!("{} {code}: {}", lines.join(", "), error["message"].as_str().unwrap()));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    HTTP/1.1 431 Request Header Fields Too Large HEADERS_TOO_LARGE: The head has more than 16384 bytes or more than 100 headers.
    HTTP/1.1 431 Request Header Fields Too Large HEADERS_TOO_LARGE: The head has more than 16384 bytes or more than 100 headers.
    HTTP/1.1 400 Bad Request BAD_REQUEST: This is no request of HTTP/1.1.
    HTTP/1.1 400 Bad Request BAD_REQUEST: This is no request of HTTP/1.1.
    HTTP/1.1 200 OK, HTTP/1.1 400 Bad Request BAD_REQUEST: This is no request of HTTP/1.1.
    ");
    // A longer address than any head may be is told apart where heads may be as long.
    let world = behind(|doors| doors.header_limit = 128 << 10).await;
    let mut wire = Wire::to(&world).await;
    wire.try_say(&format!("GET /{long}{long} HTTP/1.1\r\nhost: a\r\n\r\n")).await;
    let said = wire.rest().await;
    assert!(said.starts_with("HTTP/1.1 414 ") && said.contains("\"code\":\"URI_TOO_LONG\""), "{said}");
    assert_eq!(client().get(format!("{}/health/live", world.base)).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_upload_that_stops_is_answered_and_ended() {
    let world = behind(|doors| doors.body_timeout = SOON).await;
    let mut wire = Wire::to(&world).await;
    let whole = query(&world);
    wire.say(&whole[..whole.len() - 1]).await;
    let said = wire.rest().await;
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(said.contains("\"code\":\"BODY_TIMEOUT\"") && said.contains("did not arrive within 0.2 s"), "{said}");
    // The total goes before a longer time for the body.
    let world = behind(|doors| doors.request_timeout = SOON).await;
    let mut wire = Wire::to(&world).await;
    wire.say(&query(&world)[..whole.len() - 1]).await;
    assert!(wire.rest().await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn an_upload_that_is_cut_off_harms_nobody() {
    let world = behind(|_| {}).await;
    let mut wire = Wire::to(&world).await;
    let whole = query(&world);
    wire.say(&whole[..whole.len() - 1]).await;
    drop(wire);
    let mut wire = Wire::to(&world).await;
    wire.say(&whole).await;
    assert!(wire.answer().await.ends_with('}'));
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let world = behind(|doors| doors.connections = 1).await;
    let mut first = Wire::to(&world).await;
    first.say(&query(&world)).await;
    assert!(first.answer().await.starts_with("HTTP/1.1 200 "));

    let mut second = Wire::to(&world).await;
    second.say(&query(&world)).await;
    let said = second.rest().await;
    assert!(said.starts_with("HTTP/1.1 503 ") && said.contains("\r\nretry-after: 1\r\n"), "{said}");
    assert!(said.contains("\"code\":\"OVERLOADED\"") && said.contains("\"retryable\":true"), "{said}");
    // Whoever watches over the server still learns that it lives.
    let mut health = Wire::to(&world).await;
    health.say("GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(health.rest().await.starts_with("HTTP/1.1 200 "));
    // The one that is served was not disturbed, and makes room when it goes.
    first.say(&query(&world)).await;
    assert!(first.answer().await.starts_with("HTTP/1.1 200 "));
    drop(first);
    served_at_last(&world).await;
}

#[tokio::test]
async fn who_does_not_read_the_answer_is_let_go() {
    let world = behind(|doors| (doors.connections, doors.answer_timeout) = (1, SOON)).await;
    let mut deaf = Wire::to(&world).await;
    // More than the buffers on the way can hold: the server is left with answers nobody takes.
    let asks = format!("GET /schema.graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\r\n", token(&world));
    deaf.try_say(&asks.repeat(200)).await;
    served_at_last(&world).await;
}

/// Asks until the one place is free.
async fn served_at_last(world: &World) {
    loop {
        let body = serde_json::json!({ "query": "{ __typename }" });
        match asking(world).json(&body).send().await.map(|answer| answer.status().as_u16()) {
            Ok(200) => return,
            Ok(503) | Err(_) => {}
            Ok(status) => panic!("{status}"),
        }
    }
}

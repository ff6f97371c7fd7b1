//! The log: it has a bounded part of what a client chooses, and says which request ids are a client's.

use serde_json::json;

use super::{read, request};
use crate::world::{Sqlite, World, log_buffer::LogBuffer};

#[tokio::test]
async fn what_a_client_chooses_is_cut_before_it_is_logged() {
    let log = LogBuffer::default();
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_writer(log.clone()).finish();
    // The test's runtime has one thread: only its own server logs here.
    let _here = tracing::subscriber::set_default(lines);
    let world = World::new(Sqlite).await;
    let name = "q".repeat(1_900_000);
    let body = json!({ "query": format!("query {name} {{ viewer {{ subject }} }}") });
    let (_, response) = read(request(&world).json(&body).send().await.unwrap()).await;
    response.data();
    let logged = log.text();
    let line = logged.lines().find(|line| line.contains("\"operation\":\"qqq")).unwrap();
    assert!(line.contains(&format!("\"operation\":\"{}…\"", &name[..100])), "{}", &line[..500.min(line.len())]);
    // A token's subject, an alias in the path of an error, the address and every header that goes nowhere.
    let subject = "s".repeat(255);
    let narrow = world.user(&[access::Role::Viewer]).subject(&subject).actor();
    narrow.execute("{ viewer { subject } }").await.data();
    let alias = "a".repeat(50_000);
    narrow.execute(&format!("{{ {alias}: customers(where: {{ name: {{ eq: \"x\" }} }}) {{ totalCount }} }}")).await;
    let client = crate::world::http_client();
    let path = "p".repeat(8_000);
    for method in [reqwest::Method::GET, reqwest::Method::DELETE] {
        let sent =
            client.request(method, format!("{}/graphql/{path}", world.base)).header("user-agent", "u".repeat(8_000));
        let (_, response) = read(sent.header("x-request-id", "r".repeat(8_000)).send().await.unwrap()).await;
        assert!(response.text("/errors/0/message").len() < 300);
    }
    let longest = log.text().lines().map(str::len).max().unwrap();
    assert!(longest < 1_000, "a line of the log has {longest} bytes");
}

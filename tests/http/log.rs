//! The log: it has a bounded part of what a client chooses, and says which request ids are a client's.

use fieldgate::http::introspection::Introspection;
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};

use super::{read, request, token};
use crate::world::{Sqlite, World, assert_snapshot, log_buffer::LogBuffer};

#[tokio::test]
async fn what_a_client_chooses_is_cut_before_it_is_logged() {
    let log = LogBuffer::default();
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_writer(log.clone()).finish();
    // The test's runtime has one thread: only its own server logs here.
    let _here = tracing::subscriber::set_default(lines);
    let world = World::builder(Sqlite).isolated().build().await;
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
    let cut = format!("\"subject\":\"{}…\"", &subject[..100]);
    assert!(log.text().contains(&cut), "the subject is not cut");
    // An error of the server is logged with its path, in which that alias stands.
    world.db.connection().execute_unprepared("ALTER TABLE customer RENAME TO hidden").await.unwrap();
    world.admin().execute(&format!("{{ {alias}: customers {{ totalCount }} }}")).await;
    assert!(log.text().contains(&format!("\"path\":\"[Field(\\\"{}…\"", &alias[..92])), "the path is not cut");
    let longest = log.text().lines().map(str::len).max().unwrap();
    assert!(longest < 1_000, "a line of the log has {longest} bytes");
}

#[tokio::test]
async fn what_is_refused_before_it_runs_is_logged_with_its_client_and_its_code() {
    let log = LogBuffer::default();
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(tracing::Level::INFO);
    let _here = tracing::subscriber::set_default(lines.with_writer(log.clone()).finish());
    let world = World::builder(Sqlite).http(|http| http.introspection = Introspection::Roles(Vec::new())).build().await;
    let user = world.user(&[access::Role::Viewer]).subject("ada");
    let (actor, token) = (user.actor(), user.token());
    let array = crate::world::http_client().post(format!("{}/graphql", world.base)).bearer_auth(token);
    array.json(&json!([{ "query": "{ __typename }" }, { "query": "{ __typename }" }])).send().await.unwrap();
    for document in ["{ qzfield }", "{ __schema { description } }", "{", "{ viewer { subject } }"] {
        actor.execute(document).await;
    }
    let lines: Vec<Json> = log.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let lines = lines.iter().filter(|line| line["subject"] == "ada");
    let lines = lines.map(|line| format!("{} {} {}", line["message"], line["code"], line["tenant"].is_string()));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    "rejected" "BATCH_REFUSED" true
    "rejected" "BAD_REQUEST" true
    "rejected" "INTROSPECTION_FORBIDDEN" true
    "rejected" "BAD_REQUEST" true
    "graphql" null true
    "#);
}

#[tokio::test]
async fn the_log_has_no_token_no_variable_and_no_document() {
    let log = LogBuffer::default();
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(tracing::Level::INFO);
    let _here = tracing::subscriber::set_default(lines.with_writer(log.clone()).finish());
    let world = World::new(Sqlite).await;
    let (admin, viewer) = (world.admin(), world.viewer());
    let create = "mutation Seen($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { notes } } }";
    let input =
        json!({ "name": "qzname", "type": "BROKER", "notes": "qznotes", "contacts": [{ "name": "qzcontact" }] });
    admin.execute_with(create, json!({ "input": input })).await.data();
    admin.execute("query Seen { customers(where: { number: { eq: \"qznumber\" } }) { totalCount } }").await.data();
    // What is refused and what fails, too.
    viewer.execute_with(create, json!({ "input": input })).await;
    admin.execute_with(create, json!({ "input": { "name": "qzname", "qzfield": 1 } })).await;
    world.actor_with_token("qz.token.qz").execute("{ qzdocument }").await;
    let logged = log.text();
    assert!(logged.contains("\"operation\":\"Seen\""), "{logged}");
    for secret in ["qz", &token(&world)[..20], "customerCreate", "totalCount"] {
        assert!(!logged.contains(secret), "{secret} is in the log: {logged}");
    }
}

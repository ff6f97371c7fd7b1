//! Hostile documents: each is refused before it runs, by the check that was meant to catch it, and the server goes on.

use std::fmt::Write;

use async_graphql::parser::parse_query;
use fieldgate::{
    graphql::limit::{Limits, scan, weigh},
    http,
};
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::world::{Actor, Answer, Sqlite, World, database, doors, token_settings};

/// Thirty levels of fragments, each of which spreads the next one twice.
fn doubling() -> String {
    let mut document = "{ viewer { ...F0 } }".to_owned();
    for level in 0..30 {
        write!(document, " fragment F{level} on Viewer {{ ...F{0} ...F{0} }}", level + 1).unwrap();
    }
    document + " fragment F30 on Viewer { subject }"
}

/// Fragments of which each spreads the next one.
fn chain(length: usize) -> String {
    let mut document = "{ viewer { ...F0 } }".to_owned();
    for link in 0..length {
        write!(document, " fragment F{link} on Viewer {{ ...F{} }}", link + 1).unwrap();
    }
    document + &format!(" fragment F{length} on Viewer {{ subject }}")
}

fn aliases(count: usize) -> String {
    let mut fields = String::new();
    for number in 0..count {
        write!(fields, " a{number}: subject").unwrap();
    }
    format!("{{ viewer {{{fields} }} }}")
}

/// The document, the limit that catches it, and how much of what is limited it has.
fn hostile() -> Vec<(String, &'static str, usize)> {
    let deep = |open: &str, close: &str| format!("{{ a(x: {}{}) }}", open.repeat(3_000), close.repeat(3_000));
    vec![
        (deep("[", "]"), "BRACKETS", 3_002),
        (deep("{a:", "}"), "BRACKETS", 65),
        ("{".repeat(100_000), "BRACKETS", 100_000),
        ("{a}".repeat(100_000), "TOKENS", 10_001),
        (doubling(), "FIELDS", (1 << 30) + 1),
        (chain(10_000), "TOKENS", 10_001),
        (chain(600), "FRAGMENTS", 601),
        (aliases(10_000), "TOKENS", 10_001),
        (aliases(300), "ALIASES", 300),
        ("{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }".to_owned(), "FRAGMENT_CYCLES", 1),
        (format!("{{ viewer {{ __typename {} }} }}", "@skip(if: false) ".repeat(300)), "DIRECTIVES", 300),
        (format!("{{ {} }}", "viewer { subject } ".repeat(60)), "ROOT_FIELDS", 60),
        (format!("{{ viewer {}{} }}", "{ a ".repeat(30), "}".repeat(30)), "DEPTH", 16),
        ("{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }".to_owned(), "INTROSPECTION", 4),
        ("{ customers(first: 2000000) { totalCount } }".to_owned(), "PAGE_SIZE", 2_000_000),
        ("query($n: Int = 2000000) { customers(last: $n) { totalCount } }".to_owned(), "PAGE_SIZE", 2_000_000),
        (
            "{ customers(first: 100) { nodes { contacts(first: 100) { nodes { customer { loads(first: 100) { nodes { id } } } } } } } }".to_owned(),
            "COST",
            1_030_201,
        ),
    ]
}

async fn goes_on(actor: &Actor) {
    assert_eq!(*actor.ask("{ viewer { subject } }").await.data(), json!({ "viewer": { "subject": "ADMIN" } }));
}

fn told(answer: &Answer) -> (u16, &Json, &Json, &Json) {
    let at = |name: &str| answer.at(&format!("/errors/0/extensions/{name}"));
    (answer.status, at("code"), at("limit"), at("actual"))
}

#[tokio::test]
async fn every_hostile_document_is_refused_by_the_check_that_was_meant_for_it() {
    let doors = http::Settings { cost_limit: http::Settings::default().cost_limit, ..doors() };
    let world = World::behind(database::open(Sqlite).await, token_settings(), doors, |_| {}).await;
    let admin = world.admin();
    for (document, limit, actual) in hostile() {
        let begin: String = document.chars().take(60).collect();
        let answer = admin.ask(&document).await;
        let (status, code, name, has) = told(&answer);
        assert_eq!((status, code), (400, &json!(format!("LIMIT_{limit}"))), "{begin}\n{answer}");
        assert_eq!((name, has), (&json!(limit.to_lowercase()), &json!(actual)), "{begin}\n{answer}");
        assert_eq!(*answer.at("/data"), Json::Null, "{begin}");
        goes_on(&admin).await;
    }
    // The same by a variable that the client gives.
    let query = "query($n: Int) { customers(first: $n) { totalCount } }";
    let answer = admin.ask_with(query, json!({ "n": 2_000_000 })).await;
    assert_eq!(*told(&answer).1, json!("LIMIT_PAGE_SIZE"));
}

#[rstest]
#[case::doubling(doubling())]
#[case::a_chain(chain(490))]
#[case::aliases(aliases(3_000))]
fn a_document_is_weighed_in_fewer_steps_than_it_has_tokens(#[case] document: String) {
    let limits = Limits {
        fields: usize::MAX,
        aliases: usize::MAX,
        root_fields: usize::MAX,
        directives: usize::MAX,
        ..Limits::default()
    };
    let tokens =
        (0..=limits.tokens).find(|tokens| scan(&document, &Limits { tokens: *tokens, ..limits.clone() }).is_ok());
    let weight = weigh(&parse_query(&document).unwrap(), &limits).unwrap();
    assert!(weight.steps < tokens.unwrap(), "{} steps for {tokens:?} tokens", weight.steps);
}

#[tokio::test]
async fn what_explorers_and_code_generators_send_is_within_the_limits() {
    let world = World::on(Sqlite).await;
    let answer = world.admin().ask(INTROSPECTION).await;
    assert_eq!(answer.codes(), Vec::<&str>::new());
    assert!(answer.at("/data/__schema/types").as_array().unwrap().len() > 100);
}

/// The query of graphql-js 16, `getIntrospectionQuery` with everything asked for.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { description queryType { name } mutationType { name }
    subscriptionType { name } types { ...FullType } directives { name description isRepeatable locations
    args(includeDeprecated: true) { ...InputValue } } } }
    fragment FullType on __Type { kind name description specifiedByURL
    fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue }
    type { ...TypeRef } isDeprecated deprecationReason } inputFields(includeDeprecated: true) { ...InputValue }
    interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...TypeRef } }
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

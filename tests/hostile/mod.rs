//! Hostile documents: each is refused before it runs, by the check that was meant to catch it, and the server goes on.

mod document;
mod mutation;
mod property;

use async_graphql::parser::parse_query;
use fieldgate::{
    graphql::limit::{Limits, measure, scan},
    http,
};
use rstest::rstest;
use serde_json::{Value as Json, json};

use self::document::{aliases, chain, doubling, hostile};
use crate::world::{Actor, Answer, On, Postgres, Sqlite, World, database, doors, token_settings};

async fn goes_on(actor: &Actor) {
    assert_eq!(*actor.ask("{ viewer { subject } }").await.data(), json!({ "viewer": { "subject": "ADMIN" } }));
}

fn told(answer: &Answer) -> (u16, &Json, &Json, &Json) {
    let at = |name: &str| answer.at(&format!("/errors/0/extensions/{name}"));
    (answer.status, at("code"), at("limit"), at("actual"))
}

#[tokio::test]
async fn every_hostile_document_is_refused_by_the_check_that_was_meant_for_it() {
    let standard = http::Settings::default();
    let doors = http::Settings { cost_limit: standard.cost_limit, limits: standard.limits, ..doors() };
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
    let query = "query($in: [String!]) { customers(where: { number: { in: $in } }) { totalCount } }";
    let answer = admin.ask_with(query, json!({ "in": vec!["C-1"; 100_000] })).await;
    assert_eq!(told(&answer), (400, &json!("LIMIT_FILTER_SIZE"), &json!("filter_size"), &json!(100_002)));
}

/// What a filter may hold at most, the databases can answer.
#[rstest]
#[tokio::test]
async fn a_filter_as_large_as_may_be_is_answered(#[values(Sqlite, Postgres)] on: On) {
    let doors = http::Settings { limits: Limits::default(), ..doors() };
    let world = World::behind(database::open(on).await, token_settings(), doors, |_| {}).await;
    let admin = world.admin();
    let field = json!({ "entity": "CUSTOMER", "key": "tier", "type": "NUMBER", "title": "Tier" });
    admin.done("customFieldDefinitionCreate", field, "").await;
    admin.done("customerCreate", json!({ "name": "Acme", "type": "SHIPPER", "number": "C-1" }), "").await;
    let query = "query($where: CustomerFilter) { customers(where: $where) { totalCount nodes { id } } }";
    let or = |count: usize, test: &Json| json!({ "or": vec![test.clone(); count] });
    let mut deep = json!({ "number": { "eq": "C-1" } });
    for _ in 0..50 {
        deep = json!({ "not": { "not": deep } });
    }
    for (filter, found) in [
        (or(166, &json!({ "number": { "eq": "C-1" } })), 1),
        (json!({ "and": vec![json!({ "number": { "eq": "C-1" } }); 166] }), 1),
        (or(498, &json!({})), 1),
        (json!({ "number": { "in": vec!["C-1"; 497] } }), 1),
        (json!({ "number": { "notIn": vec!["C-1"; 497] } }), 0),
        (or(20, &json!({ "name": { "startsWith": "Ac" } })), 1),
        (json!({ "and": vec![json!({ "name": { "startsWith": "Ac" } }); 20] }), 1),
        (json!({ "customFields": vec![json!({ "key": "tier", "number": { "gte": "1" } }); 20] }), 0),
        (or(10, &json!({ "contacts": { "none": {} }, "parent": { "number": { "eq": "x" } } })), 0),
        (deep, 1),
    ] {
        let answer = admin.ask_with(query, json!({ "where": filter })).await;
        let begin: String = filter.to_string().chars().take(80).collect();
        assert_eq!(*answer.at("/data/customers/totalCount"), json!(found), "{answer}: {begin}");
    }
    let answer = admin.ask("{ customers(where: { contacts: { some: { customer: { contacts: { some: { role: { eq: \"x\" } } } } } } }) { totalCount } }").await;
    assert_eq!(*answer.at("/data/customers/totalCount"), json!(0), "{answer}");
}

/// What a client sends in its values is refused before anything is read or written, and never an error of the server.
#[rstest]
#[tokio::test]
async fn hostile_values_are_refused_by_name(#[values(Sqlite, Postgres)] on: On) {
    let doors = http::Settings { limits: Limits::default(), ..doors() };
    let world = World::behind(database::open(on).await, token_settings(), doors, |_| {}).await;
    let admin = world.admin();
    let words = |count: usize| (0..count).map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
    let contacts = "query($w: ContactFilter) { contacts(where: $w) { totalCount } }";
    let create = "mutation($i: CustomerCreateInput!) { customerCreate(input: $i) { userErrors { code } } }";
    let asset =
        "mutation($i: AssetCreateInput!) { assetCreate(input: $i) { asset { meter { value } } userErrors { code } } }";
    let mut said = Vec::new();
    for (query, name, value) in [
        (contacts, "w", json!({ "name": { "startsWith": words(9) } })),
        (contacts, "w", json!({ "name": { "startsWith": words(4_000) } })),
        (contacts, "w", json!({ "name": { "startsWith": "an an an an an an an an an an" } })),
        (contacts, "w", json!({ "or": vec![json!({ "name": { "eq": "Ann" } }); 21] })),
        (contacts, "w", json!({ "role": { "contains": "%".repeat(26_000) } })),
        (contacts, "w", json!({ "not": { "role": { "contains": "%".repeat(26_000) } } })),
        (contacts, "w", json!({ "role": { "eq": "a\u{0}b" } })),
        (create, "i", json!({ "name": "A", "type": "BROKER", "externalReference": "\u{0}" })),
        (create, "i", json!({ "name": "A", "type": "BROKER", "contacts": vec![json!({}); 10_001] })),
        (asset, "i", json!({ "name": "A", "installDate": "-9999-01-01" })),
        (asset, "i", json!({ "name": "A", "installDate": "+12026-01-01" })),
        (asset, "i", json!({ "name": "A", "installDate": "2026-1-1" })),
        (asset, "i", json!({ "name": "A", "meter": { "value": 1, "unit": "h", "at": "9999-12-31T23:59:59-14:00" } })),
        (asset, "i", json!({ "name": "A", "meter": { "value": 1, "unit": "h", "at": "2016-12-31T23:59:60Z" } })),
        (
            asset,
            "i",
            json!({ "name": "A", "meter": { "value": 123_456_789_012.123_46, "unit": "h", "at": "2016-12-31T23:59:59Z" } }),
        ),
    ] {
        let answer = admin.ask_with(query, json!({ name: value })).await;
        let message = answer.at("/errors/0/message").as_str().unwrap_or_default();
        said.push(format!("{} {:?} {message} {}", answer.status, answer.codes(), answer.at("/data")));
        assert!(!answer.codes().contains(&"INTERNAL"), "{answer}");
    }
    // A long variable in many places.
    let many = format!(
        "query($v: String) {{ contacts(where: {{ or: [{}] }}) {{ totalCount }} }}",
        "{ role: { eq: $v } } ".repeat(500)
    );
    let answer = admin.ask_with(&many, json!({ "v": "x".repeat(900_000) })).await;
    assert_eq!(
        told(&answer),
        (400, &json!("LIMIT_ARGUMENTS"), &json!("arguments"), &json!(500 * (900_008 + 3 * 8) + 2 * 8))
    );
    let answer = admin.ask("{ contacts(where: { role: { eq: \"\\u0000\" } }) { totalCount } }").await;
    said.push(format!("{} {:?}", answer.status, answer.codes()));
    insta::allow_duplicates! { insta::assert_snapshot!(said.join("\n"), @r#"
    200 ["BAD_INPUT"] Personal text is found by at most 8 words; 9 were given. {"contacts":null}
    200 ["BAD_INPUT"] Personal text is found by at most 8 words; 4000 were given. {"contacts":null}
    200 []  {"contacts":{"totalCount":0}}
    400 ["LIMIT_FILTER_LOOKUPS"] The document exceeds the limit of filter lookups: 21 of at most 20. null
    200 []  {"contacts":{"totalCount":0}}
    200 []  {"contacts":{"totalCount":0}}
    400 ["BAD_REQUEST"] A text contains NUL (U+0000), which no text may. null
    400 ["BAD_REQUEST"] A text contains NUL (U+0000), which no text may. null
    400 ["LIMIT_INPUT_ITEMS"] The document exceeds the limit of input items: 10001 of at most 10000. null
    200 ["BAD_REQUEST"] Failed to parse "Date": "-9999-01-01" is not a day; write it as 2026-01-20. (occurred while parsing "AssetFieldsInput") (occurred while parsing "AssetCreateInput") null
    200 ["BAD_REQUEST"] Failed to parse "Date": "+12026-01-01" is not a day; write it as 2026-01-20. (occurred while parsing "AssetFieldsInput") (occurred while parsing "AssetCreateInput") null
    200 ["BAD_REQUEST"] Failed to parse "Date": "2026-1-1" is not a day; write it as 2026-01-20. (occurred while parsing "AssetFieldsInput") (occurred while parsing "AssetCreateInput") null
    200 ["BAD_REQUEST"] Failed to parse "DateTime": "9999-12-31T23:59:59-14:00" is not a time; write it as 2026-01-20T08:00:00Z or with an offset. (occurred while parsing "MeterInput") (occurred while parsing "AssetFieldsInput") (occurred while parsing "AssetCreateInput") null
    200 ["BAD_REQUEST"] Failed to parse "DateTime": "2016-12-31T23:59:60Z" is not a time; write it as 2026-01-20T08:00:00Z or with an offset. (occurred while parsing "MeterInput") (occurred while parsing "AssetFieldsInput") (occurred while parsing "AssetCreateInput") null
    200 ["BAD_REQUEST"] Failed to parse "Decimal": 123456789012.12346 has more digits than a number of JSON keeps; write it as a string. (occurred while parsing "MeterInput") (occurred while parsing "AssetFieldsInput") (occurred while parsing "AssetCreateInput") null
    400 ["BAD_REQUEST"]
    "#); }
    goes_on(&admin).await;
}

#[rstest]
#[case::doubling(doubling("subject"))]
#[case::a_chain(chain(490, 1))]
#[case::aliases(aliases(3_000))]
fn a_document_is_weighed_in_fewer_steps_than_it_has_tokens(#[case] document: String) {
    let limits = Limits {
        fields: usize::MAX,
        selections: usize::MAX,
        aliases: usize::MAX,
        root_fields: usize::MAX,
        directives: usize::MAX,
        ..Limits::default()
    };
    let tokens =
        (0..=limits.tokens).find(|tokens| scan(&document, &Limits { tokens: *tokens, ..limits.clone() }).is_ok());
    let weight = measure(&parse_query(&document).unwrap(), &limits).unwrap();
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
const INTROSPECTION: &str = include_str!("../../fuzz/corpus/document/introspection.graphql");

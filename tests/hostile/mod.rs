//! Hostile documents: each is rejected before execution by the limit made for it, and the server keeps working.

mod document;
mod document_mutation;
mod property;

use apollo_compiler::parser::Parser;
use fieldgate::{
    graphql::limit::{Limits, measure, scan},
    http,
};
use futures_util::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use self::document::{aliases, chain, doubling, hostile_documents};
use crate::world::{Actor, DatabaseKind, JsonResponse, Sqlite, World, assert_snapshot, each_database};

async fn assert_server_works(actor: &Actor) {
    assert_eq!(*actor.execute("{ viewer { subject } }").await.data(), json!({ "viewer": { "subject": "ADMIN" } }));
}

fn limit_error(response: &JsonResponse) -> (u16, &Json, &Json, &Json) {
    let at = |name: &str| response.at(&format!("/errors/0/extensions/{name}"));
    (response.status, at("code"), at("limit"), at("actual"))
}

#[tokio::test]
async fn every_hostile_document_is_rejected_by_its_limit() {
    let standard = http::Settings::default();
    let change = |http: &mut http::Settings| (http.cost_limit, http.limits) = (standard.cost_limit, standard.limits);
    let world = World::builder(Sqlite).http(change).build().await;
    let admin = world.admin();
    for (document, limit, actual) in hostile_documents() {
        let begin: String = document.chars().take(60).collect();
        let response = admin.execute(&document).await;
        let (status, code, name, has) = limit_error(&response);
        assert_eq!((status, code), (400, &json!(format!("LIMIT_{limit}"))), "{begin}\n{response}");
        assert_eq!((name, has), (&json!(limit.to_lowercase()), &json!(actual)), "{begin}\n{response}");
        assert_eq!(*response.at("/data"), Json::Null, "{begin}");
        assert_server_works(&admin).await;
    }
    // The same with the value of a variable.
    let query = "query($n: Int) { customers(first: $n) { totalCount } }";
    let response = admin.execute_with(query, json!({ "n": 2_000_000 })).await;
    assert_eq!(*limit_error(&response).1, json!("LIMIT_PAGE_SIZE"));
    let query = "query($in: [String!]) { customers(where: { number: { in: $in } }) { totalCount } }";
    let response = admin.execute_with(query, json!({ "in": vec!["C-1"; 100_000] })).await;
    assert_eq!(limit_error(&response), (400, &json!("LIMIT_FILTER_SIZE"), &json!("filter_size"), &json!(100_002)));
}

/// Both databases execute the largest filter that the limits allow.
#[apply(each_database)]
async fn the_largest_filter_allowed_runs(database: DatabaseKind) {
    let world = World::builder(database).http(|http| http.limits = Limits::default()).build().await;
    let admin = world.admin();
    let field = json!({ "ownerType": "CUSTOMER", "key": "tier", "type": "NUMBER", "title": "Tier" });
    admin.mutate("customFieldDefinitionCreate", field, "").await;
    admin.mutate("customerCreate", json!({ "name": "Acme", "type": "SHIPPER", "number": "C-1" }), "").await;
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
        let response = admin.execute_with(query, json!({ "where": filter })).await;
        let begin: String = filter.to_string().chars().take(80).collect();
        assert_eq!(*response.at("/data/customers/totalCount"), json!(found), "{response}: {begin}");
    }
    let response = admin.execute("{ customers(where: { contacts: { some: { customer: { contacts: { some: { role: { eq: \"x\" } } } } } } }) { totalCount } }").await;
    assert_eq!(*response.at("/data/customers/totalCount"), json!(0), "{response}");
}

/// Hostile values are rejected before anything is read or written, and never cause an internal error.
#[apply(each_database)]
async fn hostile_values_are_rejected_with_the_reason(database: DatabaseKind) {
    let world = World::builder(database).http(|http| http.limits = Limits::default()).build().await;
    let admin = world.admin();
    let words = |count: usize| (0..count).map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
    let contacts = "query($w: ContactFilter) { contacts(where: $w) { totalCount } }";
    let create = "mutation($i: CustomerCreateInput!) { customerCreate(input: $i) { userErrors { code } } }";
    let asset =
        "mutation($i: AssetCreateInput!) { assetCreate(input: $i) { asset { meter { value } } userErrors { code } } }";
    let mut lines = Vec::new();
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
        (create, "i", json!({ "name": "A", "type": "BROKER", "contacts": [{ "name": "B" }, { "name": "\u{0}" }] })),
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
        let response = admin.execute_with(query, json!({ name: value })).await;
        let message = response.at("/errors/0/message").as_str().unwrap_or_default();
        lines.push(format!("{} {:?} {message} {}", response.status, response.error_codes(), response.at("/data")));
        assert!(!response.error_codes().contains(&"INTERNAL"), "{response}");
    }
    // A long variable that is used many times.
    let many = format!(
        "query($v: String) {{ contacts(where: {{ or: [{}] }}) {{ totalCount }} }}",
        "{ role: { eq: $v } } ".repeat(500)
    );
    let response = admin.execute_with(&many, json!({ "v": "x".repeat(900_000) })).await;
    assert_eq!(
        limit_error(&response),
        (400, &json!("LIMIT_ARGUMENTS"), &json!("arguments"), &json!(500 * (900_008 + 2 * 8) + 2 * 8))
    );
    // A variable that each row is given.
    let each = "query($v: String!) { customers(first: 100) { nodes { contacts(first: 100) { nodes { customField(key: $v) { id } } } } } }";
    let response = admin.execute_with(each, json!({ "v": "x".repeat(900) })).await;
    assert_eq!(
        limit_error(&response),
        (400, &json!("LIMIT_ARGUMENTS"), &json!("arguments"), &json!(10_000 * 908 + 100 * 8 + 8))
    );
    assert_eq!(response.text("/errors/0/extensions/field"), "customers.nodes.contacts.nodes.customField");
    let response = admin.execute("{ contacts(where: { role: { eq: \"\\u0000\" } }) { totalCount } }").await;
    lines.push(format!("{} {:?} {}", response.status, response.error_codes(), response.text("/errors/0/message")));
    assert_snapshot!(lines.join("\n"), @r#"
    200 ["BAD_INPUT"] Personal text is found by at most 8 words; 9 were given. {"contacts":null}
    200 ["BAD_INPUT"] Personal text is found by at most 8 words; 4000 were given. {"contacts":null}
    200 []  {"contacts":{"totalCount":0}}
    400 ["LIMIT_FILTER_LOOKUPS"] The operation exceeds the limit of filter lookups: 21 of at most 20, in contacts. null
    200 []  {"contacts":{"totalCount":0}}
    200 []  {"contacts":{"totalCount":0}}
    400 ["BAD_REQUEST"] variables.w.role.eq contains NUL (U+0000), which no text may. null
    400 ["BAD_REQUEST"] variables.i.externalReference contains NUL (U+0000), which no text may. null
    400 ["LIMIT_INPUT_ITEMS"] The operation exceeds the limit of input items: 10001 of at most 10000, in customerCreate. null
    400 ["BAD_REQUEST"] variables.i.contacts.1.name contains NUL (U+0000), which no text may. null
    400 ["BAD_REQUEST"] Variable $i.installDate: "-9999-01-01" is not a day; write it as 2026-01-20. null
    400 ["BAD_REQUEST"] Variable $i.installDate: "+12026-01-01" is not a day; write it as 2026-01-20. null
    400 ["BAD_REQUEST"] Variable $i.installDate: "2026-1-1" is not a day; write it as 2026-01-20. null
    400 ["BAD_REQUEST"] Variable $i.meter.at: "9999-12-31T23:59:59-14:00" is not a time; write it as 2026-01-20T08:00:00Z or with an offset. null
    400 ["BAD_REQUEST"] Variable $i.meter.at: "2016-12-31T23:59:60Z" is not a time; write it as 2026-01-20T08:00:00Z or with an offset. null
    200 []  {"assetCreate":{"asset":{"meter":{"value":"123456789012.12346"}},"userErrors":[]}}
    400 ["BAD_REQUEST"] query, at line 1, column 34, contains NUL (U+0000), which no text may.
    "#);
    assert_server_works(&admin).await;
}

#[apply(each_database)]
async fn a_document_is_refused_for_a_nul_and_not_for_text_that_looks_like_one(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let found = async |literal: &str| {
        let document = format!("{{ contacts(where: {{ role: {{ eq: {literal} }} }}) {{ totalCount }} }}");
        admin.execute(&document).await
    };
    let mut customer = "C".to_owned();
    for (literal, text) in [
        (r#""\\u0000""#, r"\u0000"),
        (r#""\\\\u{0}""#, r"\\u{0}"),
        (r#""\u00410""#, "A0"),
        (r#""\u{00410}""#, "\u{410}"),
        (r#""""\u0000 \u{0}""""#, r"\u0000 \u{0}"),
        (r#""""\""" \u0000""""#, r#"""" \u0000"#),
        ("\"x\" # \\u0000 \"\\u0000\n", "x"),
    ] {
        let document = format!(
            "mutation {{ customerCreate(input: {{ name: \"{customer}\", type: BROKER, contacts: [{{ name: \"A\", role: {literal} }}] }})
            {{ customer {{ contacts {{ nodes {{ role }} }} }} userErrors {{ message }} }} }}"
        );
        customer.push('C');
        let response = admin.execute(&document).await;
        let role = response.at("/data/customerCreate/customer/contacts/nodes/0/role");
        assert_eq!(*role, json!(text), "{literal}: {response}");
        assert_eq!(*found(literal).await.at("/data/contacts/totalCount"), json!(1), "{literal}");
    }
    for (literal, column) in [
        (r#""\u0000""#, 34),
        (r#""a\u{0}""#, 35),
        (r#""\u{00000}""#, 34),
        (r#""\\\u0000""#, 36),
        (r#""\"\u0000""#, 36),
        (r#""""\""" " """, or: "\u0000""#, 53),
        ("\"\0\"", 34),
        ("\"\"\"\0\"\"\"", 36),
    ] {
        let response = found(literal).await;
        let message = format!("query, at line 1, column {column}, contains NUL (U+0000), which no text may.");
        assert_eq!((response.status, response.text("/errors/0/message")), (400, message.as_str()), "{literal:?}");
    }
}

#[rstest]
#[case::doubling(doubling("subject"))]
#[case::a_chain(chain(490, 1))]
#[case::aliases(aliases(3_000))]
fn measuring_a_document_takes_fewer_steps_than_it_has_tokens(#[case] document: String) {
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
    let weight = measure(&Parser::new().parse_ast(document.as_str(), "").unwrap(), &limits).unwrap();
    assert!(weight.visited_selections < tokens.unwrap(), "{} steps for {tokens:?} tokens", weight.visited_selections);
}

#[tokio::test]
async fn the_full_introspection_query_is_within_the_limits() {
    let world = World::new(Sqlite).await;
    let response = world.admin().execute(INTROSPECTION).await;
    assert_eq!(response.error_codes(), Vec::<&str>::new());
    assert!(response.at("/data/__schema/types").as_array().unwrap().len() > 100);
}

/// Code generators, explorers and their tabs start at the same time.
#[tokio::test]
async fn many_clients_introspect_at_the_same_time() {
    let world = World::new(Sqlite).await;
    let admin = world.admin();
    let responses = join_all((0..12).map(|_| admin.execute(INTROSPECTION))).await;
    for response in responses {
        assert_eq!((response.status, response.error_codes()), (200, Vec::new()), "{:.300}", response.to_string());
    }
}

/// The query of graphql-js 16, `getIntrospectionQuery` with all options.
const INTROSPECTION: &str = include_str!("../../fuzz/corpus/document/introspection.graphql");

//! Requests rejected before execution: the error of each, and that nothing of them is read, quoted or run.

use rstest_reuse::apply;
use serde_json::json;

use super::{RawConnection, error_line, read, request, token, world_with};
use crate::world::{DatabaseKind, Sqlite, World, assert_snapshot, each_database, http_client};

const QUERY: &str = "{ viewer { subject } }";

/// The error of a posted JSON body.
async fn post_error(world: &World, body: impl Into<reqwest::Body>) -> String {
    let request = request(world).header("content-type", "application/json").body(body);
    let (headers, response) = read(request.send().await.unwrap()).await;
    error_line(&headers, &response)
}

#[tokio::test]
async fn requests_that_a_cross_site_form_can_send_are_rejected() {
    let world = World::new(Sqlite).await;
    let body = json!({ "query": QUERY }).to_string();
    for kind in [
        "",
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonp",
        "application/json; charset=latin1",
    ] {
        let mut request = request(&world).body(body.clone());
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        let (headers, response) = read(request.send().await.unwrap()).await;
        assert!(
            error_line(&headers, &response).starts_with("415 UNSUPPORTED_MEDIA_TYPE: The body is "),
            "{kind}: {response}"
        );
    }
    let packed = request(&world).header("content-type", "application/json").header("content-encoding", "gzip");
    let (headers, response) = read(packed.body(body.clone()).send().await.unwrap()).await;
    assert!(error_line(&headers, &response).starts_with("415 UNSUPPORTED_MEDIA_TYPE: "), "{response}");
    for kind in ["application/json", "Application/JSON; charset=\"UTF-8\""] {
        let right = request(&world).header("content-type", kind).body(body.clone());
        assert_eq!(read(right.send().await.unwrap()).await.1.status, 200, "{kind}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_rejected_before_it_is_read() {
    let world = World::new(Sqlite).await;
    let head = |world: &World| {
        format!(
            "POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n",
            token(world)
        )
    };
    // No byte of the body is sent: the response comes all the same, and the connection closes.
    let mut connection = RawConnection::open(&world).await;
    connection.send(&format!("{}content-length: 20971520\r\n\r\n", head(&world))).await;
    let response = connection.read_to_end().await;
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
    assert!(response.contains("The body has 20971520 bytes or more; at most 2097152 are allowed."), "{response}");
    assert!(response.contains("\"code\":\"BODY_TOO_LARGE\""), "{response}");

    // Without a content length the body is read up to the limit.
    let world = world_with(|settings| settings.body_limit = 10).await;
    let mut connection = RawConnection::open(&world).await;
    connection
        .send(&format!("{}transfer-encoding: chunked\r\n\r\n8\r\n{{\"query\"\r\n8\r\n:\"{{a}}\"  \r\n", head(&world)))
        .await;
    let response = connection.read_to_end().await;
    assert!(response.contains("The body has 16 bytes or more; at most 10 are allowed."), "{response}");
}

#[tokio::test]
async fn a_malformed_body_is_rejected_with_the_reason() {
    let world = World::new(Sqlite).await;
    let long = "x".repeat(100_000);
    let mut lines = Vec::new();
    for body in [
        "",
        "{",
        "7",
        "\"{ viewer { subject } }\"",
        "{}",
        "{\"query\": 7}",
        "{\"query\": \"{a}\", \"variables\": [1]}",
        "{\"query\": \"{a}\", \"extensions\": 7}",
        "{\"query\": \"{a}\", \"operationName\": {}}",
        &format!("{{\"query\": \"{{a}}\", \"operationName\": [\"{long}\"]}}"),
        &format!("\"{long}\""),
    ] {
        lines.push(post_error(&world, body.to_owned()).await);
    }
    lines.push(post_error(&world, b"{\"query\": \"\xff\xfe\"}".to_vec()).await);
    assert_snapshot!(lines.join("\n"), @r#"
    400 BAD_REQUEST: The body is not a GraphQL request in JSON: EOF while parsing a value at line 1 column 0.
    400 BAD_REQUEST: The body is not a GraphQL request in JSON: EOF while parsing an object at line 1 column 1.
    400 BAD_REQUEST: The body is not a GraphQL request in JSON: invalid type: integer `7`, expected an object with a query at line 1 column 1.
    400 BAD_REQUEST: The body is not a GraphQL request in JSON: invalid type: string "{ viewer { subject } }", expected an object with a query at line 1 column 24.
    400 BAD_REQUEST: There is no query: send {"query": "{ viewer { subject } }"}.
    400 BAD_REQUEST: The body is not a GraphQL request in JSON: invalid type: integer `7`, expected a string at line 1 column 11.
    400 BAD_REQUEST: variables is no JSON object that can be read: invalid type: sequence, expected a map at line 1 column 0.
    400 BAD_REQUEST: extensions is an object.
    400 BAD_REQUEST: The body is not a GraphQL request in JSON: invalid type: map, expected a string at line 1 column 34.
    400 BAD_REQUEST: The body is not a GraphQL request in JSON: invalid type: sequence, expected a string at line 1 column 34.
    400 BAD_REQUEST: The body is not a GraphQL request in JSON: invalid type: string "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", expected an object with a query at line 1 column 100002.
    400 BAD_REQUEST: The body is not a GraphQL request in JSON: invalid unicode code point at line 1 column 12.
    "#);
}

#[apply(each_database)]
async fn document_errors_are_bounded_in_number_and_length(database: DatabaseKind) {
    let world = World::new(database).await;
    let long = "x".repeat(200_000);
    let mut lines = Vec::new();
    for query in [
        "{".to_owned(),
        "{ viewer { subject }".to_owned(),
        "query ($a: Int = ) { viewer { subject } }".to_owned(),
        format!("{{ viewer {{ subject }} }} }} {long}"),
        format!("{{ {long} }}"),
        format!("{{ {long} {{ a }}"),
        format!("{{ viewer(id: \"{long}\") {{ subject }} }}"),
        format!("query($id: {long}!) {{ node(id: $id) {{ id }} }}"),
        format!("{{ customer(id: \"{long}\") {{ id }} }} fragment {long} on Customer {{ id }}"),
        format!("query {long} {{ viewer {{ subject }} }} query {long} {{ viewer {{ subject }} }}"),
        format!("{{ viewer {{ {} }} }}", "nothing ".repeat(2_000)),
    ] {
        let (headers, response) = read(request(&world).json(&json!({ "query": query })).send().await.unwrap()).await;
        assert!(response.body.to_string().len() < 6_000, "{response}");
        let errors = response.at("/errors").as_array().unwrap().len();
        lines.push(format!("{} ({errors})", error_line(&headers, &response).replace(&long[..80], "…80…")));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    400 BAD_REQUEST: Syntax error in line 1, column 2: expected at least one Selection in Selection Set, at the end of the line. (1)
    400 BAD_REQUEST: Syntax error in line 1, column 21: expected "}", got the end, at the end of the line. (1)
    400 BAD_REQUEST: Syntax error in line 1, column 18: expected a valid Value, at ") { viewer { subject } }". (1)
    400 BAD_REQUEST: Syntax error in line 1, column 24: expected a StringValue, Name or OperationDefinition, at "} xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx". (1)
    400 BAD_REQUEST: Cannot query field "…80…xxxxxxxxxxxxxxxxxxxx…" on type "Query". (1)
    400 BAD_REQUEST: Syntax error in line 1, column 200009: expected "}", got the end, at the end of the line. (1)
    400 BAD_REQUEST: Unknown argument "id" on field "Query.viewer". (1)
    400 BAD_REQUEST: Unknown type "…80…xxxxxxxxxxxxxxxxxxxx…". (2)
    400 BAD_REQUEST: Fragment "…80…xxxxxxxxxxxxxxxxxxxx…" is never used. (1)
    400 BAD_REQUEST: There can be only one operation named "…80…xxxxxxxxxxxxxxxxxxxx…". (1)
    400 BAD_REQUEST: Cannot query field "nothing" on type "Viewer"; choose from tenant, subject, roles, scopes, technician, readOnly, permissions. (20)
    "#);
}

#[tokio::test]
async fn the_address_of_the_server_names_the_ways_on() {
    let world = World::new(Sqlite).await;
    let response = http_client().get(&world.base).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    for path in ["/graphql", "/playground", "/schema.graphql", "/health/ready"] {
        assert!(text.contains(&format!("\n{path} ")), "{path} is not in: {text}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_rejected_as_json() {
    let world = World::new(Sqlite).await;
    let mut lines = Vec::new();
    for (method, path) in [
        ("GET", "/graphiql"),
        ("POST", "/graphql/"),
        ("GET", "/.git/config"),
        ("PUT", "/graphql"),
        ("DELETE", "/graphql"),
        ("OPTIONS", "/graphql"),
        ("BREW", "/graphql"),
        ("POST", "/schema.graphql"),
        ("POST", "/health/live"),
    ] {
        let request = http_client().request(method.parse().unwrap(), format!("{}{path}", world.base));
        let (headers, response) = read(request.send().await.unwrap()).await;
        let allow = headers.get("allow").map(|allow| allow.to_str().unwrap()).unwrap_or_default();
        lines.push(format!("{} [{allow}]", error_line(&headers, &response)));
    }
    assert_snapshot!(lines.join("\n"), @"
    404 NOT_FOUND: There is nothing at /graphiql; GraphQL is at /graphql. []
    404 NOT_FOUND: There is nothing at /graphql/; GraphQL is at /graphql. []
    404 NOT_FOUND: There is nothing at /.git/config; GraphQL is at /graphql. []
    405 METHOD_NOT_ALLOWED: PUT is not allowed at /graphql; allowed are GET,HEAD,POST. [GET,HEAD,POST]
    405 METHOD_NOT_ALLOWED: DELETE is not allowed at /graphql; allowed are GET,HEAD,POST. [GET,HEAD,POST]
    405 METHOD_NOT_ALLOWED: OPTIONS is not allowed at /graphql; allowed are GET,HEAD,POST. [GET,HEAD,POST]
    405 METHOD_NOT_ALLOWED: BREW is not allowed at /graphql; allowed are GET,HEAD,POST. [GET,HEAD,POST]
    405 METHOD_NOT_ALLOWED: POST is not allowed at /schema.graphql; allowed are GET,HEAD. [GET,HEAD]
    405 METHOD_NOT_ALLOWED: POST is not allowed at /health/live; allowed are GET,HEAD. [GET,HEAD]
    ");
}

#[tokio::test]
async fn a_get_request_is_a_query_of_bounded_length() {
    let world = World::new(Sqlite).await;
    let get = |query: &[(&str, &str)]| {
        http_client().get(format!("{}/graphql", world.base)).bearer_auth(token(&world)).query(query)
    };
    let (_, response) = read(get(&[("query", QUERY)]).send().await.unwrap()).await;
    assert_eq!(response.text("/data/viewer/subject"), "ada");
    let with = [("query", "query($id: ID!) { node(id: $id) { id } }"), ("variables", "{\"id\": \"cust_x\"}")];
    assert_eq!(read(get(&with).send().await.unwrap()).await.1.status, 200);

    let long = "x".repeat(20_000);
    let create = "mutation { customerCreate(input: { name: \"A\", type: BROKER }) { customer { id } } }";
    let mut lines = Vec::new();
    for query in
        [vec![], vec![("query", create)], vec![("query", QUERY), ("variables", "{")], vec![("query", long.as_str())]]
    {
        let (headers, response) = read(get(&query).send().await.unwrap()).await;
        let allow = headers.get("allow").map(|allow| allow.to_str().unwrap()).unwrap_or_default();
        lines.push(format!("{} [{allow}]", error_line(&headers, &response)));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    400 BAD_REQUEST: There is no query: send {"query": "{ viewer { subject } }"}. []
    405 METHOD_NOT_ALLOWED: GET runs queries only; send a mutation by POST. [POST]
    400 BAD_REQUEST: variables is not JSON. []
    414 URI_TOO_LONG: The query string has 20006 bytes; at most 16384 are allowed. Send it by POST. []
    "#);
    assert_eq!(*world.admin().execute("{ customers { totalCount } }").await.at("/data/customers/totalCount"), json!(0));
}

/// What some languages send: a byte order mark before the JSON, and an empty list for an empty map.
#[tokio::test]
async fn a_byte_order_mark_is_ignored_and_an_empty_list_is_no_variables() {
    let world = World::new(Sqlite).await;
    let post = async |body: Vec<u8>| {
        let builder = request(&world).header("content-type", "application/json").body(body);
        read(builder.send().await.unwrap()).await
    };
    let query = json!({ "query": "{ viewer { subject } }" }).to_string();
    let (_, response) = post(format!("\u{feff}{query}").into_bytes()).await;
    assert_eq!(response.text("/data/viewer/subject"), "ada", "{response}");
    for (variables, accepted) in [("[]", true), ("[ ]", true), ("null", true), ("[1]", false), ("\"x\"", false)] {
        let body = format!("{{\"query\": \"{{ viewer {{ subject }} }}\", \"variables\": {variables}}}");
        let (headers, response) = post(body.into_bytes()).await;
        if accepted {
            assert_eq!(response.text("/data/viewer/subject"), "ada", "{variables}: {response}");
        } else {
            let error = error_line(&headers, &response);
            let expected = "400 BAD_REQUEST: variables is no JSON object that can be read: ";
            assert!(error.starts_with(expected), "{variables}: {error}");
        }
    }
    let (headers, response) = post(format!("\u{feff}\u{feff}{query}").into_bytes()).await;
    let error = error_line(&headers, &response);
    assert!(error.starts_with("400 BAD_REQUEST: The body is not a GraphQL request in JSON: "), "{error}");
}

#[tokio::test]
async fn variables_have_a_limit_of_their_own() {
    let world = world_with(|settings| settings.variables_limit = 20).await;
    let query = "query($id: ID!) { node(id: $id) { id } }";
    let body = |id: &str| json!({ "query": query, "variables": { "id": id } }).to_string();
    assert_eq!(
        post_error(&world, body("cust_0123456789")).await,
        "413 VARIABLES_TOO_LARGE: The variables have 24 bytes; at most 20 are allowed."
    );
    let (_, response) =
        read(request(&world).json(&json!({ "query": query, "variables": { "id": "cust_0" } })).send().await.unwrap())
            .await;
    assert_eq!(response.status, 200, "{response}");
}

#[tokio::test]
async fn a_request_has_the_same_id_in_headers_body_and_log() {
    let world = World::new(Sqlite).await;
    let body = json!({ "query": QUERY });
    let sent = async |id: &str| {
        let (headers, response) =
            read(request(&world).header("x-request-id", id).json(&body).send().await.unwrap()).await;
        let named = headers["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(response.text("/extensions/requestId"), named);
        named
    };
    assert_eq!(sent("trace-7.A_b").await, "trace-7.A_b");
    // An id with characters that a log must not have is replaced.
    for id in ["", "a b", "a\"b", &"x".repeat(65)] {
        let own = sent(id).await;
        assert!(own != id && own.len() == 32, "{own}");
    }
    assert_ne!(sent("").await, sent("").await);
    let create = "mutation { customerCreate(input: { name: \"A\", type: BROKER }) { customer { changes { nodes { requestId } } } } }";
    let request = request(&world).header("x-request-id", "made-by-me").json(&json!({ "query": create }));
    request.send().await.unwrap().error_for_status().unwrap();
    world.link_changes().await;
    let logged = world.admin().execute("{ changes { nodes { requestId } } }").await;
    assert_eq!(logged.text("/data/changes/nodes/0/requestId"), "client:made-by-me");
}

#[tokio::test]
async fn an_idempotency_key_in_the_header_is_ascii() {
    let world = World::new(Sqlite).await;
    let one = json!({ "query": "mutation { __typename assetCreate(input: { name: \"A\" }) { asset { name } } }" });
    let key = reqwest::header::HeaderValue::from_bytes(b"\xe91").unwrap();
    let (headers, response) =
        read(request(&world).header("idempotency-key", key).json(&one).send().await.unwrap()).await;
    assert_eq!(error_line(&headers, &response), "400 BAD_REQUEST: The header Idempotency-Key is written in ASCII.");
    // `__typename` is not counted as a mutation.
    let (_, response) = read(request(&world).header("idempotency-key", "1").json(&one).send().await.unwrap()).await;
    assert_eq!(*response.at("/data/assetCreate/asset/name"), json!("A"), "{response}");
}

#[tokio::test]
async fn a_request_rejected_for_its_method_costs_nothing() {
    let rate = fieldgate::http::rate_limit::Settings { capacity: 100, per_second: 0 };
    let world = world_with(|settings| settings.rate = rate).await;
    let query = "mutation{a:assetDelete(input:{id:\"x\"}){asset{id}}b:assetDelete(input:{id:\"x\"}){asset{id}}}";
    for _ in 0..10 {
        let request = http_client().get(format!("{}/graphql", world.base)).query(&[("query", query)]);
        let (_, response) = read(request.bearer_auth(token(&world)).send().await.unwrap()).await;
        assert_eq!(response.status, 405, "{response}");
    }
    let (_, response) =
        read(request(&world).json(&json!({ "query": "{ viewer { subject } }" })).send().await.unwrap()).await;
    assert_eq!(*response.at("/extensions/cost/remaining"), json!(99));
}

/// Tools send much in it, which concerns others.
#[tokio::test]
async fn what_extensions_hold_for_others_is_not_parsed() {
    let world = World::new(Sqlite).await;
    // Deeper than the parser of JSON goes.
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let body = format!("{{\"query\": \"{{ viewer {{ subject }} }}\", \"extensions\": {{\"trace\": {deep}}}}}");
    let request = request(&world).header("content-type", "application/json").body(body);
    let (_, response) = read(request.send().await.unwrap()).await;
    assert_eq!(response.status, 200, "{response}");
}

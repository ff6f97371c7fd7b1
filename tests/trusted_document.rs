//! Trusted documents: which documents run by id, and which roles may run other documents.

use std::sync::Arc;

use access::Role::{self, Admin, Agent, Manager, Viewer};

use fieldgate::{
    config,
    graphql::{self, limit::Limits},
    http::{
        Settings,
        introspection::Introspection,
        trusted_documents::{self, Manifest, Mode},
    },
};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::world::{JsonResponse, Sqlite, World, assert_snapshot, http_client, log_buffer::LogBuffer};

const CUSTOMERS: &str = "query Customers($first: Int) { customers(first: $first) { nodes { displayName } } }";
const VIEWER: &str = "query Viewer { viewer { subject } }";
const CREATE: &str =
    "mutation Create($name: String!) { customerCreate(input: { name: $name, type: BROKER }) { customer { name } } }";
const SCHEMA: &str = "query Schema { __schema { queryType { name } } }";

/// The hash with which Apollo's clients request `CUSTOMERS`.
const HASH: &str = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a321c";

/// A manifest in the format of Relay and graphql-codegen.
fn flat_manifest() -> String {
    json!({ HASH: CUSTOMERS, "viewer": VIEWER, "create": CREATE, "schema": SCHEMA }).to_string()
}

/// A manifest in the format of Apollo's tool.
fn apollo_manifest() -> String {
    let operations = [
        json!({ "id": HASH, "name": "Customers", "type": "query", "body": CUSTOMERS }),
        json!({ "id": "viewer", "name": "Viewer", "type": "query", "body": VIEWER }),
    ];
    json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": operations }).to_string()
}

/// A world with changed HTTP settings. Nothing here depends on the database.
async fn world_with(change: impl FnOnce(&mut Settings)) -> World {
    World::builder(Sqlite).http(change).build().await
}

fn parse_manifest(manifest: &str) -> Result<Manifest, String> {
    Manifest::parse(manifest, &graphql::validator(&graphql::schema(), &Limits::default()))
}

async fn world_trusting(mode: Mode, manifest: &str) -> World {
    let manifest = Arc::new(parse_manifest(manifest).unwrap());
    world_with(|settings| {
        settings.trusted = trusted_documents::Settings { mode, manifest, ..trusted_documents::Settings::default() }
    })
    .await
}

/// The response to a role at a path, for a client that accepts every media type.
async fn send(world: &World, role: Role, method: Method, path: &str, body: Option<&Json>) -> JsonResponse {
    send_accepting("*/*", world, role, method, path, body).await
}

async fn send_accepting(
    accept: &str,
    world: &World,
    role: Role,
    method: Method,
    path: &str,
    body: Option<&Json>,
) -> JsonResponse {
    let client = http_client();
    let token = world.user(&[role]).subject("ada").token();
    let mut request = client.request(method, format!("{}{path}", world.base)).bearer_auth(token);
    request = request.header("accept", accept);
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    JsonResponse::new(status, serde_json::from_str(&text).unwrap_or_else(|_| json!(text)))
}

async fn post(world: &World, role: Role, body: &Json) -> JsonResponse {
    send(world, role, Method::POST, "/graphql", Some(body)).await
}

async fn get(world: &World, query: &[(&str, &str)]) -> JsonResponse {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    send(world, Viewer, Method::GET, &format!("/graphql?{query}"), None).await
}

/// Status and data, or status, code and message of the only error.
fn response_line(response: &JsonResponse) -> String {
    match response.error_codes().as_slice() {
        [] => format!("{} {}", response.status, response.at("/data")),
        [code] => format!("{} {code}: {}", response.status, response.text("/errors/0/message")),
        codes => panic!("{codes:?}: {response}"),
    }
}

fn persisted_query(hash: &str) -> Json {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

#[tokio::test]
async fn manifests_of_relay_apollo_and_codegen_are_read() {
    for manifest in [flat_manifest(), apollo_manifest()] {
        let world = world_trusting(Mode::Enforce, &manifest).await;
        let response = post(&world, Viewer, &json!({ "documentId": "viewer" })).await;
        assert_eq!(response_line(&response), r#"200 {"viewer":{"subject":"ada"}}"#);
        let response = post(&world, Viewer, &json!({ "extensions": persisted_query(HASH) })).await;
        assert_eq!(response_line(&response), r#"200 {"customers":{"nodes":[]}}"#);
    }
}

#[tokio::test]
async fn a_trusted_document_runs_by_id_with_variables() {
    let world = world_trusting(Mode::Enforce, &flat_manifest()).await;
    let made = json!({ "documentId": "create", "variables": { "name": "Acme" }, "operationName": "Create" });
    let response = post(&world, Agent, &made).await;
    assert_eq!(response_line(&response), r#"200 {"customerCreate":{"customer":{"name":"Acme"}}}"#);
    let made = json!({ "documentId": "create", "variables": { "name": "Bolt" } });
    post(&world, Agent, &made).await.data();

    let both = r#"{"customers":{"nodes":[{"displayName":"Acme"},{"displayName":"Bolt"}]}}"#;
    let one = r#"{"customers":{"nodes":[{"displayName":"Acme"}]}}"#;
    let hashed = persisted_query(HASH);
    for (first, expected) in [(1, one), (2, both)] {
        let variables = json!({ "first": first });
        for body in [
            json!({ "documentId": HASH, "variables": variables }),
            json!({ "documentId": format!("sha256:{HASH}"), "variables": variables }),
            json!({ "extensions": hashed, "variables": variables }),
            // A document next to a known id is ignored.
            json!({ "documentId": HASH, "query": "{ viewer {", "variables": variables }),
        ] {
            assert_eq!(response_line(&post(&world, Viewer, &body).await), format!("200 {expected}"), "{body}");
        }
        let (variables, hashed) = (variables.to_string(), hashed.to_string());
        for named in [("documentId", HASH), ("extensions", hashed.as_str())] {
            let response = get(&world, &[named, ("variables", variables.as_str())]).await;
            assert_eq!(response_line(&response), format!("200 {expected}"), "{named:?}");
        }
    }
    let wrong = json!({ "documentId": HASH, "variables": { "first": "many" } });
    assert_eq!(post(&world, Viewer, &wrong).await.status, 400);
}

#[tokio::test]
async fn a_mutation_by_id_needs_post() {
    let world = world_trusting(Mode::Enforce, &flat_manifest()).await;
    let response = get(&world, &[("documentId", "create"), ("variables", "{\"name\":\"Acme\"}")]).await;
    assert_eq!((response.status, response.error_codes()), (405, vec!["METHOD_NOT_ALLOWED"]));
    let all = post(&world, Viewer, &json!({ "documentId": HASH })).await;
    assert_eq!(*all.at("/data/customers/nodes"), json!([]));
}

#[tokio::test]
async fn the_mode_decides_whether_other_documents_run() {
    let mut lines = Vec::new();
    for mode in [Mode::Off, Mode::Log, Mode::Enforce] {
        let world = world_trusting(mode, &flat_manifest()).await;
        for (what, body) in [
            ("text", json!({ "query": VIEWER })),
            ("known id", json!({ "documentId": "viewer" })),
            ("unknown id", json!({ "documentId": "x".repeat(200) })),
            ("unknown id, text", json!({ "documentId": "nothing", "query": VIEWER })),
            ("known hash", json!({ "extensions": persisted_query("viewer") })),
            ("unknown hash", json!({ "extensions": persisted_query("nothing") })),
            ("unknown hash, text", json!({ "extensions": persisted_query("nothing"), "query": VIEWER })),
            ("odd hash", json!({ "extensions": { "persistedQuery": { "sha256Hash": HASH } } })),
            ("nothing", json!({ "documentId": null, "extensions": { "persistedQuery": null } })),
        ] {
            let [viewer, admin] = [post(&world, Viewer, &body).await, post(&world, Admin, &body).await];
            lines.push(format!("{mode:?}, {what}: {}", response_line(&viewer)));
            if response_line(&viewer) != response_line(&admin) {
                lines.push(format!("{mode:?}, {what}, ADMIN: {}", response_line(&admin)));
            }
            assert!(!viewer.body.to_string().contains("\"retryable\":true"), "{viewer}");
        }
    }
    assert_snapshot!(lines.join("\n"), @r#"
    Off, text: 200 {"viewer":{"subject":"ada"}}
    Off, known id: 400 DOCUMENT_UNKNOWN: This server knows no documents by id: send the text as query.
    Off, unknown id: 400 DOCUMENT_UNKNOWN: This server knows no documents by id: send the text as query.
    Off, unknown id, text: 200 {"viewer":{"subject":"ada"}}
    Off, known hash: 400 PERSISTED_QUERY_NOT_SUPPORTED: PersistedQueryNotSupported
    Off, unknown hash: 400 PERSISTED_QUERY_NOT_SUPPORTED: PersistedQueryNotSupported
    Off, unknown hash, text: 200 {"viewer":{"subject":"ada"}}
    Off, odd hash: 400 BAD_REQUEST: extensions.persistedQuery is {"version": 1, "sha256Hash": "…"}.
    Off, nothing: 400 BAD_REQUEST: There is no query: send {"query": "{ viewer { subject } }"}.
    Log, text: 200 {"viewer":{"subject":"ada"}}
    Log, known id: 200 {"viewer":{"subject":"ada"}}
    Log, unknown id: 400 DOCUMENT_UNKNOWN: The manifest has no document "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…".
    Log, unknown id, text: 200 {"viewer":{"subject":"ada"}}
    Log, known hash: 200 {"viewer":{"subject":"ada"}}
    Log, unknown hash: 400 PERSISTED_QUERY_NOT_FOUND: PersistedQueryNotFound
    Log, unknown hash, text: 200 {"viewer":{"subject":"ada"}}
    Log, odd hash: 400 BAD_REQUEST: extensions.persistedQuery is {"version": 1, "sha256Hash": "…"}.
    Log, nothing: 400 BAD_REQUEST: There is no query: send {"query": "{ viewer { subject } }"}.
    Enforce, text: 403 DOCUMENT_NOT_TRUSTED: Only documents of this server's manifest run: send documentId instead of query.
    Enforce, text, ADMIN: 200 {"viewer":{"subject":"ada"}}
    Enforce, known id: 200 {"viewer":{"subject":"ada"}}
    Enforce, unknown id: 400 DOCUMENT_UNKNOWN: The manifest has no document "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…".
    Enforce, unknown id, text: 403 DOCUMENT_NOT_TRUSTED: Only documents of this server's manifest run: send documentId instead of query.
    Enforce, unknown id, text, ADMIN: 200 {"viewer":{"subject":"ada"}}
    Enforce, known hash: 200 {"viewer":{"subject":"ada"}}
    Enforce, unknown hash: 400 PERSISTED_QUERY_NOT_FOUND: PersistedQueryNotFound
    Enforce, unknown hash, text: 403 DOCUMENT_NOT_TRUSTED: Only documents of this server's manifest run: send documentId instead of query.
    Enforce, unknown hash, text, ADMIN: 200 {"viewer":{"subject":"ada"}}
    Enforce, odd hash: 400 BAD_REQUEST: extensions.persistedQuery is {"version": 1, "sha256Hash": "…"}.
    Enforce, nothing: 400 BAD_REQUEST: There is no query: send {"query": "{ viewer { subject } }"}.
    "#);
}

#[tokio::test]
async fn legacy_apollo_clients_get_an_unknown_hash_with_status_200() {
    for (mode, code) in [(Mode::Off, "PERSISTED_QUERY_NOT_SUPPORTED"), (Mode::Log, "PERSISTED_QUERY_NOT_FOUND")] {
        let world = world_trusting(mode, &flat_manifest()).await;
        let body = json!({ "extensions": persisted_query("nothing") });
        for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400), ("*/*", 400)] {
            let response = send_accepting(accept, &world, Viewer, Method::POST, "/graphql", Some(&body)).await;
            assert_eq!((response.status, response.error_codes()), (status, vec![code]), "{accept}");
        }
    }
}

#[tokio::test]
async fn a_setting_decides_which_roles_may_run_ad_hoc_documents() {
    let manifest = Arc::new(parse_manifest(&flat_manifest()).unwrap());
    let world = world_with(|settings| {
        settings.trusted = trusted_documents::Settings {
            mode: Mode::Enforce,
            explorers: vec![Manager, Viewer],
            manifest,
            ..trusted_documents::Settings::default()
        };
    })
    .await;
    for (role, status) in [(Viewer, 200), (Manager, 200), (Agent, 403), (Admin, 403)] {
        assert_eq!(post(&world, role, &json!({ "query": VIEWER })).await.status, status, "{role:?}");
    }
}

#[tokio::test]
async fn the_log_names_the_trusted_document_and_counts_its_runs() {
    let log = LogBuffer::default();
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_writer(log.clone()).finish();
    // The test's runtime has one thread: only its own server logs here.
    let _here = tracing::subscriber::set_default(lines);
    let world = world_trusting(Mode::Log, &flat_manifest()).await;
    for body in [
        json!({ "documentId": "viewer" }),
        json!({ "query": VIEWER }),
        json!({ "extensions": persisted_query("viewer") }),
        json!({ "query": VIEWER, "documentId": "nothing" }),
    ] {
        post(&world, Viewer, &body).await.data();
    }
    world.app.settings.trusted.manifest.log_hits();
    let logged = |message: &str| {
        let lines = log.text();
        let lines = lines.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
        let lines = lines.filter(|line| line["message"] == message);
        lines.map(|line| format!("{} {}", line["document"], line["hits"])).collect::<Vec<_>>()
    };
    assert_eq!(logged("graphql"), ["\"viewer\" 1", "\"unknown\" null", "\"viewer\" 2", "\"unknown\" null"]);
    let totals =
        ["\"viewer\" 2".to_owned(), "\"schema\" 0".to_owned(), format!("\"{HASH}\" 0"), "\"create\" 0".to_owned()];
    assert_eq!(logged("trusted document"), totals);
}

#[test]
fn an_invalid_manifest_is_rejected_with_the_reason() {
    let deep = format!("{{ {}subject{} }}", "viewer { ".repeat(20), " }".repeat(20));
    let format = "apollo-persisted-query-manifest";
    let twice = [json!({ "id": "a", "body": VIEWER }), json!({ "id": "a", "body": VIEWER })];
    let wrong = [
        String::new(),
        "[]".to_owned(),
        "{}".to_owned(),
        json!({ "a": { "text": VIEWER } }).to_string(),
        json!({ "a": "query {" }).to_string(),
        json!({ "a": deep }).to_string(),
        json!({ "operations": [] }).to_string(),
        json!({ "format": "relay", "version": 1, "operations": [] }).to_string(),
        json!({ "format": format, "version": 2, "operations": [] }).to_string(),
        json!({ "format": format, "version": 1, "operations": [{ "id": "a" }] }).to_string(),
        json!({ "format": format, "version": 1, "operations": twice }).to_string(),
    ];
    let lines: Vec<_> = wrong.iter().map(|manifest| parse_manifest(manifest).unwrap_err()).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    it is not JSON (EOF while parsing a value at line 1 column 0); a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's
    it is not JSON (invalid type: sequence, expected a map at line 1 column 0); a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's
    it has no document; a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's
    the document "a" is no text; a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's
    the document "a" cannot be run: Syntax error in line 1, column 8: expected at least one Selection in Selection Set, at the end of the line.
    the document "a" cannot be run: The operation exceeds the limit of depth: 16 of at most 15.
    its format is none that is known; Apollo's manifest is {"format": "apollo-persisted-query-manifest", "version": 1, "operations": […]}
    its format is none that is known; Apollo's manifest is {"format": "apollo-persisted-query-manifest", "version": 1, "operations": […]}
    its version is 2; Apollo's manifest is {"format": "apollo-persisted-query-manifest", "version": 1, "operations": […]}
    missing field `body`; Apollo's manifest is {"format": "apollo-persisted-query-manifest", "version": 1, "operations": […]}
    two documents have the id "a"
    "#);
}

#[test]
fn invalid_settings_stop_the_start_with_their_name_and_an_example() {
    let error = |toml: &str| match config::parse(toml) {
        Ok(settings) => settings.http_settings().unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&list, "[1]").unwrap();
    let no_manifest = list.path().to_str().unwrap();
    let lines = [
        error("trusted_documents = \"enforce\""),
        error("trusted_documents = \"log\"\ntrusted_documents_file = \"nowhere.json\""),
        error(&format!("trusted_documents = \"log\"\ntrusted_documents_file = \"{no_manifest}\""))
            .replace(no_manifest, "FILE"),
        error("trusted_explorers = \"ADMIN, KING\""),
        error("introspection = [\"some\"]"),
    ];
    assert_snapshot!(lines.join("\n"), @r#"
    trusted_documents_file (in fieldgate.toml, or FIELDGATE_TRUSTED_DOCUMENTS_FILE): trusted_documents needs the manifest of the documents.
      example: trusted_documents_file = "/etc/fieldgate/documents.json"
    trusted_documents_file (in fieldgate.toml, or FIELDGATE_TRUSTED_DOCUMENTS_FILE): nowhere.json cannot be read: No such file or directory (os error 2).
      example: trusted_documents_file = "/etc/fieldgate/documents.json"
    trusted_documents_file (in fieldgate.toml, or FIELDGATE_TRUSTED_DOCUMENTS_FILE): FILE cannot be used: it is not JSON (invalid type: sequence, expected a map at line 1 column 0); a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's.
      example: trusted_documents_file = "/etc/fieldgate/documents.json"
    trusted_explorers (in fieldgate.toml, or FIELDGATE_TRUSTED_EXPLORERS): "KING" is no role; the roles are ADMIN, MANAGER, DISPATCHER, TECHNICIAN, AGENT, VIEWER.
      example: trusted_explorers = ["ADMIN"]
    introspection (in fieldgate.toml, or FIELDGATE_INTROSPECTION): "some" is no role; the roles are ADMIN, MANAGER, DISPATCHER, TECHNICIAN, AGENT, VIEWER.
      example: introspection = "all"
    "#);
    let taken = |introspection: &str| {
        let settings = config::parse(&format!("introspection = \"{introspection}\"")).unwrap();
        settings.http_settings().unwrap().introspection
    };
    assert!(matches!(taken("all"), Introspection::All));
    assert!(matches!(taken("none"), Introspection::Roles(roles) if roles.is_empty()));
    assert!(matches!(taken("admin,VIEWER"), Introspection::Roles(roles) if roles == [Admin, Viewer]));
}

#[tokio::test]
async fn a_trusted_document_does_not_bypass_the_introspection_setting() {
    let manifest = Arc::new(parse_manifest(&flat_manifest()).unwrap());
    let world = world_with(|settings| {
        settings.trusted =
            trusted_documents::Settings { mode: Mode::Enforce, manifest, ..trusted_documents::Settings::default() };
        settings.introspection = Introspection::Roles(vec![Admin]);
    })
    .await;
    for (role, status) in [(Admin, 200), (Manager, 403)] {
        let response = post(&world, role, &json!({ "documentId": "schema" })).await;
        assert_eq!(response.status, status, "{role:?}: {response}");
    }
}

//! Trusted documents: which run by id, which do not, and who may run others.

use std::sync::Arc;

use access::Role::{self, Admin, Agent, Manager, Viewer};

use fieldgate::{
    config,
    graphql::limit::Limits,
    http::{
        Settings,
        introspection::Introspection,
        trusted_documents::{self, Manifest, Mode},
    },
};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::world::{Answer, Sqlite, World, database, doors, log::Log, token_settings};

const CUSTOMERS: &str = "query Customers($first: Int) { customers(first: $first) { nodes { displayName } } }";
const VIEWER: &str = "query Viewer { viewer { subject } }";
const CREATE: &str =
    "mutation Create($name: String!) { customerCreate(input: { name: $name, type: BROKER }) { customer { name } } }";
const SCHEMA: &str = "query Schema { __schema { queryType { name } } }";

/// The hash by which Apollo's clients know the list of customers.
const HASH: &str = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a321c";

/// As Relay and graphql-codegen write it.
fn flat() -> String {
    json!({ HASH: CUSTOMERS, "viewer": VIEWER, "create": CREATE, "schema": SCHEMA }).to_string()
}

/// As Apollo's tool writes it.
fn apollo() -> String {
    let operations = [
        json!({ "id": HASH, "name": "Customers", "type": "query", "body": CUSTOMERS }),
        json!({ "id": "viewer", "name": "Viewer", "type": "query", "body": VIEWER }),
    ];
    json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": operations }).to_string()
}

/// A world whose doors are so. What happens there does not depend on the database.
async fn behind(change: impl FnOnce(&mut Settings)) -> World {
    let mut settings = doors();
    change(&mut settings);
    World::behind(database::open(Sqlite).await, token_settings(), settings, |_| {}).await
}

fn read(manifest: &str) -> Result<Manifest, String> {
    Manifest::parse(manifest, &Limits::default())
}

async fn trusting(mode: Mode, manifest: &str) -> World {
    let manifest = Arc::new(read(manifest).unwrap());
    behind(|doors| {
        doors.trusted = trusted_documents::Settings { mode, manifest, ..trusted_documents::Settings::default() }
    })
    .await
}

/// What a role is answered at a path, as a client that takes anything.
async fn asked(world: &World, role: Role, method: Method, path: &str, body: Option<&Json>) -> Answer {
    asked_for("*/*", world, role, method, path, body).await
}

async fn asked_for(accept: &str, world: &World, role: Role, method: Method, path: &str, body: Option<&Json>) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let token = world.token(&world.tenant, &[role], None, "ada");
    let mut request = client.request(method, format!("{}{path}", world.base)).bearer_auth(token);
    request = request.header("accept", accept);
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Answer::new(status, serde_json::from_str(&text).unwrap_or_else(|_| json!(text)))
}

async fn posted(world: &World, role: Role, body: &Json) -> Answer {
    asked(world, role, Method::POST, "/graphql", Some(body)).await
}

async fn got(world: &World, query: &[(&str, &str)]) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    asked(world, Viewer, Method::GET, &format!("/graphql?{query}"), None).await
}

/// Status and data, or status, code and message of the one error.
fn line(answer: &Answer) -> String {
    match answer.codes().as_slice() {
        [] => format!("{} {}", answer.status, answer.at("/data")),
        [code] => format!("{} {code}: {}", answer.status, answer.text("/errors/0/message")),
        codes => panic!("{codes:?}: {answer}"),
    }
}

fn persisted(hash: &str) -> Json {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

#[tokio::test]
async fn the_manifests_of_relay_apollo_and_codegen_are_read() {
    for manifest in [flat(), apollo()] {
        let world = trusting(Mode::Enforce, &manifest).await;
        let answer = posted(&world, Viewer, &json!({ "documentId": "viewer" })).await;
        assert_eq!(line(&answer), r#"200 {"viewer":{"subject":"ada"}}"#);
        let answer = posted(&world, Viewer, &json!({ "extensions": persisted(HASH) })).await;
        assert_eq!(line(&answer), r#"200 {"customers":{"nodes":[]}}"#);
    }
}

#[tokio::test]
async fn a_document_runs_by_its_id_with_the_variables_of_the_request() {
    let world = trusting(Mode::Enforce, &flat()).await;
    let made = json!({ "documentId": "create", "variables": { "name": "Acme" }, "operationName": "Create" });
    let answer = posted(&world, Agent, &made).await;
    assert_eq!(line(&answer), r#"200 {"customerCreate":{"customer":{"name":"Acme"}}}"#);
    let made = json!({ "documentId": "create", "variables": { "name": "Bolt" } });
    posted(&world, Agent, &made).await.data();

    let both = r#"{"customers":{"nodes":[{"displayName":"Acme"},{"displayName":"Bolt"}]}}"#;
    let one = r#"{"customers":{"nodes":[{"displayName":"Acme"}]}}"#;
    let hashed = persisted(HASH);
    for (first, expected) in [(1, one), (2, both)] {
        let variables = json!({ "first": first });
        for body in [
            json!({ "documentId": HASH, "variables": variables }),
            json!({ "documentId": format!("sha256:{HASH}"), "variables": variables }),
            json!({ "extensions": hashed, "variables": variables }),
            // What is written beside a known id is not read.
            json!({ "documentId": HASH, "query": "{ viewer {", "variables": variables }),
        ] {
            assert_eq!(line(&posted(&world, Viewer, &body).await), format!("200 {expected}"), "{body}");
        }
        let (variables, hashed) = (variables.to_string(), hashed.to_string());
        for named in [("documentId", HASH), ("extensions", hashed.as_str())] {
            let answer = got(&world, &[named, ("variables", variables.as_str())]).await;
            assert_eq!(line(&answer), format!("200 {expected}"), "{named:?}");
        }
    }
    let wrong = json!({ "documentId": HASH, "variables": { "first": "many" } });
    assert_eq!(posted(&world, Viewer, &wrong).await.status, 400);
}

#[tokio::test]
async fn a_mutation_by_id_is_sent_by_post() {
    let world = trusting(Mode::Enforce, &flat()).await;
    let answer = got(&world, &[("documentId", "create"), ("variables", "{\"name\":\"Acme\"}")]).await;
    assert_eq!((answer.status, answer.codes()), (405, vec!["METHOD_NOT_ALLOWED"]));
    let all = posted(&world, Viewer, &json!({ "documentId": HASH })).await;
    assert_eq!(*all.at("/data/customers/nodes"), json!([]));
}

#[tokio::test]
async fn the_mode_decides_what_runs_by_id_and_what_besides() {
    let mut said = Vec::new();
    for mode in [Mode::Off, Mode::Log, Mode::Enforce] {
        let world = trusting(mode, &flat()).await;
        for (what, body) in [
            ("text", json!({ "query": VIEWER })),
            ("known id", json!({ "documentId": "viewer" })),
            ("unknown id", json!({ "documentId": "x".repeat(200) })),
            ("unknown id, text", json!({ "documentId": "nothing", "query": VIEWER })),
            ("known hash", json!({ "extensions": persisted("viewer") })),
            ("unknown hash", json!({ "extensions": persisted("nothing") })),
            ("unknown hash, text", json!({ "extensions": persisted("nothing"), "query": VIEWER })),
            ("odd hash", json!({ "extensions": { "persistedQuery": { "sha256Hash": HASH } } })),
            ("nothing", json!({ "documentId": null, "extensions": { "persistedQuery": null } })),
        ] {
            let [viewer, admin] = [posted(&world, Viewer, &body).await, posted(&world, Admin, &body).await];
            said.push(format!("{mode:?}, {what}: {}", line(&viewer)));
            if line(&viewer) != line(&admin) {
                said.push(format!("{mode:?}, {what}, ADMIN: {}", line(&admin)));
            }
            assert!(!viewer.body.to_string().contains("\"retryable\":true"), "{viewer}");
        }
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
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
async fn clients_of_apollo_that_read_no_body_but_under_200_learn_that_a_hash_is_unknown() {
    for (mode, code) in [(Mode::Off, "PERSISTED_QUERY_NOT_SUPPORTED"), (Mode::Log, "PERSISTED_QUERY_NOT_FOUND")] {
        let world = trusting(mode, &flat()).await;
        let body = json!({ "extensions": persisted("nothing") });
        for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400), ("*/*", 400)] {
            let answer = asked_for(accept, &world, Viewer, Method::POST, "/graphql", Some(&body)).await;
            assert_eq!((answer.status, answer.codes()), (status, vec![code]), "{accept}");
        }
    }
}

#[tokio::test]
async fn who_may_explore_is_a_setting() {
    let manifest = Arc::new(read(&flat()).unwrap());
    let world = behind(|doors| {
        doors.trusted = trusted_documents::Settings {
            mode: Mode::Enforce,
            explorers: vec![Manager, Viewer],
            manifest,
            ..trusted_documents::Settings::default()
        };
    })
    .await;
    for (role, status) in [(Viewer, 200), (Manager, 200), (Agent, 403), (Admin, 403)] {
        assert_eq!(posted(&world, role, &json!({ "query": VIEWER })).await.status, status, "{role:?}");
    }
}

#[tokio::test]
async fn the_log_says_which_document_ran_and_how_often_it_was_asked_for() {
    let log = Log::default();
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_writer(log.clone()).finish();
    // The test's runtime has one thread: its server logs here, and other tests do not.
    let _here = tracing::subscriber::set_default(lines);
    let world = trusting(Mode::Log, &flat()).await;
    for body in [
        json!({ "documentId": "viewer" }),
        json!({ "query": VIEWER }),
        json!({ "extensions": persisted("viewer") }),
        json!({ "query": VIEWER, "documentId": "nothing" }),
    ] {
        posted(&world, Viewer, &body).await.data();
    }
    world.app.settings.trusted.manifest.log_hits();
    let told = |message: &str| {
        let lines = log.text();
        let lines = lines.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
        let lines = lines.filter(|line| line["message"] == message);
        lines.map(|line| format!("{} {}", line["document"], line["hits"])).collect::<Vec<_>>()
    };
    assert_eq!(told("graphql"), ["\"viewer\" 1", "\"unknown\" null", "\"viewer\" 2", "\"unknown\" null"]);
    let totals =
        ["\"viewer\" 2".to_owned(), "\"schema\" 0".to_owned(), format!("\"{HASH}\" 0"), "\"create\" 0".to_owned()];
    assert_eq!(told("trusted document"), totals);
}

#[test]
fn a_manifest_that_cannot_be_used_says_what_is_wrong_with_it() {
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
    let said: Vec<_> = wrong.iter().map(|manifest| read(manifest).unwrap_err()).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    it is not JSON (EOF while parsing a value at line 1 column 0); a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's
    it is not JSON (invalid type: sequence, expected a map at line 1 column 0); a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's
    it has no document; a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's
    the document "a" is no text; a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's
    the document "a" cannot be run: Syntax error in line 1, column 8: expected selection, not the end of the line.
    the document "a" cannot be run: The document exceeds the limit of depth: 16 of at most 15.
    its format is none that is known; Apollo's manifest is {"format": "apollo-persisted-query-manifest", "version": 1, "operations": […]}
    its format is none that is known; Apollo's manifest is {"format": "apollo-persisted-query-manifest", "version": 1, "operations": […]}
    its version is 2; Apollo's manifest is {"format": "apollo-persisted-query-manifest", "version": 1, "operations": […]}
    missing field `body`; Apollo's manifest is {"format": "apollo-persisted-query-manifest", "version": 1, "operations": […]}
    two documents have the id "a"
    "#);
}

#[test]
fn wrong_settings_stop_the_start_with_their_name_and_an_example() {
    let refused = |toml: &str| match config::parse(toml) {
        Ok(settings) => settings.http_settings().unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    let unusable = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let said = [
        refused("trusted_documents = \"enforce\""),
        refused("trusted_documents = \"log\"\ntrusted_documents_file = \"nowhere.json\""),
        refused(&format!("trusted_documents = \"log\"\ntrusted_documents_file = \"{unusable}\""))
            .replace(env!("CARGO_MANIFEST_DIR"), ""),
        refused("trusted_explorers = \"ADMIN, KING\""),
        refused("introspection = [\"some\"]"),
    ];
    insta::assert_snapshot!(said.join("\n"), @r#"
    trusted_documents_file (in fieldgate.toml, or FIELDGATE_TRUSTED_DOCUMENTS_FILE): trusted_documents needs the manifest of the documents.
      example: trusted_documents_file = "/etc/fieldgate/documents.json"
    trusted_documents_file (in fieldgate.toml, or FIELDGATE_TRUSTED_DOCUMENTS_FILE): nowhere.json cannot be read: No such file or directory (os error 2).
      example: trusted_documents_file = "/etc/fieldgate/documents.json"
    trusted_documents_file (in fieldgate.toml, or FIELDGATE_TRUSTED_DOCUMENTS_FILE): /Cargo.toml cannot be used: it is not JSON (invalid type: sequence, expected a map at line 1 column 0); a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's.
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
async fn a_trusted_document_shows_the_schema_to_nobody_who_may_not_see_it() {
    let manifest = Arc::new(read(&flat()).unwrap());
    let world = behind(|doors| {
        doors.trusted =
            trusted_documents::Settings { mode: Mode::Enforce, manifest, ..trusted_documents::Settings::default() };
        doors.introspection = Introspection::Roles(vec![Admin]);
    })
    .await;
    for (role, status) in [(Admin, 200), (Manager, 403)] {
        let answer = posted(&world, role, &json!({ "documentId": "schema" })).await;
        assert_eq!(answer.status, status, "{role:?}: {answer}");
    }
}

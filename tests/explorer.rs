//! The explorer: the page matches its source, is served with the right headers, and works in a real browser.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use fieldgate::http::demo_token::DemoCompany;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::{
    demo::Demo,
    world::{Sqlite, World, http_client},
};

/// The source files of the page; playground/build/page.js reads the same list.
const SOURCES: &[&str] =
    &["build", "examples", "index.html", "package-lock.json", "package.json", "src", "vite.config.js"];

/// An example operation of the page.
struct Example {
    name: String,
    query: String,
    variables: Json,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(path: PathBuf, found: &mut Vec<PathBuf>) {
    match fs::read_dir(&path) {
        Ok(entries) => entries.for_each(|entry| files(entry.unwrap().path(), found)),
        Err(_) => found.push(path),
    }
}

fn examples() -> Vec<Example> {
    let mut found = Vec::new();
    files(root().join("playground/examples"), &mut found);
    found.sort();
    let queries = found.into_iter().filter(|file| file.extension().is_some_and(|end| end == "graphql"));
    let example = |file: PathBuf| {
        let variables = fs::read_to_string(file.with_extension("json"));
        Example {
            name: file.file_stem().unwrap().to_string_lossy().into_owned(),
            query: fs::read_to_string(&file).unwrap(),
            variables: variables.map_or(json!({}), |text| serde_json::from_str(&text).unwrap()),
        }
    };
    queries.map(example).collect()
}

#[test]
fn the_explorer_page_matches_its_source() {
    let source = root().join("playground");
    let mut found = Vec::new();
    for name in SOURCES {
        files(source.join(name), &mut found);
    }
    let mut named: Vec<_> = found.iter().map(|file| file.strip_prefix(&source).unwrap().to_str().unwrap()).collect();
    named.sort_unstable();
    let mut hash = Sha256::new();
    for name in named {
        hash.update(name);
        hash.update([0]);
        hash.update(fs::read(source.join(name)).unwrap());
        hash.update([0]);
    }
    let text = format!("<meta name=\"fieldgate-source\" content=\"{}\">", BASE64_STANDARD.encode(hash.finalize()));
    let page = fs::read_to_string(root().join("playground.html")).unwrap();
    assert!(page.contains(&text), "playground/ was changed: run `cargo xtask playground` and commit the page with it");
}

#[tokio::test]
async fn the_explorer_page_is_compressed_once_and_allows_only_its_own_script() {
    let world = World::new(Sqlite).await;
    let client = http_client();
    let address = format!("{}/playground", world.base);
    let get = |accepted, known: &str| {
        let request = client.get(&address).header("accept-encoding", accepted).header("if-none-match", known);
        async { request.send().await.unwrap() }
    };
    let named = |response: &reqwest::Response, name: &str| {
        response.headers().get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    };

    let plain = get("br, gzip;q=0", "").await;
    assert_eq!((plain.status().as_u16(), named(&plain, "content-encoding")), (200, String::new()));
    assert_eq!(named(&plain, "content-type"), "text/html; charset=utf-8");
    assert_eq!(named(&plain, "x-content-type-options"), "nosniff");
    assert_eq!(named(&plain, "vary"), "accept-encoding");
    let policy = named(&plain, "content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    for lax in ["unsafe", "http:", "https:", "*", "blob:"] {
        assert!(!policy.contains(lax), "{policy}");
    }

    let gzip = get("gzip, deflate, br", "").await;
    assert_eq!(named(&gzip, "content-encoding"), "gzip");
    let tags = [named(&plain, "etag"), named(&gzip, "etag")];
    assert_ne!(tags[0], tags[1], "one tag names one sequence of bytes");
    let (plain, gzip) = (plain.bytes().await.unwrap(), gzip.bytes().await.unwrap());
    let mut opened = Vec::new();
    flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut opened).unwrap();
    assert!(opened == plain, "the two forms are one page");
    assert!(gzip.len() < 600_000, "the page grew to {} bytes", gzip.len());

    let again = get("gzip", &format!("\"other\", {}", tags[1])).await;
    assert_eq!((again.status().as_u16(), again.bytes().await.unwrap().len()), (304, 0));
    assert_eq!(get("gzip", &tags[0]).await.status().as_u16(), 200);
}

#[tokio::test]
async fn only_the_demo_serves_tokens() {
    let world = World::new(Sqlite).await;
    let client = http_client();
    let get = async |path| client.get(format!("{}{path}", world.base)).send().await.unwrap();
    assert_eq!(get("/playground/demo.json").await.status().as_u16(), 404);
    let page = get("/playground").await.text().await.unwrap();
    assert!(page.contains("<meta name=\"fieldgate-demo\" content=\"\">"), "the page would ask for them");
}

/// A page of another site whose name is made to lead to this machine (DNS rebinding) calls the demo by that name.
#[tokio::test]
async fn the_demo_serves_tokens_to_a_client_that_calls_it_by_a_name_of_this_machine_only() {
    let company = DemoCompany { slug: "acme".to_owned(), name: "Acme".to_owned(), tokens: Vec::new() };
    let world = World::builder(Sqlite).http(|settings| settings.demo = Some(Arc::new(vec![company]))).build().await;
    let client = http_client();
    let get = async |path: &str, host: &str| {
        let response = client.get(format!("{}{path}", world.base)).header("Host", host).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    for host in ["127.0.0.1:8080", "127.8.9.10", "localhost", "LocalHost:8080", "[::1]:8080"] {
        let (status, body) = get("/playground/demo.json", host).await;
        assert!(status == 200 && body.contains("acme"), "{host}: {body}");
        assert!(get("/playground", host).await.1.contains("content=\"/playground/demo.json\""), "{host}");
    }
    for host in ["rebound.example:8080", "10.0.0.1", "localhost.example", "127.0.0.1.example", "0.0.0.0", "[::]:80"] {
        let (status, body) = get("/playground/demo.json", host).await;
        assert!(status == 404 && !body.contains("acme"), "{host}: {body}");
        assert!(!get("/playground", host).await.1.contains("content=\"/playground/demo.json\""), "{host}");
    }
}

#[tokio::test]
async fn every_example_runs_in_the_demo_and_the_page_works_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path(), &[]);
    let mut used = String::new();
    for company in ["lonestar", "cascade"] {
        let manager = demo.actor(company, "MANAGER");
        for Example { name, query, variables } in examples() {
            let response = manager.execute_with(&query, variables).await;
            assert_eq!(response.error_codes(), Vec::<&str>::new(), "{name} in {company}: {response}");
            let text = response.data().to_string();
            assert!(!text.contains("\"nodes\":[]}}"), "{name} finds nothing in {company}");
            assert_eq!(
                text.contains("\"userErrors\":[{"),
                name.ends_with("refused"),
                "{name} in {company}: {response}"
            );
            used += &query;
        }
    }
    for domain in ["customer", "contact", "addresse", "asset", "customerAsset", "load", "serviceRecord", "change"] {
        assert!(used.contains(&format!("  {domain}s(")), "there is no example of {domain}s");
    }
    browse(&demo, folder.path());
}

/// Drives a browser as a user would; its screenshots are in target/explorer.
#[expect(clippy::disallowed_methods, reason = "cargo xtask test passes the path of Node.js in this variable")]
fn browse(demo: &Demo, folder: &Path) {
    let node = std::env::var("FG_TEST_NODE")
        .expect("run the tests with `cargo xtask test`, which sees to Node.js, its packages and Chromium");
    let secret = fs::read(folder.join("token.secret")).unwrap();
    let key = jsonwebtoken::EncodingKey::from_secret(secret.trim_ascii());
    let claims = json!({ "tenant": "lonestar", "roles": ["MANAGER"], "sub": "late", "exp": 1 });
    let expired = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap();
    let browsed = Command::new(node)
        .arg(root().join("tests/explorer/browse.mjs"))
        .args([&demo.base, &expired])
        .arg(root().join("target/explorer"))
        .output()
        .unwrap();
    let [text, complaint] = [&browsed.stdout, &browsed.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(browsed.status.success(), "{text}{complaint}");
}

//! Uploads: a file arrives whole or leaves nothing.

use std::path::Path;

use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    ALL, create_owners,
    form::{BOUNDARY, Form, picture, send},
};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

/// The files below a folder.
pub fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

/// The rows of stored files of the world's first tenant.
pub async fn stored_files(world: &World) -> i64 {
    let db = world.db.connection();
    let sql = "SELECT COUNT(*) FROM stored_file WHERE tenant_id = $1";
    let count = Statement::from_sql_and_values(db.get_database_backend(), sql, [world.tenant.row.id.into()]);
    db.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// Nothing is left of a refused upload.
async fn assert_nothing_left(world: &World) {
    let response = world.admin().execute("{ documents { totalCount } }").await;
    assert_eq!(response.at("/data/documents/totalCount"), 0);
    assert_eq!(stored_files(world).await, 0);
    assert_eq!(files_below(world.files_folder.path()), Vec::<std::path::PathBuf>::new());
}

#[apply(each_database)]
async fn an_uploaded_file_has_a_document_and_is_ciphertext_in_the_storage(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let content = b"Delivered to Ann Miller, 4 pallets, signed at the dock.".repeat(40);
    let sha256 = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let form = Form::new()
        .field("load", "load")
        .field("type", "POD")
        .field("title", "Signed by Ann")
        .field("takenAt", "2026-01-20T08:00:00Z")
        .field("externalReference", "pod-1")
        .field("sha256", &sha256.to_uppercase())
        .file("Miller \u{e9}.txt", "text/plain", &content);
    let response = form.send(&admin).await;
    assert_eq!(response.status, 201, "{response}");
    assert_eq!(response.body["userErrors"], json!([]));
    let document = admin.execute(&format!("{{ document(ref: \"pod-1\") {{ {ALL} }} }}")).await;
    assert_snapshot!(snapshot_text(document.at("/data/document")), @r#"
        {
          "asset": null,
          "customer": {
            "externalReference": "acme"
          },
          "externalReference": "pod-1",
          "file": {
            "mediaType": "text/plain",
            "name": "Miller é.txt",
            "sha256": "eb60f2b038979227260bc1985b9ca5c96e946f533f485bcd1d20f5c197f9bca6",
            "size": 2200
          },
          "link": null,
          "load": {
            "externalReference": "load"
          },
          "serviceRecord": null,
          "takenAt": "2026-01-20T08:00:00Z",
          "title": "Signed by Ann",
          "type": "POD"
        }
        "#);
    let files = files_below(world.files_folder.path());
    assert_eq!(files.len(), 1, "{files:?}");
    let stored = std::fs::read(&files[0]).unwrap();
    assert!(!stored.windows(10).any(|window| window == &content[..10]), "the content is in the storage");
    // The file of a document cannot become a link.
    let errors = admin.user_errors("documentUpdate", json!({ "id": "pod-1", "link": "https://a.example" })).await;
    assert_snapshot!(errors.join("\n"), @r#"IMMUTABLE input.link: The document is a file, and gets no link later."#);
}

#[apply(each_database)]
async fn a_refused_upload_says_why_and_leaves_nothing(database: DatabaseKind) {
    let world = World::builder(database).http(|http| http.file_limit = 300_000).build().await;
    let admin = world.admin();
    create_owners(&admin).await;
    let of_acme = || Form::new().field("customer", "acme");
    let small = picture(1_000);
    let mut refusals = Vec::new();
    for (name, body) in [
        ("no fields", Form::new().file("a.png", "image/png", &small).finished()),
        ("no owner", Form::new().field("type", "POD").file("a.png", "image/png", &small).finished()),
        ("unknown owner", Form::new().field("load", "nope").file("a.png", "image/png", &small).finished()),
        ("long reference", Form::new().field("load", &"x".repeat(401)).file("a.png", "image/png", &small).finished()),
        (
            "wrong values",
            of_acme().field("type", "SCAN").field("takenAt", "today").file("a.png", "image/png", &small).finished(),
        ),
        ("unknown field", of_acme().field("colour", "red").file("a.png", "image/png", &small).finished()),
        ("long field", of_acme().field("title", &"x".repeat(9_000)).file("a.png", "image/png", &small).finished()),
        ("long title", of_acme().field("title", &"x".repeat(201)).file("a.png", "image/png", &small).finished()),
        ("other type", of_acme().file("a.html", "text/html", b"<script>").finished()),
        ("wrong type", of_acme().file("a.jpg", "image/jpeg", &small).finished()),
        ("empty", of_acme().file("a.txt", "text/plain", b"").finished()),
        ("wrong hash", of_acme().field("sha256", &"0".repeat(64)).file("a.png", "image/png", &small).finished()),
        ("too large", of_acme().file("a.png", "image/png", &picture(300_001)).finished()),
        ("field after the file", of_acme().file("a.png", "image/png", &small).field("title", "late").finished()),
        ("no last boundary", of_acme().file("a.png", "image/png", &picture(200_000)).unfinished()),
        ("no file", of_acme().finished()),
        ("no form", b"hello".to_vec()),
    ] {
        let response = send(&admin, body).await;
        let errors = response.body["userErrors"].as_array().cloned().unwrap_or_default();
        let errors = errors.iter().map(|error| format!("{} {}: {}", error["code"], error["field"], error["message"]));
        let message = response.body["errors"][0]["message"].as_str().map(str::to_owned);
        let codes = response.error_codes().join(" ");
        let told = errors.chain(message).collect::<Vec<_>>().join(" | ");
        refusals.push(format!("{name}: {} {codes} {told}", response.status));
    }
    assert_snapshot!(refusals.join("\n"), @r#"
        no fields: 400 BAD_REQUEST The fields of the document come before file; there is none.
        no owner: 422  "REQUIRED" ["customer"]: "A document belongs to one customer, asset, load or service record; 0 of customer, asset, load and serviceRecord are given."
        unknown owner: 422  "NOT_FOUND" ["load"]: "\"nope\" is neither the id, the external reference nor the number of a load."
        long reference: 422  "INVALID" ["load"]: "load has at most 400 bytes."
        wrong values: 422  "INVALID" ["type"]: "type is POD, BOL, PHOTO, SIGNATURE, INVOICE, CONTRACT or OTHER." | "INVALID" ["takenAt"]: "takenAt is a time, such as 2026-01-20T08:00:00Z."
        unknown field: 400 BAD_REQUEST The form has an unknown field; before file, it may have customer, asset, load, serviceRecord, type, title, takenAt, externalReference, sha256.
        long field: 413 BODY_TOO_LARGE A field besides file has at most 8192 bytes.
        long title: 422  "OUT_OF_RANGE" ["title"]: "title has at most 200 characters; 201 were given."
        other type: 422  "INVALID" ["file"]: "The Content-Type of the file is one of application/pdf, image/gif, image/heic, image/jpeg, image/png, image/tiff, image/webp, text/csv, text/plain."
        wrong type: 422  "INVALID" ["file"]: "The file is said to be image/jpeg, and begins as image/png does."
        empty: 422  "INVALID" ["file"]: "The file is empty."
        wrong hash: 422  "INVALID" ["sha256"]: "The file that arrived has 1000 bytes and the hash 2a0b92ea1299ed11aa0c497c48917f00cbc93c4032e70a4c2980d49178be3239."
        too large: 413 BODY_TOO_LARGE A file has at most 300000 bytes.
        field after the file: 400 BAD_REQUEST The file is the last field of the form.
        no last boundary: 400 BAD_REQUEST The body ended before it was whole.
        no file: 400 BAD_REQUEST The form has no field file, which comes last.
        no form: 400 BAD_REQUEST The body ended before it was whole.
        "#);
    // The largest one that is allowed.
    assert_nothing_left(&world).await;
    let largest = of_acme().file("a.png", "image/png", &picture(300_000)).send(&admin).await;
    assert_eq!(largest.status, 201, "{largest}");
}

#[apply(each_database)]
async fn a_file_of_another_tenant_is_refused_like_one_of_nobody(database: DatabaseKind) {
    let world = World::new(database).await;
    create_owners(&world.admin()).await;
    let other = world.other_admin();
    let id = world.admin().execute("{ customer(ref: \"acme\") { id } }").await.text("/data/customer/id").to_owned();
    let foreign = Form::new().field("customer", &id).file("a.txt", "text/plain", b"hello").send(&other).await;
    let nobody = Form::new().field("customer", "nobody").file("a.txt", "text/plain", b"hello").send(&other).await;
    assert_eq!(foreign.body.to_string().replace(&id, "nobody"), nobody.body.to_string());
    assert_eq!((foreign.status, nobody.status), (422, 422));
    assert_nothing_left(&world).await;
}

#[apply(each_database)]
async fn an_upload_whose_client_goes_leaves_nothing(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let token = world.user(&[access::Role::Admin]).token();
    let address = world.base.trim_start_matches("http://").to_owned();
    let body = Form::new().field("customer", "acme").file("a.png", "image/png", &picture(3_000_000)).finished();
    for sent in [2_500_000, 100, body.len() - 6] {
        let mut connection = TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        connection.write_all(&body[..sent]).await.unwrap();
        connection.shutdown().await.unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.unwrap();
        // It cleans up before it answers.
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{sent}: {answer}");
        assert_nothing_left(&world).await;
    }
}

#[apply(each_database)]
async fn the_document_of_a_file_is_in_the_change_log_with_what_is_personal_apart(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let form = Form::new().field("asset", "lift").field("externalReference", "photo");
    let response = form.file("lift.png", "image/png", &picture(500)).send(&admin).await;
    assert_eq!(response.status, 201, "{response}");
    world.link_changes().await;
    let query = "{ document(ref: \"photo\") { changes { nodes { action after } } } }";
    let changes = admin.execute(query).await;
    let after = &changes.at("/data/document/changes/nodes")[0]["after"]["file"];
    assert_snapshot!(snapshot_text(after), @r#"
        {
          "mediaType": "image/png",
          "name": "lift.png",
          "sha256": "506e4128c7cc4b8ac51bc5823244a40e1e1fde6e39d144b42cdbfb1ec847cb30",
          "size": 500
        }
        "#);
}

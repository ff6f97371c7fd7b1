//! Downloads: an address is the right to read a file, as long as the right holds.

use std::time::Duration;

use access::Role;
use reqwest::Method;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};
use store::{
    clock,
    revocation::{self, Revocation},
};

use super::{
    create_owners,
    form::{Form, picture},
};
use crate::world::{Actor, DatabaseKind, World, each_database};

/// Uploads a picture of the customer `acme` as the document `photo`.
async fn upload(actor: &Actor, content: &[u8]) {
    let form = Form::new().field("customer", "acme").field("externalReference", "photo");
    let response = form.file("front \u{e9}.png", "image/png", content).send(actor).await;
    assert_eq!(response.status, 201, "{response}");
}

/// The address of the file of the document `photo`, for a caller.
pub async fn address(actor: &Actor) -> String {
    let query = "{ document(ref: \"photo\") { file { download { url expiresAt } } } }";
    let response = actor.execute(query).await;
    response.text("/data/document/file/download/url").to_owned()
}

/// The status and the bytes of a download, which has no token.
pub async fn download(
    actor: &Actor,
    url: &str,
    headers: &[(&str, &str)],
) -> (u16, Vec<u8>, reqwest::header::HeaderMap) {
    let mut request = actor.http_without_token(Method::GET, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, response.bytes().await.unwrap().to_vec(), headers)
}

#[apply(each_database)]
async fn a_file_is_downloaded_as_it_was_uploaded_whole_and_in_ranges(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    // More than two parts of the storage, and no multiple of a chunk.
    let content = picture(5 * 1024 * 1024 + 1);
    upload(&admin, &content).await;
    let url = address(&admin).await;
    let (status, bytes, headers) = download(&admin, &url, &[("accept-encoding", "gzip")]).await;
    assert_eq!((status, bytes == content), (200, true));
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("content-length"), content.len().to_string());
    assert_eq!(header("content-disposition"), "attachment; filename*=UTF-8''front%20%C3%A9.png");
    assert_eq!(header("cache-control"), "private, no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let end = content.len() - 1;
    for (range, from, to) in [
        ("bytes=100-199".to_owned(), 100, 199),
        ("bytes=0-0".to_owned(), 0, 0),
        ("bytes=65535-65536".to_owned(), 65_535, 65_536),
        ("bytes=2097151-2097152".to_owned(), 2_097_151, 2_097_152),
        ("bytes=65536-4300000".to_owned(), 65_536, 4_300_000),
        (format!("bytes={end}-"), end, end),
        ("bytes=-70000".to_owned(), end - 69_999, end),
    ] {
        let (status, bytes, headers) = download(&admin, &url, &[("range", &range)]).await;
        assert_eq!((status, bytes == content[from..=to]), (206, true), "{range}");
        let told = headers["content-range"].to_str().unwrap();
        assert_eq!(told, format!("bytes {from}-{to}/{}", content.len()), "{range}");
    }
    let (status, _, headers) = download(&admin, &url, &[("range", "bytes=9999999-")]).await;
    assert_eq!((status, headers["content-range"].to_str().unwrap()), (416, "bytes */5242881"));
    let stale = [("range", "bytes=0-9"), ("if-range", "\"another\"")];
    assert_eq!(download(&admin, &url, &stale).await.0, 200);
}

#[apply(each_database)]
async fn sizes_around_a_chunk_and_a_part_come_back(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let (chunk, part) = (65_536, 32 * 65_536);
    for size in [16, chunk - 1, chunk, chunk + 1, part - 1, part, part + 1] {
        let content = picture(size);
        let form = Form::new().field("customer", "acme").field("externalReference", &format!("photo-{size}"));
        let response = form.file("a.png", "image/png", &content).send(&admin).await;
        assert_eq!(response.status, 201, "{response}");
        let query = format!("{{ document(ref: \"photo-{size}\") {{ file {{ size download {{ url }} }} }} }}");
        let response = admin.execute(&query).await;
        let url = response.text("/data/document/file/download/url").to_owned();
        assert!(download(&admin, &url, &[]).await.1 == content, "{size}");
    }
}

#[apply(each_database)]
async fn an_address_ends_with_the_right_to_read(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    upload(&admin, &picture(1_000)).await;
    let status = async |url: &str| download(&admin, url, &[]).await.0;
    // Another end, another id or another tenant is a forgery.
    let url = address(&admin).await;
    assert_eq!(status(&url).await, 200);
    let (head, sealed) = url.split_once('.').unwrap();
    let mut forged: Vec<_> = (0..sealed.len())
        .step_by(9)
        .map(|index| {
            let other = if sealed.as_bytes()[index] == b'A' { "B" } else { "A" };
            format!("{head}.{}{other}{}", &sealed[..index], &sealed[index + 1..])
        })
        .collect();
    forged.push(format!("/files/{}.{sealed}", world.other_tenant.row.id.simple()));
    forged.push(format!("/files/{sealed}"));
    forged.extend(["/files/x", "/files/%00", "/files/%ff%fe"].map(str::to_owned));
    for url in &forged {
        assert_eq!(status(url).await, 404, "{url}");
    }
    // The document is deleted, and restored.
    admin.mutate("documentDelete", json!({ "id": "photo" }), "").await;
    assert_eq!(status(&url).await, 404);
    let deleted = admin.execute("{ document(ref: \"photo\") { file { size download { url } } } }").await;
    assert_eq!(deleted.at("/data/document/file/download"), &Json::Null);
    admin.mutate("documentRestore", json!({ "id": "photo" }), "").await;
    assert_eq!(status(&url).await, 200);
    // The time of the address passes.
    world.db.clock.set(clock::now() + chrono::TimeDelta::minutes(6));
    assert_eq!(status(&url).await, 404);
    assert_eq!(status(&address(&admin).await).await, 200);
}

#[apply(each_database)]
async fn an_address_ends_with_its_token(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    upload(&admin, &picture(1_000)).await;
    let eve = world.user(&[Role::Manager]).subject("eve").actor();
    let url = address(&eve).await;
    assert_eq!(download(&admin, &url, &[]).await.0, 200);
    let before = Revocation::Subject("eve".to_owned(), clock::now() + chrono::TimeDelta::seconds(5));
    revocation::revoke(&world.db, world.tenant.row.id, before, Duration::from_hours(1)).await.unwrap();
    // Another server has not read the revocations yet.
    let other = admin.at(&world.start_server(crate::world::http_settings()).await);
    assert_eq!(download(&other, &url, &[]).await.0, 404);
}

#[apply(each_database)]
async fn an_address_is_the_right_of_the_caller_who_asked_for_it(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let form = Form::new().field("serviceRecord", "visit").field("externalReference", "photo");
    let response = form.file("a.png", "image/png", &picture(1_000)).send(&admin).await;
    assert_eq!(response.status, 201, "{response}");
    let tim = world.user(&[Role::Technician]).subject("tim").actor();
    let url = address(&tim).await;
    assert_eq!(download(&admin, &url, &[]).await.0, 200);
    // The visit is another technician's from now on.
    admin.mutate("serviceRecordUpdate", json!({ "id": "visit", "technicians": ["tom"] }), "").await;
    assert_eq!(download(&admin, &url, &[]).await.0, 404);
    // Without personal data there is no address.
    let viewer = world.viewer().execute("{ document(ref: \"photo\") { file { size name download { url } } } }").await;
    assert_eq!(viewer.at("/data/document/file"), &json!({ "size": 1_000, "name": null, "download": null }));
}

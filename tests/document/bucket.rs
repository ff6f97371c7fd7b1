//! A bucket: files in an S3-compatible store, of which this is a stand-in that knows the requests of a bucket.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
    routing::any,
};
use chrono::TimeDelta;
use file_storage::{FileStorage, Location, S3};
use rstest_reuse::apply;
use serde_json::json;
use store::clock;

use super::{
    create_owners,
    download::{address, download},
    form::{Form, picture},
    sweep::sweep_at,
    upload::stored_files,
};
use crate::world::{Actor, DatabaseKind, World, each_database};

/// The objects of a bucket, and whether the store answers.
#[derive(Clone, Default)]
struct Bucket {
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
    is_away: Arc<Mutex<bool>>,
}

impl Bucket {
    fn keys(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }

    fn set_away(&self, is_away: bool) {
        *self.is_away.lock().unwrap() = is_away;
    }

    /// Serves the bucket `fieldgate`. Gives its address.
    #[expect(clippy::disallowed_methods, reason = "the stand-in ends with the runtime of its test")]
    async fn serve(&self) -> String {
        let routes = Router::new()
            .route("/fieldgate", any(list))
            .route("/fieldgate/{*key}", any(object))
            .layer(DefaultBodyLimit::disable())
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::task::spawn(axum::serve(listener, routes).into_future());
        format!("http://{address}")
    }

    /// Why a request is refused: the store is away, or the request is not signed by the key.
    fn refusal(&self, headers: &HeaderMap) -> Option<StatusCode> {
        if *self.is_away.lock().unwrap() {
            return Some(StatusCode::FORBIDDEN);
        }
        let signature = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_signed = signature.starts_with("AWS4-HMAC-SHA256 Credential=key-id/") && !signature.contains("s3cret");
        (!is_signed).then_some(StatusCode::UNAUTHORIZED)
    }
}

/// ListObjectsV2, in pages of two keys.
async fn list(State(bucket): State<Bucket>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    if let Some(status) = bucket.refusal(&headers) {
        return status.into_response();
    }
    let query = query.unwrap_or_default();
    let parameter = |name: &str| {
        let pairs = form_urlencoded::parse(query.as_bytes());
        pairs.filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).next().unwrap_or_default()
    };
    let (prefix, after) = (parameter("prefix"), parameter("continuation-token"));
    let objects = bucket.objects.lock().unwrap();
    let mut found: Vec<_> = objects.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after).collect();
    let is_truncated = found.len() > 2;
    found.truncate(2);
    let contents: String = found
        .iter()
        .map(|(key, bytes)| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-01-20T08:00:00.000Z</LastModified><ETag>\"x\"</ETag><Size>{}</Size></Contents>",
                bytes.len()
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let next = found.last().filter(|_| is_truncated);
    let next =
        next.map_or_else(String::new, |(key, _)| format!("<NextContinuationToken>{key}</NextContinuationToken>"));
    format!("<ListBucketResult><IsTruncated>{is_truncated}</IsTruncated>{next}{contents}</ListBucketResult>")
        .into_response()
}

/// PutObject, GetObject with a range, and DeleteObject.
async fn object(
    State(bucket): State<Bucket>,
    method: Method,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(status) = bucket.refusal(&headers) {
        return status.into_response();
    }
    let mut objects = bucket.objects.lock().unwrap();
    let head = [("etag", "\"x\""), ("last-modified", "Tue, 20 Jan 2026 08:00:00 GMT")];
    match method {
        Method::PUT => {
            objects.insert(key, body);
            head.into_response()
        }
        Method::DELETE => {
            objects.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => {
            let Some(bytes) = objects.get(&key) else { return StatusCode::NOT_FOUND.into_response() };
            let range = headers["range"].to_str().unwrap().strip_prefix("bytes=").unwrap().to_owned();
            let (first, last) = range.split_once('-').unwrap();
            let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
            let told = format!("bytes {first}-{last}/{}", bytes.len());
            let part = bytes.slice(first..=last);
            (StatusCode::PARTIAL_CONTENT, head, [("content-range", told)], part).into_response()
        }
    }
}

async fn upload(admin: &Actor, content: &[u8]) {
    let form = Form::new().field("customer", "acme").field("externalReference", "photo");
    let response = form.file("a.png", "image/png", content).send(admin).await;
    assert_eq!(response.status, 201, "{response}");
}

#[apply(each_database)]
async fn files_are_kept_in_a_bucket_and_leave_it(database: DatabaseKind) {
    let bucket = Bucket::default();
    let location = Location::S3(S3 {
        bucket: "fieldgate".to_owned(),
        prefix: "files".to_owned(),
        endpoint: Some(bucket.serve().await),
        region: "us-east-1".to_owned(),
        access_key_id: "key-id".to_owned(),
        secret_access_key: "s3cret".to_owned(),
    });
    let files = FileStorage::open(location).unwrap();
    let world = World::builder(database).app(|app| app.files = files).build().await;
    let admin = world.admin();
    create_owners(&admin).await;
    // Three parts, of which the last one is a byte.
    let content = picture(2 * 32 * 65_536 + 1);
    upload(&admin, &content).await;
    let tenant = world.tenant.row.id;
    let keys = bucket.keys();
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys.iter().all(|key| key.starts_with(&format!("files/{tenant}/"))), "{keys:?}");
    let url = address(&admin).await;
    assert!(download(&admin, &url, &[]).await.1 == content);
    let (status, part, _) = download(&admin, &url, &[("range", "bytes=2097100-2097199")]).await;
    assert_eq!((status, part == content[2_097_100..2_097_200]), (206, true));
    // The store is away when the retention ends: the file is found again.
    admin.mutate("documentDelete", json!({ "id": "photo" }), "").await;
    let later = clock::now() + TimeDelta::days(31);
    bucket.set_away(true);
    assert!(sweep_at(&world, later).await.is_err());
    assert_eq!((bucket.keys().len(), stored_files(&world).await), (3, 1));
    bucket.set_away(false);
    assert_eq!(sweep_at(&world, later).await.unwrap(), 1);
    assert_eq!((bucket.keys().len(), stored_files(&world).await), (0, 0));
}

#[apply(each_database)]
async fn an_upload_to_a_store_that_refuses_is_an_error_of_the_server_and_leaves_nothing(database: DatabaseKind) {
    let bucket = Bucket::default();
    bucket.set_away(true);
    let location = Location::S3(S3 {
        bucket: "fieldgate".to_owned(),
        prefix: String::new(),
        endpoint: Some(bucket.serve().await),
        region: "us-east-1".to_owned(),
        access_key_id: "key-id".to_owned(),
        secret_access_key: "s3cret".to_owned(),
    });
    let files = FileStorage::open(location).unwrap();
    let world = World::builder(database).app(|app| app.files = files).build().await;
    let admin = world.admin();
    create_owners(&admin).await;
    let response = Form::new().field("customer", "acme").file("a.png", "image/png", &picture(100)).send(&admin).await;
    assert_eq!((response.status, response.error_codes()), (500, vec!["INTERNAL"]), "{response}");
    assert!(!response.body.to_string().contains("s3cret"), "{response}");
    let documents = admin.execute("{ documents { totalCount } }").await;
    assert_eq!(documents.at("/data/documents/totalCount"), 0);
    // Its row is deleted when it has expired.
    bucket.set_away(false);
    assert_eq!(sweep_at(&world, clock::now() + TimeDelta::hours(1)).await.unwrap(), 1);
    assert_eq!(stored_files(&world).await, 0);
}

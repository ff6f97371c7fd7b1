//! Browsers: the security headers of every response, CORS, and compression.

use serde_json::json;

use super::{read, request, token, world_with};
use crate::world::{Sqlite, World, http_client};

#[tokio::test]
async fn every_response_has_security_headers() {
    let world = World::new(Sqlite).await;
    for (method, path, status) in [
        ("POST", "/graphql", 401),
        ("GET", "/graphql", 401),
        ("GET", "/nothing", 404),
        ("PUT", "/graphql", 405),
        ("GET", "/playground", 200),
        ("GET", "/schema.graphql", 401),
        ("GET", "/health/live", 200),
        ("GET", "/health/ready", 200),
    ] {
        let request = http_client().request(method.parse().unwrap(), format!("{}{path}", world.base));
        let (headers, response) = read(request.send().await.unwrap()).await;
        assert_eq!(response.status, status, "{method} {path}: {response}");
        let header = |name: &str| headers.get(name).unwrap_or_else(|| panic!("{path} has no {name}")).to_str().unwrap();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-frame-options"), "DENY");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(header("x-request-id").len(), 32);
        if path == "/graphql" {
            assert_eq!(header("cache-control"), "no-store");
        }
    }
    let (headers, _) = read(request(&world).json(&json!({ "query": "{ __typename }" })).send().await.unwrap()).await;
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
}

#[tokio::test]
async fn only_configured_origins_may_read_responses() {
    let closed = World::new(Sqlite).await;
    let open = world_with(|settings| settings.cors_origins = vec!["https://app.example".parse().unwrap()]).await;
    for (world, origin, may) in [
        (&closed, "https://app.example", false),
        (&open, "https://app.example", true),
        (&open, "https://app.example.evil", false),
        (&open, "http://app.example", false),
        (&open, "null", false),
    ] {
        let builder = request(world).header("origin", origin).json(&json!({ "query": "{ __typename }" }));
        let (headers, _) = read(builder.send().await.unwrap()).await;
        let allowed = headers.get("access-control-allow-origin");
        assert_eq!(allowed.is_some_and(|allowed| allowed == origin), may, "{origin}: {allowed:?}");
        assert!(!headers.contains_key("access-control-allow-credentials"));
        let before = http_client()
            .request(reqwest::Method::OPTIONS, format!("{}/graphql", world.base))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let (headers, _) = read(before.send().await.unwrap()).await;
        assert_eq!(headers.contains_key("access-control-allow-origin"), may, "{origin}");
        if may {
            // What is allowed does not depend on what a page asks for.
            assert_eq!(
                headers["access-control-allow-headers"],
                "accept,authorization,content-type,idempotency-key,x-request-id,apollographql-client-name,\
                 apollographql-client-version,baggage,sentry-trace,traceparent,tracestate,x-requested-with"
            );
        }
    }
    // The page can read an error response too.
    let builder = http_client().post(format!("{}/graphql", open.base)).header("origin", "https://app.example");
    let (headers, response) = read(builder.send().await.unwrap()).await;
    assert_eq!(
        (response.status, headers["access-control-allow-origin"].to_str().unwrap()),
        (401, "https://app.example")
    );
}

#[tokio::test]
async fn long_responses_are_compressed_as_the_client_accepts() {
    let world = World::new(Sqlite).await;
    let get = async |accepts: &str| {
        let request = http_client().get(format!("{}/schema.graphql", world.base)).bearer_auth(token(&world));
        let response = request.header("accept-encoding", accepts).send().await.unwrap();
        let encoding = response.headers().get("content-encoding").map(|encoding| encoding.to_str().unwrap().to_owned());
        (encoding, response.bytes().await.unwrap())
    };
    let (plain, whole) = get("identity").await;
    assert_eq!(plain, None);
    for (accepts, expected, begins) in [
        ("gzip", "gzip", [0x1f, 0x8b].as_slice()),
        ("zstd", "zstd", &[0x28, 0xb5, 0x2f, 0xfd]),
        ("br", "br", &[]),
        ("gzip, deflate, br, zstd", "zstd", &[0x28, 0xb5, 0x2f, 0xfd]),
        ("gzip, br;q=0.5", "gzip", &[0x1f, 0x8b]),
    ] {
        let (encoding, packed) = get(accepts).await;
        assert_eq!(encoding.as_deref(), Some(expected), "{accepts}");
        assert!(packed.starts_with(begins) && packed.len() * 3 < whole.len(), "{accepts}: {} bytes", packed.len());
    }
    let short = http_client().post(format!("{}/graphql", world.base)).bearer_auth(token(&world));
    let short = short.header("accept-encoding", "gzip").json(&json!({ "query": "{ __typename }" }));
    assert!(!read(short.send().await.unwrap()).await.0.contains_key("content-encoding"));
}

//! Tokens: which are accepted, why others are rejected, and how scopes restrict a role.

mod jwks;
mod key_set;
mod lifetime;
mod public_key;
mod revocation;
mod tenant_read;

use access::Role;

use fieldgate::http::auth::{Grant, Settings};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use reqwest::header::WWW_AUTHENTICATE;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, SECRET, World, assert_snapshot, each_database, http_client, token_settings};

const QUERY: &str = "{ customers { totalCount } }";

/// The claims of an administrator of the world's tenant.
fn claims(world: &World) -> Json {
    let now = get_current_timestamp();
    json!({ "tenant": world.tenant.row.id, "sub": "ada", "roles": ["ADMIN"], "iat": now, "exp": now + 600 })
}

/// The same claims with other values for some; null removes a claim.
fn claims_with(world: &World, other: Json) -> Json {
    let mut claims = claims(world);
    for (name, value) in other.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn sign(claims: &Json, algorithm: Algorithm, key: &EncodingKey) -> String {
    encode(&Header::new(algorithm), claims, key).unwrap()
}

fn sign_with_secret(claims: &Json) -> String {
    sign(claims, Algorithm::HS256, &EncodingKey::from_secret(SECRET.as_bytes()))
}

/// A token with any header and without a signature.
fn unsigned_token(header: &Json, claims: &Json) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    let [header, claims] = [header, claims].map(|part| BASE64.encode(part.to_string()));
    format!("{header}.{claims}.")
}

/// The grant of a read-only administrator.
fn read_only_grant(world: &World) -> Grant<'static> {
    Grant {
        tenant: world.tenant.row.id,
        subject: "auditor",
        roles: &[Role::Admin],
        scopes: None,
        technician: None,
        read_only: true,
        seconds: 600,
    }
}

/// The reason of a rejection, which has to be the same in the body and in the challenge.
async fn rejection(world: &World, authorization: Option<&str>) -> String {
    let client = http_client();
    let mut request = client.post(format!("{}/graphql", world.base)).json(&json!({ "query": QUERY }));
    if let Some(authorization) = authorization {
        request = request.header("Authorization", authorization);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 401, "{authorization:?}");
    let challenge =
        response.headers().get(WWW_AUTHENTICATE).expect("a 401 comes with a challenge").to_str().unwrap().to_owned();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Json = response.json().await.unwrap();
    let message = body["errors"][0]["message"].as_str().unwrap();
    let (reason, advice) =
        message.strip_prefix("The request is not authenticated: ").unwrap().rsplit_once("; ").unwrap();
    let reason = reason.to_owned();
    let expected_advice = match reason.as_str() {
        "there is no bearer token" => "send the header Authorization: Bearer TOKEN.",
        "the token has expired" | "the token has been revoked" => "get a new one.",
        "the token is not valid yet" => "wait, or compare the clocks.",
        "the token lives longer, from iat to exp, than this server accepts" => "get one with a shorter lifetime.",
        "the issuer's keys cannot be read now" => "try again in a moment.",
        _ => "send a token of this server's issuer.",
    };
    assert_eq!(advice, expected_advice, "{reason}");
    let actual = match challenge.split_once("error_description=") {
        Some((start, description)) => {
            assert_eq!(start, "Bearer realm=\"fieldgate\", error=\"invalid_token\", ");
            description.trim_matches('"').to_owned()
        }
        None => {
            assert_eq!(challenge, "Bearer realm=\"fieldgate\"");
            reason.clone()
        }
    };
    assert_eq!(actual, reason);
    // Only the reason: no data, no name and no claim.
    let expected = json!({ "errors": [{
        "message": message, "extensions": { "code": "UNAUTHENTICATED", "retryable": false, "requestId": id },
    }] });
    assert_eq!(body, expected);
    reason
}

async fn token_rejection(world: &World, token: &str) -> String {
    rejection(world, Some(&format!("Bearer {token}"))).await
}

#[apply(each_database)]
async fn a_request_without_a_token_is_rejected(database: DatabaseKind) {
    let world = World::new(database).await;
    let none = "there is no bearer token";
    assert_eq!(rejection(&world, None).await, none);
    assert_eq!(rejection(&world, Some("")).await, none);
    assert_eq!(rejection(&world, Some("Basic YWRhOmFkYQ==")).await, none);
    assert_eq!(rejection(&world, Some("Bearer")).await, none);
    assert_eq!(token_rejection(&world, "abc").await, "the token is malformed");
    assert_eq!(token_rejection(&world, "a.b.c").await, "the token is malformed");
}

#[apply(each_database)]
async fn a_token_is_valid_only_in_its_period(database: DatabaseKind) {
    let world = World::new(database).await;
    let now = get_current_timestamp();
    world.actor_with_token(&sign_with_secret(&claims(&world))).execute(QUERY).await.data();
    for (other, reason) in [
        (json!({ "exp": now - 60 }), "the token has expired"),
        (json!({ "nbf": now + 600 }), "the token is not valid yet"),
        (json!({ "exp": null }), "the token has no expiration (exp)"),
        (json!({ "exp": "tomorrow" }), "the token has no expiration (exp)"),
    ] {
        assert_eq!(
            token_rejection(&world, &sign_with_secret(&claims_with(&world, other.clone()))).await,
            reason,
            "{other}"
        );
    }
}

#[apply(each_database)]
async fn clocks_may_differ_by_the_configured_skew(database: DatabaseKind) {
    let world = World::builder(database).tokens(Settings { skew: 300, ..token_settings() }).build().await;
    let now = get_current_timestamp();
    for other in [json!({ "exp": now - 100 }), json!({ "nbf": now + 100 })] {
        world.actor_with_token(&sign_with_secret(&claims_with(&world, other))).execute(QUERY).await.data();
    }
    let late = token_rejection(&world, &sign_with_secret(&claims_with(&world, json!({ "exp": now - 400 })))).await;
    assert_eq!(late, "the token has expired");
    let early = token_rejection(&world, &sign_with_secret(&claims_with(&world, json!({ "nbf": now + 500 })))).await;
    assert_eq!(early, "the token is not valid yet");
}

#[apply(each_database)]
async fn only_the_configured_signature_is_accepted(database: DatabaseKind) {
    let world = World::new(database).await;
    let (claims, reason) = (claims(&world), "the token's signature is not accepted");
    let other = EncodingKey::from_secret(b"another secret of thirty-two characters");
    assert_eq!(token_rejection(&world, &sign(&claims, Algorithm::HS256, &other)).await, reason);
    // The right secret with an algorithm that is not allowed.
    let own = EncodingKey::from_secret(SECRET.as_bytes());
    assert_eq!(token_rejection(&world, &sign(&claims, Algorithm::HS512, &own)).await, reason);
    // Claims changed after they were signed.
    let token = sign_with_secret(&claims);
    let parts: Vec<_> = token.split('.').collect();
    let changed = unsigned_token(&json!({}), &claims_with(&world, json!({ "sub": "eve" })));
    let changed = format!("{}.{}.{}", parts[0], changed.split('.').nth(1).unwrap(), parts[2]);
    assert_eq!(token_rejection(&world, &changed).await, reason);
    for none in ["none", "None", "NONE", ""] {
        let actual = token_rejection(&world, &unsigned_token(&json!({ "alg": none, "typ": "JWT" }), &claims)).await;
        assert!([reason, "the token is malformed"].contains(&actual.as_str()), "{none}: {actual}");
    }
}

#[apply(each_database)]
async fn a_token_needs_the_configured_issuer_and_audience(database: DatabaseKind) {
    let named = Settings { issuer: Some("me".to_owned()), audience: Some("fieldgate".to_owned()), ..token_settings() };
    let world = World::builder(database).tokens(named).build().await;
    let right = json!({ "iss": "me", "aud": "fieldgate" });
    world.actor_with_token(&sign_with_secret(&claims_with(&world, right))).execute(QUERY).await.data();
    for other in [
        json!({}),
        json!({ "iss": "me" }),
        json!({ "aud": "fieldgate" }),
        json!({ "iss": "you", "aud": "fieldgate" }),
        json!({ "iss": "me", "aud": "elsewhere" }),
        json!({ "iss": "me", "aud": ["elsewhere", "nowhere"] }),
    ] {
        let actual = token_rejection(&world, &sign_with_secret(&claims_with(&world, other.clone()))).await;
        assert_eq!(actual, "the token is for somebody else", "{other}");
    }
}

#[apply(each_database)]
async fn a_token_needs_a_known_tenant_and_a_known_role(database: DatabaseKind) {
    let world = World::new(database).await;
    for tenant in [json!(null), json!("nobody"), json!(uuid::Uuid::now_v7()), json!(7), json!(["a"])] {
        let actual =
            token_rejection(&world, &sign_with_secret(&claims_with(&world, json!({ "tenant": tenant })))).await;
        assert_eq!(actual, "the token names no tenant", "{tenant}");
    }
    for roles in [json!(null), json!([]), json!("EMPEROR"), json!(["EMPEROR"]), json!(7), json!([7])] {
        let actual = token_rejection(&world, &sign_with_secret(&claims_with(&world, json!({ "roles": roles })))).await;
        assert_eq!(actual, "the token names no role", "{roles}");
    }
    // A slug names a tenant too, a single role needs no list, and unknown roles are ignored next to a known one.
    for other in
        [json!({ "tenant": world.tenant.row.slug }), json!({ "roles": "viewer" }), json!({ "roles": ["X", "VIEWER"] })]
    {
        world.actor_with_token(&sign_with_secret(&claims_with(&world, other))).execute(QUERY).await.data();
    }
}

#[apply(each_database)]
async fn a_claim_that_is_not_understood_opens_nothing(database: DatabaseKind) {
    let world = World::new(database).await;
    let nobody = "the token names no subject: a text of at most 255 characters, or a whole number";
    for subject in [json!(null), json!(""), json!(" "), json!(true), json!(4.5), json!("s".repeat(256))] {
        let token = sign_with_secret(&claims_with(&world, json!({ "sub": subject })));
        assert_eq!(token_rejection(&world, &token).await, nobody, "{subject}");
    }
    for read_only in [json!("true"), json!(1), json!("false"), json!([])] {
        let token = sign_with_secret(&claims_with(&world, json!({ "read_only": read_only })));
        let reason = "the token's read_only is neither true nor false";
        assert_eq!(token_rejection(&world, &token).await, reason, "{read_only}");
    }
    for technician in [json!(""), json!({}), json!(true)] {
        let token = sign_with_secret(&claims_with(&world, json!({ "technician": technician })));
        let reason = "the token's technician is neither a text nor a whole number";
        assert_eq!(token_rejection(&world, &token).await, reason, "{technician}");
    }
    let token = sign_with_secret(&claims_with(&world, json!({ "exp": null })));
    assert_eq!(token_rejection(&world, &token).await, "the token has no expiration (exp)");
    // A number names a subject as its text, and null is as good as absent where a claim is optional.
    let number = claims_with(&world, json!({ "sub": 42, "technician": 7 }));
    let viewer = world.actor_with_token(&sign_with_secret(&number)).execute("{ viewer { subject } }").await;
    assert_eq!(*viewer.at("/data/viewer/subject"), json!("42"));
    let mut nulls = claims(&world);
    (nulls["read_only"], nulls["technician"]) = (json!(null), json!(null));
    world.actor_with_token(&sign_with_secret(&nulls)).execute(QUERY).await.data();
    // The tenant's id as the schema writes it names the tenant, too.
    let id = world.admin().execute("{ viewer { tenant { id } } }").await.text("/data/viewer/tenant/id").to_owned();
    world
        .actor_with_token(&sign_with_secret(&claims_with(&world, json!({ "tenant": id }))))
        .execute(QUERY)
        .await
        .data();
}

#[apply(each_database)]
async fn the_scopes_of_openid_restrict_nothing(database: DatabaseKind) {
    let world = World::new(database).await;
    let with_scopes =
        |scopes: Json| world.actor_with_token(&sign_with_secret(&claims_with(&world, json!({ "scope": scopes }))));
    with_scopes(json!("openid profile email offline_access")).execute(QUERY).await.data();
    with_scopes(json!("openid customer:read")).execute(QUERY).await.data();
    for scopes in [json!("openid load:read"), json!("elsewhere:read"), json!([]), json!(7)] {
        assert_eq!(with_scopes(scopes.clone()).execute(QUERY).await.error_codes(), ["FORBIDDEN"], "{scopes}");
    }
}

#[apply(each_database)]
async fn scopes_restrict_the_permissions_of_a_role(database: DatabaseKind) {
    let world = World::new(database).await;
    let scoped = |role: Role, scopes: &[&str]| {
        let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
        world.user(&[role]).scopes(&scopes).subject("narrow").actor()
    };
    let input = json!({ "name": "Eve Resident", "type": "RESIDENTIAL", "notes": "dog" });
    world.admin().mutate("customerCreate", input.clone(), "").await;

    let reader = scoped(Role::Admin, &["customer:read"]);
    let response = reader.execute("{ customers { nodes { notes contacts { totalCount } } } }").await;
    assert_eq!(response.error_codes(), ["FORBIDDEN"]);
    assert_eq!(*response.at("/data/customers/nodes/0"), json!({ "notes": null, "contacts": null }));
    assert_eq!(*response.at("/extensions/redacted"), json!(["customers.nodes.notes"]));
    assert_eq!(reader.send_mutation("customerCreate", input.clone(), "").await.error_codes(), ["FORBIDDEN"]);

    let both = scoped(Role::Admin, &["customer:read", "pii:read"]);
    assert_eq!(
        *both.execute("{ customers { nodes { notes } } }").await.at("/data/customers/nodes/0/notes"),
        json!("dog")
    );

    // A scope adds no permission to a role, and an empty list of scopes leaves none.
    let wide = scoped(Role::Viewer, &["customer:read", "customer:write", "pii:read"]);
    assert_eq!(wide.send_mutation("customerCreate", input, "").await.error_codes(), ["FORBIDDEN"]);
    let redacted = wide.execute("{ customers { nodes { notes } } }").await;
    assert_eq!(*redacted.at("/data/customers/nodes/0/notes"), Json::Null);
    assert_eq!(scoped(Role::Admin, &[]).execute(QUERY).await.error_codes(), ["FORBIDDEN"]);
}

#[apply(each_database)]
async fn a_read_only_token_cannot_write(database: DatabaseKind) {
    let world = World::new(database).await;
    let reader: Actor = world.actor_with_token(&world.tokens.sign(&read_only_grant(&world)).unwrap().text);
    reader.execute(QUERY).await.data();
    let refused = reader.send_mutation("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "").await;
    assert_snapshot!(refused.snapshot(), @r#"
    {
      "data": {
        "customerCreate": null
      },
      "errors": [
        {
          "extensions": {
            "code": "FORBIDDEN",
            "retryable": false,
            "scope": "customer:write"
          },
          "locations": [
            {
              "column": 42,
              "line": 1
            }
          ],
          "message": "This needs the permission customer:write, which the token does not give.",
          "path": [
            "customerCreate"
          ]
        }
      ]
    }
    "#);
    assert_eq!(*world.admin().execute(QUERY).await.at("/data/customers/totalCount"), json!(0));
}

#[apply(each_database)]
async fn a_missing_permission_is_named_by_its_scope(database: DatabaseKind) {
    let world = World::new(database).await;
    let refused = world.viewer().execute("{ customers(where: { name: { eq: \"ab\" } }) { totalCount } }").await;
    assert_snapshot!(refused.snapshot(), @r#"
        {
          "data": {
            "customers": null
          },
          "errors": [
            {
              "extensions": {
                "code": "FORBIDDEN",
                "retryable": false,
                "scope": "pii:read"
              },
              "locations": [
                {
                  "column": 3,
                  "line": 1
                }
              ],
              "message": "This needs the permission pii:read, which the token does not give.",
              "path": [
                "customers"
              ]
            }
          ]
        }
        "#);
    assert_eq!(refused.status, 200);
}

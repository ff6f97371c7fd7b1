//! Tokens: who is let in, what they are told who are not, and that scopes only ever narrow.

use access::Role;

use fieldgate::http::auth::{Grant, Key, Settings};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use reqwest::header::WWW_AUTHENTICATE;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::world::{Actor, On, Postgres, Sqlite, World, database, token_settings};

/// The secret of [`token_settings`].
const SECRET: &str = "a secret of at least thirty-two characters";
const QUERY: &str = "{ customers { totalCount } }";

async fn guarded(on: On, settings: Settings) -> World {
    World::at(database::open(on).await, settings).await
}

/// The claims of an administrator of the world's tenant.
fn claims(world: &World) -> Json {
    json!({ "tenant": world.tenant.row.id, "sub": "ada", "roles": ["ADMIN"], "exp": get_current_timestamp() + 600 })
}

/// The same claims but for some; null leaves one out.
fn with(world: &World, other: Json) -> Json {
    let mut claims = claims(world);
    for (name, value) in other.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn signed(claims: &Json, algorithm: Algorithm, key: &EncodingKey) -> String {
    encode(&Header::new(algorithm), claims, key).unwrap()
}

fn by_secret(claims: &Json) -> String {
    signed(claims, Algorithm::HS256, &EncodingKey::from_secret(SECRET.as_bytes()))
}

/// A token of any header, signed by nobody.
fn unsigned(header: &Json, claims: &Json) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    let [header, claims] = [header, claims].map(|part| BASE64.encode(part.to_string()));
    format!("{header}.{claims}.")
}

/// What an administrator who only reads is granted.
fn to_read(world: &World) -> Grant<'static> {
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

/// What somebody is told who is not let in: the reason, which stands in the body and in the challenge alike.
async fn turned_away(world: &World, authorization: Option<&str>) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
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
    let reason = message.split_once("TOKEN; ").unwrap().1.trim_end_matches('.').to_owned();
    let told = match challenge.split_once("error_description=") {
        Some((start, description)) => {
            assert_eq!(start, "Bearer realm=\"fieldgate\", error=\"invalid_token\", ");
            description.trim_matches('"').to_owned()
        }
        None => {
            assert_eq!(challenge, "Bearer realm=\"fieldgate\"");
            reason.clone()
        }
    };
    assert_eq!(told, reason);
    // The class of the reason and nothing else: no data, no name, no claim.
    let expected = json!({ "errors": [{
        "message": message, "extensions": { "code": "UNAUTHENTICATED", "retryable": false, "requestId": id },
    }] });
    assert_eq!(body, expected);
    reason
}

async fn bearer(world: &World, token: &str) -> String {
    turned_away(world, Some(&format!("Bearer {token}"))).await
}

#[rstest]
#[tokio::test]
async fn who_has_no_token_is_told_to_bring_one(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let none = "there is no bearer token";
    assert_eq!(turned_away(&world, None).await, none);
    assert_eq!(turned_away(&world, Some("")).await, none);
    assert_eq!(turned_away(&world, Some("Basic YWRhOmFkYQ==")).await, none);
    assert_eq!(turned_away(&world, Some("Bearer")).await, none);
    assert_eq!(bearer(&world, "abc").await, "the token is malformed");
    assert_eq!(bearer(&world, "a.b.c").await, "the token is malformed");
}

#[rstest]
#[tokio::test]
async fn a_token_holds_in_its_time_only(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let now = get_current_timestamp();
    world.bearer(&by_secret(&claims(&world))).ask(QUERY).await.data();
    for (other, reason) in [
        (json!({ "exp": now - 60 }), "the token has expired"),
        (json!({ "nbf": now + 600 }), "the token is not valid yet"),
        (json!({ "exp": null }), "the token is malformed"),
        (json!({ "exp": "tomorrow" }), "the token is malformed"),
    ] {
        assert_eq!(bearer(&world, &by_secret(&with(&world, other.clone()))).await, reason, "{other}");
    }
}

#[rstest]
#[tokio::test]
async fn clocks_may_differ_by_the_skew_and_no_more(#[values(Sqlite, Postgres)] on: On) {
    let world = guarded(on, Settings { skew: 300, ..token_settings() }).await;
    let now = get_current_timestamp();
    for other in [json!({ "exp": now - 100 }), json!({ "nbf": now + 100 })] {
        world.bearer(&by_secret(&with(&world, other))).ask(QUERY).await.data();
    }
    let late = bearer(&world, &by_secret(&with(&world, json!({ "exp": now - 400 })))).await;
    assert_eq!(late, "the token has expired");
    let early = bearer(&world, &by_secret(&with(&world, json!({ "nbf": now + 500 })))).await;
    assert_eq!(early, "the token is not valid yet");
}

#[rstest]
#[tokio::test]
async fn only_the_one_signature_is_accepted(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (claims, reason) = (claims(&world), "the token's signature is not accepted");
    let other = EncodingKey::from_secret(b"another secret of thirty-two characters");
    assert_eq!(bearer(&world, &signed(&claims, Algorithm::HS256, &other)).await, reason);
    // The right secret, but another algorithm than the one that is allowed.
    let own = EncodingKey::from_secret(SECRET.as_bytes());
    assert_eq!(bearer(&world, &signed(&claims, Algorithm::HS512, &own)).await, reason);
    // Claims changed after they were signed.
    let token = by_secret(&claims);
    let parts: Vec<_> = token.split('.').collect();
    let changed = unsigned(&json!({}), &with(&world, json!({ "sub": "eve" })));
    let changed = format!("{}.{}.{}", parts[0], changed.split('.').nth(1).unwrap(), parts[2]);
    assert_eq!(bearer(&world, &changed).await, reason);
    for none in ["none", "None", "NONE", ""] {
        let told = bearer(&world, &unsigned(&json!({ "alg": none, "typ": "JWT" }), &claims)).await;
        assert!([reason, "the token is malformed"].contains(&told.as_str()), "{none}: {told}");
    }
}

#[rstest]
#[tokio::test]
async fn a_token_for_somebody_else_is_not_for_us(#[values(Sqlite, Postgres)] on: On) {
    let named = Settings { issuer: Some("me".to_owned()), audience: Some("fieldgate".to_owned()), ..token_settings() };
    let world = guarded(on, named).await;
    let right = json!({ "iss": "me", "aud": "fieldgate" });
    world.bearer(&by_secret(&with(&world, right))).ask(QUERY).await.data();
    for other in [
        json!({}),
        json!({ "iss": "me" }),
        json!({ "aud": "fieldgate" }),
        json!({ "iss": "you", "aud": "fieldgate" }),
        json!({ "iss": "me", "aud": "elsewhere" }),
        json!({ "iss": "me", "aud": ["elsewhere", "nowhere"] }),
    ] {
        let told = bearer(&world, &by_secret(&with(&world, other.clone()))).await;
        assert_eq!(told, "the token is for somebody else", "{other}");
    }
}

#[rstest]
#[tokio::test]
async fn a_token_names_a_tenant_and_a_role_we_know(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    for tenant in [json!(null), json!("nobody"), json!(uuid::Uuid::now_v7()), json!(7), json!(["a"])] {
        let told = bearer(&world, &by_secret(&with(&world, json!({ "tenant": tenant })))).await;
        assert_eq!(told, "the token names no tenant", "{tenant}");
    }
    for roles in [json!(null), json!([]), json!("EMPEROR"), json!(["EMPEROR"]), json!(7), json!([7])] {
        let told = bearer(&world, &by_secret(&with(&world, json!({ "roles": roles })))).await;
        assert_eq!(told, "the token names no role", "{roles}");
    }
    // A slug names a tenant too, one role needs no list, and unknown roles beside a known one add nothing.
    for other in
        [json!({ "tenant": world.tenant.row.slug }), json!({ "roles": "viewer" }), json!({ "roles": ["X", "VIEWER"] })]
    {
        world.bearer(&by_secret(&with(&world, other))).ask(QUERY).await.data();
    }
}

#[rstest]
#[tokio::test]
async fn scopes_narrow_what_a_role_allows_and_never_widen_it(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let scoped = |role: Role, scopes: &[&str]| {
        let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
        world.granted(&world.tenant, &[role], Some(&scopes), "narrow")
    };
    let made = json!({ "name": "Eve Resident", "type": "RESIDENTIAL", "notes": "dog" });
    world.admin().done("customerCreate", made.clone(), "").await;

    let reader = scoped(Role::Admin, &["customer:read"]);
    let answer = reader.ask("{ customers { nodes { notes contacts { totalCount } } } }").await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
    assert_eq!(*answer.at("/data/customers/nodes/0"), json!({ "notes": null, "contacts": null }));
    assert_eq!(*answer.at("/extensions/redacted"), json!(["customers.nodes.notes"]));
    assert_eq!(reader.tried("customerCreate", made.clone(), "").await.codes(), ["FORBIDDEN"]);

    let both = scoped(Role::Admin, &["customer:read", "pii:read"]);
    assert_eq!(*both.ask("{ customers { nodes { notes } } }").await.at("/data/customers/nodes/0/notes"), json!("dog"));

    // A scope gives nothing that the role does not have, and no scope at all gives nothing.
    let wide = scoped(Role::Viewer, &["customer:read", "customer:write", "pii:read"]);
    assert_eq!(wide.tried("customerCreate", made, "").await.codes(), ["FORBIDDEN"]);
    let redacted = wide.ask("{ customers { nodes { notes } } }").await;
    assert_eq!(*redacted.at("/data/customers/nodes/0/notes"), Json::Null);
    assert_eq!(scoped(Role::Admin, &[]).ask(QUERY).await.codes(), ["FORBIDDEN"]);
}

#[rstest]
#[tokio::test]
async fn a_token_to_read_cannot_write(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let reader: Actor = world.bearer(&world.tokens.sign(&to_read(&world)).unwrap());
    reader.ask(QUERY).await.data();
    let refused = reader.tried("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "").await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(refused.shown(), @r#"
        {
          "data": null,
          "errors": [
            {
              "extensions": {
                "code": "FORBIDDEN",
                "retryable": false
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
    }
    assert_eq!(*world.admin().ask(QUERY).await.at("/data/customers/totalCount"), json!(0));
}

#[rstest]
#[tokio::test]
async fn what_a_role_may_not_do_is_named_by_its_scope(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let refused = world.viewer().ask("{ search(query: \"ab\") { totalCount } }").await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(refused.shown(), @r#"
        {
          "data": {
            "search": null
          },
          "errors": [
            {
              "extensions": {
                "code": "FORBIDDEN",
                "retryable": false
              },
              "locations": [
                {
                  "column": 3,
                  "line": 1
                }
              ],
              "message": "This needs the permission pii:read, which the token does not give.",
              "path": [
                "search"
              ]
            }
          ]
        }
        "#);
    }
    assert_eq!(refused.status, 200);
}

#[rstest]
#[case::rs256(Algorithm::RS256, include_str!("keys/rs256.pem"), include_str!("keys/rs256.pub.pem"))]
#[case::es256(Algorithm::ES256, include_str!("keys/es256.pem"), include_str!("keys/es256.pub.pem"))]
#[case::eddsa(Algorithm::EdDSA, include_str!("keys/eddsa.pem"), include_str!("keys/eddsa.pub.pem"))]
#[tokio::test]
async fn a_public_key_verifies_what_its_private_key_signed(
    #[values(Sqlite, Postgres)] on: On,
    #[case] algorithm: Algorithm,
    #[case] private: &str,
    #[case] public: &str,
) {
    let key = match algorithm {
        Algorithm::RS256 => EncodingKey::from_rsa_pem(private.as_bytes()),
        Algorithm::ES256 => EncodingKey::from_ec_pem(private.as_bytes()),
        _ => EncodingKey::from_ed_pem(private.as_bytes()),
    }
    .unwrap();
    let settings = Settings {
        key: Key::Public(public.to_owned()),
        algorithms: vec![format!("{algorithm:?}")],
        ..token_settings()
    };
    let world = guarded(on, settings).await;
    let claims = claims(&world);
    world.bearer(&signed(&claims, algorithm, &key)).ask(QUERY).await.data();

    let reason = "the token's signature is not accepted";
    let token = signed(&claims, algorithm, &key);
    let (signed_part, signature) = token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    assert_eq!(bearer(&world, &format!("{signed_part}.{flipped}{}", &signature[1..])).await, reason);
    // The public key is no secret: a token signed with it as if it were one is the oldest trick.
    let confused = EncodingKey::from_secret(public.as_bytes());
    assert_eq!(bearer(&world, &signed(&claims, Algorithm::HS256, &confused)).await, reason);
    assert_eq!(bearer(&world, &by_secret(&claims)).await, reason);
    // The right key, but another algorithm than the one that is allowed.
    if algorithm == Algorithm::RS256 {
        for other in [Algorithm::RS512, Algorithm::PS256] {
            assert_eq!(bearer(&world, &signed(&claims, other, &key)).await, reason, "{other:?}");
        }
    }
    let grant = Grant { read_only: false, ..to_read(&world) };
    assert!(world.tokens.sign(&grant).is_err(), "a server with a public key signs nothing");
}

//! Public keys: a key verifies the tokens of its private key, by its algorithm, for this audience and from this issuer.

use fieldgate::http::auth::{Grant, Key, KeyFile, Settings};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rstest::rstest;
use serde_json::{Value as Json, json};

use super::{QUERY, claims_with, read_only_grant, sign, sign_with_secret, token_rejection};
use crate::world::{DatabaseKind, Postgres, Sqlite, World, token_settings};

/// The issuer and the audience of tokens that a public key verifies.
const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "fieldgate";

/// Settings that verify tokens with public keys.
pub fn public_key_settings(key: Key) -> Settings {
    let (issuer, audience) = (Some(ISSUER.to_owned()), Some(AUDIENCE.to_owned()));
    Settings { key, algorithms: Vec::new(), issuer, audience, ..token_settings() }
}

/// A file with public keys.
pub fn key_file(text: &str) -> KeyFile {
    KeyFile { path: "issuer.pem".to_owned(), text: text.to_owned() }
}

/// The claims of an administrator, for a server that verifies with public keys.
pub fn issued_claims(world: &World) -> Json {
    claims_with(world, json!({ "iss": ISSUER, "aud": AUDIENCE }))
}

/// The private key of a test's algorithm.
pub fn private_key(algorithm: Algorithm) -> EncodingKey {
    match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_pem(include_bytes!("../keys/es256.pem")),
        Algorithm::EdDSA => EncodingKey::from_ed_pem(include_bytes!("../keys/eddsa.pem")),
        _ => EncodingKey::from_rsa_pem(include_bytes!("../keys/rs256.pem")),
    }
    .unwrap()
}

/// A token with a key id, signed by the private key of an algorithm.
pub fn sign_with_id(claims: &Json, algorithm: Algorithm, id: Option<&str>) -> String {
    let header = Header { kid: id.map(str::to_owned), ..Header::new(algorithm) };
    encode(&header, claims, &private_key(algorithm)).unwrap()
}

#[rstest]
#[case::rs256(Algorithm::RS256, include_str!("../keys/rs256.pub.pem"))]
#[case::es256(Algorithm::ES256, include_str!("../keys/es256.pub.pem"))]
#[case::eddsa(Algorithm::EdDSA, include_str!("../keys/eddsa.pub.pem"))]
#[tokio::test]
async fn a_public_key_verifies_tokens_of_its_private_key(
    #[values(Sqlite, Postgres)] database: DatabaseKind,
    #[case] algorithm: Algorithm,
    #[case] public: &str,
) {
    let settings = public_key_settings(Key::Public(vec![key_file(public)]));
    let world = World::builder(database).tokens(settings).build().await;
    let (claims, key) = (issued_claims(&world), private_key(algorithm));
    world.actor_with_token(&sign(&claims, algorithm, &key)).execute(QUERY).await.data();

    let reason = "the token's signature is not accepted";
    let token = sign(&claims, algorithm, &key);
    let (signed_part, signature) = token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    assert_eq!(token_rejection(&world, &format!("{signed_part}.{flipped}{}", &signature[1..])).await, reason);
    // A public key is no secret: a token signed with it as a shared secret must be rejected.
    let confused = EncodingKey::from_secret(public.as_bytes());
    assert_eq!(token_rejection(&world, &sign(&claims, Algorithm::HS256, &confused)).await, reason);
    assert_eq!(token_rejection(&world, &sign_with_secret(&claims)).await, reason);
    // The right key with an algorithm that it is not bound to.
    if algorithm == Algorithm::RS256 {
        for other in [Algorithm::RS512, Algorithm::PS256] {
            assert_eq!(token_rejection(&world, &sign(&claims, other, &key)).await, reason, "{other:?}");
        }
    }
    // The issuer signs tokens for others, too, and a key that others use may sign those of another issuer.
    for other in [
        json!({ "aud": null }),
        json!({ "aud": "elsewhere" }),
        json!({ "iss": null }),
        json!({ "iss": "https://other.example" }),
    ] {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let actual = token_rejection(&world, &sign(&claims, algorithm, &key)).await;
        assert_eq!(actual, "the token is for somebody else", "{other}");
    }
    let grant = Grant { read_only: false, ..read_only_grant(&world) };
    assert!(world.tokens.sign(&grant).is_err(), "a server with a public key signs nothing");
}

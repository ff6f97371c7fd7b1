//! Sets of keys: the key of a token's `kid`, the algorithm that a key is bound to, and keys that no server takes.

use fieldgate::{
    config,
    http::auth::{Authenticator, Key},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{
    QUERY, claims,
    public_key::{issued_claims, key_file, private_key, public_key_settings, sign_with_id},
    rejection, sign_with_secret, token_rejection, unsigned_token,
};
use crate::world::{DatabaseKind, World, each_database};

/// The public key of an algorithm as a JWK.
pub fn jwk(algorithm: Algorithm, id: &str) -> Json {
    let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&private_key(algorithm), algorithm).unwrap();
    let mut jwk = serde_json::to_value(jwk).unwrap();
    (jwk["kid"], jwk["use"]) = (json!(id), json!("sig"));
    jwk
}

/// A JWK Set of the test's keys, each with its id.
pub fn jwk_set(keys: &[(Algorithm, &str)]) -> String {
    let keys: Vec<_> = keys.iter().map(|(algorithm, id)| jwk(*algorithm, id)).collect();
    json!({ "keys": keys }).to_string()
}

const NOT_ACCEPTED: &str = "the token's signature is not accepted";
const UNKNOWN_KEY: &str = "the token names a key (kid) that this server does not have";

#[apply(each_database)]
async fn a_token_is_verified_by_the_key_that_it_names(database: DatabaseKind) {
    let set = jwk_set(&[(Algorithm::RS256, "first"), (Algorithm::ES256, "second"), (Algorithm::EdDSA, "third")]);
    let settings = public_key_settings(Key::Public(vec![key_file(&set)]));
    let world = World::builder(database).tokens(settings).build().await;
    let claims = issued_claims(&world);
    let own = [(Algorithm::RS256, "first"), (Algorithm::ES256, "second"), (Algorithm::EdDSA, "third")];
    for (algorithm, id) in own {
        for id in [Some(id), None] {
            world.actor_with_token(&sign_with_id(&claims, algorithm, id)).execute(QUERY).await.data();
        }
        for (_, other) in own.iter().filter(|(_, other)| *other != id) {
            let actual = token_rejection(&world, &sign_with_id(&claims, algorithm, Some(other))).await;
            assert_eq!(actual, NOT_ACCEPTED, "{algorithm:?} {other}");
        }
        assert_eq!(token_rejection(&world, &sign_with_id(&claims, algorithm, Some("fourth"))).await, UNKNOWN_KEY);
    }
    // A key signs by the algorithm that its set states, and by no other of its type.
    for other in [Algorithm::RS384, Algorithm::PS256] {
        assert_eq!(token_rejection(&world, &sign_with_id(&claims, other, Some("first"))).await, NOT_ACCEPTED);
    }
    // The text of a public key is no secret.
    let header = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::HS256) };
    let confused = EncodingKey::from_secret(include_bytes!("../keys/rs256.pub.pem"));
    assert_eq!(token_rejection(&world, &encode(&header, &claims, &confused).unwrap()).await, NOT_ACCEPTED);
}

#[apply(each_database)]
async fn a_key_without_an_id_verifies_what_no_other_key_names(database: DatabaseKind) {
    let pem = include_str!("../keys/es256.pub.pem").to_owned();
    let settings =
        public_key_settings(Key::Public(vec![key_file(&pem), key_file(&jwk_set(&[(Algorithm::EdDSA, "third")]))]));
    let world = World::builder(database).tokens(settings).build().await;
    let claims = issued_claims(&world);
    for id in [None, Some("anything")] {
        world.actor_with_token(&sign_with_id(&claims, Algorithm::ES256, id)).execute(QUERY).await.data();
    }
    world.actor_with_token(&sign_with_id(&claims, Algorithm::EdDSA, Some("third"))).execute(QUERY).await.data();
    for (algorithm, id) in [(Algorithm::ES256, "third"), (Algorithm::EdDSA, "anything")] {
        assert_eq!(token_rejection(&world, &sign_with_id(&claims, algorithm, Some(id))).await, NOT_ACCEPTED);
    }
}

#[apply(each_database)]
async fn a_header_that_is_critical_or_long_opens_nothing(database: DatabaseKind) {
    let world = World::new(database).await;
    let header = Header { crit: Some(vec!["b64".to_owned()]), ..Header::new(Algorithm::HS256) };
    let key = EncodingKey::from_secret(crate::world::SECRET.as_bytes());
    let critical = "the token's header has critical parameters (crit), which this server does not know";
    assert_eq!(token_rejection(&world, &encode(&header, &claims(&world), &key).unwrap()).await, critical);
    let malformed = unsigned_token(&json!({ "alg": "HS256", "crit": "b64" }), &claims(&world));
    assert_eq!(token_rejection(&world, &malformed).await, "the token is malformed");
    let header = Header { kid: Some("k".repeat(10_000)), ..Header::new(Algorithm::HS256) };
    let long = encode(&header, &claims(&world), &key).unwrap();
    assert_eq!(rejection(&world, Some(&format!("Bearer {long}"))).await, UNKNOWN_KEY);
    world.actor_with_token(&sign_with_secret(&claims(&world))).execute(QUERY).await.data();
}

#[test]
fn keys_that_verify_nothing_are_refused_with_the_reason() {
    let reason = |key: Key| {
        let (setting, reason) = Authenticator::new(public_key_settings(key)).err().unwrap();
        format!("{setting}: {reason}")
    };
    let with = |name: &str, value: Json| {
        let mut key = jwk(Algorithm::ES256, "one");
        key[name] = value;
        key.to_string()
    };
    let many: Vec<_> = (0..33).map(|number| jwk(Algorithm::ES256, &number.to_string())).collect();
    let texts = [
        include_str!("../keys/es256.pem").to_owned(),
        include_str!("../keys/rs256-short.pub.pem").to_owned(),
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".to_owned(),
        "a key".to_owned(),
        "[]".to_owned(),
        json!({ "keys": [] }).to_string(),
        json!({ "keys": many }).to_string(),
        json!({ "keys": [{ "kty": "oct", "kid": "shared", "k": "c2VjcmV0" }] }).to_string(),
        with("use", json!("enc")),
        with("key_ops", json!(["encrypt"])),
        with("alg", json!("RS256")),
        with("alg", json!("ES256K")),
        with("crv", json!("secp256k1")),
    ];
    let reasons: Vec<_> = texts.into_iter().map(|text| reason(Key::Public(vec![key_file(&text)]))).collect();
    insta::assert_snapshot!(reasons.join("\n"), @r#"
    token_public_key_files: issuer.pem: it is a private key; give the public key that belongs to it
    token_public_key_files: issuer.pem: its RSA key has fewer than 2048 bits
    token_public_key_files: issuer.pem: it is no public key of RSA, EC or Ed25519 in PEM
    token_public_key_files: issuer.pem: it is neither PEM nor a JWK Set in JSON
    token_public_key_files: issuer.pem: it is not a JWK Set: an object with "keys"
    token_public_key_files: issuer.pem: there is no key
    token_public_key_files: issuer.pem: it has 33 keys; at most 32 are used
    token_public_key_files: issuer.pem: the key "shared" is a secret, and not a public key
    token_public_key_files: issuer.pem: the key "one" is not for signatures
    token_public_key_files: issuer.pem: the key "one" is not for verification
    token_public_key_files: issuer.pem: the key "one" states an algorithm that is not one of its type
    token_public_key_files: issuer.pem: the key "one" is for an algorithm that is not known
    token_public_key_files: issuer.pem: the key "one" has an unknown type or curve
    "#);
}

#[test]
fn public_keys_need_an_audience_an_issuer_and_no_secret_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        file
    };
    let file = write("issuer.pem", include_str!("../keys/es256.pub.pem"));
    let build = |more: &str| {
        let toml = format!("token_public_key_files = [{:?}]\n{more}", file.display().to_string());
        config::parse(&toml).unwrap().build_authenticator().map(|_| ()).map_err(|error| error.to_string())
    };
    let both = "token_audience = \"fieldgate\"\ntoken_issuer = \"https://id.example\"\n";
    build(both).unwrap();
    build(&format!("{both}token_algorithms = [\"ES256\"]")).unwrap();
    // Of several files, the error names the one that has the fault.
    let other = write("other.pem", include_str!("../keys/es256.pem"));
    let files = [&file, &other].map(|file| file.display().to_string());
    let error = config::parse(&format!("token_public_key_files = {files:?}\n{both}")).unwrap().build_authenticator();
    let error = error.map(|_| ()).unwrap_err().to_string();
    let named = format!("{}: it is a private key", other.display());
    assert!(error.contains(&named), "{error}");
    let errors = [
        build("token_issuer = \"https://id.example\"").unwrap_err(),
        build("token_audience = \"fieldgate\"").unwrap_err(),
        build(&format!("{both}token_algorithms = [\"RS256\"]")).unwrap_err(),
        build(&format!("{both}token_algorithms = [\"HS256\"]")).unwrap_err(),
        build(&format!("{both}token_secret = \"a secret of at least thirty-two characters\"")).unwrap_err(),
        build(&format!("{both}token_jwks_url = \"https://id.example/jwks\"")).unwrap_err(),
        build(&format!("{both}token_skew = 3600")).unwrap_err(),
    ];
    let errors: Vec<_> = errors.iter().map(|error| error.lines().next().unwrap().replace(&files[0], "FILE")).collect();
    insta::assert_snapshot!(errors.join("\n"), @"
    token_audience (in fieldgate.toml, or FIELDGATE_TOKEN_AUDIENCE): tokens that a public key verifies are accepted only if they name this service as the audience, and its issuer; set token_audience and token_issuer.
    token_issuer (in fieldgate.toml, or FIELDGATE_TOKEN_ISSUER): tokens that a public key verifies are accepted only if they name this service as the audience, and its issuer; set token_audience and token_issuer.
    token_public_key_files (in fieldgate.toml, or FIELDGATE_TOKEN_PUBLIC_KEY_FILES): FILE: the key fits no algorithm of token_algorithms.
    token_algorithms (in fieldgate.toml, or FIELDGATE_TOKEN_ALGORITHMS): HS256 does not fit the key: HS256 goes with a secret, the others with a public key.
    token_secret (in fieldgate.toml, or FIELDGATE_TOKEN_SECRET): token_public_key_files is set, too: tokens are verified with a secret, or files, or an address.
    token_public_key_files (in fieldgate.toml, or FIELDGATE_TOKEN_PUBLIC_KEY_FILES): token_jwks_url is set, too: tokens are verified with a secret, or files, or an address.
    token_skew (in fieldgate.toml, or FIELDGATE_TOKEN_SKEW): clocks may differ by at most 600 seconds.
    ");
}

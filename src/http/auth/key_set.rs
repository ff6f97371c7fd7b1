//! Key sets: the keys that verify tokens, each with its id and the algorithms that it is bound to.

use jsonwebtoken::{
    Algorithm, DecodingKey, Header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse},
};
use serde_json::Value as Json;

use crate::http::rejection::truncate_message;

/// The most keys of a set. A token without a key id may be tried with each of them.
const MAX_KEYS: usize = 32;

/// The longest key id that is compared, in bytes.
const MAX_ID_BYTES: usize = 256;

/// The shortest RSA key, in bytes (RFC 7518, section 3.3).
const MIN_RSA_BYTES: usize = 256;

/// The algorithms of an RSA key. Without other word, a key is bound to the first.
const RSA: &[Algorithm] =
    &[Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];

/// The keys that verify tokens.
#[derive(Default)]
pub struct KeySet {
    keys: Vec<VerificationKey>,
}

/// A key that verifies tokens.
pub struct VerificationKey {
    /// Its id (`kid`), if it has one.
    id: Option<String>,
    /// The algorithms that it is bound to.
    algorithms: Vec<Algorithm>,
    /// The key.
    pub key: DecodingKey,
}

/// The keys of a text, and why others of it are not used.
pub struct ParsedKeys {
    /// The keys.
    pub set: KeySet,
    /// A sentence for each key that is not used.
    pub skipped: Vec<String>,
}

impl KeySet {
    /// The set of one shared secret.
    pub fn of_secret(secret: &str, algorithms: &[Algorithm]) -> Self {
        let key = DecodingKey::from_secret(secret.as_bytes());
        Self { keys: vec![VerificationKey { id: None, algorithms: algorithms.to_vec(), key }] }
    }

    /// The public keys of a text: PEM, a JWK or a JWK Set (RFC 7517). `accepted` are the algorithms to use; if it is empty,
    /// the key says.
    pub fn parse(text: &str, accepted: &[Algorithm]) -> Result<ParsedKeys, String> {
        let keys: Vec<_> = if text.contains("-----BEGIN ") {
            pem_blocks(text).map(|block| parse_pem(block, accepted)).collect()
        } else {
            let json: Json =
                serde_json::from_str(text).map_err(|_| "it is neither PEM nor a JWK Set in JSON".to_owned())?;
            let list = match json {
                Json::Object(mut object) if object.contains_key("keys") => match object.remove("keys") {
                    Some(Json::Array(list)) => list,
                    _ => return Err("its \"keys\" is not a list".to_owned()),
                },
                Json::Object(object) => vec![Json::Object(object)],
                _ => return Err("it is not a JWK Set: an object with \"keys\"".to_owned()),
            };
            list.into_iter().map(|key| parse_jwk(key, accepted)).collect()
        };
        if keys.len() > MAX_KEYS {
            return Err(format!("it has {} keys; at most {MAX_KEYS} are used", keys.len()));
        }
        let mut parsed = ParsedKeys { set: Self::default(), skipped: Vec::new() };
        for key in keys {
            match key {
                Ok(key) => parsed.set.keys.push(key),
                Err(reason) => parsed.skipped.push(truncate_message(&reason)),
            }
        }
        Ok(parsed)
    }

    /// Adds the keys of another set.
    pub fn extend(&mut self, other: Self) {
        self.keys.extend(other.keys);
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether a key may have signed a token.
    pub fn has_candidate(&self, header: &Header) -> bool {
        self.candidates(header).is_some_and(|mut candidates| candidates.next().is_some())
    }

    /// The keys that may have signed a token: those of its key id, else those without an id; every key, if the token names
    /// none. `None` if the token names a key that the set does not have.
    pub fn candidates(&self, header: &Header) -> Option<impl Iterator<Item = &VerificationKey>> {
        let id = header.kid.as_ref();
        let has_id = self.keys.iter().any(|key| key.id.is_some() && key.id.as_ref() == id);
        let fits_id = move |key: &&VerificationKey| match id {
            Some(_) if has_id => key.id.as_ref() == id,
            Some(_) => key.id.is_none(),
            None => true,
        };
        let algorithm = header.alg;
        let is_known = id.is_none_or(|id| id.len() <= MAX_ID_BYTES) && self.keys.iter().any(|key| fits_id(&key));
        is_known.then(|| {
            self.keys.iter().filter(fits_id).filter(move |key: &&VerificationKey| key.algorithms.contains(&algorithm))
        })
    }
}

/// The blocks of a text in PEM.
fn pem_blocks(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("-----BEGIN ").map(|(start, _)| start);
    let ends = starts.clone().skip(1).chain([text.len()]);
    starts.zip(ends).map(|(start, end)| text[start..end].trim())
}

fn parse_pem(block: &str, accepted: &[Algorithm]) -> Result<VerificationKey, String> {
    if block.contains("PRIVATE KEY-----") {
        return Err("it is a private key; give the public key that belongs to it".to_owned());
    }
    let bytes = block.as_bytes();
    let (key, own): (_, &[Algorithm]) = if let Ok(key) = DecodingKey::from_rsa_pem(bytes) {
        (key, RSA)
    } else if let Ok(key) = DecodingKey::from_ec_pem(bytes) {
        let curve = match key.try_get_as_bytes().map_or(0, <[u8]>::len) {
            65 => &[Algorithm::ES256],
            97 => &[Algorithm::ES384],
            _ => return Err("its curve is neither P-256 nor P-384".to_owned()),
        };
        (key, curve)
    } else if let Ok(key) = DecodingKey::from_ed_pem(bytes) {
        (key, &[Algorithm::EdDSA])
    } else {
        return Err("it is no public key of RSA, EC or Ed25519 in PEM".to_owned());
    };
    if own == RSA && key.try_get_as_bytes().map_or(0, <[u8]>::len) < MIN_RSA_BYTES {
        return Err("its RSA key has fewer than 2048 bits".to_owned());
    }
    Ok(VerificationKey {
        id: None,
        algorithms: bind(own, None, accepted).map_err(|reason| format!("the key {reason}"))?,
        key,
    })
}

fn parse_jwk(json: Json, accepted: &[Algorithm]) -> Result<VerificationKey, String> {
    let name = json.get("kid").and_then(Json::as_str).unwrap_or("without kid").to_owned();
    let refuse = |reason: &str| format!("the key \"{name}\" {reason}");
    let jwk: Jwk = serde_json::from_value(json).map_err(|_| refuse("is not a JWK of a known type"))?;
    let own: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => RSA,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[Algorithm::ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => &[Algorithm::ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
        AlgorithmParameters::OctetKey(_) => return Err(refuse("is a secret, and not a public key")),
        _ => return Err(refuse("has an unknown type or curve")),
    };
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return Err(refuse("is not for signatures"));
    }
    let operations = jwk.common.key_operations.as_ref();
    if operations.is_some_and(|operations| !operations.contains(&KeyOperations::Verify)) {
        return Err(refuse("is not for verification"));
    }
    let stated = match jwk.common.key_algorithm {
        Some(algorithm) => {
            Some(Algorithm::try_from(algorithm).map_err(|_| refuse("is for an algorithm that is not known"))?)
        }
        None => None,
    };
    let key = DecodingKey::from_jwk(&jwk).map_err(|_| refuse("cannot be read"))?;
    if let jsonwebtoken::DecodingKeyKind::RsaModulusExponent { n, .. } = key.kind()
        && n.len() < MIN_RSA_BYTES
    {
        return Err(refuse("has fewer than 2048 bits"));
    }
    let algorithms = bind(own, stated, accepted).map_err(|reason| refuse(&reason))?;
    Ok(VerificationKey { id: jwk.common.key_id, algorithms, key })
}

/// The algorithms of a key: the one that it states, else those of its type that are accepted, else the first of its type.
fn bind(own: &[Algorithm], stated: Option<Algorithm>, accepted: &[Algorithm]) -> Result<Vec<Algorithm>, String> {
    let possible: Vec<_> = match stated {
        Some(stated) => own.iter().copied().filter(|algorithm| *algorithm == stated).collect(),
        None if accepted.is_empty() => own.iter().copied().take(1).collect(),
        None => own.to_vec(),
    };
    if possible.is_empty() {
        return Err("states an algorithm that is not one of its type".to_owned());
    }
    let bound: Vec<_> =
        possible.into_iter().filter(|algorithm| accepted.is_empty() || accepted.contains(algorithm)).collect();
    if bound.is_empty() { Err("fits no algorithm of token_algorithms".to_owned()) } else { Ok(bound) }
}

//! Claims: the texts and words of a verified token.

use serde_json::{Map, Value as Json};

/// The scopes that OpenID Connect Core 1.0 defines. They say what the issuer tells the client of its user, and nothing of
/// this server.
const OPENID_SCOPES: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// The scopes of a token; none, if the token has no scopes or only those of OpenID Connect: then those of its roles hold.
pub(super) fn scopes_claim(claims: &Map<String, Json>, name: &str) -> Option<Vec<String>> {
    let scopes = split_words(Some(claims.get(name)?));
    let is_openid = |scope: &String| OPENID_SCOPES.contains(&scope.as_str());
    (scopes.is_empty() || !scopes.iter().all(is_openid)).then_some(scopes)
}

/// The text of a claim: a text that is not empty, or a whole number. Nothing if it is absent or null; an error if it is
/// anything else.
pub(super) fn text_claim(claims: &Map<String, Json>, name: &str) -> Result<Option<String>, ()> {
    match claims.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if !text.trim().is_empty() => Ok(Some(text.clone())),
        Some(Json::Number(number)) if number.is_i64() || number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(()),
    }
}

/// The words of a claim: the items of a list, or the parts of a text separated by spaces.
pub(super) fn split_words(claim: Option<&Json>) -> Vec<String> {
    match claim {
        Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        Some(Json::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

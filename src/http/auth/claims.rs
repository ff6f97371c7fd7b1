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

/// The most characters of a name in a claim; OpenID Connect Core 1.0 allows a subject as many.
const MAX_NAME_CHARS: usize = 255;

/// The text of a claim: a text of 1 to 255 characters, or a whole number. Nothing if it is absent or null; an error if it is
/// anything else.
pub(super) fn text_claim(claims: &Map<String, Json>, name: &str) -> Result<Option<String>, ()> {
    match claims.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if !text.trim().is_empty() && text.chars().count() <= MAX_NAME_CHARS => {
            Ok(Some(text.clone()))
        }
        Some(Json::Number(number)) if number.is_i64() || number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(()),
    }
}

/// The time of a claim, in whole seconds since 1970. Nothing if it is absent or null; an error if it is anything else.
pub(super) fn time_claim(claims: &Map<String, Json>, name: &str) -> Result<Option<u64>, ()> {
    match claims.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Number(number)) => match (number.as_u64(), number.as_f64()) {
            (Some(seconds), _) => Ok(Some(seconds)),
            // A NumericDate of RFC 7519 may have a fraction. The cast saturates.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is positive and finite")]
            (None, Some(seconds)) if seconds.is_finite() && seconds >= 0.0 => Ok(Some(seconds as u64)),
            _ => Err(()),
        },
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

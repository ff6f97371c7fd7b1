//! What a client sends: one operation, from a body or a query string, in the bounds of the settings.

use std::borrow::Cow;

use access::Caller;
use async_graphql::{Request as Query, Value, Variables};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value as Json, value::RawValue};

use super::{
    Settings,
    reply::{Denial, shortened},
    trusted::Entry,
};

/// The operation that a client sends.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object with a query")]
pub struct Params {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<Box<RawValue>>,
    extensions: Option<Json>,
}

/// Nothing a form of another site can send is accepted.
pub fn is_json(headers: &HeaderMap) -> Result<(), Denial> {
    let refused =
        |message: &str| Err(Denial::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message));
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = kind.split(';').map(|part| part.trim().to_ascii_lowercase());
    if parts.next().as_deref() != Some("application/json") {
        return refused("The body is application/json; send the header Content-Type: application/json.");
    }
    let utf8 = |set: &str| matches!(set.trim_matches('"'), "utf-8" | "utf8");
    if parts.any(|part| part.strip_prefix("charset=").is_some_and(|set| !utf8(set))) {
        return refused("The body is UTF-8.");
    }
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return refused("The body is sent as it is, without Content-Encoding.");
    }
    Ok(())
}

/// The operation of a query string.
pub fn from_query_string(raw: &str, most: usize) -> Result<Params, Denial> {
    if raw.len() > most {
        let message = format!("The query string has {} bytes; at most {most} are allowed. Send it by POST.", raw.len());
        return Err(Denial::new(StatusCode::URI_TOO_LONG, "URI_TOO_LONG", message));
    }
    let json = |name: &str, value: Cow<'_, str>| {
        RawValue::from_string(value.into_owned()).map_err(|_| Denial::bad(format!("{name} is not JSON.")))
    };
    let mut params = Params::default();
    // WHATWG URL, application/x-www-form-urlencoded.
    for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
        match name.as_ref() {
            "query" => params.query = Some(value.into_owned()),
            "documentId" => params.document_id = Some(value.into_owned()),
            "operationName" => params.operation_name = Some(value.into_owned()).filter(|name| !name.is_empty()),
            "variables" => params.variables = Some(json("variables", value)?),
            "extensions" => {
                let extensions = serde_json::from_str(&value).map_err(|_| Denial::bad("extensions is not JSON."))?;
                params.extensions = Some(extensions);
            }
            _ => {}
        }
    }
    Ok(params)
}

const NUL: &str = "A text contains NUL (U+0000), which no text may.";

/// PostgreSQL keeps no NUL, so that no value can have one.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.values().any(has_nul),
        _ => false,
    }
}

/// The operation a caller may run, ready to be parsed, and what the log says of its document.
pub fn query(params: Params, settings: &Settings, caller: &Caller) -> Result<(Query, Entry), Denial> {
    if params.query.as_ref().is_some_and(|text| text.contains('\0') || text.contains("\\u0000")) {
        return Err(Denial::bad(NUL));
    }
    let (id, extensions) = (params.document_id.as_deref(), params.extensions.as_ref());
    let (mut query, entry) = settings.trusted.chosen(caller, params.query, id, extensions, &settings.limits)?;
    if let Some(variables) = &params.variables {
        let length = variables.get().len();
        let most = settings.variables_limit;
        if length > most {
            let message = format!("The variables have {length} bytes; at most {most} are allowed.");
            return Err(Denial::new(StatusCode::PAYLOAD_TOO_LARGE, "VARIABLES_TOO_LARGE", message));
        }
        let variables: Variables = serde_json::from_str(variables.get()).map_err(|error| {
            let error = shortened(&error.to_string());
            Denial::bad(format!("variables is no JSON object that can be read: {error}."))
        })?;
        if variables.values().any(has_nul) {
            return Err(Denial::bad(NUL));
        }
        query = query.variables(variables);
    }
    if params.extensions.is_some_and(|extensions| !extensions.is_object() && !extensions.is_null()) {
        return Err(Denial::bad("extensions is an object."));
    }
    Ok(match params.operation_name {
        Some(name) => (query.operation_name(name), entry),
        None => (query, entry),
    })
}

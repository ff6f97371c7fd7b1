//! The parameters of a GraphQL request, from a body or a query string, within the limits of the settings.

use std::borrow::Cow;

use access::Caller;
use async_graphql::{Value, Variables};
use axum::http::{HeaderMap, header};
use error::catalogue;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    app::App,
    rejection::{Rejection, truncate_message},
    trusted_documents::{DocumentUsage, persisted_query_hash},
};
use crate::graphql::{
    limit::find_nul,
    operation::{Operation, number},
};

/// The parameters of one operation.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object with a query")]
pub struct RequestParams {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<Box<RawValue>>,
    extensions: Option<Box<RawValue>>,
}

/// What the server reads of the extensions of a request. The rest is passed over: it may be large.
#[derive(Default, Deserialize)]
struct Extensions {
    #[serde(rename = "persistedQuery")]
    persisted_query: Option<Box<RawValue>>,
}

/// Requires a JSON body. A form of another site can send no request with this content type (CSRF).
pub fn require_json(headers: &HeaderMap) -> Result<(), Rejection> {
    let reject = |message: &str| Err(Rejection::new(catalogue::UNSUPPORTED_MEDIA_TYPE, message));
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    if parts.next().as_deref() != Some("application/json") {
        return reject("The body is application/json; send the header Content-Type: application/json.");
    }
    let is_utf8 = |charset: &str| matches!(charset.trim_matches('"'), "utf-8" | "utf8");
    if parts.any(|part| part.strip_prefix("charset=").is_some_and(|charset| !is_utf8(charset))) {
        return reject("The body is UTF-8.");
    }
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return reject("The body is sent as it is, without Content-Encoding.");
    }
    Ok(())
}

/// Parses the operations of a body. The flag says whether it is an array.
pub fn parse_body(bytes: &[u8], batch_limit: usize) -> Result<(Vec<RequestParams>, bool), Rejection> {
    let malformed = |error: serde_json::Error| {
        let error = truncate_message(&error.to_string());
        Rejection::bad_request(format!("The body is not a GraphQL request in JSON: {error}."))
    };
    // Some editors and languages begin UTF-8 with a byte order mark, which RFC 8259 lets a parser ignore.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
        return Ok((vec![serde_json::from_slice(bytes).map_err(malformed)?], false));
    }
    if batch_limit == 0 {
        let message = "A body holds one operation: send those of an array one by one, or as fields of one document.";
        return Err(Rejection::new(catalogue::BATCH_REFUSED, message));
    }
    let batch: Vec<&RawValue> = serde_json::from_slice(bytes).map_err(malformed)?;
    if batch.is_empty() || batch.len() > batch_limit {
        let message = format!("The array holds {} operations; it may hold 1 to {batch_limit}.", batch.len());
        return Err(Rejection::new(catalogue::BATCH_REFUSED, message));
    }
    let batch = batch.into_iter().map(|params| serde_json::from_str(params.get())).collect::<Result<_, _>>();
    Ok((batch.map_err(malformed)?, true))
}

/// Parses a query string.
pub fn parse_query_string(query_string: &str, max_bytes: usize) -> Result<RequestParams, Rejection> {
    let length = query_string.len();
    if length > max_bytes {
        let message = format!("The query string has {length} bytes; at most {max_bytes} are allowed. Send it by POST.");
        return Err(Rejection::new(catalogue::URI_TOO_LONG, message));
    }
    let parse_json = |name: &str, value: Cow<'_, str>| {
        RawValue::from_string(value.into_owned()).map_err(|_| Rejection::bad_request(format!("{name} is not JSON.")))
    };
    let mut params = RequestParams::default();
    // WHATWG URL, application/x-www-form-urlencoded.
    for (name, value) in form_urlencoded::parse(query_string.as_bytes()) {
        match name.as_ref() {
            "query" => params.query = Some(value.into_owned()),
            "documentId" => params.document_id = Some(value.into_owned()),
            "operationName" => params.operation_name = Some(value.into_owned()).filter(|name| !name.is_empty()),
            "variables" => params.variables = Some(parse_json("variables", value)?),
            "extensions" => params.extensions = Some(parse_json("extensions", value)?),
            _ => {}
        }
    }
    Ok(params)
}

/// The rejection of a NUL at a place: PostgreSQL stores no NUL in a text, so no value may contain one.
fn reject_nul(place: &str) -> Rejection {
    Rejection::bad_request(format!("{place} contains NUL (U+0000), which no text may."))
}

/// The path of the first text with a NUL below a value whose path is given: `variables.input.name`.
fn path_of_nul(path: String, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then_some(path),
        Value::List(items) => {
            items.iter().enumerate().find_map(|(index, item)| path_of_nul(format!("{path}.{index}"), item))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, value)| path_of_nul(format!("{path}.{name}"), value)),
        _ => None,
    }
}

/// The line and the column of the first NUL of a document, written as it is or as an escape.
fn place_of_nul(document: &str) -> Option<String> {
    let (before, _) = document.split_at(find_nul(document)?);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let (line, column) = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
    Some(format!("query, at line {line}, column {column},"))
}

/// Prepares the operation that a caller requests, with what the log records about its document.
pub fn prepare_operation(
    params: RequestParams,
    app: &App,
    caller: &Caller,
) -> Result<(Operation, DocumentUsage), Rejection> {
    let settings = &app.settings;
    if let Some(place) = params.query.as_deref().and_then(place_of_nul) {
        return Err(reject_nul(&place));
    }
    let mut given = Variables::default();
    // PHP writes an empty map as an empty list.
    let is_empty_list = |text: &str| text.strip_prefix('[').is_some_and(|rest| rest.trim_ascii() == "]");
    let variables = params.variables.as_deref().filter(|variables| !is_empty_list(variables.get()));
    if let Some(variables) = variables {
        let length = variables.get().len();
        let max_bytes = settings.variables_limit;
        if length > max_bytes {
            let message = format!("The variables have {length} bytes; at most {max_bytes} are allowed.");
            return Err(Rejection::new(catalogue::VARIABLES_TOO_LARGE, message));
        }
        number::check_json(variables.get()).map_err(|reason| Rejection::bad_request(format!("variables: {reason}")))?;
        given = serde_json::from_str(variables.get()).map_err(|error| {
            let error = truncate_message(&error.to_string());
            Rejection::bad_request(format!("variables is no JSON object that can be read: {error}."))
        })?;
        if let Some(path) = given.iter().find_map(|(name, value)| path_of_nul(format!("variables.{name}"), value)) {
            return Err(reject_nul(&truncate_message(&path)));
        }
    }
    let extensions = match params.extensions.as_deref().map(RawValue::get) {
        None | Some("null") => Extensions::default(),
        Some(text) if text.starts_with('{') => serde_json::from_str(text).map_err(|error| {
            let error = truncate_message(&error.to_string());
            Rejection::bad_request(format!("extensions is no JSON object that can be read: {error}."))
        })?,
        Some(_) => return Err(Rejection::bad_request("extensions is an object.")),
    };
    let (id, persisted_query) = (params.document_id.as_deref(), extensions.persisted_query.as_deref());
    let hash = persisted_query.map(persisted_query_hash).transpose()?.flatten();
    let (document, usage) = settings.trusted.resolve(caller, params.query, id, hash.as_deref(), &app.documents)?;
    let operation = document.operation(params.operation_name.as_deref(), given).map_err(Rejection::of)?;
    Ok((operation, usage))
}

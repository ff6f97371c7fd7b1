//! A response of the server, and how a test reads it.

use std::{collections::HashMap, fmt};

use serde_json::Value as Json;

/// Status and body.
#[derive(Clone, Debug)]
pub struct JsonResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Json,
}

impl JsonResponse {
    /// A response of a status and a body.
    pub fn new(status: u16, body: Json) -> Self {
        Self { status, body }
    }

    /// Reads a response whose body has to be JSON.
    pub async fn read(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let text = response.text().await.unwrap_or_else(|error| panic!("{status}, and the body breaks off: {error:?}"));
        let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status}, not JSON ({error}): {text}"));
        Self { status, body }
    }

    /// The value at a JSON pointer of the body; null if there is none.
    pub fn at(&self, pointer: &str) -> &Json {
        self.body.pointer(pointer).unwrap_or(&Json::Null)
    }

    /// The text at a JSON pointer.
    pub fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("no text at {pointer} of {self}"))
    }

    /// The data of a response without errors.
    pub fn data(&self) -> &Json {
        assert_eq!(*self.at("/errors"), Json::Null, "{self}");
        self.at("/data")
    }

    /// The number of SQL statements that the request took.
    pub fn statements(&self) -> u64 {
        self.data();
        self.at("/extensions/statements").as_u64().unwrap_or_else(|| panic!("no statements in {self}"))
    }

    /// The codes of the errors.
    pub fn error_codes(&self) -> Vec<&str> {
        let errors = self.at("/errors").as_array();
        errors.into_iter().flatten().filter_map(|error| error["extensions"]["code"].as_str()).collect()
    }

    /// Data and errors as the text of a snapshot, see [`snapshot_text`].
    pub fn snapshot(&self) -> String {
        let mut body = self.body.clone();
        if let Some(body) = body.as_object_mut() {
            body.remove("extensions");
        }
        snapshot_text(&body)
    }
}

/// JSON as the text of a snapshot: ids are numbered by their first appearance and request ids are left out, so that both
/// databases give the same text.
pub fn snapshot_text(json: &Json) -> String {
    let mut json = json.clone();
    normalize(&mut json, &mut HashMap::new());
    serde_json::to_string_pretty(&json).unwrap()
}

fn normalize(json: &mut Json, ids: &mut HashMap<String, String>) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| normalize(item, ids)),
        Json::Object(fields) => {
            fields.remove("requestId");
            fields.values_mut().for_each(|field| normalize(field, ids));
        }
        Json::String(text) => {
            if let Some((prefix, rest)) = text.rsplit_once('_')
                && rest.len() == 26
            {
                let next = format!("{prefix}_{}", ids.len() + 1);
                text.clone_from(ids.entry(text.clone()).or_insert(next));
            }
        }
        _ => {}
    }
}

/// Compares a text with an inline snapshot. A test that runs on both databases compares both with the same snapshot.
macro_rules! assert_snapshot {
    ($($argument:tt)*) => {
        insta::allow_duplicates! { insta::assert_snapshot!($($argument)*) }
    };
}
pub(crate) use assert_snapshot;

impl fmt::Display for JsonResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, serde_json::to_string_pretty(&self.body).unwrap_or_default())
    }
}

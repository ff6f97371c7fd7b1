//! An answer of the server, and how a test reads it.

use std::{collections::HashMap, fmt};

use serde_json::Value as Json;

/// Status and body.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Json,
}

impl Answer {
    /// An answer of a status and a body.
    pub fn new(status: u16, body: Json) -> Self {
        Self { status, body }
    }

    /// What stands at a JSON pointer of the body; null, if nothing does.
    pub fn at(&self, pointer: &str) -> &Json {
        self.body.pointer(pointer).unwrap_or(&Json::Null)
    }

    /// The text at a JSON pointer.
    pub fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("no text at {pointer} of {self}"))
    }

    /// The data, of an answer without errors.
    pub fn data(&self) -> &Json {
        assert_eq!(*self.at("/errors"), Json::Null, "{self}");
        self.at("/data")
    }

    /// How many SQL statements it took.
    pub fn statements(&self) -> u64 {
        self.data();
        self.at("/extensions/statements").as_u64().unwrap_or_else(|| panic!("no statements in {self}"))
    }

    /// The codes of the errors.
    pub fn codes(&self) -> Vec<&str> {
        let errors = self.at("/errors").as_array();
        errors.into_iter().flatten().filter_map(|error| error["extensions"]["code"].as_str()).collect()
    }

    /// Data and errors as text for a snapshot: ids numbered by their first appearance, times and request ids left out, so
    /// that both databases give one text.
    pub fn shown(&self) -> String {
        let mut body = self.body.clone();
        if let Some(body) = body.as_object_mut() {
            body.remove("extensions");
        }
        shown(&body)
    }
}

/// JSON as text for a snapshot.
pub fn shown(json: &Json) -> String {
    let mut json = json.clone();
    tidy(&mut json, &mut HashMap::new());
    serde_json::to_string_pretty(&json).unwrap()
}

fn tidy(json: &mut Json, ids: &mut HashMap<String, String>) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| tidy(item, ids)),
        Json::Object(fields) => {
            fields.remove("requestId");
            fields.values_mut().for_each(|field| tidy(field, ids));
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

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, serde_json::to_string_pretty(&self.body).unwrap_or_default())
    }
}

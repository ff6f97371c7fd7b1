//! Trusted documents: operations that clients name by id, from a manifest, and who may run others.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use access::{Caller, Role};
use async_graphql::{
    Request as Query, ServerError,
    parser::{parse_query, types::ExecutableDocument},
};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{
    reply::{Denial, shortened, syntax},
    toll,
};
use crate::graphql::limit::{Limits, measure, scan};

/// What the manifest of Apollo's clients calls itself.
const APOLLO: &str = "apollo-persisted-query-manifest";

/// What becomes of documents by id, and of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// No document has an id; every document runs.
    #[default]
    Off,
    /// Every document runs; the log says which one it was, or that it is not known.
    Log,
    /// Known documents run, by id; others only for explorers.
    Enforce,
}

/// Which documents are trusted, and by whom others may be run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What becomes of documents by id, and of others.
    pub mode: Mode,
    /// Roles that may run any document.
    pub explorers: Vec<Role>,
    /// The documents that are known.
    pub manifest: Arc<Manifest>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { mode: Mode::Off, explorers: vec![Role::Admin], manifest: Arc::default() }
    }
}

/// Documents by their ids.
#[derive(Debug, Default)]
pub struct Manifest(HashMap<Arc<str>, Document>);

#[derive(Debug)]
struct Document {
    parsed: ExecutableDocument,
    /// How often it was asked for.
    hits: AtomicU64,
}

/// Apollo's manifest.
#[derive(Deserialize)]
struct Operations {
    version: u64,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

/// How a client names a document.
#[derive(Clone, Copy)]
enum Named<'a> {
    /// By `documentId`.
    Id(&'a str),
    /// By the hash of Apollo's persisted queries.
    Hash(&'a str),
}

/// What the log says of the document of a request; nothing, where none is trusted.
#[derive(Default)]
pub struct Entry {
    /// Its id, or that it is not known.
    pub document: Option<Arc<str>>,
    /// How often it was asked for, this time included.
    pub hits: Option<u64>,
}

impl Manifest {
    /// Reads a manifest as Relay, Apollo or graphql-codegen write it; every document can be run within the limits.
    pub fn parse(json: &str, limits: &Limits) -> Result<Self, String> {
        let form = "a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's";
        let not_json = |error: serde_json::Error| format!("it is not JSON ({error}); {form}");
        let fields: Map<String, Json> = serde_json::from_str(json).map_err(not_json)?;
        let documents = if fields.contains_key("format") || fields.contains_key("operations") {
            operations(fields)?
        } else {
            let text = |(id, text): (String, Json)| match text {
                Json::String(text) => Ok((id, text)),
                _ => Err(format!("the document \"{id}\" is no text; {form}")),
            };
            fields.into_iter().map(text).collect::<Result<_, _>>()?
        };
        if documents.is_empty() {
            return Err(format!("it has no document; {form}"));
        }
        let mut known = HashMap::with_capacity(documents.len());
        for (id, text) in documents {
            let wrong = |what: &str| format!("the document \"{id}\" cannot be run: {what}");
            scan(&text, limits).map_err(|exceeded| wrong(&exceeded.message()))?;
            let parsed = parse_query(&text).map_err(|error| {
                let error = syntax(&ServerError::from(error), &text);
                wrong(&shortened(&error.message))
            })?;
            measure(&parsed, limits).map_err(|exceeded| wrong(&exceeded.message()))?;
            if known.insert(Arc::from(id.as_str()), Document { parsed, hits: AtomicU64::new(0) }).is_some() {
                return Err(format!("two documents have the id \"{id}\""));
            }
        }
        Ok(Self(known))
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Logs of every document how often it was asked for, the ones nobody asks for included.
    pub fn log_hits(&self) {
        let mut documents: Vec<_> =
            self.0.iter().map(|(id, document)| (document.hits.load(Ordering::Relaxed), id)).collect();
        documents.sort();
        for (hits, document) in documents.into_iter().rev() {
            tracing::info!(document = &**document, hits, "trusted document");
        }
    }

    /// A document, by an id that may say how it was made: `sha256:…`.
    fn find(&self, id: &str) -> Option<(&Arc<str>, &Document)> {
        let bare = id.strip_prefix("sha256:");
        self.0.get_key_value(id).or_else(|| self.0.get_key_value(bare?))
    }
}

/// The documents of Apollo's manifest.
fn operations(fields: Map<String, Json>) -> Result<Vec<(String, String)>, String> {
    let form = format!("Apollo's manifest is {{\"format\": \"{APOLLO}\", \"version\": 1, \"operations\": […]}}");
    if fields.get("format").and_then(Json::as_str) != Some(APOLLO) {
        return Err(format!("its format is none that is known; {form}"));
    }
    let manifest: Operations =
        serde_json::from_value(Json::Object(fields)).map_err(|error| format!("{error}; {form}"))?;
    if manifest.version != 1 {
        return Err(format!("its version is {}; {form}", manifest.version));
    }
    Ok(manifest.operations.into_iter().map(|operation| (operation.id, operation.body)).collect())
}

impl Settings {
    /// What a caller may run of the text and the id they send. A text beside a known id is not read.
    pub fn chosen(
        &self,
        caller: &Caller,
        text: Option<String>,
        id: Option<&str>,
        extensions: Option<&Json>,
        limits: &Limits,
    ) -> Result<(Query, Entry), Denial> {
        let watched = self.mode != Mode::Off;
        if !watched && let Some(text) = text {
            return Ok((written(text, limits)?, Entry::default()));
        }
        let named = match id {
            Some(id) => Some(Named::Id(id)),
            None => hash(extensions)?.map(Named::Hash),
        };
        let (Some(Named::Id(id) | Named::Hash(id)), true) = (named, watched) else {
            return self.unnamed(caller, text, named, limits);
        };
        let Some((id, document)) = self.manifest.find(id) else { return self.unnamed(caller, text, named, limits) };
        let hits = document.hits.fetch_add(1, Ordering::Relaxed) + 1;
        // Nobody reads the text of what is parsed.
        let mut query = Query::new("");
        query.set_parsed_query(document.parsed.clone());
        Ok((query, Entry { document: Some(id.clone()), hits: Some(hits) }))
    }

    /// What runs of a request that names no known document.
    fn unnamed(
        &self,
        caller: &Caller,
        text: Option<String>,
        named: Option<Named>,
        limits: &Limits,
    ) -> Result<(Query, Entry), Denial> {
        let Some(text) = text else {
            let nothing = "There is no query: send {\"query\": \"{ viewer { subject } }\"}.";
            return Err(named.map_or_else(|| Denial::bad(nothing), |named| named.unknown(self.mode)));
        };
        if self.mode == Mode::Enforce && !caller.roles.iter().any(|role| self.explorers.contains(role)) {
            let message = "Only documents of this server's manifest run: send documentId instead of query.";
            return Err(Denial::new(StatusCode::FORBIDDEN, "DOCUMENT_NOT_TRUSTED", message));
        }
        Ok((written(text, limits)?, Entry { document: Some("unknown".into()), hits: None }))
    }
}

impl Named<'_> {
    /// The refusal of an id nobody knows, in the words that clients of its form understand.
    fn unknown(self, mode: Mode) -> Denial {
        let status = StatusCode::BAD_REQUEST;
        match (self, mode) {
            (Self::Id(id), Mode::Log | Mode::Enforce) => {
                let message = format!("The manifest has no document \"{id}\".");
                Denial::new(status, "DOCUMENT_UNKNOWN", shortened(&message))
            }
            (Self::Id(_), Mode::Off) => {
                let message = "This server knows no documents by id: send the text as query.";
                Denial::new(status, "DOCUMENT_UNKNOWN", message)
            }
            // Apollo's clients know these two by their messages; some of them read a body only under 200.
            (Self::Hash(_), Mode::Log | Mode::Enforce) => {
                Denial::new(status, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound").soft()
            }
            (Self::Hash(_), Mode::Off) => {
                Denial::new(status, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported").soft()
            }
        }
    }
}

/// The operation of a text, ready to be parsed.
fn written(text: String, limits: &Limits) -> Result<Query, Denial> {
    scan(&text, limits).map_err(toll::exceeded)?;
    Ok(Query::new(text))
}

/// The hash of Apollo's persisted queries.
fn hash(extensions: Option<&Json>) -> Result<Option<&str>, Denial> {
    let Some(persisted) = extensions.and_then(|extensions| extensions.get("persistedQuery")).filter(|it| !it.is_null())
    else {
        return Ok(None);
    };
    let hash = persisted.get("sha256Hash").and_then(Json::as_str);
    match hash.filter(|_| persisted.get("version").and_then(Json::as_u64) == Some(1)) {
        Some(hash) => Ok(Some(hash)),
        None => Err(Denial::bad("extensions.persistedQuery is {\"version\": 1, \"sha256Hash\": \"…\"}.")),
    }
}

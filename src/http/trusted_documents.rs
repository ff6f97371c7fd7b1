//! Trusted documents: operations that clients name by id, from a manifest, and who may run others.

use std::{
    collections::HashMap,
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use access::{Caller, Role};
use error::catalogue;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json, value::RawValue};

use super::rejection::{Rejection, truncate_message};
use crate::{
    graphql::operation::{Document, DocumentCache, DocumentValidator, RequestError},
    setting::{SettingValue, choice_to_toml, read_choice, settings},
};

/// The `format` of Apollo's manifest.
const APOLLO_FORMAT: &str = "apollo-persisted-query-manifest";

/// Whether documents run by id, and whether other documents run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// No document runs by id; every document runs by its text.
    Off,
    /// Every document runs; the log names its id, or that it is unknown.
    Log,
    /// Documents of the manifest run by id; others only for the explorers.
    Enforce,
}

settings! {
    /// The trusted documents, and the roles that may run others.
    pub struct Settings {
        /// Whether only documents of the manifest run: off, log or enforce
        mode as "trusted_documents": Mode = Mode::Off;
        /// The manifest, as Relay, Apollo or graphql-codegen write it
        file as "trusted_documents_file": Option<PathBuf> = None, example "\"/etc/fieldgate/documents.json\"";
        /// Roles that may run any document
        explorers as "trusted_explorers": Vec<Role> = vec![Role::Admin];
    }
    other {
        /// The documents of the file.
        manifest: Arc<Manifest> = Arc::default();
    }
}

impl Mode {
    const NAMES: &[(&str, Self)] = &[("off", Self::Off), ("log", Self::Log), ("enforce", Self::Enforce)];
}

impl SettingValue for Mode {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_choice(deserializer, Self::NAMES)
    }

    fn to_toml(&self) -> String {
        choice_to_toml(self, Self::NAMES)
    }
}

/// Documents by id.
#[derive(Default)]
pub struct Manifest(HashMap<Arc<str>, TrustedDocument>);

impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

struct TrustedDocument {
    document: Arc<Document>,
    /// The number of requests for it.
    hits: AtomicU64,
}

/// The manifest of Apollo's clients.
#[derive(Deserialize)]
struct ApolloManifest {
    version: u64,
    operations: Vec<ApolloOperation>,
}

#[derive(Deserialize)]
struct ApolloOperation {
    id: String,
    body: String,
}

/// How a request names a document.
#[derive(Clone, Copy)]
enum DocumentRef<'a> {
    /// By `documentId`.
    Id(&'a str),
    /// By the hash of Apollo's persisted queries.
    Hash(&'a str),
}

/// What the log records about the document of a request. Empty if trusted documents are off.
#[derive(Default)]
pub struct DocumentUsage {
    /// The id of the document, or `unknown`.
    pub document_id: Option<Arc<str>>,
    /// The number of requests for it, this one included.
    pub hits: Option<u64>,
}

impl Manifest {
    /// Parses a manifest of Relay, Apollo or graphql-codegen. Every document must be valid and within the limits.
    pub fn parse(json: &str, validator: &DocumentValidator) -> Result<Self, String> {
        let form = "a manifest is an object of ids and documents, as Relay and graphql-codegen write it, or Apollo's";
        let not_json = |error: serde_json::Error| format!("it is not JSON ({error}); {form}");
        let fields: Map<String, Json> = serde_json::from_str(json).map_err(not_json)?;
        let documents = if fields.contains_key("format") || fields.contains_key("operations") {
            parse_apollo_manifest(fields)?
        } else {
            let parse_text = |(id, text): (String, Json)| match text {
                Json::String(text) => Ok((id, text)),
                _ => Err(format!("the document \"{id}\" is no text; {form}")),
            };
            fields.into_iter().map(parse_text).collect::<Result<_, _>>()?
        };
        if documents.is_empty() {
            return Err(format!("it has no document; {form}"));
        }
        let mut parsed_documents = HashMap::with_capacity(documents.len());
        for (id, text) in documents {
            let invalid = |reason: &str| format!("the document \"{id}\" cannot be run: {reason}");
            let document = validator.validate(&text).map_err(|error| match error {
                RequestError::Limit(exceeded) => invalid(&exceeded.message()),
                RequestError::Invalid(errors) => {
                    let messages = errors.iter().map(|error| truncate_message(&error.message));
                    invalid(&messages.collect::<Vec<_>>().join(" "))
                }
            })?;
            let document = TrustedDocument { document: Arc::new(document), hits: AtomicU64::new(0) };
            if parsed_documents.insert(Arc::from(id.as_str()), document).is_some() {
                return Err(format!("two documents have the id \"{id}\""));
            }
        }
        Ok(Self(parsed_documents))
    }

    /// The number of documents.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the manifest has no document.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Logs the number of requests for each document, unused ones included.
    pub fn log_hits(&self) {
        let mut documents: Vec<_> =
            self.0.iter().map(|(id, document)| (document.hits.load(Ordering::Relaxed), id)).collect();
        documents.sort();
        for (hits, document) in documents.into_iter().rev() {
            tracing::info!(document = &**document, hits, "trusted document");
        }
    }

    /// The document of an id, which may have the prefix `sha256:`.
    fn find(&self, id: &str) -> Option<(&Arc<str>, &TrustedDocument)> {
        let hash = id.strip_prefix("sha256:");
        self.0.get_key_value(id).or_else(|| self.0.get_key_value(hash?))
    }
}

/// The ids and texts of Apollo's manifest.
fn parse_apollo_manifest(fields: Map<String, Json>) -> Result<Vec<(String, String)>, String> {
    let form = format!("Apollo's manifest is {{\"format\": \"{APOLLO_FORMAT}\", \"version\": 1, \"operations\": […]}}");
    if fields.get("format").and_then(Json::as_str) != Some(APOLLO_FORMAT) {
        return Err(format!("its format is none that is known; {form}"));
    }
    let manifest: ApolloManifest =
        serde_json::from_value(Json::Object(fields)).map_err(|error| format!("{error}; {form}"))?;
    if manifest.version != 1 {
        return Err(format!("its version is {}; {form}", manifest.version));
    }
    Ok(manifest.operations.into_iter().map(|operation| (operation.id, operation.body)).collect())
}

impl Settings {
    /// Resolves the text, the id and the hash of a request to what its caller may run. The text beside a known id is ignored.
    pub fn resolve(
        &self,
        caller: &Caller,
        text: Option<String>,
        id: Option<&str>,
        hash: Option<&str>,
        documents: &DocumentCache,
    ) -> Result<(Arc<Document>, DocumentUsage), Rejection> {
        let is_enabled = self.mode != Mode::Off;
        if !is_enabled && let Some(text) = text {
            return Ok((documents.get(&text).map_err(Rejection::of)?, DocumentUsage::default()));
        }
        let document_ref = match id {
            Some(id) => Some(DocumentRef::Id(id)),
            None => hash.map(DocumentRef::Hash),
        };
        let (Some(DocumentRef::Id(id) | DocumentRef::Hash(id)), true) = (document_ref, is_enabled) else {
            return self.resolve_ad_hoc(caller, text, document_ref, documents);
        };
        let Some((id, document)) = self.manifest.find(id) else {
            return self.resolve_ad_hoc(caller, text, document_ref, documents);
        };
        let hits = document.hits.fetch_add(1, Ordering::Relaxed) + 1;
        Ok((document.document.clone(), DocumentUsage { document_id: Some(id.clone()), hits: Some(hits) }))
    }

    /// Resolves a request that names no document of the manifest to its text.
    fn resolve_ad_hoc(
        &self,
        caller: &Caller,
        text: Option<String>,
        document_ref: Option<DocumentRef>,
        documents: &DocumentCache,
    ) -> Result<(Arc<Document>, DocumentUsage), Rejection> {
        let Some(text) = text else {
            let message = "There is no query: send {\"query\": \"{ viewer { subject } }\"}.";
            return Err(document_ref
                .map_or_else(|| Rejection::bad_request(message), |document_ref| document_ref.rejection(self.mode)));
        };
        if self.mode == Mode::Enforce && !caller.roles.iter().any(|role| self.explorers.contains(role)) {
            let message = "Only documents of this server's manifest run: send documentId instead of query.";
            return Err(Rejection::new(catalogue::DOCUMENT_NOT_TRUSTED, message));
        }
        let usage = DocumentUsage { document_id: Some("unknown".into()), hits: None };
        Ok((documents.get(&text).map_err(Rejection::of)?, usage))
    }
}

impl DocumentRef<'_> {
    /// The rejection of an unknown document, as the clients that name documents in this way understand it.
    fn rejection(self, mode: Mode) -> Rejection {
        match (self, mode) {
            (Self::Id(id), Mode::Log | Mode::Enforce) => {
                let message = format!("The manifest has no document \"{id}\".");
                Rejection::new(catalogue::DOCUMENT_UNKNOWN, truncate_message(&message))
            }
            (Self::Id(_), Mode::Off) => {
                let message = "This server knows no documents by id: send the text as query.";
                Rejection::new(catalogue::DOCUMENT_UNKNOWN, message)
            }
            // Apollo's clients recognize these two by their messages; some of them read a body only under 200.
            (Self::Hash(_), Mode::Log | Mode::Enforce) => {
                Rejection::new(catalogue::PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound").ok_for_legacy_json()
            }
            (Self::Hash(_), Mode::Off) => {
                Rejection::new(catalogue::PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")
                    .ok_for_legacy_json()
            }
        }
    }
}

/// The most bytes of `extensions.persistedQuery`.
const MAX_PERSISTED_QUERY_BYTES: usize = 1_000;

/// The hash of Apollo's persisted queries. None if it is null.
pub fn persisted_query_hash(persisted_query: &RawValue) -> Result<Option<String>, Rejection> {
    let text = persisted_query.get();
    if text == "null" {
        return Ok(None);
    }
    let is_short = text.len() <= MAX_PERSISTED_QUERY_BYTES;
    let query = Some(text).filter(|_| is_short).map(serde_json::from_str::<Json>);
    let query = query.and_then(Result::ok).unwrap_or_default();
    let hash = query.get("sha256Hash").and_then(Json::as_str);
    match hash.filter(|_| query.get("version").and_then(Json::as_u64) == Some(1)) {
        Some(hash) => Ok(Some(hash.to_owned())),
        None => Err(Rejection::bad_request("extensions.persistedQuery is {\"version\": 1, \"sha256Hash\": \"…\"}.")),
    }
}

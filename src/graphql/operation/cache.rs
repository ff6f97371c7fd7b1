//! The cache of validated documents, by their exact text.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use lru::LruCache;

use super::{Document, DocumentValidator, RequestError};

/// The most documents that are kept.
const MAX_DOCUMENTS: NonZeroUsize = NonZeroUsize::new(1_000).expect("it is not zero");

/// The most bytes of text of all documents that are kept. A parsed document takes some ten times its text.
const MAX_TEXT_BYTES: usize = 2 << 20;

/// The documents that were requested last. A document that is requested again is neither parsed nor validated.
pub struct DocumentCache {
    validator: DocumentValidator,
    documents: Mutex<Documents>,
}

struct Documents {
    by_text: LruCache<Arc<str>, Arc<Document>>,
    text_bytes: usize,
}

impl DocumentCache {
    /// An empty cache.
    pub fn new(validator: DocumentValidator) -> Self {
        let documents = Documents { by_text: LruCache::new(MAX_DOCUMENTS), text_bytes: 0 };
        Self { validator, documents: Mutex::new(documents) }
    }

    /// The document of a text. A document with an error is not kept.
    pub fn get(&self, text: &str) -> Result<Arc<Document>, RequestError> {
        let lock = || self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = lock().by_text.get(text) {
            return Ok(document.clone());
        }
        // Outside the lock: validating takes milliseconds for the largest documents.
        let document = Arc::new(self.validator.validate(text)?);
        lock().insert(text, document.clone());
        Ok(document)
    }
}

impl Documents {
    fn insert(&mut self, text: &str, document: Arc<Document>) {
        self.text_bytes += text.len();
        if let Some((evicted, _)) = self.by_text.push(text.into(), document) {
            self.text_bytes -= evicted.len();
        }
        while self.text_bytes > MAX_TEXT_BYTES {
            let Some((evicted, _)) = self.by_text.pop_lru() else { break };
            self.text_bytes -= evicted.len();
        }
    }
}

//! The request as resolvers see it: its store, what it hid from the caller, and what it refused them.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use access::Action;
use async_graphql::{Context, Positioned, QueryPathSegment};
use entity::{Sealed, custom_field_definition};
use error::{Error, Result};
use sea_orm::{EntityTrait, IdenStatic, Value};
use store::{Deleted, FieldKey, Row, Store, TenantTable};
use tokio::sync::OnceCell;

use super::{limit::Limits, rate_limit::RateLimit};

/// The tenant's custom field definitions, deleted ones included.
pub type Definitions = Arc<Vec<custom_field_definition::Model>>;

/// What a request collects besides its data.
#[derive(Default)]
pub struct Request {
    /// The key of the request's one mutation, from its header.
    pub(super) idempotency_key: Option<String>,
    /// What the request may cost, and what its caller may spend.
    pub(super) rate_limit: Option<RateLimit>,
    /// How much it may ask for.
    pub(super) limits: Limits,
    repeated: Mutex<BTreeSet<String>>,
    redacted: Mutex<BTreeSet<String>>,
    refused: Mutex<HashSet<FieldKey>>,
    definitions: Mutex<Arc<OnceCell<Definitions>>>,
}

impl Request {
    /// A request, with the key of its one mutation, what it may cost and how much it may ask for.
    pub fn new(idempotency_key: Option<String>, rate_limit: RateLimit, limits: Limits) -> Self {
        Self { idempotency_key, rate_limit: Some(rate_limit), limits, ..Self::default() }
    }

    /// The mutations that were done before under the same key, by the names the answer has for them.
    pub fn repeated(&self) -> Vec<String> {
        self.repeated.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Notes that a mutation was done before.
    pub fn repeat(&self, path: String) {
        self.repeated.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
    }

    /// The fields whose personal data the caller may not read, each once, as a path without indices.
    pub fn redacted(&self) -> Vec<String> {
        self.redacted.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// What resolvers ask of their context.
pub trait ContextExt {
    /// The request's way to the rows.
    fn store(&self) -> &Store;
    /// What the request collects.
    fn request(&self) -> &Request;
    /// Opens a sealed column of a row. Null if the column is null; null and listed in `extensions.redacted` if the caller
    /// may not read personal data.
    fn open<M: Row<Entity: TenantTable>>(
        &self,
        row: &M,
        column: <M::Entity as EntityTrait>::Column,
    ) -> impl Future<Output = Result<Option<String>>> + Send;
    /// Whether the caller may read personal data; if not, the present field is listed in `extensions.redacted`.
    fn may_read_personal(&self) -> bool;
    /// The present field of the query's text, as a name for what it asks for.
    fn field_key(&self, name: &'static str) -> FieldKey;
    /// Null for an edge the caller may not follow, with one error per field of the text, however many rows.
    fn null_if_forbidden<T>(&self, followed: Result<T>) -> Result<Option<T>>;
    /// The tenant's custom field definitions, read once per request, and once more after they were changed.
    fn definitions(&self) -> impl Future<Output = Result<Definitions>> + Send;
    /// Forgets the definitions, because they were changed.
    fn forget_definitions(&self);
}

impl ContextExt for Context<'_> {
    fn store(&self) -> &Store {
        self.data_unchecked::<Arc<Store>>()
    }

    fn request(&self) -> &Request {
        self.data_unchecked::<Arc<Request>>()
    }

    async fn open<M: Row<Entity: TenantTable>>(
        &self,
        row: &M,
        column: <M::Entity as EntityTrait>::Column,
    ) -> Result<Option<String>> {
        if !self.may_read_personal() {
            return Ok(None);
        }
        let (table, name) = (M::Entity::TABLE.name, column.as_str());
        match row.get(column) {
            Value::Bytes(None) => Ok(None),
            Value::Bytes(Some(sealed)) => self.store().open(&Sealed(sealed), table, name, row.id()).await.map(Some),
            _ => Err(Error::internal(format!("{table}.{name} is not a sealed column"))),
        }
    }

    fn may_read_personal(&self) -> bool {
        let may = self.store().caller().may(Action::PiiRead);
        if !may {
            let mut path = Vec::new();
            let mut node = self.path_node.as_ref();
            while let Some(here) = node {
                if let QueryPathSegment::Name(name) = here.segment {
                    path.push(name);
                }
                node = here.parent;
            }
            path.reverse();
            let request = self.request();
            request.redacted.lock().unwrap_or_else(PoisonError::into_inner).insert(path.join("."));
        }
        may
    }

    fn field_key(&self, name: &'static str) -> FieldKey {
        let Positioned { pos, .. } = self.item;
        (pos.line, pos.column, name)
    }

    fn null_if_forbidden<T>(&self, followed: Result<T>) -> Result<Option<T>> {
        match followed {
            Ok(found) => Ok(Some(found)),
            Err(error @ Error::Forbidden(_)) => {
                let request = self.request();
                let mut refused = request.refused.lock().unwrap_or_else(PoisonError::into_inner);
                if refused.insert(self.field_key("")) { Err(error) } else { Ok(None) }
            }
            Err(error) => Err(error),
        }
    }

    async fn definitions(&self) -> Result<Definitions> {
        let request = self.request();
        let store = self.store();
        let read = async || {
            let find = store.find::<custom_field_definition::Entity>()?.deleted(Deleted::Include);
            let rows = store.all(&find).await?;
            Ok::<_, Error>(Arc::new(rows.iter().map(|row| (**row).clone()).collect()))
        };
        // All who ask before the answer wait on one cell, and are woken together: a level stays one batch.
        let cell = request.definitions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        cell.get_or_try_init(read).await.cloned()
    }

    fn forget_definitions(&self) {
        *self.request().definitions.lock().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }
}

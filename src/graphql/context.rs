//! The request as resolvers see it: its store, the fields it redacted and the edges it denied.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use access::Action;
use async_graphql::{Context, Positioned, QueryPathSegment, Value as ArgumentValue};
use entity::{Sealed, custom_field_definition};
use error::{Error, Result};
use sea_orm::{EntityTrait, IdenStatic, Value};
use store::{Deleted, FieldKey, Row, Store, TenantTable};
use tokio::sync::OnceCell;

use super::{limit::Limits, operation::ArgumentCoercion, rate_limit::RateLimit, row_size::RowSize, scalar::Json};

/// The tenant's custom field definitions, deleted ones included.
pub type Definitions = Arc<Vec<Arc<custom_field_definition::Model>>>;

/// The state of a request besides its store.
#[derive(Default)]
pub struct Request {
    /// The idempotency key of the request's only mutation, from its header.
    pub(super) idempotency_key: Option<String>,
    /// Coerces the arguments of mutations.
    pub(super) arguments: Option<ArgumentCoercion>,
    /// The coerced argument of the mutation that ran last.
    argument: Mutex<Option<(FieldKey, Arc<ArgumentValue>)>>,
    /// The cost of the request and the rate limit of its caller.
    pub(super) rate_limit: Option<RateLimit>,
    /// The limits on the size of the request.
    pub(super) limits: Limits,
    repeated: Mutex<BTreeSet<String>>,
    redacted: Mutex<BTreeSet<String>>,
    refused: Mutex<HashSet<FieldKey>>,
    definitions: Mutex<Arc<OnceCell<Definitions>>>,
    row_sizes: Mutex<HashMap<FieldKey, RowSize>>,
    /// The path of the field that spent more than there was.
    overspent: Mutex<Option<Vec<String>>>,
}

impl Request {
    /// A request with its idempotency key, the coercion of its arguments, its rate limit and its size limits.
    pub fn new(
        idempotency_key: Option<String>,
        arguments: ArgumentCoercion,
        rate_limit: RateLimit,
        limits: Limits,
    ) -> Self {
        let (arguments, rate_limit) = (Some(arguments), Some(rate_limit));
        Self { idempotency_key, arguments, rate_limit, limits, ..Self::default() }
    }

    /// The mutations that an idempotency key answered from an earlier request, by their response names.
    pub fn repeated(&self) -> Vec<String> {
        lock(&self.repeated).iter().cloned().collect()
    }

    /// Records that a mutation was answered from an earlier request.
    pub fn repeat(&self, path: String) {
        lock(&self.repeated).insert(path);
    }

    /// The path of the field that spent more than its operation's budget had; none if a statement did.
    pub fn overspent(&self) -> Option<Vec<String>> {
        lock(&self.overspent).clone()
    }

    /// The paths of the fields whose personal data the caller may not read, without indices and duplicates.
    pub fn redacted(&self) -> Vec<String> {
        lock(&self.redacted).iter().cloned().collect()
    }
}

/// The request state that resolvers reach through their context.
pub trait ContextExt {
    /// The request's store.
    fn store(&self) -> &Store;
    /// The request's state.
    fn request(&self) -> &Request;
    /// Opens a sealed column of a row. Null if the column is null; null and listed in `extensions.redacted` if the caller
    /// may not read personal data.
    fn open<M: Row<Entity: TenantTable>>(
        &self,
        row: &M,
        column: <M::Entity as EntityTrait>::Column,
    ) -> impl Future<Output = Result<Option<String>>> + Send;
    /// Whether the caller may read personal data; if not, the current field is listed in `extensions.redacted`.
    fn may_read_personal(&self) -> bool;
    /// The key of the current field: its position in the query and a name.
    fn field_key(&self, name: &'static str) -> FieldKey;
    /// Null for an edge that the caller may not follow, with one error per field of the query and not per row.
    fn null_if_forbidden<T>(&self, followed: Result<T>) -> Result<Option<T>>;
    /// Spends what the current field answers: a number of rows with the bytes of their texts, each of a size that is
    /// computed once for each field of the document. Waits for ever when the budget of the operation is spent.
    fn spend(&self, rows: u64, bytes: u64, size: impl FnOnce() -> RowSize) -> impl Future<Output = ()> + Send;
    /// The same without the wait. Returns how many steps the rows take.
    fn count(&self, rows: u64, bytes: u64, size: impl FnOnce() -> RowSize) -> u64;
    /// A JSON value of the answer. It takes much more memory than its text, which is spent with the row.
    fn json(&self, value: serde_json::Value) -> impl Future<Output = Json> + Send;
    /// The path of the current field, without indices.
    fn field_path(&self) -> Vec<String>;
    /// The argument of the current mutation, completely coerced: the same for a literal and for a variable. It is read once for
    /// all inputs of a list.
    fn argument(&self) -> Result<Arc<ArgumentValue>>;
    /// The tenant's custom field definitions, read once per request and again after a change of them.
    fn definitions(&self) -> impl Future<Output = Result<Definitions>> + Send;
    /// Makes the next call of `definitions` read them again, after a change of them.
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
            let request = self.request();
            lock(&request.redacted).insert(self.field_path().join("."));
        }
        may
    }

    fn spend(&self, rows: u64, bytes: u64, size: impl FnOnce() -> RowSize) -> impl Future<Output = ()> + Send {
        self.store().pace(self.count(rows, bytes, size))
    }

    fn count(&self, rows: u64, bytes: u64, size: impl FnOnce() -> RowSize) -> u64 {
        let (store, request) = (self.store(), self.request());
        let known = *lock(&request.row_sizes).entry(self.field_key("")).or_insert_with(size);
        // Below a root field, a mutation has written: what it answers is stopped.
        if self.path_node.is_some_and(|node| node.parent.is_some()) {
            store.budget().enforce(true);
        }
        let steps = store.count_answer(rows.saturating_mul(known.values), bytes.saturating_mul(known.repeats));
        if store.budget().exceeded().is_some() {
            lock(&request.overspent).get_or_insert_with(|| self.field_path());
        }
        steps
    }

    async fn json(&self, value: serde_json::Value) -> Json {
        let (values, objects) = Json::count(&value);
        self.store().spend_json(values, objects).await;
        Json(value)
    }

    fn argument(&self) -> Result<Arc<ArgumentValue>> {
        let (request, key) = (self.request(), self.field_key(""));
        if let Some((_, argument)) = lock(&request.argument).as_ref().filter(|(of, _)| *of == key) {
            return Ok(argument.clone());
        }
        let field = self.field();
        let arguments = field.arguments().map_err(|error| Error::internal(error.message))?;
        let argument =
            arguments.into_iter().next().map_or(ArgumentValue::Null, |(name, value)| match &request.arguments {
                Some(coercion) => coercion.coerce(field.name(), &name, value),
                None => value,
            });
        let argument = Arc::new(argument);
        *lock(&request.argument) = Some((key, argument.clone()));
        Ok(argument)
    }

    fn field_path(&self) -> Vec<String> {
        let (mut path, mut node) = (Vec::new(), self.path_node.as_ref());
        while let Some(here) = node {
            if let QueryPathSegment::Name(name) = here.segment {
                path.push(name.to_owned());
            }
            node = here.parent;
        }
        path.reverse();
        path
    }

    fn field_key(&self, name: &'static str) -> FieldKey {
        let Positioned { pos, .. } = self.item;
        (pos.line, pos.column, name)
    }

    fn null_if_forbidden<T>(&self, followed: Result<T>) -> Result<Option<T>> {
        match followed {
            Ok(found) => Ok(Some(found)),
            Err(error @ Error::Forbidden { .. }) => {
                let request = self.request();
                let mut refused = lock(&request.refused);
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
            Ok::<_, Error>(Arc::new(store.all(&find).await?))
        };
        // All callers wait on one cell and wake together, so that the resolvers of a level stay one batch.
        let cell = lock(&request.definitions).clone();
        cell.get_or_try_init(read).await.cloned()
    }

    fn forget_definitions(&self) {
        *lock(&self.request().definitions) = Arc::default();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

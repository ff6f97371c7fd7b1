//! The batch loader: collects what the resolvers of one level request, and loads it with one statement for each plan.
//!
//! A [`FetchPlan`] is what one field of the query loads; a resolver requests a plan and an id. All resolvers of a request
//! share one loader, so that a level of the tree is one batch, and the plans in it run concurrently. A batch is loaded when
//! no resolver requests more, so that the number of statements does not depend on the speed of the database.

use std::{
    any::Any,
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dataloader::{BatchFn, cached::Loader};
use error::{Error, Result};
use foldhash::fast::RandomState;
use futures_util::future::{BoxFuture, join_all};
use sea_orm::prelude::Uuid;
use tokio::sync::watch;

use super::session::Session;

/// What one field loads for many ids with one statement.
pub trait FetchPlan: Send + Sync + 'static {
    /// What is loaded for one id.
    type Answer: Clone + Send + Sync + 'static;

    /// Whether another plan loads the same.
    fn is_equivalent(&self, other: &Self) -> bool;

    /// The answers for all ids, by one statement. An id without an answer is left out.
    fn fetch(
        &self,
        session: &Session,
        ids: &[Uuid],
    ) -> impl Future<Output = Result<HashMap<Uuid, Self::Answer>>> + Send;
}

/// A plan with what it has loaded.
pub struct LoadingPlan<P: FetchPlan> {
    /// The plan.
    pub plan: P,
    /// The answers by id; none for an id that has no answer.
    answers: Mutex<Answers<P::Answer>>,
}

type Answers<A> = HashMap<Uuid, Option<A>, RandomState>;

impl<P: FetchPlan> LoadingPlan<P> {
    /// A plan that has loaded nothing.
    pub fn new(plan: P) -> Self {
        Self { plan, answers: Mutex::default() }
    }

    /// The answers for ids that were loaded, in their order.
    fn answers(&self, ids: &[Uuid]) -> Vec<Option<P::Answer>> {
        let answers = lock(&self.answers);
        ids.iter().map(|id| answers.get(id).cloned().flatten()).collect()
    }

    /// Drops what was loaded.
    pub fn clear(&self) {
        lock(&self.answers).clear();
    }

    /// Whether all ids were loaded.
    fn has(&self, ids: &[Uuid]) -> bool {
        let answers = lock(&self.answers);
        ids.iter().all(|id| answers.contains_key(id))
    }
}

/// A plan without the type of its answers.
trait ErasedPlan: Send + Sync {
    /// Loads those ids that were not loaded.
    fn load<'a>(&'a self, session: &'a Session, ids: Vec<Uuid>) -> BoxFuture<'a, Result<()>>;
}

impl<P: FetchPlan> ErasedPlan for LoadingPlan<P> {
    fn load<'a>(&'a self, session: &'a Session, mut ids: Vec<Uuid>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            {
                let answers = lock(&self.answers);
                ids.retain(|id| !answers.contains_key(id));
            }
            if ids.is_empty() {
                return Ok(());
            }
            // The parameters of the statement are sorted, in whatever order the ids were requested.
            ids.sort_unstable();
            ids.dedup();
            let fetched = self.plan.fetch(session, &ids).await?;
            let mut answers = lock(&self.answers);
            answers.extend(fetched.into_iter().map(|(id, answer)| (id, Some(answer))));
            for id in ids {
                answers.entry(id).or_insert(None);
            }
            Ok(())
        })
    }
}

/// A plan, and the ids that a caller requests of it. Each request of a caller is a key of its own.
#[derive(Clone)]
struct Key {
    plan: Arc<dyn ErasedPlan>,
    ids: Arc<[Uuid]>,
}

impl Key {
    fn address(&self) -> usize {
        self.ids.as_ptr().addr()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}
impl Eq for Key {}
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The dataloader formats a key each time it looks one up.
        write!(f, "{} ids", self.ids.len())
    }
}

struct PlanFetcher(Arc<Session>);

impl BatchFn<Key, Result<()>> for PlanFetcher {
    async fn load(&mut self, keys: &[Key]) -> HashMap<Key, Result<()>> {
        let mut plans: HashMap<usize, (Arc<dyn ErasedPlan>, Vec<Uuid>)> = HashMap::new();
        let plan_of = |key: &Key| Arc::as_ptr(&key.plan).addr();
        for key in keys {
            let (_, ids) = plans.entry(plan_of(key)).or_insert_with(|| (key.plan.clone(), Vec::new()));
            ids.extend_from_slice(&key.ids);
        }
        let session = &self.0;
        let loaded = plans.into_iter().map(async |(address, (plan, ids))| (address, plan.load(session, ids).await));
        let loaded: HashMap<_, _> = join_all(loaded).await.into_iter().collect();
        keys.iter().map(|key| (key.clone(), loaded[&plan_of(key)].clone())).collect()
    }
}

/// The field of the document for which a plan was made.
pub type FieldKey = (usize, usize, &'static str);

/// The loader and the plans of one request.
pub struct BatchLoader {
    session: Arc<Session>,
    loader: Mutex<Loader<Key, Result<()>, PlanFetcher>>,
    plans: Mutex<HashMap<FieldKey, Arc<dyn Any + Send + Sync>>>,
    pending: Mutex<PendingBatch>,
    /// Held by the caller that collects and loads a batch: one at a time.
    collecting: tokio::sync::Mutex<()>,
    /// The number of the last loaded batch.
    loaded: watch::Sender<u64>,
}

/// The batch that is being collected.
#[derive(Default)]
struct PendingBatch {
    /// Its number; the first is 1.
    batch: u64,
    /// What it will load, one key for each caller.
    keys: Vec<Key>,
    /// How many keys were requested in all batches.
    requested: u64,
    /// How many callers have requested a key and not yet continued with the answers.
    active: usize,
}

/// After how many rounds of the scheduler without a new request a batch is loaded.
const QUIET_ROUNDS: u32 = 2;
/// After how many rounds of the scheduler a batch is loaded in any case. An early load is slower, but never wrong.
const MAX_BATCH_ROUNDS: u32 = 10_000;

impl BatchLoader {
    /// A loader that has loaded nothing.
    pub fn new(session: Arc<Session>) -> Self {
        Self {
            loader: Mutex::new(key_loader(&session)),
            session,
            plans: Mutex::default(),
            pending: Mutex::new(PendingBatch { batch: 1, ..PendingBatch::default() }),
            collecting: tokio::sync::Mutex::default(),
            loaded: watch::Sender::new(0),
        }
    }

    /// The plan of a field, made when the field is first resolved. A field of the document has one set of arguments, so
    /// that its plan is the same under every parent, and callers with the same plan share a statement. Two fields that
    /// load the same, as those of two fragments often do, share a plan, too.
    pub fn plan<P: FetchPlan>(&self, field: FieldKey, make: impl FnOnce() -> Result<P>) -> Result<Arc<LoadingPlan<P>>> {
        let mut plans = lock(&self.plans);
        if let Some(plan) = plans.get(&field).cloned().and_then(|plan| plan.downcast().ok()) {
            return Ok(plan);
        }
        let new = make()?;
        let mut others = plans.values().filter_map(|plan| plan.clone().downcast::<LoadingPlan<P>>().ok());
        let same = others.find(|other| other.plan.is_equivalent(&new));
        let plan = same.unwrap_or_else(|| Arc::new(LoadingPlan::new(new)));
        plans.insert(field, plan.clone());
        Ok(plan)
    }

    /// The answer of a plan for an id, loaded in one batch with what other callers request at the same time.
    pub async fn load<P: FetchPlan>(&self, plan: &Arc<LoadingPlan<P>>, id: Uuid) -> Result<Option<P::Answer>> {
        Ok(self.load_many(plan, &[id]).await?.pop().flatten())
    }

    /// The answers of a plan for ids, in their order, loaded in one batch with what other callers request at the same time.
    pub async fn load_many<P: FetchPlan>(
        &self,
        plan: &Arc<LoadingPlan<P>>,
        ids: &[Uuid],
    ) -> Result<Vec<Option<P::Answer>>> {
        if !plan.has(ids) {
            Box::pin(self.load_key(Key { plan: plan.clone(), ids: ids.into() })).await?;
        }
        Ok(plan.answers(ids))
    }

    /// The first caller collects the batch and loads it; the others wait for its result and are not woken before.
    async fn load_key(&self, key: Key) -> Result<()> {
        let _active = ActiveCaller::enter(self);
        let (batch, first) = {
            let mut pending = lock(&self.pending);
            pending.requested += 1;
            pending.keys.push(key.clone());
            (pending.batch, pending.keys.len() == 1)
        };
        if first {
            // Boxed, because one caller of a batch loads it and the others only wait.
            Box::pin(self.collect_and_load(batch)).await?;
        } else {
            // An error would mean that the sender was dropped, but `self` holds it.
            let _ = self.loaded.subscribe().wait_for(|loaded| *loaded >= batch).await;
        }
        let loader = lock(&self.loader).clone();
        loader.try_load(key).await.map_err(Error::internal)?
    }

    /// Collects a batch and loads it.
    async fn collect_and_load(&self, batch: u64) -> Result<()> {
        // If this future is dropped, the guard wakes the waiting callers, and each loads what is missing.
        let guard = BatchGuard { loader: self, batch };
        let _collecting = self.collecting.lock().await;
        let (mut requested, mut quiet) = (0, 0);
        for _ in 0..MAX_BATCH_ROUNDS {
            tokio::task::yield_now().await;
            let pending = lock(&self.pending);
            // A caller that has its answer and has not continued yet may request more.
            let settled = pending.requested == requested && pending.active <= pending.keys.len();
            (requested, quiet) = (pending.requested, if settled { quiet + 1 } else { 0 });
            if quiet == QUIET_ROUNDS {
                break;
            }
        }
        let loader = lock(&self.loader).clone();
        let keys = guard.take_keys();
        loader.try_load_many(keys).await.map_err(Error::internal).map(drop)
    }

    /// Lets other tasks run. The batch that is being collected waits, because the caller may request more.
    pub async fn pause(&self) {
        let _active = ActiveCaller::enter(self);
        tokio::task::yield_now().await;
    }

    /// Drops the plans with what they have loaded, because a write may have changed it.
    pub fn clear(&self) {
        lock(&self.plans).clear();
        *lock(&self.loader) = key_loader(&self.session);
    }
}

/// A caller that has requested a key and not yet continued with the answer.
struct ActiveCaller<'a>(&'a BatchLoader);

impl<'a> ActiveCaller<'a> {
    fn enter(loader: &'a BatchLoader) -> Self {
        lock(&loader.pending).active += 1;
        Self(loader)
    }
}

impl Drop for ActiveCaller<'_> {
    fn drop(&mut self) {
        lock(&self.0.pending).active -= 1;
    }
}

/// The batch that a caller collects. Its callers are woken when the guard is dropped.
struct BatchGuard<'a> {
    loader: &'a BatchLoader,
    batch: u64,
}

impl BatchGuard<'_> {
    /// Takes the collected keys; later requests belong to the next batch.
    fn take_keys(&self) -> Vec<Key> {
        let mut pending = lock(&self.loader.pending);
        if pending.batch == self.batch {
            pending.batch += 1;
            return std::mem::take(&mut pending.keys);
        }
        Vec::new()
    }
}

impl Drop for BatchGuard<'_> {
    fn drop(&mut self) {
        self.take_keys();
        self.loader.loaded.send_replace(self.batch);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A loader that neither waits for further keys, because they are already collected, nor splits a batch.
fn key_loader(session: &Arc<Session>) -> Loader<Key, Result<()>, PlanFetcher> {
    Loader::new(PlanFetcher(session.clone())).with_yield_count(0).with_max_batch_size(usize::MAX)
}

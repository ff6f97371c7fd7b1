//! BatchLoader: what many resolvers of one level ask for, answered by one statement per thing requested.
//!
//! A [`FetchPlan`] is what one edge of the query asks for; an asker brings the plan and the id it stands at. All askers of a
//! request share one loader, so that a level of the tree is one batch, and the plans in it run side by side. A batch is
//! loaded when nobody asks for more: how many statements a query takes does not depend on how fast the database is.

use std::{
    any::Any,
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dataloader::{BatchFn, cached::Loader};
use error::{Error, Result};
use futures_util::future::join_all;
use sea_orm::prelude::Uuid;
use tokio::sync::watch;

use super::session::Session;

/// What is requested for at many ids at idempotency.
pub trait FetchPlan: Send + Sync + 'static {
    /// What one id gets.
    type Answer: Clone + Send + Sync + 'static;

    /// Whether another plan asks for the same.
    fn is_equivalent(&self, other: &Self) -> bool;

    /// One statement for all ids. An id without an answer is left out.
    fn fetch(
        &self,
        session: &Session,
        ids: &[Uuid],
    ) -> impl Future<Output = Result<HashMap<Uuid, Self::Answer>>> + Send;
}

/// What a plan gives at an id, its type forgotten; nothing, where there is none.
#[derive(Clone)]
struct ErasedAnswer(Option<Arc<dyn Any + Send + Sync>>);

type ErasedAnswers<'a> = Pin<Box<dyn Future<Output = Result<HashMap<Uuid, ErasedAnswer>>> + Send + 'a>>;

/// A plan whose answer's type is forgotten until the asker, who knows it, gets it back.
trait ErasedPlan: Send + Sync {
    fn fetch_any<'a>(&'a self, session: &'a Session, ids: &'a [Uuid]) -> ErasedAnswers<'a>;
}

impl<P: FetchPlan> ErasedPlan for P {
    fn fetch_any<'a>(&'a self, session: &'a Session, ids: &'a [Uuid]) -> ErasedAnswers<'a> {
        Box::pin(async move {
            let answers = self.fetch(session, ids).await?;
            Ok(answers.into_iter().map(|(id, answer)| (id, ErasedAnswer(Some(Arc::new(answer))))).collect())
        })
    }
}

/// A plan at an id. Two plans are the same if they are one object: see [`BatchLoader::plan`].
#[derive(Clone)]
struct Key {
    plan: Arc<dyn ErasedPlan>,
    id: Uuid,
}

impl Key {
    fn address(&self) -> usize {
        Arc::as_ptr(&self.plan).addr()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.address() == other.address()
    }
}
impl Eq for Key {}
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
        self.address().hash(state);
    }
}
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)
    }
}

struct PlanFetcher(Arc<Session>);

impl BatchFn<Key, Result<ErasedAnswer>> for PlanFetcher {
    async fn load(&mut self, keys: &[Key]) -> HashMap<Key, Result<ErasedAnswer>> {
        let mut plans: HashMap<usize, (Arc<dyn ErasedPlan>, Vec<Uuid>)> = HashMap::new();
        for key in keys {
            plans.entry(key.address()).or_insert_with(|| (key.plan.clone(), Vec::new())).1.push(key.id);
        }
        let session = &self.0;
        let fetched = plans.into_values().map(|(plan, mut ids)| async move {
            // The order keys arrive in is chance; the statement's parameters should not be.
            ids.sort_unstable();
            let answers = plan.fetch_any(session, &ids).await;
            (plan, ids, answers)
        });
        let mut answered = HashMap::with_capacity(keys.len());
        for (plan, ids, answers) in join_all(fetched).await {
            for id in ids {
                let answer = match &answers {
                    Ok(answers) => Ok(answers.get(&id).cloned().unwrap_or(ErasedAnswer(None))),
                    Err(error) => Err(error.clone()),
                };
                answered.insert(Key { plan: plan.clone(), id }, answer);
            }
        }
        answered
    }
}

/// Which field of the query's text a plan was made for.
pub type FieldKey = (usize, usize, &'static str);

/// The loader and the plans of one request.
pub struct BatchLoader {
    session: Arc<Session>,
    loader: Mutex<Loader<Key, Result<ErasedAnswer>, PlanFetcher>>,
    plans: Mutex<HashMap<FieldKey, Arc<dyn Any + Send + Sync>>>,
    pending: Mutex<PendingBatch>,
    /// Held by the asker who gathers a batch and loads it: there is one at a time.
    writer_permit: tokio::sync::Mutex<()>,
    /// The last batch that was loaded.
    loaded: watch::Sender<u64>,
}

/// Who is asking.
#[derive(Default)]
struct PendingBatch {
    /// The number of the batch that is being gathered; the first is 1.
    batch: u64,
    /// What it will load, idempotency for each asker.
    keys: Vec<Key>,
    /// How many were ever requested.
    requested: u64,
    /// How many requested and have not gone on with their answer.
    active: usize,
}

/// How often the scheduler must come round without anything new being requested before a batch is loaded.
const QUIET_ROUNDS: u32 = 2;
/// How often it may come round at most. A batch that is loaded too early is slower, and never wrong.
const MAX_BATCH_ROUNDS: u32 = 10_000;

impl BatchLoader {
    /// Nothing loaded yet.
    pub fn new(session: Arc<Session>) -> Self {
        Self {
            loader: Mutex::new(loader(&session)),
            session,
            plans: Mutex::default(),
            pending: Mutex::new(PendingBatch { batch: 1, ..PendingBatch::default() }),
            writer_permit: tokio::sync::Mutex::default(),
            loaded: watch::Sender::new(0),
        }
    }

    /// The plan of a field, made when the field is first resolved. One field of the text has one set of arguments, so
    /// its plan is the same under every parent, and sameness is what lets askers share a statement. Two fields that ask
    /// for the same, as those of two fragments often do, share one, too.
    pub fn plan<P: FetchPlan>(&self, field: FieldKey, make: impl FnOnce() -> Result<P>) -> Result<Arc<P>> {
        let mut plans = lock(&self.plans);
        if let Some(known) = plans.get(&field).cloned().and_then(|plan| plan.downcast().ok()) {
            return Ok(known);
        }
        let new = make()?;
        let mut others = plans.values().filter_map(|plan| plan.clone().downcast::<P>().ok());
        let plan = others.find(|other| other.is_equivalent(&new)).unwrap_or_else(|| Arc::new(new));
        plans.insert(field, plan.clone());
        Ok(plan)
    }

    /// What a plan gives at an id, loaded together with what everybody else asks for now.
    pub async fn load<P: FetchPlan>(&self, plan: &Arc<P>, id: Uuid) -> Result<Option<P::Answer>> {
        let key = Key { plan: plan.clone(), id };
        let answer = Box::pin(self.load_key(key)).await?;
        answer.0.map_or(Ok(None), |any| match any.downcast_ref::<P::Answer>() {
            Some(answer) => Ok(Some(answer.clone())),
            None => Err(Error::internal("a plan answered with another plan's type")),
        })
    }

    /// The first to ask gathers the others and loads the batch; they wait for it without being woken in between.
    async fn load_key(&self, key: Key) -> Result<ErasedAnswer> {
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
            // The sender lives as long as we do.
            let _ = self.loaded.subscribe().wait_for(|loaded| *loaded >= batch).await;
        }
        let loader = lock(&self.loader).clone();
        loader.try_load(key).await.map_err(Error::internal)?
    }

    /// Gathers a batch and loads it.
    async fn collect_and_load(&self, batch: u64) -> Result<()> {
        // Whatever becomes of us: who waits for the batch goes on, and loads what is missing.
        let guard = BatchGuard { batches: self, batch };
        let _writer_permit = self.writer_permit.lock().await;
        let (mut requested, mut quiet) = (0, 0);
        for _ in 0..MAX_BATCH_ROUNDS {
            tokio::task::yield_now().await;
            let pending = lock(&self.pending);
            // Who has an answer, and has not gone on with it, may ask for more.
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

    /// Forgets what was loaded, because something was written.
    pub fn clear(&self) {
        *lock(&self.loader) = loader(&self.session);
    }
}

/// Somebody who requested and has not gone on.
struct ActiveCaller<'a>(&'a BatchLoader);

impl<'a> ActiveCaller<'a> {
    fn enter(batches: &'a BatchLoader) -> Self {
        lock(&batches.pending).active += 1;
        Self(batches)
    }
}

impl Drop for ActiveCaller<'_> {
    fn drop(&mut self) {
        lock(&self.0.pending).active -= 1;
    }
}

/// A batch that somebody gathers.
struct BatchGuard<'a> {
    batches: &'a BatchLoader,
    batch: u64,
}

impl BatchGuard<'_> {
    /// Takes what was gathered; who asks from now on is of the next batch.
    fn take_keys(&self) -> Vec<Key> {
        let mut pending = lock(&self.batches.pending);
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
        self.batches.loaded.send_replace(self.batch);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A loader that does not wait for company, because its askers have gathered, and never splits a batch.
fn loader(session: &Arc<Session>) -> Loader<Key, Result<ErasedAnswer>, PlanFetcher> {
    Loader::new(PlanFetcher(session.clone())).with_yield_count(0).with_max_batch_size(usize::MAX)
}

//! Batches: what many resolvers of one level ask for, answered by one statement per thing asked.
//!
//! A [`Plan`] is what one edge of the query asks for; an asker brings the plan and the id it stands at. All askers of a
//! request share one loader, so that a level of the tree is one batch, and the plans in it run side by side.

use std::{
    any::Any,
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use dataloader::{BatchFn, cached::Loader};
use futures_util::future::join_all;
use sea_orm::prelude::Uuid;

use super::session::Session;
use crate::error::{Error, Result};

/// What is asked for at many ids at once.
pub trait Plan: Send + Sync + 'static {
    /// What one id gets.
    type Answer: Clone + Send + Sync + 'static;

    /// One statement for all ids. An id without an answer is left out.
    fn fetch(
        &self,
        session: &Session,
        ids: &[Uuid],
    ) -> impl Future<Output = Result<HashMap<Uuid, Self::Answer>>> + Send;
}

/// What a plan gives at an id, its type forgotten; nothing, where there is none.
#[derive(Clone)]
struct Answer(Option<Arc<dyn Any + Send + Sync>>);

type Answers<'a> = Pin<Box<dyn Future<Output = Result<HashMap<Uuid, Answer>>> + Send + 'a>>;

/// A plan whose answer's type is forgotten until the asker, who knows it, gets it back.
trait AnyPlan: Send + Sync {
    fn fetch_any<'a>(&'a self, session: &'a Session, ids: &'a [Uuid]) -> Answers<'a>;
}

impl<P: Plan> AnyPlan for P {
    fn fetch_any<'a>(&'a self, session: &'a Session, ids: &'a [Uuid]) -> Answers<'a> {
        Box::pin(async move {
            let answers = self.fetch(session, ids).await?;
            Ok(answers.into_iter().map(|(id, answer)| (id, Answer(Some(Arc::new(answer))))).collect())
        })
    }
}

/// A plan at an id. Two plans are the same if they are one object: see [`Batches::plan`].
#[derive(Clone)]
struct Key {
    plan: Arc<dyn AnyPlan>,
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

struct Fetch(Arc<Session>);

impl BatchFn<Key, Result<Answer>> for Fetch {
    async fn load(&mut self, keys: &[Key]) -> HashMap<Key, Result<Answer>> {
        let mut plans: HashMap<usize, (Arc<dyn AnyPlan>, Vec<Uuid>)> = HashMap::new();
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
                    Ok(answers) => Ok(answers.get(&id).cloned().unwrap_or(Answer(None))),
                    Err(error) => Err(error.clone()),
                };
                answered.insert(Key { plan: plan.clone(), id }, answer);
            }
        }
        answered
    }
}

/// Which field of the query's text a plan was made for.
pub type Field = (usize, usize, &'static str);

/// The loader and the plans of one request.
pub struct Batches {
    session: Arc<Session>,
    loader: Mutex<Loader<Key, Result<Answer>, Fetch>>,
    plans: Mutex<HashMap<Field, Arc<dyn Any + Send + Sync>>>,
}

impl Batches {
    /// Nothing loaded yet.
    pub fn new(session: Arc<Session>) -> Self {
        let loader = Mutex::new(loader(&session));
        Self { session, loader, plans: Mutex::default() }
    }

    /// The plan of a field, made when the field is first resolved. One field of the text has one set of arguments, so
    /// its plan is the same under every parent, and sameness is what lets askers share a statement.
    pub fn plan<P: Plan>(&self, field: Field, make: impl FnOnce() -> Result<P>) -> Result<Arc<P>> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = plans.get(&field).cloned().and_then(|plan| plan.downcast().ok()) {
            return Ok(known);
        }
        let plan = Arc::new(make()?);
        plans.insert(field, plan.clone());
        Ok(plan)
    }

    /// What a plan gives at an id, loaded together with what everybody else asks for now.
    pub async fn load<P: Plan>(&self, plan: &Arc<P>, id: Uuid) -> Result<Option<P::Answer>> {
        let loader = self.loader.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = Box::pin(loader.try_load(Key { plan: plan.clone(), id })).await.map_err(Error::internal)??;
        answer.0.map_or(Ok(None), |any| match any.downcast_ref::<P::Answer>() {
            Some(answer) => Ok(Some(answer.clone())),
            None => Err(Error::internal("a plan answered with another plan's type")),
        })
    }

    /// Forgets what was loaded, because something was written.
    pub fn empty(&self) {
        *self.loader.lock().unwrap_or_else(PoisonError::into_inner) = loader(&self.session);
    }
}

/// A loader that waits two turns of the scheduler for company, and never splits a batch.
fn loader(session: &Arc<Session>) -> Loader<Key, Result<Answer>, Fetch> {
    Loader::new(Fetch(session.clone())).with_yield_count(2).with_max_batch_size(usize::MAX)
}

//! Breadth-first execution: the objects of a level of the answer resolve together.
//!
//! async-graphql resolves each object by itself: it allocates a future for each field of each row, and the batch loader finds
//! out which rows of a level request the same. The rows of a page are known together, so here a level goes through its fields
//! at once: a field that has its value at once needs no allocation, and an edge is followed from all rows by one request.

use std::{
    borrow::Cow,
    future::poll_fn,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Name, OutputType, Positioned, QueryPathNode, QueryPathSegment,
    ServerError, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
};
use error::{Error, Result};
use futures_util::{
    future::{BoxFuture, join_all},
    stream::{FuturesUnordered, StreamExt},
};
use sea_orm::prelude::Uuid;
use store::Store;
use tokio_util::sync::ReusableBoxFuture;

use super::context::ContextExt;

/// How many objects of a level are computed before other tasks may run.
const CHUNK: usize = 64;

/// The place of an object or a field in the answer.
pub type Place<'a> = QueryPathNode<'a>;

/// Objects of one type, and where each of them stands in the answer.
pub struct Level<'a, T> {
    /// The objects.
    pub objects: &'a [T],
    /// The place of each.
    pub places: &'a [Place<'a>],
    /// The steps of computing them, which are taken on the way. None are left if they are taken before.
    pub steps: u64,
}

impl<T> Clone for Level<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Level<'_, T> {}

/// An object of which many can resolve together.
pub trait LevelObject: ContainerType + Sized {
    /// Resolves a field of all objects of a level at once: a value for each of them. None if each object resolves the field
    /// by itself.
    fn resolve_together<'a>(_: &'a Context<'a>, _: Level<'a, Self>) -> Option<BoxFuture<'a, Vec<Value>>> {
        None
    }

    /// Loads what a field of all objects of a level reads, so that each of them has its value without a wait. None if there is
    /// nothing to load. Where it fails, each object loads by itself, and says why it cannot.
    fn prefetch<'a>(_: &'a Context<'a>, _: Level<'a, Self>) -> Option<BoxFuture<'a, Result<()>>> {
        None
    }
}

/// The rows of a level from which an edge is followed.
pub struct Parents<'a> {
    /// The id in the source column of the edge, for each row; none if it is null.
    pub ids: Vec<Option<Uuid>>,
    /// The place of each row.
    pub places: &'a [Place<'a>],
}

/// The place of a field of an object.
pub fn place_of_field<'a>(ctx: &Context<'a>, object: &'a Place<'a>) -> Place<'a> {
    let key = ctx.item.node.response_key();
    Place { parent: Some(object), segment: QueryPathSegment::Name(&key.node) }
}

/// Adds an error at a place. The value there is null.
pub fn fail(ctx: &Context<'_>, place: Place<'_>, error: ServerError) -> Value {
    let mut ctx = ctx.clone();
    ctx.path_node = Some(place);
    ctx.add_error(ctx.set_error_path(error));
    Value::Null
}

/// Adds an error at the place of a field; one for the field and not for each row, if the caller may not read it.
pub fn refuse(ctx: &Context<'_>, place: Place<'_>, error: &Error) -> Value {
    match ctx.null_if_forbidden::<()>(Err(error.clone())) {
        Ok(_) => Value::Null,
        Err(error) => fail(ctx, place, async_graphql::Error::from(error).into_server_error(ctx.item.pos)),
    }
}

/// Resolves the selection of a field on all objects of a level: a value for each of them.
///
/// Boxed, because the levels are in each other.
fn resolve_level<'a, T: LevelObject>(
    ctx: &'a ContextSelectionSet<'a>,
    field: &'a Positioned<Field>,
    level: Level<'a, T>,
) -> BoxFuture<'a, Vec<Value>> {
    Box::pin(async move {
        let Some(first) = level.places.first() else { return Vec::new() };
        // The arguments and the selection of a field are the same for all objects.
        let mut of_first = ctx.clone();
        of_first.path_node = Some(*first);
        let mut fields = Vec::new();
        let are_together = level.objects.first().is_some_and(|object| collect(object, &ctx.item.node, &mut fields));
        if are_together {
            let contexts: Vec<_> = fields.iter().map(|field| of_first.with_field(field)).collect();
            resolve_fields(ctx, &contexts, level).await
        } else {
            resolve_each(ctx, field, level).await
        }
    })
}

/// Resolves the selection of the current field on all objects of a level.
pub async fn resolve_objects<T: LevelObject>(ctx: &Context<'_>, level: Level<'_, T>) -> Vec<Value> {
    let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
    resolve_level(&selection, ctx.item, level).await
}

/// Resolves the items of lists as one level: for each list the values of its items. `objects` has the items of all lists, and
/// `lengths` how many each has.
pub async fn resolve_lists<T: LevelObject>(
    ctx: &Context<'_>,
    lists: &[Place<'_>],
    (objects, lengths): (&[T], &[usize]),
    steps: u64,
) -> Vec<Value> {
    let mut places = Vec::with_capacity(objects.len());
    for (list, length) in lists.iter().zip(lengths) {
        let item = |index| Place { parent: Some(list), segment: QueryPathSegment::Index(index) };
        places.extend((0..*length).map(item));
    }
    let mut values = resolve_objects(ctx, Level { objects, places: &places, steps }).await.into_iter();
    lengths.iter().map(|length| Value::List(values.by_ref().take(*length).collect())).collect()
}

/// Collects the fields that are selected on all objects of a level, each once. False if one object has others than another,
/// or a field has several selections: then the objects resolve one by one.
fn collect<'a, T: LevelObject>(
    object: &T,
    selection: &'a SelectionSet,
    fields: &mut Vec<&'a Positioned<Field>>,
) -> bool {
    selection.items.iter().all(|item| match &item.node {
        Selection::Field(field) => {
            let key = &field.node.response_key().node;
            let Some(same) = fields.iter().find(|other| other.node.response_key().node == *key) else {
                fields.push(field);
                return true;
            };
            same.node.selection_set.node.items.is_empty()
        }
        // The plan has left those that are on one of several types. An object of an interface is of any of them.
        Selection::InlineFragment(fragment) => {
            let name = T::type_name();
            let on = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
            let is_concrete = object.introspection_type_name() == name;
            let is_other = is_concrete && on.is_some_and(|on| on != name);
            is_other || is_concrete && collect(object, &fragment.node.selection_set.node, fields)
        }
        Selection::FragmentSpread(_) => false,
    })
}

/// What a future has computed: a field of one object or of all.
enum Computed {
    One(usize, usize, ServerResult<Option<Value>>),
    All(usize, Vec<Value>),
}

async fn resolve_fields<'a, T: LevelObject>(
    ctx: &ContextSelectionSet<'a>,
    fields: &'a [Context<'a>],
    level: Level<'a, T>,
) -> Vec<Value> {
    let mut waiting: FuturesUnordered<BoxFuture<'_, Computed>> = FuturesUnordered::new();
    let mut together = vec![false; fields.len()];
    for (index, field) in fields.iter().enumerate() {
        if let Some(values) = T::resolve_together(field, level) {
            together[index] = true;
            waiting.push(Box::pin(async move { Computed::All(index, values.await) }));
        } else if let Some(prefetched) = T::prefetch(field, level) {
            together[index] = true;
            waiting.push(Box::pin(async move {
                // A failure is that of each object, which loads again.
                let _ = prefetched.await;
                Computed::All(index, resolve_field(ctx, field, level).await)
            }));
        }
    }
    let mut answers = Vec::with_capacity(level.objects.len());
    let mut future = None;
    for (begin, objects) in level.objects.chunks(CHUNK).enumerate().map(|(chunk, objects)| (chunk * CHUNK, objects)) {
        ctx.data_unchecked::<Arc<Store>>()
            .pace(level.steps.saturating_mul(objects.len() as u64) / level.objects.len() as u64)
            .await;
        for (row, object) in (begin..).zip(objects) {
            let mut answer = IndexMap::with_capacity(fields.len());
            for (index, field) in fields.iter().enumerate() {
                let value = if together[index] {
                    Value::Null
                } else {
                    match poll_field(ctx, field.item, (object, &level.places[row]), &mut future).await {
                        Poll::Ready(value) => value.unwrap_or_else(|error| add_error(field, &level.places[row], error)),
                        Poll::Pending => {
                            waiting.extend(future.take().map(|field: ReusableBoxFuture<'_, _>| {
                                Box::pin(async move { Computed::One(row, index, field.await) }) as BoxFuture<'_, _>
                            }));
                            Value::Null
                        }
                    }
                };
                answer.insert(field.item.node.response_key().node.clone(), value);
            }
            answers.push(answer);
        }
    }
    while let Some(computed) = waiting.next().await {
        match computed {
            Computed::One(row, index, value) => {
                let failed = |error| add_error(&fields[index], &level.places[row], error);
                let value = value.map_or_else(failed, Option::unwrap_or_default);
                put(&mut answers[row], index, value);
            }
            Computed::All(index, values) => {
                for (answer, value) in answers.iter_mut().zip(values) {
                    put(answer, index, value);
                }
            }
        }
    }
    answers.into_iter().map(Value::Object).collect()
}

/// Resolves a field of each object, one after the other: nothing has to wait.
async fn resolve_field<'a, T: LevelObject>(
    ctx: &ContextSelectionSet<'a>,
    field: &'a Context<'a>,
    level: Level<'a, T>,
) -> Vec<Value> {
    let (mut values, mut future) = (Vec::with_capacity(level.objects.len()), None);
    for (object, place) in level.objects.iter().zip(level.places) {
        let value = match (poll_field(ctx, field.item, (object, place), &mut future).await, &mut future) {
            (Poll::Ready(value), _) => value,
            (Poll::Pending, Some(future)) => poll_fn(|cx| future.poll(cx)).await.map(Option::unwrap_or_default),
            (Poll::Pending, None) => Ok(Value::Null),
        };
        values.push(value.unwrap_or_else(|error| add_error(field, place, error)));
    }
    values
}

fn put(answer: &mut IndexMap<Name, Value>, index: usize, value: Value) {
    if let Some((_, here)) = answer.get_index_mut(index) {
        *here = value;
    }
}

/// Adds an error of a field of an object. Behind an interface, the library gives it no path. The value there is null.
fn add_error(field: &Context<'_>, object: &Place<'_>, error: ServerError) -> Value {
    if error.path.is_empty() {
        return fail(field, place_of_field(field, object), error);
    }
    field.add_error(error);
    Value::Null
}

/// Begins to resolve a field of an object, in the memory of the field before. What has to wait stays there.
async fn poll_field<'a, T: LevelObject>(
    ctx: &ContextSelectionSet<'a>,
    field: &'a Positioned<Field>,
    (object, place): (&'a T, &'a Place<'a>),
    memory: &mut Option<ReusableBoxFuture<'a, ServerResult<Option<Value>>>>,
) -> Poll<ServerResult<Value>> {
    if field.node.name.node == "__typename" {
        return Poll::Ready(Ok(Value::String(object.introspection_type_name().into_owned())));
    }
    let mut ctx = ctx.clone();
    ctx.path_node = Some(*place);
    let resolve = async move {
        let ctx = ctx.with_field(field);
        object.resolve_field(&ctx).await
    };
    match memory {
        Some(memory) => memory.set(resolve),
        None => *memory = Some(ReusableBoxFuture::new(resolve)),
    }
    let Some(future) = memory else { return Poll::Pending };
    let polled = poll_fn(|cx| Poll::Ready(future.poll(cx))).await;
    polled.map(|value| value.map(Option::unwrap_or_default))
}

/// Resolves each object by itself.
async fn resolve_each<'a, T: LevelObject>(
    ctx: &ContextSelectionSet<'a>,
    field: &Positioned<Field>,
    level: Level<'a, T>,
) -> Vec<Value> {
    ctx.data_unchecked::<Arc<Store>>().pace(level.steps).await;
    let values = level.objects.iter().zip(level.places).map(|(object, place)| {
        let mut ctx = ctx.clone();
        ctx.path_node = Some(*place);
        async move {
            let value = object.resolve(&ctx, field).await;
            value.unwrap_or_else(|error| {
                ctx.add_error(ctx.set_error_path(error));
                Value::Null
            })
        }
    });
    join_all(values).await
}

/// A list whose items resolve together.
pub struct LevelList<T>(Vec<T>);

impl<T> FromIterator<T> for LevelList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T: LevelObject> OutputType for LevelList<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let place = |index| Place { parent: ctx.path_node.as_ref(), segment: QueryPathSegment::Index(index) };
        let places: Vec<_> = (0..self.0.len()).map(place).collect();
        let level = Level { objects: &self.0, places: &places, steps: 0 };
        Ok(Value::List(resolve_level(ctx, field, level).await))
    }
}

/// A value of a type of the schema that is resolved already.
pub struct Resolved<T>(Mutex<Value>, PhantomData<fn() -> T>);

impl<T> Resolved<T> {
    /// The value.
    pub fn new(value: Value) -> Self {
        Self(Mutex::new(value), PhantomData)
    }
}

impl<T: OutputType> OutputType for Resolved<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    /// The value is moved into the answer: its field resolves once.
    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

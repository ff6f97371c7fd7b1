//! The budget of an operation: what it may read, compute and answer, counted while it runs.
//!
//! An operation that has spent a budget goes no further: whatever it does next waits, until the operation is dropped. So
//! many resolvers that run at the same time make one error, not one each. A mutation that writes is not stopped, because
//! its client could not know what it wrote: [`Budget::enforce`] says from when on a budget stops it.

use std::{
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};
use sea_orm::prelude::Uuid;

use super::request_memory::{RequestMemory, UNCOUNTED_BYTES};

/// What an operation spends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// SQL statements.
    Statements,
    /// Rows that the database returned.
    Rows,
    /// Bytes of the texts and of the encrypted values in those rows.
    ReadBytes,
    /// Fields of the answer, with aliases and with each object as often as it stands there.
    Values,
    /// Bytes of the answer.
    AnswerBytes,
    /// Milliseconds of CPU time, without the database's.
    CpuTime,
    /// Milliseconds of statements that read.
    DatabaseTime,
    /// Bytes of memory, until the answer is written. Their maximum is what all requests may have together.
    Memory,
}

impl Resource {
    /// Every resource.
    pub const ALL: [Self; 8] = [
        Self::Statements,
        Self::Rows,
        Self::ReadBytes,
        Self::Values,
        Self::AnswerBytes,
        Self::CpuTime,
        Self::DatabaseTime,
        Self::Memory,
    ];
}

/// About how many bytes of memory a field of an answer takes until the answer is written.
const BYTES_PER_VALUE: u64 = 400;

/// About how many bytes more a field takes from its beginning until it is done.
const BYTES_PER_BEGUN_FIELD: u64 = 800;

/// About how many bytes of memory a value in a JSON text takes, besides the text.
const BYTES_PER_JSON_VALUE: u64 = 150;

/// About how many bytes more an object there takes: the tables of its names, as it is parsed and as it is answered.
const BYTES_PER_JSON_OBJECT: u64 = 1_000;

/// How often the bytes of a text are in memory until the answer is written: as a value, and in the body, whose buffer doubles when
/// it is full.
const COPIES_OF_BYTES: u64 = 3;

/// The maximum of each resource but the last, which all operations share, in the order of [`Resource::ALL`].
pub type Maxima = [u64; Resource::ALL.len() - 1];

/// How many steps an operation may compute before it lets other tasks run. A step is a field, or [`BYTES_PER_STEP`] of text.
pub const STEPS_PER_POLL: u64 = 20_000;

/// How many bytes of text take as long as a field.
pub const BYTES_PER_STEP: u64 = 100;

/// A budget and what is spent of it.
#[derive(Debug)]
pub struct Budget {
    maxima: Maxima,
    memory: Arc<RequestMemory>,
    /// The tenant that uses the memory.
    tenant: Uuid,
    spent: [AtomicU64; Resource::ALL.len()],
    exceeded: OnceLock<Resource>,
    enforced: AtomicBool,
    /// CPU time and the time of statements, in microseconds.
    cpu_micros: AtomicU64,
    database_micros: AtomicU64,
    /// Steps since the operation last let other tasks run.
    steps: AtomicU64,
    /// The most steps without such a pause.
    most_steps: AtomicU64,
    /// Permits that other tenants were granted while the operation waited for its own.
    overtaken: AtomicU64,
}

impl Budget {
    /// A budget of a tenant, of which nothing is spent.
    pub fn new(maxima: Maxima, memory: Arc<RequestMemory>, tenant: Uuid) -> Self {
        Self {
            maxima,
            memory,
            tenant,
            spent: Default::default(),
            exceeded: OnceLock::new(),
            enforced: AtomicBool::new(true),
            cpu_micros: AtomicU64::new(0),
            database_micros: AtomicU64::new(0),
            steps: AtomicU64::new(0),
            most_steps: AtomicU64::new(0),
            overtaken: AtomicU64::new(0),
        }
    }

    /// A budget without an end, for what no client asked for.
    pub fn unlimited() -> Self {
        Self::new([u64::MAX; Resource::ALL.len() - 1], Arc::new(RequestMemory::new(u64::MAX)), Uuid::nil())
    }

    /// How much of a resource is spent.
    pub fn spent(&self, resource: Resource) -> u64 {
        self.spent[resource as usize].load(Ordering::Relaxed)
    }

    /// The maximum of a resource.
    pub fn maximum(&self, resource: Resource) -> u64 {
        self.maxima.get(resource as usize).copied().unwrap_or_else(|| self.memory.limit())
    }

    /// The resource of which more was spent than there is, the first one.
    pub fn exceeded(&self) -> Option<Resource> {
        self.exceeded.get().copied()
    }

    /// Whether the operation goes no further.
    pub fn is_stopped(&self) -> bool {
        self.enforced.load(Ordering::Relaxed) && self.exceeded.get().is_some()
    }

    /// Whether a spent budget stops the operation.
    pub fn enforce(&self, enforced: bool) {
        self.enforced.store(enforced, Ordering::Relaxed);
    }

    /// Counts what was spent.
    pub fn count(&self, resource: Resource, amount: u64) {
        let before = self.spent[resource as usize].fetch_add(amount, Ordering::Relaxed);
        if before.saturating_add(amount) > self.maximum(resource) {
            // Only the first one is told.
            let _ = self.exceeded.set(resource);
        }
    }

    /// Counts the time of a statement.
    pub(crate) fn count_statement_time(&self, time: Duration) {
        self.count_time(Resource::DatabaseTime, &self.database_micros, time);
    }

    /// Counts a time in microseconds, and in whole milliseconds as the resource has it.
    fn count_time(&self, resource: Resource, micros: &AtomicU64, time: Duration) {
        let added = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let before = micros.fetch_add(added, Ordering::Relaxed);
        self.count(resource, before.saturating_add(added) / 1_000 - before / 1_000);
    }

    /// How long a statement may still run. What a mutation reads before it has written is not stopped.
    pub(crate) fn statement_time_left(&self) -> Duration {
        if !self.enforced.load(Ordering::Relaxed) {
            return Duration::MAX;
        }
        let left = self.maximum(Resource::DatabaseTime).saturating_sub(self.spent(Resource::DatabaseTime));
        Duration::from_millis(left)
    }

    /// Counts fields and bytes of the answer, before they are computed. Returns how many steps they take.
    pub(crate) fn count_answer(&self, values: u64, bytes: u64) -> u64 {
        self.count(Resource::Values, values);
        self.count(Resource::AnswerBytes, bytes);
        let texts = bytes.saturating_mul(COPIES_OF_BYTES);
        self.use_memory(values.saturating_mul(BYTES_PER_VALUE).saturating_add(texts));
        values.saturating_add(bytes / BYTES_PER_STEP)
    }

    /// Counts the values and the objects of a JSON text, whose bytes were counted with the row. Returns how many steps they take.
    pub(crate) fn count_json(&self, values: u64, objects: u64) -> u64 {
        let tables = objects.saturating_mul(BYTES_PER_JSON_OBJECT);
        self.use_memory(values.saturating_mul(BYTES_PER_JSON_VALUE).saturating_add(tables));
        values
    }

    /// Counts fields that all begin before one of them is done, as those of introspection do.
    pub(crate) fn count_begun(&self, values: u64) {
        self.count_answer(values, 0);
        self.use_memory(values.saturating_mul(BYTES_PER_BEGUN_FIELD));
    }

    /// Counts bytes of a row that the database returned. They stay until the operation has ended.
    pub(crate) fn count_read(&self, bytes: u64) {
        self.count(Resource::Rows, 1);
        self.count(Resource::ReadBytes, bytes);
        self.use_memory(bytes);
    }

    /// Uses memory for the arguments that an operation is given, before it runs. False if there is not so much.
    pub fn hold_arguments(&self, bytes: u64) -> bool {
        if bytes > UNCOUNTED_BYTES {
            self.use_memory(bytes);
        }
        self.exceeded().is_none()
    }

    fn use_memory(&self, bytes: u64) {
        self.spent[Resource::Memory as usize].fetch_add(bytes, Ordering::Relaxed);
        if !self.memory.take(self.tenant, bytes) {
            let _ = self.exceeded.set(Resource::Memory);
        }
    }

    /// Takes steps of this poll. False if not so many are left: then other tasks run first. More than a poll has are taken
    /// as the first of it, and nothing after them.
    pub(crate) fn take_steps(&self, steps: u64) -> bool {
        let taken = self.steps.load(Ordering::Relaxed);
        if steps > 0 && taken > 0 && taken.saturating_add(steps) > STEPS_PER_POLL {
            return false;
        }
        // An operation is one task, so nothing takes steps between these two.
        let taken = self.steps.fetch_add(steps, Ordering::Relaxed).saturating_add(steps);
        self.most_steps.fetch_max(taken, Ordering::Relaxed);
        true
    }

    /// Takes steps, after other tasks have run if this poll has not so many left.
    pub async fn pace(&self, steps: u64) {
        while !self.take_steps(steps) {
            tokio::task::yield_now().await;
        }
    }

    /// The most steps that the operation computed without letting other tasks run.
    pub fn most_steps(&self) -> u64 {
        self.most_steps.load(Ordering::Relaxed)
    }

    /// Counts permits that other tenants were granted while the operation waited for its own.
    pub fn count_overtaken(&self, permits: u64) {
        self.overtaken.fetch_add(permits, Ordering::Relaxed);
    }

    /// How many permits other tenants were granted while the operation waited for its own: to run, for connections and to
    /// write.
    pub fn overtaken(&self) -> u64 {
        self.overtaken.load(Ordering::Relaxed)
    }

    /// Waits for ever if the operation goes no further.
    pub async fn check(&self) {
        if self.is_stopped() {
            std::future::pending::<()>().await;
        }
    }

    /// Runs an operation within the budget. None if it was stopped.
    pub fn run<F: Future>(&self, operation: F) -> impl Future<Output = Option<F::Output>> {
        Run { budget: self, operation: Box::pin(operation) }
    }
}

/// The memory is free when the operation has ended.
impl Drop for Budget {
    fn drop(&mut self) {
        self.memory.give_back(self.tenant, self.spent(Resource::Memory));
    }
}

/// An operation that runs within a budget.
struct Run<'a, F> {
    budget: &'a Budget,
    operation: Pin<Box<F>>,
}

impl<F: Future> Future for Run<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let budget = self.budget;
        budget.steps.store(0, Ordering::Relaxed);
        let begun = cpu_time();
        let polled = self.operation.as_mut().poll(context);
        budget.count_time(Resource::CpuTime, &budget.cpu_micros, cpu_time().saturating_sub(begun));
        match polled {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if budget.is_stopped() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The CPU time of this thread.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(resource: Resource, maximum: u64) -> Budget {
        let mut maxima = [u64::MAX; Resource::ALL.len() - 1];
        maxima[resource as usize] = maximum;
        Budget::new(maxima, Arc::new(RequestMemory::new(u64::MAX)), Uuid::nil())
    }

    #[tokio::test]
    async fn the_answers_of_all_operations_share_a_memory() {
        let memory = Arc::new(RequestMemory::new(600 * BYTES_PER_VALUE));
        let operation =
            |tenant| Budget::new([u64::MAX; Resource::ALL.len() - 1], memory.clone(), Uuid::from_u128(tenant));
        let (large, second, of_another) = (operation(1), operation(1), operation(2));
        large.count_answer(600, 0);
        assert_eq!((large.exceeded(), memory.used()), (None, 600 * BYTES_PER_VALUE));
        second.count_answer(1, 0);
        assert_eq!(second.exceeded(), Some(Resource::Memory));
        // A tenant within its share is never stopped for what others take.
        of_another.count_answer(290, 10 * BYTES_PER_VALUE / COPIES_OF_BYTES);
        assert_eq!(of_another.exceeded(), None);
        of_another.count_read(BYTES_PER_VALUE);
        assert_eq!(of_another.exceeded(), Some(Resource::Memory));
        drop((large, second, of_another));
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn a_poll_takes_no_more_steps_than_it_has() {
        let budget = budget(Resource::Values, u64::MAX);
        assert!(budget.take_steps(STEPS_PER_POLL - 1) && budget.take_steps(1) && budget.take_steps(0));
        assert!(!budget.take_steps(1));
        assert_eq!(budget.most_steps(), STEPS_PER_POLL);
    }

    #[tokio::test]
    async fn an_operation_that_spends_more_than_its_budget_is_stopped() {
        for resource in Resource::ALL.into_iter().filter(|resource| *resource != Resource::Memory) {
            let budget = budget(resource, 10);
            let operation = async {
                for _ in 0..3 {
                    budget.count(resource, 4);
                    budget.check().await;
                }
            };
            assert_eq!(budget.run(operation).await, None, "{resource:?}");
            assert_eq!((budget.exceeded(), budget.spent(resource)), (Some(resource), 12));
        }
    }

    #[tokio::test]
    async fn an_operation_within_its_budget_and_one_that_writes_are_not() {
        let budget = budget(Resource::Rows, 10);
        let spend = async |amount| {
            budget.count(Resource::Rows, amount);
            budget.check().await;
        };
        assert_eq!(budget.run(spend(10)).await, Some(()));
        budget.enforce(false);
        assert_eq!(budget.run(spend(1)).await, Some(()));
        budget.enforce(true);
        assert_eq!(budget.run(spend(0)).await, None);
    }

    #[tokio::test]
    async fn the_time_of_computing_is_counted() {
        let budget = budget(Resource::CpuTime, 5);
        let compute = async {
            loop {
                let begun = cpu_time();
                while cpu_time().saturating_sub(begun) < Duration::from_millis(2) {}
                tokio::task::yield_now().await;
            }
        };
        assert_eq!(budget.run(compute).await, None::<()>);
        assert_eq!(budget.exceeded(), Some(Resource::CpuTime));
    }
}

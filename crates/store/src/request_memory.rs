//! The memory of requests: of their bodies and variables, of answers that operations compute, and of answers that wait for
//! their clients to read them.
//!
//! A client that does not read holds memory after its operation has ended. When all requests together have more than the
//! limit, an answer that waits is dropped: of the tenant whose answers that wait take the most, the one that was read least
//! recently. So who does not read makes way, first for others and then for itself. An answer that is being read does not make
//! way for its own tenant. Where that is not enough, an operation is stopped whose tenant uses more than its share: the limit,
//! divided by the number of tenants that use some of it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use sea_orm::prelude::Uuid;

/// What is not more than these bytes is not counted: a body, variables, or an answer that waits. Each connection has at most one.
pub const UNCOUNTED_BYTES: u64 = 64 << 10;

/// How long a client reads an answer after it has begun to wait, or a part of it was read.
const READING: Duration = Duration::from_secs(2);

/// The memory of all requests: an estimate until their answers wait.
#[derive(Debug)]
pub struct RequestMemory {
    limit: u64,
    used: Mutex<Used>,
}

/// What is used, and by whom.
#[derive(Debug, Default)]
struct Used {
    bytes: u64,
    tenants: HashMap<Uuid, TenantRequests>,
}

/// The requests of a tenant.
#[derive(Debug, Default)]
struct TenantRequests {
    /// Bytes of requests that run.
    running: u64,
    /// Bytes of answers that wait to be read.
    unread: u64,
    /// Those that wait, the least recently read first.
    answers: VecDeque<WaitingAnswer>,
}

/// The bytes of an answer that waits.
#[derive(Debug)]
struct WaitingAnswer {
    bytes: Arc<Mutex<Vec<u8>>>,
    /// When a part of it was read, or it began to wait.
    read_at: Instant,
}

/// An answer that waits for its client. It is gone when it is dropped, and may be gone before.
#[derive(Debug)]
pub struct UnreadAnswer {
    memory: Arc<RequestMemory>,
    tenant: Uuid,
    bytes: Weak<Mutex<Vec<u8>>>,
    read: usize,
    length: usize,
}

/// An answer was dropped before its client had read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerDropped;

impl std::fmt::Display for AnswerDropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an answer was dropped, because its client did not read it and its memory was needed")
    }
}

impl std::error::Error for AnswerDropped {}

impl RequestMemory {
    /// A number of bytes of which nothing is used.
    pub fn new(limit: u64) -> Self {
        Self { limit, used: Mutex::default() }
    }

    /// The bytes that all requests may have.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// How many bytes are used.
    pub fn used(&self) -> u64 {
        lock(&self.used).bytes
    }

    /// Takes bytes for a request that runs. False if all requests have more than the limit afterwards, and those of the
    /// tenant more than its share.
    pub(crate) fn take(&self, tenant: Uuid, bytes: u64) -> bool {
        self.take_at(Instant::now(), tenant, bytes)
    }

    fn take_at(&self, now: Instant, tenant: Uuid, bytes: u64) -> bool {
        let mut used = lock(&self.used);
        used.bytes = used.bytes.saturating_add(bytes);
        let own = used.tenants.entry(tenant).or_default();
        own.running = own.running.saturating_add(bytes);
        used.make_room(self.limit, tenant, now);
        let own = used.tenants.get(&tenant).map_or(0, TenantRequests::bytes);
        used.bytes <= self.limit || own <= self.limit / used.tenants.len().max(1) as u64
    }

    /// Gives back what a request took.
    pub(crate) fn give_back(&self, tenant: Uuid, bytes: u64) {
        let mut used = lock(&self.used);
        let Some(own) = used.tenants.get_mut(&tenant) else { return };
        own.running = own.running.saturating_sub(bytes);
        used.bytes = used.bytes.saturating_sub(bytes);
        used.forget_if_unused(tenant);
    }

    /// Keeps an answer of a tenant until its client has read it.
    pub fn keep(self: &Arc<Self>, tenant: Uuid, bytes: Vec<u8>) -> UnreadAnswer {
        self.keep_at(Instant::now(), tenant, bytes)
    }

    fn keep_at(self: &Arc<Self>, now: Instant, tenant: Uuid, mut bytes: Vec<u8>) -> UnreadAnswer {
        // It was written into a buffer that is up to twice as large.
        bytes.shrink_to_fit();
        let length = bytes.len();
        let bytes = Arc::new(Mutex::new(bytes));
        let answer = UnreadAnswer { memory: self.clone(), tenant, bytes: Arc::downgrade(&bytes), read: 0, length };
        let mut used = lock(&self.used);
        let own = used.tenants.entry(tenant).or_default();
        own.answers.push_back(WaitingAnswer { bytes, read_at: now });
        own.unread += length as u64;
        used.bytes = used.bytes.saturating_add(length as u64);
        used.make_room(self.limit, tenant, now);
        drop(used);
        answer
    }
}

/// Bytes of a request that are held until it ends.
#[derive(Debug)]
pub struct HeldBytes {
    memory: Arc<RequestMemory>,
    tenant: Uuid,
    bytes: u64,
    counted: u64,
}

impl HeldBytes {
    /// None yet.
    pub fn new(memory: Arc<RequestMemory>, tenant: Uuid) -> Self {
        Self { memory, tenant, bytes: 0, counted: 0 }
    }

    /// Holds more. False if there is not so much.
    pub fn hold(&mut self, bytes: u64) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes <= UNCOUNTED_BYTES {
            return true;
        }
        let added = self.bytes - self.counted;
        self.counted = self.bytes;
        self.memory.take(self.tenant, added)
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        self.memory.give_back(self.tenant, self.counted);
    }
}

impl Used {
    /// Drops answers that wait until all requests have no more than the limit, or none is left that makes way for a tenant.
    fn make_room(&mut self, limit: u64, for_tenant: Uuid, now: Instant) {
        while self.bytes > limit {
            let Some((tenant, most)) = self.tenants.iter_mut().max_by_key(|(_, answers)| answers.unread) else {
                return;
            };
            let tenant = *tenant;
            let is_reading = |answer: &WaitingAnswer| now.saturating_duration_since(answer.read_at) < READING;
            if tenant == for_tenant && most.answers.front().is_some_and(is_reading) {
                return;
            }
            let Some(least_recently_read) = most.answers.pop_front() else { return };
            self.free(tenant, &least_recently_read.bytes);
        }
    }

    /// Frees an answer that waited.
    fn free(&mut self, tenant: Uuid, answer: &Mutex<Vec<u8>>) {
        let length = lock(answer).len() as u64;
        if let Some(own) = self.tenants.get_mut(&tenant) {
            own.unread -= length;
        }
        self.bytes -= length;
        self.forget_if_unused(tenant);
    }

    /// Forgets an answer that was read, or whose client has left.
    fn forget(&mut self, tenant: Uuid, answer: &Weak<Mutex<Vec<u8>>>) {
        let removed = self.tenants.get_mut(&tenant).and_then(|own| own.remove(answer));
        if let Some(answer) = removed {
            self.free(tenant, &answer);
        }
    }

    /// Notes that a client reads an answer.
    fn note_read(&mut self, tenant: Uuid, answer: &Weak<Mutex<Vec<u8>>>, now: Instant) {
        let Some(own) = self.tenants.get_mut(&tenant) else { return };
        if let Some(bytes) = own.remove(answer) {
            own.answers.push_back(WaitingAnswer { bytes, read_at: now });
        }
    }

    fn forget_if_unused(&mut self, tenant: Uuid) {
        if self.tenants.get(&tenant).is_some_and(|own| own.running == 0 && own.answers.is_empty()) {
            self.tenants.remove(&tenant);
        }
    }
}

impl TenantRequests {
    /// The bytes of all.
    fn bytes(&self) -> u64 {
        self.running.saturating_add(self.unread)
    }

    /// Takes an answer out of those that wait.
    fn remove(&mut self, answer: &Weak<Mutex<Vec<u8>>>) -> Option<Arc<Mutex<Vec<u8>>>> {
        let index = self.answers.iter().position(|other| std::ptr::eq(Arc::as_ptr(&other.bytes), answer.as_ptr()))?;
        self.answers.remove(index).map(|answer| answer.bytes)
    }
}

impl UnreadAnswer {
    /// The tenant of the request.
    pub fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// How many bytes are not read yet.
    pub fn remaining(&self) -> usize {
        self.length - self.read
    }

    /// The next bytes, at most so many; none at the end.
    pub fn next(&mut self, most: usize) -> Result<Option<Vec<u8>>, AnswerDropped> {
        self.next_at(Instant::now(), most)
    }

    fn next_at(&mut self, now: Instant, most: usize) -> Result<Option<Vec<u8>>, AnswerDropped> {
        if self.remaining() == 0 {
            return Ok(None);
        }
        lock(&self.memory.used).note_read(self.tenant, &self.bytes, now);
        let answer = self.bytes.upgrade().ok_or(AnswerDropped)?;
        let bytes = lock(&answer);
        let end = self.length.min(self.read.saturating_add(most));
        let next = bytes.get(self.read..end).ok_or(AnswerDropped)?.to_vec();
        self.read = end;
        Ok(Some(next))
    }
}

impl Drop for UnreadAnswer {
    fn drop(&mut self) {
        lock(&self.memory.used).forget(self.tenant, &self.bytes);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 100;
    const GREEDY: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    #[test]
    fn who_does_not_read_makes_way() {
        let memory = Arc::new(RequestMemory::new(LIMIT));
        let begin = Instant::now();
        let mut first = memory.keep_at(begin, GREEDY, vec![1; 40]);
        let mut second = memory.keep_at(begin, GREEDY, vec![2; 40]);
        assert_eq!(first.next_at(begin, 30), Ok(Some(vec![1; 30])));
        // For another tenant, the one that was read least recently makes way.
        let mut third = memory.keep_at(begin, OTHER, vec![3; 30]);
        assert_eq!((second.next_at(begin, 30), memory.used()), (Err(AnswerDropped), 70));
        // What is computed needs room, too: not from what is being read.
        assert!(!memory.take_at(begin, GREEDY, 40));
        memory.give_back(GREEDY, 40);
        let reading = begin + READING / 2;
        assert_eq!(first.next_at(reading, 5), Ok(Some(vec![1; 5])));
        assert!(!memory.take_at(begin + READING, GREEDY, 40));
        memory.give_back(GREEDY, 40);
        assert!(memory.take_at(reading + READING, GREEDY, 40));
        assert_eq!((first.next(64), memory.used()), (Err(AnswerDropped), 70));
        assert_eq!((third.next(64), third.next(64)), (Ok(Some(vec![3; 30])), Ok(None)));
        memory.give_back(GREEDY, 40);
        drop((first, second, third));
        assert_eq!((memory.used(), lock(&memory.used).tenants.len()), (0, 0));
    }

    #[test]
    fn who_is_within_its_share_goes_on() {
        let memory = RequestMemory::new(LIMIT);
        assert!(memory.take(GREEDY, 100));
        assert!(!memory.take(GREEDY, 10));
        assert_eq!(memory.used(), 110);
        assert!(memory.take(OTHER, 50));
        assert!(!memory.take(OTHER, 1));
    }
}

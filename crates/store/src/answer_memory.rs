//! The memory of all answers: of those that operations compute, and of those that wait for their clients to read them.
//!
//! A client that does not read holds memory after its operation has ended. When all answers together have more than the
//! limit, the oldest answer that waits is dropped: of the tenant whose answers that wait take the most. So who reads slowly
//! makes way, first for others and then for itself.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use sea_orm::prelude::Uuid;

/// The memory of all answers: of those that are computed an estimate.
#[derive(Debug)]
pub struct AnswerMemory {
    /// Bytes of answers that are computed.
    computed: AtomicU64,
    /// Bytes of answers that wait for their clients.
    unread: AtomicU64,
    limit: u64,
    waiting: Mutex<HashMap<Uuid, Waiting>>,
}

/// The answers of a tenant that wait, the oldest first.
#[derive(Debug, Default)]
struct Waiting {
    bytes: u64,
    answers: VecDeque<Arc<Mutex<Vec<u8>>>>,
}

/// An answer that waits for its client. It is gone when it is dropped, and may be gone before.
#[derive(Debug)]
pub struct UnreadAnswer {
    memory: Arc<AnswerMemory>,
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

impl AnswerMemory {
    /// A number of bytes of which nothing is used.
    pub fn new(limit: u64) -> Self {
        Self { computed: AtomicU64::new(0), unread: AtomicU64::new(0), limit, waiting: Mutex::default() }
    }

    /// The bytes that all answers may have.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// How many bytes are used.
    pub fn used(&self) -> u64 {
        self.computed.load(Ordering::Relaxed).saturating_add(self.unread.load(Ordering::Relaxed))
    }

    /// Uses bytes for an answer that is computed. False if all answers have more than the limit afterwards.
    pub(crate) fn compute(&self, bytes: u64) -> bool {
        let computed = self.computed.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if computed.saturating_add(self.unread.load(Ordering::Relaxed)) > self.limit {
            self.make_room();
        }
        self.used() <= self.limit
    }

    /// Gives back what a computed answer used.
    pub(crate) fn computed(&self, bytes: u64) {
        self.computed.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Keeps an answer of a tenant until its client has read it.
    pub fn keep(self: &Arc<Self>, tenant: Uuid, bytes: Vec<u8>) -> UnreadAnswer {
        let length = bytes.len();
        let bytes = Arc::new(Mutex::new(bytes));
        let answer =
            UnreadAnswer { memory: self.clone(), tenant, bytes: Arc::downgrade(&bytes), read: 0, length };
        let mut waiting = lock(&self.waiting);
        let of_tenant = waiting.entry(tenant).or_default();
        of_tenant.answers.push_back(bytes);
        of_tenant.bytes += length as u64;
        self.unread.fetch_add(length as u64, Ordering::Relaxed);
        drop(waiting);
        self.make_room();
        answer
    }

    /// Drops answers that wait until all have no more than the limit, or none waits.
    fn make_room(&self) {
        let mut waiting = lock(&self.waiting);
        while self.used() > self.limit {
            let Some((tenant, most)) = waiting.iter_mut().max_by_key(|(_, of_tenant)| of_tenant.bytes) else { return };
            let tenant = *tenant;
            if let Some(oldest) = most.answers.pop_front() {
                let length = lock(&oldest).len() as u64;
                most.bytes -= length;
                self.unread.fetch_sub(length, Ordering::Relaxed);
            }
            if most.answers.is_empty() {
                waiting.remove(&tenant);
            }
        }
    }

    /// Forgets an answer that was read, or whose client has left.
    fn forget(&self, tenant: Uuid, answer: &Weak<Mutex<Vec<u8>>>) {
        let mut waiting = lock(&self.waiting);
        let Some(of_tenant) = waiting.get_mut(&tenant) else { return };
        let is_answer = |other: &Arc<Mutex<Vec<u8>>>| std::ptr::eq(Arc::as_ptr(other), answer.as_ptr());
        let Some(index) = of_tenant.answers.iter().position(is_answer) else { return };
        if let Some(answer) = of_tenant.answers.remove(index) {
            let length = lock(&answer).len() as u64;
            of_tenant.bytes -= length;
            self.unread.fetch_sub(length, Ordering::Relaxed);
        }
        if of_tenant.answers.is_empty() {
            waiting.remove(&tenant);
        }
    }
}

impl UnreadAnswer {
    /// How many bytes are not read yet.
    pub fn remaining(&self) -> usize {
        self.length - self.read
    }

    /// The next bytes, at most so many; none at the end.
    pub fn next(&mut self, most: usize) -> Result<Option<Vec<u8>>, AnswerDropped> {
        if self.remaining() == 0 {
            return Ok(None);
        }
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
        self.memory.forget(self.tenant, &self.bytes);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_read_makes_way() {
        let memory = Arc::new(AnswerMemory::new(100));
        let (greedy, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut first = memory.keep(greedy, vec![1; 40]);
        let mut second = memory.keep(greedy, vec![2; 40]);
        assert_eq!(first.next(30), Ok(Some(vec![1; 30])));
        let mut third = memory.keep(other, vec![3; 30]);
        assert_eq!((first.next(30), memory.used()), (Err(AnswerDropped), 70));
        assert_eq!((second.next(64), second.next(64)), (Ok(Some(vec![2; 40])), Ok(None)));
        // What is computed needs room, too.
        assert!(memory.compute(70));
        assert_eq!(third.next(64), Ok(Some(vec![3; 30])));
        assert!(!memory.compute(40));
        assert_eq!(memory.used(), 110);
        memory.computed(110);
        drop((first, second, third));
        assert_eq!((memory.used(), lock(&memory.waiting).len()), (0, 0));
    }
}

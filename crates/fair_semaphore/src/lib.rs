//! A semaphore whose permits are divided fairly among keys, such as tenants: no key can keep the others waiting.
//!
//! A key alone may hold all permits. As soon as others hold or wait for one, each gets new permits only up to its share:
//! all permits divided by the number of active keys, at least one. Keys that wait are served in turn, so that one that waits
//! below its share is overtaken at most once by each other key. A semaphore may lend what no key below its share waits for.

mod queue;

use std::{
    fmt,
    hash::Hash,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::sync::{Notify, oneshot};

use self::queue::{FairQueue, Grant, Rules, Ticket};

/// What a key is: copied, compared and hashed.
pub trait Key: Copy + Eq + Hash + Unpin {}

impl<K: Copy + Eq + Hash + Unpin> Key for K {}

/// Permits, divided fairly among keys. A clone is the same semaphore.
pub struct FairSemaphore<K: Key> {
    shared: Arc<Shared<K>>,
}

struct Shared<K: Key> {
    queue: Mutex<FairQueue<K, oneshot::Sender<Permit<K>>>>,
    /// Wakes [`FairSemaphore::wait_until_unused`].
    unused: Notify,
}

/// The right to do one thing. Dropping it gives it to the next waiter.
pub struct Permit<K: Key> {
    semaphore: FairSemaphore<K>,
    key: K,
    overtaken: u64,
}

/// A permit that is waited for. Dropping it ends the wait.
#[must_use = "a wait does nothing unless it is awaited"]
pub struct Acquire<K: Key> {
    semaphore: FairSemaphore<K>,
    key: K,
    ticket: Ticket,
    permit: oneshot::Receiver<Permit<K>>,
}

/// Why a key may not even wait: it holds and waits for as many permits as its share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareExceeded {
    /// The permits that each active key may hold.
    pub share: usize,
    /// Whether other keys are active.
    pub has_competitors: bool,
}

impl<K: Key> FairSemaphore<K> {
    /// A semaphore with this many permits. No key gets one beyond its share.
    pub fn new(permits: usize) -> Self {
        Self::with_rules(permits, Rules { lends: false, reserve: 0, background: None })
    }

    /// The same, with a key for work that takes turns with the others and makes no share less.
    pub fn with_background(permits: usize, background: K) -> Self {
        Self::with_rules(permits, Rules { lends: false, reserve: 0, background: Some(background) })
    }

    /// A semaphore with this many permits. A key gets one beyond its share while one is free and nobody below theirs waits.
    /// A part of the permits is in reserve, and goes to nobody who holds their share: not even to a key that is alone.
    pub fn lending(permits: usize, reserve: usize) -> Self {
        Self::with_rules(permits, Rules { lends: true, reserve: reserve.min(permits), background: None })
    }

    fn with_rules(permits: usize, rules: Rules<K>) -> Self {
        let queue = Mutex::new(FairQueue::new(permits, rules));
        Self { shared: Arc::new(Shared { queue, unused: Notify::new() }) }
    }

    /// Waits for a permit.
    pub fn acquire(&self, key: K) -> Acquire<K> {
        let (sender, permit) = oneshot::channel();
        let mut queue = self.lock();
        let ticket = queue.wait(key, sender);
        self.deliver(queue);
        Acquire { semaphore: self.clone(), key, ticket, permit }
    }

    /// Waits for a permit within the share of the key, or takes one that the semaphore lends; refuses a key that would have to
    /// wait and holds or waits for its share already.
    pub fn acquire_within_share(&self, key: K) -> Result<Acquire<K>, ShareExceeded> {
        let (sender, permit) = oneshot::channel();
        let mut queue = self.lock();
        if !queue.has_room(&key) {
            return Err(ShareExceeded { share: queue.share(), has_competitors: queue.sharing_keys() > 1 });
        }
        let ticket = queue.wait(key, sender);
        self.deliver(queue);
        Ok(Acquire { semaphore: self.clone(), key, ticket, permit })
    }

    /// How many waiters a key has.
    pub fn waiting(&self, key: K) -> usize {
        self.lock().waiting(&key)
    }

    /// Whether anybody waits.
    pub fn has_waiters(&self) -> bool {
        self.lock().has_waiters()
    }

    /// How many permits are held.
    pub fn held(&self) -> usize {
        self.lock().held()
    }

    /// Waits until no permit is held.
    pub async fn wait_until_unused(&self) {
        loop {
            let unused = self.shared.unused.notified();
            if self.held() == 0 {
                return;
            }
            unused.await;
        }
    }

    /// Grants what can be granted. A permit whose waiter has gone comes back when it is dropped, so nothing is sent under the
    /// lock.
    fn deliver(&self, mut queue: MutexGuard<'_, FairQueue<K, oneshot::Sender<Permit<K>>>>) {
        let mut granted = Vec::new();
        while let Some(grant) = queue.grant_next() {
            granted.push(grant);
        }
        let is_unused = queue.held() == 0;
        drop(queue);
        for Grant { key, waiter, overtaken } in granted {
            drop(waiter.send(Permit { semaphore: self.clone(), key, overtaken }));
        }
        if is_unused {
            self.shared.unused.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, FairQueue<K, oneshot::Sender<Permit<K>>>> {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Key> Permit<K> {
    /// How many permits other keys were granted while this one was waited for.
    pub fn overtaken(&self) -> u64 {
        self.overtaken
    }
}

impl<K: Key> Clone for FairSemaphore<K> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<K: Key> Future for Acquire<K> {
    type Output = Permit<K>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<K>> {
        match Pin::new(&mut self.permit).poll(cx) {
            Poll::Ready(Ok(permit)) => Poll::Ready(permit),
            Poll::Ready(Err(_)) => unreachable!("the queue keeps the sender until it sends"),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<K: Key> Drop for Acquire<K> {
    fn drop(&mut self) {
        let mut queue = self.semaphore.lock();
        queue.cancel(&self.key, self.ticket);
        // Without this waiter the others may have a greater share.
        self.semaphore.deliver(queue);
    }
}

impl<K: Key> Drop for Permit<K> {
    fn drop(&mut self) {
        let mut queue = self.semaphore.lock();
        queue.release(&self.key);
        self.semaphore.deliver(queue);
    }
}

impl<K: Key> fmt::Debug for FairSemaphore<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.lock();
        f.debug_struct("FairSemaphore").field("held", &queue.held()).field("keys", &queue.sharing_keys()).finish()
    }
}

impl<K: Key> fmt::Debug for Permit<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn poll(acquire: &mut Acquire<char>) -> Option<Permit<char>> {
        match Pin::new(acquire).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(permit) => Some(permit),
            Poll::Pending => None,
        }
    }

    fn hold(semaphore: &FairSemaphore<char>, key: char) -> Permit<char> {
        poll(&mut semaphore.acquire(key)).unwrap()
    }

    #[test]
    fn a_newcomer_gets_the_first_permit_that_comes_back() {
        let semaphore = FairSemaphore::new(3);
        let mut held: Vec<_> = (0..3).map(|_| hold(&semaphore, 'a')).collect();
        let mut queued: Vec<_> = (0..3).map(|_| semaphore.acquire('a')).collect();
        let mut newcomer = semaphore.acquire('b');
        assert!(poll(&mut newcomer).is_none());
        held.pop();
        let permit = poll(&mut newcomer).unwrap();
        assert!(queued.iter_mut().all(|acquire| poll(acquire).is_none()));
        // Alone again, the first key may hold all.
        drop(permit);
        assert!(poll(&mut queued[0]).is_some());
    }

    #[test]
    fn a_key_beyond_its_share_is_refused_and_one_within_it_waits() {
        let semaphore = FairSemaphore::new(2);
        let mut held = vec![hold(&semaphore, 'a'), hold(&semaphore, 'a')];
        let refused = |key| semaphore.acquire_within_share(key).err();
        assert_eq!(refused('a'), Some(ShareExceeded { share: 2, has_competitors: false }));
        let mut waiting = semaphore.acquire_within_share('b').unwrap();
        assert_eq!(refused('a'), Some(ShareExceeded { share: 1, has_competitors: true }));
        assert_eq!(refused('b'), Some(ShareExceeded { share: 1, has_competitors: true }));
        held.pop();
        assert!(poll(&mut waiting).is_some());
    }

    #[test]
    fn what_nobody_waits_for_is_lent_and_not_lent_again() {
        let semaphore = FairSemaphore::lending(4, 0);
        let neighbour = hold(&semaphore, 'b');
        let mut held: Vec<_> = (0..3).map(|_| hold(&semaphore, 'a')).collect();
        let mut waiting = semaphore.acquire_within_share('b').unwrap();
        assert_eq!(semaphore.acquire_within_share('a').err(), Some(ShareExceeded { share: 2, has_competitors: true }));
        held.pop();
        assert!(poll(&mut waiting).is_some());
        drop(neighbour);
    }

    #[test]
    fn the_reserve_is_for_those_below_their_share() {
        let semaphore = FairSemaphore::lending(8, 1);
        let mut held: Vec<_> = (0..7).map(|_| hold(&semaphore, 'a')).collect();
        assert_eq!(semaphore.acquire_within_share('a').err(), Some(ShareExceeded { share: 7, has_competitors: false }));
        // Whatever the others do with theirs, a newcomer does not wait for it.
        let newcomer = hold(&semaphore, 'b');
        assert!(semaphore.acquire_within_share('a').is_err());
        drop(newcomer);
        held.pop();
        assert!(semaphore.acquire_within_share('a').is_ok());
    }

    #[test]
    fn background_work_takes_turns_and_no_share() {
        let semaphore = FairSemaphore::with_background(2, '-');
        let mut held = vec![hold(&semaphore, 'a'), hold(&semaphore, 'a')];
        let (mut background, mut queued) = (semaphore.acquire('-'), semaphore.acquire('a'));
        held.pop();
        let permit = poll(&mut background).unwrap();
        assert!(poll(&mut queued).is_none());
        drop(permit);
        assert!(poll(&mut queued).is_some());
        let _background = hold(&semaphore, '-');
        held.pop();
        assert!(semaphore.acquire_within_share('a').is_ok());
    }

    #[test]
    fn a_dropped_wait_loses_no_permit_and_leaves_no_entry() {
        let semaphore = FairSemaphore::new(1);
        let held = hold(&semaphore, 'a');
        let (first, mut second) = (semaphore.acquire('b'), semaphore.acquire('c'));
        assert!(poll(&mut second).is_none());
        drop(first);
        assert_eq!((semaphore.waiting('b'), semaphore.waiting('c')), (0, 1));
        drop(held);
        // The permit is granted and not taken yet.
        assert_eq!((semaphore.waiting('c'), semaphore.held()), (0, 1));
        drop(second);
        assert_eq!(semaphore.held(), 0);
        drop(hold(&semaphore, 'a'));
    }
}

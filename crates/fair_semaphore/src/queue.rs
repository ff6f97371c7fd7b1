//! The queue of a fair semaphore: which key holds how many permits, who waits, and who is next.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// The place of a waiter in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// Permits, divided among the keys that hold one or wait for one.
///
/// A key is granted a permit while it holds less than its share: all permits divided by the number of active keys, at least
/// one. Keys that wait are served in turn, the waiters of a key in the order of their arrival.
#[derive(Debug)]
pub struct FairQueue<K, W> {
    permits: usize,
    rules: Rules<K>,
    held: usize,
    /// The active keys.
    keys: HashMap<K, KeyState<W>>,
    /// The keys that wait, the next one first.
    turns: VecDeque<K>,
    next_ticket: u64,
    /// How many permits were granted.
    granted: u64,
}

/// What a queue does besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules<K> {
    /// Whether a key is granted more than its share while nobody below theirs waits.
    pub lends: bool,
    /// How many permits no key is granted that holds its share, not even a key that is alone: others find them free.
    pub reserve: usize,
    /// A key that takes turns, and by which no share of the others becomes less.
    pub background: Option<K>,
}

#[derive(Debug)]
struct KeyState<W> {
    held: usize,
    waiting: VecDeque<Waiting<W>>,
    /// How many permits the key was granted since it is active.
    granted: u64,
}

#[derive(Debug)]
struct Waiting<W> {
    ticket: Ticket,
    waiter: W,
    /// How many permits other keys had been granted when the wait began, counted from any number.
    foreign_before: u64,
}

/// A permit that is granted.
#[derive(Debug)]
pub struct Grant<K, W> {
    /// The key that holds it.
    pub key: K,
    /// Who waited for it.
    pub waiter: W,
    /// How many permits other keys were granted during the wait.
    pub overtaken: u64,
}

impl<K: Clone + Eq + Hash, W> FairQueue<K, W> {
    /// A queue for this many permits.
    pub fn new(permits: usize, rules: Rules<K>) -> Self {
        Self { permits, rules, held: 0, keys: HashMap::new(), turns: VecDeque::new(), next_ticket: 0, granted: 0 }
    }

    /// How many permits each active key may hold.
    pub fn share(&self) -> usize {
        (self.permits / self.sharing_keys().max(1)).max(1).min(self.common())
    }

    /// The permits that are not in reserve.
    fn common(&self) -> usize {
        self.permits - self.rules.reserve
    }

    /// How many active keys share the permits.
    pub fn sharing_keys(&self) -> usize {
        let is_background_active = self.rules.background.as_ref().is_some_and(|key| self.keys.contains_key(key));
        self.keys.len() - usize::from(is_background_active)
    }

    /// How many permits are held.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Whether any key has a waiter.
    pub fn has_waiters(&self) -> bool {
        !self.turns.is_empty()
    }

    /// How many waiters a key has.
    pub fn waiting(&self, key: &K) -> usize {
        self.keys.get(key).map_or(0, |state| state.waiting.len())
    }

    /// Whether one more waiter of a key would be granted a permit at once, or be within the share of the key.
    pub fn has_room(&self, key: &K) -> bool {
        match self.keys.get(key) {
            _ if self.rules.lends && self.held < self.common() => true,
            Some(state) => state.held + state.waiting.len() < self.share(),
            None => self.permits > 0,
        }
    }

    /// Adds a waiter. It is granted by [`Self::grant_next`], perhaps at once.
    pub fn wait(&mut self, key: K, waiter: W) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let new = || KeyState { held: 0, waiting: VecDeque::with_capacity(1), granted: 0 };
        let state = self.keys.entry(key.clone()).or_insert_with(new);
        if state.waiting.is_empty() {
            self.turns.push_back(key);
        }
        let foreign_before = self.granted - state.granted;
        state.waiting.push_back(Waiting { ticket, waiter, foreign_before });
        ticket
    }

    /// Grants a permit to the waiter who is next; `None` if no permit is free or nobody may have one.
    pub fn grant_next(&mut self) -> Option<Grant<K, W>> {
        if self.held == self.permits {
            return None;
        }
        let share = self.share();
        let is_below_share = |key: &K| self.keys.get(key).is_some_and(|state| state.held < share);
        let lends = self.rules.lends && self.held < self.common();
        let next = self.turns.iter().position(is_below_share).or(lends.then_some(0))?;
        let key = self.turns.remove(next)?;
        let state = self.keys.get_mut(&key)?;
        let Waiting { waiter, foreign_before, .. } = state.waiting.pop_front()?;
        let overtaken = self.granted - state.granted - foreign_before;
        state.held += 1;
        state.granted += 1;
        self.held += 1;
        self.granted += 1;
        if !state.waiting.is_empty() {
            self.turns.push_back(key.clone());
        }
        Some(Grant { key, waiter, overtaken })
    }

    /// Takes back a permit of a key.
    pub fn release(&mut self, key: &K) {
        if let Some(state) = self.keys.get_mut(key) {
            state.held -= 1;
            self.held -= 1;
        }
        self.forget_if_inactive(key);
    }

    /// Removes a waiter who does not wait any longer. Does nothing if it was granted a permit.
    pub fn cancel(&mut self, key: &K, ticket: Ticket) {
        let Some(state) = self.keys.get_mut(key) else { return };
        let was_waiting = !state.waiting.is_empty();
        state.waiting.retain(|waiting| waiting.ticket != ticket);
        if was_waiting && state.waiting.is_empty() {
            self.turns.retain(|waiting| waiting != key);
        }
        self.forget_if_inactive(key);
    }

    fn forget_if_inactive(&mut self, key: &K) {
        if self.keys.get(key).is_some_and(|state| state.held == 0 && state.waiting.is_empty()) {
            self.keys.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// A second account of a queue, written as lists.
    #[derive(Debug, Default)]
    struct Model {
        permits: usize,
        lends: bool,
        reserve: usize,
        background: Option<u8>,
        held: BTreeMap<u8, usize>,
        waiting: BTreeMap<u8, Vec<(Ticket, usize)>>,
        /// All grants: whose they were.
        granted: Vec<u8>,
        /// How many grants there were when a waiter came.
        granted_before: BTreeMap<usize, usize>,
        /// For each key that waits, how often each other key was served while this one might have been.
        overtaken: BTreeMap<u8, BTreeMap<u8, usize>>,
    }

    impl Model {
        fn held_by(&self, key: u8) -> usize {
            self.held.get(&key).copied().unwrap_or_default()
        }

        fn waiting_keys(&self) -> Vec<u8> {
            self.waiting.iter().filter(|(_, waiters)| !waiters.is_empty()).map(|(key, _)| *key).collect()
        }

        fn sharing_keys(&self) -> usize {
            let holding = self.held.iter().filter(|(_, held)| **held > 0).map(|(key, _)| *key);
            let active: BTreeSet<_> = holding.chain(self.waiting_keys()).collect();
            active.iter().filter(|key| self.background != Some(**key)).count()
        }

        fn share(&self) -> usize {
            (self.permits / self.sharing_keys().max(1)).max(1).min(self.permits - self.reserve)
        }

        /// Checks every grant of the queue, then that nobody waits for a permit that is free for them.
        fn check_grants(&mut self, queue: &mut FairQueue<u8, usize>) {
            while let Some(Grant { key, waiter, overtaken }) = queue.grant_next() {
                let share = self.share();
                let is_lent = self.held_by(key) >= share;
                let waits_below_share = |other: &u8| self.held_by(*other) < share;
                let has_common = queue.held() <= self.permits - self.reserve;
                let is_free_to_lend = self.lends && has_common && !self.waiting_keys().iter().any(waits_below_share);
                assert!(!is_lent || is_free_to_lend, "{key} holds its share of {share}: {self:?}");
                for other in self.waiting_keys() {
                    if other != key && self.held_by(other) < share {
                        let overtaken = self.overtaken.entry(other).or_default().entry(key).or_default();
                        *overtaken += 1;
                        assert_eq!(*overtaken, 1, "{key} is served twice before {other}");
                    }
                }
                let (_, first) = self.waiting.get_mut(&key).unwrap().remove(0);
                assert_eq!(first, waiter, "the waiters of a key are served in their order");
                let foreign = self.granted[self.granted_before[&waiter]..].iter().filter(|other| **other != key);
                assert_eq!(overtaken, foreign.count() as u64, "{key} is told how many permits others got meanwhile");
                self.granted.push(key);
                *self.held.entry(key).or_default() += 1;
                self.overtaken.remove(&key);
            }
            let held: usize = self.held.values().sum();
            assert!(held <= self.permits);
            for key in self.waiting_keys() {
                let is_lent = self.lends && held < self.permits - self.reserve;
                let has_share = !is_lent && self.held_by(key) >= self.share();
                assert!(held == self.permits || has_share, "{key} waits in vain: {self:?}");
            }
            assert_eq!((queue.held(), queue.sharing_keys(), queue.share()), (held, self.sharing_keys(), self.share()));
            assert_eq!(queue.turns.len(), self.waiting_keys().len());
        }
    }

    #[test]
    fn random_waits_cancellations_and_releases_keep_shares_and_turns() {
        for seed in 0..400 {
            let mut random = fastrand::Rng::with_seed(seed);
            let permits = random.usize(1..=12);
            let keys = random.u8(1..=20);
            let reserve = random.usize(0..permits.div_ceil(2));
            let rules = Rules { lends: random.bool(), reserve, background: random.bool().then_some(0) };
            let mut queue = FairQueue::new(permits, rules);
            let mut model =
                Model { permits, lends: rules.lends, reserve, background: rules.background, ..Model::default() };
            for waiter in 0..300 {
                let key = random.u8(0..keys);
                match random.u8(0..5) {
                    0 | 1 => {
                        let of_key = model.held_by(key) + queue.waiting(&key);
                        let is_free = model.lends && queue.held() < permits - reserve;
                        assert_eq!(queue.has_room(&key), is_free || of_key == 0 || of_key < model.share());
                        let ticket = queue.wait(key, waiter);
                        model.waiting.entry(key).or_default().push((ticket, waiter));
                        model.granted_before.insert(waiter, model.granted.len());
                    }
                    2 => {
                        let waiters = model.waiting.entry(key).or_default();
                        if !waiters.is_empty() {
                            let (ticket, _) = waiters.remove(random.usize(0..waiters.len()));
                            queue.cancel(&key, ticket);
                            if waiters.is_empty() {
                                model.overtaken.remove(&key);
                            }
                        }
                    }
                    _ => {
                        if let Some(held) = model.held.get_mut(&key).filter(|held| **held > 0) {
                            *held -= 1;
                            queue.release(&key);
                        }
                    }
                }
                model.check_grants(&mut queue);
            }
            // At the end everybody gives up or gives back, and nothing is left.
            for (key, waiters) in std::mem::take(&mut model.waiting) {
                for (ticket, _) in waiters {
                    queue.cancel(&key, ticket);
                }
            }
            for (key, held) in std::mem::take(&mut model.held) {
                for _ in 0..held {
                    queue.release(&key);
                }
            }
            assert_eq!((queue.held(), queue.keys.len(), queue.turns.len()), (0, 0, 0));
        }
    }
}

//! Shared reads: what requests need at the same time is read once for all of them.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use error::Result;

/// A read that runs while its mutex is locked, then its result and when it ended.
type Read<V> = Arc<tokio::sync::Mutex<Option<(Instant, Result<V>)>>>;

/// The reads that run, by what they read.
pub struct SharedReads<K, V>(Mutex<HashMap<K, Read<V>>>);

impl<K: Clone + Eq + Hash, V: Clone> SharedReads<K, V> {
    /// The result of a read: of one of the same key that ends while this caller waits for it, else of this one. If the caller
    /// that reads leaves, the next one reads.
    pub async fn share(&self, key: K, read: impl Future<Output = Result<V>>) -> Result<V> {
        let arrived = Instant::now();
        let shared = self.lock().entry(key.clone()).or_default().clone();
        let mut ended = shared.lock().await;
        if let Some((at, result)) = &*ended
            && *at >= arrived
        {
            return result.clone();
        }
        let result = read.await;
        *ended = Some((Instant::now(), result.clone()));
        // Those who wait have it; the next one that comes begins a read of its own.
        let mut reads = self.lock();
        if reads.get(&key).is_some_and(|current| Arc::ptr_eq(current, &shared)) {
            reads.remove(&key);
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Read<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Default for SharedReads<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K, V> fmt::Debug for SharedReads<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedReads")
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::atomic::{AtomicU32, Ordering},
    };

    use error::Error;
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn callers_at_the_same_time_share_a_result_and_later_ones_do_not() {
        let (reads, count) = (SharedReads::default(), AtomicU32::new(0));
        let read = |key: &'static str| {
            reads.share(key, async {
                tokio::task::yield_now().await;
                Ok(count.fetch_add(1, Ordering::Relaxed))
            })
        };
        let (one, two, other) = tokio::join!(read("a"), read("a"), read("b"));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(two.unwrap(), one);
        assert_ne!(other, one);
        assert_eq!(read("a").await.unwrap(), 2);
        assert!(reads.lock().is_empty());
    }

    #[tokio::test]
    async fn an_error_is_shared_and_a_caller_that_leaves_holds_nobody_up() {
        let reads = SharedReads::<_, ()>::default();
        let fail = || async {
            tokio::task::yield_now().await;
            Err(Error::Busy)
        };
        let (one, two) = tokio::join!(reads.share(1, fail()), reads.share(1, async { panic!("it is read twice") }));
        assert!(matches!((one, two), (Err(Error::Busy), Err(Error::Busy))));
        let mut leaves = Box::pin(reads.share(1, pending()));
        assert!((&mut leaves).now_or_never().is_none());
        let mut stays = Box::pin(reads.share(1, async { Ok(()) }));
        assert!((&mut stays).now_or_never().is_none());
        drop(leaves);
        stays.await.unwrap();
    }
}

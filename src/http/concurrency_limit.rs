//! The concurrency limit: how many requests run at once. A request over the limit is refused immediately, not queued.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The right to run one request. It is released when the last clone is dropped.
pub type Permit = Arc<OwnedSemaphorePermit>;

/// A request extension: the request came on a connection over the connection limit.
#[derive(Clone, Copy, Debug)]
pub struct OverCapacity;

/// Bounds the number of requests that run at once.
#[derive(Clone, Debug)]
pub struct ConcurrencyLimit {
    semaphore: Arc<Semaphore>,
    max_requests: u32,
}

impl ConcurrencyLimit {
    /// Allows this many requests at once.
    pub fn new(max_requests: u32) -> Self {
        Self { semaphore: Arc::new(Semaphore::new(max_requests as usize)), max_requests }
    }

    /// A permit, or `None` at the limit.
    pub fn try_acquire(&self) -> Option<Permit> {
        self.semaphore.clone().try_acquire_owned().ok().map(Arc::new)
    }

    /// Waits until no request runs, then refuses every further one.
    pub async fn drain(&self) {
        let _all = self.semaphore.acquire_many(self.max_requests).await;
        self.semaphore.close();
    }
}

//! The concurrency limit: how many requests run at once, and how many of them are one tenant's.

use std::{sync::Arc, time::Duration};

use fair_semaphore::{FairSemaphore, ShareExceeded};
use sea_orm::prelude::Uuid;

use super::rejection::Rejection;

/// The right to run one request. It is released when the last clone is dropped.
pub type Permit = Arc<fair_semaphore::Permit<Uuid>>;

/// The part of the permits that no tenant alone may have: a tenant with a hundred long mutations, which go on without their
/// clients, would let the others wait for the first of them to end.
const RESERVE_PART: usize = 8;

/// Bounds the number of requests that run at once, and divides it fairly among tenants.
#[derive(Clone, Debug)]
pub struct ConcurrencyLimit(FairSemaphore<Uuid>);

impl ConcurrencyLimit {
    /// Allows this many requests at once.
    pub fn new(max_requests: u32) -> Self {
        let max_requests = max_requests as usize;
        Self(FairSemaphore::lending(max_requests, max_requests / RESERVE_PART))
    }

    /// A permit for a request of a tenant. At the limit, a request beyond the share of its tenant is refused at once; one
    /// within it waits for a request of another tenant to end, which is beyond its own.
    pub async fn acquire(&self, tenant: Uuid, timeout: Duration) -> Result<Permit, Rejection> {
        let acquire = self.0.acquire_within_share(tenant).map_err(|exceeded| match exceeded {
            ShareExceeded { share, has_competitors: true } => Rejection::share_exceeded(share),
            ShareExceeded { has_competitors: false, .. } => Rejection::overloaded(),
        })?;
        tokio::time::timeout(timeout, acquire).await.map(Arc::new).map_err(|_| Rejection::overloaded())
    }

    /// Waits until no request runs.
    pub async fn drain(&self) {
        self.0.wait_until_unused().await;
    }
}

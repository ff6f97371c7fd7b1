//! Expiry: deletes idempotency keys that are older than a day, and the revocations of tokens that have expired.

use std::{sync::Arc, time::Duration};

use store::{Database, revocation, tx};
use tokio::sync::watch;

/// The time between two runs: how long what has expired may remain.
const INTERVAL: Duration = Duration::from_hours(1);

/// Deletes what has expired until the server stops.
pub async fn run(db: Arc<Database>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match tx::delete_expired(&db).await {
            Ok(0) => {}
            Ok(deleted) => tracing::debug!("{deleted} expired idempotency keys were deleted"),
            Err(error) => tracing::warn!("expired idempotency keys could not be deleted: {error:?}"),
        }
        match revocation::delete_expired(&db).await {
            Ok(0) => {}
            Ok(deleted) => tracing::debug!("{deleted} expired token revocations were deleted"),
            Err(error) => tracing::warn!("expired token revocations could not be deleted: {error:?}"),
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            _ = stop.changed() => {}
        }
    }
}

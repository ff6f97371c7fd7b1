//! Backfills: rewrites stored rows in the form that changed settings of their tenant ask for.

use std::{sync::Arc, time::Duration};

use domain::tenant;
use store::{Database, backfill};
use tokio::sync::watch;

/// The longest time that a backfill waits which another server requested, or whose second pass is due.
const INTERVAL: Duration = Duration::from_secs(5);

/// Runs the backfills that are due until the server stops. It stops between two batches.
pub async fn run(db: Arc<Database>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match backfill::run_batch(&db, |tx, batch| Box::pin(tenant::rewrite_batch(tx, batch))).await {
            Ok(false) => {}
            Ok(true) => continue,
            Err(error) => tracing::warn!("a batch of a backfill failed and will be repeated: {error:?}"),
        }
        tokio::select! {
            () = db.wait_for_backfill() => {}
            () = tokio::time::sleep(INTERVAL) => {}
            _ = stop.changed() => {}
        }
    }
}

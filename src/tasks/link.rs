//! Linking the change log: gives committed changes their dense sequence number per tenant, soon after the commit.

use std::{sync::Arc, time::Duration};

use store::{Database, change_log};
use tokio::sync::watch;

/// The longest time that a change of another server waits for its number: only writes of this server wake the task.
const INTERVAL: Duration = Duration::from_millis(500);

/// Links changes until the server stops: after each write of this server, and regularly for those of other servers.
pub async fn run(db: Arc<Database>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match change_log::link_changes(&db).await {
            Ok(0) => {}
            // One run links a bounded number of changes; there may be more.
            Ok(_) => continue,
            Err(error) => tracing::warn!("changes could not be linked: {error:?}"),
        }
        tokio::select! {
            () = db.wait_for_commit() => {}
            () = tokio::time::sleep(INTERVAL) => {}
            _ = stop.changed() => {}
        }
    }
}

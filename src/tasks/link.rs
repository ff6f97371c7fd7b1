//! Linking the change log: gives committed changes their dense sequence number per tenant, soon after the commit.

use std::{sync::Arc, time::Duration};

use store::{Database, change_log};
use tokio::{sync::watch, time::Instant};

/// The longest time that a change of another server waits for its number: only writes of this server wake the task.
const INTERVAL: Duration = Duration::from_millis(500);

/// The shortest time between two runs. Under many writes, one run links the changes of all that were committed meanwhile.
const PACE: Duration = Duration::from_millis(20);

/// Links changes until the server stops: after each write of this server, and regularly for those of other servers.
pub async fn run(db: Arc<Database>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let begun = Instant::now();
        match change_log::link_changes(&db).await {
            Ok(linked) if linked >= change_log::MAX_LINKED_PER_RUN => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!("changes could not be linked: {error:?}"),
        }
        tokio::select! {
            () = db.wait_for_commit() => {}
            () = tokio::time::sleep(INTERVAL) => {}
            _ = stop.changed() => {}
        }
        tokio::select! {
            () = tokio::time::sleep_until(begun + PACE) => {}
            _ = stop.changed() => {}
        }
    }
}

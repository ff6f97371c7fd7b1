//! Linking the log: committed changes get their dense sequence per tenant, soon after they are committed.

use std::{sync::Arc, time::Duration};

use store::{Database, change_log};
use tokio::sync::watch;

/// How long a change may wait for its place when nobody says that there is one.
const PAUSE: Duration = Duration::from_millis(500);

/// Links until told to stop, at once when this server has written and now and then for what other servers wrote.
pub async fn run(db: Arc<Database>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match change_log::link_changes(&db).await {
            Ok(0) => {}
            // There may be more.
            Ok(_) => continue,
            Err(error) => tracing::warn!("changes could not be linked: {error:?}"),
        }
        tokio::select! {
            () = db.wait_for_commit() => {}
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.changed() => {}
        }
    }
}

//! Work without a request: each task is a loop of its own, one file each, and ends when the server stops.

mod expire;
mod link;

use std::sync::Arc;

use store::Database;
use tokio::{sync::watch, task::JoinSet};

/// The tasks of a server. They end when this is dropped.
pub struct Tasks {
    running: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// Begins all tasks.
pub fn begin(db: &Arc<Database>) -> Tasks {
    let (stop, stopped) = watch::channel(false);
    let mut running = JoinSet::new();
    running.spawn(link::run(db.clone(), stopped.clone()));
    running.spawn(expire::run(db.clone(), stopped));
    Tasks { running, stop }
}

impl Tasks {
    /// Lets every task finish what it is doing.
    pub async fn end(mut self) {
        self.stop.send_replace(true);
        while self.running.join_next().await.is_some() {}
    }
}

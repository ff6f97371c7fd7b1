//! Background tasks: each is a loop in a file of its own, and ends when the server stops.

mod backfill;
mod book;
mod expire;
mod link;
mod sweep;

use std::{sync::Arc, time::Duration};

use file_storage::FileStorage;
use store::Database;
use tokio::{sync::watch, task::JoinSet};

pub use self::{book::book_visits, sweep::sweep};

/// The running background tasks. Dropping them cancels them.
pub struct BackgroundTasks {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// Starts every background task. The files of deleted documents wait for as long as the retention.
pub fn start(db: &Arc<Database>, files: &FileStorage, retention: Duration) -> BackgroundTasks {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(link::run(db.clone(), stopped.clone()));
    tasks.spawn(expire::run(db.clone(), stopped.clone()));
    tasks.spawn(backfill::run(db.clone(), stopped.clone()));
    tasks.spawn(book::run(db.clone(), stopped.clone()));
    tasks.spawn(sweep::run(db.clone(), files.clone(), retention, stopped));
    BackgroundTasks { tasks, stop }
}

impl BackgroundTasks {
    /// Stops every task after its current step.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

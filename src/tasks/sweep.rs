//! Sweeping: deletes the files that have expired, which are those of uploads that were cut off and of documents that were deleted
//! longer ago than the retention.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use error::{Error, Result};
use file_storage::{FileKey, FileStorage};
use sea_orm::prelude::Uuid;
use store::{Database, stored_file};
use tokio::sync::watch;

/// The time between two runs.
const INTERVAL: Duration = Duration::from_mins(5);

/// How many files are listed by one statement.
const FILES_PER_PAGE: u64 = 100;

/// Sweeps until the server stops.
pub async fn run(db: Arc<Database>, files: FileStorage, retention: Duration, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match sweep(&db, &files, None, db.clock.now(), retention).await {
            Ok(0) => {}
            Ok(deleted) => tracing::info!("{deleted} expired files were deleted"),
            Err(error) => tracing::warn!("expired files could not be deleted, and will be: {error:?}"),
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Deletes the files that have expired at a time, of all tenants or of one: first their objects, then their rows, so that what
/// fails is found again. Returns how many.
pub async fn sweep(
    db: &Database,
    files: &FileStorage,
    tenant: Option<Uuid>,
    now: DateTime<Utc>,
    retention: Duration,
) -> Result<u64> {
    stored_file::expire_deleted(db, tenant, now, retention).await?;
    let mut deleted = 0;
    loop {
        let expired = stored_file::list_expired(db, tenant, now, FILES_PER_PAGE).await?;
        if expired.is_empty() {
            return Ok(deleted);
        }
        for (tenant, file) in expired {
            files.delete(FileKey { tenant, file }).await.map_err(Error::internal)?;
            stored_file::forget(db, (tenant, file)).await?;
            deleted += 1;
        }
    }
}

//! Sweeping: deletes the files that have expired, which are those of uploads that were cut off and of documents that were deleted
//! longer ago than the retention.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use error::{Error, Result};
use file_storage::{FileKey, FileStorage};
use sea_orm::prelude::Uuid;
use store::{Database, background::TenantRow, stored_file};
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
    let (mut deleted, mut left, mut failure) = (0, 0, None);
    loop {
        let expired = stored_file::list_expired(db, tenant, now, (left, FILES_PER_PAGE)).await?;
        if expired.is_empty() {
            return failure.map_or(Ok(deleted), Err);
        }
        for file in expired {
            match delete(db, files, file, now).await {
                Ok(()) => deleted += 1,
                // One that the storage does not delete is not in the way of the others.
                Err(error) => {
                    left += 1;
                    failure = Some(error);
                }
            }
        }
    }
}

async fn delete(db: &Database, files: &FileStorage, row: TenantRow, now: DateTime<Utc>) -> Result<()> {
    // One that was kept meanwhile is listed no more.
    if stored_file::claim(db, row, Some(now)).await? {
        let (tenant, file) = row;
        files.delete(FileKey { tenant, file }).await.map_err(Error::internal)?;
        stored_file::forget(db, row).await?;
    }
    Ok(())
}

//! Expiry: idempotency keys are forgotten a day after they were sent.

use std::{sync::Arc, time::Duration};

use store::{Database, tx};
use tokio::sync::watch;

/// How long an expired key may stay.
const PAUSE: Duration = Duration::from_hours(1);

/// Forgets until told to stop.
pub async fn run(db: Arc<Database>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match tx::delete_expired(&db).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::debug!("{forgotten} idempotency keys were forgotten"),
            Err(error) => tracing::warn!("idempotency keys could not be forgotten: {error:?}"),
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.changed() => {}
        }
    }
}

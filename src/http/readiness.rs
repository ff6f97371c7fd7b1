//! Readiness: whether the database answers, asked at most once in a while.

use std::time::{Duration, Instant};

use store::Database;
use tokio::sync::Mutex;

/// How long the database's last answer holds: checks, which need no token, keep at most one connection busy.
const READINESS_TTL: Duration = Duration::from_secs(1);

/// How long a check waits for the database.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether the database answered when it was asked last. Checks at the same time share one question.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    /// Whether the database answers, or did a moment ago.
    pub async fn check(&self, db: &Database) -> bool {
        let mut last = self.0.lock().await;
        if let Some((asked, is_ready)) = *last
            && asked.elapsed() < READINESS_TTL
        {
            return is_ready;
        }
        let is_ready = match tokio::time::timeout(CHECK_TIMEOUT, db.ping()).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!("the database does not answer: {error:?}");
                false
            }
            Err(_) => {
                tracing::warn!("the database does not answer within {CHECK_TIMEOUT:?}");
                false
            }
        };
        *last = Some((Instant::now(), is_ready));
        is_ready
    }
}

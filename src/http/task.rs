//! Tasks of the HTTP layer: connections, and mutations that run to completion without their client.

use tokio::task::JoinHandle;

use super::request_id::CURRENT_REQUEST_ID;

/// Runs a future to completion even if its client disconnects. `None` if it panics.
pub async fn run_to_completion<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Option<T> {
    match CURRENT_REQUEST_ID.try_with(Clone::clone) {
        Ok(id) => spawn(CURRENT_REQUEST_ID.scope(id, future)).await.ok(),
        Err(_) => spawn(future).await.ok(),
    }
}

/// Spawns a task.
#[expect(
    clippy::disallowed_methods,
    reason = "the only place of the HTTP layer that spawns: connections, and mutations that outlive their client"
)]
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(future)
}

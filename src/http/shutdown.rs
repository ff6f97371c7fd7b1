//! The signal that stops the server.

use tokio::signal::unix::{SignalKind, signal};

/// Resolves when the process is asked to stop: SIGTERM or Ctrl-C.
pub async fn shutdown_signal() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(error) => {
            tracing::error!("SIGTERM cannot be handled: {error}");
            std::future::pending::<()>().await;
        }
    }
}

//! The gate: how many requests are worked on at once. Who comes when it is full is told so at once, not queued.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A place inside. Whoever holds a clone of it holds the place.
pub type Place = Arc<OwnedSemaphorePermit>;

/// Counts who is inside.
#[derive(Clone, Debug)]
pub struct Gate {
    places: Arc<Semaphore>,
    most: u32,
}

impl Gate {
    /// A gate for so many.
    pub fn of(most: u32) -> Self {
        Self { places: Arc::new(Semaphore::new(most as usize)), most }
    }

    /// A place, if there is one.
    pub fn enter(&self) -> Option<Place> {
        self.places.clone().try_acquire_owned().ok().map(Arc::new)
    }

    /// Resolves when nobody is inside any more. Nobody enters afterwards.
    pub async fn emptied(&self) {
        let _all = self.places.acquire_many(self.most).await;
        self.places.close();
    }
}

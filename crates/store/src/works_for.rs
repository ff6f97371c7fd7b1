//! For whom the database works: the key of its fair semaphores.

use sea_orm::prelude::Uuid;

/// For whom the database works: a tenant, or the server itself.
pub type WorksFor = Option<Uuid>;

//! Tenants: the opened settings of one, the draft of a new one, and the cache of those used lately.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use entity::tenant::Model;
use sea_orm::prelude::Uuid;

use super::vault::TenantKeys;

/// How long the settings of a tenant may be out of date on a server that did not change them.
pub(super) const TENANT_CACHE_TTL: Duration = Duration::from_secs(10);

/// A tenant with its opened keys.
#[derive(Debug)]
pub struct Tenant {
    /// Its settings.
    pub row: Model,
    /// Its keys.
    pub keys: TenantKeys,
}

/// The settings of a new tenant.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The short name, unique in the installation.
    pub slug: String,
    /// The company's name.
    pub name: String,
    /// TRUCKING, SERVICE or both.
    pub industries: Vec<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// LB or KG.
    pub weight_unit: String,
    /// MI or KM.
    pub distance_unit: String,
}

/// The tenants read within the last `TENANT_CACHE_TTL`.
#[derive(Debug, Default)]
pub struct TenantCache(Mutex<HashMap<Uuid, (Instant, Arc<Tenant>)>>);

impl TenantCache {
    /// The tenant of an id, if it was read lately.
    pub fn get(&self, id: Uuid) -> Option<Arc<Tenant>> {
        self.lock().get(&id).filter(|(read, _)| read.elapsed() < TENANT_CACHE_TTL).map(|(_, tenant)| tenant.clone())
    }

    /// Adds a tenant that was just read or written. One that was read before a write and arrives after it is left out.
    pub fn insert(&self, tenant: Arc<Tenant>) {
        let mut tenants = self.lock();
        let is_newer = |(_, cached): &(Instant, Arc<Tenant>)| cached.row.version > tenant.row.version;
        if !tenants.get(&tenant.row.id).is_some_and(is_newer) {
            tenants.insert(tenant.row.id, (Instant::now(), tenant));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, (Instant, Arc<Tenant>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

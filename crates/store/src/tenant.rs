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
pub struct TenantCache(Mutex<CachedTenants>);

#[derive(Debug, Default)]
struct CachedTenants {
    by_id: HashMap<Uuid, (Instant, Arc<Tenant>)>,
    /// The tenant that had a slug last.
    id_of_slug: HashMap<String, Uuid>,
}

impl TenantCache {
    /// The tenant of an id, if it was read lately.
    pub fn get(&self, id: Uuid) -> Option<Arc<Tenant>> {
        self.lock().get(id)
    }

    /// The tenant of a slug, if it was read lately.
    pub fn get_by_slug(&self, slug: &str) -> Option<Arc<Tenant>> {
        let tenants = self.lock();
        tenants.get(*tenants.id_of_slug.get(slug)?).filter(|tenant| tenant.row.slug == slug)
    }

    /// Adds a tenant that was just read or written. One that was read before a write and arrives after it is left out.
    pub fn insert(&self, tenant: Arc<Tenant>) {
        let mut tenants = self.lock();
        let is_newer = |(_, cached): &(Instant, Arc<Tenant>)| cached.row.version > tenant.row.version;
        if !tenants.by_id.get(&tenant.row.id).is_some_and(is_newer) {
            tenants.id_of_slug.insert(tenant.row.slug.clone(), tenant.row.id);
            tenants.by_id.insert(tenant.row.id, (Instant::now(), tenant));
        }
    }

    fn lock(&self) -> MutexGuard<'_, CachedTenants> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CachedTenants {
    fn get(&self, id: Uuid) -> Option<Arc<Tenant>> {
        let read_lately = self.by_id.get(&id).filter(|(read, _)| read.elapsed() < TENANT_CACHE_TTL);
        read_lately.map(|(_, tenant)| tenant.clone())
    }
}

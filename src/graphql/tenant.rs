//! The tenant: the company that the caller works for, and its settings.

use std::sync::Arc;

use async_graphql::{Enum, Object};
use entity::tenant;
use error::{Error, Result};

use super::{
    change::Change,
    connection::edges,
    entity_object::entity_object,
    unit::{DistanceUnit, WeightUnit},
};

/// What a tenant does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Industry {
    /// Moves freight.
    Trucking,
    /// Serves customers and rents equipment out.
    Service,
}

/// Which customers' names stand sealed in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "tenant::Names")]
pub enum SealedNames {
    /// Names of residential customers.
    Residential,
    /// Every name.
    All,
    /// No name.
    None,
}

entity_object! {
    /// A company, with everything it knows about its own customers. Nothing of it is ever seen by another.
    Tenant of tenant: TenantFields, TenantEdges;
    "sealedNames" => [Names],
}

/// What a tenant has besides the common fields.
pub struct TenantFields(Arc<tenant::Model>);

#[Object]
impl TenantFields {
    /// The short name, unique in the installation.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The company's name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the company does.
    async fn industries(&self) -> Result<Vec<Industry>> {
        let names: Vec<String> = serde_json::from_str(&self.0.industries).map_err(Error::internal)?;
        let industry = |name: &String| match name.as_str() {
            "TRUCKING" => Some(Industry::Trucking),
            "SERVICE" => Some(Industry::Service),
            _ => None,
        };
        Ok(names.iter().filter_map(industry).collect())
    }

    /// ISO 3166-1 alpha-2 code.
    async fn country(&self) -> &str {
        &self.0.country
    }

    /// ISO 4217 code: what an amount without a currency is in.
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// IANA time zone: what a place without one is in.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// The unit of a weight that is given without one.
    async fn weight_unit(&self) -> Result<WeightUnit> {
        WeightUnit::of(&self.0.weight_unit).ok_or_else(|| Error::internal("a tenant without a unit of weight"))
    }

    /// The unit of a distance that is given without one.
    async fn distance_unit(&self) -> Result<DistanceUnit> {
        DistanceUnit::of(&self.0.distance_unit).ok_or_else(|| Error::internal("a tenant without a unit of distance"))
    }

    /// Which customers' names stand sealed in the database.
    async fn sealed_names(&self) -> SealedNames {
        self.0.names.into()
    }

    /// Whether sealed names are ordered by their first three letters; if not, they have no order.
    async fn order_sealed_names(&self) -> bool {
        self.0.order_sealed_names
    }
}

edges! {
    TenantEdges of tenant;
    many {
        /// What was written of the tenant's own record, in order. Needs `change:read`.
        changes: TENANT_CHANGES -> Change;
    }
    one {}
    custom_fields TENANT_VALUES of Tenant;
}

//! The tenant: the company that the caller works for, and its settings.

mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use entity::tenant;
use error::{Error, Result};

pub use self::mutation::TenantMutation;
use super::{
    change::Change,
    context::ContextExt,
    custom_field::CustomFieldValue,
    edges::edges,
    entity_object::entity_object,
    unit::{DistanceUnit, WeightUnit},
};

/// The industry of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Industry {
    /// The tenant transports freight.
    Trucking,
    /// The tenant provides service and rents out equipment.
    Service,
}

/// Which customers' names are encrypted in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "tenant::Names")]
pub enum SealedNames {
    /// The names of residential customers.
    Residential,
    /// The names of all customers.
    All,
    /// No names.
    None,
}

impl Industry {
    /// The industry of a word of the list.
    fn of(word: &str) -> Option<Self> {
        [Self::Trucking, Self::Service].into_iter().find(|industry| industry.word() == word)
    }

    /// The word of the list.
    fn word(self) -> &'static str {
        match self {
            Self::Trucking => "TRUCKING",
            Self::Service => "SERVICE",
        }
    }
}

entity_object! {
    /// A company with its own customers and data. No other tenant can see them.
    Tenant of tenant: TenantFields, TenantEdges;
    "sealedNames" => [Names],
}

/// The fields of a tenant, besides the common ones.
pub struct TenantFields(Arc<tenant::Model>);

#[Object]
impl TenantFields {
    /// The short name, unique within the installation.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The company's name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The industries of the company.
    async fn industries(&self) -> Result<Vec<Industry>> {
        let names: Vec<String> = serde_json::from_str(&self.0.industries).map_err(Error::internal)?;
        Ok(names.iter().filter_map(|name| Industry::of(name)).collect())
    }

    /// ISO 3166-1 alpha-2 country code. It applies to addresses without a country and to telephone numbers without a country
    /// code.
    async fn country(&self) -> &str {
        &self.0.country
    }

    /// ISO 4217 currency code. The default for an amount without a currency.
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// IANA time zone. The default for an address without a time zone.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// The default for a weight without a unit.
    async fn weight_unit(&self) -> Result<WeightUnit> {
        WeightUnit::of(&self.0.weight_unit).ok_or_else(|| Error::internal("a tenant without a unit of weight"))
    }

    /// The default for a distance without a unit.
    async fn distance_unit(&self) -> Result<DistanceUnit> {
        DistanceUnit::of(&self.0.distance_unit).ok_or_else(|| Error::internal("a tenant without a unit of distance"))
    }

    /// Which customers' names are encrypted in the database.
    async fn sealed_names(&self) -> SealedNames {
        self.0.names.into()
    }

    /// Whether encrypted names are ordered by their first three letters. If false, they have no order.
    async fn order_sealed_names(&self) -> bool {
        self.0.order_sealed_names
    }

    /// Whether every stored row is in the form that `sealedNames`, `orderSealedNames` and `country` ask for. False for some
    /// minutes after one of them changed: until then, an earlier name can be unencrypted and an earlier telephone number can
    /// be found by its earlier country only.
    async fn settings_applied(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(!ctx.store().has_backfill(self.0.id).await?)
    }
}

edges! {
    TenantEdges of tenant;
    many {
        /// The changes to the tenant's own record, by default in the order of `sequence`. Requires `change:read`.
        changes: TENANT_CHANGES -> Change;
    }
    one {}
    custom_fields TENANT_VALUES of Tenant -> CustomFieldValue;
}

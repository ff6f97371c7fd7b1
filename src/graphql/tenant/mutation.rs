//! The mutation of the tenant's settings: input, payload and field.

use access::Action;
use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use domain::tenant as rules;
use error::Result;
use store::Tx;

use super::{Industry, SealedNames, Tenant};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    entity_object::RowOf,
    mutation::{IdempotencyInput, IdempotentInput, MutationInput, UserError, write},
    scalar::{field_update, map_field},
    unit::{DistanceUnit, WeightUnit},
};

/// The changes to the caller's tenant. An omitted field stays as it is; no setting can be null.
#[derive(Clone, Debug, InputObject)]
pub struct TenantUpdateInput {
    /// The version that the tenant must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The company's name; at most 200 characters.
    name: MaybeUndefined<String>,
    /// The industries of the company; at least one.
    industries: MaybeUndefined<Vec<Industry>>,
    /// ISO 3166-1 alpha-2 country code. Stored telephone numbers without a country code become numbers of this country.
    country: MaybeUndefined<String>,
    /// ISO 4217 currency code of amounts that are given without one from now on. Stored amounts keep theirs.
    currency: MaybeUndefined<String>,
    /// IANA time zone of addresses that are given without one from now on.
    time_zone: MaybeUndefined<String>,
    /// The unit of weights that are given without one from now on.
    weight_unit: MaybeUndefined<WeightUnit>,
    /// The unit of distances that are given without one from now on.
    distance_unit: MaybeUndefined<DistanceUnit>,
    /// Which customers' names are encrypted in the database. Stored names are encrypted or decrypted in the background:
    /// see `settingsApplied`. To encrypt fewer names than before also requires `pii:read`.
    sealed_names: MaybeUndefined<SealedNames>,
    /// Whether encrypted names are ordered by their first three letters, which are stored unencrypted then. To set it to
    /// true also requires `pii:read`.
    order_sealed_names: MaybeUndefined<bool>,
    /// Values of the tenant's custom fields, at most 200. A field that is not listed keeps its value.
    custom_fields: Option<Vec<CustomFieldInput>>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The result of `tenantUpdate`.
#[derive(SimpleObject)]
pub struct TenantUpdatePayload {
    /// The tenant after the mutation. Null if nothing was written, except on VERSION_CONFLICT, which returns the current
    /// tenant.
    tenant: Option<Tenant>,
    /// The reasons why nothing was written. Empty on success.
    user_errors: Vec<UserError>,
}

impl IdempotentInput for TenantUpdateInput {
    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency.idempotency_key.as_deref()
    }
}

impl MutationInput for TenantUpdateInput {
    type EntityObject = Tenant;
    const ACTION: Action = Action::TenantWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Tenant>> {
        let words = |industries: Vec<Industry>| industries.iter().map(|industry| industry.word().to_owned()).collect();
        let draft = rules::Draft {
            name: field_update(self.name),
            industries: map_field(self.industries, words),
            country: field_update(self.country),
            currency: field_update(self.currency),
            time_zone: field_update(self.time_zone),
            weight_unit: map_field(self.weight_unit, WeightUnit::word),
            distance_unit: map_field(self.distance_unit, DistanceUnit::word),
            sealed_names: map_field(self.sealed_names, Into::into),
            order_sealed_names: field_update(self.order_sealed_names),
            custom_fields: value_inputs(self.custom_fields),
        };
        rules::update(tx, self.expected_version, draft).await
    }
}

/// The mutation of the tenant's settings. A tenant is one row, so that it has no form for many inputs.
#[derive(Default)]
pub struct TenantMutation;

#[Object]
impl TenantMutation {
    /// Changes settings of the caller's tenant. Requires `tenant:write`.
    async fn tenant_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes to the tenant.")] input: TenantUpdateInput,
    ) -> Result<Option<TenantUpdatePayload>> {
        let outcome = write(ctx, input).await?;
        Ok(Some(TenantUpdatePayload { tenant: outcome.node, user_errors: outcome.user_errors }))
    }
}

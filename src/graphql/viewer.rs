//! The viewer: the caller of the request, with roles, permissions and rate limit.

use access::{Action, Caller};
use async_graphql::{Context, Enum, Object};
use error::Result;
use store::Deleted;

use super::{context::ContextExt, entity_object::one, rate_limit::RateLimit, tenant::Tenant};

/// What a caller is to the tenant. Several roles add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "access::Role")]
pub enum Role {
    /// Administers the tenant: may do everything.
    Admin,
    /// Runs the business: everything but the tenant's settings.
    Manager,
    /// Plans loads and visits.
    Dispatcher,
    /// Works at the customer: sees the service records they are assigned to.
    Technician,
    /// Answers customers.
    Agent,
    /// Reads, without personal data.
    Viewer,
}

/// The caller of the request.
pub struct Viewer;

/// The caller of the request.
#[Object]
impl Viewer {
    /// The tenant that the caller belongs to. Requires `tenant:read`.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Option<Tenant>> {
        let tenant = one::<Tenant>(ctx, "viewer.tenant", caller(ctx).tenant, Deleted::Exclude).await;
        Ok(ctx.null_if_forbidden(tenant)?.flatten())
    }

    /// The subject of the caller's token.
    async fn subject<'a>(&self, ctx: &Context<'a>) -> &'a str {
        &caller(ctx).subject
    }

    /// The caller's roles. Their permissions add up.
    async fn roles(&self, ctx: &Context<'_>) -> Vec<Role> {
        caller(ctx).roles.iter().copied().map(Role::from).collect()
    }

    /// The scopes of the token. Null if the token has none: then the roles alone decide what is allowed.
    async fn scopes(&self, ctx: &Context<'_>) -> Option<Vec<String>> {
        caller(ctx).scopes.clone()
    }

    /// The id by which service records name the caller as a technician.
    async fn technician<'a>(&self, ctx: &Context<'a>) -> &'a str {
        &caller(ctx).technician
    }

    /// Whether the token allows only reading.
    async fn read_only(&self, ctx: &Context<'_>) -> bool {
        caller(ctx).read_only
    }

    /// Everything the caller may do, as scopes such as `customer:read` and `pii:read`.
    async fn permissions(&self, ctx: &Context<'_>) -> Vec<&'static str> {
        Action::ALL.iter().filter(|action| caller(ctx).may(**action)).map(|action| action.scope()).collect()
    }
}

fn caller<'a>(ctx: &Context<'a>) -> &'a Caller {
    ctx.data_unchecked::<std::sync::Arc<store::Store>>().caller()
}

/// The root field of the caller.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// The caller of the request, with roles and permissions.
    async fn viewer(&self) -> Viewer {
        Viewer
    }

    /// The caller's rate limit on this server. Null if the server does not limit the rate.
    async fn rate_limit(&self, ctx: &Context<'_>) -> Option<RateLimit> {
        ctx.request().rate_limit.clone()
    }
}

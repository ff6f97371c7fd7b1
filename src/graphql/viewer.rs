//! The viewer: who the caller is, and what they may do.

use access::{Action, Caller};
use async_graphql::{Context, Object};
use error::Result;
use store::Deleted;

use super::{context::ContextExt, node::one, tenant::Tenant};

/// Who the caller is.
pub struct Viewer;

/// Who the caller is.
#[Object]
impl Viewer {
    /// The company the caller works for. Needs `tenant:read`.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Option<Tenant>> {
        let found = one::<Tenant>(ctx, "viewer.tenant", caller(ctx).tenant, Deleted::Exclude).await;
        Ok(ctx.null_if_forbidden(found)?.flatten())
    }

    /// The subject of the caller's token.
    async fn subject<'a>(&self, ctx: &Context<'a>) -> &'a str {
        &caller(ctx).subject
    }

    /// The caller's roles: ADMIN, MANAGER, DISPATCHER, TECHNICIAN, AGENT, VIEWER. What they allow adds up.
    async fn roles(&self, ctx: &Context<'_>) -> Vec<&'static str> {
        caller(ctx).roles.iter().map(|role| role.name()).collect()
    }

    /// The scopes of the token. Null: it has none, and all that the roles allow is allowed.
    async fn scopes(&self, ctx: &Context<'_>) -> Option<Vec<String>> {
        caller(ctx).scopes.clone()
    }

    /// Which technician the caller is, in service records.
    async fn technician<'a>(&self, ctx: &Context<'a>) -> &'a str {
        &caller(ctx).technician
    }

    /// Whether the token may only read.
    async fn read_only(&self, ctx: &Context<'_>) -> bool {
        caller(ctx).read_only
    }

    /// Everything the caller may do, as scopes: `customer:read`, `pii:read`.
    async fn permissions(&self, ctx: &Context<'_>) -> Vec<&'static str> {
        Action::ALL.iter().filter(|action| caller(ctx).may(**action)).map(|action| action.scope()).collect()
    }
}

fn caller<'a>(ctx: &Context<'a>) -> &'a Caller {
    ctx.data_unchecked::<std::sync::Arc<store::Store>>().caller()
}

/// The root field about the caller.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who the caller is, and what they may do.
    async fn viewer(&self) -> Viewer {
        Viewer
    }
}

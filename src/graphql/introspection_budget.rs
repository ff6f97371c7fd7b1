//! The budget of introspection: its fields have no resolvers of ours, so an extension of the library counts them and lets other
//! tasks run.

use std::sync::Arc;

use async_graphql::{
    ServerResult, Value,
    async_trait::async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo},
};
use store::Store;

/// The extension. It costs time for each field, so only operations with introspection have it.
pub struct IntrospectionBudget;

impl ExtensionFactory for IntrospectionBudget {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for IntrospectionBudget {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        if info.parent_type.starts_with("__")
            && let Some(store) = ctx.data_opt::<Arc<Store>>()
        {
            store.spend_begun().await;
        }
        next.run(ctx, info).await
    }
}

//! Lists of objects, resolved by one function for all types of items.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field, registry::Registry,
    resolver_utils::resolve_list,
};
use futures_util::future::BoxFuture;

/// A list in the schema. A `Vec` is the same list, but the library's code for it is compiled again for each type of
/// items, and there are about a hundred of them.
pub struct OutputList<T>(Vec<T>);

impl<T> FromIterator<T> for OutputList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T: OutputType> OutputType for OutputList<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let items = self.0.iter().map(|item| ErasedItem(item)).collect();
        resolve_items(ctx, field, items).await
    }
}

/// An item without its type.
struct ErasedItem<'a>(&'a dyn ListItem);

trait ListItem: Send + Sync {
    fn resolve<'a>(
        &'a self,
        ctx: &'a ContextSelectionSet<'a>,
        field: &'a Positioned<Field>,
    ) -> BoxFuture<'a, ServerResult<Value>>;
}

impl<T: OutputType> ListItem for T {
    fn resolve<'a>(
        &'a self,
        ctx: &'a ContextSelectionSet<'a>,
        field: &'a Positioned<Field>,
    ) -> BoxFuture<'a, ServerResult<Value>> {
        Box::pin(OutputType::resolve(self, ctx, field))
    }
}

impl OutputType for ErasedItem<'_> {
    /// Only the library's extensions read the name, and there are none.
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("Item")
    }

    fn create_type_info(_: &mut Registry) -> String {
        Self::qualified_type_name()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        self.0.resolve(ctx, field).await
    }
}

async fn resolve_items(
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    items: Vec<ErasedItem<'_>>,
) -> ServerResult<Value> {
    let length = items.len();
    resolve_list(ctx, field, items, Some(length)).await
}

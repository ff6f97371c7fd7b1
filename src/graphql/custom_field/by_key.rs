//! The value of one custom field of a record, by the key of the field.

use async_graphql::Context;
use entity::{custom_field_definition::OwnerType, custom_field_value::Entity};
use error::Result;
use sea_orm::prelude::Uuid;
use store::{Edge, Filter, Predicate};

use super::CustomFieldValue;
use crate::graphql::{
    context::ContextExt,
    entity_object::{EntityObject, columns},
    filter::FilterContext,
    row_size::RowSize,
};

impl CustomFieldValue {
    /// The value of the field with a key, loaded together for all parent rows of the request.
    pub async fn of_key(
        ctx: &Context<'_>,
        edge: &'static Edge,
        owner_type: OwnerType,
        owner: Uuid,
        key: &str,
    ) -> Result<Option<Self>> {
        let found = async {
            let definitions = ctx.definitions().await?;
            let field = FilterContext { store: ctx.store(), definitions: &definitions }.definition(owner_type, key)?.id;
            let find = || {
                let of = Filter::Column("definition_id", Predicate::Eq(field.into()));
                let mut find = ctx.store().find::<Entity>()?.filter(of);
                find.size = 1;
                Ok(find.columns(columns::<Self>(ctx.field().selection_set())))
            };
            let (page, _) = ctx.store().page_under_parent(ctx.field_key("customField"), edge, owner, find).await?;
            ctx.spend(page.rows.len() as u64, page.bytes, || RowSize::of(ctx.field().selection_set(), Self::EDGES))
                .await;
            Ok(page.rows.first().map(|(row, _)| Self::of(row.clone())))
        };
        Ok(ctx.null_if_forbidden(found.await)?.flatten())
    }
}

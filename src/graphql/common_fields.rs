//! The fields that every entity object has: the ids first, the version and times last.

use std::sync::Arc;

use async_graphql::{ID, Object, TypeName};
use error::{Error, Result};
use sea_orm::Value;
use store::{Row, TenantTable, page::find_column};

use super::scalar::DateTime;

/// The ids of a row: the first fields of every entity object.
pub struct Identity<M>(pub Arc<M>);

/// The version and times of a row: the last fields of every entity object.
pub struct Revision<M>(pub Arc<M>);

/// The type is merged into entity objects, so that its name never appears in the schema.
impl<M: Row<Entity: TenantTable>> TypeName for Identity<M> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("identity_{}", M::Entity::TABLE.name).into()
    }
}

/// The type is merged into entity objects, so that its name never appears in the schema.
impl<M: Row<Entity: TenantTable>> TypeName for Revision<M> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("revision_{}", M::Entity::TABLE.name).into()
    }
}

/// The ids of a row.
#[Object(name_type)]
impl<M: Row<Entity: TenantTable>> Identity<M> {
    /// The globally unique id. It is opaque and URL-safe, and never changes.
    async fn id(&self) -> ID {
        ID(M::Entity::TABLE.encode_id(self.0.id()))
    }

    /// The id in the caller's system, unique per tenant and type. Null if there is none.
    async fn external_reference(&self) -> Result<Option<String>> {
        match value(&*self.0, "external_reference") {
            Value::String(reference) => Ok(reference),
            _ => Ok(None),
        }
    }
}

/// The version and times of a row.
#[Object(name_type)]
impl<M: Row<Entity: TenantTable>> Revision<M> {
    /// The version. It starts at 1 and increases by one with every write. A write with `expectedVersion` succeeds only
    /// if the record still has that version.
    async fn version(&self) -> Result<i32> {
        match value(&*self.0, "version") {
            Value::Int(Some(version)) => Ok(version),
            _ => Err(Error::internal("a row without a version")),
        }
    }

    /// When the record was created.
    async fn created_at(&self) -> Result<DateTime> {
        self.time("created_at")?.ok_or_else(|| Error::internal("a row without a creation time"))
    }

    /// When the record, or data that belongs to it, was last written.
    async fn updated_at(&self) -> Result<DateTime> {
        self.time("updated_at")?.ok_or_else(|| Error::internal("a row without an update time"))
    }

    /// When the record was deleted. Null while it is live.
    async fn deleted_at(&self) -> Result<Option<DateTime>> {
        self.time("deleted_at")
    }
}

impl<M: Row<Entity: TenantTable>> Revision<M> {
    fn time(&self, column: &str) -> Result<Option<DateTime>> {
        match value(&*self.0, column) {
            Value::ChronoDateTimeUtc(time) => Ok(time.map(DateTime)),
            _ => Err(Error::internal(format!("{} has no {column}", M::Entity::TABLE.name))),
        }
    }
}

fn value<M: Row<Entity: TenantTable>>(row: &M, column: &str) -> Value {
    find_column::<M::Entity>(column).map_or(Value::Bool(None), |column| row.get(column))
}

//! Finds a tenant by the id or slug that a token names, and creates tenants for the command line.

use std::sync::Arc;

use entity::tenant::Model;
use error::{Error, Result};
use sea_orm::{
    ConnectionTrait, ExprTrait, FromQueryResult, IdenStatic, Iterable, ModelTrait,
    prelude::{Expr, Uuid},
    sea_query::{Order, Query},
};

use super::{
    budget::Budget,
    clock,
    database::Database,
    table::{TenantTable, enum_text},
    tenant::{Draft, Tenant},
};

impl Database {
    /// The tenant of an id, bare or as the schema writes it, or of a slug. Its settings may be some seconds out of date.
    pub async fn tenant(&self, id_or_slug: &str) -> Result<Option<Arc<Tenant>>> {
        let id = Uuid::parse_str(id_or_slug).ok().or_else(|| entity::tenant::Entity::TABLE.decode_id(id_or_slug));
        let cached = id.map_or_else(|| self.tenants.get_by_slug(id_or_slug), |id| self.tenants.get(id));
        if cached.is_some() {
            return Ok(cached);
        }
        let name = match id {
            Some(id) => Expr::col("id").eq(id),
            None => Expr::col("slug").eq(id_or_slug),
        };
        self.tenant_reads.share(id_or_slug.to_owned(), self.read_and_keep_tenant(name)).await
    }

    async fn read_and_keep_tenant(&self, condition: Expr) -> Result<Option<Arc<Tenant>>> {
        let tenant = self.read_tenant(condition).await?;
        if let Some(tenant) = &tenant {
            self.tenants.insert(tenant.clone());
        }
        Ok(tenant)
    }

    /// The slugs of all tenants.
    pub async fn tenant_slugs(&self) -> Result<Vec<String>> {
        let mut select = Query::select();
        select.column("slug").from("tenant").order_by("slug", Order::Asc);
        let rows = self.connection().query_all(&select).await?;
        rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
    }

    /// The live tenant that a condition names, as the database has it now.
    pub(super) async fn read_tenant(&self, condition: Expr) -> Result<Option<Arc<Tenant>>> {
        let mut select = Query::select();
        select.columns(entity::tenant::Column::iter()).from("tenant").and_where(Expr::col("deleted_at").is_null());
        select.and_where(condition);
        let rows = self.rows(None, self.backend().build(&select), &Budget::unlimited()).await?;
        let Some(result) = rows.first() else { return Ok(None) };
        let row = Model::from_query_result(result, "")?;
        let keys = self.vault.tenant_keys(row.id, &row.key_wrapped)?;
        Ok(Some(Arc::new(Tenant { row, keys })))
    }

    /// Creates a tenant with its own key. Returns nothing if the slug is taken.
    pub async fn create_tenant(&self, draft: Draft) -> Result<Option<Arc<Tenant>>> {
        if self.tenant(&draft.slug).await?.is_some() {
            return Ok(None);
        }
        let (id, at) = (Uuid::now_v7(), clock::now());
        let row = Model {
            tenant_id: id,
            id,
            slug: draft.slug.clone(),
            name: draft.name,
            industries: serde_json::to_string(&draft.industries).map_err(Error::internal)?,
            country: draft.country,
            currency: draft.currency,
            time_zone: draft.time_zone,
            weight_unit: draft.weight_unit,
            distance_unit: draft.distance_unit,
            names: entity::tenant::Names::Residential,
            order_sealed_names: true,
            key_wrapped: self.vault.new_tenant_key(id)?,
            version: 1,
            created_at: at,
            updated_at: at,
            ..Model::default()
        };
        let keys = self.vault.tenant_keys(id, &row.key_wrapped)?;
        let tx = self.begin(None).await?;
        let columns = entity::tenant::Column::iter();
        let mut insert = Query::insert();
        insert.into_table("tenant").columns(columns.clone());
        insert.values_panic(columns.map(|column| {
            if column.as_str() == "names" { enum_text(&row.names).into() } else { Expr::val(row.get(column)) }
        }));
        tx.execute_raw(self.backend().build(&insert)).await?;
        // The data key of all rows that belong to no customer.
        let data_key = Uuid::now_v7();
        let mut insert = Query::insert();
        insert.into_table("data_key").columns(["tenant_id", "id", "wrapped", "created_at"]);
        insert.values_panic([id.into(), data_key.into(), keys.new_data_key(data_key)?.into(), at.into()]);
        tx.execute_raw(self.backend().build(&insert)).await?;
        tx.commit().await?;
        // Not a shared read, which may have begun before the tenant was there.
        self.read_and_keep_tenant(Expr::col("id").eq(id)).await
    }
}

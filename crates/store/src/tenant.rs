//! Tenants: found by the id or slug a token names, made on the command line.

use std::sync::Arc;

use entity::tenant::Model;
use error::Result;
use sea_orm::{
    ConnectionTrait, ExprTrait, FromQueryResult, IdenStatic, Iterable, ModelTrait,
    prelude::{Expr, Uuid},
    sea_query::Query,
};

use super::{clock, database::Database, table::enum_text, vault::TenantKeys};

/// A tenant with its opened keys.
#[derive(Debug)]
pub struct Tenant {
    /// Its settings.
    pub row: Model,
    /// Its keys.
    pub keys: TenantKeys,
}

/// The settings of a tenant to be made.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The short name, unique in the installation.
    pub slug: String,
    /// The company's name.
    pub name: String,
    /// TRUCKING, SERVICE or both.
    pub industries: Vec<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// LB or KG.
    pub weight_unit: String,
    /// MI or KM.
    pub distance_unit: String,
}

impl Database {
    /// The tenant of an id or a slug. Settings may be some seconds old.
    pub async fn tenant(&self, named: &str) -> Result<Option<Arc<Tenant>>> {
        let id = Uuid::parse_str(named).ok();
        if let Some(known) = id.and_then(|id| self.cached_tenant(id)) {
            return Ok(Some(known));
        }
        let mut select = Query::select();
        select.columns(entity::tenant::Column::iter()).from("tenant").and_where(Expr::col("deleted_at").is_null());
        match id {
            Some(id) => select.and_where(Expr::col("id").eq(id)),
            None => select.and_where(Expr::col("slug").eq(named)),
        };
        let Some(found) = self.connection().query_one(&select).await? else { return Ok(None) };
        let row = Model::from_query_result(&found, "")?;
        let keys = self.vault.tenant_keys(row.id, &row.key_wrapped)?;
        let tenant = Arc::new(Tenant { row, keys });
        self.cache_tenant(&tenant);
        Ok(Some(tenant))
    }

    /// Makes a tenant with a key of its own. Nothing if the slug is taken.
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
            industries: serde_json::to_string(&draft.industries).map_err(error::Error::internal)?,
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
        let (tx, _writer_permit) = self.begin().await?;
        let columns = entity::tenant::Column::iter();
        let mut insert = Query::insert();
        insert.into_table("tenant").columns(columns.clone());
        insert.values_panic(columns.map(|column| {
            if column.as_str() == "names" { enum_text(&row.names).into() } else { Expr::val(row.get(column)) }
        }));
        tx.execute(&insert).await?;
        // The key for whatever of the tenant belongs to no customer.
        let key = Uuid::now_v7();
        let mut insert = Query::insert();
        insert.into_table("data_key").columns(["tenant_id", "id", "wrapped", "created_at"]);
        insert.values_panic([id.into(), key.into(), keys.new_data_key(key)?.into(), at.into()]);
        tx.execute(&insert).await?;
        tx.commit().await?;
        self.tenant(&draft.slug).await
    }
}

//! The rows of stored files that a transaction writes: a file is begun, and kept with its document.

use chrono::{DateTime, Utc};
use error::Result;
use sea_orm::{Statement, Value, prelude::Uuid};

use super::transaction::Tx;
use crate::stored_file::FileSeal;

impl Tx {
    /// Writes the row of a new file, which expires unless it is kept before. Its content is sealed under the key of a customer,
    /// or under that of the tenant.
    pub async fn begin_file(&self, key_owner: Option<Uuid>, expires_at: DateTime<Utc>) -> Result<FileSeal> {
        let (file, tenant) = (Uuid::now_v7(), self.caller().tenant);
        let key = self.data_key(key_owner).await?;
        let sql = "INSERT INTO stored_file (tenant_id, id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
        self.execute_sql(sql, [tenant.into(), file.into(), self.at().into(), expires_at.into()]).await?;
        Ok(FileSeal::new(tenant, file, key))
    }

    /// Keeps a file that has not expired. Returns whether it is there.
    pub async fn keep_file(&self, file: Uuid) -> Result<bool> {
        let sql = "UPDATE stored_file SET expires_at = NULL WHERE tenant_id = $1 AND id = $2 AND expires_at > $3";
        Ok(self.execute_sql(sql, [self.caller().tenant.into(), file.into(), self.at().into()]).await? == 1)
    }

    /// Whether a file is kept. The caller has locked its document.
    pub async fn has_file(&self, file: Uuid) -> Result<bool> {
        // Written as an update, it waits for one that lets the file expire.
        let sql = "UPDATE stored_file SET expires_at = NULL WHERE tenant_id = $1 AND id = $2 AND expires_at IS NULL";
        Ok(self.execute_sql(sql, [self.caller().tenant.into(), file.into()]).await? == 1)
    }

    /// Executes a statement that writes, and returns the number of rows that it wrote.
    async fn execute_sql(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        self.end_rehearsal().await;
        let statement = Statement::from_sql_and_values(self.session.db.backend(), sql, values);
        Ok(self.execute_raw(statement).await?.rows_affected())
    }
}

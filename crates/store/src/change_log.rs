//! The change log: one record for each changed row of a transaction, and the linker, which numbers committed records.
//!
//! A change has two images of its row, before and after, each in two parts: the fields that can never be personal as JSON,
//! and those that may be as one ciphertext under the customer's key. Numbers are as stored: minor units and millionths.

use std::sync::Arc;

use access::Caller;
use chrono::{DateTime, Utc};
use entity::change::Action as ChangeAction;
use error::{Error, Result};
use sea_orm::{
    DbBackend, Statement, Value,
    prelude::Uuid,
    sea_query::{InsertStatement, Query},
};
use serde_json::{Map, Value as Json};

use super::{
    database::Database,
    edge,
    table::{Table, enum_text},
    value,
    vault::{DataKey, SealContext},
};

/// One changed row of a transaction that is not committed yet.
pub struct ChangeEntry {
    /// The operation of the transaction that wrote the row first.
    pub operation: u32,
    /// The customer whose key seals the images.
    pub key_owner: Option<Uuid>,
    /// What happened to the row.
    pub action: ChangeAction,
    /// The open and the personal part of the image before; nothing for a new row.
    pub before: Option<(Map<String, Json>, Map<String, Json>)>,
    /// The open and the personal part of the image after.
    pub after: (Map<String, Json>, Map<String, Json>),
}

/// The columns of a record that is not linked yet.
pub const COLUMNS: [&str; 14] = [
    "tenant_id",
    "id",
    "table_name",
    "row_id",
    "key_owner_id",
    "action",
    "actor",
    "request_id",
    "at",
    "fields",
    "before",
    "after",
    "before_sealed",
    "after_sealed",
];

/// The statement that inserts the records of a transaction.
pub fn insert_entries(
    entries: &[(Uuid, &'static str, ChangeEntry, DataKey)],
    caller: &Caller,
    at: DateTime<Utc>,
) -> Result<InsertStatement> {
    let mut insert = Query::insert();
    insert.into_table("change").columns(COLUMNS);
    for (row, table, entry, key) in entries {
        let id = Uuid::now_v7();
        let seal = |part: Option<&Map<String, Json>>, column| match part {
            Some(personal) if !personal.is_empty() => {
                let context = SealContext { tenant: caller.tenant, table: "change", column, row: id };
                key.seal(&json_text(personal)?, context).map(|sealed| Some(sealed.0))
            }
            _ => Ok(None),
        };
        insert.values_panic([
            caller.tenant.into(),
            id.into(),
            (*table).into(),
            (*row).into(),
            entry.key_owner.into(),
            enum_text(&entry.action).into(),
            caller.subject.as_str().into(),
            caller.audit_request_id().into_owned().into(),
            at.into(),
            serde_json::to_string(&entry.fields()).map_err(Error::internal)?.into(),
            entry.before.as_ref().map(|(open, _)| json_text(open)).transpose()?.into(),
            json_text(&entry.after.0)?.into(),
            seal(entry.before.as_ref().map(|(_, personal)| personal), "before_sealed")?.into(),
            seal(Some(&entry.after.1), "after_sealed")?.into(),
        ]);
    }
    Ok(insert)
}

impl ChangeEntry {
    /// The names of the changed fields.
    fn fields(&self) -> Vec<&str> {
        let before = self.before.as_ref();
        let parts = [(before.map(|before| &before.0), &self.after.0), (before.map(|before| &before.1), &self.after.1)];
        let mut names = Vec::new();
        for (is_personal, (before, after)) in [false, true].into_iter().zip(parts) {
            let value_before = |name: &String| before.and_then(|before| before.get(name)).unwrap_or(&Json::Null);
            let value_after = |name: &String| after.get(name).unwrap_or(&Json::Null);
            let all = before.into_iter().flat_map(Map::keys).chain(after.keys());
            // A new row without items in a list was not given the list. An encrypted value that is an empty list is a value
            // like any other, and its name must not tell it.
            let is_empty = |name: &String| !is_personal && value_after(name).as_array().is_some_and(Vec::is_empty);
            let differs =
                |name: &&String| value_before(name) != value_after(name) && !(self.before.is_none() && is_empty(name));
            names.extend(all.filter(differs).map(String::as_str));
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Whether an image leaves out a column: keys, times and derived columns.
pub fn is_excluded(table: &Table, name: &str) -> bool {
    const OF_EVERY_TABLE: [&str; 6] = ["tenant_id", "id", "version", "created_at", "updated_at", "deleted_with"];
    let folded = name.strip_suffix("_key").is_some_and(|text| table.folded.contains(&text));
    // A child row is logged in the list of its owner, whose order is the position.
    let of_child = table.owner_column.is_some_and(|owner| name == owner || name == "position");
    folded || of_child || OF_EVERY_TABLE.contains(&name) || table.unlogged.contains(&name)
}

/// The name and value of a column in an image: those of the schema, where the schema has the field.
pub fn image_field(table: &Table, name: &str, value: &Value) -> (String, Json) {
    if let (Some(edge), Value::Uuid(id)) = (edge::of_column(table, name), value) {
        return (edge.field().to_owned(), id.map_or(Json::Null, |id| edge.target.encode_id(id).into()));
    }
    (table.schema_name(name), value::to_image(value))
}

/// How many changes one run of the linker links; there may be more if it linked so many.
pub const MAX_LINKED_PER_RUN: u64 = 1_000;

/// Gives committed changes their dense sequence per tenant, in the order of their ids. Returns how many were linked.
///
/// One linker runs at a time: on PostgreSQL by an advisory lock, on SQLite because it has one writer.
pub async fn link_changes(db: &Arc<Database>) -> Result<u64> {
    let tx = db.begin(None).await?;
    if db.backend() == DbBackend::Postgres {
        tx.query_all_raw(Statement::from_string(db.backend(), "SELECT pg_advisory_xact_lock(7021935)")).await?;
    }
    let sql = format!(
        "WITH fresh AS (SELECT tenant_id, id FROM change WHERE sequence IS NULL ORDER BY id LIMIT {MAX_LINKED_PER_RUN}), \
               numbered AS (SELECT tenant_id, id, ROW_NUMBER() OVER (PARTITION BY tenant_id ORDER BY id) \
               + COALESCE((SELECT MAX(linked.sequence) FROM change linked WHERE linked.tenant_id = fresh.tenant_id), 0) AS position \
               FROM fresh) \
               UPDATE change SET sequence = numbered.position FROM numbered \
               WHERE change.tenant_id = numbered.tenant_id AND change.id = numbered.id"
    );
    let updated = tx.execute_raw(Statement::from_string(db.backend(), sql)).await?;
    tx.commit().await?;
    Ok(updated.rows_affected())
}

fn json_text(part: &Map<String, Json>) -> Result<String> {
    serde_json::to_string(part).map_err(Error::internal)
}

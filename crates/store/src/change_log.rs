//! The ledger: every write is on the record, and the linker gives committed records their place in it.
//!
//! A change has two images of its row, each in two parts: what can never be personal as JSON, and all that may be as one
//! ciphertext under the customer's key. Numbers in an image are as stored: minor units and millionths.

use std::sync::Arc;

use access::Caller;
use chrono::{DateTime, Utc};
use entity::change::Action as ChangeAction;
use error::{Error, Result};
use sea_orm::{
    ConnectionTrait, DbBackend, Statement, Value,
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
    /// The customer whose key seals the images.
    pub key_owner: Option<Uuid>,
    /// What action.
    pub action: ChangeAction,
    /// The open and the personal part of the row before; nothing for a new row.
    pub before: Option<(Map<String, Json>, Map<String, Json>)>,
    /// The same after.
    pub after: (Map<String, Json>, Map<String, Json>),
}

/// The statement that writes down what a transaction changed.
pub fn insert_entries(
    entries: &[(Uuid, &'static str, ChangeEntry, DataKey)],
    caller: &Caller,
    at: DateTime<Utc>,
) -> Result<InsertStatement> {
    let mut insert = Query::insert();
    insert.into_table("change").columns([
        "tenant_id",
        "id",
        "entity",
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
    ]);
    for (row, table, entry, key) in entries {
        let id = Uuid::now_v7();
        let seal = |part: Option<&Map<String, Json>>, column| match part {
            Some(personal) if !personal.is_empty() => {
                let place = SealContext { tenant: caller.tenant, table: "change", column, row: id };
                key.seal(&text(personal)?, place).map(|sealed| Some(sealed.0))
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
            caller.request_id.as_str().into(),
            at.into(),
            serde_json::to_string(&entry.fields()).map_err(Error::internal)?.into(),
            entry.before.as_ref().map(|(open, _)| text(open)).transpose()?.into(),
            text(&entry.after.0)?.into(),
            seal(entry.before.as_ref().map(|(_, personal)| personal), "before_sealed")?.into(),
            seal(Some(&entry.after.1), "after_sealed")?.into(),
        ]);
    }
    Ok(insert)
}

impl ChangeEntry {
    /// The names of what changed.
    fn fields(&self) -> Vec<&str> {
        let before = self.before.as_ref();
        let parts = [(before.map(|before| &before.0), &self.after.0), (before.map(|before| &before.1), &self.after.1)];
        let mut names = Vec::new();
        for (old, new) in parts {
            let was = |name: &String| old.and_then(|old| old.get(name)).unwrap_or(&Json::Null);
            let is = |name: &String| new.get(name).unwrap_or(&Json::Null);
            let all = old.into_iter().flat_map(Map::keys).chain(new.keys());
            names.extend(all.filter(|name| was(name) != is(name)).map(String::as_str));
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Columns that say nothing about the row itself.
pub fn is_excluded(table: &Table, name: &str) -> bool {
    let derived = name.strip_suffix("_key").is_some_and(|text| table.folded.contains(&text));
    let of_every_table = ["tenant_id", "id", "version", "created_at", "updated_at", "deleted_with"];
    // A child is logged in its owner's list, whose order is the position.
    let of_child = table.owner_column.is_some_and(|owner| name == owner || name == "position");
    derived || of_child || of_every_table.contains(&name) || table.unlogged.contains(&name)
}

/// A column's name in an image, and its value: as the schema has them, where the schema has them.
pub fn image_field(table: &Table, name: &str, value: &Value) -> (String, Json) {
    if let (Some(edge), Value::Uuid(id)) = (edge::of_column(table, name), value) {
        return (edge.field().to_owned(), id.map_or(Json::Null, |id| edge.target.encode_id(id).into()));
    }
    let renamed = table.schema_names.iter().find(|(column, _)| *column == name);
    (renamed.map_or_else(|| camel_case(name), |(_, shown)| (*shown).to_owned()), value::to_image(value))
}

/// A column's name as the schema writes it.
pub fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// Gives committed changes their dense sequence per tenant, in the order of their ids. Returns how many were linked.
///
/// One linker works at a time: on PostgreSQL by an advisory lock, on SQLite by its one writer.
pub async fn link_changes(db: &Arc<Database>) -> Result<u64> {
    let (tx, _writer_permit) = db.begin().await?;
    if db.backend() == DbBackend::Postgres {
        tx.execute_unprepared("SELECT pg_advisory_xact_lock(7021935)").await?;
    }
    let sql = "WITH fresh AS (SELECT tenant_id, id FROM change WHERE sequence IS NULL ORDER BY id LIMIT 1000), \
               numbered AS (SELECT tenant_id, id, ROW_NUMBER() OVER (PARTITION BY tenant_id ORDER BY id) \
               + COALESCE((SELECT MAX(linked.sequence) FROM change linked WHERE linked.tenant_id = fresh.tenant_id), 0) AS place \
               FROM fresh) \
               UPDATE change SET sequence = numbered.place FROM numbered \
               WHERE change.tenant_id = numbered.tenant_id AND change.id = numbered.id";
    let done = tx.execute_raw(Statement::from_string(db.backend(), sql)).await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

fn text(part: &Map<String, Json>) -> Result<String> {
    serde_json::to_string(part).map_err(Error::internal)
}

//! What a transaction has still to write at commit.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use entity::{change::Action as ChangeAction, data_key, tenant};
use error::{Error, Result};
use sea_orm::prelude::Uuid;
use serde_json::Map;

use super::{
    counter::Counter,
    image::{Image, ListImage},
    insert_buffer::InsertBuffer,
    lookup::Lookups,
    row::uuid,
};
use crate::{
    change_log::ChangeEntry,
    edge::Edge,
    search,
    table::{Normalization, Table, TenantTable},
    tenant::Tenant,
    touch::{RaisesVersion, TouchedRow},
    vault::DataKey,
};

/// A row and one of its fields that the blind index has tokens of.
pub type IndexedField = (Uuid, Cow<'static, str>);

/// What is written at commit, and what later writes of the same transaction need to know.
#[derive(Default)]
pub struct PendingWrites {
    /// The changed rows, by id and table.
    pub entries: BTreeMap<(Uuid, &'static str), ChangeEntry>,
    /// Which operation of the transaction writes now.
    pub operation: u32,
    /// Whether an operation has written a row that an earlier one wrote.
    pub has_rewritten: bool,
    /// The rows that are updated with rows of other tables, and whether their versions rise, by table.
    pub touched: BTreeMap<&'static str, BTreeMap<Uuid, bool>>,
    /// The fields whose stored tokens are deleted.
    pub stale_tokens: Vec<IndexedField>,
    /// The hashes of the new tokens, by field.
    pub tokens: HashMap<IndexedField, Vec<Vec<u8>>>,
    /// The caller's tenant, if its settings changed.
    pub tenant: Option<tenant::Model>,
    /// The counters that gave numbers, by table.
    pub counters: HashMap<&'static str, Counter>,
    /// The rows that were looked up.
    pub lookups: Lookups,
    /// The rows that are not inserted yet.
    pub inserts: InsertBuffer,
    /// The data keys created by this transaction, by owner.
    pub keys: HashMap<Option<Uuid>, (data_key::Model, DataKey)>,
}

impl PendingWrites {
    /// Whether this transaction has already changed a row.
    pub fn has_changed(&self, table: &'static Table, row: Uuid) -> bool {
        self.entries.contains_key(&(row, table.name))
    }

    /// Records the change of a row.
    pub fn record(
        &mut self,
        table: &'static Table,
        row: Uuid,
        key_owner: Option<Uuid>,
        action: ChangeAction,
        before: Option<Image>,
        after: Image,
    ) {
        let operation = self.operation;
        let entry = self.entries.entry((row, table.name)).or_insert_with(|| ChangeEntry {
            operation,
            key_owner,
            action,
            before: before.map(|image| (image.open, image.personal)),
            after: (Map::new(), Map::new()),
        });
        self.has_rewritten |= entry.operation != operation;
        // A row created or deleted in this transaction is logged as created or deleted, whatever else was written to it.
        if entry.action == ChangeAction::Update {
            entry.action = action;
        }
        // Lists that an earlier write of this transaction replaced stay in the owner's image.
        entry.after.0.extend(after.open);
        entry.after.1.extend(after.personal);
    }

    /// Adds the stored list to the recorded image of its owner, where an earlier write of this transaction recorded the
    /// owner without the list.
    pub fn record_stored_list(&mut self, table: &'static Table, owner: Uuid, name: &str, stored: &ListImage) {
        if let Some(ChangeEntry { before: Some((open, personal)), .. }) = self.entries.get_mut(&(owner, table.name))
            && !open.contains_key(name)
        {
            stored.clone().add_to(name, open, personal);
        }
    }

    /// The changed rows whose images lack a list: the new rows, and those that were stored before.
    pub fn owners_without_list(&self, edge: &Edge) -> (Vec<Uuid>, Vec<Uuid>) {
        let lacks = |((_, table), entry): &(&(Uuid, &str), &ChangeEntry)| {
            *table == edge.source.name && !entry.after.0.contains_key(edge.field())
        };
        let (new, stored): (Vec<_>, Vec<_>) =
            self.entries.iter().filter(lacks).partition(|(_, entry)| entry.before.is_none());
        let ids = |entries: Vec<(&(Uuid, _), _)>| entries.into_iter().map(|((id, _), _)| *id).collect();
        (ids(new), ids(stored))
    }

    /// Adds the lists that no write of this transaction replaced to the images of their owners: they are the same before and
    /// after. An owner without a list has an empty one.
    pub fn add_untouched_lists(&mut self, edge: &Edge, owners: &[Uuid], lists: &HashMap<Uuid, ListImage>) {
        for owner in owners {
            let Some(entry) = self.entries.get_mut(&(*owner, edge.source.name)) else { continue };
            for (open, personal) in entry.before.iter_mut().chain([&mut entry.after]) {
                lists.get(owner).cloned().unwrap_or_default().add_to(edge.field(), open, personal);
            }
        }
    }

    /// Remembers the rows of other tables that the write of a row updates.
    pub fn touch<E: TenantTable>(&mut self, row: &E::Model) -> Result<()> {
        for TouchedRow { table, column, raises_version } in E::TABLE.touches {
            let Some(id) = uuid::<E>(row, column)? else { continue };
            let raises = match raises_version {
                RaisesVersion::Always => true,
                RaisesVersion::Never => false,
                RaisesVersion::IfAny(columns) => {
                    let mut columns = columns.iter();
                    columns
                        .try_fold(false, |found, column| Ok::<_, Error>(found || uuid::<E>(row, column)?.is_some()))?
                }
            };
            *self.touched.entry(table).or_default().entry(id).or_default() |= raises;
        }
        Ok(())
    }

    /// Whether the version of a row rises with those of its parts; nothing, if the row is not updated with rows of other
    /// tables, or is changed by this transaction itself.
    pub fn touch_of(&self, table: &'static str, row: Uuid) -> Option<bool> {
        let raises = *self.touched.get(table)?.get(&row)?;
        (!self.entries.contains_key(&(row, table))).then_some(raises)
    }

    /// Replaces the tokens of the indexed fields whose text changed.
    pub fn index_row<E: TenantTable>(
        &mut self,
        tenant: &Tenant,
        row: Uuid,
        before: Option<&Image>,
        after: &Image,
    ) -> Result<()> {
        for indexed in E::TABLE.indexed {
            let before = before.and_then(|image| image.indexed_text(indexed));
            let after = after.indexed_text(indexed);
            if before != after {
                self.index_text(tenant, row, indexed.field.into(), indexed.normalization, before.is_some(), after)?;
            }
        }
        Ok(())
    }

    /// Replaces the tokens of one field; without a text, removes them. `stored` says that the index may have tokens of an
    /// earlier text.
    pub fn index_text(
        &mut self,
        tenant: &Tenant,
        row: Uuid,
        field: Cow<'static, str>,
        normalization: Normalization,
        stored: bool,
        text: Option<&str>,
    ) -> Result<()> {
        let hashes = match text {
            Some(text) => search::index_tokens(tenant, &field, normalization, text)?,
            None => Vec::new(),
        };
        if stored {
            self.stale_tokens.push((row, field.clone()));
        }
        self.tokens.insert((row, field), hashes);
        Ok(())
    }
}

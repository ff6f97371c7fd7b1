//! Permission to write: every row needs the write action of its table, whatever mutation writes it and why.
//!
//! So a list in the input of another type, a deletion that deletes more rows and a restoration that restores them need the
//! action of each row. The exceptions:
//!
//! - The registry lists, as `other_writes` of a table, the actions of mutations whose own rules say what they write. The
//!   mutation needs such an action in place of `write`: `service:work` starts and completes service records, `load:bill`
//!   bills loads, `recurring_service:write` books, moves and cancels the visits of its plans, and `custom_field:write`
//!   deletes, restores and rewrites the values of a field with the field, which have no meaning without it.
//! - A value of a custom field has no action of its own: it is written with the row that it belongs to.
//! - `updated_at` and `version` of a touched row follow from the row that touches it, and no client chooses them.
//! - Change records, search tokens, data keys, counters and idempotency keys are the store's own.
//! - A backfill writes for no client and changes the content of no row; the task that books visits writes what plans say.

use entity::change::Action as ChangeAction;
use error::{Error, Result};
use sea_orm::{ModelTrait, Value};

use super::{child_rows::ChildRowsImage, row::uuid, transaction::Tx};
use crate::{
    guard::{GuardedWrites, StateGuard},
    page::find_column,
    table::{Table, TenantTable},
};

impl Tx {
    /// Fails if the caller may not write a row.
    pub(super) fn require_write<E: TenantTable>(&self, row: &E::Model) -> Result<()> {
        match self.action {
            // `Store::write` has required it.
            Some(action) if E::TABLE.other_writes.contains(&action) => Ok(()),
            _ => self.caller().require(owner_table::<E>(row)?.write),
        }
    }

    /// Fails if the write of a row concerns a guarded state, and the caller lacks the action that it needs.
    pub(super) fn require_guarded<E: TenantTable>(
        &self,
        action: ChangeAction,
        before: Option<&E::Model>,
        after: &E::Model,
        children: &[ChildRowsImage],
    ) -> Result<()> {
        let concerns = |guard: &&StateGuard| concerns::<E>(guard, action, before, after, children);
        E::TABLE.guards.iter().filter(concerns).try_for_each(|guard| self.caller().require(guard.action))
    }
}

/// The table whose action writes a row: that of the row it belongs to, where it is written with that one.
fn owner_table<E: TenantTable>(row: &E::Model) -> Result<&'static Table> {
    let table = E::TABLE;
    if !table.written_with_owner {
        return Ok(table);
    }
    for touched in table.touches {
        if uuid::<E>(row, touched.column)?.is_some() {
            return Table::by_name(touched.table).ok_or_else(|| Error::internal(format!("no {}", touched.table)));
        }
    }
    Err(Error::internal(format!("a {} without its owner", table.name)))
}

/// Whether a guard concerns the write of a row.
fn concerns<E: TenantTable>(
    guard: &StateGuard,
    action: ChangeAction,
    before: Option<&E::Model>,
    after: &E::Model,
    children: &[ChildRowsImage],
) -> bool {
    let value = |row: &E::Model, name: &str| find_column::<E>(name).map(|column| row.get(column));
    let is_guarded = |row: &E::Model| match value(row, guard.column) {
        Some(Value::String(Some(state))) => guard.states.contains(&state.as_str()),
        _ => false,
    };
    let differs = |name: &str| before.is_some_and(|before| value(before, name) != value(after, name));
    let moves = differs(guard.column);
    match guard.writes {
        GuardedWrites::Entry => action == ChangeAction::Update && moves && is_guarded(after),
        GuardedWrites::All(fields) => {
            let is_changed = |field: &str| differs(field) || children.iter().any(|list| list.name == field);
            (is_guarded(after) || before.is_some_and(is_guarded))
                && (action != ChangeAction::Update || moves || fields.iter().any(|field| is_changed(field)))
        }
    }
}

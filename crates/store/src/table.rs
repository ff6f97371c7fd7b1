//! Tables as the store knows them: who may read and write each, which columns are personal, and what derives from its rows.

use access::Action;
use sea_orm::{ActiveEnum, EntityTrait, IdenStatic, Iterable, ModelTrait, prelude::Uuid};

use crate::{camel_case::camel_case, guard::StateGuard, touch::TouchedRow};
pub use crate::{
    indexed_field::{IndexedField, Normalization},
    row_rule::{Assignment, RowRule},
};

/// What the store knows about a table, so that no mutation has to.
#[derive(Debug)]
pub struct Table {
    /// Its name in the database and in the change log.
    pub name: &'static str,
    /// The prefix of its ids outside; empty for child rows, which have no id outside.
    pub prefix: &'static str,
    /// The action that a caller must be allowed to read its rows.
    pub read: Action,
    /// The action that a caller must be allowed to write its rows.
    pub write: Action,
    /// The actions of mutations with rules of their own, which write its rows in place of `write`.
    pub other_writes: &'static [Action],
    /// Whether a row is written with the row that it belongs to, the first one that it touches, by the action of that table.
    pub written_with_owner: bool,
    /// The states of its rows that need a further action.
    pub guards: &'static [StateGuard],
    /// Whether its rows have a version, times and change records of their own. Child rows have none.
    pub audited: bool,
    /// The owner of the key that seals its personal columns.
    pub key_owner: KeyOwner,
    /// The columns of ciphertext, and what they contain.
    pub sealed: &'static [(&'static str, SealedFormat)],
    /// The columns of plain text that may be personal: the change log seals them.
    pub personal: &'static [&'static str],
    /// The columns `x` that have a folded companion `x_key`.
    pub folded: &'static [&'static str],
    /// The columns that have another name in the schema.
    pub schema_names: &'static [(&'static str, &'static str)],
    /// The fields in the blind index.
    pub indexed: &'static [IndexedField],
    /// The columns that the change log leaves out, besides those of every table.
    pub unlogged: &'static [&'static str],
    /// The column of a child table that holds the id of the row the child belongs to.
    pub owner_column: Option<&'static str>,
    /// The rows of other tables that a write of this table updates.
    pub touches: &'static [TouchedRow],
    /// Which rows exist for a caller, beyond tenant and liveness.
    pub row_rule: RowRule,
}

/// Two tables are equal if they have one name.
impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The owner of the data key that seals a row.
#[derive(Debug)]
pub enum KeyOwner {
    /// The tenant.
    Tenant,
    /// The row itself, which is a customer.
    Row,
    /// The customer whose id is in a column; the tenant if the column is null.
    Column(&'static str),
}

/// What a sealed column contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedFormat {
    /// Text.
    Text,
    /// JSON.
    Json,
}

/// A table whose rows each belong to one tenant.
pub trait TenantTable: EntityTrait<Model: Row<Entity = Self>, Column: Iterable + IdenStatic> {
    /// Its entry in the registry.
    const TABLE: &'static Table;
}

/// A row of such a table.
pub trait Row: ModelTrait + Default + PartialEq + Send + Sync + 'static {
    /// The row's id.
    fn id(&self) -> Uuid;
}

/// What is done with the type of a table that is known by its entry only.
pub trait TableVisitor {
    /// What it returns.
    type Output;

    /// Does it with the type.
    fn visit<E: TenantTable>(self) -> Self::Output;
}

pub(crate) const DEFAULTS: Table = Table {
    name: "",
    prefix: "",
    read: Action::TenantRead,
    write: Action::TenantWrite,
    other_writes: &[],
    written_with_owner: false,
    guards: &[],
    audited: true,
    key_owner: KeyOwner::Tenant,
    sealed: &[],
    personal: &[],
    folded: &[],
    schema_names: &[],
    indexed: &[],
    unlogged: &[],
    owner_column: None,
    touches: &[],
    row_rule: RowRule::None,
};

/// A text that the blind index covers.
pub(crate) const fn indexed(field: &'static str, pointer: &'static str, normalization: Normalization) -> IndexedField {
    IndexedField { field, pointer, normalization }
}

impl Table {
    /// The name of a column's field in the schema.
    pub fn schema_name(&self, column: &str) -> String {
        let renamed = self.schema_names.iter().find(|(renamed, _)| *renamed == column);
        renamed.map_or_else(|| camel_case(column), |(_, name)| (*name).to_owned())
    }
}

/// The text of an enum value in the database.
pub fn enum_text<T: ActiveEnum<Value = String>>(value: &T) -> String {
    value.to_value()
}

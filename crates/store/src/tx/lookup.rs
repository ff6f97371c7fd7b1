//! Lookups: the ways in which inputs name rows, and the rows that a transaction has found by them.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, HashSet},
    marker::PhantomData,
    sync::Arc,
};

use access::Caller;
use error::Result;
use sea_orm::{
    EntityTrait, QueryResult,
    prelude::Uuid,
    sea_query::{LockType, SelectStatement},
};

use crate::{
    filter::{Deleted, Filter},
    page::RowQuery,
    table::{Row, Table, TenantTable},
};

/// A way in which rows are looked up by texts.
pub trait Lookup: Sized + Send + Sync + 'static {
    /// The rows.
    type Entity: TenantTable;
    /// Whether deleted rows are looked up, too.
    const DELETED: Deleted;
    /// How the rows are locked until the transaction ends, on PostgreSQL: on SQLite the transaction itself is the lock.
    const LOCK: Option<LockType>;
    /// Whether rows are found that the caller may not see, for a rule that must know them.
    const UNRESTRICTED: bool = false;

    /// The rows that some texts find.
    fn filter(texts: &[String]) -> Filter;

    /// Tells of each text whether it finds a row. Made once for a row, and asked for every text of a list.
    fn finder(row: &ModelOf<Self>) -> impl Fn(&str) -> bool;
}

/// A row that a lookup finds.
pub type ModelOf<L> = <<L as Lookup>::Entity as EntityTrait>::Model;

/// The query of the rows that some texts find.
pub fn query<L: Lookup>(caller: &Caller, texts: &[String]) -> Result<RowQuery<L::Entity>> {
    if !L::UNRESTRICTED {
        caller.require(<L::Entity as TenantTable>::TABLE.read)?;
    }
    let query = RowQuery { unrestricted: L::UNRESTRICTED, ..RowQuery::new() };
    Ok(query.deleted(L::DELETED).filter(L::filter(texts)))
}

/// What a transaction has looked up, and what its rehearsal waits for.
#[derive(Default)]
pub struct Lookups {
    /// Whether the operations that run are rehearsed.
    pub is_rehearsal: bool,
    found: HashMap<TypeId, Box<dyn FoundRows>>,
    wanted: HashMap<TypeId, Box<dyn WantedRows>>,
}

/// The rows that the texts of one lookup find.
struct Found<L: Lookup>(HashMap<String, Vec<Arc<ModelOf<L>>>>);

/// The texts of one lookup that a rehearsal waits for.
struct Wanted<L>(HashSet<String>, PhantomData<L>);

/// The found rows of a lookup without its type.
trait FoundRows: Any + Send {
    fn as_any(&mut self) -> &mut dyn Any;

    /// Forgets what finds a row of a table.
    fn forget(&mut self, table: &'static Table, row: &dyn Any);
}

/// The wanted texts of a lookup without its type.
pub trait WantedRows: Any + Send {
    /// The texts by their type.
    fn as_any(&mut self) -> &mut dyn Any;

    /// The table of the rows.
    fn table(&self) -> &'static Table;

    /// The statement that reads the rows.
    fn statement(&self, caller: &Caller) -> Result<SelectStatement>;

    /// How the rows are locked.
    fn lock(&self) -> Option<LockType>;

    /// Remembers the rows that the statement returned.
    fn remember(self: Box<Self>, caller: &Caller, rows: &[QueryResult], lookups: &mut Lookups) -> Result<()>;
}

impl<L: Lookup> FoundRows for Found<L> {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn forget(&mut self, table: &'static Table, row: &dyn Any) {
        if table == <L::Entity as TenantTable>::TABLE
            && let Some(row) = row.downcast_ref::<ModelOf<L>>()
        {
            let finds = L::finder(row);
            self.0.retain(|text, found| !finds(text) && found.iter().all(|other| other.id() != row.id()));
        }
    }
}

impl<L: Lookup> WantedRows for Wanted<L> {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn table(&self) -> &'static Table {
        <L::Entity as TenantTable>::TABLE
    }

    fn statement(&self, caller: &Caller) -> Result<SelectStatement> {
        query::<L>(caller, &self.texts())?.statement(caller)
    }

    fn lock(&self) -> Option<LockType> {
        L::LOCK
    }

    fn remember(self: Box<Self>, caller: &Caller, rows: &[QueryResult], lookups: &mut Lookups) -> Result<()> {
        let texts = self.texts();
        let query = query::<L>(caller, &texts)?;
        let rows = rows.iter().map(|row| query.row(row, 0).map(|row| row.model)).collect::<Result<Vec<_>>>()?;
        lookups.remember::<L>(texts, &rows);
        Ok(())
    }
}

impl<L> Wanted<L> {
    /// The texts, in one order for one statement text.
    fn texts(&self) -> Vec<String> {
        let mut texts: Vec<_> = self.0.iter().cloned().collect();
        texts.sort_unstable();
        texts
    }
}

impl Lookups {
    /// Forgets what finds a row that is written.
    pub fn forget<E: TenantTable>(&mut self, row: &E::Model) {
        self.found.values_mut().for_each(|found| found.forget(E::TABLE, row));
    }

    /// The rows that all texts find, each once; nothing, if one was not looked up yet.
    pub fn get<L: Lookup>(&mut self, texts: &[String]) -> Option<Vec<Arc<ModelOf<L>>>> {
        let found = self.found::<L>()?;
        let mut ids: HashSet<Uuid> = HashSet::new();
        let mut rows = Vec::new();
        for text in texts {
            rows.extend(found.get(text)?.iter().filter(|row| ids.insert(row.id())).cloned());
        }
        Some(rows)
    }

    /// Notes that a rehearsed operation waits for the rows that some texts find.
    pub fn want<L: Lookup>(&mut self, texts: &[String]) {
        let wanted =
            self.wanted.entry(TypeId::of::<L>()).or_insert_with(|| Box::new(Wanted::<L>(HashSet::new(), PhantomData)));
        if let Some(Wanted(wanted, _)) = wanted.as_any().downcast_mut::<Wanted<L>>() {
            wanted.extend(texts.iter().cloned());
        }
    }

    /// What the rehearsed operations wait for, in one order for all transactions, so that two never wait for each other's
    /// locks.
    pub fn take_wanted(&mut self) -> Vec<Box<dyn WantedRows>> {
        let mut wanted: Vec<_> = std::mem::take(&mut self.wanted).into_values().collect();
        wanted.sort_by_key(|wanted| (wanted.table().name, wanted.lock().is_none()));
        wanted
    }

    /// Remembers the rows that some texts find.
    pub fn remember<L: Lookup>(&mut self, texts: Vec<String>, rows: &[Arc<ModelOf<L>>]) {
        let finders: Vec<_> = rows.iter().map(|row| (L::finder(row), row)).collect();
        if let Some(found) = self.found::<L>() {
            found.extend(texts.into_iter().map(|text| {
                let rows = finders.iter().filter(|(finds, _)| finds(&text)).map(|(_, row)| Arc::clone(row)).collect();
                (text, rows)
            }));
        }
    }

    fn found<L: Lookup>(&mut self) -> Option<&mut HashMap<String, Vec<Arc<ModelOf<L>>>>> {
        let found = self.found.entry(TypeId::of::<L>()).or_insert_with(|| Box::new(Found::<L>(HashMap::new())));
        found.as_any().downcast_mut::<Found<L>>().map(|Found(found)| found)
    }
}

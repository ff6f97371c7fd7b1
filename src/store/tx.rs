//! The only way to write: rows, and with each of them all that derives from it.
//!
//! A verb hands a `Tx` whole rows, with personal text still plain. The `Tx` folds, seals, compares with what stood
//! there, writes what differs, and remembers what the change log, the blind index and the customer's `updatedAt` need;
//! those are written once, at commit. Dropped without commit, nothing of it happened.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use entity::{Sealed, change::Action as Happened, data_key};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExprTrait, FromQueryResult, IdenStatic, Iterable,
    ModelTrait, QueryResult, RuntimeErr, SqlErr, Value,
    prelude::{Expr, Uuid},
    sea_query::{Alias, DeleteStatement, InsertStatement, Query, SelectStatement, UpdateStatement},
};
use serde_json::{Map, Value as Json};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    clock,
    edge::{Edge, Via},
    fold::fold,
    ledger::{self, Entry, camel},
    owned::{Form, Owned, Row, Subject, Table},
    page::Find,
    search,
    session::Session,
    vault::{DataKey, Place},
};
use crate::{
    access::Caller,
    error::{Code, Error, Result, Violation},
};

/// One write in progress.
pub struct Tx {
    session: Arc<Session>,
    db: DatabaseTransaction,
    at: DateTime<Utc>,
    pending: Mutex<Pending>,
    _turn: Option<OwnedSemaphorePermit>,
}

/// What is written at commit, and what later writes of the same transaction need to know.
#[derive(Default)]
struct Pending {
    entries: BTreeMap<(Uuid, &'static str), Entry>,
    touched: HashSet<Uuid>,
    stale_tokens: Vec<(Uuid, &'static str)>,
    tokens: Vec<(Vec<u8>, Uuid, &'static str)>,
    keys: HashMap<Option<Uuid>, (data_key::Model, DataKey)>,
}

/// What the list of a row's parts was and is, for the image of their owner.
#[derive(Debug)]
pub struct Parts {
    name: &'static str,
    before: (Json, Json),
    after: (Json, Json),
}

/// A row in the forms a write needs.
struct Image {
    /// What can never be personal.
    open: Map<String, Json>,
    /// What may be.
    personal: Map<String, Json>,
}

impl Tx {
    pub(super) async fn begin(session: &Arc<Session>) -> Result<Self> {
        let (db, turn) = session.db.begin().await?;
        Ok(Self { session: session.clone(), db, at: clock::now(), pending: Mutex::default(), _turn: turn })
    }

    /// Who writes.
    pub fn caller(&self) -> &Caller {
        &self.session.caller
    }

    /// The settings of the tenant that is written to.
    pub fn tenant(&self) -> &entity::tenant::Model {
        &self.session.tenant.row
    }

    /// When all of this happens.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Begins a list of the rows that exist for the caller, as they stand in this transaction.
    pub fn find<E: Owned>(&self) -> Result<Find<E>> {
        self.caller().require(E::TABLE.read)?;
        Ok(Find::begin())
    }

    /// The rows of a list.
    pub async fn all<E: Owned>(&self, find: &Find<E>) -> Result<Vec<E::Model>> {
        self.read(find, find.statement(self.caller())?).await
    }

    /// The first row of a list.
    pub async fn one<E: Owned>(&self, find: &Find<E>) -> Result<Option<E::Model>> {
        Ok(self.all(find).await?.into_iter().next())
    }

    /// How many rows a list has.
    pub async fn count<E: Owned>(&self, find: &Find<E>) -> Result<u64> {
        let rows = self.rows(&find.count_statement(self.caller())?).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The rows of a list, held until the end: nobody else changes them. They are locked in the order of their ids, so
    /// that two writers never wait for each other.
    pub async fn lock<E: Owned>(&self, find: &Find<E>) -> Result<Vec<E::Model>> {
        let mut select = find.statement(self.caller())?;
        // On SQLite the transaction itself is the lock.
        if self.session.db.backend() == DbBackend::Postgres {
            select.lock_exclusive();
        }
        self.read(find, select).await
    }

    /// Writes a new row of this tenant.
    pub async fn insert<E: Owned>(&self, mut row: E::Model) -> Result<E::Model> {
        let table = E::TABLE;
        set::<E>(&mut row, "tenant_id", self.caller().tenant)?;
        if row.id().is_nil() {
            set::<E>(&mut row, "id", Uuid::now_v7())?;
        }
        if table.records {
            set::<E>(&mut row, "version", 1)?;
            set::<E>(&mut row, "created_at", self.at)?;
            set::<E>(&mut row, "updated_at", self.at)?;
        }
        let subject = subject::<E>(&row)?;
        let key = self.data_key(subject).await?;
        let image = self.image::<E>(&row, &key)?;
        fold_into::<E>(&mut row)?;
        self.seal::<E>(&mut row, &key)?;
        let mut insert = Query::insert();
        insert.into_table(Alias::new(table.name)).columns(E::Column::iter());
        insert.values_panic(E::Column::iter().map(|column| Expr::val(row.get(column))));
        self.execute_insert(table, &insert).await?;
        if table.records {
            self.index::<E>(row.id(), None, &image)?;
            self.touch::<E>(&row)?;
            self.record(table, row.id(), subject, Happened::Create, None, image);
        }
        Ok(row)
    }

    /// Writes what differs from the row as it was read and locked; nothing, if nothing does.
    pub async fn update<E: Owned>(&self, before: &E::Model, after: E::Model) -> Result<E::Model> {
        self.rewrite::<E>(before, after, Vec::new()).await
    }

    /// The same for a row whose parts were replaced: a change of a part is a change of its owner.
    pub async fn rewrite<E: Owned>(&self, before: &E::Model, after: E::Model, parts: Vec<Parts>) -> Result<E::Model> {
        self.change::<E>(before, after, parts, Happened::Update).await
    }

    /// Hides a row. All rows hidden under one stamp come back together.
    pub async fn delete<E: Owned>(&self, before: &E::Model, stamp: Uuid) -> Result<E::Model> {
        let mut after = before.clone();
        set::<E>(&mut after, "deleted_at", Some(self.at))?;
        set::<E>(&mut after, "deleted_with", Some(stamp))?;
        self.change::<E>(before, after, Vec::new(), Happened::Delete).await
    }

    /// Shows a hidden row again.
    pub async fn restore<E: Owned>(&self, before: &E::Model) -> Result<E::Model> {
        let mut after = before.clone();
        set::<E>(&mut after, "deleted_at", None::<DateTime<Utc>>)?;
        set::<E>(&mut after, "deleted_with", None::<Uuid>)?;
        self.change::<E>(before, after, Vec::new(), Happened::Restore).await
    }

    /// Replaces the parts of an owner, in order.
    pub async fn replace<E: Owned>(
        &self,
        edge: &'static Edge,
        owner: Uuid,
        before: &[E::Model],
        rows: Vec<E::Model>,
    ) -> Result<Parts> {
        let Via::Far(owner_column) = edge.via else { return Err(Error::internal("parts are found by their owner")) };
        let name = edge.name.split_once('.').map_or(edge.name, |(_, name)| name);
        let mut images = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
        for row in before {
            let key = self.data_key(subject::<E>(row)?).await?;
            let image = self.image::<E>(row, &key)?;
            images[0].0.push(Json::Object(image.open));
            images[0].1.push(Json::Object(image.personal));
        }
        let mut insert = Query::insert();
        insert.into_table(Alias::new(E::TABLE.name)).columns(E::Column::iter());
        let mut written = 0;
        for (position, mut row) in rows.into_iter().enumerate() {
            set::<E>(&mut row, "tenant_id", self.caller().tenant)?;
            set::<E>(&mut row, "id", Uuid::now_v7())?;
            set::<E>(&mut row, owner_column, owner)?;
            set::<E>(&mut row, "position", i32::try_from(position).map_err(Error::internal)?)?;
            let key = self.data_key(subject::<E>(&row)?).await?;
            let image = self.image::<E>(&row, &key)?;
            images[1].0.push(Json::Object(image.open));
            images[1].1.push(Json::Object(image.personal));
            fold_into::<E>(&mut row)?;
            self.seal::<E>(&mut row, &key)?;
            insert.values_panic(E::Column::iter().map(|column| Expr::val(row.get(column))));
            written += 1;
        }
        if !before.is_empty() {
            let mut delete = Query::delete();
            delete.from_table(Alias::new(E::TABLE.name));
            delete.and_where(Expr::col("tenant_id").eq(self.caller().tenant));
            delete.and_where(Expr::col(owner_column).eq(owner));
            self.execute_delete(&delete).await?;
        }
        if written > 0 {
            self.execute_insert(E::TABLE, &insert).await?;
        }
        let [before, after] = images.map(|(open, personal)| (Json::Array(open), Json::Array(personal)));
        Ok(Parts { name, before, after })
    }

    /// The next number of a counter of the tenant.
    pub async fn next_number(&self, name: &str) -> Result<i64> {
        // One statement on both databases: the first number makes the counter, every other one raises it.
        let sql = "INSERT INTO counter (tenant_id, name, value) VALUES ($1, $2, 1) \
                   ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + 1 RETURNING value";
        let values = [self.caller().tenant.into(), name.into()];
        self.session.count();
        let statement = sea_orm::Statement::from_sql_and_values(self.session.db.backend(), sql, values);
        let row = self.db.query_one_raw(statement).await?.ok_or_else(|| Error::internal("no counter"))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// The text of a sealed column of a row, for a rule that must know it.
    pub async fn open<E: Owned>(&self, row: &E::Model, column: &'static str, sealed: &Sealed) -> Result<String> {
        if let Some(plain) = sealed.as_plain() {
            return Ok(plain.to_owned());
        }
        let key = self.data_key(subject::<E>(row)?).await?;
        key.open(sealed, self.place(E::TABLE.name, column, row.id()))
    }

    /// Writes the records and ends the transaction.
    pub(super) async fn commit(self) -> Result<()> {
        let pending = std::mem::take(&mut *self.pending());
        let entries: Vec<_> = pending.entries.into_iter().collect();
        if !entries.is_empty() {
            let mut keyed = Vec::with_capacity(entries.len());
            for ((row, table), entry) in entries {
                let key = match pending.keys.get(&entry.subject) {
                    Some((_, key)) => key.clone(),
                    None => self.data_key(entry.subject).await?,
                };
                keyed.push((row, table, entry, key));
            }
            for some in keyed.chunks(500) {
                let insert = ledger::insert(some, &self.session.caller, self.at)?;
                self.execute_insert(<entity::change::Entity as Owned>::TABLE, &insert).await?;
            }
        }
        if !pending.stale_tokens.is_empty() {
            let mut any = sea_orm::Condition::any();
            for (row, field) in &pending.stale_tokens {
                any = any.add(Expr::col("row_id").eq(*row).and(Expr::col("field").eq(*field)));
            }
            let mut delete = Query::delete();
            delete.from_table("search_token").and_where(Expr::col("tenant_id").eq(self.caller().tenant));
            delete.cond_where(any);
            self.execute_delete(&delete).await?;
        }
        for some in pending.tokens.chunks(5_000) {
            let mut insert = Query::insert();
            insert.into_table("search_token").columns(["tenant_id", "token", "row_id", "field"]);
            for (token, row, field) in some {
                insert.values_panic([
                    self.caller().tenant.into(),
                    token.clone().into(),
                    (*row).into(),
                    (*field).into(),
                ]);
            }
            self.session.count();
            self.db.execute(&insert).await?;
        }
        if !pending.touched.is_empty() {
            let mut update = Query::update();
            update.table("customer").value("updated_at", self.at);
            update.and_where(Expr::col("tenant_id").eq(self.caller().tenant));
            update.and_where(Expr::col("id").is_in(pending.touched));
            self.execute_update(<entity::customer::Entity as Owned>::TABLE, &update).await?;
        }
        let Self { session, db, .. } = self;
        db.commit().await?;
        session.db.wrote();
        for (row, _) in pending.keys.into_values() {
            session.db.vault.open_key(&session.tenant.keys, &row)?;
        }
        Ok(())
    }

    async fn change<E: Owned>(
        &self,
        before: &E::Model,
        mut after: E::Model,
        parts: Vec<Parts>,
        happened: Happened,
    ) -> Result<E::Model> {
        let table = E::TABLE;
        let subject = subject::<E>(&after)?;
        if self::subject::<E>(before)? != subject {
            return Err(Error::internal(format!("a {} does not change hands", table.name)));
        }
        let key = self.data_key(subject).await?;
        let (mut old, mut new) = (self.image::<E>(before, &key)?, self.image::<E>(&after, &key)?);
        let id = before.id();
        for part in parts {
            // Parts that a second write of this transaction replaces stood there before the first, too.
            if let Some(Entry { before: Some(first), .. }) = self.pending().entries.get_mut(&(id, table.name))
                && !first.0.contains_key(part.name)
            {
                add(&mut first.0, &mut first.1, part.name, part.before.clone());
            }
            old.add(part.name, part.before);
            new.add(part.name, part.after);
        }
        if old.open == new.open && old.personal == new.personal {
            return Ok(before.clone());
        }
        // One transaction is one change of a row, and one step of its version.
        let first = !self.pending().entries.contains_key(&(id, table.name));
        if let (true, Some(Value::Int(Some(version)))) =
            (first, column::<E>("version").map(|column| before.get(column)))
        {
            set::<E>(&mut after, "version", version + 1)?;
        }
        set::<E>(&mut after, "updated_at", self.at)?;
        fold_into::<E>(&mut after)?;
        self.keep_sealed::<E>(before, &mut after, &key)?;
        self.seal::<E>(&mut after, &key)?;
        let mut update = Query::update();
        update.table(Alias::new(table.name));
        let mut differs = false;
        for column in E::Column::iter() {
            let value = after.get(column);
            if value != before.get(column) {
                update.value(column, value);
                differs = true;
            }
        }
        // A row made in this transaction and then given its parts has no column that differs.
        if differs {
            update.and_where(Expr::col("tenant_id").eq(self.caller().tenant)).and_where(Expr::col("id").eq(id));
            self.execute_update(table, &update).await?;
        }
        self.index::<E>(id, Some(&old), &new)?;
        self.touch::<E>(&after)?;
        self.record(table, id, subject, happened, Some(old), new);
        if table.name == "tenant" {
            self.session.db.forget_tenant(id);
        }
        Ok(after)
    }

    fn record(
        &self,
        table: &'static Table,
        row: Uuid,
        subject: Option<Uuid>,
        happened: Happened,
        before: Option<Image>,
        after: Image,
    ) {
        let mut pending = self.pending();
        let entry = pending.entries.entry((row, table.name)).or_insert_with(|| Entry {
            subject,
            happened,
            before: before.map(|image| (image.open, image.personal)),
            after: (Map::new(), Map::new()),
        });
        // A row made or hidden in this transaction stays so, whatever else was written to it.
        if entry.happened == Happened::Update {
            entry.happened = happened;
        }
        // Parts replaced earlier in this transaction stay part of the owner's image.
        for (earlier, later) in [(&mut entry.after.0, after.open), (&mut entry.after.1, after.personal)] {
            earlier.extend(later);
        }
    }

    /// Every column of a row as it appears in the log.
    fn image<E: Owned>(&self, row: &E::Model, key: &DataKey) -> Result<Image> {
        let table = E::TABLE;
        let mut image = Image { open: Map::new(), personal: Map::new() };
        for column in E::Column::iter() {
            let name = column.as_str();
            if ledger::hidden(table, name) {
                continue;
            }
            let value = row.get(column);
            if let Some((sealed_name, form)) = table.sealed.iter().find(|(sealed, _)| *sealed == name) {
                let Value::Bytes(Some(bytes)) = value else { continue };
                let sealed = Sealed(bytes);
                let text = match sealed.as_plain() {
                    Some(plain) => plain.to_owned(),
                    None => key.open(&sealed, self.place(table.name, sealed_name, row.id()))?,
                };
                let shown = match form {
                    Form::Text => Json::String(text),
                    Form::Json => serde_json::from_str(&text).map_err(Error::internal)?,
                };
                image.personal.insert(camel(name.strip_suffix("_sealed").unwrap_or(name)), shown);
            } else if table.personal.contains(&name) {
                let shown = super::value::image(&value);
                if shown != Json::Null {
                    image.personal.insert(camel(name), shown);
                }
            } else {
                image.open.insert(camel(name), super::value::image(&value));
            }
        }
        Ok(image)
    }

    /// A sealed value that did not change keeps its ciphertext.
    fn keep_sealed<E: Owned>(&self, before: &E::Model, after: &mut E::Model, key: &DataKey) -> Result<()> {
        for (name, _) in E::TABLE.sealed {
            let Some(column) = column::<E>(name) else { continue };
            let (Value::Bytes(Some(old)), Value::Bytes(Some(new))) = (before.get(column), after.get(column)) else {
                continue;
            };
            let (old, new) = (Sealed(old), Sealed(new));
            let Some(plain) = new.as_plain() else { continue };
            if key.open(&old, self.place(E::TABLE.name, name, before.id()))? == plain {
                after.set(column, Value::Bytes(Some(old.0)));
            }
        }
        Ok(())
    }

    fn seal<E: Owned>(&self, row: &mut E::Model, key: &DataKey) -> Result<()> {
        for (name, _) in E::TABLE.sealed {
            let Some(column) = column::<E>(name) else { continue };
            let Value::Bytes(Some(bytes)) = row.get(column) else { continue };
            if let Some(plain) = Sealed(bytes).as_plain() {
                let sealed = key.seal(plain, self.place(E::TABLE.name, name, row.id()))?;
                row.set(column, Value::Bytes(Some(sealed.0)));
            }
        }
        Ok(())
    }

    /// Replaces the tokens of the indexed fields whose text changed.
    fn index<E: Owned>(&self, row: Uuid, before: Option<&Image>, after: &Image) -> Result<()> {
        let text = |image: &Image, pointer: &str| {
            // A pointer into the personal part; a map is looked into as JSON.
            let mut parts = pointer.trim_start_matches('/').splitn(2, '/');
            let first = image.personal.get(parts.next().unwrap_or_default())?;
            let found = match parts.next() {
                Some(rest) => first.pointer(&format!("/{rest}"))?,
                None => first,
            };
            found.as_str().map(str::to_owned)
        };
        for token in E::TABLE.tokens {
            let old = before.and_then(|image| text(image, token.pointer));
            let new = text(after, token.pointer);
            if old == new {
                continue;
            }
            let tokens = match &new {
                Some(new) => search::of(&self.session.tenant.keys, token.field, token.kind, new)?,
                None => Vec::new(),
            };
            let mut pending = self.pending();
            pending.tokens.retain(|(_, known, field)| *known != row || *field != token.field);
            if old.is_some() {
                pending.stale_tokens.push((row, token.field));
            }
            pending.tokens.extend(tokens.into_iter().map(|hash| (hash, row, token.field)));
        }
        Ok(())
    }

    fn touch<E: Owned>(&self, row: &E::Model) -> Result<()> {
        if let Some(name) = E::TABLE.touches
            && let Some(customer) = uuid::<E>(row, name)?
        {
            self.pending().touched.insert(customer);
        }
        Ok(())
    }

    /// The data key of a subject, made when it is first needed.
    async fn data_key(&self, subject: Option<Uuid>) -> Result<DataKey> {
        let tenant = self.caller().tenant;
        if let Some(key) = self.session.db.vault.key_of(tenant, subject) {
            return Ok(key);
        }
        if let Some((_, key)) = self.pending().keys.get(&subject) {
            return Ok(key.clone());
        }
        let keys = &self.session.tenant.keys;
        let mut select = Query::select();
        select.columns(data_key::Column::iter()).from("data_key").and_where(Expr::col("tenant_id").eq(tenant));
        select.and_where(match subject {
            Some(customer) => Expr::col("customer_id").eq(customer),
            None => Expr::col("customer_id").is_null(),
        });
        if let Some(row) = self.rows(&select).await?.first() {
            return self.session.db.vault.open_key(keys, &data_key::Model::from_query_result(row, "")?);
        }
        let id = Uuid::now_v7();
        let row = data_key::Model {
            tenant_id: tenant,
            id,
            customer_id: subject,
            wrapped: keys.new_data_key(id)?,
            created_at: self.at,
        };
        let mut insert = Query::insert();
        insert.into_table("data_key").columns(data_key::Column::iter());
        insert.values_panic(data_key::Column::iter().map(|column| Expr::val(row.get(column))));
        self.session.count();
        self.db.execute(&insert).await?;
        let key = keys.open_data_key(&row)?;
        self.pending().keys.insert(subject, (row, key.clone()));
        Ok(key)
    }

    fn place(&self, table: &'static str, column: &'static str, row: Uuid) -> Place {
        Place { tenant: self.caller().tenant, table, column, row }
    }

    async fn read<E: Owned>(&self, find: &Find<E>, select: SelectStatement) -> Result<Vec<E::Model>> {
        let rows = self.rows(&select).await?;
        rows.iter().map(|row| find.row(row, 0).map(|(row, _)| Arc::unwrap_or_clone(row))).collect()
    }

    async fn rows(&self, select: &SelectStatement) -> Result<Vec<QueryResult>> {
        self.session.count();
        Ok(self.db.query_all(select).await?)
    }

    async fn execute_insert(&self, table: &'static Table, insert: &InsertStatement) -> Result<()> {
        self.session.count();
        self.db.execute(insert).await.map_err(|error| broken(table, error))?;
        Ok(())
    }

    async fn execute_update(&self, table: &'static Table, update: &UpdateStatement) -> Result<()> {
        self.session.count();
        self.db.execute(update).await.map_err(|error| broken(table, error))?;
        Ok(())
    }

    async fn execute_delete(&self, delete: &DeleteStatement) -> Result<()> {
        self.session.count();
        self.db.execute(delete).await?;
        Ok(())
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Image {
    fn add(&mut self, name: &str, part: (Json, Json)) {
        add(&mut self.open, &mut self.personal, name, part);
    }
}

/// Adds a list of parts to both halves of an image.
fn add(open: &mut Map<String, Json>, personal: &mut Map<String, Json>, name: &str, part: (Json, Json)) {
    let said = part.1.as_array().is_some_and(|parts| parts.iter().any(|part| part != &Json::Object(Map::new())));
    if said {
        personal.insert(name.to_owned(), part.1);
    }
    open.insert(name.to_owned(), part.0);
}

fn column<E: Owned>(name: &str) -> Option<E::Column> {
    super::page::column_named::<E>(name)
}

fn set<E: Owned>(row: &mut E::Model, name: &str, value: impl Into<Value>) -> Result<()> {
    let column = column::<E>(name).ok_or_else(|| Error::internal(format!("{} has no {name}", E::TABLE.name)))?;
    Ok(row.try_set(column, value.into())?)
}

fn uuid<E: Owned>(row: &E::Model, name: &str) -> Result<Option<Uuid>> {
    match column::<E>(name).map(|column| row.get(column)) {
        Some(Value::Uuid(id)) => Ok(id),
        _ => Err(Error::internal(format!("{} has no id {name}", E::TABLE.name))),
    }
}

fn subject<E: Owned>(row: &E::Model) -> Result<Option<Uuid>> {
    match E::TABLE.subject {
        Subject::Tenant => Ok(None),
        Subject::Row => Ok(Some(row.id())),
        Subject::Column(name) => uuid::<E>(row, name),
    }
}

/// Writes the folded companion of every text that has one.
fn fold_into<E: Owned>(row: &mut E::Model) -> Result<()> {
    for name in E::TABLE.folded {
        let Some(text) = column::<E>(name) else { continue };
        let folded = match row.get(text) {
            Value::String(Some(text)) => Value::String(Some(fold(&text))),
            _ => Value::String(None),
        };
        set::<E>(row, &format!("{name}_key"), folded)?;
    }
    Ok(())
}

/// A constraint that was lost to a race, told as the rule it guards.
fn broken(table: &'static Table, error: DbErr) -> Error {
    let told = match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => constraint(table, &message, "uq_").map(|field| {
            let message = format!("Another {} of this tenant has this {field} already.", table.name.replace('_', " "));
            Violation::new(Code::Taken, &[&field], message)
        }),
        Some(SqlErr::ForeignKeyConstraintViolation(message)) => constraint(table, &message, "fk_").map(|field| {
            let field = field.strip_suffix("Id").unwrap_or(&field).to_owned();
            Violation::new(Code::NotFound, &[&field], "There is no such row any more.")
        }),
        _ => None,
    };
    match told {
        Some(violation) => Error::Invalid(vec![violation]),
        None => Error::internal(match &error {
            DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) => inner.to_string(),
            other => other.to_string(),
        }),
    }
}

/// The field a constraint is about: from its name on PostgreSQL, from its columns on SQLite.
fn constraint(table: &Table, message: &str, kind: &str) -> Option<String> {
    let named = format!("{kind}{}_", table.name);
    let columns = match message.split_once(&named) {
        Some((_, rest)) => rest.split(['"', '\'']).next()?.to_owned(),
        None => {
            let of = format!("{}.", table.name);
            let columns = message.split(", ").filter_map(|part| part.rsplit_once(&of)).map(|(_, column)| column);
            columns.filter(|column| *column != "tenant_id").last()?.to_owned()
        }
    };
    Some(camel(columns.strip_suffix("_key").unwrap_or(&columns)))
}

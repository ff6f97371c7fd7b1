//! A customer's addresses and contacts, written as whole lists with the customer.
//!
//! An item updates the row with its id, else with its external reference. An item without an id updates the contact with
//! its name or the address with its street, or with its name, city and state where it has no street, so that the same input
//! sent again changes nothing. Encrypted texts are compared only for a caller who may read them. Any other item creates a
//! row. Rows without an item are soft-deleted, unless open work needs them.

use std::collections::{HashMap, HashSet};

use access::Action;
use entity::{Sealed, address, contact, custom_field_definition::OwnerType};
use error::{Code, Error, OfField, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, Row, TenantTable, Tx, fold, table::enum_text};

use crate::{
    address as addresses, contact as contacts,
    custom_field::{self, LoadedFields, ValueWrites},
    lookup::{self, external_reference},
    reference::{self, Reference},
    validator::Validator,
    value::FieldUpdate,
};

/// One item of such a list.
#[derive(Clone, Debug)]
pub struct Nested<D> {
    /// The id or external reference of the row to update.
    pub id: Option<Reference>,
    /// The fields to write.
    pub draft: D,
}

/// The whole list of a customer's addresses.
pub type Addresses = Vec<Nested<addresses::Draft>>;
/// The whole list of a customer's contacts.
pub type Contacts = Vec<Nested<contacts::Draft>>;

/// The most addresses, and the most contacts, in one input.
const MAX_CHILDREN: usize = 100;

/// The writes that both lists result in.
pub struct Children {
    addresses: ListWrites<address::Model>,
    contacts: ListWrites<contact::Model>,
}

/// The rows of one list to create, to update and to delete.
struct ListWrites<M> {
    created: Vec<(M, ValueWrites)>,
    updated: Vec<(M, M, ValueWrites)>,
    deleted: Vec<M>,
}

/// The rows that the items of a list name and the list does not have.
struct OtherRows {
    /// The external references that rows have, live or deleted, and the violation of an item that gives one of them.
    taken: HashMap<String, (Code, String)>,
    /// The references to deleted rows of the customer.
    deleted: HashSet<Reference>,
}

/// Loads the custom fields that a write of a customer needs, in one statement; in none, if it needs none.
pub async fn load_fields(
    tx: &Tx,
    customer: bool,
    addresses: &FieldUpdate<Addresses>,
    contacts: &FieldUpdate<Contacts>,
) -> Result<LoadedFields> {
    let mut owner_types = Vec::new();
    owner_types.extend(customer.then_some(OwnerType::Customer));
    owner_types.extend(addresses.value().map(|_| OwnerType::Address));
    owner_types.extend(contacts.value().map(|_| OwnerType::Contact));
    if owner_types.is_empty() { Ok(LoadedFields::default()) } else { LoadedFields::read(tx, &owner_types).await }
}

/// Compares both lists with the rows that the customer has. A new customer has none.
pub async fn prepare(
    tx: &Tx,
    validator: &mut Validator,
    fields: &mut LoadedFields,
    customer: Option<Uuid>,
    addresses: FieldUpdate<Addresses>,
    contacts: FieldUpdate<Contacts>,
) -> Result<Children> {
    let mut children = Children { addresses: ListWrites::none(), contacts: ListWrites::none() };
    if let Some(items) = addresses.list() {
        require_write::<address::Entity, _>(tx, customer, &items).of_field("addresses")?;
        let rows = rows_of::<address::Entity>(tx, customer).await?;
        let others =
            OtherRows::find::<address::Entity, _>(tx, customer, &rows, &items, |draft| &draft.external_reference)
                .await?;
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            let street = comparable::<address::Entity>(tx, &row, "street", row.street.as_ref()).await?;
            opened.push((row, street));
        }
        if items.iter().any(|item| !item.draft.custom_fields.is_empty()) {
            let ids: Vec<_> = opened.iter().map(|(row, _)| row.id).collect();
            fields.load_values(tx, OwnerType::Address, &ids).await?;
        }
        validator.check_max_items("addresses", items.len(), MAX_CHILDREN);
        children.addresses = validator
            .within("addresses", |validator| match_addresses(tx, validator, fields, items, opened, &others))?;
        for message in addresses::uses(tx, &ids(&children.addresses.deleted)).await? {
            let message = format!("An address that is not in the list cannot go: {message}");
            validator.fail(Code::InUse, "addresses", message);
        }
    }
    if let Some(items) = contacts.list() {
        require_write::<contact::Entity, _>(tx, customer, &items).of_field("contacts")?;
        let rows = rows_of::<contact::Entity>(tx, customer).await?;
        let others =
            OtherRows::find::<contact::Entity, _>(tx, customer, &rows, &items, |draft| &draft.external_reference)
                .await?;
        if items.iter().any(|item| !item.draft.custom_fields.is_empty()) {
            fields.load_values(tx, OwnerType::Contact, &ids(&rows)).await?;
        }
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            let name = comparable::<contact::Entity>(tx, &row, "name", row.name.as_ref()).await?;
            opened.push((row, name));
        }
        validator.check_max_items("contacts", items.len(), MAX_CHILDREN);
        children.contacts =
            validator.within("contacts", |validator| match_contacts(tx, validator, fields, items, opened, &others))?;
    }
    Ok(children)
}

impl Children {
    /// Writes both lists: first deletes, then updates, then creates, so that a role that moves from one row to another is
    /// free before the other row takes it.
    pub async fn write(self, tx: &Tx, customer: Uuid) -> Result<()> {
        let (stamp, owner) = (Uuid::now_v7(), Some(customer));
        custom_field::soft_delete_values(tx, OwnerType::Address, &ids(&self.addresses.deleted), stamp).await?;
        for row in self.addresses.deleted {
            tx.delete::<address::Entity>(&row, stamp).await?;
        }
        for (before, after, values) in self.addresses.updated {
            tx.update::<address::Entity>(&before, after).await?;
            values.write(tx, before.id, owner).await?;
        }
        for (row, values) in self.addresses.created {
            let row = addresses::insert(tx, owner, row).await?;
            values.write(tx, row.id, owner).await?;
        }
        custom_field::soft_delete_values(tx, OwnerType::Contact, &ids(&self.contacts.deleted), stamp).await?;
        for row in self.contacts.deleted {
            tx.delete::<contact::Entity>(&row, stamp).await?;
        }
        for (before, after, values) in self.contacts.updated {
            contacts::write_update(tx, &before, after).await?;
            values.write(tx, before.id, owner).await?;
        }
        for (row, values) in self.contacts.created {
            let row = contacts::insert(tx, customer, row).await?;
            values.write(tx, row.id, owner).await?;
        }
        Ok(())
    }
}

/// Refuses a list of rows that the caller may not write, before it is compared with rows: violations tell of those.
fn require_write<E: TenantTable, D>(tx: &Tx, customer: Option<Uuid>, items: &[Nested<D>]) -> Result<()> {
    if customer.is_some() || !items.is_empty() { tx.caller().require(E::TABLE.write) } else { Ok(()) }
}

/// Matches items with address rows, each of which comes with its opened street.
fn match_addresses(
    tx: &Tx,
    validator: &mut Validator,
    fields: &LoadedFields,
    items: Addresses,
    mut rows: Vec<(address::Model, Option<String>)>,
    others: &OtherRows,
) -> Result<ListWrites<address::Model>> {
    let mut writes = ListWrites::none();
    let named = named_ids::<_, address::Entity, _>(&rows, |(row, _)| row, &items, |draft| &draft.external_reference);
    let mut single_types = HashSet::new();
    for (index, mut item) in items.into_iter().enumerate() {
        validator.within(index, |validator| {
            let inputs = std::mem::take(&mut item.draft.custom_fields);
            let reference = trimmed(item.draft.external_reference.value());
            let position = position::<_, address::Entity>(&rows, |(row, _)| row, item.id.as_ref(), reference.as_ref());
            let position = position.or_else(|| {
                let is_same = |(row, street): &(address::Model, Option<String>)| {
                    !named.contains(&row.id) && is_same_address(&item.draft, row, street.as_deref())
                };
                rows.iter().position(is_same).filter(|_| item.id.is_none())
            });
            let before = position.map(|position| rows.remove(position).0);
            if before.is_none() {
                others.refuse_named::<address::Entity>(validator, item.id.as_ref(), reference.as_ref());
            }
            let row = addresses::read_draft(tx, validator, item.draft, before.clone().unwrap_or_default());
            if matches!(row.address_type, address::AddressType::Primary | address::AddressType::Billing)
                && !single_types.insert(row.address_type)
            {
                let message = format!("A customer has one {} address; the list has two.", enum_text(&row.address_type));
                validator.fail(Code::Taken, "type", message);
            }
            let values = fields.prepare(validator, OwnerType::Address, before.as_ref().map(|row| row.id), &inputs)?;
            writes.push(before, row, values);
            Ok::<_, Error>(())
        })?;
    }
    writes.deleted = rows.into_iter().map(|(row, _)| row).collect();
    Ok(writes)
}

/// Matches items with contact rows, each of which comes with its opened name.
fn match_contacts(
    tx: &Tx,
    validator: &mut Validator,
    fields: &LoadedFields,
    items: Contacts,
    mut rows: Vec<(contact::Model, Option<String>)>,
    others: &OtherRows,
) -> Result<ListWrites<contact::Model>> {
    let mut writes = ListWrites::none();
    let named = named_ids::<_, contact::Entity, _>(&rows, |(row, _)| row, &items, |draft| &draft.external_reference);
    let mut has_primary = false;
    for (index, mut item) in items.into_iter().enumerate() {
        validator.within(index, |validator| {
            let inputs = std::mem::take(&mut item.draft.custom_fields);
            let reference = trimmed(item.draft.external_reference.value());
            let position = position::<_, contact::Entity>(&rows, |(row, _)| row, item.id.as_ref(), reference.as_ref());
            let position = position.or_else(|| {
                let is_same = |(row, name): &(contact::Model, Option<String>)| {
                    !named.contains(&row.id)
                        && has_no_other_reference::<contact::Entity>(row, reference.as_ref())
                        && is_given_and_same(&item.draft.name, name.as_deref())
                };
                rows.iter().position(is_same).filter(|_| item.id.is_none())
            });
            let before = position.map(|position| rows.remove(position).0);
            if before.is_none() {
                others.refuse_named::<contact::Entity>(validator, item.id.as_ref(), reference.as_ref());
            }
            let is_primary = item.draft.primary.value() == Some(&true);
            if is_primary && has_primary {
                validator.fail(Code::Taken, "primary", "A customer has one primary contact; the list has two.");
            }
            has_primary |= is_primary;
            let row = contacts::read_draft(tx, validator, item.draft, before.clone().unwrap_or_default());
            let values = fields.prepare(validator, OwnerType::Contact, before.as_ref().map(|row| row.id), &inputs)?;
            writes.push(before, row, values);
            Ok::<_, Error>(())
        })?;
    }
    writes.deleted = rows.into_iter().map(|(row, _)| row).collect();
    Ok(writes)
}

/// Whether an item without an id means an address: it has its type, and its street or, where neither has a street, its
/// name, city and state.
fn is_same_address(item: &addresses::Draft, row: &address::Model, row_street: Option<&str>) -> bool {
    let reference = trimmed(item.external_reference.value());
    let has_type = item.address_type.value().is_none_or(|address_type| row.address_type == *address_type);
    if !has_type || !has_no_other_reference::<address::Entity>(row, reference.as_ref()) {
        return false;
    }
    if item.street.value().is_some() || row.street.is_some() {
        return is_given_and_same(&item.street, row_street);
    }
    let pairs = [(&item.name, &row.name), (&item.city, &row.city), (&item.state, &row.state)];
    let mut given = pairs.iter().filter(|(item, _)| item.value().is_some()).peekable();
    given.peek().is_some() && given.all(|(item, row)| is_given_and_same(item, row.as_deref()))
}

/// The text of a sealed column that items are compared with; nothing for a caller who may not read personal data, who would
/// learn from the answer whether it is the same.
async fn comparable<E: TenantTable>(
    tx: &Tx,
    row: &E::Model,
    column: &'static str,
    sealed: Option<&Sealed>,
) -> Result<Option<String>> {
    match sealed {
        Some(sealed) if tx.caller().may(Action::PiiRead) => tx.open::<E>(row, column, sealed).await.map(Some),
        _ => Ok(None),
    }
}

/// Whether a row can be meant by an item that does not name it by its reference: the row has none, or the item has none.
fn has_no_other_reference<E: TenantTable>(row: &E::Model, reference: Option<&String>) -> bool {
    reference.is_none() || external_reference::<E>(row).is_none()
}

/// An external reference as a row stores it.
fn trimmed(reference: Option<&String>) -> Option<String> {
    reference.map(|reference| reference.trim().to_owned()).filter(|reference| !reference.is_empty())
}

/// Whether an item gives a text and the row has the same one, folded.
fn is_given_and_same(item: &FieldUpdate<String>, row: Option<&str>) -> bool {
    let item = item.value().map(|text| fold::fold(text)).filter(|text| !text.is_empty());
    item.is_some() && item == row.map(fold::fold)
}

/// The ids of the rows that items name by id or by external reference.
fn named_ids<T, E: TenantTable, D>(
    rows: &[T],
    row: impl Fn(&T) -> &E::Model + Copy,
    items: &[Nested<D>],
    reference: impl Fn(&D) -> &FieldUpdate<String>,
) -> HashSet<Uuid> {
    let named = |item: &Nested<D>| {
        let reference = trimmed(reference(&item.draft).value());
        position::<_, E>(rows, row, item.id.as_ref(), reference.as_ref()).map(|position| row(&rows[position]).id())
    };
    items.iter().filter_map(named).collect()
}

/// The position of the row that an item names by id, else by external reference.
fn position<T, E: TenantTable>(
    rows: &[T],
    row: impl Fn(&T) -> &E::Model,
    id: Option<&Reference>,
    reference: Option<&String>,
) -> Option<usize> {
    let has_name = |name: &String, item: &T| {
        E::TABLE.decode_id(name) == Some(row(item).id()) || external_reference::<E>(row(item)).as_ref() == Some(name)
    };
    let find = |name: &String| rows.iter().position(|item| has_name(name, item));
    id.and_then(find).or_else(|| reference.filter(|_| id.is_none()).and_then(find))
}

async fn rows_of<E: TenantTable>(tx: &Tx, customer: Option<Uuid>) -> Result<Vec<E::Model>> {
    let Some(customer) = customer else { return Ok(Vec::new()) };
    tx.lock(&tx.find::<E>()?.filter(Filter::Column("customer_id", Predicate::Eq(customer.into())))).await
}

fn ids<M: Row>(rows: &[M]) -> Vec<Uuid> {
    rows.iter().map(Row::id).collect()
}

impl OtherRows {
    /// Finds the rows that the items name besides those of the list: one statement for the external references, and one for
    /// the deleted rows where an id names none of the list.
    async fn find<E: TenantTable, D>(
        tx: &Tx,
        customer: Option<Uuid>,
        rows: &[E::Model],
        items: &[Nested<D>],
        external_reference: impl Fn(&D) -> &FieldUpdate<String>,
    ) -> Result<Self> {
        let references = items.iter().filter_map(|item| trimmed(external_reference(&item.draft).value()));
        let references: Vec<_> = references.map(Into::into).collect();
        let mut taken = HashMap::new();
        if !references.is_empty() {
            let filter = Filter::Column("external_reference", Predicate::In(references));
            for row in tx.all(&tx.find::<E>()?.deleted(Deleted::Include).filter(filter)).await? {
                if let Some(reference) = lookup::external_reference::<E>(&row) {
                    let violation = reference::taken::<E>(&row, "external reference", &reference);
                    taken.insert(reference, violation);
                }
            }
        }
        let Some(customer) = customer else { return Ok(Self { taken, deleted: HashSet::new() }) };
        let missing = items.iter().filter_map(|item| item.id.as_ref());
        let missing = missing.filter(|id| position::<_, E>(rows, |row| row, Some(id), None).is_none()).collect();
        let own = Filter::Column("customer_id", Predicate::Eq(customer.into()));
        Ok(Self { taken, deleted: reference::find_deleted::<E>(tx, missing, own).await? })
    }

    /// Refuses an item that matches no row, if it names one by id or has the external reference of another row.
    fn refuse_named<E: TenantTable>(
        &self,
        validator: &mut Validator,
        id: Option<&Reference>,
        reference: Option<&String>,
    ) {
        if let Some(id) = id {
            let (code, message) = if self.deleted.contains(id) {
                (Code::Deleted, reference::deleted_message::<E>())
            } else {
                (Code::NotFound, format!("\"{id}\" is not one of this customer's."))
            };
            validator.fail(code, "id", message);
        }
        if let Some((code, message)) = reference.and_then(|reference| self.taken.get(reference)) {
            validator.fail(*code, "externalReference", message);
        }
    }
}

impl<M> ListWrites<M> {
    fn none() -> Self {
        Self { created: Vec::new(), updated: Vec::new(), deleted: Vec::new() }
    }

    fn push(&mut self, before: Option<M>, row: M, values: ValueWrites) {
        match before {
            Some(before) => self.updated.push((before, row, values)),
            None => self.created.push((row, values)),
        }
    }
}

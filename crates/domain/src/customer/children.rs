//! A customer's addresses and contacts, given as whole lists with the customer.
//!
//! An item is the row of its id, else of its external reference, else (an address) of its type and street; otherwise it
//! is new. Rows that no item is are hidden, unless open work needs them.

use std::collections::HashSet;

use entity::{address, contact, custom_field_definition::Owner, customer};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, Row, TenantTable, Tx, fold, table::enum_text};

use crate::{
    address as addresses, contact as contacts,
    custom_field::{self, LoadedFields, ValueInput, ValueWrites},
    reference::{Reference, external_reference},
    validator::Validator,
    value::FieldUpdate,
};

/// One item of such a list.
#[derive(Clone, Debug)]
pub struct Nested<D> {
    /// The row it is, by id or external reference.
    pub id: Option<Reference>,
    /// What it says.
    pub draft: D,
}

/// The whole list of a customer's addresses.
pub type Addresses = Vec<Nested<addresses::Draft>>;
/// The whole list of a customer's contacts.
pub type Contacts = Vec<Nested<contacts::Draft>>;

/// The most addresses, and the most contacts, in one input.
const MAX_CHILDREN: usize = 100;

/// What the lists come to: rows to make, to change, and to hide.
pub struct Children {
    addresses: Lists<address::Model>,
    contacts: Lists<contact::Model>,
}

struct Lists<M> {
    made: Vec<(M, ValueWrites)>,
    changed: Vec<(M, M, ValueWrites)>,
    hidden: Vec<M>,
}

/// The custom fields that a write of a customer has to know, in one statement; none, if it has to know none.
pub async fn fields(
    tx: &Tx,
    customer: bool,
    addresses: &FieldUpdate<Addresses>,
    contacts: &FieldUpdate<Contacts>,
) -> Result<LoadedFields> {
    let mut entities = Vec::new();
    entities.extend(customer.then_some(Owner::Customer));
    entities.extend(addresses.value().map(|_| Owner::Address));
    entities.extend(contacts.value().map(|_| Owner::Contact));
    if entities.is_empty() { Ok(LoadedFields::default()) } else { LoadedFields::read(tx, &entities).await }
}

/// Reads both lists against what the customer has.
pub async fn prepare(
    tx: &Tx,
    validator: &mut Validator,
    fields: &mut LoadedFields,
    customer: &customer::Model,
    given_addresses: FieldUpdate<Addresses>,
    given_contacts: FieldUpdate<Contacts>,
    new: bool,
) -> Result<Children> {
    let mut children = Children { addresses: Lists::none(), contacts: Lists::none() };
    if let Some(given) = given_addresses.list() {
        let have = if new { Vec::new() } else { have::<address::Entity>(tx, customer.id).await? };
        let taken =
            taken::<address::Entity>(tx, given.iter().map(|item| item.draft.external_reference.value())).await?;
        let mut opened = Vec::with_capacity(have.len());
        for row in have {
            let street = match &row.street {
                Some(sealed) => Some(tx.open::<address::Entity>(&row, "street", sealed).await?),
                None => None,
            };
            opened.push((row, street));
        }
        if given.iter().any(|item| !item.draft.custom_fields.is_empty()) {
            let ids: Vec<_> = opened.iter().map(|(row, _)| row.id).collect();
            fields.load_values(tx, Owner::Address, &ids).await?;
        }
        validator.at_most("addresses", given.len(), MAX_CHILDREN);
        children.addresses =
            validator.within("addresses", |validator| match_addresses(tx, validator, fields, given, opened, &taken))?;
        let hidden: Vec<_> = children.addresses.hidden.iter().map(|row| row.id).collect();
        for message in addresses::uses(tx, &hidden).await? {
            validator.fail(
                Code::InUse,
                "addresses",
                format!("An address that is not in the list cannot go: {message}"),
            );
        }
    }
    if let Some(given) = given_contacts.list() {
        let have = if new { Vec::new() } else { have::<contact::Entity>(tx, customer.id).await? };
        let taken =
            taken::<contact::Entity>(tx, given.iter().map(|item| item.draft.external_reference.value())).await?;
        if given.iter().any(|item| !item.draft.custom_fields.is_empty()) {
            let ids: Vec<_> = have.iter().map(|row| row.id).collect();
            fields.load_values(tx, Owner::Contact, &ids).await?;
        }
        validator.at_most("contacts", given.len(), MAX_CHILDREN);
        children.contacts =
            validator.within("contacts", |validator| match_contacts(tx, validator, fields, given, have, &taken))?;
    }
    Ok(children)
}

impl Children {
    /// Writes what the lists came to: first what goes, then what stays, then what is new, so that a role that moves from
    /// one row to another is free when it is taken.
    pub async fn write(self, tx: &Tx, customer: Uuid) -> Result<()> {
        let (stamp, owner) = (Uuid::now_v7(), Some(customer));
        custom_field::soft_delete_values(tx, Owner::Address, &ids(&self.addresses.hidden), stamp).await?;
        for row in self.addresses.hidden {
            tx.delete::<address::Entity>(&row, stamp).await?;
        }
        for (before, after, values) in self.addresses.changed {
            tx.update::<address::Entity>(&before, after).await?;
            values.write(tx, before.id, owner).await?;
        }
        for (row, values) in self.addresses.made {
            let row = addresses::insert(tx, owner, row).await?;
            values.write(tx, row.id, owner).await?;
        }
        custom_field::soft_delete_values(tx, Owner::Contact, &ids(&self.contacts.hidden), stamp).await?;
        for row in self.contacts.hidden {
            tx.delete::<contact::Entity>(&row, stamp).await?;
        }
        for (before, after, values) in self.contacts.changed {
            contacts::write_update(tx, &before, after).await?;
            values.write(tx, before.id, owner).await?;
        }
        for (row, values) in self.contacts.made {
            let row = contacts::insert(tx, customer, row).await?;
            values.write(tx, row.id, owner).await?;
        }
        Ok(())
    }
}

fn match_addresses(
    tx: &Tx,
    validator: &mut Validator,
    fields: &LoadedFields,
    given: Addresses,
    mut have: Vec<(address::Model, Option<String>)>,
    taken: &HashSet<String>,
) -> Result<Lists<address::Model>> {
    let mut lists = Lists::none();
    let mut single = HashSet::new();
    for (index, mut item) in given.into_iter().enumerate() {
        validator.within(index, |validator| {
            let custom: Vec<ValueInput> = std::mem::take(&mut item.draft.custom_fields);
            let reference = item.draft.external_reference.value().cloned();
            let street = item.draft.street.value().map(|street| fold::fold(street));
            let address_type = item.draft.address_type.value().copied();
            let known = position::<_, address::Entity>(&have, |(row, _)| row, item.id.as_ref(), reference.as_ref())
                .or_else(|| {
                    have.iter().position(|(row, known)| {
                        item.id.is_none()
                            && street.is_some()
                            && address_type.is_none_or(|address_type| row.address_type == address_type)
                            && known.as_ref().map(|known| fold::fold(known)) == street
                    })
                });
            let known = known.map(|known| have.swap_remove(known).0);
            unknown(validator, known.is_none(), item.id.as_ref(), reference.as_ref(), taken);
            let row = addresses::read_draft(tx, validator, item.draft, known.clone().unwrap_or_default());
            if matches!(row.address_type, address::AddressType::Primary | address::AddressType::Billing)
                && !single.insert(row.address_type)
            {
                let message = format!("A customer has one {} address; the list has two.", enum_text(&row.address_type));
                validator.fail(Code::Taken, "type", message);
            }
            let values = fields.prepare(validator, Owner::Address, known.as_ref().map(|row| row.id), &custom)?;
            lists.take(known, row, values);
            Ok::<_, Error>(())
        })?;
    }
    lists.hidden = have.into_iter().map(|(row, _)| row).collect();
    Ok(lists)
}

fn match_contacts(
    tx: &Tx,
    validator: &mut Validator,
    fields: &LoadedFields,
    given: Contacts,
    mut have: Vec<contact::Model>,
    taken: &HashSet<String>,
) -> Result<Lists<contact::Model>> {
    let mut lists = Lists::none();
    let mut primary = false;
    for (index, mut item) in given.into_iter().enumerate() {
        validator.within(index, |validator| {
            let custom: Vec<ValueInput> = std::mem::take(&mut item.draft.custom_fields);
            let reference = item.draft.external_reference.value().cloned();
            let known = position::<_, contact::Entity>(&have, |row| row, item.id.as_ref(), reference.as_ref());
            let known = known.map(|known| have.swap_remove(known));
            unknown(validator, known.is_none(), item.id.as_ref(), reference.as_ref(), taken);
            let claims = item.draft.primary.value() == Some(&true);
            if claims && primary {
                validator.fail(Code::Taken, "primary", "A customer has one primary contact; the list has two.");
            }
            primary |= claims;
            let row = contacts::read_draft(tx, validator, item.draft, known.clone().unwrap_or_default());
            let values = fields.prepare(validator, Owner::Contact, known.as_ref().map(|row| row.id), &custom)?;
            lists.take(known, row, values);
            Ok::<_, Error>(())
        })?;
    }
    lists.hidden = have;
    Ok(lists)
}

/// Which row an item is, by id, else by external reference.
fn position<T, E: TenantTable>(
    have: &[T],
    row: impl Fn(&T) -> &E::Model,
    id: Option<&Reference>,
    reference: Option<&String>,
) -> Option<usize> {
    let is = |name: &String, item: &T| {
        E::TABLE.decode_id(name) == Some(row(item).id()) || external_reference::<E>(row(item)).as_ref() == Some(name)
    };
    let by_id = id.and_then(|id| have.iter().position(|item| is(id, item)));
    by_id.or_else(|| reference.filter(|_| id.is_none()).and_then(|name| have.iter().position(|item| is(name, item))))
}

fn unknown(
    validator: &mut Validator,
    new: bool,
    id: Option<&Reference>,
    reference: Option<&String>,
    taken: &HashSet<String>,
) {
    if let (true, Some(id)) = (new, id) {
        validator.fail(Code::NotFound, "id", format!("\"{id}\" is not one of this customer's."));
    }
    if let (true, Some(reference)) = (new, reference.filter(|reference| taken.contains(*reference))) {
        let message = format!("The external reference \"{reference}\" belongs to another row, maybe a deleted one.");
        validator.fail(Code::Taken, "externalReference", message);
    }
}

async fn have<E: TenantTable>(tx: &Tx, customer: Uuid) -> Result<Vec<E::Model>> {
    tx.lock(&tx.find::<E>()?.filter(Filter::Column("customer_id", Predicate::Eq(customer.into())))).await
}

fn ids<M: Row>(rows: &[M]) -> Vec<Uuid> {
    rows.iter().map(Row::id).collect()
}

/// Which of some external references rows have already, live or deleted.
async fn taken<E: TenantTable>(tx: &Tx, given: impl Iterator<Item = Option<&String>>) -> Result<HashSet<String>> {
    let given: Vec<_> = given.flatten().map(|reference| reference.as_str().into()).collect();
    if given.is_empty() {
        return Ok(HashSet::new());
    }
    let filter = Filter::Column("external_reference", Predicate::In(given));
    let rows = tx.all(&tx.find::<E>()?.deleted(Deleted::Include).filter(filter)).await?;
    Ok(rows.iter().filter_map(external_reference::<E>).collect())
}

impl<M> Lists<M> {
    fn none() -> Self {
        Self { made: Vec::new(), changed: Vec::new(), hidden: Vec::new() }
    }

    fn take(&mut self, known: Option<M>, row: M, values: ValueWrites) {
        match known {
            Some(before) => self.changed.push((before, row, values)),
            None => self.made.push((row, values)),
        }
    }
}

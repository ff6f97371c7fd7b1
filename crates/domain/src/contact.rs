//! Contacts: a customer has at most one primary contact, which changes in one step.

use entity::{
    contact::{ContactType, Entity, Model},
    custom_field_definition::OwnerType,
    customer,
};
use error::{Code, Error, OfField, Result};
use sea_orm::prelude::Uuid;
use store::{Filter, Predicate, Tx};

use super::{
    custom_field::{self, ValueInput},
    lifecycle::{self, Lifecycle, Prepared},
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, MAX_TEXT_CHARS, Validator},
    value::{FieldUpdate, sealed_order_key},
};

/// The fields of a contact that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// A person, a department or a call centre.
    pub contact_type: FieldUpdate<ContactType>,
    /// The name.
    pub name: FieldUpdate<String>,
    /// The role at the customer.
    pub role: FieldUpdate<String>,
    /// E-mail address.
    pub email: FieldUpdate<String>,
    /// Telephone number.
    pub phone: FieldUpdate<String>,
    /// Mobile number.
    pub mobile: FieldUpdate<String>,
    /// Makes this the primary contact; replaces the current one.
    pub primary: FieldUpdate<bool>,
    /// Free text.
    pub notes: FieldUpdate<String>,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// Creates a contact of a customer.
pub async fn create(tx: &Tx, customer: &Reference, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let inputs = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut validator, OwnerType::Contact, None, &inputs).await?;
    // Two primary contacts at once would each replace the one before, and the second one would break the constraint.
    let customers = match draft.primary {
        FieldUpdate::Set(true) => reference::find_and_lock::<customer::Entity>(tx, customer).await,
        _ => reference::find::<customer::Entity>(tx, [customer]).await,
    };
    let customers = customers.of_field("customer")?;
    let owner = customers.require(&mut validator, vec!["customer".to_owned()], customer).map(|owner| owner.id);
    let row = read_draft(tx, &mut validator, draft, Model::default());
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    let owner = validator.finish_with(owner)?;
    let row = insert(tx, owner, row).await?;
    values.write(tx, row.id, Some(owner)).await?;
    Ok(row)
}

/// Updates a contact.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the contact of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(
    tx: &Tx,
    customer: Option<&Reference>,
    reference: &str,
    expected_version: Option<i32>,
    draft: Draft,
) -> Result<Model> {
    let check = async |validator: &mut Validator, found: &Model| {
        let owner = found.customer_id;
        reference::ensure_immutable::<customer::Entity>(tx, validator, "customer", customer, owner).await
    };
    let create = async |draft| {
        let needed = || Error::invalid(Code::Required, &["customer"], "A new contact needs its customer.");
        create(tx, customer.ok_or_else(needed)?, draft).await
    };
    lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create).await
}

/// Soft-deletes a contact.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores a contact.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

/// Reads a draft into a row, which is new or is updated.
pub fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Model {
    if row.name.is_none() && draft.name.value().is_none() {
        validator.fail(Code::Required, "name", "A contact needs a name; a department's or call centre's name will do.");
    }
    if let Some(email) = draft.email.value() {
        validator.check_email("email", email);
    }
    for (field, phone) in [("phone", &draft.phone), ("mobile", &draft.mobile)] {
        if let Some(phone) = phone.value() {
            validator.check_phone(field, phone);
        }
    }
    if matches!(draft.name, FieldUpdate::Clear) {
        validator.fail(Code::Required, "name", "name cannot be null.");
    }
    if let Some(name) = draft.name.value() {
        row.name_order = sealed_order_key(tx.tenant(), name);
    }
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_value("type", draft.contact_type, &mut row.contact_type);
    validator.set_sealed_text("name", draft.name, MAX_LINE_CHARS, &mut row.name);
    validator.set_text("role", draft.role, MAX_LINE_CHARS, &mut row.role);
    validator.set_sealed_text("email", draft.email, MAX_LINE_CHARS, &mut row.email);
    validator.set_sealed_text("phone", draft.phone, MAX_LINE_CHARS, &mut row.phone);
    validator.set_sealed_text("mobile", draft.mobile, MAX_LINE_CHARS, &mut row.mobile);
    validator.set_value("primary", draft.primary, &mut row.primary);
    validator.set_sealed_text("notes", draft.notes, MAX_TEXT_CHARS, &mut row.notes);
    row
}

/// Rewrites a contact in the form that the tenant's settings ask for.
pub async fn rewrite(tx: &Tx, row: &Model, indexes_phones: bool) -> Result<()> {
    let mut after = row.clone();
    if let Some(name) = &row.name {
        after.name_order = sealed_order_key(tx.tenant(), &tx.open::<Entity>(row, "name", name).await?);
    }
    tx.rewrite::<Entity>(row, after, indexes_phones).await
}

/// Writes a new contact of a customer.
pub async fn insert(tx: &Tx, customer: Uuid, mut row: Model) -> Result<Model> {
    row.customer_id = customer;
    if row.primary {
        demote_primary(tx, customer, row.id).await?;
    }
    tx.insert::<Entity>(row).await
}

/// Writes the changes of a contact. A contact that becomes primary replaces the current one.
pub async fn write_update(tx: &Tx, before: &Model, after: Model) -> Result<Model> {
    if after.primary && !before.primary {
        demote_primary(tx, before.customer_id, before.id).await?;
    }
    tx.update::<Entity>(before, after).await
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::Contact;
    type Draft = Draft;
    type Children = ();

    fn set_external_reference(draft: &mut Draft, reference: String) {
        draft.external_reference = FieldUpdate::Set(reference);
    }

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let inputs = std::mem::take(&mut draft.custom_fields);
        let values = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        let row = read_draft(tx, validator, draft, before.clone());
        Ok(Prepared { row, values, children: () })
    }

    async fn write(tx: &Tx, before: &Model, after: Model, (): ()) -> Result<Model> {
        if after.primary && !before.primary {
            reference::ensure_live_and_lock::<customer::Entity>(tx, before.customer_id).await?;
        }
        write_update(tx, before, after).await
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        if before.primary {
            reference::ensure_live_and_lock::<customer::Entity>(tx, before.customer_id).await
        } else {
            reference::ensure_live::<customer::Entity>(tx, before.customer_id).await
        }
    }

    async fn restore_row(tx: &Tx, before: &Model) -> Result<Model> {
        if before.primary {
            demote_primary(tx, before.customer_id, before.id).await?;
        }
        lifecycle::restore_with_values::<Self>(tx, before).await
    }
}

/// Makes the primary contact of a customer an ordinary one, unless it is the new primary contact. The caller has locked the
/// customer for update.
async fn demote_primary(tx: &Tx, customer: Uuid, new_primary: Uuid) -> Result<()> {
    let of_customer = Filter::Column("customer_id", Predicate::Eq(customer.into()));
    let primary = Filter::Column("primary", Predicate::Eq(true.into()));
    let rows = tx.lock(&tx.find::<Entity>()?.filter(of_customer).filter(primary)).await?;
    for row in rows.into_iter().filter(|row| row.id != new_primary) {
        tx.update::<Entity>(&row, Model { primary: false, ..row.clone() }).await?;
    }
    Ok(())
}

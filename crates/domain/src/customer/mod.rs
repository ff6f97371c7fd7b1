//! Customers: numbered, named as the tenant's setting says, part of no circle, with their addresses and contacts.

mod children;
mod delete;

use entity::{
    Sealed,
    custom_field_definition::Owner,
    customer::{CommunicationMethod, CustomerType, Entity, Model, Status},
    tenant::Names,
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use serde::{Deserialize, Serialize};
use store::{Deleted, Filter, Predicate, Tx, fold};

pub use self::children::{Addresses, Contacts, Nested};
use super::{
    custom_field::ValueInput,
    lifecycle::{self, Lifecycle, Prepared},
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, MAX_TEXT_CHARS, Validator},
    value::FieldUpdate,
};

/// What a client says about a customer.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: FieldUpdate<String>,
    /// The tenant's number; given by us where absent.
    pub number: FieldUpdate<String>,
    /// The name.
    pub name: FieldUpdate<String>,
    /// What the customer is to the tenant.
    pub customer_type: FieldUpdate<CustomerType>,
    /// Where the business with the customer stands.
    pub status: FieldUpdate<Status>,
    /// The customer's own line of business.
    pub industry: FieldUpdate<String>,
    /// Words to find it by.
    pub tags: FieldUpdate<Vec<String>>,
    /// How to reach it.
    pub contact_info: FieldUpdate<ContactInfoDraft>,
    /// How it wants to be served.
    pub preferences: FieldUpdate<PreferencesDraft>,
    /// The customer it is part of.
    pub parent: FieldUpdate<Reference>,
    /// The customer that pays for it.
    pub bill_to: FieldUpdate<Reference>,
    /// Tax number.
    pub tax_id: FieldUpdate<String>,
    /// FMCSA motor carrier number.
    pub mc_number: FieldUpdate<String>,
    /// USDOT number.
    pub dot_number: FieldUpdate<String>,
    /// Days from invoice to due.
    pub payment_terms_days: FieldUpdate<i32>,
    /// Free text.
    pub notes: FieldUpdate<String>,
    /// All its addresses.
    pub addresses: FieldUpdate<Addresses>,
    /// All its contacts.
    pub contacts: FieldUpdate<Contacts>,
    /// ValueWrites of custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// What a client says about how to reach a customer.
#[derive(Clone, Debug, Default)]
pub struct ContactInfoDraft {
    /// E-mail address.
    pub email: FieldUpdate<String>,
    /// Telephone number.
    pub phone: FieldUpdate<String>,
    /// Whom to ask for.
    pub primary_contact: FieldUpdate<String>,
}

/// How to reach a customer, as it stands sealed in its row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactInfo {
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Whom to ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_contact: Option<String>,
}

/// What a client says about how a customer wants to be served.
#[derive(Clone, Debug, Default)]
pub struct PreferencesDraft {
    /// When service is welcome.
    pub preferred_service_window: FieldUpdate<String>,
    /// How it wants to be reached.
    pub communication_method: FieldUpdate<CommunicationMethod>,
    /// Whom to reach in an emergency.
    pub emergency_contact: FieldUpdate<String>,
}

/// Makes a customer with its addresses and contacts.
pub async fn create(tx: &Tx, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let (addresses, contacts) = (std::mem::take(&mut draft.addresses), std::mem::take(&mut draft.contacts));
    let given = std::mem::take(&mut draft.custom_fields);
    let mut row = read_draft(tx, &mut validator, draft, Model { id: Uuid::now_v7(), ..Model::default() }).await?;
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    let mut fields = children::fields(tx, true, &addresses, &contacts).await?;
    let values = fields.prepare(&mut validator, Owner::Customer, None, &given)?;
    let children = children::prepare(tx, &mut validator, &mut fields, &row, addresses, contacts, true);
    let children = Box::pin(children).await?;
    validator.finish()?;
    if row.number.is_empty() {
        row.number = next_number(tx).await?;
    }
    let row = tx.insert::<Entity>(row).await?;
    Box::pin(children.write(tx, row.id)).await?;
    values.write(tx, row.id, Some(row.id)).await?;
    Ok(row)
}

/// Updates a customer and, where the draft lists them, its addresses and contacts.
pub async fn update(tx: &Tx, id: &Reference, expected: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected, draft).await
}

/// Creates the customer of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(tx: &Tx, reference: &str, draft: Draft) -> Result<Model> {
    let draft = Draft { external_reference: FieldUpdate::Set(reference.to_owned()), ..draft };
    match reference::find_by_reference::<Entity>(tx, reference).await? {
        Some(found) => lifecycle::update_found::<Entity>(tx, found, draft).await,
        None => create(tx, draft).await,
    }
}

/// Soft-deletes a customer with its addresses and contacts. With `cancel_open`, its open loads and service records are
/// cancelled first; without, they refuse it.
pub async fn delete(tx: &Tx, id: &Reference, expected: Option<i32>, cancel_open: bool) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    if cancel_open {
        delete::cancel_open_work(tx, before.id).await?;
    }
    Entity::guard_delete(tx, &before).await?;
    Entity::soft_delete(tx, &before).await
}

/// Restores a customer with what was deleted with it.
pub async fn restore(tx: &Tx, id: &Reference) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id).await
}

/// How to reach a customer, opened.
pub async fn contact_info(tx: &Tx, row: &Model) -> Result<ContactInfo> {
    let Some(sealed) = &row.contact_info else { return Ok(ContactInfo::default()) };
    let json = tx.open::<Entity>(row, "contact_info", sealed).await?;
    serde_json::from_str(&json).map_err(Error::internal)
}

impl Lifecycle for Entity {
    const OWNER: Owner = Owner::Customer;
    type Draft = Draft;
    type Children = children::Children;

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let (addresses, contacts) = (std::mem::take(&mut draft.addresses), std::mem::take(&mut draft.contacts));
        let inputs = std::mem::take(&mut draft.custom_fields);
        let row = read_draft(tx, validator, draft, before.clone()).await?;
        let mut fields = children::fields(tx, !inputs.is_empty(), &addresses, &contacts).await?;
        if !inputs.is_empty() {
            fields.load_values(tx, Owner::Customer, &[before.id]).await?;
        }
        let values = fields.prepare(validator, Owner::Customer, Some(before.id), &inputs)?;
        let children = children::prepare(tx, validator, &mut fields, &row, addresses, contacts, false);
        let children = Box::pin(children).await?;
        Ok(Prepared { row, values, children })
    }

    async fn write(tx: &Tx, before: &Model, after: Model, children: children::Children) -> Result<Model> {
        let row = tx.update::<Self>(before, after).await?;
        Box::pin(children.write(tx, row.id)).await?;
        Ok(row)
    }

    async fn guard_delete(tx: &Tx, before: &Model) -> Result<()> {
        delete::ensure_unused(tx, before.id).await
    }

    async fn soft_delete(tx: &Tx, before: &Model) -> Result<Model> {
        delete::soft_delete(tx, before).await
    }

    async fn restore_row(tx: &Tx, before: &Model) -> Result<Model> {
        delete::restore(tx, before).await
    }
}

/// Reads a draft into a row.
async fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Result<Model> {
    let known = (row.customer_type, row.number.clone());
    validator.text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.required("number", draft.number, MAX_LINE_CHARS, &mut row.number);
    validator.value("type", draft.customer_type, &mut row.customer_type);
    validator.value("status", draft.status, &mut row.status);
    validator.text("industry", draft.industry, MAX_LINE_CHARS, &mut row.industry);
    tags(validator, draft.tags, &mut row.tags);
    validator.sealed("taxId", draft.tax_id, MAX_LINE_CHARS, &mut row.tax_id);
    validator.text("mcNumber", draft.mc_number, MAX_LINE_CHARS, &mut row.mc_number);
    validator.text("dotNumber", draft.dot_number, MAX_LINE_CHARS, &mut row.dot_number);
    validator.integer("paymentTermsDays", draft.payment_terms_days, 0, 365, &mut row.payment_terms_days);
    validator.sealed("notes", draft.notes, MAX_TEXT_CHARS, &mut row.notes);
    name(tx, validator, draft.name, &mut row, known.0).await?;
    reach(tx, validator, draft.contact_info, &mut row).await?;
    preferences(validator, draft.preferences, &mut row);
    relatives(tx, validator, draft.parent, draft.bill_to, &mut row).await?;
    if !row.number.is_empty() && fold::fold(&row.number) != fold::fold(&known.1) {
        let taken = Filter::Column("number_key", Predicate::Eq(fold::fold(&row.number).into()));
        let taken = tx.all(&tx.find::<Entity>()?.deleted(Deleted::Include).filter(taken)).await?;
        if taken.iter().any(|other| other.id != row.id) {
            validator.fail(
                Code::Taken,
                "number",
                format!("Another customer has the number \"{}\" already.", row.number),
            );
        }
    }
    Ok(row)
}

/// Puts the name where the tenant's setting wants it: in clear, or sealed with an order key of three letters.
async fn name(
    tx: &Tx,
    validator: &mut Validator,
    given: FieldUpdate<String>,
    row: &mut Model,
    was: CustomerType,
) -> Result<()> {
    let stood = match (&row.name, &row.name_sealed) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(sealed)) if was != row.customer_type => Some(tx.open::<Entity>(row, "name_sealed", sealed).await?),
        (None, _) => None,
    };
    let mut name = stood.unwrap_or_default();
    let unchanged = matches!(given, FieldUpdate::Keep)
        && was == row.customer_type
        && (row.name.is_some() || row.name_sealed.is_some());
    if unchanged {
        return Ok(());
    }
    let given = if matches!(given, FieldUpdate::Keep) && name.is_empty() { FieldUpdate::Clear } else { given };
    validator.required("name", given, MAX_LINE_CHARS, &mut name);
    let sealed = match tx.tenant().names {
        Names::All => true,
        Names::Residential => row.customer_type == CustomerType::Residential,
        Names::None => false,
    };
    let folded = fold::fold(&name);
    if sealed {
        row.name_sealed = Some(Sealed::plain(&name));
        row.name = None;
        row.name_order = tx.tenant().order_sealed_names.then(|| fold::prefix(&folded, 3).to_owned());
    } else {
        row.name_sealed = None;
        row.name = Some(name);
        row.name_order = Some(folded);
    }
    Ok(())
}

async fn reach(
    tx: &Tx,
    validator: &mut Validator,
    given: FieldUpdate<ContactInfoDraft>,
    row: &mut Model,
) -> Result<()> {
    let mut info = match given {
        FieldUpdate::Keep => return Ok(()),
        FieldUpdate::Clear => ContactInfo::default(),
        FieldUpdate::Set(_) => contact_info(tx, row).await?,
    };
    if let FieldUpdate::Set(draft) = given {
        validator.within("contactInfo", |validator| {
            if let Some(email) = draft.email.value() {
                validator.email("email", email);
            }
            if let Some(phone) = draft.phone.value() {
                validator.phone("phone", phone);
            }
            validator.text("email", draft.email, MAX_LINE_CHARS, &mut info.email);
            validator.text("phone", draft.phone, MAX_LINE_CHARS, &mut info.phone);
            validator.text("primaryContact", draft.primary_contact, MAX_LINE_CHARS, &mut info.primary_contact);
        });
    }
    row.contact_info = if info == ContactInfo::default() {
        None
    } else {
        Some(Sealed::plain(&serde_json::to_string(&info).map_err(Error::internal)?))
    };
    Ok(())
}

fn preferences(validator: &mut Validator, given: FieldUpdate<PreferencesDraft>, row: &mut Model) {
    let draft = match given {
        FieldUpdate::Keep => return,
        FieldUpdate::Clear => PreferencesDraft {
            preferred_service_window: FieldUpdate::Clear,
            communication_method: FieldUpdate::Clear,
            emergency_contact: FieldUpdate::Clear,
        },
        FieldUpdate::Set(draft) => draft,
    };
    validator.within("preferences", |validator| {
        let window = &mut row.preferred_service_window;
        validator.text("preferredServiceWindow", draft.preferred_service_window, MAX_LINE_CHARS, window);
        validator.option(draft.communication_method, &mut row.communication_method);
        validator.sealed("emergencyContact", draft.emergency_contact, MAX_LINE_CHARS, &mut row.emergency_contact);
    });
}

fn tags(validator: &mut Validator, given: FieldUpdate<Vec<String>>, tags: &mut Option<String>) {
    if let Some(given) = given.value() {
        validator.at_most("tags", given.len(), 50);
        if given.iter().any(|tag| fold::fold(tag).is_empty() || tag.chars().count() > 50) {
            validator.fail(Code::OutOfRange, "tags", "A tag has 1 to 50 characters.");
        }
    }
    let folded = given.map(|tags| {
        let mut tags: Vec<_> = tags.iter().map(|tag| fold::fold(tag)).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    });
    match folded {
        FieldUpdate::Keep => {}
        FieldUpdate::Set(list) if !list.is_empty() => *tags = serde_json::to_string(&list).ok(),
        FieldUpdate::Clear | FieldUpdate::Set(_) => *tags = None,
    }
}

/// Finds the parent and the payer, and refuses a circle of parents.
async fn relatives(
    tx: &Tx,
    validator: &mut Validator,
    parent: FieldUpdate<Reference>,
    bill_to: FieldUpdate<Reference>,
    row: &mut Model,
) -> Result<()> {
    let customers = reference::find::<Entity>(tx, parent.value().into_iter().chain(bill_to.value())).await?;
    let parent = parent.map(|name| customers.require(validator, validator.path("parent"), &name).map(|found| found.id));
    let bill_to =
        bill_to.map(|name| customers.require(validator, validator.path("billTo"), &name).map(|found| found.id));
    match parent {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => row.parent_id = None,
        FieldUpdate::Set(found) => {
            row.parent_id = found;
            if circular(tx, row.id, found).await? {
                let message = "This customer would be part of itself: it is an ancestor of the parent given.";
                validator.fail(Code::Cycle, "parent", message);
            }
        }
    }
    match bill_to {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => row.bill_to_id = None,
        FieldUpdate::Set(found) => row.bill_to_id = found,
    }
    Ok(())
}

/// Whether a customer is among the ancestors of its new parent. Every ancestor is held until the end, so that two
/// writers cannot close a circle together.
async fn circular(tx: &Tx, own: Uuid, parent: Option<Uuid>) -> Result<bool> {
    let mut next = parent;
    while let Some(id) = next {
        if id == own {
            return Ok(true);
        }
        let ancestor = tx.lock(&tx.find::<Entity>()?.deleted(Deleted::Include).ids([id])).await?;
        next = ancestor.first().and_then(|ancestor| ancestor.parent_id);
    }
    Ok(false)
}

/// The next free number of the tenant's counter; numbers that were given by hand are passed over.
async fn next_number(tx: &Tx) -> Result<String> {
    loop {
        let number = format!("C-{:05}", tx.next_number("customer").await?);
        let taken = Filter::Column("number_key", Predicate::Eq(fold::fold(&number).into()));
        if tx.count(&tx.find::<Entity>()?.deleted(Deleted::Include).filter(taken)).await? == 0 {
            return Ok(number);
        }
    }
}

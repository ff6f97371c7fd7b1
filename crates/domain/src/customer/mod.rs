//! Customers: numbered, named as the tenant's setting says, part of no circle, with their addresses and contacts.

mod children;
mod delete;

use entity::{
    Sealed,
    custom_field_definition::Owner,
    customer::{CommunicationMethod, Entity, Kind, Model, Status},
    tenant::Names,
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use serde::{Deserialize, Serialize};
use store::{Deleted, Filter, Test, Tx, fold};

pub use self::{
    children::{Addresses, Contacts, Nested},
    delete::{delete, restore},
};
use super::{
    check::{Check, LINE, TEXT},
    custom_field::Given,
    reference::{self, Reference},
    value::Field,
};

/// What a client says about a customer.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: Field<String>,
    /// The tenant's number; given by us where absent.
    pub number: Field<String>,
    /// The name.
    pub name: Field<String>,
    /// What the customer is to the tenant.
    pub kind: Field<Kind>,
    /// Where the business with the customer stands.
    pub status: Field<Status>,
    /// The customer's own line of business.
    pub industry: Field<String>,
    /// Words to find it by.
    pub tags: Field<Vec<String>>,
    /// How to reach it.
    pub contact_info: Field<ContactInfoDraft>,
    /// How it wants to be served.
    pub preferences: Field<PreferencesDraft>,
    /// The customer it is part of.
    pub parent: Field<Reference>,
    /// The customer that pays for it.
    pub bill_to: Field<Reference>,
    /// Tax number.
    pub tax_id: Field<String>,
    /// FMCSA motor carrier number.
    pub mc_number: Field<String>,
    /// USDOT number.
    pub dot_number: Field<String>,
    /// Days from invoice to due.
    pub payment_terms_days: Field<i32>,
    /// Free text.
    pub notes: Field<String>,
    /// All its addresses.
    pub addresses: Field<Addresses>,
    /// All its contacts.
    pub contacts: Field<Contacts>,
    /// Values of custom fields.
    pub custom_fields: Vec<Given>,
}

/// What a client says about how to reach a customer.
#[derive(Clone, Debug, Default)]
pub struct ContactInfoDraft {
    /// E-mail address.
    pub email: Field<String>,
    /// Telephone number.
    pub phone: Field<String>,
    /// Whom to ask for.
    pub primary_contact: Field<String>,
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
    pub preferred_service_window: Field<String>,
    /// How it wants to be reached.
    pub communication_method: Field<CommunicationMethod>,
    /// Whom to reach in an emergency.
    pub emergency_contact: Field<String>,
}

/// Makes a customer with its addresses and contacts.
pub async fn create(tx: &Tx, mut draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let (addresses, contacts) = (std::mem::take(&mut draft.addresses), std::mem::take(&mut draft.contacts));
    let given = std::mem::take(&mut draft.custom_fields);
    let mut row = prepare(tx, &mut check, draft, Model { id: Uuid::now_v7(), ..Model::default() }).await?;
    reference::free::<Entity>(tx, &mut check, row.id, row.external_reference.as_ref()).await?;
    let mut fields = children::fields(tx, true, &addresses, &contacts).await?;
    let values = fields.prepare(&mut check, Owner::Customer, None, &given)?;
    let children = children::prepare(tx, &mut check, &mut fields, &row, addresses, contacts, true);
    let children = Box::pin(children).await?;
    check.done()?;
    if row.number.is_empty() {
        row.number = next_number(tx).await?;
    }
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, Some(row.id)).await?;
    Box::pin(children.write(tx, row.id)).await?;
    Ok(row)
}

/// Changes a customer and, where they are given, its addresses and contacts.
pub async fn update(tx: &Tx, id: &Reference, expected: Option<i32>, draft: Draft) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    change(tx, before, draft).await
}

/// Makes the customer of an external reference, or changes the one that has it, bringing it back if it was deleted.
pub async fn upsert(tx: &Tx, reference: &str, draft: Draft) -> Result<Model> {
    let draft = Draft { external_reference: Field::Set(reference.to_owned()), ..draft };
    match reference::holder::<Entity>(tx, reference).await? {
        Some(row) if row.deleted_at.is_some() => {
            let row = delete::show(tx, row).await?;
            change(tx, row, draft).await
        }
        Some(row) => change(tx, row, draft).await,
        None => create(tx, draft).await,
    }
}

/// Refuses to touch what belongs to a deleted customer.
pub async fn must_live(tx: &Tx, id: Uuid) -> Result<()> {
    if tx.keep(&tx.find::<Entity>()?.ids([id])).await?.is_empty() {
        return Err(Error::invalid(Code::Deleted, &["id"], "Its customer is deleted; restore the customer first."));
    }
    Ok(())
}

/// How to reach a customer, opened.
pub async fn contact_info(tx: &Tx, row: &Model) -> Result<ContactInfo> {
    let Some(sealed) = &row.contact_info else { return Ok(ContactInfo::default()) };
    let json = tx.open::<Entity>(row, "contact_info", sealed).await?;
    serde_json::from_str(&json).map_err(Error::internal)
}

async fn change(tx: &Tx, before: Model, mut draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let (addresses, contacts) = (std::mem::take(&mut draft.addresses), std::mem::take(&mut draft.contacts));
    let given = std::mem::take(&mut draft.custom_fields);
    let after = prepare(tx, &mut check, draft, before.clone()).await?;
    if after.external_reference != before.external_reference {
        reference::free::<Entity>(tx, &mut check, before.id, after.external_reference.as_ref()).await?;
    }
    let mut fields = children::fields(tx, !given.is_empty(), &addresses, &contacts).await?;
    if !given.is_empty() {
        fields.recall(tx, Owner::Customer, &[before.id]).await?;
    }
    let values = fields.prepare(&mut check, Owner::Customer, Some(before.id), &given)?;
    let children = children::prepare(tx, &mut check, &mut fields, &after, addresses, contacts, false);
    let children = Box::pin(children).await?;
    check.done()?;
    let row = tx.update::<Entity>(&before, after).await?;
    values.write(tx, row.id, Some(row.id)).await?;
    Box::pin(children.write(tx, row.id)).await?;
    Ok(row)
}

/// Reads a draft into a row.
async fn prepare(tx: &Tx, check: &mut Check, draft: Draft, mut row: Model) -> Result<Model> {
    let known = (row.kind, row.number.clone());
    check.text("externalReference", draft.external_reference, LINE, &mut row.external_reference);
    check.required("number", draft.number, LINE, &mut row.number);
    check.value("type", draft.kind, &mut row.kind);
    check.value("status", draft.status, &mut row.status);
    check.text("industry", draft.industry, LINE, &mut row.industry);
    tags(check, draft.tags, &mut row.tags);
    check.sealed("taxId", draft.tax_id, LINE, &mut row.tax_id);
    check.text("mcNumber", draft.mc_number, LINE, &mut row.mc_number);
    check.text("dotNumber", draft.dot_number, LINE, &mut row.dot_number);
    check.whole("paymentTermsDays", draft.payment_terms_days, 0, 365, &mut row.payment_terms_days);
    check.sealed("notes", draft.notes, TEXT, &mut row.notes);
    name(tx, check, draft.name, &mut row, known.0).await?;
    reach(tx, check, draft.contact_info, &mut row).await?;
    preferences(check, draft.preferences, &mut row);
    relatives(tx, check, draft.parent, draft.bill_to, &mut row).await?;
    if !row.number.is_empty() && fold::fold(&row.number) != fold::fold(&known.1) {
        let taken = Filter::Column("number_key", Test::Eq(fold::fold(&row.number).into()));
        let taken = tx.all(&tx.find::<Entity>()?.deleted(Deleted::Include).filter(taken)).await?;
        if taken.iter().any(|other| other.id != row.id) {
            check.fail(Code::Taken, "number", format!("Another customer has the number \"{}\" already.", row.number));
        }
    }
    Ok(row)
}

/// Puts the name where the tenant's setting wants it: in clear, or sealed with an order key of three letters.
async fn name(tx: &Tx, check: &mut Check, given: Field<String>, row: &mut Model, was: Kind) -> Result<()> {
    let stood = match (&row.name, &row.name_sealed) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(sealed)) if was != row.kind => Some(tx.open::<Entity>(row, "name_sealed", sealed).await?),
        (None, _) => None,
    };
    let mut name = stood.unwrap_or_default();
    let unchanged =
        matches!(given, Field::Keep) && was == row.kind && (row.name.is_some() || row.name_sealed.is_some());
    if unchanged {
        return Ok(());
    }
    let given = if matches!(given, Field::Keep) && name.is_empty() { Field::Clear } else { given };
    check.required("name", given, LINE, &mut name);
    let sealed = match tx.tenant().names {
        Names::All => true,
        Names::Residential => row.kind == Kind::Residential,
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

async fn reach(tx: &Tx, check: &mut Check, given: Field<ContactInfoDraft>, row: &mut Model) -> Result<()> {
    let mut info = match given {
        Field::Keep => return Ok(()),
        Field::Clear => ContactInfo::default(),
        Field::Set(_) => contact_info(tx, row).await?,
    };
    if let Field::Set(draft) = given {
        check.within("contactInfo", |check| {
            if let Some(email) = draft.email.given() {
                check.email("email", email);
            }
            if let Some(phone) = draft.phone.given() {
                check.phone("phone", phone);
            }
            check.text("email", draft.email, LINE, &mut info.email);
            check.text("phone", draft.phone, LINE, &mut info.phone);
            check.text("primaryContact", draft.primary_contact, LINE, &mut info.primary_contact);
        });
    }
    row.contact_info = if info == ContactInfo::default() {
        None
    } else {
        Some(Sealed::plain(&serde_json::to_string(&info).map_err(Error::internal)?))
    };
    Ok(())
}

fn preferences(check: &mut Check, given: Field<PreferencesDraft>, row: &mut Model) {
    let draft = match given {
        Field::Keep => return,
        Field::Clear => PreferencesDraft {
            preferred_service_window: Field::Clear,
            communication_method: Field::Clear,
            emergency_contact: Field::Clear,
        },
        Field::Set(draft) => draft,
    };
    check.within("preferences", |check| {
        let window = &mut row.preferred_service_window;
        check.text("preferredServiceWindow", draft.preferred_service_window, LINE, window);
        check.option(draft.communication_method, &mut row.communication_method);
        check.sealed("emergencyContact", draft.emergency_contact, LINE, &mut row.emergency_contact);
    });
}

fn tags(check: &mut Check, given: Field<Vec<String>>, tags: &mut Option<String>) {
    if let Some(given) = given.given() {
        check.at_most("tags", given.len(), 50);
        if given.iter().any(|tag| fold::fold(tag).is_empty() || tag.chars().count() > 50) {
            check.fail(Code::OutOfRange, "tags", "A tag has 1 to 50 characters.");
        }
    }
    let folded = given.map(|tags| {
        let mut tags: Vec<_> = tags.iter().map(|tag| fold::fold(tag)).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    });
    match folded {
        Field::Keep => {}
        Field::Set(list) if !list.is_empty() => *tags = serde_json::to_string(&list).ok(),
        Field::Clear | Field::Set(_) => *tags = None,
    }
}

/// Finds the parent and the payer, and refuses a circle of parents.
async fn relatives(
    tx: &Tx,
    check: &mut Check,
    parent: Field<Reference>,
    bill_to: Field<Reference>,
    row: &mut Model,
) -> Result<()> {
    let customers = reference::find::<Entity>(tx, parent.given().into_iter().chain(bill_to.given())).await?;
    let parent = parent.map(|name| customers.want(check, check.path("parent"), &name).map(|found| found.id));
    let bill_to = bill_to.map(|name| customers.want(check, check.path("billTo"), &name).map(|found| found.id));
    match parent {
        Field::Keep => {}
        Field::Clear => row.parent_id = None,
        Field::Set(found) => {
            row.parent_id = found;
            if circular(tx, row.id, found).await? {
                let message = "This customer would be part of itself: it is an ancestor of the parent given.";
                check.fail(Code::Cycle, "parent", message);
            }
        }
    }
    match bill_to {
        Field::Keep => {}
        Field::Clear => row.bill_to_id = None,
        Field::Set(found) => row.bill_to_id = found,
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
        let taken = Filter::Column("number_key", Test::Eq(fold::fold(&number).into()));
        if tx.count(&tx.find::<Entity>()?.deleted(Deleted::Include).filter(taken)).await? == 0 {
            return Ok(number);
        }
    }
}

//! Customers: numbered, named in clear or sealed, without circles of parents, with their addresses and contacts.

mod children;
mod delete;
mod hierarchy;
mod name;
mod service_window;

use entity::{
    Sealed,
    custom_field_definition::OwnerType,
    customer::{CommunicationMethod, CustomerType, Entity, Model, Status},
};
use error::{Code, Error, OfField, Result};
use sea_orm::prelude::Uuid;
use serde::{Deserialize, Serialize};
use store::{Deleted, Tx, fold};

use self::service_window::set_service_windows;
pub use self::{
    children::{Addresses, Contacts, Nested},
    name::rewrite,
    service_window::{ServiceWindow, ServiceWindowDraft, parse_service_windows},
};
use super::{
    custom_field::ValueInput,
    lifecycle::{self, Lifecycle, Prepared},
    lookup::WithNumber,
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, MAX_TEXT_CHARS, Validator},
    value::FieldUpdate,
};

/// The fields of a customer that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// The tenant's number for the customer; the next one of the counter where absent.
    pub number: FieldUpdate<String>,
    /// The name.
    pub name: FieldUpdate<String>,
    /// The type of business relationship.
    pub customer_type: FieldUpdate<CustomerType>,
    /// The stage of the business relationship.
    pub status: FieldUpdate<Status>,
    /// The customer's industry.
    pub industry: FieldUpdate<String>,
    /// Labels to filter by.
    pub tags: FieldUpdate<Vec<String>>,
    /// The contact information.
    pub contact_info: FieldUpdate<ContactInfoDraft>,
    /// The preferences for service and communication.
    pub preferences: FieldUpdate<PreferencesDraft>,
    /// The customer that this one belongs to.
    pub parent: FieldUpdate<Reference>,
    /// The customer that pays the bills.
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
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// The contact information of a customer that a client can write.
#[derive(Clone, Debug, Default)]
pub struct ContactInfoDraft {
    /// E-mail address.
    pub email: FieldUpdate<String>,
    /// Telephone number.
    pub phone: FieldUpdate<String>,
    /// The name of the person to ask for.
    pub primary_contact: FieldUpdate<String>,
}

/// The contact information of a customer, as its row stores it: JSON, sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactInfo {
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The name of the person to ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_contact: Option<String>,
}

/// The preferences of a customer that a client can write.
#[derive(Clone, Debug, Default)]
pub struct PreferencesDraft {
    /// The time of day or week preferred for service, as free text.
    pub preferred_service_window: FieldUpdate<String>,
    /// The times of the week preferred for service.
    pub service_windows: FieldUpdate<Vec<ServiceWindowDraft>>,
    /// The preferred means of communication.
    pub communication_method: FieldUpdate<CommunicationMethod>,
    /// The contact in an emergency.
    pub emergency_contact: FieldUpdate<String>,
}

/// The most tags of a customer.
const MAX_TAGS: usize = 50;
/// The longest tag.
const MAX_TAG_CHARS: usize = 50;
/// The longest term of payment.
const MAX_PAYMENT_TERMS_DAYS: i32 = 365;

/// Creates a customer with its addresses and contacts.
pub async fn create(tx: &Tx, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let (addresses, contacts) = (std::mem::take(&mut draft.addresses), std::mem::take(&mut draft.contacts));
    let inputs = std::mem::take(&mut draft.custom_fields);
    let mut row = read_draft(tx, &mut validator, draft, Model { id: Uuid::now_v7(), ..Model::default() }).await?;
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    let mut fields = children::load_fields(tx, true, &addresses, &contacts).await?;
    let values = fields.prepare(&mut validator, OwnerType::Customer, None, &inputs)?;
    let children = children::prepare(tx, &mut validator, &mut fields, None, addresses, contacts);
    let children = Box::pin(children).await?;
    validator.finish()?;
    if row.number.is_empty() {
        row.number = tx.next_number::<Entity>("C-").await?;
    }
    let row = tx.insert::<Entity>(row).await?;
    Box::pin(children.write(tx, row.id)).await?;
    values.write(tx, row.id, Some(row.id)).await?;
    Ok(row)
}

/// Updates a customer and, where the draft lists them, its addresses and contacts.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the customer of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(tx: &Tx, reference: &str, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    let check = async |_: &mut Validator, _: &Model| Ok(());
    let create = async |draft| create(tx, draft).await;
    Box::pin(lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create)).await
}

/// Soft-deletes a customer with its addresses and contacts. With `cancel_open`, its open loads and service records are
/// cancelled first; without, they refuse it.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>, cancel_open: bool) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    if cancel_open {
        delete::cancel_open_work(tx, before.id).await.of_field("cancelOpen")?;
    }
    Entity::guard_delete(tx, &before).await?;
    Entity::soft_delete(tx, &before).await.of_field("id")
}

/// Restores a customer with what was deleted with it.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

/// Opens the contact information of a customer.
pub async fn contact_info(tx: &Tx, row: &Model) -> Result<ContactInfo> {
    let Some(sealed) = &row.contact_info else { return Ok(ContactInfo::default()) };
    let json = tx.open::<Entity>(row, "contact_info", sealed).await?;
    serde_json::from_str(&json).map_err(Error::internal)
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::Customer;
    type Draft = Draft;
    type Children = children::Children;

    fn set_external_reference(draft: &mut Draft, reference: String) {
        draft.external_reference = FieldUpdate::Set(reference);
    }

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let (addresses, contacts) = (std::mem::take(&mut draft.addresses), std::mem::take(&mut draft.contacts));
        let inputs = std::mem::take(&mut draft.custom_fields);
        let row = read_draft(tx, validator, draft, before.clone()).await?;
        let mut fields = children::load_fields(tx, !inputs.is_empty(), &addresses, &contacts).await?;
        if !inputs.is_empty() {
            fields.load_values(tx, OwnerType::Customer, &[before.id]).await?;
        }
        let values = fields.prepare(validator, OwnerType::Customer, Some(before.id), &inputs)?;
        let children = children::prepare(tx, validator, &mut fields, Some(before.id), addresses, contacts);
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
    let (old_type, old_number) = (row.customer_type, row.number.clone());
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_required_text("number", draft.number, MAX_LINE_CHARS, &mut row.number);
    validator.set_value("type", draft.customer_type, &mut row.customer_type);
    validator.set_value("status", draft.status, &mut row.status);
    validator.set_text("industry", draft.industry, MAX_LINE_CHARS, &mut row.industry);
    set_tags(validator, draft.tags, &mut row.tags);
    validator.set_sealed_text("taxId", draft.tax_id, MAX_LINE_CHARS, &mut row.tax_id);
    validator.set_text("mcNumber", draft.mc_number, MAX_LINE_CHARS, &mut row.mc_number);
    validator.set_text("dotNumber", draft.dot_number, MAX_LINE_CHARS, &mut row.dot_number);
    validator.set_integer(
        "paymentTermsDays",
        draft.payment_terms_days,
        0,
        MAX_PAYMENT_TERMS_DAYS,
        &mut row.payment_terms_days,
    );
    validator.set_sealed_text("notes", draft.notes, MAX_TEXT_CHARS, &mut row.notes);
    name::set_name(tx, validator, draft.name, &mut row, old_type).await?;
    set_contact_info(tx, validator, draft.contact_info, &mut row).await?;
    set_preferences(validator, draft.preferences, &mut row);
    hierarchy::set_related_customers(tx, validator, draft.parent, draft.bill_to, &mut row).await?;
    if !row.number.is_empty() && fold::fold(&row.number) != fold::fold(&old_number) {
        let same_number = tx.look_up::<WithNumber<Entity>>(&[fold::fold(&row.number)]).await?;
        if let Some(holder) = same_number.iter().find(|other| other.id != row.id) {
            let (code, message) = reference::taken::<Entity>(holder, "number", &row.number);
            validator.fail(code, "number", message);
        }
    }
    Ok(row)
}

async fn set_contact_info(
    tx: &Tx,
    validator: &mut Validator,
    update: FieldUpdate<ContactInfoDraft>,
    row: &mut Model,
) -> Result<()> {
    let mut info = match update {
        FieldUpdate::Keep => return Ok(()),
        FieldUpdate::Clear => ContactInfo::default(),
        FieldUpdate::Set(_) => contact_info(tx, row).await?,
    };
    if let FieldUpdate::Set(draft) = update {
        validator.within("contactInfo", |validator| {
            if let Some(email) = draft.email.value() {
                validator.check_email("email", email);
            }
            if let Some(phone) = draft.phone.value() {
                validator.check_phone("phone", phone);
            }
            validator.set_text("email", draft.email, MAX_LINE_CHARS, &mut info.email);
            validator.set_text("phone", draft.phone, MAX_LINE_CHARS, &mut info.phone);
            validator.set_text("primaryContact", draft.primary_contact, MAX_LINE_CHARS, &mut info.primary_contact);
        });
    }
    row.contact_info = if info == ContactInfo::default() {
        None
    } else {
        Some(Sealed::plain(&serde_json::to_string(&info).map_err(Error::internal)?))
    };
    Ok(())
}

fn set_preferences(validator: &mut Validator, update: FieldUpdate<PreferencesDraft>, row: &mut Model) {
    let draft = match update {
        FieldUpdate::Keep => return,
        FieldUpdate::Clear => PreferencesDraft {
            preferred_service_window: FieldUpdate::Clear,
            service_windows: FieldUpdate::Clear,
            communication_method: FieldUpdate::Clear,
            emergency_contact: FieldUpdate::Clear,
        },
        FieldUpdate::Set(draft) => draft,
    };
    validator.within("preferences", |validator| {
        let window = &mut row.preferred_service_window;
        validator.set_text("preferredServiceWindow", draft.preferred_service_window, MAX_LINE_CHARS, window);
        set_service_windows(validator, draft.service_windows, &mut row.service_windows);
        validator.set_option(draft.communication_method, &mut row.communication_method);
        validator.set_sealed_text(
            "emergencyContact",
            draft.emergency_contact,
            MAX_LINE_CHARS,
            &mut row.emergency_contact,
        );
    });
}

/// Stores the tags as a JSON list: folded, sorted and without duplicates.
fn set_tags(validator: &mut Validator, update: FieldUpdate<Vec<String>>, json: &mut Option<String>) {
    let Some(tags) = update.list() else { return };
    validator.check_max_items("tags", tags.len(), MAX_TAGS);
    let mut folded = Vec::with_capacity(tags.len());
    for (index, tag) in tags.iter().enumerate() {
        let tag = fold::fold(&validator.parse_item("tags", index, tag, MAX_TAG_CHARS));
        // In the stored list, a comma between two tags could not be told from it.
        if tag == "," {
            let comma = "A tag is not a comma alone.";
            validator.within("tags", |validator| validator.fail(Code::Invalid, &index.to_string(), comma));
        }
        folded.push(tag);
    }
    folded.sort_unstable();
    folded.dedup();
    *json = (!folded.is_empty()).then(|| serde_json::json!(folded).to_string());
}

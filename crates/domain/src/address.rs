//! Addresses: one PRIMARY and one BILLING per customer; an address that open work needs is not deleted.

use access::Action;
use chrono::{NaiveDate, TimeDelta};
use entity::{
    Sealed,
    address::{AddressType, Entity, Model},
    custom_field_definition::OwnerType,
    customer, customer_asset,
};
use error::{Code, Error, OfField, Result};
use sea_orm::{Value, prelude::Uuid};
use store::{Filter, Predicate, Tx, edge, table::enum_text};

use super::{
    custom_field::{self, ValueInput},
    lifecycle::{self, Lifecycle, Prepared},
    load,
    recurring_service::schedule::recurrence,
    reference::{self, Reference},
    service_record,
    validator::{MAX_LINE_CHARS, MAX_TEXT_CHARS, Validator},
    value::FieldUpdate,
};

/// The fields of an address that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// The name of the place.
    pub name: FieldUpdate<String>,
    /// The use of the place.
    pub address_type: FieldUpdate<AddressType>,
    /// Street and number.
    pub street: FieldUpdate<String>,
    /// Second line.
    pub street2: FieldUpdate<String>,
    /// City.
    pub city: FieldUpdate<String>,
    /// State or province.
    pub state: FieldUpdate<String>,
    /// Postal code.
    pub zip_code: FieldUpdate<String>,
    /// ISO 3166-1 alpha-2.
    pub country: FieldUpdate<String>,
    /// Longitude and latitude.
    pub coordinates: FieldUpdate<[f64; 2]>,
    /// IANA name.
    pub time_zone: FieldUpdate<String>,
    /// How to get in.
    pub instructions: FieldUpdate<String>,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// Creates an address of a customer, or of the tenant itself.
pub async fn create(tx: &Tx, customer: Option<&Reference>, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let inputs = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut validator, OwnerType::Address, None, &inputs).await?;
    let customers = reference::find::<customer::Entity>(tx, customer).await.of_field("customer")?;
    let owner = customer.and_then(|name| customers.require(&mut validator, vec!["customer".to_owned()], name));
    let owner = owner.map(|owner| owner.id);
    let row = read_draft(tx, &mut validator, draft, Model::default());
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    if owner.is_some() {
        ensure_single_of_type(tx, &mut validator, owner, &row).await?;
    }
    validator.finish()?;
    let row = insert(tx, owner, row).await?;
    values.write(tx, row.id, owner).await?;
    Ok(row)
}

/// Updates an address.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the address of an external reference, or updates the one that has it; a deleted one is restored first.
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
    let create = async |draft| create(tx, customer, draft).await;
    lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create).await
}

/// Soft-deletes an address that no open work needs.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores an address.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

/// Whether a longitude and a latitude are those of a position on Earth.
pub fn is_on_earth([longitude, latitude]: [f64; 2]) -> bool {
    (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude)
}

/// Reads a draft into a row, which is new or is updated.
pub fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Model {
    if row.time_zone.is_empty() {
        row.time_zone.clone_from(&tx.tenant().time_zone);
    }
    if let Some(zone) = draft.time_zone.value() {
        validator.check_time_zone("timeZone", zone);
    }
    if let Some(country) = draft.country.value() {
        validator.check_country("country", country);
    }
    if draft.coordinates.value().is_some_and(|position| !is_on_earth(*position)) {
        let message = "coordinates are [longitude, latitude] in degrees, from [-180, -90] to [180, 90].";
        validator.fail(Code::OutOfRange, "coordinates", message);
    }
    let coordinates =
        draft.coordinates.map(|[longitude, latitude]| Sealed::plain(&format!("[{longitude},{latitude}]")));
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_text("name", draft.name, MAX_LINE_CHARS, &mut row.name);
    validator.set_value("type", draft.address_type, &mut row.address_type);
    validator.set_sealed_text("street", draft.street, MAX_LINE_CHARS, &mut row.street);
    validator.set_sealed_text("street2", draft.street2, MAX_LINE_CHARS, &mut row.street2);
    validator.set_text("city", draft.city, MAX_LINE_CHARS, &mut row.city);
    validator.set_text("state", draft.state, MAX_LINE_CHARS, &mut row.state);
    validator.set_sealed_text("zipCode", draft.zip_code, MAX_LINE_CHARS, &mut row.zip_code);
    validator.set_text("country", draft.country, MAX_LINE_CHARS, &mut row.country);
    validator.set_option(coordinates, &mut row.coordinates);
    validator.set_required_text("timeZone", draft.time_zone, MAX_LINE_CHARS, &mut row.time_zone);
    validator.set_sealed_text("instructions", draft.instructions, MAX_TEXT_CHARS, &mut row.instructions);
    row
}

/// Writes a new address.
pub async fn insert(tx: &Tx, customer: Option<Uuid>, mut row: Model) -> Result<Model> {
    row.customer_id = customer;
    tx.insert::<Entity>(row).await
}

/// One message for each use of some addresses: open loads and service records, recurring services with
/// dates to come, and customer assets located there.
pub async fn uses(tx: &Tx, ids: &[Uuid]) -> Result<Vec<String>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids_in = |column| Filter::Column(column, Predicate::In(ids.iter().copied().map(Value::from).collect()));
    let stops_here = Filter::Exists(&edge::LOAD_STOPS, Box::new(ids_in("address_id")));
    // The rule binds every caller; the message names rows only for one who may read them.
    let loads = tx.find_unrestricted::<entity::load::Entity>().filter(load::open_filter()).filter(stops_here);
    let shows_loads = tx.caller().may(Action::LoadRead);
    let message = |load: entity::load::Model| {
        let name = if shows_loads { format!("Load {}", load.number) } else { "A load".to_owned() };
        format!("{name} stops at this address.")
    };
    let mut messages: Vec<_> = tx.all(&loads).await?.into_iter().map(message).collect();
    let services = tx.find_unrestricted::<entity::service_record::Entity>();
    let services = services.filter(service_record::open_filter()).filter(ids_in("address_id"));
    for service in tx.all(&services).await? {
        messages.push(if tx.caller().may(Action::ServiceRead) {
            format!("The open service record of {} is at this address.", service.service_date)
        } else {
            "An open service record is at this address.".to_owned()
        });
    }
    let plans = tx.find_unrestricted::<entity::recurring_service::Entity>().filter(ids_in("address_id"));
    let shows_plans = tx.caller().may(Action::RecurringServiceRead);
    // Any time zone has reached the day before.
    let today = tx.at().date_naive() - TimeDelta::days(1);
    for plan in
        tx.all(&plans).await?.iter().filter(|plan| recurrence(plan).dates(today, NaiveDate::MAX).next().is_some())
    {
        let name =
            if shows_plans { format!("The recurring {}", plan.service_type) } else { "A recurring service".to_owned() };
        messages.push(format!("{name} is at this address."));
    }
    let not_returned = Filter::Column("returned_at", Predicate::IsNull(true));
    let assets = tx.find_unrestricted::<customer_asset::Entity>().filter(not_returned).filter(ids_in("location_id"));
    messages.extend(tx.all(&assets).await?.iter().map(|_| "A customer asset stands at this address.".to_owned()));
    Ok(messages)
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::Address;
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

    async fn validate(
        tx: &Tx,
        validator: &mut Validator,
        before: &Model,
        prepared: &Prepared<Self>,
        _restored: bool,
    ) -> Result<()> {
        if prepared.row.address_type != before.address_type && before.customer_id.is_some() {
            ensure_single_of_type(tx, validator, before.customer_id, &prepared.row).await?;
        }
        Ok(())
    }

    async fn write(tx: &Tx, before: &Model, after: Model, (): ()) -> Result<Model> {
        tx.update::<Self>(before, after).await
    }

    async fn guard_delete(tx: &Tx, before: &Model) -> Result<()> {
        match uses(tx, &[before.id]).await?.into_iter().next() {
            Some(message) => Err(Error::invalid(Code::InUse, &["id"], message)),
            None => Ok(()),
        }
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        let Some(owner) = before.customer_id else { return Ok(()) };
        reference::ensure_live::<customer::Entity>(tx, owner).await?;
        let mut validator = Validator::new();
        ensure_single_of_type(tx, &mut validator, Some(owner), before).await?;
        validator.finish()
    }
}

/// Refuses a second PRIMARY or BILLING address of a customer.
async fn ensure_single_of_type(tx: &Tx, validator: &mut Validator, customer: Option<Uuid>, row: &Model) -> Result<()> {
    if !matches!(row.address_type, AddressType::Primary | AddressType::Billing) {
        return Ok(());
    }
    let of_customer = Filter::Column("customer_id", Predicate::Eq(customer.into()));
    let of_type = Filter::Column("address_type", Predicate::Eq(enum_text(&row.address_type).into()));
    let others = tx.all(&tx.find::<Entity>()?.filter(of_customer).filter(of_type)).await?;
    if others.iter().any(|other| other.id != row.id) {
        let message = format!("The customer has a {} address already; change that one.", enum_text(&row.address_type));
        validator.fail(Code::Taken, "type", message);
    }
    Ok(())
}

//! Addresses: one PRIMARY and one BILLING per customer; a place that open work needs stays.

use entity::{
    Sealed,
    address::{Entity, Kind, Model},
    custom_field_definition::Owner,
};
use error::{Code, Error, Result};
use sea_orm::{Value, prelude::Uuid};
use store::{Deleted, Filter, Test, Tx, edge, owned::stored};

use super::{
    check::{Check, LINE, TEXT},
    custom_field::{self, Given},
    reference::{self, Reference},
    value::Field,
};

/// What a client says about an address.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: Field<String>,
    /// What the place is called.
    pub name: Field<String>,
    /// What the place is for.
    pub kind: Field<Kind>,
    /// Street and number.
    pub street: Field<String>,
    /// Second line.
    pub street2: Field<String>,
    /// City.
    pub city: Field<String>,
    /// State or province.
    pub state: Field<String>,
    /// Postal code.
    pub zip_code: Field<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Field<String>,
    /// Longitude and latitude.
    pub coordinates: Field<[f64; 2]>,
    /// IANA name.
    pub time_zone: Field<String>,
    /// How to get in.
    pub instructions: Field<String>,
    /// Values of custom fields.
    pub custom_fields: Vec<Given>,
}

/// Makes an address of a customer, or of the tenant itself.
pub async fn create(tx: &Tx, customer: Option<&Reference>, mut draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut check, Owner::Address, None, &given).await?;
    let customers = reference::find::<entity::customer::Entity>(tx, customer).await?;
    let owner = customer.and_then(|name| customers.want(&mut check, vec!["customer".to_owned()], name));
    let owner = owner.map(|owner| owner.id);
    let row = prepare(tx, &mut check, draft, Model::default());
    reference::free::<Entity>(tx, &mut check, row.id, row.external_reference.as_ref()).await?;
    if owner.is_some() {
        single(tx, &mut check, owner, &row).await?;
    }
    check.done()?;
    let row = add(tx, owner, row).await?;
    values.write(tx, row.id, owner).await?;
    Ok(row)
}

/// Changes an address.
pub async fn update(tx: &Tx, id: &Reference, expected: Option<i32>, draft: Draft) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    change(tx, before, draft).await
}

/// Makes the address of an external reference, or changes the one that has it.
pub async fn upsert(tx: &Tx, customer: Option<&Reference>, reference: &str, draft: Draft) -> Result<Model> {
    let draft = Draft { external_reference: Field::Set(reference.to_owned()), ..draft };
    match reference::holder::<Entity>(tx, reference).await? {
        Some(row) if row.deleted_at.is_some() => {
            let row = show(tx, row).await?;
            change(tx, row, draft).await
        }
        Some(row) => change(tx, row, draft).await,
        None => create(tx, customer, draft).await,
    }
}

/// Hides an address that no open work needs.
pub async fn delete(tx: &Tx, id: &Reference, expected: Option<i32>) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    if let Some(user) = in_use(tx, &[before.id]).await?.first() {
        return Err(Error::invalid(Code::InUse, &["id"], user.1.clone()));
    }
    let stamp = Uuid::now_v7();
    custom_field::hide(tx, Owner::Address, &[before.id], stamp).await?;
    tx.delete::<Entity>(&before, stamp).await
}

/// Brings an address back.
pub async fn restore(tx: &Tx, id: &Reference) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, None, Deleted::Only).await?;
    show(tx, before).await
}

/// Reads a draft into a row.
pub fn prepare(tx: &Tx, check: &mut Check, draft: Draft, mut row: Model) -> Model {
    if row.time_zone.is_empty() {
        row.time_zone.clone_from(&tx.tenant().time_zone);
    }
    if let Some(zone) = draft.time_zone.given() {
        check.time_zone("timeZone", zone);
    }
    if let Some(country) = draft.country.given() {
        check.country("country", country);
    }
    if let Some([longitude, latitude]) = draft.coordinates.given()
        && !((-180.0..=180.0).contains(longitude) && (-90.0..=90.0).contains(latitude))
    {
        let message = "coordinates are [longitude, latitude] in degrees, from [-180, -90] to [180, 90].";
        check.fail(Code::OutOfRange, "coordinates", message);
    }
    let coordinates =
        draft.coordinates.map(|[longitude, latitude]| Sealed::plain(&format!("[{longitude},{latitude}]")));
    check.text("externalReference", draft.external_reference, LINE, &mut row.external_reference);
    check.text("name", draft.name, LINE, &mut row.name);
    check.value("type", draft.kind, &mut row.kind);
    check.sealed("street", draft.street, LINE, &mut row.street);
    check.sealed("street2", draft.street2, LINE, &mut row.street2);
    check.text("city", draft.city, LINE, &mut row.city);
    check.text("state", draft.state, LINE, &mut row.state);
    check.sealed("zipCode", draft.zip_code, LINE, &mut row.zip_code);
    check.text("country", draft.country, LINE, &mut row.country);
    check.option(coordinates, &mut row.coordinates);
    check.required("timeZone", draft.time_zone, LINE, &mut row.time_zone);
    check.sealed("instructions", draft.instructions, TEXT, &mut row.instructions);
    row
}

/// Writes a new address.
pub async fn add(tx: &Tx, customer: Option<Uuid>, mut row: Model) -> Result<Model> {
    row.customer_id = customer;
    tx.insert::<Entity>(row).await
}

/// Which of some addresses open work needs, and what needs it, in words.
pub async fn in_use(tx: &Tx, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids_in = |column| Filter::Column(column, Test::In(ids.iter().copied().map(Value::from).collect()));
    let open = ["COMPLETED", "INVOICED", "PAID", "CANCELLED"];
    let open = Filter::Column("status", Test::NotIn(open.into_iter().map(Value::from).collect()));
    let mut users = Vec::new();
    let stops = Filter::Some(&edge::LOAD_STOPS, Box::new(ids_in("address_id")));
    let loads = tx.all(&tx.find::<entity::load::Entity>()?.filter(open.clone()).filter(stops)).await?;
    for load in loads {
        let here = [load.pickup_id, load.delivery_id].into_iter().flatten().find(|id| ids.contains(id));
        users.push((here.unwrap_or(ids[0]), format!("Load {} stops at this address.", load.load_number)));
    }
    let services = tx.find::<entity::service_record::Entity>()?.filter(open).filter(ids_in("address_id"));
    for service in tx.all(&services).await? {
        let message = format!("The open service record of {} is at this address.", service.service_date);
        users.push((service.address_id.unwrap_or_default(), message));
    }
    let out = Filter::Column("returned_at", Test::IsNull(true));
    let assets = tx.find::<entity::customer_asset::Entity>()?.filter(out).filter(ids_in("location_id"));
    for asset in tx.all(&assets).await? {
        users.push((asset.location_id.unwrap_or_default(), "A customer asset stands at this address.".to_owned()));
    }
    Ok(users)
}

async fn change(tx: &Tx, before: Model, mut draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut check, Owner::Address, Some(before.id), &given).await?;
    let after = prepare(tx, &mut check, draft, before.clone());
    if after.external_reference != before.external_reference {
        reference::free::<Entity>(tx, &mut check, before.id, after.external_reference.as_ref()).await?;
    }
    if after.kind != before.kind && before.customer_id.is_some() {
        single(tx, &mut check, before.customer_id, &after).await?;
    }
    check.done()?;
    let row = tx.update::<Entity>(&before, after).await?;
    values.write(tx, row.id, row.customer_id).await?;
    Ok(row)
}

async fn show(tx: &Tx, before: Model) -> Result<Model> {
    let mut check = Check::new();
    if let Some(customer) = before.customer_id {
        super::customer::must_live(tx, customer).await?;
        single(tx, &mut check, Some(customer), &before).await?;
    }
    check.done()?;
    custom_field::show(tx, before.deleted_with, Some((Owner::Address, before.id))).await?;
    tx.restore::<Entity>(&before).await
}

/// A customer has one PRIMARY and one BILLING address.
async fn single(tx: &Tx, check: &mut Check, customer: Option<Uuid>, row: &Model) -> Result<()> {
    if !matches!(row.kind, Kind::Primary | Kind::Billing) {
        return Ok(());
    }
    let of = Filter::Column("customer_id", Test::Eq(customer.into()));
    let kind = Filter::Column("kind", Test::Eq(stored(&row.kind).into()));
    let others = tx.all(&tx.find::<Entity>()?.filter(of).filter(kind)).await?;
    if others.iter().any(|other| other.id != row.id) {
        let message = format!("The customer has a {} address already; change that one.", stored(&row.kind));
        check.fail(Code::Taken, "type", message);
    }
    Ok(())
}

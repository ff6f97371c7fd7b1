//! What belongs to a service record: its technicians, its equipment and the parts it used, each given as a whole list.

use std::collections::HashSet;

use entity::{asset, customer_asset, service_equipment, service_part, service_record::Model, service_technician};
use error::{Code, Result};
use sea_orm::{Value, prelude::Uuid};
use store::{Edge, Filter, Predicate, TenantTable, Tx, edge, tx::ChildRowsImage};

use crate::{
    child_rows::ChildRows,
    reference::{self, Reference, ReferencedRows},
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate, Price},
};

/// The most technicians of a service record.
const MAX_TECHNICIANS: usize = 50;
/// The most pieces of equipment, and the most parts, of a service record.
const MAX_CHILD_ROWS: usize = 100;

/// What a client says about a part that was used.
#[derive(Clone, Debug)]
pub struct PartUsed {
    /// The maker's or seller's number.
    pub part_number: Option<String>,
    /// How many or how much.
    pub quantity: Decimal,
    /// In words.
    pub description: Option<String>,
    /// What one costs.
    pub unit_cost: Option<Price>,
}

/// The lists a draft speaks of, read.
#[derive(Default)]
pub struct ChildLists {
    /// Who does the work.
    pub technicians: Option<Vec<service_technician::Model>>,
    /// What it is about.
    pub equipment: Option<Vec<service_equipment::Model>>,
    /// What it used.
    pub used: Option<Vec<service_part::Model>>,
}

impl ChildLists {
    /// Replaces the lists that are given, and says what they were and are.
    pub async fn write(self, tx: &Tx, owner: Uuid, new: bool) -> Result<Vec<ChildRowsImage>> {
        let written = [
            replace::<service_technician::Entity>(tx, &edge::SERVICE_TECHNICIANS, owner, new, self.technicians).await?,
            replace::<service_equipment::Entity>(tx, &edge::SERVICE_EQUIPMENT_PARTS, owner, new, self.equipment)
                .await?,
            replace::<service_part::Entity>(tx, &edge::SERVICE_PARTS, owner, new, self.used).await?,
        ];
        Ok(written.into_iter().flatten().collect())
    }
}

async fn replace<E: TenantTable>(
    tx: &Tx,
    edge: &'static Edge,
    owner: Uuid,
    new: bool,
    rows: Option<Vec<E::Model>>,
) -> Result<Option<ChildRowsImage>> {
    let Some(rows) = rows else { return Ok(None) };
    let mut list = if new { ChildRows::<E>::none(edge) } else { ChildRows::read(tx, edge, owner).await? };
    list.after = rows;
    list.write(tx, owner).await
}

/// Reads who does the work: one name or a list of them, not both.
pub fn technicians(
    validator: &mut Validator,
    one: FieldUpdate<String>,
    many: FieldUpdate<Vec<String>>,
) -> Option<Vec<service_technician::Model>> {
    let (field, given) = match (one, many) {
        (FieldUpdate::Keep, many) => ("technicians", many),
        (one, FieldUpdate::Keep) => ("technician", one.map(|name| vec![name])),
        _ => {
            validator.fail(Code::Invalid, "technician", "Give technician or technicians, not both.");
            return None;
        }
    };
    let given = listed(given)?;
    validator.at_most(field, given.len(), MAX_TECHNICIANS);
    let mut names = Vec::with_capacity(given.len());
    for (index, name) in given.into_iter().enumerate() {
        let mut text = String::new();
        if field == "technician" {
            validator.required(field, FieldUpdate::Set(name), MAX_LINE_CHARS, &mut text);
        } else {
            validator.within(field, |validator| {
                validator.required(&index.to_string(), FieldUpdate::Set(name), MAX_LINE_CHARS, &mut text)
            });
        }
        if !names.contains(&text) {
            names.push(text);
        }
    }
    let row = |technician| service_technician::Model { technician, ..Default::default() };
    Some(names.into_iter().map(row).collect())
}

/// Reads what the work is about: each reference is a customer asset, else an asset, which then stands for the customer's
/// assignment of it. Refused is only what was never this customer's.
pub async fn equipment(
    tx: &Tx,
    validator: &mut Validator,
    record: &Model,
    given: FieldUpdate<Vec<Reference>>,
) -> Result<Option<Vec<service_equipment::Model>>> {
    let Some(given) = listed(given) else { return Ok(None) };
    validator.at_most("equipment", given.len(), MAX_CHILD_ROWS);
    if record.customer_id.is_nil() {
        // The customer is unknown, which is said already; nothing can be theirs.
        return Ok(None);
    }
    let assigned = reference::find::<customer_asset::Entity>(tx, &given).await?;
    let own = |name: &Reference| assigned.get(name).filter(|row| row.customer_id == record.customer_id);
    let others: Vec<_> = given.iter().filter(|name| own(name).is_none()).collect();
    let assets = reference::find::<asset::Entity>(tx, others.iter().copied()).await?;
    let had =
        had(tx, record.customer_id, others.iter().filter_map(|name| assets.get(name)).map(|asset| asset.id)).await?;
    let (mut seen, mut rows) = (HashSet::new(), Vec::with_capacity(given.len()));
    for (index, name) in given.iter().enumerate() {
        let found = own(name).or_else(|| had_at(&had, assets.get(name)?.id, record));
        match found {
            Some(found) if seen.insert(found.id) => {
                rows.push(service_equipment::Model { customer_asset_id: found.id, ..Default::default() });
            }
            Some(_) => {}
            None => validator.within("equipment", |validator| not_theirs(validator, index, name, &assigned, &assets)),
        }
    }
    Ok(Some(rows))
}

/// The customer's assignments of some assets, those that ended too.
async fn had(tx: &Tx, customer: Uuid, assets: impl Iterator<Item = Uuid>) -> Result<Vec<customer_asset::Model>> {
    let assets: Vec<_> = assets.map(Value::from).collect();
    if assets.is_empty() {
        return Ok(Vec::new());
    }
    let find =
        tx.find::<customer_asset::Entity>()?.filter(Filter::Column("customer_id", Predicate::Eq(customer.into())));
    tx.all(&find.filter(Filter::Column("asset_id", Predicate::In(assets)))).await
}

/// The assignment of an asset at the time of the service; the latest, if there was none then.
fn had_at<'a>(had: &'a [customer_asset::Model], asset: Uuid, record: &Model) -> Option<&'a customer_asset::Model> {
    let date = record.service_date;
    let then = |row: &customer_asset::Model| {
        row.starts_at.is_none_or(|from| from <= date) && row.returned_at.or(row.until).is_none_or(|end| date < end)
    };
    had.iter().filter(|row| row.asset_id == asset).max_by_key(|row| (then(row), row.starts_at, row.id))
}

fn not_theirs(
    validator: &mut Validator,
    index: usize,
    name: &str,
    assigned: &ReferencedRows<customer_asset::Entity>,
    assets: &ReferencedRows<asset::Entity>,
) {
    let index = index.to_string();
    if assigned.get(name).is_none() && assets.get(name).is_none() {
        let message =
            format!("\"{name}\" is neither the id nor the external reference of a customer asset or an asset.");
        validator.fail(Code::NotFound, &index, message);
    } else {
        let message = format!("\"{name}\" was never this customer's; assign the asset to the customer first.");
        validator.fail(Code::Invalid, &index, message);
    }
}

/// Reads what was used.
pub fn used(tx: &Tx, validator: &mut Validator, given: FieldUpdate<Vec<PartUsed>>) -> Option<Vec<service_part::Model>> {
    let given = listed(given)?;
    validator.at_most("partsUsed", given.len(), MAX_CHILD_ROWS);
    let mut rows = Vec::with_capacity(given.len());
    for (index, part) in given.into_iter().enumerate() {
        let mut row = service_part::Model { quantity: part.quantity.0, ..Default::default() };
        validator.within("partsUsed", |validator| {
            validator.within(index, |validator| {
                validator.text("partNumber", part.part_number.into(), MAX_LINE_CHARS, &mut row.part_number);
                validator.text("description", part.description.into(), MAX_LINE_CHARS, &mut row.description);
                let cost = (&mut row.unit_cost_amount, &mut row.unit_cost_currency);
                money(tx, validator, "unitCost", part.unit_cost.into(), cost.0, cost.1);
                if row.part_number.is_none() && row.description.is_none() {
                    validator.fail(Code::Required, "partNumber", "A part needs a partNumber or a description.");
                }
                if part.quantity.0 <= 0 {
                    let message = format!("quantity is more than 0; {} was given.", part.quantity);
                    validator.fail(Code::OutOfRange, "quantity", message);
                }
            });
        });
        rows.push(row);
    }
    Some(rows)
}

/// Reads an amount of money, which may not be negative.
pub fn money(
    tx: &Tx,
    validator: &mut Validator,
    field: &str,
    given: FieldUpdate<Price>,
    amount: &mut Option<i64>,
    currency: &mut Option<String>,
) {
    let given = match given {
        FieldUpdate::Keep => FieldUpdate::Keep,
        FieldUpdate::Clear => FieldUpdate::Clear,
        FieldUpdate::Set(price) => match validator.price(field, &price, &tx.tenant().currency) {
            Some(money) if money.amount < 0 => {
                return validator.fail(Code::OutOfRange, field, format!("{field} cannot be negative."));
            }
            Some(money) => FieldUpdate::Set(money),
            None => return,
        },
    };
    validator.money(given, amount, currency);
}

/// The list a field asks for; none, where it does not speak of it.
fn listed<T>(given: FieldUpdate<Vec<T>>) -> Option<Vec<T>> {
    match given {
        FieldUpdate::Keep => None,
        FieldUpdate::Clear => Some(Vec::new()),
        FieldUpdate::Set(list) => Some(list),
    }
}

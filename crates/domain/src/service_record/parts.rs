//! What belongs to a service record: its technicians, its equipment and the parts it used, each given as a whole list.

use std::collections::HashSet;

use entity::{asset, customer_asset, service_equipment, service_part, service_record::Model, service_technician};
use error::{Code, Result};
use sea_orm::{Value, prelude::Uuid};
use store::{Edge, Filter, Owned, Test, Tx, edge, tx::Parts};

use crate::{
    check::{Check, LINE},
    part::List,
    reference::{self, Found, Reference},
    value::{Decimal, Field, Price},
};

/// The most technicians of a service record.
const TECHNICIANS: usize = 50;
/// The most pieces of equipment, and the most parts, of a service record.
const MOST: usize = 100;

/// What a client says about a part that was used.
#[derive(Clone, Debug)]
pub struct Part {
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
pub struct Lists {
    /// Who does the work.
    pub technicians: Option<Vec<service_technician::Model>>,
    /// What it is about.
    pub equipment: Option<Vec<service_equipment::Model>>,
    /// What it used.
    pub used: Option<Vec<service_part::Model>>,
}

impl Lists {
    /// Replaces the lists that are given, and says what they were and are.
    pub async fn write(self, tx: &Tx, owner: Uuid, new: bool) -> Result<Vec<Parts>> {
        let written = [
            put::<service_technician::Entity>(tx, &edge::SERVICE_TECHNICIANS, owner, new, self.technicians).await?,
            put::<service_equipment::Entity>(tx, &edge::SERVICE_EQUIPMENT_PARTS, owner, new, self.equipment).await?,
            put::<service_part::Entity>(tx, &edge::SERVICE_PARTS, owner, new, self.used).await?,
        ];
        Ok(written.into_iter().flatten().collect())
    }
}

async fn put<E: Owned>(
    tx: &Tx,
    edge: &'static Edge,
    owner: Uuid,
    new: bool,
    rows: Option<Vec<E::Model>>,
) -> Result<Option<Parts>> {
    let Some(rows) = rows else { return Ok(None) };
    let mut list = if new { List::<E>::none(edge) } else { List::read(tx, edge, owner).await? };
    list.is = rows;
    list.write(tx, owner).await
}

/// Reads who does the work: one name or a list of them, not both.
pub fn technicians(
    check: &mut Check,
    one: Field<String>,
    many: Field<Vec<String>>,
) -> Option<Vec<service_technician::Model>> {
    let (field, given) = match (one, many) {
        (Field::Keep, many) => ("technicians", many),
        (one, Field::Keep) => ("technician", one.map(|name| vec![name])),
        _ => {
            check.fail(Code::Invalid, "technician", "Give technician or technicians, not both.");
            return None;
        }
    };
    let given = listed(given)?;
    check.at_most(field, given.len(), TECHNICIANS);
    let mut names = Vec::with_capacity(given.len());
    for (index, name) in given.into_iter().enumerate() {
        let mut text = String::new();
        if field == "technician" {
            check.required(field, Field::Set(name), LINE, &mut text);
        } else {
            check.within(field, |check| check.required(&index.to_string(), Field::Set(name), LINE, &mut text));
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
    check: &mut Check,
    record: &Model,
    given: Field<Vec<Reference>>,
) -> Result<Option<Vec<service_equipment::Model>>> {
    let Some(given) = listed(given) else { return Ok(None) };
    check.at_most("equipment", given.len(), MOST);
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
            None => check.within("equipment", |check| not_theirs(check, index, name, &assigned, &assets)),
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
    let find = tx.find::<customer_asset::Entity>()?.filter(Filter::Column("customer_id", Test::Eq(customer.into())));
    tx.all(&find.filter(Filter::Column("asset_id", Test::In(assets)))).await
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
    check: &mut Check,
    index: usize,
    name: &str,
    assigned: &Found<customer_asset::Entity>,
    assets: &Found<asset::Entity>,
) {
    let index = index.to_string();
    if assigned.get(name).is_none() && assets.get(name).is_none() {
        let message =
            format!("\"{name}\" is neither the id nor the external reference of a customer asset or an asset.");
        check.fail(Code::NotFound, &index, message);
    } else {
        let message = format!("\"{name}\" was never this customer's; assign the asset to the customer first.");
        check.fail(Code::Invalid, &index, message);
    }
}

/// Reads what was used.
pub fn used(tx: &Tx, check: &mut Check, given: Field<Vec<Part>>) -> Option<Vec<service_part::Model>> {
    let given = listed(given)?;
    check.at_most("partsUsed", given.len(), MOST);
    let mut rows = Vec::with_capacity(given.len());
    for (index, part) in given.into_iter().enumerate() {
        let mut row = service_part::Model { quantity: part.quantity.0, ..Default::default() };
        check.within("partsUsed", |check| {
            check.within(index, |check| {
                check.text("partNumber", part.part_number.into(), LINE, &mut row.part_number);
                check.text("description", part.description.into(), LINE, &mut row.description);
                let cost = (&mut row.unit_cost_amount, &mut row.unit_cost_currency);
                money(tx, check, "unitCost", part.unit_cost.into(), cost.0, cost.1);
                if row.part_number.is_none() && row.description.is_none() {
                    check.fail(Code::Required, "partNumber", "A part needs a partNumber or a description.");
                }
                if part.quantity.0 <= 0 {
                    let message = format!("quantity is more than 0; {} was given.", part.quantity);
                    check.fail(Code::OutOfRange, "quantity", message);
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
    check: &mut Check,
    field: &str,
    given: Field<Price>,
    amount: &mut Option<i64>,
    currency: &mut Option<String>,
) {
    let given = match given {
        Field::Keep => Field::Keep,
        Field::Clear => Field::Clear,
        Field::Set(price) => match check.price(field, &price, &tx.tenant().currency) {
            Some(money) if money.amount < 0 => {
                return check.fail(Code::OutOfRange, field, format!("{field} cannot be negative."));
            }
            Some(money) => Field::Set(money),
            None => return,
        },
    };
    check.money(given, amount, currency);
}

/// The list a field asks for; none, where it does not speak of it.
fn listed<T>(given: Field<Vec<T>>) -> Option<Vec<T>> {
    match given {
        Field::Keep => None,
        Field::Clear => Some(Vec::new()),
        Field::Set(list) => Some(list),
    }
}

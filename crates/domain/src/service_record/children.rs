//! The lists of a service record: technicians, equipment and parts used, each written as a whole.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    asset, customer_asset, equipment_schedule, service_equipment, service_part, service_schedule, service_technician,
};
use error::{Code, OfField, Result};
use sea_orm::{Value, prelude::Uuid};
use store::{Edge, Filter, Predicate, TenantTable, Tx, edge, tx::ChildRowsImage};

use crate::{
    child_rows::ChildRows,
    equipment_schedule::Named,
    reference::{self, Reference, ReferencedRows},
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate, Price},
};

/// The most technicians of a service record.
const MAX_TECHNICIANS: usize = 50;
/// The most pieces of equipment, and the most parts, of a service record.
const MAX_CHILD_ROWS: usize = 100;

/// A part used, as a client writes it.
#[derive(Clone, Debug)]
pub struct PartUsed {
    /// The number of the manufacturer or seller.
    pub part_number: Option<String>,
    /// The quantity.
    pub quantity: Decimal,
    /// A description.
    pub description: Option<String>,
    /// The cost of a quantity of one.
    pub unit_cost: Option<Price>,
}

/// The new lists of a service record; nothing, where a draft keeps a list.
#[derive(Default)]
pub struct ChildLists {
    /// The technicians who do the work.
    pub technicians: Option<Vec<service_technician::Model>>,
    /// The equipment to work on.
    pub equipment: Option<Vec<service_equipment::Model>>,
    /// The equipment schedules that the work is for.
    pub schedules: Option<Vec<service_schedule::Model>>,
    /// The parts used.
    pub parts_used: Option<Vec<service_part::Model>>,
}

impl ChildLists {
    /// Whether a draft has a list of schedules or of equipment.
    pub const fn name_anything(&self) -> bool {
        self.schedules.is_some() || self.equipment.is_some()
    }

    /// The schedules and the customer assets that a new record names.
    pub fn named(&self) -> Named {
        Named {
            schedules: self.schedules.iter().flatten().map(|row| row.equipment_schedule_id).collect(),
            equipment: self.equipment.iter().flatten().map(|row| row.customer_asset_id).collect(),
        }
    }

    /// Replaces the lists that change, and returns their images for the change log.
    pub async fn write(self, tx: &Tx, owner: Uuid, new: bool) -> Result<Vec<ChildRowsImage>> {
        let written = [
            replace::<service_technician::Entity>(tx, &edge::SERVICE_TECHNICIANS, owner, new, self.technicians).await?,
            replace::<service_equipment::Entity>(tx, &edge::SERVICE_EQUIPMENT_LINKS, owner, new, self.equipment)
                .await?,
            replace::<service_schedule::Entity>(tx, &edge::SERVICE_SCHEDULE_LINKS, owner, new, self.schedules).await?,
            replace::<service_part::Entity>(tx, &edge::SERVICE_PARTS, owner, new, self.parts_used).await?,
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

/// Reads the technicians of an input: one name or a list of names, not both. Each is named once.
pub fn technicians(
    validator: &mut Validator,
    one: FieldUpdate<String>,
    many: FieldUpdate<Vec<String>>,
) -> Option<Vec<String>> {
    let (field, update) = match (one, many) {
        (FieldUpdate::Keep, many) => ("technicians", many),
        (one, FieldUpdate::Keep) => ("technician", one.map(|name| vec![name])),
        _ => {
            validator.fail(Code::Invalid, "technician", "Give technician or technicians, not both.");
            return None;
        }
    };
    let inputs = update.list()?;
    validator.check_max_items(field, inputs.len(), MAX_TECHNICIANS);
    let mut names = Vec::with_capacity(inputs.len());
    for (index, name) in inputs.into_iter().enumerate() {
        let text = if field == "technician" {
            let mut text = String::new();
            validator.set_required_text(field, FieldUpdate::Set(name), MAX_LINE_CHARS, &mut text);
            text
        } else {
            validator.parse_item(field, index, &name, MAX_LINE_CHARS)
        };
        if !names.contains(&text) {
            names.push(text);
        }
    }
    Some(names)
}

/// The row of a technician.
pub fn technician_row(technician: String) -> service_technician::Model {
    service_technician::Model { technician, ..Default::default() }
}

/// Reads the equipment of an input: each reference names a customer asset, else an asset, which selects the customer's
/// assignment of it. Only equipment that was never assigned to the customer is refused. A customer that is absent has a
/// violation already, and no equipment.
pub async fn equipment(
    tx: &Tx,
    validator: &mut Validator,
    customer: Option<Uuid>,
    service_date: DateTime<Utc>,
    update: FieldUpdate<Vec<Reference>>,
) -> Result<Option<Vec<service_equipment::Model>>> {
    let Some(references) = update.list() else { return Ok(None) };
    validator.check_max_items("equipment", references.len(), MAX_CHILD_ROWS);
    let Some(customer) = customer else { return Ok(None) };
    let customer_assets =
        reference::find_live::<customer_asset::Entity>(tx, &references).await.of_field("equipment")?;
    let own = |name: &Reference| customer_assets.get(name).filter(|row| row.customer_id == customer);
    let others: Vec<_> = references.iter().filter(|name| own(name).is_none()).collect();
    let assets = reference::find_live::<asset::Entity>(tx, others.iter().copied()).await?;
    let asset_ids = others.iter().filter_map(|name| assets.get(name)).map(|asset| asset.id);
    let assignments = assignments_of(tx, customer, asset_ids).await?;
    let (mut seen, mut rows, mut refused) = (HashSet::new(), Vec::with_capacity(references.len()), Vec::new());
    for (index, name) in references.iter().enumerate() {
        let assignment = own(name).or_else(|| assignment_at(&assignments, assets.get(name)?.id, service_date));
        match assignment {
            Some(assignment) if seen.insert(assignment.id) => {
                rows.push(service_equipment::Model { customer_asset_id: assignment.id, ..Default::default() });
            }
            Some(_) => {}
            None => refused.push((index, name)),
        }
    }
    let names = || refused.iter().map(|(_, name)| *name);
    let customer_assets = customer_assets.with_deleted(tx, names()).await?;
    let assets = assets.with_deleted(tx, names()).await?;
    validator.within("equipment", |validator| {
        for (index, name) in &refused {
            refuse_equipment(validator, *index, name, &customer_assets, &assets);
        }
    });
    Ok(Some(rows))
}

/// The customer's assignments of some assets, ended ones included.
async fn assignments_of(
    tx: &Tx,
    customer: Uuid,
    assets: impl Iterator<Item = Uuid>,
) -> Result<Vec<customer_asset::Model>> {
    let assets: Vec<_> = assets.map(Value::from).collect();
    if assets.is_empty() {
        return Ok(Vec::new());
    }
    let find =
        tx.find::<customer_asset::Entity>()?.filter(Filter::Column("customer_id", Predicate::Eq(customer.into())));
    tx.all(&find.filter(Filter::Column("asset_id", Predicate::In(assets)))).await
}

/// The assignment of an asset at the time of the service; the latest, if there was none then.
fn assignment_at(
    assignments: &[customer_asset::Model],
    asset: Uuid,
    date: DateTime<Utc>,
) -> Option<&customer_asset::Model> {
    let covers_date = |row: &customer_asset::Model| {
        row.starts_at.is_none_or(|from| from <= date) && row.returned_at.or(row.until).is_none_or(|end| date < end)
    };
    let of_asset = assignments.iter().filter(|row| row.asset_id == asset);
    of_asset.max_by_key(|row| (covers_date(row), row.starts_at, row.id))
}

fn refuse_equipment(
    validator: &mut Validator,
    index: usize,
    name: &Reference,
    customer_assets: &ReferencedRows<customer_asset::Entity>,
    assets: &ReferencedRows<asset::Entity>,
) {
    let (code, message) = if customer_assets.get(name).is_some() || assets.get(name).is_some() {
        let message = format!("\"{name}\" was never this customer's; assign the asset to the customer first.");
        (Code::Invalid, message)
    } else if customer_assets.is_deleted(name) {
        (Code::Deleted, reference::deleted_message::<customer_asset::Entity>())
    } else if assets.is_deleted(name) {
        (Code::Deleted, reference::deleted_message::<asset::Entity>())
    } else {
        let message =
            format!("\"{name}\" is neither the id nor the external reference of a customer asset or an asset.");
        (Code::NotFound, message)
    };
    validator.fail(code, &index.to_string(), message);
}

/// Reads the equipment schedules of an input. One of another customer's assignment is refused.
pub async fn schedules(
    tx: &Tx,
    validator: &mut Validator,
    customer: Option<Uuid>,
    update: FieldUpdate<Vec<Reference>>,
) -> Result<Option<Vec<service_schedule::Model>>> {
    let Some(references) = update.list() else { return Ok(None) };
    validator.check_max_items("equipmentSchedules", references.len(), MAX_CHILD_ROWS);
    let found = reference::find::<equipment_schedule::Entity>(tx, &references).await.of_field("equipmentSchedules")?;
    let (mut seen, mut rows) = (HashSet::new(), Vec::with_capacity(references.len()));
    validator.within("equipmentSchedules", |validator| {
        for (index, name) in references.iter().enumerate() {
            let path = validator.path(&index.to_string());
            let Some(schedule) = found.require(validator, path.clone(), name) else { continue };
            if schedule.customer_id.zip(customer).is_some_and(|(of, customer)| of != customer) {
                let message = format!("\"{name}\" is the schedule of another customer's equipment.");
                validator.fail_at(Code::Invalid, path, message);
            } else if seen.insert(schedule.id) {
                rows.push(service_schedule::Model { equipment_schedule_id: schedule.id, ..Default::default() });
            }
        }
    });
    Ok(Some(rows))
}

/// Reads the parts used of an input.
pub fn parts_used(
    tx: &Tx,
    validator: &mut Validator,
    update: FieldUpdate<Vec<PartUsed>>,
) -> Option<Vec<service_part::Model>> {
    let inputs = update.list()?;
    validator.check_max_items("partsUsed", inputs.len(), MAX_CHILD_ROWS);
    let mut rows = Vec::with_capacity(inputs.len());
    for (index, part) in inputs.into_iter().enumerate() {
        let mut row = service_part::Model { quantity: part.quantity.0, ..Default::default() };
        validator.within("partsUsed", |validator| {
            validator.within(index, |validator| {
                validator.set_text("partNumber", part.part_number.into(), MAX_LINE_CHARS, &mut row.part_number);
                validator.set_text("description", part.description.into(), MAX_LINE_CHARS, &mut row.description);
                let cost = (&mut row.unit_cost_amount, &mut row.unit_cost_currency);
                set_price(tx, validator, "unitCost", part.unit_cost.into(), cost.0, cost.1);
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

/// Sets an amount of money, which may not be negative.
pub fn set_price(
    tx: &Tx,
    validator: &mut Validator,
    field: &str,
    update: FieldUpdate<Price>,
    amount: &mut Option<i64>,
    currency: &mut Option<String>,
) {
    let update = match update {
        FieldUpdate::Keep => FieldUpdate::Keep,
        FieldUpdate::Clear => FieldUpdate::Clear,
        FieldUpdate::Set(price) => match validator.parse_price(field, &price, &tx.tenant().currency) {
            Some(money) if money.amount < 0 => {
                return validator.fail(Code::OutOfRange, field, format!("{field} cannot be negative."));
            }
            Some(money) => FieldUpdate::Set(money),
            None => return,
        },
    };
    validator.set_money(update, amount, currency);
}

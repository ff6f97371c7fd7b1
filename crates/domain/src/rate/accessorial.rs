//! Accessorials: what a rate adds for additional services, whether the work names them or not.

use entity::{
    load_charge::ChargeType,
    rate_accessorial::{Entity, Model},
};
use error::Code;
use store::{fold, table::enum_text};

use super::refusal::Refusal;
use crate::{
    child_rows::ChildRows,
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate},
};

/// The most accessorials of a rate.
const MAX_ACCESSORIALS: usize = 50;

/// The highest percentage of an accessorial, in millionths of a percent.
const MAX_PERCENT: i64 = 1_000_000_000;

/// The lowest percentage of an accessorial, in millionths of a percent: a credit of the whole base.
const MIN_PERCENT: i64 = -100_000_000;

/// An accessorial, as a client writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessorialDraft {
    /// The type of charge that it becomes.
    pub charge_type: ChargeType,
    /// A description.
    pub description: Option<String>,
    /// The amount of a unit, in major units. Negative: a credit.
    pub amount: Option<Decimal>,
    /// The percentage of the base. Negative: a credit.
    pub percent: Option<Decimal>,
    /// Whether all work bears it.
    pub automatic: bool,
}

/// An accessorial that some work names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedAccessorial {
    /// Its type of charge.
    pub charge_type: ChargeType,
    /// Its description; none: every accessorial of the type.
    pub description: Option<String>,
    /// The number of units; one where absent.
    pub quantity: Option<Decimal>,
}

/// Reads the accessorials of an input.
pub fn apply(validator: &mut Validator, update: FieldUpdate<Vec<AccessorialDraft>>, list: &mut ChildRows<Entity>) {
    let Some(drafts) = update.list() else { return };
    validator.check_max_items("accessorials", drafts.len(), MAX_ACCESSORIALS);
    let mut rows: Vec<Model> = Vec::with_capacity(drafts.len().min(MAX_ACCESSORIALS));
    validator.within("accessorials", |validator| {
        for (index, draft) in drafts.into_iter().enumerate() {
            let row = validator.within(index, |validator| read(validator, draft));
            if rows.iter().any(|other| is_named(other, row.charge_type, row.description.as_deref())) {
                let message = "Another accessorial of the rate has this type and this description.";
                validator.within(index, |validator| validator.fail(Code::Invalid, "description", message));
            }
            rows.push(row);
        }
    });
    list.after = rows;
}

fn read(validator: &mut Validator, draft: AccessorialDraft) -> Model {
    let mut row = Model { charge_type: draft.charge_type, automatic: draft.automatic, ..Model::default() };
    if matches!(draft.charge_type, ChargeType::Linehaul | ChargeType::Fuel) {
        let given = enum_text(&draft.charge_type);
        let message =
            format!("An accessorial is neither LINEHAUL nor FUEL, which the rate itself is; {given} was given.");
        validator.fail(Code::Invalid, "type", message);
    }
    validator.set_text("description", draft.description.into(), MAX_LINE_CHARS, &mut row.description);
    (row.amount, row.percent) = (draft.amount.map(|amount| amount.0), draft.percent.map(|percent| percent.0));
    if row.amount.is_some() == row.percent.is_some() {
        validator.fail(Code::Invalid, "amount", "Give either the amount or the percent of an accessorial.");
    }
    if let Some(percent) = row.percent
        && !(MIN_PERCENT..=MAX_PERCENT).contains(&percent)
    {
        let (least, most) = (Decimal(MIN_PERCENT), Decimal(MAX_PERCENT));
        let message = format!("percent is from {least} to {most}; {} was given.", Decimal(percent));
        validator.fail(Code::OutOfRange, "percent", message);
    }
    row
}

/// The accessorials of some work, each with its number of units: the automatic ones, and those that the work names.
pub fn applicable<'a>(
    accessorials: &'a [Model],
    requested: &[RequestedAccessorial],
) -> Result<Vec<(&'a Model, Decimal)>, Refusal> {
    let names = |request: &RequestedAccessorial, row: &Model| match &request.description {
        Some(description) => is_named(row, request.charge_type, Some(description)),
        None => row.charge_type == request.charge_type,
    };
    for request in requested {
        if !accessorials.iter().any(|row| names(request, row)) {
            return Err(Refusal::new("accessorials", unknown(request, accessorials)));
        }
        if request.quantity.is_some_and(|quantity| quantity.0 < 0) {
            return Err(Refusal::new("accessorials", "The quantity of an accessorial is not negative.".to_owned()));
        }
    }
    let quantity = |row: &Model| {
        let request = requested.iter().rev().find(|request| names(request, row));
        match request {
            Some(request) => Some(request.quantity.unwrap_or(Decimal::ONE)),
            None => row.automatic.then_some(Decimal::ONE),
        }
    };
    Ok(accessorials.iter().filter_map(|row| Some((row, quantity(row)?))).collect())
}

fn is_named(row: &Model, charge_type: ChargeType, description: Option<&str>) -> bool {
    let folded = |text: Option<&str>| fold::fold(text.unwrap_or_default().trim());
    row.charge_type == charge_type && folded(row.description.as_deref()) == folded(description)
}

/// The work names an accessorial that the rate does not have.
fn unknown(request: &RequestedAccessorial, accessorials: &[Model]) -> String {
    let name = |charge_type: &ChargeType, description: Option<&String>| match description {
        Some(description) => format!("{} \"{description}\"", enum_text(charge_type)),
        None => enum_text(charge_type),
    };
    let given = name(&request.charge_type, request.description.as_ref());
    let has: Vec<_> = accessorials.iter().map(|row| name(&row.charge_type, row.description.as_ref())).collect();
    let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
    format!("The rate has no accessorial {given}; it has {has}.")
}

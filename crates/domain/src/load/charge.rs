//! The charges of a load: lines of quantity times unit amount, all in one currency, and their sum.

use entity::{
    load,
    load_charge::{ChargeType, Entity, Model},
};
use error::Code;

use crate::{
    child_rows::ChildRows,
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate, Money, minor_digits},
};

/// The most charges of a load.
pub const MAX_CHARGES: usize = 100;

/// A charge, as a client writes it.
#[derive(Clone, Debug, Default)]
pub struct ChargeDraft {
    /// The type of charge.
    pub charge_type: ChargeType,
    /// A description.
    pub description: Option<String>,
    /// The quantity; one where absent.
    pub quantity: Option<Decimal>,
    /// The amount for a quantity of one, in major units. Negative: a credit.
    pub unit_amount: Decimal,
    /// ISO 4217; the tenant's currency where absent.
    pub currency: Option<String>,
}

/// Reads the charges of an input, and stores their sum in the load's row.
pub fn apply(
    validator: &mut Validator,
    currency: &str,
    update: FieldUpdate<Vec<ChargeDraft>>,
    charges: &mut ChildRows<Entity>,
    row: &mut load::Model,
) {
    let Some(drafts) = update.list() else { return };
    validator.check_max_items("charges", drafts.len(), MAX_CHARGES);
    charges.after = validator.within("charges", |validator| {
        let drafts = drafts.into_iter().enumerate();
        drafts
            .filter_map(|(index, draft)| validator.within(index, |validator| read_charge(validator, currency, draft)))
            .collect()
    });
    sum(validator, &charges.after, row);
}

/// Stores the sum of the charges in the load's row.
pub fn sum(validator: &mut Validator, charges: &[Model], row: &mut load::Model) {
    let Some(Model { currency, .. }) = charges.first() else {
        (row.charge_amount, row.charge_currency) = (None, None);
        return;
    };
    if let Some(other) = charges.iter().find(|charge| charge.currency != *currency) {
        let message =
            format!("All charges of a load are in one currency; {currency} and {} were given.", other.currency);
        validator.fail(Code::Invalid, "charges", message);
        return;
    }
    let sum = charges.iter().try_fold(0_i64, |sum, charge| sum.checked_add(charge.amount));
    let sum = sum.filter(|sum| Money { amount: *sum, currency: currency.clone() }.in_major_units().is_some());
    if sum.is_none() {
        validator.fail(Code::OutOfRange, "charges", "The sum of the charges is beyond what can be kept.");
    }
    (row.charge_amount, row.charge_currency) = (sum, Some(currency.clone()));
}

fn read_charge(validator: &mut Validator, currency: &str, draft: ChargeDraft) -> Option<Model> {
    let quantity = draft.quantity.unwrap_or(Decimal::ONE);
    if quantity.0 <= 0 {
        validator.fail(Code::OutOfRange, "quantity", format!("quantity is greater than 0; {quantity} was given."));
    }
    let mut charge = Model { charge_type: draft.charge_type, quantity: quantity.0, ..Model::default() };
    validator.set_text("description", draft.description.into(), MAX_LINE_CHARS, &mut charge.description);
    charge.unit_amount = draft.unit_amount.0;
    draft.currency.as_deref().unwrap_or(currency).trim().clone_into(&mut charge.currency);
    if minor_digits(&charge.currency).is_none() {
        let message = format!("\"{}\" is not a currency; give an ISO 4217 code such as USD.", charge.currency);
        validator.fail(Code::Invalid, "currency", message);
        return None;
    }
    let Some(money) = Money::times(draft.unit_amount, quantity, &charge.currency) else {
        validator.fail(Code::OutOfRange, "unitAmount", "quantity times unitAmount is beyond what can be kept.");
        return None;
    };
    Some(Model { amount: money.amount, ..charge })
}

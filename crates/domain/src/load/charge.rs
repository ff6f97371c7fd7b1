//! What a load costs: lines of quantity times unit amount, all in one currency, and their sum.

use entity::{
    load,
    load_charge::{Entity, Kind, Model},
};
use error::Code;

use crate::{
    check::{Check, LINE},
    part::List,
    value::{Decimal, Field, Money, Price},
};

/// The most charges of a load.
const MOST: usize = 100;
/// A quantity of one.
const ONE: Decimal = Decimal(1_000_000);

/// What a client says about one charge.
#[derive(Clone, Debug, Default)]
pub struct ChargeDraft {
    /// What for.
    pub kind: Kind,
    /// In words.
    pub description: Option<String>,
    /// How many; one, where absent.
    pub quantity: Option<Decimal>,
    /// What one costs. Negative: a credit.
    pub unit_amount: Price,
}

/// Reads the charges a client asks for, and sums them up in the load's row.
pub fn draw(
    check: &mut Check,
    currency: &str,
    given: Field<Vec<ChargeDraft>>,
    charges: &mut List<Entity>,
    row: &mut load::Model,
) {
    let given = match given {
        Field::Keep => return,
        Field::Clear => Vec::new(),
        Field::Set(given) => given,
    };
    check.at_most("charges", given.len(), MOST);
    charges.is = check.within("charges", |check| {
        let given = given.into_iter().enumerate();
        given.filter_map(|(index, charge)| check.within(index, |check| read(check, currency, charge))).collect()
    });
    let Some(Model { currency, .. }) = charges.is.first() else {
        (row.charge_amount, row.charge_currency) = (None, None);
        return;
    };
    if let Some(other) = charges.is.iter().find(|charge| charge.currency != *currency) {
        let message =
            format!("All charges of a load are in one currency; {currency} and {} were given.", other.currency);
        check.fail(Code::Invalid, "charges", message);
        return;
    }
    let sum = charges.is.iter().try_fold(0_i64, |sum, charge| sum.checked_add(charge.amount));
    let sum = sum.filter(|sum| can_be_told(*sum, currency));
    if sum.is_none() {
        check.fail(Code::OutOfRange, "charges", "The sum of the charges is beyond what can be kept.");
    }
    (row.charge_amount, row.charge_currency) = (sum, Some(currency.clone()));
}

fn read(check: &mut Check, currency: &str, draft: ChargeDraft) -> Option<Model> {
    let quantity = draft.quantity.unwrap_or(ONE);
    if quantity.0 <= 0 {
        check.fail(Code::OutOfRange, "quantity", format!("quantity is greater than 0; {quantity} was given."));
    }
    let mut charge = Model { kind: draft.kind, quantity: quantity.0, ..Model::default() };
    check.text("description", draft.description.into(), LINE, &mut charge.description);
    let price = check.within("unitAmount", |check| check.price("", &draft.unit_amount, currency))?;
    let amount = Money::times(price.amount, quantity).filter(|amount| can_be_told(*amount, &price.currency));
    let Some(amount) = amount else {
        check.fail(Code::OutOfRange, "unitAmount", "quantity times unitAmount is beyond what can be kept.");
        return None;
    };
    Some(Model { unit_amount: price.amount, amount, currency: price.currency, ..charge })
}

/// Whether an amount is within what a decimal of the schema can say.
fn can_be_told(amount: i64, currency: &str) -> bool {
    let money = Money { amount, currency: currency.to_owned() };
    Decimal::parse(&money.major()).is_some()
}

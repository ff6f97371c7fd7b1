//! Conditions on amounts of money: a client writes major units, columns have the minor units of their currency.

use async_graphql::InputObject;
use domain::value::minor_digits;
use error::{Error, Result};
use sea_orm::{IdenStatic, Value};
use store::{Filter, Predicate};

use super::{DecimalFilter, FilterContext, Operators};

/// Conditions on an amount of money. Amounts are compared within one currency: an amount of another currency matches no
/// comparison, and a null field matches only `amount: { isNull: true }`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct MoneyFilter {
    /// Conditions on the amount, in major units.
    pub amount: Option<DecimalFilter>,
    /// ISO 4217 currency code of the amount. Defaults to the tenant's currency in comparisons. Alone, it matches every
    /// amount of this currency.
    pub currency: Option<String>,
}

impl MoneyFilter {
    /// The filter over the column of an amount and the column of its currency.
    pub fn filter(
        &self,
        context: &FilterContext<'_>,
        (amount, currency): (impl IdenStatic, impl IdenStatic),
    ) -> Result<Filter> {
        let tenant = context.store.tenant();
        let code = self.currency.as_deref().unwrap_or(&tenant.row.currency).trim();
        let Some(digits) = minor_digits(code) else {
            let message = format!("currency: \"{code}\" is not a currency; give an ISO 4217 code such as USD.");
            return Err(Error::BadInput(message));
        };
        let is_test_of_null = |predicate: &Predicate| matches!(predicate, Predicate::IsNull(_));
        let compares = |operators: &DecimalFilter| !operators.predicates().iter().all(is_test_of_null);
        let mut all = Vec::new();
        if self.currency.is_some() || self.amount.as_ref().is_some_and(compares) {
            all.push(Filter::Column(currency.as_str(), Predicate::Eq(code.into())));
        }
        let predicates = self.amount.iter().flat_map(|operators| in_minor_units(operators, digits));
        all.extend(predicates.map(|predicate| Filter::Column(amount.as_str(), predicate)));
        Ok(Filter::All(all))
    }
}

/// The predicates of an amount in major units over a column in minor units, for a currency with this many digits after
/// the point. A bound between two minor units moves to the nearer one that gives the same result.
pub fn in_minor_units(operators: &DecimalFilter, digits: u32) -> Vec<Predicate> {
    let scale = 10_i64.pow(6 - digits.min(6));
    let floor = |value: &Value| match value {
        Value::BigInt(Some(millionths)) => millionths.div_euclid(scale),
        _ => 0,
    };
    let exact = |value: &Value| match value {
        Value::BigInt(Some(millionths)) if millionths % scale == 0 => Some(Value::from(millionths / scale)),
        _ => None,
    };
    let each_exact = |values: Vec<Value>| values.iter().filter_map(exact).collect();
    let convert = |predicate| match predicate {
        Predicate::Eq(value) => exact(&value).map_or(Predicate::In(Vec::new()), Predicate::Eq),
        Predicate::Neq(value) => exact(&value).map_or(Predicate::IsNull(false), Predicate::Neq),
        Predicate::In(values) => Predicate::In(each_exact(values)),
        Predicate::NotIn(values) => Predicate::NotIn(each_exact(values)),
        Predicate::Lt(value) => exact(&value).map_or_else(|| Predicate::Lte(floor(&value).into()), Predicate::Lt),
        Predicate::Lte(value) => Predicate::Lte(floor(&value).into()),
        Predicate::Gt(value) => Predicate::Gt(floor(&value).into()),
        Predicate::Gte(value) => exact(&value).map_or_else(|| Predicate::Gt(floor(&value).into()), Predicate::Gte),
        other => other,
    };
    operators.predicates().into_iter().map(convert).collect()
}

//! Predicates: conditions on one column.

use sea_orm::{ExprTrait, Value, prelude::Expr, sea_query::LikeExpr};

/// A condition on one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Equal to the value.
    Eq(Value),
    /// Not equal, and not null.
    Neq(Value),
    /// Equal to one of the values.
    In(Vec<Value>),
    /// Equal to none of the values, and not null.
    NotIn(Vec<Value>),
    /// Less than the value.
    Lt(Value),
    /// Less than or equal to the value.
    Lte(Value),
    /// Greater than the value.
    Gt(Value),
    /// Greater than or equal to the value.
    Gte(Value),
    /// Contains a folded text.
    Contains(String),
    /// Begins with a folded text.
    StartsWith(String),
    /// Null if true, not null if false.
    IsNull(bool),
    /// One of the predicates; never, if the list is empty.
    Any(Vec<Predicate>),
}

impl Predicate {
    /// The predicate applied to an expression.
    pub(super) fn over(&self, operand: Expr) -> Expr {
        match self {
            Self::Eq(value) => operand.eq(value.clone()),
            Self::Neq(value) => operand.ne(value.clone()),
            Self::In(values) => operand.is_in(padded(values)),
            // `NOT IN ()` is true for every value that is not null.
            Self::NotIn(values) if values.is_empty() => operand.is_not_null(),
            Self::NotIn(values) => operand.is_not_in(padded(values)),
            Self::Lt(value) => operand.lt(value.clone()),
            Self::Lte(value) => operand.lte(value.clone()),
            Self::Gt(value) => operand.gt(value.clone()),
            Self::Gte(value) => operand.gte(value.clone()),
            // No column holds a longer text, and SQLite refuses a longer pattern.
            Self::Contains(text) if text.len() > MAX_CONTAINS_BYTES => Expr::cust("1 = 0"),
            Self::Contains(text) => operand.like(LikeExpr::new(format!("%{}%", escape(text))).escape('\\')),
            // A range that ends with the greatest character, because both databases answer a range from an index.
            Self::StartsWith(text) => {
                operand.clone().gte(text.as_str()).and(operand.lt(format!("{text}{}", char::MAX)))
            }
            Self::IsNull(true) => operand.is_null(),
            Self::IsNull(false) => operand.is_not_null(),
            Self::Any(predicates) => {
                let each = predicates.iter().map(|predicate| predicate.over(operand.clone()));
                each.reduce(Expr::or).unwrap_or_else(|| Expr::cust("1 = 0"))
            }
        }
    }
}

/// The values, with the last one repeated up to a power of two: lists of 5, 6 and 8 values share one prepared statement.
fn padded(values: &[Value]) -> Vec<Value> {
    let mut values = values.to_vec();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

/// The longest text that a `Contains` searches for, in bytes.
const MAX_CONTAINS_BYTES: usize = 20_000;

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

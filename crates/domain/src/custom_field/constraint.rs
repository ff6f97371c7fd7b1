//! Constraints: what a field's settings admit.

use entity::custom_field_definition::Model as Definition;
use error::{Code, Error, Result};
use regex::{Regex, RegexBuilder};
use serde_json::Value as Json;

use super::{
    options::{DropdownOption, options},
    value::{Value, ValueError},
};
use crate::value::{Decimal, Money};

/// The settings of a field, ready to be asked many times.
pub struct Constraints<'a> {
    field: &'a Definition,
    pattern: Option<Regex>,
    choices: Vec<DropdownOption>,
}

/// How much memory a compiled pattern may take, in bytes.
const MAX_PATTERN_BYTES: usize = 1 << 20;

impl<'a> Constraints<'a> {
    /// The rules of a field whose settings were checked.
    pub fn of(field: &'a Definition) -> Result<Self> {
        let pattern = field.pattern.as_deref().map(anchored_pattern).transpose().map_err(Error::internal)?;
        Ok(Self { field, pattern, choices: options(field)? })
    }

    /// Reads what a client gave for the field.
    pub fn read(&self, given: &Json) -> Result<Value, ValueError> {
        let mut value = Value::parse(self.field.field_type, self.field.currency.as_deref(), given)?;
        self.admit(&value)?;
        if let Value::Options(keys) = &mut value {
            keys.sort_by_key(|key| self.choices.iter().position(|choice| choice.key == *key));
        }
        Ok(value)
    }

    /// Says what is wrong with a value, if something is.
    pub fn admit(&self, value: &Value) -> Result<(), ValueError> {
        let field = self.field;
        let out = |message: String| Err((Code::OutOfRange, message));
        match value {
            Value::Boolean(_) | Value::Date(_) | Value::Json(_) => {}
            Value::Options(keys) => {
                if let Some(unknown) = keys.iter().find(|key| self.choices.iter().all(|choice| choice.key != **key)) {
                    let known: Vec<_> = self.choices.iter().map(|choice| choice.key.as_str()).collect();
                    let message =
                        format!("{unknown:?} is not an option of {}; these are: {}.", field.key, known.join(", "));
                    return Err((Code::Invalid, message));
                }
                if keys.len() > 1 && !field.multi_select {
                    return out(format!("{} has one option; {} were given.", field.key, keys.len()));
                }
            }
            Value::Number(number) => {
                if field.integer && number.0 % 1_000_000 != 0 {
                    return Err((Code::Invalid, format!("{} is a whole number; {number} was given.", field.key)));
                }
                self.check_bounds(number.0, &|bound| Decimal(bound).to_string())?;
            }
            Value::Money(money) => {
                let currency = field.currency.as_deref().unwrap_or_default();
                if money.currency != currency {
                    let message = format!("{} is in {currency}; {} was given.", field.key, money.currency);
                    return Err((Code::Invalid, message));
                }
                let shown = |amount| format!("{} {currency}", Money { amount, currency: currency.to_owned() }.major());
                self.check_bounds(money.amount, &shown)?;
            }
            Value::Text(text) => {
                let length = i32::try_from(text.chars().count()).unwrap_or(i32::MAX);
                if let Some(least) = field.minimum_length.filter(|least| length < *least) {
                    return out(format!("{} has at least {least} characters; {length} were given.", field.key));
                }
                if let Some(most) = field.maximum_length.filter(|most| length > *most) {
                    return out(format!("{} has at most {most} characters; {length} were given.", field.key));
                }
                if self.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
                    let pattern = field.pattern.as_deref().unwrap_or_default();
                    return Err((
                        Code::Invalid,
                        format!("{} matches the pattern {pattern}; this does not.", field.key),
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_bounds(&self, given: i64, shown: &dyn Fn(i64) -> String) -> Result<(), ValueError> {
        let field = self.field;
        let told = |bound: i64, what: &str| {
            Err((Code::OutOfRange, format!("{} is at {what} {}; {} was given.", field.key, shown(bound), shown(given))))
        };
        match (field.minimum, field.maximum) {
            (Some(least), _) if given < least => told(least, "least"),
            (_, Some(most)) if given > most => told(most, "most"),
            _ => Ok(()),
        }
    }

    /// Whether the rules refuse values that other rules of the same field may have admitted.
    pub fn stricter_than(&self, before: &Self) -> bool {
        let (old, new) = (before.field, self.field);
        let lower = |old: Option<i64>, new: Option<i64>| new.is_some_and(|new| old.is_none_or(|old| new < old));
        let higher = |old: Option<i64>, new: Option<i64>| new.is_some_and(|new| old.is_none_or(|old| new > old));
        let widen = |length: Option<i32>| length.map(i64::from);
        higher(old.minimum, new.minimum)
            || lower(old.maximum, new.maximum)
            || higher(widen(old.minimum_length), widen(new.minimum_length))
            || lower(widen(old.maximum_length), widen(new.maximum_length))
            || (new.integer && !old.integer)
            || (new.pattern.is_some() && new.pattern != old.pattern)
            || (old.multi_select && !new.multi_select)
            || old.currency != new.currency
            || before.choices.iter().any(|choice| self.choices.iter().all(|kept| kept.key != choice.key))
    }
}

/// A pattern that matches whole texts, in time linear in their length.
pub fn anchored_pattern(pattern: &str) -> Result<Regex, regex::Error> {
    // SortBy itself first: `a)|(b` is no pattern, but would be one between brackets.
    compile(pattern)?;
    compile(&format!(r"\A(?:{pattern})\z"))
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES).nest_limit(50).build()
}

//! Constraints: which values a field's settings admit.

use std::{
    num::NonZeroUsize,
    sync::{LazyLock, Mutex, PoisonError},
};

use entity::custom_field_definition::Model as Definition;
use error::{
    Code, Error, Result,
    excerpt::{MAX_CLIENT_CHARS, excerpt, list_names},
};
use lru::LruCache;
use regex::{Regex, RegexBuilder};
use serde_json::Value as Json;

use super::{
    options::{DropdownOption, options},
    value::{Value, ValueError},
};
use crate::value::{Decimal, Money};

/// The settings of a field, prepared to validate many values.
pub struct Constraints<'a> {
    field: &'a Definition,
    pattern: Option<Regex>,
    options: Vec<DropdownOption>,
}

/// How much memory a compiled pattern may take, in bytes.
const MAX_PATTERN_BYTES: usize = 1 << 20;
/// How deep the groups of a pattern may nest.
const MAX_PATTERN_NESTING: u32 = 50;
/// How many compiled patterns are kept.
const MAX_COMPILED_PATTERNS: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// The compiled patterns of the fields that were written last: to compile one takes as long as to match many values.
static PATTERNS: LazyLock<CompiledPatterns> = LazyLock::new(CompiledPatterns::default);

/// Compiled patterns by their texts.
struct CompiledPatterns(Mutex<LruCache<String, Regex>>);

impl Default for CompiledPatterns {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MAX_COMPILED_PATTERNS)))
    }
}

impl CompiledPatterns {
    /// The pattern of a field, which was valid when the field was defined.
    fn compiled(&self, pattern: &str) -> Result<Regex, regex::Error> {
        self.get_or_compile(pattern, compile_anchored)
    }

    fn get_or_compile(
        &self,
        pattern: &str,
        compile: impl FnOnce(&str) -> Result<Regex, regex::Error>,
    ) -> Result<Regex, regex::Error> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = lock().get(pattern) {
            return Ok(compiled.clone());
        }
        // Others go on while this one is compiled.
        let compiled = compile(pattern)?;
        lock().put(pattern.to_owned(), compiled.clone());
        Ok(compiled)
    }
}

impl<'a> Constraints<'a> {
    /// The constraints of a field whose settings are valid.
    pub fn of(field: &'a Definition) -> Result<Self> {
        let pattern =
            field.pattern.as_deref().map(|pattern| PATTERNS.compiled(pattern)).transpose().map_err(Error::internal)?;
        Ok(Self { field, pattern, options: options(field)? })
    }

    /// Parses and validates a value that a client sent for the field.
    pub fn read(&self, json: &Json) -> Result<Value, ValueError> {
        let mut value = Value::parse(self.field.field_type, self.field.currency.as_deref(), json)?;
        self.validate(&value)?;
        if let Value::Options(keys) = &mut value {
            keys.sort_by_key(|key| self.options.iter().position(|option| option.key == *key));
        }
        Ok(value)
    }

    /// Refuses a value that the settings do not admit.
    pub fn validate(&self, value: &Value) -> Result<(), ValueError> {
        let field = self.field;
        let out_of_range = |message: String| Err((Code::OutOfRange, message));
        match value {
            Value::Boolean(_) | Value::Date(_) | Value::Json(_) => {}
            Value::Options(keys) => {
                if let Some(unknown) = keys.iter().find(|key| self.options.iter().all(|option| option.key != **key)) {
                    let keys: Vec<_> = self.options.iter().map(|option| option.key.as_str()).collect();
                    let (unknown, keys) = (excerpt(unknown, MAX_CLIENT_CHARS), list_names(&keys));
                    let message = format!("{unknown:?} is not an option of {}; these are: {keys}.", field.key);
                    return Err((Code::Invalid, message));
                }
                if keys.len() > 1 && !field.multi_select {
                    return out_of_range(format!("{} has one option; {} were given.", field.key, keys.len()));
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
                let format = |amount| format!("{} {currency}", Money { amount, currency: currency.to_owned() }.major());
                self.check_bounds(money.amount, &format)?;
            }
            Value::Text(text) => {
                let length = i32::try_from(text.chars().count()).unwrap_or(i32::MAX);
                if let Some(least) = field.minimum_length.filter(|least| length < *least) {
                    return out_of_range(format!(
                        "{} has at least {least} characters; {length} were given.",
                        field.key
                    ));
                }
                if let Some(most) = field.maximum_length.filter(|most| length > *most) {
                    return out_of_range(format!("{} has at most {most} characters; {length} were given.", field.key));
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

    fn check_bounds(&self, value: i64, format: &dyn Fn(i64) -> String) -> Result<(), ValueError> {
        let field = self.field;
        let out_of_range = |bound: i64, what: &str| {
            let (bound, value) = (format(bound), format(value));
            Err((Code::OutOfRange, format!("{} is at {what} {bound}; {value} was given.", field.key)))
        };
        match (field.minimum, field.maximum) {
            (Some(minimum), _) if value < minimum => out_of_range(minimum, "least"),
            (_, Some(maximum)) if value > maximum => out_of_range(maximum, "most"),
            _ => Ok(()),
        }
    }

    /// Whether the constraints may refuse values that earlier constraints of the same field admitted.
    pub fn is_stricter_than(&self, before: &Self) -> bool {
        let (old, new) = (before.field, self.field);
        let is_lower = |old: Option<i64>, new: Option<i64>| new.is_some_and(|new| old.is_none_or(|old| new < old));
        let is_higher = |old: Option<i64>, new: Option<i64>| new.is_some_and(|new| old.is_none_or(|old| new > old));
        let widen = |length: Option<i32>| length.map(i64::from);
        is_higher(old.minimum, new.minimum)
            || is_lower(old.maximum, new.maximum)
            || is_higher(widen(old.minimum_length), widen(new.minimum_length))
            || is_lower(widen(old.maximum_length), widen(new.maximum_length))
            || (new.integer && !old.integer)
            || (new.pattern.is_some() && new.pattern != old.pattern)
            || (old.multi_select && !new.multi_select)
            || old.currency != new.currency
            || before.options.iter().any(|removed| self.options.iter().all(|option| option.key != removed.key))
    }
}

/// Compiles a pattern that matches whole texts, in time linear in their length.
pub fn anchored_pattern(pattern: &str) -> Result<Regex, regex::Error> {
    // Compile the pattern alone first: `a)|(b` is invalid, but would be valid inside the group.
    compile(pattern)?;
    compile_anchored(pattern)
}

fn compile_anchored(pattern: &str) -> Result<Regex, regex::Error> {
    compile(&format!(r"\A(?:{pattern})\z"))
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .size_limit(MAX_PATTERN_BYTES)
        .dfa_size_limit(MAX_PATTERN_BYTES)
        .nest_limit(MAX_PATTERN_NESTING)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_compiled_once_for_all_its_values() {
        let (patterns, mut compiled) = (CompiledPatterns::default(), 0);
        for _ in 0..100 {
            for pattern in ["[A-Z]{3}", "\\d+"] {
                let pattern = patterns.get_or_compile(pattern, |pattern| {
                    compiled += 1;
                    compile_anchored(pattern)
                });
                assert!(!pattern.unwrap().is_match("abc"));
            }
        }
        assert_eq!(compiled, 2);
    }
}

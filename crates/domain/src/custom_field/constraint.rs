//! Constraints: which values a field's settings admit.

use std::sync::{LazyLock, Mutex, PoisonError};

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

/// How deep the groups of a pattern may nest.
const MAX_PATTERN_NESTING: u32 = 50;

/// How much memory a compiled pattern and its automaton of each thread may take, in bytes. The smaller sizes are tried first,
/// since a compiled pattern does not tell its size.
const PATTERN_SIZES: [PatternSize; 2] =
    [PatternSize { program: 1 << 15, automaton: 1 << 17 }, PatternSize { program: 1 << 20, automaton: 1 << 20 }];

/// How much memory the compiled patterns that are kept may take together, in bytes. More than 200 small ones fit, as many as
/// a type may have custom fields.
const MAX_COMPILED_BYTES: usize = 64 << 20;

/// The most memory of a compiled pattern.
#[derive(Clone, Copy)]
struct PatternSize {
    program: usize,
    automaton: usize,
}

impl PatternSize {
    /// The memory of the pattern when two threads match with it.
    fn bytes(self) -> usize {
        self.program + 2 * self.automaton
    }
}

/// The compiled patterns of the fields that were written last: to compile one takes as long as to match many values.
static PATTERNS: LazyLock<CompiledPatterns> = LazyLock::new(CompiledPatterns::default);

/// Compiled patterns within a bound of memory.
#[derive(Default)]
struct CompiledPatterns(Mutex<KeptPatterns>);

/// Compiled patterns by their texts, and the bytes that they may take.
struct KeptPatterns {
    patterns: LruCache<String, (Regex, PatternSize)>,
    bytes: usize,
}

impl Default for KeptPatterns {
    fn default() -> Self {
        Self { patterns: LruCache::unbounded(), bytes: 0 }
    }
}

impl CompiledPatterns {
    /// A pattern that matches whole texts, in time linear in their length.
    fn compiled(&self, pattern: &str) -> Result<Regex, regex::Error> {
        self.get_or_compile(pattern, compile_anchored)
    }

    fn get_or_compile(
        &self,
        pattern: &str,
        compile: impl FnOnce(&str) -> Result<(Regex, PatternSize), regex::Error>,
    ) -> Result<Regex, regex::Error> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((compiled, _)) = lock().patterns.get(pattern) {
            return Ok(compiled.clone());
        }
        // Others go on while this one is compiled.
        let (compiled, size) = compile(pattern)?;
        let mut kept = lock();
        let KeptPatterns { patterns, bytes } = &mut *kept;
        let replaced = patterns.put(pattern.to_owned(), (compiled.clone(), size));
        *bytes = bytes.saturating_add(size.bytes()).saturating_sub(replaced.map_or(0, |(_, size)| size.bytes()));
        while *bytes > MAX_COMPILED_BYTES
            && let Some((_, (_, size))) = patterns.pop_lru()
        {
            *bytes = bytes.saturating_sub(size.bytes());
        }
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

/// Checks a pattern, and keeps it compiled for the values that are matched with it next.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    // `a)|(b` is invalid, but would be valid inside the group.
    let mut parser = regex_syntax::ParserBuilder::new().nest_limit(MAX_PATTERN_NESTING).build();
    parser.parse(pattern).map_err(|error| error.to_string())?;
    PATTERNS.compiled(pattern).map(drop).map_err(|error| error.to_string())
}

fn compile_anchored(pattern: &str) -> Result<(Regex, PatternSize), regex::Error> {
    let anchored = format!(r"\A(?:{pattern})\z");
    let compile = |size: PatternSize| {
        RegexBuilder::new(&anchored)
            .size_limit(size.program)
            .dfa_size_limit(size.automaton)
            .nest_limit(MAX_PATTERN_NESTING + 1)
            .build()
            .map(|pattern| (pattern, size))
    };
    let [small, large] = PATTERN_SIZES;
    compile(small).or_else(|_| compile(large))
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

    #[test]
    fn the_patterns_of_all_fields_of_a_type_are_kept_and_a_bounded_number_of_large_ones() {
        let patterns = CompiledPatterns::default();
        let large = MAX_COMPILED_BYTES / PATTERN_SIZES[1].bytes();
        for (pattern, kept) in [("[A-Z]{3}-[0-9]{4}", 200), (r"\w{5}", large)] {
            for number in 0..2 * kept {
                patterns.compiled(&format!("{number}{pattern}")).unwrap();
            }
            let count = patterns.0.lock().unwrap().patterns.iter().filter(|(text, _)| text.ends_with(pattern)).count();
            assert!(count >= kept && patterns.0.lock().unwrap().bytes <= MAX_COMPILED_BYTES, "{count} of {pattern}");
        }
    }

    #[test]
    fn a_pattern_is_checked_before_it_is_anchored() {
        assert!(check_pattern("a|(b)").is_ok());
        for wrong in ["a)|(b", "(", r"\w{1000}", &"(".repeat(51)] {
            assert!(check_pattern(wrong).is_err(), "{wrong}");
        }
    }
}

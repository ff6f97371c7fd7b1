//! Checks: what is wrong with an input, gathered whole before anything is written.

use chrono::{DateTime, Utc};
use entity::Sealed;
use error::{Code, Error, Result, Violation};

use super::value::{Decimal, FieldUpdate, Money, Price};

/// The longest text of a name, number or other single line.
pub const MAX_LINE_CHARS: usize = 200;
/// The longest free text.
pub const MAX_TEXT_CHARS: usize = 10_000;

/// Reads an input field by field into a row, and keeps what is wrong.
#[derive(Debug, Default)]
pub struct Validator {
    path: Vec<String>,
    violations: Vec<Violation>,
}

impl Validator {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses everything, if anything was wrong.
    pub fn finish(&mut self) -> Result<()> {
        if self.violations.is_empty() { Ok(()) } else { Err(Error::Invalid(std::mem::take(&mut self.violations))) }
    }

    /// Fails if a rule was broken; otherwise returns the value that was accepted. A value that is absent has a violation
    /// which says why, so that no default stands in for it.
    pub fn finish_with<T>(&mut self, value: Option<T>) -> Result<T> {
        self.finish()?;
        value.ok_or_else(|| Error::internal("a value is absent without a violation"))
    }

    /// Whether nothing was wrong so far.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// Checks what stands below a field.
    pub fn within<R>(&mut self, segment: impl ToString, validator: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(segment.to_string());
        let checked = validator(self);
        self.path.pop();
        checked
    }

    /// Says what is wrong with a field.
    pub fn fail(&mut self, code: Code, field: &str, message: impl Into<String>) {
        let path = self.path(field);
        self.fail_at(code, path, message);
    }

    /// Says what is wrong at a path kept from before.
    pub fn fail_at(&mut self, code: Code, path: Vec<String>, message: impl Into<String>) {
        self.violations.push(Violation { code, path, message: message.into() });
    }

    /// The path of a field, from the root of the input.
    pub fn path(&self, field: &str) -> Vec<String> {
        self.path.iter().cloned().chain((!field.is_empty()).then(|| field.to_owned())).collect()
    }

    /// Takes over what was found wrong elsewhere, below the present path.
    pub fn absorb(&mut self, violations: Vec<Violation>) {
        for violation in violations {
            let path = self.path.iter().cloned().chain(violation.path).collect();
            self.fail_at(violation.code, path, violation.message);
        }
    }

    /// A value that may be null.
    pub fn option<T>(&mut self, given: FieldUpdate<T>, value: &mut Option<T>) {
        match given {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => *value = None,
            FieldUpdate::Set(new) => *value = Some(new),
        }
    }

    /// A value that may not be null.
    pub fn value<T>(&mut self, field: &str, given: FieldUpdate<T>, value: &mut T) {
        match given {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => self.fail(Code::Required, field, format!("{field} cannot be null.")),
            FieldUpdate::Set(new) => *value = new,
        }
    }

    /// A text of at most so many characters that may be null; white space alone is null.
    pub fn text(&mut self, field: &str, given: FieldUpdate<String>, most: usize, value: &mut Option<String>) {
        match given {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => *value = None,
            FieldUpdate::Set(text) => *value = self.trimmed(field, &text, most),
        }
    }

    /// A text that may not be null or empty.
    pub fn required(&mut self, field: &str, given: FieldUpdate<String>, most: usize, value: &mut String) {
        match given {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => self.fail(Code::Required, field, format!("{field} cannot be null.")),
            FieldUpdate::Set(text) => match self.trimmed(field, &text, most) {
                Some(text) => *value = text,
                None => self.fail(Code::Required, field, format!("{field} cannot be empty.")),
            },
        }
    }

    /// A personal text: it stays plain until the `Tx` seals it.
    pub fn sealed(&mut self, field: &str, given: FieldUpdate<String>, most: usize, value: &mut Option<Sealed>) {
        match given {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => *value = None,
            FieldUpdate::Set(text) => *value = self.trimmed(field, &text, most).map(|text| Sealed::plain(&text)),
        }
    }

    /// A number that may not be negative.
    pub fn non_negative(&mut self, field: &str, given: FieldUpdate<Decimal>, value: &mut Option<i64>) {
        if let FieldUpdate::Set(Decimal(..0)) = given {
            self.fail(Code::OutOfRange, field, format!("{field} cannot be negative."));
        } else {
            self.option(given.map(|number| number.0), value);
        }
    }

    /// A whole number within bounds.
    pub fn integer(&mut self, field: &str, given: FieldUpdate<i32>, least: i32, most: i32, value: &mut Option<i32>) {
        match given.value() {
            Some(number) if !(least..=most).contains(number) => {
                self.fail(Code::OutOfRange, field, format!("{field} is from {least} to {most}; {number} was given."));
            }
            _ => self.option(given, value),
        }
    }

    /// Money as a client writes it, where an absent currency is the tenant's. Nothing if something is wrong with it.
    pub fn price(&mut self, field: &str, given: &Price, currency: &str) -> Option<Money> {
        given.money(currency).map_err(|message| self.fail(Code::Invalid, field, message)).ok()
    }

    /// Money in a row's two columns.
    pub fn money(&mut self, given: FieldUpdate<Money>, amount: &mut Option<i64>, currency: &mut Option<String>) {
        match given {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => (*amount, *currency) = (None, None),
            FieldUpdate::Set(money) => (*amount, *currency) = (Some(money.amount), Some(money.currency)),
        }
    }

    /// One of a few words.
    pub fn one_of(&mut self, field: &str, given: FieldUpdate<String>, words: &[&str], value: &mut Option<String>) {
        match given.value() {
            Some(word) if !words.contains(&word.as_str()) => {
                self.fail(
                    Code::Invalid,
                    field,
                    format!("{field} is one of {}; \"{word}\" was given.", words.join(", ")),
                );
            }
            _ => self.option(given, value),
        }
    }

    /// An e-mail address: one @ with something before it and a domain after it.
    pub fn email(&mut self, field: &str, text: &str) {
        let whole = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.contains('@') && domain.len() > 2 && domain.trim_matches('.').contains('.')
        });
        if !whole || text.contains(char::is_whitespace) {
            self.fail(Code::Invalid, field, "This is not an e-mail address; an example is ada@example.com.");
        }
    }

    /// A telephone number: 3 to 20 digits, however they are written.
    pub fn phone(&mut self, field: &str, text: &str) {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let written = |c: char| c.is_ascii_digit() || " +-().,/#*ext".contains(c.to_ascii_lowercase());
        if !(3..=20).contains(&digits) || !text.chars().all(written) {
            self.fail(Code::Invalid, field, "This is not a telephone number; an example is (555) 123-4567.");
        }
    }

    /// An IANA time zone.
    pub fn time_zone(&mut self, field: &str, name: &str) {
        if name.parse::<chrono_tz::Tz>().is_err() {
            let message = format!("\"{name}\" is not an IANA time zone; an example is America/Chicago.");
            self.fail(Code::Invalid, field, message);
        }
    }

    /// An ISO 3166-1 alpha-2 country.
    pub fn country(&mut self, field: &str, code: &str) {
        if code.len() != 2 || !code.bytes().all(|letter| letter.is_ascii_uppercase()) {
            let message = format!("\"{code}\" is not an ISO 3166-1 country code; an example is US.");
            self.fail(Code::Invalid, field, message);
        }
    }

    /// That a period does not end before it begins.
    pub fn period(&mut self, end: &str, from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) {
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            self.fail(Code::OutOfRange, end, format!("{end} ({until}) is before its beginning ({from})."));
        }
    }

    /// That a list is not longer than allowed.
    pub fn at_most(&mut self, field: &str, length: usize, most: usize) {
        if length > most {
            self.fail(Code::OutOfRange, field, format!("{field} has at most {most} items; {length} were given."));
        }
    }

    fn trimmed(&mut self, field: &str, text: &str, most: usize) -> Option<String> {
        let text = text.trim();
        let length = text.chars().count();
        if length > most {
            let message = format!("{field} has at most {most} characters; {length} were given.");
            self.fail(Code::OutOfRange, field, message);
        }
        if text.contains('\0') {
            self.fail(Code::Invalid, field, format!("{field} contains a NUL character."));
        }
        (!text.is_empty()).then(|| text.to_owned())
    }
}

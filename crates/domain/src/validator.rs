//! Validation: every violation of an input is collected before anything is written.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use entity::Sealed;
use error::{Code, Error, Result, Violation};
use store::{fold::is_invisible, phone};

use super::{
    local_time::parse_time,
    value::{Decimal, FieldUpdate, Money, Price},
    web_address::is_web_address,
};

/// The longest text of a name, number or other single line.
pub const MAX_LINE_CHARS: usize = 200;
/// The longest free text.
pub const MAX_TEXT_CHARS: usize = 10_000;

/// The codes of ISO 3166-1 alpha-2, as assigned in 2026.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM \
    FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO \
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT \
    MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA \
    SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US \
    UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// How far the clock of a client may be ahead: what is told to have happened later than that, has not happened yet.
const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::minutes(10);

/// How many digits a telephone number has.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 3..=20;

/// Reads an input field by field into a row, and collects the violations.
#[derive(Debug, Default)]
pub struct Validator {
    path: Vec<String>,
    violations: Vec<Violation>,
}

impl Validator {
    /// A validator at the root of an input, without violations.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fails with all violations, if there are any.
    pub fn finish(&mut self) -> Result<()> {
        if self.violations.is_empty() { Ok(()) } else { Err(Error::Invalid(std::mem::take(&mut self.violations))) }
    }

    /// Fails with all violations, if there are any; otherwise returns the value that was accepted. An absent value has a
    /// violation which says why, so that no default stands in for it.
    pub fn finish_with<T>(&mut self, value: Option<T>) -> Result<T> {
        self.finish()?;
        value.ok_or_else(|| Error::internal("a value is absent without a violation"))
    }

    /// Whether there is no violation so far.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// Runs a check with the path extended by a segment.
    pub fn within<R>(&mut self, segment: impl ToString, check: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(segment.to_string());
        let result = check(self);
        self.path.pop();
        result
    }

    /// Adds a violation of a field below the current path. The empty field is the current path itself.
    pub fn fail(&mut self, code: Code, field: &str, message: impl Into<String>) {
        let path = self.path(field);
        self.fail_at(code, path, message);
    }

    /// Adds a violation at a path from the root of the input.
    pub fn fail_at(&mut self, code: Code, path: Vec<String>, message: impl Into<String>) {
        self.violations.push(Violation { code, path, message: message.into() });
    }

    /// The path of a field, from the root of the input.
    pub fn path(&self, field: &str) -> Vec<String> {
        self.path.iter().cloned().chain((!field.is_empty()).then(|| field.to_owned())).collect()
    }

    /// Adds the violations of another validator below the current path.
    pub fn absorb(&mut self, violations: Vec<Violation>) {
        for violation in violations {
            let path = self.path.iter().cloned().chain(violation.path).collect();
            self.fail_at(violation.code, path, violation.message);
        }
    }

    /// Sets a value that may be null.
    pub fn set_option<T>(&mut self, update: FieldUpdate<T>, value: &mut Option<T>) {
        match update {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => *value = None,
            FieldUpdate::Set(new) => *value = Some(new),
        }
    }

    /// Sets a value that may not be null.
    pub fn set_value<T>(&mut self, field: &str, update: FieldUpdate<T>, value: &mut T) {
        match update {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => self.fail(Code::Required, field, format!("{field} cannot be null.")),
            FieldUpdate::Set(new) => *value = new,
        }
    }

    /// Sets a text that may be null; white space alone is null.
    pub fn set_text(&mut self, field: &str, update: FieldUpdate<String>, max_chars: usize, value: &mut Option<String>) {
        match update {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => *value = None,
            FieldUpdate::Set(text) => {
                if let Ok(text) = self.trim(field, &text, max_chars) {
                    *value = text;
                }
            }
        }
    }

    /// Sets a text that may not be null or empty.
    pub fn set_required_text(
        &mut self,
        field: &str,
        update: FieldUpdate<String>,
        max_chars: usize,
        value: &mut String,
    ) {
        match update {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => self.fail(Code::Required, field, format!("{field} cannot be null.")),
            FieldUpdate::Set(text) => match self.trim(field, &text, max_chars) {
                Ok(Some(text)) => *value = text,
                Ok(None) => self.fail(Code::Required, field, format!("{field} cannot be empty.")),
                Err(()) => {}
            },
        }
    }

    /// Reads a text of a list, which may not be empty. Messages name it with the list: `tags.0`.
    pub fn parse_item(&mut self, list: &str, index: usize, text: &str, max_chars: usize) -> String {
        let name = format!("{list}.{index}");
        let (code, message) = match trim(&name, text, max_chars) {
            Ok(Some(text)) => return text,
            Ok(None) => (Code::Required, format!("{name} cannot be empty.")),
            Err(error) => error,
        };
        self.within(list, |validator| validator.fail(code, &index.to_string(), message));
        String::new()
    }

    /// Sets a personal text: it is plain until the `Tx` seals it.
    pub fn set_sealed_text(
        &mut self,
        field: &str,
        update: FieldUpdate<String>,
        max_chars: usize,
        value: &mut Option<Sealed>,
    ) {
        match update {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => *value = None,
            FieldUpdate::Set(text) => {
                if let Ok(text) = self.trim(field, &text, max_chars) {
                    *value = text.map(|text| Sealed::plain(&text));
                }
            }
        }
    }

    /// Sets a number that may be null, but not negative.
    pub fn set_non_negative(&mut self, field: &str, update: FieldUpdate<Decimal>, value: &mut Option<i64>) {
        if let FieldUpdate::Set(Decimal(..0)) = update {
            self.fail(Code::OutOfRange, field, format!("{field} cannot be negative."));
        } else {
            self.set_option(update.map(|number| number.0), value);
        }
    }

    /// Sets a whole number within bounds that may be null.
    pub fn set_integer(
        &mut self,
        field: &str,
        update: FieldUpdate<i32>,
        minimum: i32,
        maximum: i32,
        value: &mut Option<i32>,
    ) {
        match update.value() {
            Some(number) if !(minimum..=maximum).contains(number) => {
                let message = format!("{field} is from {minimum} to {maximum}; {number} was given.");
                self.fail(Code::OutOfRange, field, message);
            }
            _ => self.set_option(update, value),
        }
    }

    /// Reads money as a client writes it; an absent currency is the tenant's. Nothing if it is invalid.
    pub fn parse_price(&mut self, field: &str, price: &Price, currency: &str) -> Option<Money> {
        price.money(currency).map_err(|message| self.fail(Code::Invalid, field, message)).ok()
    }

    /// Reads a local time of day as a client writes it. Nothing if it is invalid.
    pub fn parse_time(&mut self, field: &str, text: &str) -> Option<NaiveTime> {
        let (text, time) = (text.trim(), parse_time(text.trim()));
        if time.is_none() {
            self.fail(Code::Invalid, field, format!("\"{text}\" is not a time of day; write it as 09:30."));
        }
        time
    }

    /// Sets a local time of day that may be null.
    pub fn set_time(&mut self, field: &str, update: FieldUpdate<String>, value: &mut Option<String>) {
        if update.value().is_none_or(|text| self.parse_time(field, text).is_some()) {
            self.set_option(update.map(|text| text.trim().to_owned()), value);
        }
    }

    /// Sets money in the two columns of a row.
    pub fn set_money(&mut self, update: FieldUpdate<Money>, amount: &mut Option<i64>, currency: &mut Option<String>) {
        match update {
            FieldUpdate::Keep => {}
            FieldUpdate::Clear => (*amount, *currency) = (None, None),
            FieldUpdate::Set(money) => (*amount, *currency) = (Some(money.amount), Some(money.currency)),
        }
    }

    /// Checks an e-mail address: one @ with something before it and a domain after it. As everywhere, white space around the
    /// text is ignored, and an empty text is none.
    pub fn check_email(&mut self, field: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let well_formed = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.contains('@')
                && domain.contains('.')
                && domain.split('.').all(|label| !label.is_empty())
        });
        if !well_formed || text.contains(char::is_whitespace) {
            self.fail(Code::Invalid, field, "This is not an e-mail address; an example is ada@example.com.");
        }
    }

    /// Checks a web address: http or https, with a host.
    pub fn check_web_address(&mut self, field: &str, text: &str) {
        let text = text.trim();
        if !text.is_empty() && !is_web_address(text) {
            self.fail(Code::Invalid, field, "This is not a web address; an example is https://example.com/page.");
        }
    }

    /// Checks a telephone number: 3 to 20 digits with what people, phones and spreadsheets write between them.
    pub fn check_phone(&mut self, field: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if !phone::digit_count(text).is_some_and(|digits| PHONE_DIGITS.contains(&digits)) {
            self.fail(Code::Invalid, field, "This is not a telephone number; an example is (555) 123-4567.");
        }
    }

    /// Checks an IANA time zone.
    pub fn check_time_zone(&mut self, field: &str, name: &str) {
        let name = name.trim();
        if name.parse::<chrono_tz::Tz>().is_err() {
            let message = format!("\"{name}\" is not an IANA time zone; an example is America/Chicago.");
            self.fail(Code::Invalid, field, message);
        }
    }

    /// Checks an ISO 3166-1 alpha-2 country.
    pub fn check_country(&mut self, field: &str, code: &str) {
        let code = code.trim();
        if code.is_empty() {
            return;
        }
        if !COUNTRIES.split(' ').any(|country| country == code) {
            let message = format!("\"{code}\" is not an ISO 3166-1 country code; an example is US.");
            self.fail(Code::Invalid, field, message);
        }
    }

    /// Checks that a period does not end before it begins. The violation is one of the field with the end.
    pub fn check_period(&mut self, end_field: &str, start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>) {
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            self.fail(Code::OutOfRange, end_field, format!("{end_field} ({end}) is before its beginning ({start})."));
        }
    }

    /// Checks that an event does not lie in the future. `now` is the time of the write.
    pub fn check_event(&mut self, field: &str, at: Option<&DateTime<Utc>>, now: DateTime<Utc>) {
        if let Some(at) = at.filter(|at| **at > now + MAX_CLOCK_SKEW) {
            self.fail(Code::OutOfRange, field, format!("{field} ({at}) is in the future; it is {now} now."));
        }
    }

    /// Checks that a list is not longer than allowed.
    pub fn check_max_items(&mut self, field: &str, count: usize, max_items: usize) {
        if count > max_items {
            self.fail(Code::OutOfRange, field, format!("{field} has at most {max_items} items; {count} were given."));
        }
    }

    /// Reads a text; nothing if it is empty. The violation of a refused one stands already.
    fn trim(&mut self, field: &str, text: &str, max_chars: usize) -> Result<Option<String>, ()> {
        trim(field, text, max_chars).map_err(|(code, message)| self.fail(code, field, message))
    }
}

/// Trims a text and checks its length and its characters; nothing if it is empty. `name` stands for it in the message.
pub fn trim(name: &str, text: &str, max_chars: usize) -> Result<Option<String>, (Code, String)> {
    let text = text.trim();
    let length = text.chars().count();
    if length > max_chars {
        return Err((Code::OutOfRange, format!("{name} has at most {max_chars} characters; {length} were given.")));
    }
    if text.contains('\0') {
        return Err((Code::Invalid, format!("{name} contains a NUL character.")));
    }
    if text.contains(['\u{202d}', '\u{202e}']) {
        let message = format!("{name} contains a direction override (U+202D or U+202E): it shows as another text.");
        return Err((Code::Invalid, message));
    }
    Ok((!is_blank(text)).then(|| text.to_owned()))
}

/// Whether a text has no visible character.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

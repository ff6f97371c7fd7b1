//! Values: what a client may send for a field, parsed and checked in one place.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, Timelike, Utc};
use entity::tenant;
use store::fold;

/// How an input changes a field: not at all, to null, or to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FieldUpdate<T> {
    /// The input does not name the field.
    #[default]
    Keep,
    /// The input sets it to null.
    Clear,
    /// The input gives a value.
    Set(T),
}

impl<T> FieldUpdate<T> {
    /// The new value, if the input sets one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// The same update with its value converted.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> FieldUpdate<U> {
        match self {
            Self::Keep => FieldUpdate::Keep,
            Self::Clear => FieldUpdate::Clear,
            Self::Set(value) => FieldUpdate::Set(convert(value)),
        }
    }
}

impl<T> FieldUpdate<Vec<T>> {
    /// The new list; nothing, where the input does not name the field. A cleared list is empty.
    pub fn list(self) -> Option<Vec<T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(Vec::new()),
            Self::Set(list) => Some(list),
        }
    }
}

impl<T> From<Option<T>> for FieldUpdate<T> {
    /// An absent value keeps the field.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }
}

/// Parses `2026-01-20T08:00:00Z`: a time of the years 1 to 9999 in the format of RFC 3339, truncated to microseconds.
pub fn timestamp(text: &str) -> Option<DateTime<Utc>> {
    // Parts of the year 0 of RFC 3339 are in the year before at other offsets.
    // chrono keeps a leap second as nanoseconds above one second; PostgreSQL has no leap seconds.
    let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc).trunc_subsecs(6);
    ((1..=9999).contains(&at.year()) && at.nanosecond() < 1_000_000_000).then_some(at)
}

/// Parses `2026-01-20`: a day of the years 1 to 9999, in exactly this form. Days in another form, or of other years, sort
/// differently as text than in time.
pub fn day(text: &str) -> Option<NaiveDate> {
    let day: NaiveDate = text.parse().ok()?;
    ((1..=9999).contains(&day.year()) && day.to_string() == text).then_some(day)
}

/// How many characters of a sealed name are stored in clear, to sort by.
const SEALED_ORDER_KEY_CHARS: usize = 3;

/// The key by which a sealed name is sorted: its first folded characters; none if the tenant's setting allows none.
pub fn sealed_order_key(tenant: &tenant::Model, name: &str) -> Option<String> {
    tenant.order_sealed_names.then(|| fold::prefix(&fold::fold(name), SEALED_ORDER_KEY_CHARS).to_owned())
}

/// A decimal number with at most six digits after the point, stored as integer millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(pub i64);

/// One, in millionths.
const ONE: i64 = 1_000_000;

impl Decimal {
    /// One.
    pub const ONE: Self = Self(ONE);

    /// Parses `-12.5`. Nothing if the text is no number, has more than six digits after the point, or exceeds
    /// 9,223,372,036,854.
    pub fn parse(text: &str) -> Option<Self> {
        parse_fixed_point(text, 6).map(Self)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_fixed_point(self.0.into(), 6))
    }
}

/// A decimal number of an answer, such as a sum, that may be larger than a [`Decimal`]: integer millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct WideDecimal(pub i128);

impl WideDecimal {
    /// An amount of minor units of a currency, in major units.
    pub fn of_minor_units(amount: i128, currency: &str) -> Self {
        let digits = minor_digits(currency).unwrap_or(2);
        Self(amount * 10_i128.pow(6_u32.saturating_sub(digits)))
    }
}

impl From<Decimal> for WideDecimal {
    fn from(decimal: Decimal) -> Self {
        Self(decimal.0.into())
    }
}

impl fmt::Display for WideDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_fixed_point(self.0, 6))
    }
}

/// An amount of money as integer minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// Minor units: cents of a dollar, whole yen.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

/// Money as a client writes it: the currency is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// In major units.
    pub amount: Decimal,
    /// ISO 4217; the tenant's currency where absent.
    pub currency: Option<String>,
}

impl Price {
    /// Converts to minor units; an absent currency is the tenant's. The error is a message for the client.
    pub fn money(&self, tenant_currency: &str) -> Result<Money, String> {
        Money::parse(&self.amount.to_string(), self.currency.as_deref().unwrap_or(tenant_currency))
    }
}

impl Money {
    /// Parses an amount in major units. The error is a message for the client.
    pub fn parse(amount: &str, currency: &str) -> Result<Self, String> {
        let currency = currency.trim();
        let digits = minor_digits(currency)
            .ok_or_else(|| format!("\"{currency}\" is not a currency; give an ISO 4217 code such as USD."))?;
        let minor = parse_fixed_point(amount, digits).ok_or_else(|| {
            format!("\"{amount}\" is not an amount of {currency}; give at most {digits} digits after the point.")
        })?;
        Ok(Self { amount: minor, currency: currency.to_owned() })
    }

    /// The amount in major units.
    pub fn major(&self) -> String {
        format_fixed_point(self.amount.into(), minor_digits(&self.currency).unwrap_or(2))
    }

    /// A unit amount in major units times a quantity. Nothing if the currency does not exist, or a decimal of the schema cannot
    /// represent the amount.
    pub fn times(unit_amount: Decimal, quantity: Decimal, currency: &str) -> Option<Self> {
        let product = i128::from(unit_amount.0) * i128::from(quantity.0);
        let minor = product.checked_mul(10_i128.checked_pow(minor_digits(currency)?)?)?;
        let amount = rounded_quotient(minor, i128::from(ONE) * i128::from(ONE))?;
        Some(Self { amount, currency: currency.to_owned() }).filter(|money| money.in_major_units().is_some())
    }

    /// The amount in major units. Nothing if a decimal of the schema cannot represent it.
    pub fn in_major_units(&self) -> Option<Decimal> {
        Decimal::parse(&self.major())
    }
}

/// A quotient, rounded half away from zero.
pub fn rounded_quotient(dividend: i128, divisor: i128) -> Option<i64> {
    i64::try_from(dividend.checked_add(divisor / 2 * dividend.signum())? / divisor).ok()
}

/// How many digits a currency has after the point (ISO 4217); nothing if the currency does not exist.
pub fn minor_digits(currency: &str) -> Option<u32> {
    let currency = iso_currency::Currency::from_code(currency)?;
    Some(u32::from(currency.exponent().unwrap_or(2)))
}

/// Parses a decimal text as an integer in units of its last digit, with `digits` digits after the point.
fn parse_fixed_point(text: &str, digits: u32) -> Option<i64> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let too_precise = fraction.trim_end_matches('0').len() > digits as usize;
    if whole.is_empty() || !is_numeric(whole) || !is_numeric(fraction) || too_precise || unsigned.ends_with('.') {
        return None;
    }
    let scale = 10_i64.checked_pow(digits)?;
    let fraction = format!("{:0<width$}", fraction.trim_end_matches('0'), width = digits as usize);
    let fraction: i64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let value = whole.parse::<i64>().ok()?.checked_mul(scale)?.checked_add(fraction)?;
    Some(if negative { -value } else { value })
}

fn format_fixed_point(value: i128, digits: u32) -> String {
    let scale = 10_u128.pow(digits);
    let (sign, value) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    let (whole, fraction) = (value / scale, value % scale);
    let text = format!("{sign}{whole}.{fraction:0width$}", width = digits as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_six_digits_and_refuse_a_seventh() {
        for text in ["0", "12.5", "-0.000001", "9223372036854.775807"] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Decimal::parse("1.500000000").unwrap().to_string(), "1.5");
        for text in ["", "-", ".5", "5.", "1e3", "0.0000001", "9223372036854.775808", "1 000", "+1"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn money_has_the_digits_of_its_currency() {
        assert_eq!(Money::parse("50000", "USD").unwrap().amount, 5_000_000);
        assert_eq!(Money::parse("12.5", "USD").unwrap().major(), "12.5");
        assert_eq!(Money::parse("1200", "JPY").unwrap().amount, 1200);
        assert!(Money::parse("0.5", "JPY").is_err());
        assert!(Money::parse("1", "XYZ").is_err());
        let cents = |unit, quantity| {
            let [unit, quantity] = [unit, quantity].map(|text| Decimal::parse(text).unwrap());
            Money::times(unit, quantity, "USD").map(|money| money.amount)
        };
        assert_eq!(cents("3.33", "1.5"), Some(500));
        assert_eq!(cents("-3.33", "1.5"), Some(-500));
        assert_eq!(cents("2.4375", "612.4"), Some(149_273));
        assert_eq!(cents("9223372036854", "9223372036854"), None);
    }
}

//! The notice of a schedule: how long before it is due it is upcoming. It is shorter than the interval, or it would never rest.

use entity::equipment_schedule::{Model, NotifyUnit};
use error::Code;

use crate::{
    validator::Validator,
    value::{Decimal, FieldUpdate},
};

/// The fewest days of a month, and the most.
const MONTH_DAYS: (i64, i64) = (28, 31);
/// The longest notice: what a hundred years have in days.
const MAX_NOTICE: i64 = 36_500;

/// Sets the notice, and holds it against the intervals of the row.
pub fn set(validator: &mut Validator, update: FieldUpdate<(Decimal, NotifyUnit)>, row: &mut Model) {
    match update {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => (row.notify_value, row.notify_unit) = (None, None),
        FieldUpdate::Set((value, unit)) => {
            let is_whole = unit == NotifyUnit::Meter || value.0 % Decimal::ONE.0 == 0;
            let is_long = unit != NotifyUnit::Meter && value.0 / Decimal::ONE.0 > MAX_NOTICE;
            if value.0 <= 0 || !is_whole || is_long {
                let message = match unit {
                    NotifyUnit::Meter => format!("The value of a notice is more than 0; {value} was given."),
                    _ => format!("A notice is a whole number from 1 to {MAX_NOTICE}; {value} was given."),
                };
                return validator
                    .within("notifyBefore", |validator| validator.fail(Code::OutOfRange, "value", message));
            }
            (row.notify_value, row.notify_unit) = (Some(value.0), Some(unit));
        }
    }
    check(validator, row);
}

/// Refuses a notice that is not below each interval of its kind.
fn check(validator: &mut Validator, row: &Model) {
    let Some((value, unit)) = row.notify_value.zip(row.notify_unit) else { return };
    let notice = Decimal(value);
    let whole = value / Decimal::ONE.0;
    let (days, months) = (row.interval_days.map(i64::from), row.interval_months.map(i64::from));
    let too_long = match unit {
        NotifyUnit::Meter => match row.interval_meter {
            None => {
                let message = "A notice in METER goes with intervalMeter.";
                return validator.fail(Code::Invalid, "notifyBefore", message);
            }
            Some(interval) => (value >= interval).then(|| format!("intervalMeter ({})", Decimal(interval))),
        },
        NotifyUnit::Days => {
            let by_days = days.filter(|days| whole >= *days).map(|days| format!("intervalDays ({days})"));
            let is_longer = |months: &i64| whole >= *months * MONTH_DAYS.0;
            by_days.or_else(|| months.filter(is_longer).map(|months| format!("intervalMonths ({months})")))
        }
        NotifyUnit::Months => {
            let by_months = months.filter(|months| whole >= *months).map(|months| format!("intervalMonths ({months})"));
            let is_longer = |days: &i64| whole * MONTH_DAYS.1 >= *days;
            by_months.or_else(|| days.filter(is_longer).map(|days| format!("intervalDays ({days})")))
        }
    };
    if let Some(interval) = too_long {
        let message = format!("notifyBefore ({notice}) is below {interval}; else the schedule would never rest.");
        validator.fail(Code::OutOfRange, "notifyBefore", message);
    }
}

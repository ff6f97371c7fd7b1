//! Service windows: the times of the week at which a customer prefers service.

use chrono::{NaiveTime, Weekday};
use error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use crate::{
    validator::Validator,
    value::FieldUpdate,
    weekday::{weekday_names, weekdays_of},
};

/// The most windows of a customer: three for each day of the week.
const MAX_WINDOWS: usize = 21;

/// A window that a client can write.
#[derive(Clone, Debug)]
pub struct ServiceWindowDraft {
    /// The days of the week.
    pub weekdays: Vec<Weekday>,
    /// The local time at which the window begins.
    pub from: String,
    /// The local time at which it ends.
    pub until: String,
}

/// A window, as the row of its customer stores it: in a JSON list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceWindow {
    /// The names of the days of the week, from Monday, each once.
    weekdays: Vec<String>,
    /// The local time at which the window begins, `08:00`.
    pub from: String,
    /// The local time at which it ends, later on the same day.
    pub until: String,
}

impl ServiceWindow {
    /// The days of the week, from Monday.
    pub fn weekdays(&self) -> Vec<Weekday> {
        weekdays_of(&self.weekdays)
    }
}

/// The stored windows of a customer, by their first days and times.
pub fn parse_service_windows(stored: Option<&str>) -> Result<Vec<ServiceWindow>> {
    stored.map_or(Ok(Vec::new()), |json| serde_json::from_str(json).map_err(Error::internal))
}

/// A window whose times are known.
struct Span {
    weekdays: Vec<Weekday>,
    from: NaiveTime,
    until: NaiveTime,
}

/// Replaces the stored windows of a customer. They are stored in one order, so that the same windows in another order are
/// no change.
pub fn set_service_windows(
    validator: &mut Validator,
    update: FieldUpdate<Vec<ServiceWindowDraft>>,
    stored: &mut Option<String>,
) {
    let Some(drafts) = update.list() else { return };
    // The windows are compared in pairs, so that too many are not looked at.
    if drafts.len() > MAX_WINDOWS {
        return validator.check_max_items("serviceWindows", drafts.len(), MAX_WINDOWS);
    }
    let mut spans = Vec::with_capacity(drafts.len());
    validator.within("serviceWindows", |validator| {
        for (index, draft) in drafts.iter().enumerate() {
            let span = validator.within(index, |validator| read_span(validator, draft));
            let Some(span) = span else { continue };
            if let Some((other, day)) =
                spans.iter().find_map(|(other, earlier)| Some((other, common_day(earlier, &span)?)))
            {
                let day = weekday_names(&[day]).concat();
                let message = format!("The window overlaps serviceWindows.{other} on {day}.");
                validator.fail(Code::Overlap, &index.to_string(), message);
            }
            spans.push((index, span));
        }
    });
    spans.sort_by_key(|(_, span)| (span.weekdays.iter().map(Weekday::num_days_from_monday).min(), span.from));
    let windows: Vec<_> = spans.into_iter().map(|(_, span)| span.stored()).collect();
    *stored = (!windows.is_empty()).then(|| serde_json::json!(windows).to_string());
}

/// Reads a window. Nothing if its times are unknown; all its violations are added.
fn read_span(validator: &mut Validator, draft: &ServiceWindowDraft) -> Option<Span> {
    if draft.weekdays.is_empty() {
        validator.fail(Code::Required, "weekdays", "A window has at least one day of the week.");
    }
    let is_repeated = |index: &usize| draft.weekdays[..*index].contains(&draft.weekdays[*index]);
    if let Some(index) = (0..draft.weekdays.len()).find(is_repeated) {
        let name = weekday_names(&draft.weekdays[index..=index]).concat();
        validator.within("weekdays", |validator| {
            validator.fail(Code::Invalid, &index.to_string(), format!("The window has {name} already."));
        });
    }
    let from = validator.parse_time("from", &draft.from);
    let until = validator.parse_time("until", &draft.until);
    let (from, until) = (from?, until?);
    if until <= from {
        let [from, until] = [from, until].map(|time| time.format("%H:%M"));
        let message = format!("until ({until}) is not later than from ({from}); a window does not pass midnight.");
        validator.fail(Code::OutOfRange, "until", message);
        return None;
    }
    Some(Span { weekdays: draft.weekdays.clone(), from, until })
}

/// A day of the week on which two windows overlap. Windows that touch do not.
fn common_day(one: &Span, other: &Span) -> Option<Weekday> {
    let overlap = one.from < other.until && other.from < one.until;
    one.weekdays.iter().find(|day| overlap && other.weekdays.contains(day)).copied()
}

impl Span {
    fn stored(&self) -> ServiceWindow {
        let [from, until] = [self.from, self.until].map(|time| time.format("%H:%M").to_string());
        ServiceWindow { weekdays: weekday_names(&self.weekdays), from, until }
    }
}

//! Service windows: the times of the week at which a customer prefers service.

use async_graphql::{InputObject, SimpleObject};
use domain::customer as rules;

use crate::graphql::weekday::Weekday;

/// A time of the week at which a customer prefers service, in the time zone of the service's address, or of the tenant
/// without one.
#[derive(SimpleObject)]
pub struct ServiceWindow {
    /// The days of the week, from Monday. Never empty.
    weekdays: Vec<Weekday>,
    /// The local time at which the window begins, for example `08:00`.
    from: String,
    /// The local time at which the window ends, for example `12:00`; later than `from`, on the same day.
    until: String,
}

/// A time of the week at which a customer prefers service, in the time zone of the service's address, or of the tenant
/// without one. Two windows of a customer do not overlap on any day of the week.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceWindowInput {
    /// The days of the week: at least one, each once.
    weekdays: Vec<Weekday>,
    /// The local time at which the window begins, as `08:00`.
    from: String,
    /// The local time at which the window ends, as `12:00`. It is later than `from`: a window does not pass midnight.
    until: String,
}

impl From<rules::ServiceWindow> for ServiceWindow {
    fn from(window: rules::ServiceWindow) -> Self {
        let weekdays = window.weekdays().into_iter().map(Into::into).collect();
        Self { weekdays, from: window.from, until: window.until }
    }
}

impl ServiceWindowInput {
    /// The window as the rules read it.
    pub fn draft(self) -> rules::ServiceWindowDraft {
        let weekdays = self.weekdays.into_iter().map(Into::into).collect();
        rules::ServiceWindowDraft { weekdays, from: self.from, until: self.until }
    }
}

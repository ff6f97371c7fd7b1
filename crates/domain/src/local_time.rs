//! Local times: what a date and a time of day in a time zone are as an instant.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// The time zone of a name that was validated when it was written.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The instant of a local time. One that occurs twice, when clocks are set back, is the first of them; one that is skipped,
/// when clocks are set forward, is counted with the offset before.
pub fn instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    if let Some(time) = zone.from_local_datetime(&local).earliest() {
        return time.to_utc();
    }
    let day_before = zone.from_local_datetime(&(local - Duration::days(1))).earliest();
    let offset =
        day_before.map_or(Duration::zero(), |time| Duration::seconds(time.offset().fix().local_minus_utc().into()));
    (local - offset).and_utc()
}

/// The first instant of a day.
pub fn start_of_day(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    instant(zone, day.and_time(NaiveTime::MIN))
}

/// Parses a time of day in exactly this form: `10:00`.
pub fn parse_time(text: &str) -> Option<NaiveTime> {
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
    (time.format("%H:%M").to_string() == text).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_clocks_say_so() {
        let start = |zone: Tz, day: &str| start_of_day(zone, day.parse().unwrap()).to_rfc3339();
        assert_eq!(start(chrono_tz::America::Chicago, "2024-04-01"), "2024-04-01T05:00:00+00:00");
        // Midnight is skipped: the day begins at one o'clock.
        assert_eq!(start(chrono_tz::America::Santiago, "2024-09-08"), "2024-09-08T04:00:00+00:00");
        // Midnight occurs twice.
        assert_eq!(start(chrono_tz::America::Havana, "2024-11-03"), "2024-11-03T04:00:00+00:00");
    }
}

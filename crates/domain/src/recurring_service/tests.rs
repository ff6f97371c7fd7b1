//! Schedules and occurrences: local dates become instants once, and no exception, pause or window adds a date.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use entity::{
    recurring_service::{Frequency, Model},
    recurring_service_exception, recurring_service_pause,
    service_record::{self, Status},
};

use super::{
    occurrence::{
        OccurrenceStatus::{Booked, Cancelled, Completed, Missed, Paused, Planned, Skipped},
        occurrences,
    },
    schedule::{Schedule, SlotState},
};
use crate::{
    local_time::parse_time,
    weekday::{parse_weekdays, store_weekdays},
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn plan(frequency: Frequency, start: &str, time: Option<&str>) -> Model {
    let preferred_time = time.map(str::to_owned);
    Model { frequency, interval: 1, start_date: day(start), preferred_time, ..Model::default() }
}

fn skip(date: &str) -> recurring_service_exception::Model {
    recurring_service_exception::Model { date: day(date), ..Default::default() }
}

fn moved(date: &str, to: &str, time: Option<&str>) -> recurring_service_exception::Model {
    let moved_time = time.map(str::to_owned);
    recurring_service_exception::Model { moved_to: Some(day(to)), moved_time, ..skip(date) }
}

fn pause(from: &str, until: Option<&str>) -> recurring_service_pause::Model {
    recurring_service_pause::Model { starts_on: day(from), resumes_on: until.map(day), ..Default::default() }
}

/// The beginnings of the visits that take place from one day to another, each in the form `2024-11-05T16:00Z`.
fn starts(schedule: &Schedule, from: &str, until: &str) -> Vec<String> {
    let slots = schedule.slots(day(from), day(until)).into_iter().filter(|slot| slot.state == SlotState::Planned);
    slots.map(|slot| slot.starts_at.format("%FT%RZ").to_string()).collect()
}

fn days(schedule: &Schedule, from: &str, until: &str) -> Vec<String> {
    let slots = schedule.slots(day(from), day(until)).into_iter().filter(|slot| slot.state == SlotState::Planned);
    slots.map(|slot| slot.date.to_string()).collect()
}

#[test]
fn a_visit_keeps_its_local_time_when_clocks_change() {
    let chicago = chrono_tz::America::Chicago;
    let weekly = Schedule::of(&plan(Frequency::Weekly, "2024-10-29", Some("10:00")), chicago, &[], &[]);
    assert_eq!(starts(&weekly, "2024-10-01", "2024-11-06"), ["2024-10-29T15:00Z", "2024-11-05T16:00Z"]);
    let daily = |start, time| {
        let plan = Model { duration_minutes: Some(90), ..plan(Frequency::Daily, start, Some(time)) };
        Schedule::of(&plan, chrono_tz::America::New_York, &[], &[])
    };
    // 02:30 is skipped on 10 March: it is 03:30 then. 01:30 occurs twice on 3 November: the first one is meant.
    let spring = daily("2024-03-09", "02:30");
    let expected = ["2024-03-09T07:30Z", "2024-03-10T07:30Z", "2024-03-11T06:30Z"];
    assert_eq!(starts(&spring, "2024-03-09", "2024-03-12"), expected);
    let autumn = daily("2024-11-02", "01:30");
    let expected = ["2024-11-02T05:30Z", "2024-11-03T05:30Z", "2024-11-04T06:30Z"];
    assert_eq!(starts(&autumn, "2024-11-02", "2024-11-05"), expected);
    // The end is a duration after the beginning, whatever clocks say.
    let night = autumn.slot(day("2024-11-03")).unwrap();
    assert_eq!(night.ends_at, Some(at("2024-11-03T07:00:00Z")));
}

#[test]
fn weekday_and_end_are_local() {
    let los_angeles = chrono_tz::America::Los_Angeles;
    let mondays = Schedule::of(&plan(Frequency::Weekly, "2024-07-01", Some("19:00")), los_angeles, &[], &[]);
    assert_eq!(starts(&mondays, "2024-07-01", "2024-07-09"), ["2024-07-02T02:00Z", "2024-07-09T02:00Z"]);
    let thursdays = Model {
        weekdays: store_weekdays(&[Weekday::Thu]),
        end_date: Some(day("2024-11-14")),
        ..plan(Frequency::Weekly, "2024-11-01", Some("17:00"))
    };
    let thursdays = Schedule::of(&thursdays, los_angeles, &[], &[]);
    assert_eq!(starts(&thursdays, "2024-11-01", "2025-01-01"), ["2024-11-08T01:00Z", "2024-11-15T01:00Z"]);
    // The same plan at an address in another zone.
    let monthly = plan(Frequency::Monthly, "2024-07-10", Some("10:00"));
    let in_zone = |zone: Tz| starts(&Schedule::of(&monthly, zone, &[], &[]), "2024-07-01", "2024-08-01");
    assert_eq!(in_zone(chrono_tz::America::Chicago), ["2024-07-10T15:00Z"]);
    assert_eq!(in_zone(chrono_tz::America::Phoenix), ["2024-07-10T17:00Z"]);
}

#[test]
fn the_count_bounds_the_rule_and_nothing_lengthens_it() {
    let four = Model { occurrence_count: Some(4), ..plan(Frequency::Weekly, "2024-01-01", Some("10:00")) };
    let with = |exceptions: &[recurring_service_exception::Model], pauses: &[recurring_service_pause::Model]| {
        days(&Schedule::of(&four, Tz::UTC, exceptions, pauses), "2023-01-01", "2025-01-01")
    };
    assert_eq!(with(&[], &[]), ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"]);
    assert_eq!(with(&[skip("2024-01-22")], &[]), ["2024-01-01", "2024-01-08", "2024-01-15"]);
    assert_eq!(with(&[skip("2024-01-01")], &[]), ["2024-01-08", "2024-01-15", "2024-01-22"]);
    assert_eq!(with(&[moved("2024-01-15", "2024-01-17", None)], &[]).len(), 4);
    assert_eq!(with(&[], &[pause("2024-01-08", Some("2024-01-15"))]), ["2024-01-01", "2024-01-15", "2024-01-22"]);
    // An exception of a day that the rule does not yield is none.
    assert_eq!(with(&[moved("2024-01-16", "2024-01-17", None)], &[]).len(), 4);
    let schedule = Schedule::of(&four, Tz::UTC, &[], &[]);
    assert_eq!(days(&schedule, "2024-01-15", "2030-01-01"), ["2024-01-15", "2024-01-22"]);
}

#[test]
fn a_visit_is_known_by_its_date_when_the_time_changes() {
    let exceptions = [skip("2024-03-12"), moved("2024-03-19", "2024-03-21", Some("10:00"))];
    let later = plan(Frequency::Weekly, "2024-03-05", Some("13:00"));
    let schedule = Schedule::of(&later, chrono_tz::America::Chicago, &exceptions, &[]);
    let expected = ["2024-03-05T19:00Z", "2024-03-21T15:00Z", "2024-03-26T18:00Z"];
    assert_eq!(starts(&schedule, "2024-03-01", "2024-04-01"), expected);
    let monthly = plan(Frequency::Monthly, "2024-01-30", None);
    let schedule = Schedule::of(&monthly, Tz::UTC, &[moved("2024-04-30", "2024-05-02", None)], &[]);
    assert_eq!(days(&schedule, "2024-04-01", "2024-05-01"), Vec::<String>::new());
    assert_eq!(days(&schedule, "2024-05-01", "2024-06-01"), ["2024-05-02", "2024-05-30"]);
}

#[test]
fn a_pause_leaves_out_its_days_and_no_visit_is_made_up_for() {
    let mondays = plan(Frequency::Weekly, "2024-02-26", Some("10:00"));
    let schedule = Schedule::of(&mondays, Tz::UTC, &[], &[pause("2024-03-04", Some("2024-04-08"))]);
    assert_eq!(days(&schedule, "2024-02-01", "2024-04-16"), ["2024-02-26", "2024-04-08", "2024-04-15"]);
    // A visit is paused by the day on which it takes place.
    let exceptions = [moved("2024-03-11", "2024-03-01", None), moved("2024-04-15", "2024-04-01", None)];
    let schedule = Schedule::of(&mondays, Tz::UTC, &exceptions, &[pause("2024-03-04", None)]);
    assert_eq!(days(&schedule, "2024-02-01", "2025-01-01"), ["2024-02-26", "2024-03-01"]);
}

#[test]
fn only_visits_from_now_to_the_horizon_are_due() {
    let due = |time: Option<&str>, now: &str| {
        let schedule = Schedule::of(&plan(Frequency::Daily, "2024-01-01", time), chrono_tz::America::Chicago, &[], &[]);
        let dates: Vec<_> =
            schedule.due(at(now), TimeDelta::days(2)).iter().map(|slot| slot.date.to_string()).collect();
        dates
    };
    assert_eq!(due(Some("10:00"), "2024-03-05T16:00:00Z"), ["2024-03-05", "2024-03-06", "2024-03-07"]);
    assert_eq!(due(Some("10:00"), "2024-03-05T16:00:01Z"), ["2024-03-06", "2024-03-07"]);
    // A visit at some time of its day is due until the day ends, here at six o'clock in UTC.
    assert_eq!(due(None, "2024-03-06T05:59:59Z"), ["2024-03-05", "2024-03-06", "2024-03-07"]);
    assert_eq!(due(None, "2024-03-06T06:00:00Z"), ["2024-03-06", "2024-03-07", "2024-03-08"]);
}

#[test]
fn an_occurrence_tells_what_has_become_of_the_visit() {
    let record = |date: &str, at_time: &str, status| {
        let service_date = at(at_time);
        let occurrence_date = Some(day(date));
        Arc::new(service_record::Model { service_date, occurrence_date, status, ..Default::default() })
    };
    let schedule = Schedule::of(
        &plan(Frequency::Weekly, "2024-01-01", Some("10:00")),
        Tz::UTC,
        &[skip("2024-01-22"), skip("2024-02-05")],
        &[pause("2024-01-29", Some("2024-01-30"))],
    );
    let records = [
        record("2024-01-08", "2024-01-09T08:00:00Z", Status::Completed),
        record("2024-01-15", "2024-01-15T10:00:00Z", Status::Cancelled),
        record("2024-01-22", "2024-01-22T10:00:00Z", Status::Cancelled),
        // The rule does not yield this date any more, and this visit was taken out of the window by hand.
        record("2024-02-13", "2024-02-13T10:00:00Z", Status::Scheduled),
        record("2024-02-19", "2024-05-01T10:00:00Z", Status::Scheduled),
    ];
    let window = (day("2024-01-01"), day("2024-03-04"));
    let found = occurrences(&schedule, records, window, at("2024-02-01T00:00:00Z"));
    let found: Vec<_> = found.iter().map(|one| (one.date.to_string(), one.status)).collect();
    let expected = [
        ("2024-01-01", Missed),
        ("2024-01-09", Completed),
        ("2024-01-15", Cancelled),
        ("2024-01-22", Skipped),
        ("2024-01-29", Paused),
        ("2024-02-05", Skipped),
        ("2024-02-12", Planned),
        ("2024-02-13", Booked),
        ("2024-02-26", Planned),
    ];
    assert_eq!(found, expected.map(|(date, status)| (date.to_owned(), status)));
}

#[test]
fn times_and_weekdays_are_stored_in_one_form() {
    assert!(parse_time("09:30").is_some());
    for wrong in ["9:30", "24:00", "09:30:00", "9.30", ""] {
        assert_eq!(parse_time(wrong), None, "{wrong}");
    }
    let stored = store_weekdays(&[Weekday::Sun, Weekday::Tue, Weekday::Sun]);
    assert_eq!(stored.as_deref(), Some(r#"["TUESDAY","SUNDAY"]"#));
    assert_eq!(parse_weekdays(stored.as_deref()), [Weekday::Tue, Weekday::Sun]);
    assert_eq!(store_weekdays(&[]), None);
}

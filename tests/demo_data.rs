//! The data of the demo: a working day of each company, at times and places that agree, on both databases alike.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::{
    demo::Demo,
    world::{Actor, DatabaseKind, each_database},
};

const ADDRESSES: &str = "query($after: String) { page: addresses(first: 100, after: $after) {
    nodes { city state zipCode timeZone } pageInfo { hasNextPage endCursor } } }";
const LOADS: &str = "query($after: String) { page: loads(first: 100, after: $after) {
    nodes { number status scheduledPickup statusHistory { at }
        stops { windowStart windowEnd arrivedAt departedAt address { timeZone } } }
    pageInfo { hasNextPage endCursor } } }";
const SERVICE_RECORDS: &str = "query($after: String) { page: serviceRecords(first: 100, after: $after) {
    nodes { id status requestedAt serviceDate scheduledStart scheduledEnd startedAt completedAt address { timeZone } }
    pageInfo { hasNextPage endCursor } } }";
const ASSETS: &str = "query($after: String) { page: assets(first: 100, after: $after) {
    nodes { name category installDate meter { value unit at }
        customers(first: 5) { nodes { relationship from until expectedReturn returnedAt meterOut meterIn
            location { timeZone } } } }
    pageInfo { hasNextPage endCursor } } }";

/// Every row of a list.
async fn rows(actor: &Actor, query: &str) -> Vec<Json> {
    let (mut rows, mut after) = (Vec::new(), Json::Null);
    loop {
        let response = actor.execute_with(query, json!({ "after": after })).await;
        rows.extend(response.at("/data/page/nodes").as_array().unwrap().iter().cloned());
        if *response.at("/data/page/pageInfo/hasNextPage") == json!(false) {
            return rows;
        }
        after = response.at("/data/page/pageInfo/endCursor").clone();
    }
}

/// A time of a row; none where it is null.
fn time(row: &Json, field: &str) -> Option<DateTime<Utc>> {
    row[field].as_str().map(|text| text.parse().unwrap())
}

/// A decimal of a row; none where it is null.
fn decimal(number: &Json) -> Option<f64> {
    number.as_str().map(|text| text.parse().unwrap())
}

/// The clocks of a company on the day on which its demo began.
struct Today {
    /// When the demo began.
    began: DateTime<Utc>,
    zone: Tz,
}

impl Today {
    async fn of(actor: &Actor) -> Self {
        let response = actor.execute("{ viewer { tenant { createdAt timeZone } } }").await;
        let tenant = response.at("/data/viewer/tenant");
        Self { began: time(tenant, "createdAt").unwrap(), zone: tenant["timeZone"].as_str().unwrap().parse().unwrap() }
    }

    /// The day of a time.
    fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    fn date(&self) -> NaiveDate {
        self.day(self.began)
    }

    /// The statuses of the rows whose time is today.
    fn statuses<'a>(&self, rows: &'a [Json], field: &str) -> BTreeSet<&'a str> {
        let today = rows.iter().filter(|row| time(row, field).is_some_and(|at| self.day(at) == self.date()));
        today.map(|row| row["status"].as_str().unwrap()).collect()
    }

    /// Checks times that happened: they are in order, and not after the beginning of the demo.
    fn check_events(&self, row: &Json, events: &[Option<DateTime<Utc>>]) {
        let events: Vec<_> = events.iter().flatten().collect();
        assert!(events.is_sorted(), "{row}");
        assert!(events.iter().all(|at| **at <= self.began), "{row} is after {}", self.began);
    }
}

/// Checks that times of a row are on a quarter of an hour on the clocks of their place.
fn check_quarters(row: &Json, fields: &[&str], place: &Json) {
    let zone: Tz = place["timeZone"].as_str().unwrap_or_else(|| panic!("{row} has no place")).parse().unwrap();
    for at in fields.iter().filter_map(|field| time(row, field)) {
        let local = at.with_timezone(&zone);
        let past_quarter = (local.minute() % 15, local.second(), local.nanosecond());
        assert_eq!(past_quarter, (0, 0, 0), "{at} in {row}");
    }
}

/// The time zone of a place.
fn zone_of(state: &str, city: &str) -> &'static str {
    match (state, city) {
        // The only county of Texas that keeps Mountain Time and has a city.
        ("TX", "El Paso") | ("NM", _) => "America/Denver",
        ("TX" | "OK" | "LA" | "TN", _) => "America/Chicago",
        ("OR" | "WA", _) => "America/Los_Angeles",
        _ => panic!("{city}, {state} is not in the demo"),
    }
}

/// The first three digits of the postal codes of a state, from and to.
fn postal_areas(state: &str) -> std::ops::RangeInclusive<u32> {
    match state {
        "TX" => 750..=799,
        "OK" => 730..=749,
        "LA" => 700..=714,
        "TN" => 370..=385,
        "NM" => 870..=884,
        "OR" => 970..=979,
        _ => 980..=994,
    }
}

/// The most that the meter of a category shows after a few years of work.
fn highest_reading(category: &str, unit: &str) -> f64 {
    match (category, unit) {
        ("Truck", "MI") => 650_000.0,
        ("Trailer", "MI") => 350_000.0,
        ("Trailer" | "Cooling" | "Heating", "H") => 20_000.0,
        ("Tractor", "H") => 12_000.0,
        ("Forklift" | "Power" | "Access", "H") => 7_000.0,
        _ => panic!("{category} has no meter in {unit}"),
    }
}

#[apply(each_database)]
async fn the_demo_begins_in_the_middle_of_a_working_day(database: DatabaseKind) {
    let demo = Demo::on(database).await;
    for company in ["lonestar", "cascade"] {
        let admin = demo.actor(company, "ADMIN");
        let today = Today::of(&admin).await;
        check_addresses(&rows(&admin, ADDRESSES).await);
        check_loads(&today, &rows(&admin, LOADS).await);
        check_service_records(&today, &rows(&admin, SERVICE_RECORDS).await);
        check_assets(&today, &rows(&admin, ASSETS).await);
    }
}

fn check_addresses(addresses: &[Json]) {
    for address in addresses {
        let [city, state, zip_code] = ["city", "state", "zipCode"].map(|field| address[field].as_str().unwrap());
        assert_eq!(address["timeZone"], zone_of(state, city), "{address}");
        assert!(postal_areas(state).contains(&zip_code[..3].parse().unwrap()), "{address}");
    }
}

fn check_loads(today: &Today, loads: &[Json]) {
    let statuses = today.statuses(loads, "scheduledPickup");
    assert!(statuses.len() >= 3, "loads of today are {statuses:?}");
    for load in loads {
        let mut before = None;
        for stop in load["stops"].as_array().unwrap() {
            check_quarters(stop, &["windowStart", "windowEnd", "arrivedAt", "departedAt"], &stop["address"]);
            let [arrived, departed] = ["arrivedAt", "departedAt"].map(|field| time(stop, field));
            today.check_events(load, &[before, arrived, departed]);
            assert!(arrived.is_some() || departed.is_none(), "{load}");
            before = departed;
        }
        let history: Vec<_> = load["statusHistory"].as_array().unwrap().iter().map(|step| time(step, "at")).collect();
        today.check_events(load, &history);
        let is_delivered = load["stops"].as_array().unwrap().iter().all(|stop| stop["departedAt"] != Json::Null);
        assert_eq!(matches!(load["status"].as_str(), Some("COMPLETED" | "INVOICED" | "PAID")), is_delivered, "{load}");
        if matches!(load["status"].as_str(), Some("NEW" | "SCHEDULED")) {
            assert!(time(load, "scheduledPickup").unwrap() > today.began, "{load} is overdue without a driver");
        }
    }
}

fn check_service_records(today: &Today, records: &[Json]) {
    let statuses = today.statuses(records, "serviceDate");
    assert!(statuses.len() >= 3, "visits of today are {statuses:?}");
    let mut overdue = 0;
    for record in records {
        let times = ["requestedAt", "serviceDate", "scheduledStart", "scheduledEnd", "startedAt", "completedAt"];
        check_quarters(record, &times, &record["address"]);
        let [requested, started, completed] =
            ["requestedAt", "startedAt", "completedAt"].map(|field| time(record, field));
        today.check_events(record, &[requested, started, completed]);
        let is_set = |field: &str| record[field] != Json::Null;
        match record["status"].as_str().unwrap() {
            "COMPLETED" => assert!(is_set("startedAt") && is_set("completedAt"), "{record}"),
            "IN_PROGRESS" => assert!(is_set("startedAt") && today.day(started.unwrap()) == today.date(), "{record}"),
            "SCHEDULED" => {
                let day = today.day(time(record, "scheduledStart").unwrap());
                overdue += usize::from(day < today.date());
                assert!(day >= today.date() - Days::new(7), "{record} is forgotten");
            }
            _ => {}
        }
    }
    assert!((1..=records.len() / 20).contains(&overdue), "{overdue} of {} visits are overdue", records.len());
}

fn check_assets(today: &Today, assets: &[Json]) {
    let (mut rentals, mut due_today) = (BTreeMap::<_, u32>::new(), 0);
    let next_month = today.date().with_day(1).unwrap() + Months::new(1);
    for asset in assets {
        let meter = &asset["meter"];
        let (value, unit) = (decimal(&meter["value"]).unwrap(), meter["unit"].as_str().unwrap());
        let highest = highest_reading(asset["category"].as_str().unwrap(), unit);
        assert!((1.0..=highest).contains(&value), "{asset}");
        for assignment in asset["customers"]["nodes"].as_array().unwrap() {
            let place = &assignment["location"];
            check_quarters(assignment, &["from", "until", "expectedReturn", "returnedAt"], place);
            check_quarters(meter, &["at"], place);
            let [from, until, returned] = ["from", "until", "returnedAt"].map(|field| time(assignment, field));
            today.check_events(asset, &[returned.and(from), returned, time(meter, "at")]);
            let readings = [&assignment["meterOut"], &assignment["meterIn"]].map(decimal);
            assert!(readings.iter().flatten().is_sorted(), "{asset}");
            assert!(readings.iter().flatten().all(|reading| *reading <= value), "{asset}");
            if let ([Some(out), Some(back)], "H") = (readings, unit) {
                let hours =
                    i32::try_from((returned.unwrap() - from.unwrap() + TimeDelta::days(1)).num_hours()).unwrap();
                assert!(back - out <= f64::from(hours), "{asset} ran longer than it was out");
            }
            if assignment["relationship"] == "RENTED" {
                let due = today.day(until.unwrap());
                let days = (today.date() - due).num_days();
                due_today += usize::from(days == 0);
                let begins = today.day(from.unwrap());
                let state = match returned {
                    Some(_) => "returned",
                    None if begins >= next_month && begins < next_month + Months::new(1) => "booked",
                    None if days == 0 => "due today",
                    None if (1..=2).contains(&days) => "overdue",
                    None if begins < today.date() && days < 0 => "out",
                    None => panic!("{asset} is lost"),
                };
                *rentals.entry(state).or_default() += 1;
            }
        }
    }
    // In the evening, the rentals that are due today are back.
    rentals.remove("due today");
    assert_eq!(rentals.into_keys().collect::<Vec<_>>(), ["booked", "out", "overdue", "returned"]);
    assert!(due_today > 0, "nothing comes back today");
}

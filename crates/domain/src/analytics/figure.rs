//! Figures: what the groups of a period say.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use entity::{asset, load, load_stop::StopType};
use sea_orm::{Iterable, Value};
use store::{
    rollup::{Group, Groups},
    table::enum_text,
};

use super::{
    statistics::{Distribution, percentage, quotient},
    utilization::{Claim, Fleet},
};
use crate::local_time::start_of_day;

/// A second, in microseconds; as a figure, in millionths.
const SECOND: i64 = 1_000_000;

/// The scores that a customer can give.
const SCORES: std::ops::RangeInclusive<i32> = 1..=5;

/// Completed services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// How many there are.
    pub completed: i64,
    /// How many have each score.
    pub scores: Vec<(i32, i64)>,
}

impl Services {
    /// Those of the groups of completed services.
    pub fn of(groups: &[Group]) -> Self {
        let of_score = |score: i32| {
            let scored = groups.iter().filter(|group| group.keys[1] == Value::Int(Some(score)));
            (score, scored.map(|group| group.count).sum())
        };
        Self { completed: groups.iter().map(|group| group.count).sum(), scores: SCORES.map(of_score).collect() }
    }

    /// How many have a score.
    pub fn scored(&self) -> i64 {
        self.scores.iter().map(|(_, count)| count).sum()
    }

    /// The average score, in millionths, with two digits after the point. None without a score.
    pub fn average_score(&self) -> Option<i128> {
        let sum: i64 = self.scores.iter().map(|(score, count)| i64::from(*score) * count).sum();
        quotient(sum.into(), self.scored().into())
    }
}

/// The times from requests to the beginnings of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseTimes {
    /// In microseconds.
    times: Distribution,
    /// How many services have no such time: they were not requested, or requested after they began.
    pub left_out: i64,
}

impl ResponseTimes {
    /// Those of the groups of started services.
    pub fn of(groups: &[Group]) -> Self {
        let time = |group: &Group| match group.keys[..] {
            [Value::ChronoDateTimeUtc(Some(requested)), Value::ChronoDateTimeUtc(Some(started))] => {
                (started - requested).num_microseconds().filter(|time| *time >= 0)
            }
            _ => None,
        };
        let times = groups.iter().filter_map(|group| Some((time(group)?, group.count))).collect();
        let left_out = groups.iter().filter(|group| time(group).is_none()).map(|group| group.count).sum();
        Self { times, left_out }
    }

    /// How many services have a time.
    pub fn count(&self) -> i64 {
        self.times.count()
    }

    /// The average in whole seconds, in millionths. None if there are none.
    pub fn average(&self) -> Option<i128> {
        self.times.average(SECOND).map(|seconds| seconds * i128::from(SECOND))
    }

    /// A percentile in whole seconds, in millionths. None if there are none.
    pub fn percentile(&self, percent: u8) -> Option<i128> {
        self.times.percentile(percent, SECOND).map(|seconds| seconds * i128::from(SECOND))
    }
}

/// An amount of money in minor units, which can be larger than one of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// Minor units.
    pub amount: i128,
    /// ISO 4217.
    pub currency: String,
    /// How many rows have an amount.
    pub count: i64,
}

/// The sums of the groups whose first value is a currency, one for each currency, in their alphabetical order.
pub fn revenue(groups: &[Group]) -> Vec<Money> {
    let mut sums: BTreeMap<&str, (i128, i64)> = BTreeMap::new();
    for group in groups {
        if let Value::String(Some(currency)) = &group.keys[0] {
            let (amount, count) = sums.entry(currency).or_default();
            (*amount, *count) = (*amount + group.sum, *count + group.count);
        }
    }
    let money =
        |(currency, (amount, count)): (&str, (i128, i64))| Money { amount, currency: currency.to_owned(), count };
    sums.into_iter().map(money).collect()
}

/// Loads by their status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadCounts {
    /// How many have each status but CANCELLED, in the order of a load's life.
    pub by_status: Vec<(load::Status, i64)>,
    /// How many are cancelled.
    cancelled: i64,
}

impl LoadCounts {
    /// Those of the groups of loads.
    pub fn of(groups: &[Group]) -> Self {
        let count = |status: load::Status| {
            let text = Value::from(enum_text(&status));
            groups.iter().filter(|group| group.keys[0] == text).map(|group| group.count).sum()
        };
        let statuses = load::Status::iter().filter(|status| *status != load::Status::Cancelled);
        let by_status = statuses.map(|status| (status, count(status))).collect();
        Self { by_status, cancelled: count(load::Status::Cancelled) }
    }

    /// How many are not cancelled.
    pub fn total(&self) -> i64 {
        self.by_status.iter().map(|(_, count)| count).sum()
    }

    /// How many are cancelled.
    pub fn cancelled(&self) -> i64 {
        self.cancelled
    }
}

/// The end of a load's route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Where freight is loaded.
    Pickup,
    /// Where freight is unloaded.
    Delivery,
}

/// Arrivals at stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnTime {
    /// How many were not after the end of their window.
    pub on_time: i64,
    /// How many were.
    pub late: i64,
    /// How many had no end of a window.
    pub left_out: i64,
}

impl OnTime {
    /// Those at one type of stop, of the groups of stops.
    pub fn of(groups: &[Group], stop: Stop) -> Self {
        let stop_type = Value::from(enum_text(&match stop {
            Stop::Pickup => StopType::Pickup,
            Stop::Delivery => StopType::Delivery,
        }));
        let mut sum = Self::default();
        for group in groups.iter().filter(|group| group.keys[0] == stop_type) {
            match group.keys[1] {
                Value::BigInt(Some(1)) => sum.on_time += group.count,
                Value::BigInt(Some(_)) => sum.late += group.count,
                _ => sum.left_out += group.count,
            }
        }
        sum
    }

    /// How many had an end of a window.
    pub fn measured(&self) -> i64 {
        self.on_time + self.late
    }

    /// How many of these were on time, in percent, in millionths. None if there are none.
    pub fn rate(&self) -> Option<i128> {
        percentage(self.on_time.into(), self.measured().into())
    }
}

/// The assets of the groups of rentals. The life of an asset begins on its install date in the zone, and ends with its last
/// rental if it is retired: nothing says when that was.
pub fn fleet(groups: &Groups, zone: Tz) -> Fleet {
    let retired = enum_text(&asset::Status::Retired);
    groups.iter().filter_map(|group| claim(group, zone, &retired)).collect()
}

fn claim(group: &Group, zone: Tz, retired: &str) -> Option<Claim> {
    let time = |value: &Value| match value {
        Value::ChronoDateTimeUtc(at) => *at,
        _ => None,
    };
    let [Value::Uuid(asset), Value::ChronoDate(installed), Value::String(status), from, until] = &group.keys[..] else {
        return None;
    };
    Some(Claim {
        asset: (*asset)?,
        life_begins: installed.map(|day: NaiveDate| -> DateTime<Utc> { start_of_day(zone, day) }),
        is_retired: status.as_deref() == Some(retired),
        from: time(from)?,
        until: time(until)?,
    })
}

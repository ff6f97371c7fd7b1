//! A model of the analytics: the figures of random rows, evaluated one row after the other. Both databases agree with it to the
//! digit.

use std::collections::BTreeMap;

use access::Role;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{
    FIGURES, create_customers,
    random_rows::{Load, Model, Service, ZONE, decimal, midnight, money, random_time, text},
};
use crate::world::{DatabaseKind, World, each_database, random::Random};

/// A quotient with two digits, rounded half away from zero.
fn quotient(dividend: i128, divisor: i128) -> Json {
    if divisor == 0 {
        return Json::Null;
    }
    let twice = 200 * dividend.abs() + divisor;
    json!(decimal(twice / (2 * divisor) * dividend.signum() * 10_000))
}

impl Model {
    /// The answer for a customer, or for all, and a period.
    fn evaluate(&self, customer: Option<&str>, from: DateTime<Utc>, until: DateTime<Utc>) -> Json {
        let mut months = Vec::new();
        let mut first_day = from.with_timezone(&ZONE).date_naive().with_day(1).unwrap();
        while midnight(first_day) < until {
            let edges = [midnight(first_day).max(from), midnight(first_day + Months::new(1)).min(until)];
            let mut month = self.figures(customer, edges);
            month["month"] = json!(first_day);
            months.push(month);
            first_day = first_day + Months::new(1);
        }
        let mut whole = self.figures(customer, [from, until]);
        whole["months"] = json!(months);
        whole
    }

    fn figures(&self, customer: Option<&str>, edges: [DateTime<Utc>; 2]) -> Json {
        let is_in = |at: DateTime<Utc>| edges[0] <= at && at < edges[1];
        let is_of = |of: &str| customer.is_none_or(|customer| customer == of);
        let services = || self.services.iter().filter(|service| is_of(service.customer));
        let completed: Vec<_> = services()
            .filter(|service| service.status == "COMPLETED" && is_in(service.completed.unwrap_or(service.date)))
            .collect();
        let scores: Vec<_> = completed.iter().filter_map(|service| service.score).collect();
        let count = |score: i128| scores.iter().filter(|given| **given == score).count();
        let started: Vec<_> =
            services().filter(|service| service.status != "CANCELLED" && service.started.is_some_and(is_in)).collect();
        let loads: Vec<_> = self.loads.iter().filter(|load| is_of(load.customer)).collect();
        let status = |status: &str| loads.iter().filter(|load| load.status == status && is_in(load.pickup)).count();
        let statuses = ["NEW", "SCHEDULED", "DISPATCHED", "IN_PROGRESS", "COMPLETED", "INVOICED", "PAID"];
        let invoiced = loads.iter().filter(|load| load.invoiced.is_some_and(is_in));
        let mut revenue = sums("LOADS", invoiced.filter_map(|load| load.charge));
        revenue.extend(sums("SERVICE_RECORDS", completed.iter().filter_map(|service| service.charge)));
        json!({
            "from": text(edges[0]),
            "until": text(edges[1]),
            "services": { "completed": completed.len(), "perMonth": per_month(completed.len(), edges) },
            "responseTime": response_time(&started),
            "satisfaction": {
                "count": scores.len(),
                "average": quotient(scores.iter().sum(), i128::try_from(scores.len()).unwrap()),
                "scores": (1..=5).map(|score: i32| json!({ "score": score, "count": count(score.into()) })).collect::<Vec<_>>(),
            },
            "revenue": revenue,
            "loads": {
                "total": statuses.iter().map(|name| status(name)).sum::<usize>(),
                "cancelled": status("CANCELLED"),
                "byStatus": statuses.map(|name| json!({ "status": name, "count": status(name) })),
            },
            "pickups": on_time(&loads, "PICKUP", is_in),
            "deliveries": on_time(&loads, "DELIVERY", is_in),
            "utilization": self.utilization(customer, edges),
        })
    }

    /// The utilization, counted hour by hour.
    fn utilization(&self, customer: Option<&str>, [from, until]: [DateTime<Utc>; 2]) -> Json {
        let (mut assets, mut used, mut available) = (0, 0, 0);
        for asset in self.assets.values() {
            let is_of = |of: &str| customer.is_none_or(|customer| customer == of);
            let rentals: Vec<_> = asset.rentals.iter().filter(|(of, ..)| is_of(of)).collect();
            let last = rentals.iter().map(|(_, _, returned)| returned.unwrap_or(DateTime::<Utc>::MAX_UTC)).max();
            let is_alive = |at: DateTime<Utc>| {
                asset.installed.is_none_or(|day| midnight(day) <= at) && (!asset.is_retired || Some(at) < last)
            };
            let is_out = |at: DateTime<Utc>| {
                rentals.iter().any(|(_, from, returned)| *from <= at && returned.is_none_or(|returned| at < returned))
            };
            let hours = (0..(until - from).num_hours()).map(|hour| from + TimeDelta::hours(hour));
            let alive: Vec<_> = hours.filter(|hour| is_alive(*hour)).collect();
            let out = alive.iter().filter(|hour| is_out(**hour)).count();
            let counts = match customer {
                Some(_) => out > 0,
                None => rentals.iter().any(|(_, begin, _)| *begin < until),
            };
            if counts && !alive.is_empty() {
                (assets, used, available) = (assets + 1, used + out, available + alive.len());
            }
        }
        json!({ "assets": assets, "rate": quotient(i128::try_from(used * 100).unwrap(), i128::try_from(available).unwrap()) })
    }
}

fn sums<'a>(source: &str, charges: impl Iterator<Item = (i128, &'a str)>) -> Vec<Json> {
    let mut sums: BTreeMap<&str, (i128, usize)> = BTreeMap::new();
    for (minor, currency) in charges {
        let (sum, count) = sums.entry(currency).or_default();
        (*sum, *count) = (*sum + minor, *count + 1);
    }
    sums.iter()
        .map(|(currency, (sum, count))| json!({ "source": source, "amount": money((*sum, currency)), "count": count }))
        .collect()
}

/// Services for each month: each hour is a part of its own month.
fn per_month(services: usize, [from, until]: [DateTime<Utc>; 2]) -> Json {
    let mut hours: BTreeMap<NaiveDate, i128> = BTreeMap::new();
    for hour in 0..(until - from).num_hours() {
        let day = (from + TimeDelta::hours(hour)).with_timezone(&ZONE).date_naive();
        *hours.entry(day.with_day(1).unwrap()).or_default() += 1;
    }
    let whole = |month: NaiveDate| i128::from((midnight(month + Months::new(1)) - midnight(month)).num_hours());
    let product: i128 = hours.keys().map(|month| whole(*month)).product();
    let months = hours.iter().map(|(month, part)| product / whole(*month) * part).sum();
    quotient(i128::try_from(services).unwrap() * product, months)
}

fn response_time(started: &[&Service]) -> Json {
    let time =
        |service: &&&Service| Some((service.started? - service.requested?).num_seconds()).filter(|time| *time >= 0);
    let mut times: Vec<i128> = started.iter().filter_map(|service| time(&service)).map(i128::from).collect();
    times.sort_unstable();
    // In tenths of the distance between two ranks.
    let percentile = |tenths: usize| {
        let steps = tenths * times.len().checked_sub(1)?;
        let (rank, rest) = (steps / 10, i128::try_from(steps % 10).unwrap());
        let upper = times.get(rank + 1).unwrap_or(&times[rank]);
        rounded(times[rank] * 10 + rest * (upper - times[rank]), 10)
    };
    let average = rounded(times.iter().sum(), i128::try_from(times.len()).unwrap());
    json!({ "count": times.len(), "leftOut": started.len() - times.len(), "average": average, "median": percentile(5),
        "percentile90": percentile(9) })
}

/// A quotient of two numbers that are not negative, rounded half away from zero.
fn rounded(dividend: i128, divisor: i128) -> Option<String> {
    (divisor > 0).then(|| ((2 * dividend + divisor) / (2 * divisor)).to_string())
}

fn on_time(loads: &[&Load], stop_type: &str, is_in: impl Fn(DateTime<Utc>) -> bool) -> Json {
    let stops = loads.iter().filter(|load| load.status != "CANCELLED").flat_map(|load| &load.stops);
    let arrivals: Vec<_> = stops
        .filter(|(of, arrived, _)| *of == stop_type && arrived.is_some_and(&is_in))
        .map(|(_, arrived, end)| end.map(|end| arrived.unwrap() <= end))
        .collect();
    let [count, on_time] =
        [arrivals.iter().flatten().count(), arrivals.iter().flatten().filter(|on_time| **on_time).count()];
    let rate = quotient(i128::try_from(on_time * 100).unwrap(), i128::try_from(count).unwrap());
    json!({ "count": count, "onTime": on_time, "leftOut": arrivals.len() - count, "rate": rate })
}

#[apply(each_database)]
async fn the_figures_of_random_rows_are_those_of_a_plain_evaluation(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    create_customers(&manager).await;
    let mut random = Random::from_seed(11);
    let model = Model::create(&manager, &mut random).await;
    let period = format!("from until {FIGURES} months {{ month from until {FIGURES} }}");
    let (mut periods, mut compared) = (0, 0);
    while periods < 20 {
        let mut edges = [random_time(&mut random), random_time(&mut random)];
        if random.chance(30) {
            edges = edges.map(|edge| midnight(edge.with_timezone(&ZONE).date_naive() + Days::new(1)));
        }
        let [from, until] = edges;
        if from >= until {
            continue;
        }
        periods += 1;
        let field = format!(
            "analytics(from: \"{}\", until: \"{}\", compareTo: PREVIOUS_PERIOD) {{ current {{ {period} }} previous {{ {period} }} }}",
            text(from),
            text(until)
        );
        let document = format!("{{ {field} customers {{ nodes {{ externalReference {field} }} }} }}");
        let answer = manager.execute(&document).await.data().clone();
        let customers = answer["customers"]["nodes"].as_array().unwrap();
        let mut found = vec![(None, &answer["analytics"])];
        found.extend(customers.iter().map(|node| (node["externalReference"].as_str(), &node["analytics"])));
        assert_eq!(found.len(), 3);
        for (customer, found) in found {
            for name in ["current", "previous"] {
                let [from, until] =
                    ["from", "until"].map(|edge| found[name][edge].as_str().unwrap().parse::<DateTime<Utc>>().unwrap());
                if (until - from).num_minutes() % 60 != 0 {
                    continue;
                }
                let expected = model.evaluate(customer, from, until);
                assert_eq!(found[name], expected, "{customer:?} from {from} until {until}");
                compared += 1;
            }
            assert_eq!(
                (&found["current"]["from"], &found["current"]["until"]),
                (&json!(text(from)), &json!(text(until)))
            );
        }
    }
    assert!(compared > 100, "{compared}");
}

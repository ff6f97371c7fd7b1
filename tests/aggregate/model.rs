//! A model: random loads are grouped and computed by a plain evaluation, and compared with the aggregate to the digit.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{create_customers, create_load};
use crate::world::{Actor, DatabaseKind, World, each_database, random::Random};

const LOADS: usize = 60;
const QUERIES: usize = 60;

/// Millionths.
const ONE: i128 = 1_000_000;

/// What is known of a load.
#[derive(Clone, Debug)]
struct Load {
    /// As it is entered, and folded.
    equipment: Option<(&'static str, &'static str)>,
    hazmat: bool,
    customer: &'static str,
    weight: Option<i128>,
    /// Minor units.
    charge: Option<(i128, &'static str)>,
    pickup: Option<DateTime<Utc>>,
    hours: Option<i128>,
    bonus: Option<i128>,
    urgent: Option<bool>,
    seen: Option<NaiveDate>,
}

/// A key: its input, and its value in a load with the number of its bucket, if it has buckets.
struct Key {
    input: &'static str,
    value: fn(&Load) -> Option<String>,
    /// The first day of the bucket after the one that begins on a day.
    next: Option<fn(NaiveDate) -> NaiveDate>,
}

/// A figure: its input, and what it is of the loads of a group.
struct Figure {
    input: &'static str,
    value: fn(&[&Load]) -> Json,
}

fn local_day(load: &Load) -> Option<NaiveDate> {
    load.pickup.map(|at| at.with_timezone(&chrono_tz::America::Chicago).date_naive())
}

fn month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap()
}

fn week(day: NaiveDate) -> NaiveDate {
    day - Days::new(day.weekday().num_days_from_monday().into())
}

const KEYS: &[Key] = &[
    Key {
        input: "field: EQUIPMENT_TYPE",
        value: |load| load.equipment.map(|(_, folded)| folded.to_owned()),
        next: None,
    },
    Key { input: "field: HAZMAT", value: |load| Some(load.hazmat.to_string()), next: None },
    Key { input: "field: CUSTOMER", value: |load| Some(load.customer.to_owned()), next: None },
    Key { input: "field: CHARGE", value: |load| load.charge.map(|(_, currency)| currency.to_owned()), next: None },
    Key { input: "customField: \"urgent\"", value: |load| load.urgent.map(|urgent| urgent.to_string()), next: None },
    Key { input: "customField: \"seen\"", value: |load| load.seen.map(|seen| seen.to_string()), next: None },
    Key {
        input: "customField: \"seen\", bucket: MONTH",
        value: |load| load.seen.map(|seen| month(seen).to_string()),
        next: Some(|day| day + Months::new(1)),
    },
    Key {
        input: "field: SCHEDULED_PICKUP, bucket: MONTH",
        value: |load| local_day(load).map(|day| month(day).to_string()),
        next: Some(|day| day + Months::new(1)),
    },
    Key {
        input: "field: SCHEDULED_PICKUP, bucket: WEEK",
        value: |load| local_day(load).map(|day| week(day).to_string()),
        next: Some(|day| day + Days::new(7)),
    },
    Key {
        input: "field: SCHEDULED_PICKUP, bucket: DAY",
        value: |load| local_day(load).map(|day| day.to_string()),
        next: Some(|day| day + Days::new(1)),
    },
];

const FIGURES: &[Figure] = &[
    Figure { input: "function: SUM, field: WEIGHT", value: |loads| number(sum(&weights(loads))) },
    Figure { input: "function: AVERAGE, field: WEIGHT", value: |loads| number(average(&weights(loads))) },
    Figure { input: "function: MINIMUM, field: WEIGHT", value: |loads| number(weights(loads).into_iter().min()) },
    Figure { input: "function: MAXIMUM, field: WEIGHT", value: |loads| number(weights(loads).into_iter().max()) },
    Figure { input: "function: SUM, customField: \"hours\"", value: |loads| number(sum(&hours(loads))) },
    Figure { input: "function: AVERAGE, customField: \"hours\"", value: |loads| number(average(&hours(loads))) },
    Figure {
        input: "function: DISTINCT, field: EQUIPMENT_TYPE",
        value: |loads| distinct(loads, |load| load.equipment.map(|(_, folded)| folded)),
    },
    Figure { input: "function: DISTINCT, field: CHARGE", value: |loads| distinct(loads, |load| load.charge) },
    Figure { input: "function: DISTINCT, customField: \"seen\"", value: |loads| distinct(loads, |load| load.seen) },
    Figure { input: "function: SUM, field: CHARGE", value: |loads| money(loads, sum) },
    Figure { input: "function: AVERAGE, field: CHARGE", value: |loads| money(loads, average) },
    Figure {
        input: "function: MINIMUM, field: CHARGE",
        value: |loads| money(loads, |amounts| amounts.iter().min().copied()),
    },
    Figure { input: "function: SUM, customField: \"bonus\"", value: |loads| bonus(loads, sum) },
    Figure { input: "function: AVERAGE, customField: \"bonus\"", value: |loads| bonus(loads, average) },
    Figure {
        input: "function: MAXIMUM, field: SCHEDULED_PICKUP",
        value: |loads| json!({ "time": loads.iter().filter_map(|load| load.pickup).max().map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)) }),
    },
    Figure {
        input: "function: MINIMUM, customField: \"seen\"",
        value: |loads| json!({ "date": loads.iter().filter_map(|load| load.seen).min().map(|day| day.to_string()) }),
    },
];

fn weights(loads: &[&Load]) -> Vec<i128> {
    loads.iter().filter_map(|load| load.weight).collect()
}

fn hours(loads: &[&Load]) -> Vec<i128> {
    loads.iter().filter_map(|load| load.hours).collect()
}

fn sum(values: &[i128]) -> Option<i128> {
    (!values.is_empty()).then(|| values.iter().sum())
}

/// Rounded half away from zero.
fn average(values: &[i128]) -> Option<i128> {
    let (sum, count) = (sum(values)?, i128::try_from(values.len()).unwrap());
    let (doubled, sign) = (sum.abs() * 2 + count, sum.signum());
    Some(sign * (doubled / (count * 2)))
}

fn number(value: Option<i128>) -> Json {
    json!({ "number": value.map(|value| decimal(value, 6)) })
}

fn distinct<T: Ord>(loads: &[&Load], value: impl Fn(&Load) -> Option<T>) -> Json {
    let values: BTreeSet<_> = loads.iter().filter_map(|load| value(load)).collect();
    number(Some(i128::try_from(values.len()).unwrap() * ONE))
}

fn money(loads: &[&Load], compute: impl Fn(&[i128]) -> Option<i128>) -> Json {
    let mut by_currency: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (amount, currency) in loads.iter().filter_map(|load| load.charge) {
        by_currency.entry(currency).or_default().push(amount);
    }
    let amounts = by_currency.into_iter().filter_map(|(currency, amounts)| {
        let digits = if currency == "JPY" { 0 } else { 2 };
        Some(json!({ "amount": decimal(compute(&amounts)?, digits), "currency": currency }))
    });
    json!({ "money": amounts.collect::<Vec<_>>() })
}

fn bonus(loads: &[&Load], compute: impl Fn(&[i128]) -> Option<i128>) -> Json {
    let amounts: Vec<_> = loads.iter().filter_map(|load| load.bonus).collect();
    let amount = compute(&amounts).map(|amount| json!({ "amount": decimal(amount, 2), "currency": "EUR" }));
    json!({ "money": amount.into_iter().collect::<Vec<_>>() })
}

/// A number of units of the last of some digits, as the API writes it.
fn decimal(value: i128, digits: u32) -> String {
    let unit = 10_i128.pow(digits);
    let sign = if value < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:0width$}", value.abs() / unit, value.abs() % unit, width = digits as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn random_load(random: &mut Random) -> Load {
    let start: DateTime<Utc> = "2024-01-20T00:00:00Z".parse().unwrap();
    let minutes = i64::try_from(random.below(60 * 24 * 100)).unwrap();
    let seen: NaiveDate = "2024-02-01".parse().unwrap();
    let amount = i128::try_from(random.below(100_000)).unwrap();
    let mut maybe = |percent: usize| random.chance(percent);
    let [equipment, weight, charge, pickup, hours, bonus, urgent, has_seen] =
        [80, 80, 80, 90, 60, 60, 60, 60].map(&mut maybe);
    Load {
        equipment: equipment.then(|| {
            *random.choose(&[
                ("Reefer", "reefer"),
                ("REEFER", "reefer"),
                ("Dry van", "dry van"),
                ("Flatbed", "flatbed"),
            ])
        }),
        hazmat: random.chance(30),
        customer: if random.chance(50) { "acme" } else { "bolt" },
        weight: weight.then(|| i128::try_from(random.below(50_000_000)).unwrap()),
        charge: charge.then(|| (amount, *random.choose(&["USD", "EUR", "JPY"]))),
        pickup: pickup.then(|| start + chrono::Duration::minutes(minutes)),
        // Two of the largest exceed 64 bits together.
        hours: hours
            .then(|| i128::try_from(random.below(9)).unwrap() * 1_000_000_000_000 * ONE - 4_000_000_000_000 * ONE),
        bonus: bonus.then(|| i128::try_from(random.below(500)).unwrap()),
        urgent: urgent.then(|| random.chance(50)),
        seen: has_seen.then(|| seen + Days::new(random.below(90) as u64)),
    }
}

async fn write_load(admin: &Actor, load: &Load) {
    let mut values = Vec::new();
    values.extend(load.hours.map(|hours| json!({ "key": "hours", "value": decimal(hours, 6) })));
    values.extend(
        load.bonus.map(|bonus| json!({ "key": "bonus", "value": { "amount": decimal(bonus, 2), "currency": "EUR" } })),
    );
    values.extend(load.urgent.map(|urgent| json!({ "key": "urgent", "value": urgent })));
    values.extend(load.seen.map(|seen| json!({ "key": "seen", "value": seen.to_string() })));
    let charges = load.charge.map(|(amount, currency)| {
        let digits = if currency == "JPY" { 0 } else { 2 };
        json!([{ "type": "LINEHAUL", "unitAmount": decimal(amount, digits), "currency": currency }])
    });
    let fields = json!({
        "equipmentType": load.equipment.map(|(entered, _)| entered),
        "hazmat": load.hazmat,
        "loadDetails": { "weight": load.weight.map(|weight| decimal(weight, 6)), "weightUnit": load.weight.map(|_| "LB") },
        "charges": charges,
        "scheduledPickup": load.pickup.map(|at| at.to_rfc3339()),
        "customFields": values,
    });
    create_load(admin, load.customer, fields).await;
}

/// The groups that a plain evaluation makes: counts and figures by the values of the keys.
fn evaluate(loads: &[Load], keys: &[&Key], figures: &[&Figure]) -> BTreeMap<Vec<Option<String>>, Json> {
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<&Load>> = BTreeMap::new();
    for load in loads {
        groups.entry(keys.iter().map(|key| (key.value)(load)).collect()).or_default().push(load);
    }
    if keys.is_empty() {
        groups.entry(Vec::new()).or_default();
    }
    for (position, key) in keys.iter().enumerate() {
        let Some(next) = key.next else { continue };
        let days: BTreeSet<NaiveDate> =
            groups.keys().filter_map(|values| values[position].as_ref()).map(|day| day.parse().unwrap()).collect();
        let (Some(first), Some(last)) = (days.first(), days.last()) else { continue };
        for values in groups.keys().cloned().collect::<Vec<_>>() {
            let mut day = *first;
            while day <= *last {
                let mut values = values.clone();
                values[position] = Some(day.to_string());
                groups.entry(values).or_default();
                day = next(day);
            }
        }
    }
    let figure = |loads: &Vec<&Load>| {
        let figures: Vec<_> = figures.iter().map(|figure| (figure.value)(loads)).collect();
        json!({ "count": loads.len(), "figures": figures })
    };
    groups.iter().map(|(values, loads)| (values.clone(), figure(loads))).collect()
}

#[apply(each_database)]
async fn an_aggregate_is_what_a_plain_evaluation_computes(database: DatabaseKind, #[values(1, 2)] seed: u64) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    for (key, kind) in [("hours", "NUMBER"), ("bonus", "MONETARY"), ("urgent", "BOOLEAN"), ("seen", "DATE")] {
        let currency = (kind == "MONETARY").then_some("EUR");
        let input = json!({ "ownerType": "LOAD", "key": key, "type": kind, "title": key, "currency": currency });
        admin.mutate("customFieldDefinitionCreate", input, "").await;
    }
    let mut random = Random::from_seed(seed);
    let loads: Vec<_> = (0..LOADS).map(|_| random_load(&mut random)).collect();
    for load in &loads {
        write_load(&admin, load).await;
    }
    let customers = admin.execute("{ customers { nodes { id externalReference } } }").await;
    let customers: BTreeMap<_, _> = customers
        .at("/data/customers/nodes")
        .as_array()
        .unwrap()
        .iter()
        .map(|customer| {
            (customer["id"].as_str().unwrap().to_owned(), customer["externalReference"].as_str().unwrap().to_owned())
        })
        .collect();
    for _ in 0..QUERIES {
        let keys: Vec<_> = (0..random.below(4)).map(|_| random.choose(KEYS)).collect();
        let figures: Vec<_> = (0..random.below(6)).map(|_| random.choose(FIGURES)).collect();
        let heavy = random.chance(30);
        let found = loads.iter().filter(|load| !heavy || load.weight.is_some_and(|weight| weight > 20 * ONE));
        let found: Vec<_> = found.cloned().collect();
        let expected = evaluate(&found, &keys, &figures);
        // More groups than an answer has.
        if expected.len() > 1_000 {
            continue;
        }
        let filter = if heavy { "(where: { weight: { gt: \"20\" } })" } else { "" };
        let list =
            |inputs: Vec<&str>| inputs.iter().map(|input| format!("{{ {input} }}")).collect::<Vec<_>>().join(", ");
        let query = format!(
            "{{ loads{filter} {{ totalCount aggregate(first: 1000, groupBy: [{}], figures: [{}]) {{ groupCount groups {{
                keys {{ value }} count figures {{ number money {{ amount currency }} time date }} }} }} }} }}",
            list(keys.iter().map(|key| key.input).collect()),
            list(figures.iter().map(|figure| figure.input).collect()),
        );
        let response = admin.execute(&query).await;
        let data = &response.data()["loads"];
        let groups = data["aggregate"]["groups"].as_array().unwrap_or_else(|| panic!("{query}\n{response}"));
        let mut found = BTreeMap::new();
        for group in groups {
            let values = group["keys"].as_array().unwrap().iter().zip(&keys).map(|(key, of)| {
                let value = key["value"].as_str()?;
                Some(match of.input {
                    "field: EQUIPMENT_TYPE" => value.to_lowercase(),
                    "field: CUSTOMER" => customers[value].clone(),
                    _ => value.to_owned(),
                })
            });
            let figures: Vec<_> = group["figures"]
                .as_array()
                .unwrap()
                .iter()
                .zip(&figures)
                .map(|(figure, of)| {
                    let (name, _) = (of.value)(&[])
                        .as_object()
                        .unwrap()
                        .iter()
                        .next()
                        .map(|(name, value)| (name.clone(), value.clone()))
                        .unwrap();
                    json!({ &name: figure[&name] })
                })
                .collect();
            found.insert(values.collect::<Vec<_>>(), json!({ "count": group["count"], "figures": figures }));
        }
        assert_eq!(found, expected, "seed {seed}: {query}");
        assert_eq!(data["aggregate"]["groupCount"].as_u64(), Some(expected.len() as u64));
        // The groups add up to the list.
        let sum: u64 = groups.iter().map(|group| group["count"].as_u64().unwrap()).sum();
        assert_eq!(Some(sum), data["totalCount"].as_u64(), "seed {seed}: {query}");
    }
}

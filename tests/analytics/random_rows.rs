//! Random rows: services, loads and rentals in five months, as they are written.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::{Value as Json, json};

use super::{invoice_load, rent};
use crate::world::{Actor, random::Random};

pub const ZONE: Tz = chrono_tz::America::Chicago;

/// An instant.
type Time = DateTime<Utc>;

/// A time as the schema writes it.
pub fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// The rows as they were written.
#[derive(Default)]
pub struct Model {
    pub services: Vec<Service>,
    pub loads: Vec<Load>,
    pub assets: BTreeMap<String, Asset>,
}

pub struct Service {
    pub customer: &'static str,
    pub status: &'static str,
    pub date: DateTime<Utc>,
    pub requested: Option<DateTime<Utc>>,
    pub started: Option<DateTime<Utc>>,
    pub completed: Option<DateTime<Utc>>,
    pub score: Option<i128>,
    pub charge: Option<(i128, &'static str)>,
}

pub struct Load {
    pub customer: &'static str,
    pub status: &'static str,
    pub pickup: DateTime<Utc>,
    pub invoiced: Option<DateTime<Utc>>,
    pub charge: Option<(i128, &'static str)>,
    /// Type, arrival and end of the window.
    pub stops: Vec<(&'static str, Option<Time>, Option<Time>)>,
}

#[derive(Default)]
pub struct Asset {
    pub installed: Option<NaiveDate>,
    pub is_retired: bool,
    /// Customer, beginning and return.
    pub rentals: Vec<(&'static str, Time, Option<Time>)>,
}

/// A time in five months, in whole hours; often an edge of a month.
pub fn random_time(random: &mut Random) -> DateTime<Utc> {
    if random.chance(15) {
        let month = u32::try_from(random.below(5)).unwrap();
        let edge = midnight(first_of_2024() + Months::new(month));
        return edge - TimeDelta::microseconds(i64::from(random.chance(50)) * 3_600_000_000);
    }
    midnight(first_of_2024()) + TimeDelta::hours(i64::try_from(random.below(24 * 150)).unwrap())
}

fn first_of_2024() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap()
}

pub fn midnight(day: NaiveDate) -> DateTime<Utc> {
    ZONE.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest().unwrap().to_utc()
}

fn random_charge(random: &mut Random, least: i128) -> Option<(i128, &'static str)> {
    let amount = i128::try_from(random.below(1_000_000)).unwrap() + least;
    random.chance(70).then(|| (amount, *random.choose(&["USD", "EUR", "JPY"])))
}

pub fn money(charge: (i128, &str)) -> Json {
    json!({ "amount": amount(charge), "currency": charge.1 })
}

/// Minor units as an amount in major units.
fn amount((minor, currency): (i128, &str)) -> String {
    decimal(if currency == "JPY" { minor * 1_000_000 } else { minor * 10_000 })
}

/// Millionths as a decimal.
pub fn decimal(millionths: i128) -> String {
    let digits = format!("{:07}", millionths.abs());
    let (whole, rest) = digits.split_at(digits.len() - 6);
    let sign = if millionths < 0 { "-" } else { "" };
    format!("{sign}{whole}.{rest}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Model {
    /// Writes random rows.
    pub async fn create(actor: &Actor, random: &mut Random) -> Self {
        let mut model = Self::default();
        for _ in 0..80 {
            model.create_service(actor, random).await;
        }
        for _ in 0..40 {
            model.create_load(actor, random).await;
        }
        for number in 0..6 {
            model.create_asset(actor, random, format!("asset-{number}")).await;
        }
        model
    }

    async fn create_service(&mut self, actor: &Actor, random: &mut Random) {
        let customer = *random.choose(&["acme", "bolt"]);
        let status = *random.choose(&["COMPLETED", "COMPLETED", "COMPLETED", "CANCELLED", "IN_PROGRESS", "SCHEDULED"]);
        let started = Some(random_time(random)).filter(|_| status != "SCHEDULED" && random.chance(80));
        let hours = |random: &mut Random, most| TimeDelta::hours(i64::try_from(random.below(most)).unwrap());
        let requested = match started {
            Some(started) if random.chance(70) => Some(started - hours(random, 50) + TimeDelta::seconds(7)),
            _ => Some(random_time(random)).filter(|_| random.chance(50)),
        };
        let ended = match started {
            Some(started) => started + hours(random, 200),
            None => random_time(random),
        };
        let service = Service {
            customer,
            status,
            date: random_time(random),
            requested,
            started,
            completed: Some(ended).filter(|_| status == "COMPLETED" && random.chance(80)),
            score: random.chance(60).then(|| i128::try_from(random.below(5)).unwrap() + 1),
            charge: random_charge(random, 0),
        };
        let input = json!({ "customer": customer, "serviceType": "Repair", "serviceDate": service.date, "status": status,
            "cancelReason": (status == "CANCELLED").then_some("Rain"), "requestedAt": service.requested,
            "startedAt": service.started, "completedAt": service.completed, "charge": service.charge.map(money),
            "satisfactionScore": service.score.map(|score| i64::try_from(score).unwrap()) });
        let id = actor.mutate("serviceRecordCreate", input, "id").await["id"].clone();
        if random.chance(10) {
            actor.mutate("serviceRecordDelete", json!({ "id": id }), "").await;
        } else {
            self.services.push(service);
        }
    }

    async fn create_load(&mut self, actor: &Actor, random: &mut Random) {
        let customer = *random.choose(&["acme", "bolt"]);
        let charge = random_charge(random, -200_000);
        let pickup = random_time(random);
        let mut stops = Vec::new();
        for stop_type in ["PICKUP", "OTHER", "PICKUP", "DELIVERY"] {
            let arrived = random.chance(75).then(|| random_time(random));
            let late = TimeDelta::hours(i64::try_from(random.below(5)).unwrap() - 2);
            let end = arrived.map_or(pickup, |arrived| arrived + late);
            // The ends of the route have appointments from the pickup on.
            let end = if [0, 3].contains(&stops.len()) { end.max(pickup) } else { end };
            stops.push((stop_type, arrived, Some(end).filter(|_| random.chance(80))));
        }
        let stop = |(index, (stop_type, arrived, end)): (usize, &(_, _, _))| {
            let start = [0, 3].contains(&index).then_some(pickup);
            json!({ "type": stop_type, "arrivedAt": arrived, "windowStart": start, "windowEnd": end })
        };
        let inputs: Vec<_> = stops.iter().enumerate().map(stop).collect();
        let charges =
            charge.map(|charge| json!([{ "type": "LINEHAUL", "unitAmount": amount(charge), "currency": charge.1 }]));
        let input = json!({ "customer": customer, "stops": inputs, "charges": charges });
        let id = actor.mutate("loadCreate", input, "id").await["id"].clone();
        let mut load = Load { customer, status: "NEW", pickup, invoiced: None, charge, stops };
        match random.below(10) {
            0 => {
                actor.mutate("loadCancel", json!({ "id": id, "reason": "Rain" }), "").await;
                load.status = "CANCELLED";
            }
            1 => {
                actor.mutate("loadDelete", json!({ "id": id }), "").await;
                return;
            }
            2 | 3 => {}
            _ if charge.is_some() => {
                let mut at = random_time(random);
                invoice_load(actor, &id, &at.to_rfc3339()).await;
                load.status = "INVOICED";
                if random.chance(40) {
                    actor.mutate("loadUninvoice", json!({ "id": id }), "").await;
                    at = random_time(random);
                    actor.mutate("loadInvoice", json!({ "id": id, "at": at }), "").await;
                }
                if random.chance(40) {
                    actor.mutate("loadPay", json!({ "id": id }), "").await;
                    load.status = "PAID";
                }
                load.invoiced = Some(at);
            }
            _ => {}
        }
        self.loads.push(load);
    }

    async fn create_asset(&mut self, actor: &Actor, random: &mut Random, reference: String) {
        let installed = random.chance(50).then(|| random_time(random).with_timezone(&ZONE).date_naive());
        let asset = json!({ "name": reference, "externalReference": reference, "installDate": installed });
        actor.mutate("assetCreate", asset, "").await;
        let (mut rentals, mut at) = (Vec::new(), midnight(first_of_2024()) - TimeDelta::days(30));
        for _ in 0..random.below(7) {
            let days = |random: &mut Random| TimeDelta::hours(i64::try_from(random.below(24 * 40)).unwrap());
            let from = at + days(random);
            let returned = from + days(random);
            let (customer, relationship) =
                (*random.choose(&["acme", "bolt"]), *random.choose(&["RENTED", "LEASED", "RENTED", "OWNED"]));
            let is_open = random.chance(15);
            let asset = json!({ "existing": reference });
            let end = if is_open { String::new() } else { text(returned) };
            let id = rent(actor, customer, asset, relationship, [&text(from), &end]).await;
            if random.chance(10) {
                actor.mutate("customerAssetDelete", json!({ "id": id }), "").await;
            } else if relationship != "OWNED" {
                rentals.push((customer, from, (!is_open).then_some(returned)));
                if is_open {
                    break;
                }
            }
            at = returned;
        }
        let is_retired = random.chance(30);
        if is_retired {
            actor.mutate("assetUpdate", json!({ "id": reference, "status": "RETIRED" }), "").await;
        }
        self.assets.insert(reference, Asset { installed, is_retired, rentals });
    }
}

//! The choice of a rate, against a plain evaluation of its rule over random rates and work, entered in two orders.

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{create, rate_for};
use crate::world::{DatabaseKind, World, create_tenant, each_database, random::Random};

const ROUNDS: u64 = 4;
const RATES: usize = 25;
const QUERIES: usize = 30;

/// An end of a lane: zip prefix or zip code, state and country, each "" where it is absent.
type End = [&'static str; 3];

const ENDS: &[End] = &[
    ["", "", ""],
    ["", "", "US"],
    ["", "TX", "US"],
    ["75", "", "US"],
    ["752", "", "US"],
    ["75", "", "FR"],
    ["", "IL", "US"],
];
const PLACES: &[End] =
    &[["75201", "TX", "US"], ["75001", "TX", "US"], ["78701", "TX", "US"], ["60601", "IL", "US"], ["75001", "", "FR"]];
const WORDS: &[&str] = &["", "Reefer", "Flatbed"];

/// What a rate is for, or what some work is.
#[derive(Clone, Debug, PartialEq)]
struct Scope {
    customer: bool,
    origin: End,
    destination: End,
    equipment: &'static str,
    service: &'static str,
}

impl Scope {
    fn random(random: &mut Random, ends: &[End]) -> Self {
        Self {
            customer: random.chance(50),
            origin: *random.choose(ends),
            destination: *random.choose(ends),
            equipment: WORDS[random.below(WORDS.len())],
            service: WORDS[random.below(WORDS.len())],
        }
    }

    /// How specific the rate is for some work, part by part; nothing if it does not match.
    fn specificity(&self, work: &Self) -> Option<[usize; 5]> {
        let name = |own: &str, other: &str| match own {
            "" => Some(0),
            own => (own == other).then_some(1),
        };
        let end = |own: End, place: End| -> Option<usize> {
            let matches = place[0].starts_with(own[0])
                && (own[1].is_empty() || own[1] == place[1])
                && (own[2].is_empty() || own[2] == place[2]);
            let level = match own {
                ["", "", ""] => 0,
                ["", "", _] => 1,
                ["", _, _] => 2,
                [prefix, _, _] => 10 + prefix.len(),
            };
            matches.then_some(level)
        };
        let customer = if self.customer { work.customer.then_some(1)? } else { 0 };
        Some([
            customer,
            end(self.origin, work.origin)?,
            end(self.destination, work.destination)?,
            name(self.equipment, work.equipment)?,
            name(self.service, work.service)?,
        ])
    }

    fn input(&self, amount: usize) -> Json {
        let text = |text: &str| if text.is_empty() { Json::Null } else { json!(text) };
        let end = |[zip, state, country]: End| match country {
            "" => Json::Null,
            country => json!({ "zipPrefix": text(zip), "state": text(state), "country": country }),
        };
        json!({
            "type": "FLAT", "amount": amount.to_string(), "customer": self.customer.then_some("acme"),
            "origin": end(self.origin), "destination": end(self.destination),
            "equipmentCategory": text(self.equipment), "serviceType": text(self.service),
        })
    }

    fn arguments(&self) -> String {
        let place = |[zip, state, country]: End| {
            format!("{{ zipCode: \"{zip}\", state: \"{state}\", country: \"{country}\" }}")
        };
        let customer = if self.customer { "customer: \"acme\", " } else { "" };
        format!(
            "{customer}lane: {{ origin: {}, destination: {} }}, equipmentCategory: \"{}\", serviceType: \"{}\",
             at: \"2026-06-01T00:00:00Z\"",
            place(self.origin),
            place(self.destination),
            self.equipment,
            self.service
        )
    }
}

#[apply(each_database)]
async fn the_choice_follows_the_rule_in_whatever_order_the_rates_were_entered(database: DatabaseKind) {
    let world = World::new(database).await;
    for round in 0..ROUNDS {
        let mut random = Random::from_seed(round);
        let mut rates: Vec<Scope> = Vec::new();
        while rates.len() < RATES {
            let rate = Scope::random(&mut random, ENDS);
            if !rates.contains(&rate) {
                rates.push(rate);
            }
        }
        let mut actors = Vec::new();
        for reversed in [false, true] {
            let tenant = create_tenant(&world.db, "Choice").await;
            let actor = world.user(&[Role::Manager]).tenant(&tenant).actor();
            let customer = json!({ "name": "Acme", "type": "SHIPPER", "externalReference": "acme" });
            actor.mutate("customerCreate", customer, "").await;
            let mut inputs: Vec<_> = rates.iter().enumerate().map(|(index, rate)| rate.input(index + 1)).collect();
            if reversed {
                inputs.reverse();
            }
            for input in inputs {
                create(&actor, input).await;
            }
            actors.push(actor);
        }
        for _ in 0..QUERIES {
            let work = Scope::random(&mut random, PLACES);
            let matching = rates.iter().enumerate();
            let mut matching: Vec<_> =
                matching.filter_map(|(index, rate)| Some((rate.specificity(&work)?, index + 1))).collect();
            matching.sort_by(|one, other| other.cmp(one));
            let expected = matching.first().map_or(Json::Null, |(_, amount)| json!(amount.to_string()));
            for actor in &actors {
                let quote = rate_for(actor, &work.arguments()).await;
                assert_eq!(quote["rate"]["amount"], expected, "round {round}: {work:?}, {quote}");
                let candidates = quote["candidates"].as_array().map_or(0, Vec::len);
                assert_eq!(candidates, matching.len(), "round {round}: {work:?}, {quote}");
            }
        }
    }
}

#[apply(each_database)]
async fn no_microsecond_is_without_a_rate_between_rates_that_supersede_each_other(database: DatabaseKind) {
    let world = World::new(database).await;
    let tenant = json!({ "timeZone": "America/Santiago" });
    world.admin().mutate("tenantUpdate", tenant, "").await;
    let manager = world.actor(Role::Manager);
    // The clocks change on 8 September and on 7 April: midnight is skipped, or occurs twice.
    let days = ["2024-04-07", "2024-09-08", "2024-12-31", "2025-01-01"];
    create(&manager, json!({ "amount": "1" })).await;
    for (index, day) in days.iter().enumerate() {
        let input = json!({ "amount": (index + 2).to_string(), "effectiveFrom": day, "supersede": true });
        create(&manager, input).await;
    }
    let starts = ["2024-04-07T04:00:00Z", "2024-09-08T04:00:00Z", "2024-12-31T03:00:00Z", "2025-01-01T03:00:00Z"];
    for (index, start) in starts.iter().enumerate() {
        let last = chrono::DateTime::parse_from_rfc3339(start).unwrap() - chrono::Duration::microseconds(1);
        for (at, amount) in [(last.to_rfc3339(), index + 1), ((*start).to_owned(), index + 2)] {
            let quote = rate_for(&manager, &format!("at: \"{at}\"")).await;
            assert_eq!(quote["rate"]["amount"], json!(amount.to_string()), "{at}: {quote}");
            assert_eq!(quote["candidates"].as_array().map(Vec::len), Some(1), "{at}: {quote}");
        }
    }
}

#[apply(each_database)]
async fn of_concurrent_writers_of_overlapping_rates_one_succeeds(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    let other = manager.at(&world.start_server(crate::world::http_settings()).await);
    for round in 0..5 {
        let service = format!("Service {round}");
        let input = || json!({ "type": "FLAT", "amount": "1", "serviceType": service });
        let (one, two) = tokio::join!(
            manager.send_mutation("rateCreate", input(), ""),
            other.send_mutation("rateCreate", input(), "")
        );
        let mut codes: Vec<_> =
            [one, two].iter().map(|answer| answer.at("/data/rateCreate/userErrors/0/code").to_string()).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["\"OVERLAP\"", "null"], "round {round}");
    }
}

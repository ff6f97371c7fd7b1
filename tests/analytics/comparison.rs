//! The period before: its edges, its figures and the change. The clock is that of the server; `domain::analytics::period` tests
//! it at other times.

use access::Role;
use chrono::{DateTime, Days, Months, TimeDelta, Utc};
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{
    CHANGES, FIGURES, MARCH, charge, complete_service, create_customers, create_load, create_one_of_each, invoice_load,
};
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database};

/// Compares the tenant's figures of a period with those of the one before it.
async fn compare(actor: &Actor, [from, until]: [&str; 2], select: &str) -> Json {
    let query =
        format!("{{ analytics(from: \"{from}\", until: \"{until}\", compareTo: PREVIOUS_PERIOD) {{ {select} }} }}");
    actor.execute(&query).await.data()["analytics"].clone()
}

#[apply(each_database)]
async fn the_answer_has_the_edges_the_figures_and_the_change(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    create_customers(&manager).await;
    create_one_of_each(&manager).await;
    // Twice the revenue of March, and none of another source and currency.
    complete_service(&manager, "2024-02-10T12:00:00Z", json!({ "charge": { "amount": "40" }, "satisfactionScore": 5 }))
        .await;
    complete_service(&manager, "2024-02-10T12:00:00Z", json!({ "charge": { "amount": "1", "currency": "EUR" } })).await;
    let credit = create_load(&manager, "2024-02-10T12:00:00Z", json!({ "charges": charge("-100", "USD") })).await;
    invoice_load(&manager, &credit, "2024-02-10T12:00:00Z").await;
    let edges = "current { from until } previous { from until }";
    let march = compare(&manager, MARCH, &format!("{edges} change {{ {CHANGES} }}")).await;
    assert_snapshot!(serde_json::to_string_pretty(&march).unwrap(), @r#"
        {
          "change": {
            "averageResponseTime": null,
            "averageSatisfaction": "-20",
            "completedServices": "-50",
            "deliveryRate": null,
            "loads": "0",
            "medianResponseTime": null,
            "pickupRate": null,
            "revenue": [
              {
                "change": "600",
                "currency": "USD",
                "source": "LOADS"
              },
              {
                "change": "-100",
                "currency": "EUR",
                "source": "SERVICE_RECORDS"
              },
              {
                "change": "100",
                "currency": "USD",
                "source": "SERVICE_RECORDS"
              }
            ],
            "utilizationRate": null
          },
          "current": {
            "from": "2024-03-01T06:00:00Z",
            "until": "2024-04-01T05:00:00Z"
          },
          "previous": {
            "from": "2024-02-01T06:00:00Z",
            "until": "2024-03-01T06:00:00Z"
          }
        }
        "#);
    let days = compare(&manager, ["2024-07-21T05:00:00Z", "2024-08-20T05:00:00Z"], edges).await;
    assert_eq!(days["previous"], json!({ "from": "2024-06-21T05:00:00Z", "until": "2024-07-21T05:00:00Z" }));
    // The figures of the period before are those that it has by itself.
    let both = compare(&manager, MARCH, &format!("previous {{ {FIGURES} months {{ month {FIGURES} }} }}")).await;
    let february = ["2024-02-01T06:00:00Z", "2024-03-01T06:00:00Z"];
    let alone = super::current(&manager, february, &format!("{FIGURES} months {{ month {FIGURES} }}")).await;
    assert_eq!(both["previous"], alone);
    let not_compared = super::ask(&manager, MARCH, "previous { from } change { loads }").await;
    assert_eq!(not_compared.data()["analytics"], json!({ "previous": null, "change": null }));
}

#[apply(each_database)]
async fn a_period_that_is_not_over_ends_at_the_clock_and_so_does_the_one_before(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    world.admin().mutate("tenantUpdate", json!({ "timeZone": "UTC" }), "").await;
    create_customers(&manager).await;
    let at = |json: &Json| json.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let before = store::clock::now();
    let today = before.date_naive();
    // Whole days from the day before yesterday to a year from now.
    let from = (today - Days::new(2)).and_hms_opt(0, 0, 0).unwrap().and_utc();
    let until = (today + Months::new(12)).and_hms_opt(0, 0, 0).unwrap().and_utc();
    let edges = [from.to_rfc3339(), until.to_rfc3339()];
    let [an_hour_ago, in_a_minute] = [before - TimeDelta::hours(1), before + TimeDelta::minutes(5)];
    for at in [an_hour_ago, in_a_minute] {
        complete_service(&manager, &at.to_rfc3339(), json!({})).await;
    }
    let select = "current { from until services { completed } months { until } } previous { from until }";
    let found = compare(&manager, edges.each_ref().map(String::as_str), select).await;
    let [current, previous] = [&found["current"], &found["previous"]];
    let clock = at(&current["until"]);
    assert!(before <= clock && clock <= store::clock::now(), "{found}");
    assert_eq!(at(&current["months"].as_array().unwrap().last().unwrap()["until"]), clock);
    assert_eq!(current["services"]["completed"], 1, "what the clock has not reached does not count yet");
    let days = Days::new(u64::try_from((until - from).num_days()).unwrap());
    assert_eq!([at(&previous["from"]), at(&previous["until"])], [from - days, clock - days]);
    // A period that has not begun is empty.
    let edges = [until.to_rfc3339(), (until + Days::new(30)).to_rfc3339()];
    let future = compare(&manager, edges.each_ref().map(String::as_str), &format!("{select} change {{ loads }}")).await;
    assert_eq!(future["current"]["until"], future["current"]["from"]);
    assert_eq!(future["previous"]["until"], future["previous"]["from"]);
    assert_eq!((&future["current"]["months"], &future["change"]["loads"]), (&json!([]), &Json::Null));
}

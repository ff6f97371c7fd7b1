//! The states of a load: every verb, what it leaves, and what it refuses.

use access::Role;
use rstest::rstest;
use serde_json::{Value as Json, json};

use super::{STATES, VERBS, load, places, said, with};
use crate::world::{On, Postgres, Sqlite, World, shown};

#[rstest]
#[tokio::test]
async fn a_load_lives_from_new_to_paid_and_leaves_its_history(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (manager, dispatcher) = (world.actor(Role::Manager), world.actor(Role::Dispatcher));
    places(&dispatcher).await;
    let made = with(json!({ "scheduledPickup": null, "scheduledDelivery": null, "driver": null }));
    let id = dispatcher.done("loadCreate", made, "id").await["id"].clone();
    let step = |day: u32, extra: Json| {
        let mut step = json!({ "id": id, "at": format!("2026-01-{day}T12:00:00Z") });
        step.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        step
    };
    let windows = json!([
        { "position": 0, "windowStart": "2026-01-20T08:00:00Z", "windowEnd": "2026-01-20T10:00:00Z" },
        { "position": 1, "windowStart": "2026-01-22T17:00:00Z" },
    ]);
    dispatcher.done("loadSchedule", step(10, json!({ "stops": windows })), "").await;
    let moved = json!({ "scheduledPickup": "2026-01-21T07:00:00Z", "note": "Dock 4 is closed." });
    dispatcher.done("loadReschedule", step(11, moved), "").await;
    dispatcher.done("loadDispatch", step(12, json!({ "driver": "D-7", "truck": "T-1" })), "").await;
    dispatcher.done("loadUndispatch", step(13, json!({ "note": "Driver is ill." })), "").await;
    dispatcher.done("loadDispatch", step(14, json!({ "carrier": "C-9" })), "").await;
    let left = json!({ "arrivedAt": "2026-01-21T07:10:00Z", "departedAt": "2026-01-21T08:00:00Z" });
    dispatcher.done("loadStart", step(21, left), "").await;
    dispatcher.done("loadComplete", step(22, json!({ "arrivedAt": "2026-01-22T16:50:00Z" })), "").await;
    dispatcher.done("loadReopen", step(23, json!({ "note": "One pallet was left." })), "").await;
    let visits = json!({ "stops": [{ "position": 1, "departedAt": "2026-01-23T09:00:00Z" }] });
    dispatcher.done("loadComplete", step(24, visits), "").await;
    manager.done("loadInvoice", step(25, json!({})), "").await;
    manager.done("loadUninvoice", step(26, json!({})), "").await;
    manager.done("loadInvoice", step(27, json!({})), "").await;
    let paid = manager
        .done(
            "loadPay",
            step(28, json!({ "note": "Wire 551." })),
            "status version driver truck carrier scheduledPickup
             stops { kind windowStart windowEnd arrivedAt departedAt } statusHistory { from to at note actor }",
        )
        .await;
    let history = paid["statusHistory"].as_array().unwrap();
    // The first step is told by the clock, all others by the one who reports them.
    assert_eq!(history[0]["from"], Json::Null);
    assert_eq!(history[0]["to"], json!("NEW"));
    let line = |step: &Json| {
        let text = |name: &str| step[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} -> {} by {}: {}", text("at"), text("from"), text("to"), text("actor"), text("note"))
    };
    insta::allow_duplicates! {
        insta::assert_snapshot!(history[1..].iter().map(line).collect::<Vec<_>>().join("\n"), @"
        2026-01-10T12:00:00Z NEW -> SCHEDULED by DISPATCHER: -
        2026-01-11T12:00:00Z SCHEDULED -> SCHEDULED by DISPATCHER: Dock 4 is closed.
        2026-01-12T12:00:00Z SCHEDULED -> DISPATCHED by DISPATCHER: -
        2026-01-13T12:00:00Z DISPATCHED -> SCHEDULED by DISPATCHER: Driver is ill.
        2026-01-14T12:00:00Z SCHEDULED -> DISPATCHED by DISPATCHER: -
        2026-01-21T12:00:00Z DISPATCHED -> IN_PROGRESS by DISPATCHER: -
        2026-01-22T12:00:00Z IN_PROGRESS -> COMPLETED by DISPATCHER: -
        2026-01-23T12:00:00Z COMPLETED -> IN_PROGRESS by DISPATCHER: One pallet was left.
        2026-01-24T12:00:00Z IN_PROGRESS -> COMPLETED by DISPATCHER: -
        2026-01-25T12:00:00Z COMPLETED -> INVOICED by MANAGER: -
        2026-01-26T12:00:00Z INVOICED -> COMPLETED by MANAGER: -
        2026-01-27T12:00:00Z COMPLETED -> INVOICED by MANAGER: -
        2026-01-28T12:00:00Z INVOICED -> PAID by MANAGER: Wire 551.
        ");
    }
    let mut paid = paid;
    paid.as_object_mut().unwrap().remove("statusHistory");
    insta::allow_duplicates! {
        insta::assert_snapshot!(shown(&paid), @r#"
        {
          "carrier": "C-9",
          "driver": null,
          "scheduledPickup": "2026-01-21T07:00:00Z",
          "status": "PAID",
          "stops": [
            {
              "arrivedAt": "2026-01-21T07:10:00Z",
              "departedAt": "2026-01-21T08:00:00Z",
              "kind": "PICKUP",
              "windowEnd": "2026-01-21T09:00:00Z",
              "windowStart": "2026-01-21T07:00:00Z"
            },
            {
              "arrivedAt": "2026-01-22T16:50:00Z",
              "departedAt": "2026-01-23T09:00:00Z",
              "kind": "DELIVERY",
              "windowEnd": null,
              "windowStart": "2026-01-22T17:00:00Z"
            }
          ],
          "truck": null,
          "version": 14
        }
        "#);
    }
}

#[rstest]
#[tokio::test]
async fn every_state_takes_its_verbs_and_refuses_the_others(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let mut table = Vec::new();
    for (state, path) in STATES {
        let mut at = load(&admin, path).await;
        let mut leads = Vec::new();
        for verb in VERBS {
            let mutation = format!("load{verb}");
            let answer = admin.tried(&mutation, said(verb, &at), "status").await;
            let to = answer.at(&format!("/data/{mutation}/load/status"));
            if let Some(to) = to.as_str() {
                leads.push(format!("{verb} to {to}"));
                at = load(&admin, path).await;
                continue;
            }
            assert_eq!(*answer.at(&format!("/data/{mutation}/userErrors/0/code")), json!("STATE"), "{state} {answer}");
            assert_eq!(*answer.at(&format!("/data/{mutation}/userErrors/1")), Json::Null, "{state} {answer}");
            let now = admin
                .ask_with("query($id: ID!) { load(id: $id) { status statusHistory { to } } }", json!({ "id": at }));
            let now = now.await;
            assert_eq!(now.text("/data/load/status"), state, "{verb} was refused, and moved the load");
            assert_eq!(now.at("/data/load/statusHistory").as_array().unwrap().len(), path.len() + 1);
        }
        table.push(format!("{state}: {}", leads.join(", ")));
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(table.join("\n"), @"
        NEW: Schedule to SCHEDULED, Cancel to CANCELLED
        SCHEDULED: Reschedule to SCHEDULED, Dispatch to DISPATCHED, Cancel to CANCELLED
        DISPATCHED: Reschedule to DISPATCHED, Undispatch to SCHEDULED, Start to IN_PROGRESS, Cancel to CANCELLED
        IN_PROGRESS: Reschedule to IN_PROGRESS, Complete to COMPLETED, Cancel to CANCELLED
        COMPLETED: Reopen to IN_PROGRESS, Invoice to INVOICED
        INVOICED: Uninvoice to COMPLETED, Pay to PAID
        PAID: 
        CANCELLED: Reopen to NEW
        ");
    }
    let new = load(&admin, &[]).await;
    let paid = load(&admin, STATES[6].1).await;
    let mut told = admin.refused("loadComplete", json!({ "id": new })).await;
    told.extend(admin.refused("loadCancel", json!({ "id": paid, "reason": "Late." })).await);
    insta::allow_duplicates! {
        insta::assert_snapshot!(told.join("\n"), @"
        STATE input.id: loadComplete needs a load that is IN_PROGRESS; this one is NEW, which allows loadSchedule, loadCancel.
        STATE input.id: loadCancel needs a load that is NEW or SCHEDULED or DISPATCHED or IN_PROGRESS; this one is PAID, which allows nothing.
        ");
    }
}

#[rstest]
#[tokio::test]
async fn only_who_may_bill_moves_a_load_beyond_completed(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (dispatcher, viewer) = (world.actor(Role::Dispatcher), world.viewer());
    places(&dispatcher).await;
    let id = load(&dispatcher, STATES[4].1).await;
    for verb in ["Invoice", "Uninvoice", "Pay"] {
        let answer = dispatcher.tried(&format!("load{verb}"), said(verb, &id), "").await;
        assert_eq!(answer.codes(), ["FORBIDDEN"], "{verb}");
    }
    for verb in VERBS {
        assert_eq!(viewer.tried(&format!("load{verb}"), said(verb, &id), "").await.codes(), ["FORBIDDEN"], "{verb}");
    }
    let answer = viewer.ask("{ loads { nodes { status } } }").await;
    assert_eq!(*answer.data(), json!({ "loads": { "nodes": [{ "status": "COMPLETED" }] } }));
}

#[rstest]
#[tokio::test]
async fn a_verb_asks_for_what_its_state_needs(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let bare = with(json!({ "scheduledPickup": null, "scheduledDelivery": null, "driver": null, "charges": null }));
    let id = admin.done("loadCreate", bare, "id").await["id"].clone();
    let mut told = admin.refused("loadSchedule", json!({ "id": id })).await;
    let wrong = json!({
        "id": id, "at": "2999-01-01T00:00:00Z",
        "scheduledPickup": "2026-01-22T08:00:00Z", "scheduledDelivery": "2026-01-20T08:00:00Z",
        "stops": [{ "position": 0, "windowEnd": "2026-01-22T07:00:00Z" }, { "position": 2 }],
    });
    told.extend(admin.refused("loadSchedule", wrong).await.iter().map(|line| {
        // The present moment is in the message; the rest of it is always the same.
        line.split("; it is 2").next().unwrap().to_owned()
    }));
    let right =
        json!({ "id": id, "scheduledPickup": "2026-01-20T08:00:00Z", "scheduledDelivery": "2026-01-22T08:00:00Z" });
    admin.done("loadSchedule", right, "").await;
    told.extend(admin.refused("loadDispatch", json!({ "id": id, "truck": "T-1" })).await);
    admin.done("loadDispatch", json!({ "id": id, "driver": "D-7" }), "").await;
    told.extend(admin.refused("loadUpdate", json!({ "id": id, "driver": null, "scheduledPickup": null })).await);
    told.extend(admin.refused("loadCancel", json!({ "id": id, "reason": "  " })).await);
    admin.done("loadStart", json!({ "id": id }), "").await;
    admin.done("loadComplete", json!({ "id": id }), "").await;
    told.extend(admin.refused("loadInvoice", json!({ "id": id })).await);
    insta::allow_duplicates! {
        insta::assert_snapshot!(told.join("\n"), @"
        REQUIRED input.scheduledPickup: A load that is SCHEDULED has its appointments; give scheduledPickup.
        REQUIRED input.scheduledDelivery: A load that is SCHEDULED has its appointments; give scheduledDelivery.
        OUT_OF_RANGE input.at: at (2999-01-01 00:00:00 UTC) is in the future
        OUT_OF_RANGE input.stops.1.position: The load has 2 stops, counted from 0; 2 was given.
        OUT_OF_RANGE input.stops.0.windowEnd: windowEnd (2026-01-22 07:00:00 UTC) is before its beginning (2026-01-22 08:00:00 UTC).
        OUT_OF_RANGE input.scheduledDelivery: The last DELIVERY (2026-01-20 08:00:00 UTC) is scheduled before the first PICKUP (2026-01-22 08:00:00 UTC).
        REQUIRED input.driver: A load that is DISPATCHED has a driver or a carrier; give one.
        REQUIRED input.scheduledPickup: A load that is DISPATCHED has its appointments; give scheduledPickup.
        REQUIRED input.driver: A load that is DISPATCHED has a driver or a carrier; give one.
        REQUIRED input.reason: reason cannot be empty.
        STATE input.id: A load without charges cannot be invoiced; give it charges with loadUpdate first.
        ");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_verbs_at_once_one_wins(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    // A pair of verbs may run one after the other by chance; several pairs on several loads at once do not.
    let mut rounds = Vec::new();
    for _ in 0..8 {
        let id = load(&admin, STATES[2].1).await;
        let admin = admin.clone();
        rounds.push(async move {
            let (start, undispatch) = tokio::join!(
                admin.tried("loadStart", said("Start", &id), "status"),
                admin.tried("loadUndispatch", said("Undispatch", &id), "status"),
            );
            (id, start, undispatch)
        });
    }
    for (id, start, undispatch) in futures_util::future::join_all(rounds).await {
        let started = start.at("/data/loadStart/load/status").as_str().is_some();
        let undispatched = undispatch.at("/data/loadUndispatch/load/status").as_str().is_some();
        assert!(started != undispatched, "{start} {undispatch}");
        let lost = if started {
            undispatch.at("/data/loadUndispatch/userErrors/0/code")
        } else {
            start.at("/data/loadStart/userErrors/0/code")
        };
        assert_eq!(*lost, json!("STATE"));
        let query = "query($id: ID!) { load(id: $id) { status version statusHistory { to } } }";
        let now = admin.ask_with(query, json!({ "id": id })).await;
        assert_eq!(now.text("/data/load/status"), if started { "IN_PROGRESS" } else { "SCHEDULED" });
        assert_eq!(*now.at("/data/load/version"), json!(4));
        assert_eq!(now.at("/data/load/statusHistory").as_array().unwrap().len(), 4);
    }
}

#[rstest]
#[tokio::test]
async fn a_verb_on_a_stale_version_gives_the_present_load(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    places(&admin).await;
    let id = load(&admin, &["Schedule"]).await;
    let input = json!({ "id": id, "expectedVersion": 1, "driver": "D-9" });
    let answer = admin.tried("loadDispatch", input, "version status driver").await;
    assert_eq!(*answer.at("/data/loadDispatch/load"), json!({ "version": 2, "status": "SCHEDULED", "driver": "D-7" }));
    assert_eq!(*answer.at("/data/loadDispatch/userErrors/0/code"), json!("VERSION_CONFLICT"));
}

//! The lifecycle of a load: every transition, its effects and its preconditions.

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{STATUSES, TRANSITIONS, create_customer_and_addresses, create_load, load_input_with, transition_input};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database, each_database_in_parallel, snapshot_text};

#[apply(each_database)]
async fn a_load_goes_from_new_to_paid_and_records_its_history(database: DatabaseKind) {
    let world = World::new(database).await;
    let (manager, dispatcher) = (world.actor(Role::Manager), world.actor(Role::Dispatcher));
    create_customer_and_addresses(&dispatcher).await;
    let input = load_input_with(json!({ "scheduledPickup": null, "scheduledDelivery": null, "driver": null }));
    let id = dispatcher.mutate("loadCreate", input, "id").await["id"].clone();
    let step = |day: u32, extra: Json| {
        let mut step = json!({ "id": id, "at": format!("2026-01-{day}T12:00:00Z") });
        step.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        step
    };
    let windows = json!([
        { "position": 0, "windowStart": "2026-01-20T08:00:00Z", "windowEnd": "2026-01-20T10:00:00Z" },
        { "position": 1, "windowStart": "2026-01-22T17:00:00Z" },
    ]);
    dispatcher.mutate("loadSchedule", step(10, json!({ "stops": windows })), "").await;
    let moved = json!({ "scheduledPickup": "2026-01-21T07:00:00Z", "note": "Dock 4 is closed." });
    dispatcher.mutate("loadReschedule", step(11, moved), "").await;
    dispatcher.mutate("loadDispatch", step(12, json!({ "driver": "D-7", "truck": "T-1" })), "").await;
    dispatcher.mutate("loadUndispatch", step(13, json!({ "note": "Driver is ill." })), "").await;
    dispatcher.mutate("loadDispatch", step(14, json!({ "carrier": "C-9" })), "").await;
    let left = json!({ "arrivedAt": "2026-01-21T07:10:00Z", "departedAt": "2026-01-21T08:00:00Z" });
    dispatcher.mutate("loadStart", step(21, left), "").await;
    dispatcher.mutate("loadComplete", step(22, json!({ "arrivedAt": "2026-01-22T16:50:00Z" })), "").await;
    dispatcher.mutate("loadReopen", step(23, json!({ "note": "One pallet was left." })), "").await;
    let visits = json!({ "stops": [{ "position": 1, "departedAt": "2026-01-23T09:00:00Z" }] });
    dispatcher.mutate("loadComplete", step(24, visits), "").await;
    manager.mutate("loadInvoice", step(25, json!({})), "").await;
    manager.mutate("loadUninvoice", step(26, json!({})), "").await;
    manager.mutate("loadInvoice", step(27, json!({})), "").await;
    let paid = manager
        .mutate(
            "loadPay",
            step(28, json!({ "note": "Wire 551." })),
            "status version driver truck carrier scheduledPickup
             stops { type windowStart windowEnd arrivedAt departedAt } statusHistory { from to at note actor }",
        )
        .await;
    let history = paid["statusHistory"].as_array().unwrap();
    // The clock gives the time of the first status, the client the times of all others.
    assert_eq!(history[0]["from"], Json::Null);
    assert_eq!(history[0]["to"], json!("NEW"));
    let line = |step: &Json| {
        let text = |name: &str| step[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} -> {} by {}: {}", text("at"), text("from"), text("to"), text("actor"), text("note"))
    };
    assert_snapshot!(history[1..].iter().map(line).collect::<Vec<_>>().join("\n"), @"
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
    let mut paid = paid;
    paid.as_object_mut().unwrap().remove("statusHistory");
    assert_snapshot!(snapshot_text(&paid), @r#"
        {
          "carrier": "C-9",
          "driver": null,
          "scheduledPickup": "2026-01-21T07:00:00Z",
          "status": "PAID",
          "stops": [
            {
              "arrivedAt": "2026-01-21T07:10:00Z",
              "departedAt": "2026-01-21T08:00:00Z",
              "type": "PICKUP",
              "windowEnd": "2026-01-21T09:00:00Z",
              "windowStart": "2026-01-21T07:00:00Z"
            },
            {
              "arrivedAt": "2026-01-22T16:50:00Z",
              "departedAt": "2026-01-23T09:00:00Z",
              "type": "DELIVERY",
              "windowEnd": null,
              "windowStart": "2026-01-22T17:00:00Z"
            }
          ],
          "truck": null,
          "version": 14
        }
        "#);
}

#[apply(each_database)]
async fn each_status_allows_only_its_transitions(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let mut table = Vec::new();
    for (state, path) in STATUSES {
        let mut at = create_load(&admin, path).await;
        let mut allowed = Vec::new();
        for transition in TRANSITIONS {
            let mutation = format!("load{transition}");
            let response = admin.send_mutation(&mutation, transition_input(transition, &at), "status").await;
            let to = response.at(&format!("/data/{mutation}/load/status"));
            if let Some(to) = to.as_str() {
                allowed.push(format!("{transition} to {to}"));
                at = create_load(&admin, path).await;
                continue;
            }
            assert_eq!(
                *response.at(&format!("/data/{mutation}/userErrors/0/code")),
                json!("STATE"),
                "{state} {response}"
            );
            assert_eq!(*response.at(&format!("/data/{mutation}/userErrors/1")), Json::Null, "{state} {response}");
            let now = admin
                .execute_with("query($id: ID!) { load(id: $id) { status statusHistory { to } } }", json!({ "id": at }));
            let now = now.await;
            assert_eq!(now.text("/data/load/status"), state, "{transition} failed, and changed the status");
            assert_eq!(now.at("/data/load/statusHistory").as_array().unwrap().len(), path.len() + 1);
        }
        table.push(format!("{state}: {}", allowed.join(", ")));
    }
    assert_snapshot!(table.join("\n"), @"
        NEW: Schedule to SCHEDULED, Cancel to CANCELLED
        SCHEDULED: Reschedule to SCHEDULED, Dispatch to DISPATCHED, Cancel to CANCELLED
        DISPATCHED: Reschedule to DISPATCHED, Undispatch to SCHEDULED, Start to IN_PROGRESS, Cancel to CANCELLED
        IN_PROGRESS: Reschedule to IN_PROGRESS, Complete to COMPLETED, Cancel to CANCELLED
        COMPLETED: Reopen to IN_PROGRESS, Invoice to INVOICED
        INVOICED: Uninvoice to COMPLETED, Pay to PAID
        PAID: 
        CANCELLED: Reopen to NEW
        ");
    let new = create_load(&admin, &[]).await;
    let paid = create_load(&admin, STATUSES[6].1).await;
    let mut lines = admin.user_errors("loadComplete", json!({ "id": new })).await;
    lines.extend(admin.user_errors("loadCancel", json!({ "id": paid, "reason": "Late." })).await);
    assert_snapshot!(lines.join("\n"), @"
        STATE input.id: loadComplete needs a load that is IN_PROGRESS; this one is NEW, which allows loadSchedule, loadCancel.
        STATE input.id: loadCancel needs a load that is NEW or SCHEDULED or DISPATCHED or IN_PROGRESS; this one is PAID, which allows nothing.
        ");
}

#[apply(each_database)]
async fn billing_transitions_need_the_billing_permission(database: DatabaseKind) {
    let world = World::new(database).await;
    let (dispatcher, viewer) = (world.actor(Role::Dispatcher), world.viewer());
    create_customer_and_addresses(&dispatcher).await;
    let id = create_load(&dispatcher, STATUSES[4].1).await;
    for transition in ["Invoice", "Uninvoice", "Pay"] {
        let response =
            dispatcher.send_mutation(&format!("load{transition}"), transition_input(transition, &id), "").await;
        assert_eq!(response.error_codes(), ["FORBIDDEN"], "{transition}");
    }
    for transition in TRANSITIONS {
        assert_eq!(
            viewer
                .send_mutation(&format!("load{transition}"), transition_input(transition, &id), "")
                .await
                .error_codes(),
            ["FORBIDDEN"],
            "{transition}"
        );
    }
    let response = viewer.execute("{ loads { nodes { status } } }").await;
    assert_eq!(*response.data(), json!({ "loads": { "nodes": [{ "status": "COMPLETED" }] } }));
}

#[apply(each_database)]
async fn a_transition_requires_the_fields_of_its_status(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let bare =
        load_input_with(json!({ "scheduledPickup": null, "scheduledDelivery": null, "driver": null, "charges": null }));
    let id = admin.mutate("loadCreate", bare, "id").await["id"].clone();
    let mut lines = admin.user_errors("loadSchedule", json!({ "id": id })).await;
    let wrong = json!({
        "id": id, "at": "2999-01-01T00:00:00Z",
        "scheduledPickup": "2026-01-22T08:00:00Z", "scheduledDelivery": "2026-01-20T08:00:00Z",
        "stops": [{ "position": 0, "windowEnd": "2026-01-22T07:00:00Z" }, { "position": 2 }],
    });
    lines.extend(admin.user_errors("loadSchedule", wrong).await.iter().map(|line| {
        // The message has the current time in it; the rest of it is constant.
        line.split("; it is 2").next().unwrap().to_owned()
    }));
    let right =
        json!({ "id": id, "scheduledPickup": "2026-01-20T08:00:00Z", "scheduledDelivery": "2026-01-22T08:00:00Z" });
    admin.mutate("loadSchedule", right, "").await;
    lines.extend(admin.user_errors("loadDispatch", json!({ "id": id, "truck": "T-1" })).await);
    admin.mutate("loadDispatch", json!({ "id": id, "driver": "D-7" }), "").await;
    lines.extend(admin.user_errors("loadUpdate", json!({ "id": id, "driver": null, "scheduledPickup": null })).await);
    lines.extend(admin.user_errors("loadCancel", json!({ "id": id, "reason": "  " })).await);
    admin.mutate("loadStart", json!({ "id": id }), "").await;
    admin.mutate("loadComplete", json!({ "id": id }), "").await;
    lines.extend(admin.user_errors("loadInvoice", json!({ "id": id })).await);
    assert_snapshot!(lines.join("\n"), @"
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

#[apply(each_database_in_parallel)]
async fn one_of_two_concurrent_transitions_succeeds(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    // One pair of transitions may run in sequence by chance; several pairs on several loads do not.
    let mut rounds = Vec::new();
    for _ in 0..8 {
        let id = create_load(&admin, STATUSES[2].1).await;
        let admin = admin.clone();
        rounds.push(async move {
            let (start, undispatch) = tokio::join!(
                admin.send_mutation("loadStart", transition_input("Start", &id), "status"),
                admin.send_mutation("loadUndispatch", transition_input("Undispatch", &id), "status"),
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
        let now = admin.execute_with(query, json!({ "id": id })).await;
        assert_eq!(now.text("/data/load/status"), if started { "IN_PROGRESS" } else { "SCHEDULED" });
        assert_eq!(*now.at("/data/load/version"), json!(4));
        assert_eq!(now.at("/data/load/statusHistory").as_array().unwrap().len(), 4);
    }
}

#[apply(each_database)]
async fn a_stale_version_returns_the_current_load(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_addresses(&admin).await;
    let id = create_load(&admin, &["Schedule"]).await;
    let input = json!({ "id": id, "expectedVersion": 1, "driver": "D-9" });
    let response = admin.send_mutation("loadDispatch", input, "version status driver").await;
    assert_eq!(
        *response.at("/data/loadDispatch/load"),
        json!({ "version": 2, "status": "SCHEDULED", "driver": "D-7" })
    );
    assert_eq!(*response.at("/data/loadDispatch/userErrors/0/code"), json!("VERSION_CONFLICT"));
}

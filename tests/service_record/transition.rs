//! The lifecycle of a service record, and who may run its transitions.

use access::Role;
use rstest_reuse::apply;
use serde_json::json;

use super::{FUTURE_DAY, create_customers, service_record_input};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

#[apply(each_database)]
async fn a_service_record_is_planned_started_and_completed(database: DatabaseKind) {
    let world = World::new(database).await;
    let dispatcher = world.actor(Role::Dispatcher);
    create_customers(&dispatcher).await;
    let place = json!({ "customer": "acme", "name": "Roof", "externalReference": "roof" });
    dispatcher.mutate("addressCreate", place, "").await;
    let mut planned = service_record_input("V-1", FUTURE_DAY);
    for (field, value) in [
        ("summary", json!("Rattles")),
        ("priority", json!("HIGH")),
        ("address", json!("roof")),
        ("technicians", json!(["t-2", "t-1", "t-2"])),
        ("scheduledStart", json!("2026-01-15T10:00:00Z")),
        ("scheduledEnd", json!("2026-01-15T12:00:00Z")),
        ("arrivalWindowStart", json!("2026-01-15T09:30:00Z")),
        ("arrivalWindowEnd", json!("2026-01-15T10:30:00Z")),
        ("requestedAt", json!("2026-01-01T00:00:00Z")),
    ] {
        planned[field] = value;
    }
    let select = "status priority summary technician technicians scheduledStart scheduledEnd arrivalWindowStart
        arrivalWindowEnd requestedAt startedAt completedAt satisfactionScore cancelReason charge { amount currency }
        notes followUpRequired partsUsed { partNumber quantity unitCost { amount currency } } address { name } version";
    let created = dispatcher.mutate("serviceRecordCreate", planned, select).await;
    let started = json!({ "id": "V-1", "at": "2026-01-15T10:05:00Z" });
    let started = dispatcher.mutate("serviceRecordStart", started, "status startedAt version").await;
    let wrong = json!({ "id": "V-1", "at": "2026-01-15T10:00:00Z", "satisfactionScore": 6,
        "charge": { "amount": "1.001" }, "partsUsed": [{ "quantity": 0 }, { "description": "Oil", "unitCost": { "amount": -1 } }] });
    let refused = dispatcher.user_errors("serviceRecordComplete", wrong).await;
    let done = json!({ "id": "V-1", "at": "2026-01-15T11:30:00Z", "notes": "Belt replaced", "satisfactionScore": 5,
        "charge": { "amount": "149.9" }, "followUpRequired": true,
        "partsUsed": [{ "partNumber": "BELT-9", "quantity": "1.5", "unitCost": { "amount": 12, "currency": "CAD" } }] });
    let done = dispatcher.mutate("serviceRecordComplete", done, select).await;
    assert_snapshot!(snapshot_text(&json!([created, started, refused, done])), @r#"
        [
          {
            "address": {
              "name": "Roof"
            },
            "arrivalWindowEnd": "2026-01-15T10:30:00Z",
            "arrivalWindowStart": "2026-01-15T09:30:00Z",
            "cancelReason": null,
            "charge": null,
            "completedAt": null,
            "followUpRequired": false,
            "notes": null,
            "partsUsed": [],
            "priority": "HIGH",
            "requestedAt": "2026-01-01T00:00:00Z",
            "satisfactionScore": null,
            "scheduledEnd": "2026-01-15T12:00:00Z",
            "scheduledStart": "2026-01-15T10:00:00Z",
            "startedAt": null,
            "status": "SCHEDULED",
            "summary": "Rattles",
            "technician": "t-2",
            "technicians": [
              "t-2",
              "t-1"
            ],
            "version": 1
          },
          {
            "startedAt": "2026-01-15T10:05:00Z",
            "status": "IN_PROGRESS",
            "version": 2
          },
          [
            "OUT_OF_RANGE input.at: at (2026-01-15 10:00:00 UTC) is before its beginning (2026-01-15 10:05:00 UTC).",
            "OUT_OF_RANGE input.satisfactionScore: satisfactionScore is from 1 to 5; 6 was given.",
            "INVALID input.charge: \"1.001\" is not an amount of USD; give at most 2 digits after the point.",
            "REQUIRED input.partsUsed.0.partNumber: A part needs a partNumber or a description.",
            "OUT_OF_RANGE input.partsUsed.0.quantity: quantity is more than 0; 0 was given.",
            "OUT_OF_RANGE input.partsUsed.1.unitCost: unitCost cannot be negative."
          ],
          {
            "address": {
              "name": "Roof"
            },
            "arrivalWindowEnd": "2026-01-15T10:30:00Z",
            "arrivalWindowStart": "2026-01-15T09:30:00Z",
            "cancelReason": null,
            "charge": {
              "amount": "149.9",
              "currency": "USD"
            },
            "completedAt": "2026-01-15T11:30:00Z",
            "followUpRequired": true,
            "notes": "Belt replaced",
            "partsUsed": [
              {
                "partNumber": "BELT-9",
                "quantity": "1.5",
                "unitCost": {
                  "amount": "12",
                  "currency": "CAD"
                }
              }
            ],
            "priority": "HIGH",
            "requestedAt": "2026-01-01T00:00:00Z",
            "satisfactionScore": 5,
            "scheduledEnd": "2026-01-15T12:00:00Z",
            "scheduledStart": "2026-01-15T10:00:00Z",
            "startedAt": "2026-01-15T10:05:00Z",
            "status": "COMPLETED",
            "summary": "Rattles",
            "technician": "t-2",
            "technicians": [
              "t-2",
              "t-1"
            ],
            "version": 3
          }
        ]
        "#);
}

#[apply(each_database)]
async fn a_rejected_transition_names_the_possible_transitions(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    admin.mutate("serviceRecordCreate", service_record_input("done", "2020-01-01"), "").await;
    admin.mutate("serviceRecordCreate", service_record_input("begun", FUTURE_DAY), "").await;
    admin.mutate("serviceRecordStart", json!({ "id": "begun", "at": "2026-01-31T00:00:00Z" }), "").await;
    admin.mutate("serviceRecordCreate", service_record_input("off", FUTURE_DAY), "").await;
    let mut lines = admin.user_errors("serviceRecordCancel", json!({ "id": "off", "reason": " " })).await;
    let off = json!({ "id": "off", "reason": "Customer moved" });
    let off = admin.mutate("serviceRecordCancel", off, "status cancelReason version").await;
    assert_eq!(off, json!({ "status": "CANCELLED", "cancelReason": "Customer moved", "version": 2 }));
    for id in ["done", "begun", "off"] {
        lines.extend(admin.user_errors("serviceRecordStart", json!({ "id": id })).await);
    }
    lines.extend(admin.user_errors("serviceRecordComplete", json!({ "id": "off" })).await);
    lines.extend(admin.user_errors("serviceRecordCancel", json!({ "id": "done", "reason": "x" })).await);
    lines.extend(
        admin.user_errors("serviceRecordUpsert", json!({ "externalReference": "begun", "status": "SCHEDULED" })).await,
    );
    assert_snapshot!(lines.join("\n"), @"
        REQUIRED input.reason: reason cannot be empty.
        STATE input.id: The service record is COMPLETED, which leads to no other status, not to IN_PROGRESS.
        STATE input.id: The service record is IN_PROGRESS, which leads to COMPLETED or CANCELLED, not to IN_PROGRESS.
        STATE input.id: The service record is CANCELLED, which leads to no other status, not to IN_PROGRESS.
        STATE input.id: The service record is CANCELLED, which leads to no other status, not to COMPLETED.
        STATE input.id: The service record is COMPLETED, which leads to no other status, not to CANCELLED.
        STATE input.status: The service record is IN_PROGRESS, which leads to COMPLETED or CANCELLED, not to SCHEDULED.
        ");
    let put = json!({ "externalReference": "begun", "status": "COMPLETED", "completedAt": "2026-02-01T00:00:00Z" });
    let put = admin.mutate("serviceRecordUpsert", put, "status version").await;
    assert_eq!(put, json!({ "status": "COMPLETED", "version": 3 }));
}

#[apply(each_database)]
async fn a_technician_sees_and_completes_only_their_own_records(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    for (reference, technician) in [("mine", "tim"), ("theirs", "tom")] {
        let mut input = service_record_input(reference, FUTURE_DAY);
        input["technicians"] = json!(["boss", technician]);
        input["notes"] = json!("Dog bites");
        admin.mutate("serviceRecordCreate", input, "").await;
    }
    let tim = world.user(&[Role::Technician]).subject("tim").actor();
    let query = "{
        serviceRecords { totalCount nodes { externalReference notes } }
        customers { nodes { externalReference serviceRecords { totalCount } } }
        hidden: customers(where: { serviceRecords: { some: { externalReference: { eq: \"theirs\" } } } }) { totalCount }
    }";
    assert_eq!(
        *tim.execute(query).await.data(),
        json!({
            "serviceRecords": { "totalCount": 1, "nodes": [{ "externalReference": "mine", "notes": "Dog bites" }] },
            "customers": { "nodes": [
                { "externalReference": "acme", "serviceRecords": { "totalCount": 1 } },
                { "externalReference": "bolt", "serviceRecords": { "totalCount": 0 } },
            ] },
            "hidden": { "totalCount": 0 },
        })
    );
    for mutation in ["serviceRecordStart", "serviceRecordComplete"] {
        let refused = tim.user_errors(mutation, json!({ "id": "theirs" })).await;
        assert_eq!(
            refused,
            ["NOT_FOUND input.id: \"theirs\" is neither the id nor the external reference of a service record."]
        );
    }
    tim.mutate("serviceRecordStart", json!({ "id": "mine", "at": "2026-01-31T00:00:00Z" }), "").await;
    let done = json!({ "id": "mine", "at": "2026-02-01T00:00:00Z", "partsUsed": [{ "partNumber": "P" }] });
    let done = tim.mutate("serviceRecordComplete", done, "status partsUsed { partNumber }").await;
    assert_eq!(done, json!({ "status": "COMPLETED", "partsUsed": [{ "partNumber": "P" }] }));
    for (mutation, input) in [
        ("serviceRecordUpdate", json!({ "id": "mine", "summary": "x" })),
        ("serviceRecordCancel", json!({ "id": "mine", "reason": "x" })),
        ("serviceRecordDelete", json!({ "id": "mine" })),
        ("serviceRecordCreate", service_record_input("new", FUTURE_DAY)),
    ] {
        assert_eq!(tim.send_mutation(mutation, input, "").await.error_codes(), ["FORBIDDEN"], "{mutation}");
    }
    // An agent plans records but does not work on them; a technician who is also a dispatcher sees all records.
    let agent = world.actor(Role::Agent);
    assert_eq!(
        agent.send_mutation("serviceRecordStart", json!({ "id": "theirs" }), "").await.error_codes(),
        ["FORBIDDEN"]
    );
    let both = world.user(&[Role::Technician, Role::Dispatcher]).subject("tim").actor();
    assert_eq!(
        *both.execute("{ serviceRecords { totalCount } }").await.data(),
        json!({ "serviceRecords": { "totalCount": 2 } })
    );
}

#[apply(each_database)]
async fn deleting_a_customer_needs_its_open_service_records_cancelled(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    admin.mutate("serviceRecordCreate", service_record_input("open", FUTURE_DAY), "").await;
    admin.mutate("serviceRecordCreate", service_record_input("begun", FUTURE_DAY), "").await;
    admin.mutate("serviceRecordStart", json!({ "id": "begun" }), "").await;
    admin.mutate("serviceRecordCreate", service_record_input("done", "2020-01-01"), "").await;
    let refused = admin.user_errors("customerDelete", json!({ "id": "acme" })).await;
    assert_eq!(
        refused,
        ["IN_USE input.id: The customer has 2 open service records; finish them, or say cancelOpen: true."]
    );
    admin.mutate("customerDelete", json!({ "id": "acme", "cancelOpen": true }), "").await;
    let response = admin
        .execute("{ serviceRecords { nodes { externalReference status cancelReason version customer { name deletedAt } } } }")
        .await;
    let nodes = response.data()["serviceRecords"]["nodes"].as_array().unwrap().clone();
    let lines: Vec<_> = nodes
        .iter()
        .map(|node| {
            assert!(node["customer"]["deletedAt"].is_string(), "{node}");
            json!([node["externalReference"], node["status"], node["cancelReason"], node["version"]])
        })
        .collect();
    assert_eq!(
        lines,
        [
            json!(["open", "CANCELLED", "The customer was deleted.", 2]),
            json!(["begun", "CANCELLED", "The customer was deleted.", 3]),
            json!(["done", "COMPLETED", null, 1]),
        ]
    );
    // A record of a deleted customer cannot be restored without it.
    admin.mutate("serviceRecordDelete", json!({ "id": "done" }), "").await;
    let refused = admin.user_errors("serviceRecordRestore", json!({ "id": "done" })).await;
    assert_eq!(refused, ["DELETED input.id: Its customer is deleted; restore the customer first."]);
    admin.mutate("customerRestore", json!({ "id": "acme" }), "").await;
    let back = admin.mutate("serviceRecordRestore", json!({ "id": "done" }), "deletedAt version").await;
    assert_eq!(back, json!({ "deletedAt": null, "version": 3 }));
}

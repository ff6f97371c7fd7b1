//! Service records, through the schema.

mod follow_up;
mod query;
mod transition;

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

/// Creates the customers `acme` and `bolt`.
async fn create_customers(admin: &Actor) {
    for reference in ["acme", "bolt"] {
        let customer = json!({ "name": reference, "type": "COMMERCIAL", "externalReference": reference });
        admin.mutate("customerCreate", customer, "").await;
    }
}

fn service_record_input(reference: &str, date: &str) -> Json {
    json!({ "customer": "acme", "serviceDate": format!("{date}T10:00:00Z"), "serviceType": "Inspection",
        "externalReference": reference })
}

/// A day that is in the future for as long as this code is in use.
const FUTURE_DAY: &str = "2150-01-15";

#[apply(each_database)]
async fn the_input_of_an_integration_is_accepted_and_read_back(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let unit = json!({ "customer": "acme", "asset": { "new": { "name": "Furnace" } }, "relationship": "OWNED", "externalReference": "64a7b8c9d1e2f3g4h5i6j7k9" });
    admin.mutate("customerAssetAssign", unit, "").await;
    let body = r#"{"serviceDate":"2024-01-15T10:00:00Z","serviceType":"HVAC Maintenance","technician":"64a7b8c9d1e2f3g4h5i6j7k8","equipment":["64a7b8c9d1e2f3g4h5i6j7k9"],"partsUsed":[{"partNumber":"FILTER-001","quantity":1,"description":"Air Filter"}],"notes":"Annual maintenance completed","followUpRequired":false}"#;
    let mut input: Json = serde_json::from_str(body).unwrap();
    input["customer"] = json!("acme");
    let select = "id serviceDate serviceType status priority technician technicians notes followUpRequired version
        equipment { nodes { externalReference asset { name } } }
        partsUsed { partNumber quantity description unitCost { amount currency } } customer { name } charge { amount }";
    let created = admin.mutate("serviceRecordCreate", input, select).await;
    let query = format!("query($id: ID!) {{ serviceRecord(id: $id) {{ {select} }} }}");
    let read = admin.execute_with(&query, json!({ "id": created["id"] })).await;
    assert_eq!(read.data()["serviceRecord"], created);
    assert_snapshot!(snapshot_text(&created), @r#"
        {
          "charge": null,
          "customer": {
            "name": "acme"
          },
          "equipment": {
            "nodes": [
              {
                "asset": {
                  "name": "Furnace"
                },
                "externalReference": "64a7b8c9d1e2f3g4h5i6j7k9"
              }
            ]
          },
          "followUpRequired": false,
          "id": "serv_1",
          "notes": "Annual maintenance completed",
          "partsUsed": [
            {
              "description": "Air Filter",
              "partNumber": "FILTER-001",
              "quantity": "1",
              "unitCost": null
            }
          ],
          "priority": "NORMAL",
          "serviceDate": "2024-01-15T10:00:00Z",
          "serviceType": "HVAC Maintenance",
          "status": "COMPLETED",
          "technician": "64a7b8c9d1e2f3g4h5i6j7k8",
          "technicians": [
            "64a7b8c9d1e2f3g4h5i6j7k8"
          ],
          "version": 1
        }
        "#);
}

#[apply(each_database)]
async fn a_service_record_reports_all_violations_at_once(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let theirs = json!({ "customer": "bolt", "asset": { "new": { "name": "Boiler", "externalReference": "boiler" } }, "relationship": "OWNED", "externalReference": "b-1" });
    admin.mutate("customerAssetAssign", theirs, "").await;
    let wrong = json!({
        "customer": "acme", "serviceDate": "2020-01-01T00:00:00Z", "serviceType": " ", "status": "SCHEDULED",
        "address": "nowhere", "technician": "a", "technicians": ["b"], "equipment": ["nothing", "b-1", "boiler"],
        "scheduledStart": "2020-01-02T00:00:00Z", "scheduledEnd": "2020-01-01T00:00:00Z", "satisfactionScore": 0,
        "completedAt": "2020-01-01T00:00:00Z", "cancelReason": "x", "partsUsed": [{}],
        "charge": { "amount": 1, "currency": "XYZ" },
    });
    let first = admin.user_errors("serviceRecordCreate", wrong).await;
    let unknown = json!({ "customer": "nobody", "serviceDate": "2020-01-01T00:00:00Z", "serviceType": "x", "equipment": ["b-1"],
        "technicians": vec!["t"; 51], "status": "CANCELLED" });
    let second = admin.user_errors("serviceRecordCreate", unknown).await;
    let third =
        admin.user_errors("serviceRecordUpsert", json!({ "externalReference": "new", "customer": "acme" })).await;
    assert_snapshot!([first, second, third].concat().join("\n"), @r#"
    REQUIRED input.serviceType: serviceType cannot be empty.
    OUT_OF_RANGE input.satisfactionScore: satisfactionScore is from 1 to 5; 0 was given.
    INVALID input.charge: "XYZ" is not a currency; give an ISO 4217 code such as USD.
    OUT_OF_RANGE input.scheduledEnd: scheduledEnd (2020-01-01 00:00:00 UTC) is before its beginning (2020-01-02 00:00:00 UTC).
    STATE input.completedAt: Work that is SCHEDULED has not ended.
    STATE input.cancelReason: Work that is SCHEDULED was not cancelled.
    NOT_FOUND input.address: "nowhere" is neither the id nor the external reference of an address.
    INVALID input.technician: Give technician or technicians, not both.
    NOT_FOUND input.equipment.0: "nothing" is neither the id nor the external reference of a customer asset or an asset.
    INVALID input.equipment.1: "b-1" was never this customer's; assign the asset to the customer first.
    INVALID input.equipment.2: "boiler" was never this customer's; assign the asset to the customer first.
    REQUIRED input.partsUsed.0.partNumber: A part needs a partNumber or a description.
    NOT_FOUND input.customer: "nobody" is neither the id, the external reference nor the number of a customer.
    REQUIRED input.cancelReason: Work that is CANCELLED needs a reason.
    OUT_OF_RANGE input.technicians: technicians has at most 50 items; 51 were given.
    REQUIRED input.serviceDate: There is no service record "new" yet, and a new one needs its serviceDate.
    REQUIRED input.serviceType: There is no service record "new" yet, and a new one needs its serviceType.
    "#);
    let response = admin.execute("{ serviceRecords { totalCount } }").await;
    assert_eq!(*response.data(), json!({ "serviceRecords": { "totalCount": 0 } }));
}

#[apply(each_database)]
async fn an_asset_reference_selects_the_assignment_of_the_customer(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let asset =
        admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "id").await["id"].clone();
    for (reference, customer, from, until) in
        [("old", "acme", "2020", "2021"), ("between", "bolt", "2021", "2022"), ("new", "acme", "2022", "2023")]
    {
        let hire = json!({ "customer": customer, "asset": "lift", "relationship": "RENTED", "externalReference": reference,
            "from": format!("{from}-01-01T00:00:00Z"), "until": format!("{until}-01-01T00:00:00Z") });
        admin.mutate("customerAssetCreate", hire, "").await;
    }
    let select = "equipment { nodes { externalReference } }";
    for (date, given, found) in [
        ("2020-06-01", json!("lift"), "old"),
        ("2022-06-01", json!("lift"), "new"),
        // No assignment on that day and none today: the latest one.
        ("2030-06-01", asset.clone(), "new"),
        ("2022-06-01", json!("old"), "old"),
    ] {
        let mut input = service_record_input(&format!("{date} {given}"), date);
        input["equipment"] = json!([given, given]);
        let created = admin.mutate("serviceRecordCreate", input, select).await;
        assert_eq!(created, json!({ "equipment": { "nodes": [{ "externalReference": found }] } }), "{given} on {date}");
    }
    let query = "{
        customerAssets(where: { externalReference: { eq: \"old\" } }) { nodes { serviceRecords { totalCount } } }
        serviceRecords(where: { equipment: { some: { externalReference: { eq: \"new\" } } } }) { totalCount }
    }";
    assert_eq!(
        *admin.execute(query).await.data(),
        json!({
            "customerAssets": { "nodes": [{ "serviceRecords": { "totalCount": 2 } }] },
            "serviceRecords": { "totalCount": 2 },
        })
    );
}

#[apply(each_database)]
async fn lists_of_a_service_record_are_replaced_or_kept_if_absent(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let mut input = service_record_input("V-1", FUTURE_DAY);
    input["technicians"] = json!(["a", "b"]);
    input["partsUsed"] = json!([{ "partNumber": "1" }, { "partNumber": "2", "quantity": 3 }]);
    admin.mutate("serviceRecordCreate", input, "").await;
    let select = "technicians partsUsed { partNumber quantity } version";
    let renamed = admin.mutate("serviceRecordUpdate", json!({ "id": "V-1", "serviceType": "Repair" }), select).await;
    let replaced = json!({ "id": "V-1", "technicians": ["c", "b", "a"], "partsUsed": null, "expectedVersion": 2 });
    let replaced = admin.mutate("serviceRecordUpdate", replaced, select).await;
    let same =
        admin.mutate("serviceRecordUpdate", json!({ "id": "V-1", "technicians": ["c", "b", "a"] }), select).await;
    assert_eq!(same, replaced, "nothing changed, so the version is the same");
    assert_snapshot!(snapshot_text(&json!([renamed, replaced])), @r#"
        [
          {
            "partsUsed": [
              {
                "partNumber": "1",
                "quantity": "1"
              },
              {
                "partNumber": "2",
                "quantity": "3"
              }
            ],
            "technicians": [
              "a",
              "b"
            ],
            "version": 2
          },
          {
            "partsUsed": [],
            "technicians": [
              "c",
              "b",
              "a"
            ],
            "version": 3
          }
        ]
        "#);
}

#[apply(each_database)]
async fn another_tenant_gets_no_service_record(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let id = admin.mutate("serviceRecordCreate", service_record_input("V-1", FUTURE_DAY), "id").await["id"].clone();
    let other_admin = world.other_admin();
    let query = "query($id: ID!) { serviceRecord(id: $id) { id } node(id: $id) { id } serviceRecords { totalCount } }";
    let response = other_admin.execute_with(query, json!({ "id": id })).await;
    assert_eq!(*response.data(), json!({ "serviceRecord": null, "node": null, "serviceRecords": { "totalCount": 0 } }));
    assert_eq!(admin.execute_with(query, json!({ "id": id })).await.data()["node"], json!({ "id": id }));
    for (mutation, input) in [
        ("serviceRecordStart", json!({ "id": id })),
        ("serviceRecordCancel", json!({ "id": id, "reason": "x" })),
        ("serviceRecordUpdate", json!({ "id": id, "summary": "x" })),
    ] {
        let refused = other_admin.user_errors(mutation, input).await;
        assert!(refused[0].starts_with("NOT_FOUND input.id: "), "{refused:?}");
    }
}

#[apply(each_database)]
async fn a_service_record_and_its_lists_are_one_change(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let unit = json!({ "customer": "acme", "asset": { "new": { "name": "Furnace" } }, "relationship": "OWNED", "externalReference": "unit" });
    admin.mutate("customerAssetAssign", unit, "").await;
    let mut input = service_record_input("V-1", FUTURE_DAY);
    input["technicians"] = json!(["a", "b"]);
    input["equipment"] = json!(["unit"]);
    input["partsUsed"] = json!([{ "partNumber": "1" }]);
    admin.mutate("serviceRecordCreate", input, "").await;
    admin.mutate("serviceRecordUpdate", json!({ "id": "V-1", "technician": "c" }), "").await;
    world.link_changes().await;
    let query = "{ changes(where: { nodeType: { eq: SERVICE_RECORD } }) { nodes { action fields before after } } }";
    let response = admin.execute(query).await;
    let lines: Vec<_> = response.data()["changes"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            let lists = |image: &Json| {
                json!([image["technicians"], image["partsUsed"], image["equipment"].as_array().map(Vec::len)])
            };
            json!([change["action"], change["fields"], lists(&change["before"]), lists(&change["after"])])
        })
        .collect();
    assert_snapshot!(snapshot_text(&json!(lines)), @r#"
    [
      [
        "CREATE",
        [
          "customer",
          "equipment",
          "externalReference",
          "followUpRequired",
          "partsUsed",
          "priority",
          "serviceDate",
          "serviceType",
          "status",
          "technicians"
        ],
        [
          null,
          null,
          null
        ],
        [
          [
            "a",
            "b"
          ],
          [
            {
              "description": null,
              "partNumber": "1",
              "quantity": "1",
              "unitCost": null
            }
          ],
          1
        ]
      ],
      [
        "UPDATE",
        [
          "technicians"
        ],
        [
          [
            "a",
            "b"
          ],
          [
            {
              "description": null,
              "partNumber": "1",
              "quantity": "1",
              "unitCost": null
            }
          ],
          1
        ],
        [
          [
            "c"
          ],
          [
            {
              "description": null,
              "partNumber": "1",
              "quantity": "1",
              "unitCost": null
            }
          ],
          1
        ]
      ]
    ]
    "#);
}

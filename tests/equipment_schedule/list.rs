//! The lists of schedules: what is due for all customers, filters by status, orders, and the statements that they take.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{create, create_equipment, read_meter, stop_clock, world_with_equipment};
use crate::world::{Actor, DatabaseKind, each_database};

/// The references of a list of schedules.
async fn listed(admin: &Actor, list: &str) -> Vec<String> {
    let response = admin.execute(&format!("{{ list: {list} {{ nodes {{ externalReference }} }} }}")).await;
    let nodes = response.data()["list"]["nodes"].as_array().unwrap().clone();
    nodes.iter().map(|node| node["externalReference"].as_str().unwrap().to_owned()).collect()
}

/// Creates schedules of `lift` that are due on some days of the year 2023.
async fn create_schedules(admin: &Actor) {
    read_meter(admin, "2022-11-01", 400).await;
    read_meter(admin, "2022-12-31", 1_000).await;
    for (reference, fields) in [
        ("late", json!({ "dueDate": "2023-01-15", "serviceType": "Belt" })),
        ("soon", json!({ "intervalMonths": 1, "startDate": "2023-01-10" })),
        ("by-meter", json!({ "intervalMeter": 500, "startMeter": 800 })),
        ("far", json!({ "intervalMonths": 12, "notifyBefore": { "value": 11, "unit": "MONTHS" } })),
        ("never", json!({ "intervalMeter": 5, "startMeter": 9_000, "equipment": "truck" })),
    ] {
        create(admin, reference, fields).await;
    }
}

#[apply(each_database)]
async fn what_is_due_is_listed_for_all_customers(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    create_equipment(&admin, "truck", "truck-owned").await;
    create_schedules(&admin).await;
    assert_eq!(listed(&admin, "equipmentDue(before: \"2030-01-01\")").await, ["late", "by-meter", "soon", "far"]);
    assert_eq!(listed(&admin, "equipmentDue(before: \"2023-02-10\")").await, ["late", "by-meter"]);
    assert_eq!(listed(&admin, "equipmentDue(before: \"2023-02-11\")").await, ["late", "by-meter", "soon"]);
    let filtered = "equipmentDue(before: \"2030-01-01\", where: { serviceType: { eq: \"oil change\" } }, \
        orderBy: [{ nextDue: DESC }], first: 2)";
    assert_eq!(listed(&admin, filtered).await, ["far", "soon"]);
    stop_clock(&world, "2023-02-10");
    for (condition, expected) in [
        ("eq: OVERDUE", vec!["late"]),
        ("eq: DUE", vec!["by-meter", "soon"]),
        ("eq: UPCOMING", vec!["far"]),
        ("eq: PLANNED", vec!["never"]),
        ("neq: OVERDUE", vec!["by-meter", "far", "never", "soon"]),
        ("in: [OVERDUE, PLANNED]", vec!["late", "never"]),
        ("notIn: [OVERDUE, DUE]", vec!["far", "never"]),
        ("isNull: true", vec![]),
        ("isNull: false", vec!["by-meter", "far", "late", "never", "soon"]),
    ] {
        let mut found = listed(&admin, &format!("equipmentSchedules(where: {{ status: {{ {condition} }} }})")).await;
        found.sort_unstable();
        assert_eq!(found, expected, "{condition}");
        let not = format!("equipmentSchedules(where: {{ not: {{ status: {{ {condition} }} }} }})");
        assert_eq!(listed(&admin, &not).await.len(), 5 - expected.len(), "not {condition}");
    }
}

#[apply(each_database)]
async fn equipment_that_is_not_in_use_is_not_due(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    for (asset, assignment) in [("gone", "gone-owned"), ("retired", "retired-owned"), ("ended", "ended-owned")] {
        create_equipment(&admin, asset, assignment).await;
    }
    for (reference, equipment) in [
        ("of-asset", "lift"),
        ("of-assignment", "owned"),
        ("of-gone", "gone"),
        ("of-retired", "retired-owned"),
        ("of-ended", "ended-owned"),
    ] {
        create(&admin, reference, json!({ "equipment": equipment, "intervalDays": 30 })).await;
    }
    admin.mutate("assetUpdate", json!({ "id": "retired", "status": "RETIRED" }), "").await;
    admin.mutate("customerAssetUpdate", json!({ "id": "ended-owned", "until": "2023-02-01T00:00:00Z" }), "").await;
    admin.mutate("customerAssetDelete", json!({ "id": "gone-owned" }), "").await;
    admin.mutate("assetDelete", json!({ "id": "gone" }), "").await;
    stop_clock(&world, "2023-03-01");
    assert_eq!(listed(&admin, "equipmentDue(before: \"2030-01-01\")").await, ["of-asset", "of-assignment"]);
    assert_eq!(listed(&admin, "equipmentSchedules").await.len(), 5);
    admin.mutate("customerDelete", json!({ "id": "acme" }), "").await;
    assert_eq!(listed(&admin, "equipmentDue(before: \"2030-01-01\")").await, ["of-asset"]);
}

#[apply(each_database)]
async fn reading_what_is_due_changes_nothing(database: DatabaseKind) {
    let (world, admin) = world_with_equipment(database).await;
    create_equipment(&admin, "truck", "truck-owned").await;
    create_schedules(&admin).await;
    world.link_changes().await;
    let query = "{ equipmentDue(before: \"2030-01-01\") { nodes { nextDue version updatedAt status } } changes { totalCount } }";
    let first = admin.execute(query).await.data().clone();
    for _ in 0..2 {
        world.link_changes().await;
        assert_eq!(*admin.execute(query).await.data(), first);
    }
}

#[apply(each_database)]
async fn the_lists_of_schedules_take_a_constant_number_of_statements(database: DatabaseKind) {
    let (_world, admin) = world_with_equipment(database).await;
    let lists = [
        "{ equipmentDue(before: \"2030-01-01\") { totalCount nodes { status asset { name } customerAsset { id }
            customer { name } lastServiceRecord { id } } } }",
        "{ assets { nodes { equipmentSchedules { totalCount nodes { status nextDue } } } } }",
        "{ customerAssets { nodes { equipmentSchedules { nodes { status } } meterReadings { nodes { total } } } } }",
        "{ customers { nodes { equipmentSchedules(where: { status: { neq: DUE } }) { nodes { nextDue } } } } }",
        "{ serviceRecords { nodes { equipmentSchedules { nodes { id } } advancedSchedules { nodes { nextDue } } } } }",
    ];
    let mut statements: Vec<Vec<u64>> = Vec::new();
    for round in 0..2 {
        for index in 0..=round * 4 {
            let (asset, assignment) = (format!("asset-{round}-{index}"), format!("owned-{round}-{index}"));
            create_equipment(&admin, &asset, &assignment).await;
            for equipment in [&asset, &assignment] {
                create(&admin, &format!("of-{equipment}"), json!({ "equipment": equipment, "intervalDays": 9 })).await;
            }
            let at = "2022-12-01T12:00:00Z";
            let input = json!({ "customer": "acme", "serviceType": "Oil change", "serviceDate": at,
                "equipment": [assignment], "status": "COMPLETED", "completedAt": at });
            admin.mutate("serviceRecordCreate", input, "").await;
        }
        let mut of_round = Vec::new();
        for list in lists {
            let response = admin.execute(list).await;
            assert_eq!(response.error_codes(), Vec::<String>::new(), "{list}");
            of_round.push(response.statements());
        }
        statements.push(of_round);
    }
    assert_eq!(statements[0], statements[1]);
    assert_eq!(statements[0], [6, 3, 3, 2, 3]);
}

#[apply(each_database)]
async fn schedules_are_found_from_everything_that_they_are_of(database: DatabaseKind) {
    let (_world, admin) = world_with_equipment(database).await;
    create(&admin, "of-asset", json!({ "intervalDays": 9 })).await;
    create(&admin, "of-assignment", json!({ "equipment": "owned", "intervalDays": 9 })).await;
    let found = async |query: &str| admin.execute(query).await.data().clone();
    let nodes = |references: &[&str]| -> Json {
        json!({ "nodes": references.iter().map(|reference| json!({ "externalReference": reference })).collect::<Vec<_>>() })
    };
    let schedules = "equipmentSchedules { nodes { externalReference } }";
    assert_eq!(
        found(&format!(
            "{{ asset(ref: \"lift\") {{ {schedules} }} customerAsset(ref: \"owned\") {{ {schedules} }}
            customer(ref: \"acme\") {{ {schedules} }} }}"
        ))
        .await,
        json!({
            "asset": { "equipmentSchedules": nodes(&["of-asset", "of-assignment"]) },
            "customerAsset": { "equipmentSchedules": nodes(&["of-assignment"]) },
            "customer": { "equipmentSchedules": nodes(&["of-assignment"]) },
        })
    );
    let late = "equipmentSchedules: { some: { nextDue: { lt: \"2024-01-01\" } } }";
    let counts = format!(
        "{{ assets(where: {{ {late} }}) {{ totalCount }} customerAssets(where: {{ {late} }}) {{ totalCount }}
            customers(where: {{ {late} }}) {{ totalCount }} }}"
    );
    let one = json!({ "totalCount": 1 });
    assert_eq!(found(&counts).await, json!({ "assets": one, "customerAssets": one, "customers": one }));
}

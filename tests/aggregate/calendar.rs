//! The buckets of the calendar: where they begin in the tenant's zone, and that none between two others is left out.

use rstest_reuse::apply;
use serde_json::json;

use super::{create_customers, create_load, groups};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database};

#[apply(each_database)]
async fn times_are_cut_by_the_calendar_of_the_tenant(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    // The tenant is in Chicago: the first is on 31 December there, the third on 31 March.
    for pickup in [
        json!("2024-01-01T03:30:00Z"),
        json!("2024-01-01T06:00:00Z"),
        json!("2024-04-01T03:30:00Z"),
        json!("2024-04-01T05:00:00Z"),
        json!(null),
    ] {
        create_load(&admin, "acme", json!({ "scheduledPickup": pickup })).await;
    }
    let by = |bucket: &str| format!("groupBy: {{ field: SCHEDULED_PICKUP, bucket: {bucket} }}");
    let found = groups(&admin, "loads", &by("MONTH")).await;
    assert_snapshot!(found, @r#"
        2023-12-01 | x1
        2024-01-01 | x1
        2024-02-01 | x0
        2024-03-01 | x1
        2024-04-01 | x1
        null | x1
        of 6
        "#);
    let found = groups(&admin, "loads", &by("QUARTER")).await;
    assert_snapshot!(found, @r#"
        2023-10-01 | x1
        2024-01-01 | x2
        2024-04-01 | x1
        null | x1
        of 4
        "#);
    let found = groups(&admin, "loads", &by("YEAR")).await;
    assert_snapshot!(found, @r#"
        2023-01-01 | x1
        2024-01-01 | x3
        null | x1
        of 3
        "#);
    let weeks =
        groups(&admin, "loads(where: { scheduledPickup: { lt: \"2024-01-02T00:00:00Z\" } })", &by("WEEK")).await;
    assert_snapshot!(weeks, @r#"
        2023-12-25 | x1
        2024-01-01 | x1
        of 2
        "#);
    let edges = "{ loads(where: { scheduledPickup: { gt: \"2024-04-01T04:00:00Z\" } }) { aggregate(groupBy: {
        field: SCHEDULED_PICKUP, bucket: MONTH }) { groups { keys { value from until } } } } }";
    let edges = admin.execute(edges).await;
    assert_eq!(
        *edges.at("/data/loads/aggregate/groups/0/keys"),
        json!([{ "value": "2024-04-01", "from": "2024-04-01T05:00:00Z", "until": "2024-05-01T05:00:00Z" }])
    );
}

#[apply(each_database)]
async fn every_combination_of_the_other_keys_has_every_bucket(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    for (driver, pickup) in
        [("ann", "2024-01-15T12:00:00Z"), ("ann", "2024-03-15T12:00:00Z"), ("bob", "2024-02-15T12:00:00Z")]
    {
        create_load(&admin, "acme", json!({ "driver": driver, "scheduledPickup": pickup })).await;
    }
    let arguments = "groupBy: [{ field: DRIVER }, { field: SCHEDULED_PICKUP, bucket: MONTH }],
        figures: [{ function: SUM, field: WEIGHT }, { function: SUM, field: CHARGE }, { function: DISTINCT, field: TRUCK }]";
    let found = groups(&admin, "loads", arguments).await;
    assert_snapshot!(found, @r#"
        ann | 2024-01-01 | x1 | null | [] | 0
        ann | 2024-02-01 | x0 | null | [] | 0
        ann | 2024-03-01 | x1 | null | [] | 0
        bob | 2024-01-01 | x0 | null | [] | 0
        bob | 2024-02-01 | x1 | null | [] | 0
        bob | 2024-03-01 | x0 | null | [] | 0
        of 6
        "#);
}

#[apply(each_database)]
async fn dates_are_cut_without_a_zone_and_too_many_buckets_are_refused(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for (name, installed) in [("Lift", json!("2020-02-29")), ("Crane", json!("2020-03-01")), ("Saw", json!(null))] {
        admin.mutate("assetCreate", json!({ "name": name, "installDate": installed }), "").await;
    }
    let by = |bucket: &str| format!("groupBy: {{ field: INSTALL_DATE{bucket} }}");
    let found = groups(&admin, "assets", &by(", bucket: MONTH")).await;
    assert_snapshot!(found, @r#"
        2020-02-01 | x1
        2020-03-01 | x1
        null | x1
        of 3
        "#);
    let found = groups(&admin, "assets", &by("")).await;
    assert_snapshot!(found, @r#"
        2020-02-29 | x1
        2020-03-01 | x1
        null | x1
        of 3
        "#);
    admin.mutate("assetCreate", json!({ "name": "Old", "installDate": "1990-01-01" }), "").await;
    let refused =
        admin.execute(&format!("{{ assets {{ aggregate({}) {{ groupCount }} }} }}", by(", bucket: DAY"))).await;
    assert_snapshot!(refused.text("/errors/0/message"), @r#"
        From 1990-01-01 to 2020-03-01 there are more than 1000 buckets; take longer ones, or narrow the list.
        "#);
}

/// The edges of the buckets are computed before the groups are read.
#[apply(each_database)]
async fn a_record_that_is_written_meanwhile_is_in_its_own_bucket(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    create_load(&admin, "acme", json!({ "scheduledPickup": "2024-01-15T12:00:00Z" })).await;
    let write = async {
        for month in 0..40 {
            let pickup = format!("{}-{:02}-15T12:00:00Z", 2025 + month / 12, month % 12 + 1);
            create_load(&admin, "acme", json!({ "scheduledPickup": pickup })).await;
        }
    };
    let query = "{ loads { aggregate(groupBy: { field: SCHEDULED_PICKUP, bucket: MONTH }, figures: [
        { function: MINIMUM, field: SCHEDULED_PICKUP }, { function: MAXIMUM, field: SCHEDULED_PICKUP }]) {
        groups { count keys { from until } figures { time } } } } }";
    let read = async {
        for _ in 0..80 {
            let response = admin.execute(query).await;
            let groups = response.data()["loads"]["aggregate"]["groups"].as_array().unwrap();
            for group in groups.iter().filter(|group| group["count"] != 0) {
                let text = |pointer: &str| group.pointer(pointer).and_then(|value| value.as_str()).unwrap();
                let [from, first, last, until] =
                    ["/keys/0/from", "/figures/0/time", "/figures/1/time", "/keys/0/until"].map(text);
                assert!(from <= first && first <= last && last < until, "{group}");
            }
        }
    };
    tokio::join!(write, read);
}

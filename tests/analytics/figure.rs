//! The figures of known rows: what counts, when, and how it is rounded.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{MARCH, charge, complete_service, create_customers, create_load, current, invoice_load, rent, with};
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database};

async fn set_zone(world: &World, zone: &str) {
    world.admin().mutate("tenantUpdate", json!({ "timeZone": zone }), "").await;
}

/// The months of a period, each with a figure.
async fn months(actor: &Actor, edges: [&str; 2], select: &str) -> Vec<Json> {
    let current = current(actor, edges, &format!("months {{ month {select} }}")).await;
    current["months"].as_array().unwrap().clone()
}

/// The months of a period as `2024-03: figure`.
async fn counted_months(actor: &Actor, edges: [&str; 2], select: &str, pointer: &str) -> Vec<String> {
    let line = |month: Json| format!("{}: {}", &month["month"].as_str().unwrap()[..7], month.pointer(pointer).unwrap());
    months(actor, edges, select).await.into_iter().map(line).collect()
}

#[apply(each_database)]
async fn a_load_counts_as_revenue_in_the_month_of_its_last_invoice_in_the_tenants_zone(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let load = create_load(&admin, "2024-02-20T12:00:00Z", json!({ "charges": charge("100", "USD") })).await;
    let spring = ["2024-02-01T06:00:00Z", "2024-06-01T05:00:00Z"];
    let revenue = async || counted_months(&admin, spring, "revenue { amount { amount } }", "/revenue").await.join("\n");
    assert!(!revenue().await.contains("100"), "a load that is not invoiced is no revenue");
    invoice_load(&admin, &load, "2024-04-01T03:30:00Z").await;
    let found = revenue().await;
    assert_snapshot!(found, @r#"
        2024-02: []
        2024-03: [{"amount":{"amount":"100"}}]
        2024-04: []
        2024-05: []
        "#);
    // An invoice that is withdrawn is none, and a later one counts in its own month.
    admin.mutate("loadUninvoice", json!({ "id": load }), "").await;
    assert!(!revenue().await.contains("100"));
    admin.mutate("loadInvoice", json!({ "id": load, "at": "2024-05-01T05:00:00Z" }), "").await;
    admin.mutate("loadPay", json!({ "id": load }), "").await;
    let found = revenue().await;
    assert_snapshot!(found, @r#"
        2024-02: []
        2024-03: []
        2024-04: []
        2024-05: [{"amount":{"amount":"100"}}]
        "#);
    admin.mutate("loadDelete", json!({ "id": load }), "").await;
    assert!(!revenue().await.contains("100"), "a deleted load does not count");
}

#[apply(each_database)]
async fn months_begin_where_the_clocks_of_the_zone_say_so(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    set_zone(&world, "Australia/Sydney").await;
    for at in ["2023-09-30T13:59:59Z", "2023-09-30T14:00:00Z", "2023-09-30T18:00:00Z", "2023-10-31T13:00:00Z"] {
        complete_service(&admin, at, json!({})).await;
    }
    let autumn = ["2023-08-31T14:00:00Z", "2023-11-30T13:00:00Z"];
    let sydney = counted_months(&admin, autumn, "services { completed }", "/services/completed").await;
    assert_eq!(sydney, ["2023-09: 1", "2023-10: 2", "2023-11: 1"]);
    // A day of 23 hours that begins at one o'clock.
    set_zone(&world, "America/Santiago").await;
    for at in ["2024-09-08T03:59:59.999999Z", "2024-09-08T04:00:00Z", "2024-09-09T02:59:59Z", "2024-09-09T03:00:00Z"] {
        complete_service(&admin, at, json!({})).await;
    }
    let day = current(&admin, ["2024-09-08T04:00:00Z", "2024-09-09T03:00:00Z"], "services { completed }").await;
    assert_eq!(day["services"]["completed"], 2);
}

#[apply(each_database)]
async fn currencies_are_never_added(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    for (amount, currency) in [("1000", "USD"), ("500", "EUR"), ("500", "USD"), ("2000", "JPY"), ("0.001", "KWD")] {
        let fields = json!({ "charge": { "amount": amount, "currency": currency } });
        complete_service(&admin, "2024-03-05T12:00:00Z", fields).await;
        let load = json!({ "charges": charge(amount, currency) });
        let load = create_load(&admin, "2024-03-05T12:00:00Z", load).await;
        invoice_load(&admin, &load, "2024-03-05T12:00:00Z").await;
    }
    complete_service(&admin, "2024-03-05T12:00:00Z", json!({})).await;
    let found = current(&admin, MARCH, "revenue { source count amount { amount currency } }").await;
    let line = |revenue: &Json| {
        let amount = &revenue["amount"];
        format!("{} {} {} of {}", revenue["source"], amount["amount"], amount["currency"], revenue["count"])
    };
    let lines: Vec<_> = found["revenue"].as_array().unwrap().iter().map(line).collect();
    assert_snapshot!(lines.join("\n"), @r#"
        "LOADS" "500" "EUR" of 1
        "LOADS" "2000" "JPY" of 1
        "LOADS" "0.001" "KWD" of 1
        "LOADS" "1500" "USD" of 2
        "SERVICE_RECORDS" "500" "EUR" of 1
        "SERVICE_RECORDS" "2000" "JPY" of 1
        "SERVICE_RECORDS" "0.001" "KWD" of 1
        "SERVICE_RECORDS" "1500" "USD" of 2
        "#);
}

#[apply(each_database)]
async fn sums_beyond_64_bits_are_exact(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    for (amount, currency) in [("9223372036854.77", "USD"), ("9223372036854", "JPY"), ("9223372036854.775", "KWD")] {
        for _ in 0..3 {
            let service = json!({ "charge": { "amount": amount, "currency": currency } });
            complete_service(&admin, "2024-03-05T12:00:00Z", service).await;
        }
    }
    let refund =
        create_load(&admin, "2024-03-05T12:00:00Z", json!({ "charges": charge("-9223372036854.77", "USD") })).await;
    invoice_load(&admin, &refund, "2024-03-05T12:00:00Z").await;
    let found = current(&admin, MARCH, "revenue { amount { amount currency } }").await;
    assert_snapshot!(found["revenue"].to_string(), @r#"
        [{"amount":{"amount":"-9223372036854.77","currency":"USD"}},{"amount":{"amount":"27670116110562","currency":"JPY"}},{"amount":{"amount":"27670116110564.325","currency":"KWD"}},{"amount":{"amount":"27670116110564.31","currency":"USD"}}]
        "#);
}

#[apply(each_database)]
async fn what_has_no_data_is_null_and_its_month_is_there(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    for score in [json!(5), json!(4), Json::Null] {
        complete_service(&admin, "2024-01-05T12:00:00Z", json!({ "satisfactionScore": score })).await;
    }
    for pickup in ["2024-01-10T12:00:00Z", "2024-03-10T12:00:00Z"] {
        let stops = json!([{ "type": "PICKUP", "windowStart": pickup, "windowEnd": pickup, "arrivedAt": pickup },
            { "type": "DELIVERY", "arrivedAt": pickup }]);
        create_load(&admin, pickup, json!({ "stops": stops })).await;
    }
    let quarter = ["2024-01-01T06:00:00Z", "2024-04-01T05:00:00Z"];
    let select = "services { completed perMonth } satisfaction { average count } loads { total } pickups { rate count }
        deliveries { rate leftOut } revenue { count } responseTime { average median percentile90 } utilization { rate }";
    let months: Vec<_> = months(&admin, quarter, select).await.iter().map(Json::to_string).collect();
    assert_snapshot!(months.join("\n"), @r#"
        {"deliveries":{"leftOut":1,"rate":null},"loads":{"total":1},"month":"2024-01-01","pickups":{"count":1,"rate":"100"},"responseTime":{"average":null,"median":null,"percentile90":null},"revenue":[],"satisfaction":{"average":"4.5","count":2},"services":{"completed":3,"perMonth":"3"},"utilization":{"rate":null}}
        {"deliveries":{"leftOut":0,"rate":null},"loads":{"total":0},"month":"2024-02-01","pickups":{"count":0,"rate":null},"responseTime":{"average":null,"median":null,"percentile90":null},"revenue":[],"satisfaction":{"average":null,"count":0},"services":{"completed":0,"perMonth":"0"},"utilization":{"rate":null}}
        {"deliveries":{"leftOut":1,"rate":null},"loads":{"total":1},"month":"2024-03-01","pickups":{"count":1,"rate":"100"},"responseTime":{"average":null,"median":null,"percentile90":null},"revenue":[],"satisfaction":{"average":null,"count":0},"services":{"completed":0,"perMonth":"0"},"utilization":{"rate":null}}
        "#);
    let whole =
        current(&admin, quarter, "services { perMonth } satisfaction { average count scores { score count } }").await;
    assert_snapshot!(whole.to_string(), @r#"
        {"satisfaction":{"average":"4.5","count":2,"scores":[{"count":0,"score":1},{"count":0,"score":2},{"count":0,"score":3},{"count":1,"score":4},{"count":1,"score":5}]},"services":{"perMonth":"1"}}
        "#);
}

#[apply(each_database)]
async fn cancelled_and_deleted_work_does_not_count(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let at = "2024-03-05T12:00:00Z";
    let fields = json!({ "status": "CANCELLED", "cancelReason": "Rain", "completedAt": null, "requestedAt": at, "startedAt": at,
        "charge": { "amount": "1" }, "satisfactionScore": 1 });
    complete_service(&admin, at, fields.clone()).await;
    let open = json!({ "status": "SCHEDULED", "cancelReason": null, "startedAt": null });
    complete_service(&admin, at, with(fields, open)).await;
    let deleted = complete_service(&admin, at, json!({ "satisfactionScore": 1, "charge": { "amount": "1" } })).await;
    admin.mutate("serviceRecordDelete", json!({ "id": deleted }), "").await;
    let stops = json!([{ "type": "PICKUP", "windowStart": at, "windowEnd": at, "arrivedAt": at },
        { "type": "DELIVERY", "windowStart": at, "windowEnd": at, "arrivedAt": at }]);
    let [cancelled, gone] = [
        create_load(&admin, at, json!({ "stops": stops, "charges": charge("1", "USD") })).await,
        create_load(&admin, at, json!({ "stops": stops, "charges": charge("1", "USD") })).await,
    ];
    admin.mutate("loadCancel", json!({ "id": cancelled, "reason": "Rain" }), "").await;
    admin.mutate("loadDelete", json!({ "id": gone }), "").await;
    let asset = json!({ "new": { "name": "Lift", "externalReference": "lift" } });
    let rental = rent(&admin, "acme", asset, "RENTED", [at, "2024-03-06T12:00:00Z"]).await;
    let select = "services { completed } responseTime { count leftOut } satisfaction { count } revenue { count }
        loads { total cancelled } pickups { count leftOut } deliveries { count leftOut } utilization { assets }";
    let found = current(&admin, MARCH, select).await;
    assert_snapshot!(found.to_string(), @r#"
        {"deliveries":{"count":0,"leftOut":0},"loads":{"cancelled":1,"total":0},"pickups":{"count":0,"leftOut":0},"responseTime":{"count":0,"leftOut":0},"revenue":[],"satisfaction":{"count":0},"services":{"completed":0},"utilization":{"assets":1}}
        "#);
    admin.mutate("customerAssetDelete", json!({ "id": rental }), "").await;
    assert_eq!(current(&admin, MARCH, select).await["utilization"]["assets"], 0);
    admin.mutate("customerAssetRestore", json!({ "id": rental }), "").await;
    admin.mutate("assetDelete", json!({ "id": "lift" }), "").await;
    assert_eq!(current(&admin, MARCH, select).await["utilization"]["assets"], 0);
}

#[apply(each_database)]
async fn the_percentiles_of_response_times_are_interpolated(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let started = "2024-03-05T12:00:00Z";
    for requested in ["11:50:00", "11:59:00", "11:57:00", "11:58:00", "12:00:00.000001"] {
        let fields = json!({ "startedAt": started, "requestedAt": format!("2024-03-05T{requested}Z") });
        complete_service(&admin, "2024-03-05T13:00:00Z", fields).await;
    }
    complete_service(&admin, "2024-03-05T13:00:00Z", json!({ "startedAt": started })).await;
    let select = "responseTime { count leftOut average median percentile90 }";
    let found = current(&admin, MARCH, select).await;
    assert_snapshot!(found["responseTime"].to_string(), @r#"
        {"average":"240","count":4,"leftOut":2,"median":"150","percentile90":"474"}
        "#);
}

#[apply(each_database)]
async fn an_arrival_is_late_by_a_microsecond(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    let end = "2024-03-05T12:00:00";
    for arrived in ["", ".000001", ".1", ".000"] {
        let stop = |stop_type: &str, end: &str, arrived: &str| json!({ "type": stop_type, "windowEnd": format!("{end}Z"), "arrivedAt": format!("{arrived}Z") });
        let pickup = stop("PICKUP", end, &format!("{end}{arrived}"));
        // The other way round: a window that ends a little later than a whole second.
        let delivery = stop("DELIVERY", &format!("{end}{arrived}"), end);
        create_load(&admin, "2024-03-05T11:00:00Z", json!({ "stops": [pickup, delivery] })).await;
    }
    let found = current(&admin, MARCH, "pickups { count onTime rate } deliveries { count onTime rate }").await;
    assert_eq!(found["pickups"], json!({ "count": 4, "onTime": 2, "rate": "50" }));
    assert_eq!(found["deliveries"], json!({ "count": 4, "onTime": 4, "rate": "100" }));
}

#[apply(each_database)]
async fn assets_are_out_for_the_part_of_their_rentals_in_the_period(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    set_zone(&world, "UTC").await;
    let june = ["2024-06-01T00:00:00Z", "2024-07-01T00:00:00Z"];
    let utilization = async |edges: [&str; 2]| {
        let found = current(&admin, edges, "utilization { assets rate }").await["utilization"].clone();
        format!("{} of {}", found["rate"], found["assets"])
    };
    let rent = async |asset: Json, from: &str, returned: &str, relationship: &str| {
        let [from, returned] =
            [from, returned].map(|day| if day.is_empty() { String::new() } else { format!("2024-{day}T00:00:00Z") });
        rent(&admin, "acme", asset, relationship, [&from, &returned]).await;
    };
    let lift = json!({ "new": { "name": "Lift", "externalReference": "lift" } });
    rent(lift, "05-28", "06-03", "RENTED").await;
    rent(json!({ "existing": "lift" }), "06-20", "", "LEASED").await;
    assert_eq!(utilization(june).await, "\"43.33\" of 1");
    assert_eq!(utilization(["2024-06-01T00:00:00Z", "2024-06-25T00:00:00Z"]).await, "\"29.17\" of 1");
    // What a customer owns is no use, and no asset of the fleet.
    let owned = json!({ "new": { "name": "Boiler" } });
    rent(owned, "06-01", "", "OWNED").await;
    rent(json!({ "existing": "lift" }), "06-10", "", "UNDER_SERVICE").await;
    assert_eq!(utilization(june).await, "\"43.33\" of 1");
    // 13 of 30 days and 11 of 15.
    let bought = json!({ "new": { "name": "Saw", "externalReference": "saw", "installDate": "2024-06-16" } });
    rent(bought, "06-20", "07-01", "RENTED").await;
    assert_eq!(utilization(june).await, "\"53.33\" of 2");
    assert_eq!(utilization(["2024-06-16T00:00:00Z", "2024-07-01T00:00:00Z"]).await, "\"73.33\" of 2");
    // An asset counts before its purchase as little as before its first rental, and after its last one if it is retired.
    assert_eq!(utilization(["2024-06-10T00:00:00Z", "2024-06-12T00:00:00Z"]).await, "\"0\" of 1");
    assert_eq!(utilization(["2024-05-01T00:00:00Z", "2024-05-28T00:00:00Z"]).await, "null of 0");
    assert_eq!(utilization(["2024-07-01T00:00:00Z", "2024-08-01T00:00:00Z"]).await, "\"50\" of 2");
    admin.mutate("assetUpdate", json!({ "id": "saw", "status": "RETIRED" }), "").await;
    assert_eq!(utilization(["2024-07-01T00:00:00Z", "2024-08-01T00:00:00Z"]).await, "\"100\" of 1");
    assert_eq!(utilization(june).await, "\"53.33\" of 2");
    // A customer has the use of what it rents, in the months in which it has it.
    let query = format!(
        "{{ customers(orderBy: [{{ field: NAME }}]) {{ nodes {{ name analytics(from: \"{}\", until: \"{}\") {{
            current {{ utilization {{ assets rate }} months {{ utilization {{ assets rate }} }} }} }} }} }} }}",
        "2024-05-01T00:00:00Z", june[1]
    );
    let customers = admin.execute(&query.replace("{ field: NAME }", "{ name: ASC }")).await;
    assert_snapshot!(customers.data()["customers"]["nodes"].to_string(), @r#"
        [{"analytics":{"current":{"months":[{"utilization":{"assets":1,"rate":"12.9"}},{"utilization":{"assets":2,"rate":"53.33"}}],"utilization":{"assets":2,"rate":"36.84"}}},"name":"acme"},{"analytics":{"current":{"months":[{"utilization":{"assets":0,"rate":null}},{"utilization":{"assets":0,"rate":null}}],"utilization":{"assets":0,"rate":null}}},"name":"bolt"}]
        "#);
}

//! Analytics, through the schema: who sees them, what they cost, and which periods are refused; `figure` has the figures of
//! known rows, `comparison` the periods, and `model` compares random rows with a plain evaluation.

mod comparison;
mod figure;
mod model;
mod random_rows;

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, JsonResponse, World, assert_snapshot, each_database};

/// Every figure.
const FIGURES: &str = "services { completed perMonth } responseTime { count leftOut average median percentile90 }
    satisfaction { count average scores { score count } } revenue { source amount { amount currency } count }
    loads { total cancelled byStatus { status count } } pickups { count onTime leftOut rate }
    deliveries { count onTime leftOut rate } utilization { assets rate }";

/// Every change.
const CHANGES: &str = "completedServices averageResponseTime medianResponseTime averageSatisfaction
    revenue { source currency change } loads pickupRate deliveryRate utilizationRate";

/// The customers `acme` and `bolt`.
async fn create_customers(actor: &Actor) {
    for reference in ["acme", "bolt"] {
        let customer = json!({ "name": reference, "type": "COMMERCIAL", "externalReference": reference });
        actor.mutate("customerCreate", customer, "").await;
    }
}

/// An object with the fields of another one besides its own.
fn with(mut fields: Json, more: Json) -> Json {
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields
}

/// Creates a service record of `acme`, completed at a time, and gives its id.
async fn complete_service(actor: &Actor, at: &str, fields: Json) -> Json {
    let input = json!({ "customer": "acme", "serviceType": "Repair", "serviceDate": at, "status": "COMPLETED",
        "completedAt": at });
    actor.mutate("serviceRecordCreate", with(input, fields), "id").await["id"].clone()
}

/// Creates a load of `acme` with its first pickup and last delivery on a day, and gives its id.
async fn create_load(actor: &Actor, pickup: &str, fields: Json) -> Json {
    let stops = json!([{ "type": "PICKUP", "windowStart": pickup }, { "type": "DELIVERY", "windowStart": pickup }]);
    let input = json!({ "customer": "acme", "stops": stops });
    actor.mutate("loadCreate", with(input, fields), "id").await["id"].clone()
}

/// Takes a load with charges to its invoice at a time.
async fn invoice_load(actor: &Actor, load: &Json, at: &str) {
    for (step, fields) in [
        ("loadSchedule", json!({})),
        ("loadDispatch", json!({ "driver": "d1" })),
        ("loadStart", json!({})),
        ("loadComplete", json!({})),
        ("loadInvoice", json!({ "at": at })),
    ] {
        actor.mutate(step, with(json!({ "id": load }), fields), "").await;
    }
}

/// Assigns an asset to a customer from one time to another, or for good if the other is empty, and gives the assignment's id.
async fn rent(actor: &Actor, customer: &str, asset: Json, relationship: &str, [from, returned]: [&str; 2]) -> Json {
    let rental = json!({ "customer": customer, "asset": asset, "relationship": relationship, "from": from });
    let id = actor.mutate("customerAssetAssign", rental, "id").await["id"].clone();
    if !returned.is_empty() {
        actor.mutate("customerAssetReturn", json!({ "id": id, "at": returned }), "").await;
    }
    id
}

/// A charge of an amount.
fn charge(amount: &str, currency: &str) -> Json {
    json!([{ "type": "LINEHAUL", "unitAmount": amount, "currency": currency }])
}

/// Asks for the tenant's analytics of a period.
async fn ask(actor: &Actor, [from, until]: [&str; 2], select: &str) -> JsonResponse {
    actor.execute(&format!("{{ analytics(from: \"{from}\", until: \"{until}\") {{ {select} }} }}")).await
}

/// The figures of a period.
async fn current(actor: &Actor, edges: [&str; 2], select: &str) -> Json {
    ask(actor, edges, &format!("current {{ {select} }}")).await.data()["analytics"]["current"].clone()
}

const MARCH: [&str; 2] = ["2024-03-01T06:00:00Z", "2024-04-01T05:00:00Z"];

/// One of everything in March 2024.
async fn create_one_of_each(actor: &Actor) {
    let at = "2024-03-05T12:00:00Z";
    complete_service(
        actor,
        at,
        json!({ "satisfactionScore": 4, "charge": { "amount": "80" }, "startedAt": "2024-03-05T11:00:00Z",
        "requestedAt": "2024-03-05T10:00:00Z" }),
    )
    .await;
    let stops = json!([{ "type": "PICKUP", "windowStart": at, "windowEnd": at, "arrivedAt": at },
        { "type": "DELIVERY", "windowStart": at, "windowEnd": at, "arrivedAt": "2024-03-05T13:00:00Z" }]);
    let load = create_load(actor, at, json!({ "stops": stops, "charges": charge("500", "USD") })).await;
    invoice_load(actor, &load, at).await;
    let asset = json!({ "new": { "name": "Lift" } });
    rent(actor, "acme", asset, "RENTED", ["2024-03-01T06:00:00Z", "2024-03-16T17:30:00Z"]).await;
}

#[apply(each_database)]
async fn every_figure_of_a_period_and_of_a_month_is_the_same(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    create_customers(&manager).await;
    create_one_of_each(&manager).await;
    let month =
        current(&manager, MARCH, &format!("from until {FIGURES} months {{ month from until {FIGURES} }}")).await;
    let whole = with(month.clone(), json!({ "months": Json::Null, "month": "2024-03-01" }));
    assert_eq!(with(month["months"][0].clone(), json!({ "months": Json::Null })), whole);
    assert_eq!(month["months"].as_array().unwrap().len(), 1);
    assert_snapshot!(serde_json::to_string(&month["months"][0]).unwrap(), @r#"
        {"deliveries":{"count":1,"leftOut":0,"onTime":0,"rate":"0"},"from":"2024-03-01T06:00:00Z","loads":{"byStatus":[{"count":0,"status":"NEW"},{"count":0,"status":"SCHEDULED"},{"count":0,"status":"DISPATCHED"},{"count":0,"status":"IN_PROGRESS"},{"count":0,"status":"COMPLETED"},{"count":1,"status":"INVOICED"},{"count":0,"status":"PAID"}],"cancelled":0,"total":1},"month":"2024-03-01","pickups":{"count":1,"leftOut":0,"onTime":1,"rate":"100"},"responseTime":{"average":"3600","count":1,"leftOut":0,"median":"3600","percentile90":"3600"},"revenue":[{"amount":{"amount":"500","currency":"USD"},"count":1,"source":"LOADS"},{"amount":{"amount":"80","currency":"USD"},"count":1,"source":"SERVICE_RECORDS"}],"satisfaction":{"average":"4","count":1,"scores":[{"count":0,"score":1},{"count":0,"score":2},{"count":0,"score":3},{"count":1,"score":4},{"count":0,"score":5}]},"services":{"completed":1,"perMonth":"1"},"until":"2024-04-01T05:00:00Z","utilization":{"assets":1,"rate":"50"}}
        "#);
    let nobody = manager
        .execute(&format!(
            "{{ customer(ref: \"bolt\") {{ analytics(from: \"{}\", until: \"{}\") {{ current {{ {FIGURES} }} }} }} }}",
            MARCH[0], MARCH[1]
        ))
        .await;
    assert_snapshot!(serde_json::to_string(&nobody.data()["customer"]["analytics"]["current"]).unwrap(), @r#"
        {"deliveries":{"count":0,"leftOut":0,"onTime":0,"rate":null},"loads":{"byStatus":[{"count":0,"status":"NEW"},{"count":0,"status":"SCHEDULED"},{"count":0,"status":"DISPATCHED"},{"count":0,"status":"IN_PROGRESS"},{"count":0,"status":"COMPLETED"},{"count":0,"status":"INVOICED"},{"count":0,"status":"PAID"}],"cancelled":0,"total":0},"pickups":{"count":0,"leftOut":0,"onTime":0,"rate":null},"responseTime":{"average":null,"count":0,"leftOut":0,"median":null,"percentile90":null},"revenue":[],"satisfaction":{"average":null,"count":0,"scores":[{"count":0,"score":1},{"count":0,"score":2},{"count":0,"score":3},{"count":0,"score":4},{"count":0,"score":5}]},"services":{"completed":0,"perMonth":"0"},"utilization":{"assets":0,"rate":null}}
        "#);
}

#[apply(each_database)]
async fn a_figure_takes_one_statement_for_all_customers_months_and_periods(database: DatabaseKind) {
    let world = World::builder(database).http(|http| http.limits.page_size = 1_000).build().await;
    let admin = world.admin();
    create_customers(&admin).await;
    create_one_of_each(&admin).await;
    let customers = vec![json!({ "name": "Many", "type": "COMMERCIAL" }); 100];
    let create =
        "mutation($inputs: [CustomerCreateInput!]!) { customerCreateMany(inputs: $inputs) { customer { id } } }";
    for _ in 0..10 {
        admin.execute_with(create, json!({ "inputs": customers })).await.data();
    }
    let analytics = |select: &str| {
        format!("analytics(from: \"{}\", until: \"{}\", compareTo: PREVIOUS_PERIOD) {{ {select} }}", MARCH[0], MARCH[1])
    };
    let both = |figures: &str| format!("current {{ {figures} months {{ {figures} }} }} previous {{ {figures} }}");
    let all = format!("{} change {{ {CHANGES} }}", both(FIGURES));
    let mut statements = Vec::new();
    for select in [
        "current { from until }".to_owned(),
        both("services { completed } satisfaction { average }"),
        both("responseTime { median }"),
        both("revenue { count }"),
        both("loads { total }"),
        both("pickups { rate } deliveries { rate }"),
        both("utilization { rate }"),
        all,
    ] {
        let tenant = admin.execute(&format!("{{ {} }}", analytics(&select))).await.statements();
        let list = |first: u32| format!("{{ customers(first: {first}) {{ nodes {{ {} }} }} }}", analytics(&select));
        let one = admin.execute(&list(1)).await.statements();
        assert_eq!(admin.execute(&list(1_000)).await.statements(), one, "{select}");
        statements.push((tenant, one - 1));
    }
    assert_eq!(statements, [(0, 0), (1, 1), (1, 1), (2, 2), (1, 1), (1, 1), (1, 1), (6, 6)]);
}

#[apply(each_database)]
async fn a_figure_needs_the_permission_to_read_its_rows(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    create_customers(&manager).await;
    create_one_of_each(&manager).await;
    let select =
        "current { services { completed } revenue { count } loads { total } pickups { count } utilization { assets } }
        change { completedServices loads }";
    let document = format!(
        "{{ analytics(from: \"{}\", until: \"{}\", compareTo: PREVIOUS_PERIOD) {{ {select} }}
            customers {{ nodes {{ analytics(from: \"{}\", until: \"{}\") {{ current {{ loads {{ total }} }} }} }} }} }}",
        MARCH[0], MARCH[1], MARCH[0], MARCH[1]
    );
    assert_eq!(world.viewer().execute(&document).await.data()["analytics"]["current"]["loads"]["total"], 1);
    let technician = world.actor(Role::Technician).execute(&document).await;
    let errors: Vec<_> =
        technician.at("/errors").as_array().unwrap().iter().map(|error| error["path"].to_string()).collect();
    assert_snapshot!(errors.join("\n"), @r#"
        ["analytics","current","revenue"]
        ["analytics","current","loads"]
        ["analytics","current","pickups"]
        ["analytics","change","loads"]
        ["customers","nodes",0,"analytics","current","loads"]
        "#);
    assert!(technician.error_codes().iter().all(|code| *code == "FORBIDDEN"), "{technician}");
    // A technician sees the figures of their own work.
    assert_eq!(*technician.at("/data/analytics/current/services/completed"), 0);
    assert_eq!(*technician.at("/data/analytics/current/utilization/assets"), 1);
    complete_service(&manager, "2024-03-06T12:00:00Z", json!({ "technician": "TECHNICIAN" })).await;
    let own = world.actor(Role::Technician).execute(&document).await;
    assert_eq!(*own.at("/data/analytics/current/services/completed"), 1);
    let scopes = ["load:read".to_owned()];
    let scoped = world.user(&[Role::Manager]).scopes(&scopes).actor().execute(&document).await;
    assert_eq!(*scoped.at("/data/analytics/current/loads/total"), 1);
    assert_eq!(*scoped.at("/data/analytics/current/utilization"), Json::Null);
}

#[apply(each_database)]
async fn another_tenant_has_figures_of_its_own(database: DatabaseKind) {
    let world = World::new(database).await;
    let (manager, other) = (world.actor(Role::Manager), world.other_admin());
    create_customers(&manager).await;
    create_one_of_each(&manager).await;
    let empty = current(&other, MARCH, FIGURES).await;
    create_customers(&other).await;
    assert_eq!(empty, current(&other, MARCH, FIGURES).await);
    assert_eq!(
        (&empty["loads"]["total"], &empty["revenue"], &empty["utilization"]["assets"]),
        (&json!(0), &json!([]), &json!(0))
    );
    let id = manager.execute("{ customer(ref: \"acme\") { id } }").await.text("/data/customer/id").to_owned();
    let foreign = format!(
        "{{ node(id: \"{id}\") {{ ... on Customer {{ analytics(from: \"{}\", until: \"{}\") {{ timeZone }} }} }} }}",
        MARCH[0], MARCH[1]
    );
    assert_eq!(other.execute(&foreign).await.data()["node"], Json::Null);
    assert_eq!(manager.execute(&foreign).await.data()["node"]["analytics"]["timeZone"], "America/Chicago");
}

#[apply(each_database)]
async fn a_period_that_is_none_or_too_long_is_refused(database: DatabaseKind) {
    let world = World::new(database).await;
    let manager = world.actor(Role::Manager);
    let mut messages = Vec::new();
    for edges in [
        ["2024-04-01T05:00:00Z", "2024-03-01T06:00:00Z"],
        ["2024-04-01T05:00:00Z", "2024-04-01T05:00:00Z"],
        ["0001-01-01T00:00:00Z", "0001-02-01T00:00:00Z"],
        ["0001-01-02T00:00:00Z", "9999-12-31T23:59:59.999999Z"],
        ["2014-03-01T06:00:00Z", "2024-03-01T06:00:00.000001Z"],
    ] {
        let refused = ask(&manager, edges, "timeZone").await;
        assert_eq!(refused.error_codes(), ["BAD_INPUT"]);
        messages.push(refused.text("/errors/0/message").to_owned());
    }
    assert_snapshot!(messages.join("\n"), @r#"
        until (2024-03-01 06:00:00 UTC) is not later than from (2024-04-01 05:00:00 UTC).
        until (2024-04-01 05:00:00 UTC) is not later than from (2024-04-01 05:00:00 UTC).
        from (0001-01-01 00:00:00 UTC) is before the year 1 in America/Chicago.
        from and until span 119988 calendar months, but at most 120 are analysed.
        from and until span 121 calendar months, but at most 120 are analysed.
        "#);
    // At the limit, and at the end of the calendar.
    for edges in
        [["2014-03-01T06:00:00Z", "2024-03-01T06:00:00Z"], ["9990-01-01T06:00:00Z", "9999-12-31T23:59:59.999999Z"]]
    {
        let months = current(&manager, edges, "from until months { month }").await;
        let count = if edges[0].starts_with("2014") { 120 } else { 0 };
        assert_eq!(months["months"].as_array().unwrap().len(), count, "{months}");
    }
    let first =
        ask(&manager, ["0001-01-02T00:00:00Z", "0001-02-01T00:00:00Z"], &format!("current {{ {FIGURES} }}")).await;
    assert_eq!(first.data()["analytics"]["current"]["loads"]["total"], 0);
}

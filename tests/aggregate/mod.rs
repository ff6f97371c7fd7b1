//! The aggregates of lists, through the schema: groups, figures, orders, refusals and costs; `calendar` has the buckets, `model`
//! compares random rows with a plain evaluation, and `walk` groups every list by every field.

mod calendar;
mod model;
mod walk;

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database};

/// The customers `acme` and `bolt`.
async fn create_customers(actor: &Actor) {
    for reference in ["acme", "bolt"] {
        let customer = json!({ "name": reference, "type": "COMMERCIAL", "externalReference": reference });
        actor.mutate("customerCreate", customer, "").await;
    }
}

/// Creates a load of a customer with the other fields.
async fn create_load(actor: &Actor, customer: &str, fields: Json) {
    let pickup = json!({ "type": "PICKUP", "windowStart": fields["scheduledPickup"] });
    let mut input = json!({ "customer": customer });
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    input.as_object_mut().unwrap().retain(|name, value| name != "scheduledPickup" && !value.is_null());
    input["stops"] = json!([pickup, { "type": "DELIVERY" }]);
    actor.mutate("loadCreate", input, "").await;
}

fn charge(amount: &str, currency: &str) -> Json {
    json!([{ "type": "LINEHAUL", "unitAmount": amount, "currency": currency }])
}

/// The aggregate of a list, and a line for each of its groups: keys, count, figures.
async fn groups(actor: &Actor, list: &str, arguments: &str) -> String {
    let query = format!(
        "{{ {list} {{ aggregate({arguments}) {{ groupCount groups {{ keys {{ value }} count
            figures {{ number money {{ amount currency }} time date }} }} }} }} }}"
    );
    let response = actor.execute(&query).await;
    let name = list.split('(').next().unwrap();
    lines(&response.data()[name]["aggregate"])
}

fn lines(aggregate: &Json) -> String {
    let figure = |figure: &Json| {
        let money = figure["money"].as_array().map(|amounts| {
            let amounts =
                amounts.iter().map(|money| format!("{} {}", text(&money["amount"]), text(&money["currency"])));
            format!("[{}]", amounts.collect::<Vec<_>>().join(", "))
        });
        let own = ["number", "time", "date"].map(|name| &figure[name]);
        money.unwrap_or_else(|| own.into_iter().find(|value| !value.is_null()).map_or("null".to_owned(), text))
    };
    let group = |group: &Json| {
        let keys = group["keys"].as_array().unwrap().iter().map(|key| text(&key["value"]));
        let figures = group["figures"].as_array().unwrap().iter().map(figure);
        let parts = keys.chain([format!("x{}", group["count"])]).chain(figures);
        parts.collect::<Vec<_>>().join(" | ")
    };
    let groups = aggregate["groups"].as_array().unwrap_or_else(|| panic!("{aggregate}"));
    let all = groups.iter().map(group).chain([format!("of {}", aggregate["groupCount"])]);
    all.collect::<Vec<_>>().join("\n")
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Four loads of `acme` and one of `bolt`.
async fn create_loads(admin: &Actor) {
    create_customers(admin).await;
    for (customer, fields) in [
        (
            "acme",
            json!({ "equipmentType": "Reefer", "loadDetails": { "weight": "10.5", "weightUnit": "LB" },
            "charges": charge("100.10", "USD") }),
        ),
        (
            "acme",
            json!({ "equipmentType": " REEFER", "loadDetails": { "weight": "4.5", "weightUnit": "LB" },
            "charges": charge("1500", "USD") }),
        ),
        ("acme", json!({ "equipmentType": "Van", "charges": charge("500.25", "EUR") })),
        ("acme", json!({ "loadDetails": { "weight": "1", "weightUnit": "LB" }, "charges": charge("2000", "JPY") })),
        ("bolt", json!({ "equipmentType": "Van", "scheduledPickup": "2024-03-01T12:00:00Z" })),
    ] {
        create_load(admin, customer, fields).await;
    }
}

#[apply(each_database)]
async fn a_list_has_figures_of_all_its_records(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_loads(&admin).await;
    let figures = "figures: [{ function: SUM, field: WEIGHT }, { function: AVERAGE, field: WEIGHT },
        { function: MINIMUM, field: WEIGHT }, { function: MAXIMUM, field: WEIGHT }, { function: DISTINCT, field: EQUIPMENT_TYPE },
        { function: DISTINCT, field: CUSTOMER }, { function: MAXIMUM, field: SCHEDULED_PICKUP },
        { function: SUM, field: CHARGE }, { function: AVERAGE, field: CHARGE }, { function: MINIMUM, field: CHARGE },
        { function: DISTINCT, field: CHARGE }]";
    let all = groups(&admin, "loads", figures).await;
    assert_snapshot!(all, @r#"
        x5 | 16 | 5.333333 | 1 | 10.5 | 2 | 2 | 2024-03-01T12:00:00Z | [500.25 EUR, 2000 JPY, 1600.1 USD] | [500.25 EUR, 2000 JPY, 800.05 USD] | [500.25 EUR, 2000 JPY, 100.1 USD] | 4
        of 1
        "#);
    // The condition of the list is that of its groups, and its order and its page have none on them.
    let of_bolt = "loads(first: 1, where: { customer: { type: { eq: COMMERCIAL } }, weight: { isNull: false } }, orderBy: { number: DESC })";
    let found = groups(&admin, of_bolt, figures).await;
    assert_snapshot!(found, @r#"
        x3 | 16 | 5.333333 | 1 | 10.5 | 1 | 1 | null | [2000 JPY, 1600.1 USD] | [2000 JPY, 800.05 USD] | [2000 JPY, 100.1 USD] | 3
        of 1
        "#);
    let none = "loads(where: { number: { eq: \"none\" } })";
    let found = groups(&admin, none, figures).await;
    assert_snapshot!(found, @r#"
        x0 | null | null | null | null | 0 | 0 | null | [] | [] | [] | 0
        of 1
        "#);
    let found = groups(&admin, none, "groupBy: { field: STATUS }").await;
    assert_snapshot!(found, @r#"
        of 0
        "#);
}

#[apply(each_database)]
async fn records_are_grouped_by_enums_texts_currencies_references_and_custom_fields(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_loads(&admin).await;
    for (key, kind, settings) in [
        (
            "colour",
            "DROPDOWN",
            json!({ "options": [{ "key": "red", "title": "Red" }, { "key": "blue", "title": "Blue" }] }),
        ),
        ("hours", "NUMBER", json!({})),
        ("bonus", "MONETARY", json!({ "currency": "EUR" })),
    ] {
        let mut input = json!({ "ownerType": "LOAD", "key": key, "type": kind, "title": key });
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        admin.mutate("customFieldDefinitionCreate", input, "").await;
    }
    // Two sums that SQLite refuses to add up in one integer.
    for colour in ["red", "red", "blue"] {
        let values = json!([{ "key": "colour", "value": colour }, { "key": "hours", "value": "9000000000000" },
            { "key": "bonus", "value": { "amount": "2.50", "currency": "EUR" } }]);
        create_load(&admin, "bolt", json!({ "customFields": values })).await;
    }
    let by_equipment = "groupBy: { field: EQUIPMENT_TYPE }, figures: { function: SUM, field: CHARGE }";
    let found = groups(&admin, "loads", by_equipment).await;
    assert_snapshot!(found, @r#"
        REEFER | x2 | [1600.1 USD]
        Van | x2 | [500.25 EUR]
        null | x4 | [2000 JPY]
        of 3
        "#);
    let by_currency = "groupBy: [{ field: STATUS }, { field: CHARGE }], figures: { function: SUM, field: CHARGE },
        orderBy: { by: FIGURE, direction: DESC }";
    let found = groups(&admin, "loads", by_currency).await;
    assert_snapshot!(found, @r#"
        NEW | EUR | x1 | [500.25 EUR]
        NEW | JPY | x1 | [2000 JPY]
        NEW | USD | x2 | [1600.1 USD]
        NEW | null | x4 | []
        of 4
        "#);
    let by_colour = "groupBy: { customField: \"colour\" }, figures: [{ function: SUM, customField: \"hours\" },
        { function: AVERAGE, customField: \"bonus\" }], orderBy: { by: COUNT, direction: DESC }";
    let found = groups(&admin, "loads", by_colour).await;
    assert_snapshot!(found, @r#"
        null | x5 | null | []
        red | x2 | 18000000000000 | [2.5 EUR]
        blue | x1 | 9000000000000 | [2.5 EUR]
        of 3
        "#);
    let by_customer = "{ loads { aggregate(groupBy: { field: CUSTOMER }) { groups { count keys { id value } } } } }";
    let by_customer = admin.execute(by_customer).await;
    let groups = by_customer.at("/data/loads/aggregate/groups").as_array().unwrap().iter();
    let customers: Vec<_> = groups.map(|group| (&group["count"], &group["keys"][0])).collect();
    for (count, key) in &customers {
        assert_eq!((*count, &key["id"]), (&json!(4), &key["value"]));
    }
    let ids: Vec<_> = customers.iter().map(|(_, key)| &key["id"]).collect();
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { externalReference } } }";
    let nodes = admin.execute_with(nodes, json!({ "ids": ids })).await;
    let names: Vec<_> = (0..2).map(|index| nodes.text(&format!("/data/nodes/{index}/externalReference"))).collect();
    assert_eq!(names, ["acme", "bolt"]);
}

/// A condition on the references of a load joins nothing.
#[apply(each_database)]
async fn a_condition_on_related_records_multiplies_none(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    for _ in 0..2 {
        let references = json!(["PO-1", "PO-2"].map(|value| json!({ "type": "PO", "value": value })));
        create_load(&admin, "acme", json!({ "references": references, "charges": charge("100", "USD") })).await;
    }
    let list = "loads(where: { references: { some: { type: { eq: PO } } } })";
    let found = groups(&admin, list, "figures: { function: SUM, field: CHARGE }").await;
    assert_snapshot!(found, @r#"
        x2 | [200 USD]
        of 1
        "#);
}

#[apply(each_database)]
async fn groups_are_cut_after_they_are_ordered(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    for number in 0..12 {
        let weight = (number * 7) % 12;
        let fields = json!({ "driver": format!("d{number:02}"), "loadDetails": { "weight": weight.to_string(), "weightUnit": "LB" } });
        create_load(&admin, "acme", fields).await;
    }
    let heaviest = "groupBy: { field: DRIVER }, figures: { function: SUM, field: WEIGHT }, first: 3,
        orderBy: { by: FIGURE, direction: DESC }";
    let found = groups(&admin, "loads", heaviest).await;
    assert_snapshot!(found, @r#"
        d05 | x1 | 11
        d10 | x1 | 10
        d03 | x1 | 9
        of 12
        "#);
    let last = "groupBy: { field: DRIVER }, first: 2, orderBy: { by: KEY, direction: DESC }";
    let found = groups(&admin, "loads", last).await;
    assert_snapshot!(found, @r#"
        d11 | x1
        d10 | x1
        of 12
        "#);
    let found = groups(&admin, "loads", "groupBy: { field: DRIVER }, first: 0").await;
    assert_snapshot!(found, @"of 12");
}

#[apply(each_database)]
async fn the_lists_of_many_records_share_their_statements(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_loads(&admin).await;
    let query = |first: usize| {
        format!(
            "{{ customers(first: {first}, orderBy: {{ createdAt: ASC }}) {{ nodes {{ externalReference loads {{
                aggregate(groupBy: {{ field: SCHEDULED_PICKUP, bucket: MONTH }}, figures: [{{ function: SUM, field: CHARGE }},
                    {{ function: SUM, field: WEIGHT }}]) {{ groupCount groups {{ keys {{ value }} count
                    figures {{ number money {{ amount currency }} }} }} }} }} }} }} }}"
        )
    };
    let one = admin.execute(&query(1)).await;
    let both = admin.execute(&query(2)).await;
    assert_eq!((one.statements(), both.statements()), (4, 4), "customers, range, groups, amounts by currency");
    let of_customer = |index: usize| lines(both.at(&format!("/data/customers/nodes/{index}/loads/aggregate")));
    assert_snapshot!(of_customer(0), @r#"
        null | x4 | [500.25 EUR, 2000 JPY, 1600.1 USD] | 16
        of 1
        "#);
    assert_snapshot!(of_customer(1), @r#"
        2024-03-01 | x1 | [] | null
        of 1
        "#);
    // An edge through a link table.
    let visit = json!({ "customer": "acme", "serviceType": "Repair", "serviceDate": "2024-03-01T00:00:00Z" });
    admin.mutate("serviceRecordCreate", visit, "").await;
    let through = "{ customers { nodes { serviceRecords { aggregate(groupBy: { field: SERVICE_TYPE }) { groupCount
        groups { keys { value } count figures { number } } } } } } }";
    let through = admin.execute(through).await;
    assert_eq!(lines(through.at("/data/customers/nodes/0/serviceRecords/aggregate")), "Repair | x1\nof 1");
}

#[apply(each_database)]
async fn what_cannot_be_aggregated_is_refused_with_the_reason(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_loads(&admin).await;
    for (key, kind, settings) in [("secret", "STRING", json!({ "sensitive": true })), ("notes", "JSON", json!({}))] {
        let mut input = json!({ "ownerType": "LOAD", "key": key, "type": kind, "title": key });
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        admin.mutate("customFieldDefinitionCreate", input, "").await;
    }
    let mut refusals = Vec::new();
    for (list, arguments) in [
        ("customers", "groupBy: { field: NAME }"),
        ("customers", "figures: { function: DISTINCT, field: EMAIL }"),
        ("customers", "groupBy: { field: TAGS }"),
        ("loads", "groupBy: { field: ID }"),
        ("loads", "groupBy: { field: SCHEDULED_PICKUP }"),
        ("loads", "groupBy: { field: STATUS, bucket: DAY }"),
        ("loads", "figures: { function: SUM, field: STATUS }"),
        ("loads", "figures: { function: SUM, field: SCHEDULED_PICKUP }"),
        ("loads", "figures: { function: SUM, customField: \"secret\" }"),
        ("loads", "groupBy: { customField: \"notes\" }"),
        ("loads", "groupBy: { customField: \"none\" }"),
        ("loads", "groupBy: {}"),
        ("loads", "groupBy: { field: STATUS, customField: \"notes\" }"),
        ("loads", "groupBy: [{ field: STATUS }, { field: DRIVER }, { field: TRUCK }, { field: TRAILER }]"),
        ("loads", "orderBy: { by: KEY }"),
        ("loads", "orderBy: { by: COUNT, position: -1 }"),
        ("loads", "first: 1001"),
        ("loads", "first: -1"),
        ("loads", "groupBy: { field: CUSTOMER }, figures: { function: SUM, field: CHARGE }, orderBy: { by: FIGURE }"),
        ("equipmentSchedules", "groupBy: { field: STATUS }"),
        ("changes", "groupBy: { customField: \"colour\" }"),
    ] {
        let response = admin.execute(&format!("{{ {list} {{ aggregate({arguments}) {{ groupCount }} }} }}")).await;
        refusals.push(format!("{} {}", response.error_codes().join(" "), response.text("/errors/0/message")));
    }
    assert_snapshot!(refusals.join("\n"), @r#"
        BAD_INPUT groupBy.0: NAME is encrypted: the database cannot compare it.
        BAD_INPUT figures.0: EMAIL is encrypted: the database cannot compare it.
        BAD_INPUT groupBy.0: TAGS is a list.
        BAD_INPUT groupBy.0: ID is different in each record.
        BAD_INPUT groupBy.0: SCHEDULED_PICKUP is a time; give a bucket.
        BAD_INPUT groupBy.0: STATUS is neither a time nor a date; leave out bucket.
        BAD_INPUT figures.0: STATUS has no such figure; it has DISTINCT.
        BAD_INPUT figures.0: SCHEDULED_PICKUP has no such figure; it has DISTINCT, MINIMUM and MAXIMUM.
        BAD_INPUT figures.0: secret is encrypted: the database cannot compare it.
        BAD_INPUT groupBy.0: notes is JSON.
        BAD_INPUT There is no custom field "none" here; the fields are: notes, secret.
        BAD_INPUT Give field or customField, exactly one of them.
        BAD_INPUT Give field or customField, exactly one of them.
        BAD_INPUT groupBy has at most 3 items; 4 were given.
        BAD_INPUT orderBy: position 0 is not in groupBy, which has 0 items.
        BAD_INPUT orderBy: position is at least 0.
        BAD_INPUT first is from 0 to 1000; 1001 was given.
        BAD_INPUT first is from 0 to 1000; -1 was given.
        BAD_INPUT orderBy: a group has amounts of EUR, JPY, USD, which have no order; group by the amount's currency, too, or narrow the list to one.
        BAD_INPUT groupBy.0: STATUS is computed of other fields.
        BAD_INPUT This type has no custom fields.
        "#);
}

#[apply(each_database)]
async fn groups_are_of_the_records_that_the_caller_may_read(database: DatabaseKind) {
    let world = World::new(database).await;
    let (admin, other) = (world.admin(), world.other_admin());
    create_loads(&admin).await;
    assert_eq!(groups(&other, "loads", "groupBy: { field: STATUS }").await, "of 0");
    // A technician has the service records that are assigned to them.
    for technician in [json!(["tech"]), json!([])] {
        let visit = json!({ "customer": "acme", "serviceType": "Repair", "serviceDate": "2026-01-01T00:00:00Z",
            "technicians": technician });
        admin.mutate("serviceRecordCreate", visit, "").await;
    }
    let technician = world.user(&[Role::Technician]).subject("tech").actor();
    assert_eq!(groups(&technician, "serviceRecords", "groupBy: { field: SERVICE_TYPE }").await, "Repair | x1\nof 1");
    // Groups by a record need the permission to read it.
    let reader = world.user(&[Role::Admin]).scopes(&["load:read".to_owned()]).subject("reader").actor();
    assert_eq!(groups(&reader, "loads", "groupBy: { field: STATUS }").await, "NEW | x5\nof 1");
    let refused = reader.execute("{ loads { aggregate(groupBy: { field: CUSTOMER }) { groupCount } } }").await;
    assert_eq!(refused.error_codes(), ["FORBIDDEN"]);
    let nobody = world.user(&[Role::Admin]).scopes(&["customer:read".to_owned()]).subject("nobody").actor();
    let refused = nobody.execute("{ loads { aggregate { groupCount } } }").await;
    assert_eq!(refused.error_codes(), ["FORBIDDEN"]);
}

#[tokio::test]
async fn an_aggregate_is_priced_by_its_keys_and_figures() {
    let world = World::new(DatabaseKind::Sqlite).await;
    let admin = world.admin();
    let cost = async |arguments: &str, select: &str| {
        let query = format!("{{ loads {{ aggregate{arguments} {{ {select} }} }} }}");
        admin.execute(&query).await.at("/extensions/cost/requested").as_u64().unwrap()
    };
    // The list and the aggregate are an object each.
    assert_eq!(cost("", "groupCount").await, 2 + 25);
    assert_eq!(cost("(groupBy: { field: STATUS }, figures: [])", "groupCount").await, 2 + 50);
    let both =
        "(groupBy: [{ field: STATUS }, { field: DRIVER }], figures: { function: SUM, field: WEIGHT }, first: 10)";
    assert_eq!(cost(both, "groupCount").await, 2 + 100);
    assert_eq!(cost(both, "groups { count }").await, 2 + 100 + 10);
    assert_eq!(cost("", "groups { count keys { value } }").await, 2 + 25 + 200);
}

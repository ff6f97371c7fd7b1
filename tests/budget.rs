//! The budget of an operation: what it spends is counted while it runs, and a mutation that wrote is told.

use std::sync::Arc;

use fieldgate::graphql::limit::Limits;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};
use store::{
    Store,
    budget::{BYTES_PER_STEP, Budget, STEPS_PER_POLL},
};

use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database, http_settings};

const CUSTOMERS: &str = "query Customers { customers(first: 3) { nodes { id name contacts { nodes { id name } } } } }";

/// The same actor at another server of the same database, with other limits.
async fn limited(world: &World, actor: &Actor, change: impl FnOnce(&mut Limits)) -> Actor {
    let mut settings = http_settings();
    change(&mut settings.limits);
    actor.at(&world.start_server(settings).await)
}

async fn create_customers(admin: &Actor) {
    for name in ["Acme", "Bolt", "Core"] {
        let contacts = json!([{ "name": format!("Ann of {name}") }, { "name": format!("Bob of {name}") }]);
        let input = json!({ "name": name, "type": "BROKER", "contacts": contacts });
        admin.mutate("customerCreate", input, "").await;
    }
}

/// What stopped a query: status, code, maximum, actual and field.
async fn stopped(world: &World, change: impl FnOnce(&mut Limits)) -> String {
    let response = limited(world, &world.admin(), change).await.execute(CUSTOMERS).await;
    assert_eq!(*response.at("/data"), Json::Null, "{response}");
    let details = ["code", "maximum", "actual", "field"]
        .map(|name| response.at(&format!("/errors/0/extensions/{name}")).to_string());
    format!("{} {}", response.status, details.join(" "))
}

#[apply(each_database)]
async fn a_query_stops_at_the_end_of_each_budget(database: DatabaseKind) {
    let world = World::new(database).await;
    create_customers(&world.admin()).await;
    let statements = stopped(&world, |limits| limits.statements = 1).await;
    let rows = stopped(&world, |limits| limits.rows = 5).await;
    let values = stopped(&world, |limits| limits.values = 20).await;
    assert_snapshot!([statements, rows, values].join("\n"), @r#"
    400 "LIMIT_STATEMENTS" 1 2 "customers.nodes.contacts.nodes"
    400 "LIMIT_ROWS" 5 6 "customers.nodes.contacts.nodes"
    400 "LIMIT_VALUES" 20 21 "customers.nodes.contacts"
    "#);
    let bytes = stopped(&world, |limits| limits.read_bytes = 100).await;
    assert!(bytes.starts_with("400 \"LIMIT_READ_BYTES\" 100 "), "{bytes}");
    let bytes = stopped(&world, |limits| limits.answer_bytes = 100).await;
    assert!(bytes.starts_with("400 \"LIMIT_ANSWER_BYTES\" 100 "), "{bytes}");
}

#[apply(each_database)]
async fn a_query_at_the_end_of_its_budget_is_answered(database: DatabaseKind) {
    let world = World::new(database).await;
    create_customers(&world.admin()).await;
    let change = |limits: &mut Limits| (limits.statements, limits.rows, limits.values) = (2, 9, 21);
    let response = limited(&world, &world.admin(), change).await.execute(CUSTOMERS).await;
    assert_eq!(response.at("/data/customers/nodes/2/contacts/nodes/1/name"), "Bob of Core", "{response}");
}

/// The values of an answer are counted where they stand, not where they are read: one customer is the customer of all its
/// contacts, and each alias copies its text.
#[apply(each_database)]
async fn a_row_is_counted_wherever_it_stands(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let contacts: Vec<_> = (0..10).map(|number| json!({ "name": format!("Ann {number}") })).collect();
    let input = json!({ "name": "Acme", "type": "BROKER", "notes": "x".repeat(1_000), "contacts": contacts });
    admin.mutate("customerCreate", input, "").await;
    let admin = limited(&world, &admin, |limits| limits.answer_bytes = 40_000).await;
    let aliases = |count: usize| (0..count).map(|number| format!("n{number}: notes ")).collect::<Vec<_>>().concat();
    let query = |count| format!("{{ contacts {{ nodes {{ customer {{ {} }} }} }} }}", aliases(count));
    let response = admin.execute(&query(3)).await;
    assert_eq!(response.status, 200, "{response}");
    let response = admin.execute(&query(5)).await;
    let extensions = response.at("/errors/0/extensions");
    assert_eq!(
        (&extensions["code"], &extensions["field"]),
        (&json!("LIMIT_ANSWER_BYTES"), &json!("contacts.nodes.customer"))
    );
}

#[apply(each_database)]
async fn a_mutation_is_told_though_its_answer_exceeds_the_budget(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = limited(&world, &world.admin(), |limits| limits.values = 15).await;
    let mutation = "mutation($a: CustomerCreateInput!, $b: CustomerCreateInput!, $c: CustomerCreateInput!) {
        a: customerCreate(input: $a) { customer { id number } userErrors { code } }
        b: customerCreate(input: $b) {
            customer { number name type status industry tags notes mcNumber createdAt updatedAt version id }
            userErrors { code }
        }
        c: customerCreate(input: $c) { customer { id } userErrors { code } }
    }";
    let input = |name: &str| json!({ "name": name, "number": name, "type": "BROKER" });
    let variables = json!({ "a": input("Acme"), "b": input("Bolt"), "c": input("Core") });
    let response = admin.execute_with(mutation, variables).await;
    assert_eq!(response.at("/data/a/customer/number"), "Acme", "{response}");
    assert_eq!((response.at("/data/b"), response.at("/data/c")), (&Json::Null, &Json::Null), "{response}");
    let errors: Vec<_> = response
        .at("/errors")
        .as_array()
        .unwrap()
        .iter()
        .map(|error| format!("{} {} {}", error["path"], error["extensions"]["code"], error["message"]))
        .collect();
    assert_snapshot!(errors.join("\n"), @r#"
    ["b"] "LIMIT_VALUES" "b was executed, and its answer is left out. The operation exceeds the limit of values: 16 of at most 15, in b."
    ["c"] "LIMIT_VALUES" "c was not executed. The operation exceeds the limit of values: 16 of at most 15, in b."
    "#);
    // Each mutation has its cost, whatever it answered; the payload and the customer of the first one are two objects.
    assert_eq!(*response.at("/extensions/cost/actual"), json!(32), "{response}");
    let response = world.admin().execute("{ customers { nodes { number } } }").await;
    assert_eq!(
        *response.at("/data/customers/nodes"),
        json!([{ "number": "Acme" }, { "number": "Bolt" }]),
        "{response}"
    );
}

/// The bytes of the answer are counted when it is written, too: ids and times are not among the texts that are read.
#[apply(each_database)]
async fn the_answer_of_a_mutation_is_left_out_when_it_is_too_long(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = limited(&world, &world.admin(), |limits| limits.answer_bytes = 700).await;
    let mutation = "mutation($inputs: [CustomerCreateInput!]!) {
        many: customerCreateMany(inputs: $inputs) { customer { id createdAt updatedAt version } }
    }";
    let inputs: Vec<_> = (0..10).map(|number| json!({ "name": format!("C {number}"), "type": "BROKER" })).collect();
    let response = admin.execute_with(mutation, json!({ "inputs": inputs })).await;
    assert_eq!(*response.at("/data"), json!({ "many": null }), "{response}");
    assert_eq!(response.at("/errors/0/extensions/code"), "LIMIT_ANSWER_BYTES", "{response}");
    assert_eq!(response.at("/errors/0/path"), &json!(["many"]), "{response}");
    let response = admin.execute("{ customers { totalCount } }").await;
    assert_eq!(*response.at("/data/customers/totalCount"), json!(10));
}

/// A request of others waits for this much computing, and no more.
#[apply(each_database)]
async fn an_operation_that_computes_lets_others_run(database: DatabaseKind) {
    let world = World::new(database).await;
    let caller = access::Caller {
        tenant: world.tenant.row.id,
        subject: "ada".to_owned(),
        technician: "ada".to_owned(),
        roles: vec![access::Role::Admin],
        scopes: None,
        token: None,
        read_only: false,
        request_id: "one".to_owned(),
        has_client_request_id: false,
    };
    let budget = Arc::new(Budget::unlimited());
    let store = Store::new(world.db.clone(), caller, world.tenant.clone(), budget.clone());
    let compute = async {
        for _ in 0..10 {
            store.spend(5_000, 0).await;
            store.spend(0, 5_000 * BYTES_PER_STEP).await;
        }
    };
    assert_eq!(budget.run(compute).await, Some(()));
    assert_eq!(budget.most_steps(), STEPS_PER_POLL);
}

/// The same actor at another server of the same database, whose requests have less memory.
async fn with_memory(world: &World, actor: &Actor, bytes: u64) -> Actor {
    let mut settings = http_settings();
    settings.request_memory = bytes;
    actor.at(&world.start_server(settings).await)
}

#[apply(each_database)]
async fn a_json_value_takes_more_memory_than_its_text(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let definition = json!({ "ownerType": "CUSTOMER", "key": "log", "title": "Log", "type": "JSON" });
    admin.mutate("customFieldDefinitionCreate", definition, "").await;
    let objects: Vec<_> = (0..500).map(|number| json!({ "a": number })).collect();
    for name in 0..20 {
        let value = json!([{ "key": "log", "value": objects }]);
        let input = json!({ "name": name.to_string(), "type": "BROKER", "customFields": value });
        admin.mutate("customerCreate", input, "").await;
    }
    world.link_changes().await;
    let narrow = with_memory(&world, &admin, 4 << 20).await;
    for query in [
        "{ customers { nodes { customFields { nodes { value } } } } }",
        "{ customFieldDefinitions { nodes { values { nodes { ... on CustomFieldJsonValue { json } } } } } }",
        "{ changes(first: 25) { nodes { after } } }",
    ] {
        assert_eq!(admin.execute(query).await.error_codes(), Vec::<&str>::new(), "{query}");
        let response = narrow.execute(query).await;
        assert_eq!((response.status, response.error_codes()), (503, vec!["OVERLOADED"]), "{query}: {response:.300}");
    }
}

#[apply(each_database)]
async fn the_items_of_a_list_within_a_row_are_values(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let translations: Vec<_> = ["de", "fr", "es"].map(|language| json!({ "language": language, "title": "x" })).into();
    let options: Vec<_> =
        (0..5).map(|key| json!({ "key": format!("o{key}"), "title": "x", "translations": translations })).collect();
    let definition =
        json!({ "ownerType": "CUSTOMER", "key": "kind", "title": "Kind", "type": "DROPDOWN", "options": options });
    admin.mutate("customFieldDefinitionCreate", definition, "").await;
    let query = "{ customFieldDefinitions { nodes { options { key translations { title } } } } }";
    let response = limited(&world, &admin, |limits| limits.values = 30).await.execute(query).await;
    assert_eq!(response.error_codes(), ["LIMIT_VALUES"]);
    limited(&world, &admin, |limits| limits.values = 90).await.execute(query).await.data();
}

#[apply(each_database)]
async fn an_error_quotes_a_part_of_what_it_was_given(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers(&admin).await;
    for key in 0..30 {
        let definition = json!({ "ownerType": "CUSTOMER", "key": format!("{}{key}", "k".repeat(60)), "title": "x", "type": "STRING" });
        admin.mutate("customFieldDefinitionCreate", definition, "").await;
    }
    let key = "x".repeat(100_000);
    let read = admin.execute(&format!("{{ customers {{ nodes {{ customField(key: \"{key}\") {{ id }} }} }} }}")).await;
    let message = read.text("/errors/0/message");
    assert!(message.len() < 2_000 && message.ends_with(" and 10 more."), "{message}");
    let input = json!({ "name": "A", "type": "BROKER", "customFields": [{ "key": key, "value": 1 }] });
    let create = "mutation($i: CustomerCreateInput!) { customerCreate(input: $i) { userErrors { message } } }";
    let refused = admin.execute_with(create, json!({ "i": input })).await;
    let message = refused.text("/data/customerCreate/userErrors/0/message");
    assert!(message.len() < 2_000 && message.ends_with(" and 10 more."), "{message}");
}

#[apply(each_database)]
async fn the_messages_of_user_errors_take_memory(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for key in 0..30 {
        let definition = json!({ "ownerType": "CUSTOMER", "key": format!("{}{key}", "k".repeat(60)), "title": "x", "type": "STRING" });
        admin.mutate("customFieldDefinitionCreate", definition, "").await;
    }
    let create = "mutation($inputs: [CustomerCreateInput!]!) {
        customerCreateMany(inputs: $inputs) { userErrors { message } }
    }";
    let unknown: Vec<_> = (0..10).map(|key| json!({ "key": format!("unknown{key}"), "value": 1 })).collect();
    let unknown = json!({ "name": "A", "type": "BROKER", "customFields": unknown });
    let inputs = json!({ "inputs": vec![unknown; 50] });
    let (wide, narrow) = (with_memory(&world, &admin, 8 << 20).await, with_memory(&world, &admin, 2 << 20).await);
    let answered = wide.execute_with(create, inputs.clone()).await;
    assert!(answered.text("/data/customerCreateMany/49/userErrors/0/message").len() > 1_000, "{answered:.2000}");
    let refused = narrow.execute_with(create, inputs).await;
    assert_eq!(refused.error_codes(), ["LIMIT_MEMORY"], "{refused:.2000}");
}

//! Suggestions: a message about a wrong name or value says what would be right, to callers who may know the schema.

use fieldgate::http::{Settings, introspection::Introspection};
use serde_json::{Value as Json, json};

use crate::world::{JsonResponse, Sqlite, World, assert_snapshot, http_settings};

/// Documents with a wrong name or value, and their variables.
fn wrong_requests() -> Vec<(&'static str, Json)> {
    let by_variable = "query($where: CustomerFilter) { customers(where: $where) { totalCount } }";
    vec![
        ("{ customers(where: { status: ACTIVE }) { totalCount } }", json!({})),
        ("{ customers(where: { status: { equals: ACTIVE } }) { totalCount } }", json!({})),
        ("{ customers(where: { status: { eq: OPEN } }) { totalCount } }", json!({})),
        ("{ customers(where: { name: { contains: \"x\" } }) { totalCount } }", json!({})),
        ("{ customers(limit: 3) { totalCount } }", json!({})),
        ("{ viewer { mail } }", json!({})),
        (by_variable, json!({ "where": { "status": "ACTIVE" } })),
        (by_variable, json!({ "where": { "status": { "equals": "ACTIVE" } } })),
        (by_variable, json!({ "where": { "status": { "eq": "OPEN" } } })),
        (by_variable, json!({ "where": { "tags": { "contains": "x" } } })),
        (by_variable, json!({ "where": { "tags": ["x"] } })),
    ]
}

fn message(response: &JsonResponse) -> String {
    assert_eq!(response.error_codes(), ["BAD_REQUEST"]);
    response.text("/errors/0/message").to_owned()
}

#[tokio::test]
async fn a_wrong_name_or_value_is_told_what_would_be_right() {
    let world = World::new(Sqlite).await;
    let mut messages = Vec::new();
    for (document, variables) in wrong_requests() {
        messages.push(message(&world.admin().execute_with(document, variables).await));
    }
    assert_snapshot!(messages.join("\n"), @r#"
    CustomerStatusFilter cannot represent value: ACTIVE; did you mean { eq: ACTIVE }?
    Field "equals" is not defined by type "CustomerStatusFilter"; did you mean "eq"?
    Value "OPEN" does not exist in "CustomerStatus" enum; choose from LEAD, ACTIVE, ON_HOLD, INACTIVE.
    Field "contains" is not defined by type "PersonalFilter"; choose from eq, in, startsWith. Conditions on personal text, evaluated on a blind index for encrypted and plain values alike.
    Unknown argument "limit" on field "Query.customers"; choose from first, after, last, before, where, orderBy, deleted.
    Cannot query field "mail" on type "Viewer"; choose from tenant, subject, roles, scopes, technician, readOnly, permissions.
    Variable $where.status is "ACTIVE", not an object of the type CustomerStatusFilter; did you mean {"eq": "ACTIVE"}?
    Variable $where.status has no field "equals": it is of the type CustomerStatusFilter; did you mean "eq"?
    Variable $where.status.eq is "OPEN", which is no value of CustomerStatus; choose from LEAD, ACTIVE, ON_HOLD, INACTIVE.
    Variable $where.tags has no field "contains": it is of the type WordsFilter; choose from has, hasAny, isNull. Conditions on a list of words.
    Variable $where.tags is a list, not an object of the type WordsFilter.
    "#);
}

#[tokio::test]
async fn a_caller_who_may_not_introspect_gets_no_suggestion() {
    let world = World::new(Sqlite).await;
    let settings = Settings { introspection: Introspection::Roles(Vec::new()), ..http_settings() };
    let admin = world.admin().at(&world.start_server(settings).await);
    let mut messages = Vec::new();
    for (document, variables) in wrong_requests() {
        messages.push(message(&admin.execute_with(document, variables).await));
    }
    assert_snapshot!(messages.join("\n"), @r#"
    CustomerStatusFilter cannot represent value: ACTIVE.
    Field "equals" is not defined by type "CustomerStatusFilter".
    Value "OPEN" does not exist in "CustomerStatus" enum.
    Field "contains" is not defined by type "PersonalFilter".
    Unknown argument "limit" on field "Query.customers".
    Cannot query field "mail" on type "Viewer".
    Variable $where.status is "ACTIVE", not an object of the type CustomerStatusFilter.
    Variable $where.status has no field "equals": it is of the type CustomerStatusFilter.
    Variable $where.status.eq is "OPEN", which is no value of CustomerStatus.
    Variable $where.tags has no field "contains": it is of the type WordsFilter.
    Variable $where.tags is a list, not an object of the type WordsFilter.
    "#);
}

//! Introspection: which roles read the schema, by query and as text, and what error messages hide from the others.

use access::Role::{Admin, Manager};

use fieldgate::http::introspection::Introspection;

use crate::world::{JsonResponse, Sqlite, World, assert_snapshot, http_client};

/// Status and data, or status, code and message of the only error.
fn response_line(response: &JsonResponse) -> String {
    match response.error_codes().as_slice() {
        [] => format!("{} {}", response.status, response.at("/data")),
        [code] => format!("{} {code}: {}", response.status, response.text("/errors/0/message")),
        codes => panic!("{codes:?}: {response}"),
    }
}

/// The response to a request of the schema's text: the status, and whether it has the schema.
async fn schema_text(world: &World, token: Option<&str>) -> String {
    let client = http_client();
    let mut request = client.get(format!("{}/schema.graphql", world.base));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    format!("{status} {}", response.text().await.unwrap().contains("type Customer "))
}

#[tokio::test]
async fn the_schema_is_shown_to_the_configured_roles() {
    let mut lines = Vec::new();
    let managers = Introspection::Roles(vec![Manager]);
    for (introspection, role) in [
        (Introspection::All, Admin),
        (managers.clone(), Manager),
        (managers, Admin),
        (Introspection::Roles(Vec::new()), Admin),
    ] {
        let world = World::builder(Sqlite).http(|http| http.introspection = introspection.clone()).build().await;
        for query in [
            "{ __schema { queryType { name } } }",
            "{ __type(name: \"Load\") { name } }",
            "query { ...F } fragment F on Query { ... { s: __schema { queryType { name } } } }",
            "{ __typename }",
            "{ custmers { totalCount } }",
            "{ customers(frst: 1) { totalCount } }",
        ] {
            let response = world.actor(role).execute(query).await;
            lines.push(format!("{introspection:?} {} {query} {}", role.name(), response_line(&response)));
        }
        let token = world.user(&[role]).subject("ada").token();
        lines.push(format!("{introspection:?} {} the text: {}", role.name(), schema_text(&world, Some(&token)).await));
        lines.push(format!("{introspection:?} nobody the text: {}", schema_text(&world, None).await));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    All ADMIN { __schema { queryType { name } } } 200 {"__schema":{"queryType":{"name":"Query"}}}
    All ADMIN { __type(name: "Load") { name } } 200 {"__type":{"name":"Load"}}
    All ADMIN query { ...F } fragment F on Query { ... { s: __schema { queryType { name } } } } 200 {"s":{"queryType":{"name":"Query"}}}
    All ADMIN { __typename } 200 {"__typename":"Query"}
    All ADMIN { custmers { totalCount } } 400 BAD_REQUEST: Cannot query field "custmers" on type "Query"; did you mean "customers"?
    All ADMIN { customers(frst: 1) { totalCount } } 400 BAD_REQUEST: Unknown argument "frst" on field "Query.customers"; did you mean "first"?
    All ADMIN the text: 200 true
    All nobody the text: 401 false
    Roles([Manager]) MANAGER { __schema { queryType { name } } } 200 {"__schema":{"queryType":{"name":"Query"}}}
    Roles([Manager]) MANAGER { __type(name: "Load") { name } } 200 {"__type":{"name":"Load"}}
    Roles([Manager]) MANAGER query { ...F } fragment F on Query { ... { s: __schema { queryType { name } } } } 200 {"s":{"queryType":{"name":"Query"}}}
    Roles([Manager]) MANAGER { __typename } 200 {"__typename":"Query"}
    Roles([Manager]) MANAGER { custmers { totalCount } } 400 BAD_REQUEST: Cannot query field "custmers" on type "Query"; did you mean "customers"?
    Roles([Manager]) MANAGER { customers(frst: 1) { totalCount } } 400 BAD_REQUEST: Unknown argument "frst" on field "Query.customers"; did you mean "first"?
    Roles([Manager]) MANAGER the text: 200 true
    Roles([Manager]) nobody the text: 401 false
    Roles([Manager]) ADMIN { __schema { queryType { name } } } 403 INTROSPECTION_FORBIDDEN: The schema is shown to the roles MANAGER only.
    Roles([Manager]) ADMIN { __type(name: "Load") { name } } 403 INTROSPECTION_FORBIDDEN: The schema is shown to the roles MANAGER only.
    Roles([Manager]) ADMIN query { ...F } fragment F on Query { ... { s: __schema { queryType { name } } } } 403 INTROSPECTION_FORBIDDEN: The schema is shown to the roles MANAGER only.
    Roles([Manager]) ADMIN { __typename } 200 {"__typename":"Query"}
    Roles([Manager]) ADMIN { custmers { totalCount } } 400 BAD_REQUEST: Cannot query field "custmers" on type "Query".
    Roles([Manager]) ADMIN { customers(frst: 1) { totalCount } } 400 BAD_REQUEST: Unknown argument "frst" on field "Query.customers".
    Roles([Manager]) ADMIN the text: 403 false
    Roles([Manager]) nobody the text: 401 false
    Roles([]) ADMIN { __schema { queryType { name } } } 403 INTROSPECTION_FORBIDDEN: This server does not show its schema.
    Roles([]) ADMIN { __type(name: "Load") { name } } 403 INTROSPECTION_FORBIDDEN: This server does not show its schema.
    Roles([]) ADMIN query { ...F } fragment F on Query { ... { s: __schema { queryType { name } } } } 403 INTROSPECTION_FORBIDDEN: This server does not show its schema.
    Roles([]) ADMIN { __typename } 200 {"__typename":"Query"}
    Roles([]) ADMIN { custmers { totalCount } } 400 BAD_REQUEST: Cannot query field "custmers" on type "Query".
    Roles([]) ADMIN { customers(frst: 1) { totalCount } } 400 BAD_REQUEST: Unknown argument "frst" on field "Query.customers".
    Roles([]) ADMIN the text: 403 false
    Roles([]) nobody the text: 401 false
    "#);
}

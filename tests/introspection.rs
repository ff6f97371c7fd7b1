//! Introspection: who is shown the schema, by the door and as text, and what the others are not told of it.

use access::Role::{Admin, Manager};

use fieldgate::http::{Settings, introspection::Introspection};

use crate::world::{Answer, Sqlite, World, database, doors, token_settings};

/// Status and data, or status, code and message of the one error.
fn line(answer: &Answer) -> String {
    match answer.codes().as_slice() {
        [] => format!("{} {}", answer.status, answer.at("/data")),
        [code] => format!("{} {code}: {}", answer.status, answer.text("/errors/0/message")),
        codes => panic!("{codes:?}: {answer}"),
    }
}

/// What the schema's text is answered with: the status, and whether it is there.
async fn text(world: &World, token: Option<&str>) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.get(format!("{}/schema.graphql", world.base));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    format!("{status} {}", response.text().await.unwrap().contains("type Customer "))
}

#[tokio::test]
async fn the_schema_is_shown_to_whom_the_setting_names() {
    let mut said = Vec::new();
    let managers = Introspection::Roles(vec![Manager]);
    for (introspection, role) in [
        (Introspection::All, Admin),
        (managers.clone(), Manager),
        (managers, Admin),
        (Introspection::Roles(Vec::new()), Admin),
    ] {
        let settings = Settings { introspection: introspection.clone(), ..doors() };
        let world = World::behind(database::open(Sqlite).await, token_settings(), settings, |_| {}).await;
        for query in [
            "{ __schema { queryType { name } } }",
            "{ __type(name: \"Load\") { name } }",
            "query { ...F } fragment F on Query { ... { s: __schema { queryType { name } } } }",
            "{ __typename }",
            "{ custmers { totalCount } }",
            "{ customers(frst: 1) { totalCount } }",
        ] {
            let answer = world.actor(role).ask(query).await;
            said.push(format!("{introspection:?} {} {query} {}", role.name(), line(&answer)));
        }
        let token = world.token(&world.tenant, &[role], None, "ada");
        said.push(format!("{introspection:?} {} the text: {}", role.name(), text(&world, Some(&token)).await));
        said.push(format!("{introspection:?} nobody the text: {}", text(&world, None).await));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    All ADMIN { __schema { queryType { name } } } 200 {"__schema":{"queryType":{"name":"Query"}}}
    All ADMIN { __type(name: "Load") { name } } 200 {"__type":{"name":"Load"}}
    All ADMIN query { ...F } fragment F on Query { ... { s: __schema { queryType { name } } } } 200 {"s":{"queryType":{"name":"Query"}}}
    All ADMIN { __typename } 200 {"__typename":"Query"}
    All ADMIN { custmers { totalCount } } 400 BAD_REQUEST: Unknown field "custmers" on type "Query". Did you mean "customers", "customer", "customerAsset", "customerAssets"?
    All ADMIN { customers(frst: 1) { totalCount } } 400 BAD_REQUEST: Unknown argument "frst" on field "customers" of type "Query". Did you mean "first"?
    All ADMIN the text: 200 true
    All nobody the text: 401 false
    Roles([Manager]) MANAGER { __schema { queryType { name } } } 200 {"__schema":{"queryType":{"name":"Query"}}}
    Roles([Manager]) MANAGER { __type(name: "Load") { name } } 200 {"__type":{"name":"Load"}}
    Roles([Manager]) MANAGER query { ...F } fragment F on Query { ... { s: __schema { queryType { name } } } } 200 {"s":{"queryType":{"name":"Query"}}}
    Roles([Manager]) MANAGER { __typename } 200 {"__typename":"Query"}
    Roles([Manager]) MANAGER { custmers { totalCount } } 400 BAD_REQUEST: Unknown field "custmers" on type "Query". Did you mean "customers", "customer", "customerAsset", "customerAssets"?
    Roles([Manager]) MANAGER { customers(frst: 1) { totalCount } } 400 BAD_REQUEST: Unknown argument "frst" on field "customers" of type "Query". Did you mean "first"?
    Roles([Manager]) MANAGER the text: 200 true
    Roles([Manager]) nobody the text: 401 false
    Roles([Manager]) ADMIN { __schema { queryType { name } } } 403 INTROSPECTION_FORBIDDEN: The schema is shown to the roles MANAGER only.
    Roles([Manager]) ADMIN { __type(name: "Load") { name } } 403 INTROSPECTION_FORBIDDEN: The schema is shown to the roles MANAGER only.
    Roles([Manager]) ADMIN query { ...F } fragment F on Query { ... { s: __schema { queryType { name } } } } 403 INTROSPECTION_FORBIDDEN: The schema is shown to the roles MANAGER only.
    Roles([Manager]) ADMIN { __typename } 200 {"__typename":"Query"}
    Roles([Manager]) ADMIN { custmers { totalCount } } 400 BAD_REQUEST: Unknown field "custmers" on type "Query".
    Roles([Manager]) ADMIN { customers(frst: 1) { totalCount } } 400 BAD_REQUEST: Unknown argument "frst" on field "customers" of type "Query".
    Roles([Manager]) ADMIN the text: 403 false
    Roles([Manager]) nobody the text: 401 false
    Roles([]) ADMIN { __schema { queryType { name } } } 403 INTROSPECTION_FORBIDDEN: This server does not show its schema.
    Roles([]) ADMIN { __type(name: "Load") { name } } 403 INTROSPECTION_FORBIDDEN: This server does not show its schema.
    Roles([]) ADMIN query { ...F } fragment F on Query { ... { s: __schema { queryType { name } } } } 403 INTROSPECTION_FORBIDDEN: This server does not show its schema.
    Roles([]) ADMIN { __typename } 200 {"__typename":"Query"}
    Roles([]) ADMIN { custmers { totalCount } } 400 BAD_REQUEST: Unknown field "custmers" on type "Query".
    Roles([]) ADMIN { customers(frst: 1) { totalCount } } 400 BAD_REQUEST: Unknown argument "frst" on field "customers" of type "Query".
    Roles([]) ADMIN the text: 403 false
    Roles([]) nobody the text: 401 false
    "#);
}

//! Index use: on PostgreSQL, every order, condition and edge reads by an index that begins with the tenant.

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, World,
    database::connect,
    http_settings,
    sample_data::SampleData,
    schema::{Field, Schema},
};

/// A value of a scalar or an enum.
fn scalar(schema: &Schema, name: &str) -> Json {
    match name {
        "ID" => json!("cust_00000000000000000000000000"),
        "Boolean" => json!(true),
        "Int" => json!(1),
        "Date" => json!("2026-01-01"),
        "DateTime" => json!("2026-01-01T00:00:00Z"),
        "Decimal" => json!("1"),
        "LocalDateTime" => json!("2026-01-01T00:00:00"),
        name if schema.get(name).kind == "ENUM" => json!(schema.get(name).values[0]),
        _ => json!("ann"),
    }
}

/// The conditions of a filter, each with one operator; across at most one edge.
fn conditions(schema: &Schema, filter: &str, depth: usize) -> Vec<Json> {
    let mut all = Vec::new();
    for field in &schema.get(filter).fields {
        if ["and", "or", "not", "customFields"].contains(&field.name.as_str()) {
            continue;
        }
        let is_object = schema.get(&field.type_name).kind == "INPUT_OBJECT";
        let values = match (field.name.as_str(), is_object) {
            _ if is_object && depth < 3 => conditions(schema, &field.type_name, depth + 1),
            _ if is_object => continue,
            _ => vec![scalar(schema, &field.type_name)],
        };
        for value in values {
            let value = if field.list { json!([value]) } else { value };
            let mut condition = json!({ &field.name: value });
            if filter == "MoneyFilter" {
                condition["currency"] = json!("USD");
            }
            all.push(condition);
        }
    }
    all
}

/// Reads every list in every order, with every condition and with every edge, and searches. Gives what was refused.
async fn read_all(actor: &Actor, schema: &Schema) -> (usize, Vec<String>) {
    let (mut read, mut refused) = (0, Vec::new());
    let mut requests = Vec::new();
    for node in schema.listed_nodes() {
        let list = schema.root_list(node);
        let argument = |name: &str| list.args.iter().find(|arg| arg.name == name);
        for (name, values) in [
            ("where", argument("where").map(|arg| conditions(schema, &arg.type_name, 0))),
            ("orderBy", argument("orderBy").map(|arg| orders(schema, arg))),
        ] {
            for value in values.unwrap_or_default() {
                let of = &argument(name).unwrap().type_text;
                let text = format!("query($value: {of}) {{ {}({name}: $value) {{ nodes {{ id }} }} }}", list.name);
                requests.push((text, json!({ "value": value })));
            }
        }
        for (edge, _) in schema.connections_of(node) {
            if edge.args.iter().any(|arg| arg.required) {
                continue;
            }
            let text =
                format!("{{ {} {{ nodes {{ {} {{ totalCount nodes {{ __typename }} }} }} }} }}", list.name, edge.name);
            requests.push((text, json!({})));
        }
    }
    let search = "query($value: String!) { search(query: $value) { nodes { id } totalCount } }";
    for words in ["ann", "ann houston 555", "555 123-4567"] {
        requests.push((search.to_owned(), json!({ "value": words })));
    }
    for (text, variables) in requests {
        let response = actor.execute_with(&text, variables.clone()).await;
        read += 1;
        if !response.error_codes().is_empty() {
            refused.push(format!("{text} {variables}: {}", response.text("/errors/0/message")));
        }
    }
    (read, refused)
}

/// The terms of an order, one by one.
fn orders(schema: &Schema, arg: &Field) -> Vec<Json> {
    let fields = &schema.get(&arg.type_name).fields;
    let directed = fields.iter().filter(|field| schema.get(&field.type_name).kind == "ENUM");
    directed.map(|field| json!([{ &field.name: scalar(schema, &field.type_name) }])).collect()
}

#[tokio::test]
async fn every_list_is_read_by_an_index_that_begins_with_the_tenant() {
    let world = World::builder(DatabaseKind::Postgres).isolated().build().await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    SampleData::complete(&schema, "own").create_all(&admin, 12).await;
    world.link_changes().await;

    // Another connection, alone: a connection says what it read at its end at the latest.
    world.db.connection().get_postgres_connection_pool().close().await;
    let observer = connect(&world.database.url, 1).await;
    let observer = observer.connection();
    let rows = async |sql: &str| {
        observer.query_all_raw(Statement::from_string(observer.get_database_backend(), sql)).await.unwrap()
    };
    let wait_until_alone = async || {
        let others = "SELECT COUNT(*) AS others FROM pg_stat_activity WHERE datname = current_database() \
                      AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
        while rows(others).await[0].try_get::<i64>("", "others").unwrap() > 0 {}
    };
    wait_until_alone().await;
    // The planner scans a table only where it has no index to read.
    let name: String = rows("SELECT current_database()::text AS name").await[0].try_get("", "name").unwrap();
    rows(&format!("ALTER DATABASE \"{name}\" SET enable_seqscan = off")).await;
    rows("SELECT pg_stat_reset()").await;

    let reading = connect(&world.database.url, 5).await;
    let server = world.start_server_on(reading.clone(), http_settings()).await;
    let (read, refused) = read_all(&admin.at(&server), &schema).await;
    assert!(refused.is_empty(), "{} of {read}: {:#?}", refused.len(), &refused[..refused.len().min(30)]);
    assert!(read > 500, "{read}");
    reading.connection().get_postgres_connection_pool().close().await;
    wait_until_alone().await;

    let scanned = "SELECT relname || ': ' || seq_scan AS place FROM pg_stat_user_tables WHERE seq_scan > 0 ORDER BY 1";
    let foreign = "SELECT s.indexrelname || ' of ' || s.relname AS place FROM pg_stat_user_indexes s \
                   JOIN pg_index i ON i.indexrelid = s.indexrelid \
                   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
                   WHERE s.idx_scan > 0 AND a.attname <> 'tenant_id' ORDER BY 1";
    for sql in [scanned, foreign] {
        let places: Vec<String> = rows(sql).await.iter().map(|row| row.try_get("", "place").unwrap()).collect();
        assert!(places.is_empty(), "{places:#?}");
    }
    let used = rows("SELECT COUNT(*) AS used FROM pg_stat_user_indexes WHERE idx_scan > 0").await;
    assert!(used[0].try_get::<i64>("", "used").unwrap() > 10);
    world.database.delete().await;
}

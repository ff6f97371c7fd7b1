//! Twins: another tenant has rows of the very ids that ours have, and nothing of them is seen.
//!
//! Ids are unique in the world, so that a join, a count or an EXISTS that forgets the tenant mostly finds the same rows. A
//! twin, whose rows stand as ours stood before they were changed and deleted, tells the two apart.

use std::collections::BTreeMap;

use access::Role;

use rstest::rstest;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Map, Value as Json, json};
use store::clock;
use uuid::Uuid;

use super::seen;
use crate::world::{
    Actor, On, Postgres, Sqlite, World, custom,
    sample::Sample,
    schema::{Schema, lower},
    tenant,
};

/// How many edges a filter follows, and which part of those is asked that follow as many; all others are.
const DEEP: usize = 3;
const PART: usize = 5;

/// How many lists are asked for at once.
const ALIASES: usize = 20;

/// The tables that belong to tenants, with their columns.
async fn tables(world: &World, on: On) -> BTreeMap<String, Vec<String>> {
    let db = world.db.connection();
    let sql = match on {
        Sqlite => {
            "SELECT m.name AS t, c.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
        Postgres => {
            "SELECT CAST(table_name AS TEXT) AS t, CAST(column_name AS TEXT) AS c FROM information_schema.columns \
             WHERE table_schema = 'public'"
        }
    };
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap() {
        tables.entry(row.try_get("", "t").unwrap()).or_default().push(row.try_get("", "c").unwrap());
    }
    tables.retain(|name, columns| name != "tenant" && columns.iter().any(|column| column == "tenant_id"));
    assert!(tables.len() > 15, "{tables:?}");
    tables
}

/// Runs a statement for every table, in an order that the references between them admit. Gives how many rows it changed.
async fn each(world: &World, statements: Vec<(String, Vec<sea_orm::Value>)>) -> u64 {
    let db = world.db.connection();
    let (mut left, mut changed) = (statements, 0);
    while !left.is_empty() {
        let (before, mut later) = (left.len(), Vec::new());
        for (sql, values) in left {
            let statement = Statement::from_sql_and_values(db.get_database_backend(), &sql, values.clone());
            match db.execute_raw(statement).await {
                Ok(done) => changed += done.rows_affected(),
                Err(error) => later.push((sql, values, error)),
            }
        }
        assert!(later.len() < before, "{later:?}");
        left = later.into_iter().map(|(sql, values, _)| (sql, values)).collect();
    }
    changed
}

/// Gives a tenant a row of the same id and content for every row of ours.
async fn copy(world: &World, on: On, twin: Uuid) -> u64 {
    let copies = tables(world, on).await.into_iter().map(|(table, columns)| {
        let columns: Vec<_> =
            columns.iter().filter(|column| *column != "tenant_id").map(|c| format!("\"{c}\"")).collect();
        let columns = columns.join(", ");
        let sql = format!(
            "INSERT INTO \"{table}\" (tenant_id, {columns}) SELECT $1, {columns} FROM \"{table}\" WHERE tenant_id = $2 \
             ON CONFLICT DO NOTHING"
        );
        (sql, vec![twin.into(), world.tenant.row.id.into()])
    });
    each(world, copies.collect()).await
}

/// Takes all rows from a tenant.
async fn forget(world: &World, on: On, twin: Uuid) -> u64 {
    let tables = tables(world, on).await;
    let all = tables.keys().map(|table| (format!("DELETE FROM \"{table}\" WHERE tenant_id = $1"), vec![twin.into()]));
    each(world, all.collect()).await
}

/// Filters that ask for rows that pass a test at the far end of edges, up to so many of them; each with how many are left.
fn edges(schema: &Schema, filter: &str, last: &Json, deep: usize) -> Vec<(usize, Json)> {
    let mut all = vec![(deep, last.clone())];
    for field in schema.get(filter).fields.iter().filter(|_| deep > 0) {
        let many = field.of.strip_suffix("EdgeFilter");
        let Some(far) = many.or(field.of.strip_suffix("Filter")).filter(|far| schema.is_node(far)) else { continue };
        if field.name != "not" && !field.list {
            let below = edges(schema, &format!("{far}Filter"), last, deep - 1).into_iter();
            all.extend(below.map(|(left, test)| {
                let test = if many.is_some() { json!({ "some": test }) } else { test };
                (left, json!({ &field.name: test }))
            }));
        }
    }
    all
}

/// What lists have that are asked for with some filters.
async fn found(admin: &Actor, list: &str, node: &str, filters: &[Json]) -> Vec<(Json, Json)> {
    let mut found = Vec::new();
    for some in filters.chunks(ALIASES) {
        let named = || (0..some.len()).map(|place| format!("f{place}"));
        let arguments: Vec<_> = named().map(|name| format!("${name}: {node}Filter")).collect();
        let lists = named()
            .map(|name| format!("{name}: {list}(first: 100, deleted: INCLUDE, where: ${name}) {{ nodes {{ id }} }}"));
        let query = format!("query({}) {{ {} }}", arguments.join(", "), lists.collect::<Vec<_>>().join(" "));
        let variables: Map<_, _> = named().zip(some.iter().cloned()).collect();
        let answer = admin.ask_with(&query, variables.into()).await;
        found.extend(named().zip(some).map(|(name, filter)| (filter.clone(), answer.data()[&name].clone())));
    }
    found
}

#[rstest]
#[tokio::test]
async fn rows_of_the_same_ids_stay_with_their_tenant(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let schema = Schema::of(&admin).await;
    let mut sample = Sample::whole(&schema, "own");
    sample.make_all(&admin, 2).await;
    custom::seal(&admin, &sample.ids["Customer"], "own").await;
    let field = json!({ "entity": "CUSTOMER", "key": "rank", "type": "NUMBER", "title": "Rank" });
    admin.done("customFieldDefinitionCreate", field, "").await;
    for (row, rank) in sample.ids["Customer"].iter().zip(["1", "3"]) {
        custom::set(&admin, row, &[("rank", json!(rank))]).await;
    }
    let records = admin.ask("{ serviceRecords { nodes { technicians } } }").await;
    let technician = records.text("/data/serviceRecords/nodes/0/technicians/0").to_owned();
    let (made, said, ids) = (sample.made(), sample.said.clone(), sample.ids.clone());
    world.link().await;
    let twin = tenant(&world.db, "Twin").await.row.id;
    let before = clock::now().to_rfc3339();
    let copied = copy(&world, on, twin).await;
    assert!(copied > 100, "only {copied} rows have twins");

    // Ours change: of each type one row is written again and one is deleted; the twins stay as they were.
    let mut again = Sample::whole(&schema, "new");
    for node in &made {
        let update = format!("{}Update", lower(node));
        let Some(mutation) = schema.mutation(&update) else { continue };
        let mut input = again.input(&mutation.args[0].of, 0, &update, 0);
        input["id"] = json!(ids[node][0]);
        // An address has its type already, and lists of parts belong to their owner.
        input.as_object_mut().unwrap().retain(|name, value| name != "type" && !value.is_array());
        let answer = admin.tried(&update, input, "id").await;
        assert_eq!(*answer.at(&format!("/data/{update}/userErrors")), json!([]), "{answer}");
    }
    custom::set(&admin, &ids["Customer"][0], &[("rank", json!("5"))]).await;
    let unlinked = json!({ "id": ids["ServiceRecord"][0], "equipment": [], "technicians": ["nobody"] });
    admin.done("serviceRecordUpdate", unlinked, "").await;
    let nowhere = json!([{ "kind": "PICKUP" }, { "kind": "DELIVERY" }]);
    admin.done("loadUpdate", json!({ "id": ids["Load"][0], "stops": nowhere }), "").await;
    let mut deleted = 0;
    for node in made.iter().rev() {
        let delete = format!("{}Delete", lower(node));
        if schema.mutation(&delete).is_some() {
            let answer = admin.tried(&delete, json!({ "id": ids[node][1] }), "id").await;
            deleted += usize::from(*answer.at(&format!("/data/{delete}/userErrors")) == json!([]));
        }
    }
    assert!(deleted >= 5, "only {deleted} rows could be deleted");
    world.link().await;

    // The twins are as old as this; of ours, some are not any more.
    let last = json!({ "updatedAt": { "lte": before } });
    let worker = world.granted(&world.tenant, &[Role::Technician], None, &technician);
    let ranks =
        [r#"where: { customFields: [{ key: "rank", number: { lte: 3 } }] }"#, r#"orderBy: [{ customField: "rank" }]"#];
    let mut answers = Vec::new();
    for moment in ["beside the twins", "alone"] {
        if moment == "alone" {
            assert!(forget(&world, on, twin).await >= copied, "not all twins are gone");
        }
        let mut told = seen(&world, &schema, &made, &Map::new()).await;
        for rank in ranks {
            let query = format!("{{ customers({rank}, deleted: INCLUDE) {{ edges {{ cursor node {{ id }} }} }} }}");
            told.insert(query.clone(), admin.ask(&query).await.data().to_string());
        }
        let own = "{ serviceRecords(deleted: INCLUDE) { nodes { id } } }";
        told.insert(format!("{technician}: {own}"), worker.ask(own).await.data().to_string());
        for node in &made {
            let (list, filter) = (&schema.list_of(node).name, format!("{node}Filter"));
            let all = edges(&schema, &filter, &last, DEEP).into_iter().enumerate();
            let some = all.filter(|(place, (left, _))| *left > 0 || place % PART == 0);
            let mut filters: Vec<_> = some.map(|(_, (_, filter))| filter).collect();
            for field in schema.get(&filter).fields.iter().filter(|field| field.of == "PersonalFilter") {
                let of = said.iter().filter(|(path, _)| path.ends_with(&format!(".{}", field.name)));
                filters.extend(of.map(|(_, text)| json!({ &field.name: { "eq": text } })));
            }
            for (filter, rows) in found(&admin, list, node, &filters).await {
                told.insert(format!("{list}({filter})"), rows.to_string());
            }
        }
        answers.push(told);
    }
    let (beside, alone) = (&answers[0], &answers[1]);
    assert!(alone.len() > 400, "only {} questions were asked", alone.len());
    let wrong: Vec<_> = alone.iter().filter(|(query, told)| beside[*query] != **told).collect();
    let shown = wrong.iter().take(5).map(|(query, told)| format!("{query}\nbeside {}\nalone {told}", beside[*query]));
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), alone.len(), shown.collect::<Vec<_>>().join("\n\n"));
}

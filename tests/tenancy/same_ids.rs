//! Equal ids: another tenant has rows with the ids of the first tenant, and none of them is visible.
//!
//! Ids are unique, so that a join, a count or an EXISTS without the tenant mostly finds the right rows all the same. A copy
//! of the rows in another tenant, made before the originals are changed and deleted, shows such a mistake.

use std::collections::BTreeMap;

use access::Role;

use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Map, Value as Json, json};
use store::clock;
use uuid::Uuid;

use super::noninterference::visible_state;
use crate::world::{
    Actor, DatabaseKind, Postgres, Sqlite, World, create_tenant, custom_fields, each_database,
    sample_data::SampleData,
    schema::{Schema, lower},
};

/// The most edges that a filter follows.
const MAX_EDGES: usize = 3;
/// One of this many filters with the most edges is used; all filters with fewer edges are.
const FILTER_SAMPLE: usize = 5;

/// The number of lists in one request.
const LISTS_PER_REQUEST: usize = 20;

/// The tables that belong to tenants, with their columns.
async fn tables(world: &World, database: DatabaseKind) -> BTreeMap<String, Vec<String>> {
    let db = world.db.connection();
    let sql = match database {
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

/// Runs a statement for every table, in an order that the foreign keys allow. Gives the number of changed rows.
async fn run_in_key_order(world: &World, statements: Vec<(String, Vec<sea_orm::Value>)>) -> u64 {
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

/// Copies every row of the first tenant into another tenant, with the same ids.
async fn copy_rows(world: &World, database: DatabaseKind, copy: Uuid) -> u64 {
    let copies = tables(world, database).await.into_iter().map(|(table, columns)| {
        let columns: Vec<_> =
            columns.iter().filter(|column| *column != "tenant_id").map(|c| format!("\"{c}\"")).collect();
        let columns = columns.join(", ");
        let sql = format!(
            "INSERT INTO \"{table}\" (tenant_id, {columns}) SELECT $1, {columns} FROM \"{table}\" WHERE tenant_id = $2 \
             ON CONFLICT DO NOTHING"
        );
        (sql, vec![copy.into(), world.tenant.row.id.into()])
    });
    run_in_key_order(world, copies.collect()).await
}

/// Deletes all rows of a tenant.
async fn delete_rows(world: &World, database: DatabaseKind, copy: Uuid) -> u64 {
    let tables = tables(world, database).await;
    let all = tables.keys().map(|table| (format!("DELETE FROM \"{table}\" WHERE tenant_id = $1"), vec![copy.into()]));
    run_in_key_order(world, all.collect()).await
}

/// Filters that follow up to `deep` edges to a last filter, each with the number of edges that it could still follow.
fn edge_filters(schema: &Schema, filter: &str, last: &Json, deep: usize) -> Vec<(usize, Json)> {
    let mut all = vec![(deep, last.clone())];
    for field in schema.get(filter).fields.iter().filter(|_| deep > 0) {
        let many = field.type_name.strip_suffix("EdgeFilter");
        let Some(far) = many.or(field.type_name.strip_suffix("Filter")).filter(|far| schema.is_node(far)) else {
            continue;
        };
        if field.name != "not" && !field.list {
            let below = edge_filters(schema, &format!("{far}Filter"), last, deep - 1).into_iter();
            all.extend(below.map(|(left, test)| {
                let test = if many.is_some() { json!({ "some": test }) } else { test };
                (left, json!({ &field.name: test }))
            }));
        }
    }
    all
}

/// The rows of a list with each of some filters.
async fn filtered_rows(admin: &Actor, list: &str, node: &str, filters: &[Json]) -> Vec<(Json, Json)> {
    let mut found = Vec::new();
    for some in filters.chunks(LISTS_PER_REQUEST) {
        let named = || (0..some.len()).map(|place| format!("f{place}"));
        let arguments: Vec<_> = named().map(|name| format!("${name}: {node}Filter")).collect();
        let lists = named()
            .map(|name| format!("{name}: {list}(first: 100, deleted: INCLUDE, where: ${name}) {{ nodes {{ id }} }}"));
        let query = format!("query({}) {{ {} }}", arguments.join(", "), lists.collect::<Vec<_>>().join(" "));
        let variables: Map<_, _> = named().zip(some.iter().cloned()).collect();
        let response = admin.execute_with(&query, variables.into()).await;
        found.extend(named().zip(some).map(|(name, filter)| (filter.clone(), response.data()[&name].clone())));
    }
    found
}

#[apply(each_database)]
async fn rows_with_equal_ids_stay_separate_by_tenant(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 2).await;
    custom_fields::add_sensitive_values(&admin, &sample.ids["Customer"], "own").await;
    let field = json!({ "ownerType": "CUSTOMER", "key": "rank", "type": "NUMBER", "title": "Rank" });
    admin.mutate("customFieldDefinitionCreate", field, "").await;
    for (row, rank) in sample.ids["Customer"].iter().zip(["1", "3"]) {
        custom_fields::set_values(&admin, row, &[("rank", json!(rank))]).await;
    }
    let records = admin.execute("{ serviceRecords { nodes { technicians } } }").await;
    let technician = records.text("/data/serviceRecords/nodes/0/technicians/0").to_owned();
    let (types, texts, ids) = (sample.creatable_types(), sample.texts.clone(), sample.ids.clone());
    world.link_changes().await;
    let copy = create_tenant(&world.db, "Twin").await.row.id;
    let before = clock::now().to_rfc3339();
    let copied = copy_rows(&world, database, copy).await;
    assert!(copied > 100, "only {copied} rows have copies");

    // In the first tenant, one row of each type is updated and one is deleted; the copies stay unchanged.
    let mut again = SampleData::complete(&schema, "new");
    for node in &types {
        let update = format!("{}Update", lower(node));
        let Some(mutation) = schema.mutation(&update) else { continue };
        let mut input = again.input(&mutation.args[0].type_name, 0, &update, 0);
        input["id"] = json!(ids[node][0]);
        // An address has its type already, and lists of child rows belong to their owner.
        input.as_object_mut().unwrap().retain(|name, value| name != "type" && !value.is_array());
        let response = admin.send_mutation(&update, input, "id").await;
        assert_eq!(*response.at(&format!("/data/{update}/userErrors")), json!([]), "{response}");
    }
    custom_fields::set_values(&admin, &ids["Customer"][0], &[("rank", json!("5"))]).await;
    let unlinked = json!({ "id": ids["ServiceRecord"][0], "equipment": [], "technicians": ["nobody"] });
    admin.mutate("serviceRecordUpdate", unlinked, "").await;
    let nowhere = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    admin.mutate("loadUpdate", json!({ "id": ids["Load"][0], "stops": nowhere }), "").await;
    let mut deleted = 0;
    for node in types.iter().rev() {
        let delete = format!("{}Delete", lower(node));
        if schema.mutation(&delete).is_some() {
            let response = admin.send_mutation(&delete, json!({ "id": ids[node][1] }), "id").await;
            deleted += usize::from(*response.at(&format!("/data/{delete}/userErrors")) == json!([]));
        }
    }
    assert!(deleted >= 5, "only {deleted} rows could be deleted");
    world.link_changes().await;

    // All copies were updated before this time, and some of the originals were not.
    let last = json!({ "updatedAt": { "lte": before } });
    let worker = world.user(&[Role::Technician]).subject(&technician).actor();
    let ranks = [
        r#"where: { customFields: [{ key: "rank", number: { lte: 3 } }] }"#,
        r#"orderBy: [{ customField: { key: "rank" } }]"#,
    ];
    let mut responses = Vec::new();
    for moment in ["beside the copies", "alone"] {
        if moment == "alone" {
            assert!(delete_rows(&world, database, copy).await >= copied, "not all copies are deleted");
        }
        let mut state = visible_state(&world, &schema, &types, &Map::new()).await;
        for rank in ranks {
            let query = format!("{{ customers({rank}, deleted: INCLUDE) {{ edges {{ cursor node {{ id }} }} }} }}");
            state.insert(query.clone(), admin.execute(&query).await.data().to_string());
        }
        let own = "{ serviceRecords(deleted: INCLUDE) { nodes { id } } }";
        state.insert(format!("{technician}: {own}"), worker.execute(own).await.data().to_string());
        for node in &types {
            let (list, filter) = (&schema.root_list(node).name, format!("{node}Filter"));
            let all = edge_filters(&schema, &filter, &last, MAX_EDGES).into_iter().enumerate();
            let some = all.filter(|(place, (left, _))| *left > 0 || place % FILTER_SAMPLE == 0);
            let mut filters: Vec<_> = some.map(|(_, (_, filter))| filter).collect();
            for field in schema.get(&filter).fields.iter().filter(|field| field.type_name == "PersonalFilter") {
                let of = texts.iter().filter(|(path, _)| path.ends_with(&format!(".{}", field.name)));
                filters.extend(of.map(|(_, text)| json!({ &field.name: { "eq": text } })));
            }
            for (filter, rows) in filtered_rows(&admin, list, node, &filters).await {
                state.insert(format!("{list}({filter})"), rows.to_string());
            }
        }
        responses.push(state);
    }
    let (beside, alone) = (&responses[0], &responses[1]);
    assert!(alone.len() > 400, "only {} requests were compared", alone.len());
    let wrong: Vec<_> = alone.iter().filter(|(query, state)| beside[*query] != **state).collect();
    let shown = wrong.iter().take(5).map(|(query, state)| format!("{query}\nbeside {}\nalone {state}", beside[*query]));
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), alone.len(), shown.collect::<Vec<_>>().join("\n\n"));
}

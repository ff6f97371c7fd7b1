//! Empty filters: a condition that is null, or has no condition in it, is ignored.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{
    DatabaseKind, World, custom_fields, each_database,
    random::Random,
    sample_data::SampleData,
    schema::{Field, Schema},
};

/// The conditions that a field of a filter can have without saying anything.
fn empty_conditions(schema: &Schema, field: &Field, depth: usize) -> Vec<Json> {
    let conditions = &schema.get(&field.type_name);
    let mut all = vec![json!(null)];
    if field.list && conditions.kind == "INPUT_OBJECT" {
        all.push(json!([]));
    } else if conditions.kind == "INPUT_OBJECT" {
        all.push(json!({}));
        for inner in conditions.fields.iter().filter(|_| depth > 0) {
            // Edges to many rows ask for rows, whatever the rows are.
            let quantity = ["some", "none", "every"].contains(&inner.name.as_str());
            let depth = if quantity { 0 } else { depth - 1 };
            let inner_conditions = empty_conditions(schema, inner, depth).into_iter();
            let inner_conditions = inner_conditions.filter(|condition| !quantity || condition.is_null());
            all.extend(inner_conditions.map(|condition| json!({ inner.name.clone(): condition })));
        }
    }
    all
}

#[apply(each_database)]
async fn a_condition_that_says_nothing_is_ignored(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::random(&schema, 1);
    sample.create_many(&admin, 12).await;
    custom_fields::add_values(&admin, &schema, &sample.ids, &mut Random::from_seed(1)).await;
    world.link_changes().await;
    let (mut wrong, mut tested, mut edges) = (Vec::new(), 0, 0);
    for node in schema.listed_nodes() {
        let list = &schema.root_list(node).name;
        let filter_type = format!("{node}Filter");
        let query = format!("query($where: {filter_type}) {{ {list}(first: 1, where: $where) {{ totalCount }} }}");
        let count = async |filter: Json| {
            let response = admin.execute_with(&query, json!({ "where": filter })).await;
            response.at(&format!("/data/{list}/totalCount")).as_i64().ok_or_else(|| response.to_string())
        };
        let all = count(json!(null)).await.unwrap();
        assert!(all > 0, "there is no {node}");
        let mut filters = vec![json!({}), json!({ "and": [] }), json!({ "and": [{}] }), json!({ "or": [{}] })];
        for field in &schema.get(&filter_type).fields {
            let far = field.type_name.strip_suffix("Filter").unwrap_or_default();
            if schema.is_node(far) && !field.list && field.name != "not" {
                // An edge to one row, which asks whether there is one.
                filters.push(json!({ field.name.clone(): null }));
                let edge = json!({ field.name.clone(): {} });
                let (with, without) =
                    (count(edge.clone()).await.unwrap(), count(json!({ "not": edge })).await.unwrap());
                assert_eq!(with + without, all, "{list} {}", field.name);
                edges += i64::from(with > 0) + i64::from(without > 0);
            } else if ["and", "or", "not"].contains(&field.name.as_str()) {
                filters.push(json!({ field.name.clone(): null }));
            } else {
                let conditions = empty_conditions(&schema, field, 2).into_iter();
                filters.extend(conditions.map(|condition| json!({ field.name.clone(): condition })));
            }
        }
        if schema.has_field(&filter_type, "customFields") && sample.ids.contains_key(node) {
            let conditions = &schema.get("CustomFieldFilter").fields;
            for sample_field in custom_fields::sample_fields() {
                filters.push(json!({ "customFields": [{ "key": sample_field.key }] }));
                filters.push(json!({ "customFields": [{ "key": sample_field.key, "isNull": null }] }));
                for field in conditions.iter().filter(|field| sample_field.filters.contains(&field.name.as_str())) {
                    filters.extend(empty_conditions(&schema, field, 2).into_iter().map(|condition| {
                        json!({ "customFields": [{ "key": sample_field.key, field.name.clone(): condition }] })
                    }));
                }
            }
        }
        for filter in filters {
            tested += 1;
            match count(filter.clone()).await {
                Ok(found) if found == all => {}
                Ok(found) => wrong.push(format!("{list} {filter}: {found} of {all}")),
                Err(error) => wrong.push(format!("{list} {filter}: {error}")),
            }
        }
    }
    assert!(edges > 15, "only {edges} edges have rows, or have none");
    assert!(tested > 1_000, "only {tested} filters were tested");
    assert!(wrong.is_empty(), "{} of {tested}: {wrong:#?}", wrong.len());
}

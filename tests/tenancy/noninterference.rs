//! Noninterference: writes of another tenant change nothing that the first tenant reads.

use std::collections::BTreeMap;

use rstest_reuse::apply;
use serde_json::{Map, Value as Json, json};

use super::{OTHER_PREFIX, comparable_text};
use crate::world::{
    DatabaseKind, World, each_database,
    sample_data::SampleData,
    schema::{Schema, lower, upper},
};

/// Everything that the first tenant reads of every type, two levels deep, and its errors for inputs that violate a rule.
pub async fn visible_state(
    tenants: &World,
    schema: &Schema,
    types: &[String],
    refused: &Map<String, Json>,
) -> BTreeMap<String, String> {
    let (admin, mut seen) = (tenants.admin(), BTreeMap::new());
    for node in types {
        let list = &schema.root_list(node).name;
        let under = schema.connections_of(node).into_iter().map(|(field, far)| {
            format!(
                "{}(deleted: INCLUDE) {{ totalCount nodes {{ {} }} }}",
                field.name,
                schema.leaf_selections(far).join(" ")
            )
        });
        let under = under.collect::<Vec<_>>().join(" ");
        for deleted in ["EXCLUDE", "INCLUDE", "ONLY"] {
            let select = format!("nodes {{ {} {under} }}", schema.leaf_selections(node).join(" "));
            let query = format!(
                "{{ {list}(first: 100, deleted: {deleted}) {{ totalCount pageInfo {{ hasNextPage }} {select} }} }}"
            );
            seen.insert(query.clone(), comparable_text(&admin.execute(&query).await, "-"));
        }
        for test in ["isNull: true", "isNull: false"] {
            let query = format!("{{ {list}(where: {{ externalReference: {{ {test} }} }}) {{ totalCount }} }}");
            seen.insert(query.clone(), comparable_text(&admin.execute(&query).await, "-"));
        }
    }
    for (mutation, input) in refused {
        let response = admin.send_mutation(mutation, input.clone(), "id").await;
        assert_ne!(response.at(&format!("/data/{mutation}/userErrors")), &json!([]), "{response}");
        seen.insert(mutation.clone(), comparable_text(&response, "-"));
    }
    seen
}

#[apply(each_database)]
async fn writes_of_another_tenant_change_no_response(database: DatabaseKind) {
    let world = World::new(database).await;
    let (admin, other_admin) = (world.admin(), world.other_admin());
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 2).await;
    let types = sample.creatable_types();
    // Inputs that violate a rule: their external references are taken in the first tenant.
    let mut refused = Map::new();
    for node in &types {
        let mutation = format!("{}Create", lower(node));
        let list = &schema.root_list(node).name;
        let taken = format!(
            "{{ {list}(first: 1, where: {{ externalReference: {{ isNull: false }} }}) {{ nodes {{ externalReference }} }} }}"
        );
        let taken = admin.execute(&taken).await;
        let mut again = sample.input(&format!("{}Input", upper(&mutation)), 1, "again", 0);
        again["externalReference"] = taken.at(&format!("/data/{list}/nodes/0/externalReference")).clone();
        refused.insert(mutation, again);
    }
    let before = visible_state(&world, &schema, &types, &refused).await;
    let mut theirs = SampleData::complete(&schema, OTHER_PREFIX);
    theirs.create_all(&other_admin, 3).await;
    // The other tenant may write the same texts: numbers and references are unique within a tenant only.
    SampleData::complete(&schema, "own").create_all(&other_admin, 2).await;
    for node in types.iter().rev() {
        let mutation = format!("{}Delete", lower(node));
        if schema.mutation(&mutation).is_some() {
            other_admin.send_mutation(&mutation, json!({ "id": theirs.id(node, 2) }), "id").await;
        }
    }
    let after = visible_state(&world, &schema, &types, &refused).await;
    for (query, before) in &before {
        assert_eq!(*before, after[query], "{query}");
        assert!(!after[query].contains(OTHER_PREFIX), "{query}: {}", after[query]);
    }
    SampleData::complete(&schema, OTHER_PREFIX).create_all(&admin, 2).await;
}

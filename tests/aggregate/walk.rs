//! Every list is grouped by every field of its type, or says why not.

use rstest_reuse::apply;

use crate::world::{DatabaseKind, World, each_database, sample_data::SampleData, schema::Schema};

/// The walk finds the fields of new types by itself.
#[apply(each_database)]
async fn every_field_of_every_list_has_groups_or_a_reason(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "sample");
    sample.create_all(&admin, 2).await;
    world.link_changes().await;
    let (mut grouped, mut refused, mut enums) = (0, 0, 0);
    for node in sample.creatable_types().iter().map(String::as_str).chain(["Change"]) {
        let list = &schema.root_list(node).name;
        let filter = schema.get(&format!("{node}Filter"));
        for field in &schema.get(&format!("{node}Field")).values {
            let name = camel_case(field);
            let operators = &filter.fields.iter().find(|field| field.name == name).unwrap().type_name;
            let bucket = if operators == "DateTimeFilter" { ", bucket: DAY" } else { "" };
            let query = format!(
                "{{ {list} {{ totalCount aggregate(groupBy: {{ field: {field}{bucket} }}, figures: {{ function: DISTINCT,
                    field: {field} }}) {{ groups {{ keys {{ value id }} count figures {{ number }} }} }} }} }}"
            );
            let response = admin.execute(&query).await;
            if response.error_codes() == ["BAD_INPUT"] {
                let message = response.text("/errors/0/message");
                assert!(message.starts_with(&format!("groupBy.0: {field} is ")), "{message}");
                refused += 1;
                continue;
            }
            assert_eq!(response.error_codes(), Vec::<&str>::new(), "{node} {field}: {response}");
            let found = &response.data()[list];
            let groups = found["aggregate"]["groups"].as_array().unwrap();
            let sum: u64 = groups.iter().map(|group| group["count"].as_u64().unwrap()).sum();
            assert_eq!(Some(sum), found["totalCount"].as_u64(), "{node} {field}");
            grouped += 1;
            let Some(eq) = schema.get(operators).fields.iter().find(|field| field.name == "eq") else { continue };
            if !schema.names().any(|name| name == eq.type_name) || schema.get(&eq.type_name).values.is_empty() {
                continue;
            }
            let names = &schema.get(&eq.type_name).values;
            for key in groups.iter().filter_map(|group| group["keys"][0]["value"].as_str()) {
                assert!(names.iter().any(|name| name == key), "{node} {field}: {key}");
                enums += 1;
            }
        }
    }
    assert!(grouped > 80 && refused > 20 && enums > 20, "{grouped} {refused} {enums}");
}

/// `SCHEDULED_PICKUP` is the field `scheduledPickup`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_').map(str::to_lowercase);
    let first = words.next().unwrap();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

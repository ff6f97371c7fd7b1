//! Tenancy: a request that refers to rows of another tenant is answered as if they did not exist.

mod noninterference;
mod same_ids;

use std::collections::BTreeMap;

use rstest_reuse::apply;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::world::{
    Actor, DatabaseKind, JsonResponse, World, each_database,
    input_reference::{InputReference, collect_input_references, set_value_at},
    sample_data::SampleData,
    schema::Schema,
};

/// The prefix of every text of the other tenant. No id contains it: ids have no `u`.
const OTHER_PREFIX: &str = "xuz";
/// A text as long as those of the other tenant, which no row has.
const UNKNOWN_TEXT: &str = "xuzzzzz";

/// References that are accepted only together with another one: mutation (or `*`), field, the other field.
const PAIRED_FIELDS: &[(&str, &str, &str)] =
    &[("*", "pickupLocation", "deliveryLocation"), ("*", "deliveryLocation", "pickupLocation")];

/// A world whose two tenants have two rows of every type each.
struct TwoTenants {
    world: World,
    admin: Actor,
    schema: Schema,
    own: BTreeMap<String, Vec<String>>,
    theirs: BTreeMap<String, Vec<String>>,
    /// Texts of the other tenant, with the paths of their input fields.
    texts: Vec<(String, String)>,
}

impl TwoTenants {
    async fn new(database: DatabaseKind) -> Self {
        let world = World::new(database).await;
        let (admin, other_admin) = (world.admin(), world.other_admin());
        let schema = Schema::load(&admin).await;
        let mut sample = SampleData::complete(&schema, "own");
        sample.create_all(&admin, 2).await;
        let own = sample.ids;
        let mut sample = SampleData::complete(&schema, OTHER_PREFIX);
        sample.create_all(&other_admin, 2).await;
        let (mut theirs, texts) = (sample.ids, sample.texts);
        world.link_changes().await;
        // Types without a create mutation.
        for (node, query) in
            [("Tenant", "{ viewer { tenant { id } } }"), ("Change", "{ changes(last: 1) { nodes { id } } }")]
        {
            let response = other_admin.execute(query).await;
            theirs.insert(node.to_owned(), vec![first_id(response.data()).unwrap()]);
        }
        Self { world, admin, schema, own, theirs, texts }
    }

    /// Pairs of a reference to a row of the other tenant and a reference to no row: ids and external references.
    async fn reference_pairs(&self, node: &str) -> Vec<(String, String)> {
        let theirs = &self.theirs[node][0];
        let (prefix, _) = theirs.rsplit_once('_').unwrap();
        let mut pairs = vec![(theirs.clone(), format!("{prefix}_{}", unknown_id_suffix()))];
        let query = format!("{{ node(id: \"{theirs}\") {{ ... on {node} {{ externalReference }} }} }}");
        if self.schema.is_node(node)
            && self.schema.has_field(node, "externalReference")
            && let Some(reference) =
                self.world.other_admin().execute(&query).await.at("/data/node/externalReference").as_str()
        {
            pairs.push((reference.to_owned(), "y".repeat(reference.len())));
        }
        pairs
    }
}

fn first_id(json: &Json) -> Option<String> {
    match json {
        Json::String(id) => Some(id.clone()),
        Json::Array(items) => items.iter().find_map(first_id),
        Json::Object(fields) => fields.values().find_map(first_id),
        _ => None,
    }
}

/// The suffix of an id that no row has.
fn unknown_id_suffix() -> String {
    let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bits = Uuid::now_v7().as_u128();
    (0..26).rev().map(|place| char::from(alphabet[usize::try_from((bits >> (place * 5)) & 31).unwrap()])).collect()
}

/// The text of a response without its request id and with one word in place of a reference.
fn comparable_text(response: &JsonResponse, name: &str) -> String {
    let mut body = response.body.clone();
    remove_request_ids(&mut body);
    // The remaining cost falls with every request; the cost of a request does not change.
    if let Some(cost) = body["extensions"]["cost"].as_object_mut() {
        cost.remove("remaining");
    }
    format!("{} {body:#}", response.status).replace(name, "NAME")
}

fn remove_request_ids(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(remove_request_ids),
        Json::Object(fields) => {
            fields.remove("requestId");
            fields.values_mut().for_each(remove_request_ids);
        }
        _ => {}
    }
}

#[apply(each_database)]
async fn an_id_of_another_tenant_is_answered_like_an_unknown_id(database: DatabaseKind) {
    let tenants = TwoTenants::new(database).await;
    let (mut compared, mut differences) = (0, Vec::new());
    for query in tenants.schema.queries() {
        let Some(arg) = query.args.iter().find(|arg| ["ID", "Ref"].contains(&arg.type_name.as_str())) else { continue };
        for node in tenants.theirs.keys() {
            let below = if tenants.schema.has_fields(&query.type_name) { "{ __typename }" } else { "" };
            let text = format!("query($id: {}) {{ {}({}: $id) {below} }}", arg.type_text, query.name, arg.name);
            for (theirs, unknown) in tenants.reference_pairs(node).await {
                let mut responses = Vec::new();
                for name in [&theirs, &unknown] {
                    let id = if arg.list { json!([name, tenants.own["Customer"][0]]) } else { json!(name) };
                    let response = tenants.admin.execute_with(&text, json!({ "id": id })).await;
                    responses.push(comparable_text(&response, name));
                }
                compared += 1;
                if responses[0] != responses[1] || !responses[0].contains("null") {
                    differences.push(format!("{} of a {node}:\n{}\n{}", query.name, responses[0], responses[1]));
                }
            }
        }
    }
    assert!(compared > 20, "only {compared} requests were compared");
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

#[apply(each_database)]
async fn a_mutation_that_refers_to_another_tenant_fails_like_an_unknown_reference(database: DatabaseKind) {
    let tenants = TwoTenants::new(database).await;
    let schema = &tenants.schema;
    let (mut compared, mut differences) = (0, Vec::new());
    for mutation in schema.mutations() {
        for arg in &mutation.args {
            let mut found = Vec::new();
            if schema.get(&arg.type_name).kind == "INPUT_OBJECT" {
                collect_input_references(schema, &arg.type_name, &[], &mut found);
            }
            for InputReference { path, field } in found {
                // The constant part of the input: only required fields, and the mutated row is one of the caller's tenant.
                let mut sample = SampleData::complete(schema, "own");
                sample.ids.clone_from(&tenants.own);
                sample.required_fields_only(true);
                let mut input = sample.input(&arg.type_name, 0, &mutation.name, 0);
                // An upsert of a new row requires the fields of a create.
                if let Some(node) = mutation.name.trim_end_matches("Many").strip_suffix("Upsert")
                    && let Some(create) = schema.mutation(&format!("{node}Create"))
                {
                    for (field, value) in sample.input(&create.args[0].type_name, 0, node, 0).as_object().unwrap() {
                        input[field] = value.clone();
                    }
                }
                let written = schema.mutated_type(mutation).unwrap_or_default().to_owned();
                let own = tenants.own.get(&written).and_then(|ids| ids.first());
                if schema.get(&arg.type_name).fields.iter().any(|field| field.name == "id") {
                    input["id"] = json!(own);
                }
                let named = match field.name.as_str() {
                    "id" if path.len() == 1 => vec![written],
                    name => sample
                        .referenced_type(name)
                        .map_or_else(|| tenants.theirs.keys().cloned().collect(), |node| vec![node]),
                };
                for (_, one, other) in
                    PAIRED_FIELDS.iter().filter(|(of, ..)| [mutation.name.trim_end_matches("Many"), "*"].contains(of))
                {
                    if *one == field.name {
                        let far = sample.referenced_type(other).unwrap();
                        input[*other] = json!(tenants.own[&far][0]);
                    }
                }
                for node in named.iter().filter(|node| tenants.theirs.contains_key(*node)) {
                    for (theirs, unknown) in tenants.reference_pairs(node).await {
                        let mut responses = Vec::new();
                        for name in [&theirs, &unknown] {
                            let mut input = input.clone();
                            set_value_at(&mut sample, schema, &arg.type_name, &mut input, &path, name);
                            let payload = schema.payload(&mutation.type_name, "id version");
                            let text = format!(
                                "mutation($input: {}) {{ {}({}: $input) {{ {payload} }} }}",
                                arg.type_text, mutation.name, arg.name
                            );
                            responses.push(comparable_text(
                                &tenants.admin.execute_with(&text, json!({ "input": input })).await,
                                name,
                            ));
                        }
                        compared += 1;
                        if responses[0] != responses[1] || !responses[0].contains("NOT_FOUND") {
                            let place = format!("{} at {} of a {node}", mutation.name, path.join("."));
                            differences.push(format!("{place}:\n{}\n{}", responses[0], responses[1]));
                        }
                    }
                }
            }
        }
    }
    assert!(compared > 20, "only {compared} mutations were compared");
    assert!(differences.is_empty(), "{} of {compared}\n{}", differences.len(), differences.join("\n\n"));
}

/// Filters of a type that compare an id or a text, with a placeholder for the value. Below an edge, one operator of each
/// field stands for the others.
fn filter_templates(schema: &Schema, filter: &str, depth: usize) -> Vec<Json> {
    let mut all = Vec::new();
    for field in &schema.get(filter).fields {
        // The filter of custom fields is a list with a key, tested in tests/custom_field.
        if ["and", "or", "none", "every"].contains(&field.name.as_str())
            || schema.get(&field.type_name).kind != "INPUT_OBJECT"
            || field.list
            || (field.name == "not" && depth > 0)
        {
            continue;
        }
        // The result of a comparison with `lt` or `gt` depends on the texts of the caller's tenant, too.
        let below = schema
            .get(&field.type_name)
            .fields
            .iter()
            .filter(|test| !["lt", "lte", "gt", "gte"].contains(&test.name.as_str()));
        let mut inner: Vec<_> = below
            .filter(|test| ["ID", "String"].contains(&test.type_name.as_str()))
            .map(|test| json!({ &test.name: if test.list { json!(["NAME"]) } else { json!("NAME") } }))
            .collect();
        if depth > 0 {
            inner.truncate(1);
        }
        if inner.is_empty() && (depth < 2 || field.name == "some") {
            inner.extend(filter_templates(schema, &field.type_name, depth + 1));
        }
        all.extend(inner.into_iter().map(|inner| json!({ &field.name: inner })));
    }
    all
}

#[apply(each_database)]
async fn filters_search_and_cursors_reveal_nothing_of_another_tenant(database: DatabaseKind) {
    let tenants = TwoTenants::new(database).await;
    let (schema, other_admin) = (&tenants.schema, tenants.world.other_admin());
    let (mut compared, mut differences) = (0, Vec::new());
    for node in tenants.theirs.keys().filter(|node| *node != "Tenant") {
        let list = schema.root_list(node);
        let filter = list.args.iter().find(|arg| arg.name == "where").unwrap();
        let select = "totalCount nodes { id } pageInfo { hasNextPage }";
        let text = format!("query($where: {}) {{ {}(where: $where) {{ {select} }} }}", filter.type_name, list.name);
        let (id, nobody) = tenants.reference_pairs(node).await.swap_remove(0);
        let texts: Vec<_> =
            tenants.texts.iter().map(|(_, text)| text.as_str()).filter(|text| text.starts_with(OTHER_PREFIX)).collect();
        for test in filter_templates(schema, &filter.type_name, 0) {
            let by_id = ["\"eq\":", "\"in\":[", "\"neq\":", "\"notIn\":["]
                .iter()
                .any(|op| test.to_string().contains(&format!("\"id\":{{{op}")));
            let names: Vec<(&str, &str)> = if by_id {
                vec![(&id, &nobody)]
            } else {
                // A text of the other tenant that this field may have, each in turn, and the prefix of all of them.
                vec![(texts[compared % texts.len()], UNKNOWN_TEXT), (OTHER_PREFIX, "yqz")]
            };
            for (theirs, unknown) in names {
                let mut responses = Vec::new();
                for name in [theirs, unknown] {
                    let filter: Json = serde_json::from_str(&test.to_string().replace("NAME", name)).unwrap();
                    let response = tenants.admin.execute_with(&text, json!({ "where": filter })).await;
                    responses.push(comparable_text(&response, name));
                }
                compared += 1;
                if responses[0] != responses[1]
                    || responses[0].contains("INTERNAL")
                    || responses[0].contains("BAD_REQUEST")
                {
                    differences.push(format!("{}({test}) of {theirs}:\n{}\n{}", list.name, responses[0], responses[1]));
                }
            }
        }
        // A cursor of the other tenant is not valid.
        let theirs =
            other_admin.execute(&format!("{{ {}(first: 1) {{ pageInfo {{ endCursor }} }} }}", list.name)).await;
        let cursor = theirs.text(&format!("/data/{}/pageInfo/endCursor", list.name)).to_owned();
        for (size, arg) in [("first", "after"), ("last", "before")] {
            let text = format!("query($c: String) {{ {}({size}: 1, {arg}: $c) {{ nodes {{ id }} }} }}", list.name);
            let response = tenants.admin.execute_with(&text, json!({ "c": cursor })).await;
            assert_eq!(response.error_codes(), ["BAD_CURSOR"], "{response}");
        }
    }
    for query in schema.queries() {
        for arg in query
            .args
            .iter()
            .filter(|arg| arg.type_name == "String" && !["after", "before"].contains(&arg.name.as_str()))
        {
            for (_, texts) in &tenants.texts {
                let below = if schema.connection_node(&query.type_name).is_some() {
                    "{ totalCount nodes { id } }"
                } else {
                    "{ __typename }"
                };
                let text = format!("query($text: {}) {{ {}({}: $text) {below} }}", arg.type_text, query.name, arg.name);
                let mut responses = Vec::new();
                for name in [texts.as_str(), UNKNOWN_TEXT] {
                    let response = tenants.admin.execute_with(&text, json!({ "text": name })).await;
                    responses.push(comparable_text(&response, name));
                }
                compared += 1;
                if responses[0] != responses[1] {
                    differences.push(format!("{}({texts}):\n{}\n{}", query.name, responses[0], responses[1]));
                }
            }
        }
    }
    assert!(compared > 100, "only {compared} requests were compared");
    assert!(differences.is_empty(), "{} of {compared}\n{}", differences.len(), differences.join("\n\n"));
}

//! Tenancy: whatever of another tenant a request names, it is answered as if it had never existed.

mod twin;

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::world::{
    Actor, Answer, On, Postgres, Sqlite, World,
    place::{Place, places, put},
    sample::Sample,
    schema::{Schema, lower},
};

/// Every text of the other tenant begins so.
const MARKER: &str = "xqz";
/// A text as long as one of theirs, which nobody has written.
const NEVER: &str = "xqzzzzz";

/// References that another one must be given with: mutation (or `*`), field, the other.
const TOGETHER: &[(&str, &str, &str)] = &[
    ("*", "pickupLocation", "deliveryLocation"),
    ("*", "deliveryLocation", "pickupLocation"),
    ("customerAssetAssign", "customer", "asset"),
    ("customerAssetAssign", "location", "asset"),
];

/// Two tenants with two rows of every type each.
struct Neighbours {
    world: World,
    admin: Actor,
    schema: Schema,
    own: BTreeMap<String, Vec<String>>,
    theirs: BTreeMap<String, Vec<String>>,
    /// Texts of theirs that an index may know.
    said: Vec<(String, String)>,
}

impl Neighbours {
    async fn on(on: On) -> Self {
        let world = World::on(on).await;
        let (admin, stranger) = (world.admin(), world.stranger());
        let schema = Schema::of(&admin).await;
        let mut sample = Sample::whole(&schema, "own");
        sample.make_all(&admin, 2).await;
        let own = sample.ids;
        let mut sample = Sample::whole(&schema, MARKER);
        sample.make_all(&stranger, 2).await;
        let (mut theirs, said) = (sample.ids, sample.said);
        world.link().await;
        // What is not made by a mutation of its own.
        for (node, query) in
            [("Tenant", "{ viewer { tenant { id } } }"), ("Change", "{ changes(last: 1) { nodes { id } } }")]
        {
            let answer = stranger.ask(query).await;
            theirs.insert(node.to_owned(), vec![first_id(answer.data()).unwrap()]);
        }
        Self { world, admin, schema, own, theirs, said }
    }

    /// Names of one row of theirs, and of one that never was: ids of a type, and external references.
    async fn pairs(&self, node: &str) -> Vec<(String, String)> {
        let theirs = &self.theirs[node][0];
        let (prefix, _) = theirs.rsplit_once('_').unwrap();
        let mut pairs = vec![(theirs.clone(), format!("{prefix}_{}", never()))];
        let query = format!("{{ node(id: \"{theirs}\") {{ ... on {node} {{ externalReference }} }} }}");
        if self.schema.is_node(node)
            && let Some(reference) = self.world.stranger().ask(&query).await.at("/data/node/externalReference").as_str()
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

/// The second half of an id that nobody has.
fn never() -> String {
    let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bits = Uuid::now_v7().as_u128();
    (0..26).rev().map(|place| char::from(alphabet[usize::try_from((bits >> (place * 5)) & 31).unwrap()])).collect()
}

/// An answer without what names the request, and with one word for a name.
fn plain(answer: &Answer, name: &str) -> String {
    let mut body = answer.body.clone();
    forget(&mut body);
    // What is left to spend falls from one question to the next; what a question costs does not.
    if let Some(cost) = body["extensions"]["cost"].as_object_mut() {
        cost.remove("remaining");
    }
    format!("{} {body:#}", answer.status).replace(name, "NAME")
}

fn forget(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(forget),
        Json::Object(fields) => {
            fields.remove("requestId");
            fields.values_mut().for_each(forget);
        }
        _ => {}
    }
}

#[rstest]
#[tokio::test]
async fn a_foreign_id_is_answered_as_one_that_never_was(#[values(Sqlite, Postgres)] on: On) {
    let near = Neighbours::on(on).await;
    let (mut asked, mut wrong) = (0, Vec::new());
    for query in near.schema.queries() {
        let Some(arg) = query.args.iter().find(|arg| ["ID", "Ref"].contains(&arg.of.as_str())) else { continue };
        for node in near.theirs.keys() {
            let below = if near.schema.has_fields(&query.of) { "{ __typename }" } else { "" };
            let text = format!("query($id: {}) {{ {}({}: $id) {below} }}", arg.written, query.name, arg.name);
            for (theirs, nobodys) in near.pairs(node).await {
                let mut answers = Vec::new();
                for name in [&theirs, &nobodys] {
                    let id = if arg.list { json!([name, near.own["Customer"][0]]) } else { json!(name) };
                    let answer = near.admin.ask_with(&text, json!({ "id": id })).await;
                    answers.push(plain(&answer, name));
                }
                asked += 1;
                if answers[0] != answers[1] || !answers[0].contains("null") {
                    wrong.push(format!("{} of a {node}:\n{}\n{}", query.name, answers[0], answers[1]));
                }
            }
        }
    }
    assert!(asked > 20, "only {asked} questions were asked");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[rstest]
#[tokio::test]
async fn a_mutation_that_names_a_foreign_row_is_refused_as_if_it_never_was(#[values(Sqlite, Postgres)] on: On) {
    let near = Neighbours::on(on).await;
    let schema = &near.schema;
    let (mut asked, mut wrong) = (0, Vec::new());
    for mutation in schema.mutations() {
        for arg in &mutation.args {
            let mut found = Vec::new();
            if schema.get(&arg.of).kind == "INPUT_OBJECT" {
                places(schema, &arg.of, &[], &mut found);
            }
            for Place { path, field } in found {
                // The fixed part of the input: only what must be there, and the row that is written is our own.
                let mut sample = Sample::whole(schema, "own");
                sample.ids.clone_from(&near.own);
                sample.bare(true);
                let mut input = sample.input(&arg.of, 0, &mutation.name, 0);
                // An upsert of a new row asks for what a create does.
                if let Some(node) = mutation.name.trim_end_matches("Many").strip_suffix("Upsert")
                    && let Some(create) = schema.mutation(&format!("{node}Create"))
                {
                    for (field, value) in sample.input(&create.args[0].of, 0, node, 0).as_object().unwrap() {
                        input[field] = value.clone();
                    }
                }
                let written = schema.written(mutation).unwrap_or_default().to_owned();
                let own = near.own.get(&written).and_then(|ids| ids.first());
                if schema.get(&arg.of).fields.iter().any(|field| field.name == "id") {
                    input["id"] = json!(own);
                }
                let named = match field.name.as_str() {
                    "id" if path.len() == 1 => vec![written],
                    name => {
                        sample.refers(name).map_or_else(|| near.theirs.keys().cloned().collect(), |node| vec![node])
                    }
                };
                for (_, one, other) in
                    TOGETHER.iter().filter(|(of, ..)| [mutation.name.trim_end_matches("Many"), "*"].contains(of))
                {
                    if *one == field.name {
                        let far = sample.refers(other).unwrap();
                        input[*other] = json!(near.own[&far][0]);
                    }
                }
                for node in named.iter().filter(|node| near.theirs.contains_key(*node)) {
                    for (theirs, nobodys) in near.pairs(node).await {
                        let mut answers = Vec::new();
                        for name in [&theirs, &nobodys] {
                            let mut input = input.clone();
                            put(&mut sample, schema, &arg.of, &mut input, &path, name);
                            let payload = schema.payload(&mutation.of, "id version");
                            let text = format!(
                                "mutation($input: {}) {{ {}({}: $input) {{ {payload} }} }}",
                                arg.written, mutation.name, arg.name
                            );
                            answers.push(plain(&near.admin.ask_with(&text, json!({ "input": input })).await, name));
                        }
                        asked += 1;
                        if answers[0] != answers[1] || !answers[0].contains("NOT_FOUND") {
                            let place = format!("{} at {} of a {node}", mutation.name, path.join("."));
                            wrong.push(format!("{place}:\n{}\n{}", answers[0], answers[1]));
                        }
                    }
                }
            }
        }
    }
    assert!(asked > 20, "only {asked} mutations were tried");
    assert!(wrong.is_empty(), "{} of {asked}\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Tests of a filter type that name an id or a text: the filter, with a mark where the name goes. Below an edge one test
/// of each field stands for the others.
fn tests(schema: &Schema, filter: &str, depth: usize) -> Vec<Json> {
    let mut all = Vec::new();
    for field in &schema.get(filter).fields {
        // A custom field's filter is a list; its key is a text among others, tested in tests/custom_field.rs.
        if ["and", "or", "none", "every"].contains(&field.name.as_str())
            || schema.get(&field.of).kind != "INPUT_OBJECT"
            || field.list
            || (field.name == "not" && depth > 0)
        {
            continue;
        }
        // What comes before or after a text depends on our own texts too.
        let below = schema
            .get(&field.of)
            .fields
            .iter()
            .filter(|test| !["lt", "lte", "gt", "gte"].contains(&test.name.as_str()));
        let mut inner: Vec<_> = below
            .filter(|test| ["ID", "String"].contains(&test.of.as_str()))
            .map(|test| json!({ &test.name: if test.list { json!(["NAME"]) } else { json!("NAME") } }))
            .collect();
        if depth > 0 {
            inner.truncate(1);
        }
        if inner.is_empty() && (depth < 2 || field.name == "some") {
            inner.extend(tests(schema, &field.of, depth + 1));
        }
        all.extend(inner.into_iter().map(|inner| json!({ &field.name: inner })));
    }
    all
}

#[rstest]
#[tokio::test]
async fn no_filter_search_or_cursor_knows_what_another_tenant_has(#[values(Sqlite, Postgres)] on: On) {
    let near = Neighbours::on(on).await;
    let (schema, stranger) = (&near.schema, near.world.stranger());
    let (mut asked, mut wrong) = (0, Vec::new());
    for node in near.theirs.keys().filter(|node| *node != "Tenant") {
        let list = schema.list_of(node);
        let filter = list.args.iter().find(|arg| arg.name == "where").unwrap();
        let select = "totalCount nodes { id } pageInfo { hasNextPage }";
        let text = format!("query($where: {}) {{ {}(where: $where) {{ {select} }} }}", filter.of, list.name);
        let (id, nobody) = near.pairs(node).await.swap_remove(0);
        let texts: Vec<_> =
            near.said.iter().map(|(_, text)| text.as_str()).filter(|text| text.starts_with(MARKER)).collect();
        for test in tests(schema, &filter.of, 0) {
            let by_id = ["\"eq\":", "\"in\":[", "\"neq\":", "\"notIn\":["]
                .iter()
                .any(|op| test.to_string().contains(&format!("\"id\":{{{op}")));
            let names: Vec<(&str, &str)> = if by_id {
                vec![(&id, &nobody)]
            } else {
                // Some text of theirs that this field might hold, by its turn, and their marker.
                vec![(texts[asked % texts.len()], NEVER), (MARKER, "yqz")]
            };
            for (theirs, nobodys) in names {
                let mut answers = Vec::new();
                for name in [theirs, nobodys] {
                    let filter: Json = serde_json::from_str(&test.to_string().replace("NAME", name)).unwrap();
                    let answer = near.admin.ask_with(&text, json!({ "where": filter })).await;
                    answers.push(plain(&answer, name));
                }
                asked += 1;
                if answers[0] != answers[1] || answers[0].contains("INTERNAL") || answers[0].contains("BAD_REQUEST") {
                    wrong.push(format!("{}({test}) of {theirs}:\n{}\n{}", list.name, answers[0], answers[1]));
                }
            }
        }
        // A cursor of theirs is no cursor of ours.
        let theirs = stranger.ask(&format!("{{ {}(first: 1) {{ pageInfo {{ endCursor }} }} }}", list.name)).await;
        let cursor = theirs.text(&format!("/data/{}/pageInfo/endCursor", list.name)).to_owned();
        for (size, arg) in [("first", "after"), ("last", "before")] {
            let text = format!("query($c: String) {{ {}({size}: 1, {arg}: $c) {{ nodes {{ id }} }} }}", list.name);
            let answer = near.admin.ask_with(&text, json!({ "c": cursor })).await;
            assert_eq!(answer.codes(), ["BAD_CURSOR"], "{answer}");
        }
    }
    for query in schema.queries() {
        for arg in
            query.args.iter().filter(|arg| arg.of == "String" && !["after", "before"].contains(&arg.name.as_str()))
        {
            for (_, said) in &near.said {
                let below =
                    if schema.listed(&query.of).is_some() { "{ totalCount nodes { id } }" } else { "{ __typename }" };
                let text = format!("query($text: {}) {{ {}({}: $text) {below} }}", arg.written, query.name, arg.name);
                let mut answers = Vec::new();
                for name in [said.as_str(), NEVER] {
                    let answer = near.admin.ask_with(&text, json!({ "text": name })).await;
                    answers.push(plain(&answer, name));
                }
                asked += 1;
                if answers[0] != answers[1] {
                    wrong.push(format!("{}({said}):\n{}\n{}", query.name, answers[0], answers[1]));
                }
            }
        }
    }
    assert!(asked > 100, "only {asked} questions were asked");
    assert!(wrong.is_empty(), "{} of {asked}\n{}", wrong.len(), wrong.join("\n\n"));
}

/// All that the first tenant sees of every type, two levels deep, and what it is told when it breaks a rule.
async fn seen(near: &World, schema: &Schema, made: &[String], refused: &Map<String, Json>) -> BTreeMap<String, String> {
    let (admin, mut seen) = (near.admin(), BTreeMap::new());
    for node in made {
        let list = &schema.list_of(node).name;
        let under = schema.lists_under(node).into_iter().map(|(field, far)| {
            format!("{}(deleted: INCLUDE) {{ totalCount nodes {{ {} }} }}", field.name, schema.leaves(far).join(" "))
        });
        let under = under.collect::<Vec<_>>().join(" ");
        for deleted in ["EXCLUDE", "INCLUDE", "ONLY"] {
            let select = format!("nodes {{ {} {under} }}", schema.leaves(node).join(" "));
            let query = format!(
                "{{ {list}(first: 100, deleted: {deleted}) {{ totalCount pageInfo {{ hasNextPage }} {select} }} }}"
            );
            seen.insert(query.clone(), plain(&admin.ask(&query).await, "-"));
        }
        for test in ["isNull: true", "isNull: false"] {
            let query = format!("{{ {list}(where: {{ externalReference: {{ {test} }} }}) {{ totalCount }} }}");
            seen.insert(query.clone(), plain(&admin.ask(&query).await, "-"));
        }
    }
    for (mutation, input) in refused {
        let answer = admin.tried(mutation, input.clone(), "id").await;
        assert_ne!(answer.at(&format!("/data/{mutation}/userErrors")), &json!([]), "{answer}");
        seen.insert(mutation.clone(), plain(&answer, "-"));
    }
    seen
}

#[rstest]
#[tokio::test]
async fn nothing_that_another_tenant_writes_changes_an_answer(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (admin, stranger) = (world.admin(), world.stranger());
    let schema = Schema::of(&admin).await;
    let mut sample = Sample::whole(&schema, "own");
    sample.make_all(&admin, 2).await;
    let made = sample.made();
    // Rows that break a rule: their external references are taken, here.
    let mut refused = Map::new();
    for node in &made {
        let mutation = format!("{}Create", lower(node));
        let list = &schema.list_of(node).name;
        let taken = admin.ask(&format!("{{ {list}(first: 1) {{ nodes {{ externalReference }} }} }}")).await;
        let mut again =
            sample.input(&format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]), 1, "again", 0);
        again["externalReference"] = taken.at(&format!("/data/{list}/nodes/0/externalReference")).clone();
        refused.insert(mutation, again);
    }
    let before = seen(&world, &schema, &made, &refused).await;
    let mut theirs = Sample::whole(&schema, MARKER);
    theirs.make_all(&stranger, 3).await;
    // They may also write what is written here: no number or reference of ours is taken for them, nor theirs for us.
    Sample::whole(&schema, "own").make_all(&stranger, 2).await;
    for node in made.iter().rev() {
        let mutation = format!("{}Delete", lower(node));
        if schema.mutation(&mutation).is_some() {
            stranger.tried(&mutation, json!({ "id": theirs.id(node, 2) }), "id").await;
        }
    }
    let after = seen(&world, &schema, &made, &refused).await;
    for (query, before) in &before {
        assert_eq!(*before, after[query], "{query}");
        assert!(!after[query].contains(MARKER), "{query}: {}", after[query]);
    }
    Sample::whole(&schema, MARKER).make_all(&admin, 2).await;
}

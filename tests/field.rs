//! Fields: columns are read only if selected, so a field alone must say what it says among all the others.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, On, Postgres, Sqlite, World,
    sample::Sample,
    schema::{Schema, lower},
};

/// Fields that no sample gives a value, each with its reason.
const SILENT: &[(&str, &str)] = &[
    ("ServiceRecord.cancelReason", "what is completed is not cancelled; tests/service_record.rs cancels one"),
    ("CustomFieldDefinition.default", OTHER_TYPES),
    ("CustomFieldDefinition.minimum", OTHER_TYPES),
    ("CustomFieldDefinition.maximum", OTHER_TYPES),
    ("CustomFieldDefinition.unit", OTHER_TYPES),
    ("CustomFieldDefinition.minimumLength", OTHER_TYPES),
    ("CustomFieldDefinition.maximumLength", OTHER_TYPES),
    ("CustomFieldDefinition.pattern", OTHER_TYPES),
    ("CustomFieldDefinition.options.key", OTHER_TYPES),
    ("CustomFieldDefinition.options.title", OTHER_TYPES),
    ("CustomFieldDefinition.options.translations.language", OTHER_TYPES),
    ("CustomFieldDefinition.options.translations.title", OTHER_TYPES),
    ("CustomFieldDefinition.currency", OTHER_TYPES),
];

/// Why a sample of one type of custom field has no rules of the others.
const OTHER_TYPES: &str = "a rule of fields of another type; tests/custom_field has one of each";

/// Mutations that fill what no row has when it is made: the mutation, and the type whose second row it is done to.
const STEPS: &[(&str, &str)] = &[("loadCancel", "Load")];

/// How many fields are asked for in one request, each in a list of its own.
const TOGETHER: usize = 8;

/// A world with three rows of every type, the last of which are deleted.
async fn full(world: &World) -> (Schema, Actor, Vec<String>) {
    let admin = world.admin();
    let schema = Schema::of(&admin).await;
    let mut sample = Sample::whole(&schema, "zq");
    sample.make_all(&admin, 3).await;
    for (step, node) in STEPS {
        let mutation = schema.mutation(step).unwrap();
        let mut input = sample.input(&mutation.args[0].of, 1, step, 0);
        input["id"] = json!(sample.id(node, 1));
        admin.done(step, input, "id").await;
    }
    let made = sample.made();
    for node in made.iter().rev() {
        let mutation = format!("{}Delete", lower(node));
        if schema.mutation(&mutation).is_some() {
            admin.tried(&mutation, json!({ "id": sample.id(node, 2) }), "id").await;
        }
    }
    (schema, admin, made)
}

/// Asks for each leaf alone and for all of them together, at a place of the query, and names those that differ.
async fn differing(actor: &Actor, leaves: &[String], place: impl Fn(&str) -> String) -> (Json, Vec<String>) {
    let whole = actor.ask(&format!("{{ a: {} }}", place(&leaves.join(" ")))).await;
    let whole = whole.data()["a"].clone();
    let mut wrong = Vec::new();
    for some in leaves.chunks(TOGETHER) {
        let asked = some.iter().enumerate().map(|(index, leaf)| format!("a{index}: {}", place(leaf)));
        let answer = actor.ask(&format!("{{ {} }}", asked.collect::<Vec<_>>().join(" "))).await;
        for (index, leaf) in some.iter().enumerate() {
            let alone = &answer.data()[format!("a{index}")];
            if !contains(&whole, alone) {
                wrong.push(format!("{leaf} alone: {alone}"));
            }
        }
    }
    (whole, wrong)
}

/// Whether all of a part stands in a whole.
fn contains(whole: &Json, part: &Json) -> bool {
    match (whole, part) {
        (Json::Object(whole), Json::Object(part)) => {
            part.iter().all(|(name, part)| whole.get(name).is_some_and(|whole| contains(whole, part)))
        }
        (Json::Array(whole), Json::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        _ => whole == part,
    }
}

/// The leaves of which some row says something.
fn said(row: &Json, path: &str, found: &mut BTreeSet<String>) {
    match row {
        Json::Null => {}
        Json::Object(fields) => fields.iter().for_each(|(name, value)| said(value, &format!("{path}.{name}"), found)),
        Json::Array(items) if items.iter().any(Json::is_object) => {
            for item in items {
                said(item, path, found);
            }
        }
        Json::Array(items) if items.is_empty() => {}
        _ => {
            found.insert(path.trim_start_matches('.').to_owned());
        }
    }
}

/// `contactInfo { email }` as `contactInfo.email`.
fn dotted(leaf: &str) -> String {
    leaf.split(" { ")
        .map(|part| part.trim_end_matches([' ', '}']))
        .filter(|part| !part.starts_with("... on"))
        .collect::<Vec<_>>()
        .join(".")
}

#[rstest]
#[tokio::test]
async fn a_field_alone_says_what_it_says_among_all(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (schema, admin, made) = full(&world).await;
    let (mut wrong, mut silent) = (Vec::new(), Vec::new());
    for node in &made {
        let (leaves, list, one) = (schema.leaves(node), &schema.list_of(node).name, lower(node));
        let all = |below: &str| format!("{list}(first: 50, deleted: INCLUDE) {below}");
        let (whole, differs) = differing(&admin, &leaves, |leaf| all(&format!("{{ nodes {{ {leaf} }} }}"))).await;
        wrong.extend(differs.into_iter().map(|leaf| format!("{list}.nodes.{leaf}")));
        let mut told = BTreeSet::new();
        said(&whole["nodes"], "", &mut told);
        // What is hidden from somebody may be said by other columns instead.
        let (_, differs) = differing(&world.viewer(), &leaves, |leaf| all(&format!("{{ nodes {{ {leaf} }} }}"))).await;
        wrong.extend(differs.into_iter().map(|leaf| format!("{list}.nodes.{leaf} for a viewer")));
        let unsaid = leaves.iter().map(|leaf| dotted(leaf)).filter(|leaf| !told.contains(leaf));
        silent.extend(unsaid.map(|leaf| format!("{node}.{leaf}")));

        let (_, differs) =
            differing(&admin, &leaves, |leaf| all(&format!("{{ edges {{ node {{ {leaf} }} }} }}"))).await;
        wrong.extend(differs.into_iter().map(|leaf| format!("{list}.edges.node.{leaf}")));

        let id = whole["nodes"][1]["id"].as_str().unwrap();
        let (_, differs) = differing(&admin, &leaves, |leaf| format!("{one}(id: \"{id}\") {{ {leaf} }}")).await;
        wrong.extend(differs.into_iter().map(|leaf| format!("{one}.{leaf}")));
        let place = |leaf: &str| format!("node(id: \"{id}\") {{ id ... on {node} {{ {leaf} }} }}");
        let (_, differs) = differing(&admin, &leaves, place).await;
        wrong.extend(differs.into_iter().map(|leaf| format!("node.{node}.{leaf}")));

        // Every way that leads here from another row.
        for near in &made {
            let from = &schema.list_of(near).name;
            for field in schema.get(near).fields.iter().filter(|field| field.args.iter().all(|arg| !arg.needed)) {
                let below = match schema.listed(&field.of) {
                    Some(far) if far == node => |leaf: &str| format!("{{ nodes {{ {leaf} }} }}"),
                    None if field.of == *node => |leaf: &str| format!("{{ {leaf} }}"),
                    _ => continue,
                };
                let place = |leaf: &str| format!("{from} {{ nodes {{ {} {} }} }}", field.name, below(leaf));
                let (_, differs) = differing(&admin, &leaves, place).await;
                wrong.extend(differs.into_iter().map(|leaf| format!("{from}.{}.{leaf}", field.name)));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "say in `face!` which columns the field reads");
    silent.retain(|field| !SILENT.iter().any(|(known, _)| known == field));
    assert_eq!(
        silent,
        Vec::<String>::new(),
        "no sample gives these a value: say how in KNOWN of tests/world/known.rs, which mutation does in STEPS of tests/field.rs, or why not in SILENT"
    );
}

#[rstest]
#[tokio::test]
async fn a_version_conflict_shows_the_row_as_it_is(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let (schema, admin, _) = full(&world).await;
    let mut wrong = Vec::new();
    let mut tried = 0;
    for mutation in schema.mutations() {
        let [input] = mutation.args.as_slice() else { continue };
        let (Some(node), fields) = (schema.written(mutation), &schema.get(&input.of).fields) else { continue };
        if !fields.iter().any(|field| field.name == "expectedVersion")
            || !schema.nodes().iter().any(|known| known == node)
        {
            continue;
        }
        let select = schema.leaves(node).join(" ");
        let list = &schema.list_of(node).name;
        let row = admin.ask(&format!("{{ {list}(first: 1) {{ nodes {{ {select} }} }} }}")).await;
        let row = row.at(&format!("/data/{list}/nodes/0")).clone();
        if fields.iter().any(|field| field.needed && !["id", "expectedVersion"].contains(&field.name.as_str())) {
            continue;
        }
        tried += 1;
        let answer = admin.tried(&mutation.name, json!({ "id": row["id"], "expectedVersion": 999 }), &select).await;
        let payload = &answer.data()[&mutation.name];
        assert_eq!(payload["userErrors"][0]["code"], "VERSION_CONFLICT", "{answer}");
        if payload[lower(node)] != row {
            wrong.push(format!("{}: {:#}\nis: {row:#}", mutation.name, payload[lower(node)]));
        }
    }
    assert!(tried >= 3, "only {tried} mutations take a version");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

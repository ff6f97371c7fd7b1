//! Field selection: only the columns of selected fields are read, so a field alone must have the value that it has among all
//! others.

use std::collections::BTreeSet;

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, World, each_database,
    sample_data::SampleData,
    schema::{Schema, lower},
};

/// Fields that have a value in no sample row, each with its reason.
const WITHOUT_VALUE: &[(&str, &str)] = &[
    ("Asset.currentAssignment.id", "the sample assignment is returned already; tests/edges.rs has one that runs"),
    ("ServiceRecord.cancelReason", "what is completed is not cancelled; tests/service_record.rs cancels one"),
    ("ServiceRecord.followUpOf.id", "it follows an earlier visit; tests/service_record/follow_up.rs has some"),
    ("MeterReading.exchange.oldValue", "an exchange is before no later reading; tests/meter_reading.rs has some"),
    ("MeterReading.exchange.newValue", "an exchange is before no later reading; tests/meter_reading.rs has some"),
    ("MeterReading.deletedAt", "a reading is never deleted"),
    ("Load.charges.rate.id", "loadRate writes it; tests/rate has some"),
    ("Rate.fuelSurcharge", "it goes without bands; tests/rate has some"),
    ("Rate.accessorials.percent", "it goes without an amount; tests/rate has some"),
    ("CustomerAsset.reservedUntil", "only a reservation ends by itself; tests/availability.rs has some"),
    ("EquipmentSchedule.startMeter", "it goes with intervalMeter; tests/equipment_schedule has one"),
    ("EquipmentSchedule.lastCompletedAt", "the sample has no work of its type; tests/equipment_schedule has some"),
    ("EquipmentSchedule.lastServiceRecord.id", "the sample has no work of its type; tests/equipment_schedule has some"),
    ("Document.file.name", BY_UPLOADS),
    ("Document.file.mediaType", BY_UPLOADS),
    ("Document.file.size", BY_UPLOADS),
    ("Document.file.sha256", BY_UPLOADS),
    ("Document.file.download.url", BY_UPLOADS),
    ("Document.file.download.expiresAt", BY_UPLOADS),
    ("Document.asset.id", "the sample is of a customer; tests/document has the others"),
    ("Document.load.id", "the sample is of a customer; tests/document has the others"),
    ("Document.serviceRecord.id", "the sample is of a customer; tests/document has the others"),
    ("ServiceRecord.occurrenceDate", BY_PLANS),
    ("ServiceRecord.recurringService.id", BY_PLANS),
    ("RecurringService.dayOfMonth", "it goes by the week of the month; tests/recurring_service has the others"),
    ("RecurringService.occurrenceCount", "it has an end; tests/recurring_service counts"),
    ("RecurringService.exceptions.date", EXCEPTIONS),
    ("RecurringService.exceptions.movedTo", EXCEPTIONS),
    ("RecurringService.exceptions.movedTime", EXCEPTIONS),
    ("RecurringService.exceptions.reason", EXCEPTIONS),
    ("RecurringService.pauses.startsOn", EXCEPTIONS),
    ("RecurringService.pauses.resumesOn", EXCEPTIONS),
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

/// Why no sample is the visit of a plan.
const BY_PLANS: &str = "only a plan writes it; tests/recurring_service/booking.rs books visits";

/// Why no sample has a file.
const BY_UPLOADS: &str = "a file is uploaded to /files; tests/document has some";

/// Why a plan has no exceptions and pauses.
const EXCEPTIONS: &str = "mutations of their own write them; tests/recurring_service/exception.rs has some";

/// Why the sample of one type of custom field lacks the settings of the others.
const OTHER_TYPES: &str = "a rule of fields of another type; tests/custom_field has one of each";

/// Mutations that set fields which no create mutation sets: the mutation, and the type whose second row it changes.
const FOLLOW_UP_MUTATIONS: &[(&str, &str)] = &[("loadCancel", "Load"), ("equipmentScheduleSkip", "EquipmentSchedule")];

/// The number of fields in one request, each in a list of its own.
const TOGETHER: usize = 8;

/// Creates three rows of every type and deletes the last of them.
async fn create_rows(world: &World) -> (Schema, Actor, Vec<String>) {
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "zq");
    sample.create_all(&admin, 3).await;
    for (step, node) in FOLLOW_UP_MUTATIONS {
        let mutation = schema.mutation(step).unwrap();
        let mut input = sample.input(&mutation.args[0].type_name, 1, step, 0);
        input["id"] = json!(sample.id(node, 1));
        admin.mutate(step, input, "id").await;
    }
    let types = sample.creatable_types();
    for node in types.iter().rev() {
        let mutation = format!("{}Delete", lower(node));
        if schema.mutation(&mutation).is_some() {
            admin.send_mutation(&mutation, json!({ "id": sample.id(node, 2) }), "id").await;
        }
    }
    (schema, admin, types)
}

/// Selects each leaf alone and all of them together, at a position of the query, and gives those that differ.
async fn differing_leaves(actor: &Actor, leaves: &[String], place: impl Fn(&str) -> String) -> (Json, Vec<String>) {
    let whole = actor.execute(&format!("{{ a: {} }}", place(&leaves.join(" ")))).await;
    let whole = whole.data()["a"].clone();
    let mut wrong = Vec::new();
    for some in leaves.chunks(TOGETHER) {
        let aliases = some.iter().enumerate().map(|(index, leaf)| format!("a{index}: {}", place(leaf)));
        let response = actor.execute(&format!("{{ {} }}", aliases.collect::<Vec<_>>().join(" "))).await;
        for (index, leaf) in some.iter().enumerate() {
            let alone = &response.data()[format!("a{index}")];
            if !contains(&whole, alone) {
                wrong.push(format!("{leaf} alone: {alone}"));
            }
        }
    }
    (whole, wrong)
}

/// Whether a JSON value contains all of another one.
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

/// The leaves that have a value in some row.
fn leaves_with_value(row: &Json, path: &str, found: &mut BTreeSet<String>) {
    match row {
        Json::Null => {}
        Json::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves_with_value(value, &format!("{path}.{name}"), found));
        }
        Json::Array(items) if items.iter().any(Json::is_object) => {
            for item in items {
                leaves_with_value(item, path, found);
            }
        }
        Json::Array(items) if items.is_empty() => {}
        _ => {
            found.insert(path.trim_start_matches('.').to_owned());
        }
    }
}

/// `contactInfo { email }` as `contactInfo.email`.
fn dotted_path(leaf: &str) -> String {
    leaf.split(" { ")
        .map(|part| part.trim_end_matches([' ', '}']))
        .filter(|part| !part.starts_with("... on"))
        .collect::<Vec<_>>()
        .join(".")
}

#[apply(each_database)]
async fn a_field_alone_has_the_value_it_has_among_all_fields(database: DatabaseKind) {
    let world = World::new(database).await;
    let (schema, admin, types) = create_rows(&world).await;
    let (mut wrong, mut silent) = (Vec::new(), Vec::new());
    for node in &types {
        let (leaves, list, one) = (schema.leaf_selections(node), &schema.root_list(node).name, lower(node));
        let all = |below: &str| format!("{list}(first: 50, deleted: INCLUDE) {below}");
        let (whole, differs) =
            differing_leaves(&admin, &leaves, |leaf| all(&format!("{{ nodes {{ {leaf} }} }}"))).await;
        wrong.extend(differs.into_iter().map(|leaf| format!("{list}.nodes.{leaf}")));
        let mut redacted = BTreeSet::new();
        leaves_with_value(&whole["nodes"], "", &mut redacted);
        // A redacted field may have its value from other columns instead.
        let (_, differs) =
            differing_leaves(&world.viewer(), &leaves, |leaf| all(&format!("{{ nodes {{ {leaf} }} }}"))).await;
        wrong.extend(differs.into_iter().map(|leaf| format!("{list}.nodes.{leaf} for a viewer")));
        let unsaid = leaves.iter().map(|leaf| dotted_path(leaf)).filter(|leaf| !redacted.contains(leaf));
        silent.extend(unsaid.map(|leaf| format!("{node}.{leaf}")));

        let (_, differs) =
            differing_leaves(&admin, &leaves, |leaf| all(&format!("{{ edges {{ node {{ {leaf} }} }} }}"))).await;
        wrong.extend(differs.into_iter().map(|leaf| format!("{list}.edges.node.{leaf}")));

        let id = whole["nodes"][1]["id"].as_str().unwrap();
        let (_, differs) = differing_leaves(&admin, &leaves, |leaf| format!("{one}(id: \"{id}\") {{ {leaf} }}")).await;
        wrong.extend(differs.into_iter().map(|leaf| format!("{one}.{leaf}")));
        let place = |leaf: &str| format!("node(id: \"{id}\") {{ id ... on {node} {{ {leaf} }} }}");
        let (_, differs) = differing_leaves(&admin, &leaves, place).await;
        wrong.extend(differs.into_iter().map(|leaf| format!("node.{node}.{leaf}")));

        // Every field of another row that leads here.
        for near in &types {
            let from = &schema.root_list(near).name;
            for field in schema.get(near).fields.iter().filter(|field| field.args.iter().all(|arg| !arg.required)) {
                let below = match schema.connection_node(&field.type_name) {
                    Some(far) if far == node => |leaf: &str| format!("{{ nodes {{ {leaf} }} }}"),
                    None if field.type_name == *node => |leaf: &str| format!("{{ {leaf} }}"),
                    _ => continue,
                };
                let place = |leaf: &str| format!("{from} {{ nodes {{ {} {} }} }}", field.name, below(leaf));
                let (_, differs) = differing_leaves(&admin, &leaves, place).await;
                wrong.extend(differs.into_iter().map(|leaf| format!("{from}.{}.{leaf}", field.name)));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "list the columns that the field reads at its entity object");
    silent.retain(|field| !WITHOUT_VALUE.iter().any(|(known, _)| known == field));
    assert_eq!(
        silent,
        Vec::<String>::new(),
        "no sample row has a value in these fields: add one to tests/world/sample_values.rs, a mutation to FOLLOW_UP_MUTATIONS, or a reason to WITHOUT_VALUE"
    );
}

#[apply(each_database)]
async fn a_version_conflict_returns_the_current_row(database: DatabaseKind) {
    let world = World::new(database).await;
    let (schema, admin, _) = create_rows(&world).await;
    let mut wrong = Vec::new();
    let mut tried = 0;
    for mutation in schema.mutations() {
        let [input] = mutation.args.as_slice() else { continue };
        let (Some(node), fields) = (schema.mutated_type(mutation), &schema.get(&input.type_name).fields) else {
            continue;
        };
        if !fields.iter().any(|field| field.name == "expectedVersion")
            || !schema.listed_nodes().any(|known| known == node)
        {
            continue;
        }
        let select = schema.leaf_selections(node).join(" ");
        let list = &schema.root_list(node).name;
        let row = admin.execute(&format!("{{ {list}(first: 1) {{ nodes {{ {select} }} }} }}")).await;
        let row = row.at(&format!("/data/{list}/nodes/0")).clone();
        if fields.iter().any(|field| field.required && !["id", "expectedVersion"].contains(&field.name.as_str())) {
            continue;
        }
        // A live row has nothing to restore in any version.
        if mutation.name.ends_with("Restore") {
            continue;
        }
        tried += 1;
        let response =
            admin.send_mutation(&mutation.name, json!({ "id": row["id"], "expectedVersion": 999 }), &select).await;
        let payload = &response.data()[&mutation.name];
        assert_eq!(payload["userErrors"][0]["code"], "VERSION_CONFLICT", "{response}");
        if payload[lower(node)] != row {
            wrong.push(format!("{}: {:#}\nis: {row:#}", mutation.name, payload[lower(node)]));
        }
    }
    assert!(tried >= 3, "only {tried} mutations take a version");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! A model of cursors: pages of any size, read from both ends, in any order, are slices of a full sort in Rust.

use std::{cmp::Ordering, collections::BTreeMap};

use rstest_reuse::apply;
use serde_json::{Value as Json, json};
use store::fold::{fold, prefix};

use crate::world::{
    Actor, DatabaseKind, World, custom_fields, each_database, random::Random, row_set::RowSet, sample_data::SampleData,
    schema::Schema,
};

/// The keys of orders that do not compare the field of their name: type, order, how the key is read from a row.
const KEYS: &[(&str, &str, Read)] = &[
    ("Customer", "name", |row| name_key(row, row["type"] == "RESIDENTIAL")),
    ("Contact", "name", |row| name_key(row, true)),
    ("Load", "commodity", |row| simple(&row["loadDetails"]["commodity"])),
    ("Asset", "meterValue", |row| simple(&row["meter"]["value"])),
    ("Document", "size", |row| simple(&row["file"]["size"])),
    ("Load", "weight", |row| simple(&row["loadDetails"]["weight"])),
];

/// How a key is read from a row.
type Read = fn(&Json) -> Key;

/// The number of rows of each type.
const ROWS: usize = 26;

/// The number of orders with several terms for each list.
const ORDERS: usize = 6;

/// A key that rows are compared by. Nulls are last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i128),
    Text(String),
    Null,
}

/// The key of a name that may be sealed: the first three letters of a sealed one.
fn name_key(row: &Json, sealed: bool) -> Key {
    let folded = fold(row["name"].as_str().unwrap());
    Key::Text(if sealed { prefix(&folded, 3).to_owned() } else { folded })
}

/// One term of an order: a field of its input or the key of a custom field, and its direction.
#[derive(Clone, Debug)]
struct Term {
    field: String,
    custom: bool,
    descending: bool,
}

/// The key that a term reads from a row.
fn key(node: &str, term: &Term, row: &Json) -> Key {
    if term.custom {
        return simple(&row["customFields"][&term.field]);
    }
    if let Some((.., read)) = KEYS.iter().find(|(of, order, _)| *of == node && *order == term.field) {
        return read(row);
    }
    let value = row.get(&term.field);
    let value = value.unwrap_or_else(|| {
        panic!("add the key of {node} in the order {} to KEYS of tests/cursor_model.rs", term.field)
    });
    simple(value)
}

fn simple(value: &Json) -> Key {
    match value {
        Json::Null => Key::Null,
        Json::Number(number) => Key::Number(i128::from(number.as_i64().unwrap())),
        Json::Bool(yes) => Key::Number(i128::from(*yes)),
        Json::Object(money) if money.contains_key("amount") => simple(&money["amount"]),
        // A decimal, in millionths.
        Json::String(text) if text.parse::<f64>().is_ok() => {
            let (whole, part) = text.split_once('.').unwrap_or((text, ""));
            Key::Number(format!("{whole}{part:0<6}").parse().unwrap())
        }
        // Times and dates are in the order of their texts, once trailing zeros are equal.
        Json::String(text) => Key::Text(fold(if text.starts_with("20") { text.trim_end_matches('Z') } else { text })),
        other => panic!("{other} has no order"),
    }
}

/// The order of a list; the id as the last key has the direction of the first term.
fn compare(node: &str, order: &[Term], a: (&String, &Json), b: (&String, &Json)) -> Ordering {
    let turned = |ordering: Ordering, descending: bool| if descending { ordering.reverse() } else { ordering };
    let terms = order.iter().map(|term| turned(key(node, term, a.1).cmp(&key(node, term, b.1)), term.descending));
    let last = turned(a.0.cmp(b.0), order.first().is_some_and(|term| term.descending));
    terms.fold(Ordering::Equal, Ordering::then).then(last)
}

/// The ids of all rows in the order that the server should have.
fn sorted(node: &str, order: &[Term], mut rows: Vec<(&String, &Json)>) -> Vec<String> {
    rows.sort_by(|a, b| compare(node, order, *a, *b));
    rows.into_iter().map(|(id, _)| id.clone()).collect()
}

fn order_argument(order: &[Term]) -> Json {
    let argument = |Term { field, custom, descending }: &Term| {
        let direction = if *descending { "DESC" } else { "ASC" };
        if *custom {
            json!({ "customField": { "key": field, "direction": direction } })
        } else {
            json!({ field: direction })
        }
    };
    order.iter().map(argument).collect()
}

/// The fields that a type can be ordered by, without custom fields.
fn order_fields(schema: &Schema, node: &str) -> Vec<String> {
    let fields = schema.get(&format!("{node}Order")).fields.iter().map(|field| field.name.clone());
    fields.filter(|name| name != "customField").collect()
}

/// Every order by one field in both directions, and some orders by several terms.
fn orders(schema: &Schema, node: &str, random: &mut Random) -> Vec<Vec<Term>> {
    let fields = &order_fields(schema, node);
    let term = |field: &String, descending| Term { field: field.clone(), custom: false, descending };
    let mut orders = vec![Vec::new()];
    orders.extend(fields.iter().flat_map(|field| [vec![term(field, false)], vec![term(field, true)]]));
    for _ in 0..ORDERS {
        let terms = 2 + random.below(3);
        orders.push((0..terms).map(|_| term(random.choose(fields), random.chance(50))).collect());
    }
    orders
}

/// An order by each custom field, and one by each together with another field; none for a type without custom fields.
fn custom_orders(schema: &Schema, node: &str, random: &mut Random) -> Vec<Vec<Term>> {
    if schema.get(node).fields.iter().all(|field| field.name != "customFields") {
        return Vec::new();
    }
    let fields = &order_fields(schema, node);
    let mut orders = Vec::new();
    for kind in custom_fields::sample_fields().iter().filter(|kind| kind.ordered) {
        let own = |descending| Term { field: kind.key.to_owned(), custom: true, descending };
        let other = Term { field: random.choose(fields).clone(), custom: false, descending: random.chance(50) };
        let mut both = vec![own(random.chance(50)), other];
        if random.chance(50) {
            both.reverse();
        }
        orders.extend([vec![own(random.chance(50))], both]);
    }
    orders
}

/// A world with many rows of every type, with ties and nulls, and optionally with custom fields.
async fn world_with_rows(database: DatabaseKind, seed: u64, own: bool) -> (World, Actor, Schema, Vec<String>, RowSet) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let (types, rows) = {
        let mut sample = SampleData::random(&schema, seed);
        let types = sample.creatable_types();
        sample.create_many(&admin, ROWS).await;
        if own {
            custom_fields::add_values(&admin, &schema, &sample.ids, &mut Random::from_seed(seed)).await;
        }
        let rows = RowSet::read(&admin, &schema, &types).await;
        (types, rows)
    };
    (world, admin, schema, types, rows)
}

/// The ids and the page info of a page.
fn ids_and_page_info(list: &Json) -> (Vec<String>, Json) {
    let ids = list["edges"].as_array().unwrap_or_else(|| panic!("{list}")).iter();
    (ids.map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect(), list["pageInfo"].clone())
}

const PAGE: &str = "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/// Reads a list in pages from both ends and compares each with its slice. `fetch` reads the page of some arguments.
async fn compare_pages(expected: &[String], random: &mut Random, what: &str, fetch: impl AsyncFn(Json) -> Json) {
    for backward in [false, true] {
        let (mut read, mut from) = (0, Json::Null);
        loop {
            let size = 1 + random.below(9);
            let args = if backward {
                json!({ "last": size, "before": from })
            } else {
                json!({ "first": size, "after": from })
            };
            let list = fetch(args.clone()).await;
            let (ids, info) = ids_and_page_info(&list);
            let end = (read + size).min(expected.len());
            let total = expected.len();
            let slice = if backward { &expected[total - end..total - read] } else { &expected[read..end] };
            assert_eq!(ids, slice, "{what}: page {args} after {read} of {expected:?}");
            let (more, less) = (end < expected.len(), read > 0);
            let actual = (info["hasNextPage"].as_bool().unwrap(), info["hasPreviousPage"].as_bool().unwrap());
            assert_eq!(actual, if backward { (less, more) } else { (more, less) }, "{what}: {args} after {read}");
            let edges = list["edges"].as_array().unwrap();
            let ends = [edges.first(), edges.last()].map(|edge| edge.map_or(Json::Null, |edge| edge["cursor"].clone()));
            assert_eq!([&info["startCursor"], &info["endCursor"]], [&ends[0], &ends[1]], "{what}: {args}");
            if !more {
                break;
            }
            read = end;
            from = if backward { ends[0].clone() } else { ends[1].clone() };
        }
    }
}

#[apply(each_database)]
async fn pages_are_slices_of_one_sorted_list(database: DatabaseKind, #[values(1)] seed: u64) {
    let (_world, admin, schema, types, rows) = world_with_rows(database, seed, true).await;
    let (mut random, mut walked) = (Random::from_seed(seed), 0);
    for node in &types {
        let list = schema.root_list(node);
        let own = custom_orders(&schema, node, &mut random);
        walked += own.len();
        for order in orders(&schema, node, &mut random).into_iter().chain(own) {
            let expected = sorted(node, &order, rows.by_type[node].iter().collect());
            let query = format!(
                "query($first: Int, $after: String, $last: Int, $before: String, $order: [{node}Order!]) {{ list: {}(first: $first, \
                 after: $after, last: $last, before: $before, orderBy: $order) {{ {PAGE} }} }}",
                list.name
            );
            let fetch = async |mut args: Json| {
                args["order"] = order_argument(&order);
                admin.execute_with(&query, args).await.data()["list"].clone()
            };
            compare_pages(&expected, &mut random, &format!("seed {seed}, {} by {order:?}", list.name), fetch).await;
        }
    }
    assert!(walked > 90, "only {walked} orders are by custom fields");
}

#[apply(each_database)]
async fn pages_under_an_edge_are_slices_of_one_sorted_list(database: DatabaseKind, #[values(3)] seed: u64) {
    let (_world, admin, schema, types, rows) = world_with_rows(database, seed, true).await;
    let (mut random, mut walked) = (Random::from_seed(seed), 0);
    for near in &types {
        for (field, far) in schema.connections_of(near) {
            if !types.iter().any(|node| node == far) || !field.args.iter().any(|arg| arg.name == "orderBy") {
                continue;
            }
            let under = |id: &str| rows.linked(near, &field.name, id, far);
            let fullest = rows.by_type[near].keys().max_by_key(|id| under(id).len()).unwrap();
            // A few of the orders by custom fields for each edge.
            let mut own = custom_orders(&schema, far, &mut random);
            own.retain(|_| random.chance(15));
            for order in orders(&schema, far, &mut random).into_iter().chain(own) {
                // The first pages of the lists of all parents, in one request.
                let size = 1 + random.below(4);
                let list = &schema.root_list(near).name;
                let query = format!(
                    "query($order: [{far}Order!]) {{ {list}(first: 100) {{ nodes {{ id list: {}(first: {size}, orderBy: $order) {{ totalCount {PAGE} }} }} }} }}",
                    field.name
                );
                let response = admin.execute_with(&query, json!({ "order": order_argument(&order) })).await;
                for row in response.data()[list]["nodes"].as_array().unwrap() {
                    let expected = sorted(far, &order, under(row["id"].as_str().unwrap()));
                    let begin = &expected[..size.min(expected.len())];
                    assert_eq!(
                        ids_and_page_info(&row["list"]).0,
                        begin,
                        "seed {seed}, {near}.{} by {order:?}",
                        field.name
                    );
                    assert_eq!(row["list"]["totalCount"], json!(expected.len()));
                }
                // All pages of the longest list.
                let query = format!(
                    "query($first: Int, $after: String, $last: Int, $before: String, $order: [{far}Order!]) {{ node(id: \"{fullest}\") {{ ... on {near} \
                     {{ list: {}(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {{ {PAGE} }} }} }} }}",
                    field.name
                );
                let fetch = async |mut args: Json| {
                    args["order"] = order_argument(&order);
                    admin.execute_with(&query, args).await.data()["node"]["list"].clone()
                };
                let expected = sorted(far, &order, under(fullest));
                walked += expected.len();
                compare_pages(
                    &expected,
                    &mut random,
                    &format!("seed {seed}, {near}.{} by {order:?}", field.name),
                    fetch,
                )
                .await;
            }
        }
    }
    assert!(walked > 100, "only {walked} rows were walked over");
}

#[apply(each_database)]
async fn the_change_log_is_paged_by_sequence(database: DatabaseKind) {
    let (world, admin, _, types, rows) = world_with_rows(database, 4, false).await;
    world.link_changes().await;
    let mut expected: Vec<String> = Vec::new();
    let mut from = Json::Null;
    loop {
        let query = "query($after: String) { changes(first: 100, after: $after) { nodes { id sequence } pageInfo { hasNextPage endCursor } } }";
        let response = admin.execute_with(query, json!({ "after": from })).await;
        let list = response.data()["changes"].clone();
        for row in list["nodes"].as_array().unwrap() {
            assert_eq!(row["sequence"], json!(expected.len() + 1), "after {from}");
            expected.push(row["id"].as_str().unwrap().to_owned());
        }
        if list["pageInfo"]["hasNextPage"] == false {
            break;
        }
        from = list["pageInfo"]["endCursor"].clone();
    }
    assert!(expected.len() >= types.iter().map(|node| rows.by_type[node].len()).sum());
    let mut random = Random::from_seed(4);
    for direction in ["ASC", "DESC"] {
        let query = format!(
            "query($first: Int, $after: String, $last: Int, $before: String) {{ list: changes(first: $first, after: $after, last: $last, \
             before: $before, orderBy: [{{ sequence: {direction} }}]) {{ {PAGE} }} }}"
        );
        let fetch = async |args: Json| admin.execute_with(&query, args).await.data()["list"].clone();
        compare_pages(&expected, &mut random, direction, fetch).await;
        expected.reverse();
    }
}

#[apply(each_database)]
async fn a_cursor_is_valid_only_for_its_list_order_and_tenant(database: DatabaseKind) {
    let (world, admin, schema, types, _) = world_with_rows(database, 5, false).await;
    let other_admin = world.other_admin();
    SampleData::complete(&schema, "their").create_all(&other_admin, 2).await;
    world.link_changes().await;
    let mut lists: Vec<_> = types.iter().map(|node| schema.root_list(node).name.clone()).collect();
    lists.push("changes".to_owned());
    let mut cursors = BTreeMap::new();
    for list in &lists {
        let response = admin.execute(&format!("{{ {list}(first: 1) {{ pageInfo {{ endCursor }} }} }}")).await;
        cursors.insert(list.clone(), response.text(&format!("/data/{list}/pageInfo/endCursor")).to_owned());
    }
    let tried = async |actor: &Actor, list: &str, cursor: &str, order: &str| {
        let query = format!("query($c: String) {{ {list}(first: 1, after: $c{order}) {{ nodes {{ id }} }} }}");
        let response = actor.execute_with(&query, json!({ "c": cursor })).await;
        assert_eq!(response.status, 200, "{response}");
        response.error_codes().join(" ")
    };
    for (list, cursor) in &cursors {
        assert_eq!(tried(&admin, list, cursor, "").await, "", "{list}");
        assert_eq!(tried(&other_admin, list, cursor, "").await, "BAD_CURSOR", "{list} of another tenant");
        for other in lists.iter().filter(|other| *other != list) {
            assert_eq!(tried(&admin, other, cursor, "").await, "BAD_CURSOR", "{list} in {other}");
        }
        if list != "changes" {
            for order in ["createdAt", "updatedAt"] {
                let order = format!(", orderBy: [{{ {order}: ASC }}]");
                assert_eq!(tried(&admin, list, cursor, &order).await, "BAD_CURSOR", "{list}{order}");
            }
        }
        // A cursor is not valid for another order with keys of the same types.
        let terms = ["{ createdAt: ASC }", "{ updatedAt: ASC }", "{ createdAt: DESC }"];
        for (place, own) in terms.iter().enumerate().filter(|_| list != "changes") {
            let [own, other] = [own, terms[(place + 1) % 3]].map(|term| format!("orderBy: [{term}]"));
            let response =
                admin.execute(&format!("{{ {list}(first: 1, {own}) {{ pageInfo {{ endCursor }} }} }}")).await;
            let cursor = response.text(&format!("/data/{list}/pageInfo/endCursor"));
            assert_eq!(tried(&admin, list, cursor, &format!(", {own}")).await, "", "{list} by {own}");
            assert_eq!(
                tried(&admin, list, cursor, &format!(", {other}")).await,
                "BAD_CURSOR",
                "{list}: {own} in {other}"
            );
        }
        // A cursor with one letter changed, removed or added is not valid.
        for place in 0..cursor.len() {
            let mut bytes = cursor.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let tampered = String::from_utf8(bytes).unwrap();
            assert_eq!(tried(&admin, list, &tampered, "").await, "BAD_CURSOR", "{list} at {place}");
        }
        for wrong in [
            &cursor[1..],
            &cursor[..cursor.len() - 1],
            &format!("{cursor}A"),
            "",
            " ",
            "null",
            "%00",
            &"A".repeat(5000),
        ] {
            assert_eq!(tried(&admin, list, wrong, "").await, "BAD_CURSOR", "{list}: {wrong}");
        }
    }
}

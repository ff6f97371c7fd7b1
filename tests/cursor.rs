//! Cursors: pages of any size, read from either end, in any order, are slices of one sorted list.

use std::{cmp::Ordering, collections::BTreeMap};

use rstest::rstest;
use serde_json::{Value as Json, json};
use store::fold::{fold, prefix};

use crate::world::{
    Actor, On, Postgres, Sqlite, World, custom, random::Random, rows::Rows, sample::Sample, schema::Schema,
};

/// What an order compares, where it is not the field of its name: type, order, how its key is read from a row.
const KEYS: &[(&str, &str, Read)] = &[
    ("Customer", "NAME", |row| sealed(row, row["type"] == "RESIDENTIAL")),
    ("Contact", "NAME", |row| sealed(row, true)),
    ("Load", "COMMODITY", |row| simple(&row["loadDetails"]["commodity"])),
    ("Asset", "METER_VALUE", |row| simple(&row["meter"]["value"])),
    ("Load", "WEIGHT", |row| simple(&row["loadDetails"]["weight"])),
];

/// How a key is read from a row.
type Read = fn(&Json) -> Key;

/// How many rows of each type.
const ROWS: usize = 26;

/// How many orders of several terms are tried for each list.
const ORDERS: usize = 6;

/// What is compared. Nulls are last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i128),
    Text(String),
    Null,
}

/// The key of a name that may be sealed: its first three letters then.
fn sealed(row: &Json, sealed: bool) -> Key {
    let folded = fold(row["name"].as_str().unwrap());
    Key::Text(if sealed { prefix(&folded, 3).to_owned() } else { folded })
}

/// One term of an order: a value of its enum or the key of a custom field, and whether the greatest comes first.
#[derive(Clone, Debug)]
struct Term {
    field: String,
    custom: bool,
    descending: bool,
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_').map(str::to_lowercase);
    let first = parts.next().unwrap();
    parts.fold(first, |camel, part| format!("{camel}{}{}", part[..1].to_uppercase(), &part[1..]))
}

/// What a term compares of a row.
fn key(node: &str, term: &Term, row: &Json) -> Key {
    if term.custom {
        return simple(&row["customFields"][&term.field]);
    }
    if let Some((.., read)) = KEYS.iter().find(|(of, order, _)| *of == node && *order == term.field) {
        return read(row);
    }
    let value = row.get(camel(&term.field));
    let value = value.unwrap_or_else(|| {
        panic!("say in KEYS of tests/cursor.rs what {node} are compared by in the order {}", term.field)
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
        // Times and days are in the order of their texts, but for the digits after the second.
        Json::String(text) => Key::Text(fold(if text.starts_with("20") { text.trim_end_matches('Z') } else { text })),
        other => panic!("{other} has no order"),
    }
}

/// The order of a list; the id at its end goes the way of the first term.
fn compare(node: &str, order: &[Term], a: (&String, &Json), b: (&String, &Json)) -> Ordering {
    let turned = |ordering: Ordering, descending: bool| if descending { ordering.reverse() } else { ordering };
    let terms = order.iter().map(|term| turned(key(node, term, a.1).cmp(&key(node, term, b.1)), term.descending));
    let last = turned(a.0.cmp(b.0), order.first().is_some_and(|term| term.descending));
    terms.fold(Ordering::Equal, Ordering::then).then(last)
}

/// All of a type sorted, as the server should.
fn sorted(node: &str, order: &[Term], mut rows: Vec<(&String, &Json)>) -> Vec<String> {
    rows.sort_by(|a, b| compare(node, order, *a, *b));
    rows.into_iter().map(|(id, _)| id.clone()).collect()
}

fn written(order: &[Term]) -> Json {
    let by = |term: &Term| if term.custom { "customField" } else { "field" };
    let direction = |term: &Term| if term.descending { "DESC" } else { "ASC" };
    order.iter().map(|term| json!({ by(term): term.field, "direction": direction(term) })).collect()
}

/// Every order of one field in both directions, and some of several terms.
fn orders(schema: &Schema, node: &str, random: &mut Random) -> Vec<Vec<Term>> {
    let fields = &schema.get(&format!("{node}OrderField")).values;
    let term = |field: &String, descending| Term { field: field.clone(), custom: false, descending };
    let mut orders = vec![Vec::new()];
    orders.extend(fields.iter().flat_map(|field| [vec![term(field, false)], vec![term(field, true)]]));
    for _ in 0..ORDERS {
        let terms = 2 + random.below(3);
        orders.push((0..terms).map(|_| term(random.one(fields), random.chance(50))).collect());
    }
    orders
}

/// Every order of one custom field in one direction or the other, and of each one before or after a field; none, where the
/// type has no custom fields.
fn custom_orders(schema: &Schema, node: &str, random: &mut Random) -> Vec<Vec<Term>> {
    if schema.get(node).fields.iter().all(|field| field.name != "customFields") {
        return Vec::new();
    }
    let fields = &schema.get(&format!("{node}OrderField")).values;
    let mut orders = Vec::new();
    for kind in custom::kinds().iter().filter(|kind| kind.ordered) {
        let own = |descending| Term { field: kind.key.to_owned(), custom: true, descending };
        let other = Term { field: random.one(fields).clone(), custom: false, descending: random.chance(50) };
        let mut both = vec![own(random.chance(50)), other];
        if random.chance(50) {
            both.reverse();
        }
        orders.extend([vec![own(random.chance(50))], both]);
    }
    orders
}

/// A world with many rows of every type, full of ties and nulls; with custom fields, if so asked.
async fn many(on: On, seed: u64, own: bool) -> (World, Actor, Schema, Vec<String>, Rows) {
    let world = World::on(on).await;
    let admin = world.admin();
    let schema = Schema::of(&admin).await;
    let (made, rows) = {
        let mut sample = Sample::random(&schema, seed);
        let made = sample.made();
        sample.make_many(&admin, ROWS).await;
        if own {
            custom::fill(&admin, &schema, &sample.ids, &mut Random::of(seed)).await;
        }
        let rows = Rows::read(&admin, &schema, &made).await;
        (made, rows)
    };
    (world, admin, schema, made, rows)
}

/// The ids and the page info of a page.
fn page(list: &Json) -> (Vec<String>, Json) {
    let ids = list["edges"].as_array().unwrap_or_else(|| panic!("{list}")).iter();
    (ids.map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect(), list["pageInfo"].clone())
}

const PAGE: &str = "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/// Reads a list in pages from both ends, and compares each with its slice. `ask` gives a page for its arguments.
async fn walk(expected: &[String], random: &mut Random, what: &str, ask: impl AsyncFn(Json) -> Json) {
    for backward in [false, true] {
        let (mut read, mut from) = (0, Json::Null);
        loop {
            let size = 1 + random.below(9);
            let args = if backward {
                json!({ "last": size, "before": from })
            } else {
                json!({ "first": size, "after": from })
            };
            let list = ask(args.clone()).await;
            let (ids, info) = page(&list);
            let end = (read + size).min(expected.len());
            let total = expected.len();
            let slice = if backward { &expected[total - end..total - read] } else { &expected[read..end] };
            assert_eq!(ids, slice, "{what}: page {args} after {read} of {expected:?}");
            let (more, less) = (end < expected.len(), read > 0);
            let said = (info["hasNextPage"].as_bool().unwrap(), info["hasPreviousPage"].as_bool().unwrap());
            assert_eq!(said, if backward { (less, more) } else { (more, less) }, "{what}: {args} after {read}");
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

#[rstest]
#[tokio::test]
async fn pages_are_slices_of_one_sorted_list(#[values(Sqlite, Postgres)] on: On, #[values(1)] seed: u64) {
    let (_world, admin, schema, made, rows) = many(on, seed, true).await;
    let (mut random, mut walked) = (Random::of(seed), 0);
    for node in &made {
        let list = schema.list_of(node);
        let own = custom_orders(&schema, node, &mut random);
        walked += own.len();
        for order in orders(&schema, node, &mut random).into_iter().chain(own) {
            let expected = sorted(node, &order, rows.of[node].iter().collect());
            let query = format!(
                "query($first: Int, $after: String, $last: Int, $before: String, $order: [{node}Order!]) {{ list: {}(first: $first, \
                 after: $after, last: $last, before: $before, orderBy: $order) {{ {PAGE} }} }}",
                list.name
            );
            let ask = async |mut args: Json| {
                args["order"] = written(&order);
                admin.ask_with(&query, args).await.data()["list"].clone()
            };
            walk(&expected, &mut random, &format!("seed {seed}, {} by {order:?}", list.name), ask).await;
        }
    }
    assert!(walked > 90, "only {walked} orders are by custom fields");
}

#[rstest]
#[tokio::test]
async fn pages_under_an_edge_are_slices_of_one_sorted_list(#[values(Sqlite, Postgres)] on: On, #[values(3)] seed: u64) {
    let (_world, admin, schema, made, rows) = many(on, seed, true).await;
    let (mut random, mut walked) = (Random::of(seed), 0);
    for near in &made {
        for (field, far) in schema.lists_under(near) {
            if !made.iter().any(|node| node == far) || !field.args.iter().any(|arg| arg.name == "orderBy") {
                continue;
            }
            let under = |id: &str| rows.far(near, &field.name, id, far);
            let fullest = rows.of[near].keys().max_by_key(|id| under(id).len()).unwrap();
            // Custom fields in turn: a few of their orders for each edge.
            let mut own = custom_orders(&schema, far, &mut random);
            own.retain(|_| random.chance(15));
            for order in orders(&schema, far, &mut random).into_iter().chain(own) {
                // The beginnings of the lists under all parents, in one statement.
                let size = 1 + random.below(4);
                let list = &schema.list_of(near).name;
                let query = format!(
                    "query($order: [{far}Order!]) {{ {list}(first: 100) {{ nodes {{ id list: {}(first: {size}, orderBy: $order) {{ totalCount {PAGE} }} }} }} }}",
                    field.name
                );
                let answer = admin.ask_with(&query, json!({ "order": written(&order) })).await;
                for row in answer.data()[list]["nodes"].as_array().unwrap() {
                    let expected = sorted(far, &order, under(row["id"].as_str().unwrap()));
                    let begin = &expected[..size.min(expected.len())];
                    assert_eq!(page(&row["list"]).0, begin, "seed {seed}, {near}.{} by {order:?}", field.name);
                    assert_eq!(row["list"]["totalCount"], json!(expected.len()));
                }
                // All of the longest.
                let query = format!(
                    "query($first: Int, $after: String, $last: Int, $before: String, $order: [{far}Order!]) {{ node(id: \"{fullest}\") {{ ... on {near} \
                     {{ list: {}(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {{ {PAGE} }} }} }} }}",
                    field.name
                );
                let ask = async |mut args: Json| {
                    args["order"] = written(&order);
                    admin.ask_with(&query, args).await.data()["node"]["list"].clone()
                };
                let expected = sorted(far, &order, under(fullest));
                walked += expected.len();
                walk(&expected, &mut random, &format!("seed {seed}, {near}.{} by {order:?}", field.name), ask).await;
            }
        }
    }
    assert!(walked > 100, "only {walked} rows were walked over");
}

#[rstest]
#[tokio::test]
async fn the_log_is_read_in_pages_of_its_sequence(#[values(Sqlite, Postgres)] on: On) {
    let (world, admin, _, made, rows) = many(on, 4, false).await;
    world.link().await;
    let mut expected: Vec<String> = Vec::new();
    let mut from = Json::Null;
    loop {
        let query = "query($after: String) { changes(first: 100, after: $after) { nodes { id sequence } pageInfo { hasNextPage endCursor } } }";
        let answer = admin.ask_with(query, json!({ "after": from })).await;
        let list = answer.data()["changes"].clone();
        for row in list["nodes"].as_array().unwrap() {
            assert_eq!(row["sequence"], json!(expected.len() + 1), "after {from}");
            expected.push(row["id"].as_str().unwrap().to_owned());
        }
        if list["pageInfo"]["hasNextPage"] == false {
            break;
        }
        from = list["pageInfo"]["endCursor"].clone();
    }
    assert!(expected.len() >= made.iter().map(|node| rows.of[node].len()).sum());
    let mut random = Random::of(4);
    for direction in ["ASC", "DESC"] {
        let query = format!(
            "query($first: Int, $after: String, $last: Int, $before: String) {{ list: changes(first: $first, after: $after, last: $last, \
             before: $before, orderBy: [{{ field: SEQUENCE, direction: {direction} }}]) {{ {PAGE} }} }}"
        );
        let ask = async |args: Json| admin.ask_with(&query, args).await.data()["list"].clone();
        walk(&expected, &mut random, direction, ask).await;
        expected.reverse();
    }
}

#[rstest]
#[tokio::test]
async fn a_cursor_holds_for_its_list_order_and_tenant_only(#[values(Sqlite, Postgres)] on: On) {
    let (world, admin, schema, made, _) = many(on, 5, false).await;
    let stranger = world.stranger();
    Sample::whole(&schema, "their").make_all(&stranger, 2).await;
    world.link().await;
    let mut lists: Vec<_> = made.iter().map(|node| schema.list_of(node).name.clone()).collect();
    lists.push("changes".to_owned());
    let mut cursors = BTreeMap::new();
    for list in &lists {
        let answer = admin.ask(&format!("{{ {list}(first: 1) {{ pageInfo {{ endCursor }} }} }}")).await;
        cursors.insert(list.clone(), answer.text(&format!("/data/{list}/pageInfo/endCursor")).to_owned());
    }
    let tried = async |actor: &Actor, list: &str, cursor: &str, order: &str| {
        let query = format!("query($c: String) {{ {list}(first: 1, after: $c{order}) {{ nodes {{ id }} }} }}");
        let answer = actor.ask_with(&query, json!({ "c": cursor })).await;
        assert_eq!(answer.status, 200, "{answer}");
        answer.codes().join(" ")
    };
    for (list, cursor) in &cursors {
        assert_eq!(tried(&admin, list, cursor, "").await, "", "{list}");
        assert_eq!(tried(&stranger, list, cursor, "").await, "BAD_CURSOR", "{list} of another tenant");
        for other in lists.iter().filter(|other| *other != list) {
            assert_eq!(tried(&admin, other, cursor, "").await, "BAD_CURSOR", "{list} in {other}");
        }
        if list != "changes" {
            for order in ["CREATED_AT", "UPDATED_AT"] {
                let order = format!(", orderBy: [{{ field: {order} }}]");
                assert_eq!(tried(&admin, list, cursor, &order).await, "BAD_CURSOR", "{list}{order}");
            }
        }
        // One order's cursor is none of another with as many keys of the same types.
        let terms = ["{ field: CREATED_AT }", "{ field: UPDATED_AT }", "{ field: CREATED_AT, direction: DESC }"];
        for (place, own) in terms.iter().enumerate().filter(|_| list != "changes") {
            let [own, other] = [own, terms[(place + 1) % 3]].map(|term| format!("orderBy: [{term}]"));
            let answer = admin.ask(&format!("{{ {list}(first: 1, {own}) {{ pageInfo {{ endCursor }} }} }}")).await;
            let cursor = answer.text(&format!("/data/{list}/pageInfo/endCursor"));
            assert_eq!(tried(&admin, list, cursor, &format!(", {own}")).await, "", "{list} by {own}");
            assert_eq!(
                tried(&admin, list, cursor, &format!(", {other}")).await,
                "BAD_CURSOR",
                "{list}: {own} in {other}"
            );
        }
        // Every letter counts: one that is another, one that is missing, one that is added.
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

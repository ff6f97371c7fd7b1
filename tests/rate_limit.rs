//! Cost and rate: what a request may cost is known before it runs, and a client spends no more than it may.

use fieldgate::http::{self, rate_limit};
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, Answer, Sqlite, World, database, doors, random::Random, sample::Sample, schema::Schema, token_settings,
};

fn cost(answer: &Answer) -> (u64, u64) {
    let number =
        |name: &str| answer.at(&format!("/extensions/cost/{name}")).as_u64().unwrap_or_else(|| panic!("{answer}"));
    (number("requested"), number("actual"))
}

async fn filled(world: &World) -> Actor {
    let admin = world.admin();
    let contacts = json!([{ "name": "Ann" }, { "name": "Bob" }]);
    for name in ["Acme", "Bolt", "Core"] {
        let input = json!({ "name": name, "type": "BROKER", "contacts": contacts, "externalReference": name });
        admin.done("customerCreate", input, "id").await;
    }
    admin
}

#[tokio::test]
async fn objects_pages_and_mutations_have_their_prices() {
    let world = World::on(Sqlite).await;
    let admin = filled(&world).await;
    for (query, requested, actual) in [
        ("{ viewer { subject } }", 1, 1),
        ("{ __typename }", 0, 0),
        // The connection, and each row.
        ("{ customers(first: 10) { totalCount nodes { name } } }", 11, 4),
        ("{ customers { nodes { name } } }", 26, 4),
        ("{ customers(first: 10) { edges { cursor node { name } } pageInfo { endCursor } } }", 22, 8),
        ("{ customers(first: 10) { nodes { contacts(first: 5) { nodes { name } } } } }", 71, 13),
        // A fragment costs where it is spread; what is skipped costs until it is known that it is.
        (
            "{ a: customers(first: 1) { ...F } b: customers(first: 1) { ...F } } fragment F on CustomerConnection { nodes { id } }",
            4,
            4,
        ),
        ("{ customers(first: 9) @skip(if: true) { nodes { id } } }", 10, 0),
        ("{ __schema { types { name } } }", 0, 0),
        // What is selected twice runs twice.
        ("{ customers(first: 1) { nodes { id } } customers(first: 1) { nodes { id } totalCount } }", 4, 4),
        ("{ viewer { tenant { id } tenant { slug } ...T } } fragment T on Viewer { tenant { id } }", 4, 4),
        // An edge that is followed in a filter.
        ("{ customers(first: 1, where: { contacts: { some: { kind: { eq: PERSON } } } }) { nodes { id } } }", 27, 27),
        ("{ customers(first: 1, where: { name: { eq: \"Acme\" } }) { nodes { id } } }", 27, 27),
        // What is looked up behind an edge costs as many times more.
        (
            "{ customers(first: 1, where: { contacts: { some: { name: { eq: \"Ann\" } } } }) { nodes { id } } }",
            652,
            652,
        ),
        (
            "{ customers(first: 2) { nodes { contacts(where: { customer: { parent: {} } }) { totalCount } } } }",
            1 + 2 * (1 + 1 + 25 + 25 * 25),
            1 + 2 * (1 + 1 + 25 + 25 * 25),
        ),
        (
            "mutation { customerUpdate(input: { id: \"Acme\", notes: \"x\" }) { customer { id } userErrors { code } } }",
            13,
            12,
        ),
        ("mutation { customerUpdateMany(inputs: [{ id: \"Acme\" }, { id: \"Bolt\" }]) { customer { id } } }", 24, 24),
    ] {
        let answer = admin.ask(query).await;
        assert_eq!(answer.codes(), Vec::<&str>::new(), "{query}");
        assert_eq!(cost(&answer), (requested, actual), "{query}");
    }
}

/// A random selection of a type: edges, pages and values, a few levels deep, and some of it twice.
fn selection(schema: &Schema, random: &mut Random, of: &str, depth: usize) -> String {
    let mut fields = vec!["__typename".to_owned()];
    for field in &schema.get(of).fields {
        if field.args.iter().any(|arg| arg.needed) || !random.chance(30) || fields.len() > 5 {
            continue;
        }
        if !schema.has_fields(&field.of) {
            fields.push(field.name.clone());
        } else if depth > 0 {
            let below = selection(schema, random, &field.of, depth - 1);
            let size = match schema.listed(&field.of) {
                Some(_) if random.chance(70) => format!("({}: {})", random.one(&["first", "last"]), random.below(9)),
                _ => String::new(),
            };
            let field = format!("{}{size} {{ {below} }}", field.name);
            fields.extend(random.chance(20).then(|| field.clone()));
            fields.push(field);
        }
    }
    fields.join(" ")
}

#[tokio::test]
async fn no_answer_costs_more_than_was_asked_for_and_more_is_never_cheaper() {
    let world = World::on(Sqlite).await;
    let admin = filled(&world).await;
    let schema = Schema::of(&admin).await;
    Sample::whole(&schema, "own").make_all(&admin, 3).await;
    let mut random = Random::of(11);
    let (mut asked, mut spent) = (0, 0);
    for _ in 0..40 {
        for node in schema.nodes().iter().filter(|node| *node != "Tenant") {
            let list = &schema.list_of(node).name;
            let below = selection(&schema, &mut random, node, 3);
            let with = |more: &str| format!("{{ {list}(first: 4) {{ nodes {{ {below} }} }} {more} }}");
            let answer = admin.ask(&with("")).await;
            let (requested, actual) = cost(&answer);
            assert!(actual <= requested, "{actual} of {requested}: {}", with(""));
            let (more, _) = cost(&admin.ask(&with(&format!("{} {{ subject }}", "viewer"))).await);
            assert_eq!(more, requested + 1, "{}", with(""));
            (asked, spent) = (asked + 1, spent + actual);
        }
    }
    assert!(asked > 200 && spent > 2_000, "{asked} queries cost {spent}");
}

async fn small(capacity: u64) -> World {
    let rate = rate_limit::Settings { capacity, per_second: 0 };
    let doors = http::Settings { rate, ..doors() };
    World::behind(database::open(Sqlite).await, token_settings(), doors, |_| {}).await
}

#[tokio::test]
async fn a_client_spends_what_it_has_and_is_then_told_to_wait() {
    let world = small(100).await;
    let admin = world.admin();
    let page = "{ customers(first: 49) { nodes { id } } rateLimit { cost remaining capacity perSecond } }";
    let answer = admin.ask(page).await;
    let told = json!({ "cost": 51, "remaining": 49, "capacity": 100, "perSecond": 0 });
    assert_eq!(*answer.at("/data/rateLimit"), told);
    // It had no customers: the connection and the rate limit were all it cost.
    let state = json!({ "requested": 51, "actual": 2, "remaining": 98, "capacity": 100, "perSecond": 0 });
    assert_eq!(*answer.at("/extensions/cost"), state);
    let refused = admin.ask("{ customers(first: 98) { nodes { id } } }").await;
    assert_eq!((refused.status, refused.codes()), (429, vec!["RATE_LIMITED"]));
    assert_eq!(*refused.at("/errors/0/extensions/requested"), json!(99));
    // What is refused before it runs costs nothing; another client, and another tenant, has a bucket of its own.
    assert_eq!(admin.ask("{ nonsense }").await.status, 400);
    assert_eq!(cost(&admin.ask(page).await), (51, 2));
    for other in [world.viewer(), world.stranger()] {
        assert_eq!(*other.ask(page).await.at("/data/rateLimit/remaining"), json!(49));
    }
}

#[tokio::test]
async fn the_prices_stand_in_the_schema() {
    let world = World::on(Sqlite).await;
    let schema = Schema::of(&world.admin()).await;
    let sdl = fieldgate::graphql::sdl();
    assert_eq!(sdl.matches(" @cost(weight: \"10\")").count(), schema.mutations().len());
    let lists =
        schema.nodes().iter().chain([&"Query".to_owned()]).map(|node| schema.lists_under(node).len()).sum::<usize>();
    let priced = sdl.matches(" @listSize(assumedSize: 25, slicingArguments: [\"first\", \"last\"]").count();
    // An interface repeats the lists of its types.
    assert!(priced >= lists && lists > 30, "{priced} of {lists}");
    assert_eq!(Json::from(sdl.matches("directive @listSize(").count()), json!(1));
}

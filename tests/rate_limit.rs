//! Cost and rate limit: the cost of a request is computed before it runs, and a client spends at most its budget.

use fieldgate::http::rate_limit;
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, JsonResponse, Sqlite, World, assert_snapshot, random::Random, sample_data::SampleData, schema::Schema,
};

fn requested_and_actual_cost(response: &JsonResponse) -> (u64, u64) {
    let number =
        |name: &str| response.at(&format!("/extensions/cost/{name}")).as_u64().unwrap_or_else(|| panic!("{response}"));
    (number("requested"), number("actual"))
}

async fn create_customers(world: &World) -> Actor {
    let admin = world.admin();
    let contacts = json!([{ "name": "Ann" }, { "name": "Bob" }]);
    for name in ["Acme", "Bolt", "Core"] {
        let input = json!({ "name": name, "type": "BROKER", "contacts": contacts, "externalReference": name });
        admin.mutate("customerCreate", input, "id").await;
    }
    admin
}

#[tokio::test]
async fn objects_pages_and_mutations_have_their_cost() {
    let world = World::new(Sqlite).await;
    let admin = create_customers(&world).await;
    for (query, requested, actual) in [
        ("{ viewer { subject } }", 1, 1),
        ("{ __typename }", 0, 0),
        // The connection and each row.
        ("{ customers(first: 10) { totalCount nodes { name } } }", 36, 29),
        ("{ customers { nodes { name } } }", 26, 4),
        ("{ customers(first: 10) { edges { cursor node { name } } pageInfo { endCursor } } }", 22, 8),
        ("{ customers(first: 10) { nodes { contacts(first: 5) { nodes { name } } } } }", 71, 13),
        // A fragment costs where it is spread; a skipped field costs if a variable decides about it.
        (
            "{ a: customers(first: 1) { ...F } b: customers(first: 1) { ...F } } fragment F on CustomerConnection { nodes { id } }",
            4,
            4,
        ),
        ("{ customers(first: 9) @skip(if: true) { nodes { id } } }", 0, 0),
        ("{ __schema { types { name } } }", 50, 50),
        // A field that is selected twice runs once.
        ("{ customers(first: 1) { nodes { id } } customers(first: 1) { nodes { id } totalCount } }", 27, 27),
        ("{ viewer { tenant { id } tenant { slug } ...T } } fragment T on Viewer { tenant { id } }", 2, 2),
        // An edge in a filter.
        ("{ customers(first: 1, where: { contacts: { some: { type: { eq: PERSON } } } }) { nodes { id } } }", 27, 27),
        ("{ customers(first: 1, where: { name: { eq: \"Acme\" } }) { nodes { id } } }", 27, 27),
        // No index knows what a text contains.
        ("{ customers(first: 1, where: { number: { contains: \"C\", eq: \"C\" } }) { nodes { id } } }", 27, 26),
        // A lookup behind an edge costs as many times more.
        (
            "{ customers(first: 1, where: { contacts: { some: { name: { eq: \"Ann\" } } } }) { nodes { id } } }",
            652,
            652,
        ),
        (
            "{ customers(first: 2) { nodes { contacts(where: { customer: { parent: {} } }) { totalCount } } } }",
            1 + 2 * (1 + 1 + 25 + 25 + 25 * 25),
            1 + 2 * (1 + 1 + 25 + 25 + 25 * 25),
        ),
        (
            "mutation { customerUpdate(input: { id: \"Acme\", notes: \"x\" }) { customer { id } userErrors { code } } }",
            13,
            12,
        ),
        (
            "mutation { customerUpdate(input: { id: \"Acme\", tags: [\"a\", \"b\"], contacts: [{ name: \"Ann\" }] }) { customer { id } } }",
            24,
            24,
        ),
        // Each word looks through texts, and a name through the lists of changed fields.
        ("{ search(query: \"acme  bolt\", first: 1) { nodes { id } } }", 52, 51),
        ("{ changes(first: 1, where: { field: \"notes\" }) { nodes { id } } }", 27, 26),
        (
            "{ customers(first: 1) { nodes { customFields(first: 1, where: { key: { eq: \"a\" } }) { nodes { id } } } } }",
            29,
            28,
        ),
        // No index serves a comparison with the industry, nor an order by it.
        ("{ customers(first: 1, where: { industry: { eq: \"x\" } }) { nodes { id } } }", 27, 26),
        ("{ customers(first: 1, orderBy: [{ industry: ASC }, { number: ASC }]) { nodes { id } } }", 27, 27),
        ("{ customers(first: 1, where: { status: { eq: ACTIVE } }) { nodes { id } } }", 2, 2),
        ("mutation { customerUpdateMany(inputs: [{ id: \"Acme\" }, { id: \"Bolt\" }]) { customer { id } } }", 24, 24),
    ] {
        let response = admin.execute(query).await;
        assert_eq!(response.error_codes(), Vec::<&str>::new(), "{query}");
        assert_eq!(requested_and_actual_cost(&response), (requested, actual), "{query}");
    }
}

/// A random selection of a type: edges, pages and values, a few levels deep, some of them twice.
fn random_selection(schema: &Schema, random: &mut Random, of: &str, depth: usize) -> String {
    let mut fields = vec!["__typename".to_owned()];
    for field in &schema.get(of).fields {
        if field.args.iter().any(|arg| arg.required) || !random.chance(30) || fields.len() > 5 {
            continue;
        }
        if !schema.has_fields(&field.type_name) {
            fields.push(field.name.clone());
        } else if depth > 0 {
            let below = random_selection(schema, random, &field.type_name, depth - 1);
            let size = match schema.connection_node(&field.type_name) {
                Some(_) if random.chance(70) => format!("({}: {})", random.choose(&["first", "last"]), random.below(9)),
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
async fn the_actual_cost_is_at_most_the_requested_cost() {
    let world = World::new(Sqlite).await;
    let admin = create_customers(&world).await;
    let schema = Schema::load(&admin).await;
    SampleData::complete(&schema, "own").create_all(&admin, 3).await;
    let mut random = Random::from_seed(11);
    let (mut queries, mut spent) = (0, 0);
    for _ in 0..40 {
        for node in schema.listed_nodes() {
            let list = &schema.root_list(node).name;
            let below = random_selection(&schema, &mut random, node, 3);
            let with = |more: &str| format!("{{ {list}(first: 4) {{ nodes {{ {below} }} }} {more} }}");
            let response = admin.execute(&with("")).await;
            let (requested, actual) = requested_and_actual_cost(&response);
            assert!(actual <= requested, "{actual} of {requested}: {}", with(""));
            let (more, _) =
                requested_and_actual_cost(&admin.execute(&with(&format!("{} {{ subject }}", "viewer"))).await);
            assert_eq!(more, requested + 1, "{}", with(""));
            (queries, spent) = (queries + 1, spent + actual);
        }
    }
    assert!(queries > 200 && spent > 2_000, "{queries} queries cost {spent}");
}

async fn world_with_capacity(capacity: u64) -> World {
    let rate = rate_limit::Settings { capacity, per_second: 0 };
    World::builder(Sqlite).http(|http| http.rate = rate).build().await
}

#[tokio::test]
async fn a_client_without_remaining_cost_is_rejected_until_it_refills() {
    let world = world_with_capacity(100).await;
    let admin = world.admin();
    let page = "{ customers(first: 49) { nodes { id } } rateLimit { cost remaining capacity perSecond } }";
    let response = admin.execute(page).await;
    let expected = json!({ "cost": 51, "remaining": 49, "capacity": 100, "perSecond": 0 });
    assert_eq!(*response.at("/data/rateLimit"), expected);
    // There are no customers: only the connection and the rate limit cost.
    let state = json!({ "requested": 51, "actual": 2, "remaining": 98, "capacity": 100, "perSecond": 0 });
    assert_eq!(*response.at("/extensions/cost"), state);
    let refused = admin.execute("{ customers(first: 98) { nodes { id } } }").await;
    assert_eq!((refused.status, refused.error_codes()), (429, vec!["RATE_LIMITED"]));
    assert_eq!(*refused.at("/errors/0/extensions/requested"), json!(99));
    // A request rejected before execution costs nothing; another client and another tenant have budgets of their own.
    assert_eq!(admin.execute("{ nonsense }").await.status, 400);
    assert_eq!(requested_and_actual_cost(&admin.execute(page).await), (51, 2));
    for other in [world.viewer(), world.other_admin()] {
        assert_eq!(*other.execute(page).await.at("/data/rateLimit/remaining"), json!(49));
    }
}

#[tokio::test]
async fn the_schema_describes_the_costs() {
    let world = World::new(Sqlite).await;
    let schema = Schema::load(&world.admin()).await;
    let sdl = fieldgate::graphql::sdl();
    assert_eq!(sdl.matches(" @cost(weight: \"10\")").count(), schema.mutations().len());
    let lists =
        schema.nodes().iter().chain([&"Query".to_owned()]).map(|node| schema.connections_of(node).len()).sum::<usize>();
    let priced = sdl.matches(" @listSize(assumedSize: 25, slicingArguments: [\"first\", \"last\"]").count();
    // An interface has the lists of its types again.
    assert!(priced >= lists && lists > 30, "{priced} of {lists}");
    assert_eq!(Json::from(sdl.matches("directive @listSize(").count()), json!(1));
}

#[tokio::test]
async fn an_ordinary_client_sends_eight_large_queries_at_a_time_by_default() {
    let world = World::new(Sqlite).await;
    let admin = create_customers(&world).await.at(&world.start_server(fieldgate::http::Settings::default()).await);
    let query =
        "{ customers(first: 100) { nodes { contacts(first: 100) { nodes { id } } addresses(first: 100) { nodes { id } }
        loads(first: 100) { nodes { id } } serviceRecords(first: 90) { nodes { id } } } } }";
    for _ in 0..3 {
        let responses = futures_util::future::join_all((0..8).map(|_| admin.execute(query))).await;
        for response in responses {
            assert_eq!(requested_and_actual_cost(&response).0, 39_501, "{response}");
        }
    }
}

#[tokio::test]
async fn an_operation_that_costs_too_much_is_told_its_dearest_fields() {
    let world = World::new(Sqlite).await;
    let admin = world.admin().at(&world.start_server(fieldgate::http::Settings::default()).await);
    let query = "{ viewer { tenant { id } } customers(first: 100) { nodes { contacts(first: 100) { nodes { loads(first: 100) { nodes { id } } } } } } }";
    let response = admin.execute(query).await;
    assert_snapshot!(response.text("/errors/0/message"), @"The operation exceeds the limit of cost: 1020203 of at most 50000. Its dearest fields are customers.nodes.contacts.nodes.loads.nodes (1000000), customers.nodes.contacts.nodes (10000), customers.nodes.contacts.nodes.loads (10000): fewer rows there cost less.");
    let page = "{ customers(first: 3) { nodes { people: contacts(last: 101) { nodes { id } } } } }";
    let response = admin.execute(page).await;
    assert_snapshot!(response.text("/errors/0/message"), @"The operation exceeds the limit of page size: 101 of at most 100, in customers.nodes.people.");
    let ids = format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"x\",".repeat(101));
    let response = admin.execute(&ids).await;
    assert_snapshot!(response.text("/errors/0/message"), @"The operation exceeds the limit of items: 101 of at most 100, in nodes.");
    let filter =
        format!("{{ customers(where: {{ and: [{}] }}) {{ totalCount }} }}", "{ name: { eq: \"a\" } },".repeat(21));
    let response = admin.execute(&filter).await;
    assert_snapshot!(response.text("/errors/0/message"), @"The operation exceeds the limit of filter lookups: 21 of at most 20, in customers.");
}

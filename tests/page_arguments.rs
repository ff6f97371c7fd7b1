//! The arguments of a page: which of them go together.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{DatabaseKind, World, each_database};

#[apply(each_database)]
async fn a_page_goes_on_in_one_direction(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("customerCreate", json!({ "name": "A", "type": "BROKER" }), "").await;
    let page = admin.execute("{ customers { pageInfo { endCursor } } }").await;
    let cursor = page.text("/data/customers/pageInfo/endCursor");
    for (arguments, message) in [
        ("first: 1, before: $cursor", "before goes with last, after with first."),
        ("last: 1, after: $cursor", "after goes with first, before with last."),
        ("after: $cursor, before: $cursor", "Give after or before, not both."),
    ] {
        let document = format!("query($cursor: String) {{ customers({arguments}) {{ totalCount }} }}");
        let response = admin.execute_with(&document, json!({ "cursor": cursor })).await;
        assert_eq!(response.error_codes(), ["BAD_INPUT"], "{response}");
        assert_eq!(response.text("/errors/0/message"), message);
    }
}

#[apply(each_database)]
async fn a_count_ends_at_its_maximum(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for customer in 0..3 {
        let contacts: Vec<_> = (0..=customer).map(|contact| json!({ "name": format!("Contact {contact}") })).collect();
        let input = json!({ "name": format!("Customer {customer}"), "type": "BROKER", "contacts": contacts });
        admin.mutate("customerCreate", input, "").await;
    }
    let query = "query($max: Int) { customers(orderBy: [{ name: ASC }]) { totalCount(max: $max) \
                 nodes { contacts { totalCount(max: $max) all: totalCount } } } }";
    let counts = async |max: Json| {
        let response = admin.execute_with(query, json!({ "max": max })).await;
        let contacts = (0..3).map(|node| {
            let of = |field: &str| response.at(&format!("/data/customers/nodes/{node}/contacts/{field}")).clone();
            json!([of("totalCount"), of("all")])
        });
        (json!([response.at("/data/customers/totalCount"), contacts.collect::<Vec<_>>()]), response.statements())
    };
    let (all, statements) = counts(json!(null)).await;
    assert_eq!(all, json!([3, [[1, 1], [2, 2], [3, 3]]]));
    // Two counts of one edge with different ends are two statements.
    assert_eq!(counts(json!(2)).await, (json!([2, [[1, 1], [2, 2], [2, 3]]]), statements + 1));
    assert_eq!(counts(json!(100)).await, (all, statements + 1));
    let (none, _) = counts(json!(0)).await;
    assert_eq!(none, json!([0, [[0, 1], [0, 2], [0, 3]]]));
    let response = admin.execute_with(query, json!({ "max": -1 })).await;
    assert_eq!(response.text("/errors/0/message"), "max is at least 0; -1 was given.", "{response}");
}

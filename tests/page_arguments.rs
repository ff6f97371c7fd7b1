//! The arguments of a page: which of them go together.

use rstest_reuse::apply;
use serde_json::json;

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

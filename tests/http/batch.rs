//! Arrays of operations: when they are accepted, and what their operations have together.

use serde_json::{Value as Json, json};

use super::{error_line, read, request, world_with};
use crate::world::{Sqlite, World};

const QUERY: &str = "{ viewer { subject } }";

/// The error of a posted body.
async fn post_error(world: &World, body: &Json) -> String {
    let (headers, response) = read(request(world).json(body).send().await.unwrap()).await;
    error_line(&headers, &response)
}

fn operation(query: &str) -> Json {
    json!({ "query": query })
}

#[tokio::test]
async fn request_batches_are_rejected_unless_configured() {
    let world = World::new(Sqlite).await;
    let refused = post_error(&world, &json!([operation(QUERY)])).await;
    assert!(refused.starts_with("400 BATCH_REFUSED: A body holds one operation"), "{refused}");

    let world = world_with(|settings| settings.batch_limit = 3).await;
    for (body, sent) in
        [(json!([]), 0), (json!([operation(QUERY), operation(QUERY), operation(QUERY), operation(QUERY)]), 4)]
    {
        let expected = format!("400 BATCH_REFUSED: The array holds {sent} operations; it may hold 1 to 3.");
        assert_eq!(post_error(&world, &body).await, expected);
    }
    // It is counted before its operations are parsed: what is no operation is not told.
    let uncounted = json!([operation(QUERY), operation(QUERY), operation(QUERY), { "query": 1 }]);
    let expected = "400 BATCH_REFUSED: The array holds 4 operations; it may hold 1 to 3.";
    assert_eq!(post_error(&world, &uncounted).await, expected);
    let create = "mutation { customerCreate(input: { name: \"A\", type: BROKER }) { customer { name } } }";
    let batch = json!([operation(create), operation("{ nothing }"), operation("{ customers { nodes { name } } }")]);
    let (_, response) = read(request(&world).json(&batch).send().await.unwrap()).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.text("/0/data/customerCreate/customer/name"), "A");
    assert_eq!(response.text("/1/errors/0/extensions/code"), "BAD_REQUEST");
    assert_eq!(response.text("/2/data/customers/nodes/0/name"), "A");
    // A key in the header cannot tell two operations apart.
    let twice = request(&world).header("idempotency-key", "1").json(&json!([operation(create), operation(create)]));
    let (headers, response) = read(twice.send().await.unwrap()).await;
    assert_eq!(
        error_line(&headers, &response),
        "400 BAD_REQUEST: The header Idempotency-Key goes with one operation; give each input of the array its own key."
    );
    let names = world.admin().execute("{ customers { totalCount } }").await;
    assert_eq!(*names.at("/data/customers/totalCount"), json!(1), "neither was executed");
    // An array of one operation is one operation.
    for repeated in [Json::Null, json!(["customerCreate"])] {
        let once = request(&world).header("idempotency-key", "2").json(&json!([operation(create)]));
        let (_, response) = read(once.send().await.unwrap()).await;
        assert_eq!(response.text("/0/data/customerCreate/customer/name"), "A");
        assert_eq!(*response.at("/0/extensions/repeated"), repeated, "{response}");
    }
}

#[tokio::test]
async fn the_answers_of_an_array_have_the_bytes_of_one_operation_together() {
    let world = world_with(|settings| (settings.batch_limit, settings.limits.answer_bytes) = (4, 1_000)).await;
    let query = operation("{ viewer { subject roles scopes tenant { name slug currency country timeZone } } }");
    let (_, one) = read(request(&world).json(&json!([query])).send().await.unwrap()).await;
    one.at("/0/data/viewer/subject").as_str().unwrap();
    let (_, response) = read(request(&world).json(&json!([query, query, query, query])).send().await.unwrap()).await;
    let codes: Vec<_> =
        (0..4).map(|index| response.at(&format!("/{index}/errors/0/extensions/code")).clone()).collect();
    assert_eq!(codes[0], Json::Null, "{response}");
    assert_eq!(codes[3], "LIMIT_ANSWER_BYTES", "{response}");
    // A mutation is told that it has written, as in a request of its own.
    let create = operation("mutation { customerCreate(input: { name: \"A\", type: BROKER }) { customer { id } } }");
    let (_, response) = read(request(&world).json(&json!([query, query, create])).send().await.unwrap()).await;
    assert_eq!(*response.at("/2/data"), json!({ "customerCreate": null }), "{response}");
    assert_eq!(response.at("/2/errors/0/extensions/code"), "LIMIT_ANSWER_BYTES", "{response}");
    let count = world.admin().execute("{ customers { totalCount } }").await;
    assert_eq!(*count.at("/data/customers/totalCount"), json!(1));
}

#[tokio::test]
async fn each_operation_of_an_array_is_paid_for() {
    let world = world_with(|settings| {
        settings.batch_limit = 4;
        settings.rate = fieldgate::http::rate_limit::Settings { capacity: 25, per_second: 0 };
    })
    .await;
    let create = operation("mutation { customerCreate(input: { name: \"A\", type: BROKER }) { __typename } }");
    let (_, response) = read(request(&world).json(&json!([create, create, create])).send().await.unwrap()).await;
    let code = |index: usize| response.at(&format!("/{index}/errors/0/extensions/code")).clone();
    assert_eq!([code(0), code(1), code(2)], [Json::Null, Json::Null, json!("RATE_LIMITED")], "{response}");
}

//! Polling: a reader of the change log who continues after the last sequence number it has read misses nothing.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use rstest_reuse::apply;
use serde_json::json;

use crate::world::{DatabaseKind, World, each_database_in_parallel};

/// The number of clients that write at once.
const WRITERS: usize = 4;
/// The number of writes of each of them.
const WRITES: usize = 12;

#[apply(each_database_in_parallel)]
async fn a_reader_who_continues_after_the_last_sequence_misses_nothing(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for writer in 0..WRITERS {
        let asset = json!({ "name": "A", "externalReference": format!("a{writer}") });
        admin.mutate("assetCreate", asset, "").await;
    }
    let running = AtomicUsize::new(WRITERS);
    let write = async |writer: usize| {
        for round in 0..WRITES {
            // Writes of several rows in one transaction, and of one row by several writers.
            let inputs: Vec<_> = [writer, (writer + 1) % WRITERS]
                .map(|asset| json!({ "id": format!("a{asset}"), "name": format!("{writer} {round}") }))
                .into();
            let query = "mutation($inputs: [AssetUpdateInput!]!) { assetUpdateMany(inputs: $inputs, atomic: true) { asset { version } userErrors { code } } }";
            let response = admin.execute_with(query, json!({ "inputs": inputs })).await;
            let outcomes = response.data()["assetUpdateMany"].as_array().unwrap().clone();
            assert!(outcomes.iter().all(|outcome| outcome["userErrors"] == json!([])), "{response}");
        }
        running.fetch_sub(1, Ordering::Relaxed);
    };
    let poll = async || {
        let mut read: Vec<(i64, String)> = Vec::new();
        loop {
            let is_last = running.load(Ordering::Relaxed) == 0;
            world.link_changes().await;
            loop {
                let last = read.last().map_or(0, |(sequence, _)| *sequence);
                let query = "query($last: Int!) { changes(first: 7, where: { sequence: { gt: $last } }) { nodes { sequence entityId } } }";
                let response = admin.execute_with(query, json!({ "last": last })).await;
                let nodes = response.data()["changes"]["nodes"].as_array().unwrap().clone();
                let text = |node: &serde_json::Value| node["entityId"].as_str().unwrap().to_owned();
                read.extend(nodes.iter().map(|node| (node["sequence"].as_i64().unwrap(), text(node))));
                if nodes.is_empty() {
                    break;
                }
            }
            if is_last {
                return read;
            }
        }
    };
    let writers = futures_util::future::join_all((0..WRITERS).map(write));
    let (_, read) = tokio::join!(writers, poll());
    let sequences: Vec<_> = read.iter().map(|(sequence, _)| *sequence).collect();
    let count = i64::try_from(read.len()).unwrap();
    assert_eq!(sequences, (1..=count).collect::<Vec<_>>(), "dense, in order, each once");
    // Each version of a row is one change of it.
    let mut changes: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, id) in &read {
        *changes.entry(id).or_default() += 1;
    }
    let rows = admin.execute("{ assets { nodes { id version } } }").await;
    for row in rows.data()["assets"]["nodes"].as_array().unwrap() {
        assert_eq!(json!(changes[row["id"].as_str().unwrap()]), row["version"], "{row}");
        assert_eq!(row["version"], json!(1 + 2 * WRITES));
    }
}

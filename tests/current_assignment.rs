//! Who has an asset now, and what its meter says: assignments as they begin, end and come back.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, each_database};

/// A time in the past, and a later one.
const EARLIER: &str = "2024-03-01T08:00:00Z";
const LATER: &str = "2024-05-01T08:00:00Z";
/// A time in the future.
const FUTURE: &str = "2094-03-01T08:00:00Z";

async fn create_asset(admin: &Actor, reference: &str) {
    admin.mutate("assetCreate", json!({ "name": reference, "externalReference": reference }), "").await;
}

#[apply(each_database)]
async fn the_filter_for_current_assignments_agrees_with_the_field_and_the_edge(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("customerCreate", json!({ "name": "C", "type": "BROKER", "externalReference": "c" }), "").await;
    let periods = [
        ("rented-and-out", json!({ "relationship": "RENTED", "from": EARLIER }), true),
        ("rented-and-overdue", json!({ "relationship": "RENTED", "from": EARLIER, "until": LATER }), true),
        ("rented-and-back", json!({ "relationship": "RENTED", "from": EARLIER, "returnedAt": LATER }), false),
        ("booked", json!({ "relationship": "LEASED", "from": FUTURE }), false),
        ("owned", json!({ "relationship": "OWNED" }), true),
        ("owned-until", json!({ "relationship": "OWNED", "until": LATER }), false),
        ("serviced-from", json!({ "relationship": "UNDER_SERVICE", "from": FUTURE }), false),
        ("serviced-until", json!({ "relationship": "UNDER_SERVICE", "from": EARLIER, "until": FUTURE }), true),
    ];
    for (name, period, _) in &periods {
        create_asset(&admin, name).await;
        let mut input = json!({ "customer": "c", "asset": name, "externalReference": name });
        input.as_object_mut().unwrap().extend(period.as_object().unwrap().clone());
        admin.mutate("customerAssetCreate", input, "").await;
    }
    let found = async |condition: &str| {
        let document = format!(
            "{{ customerAssets(where: {{ {condition} }}) {{
                nodes {{ externalReference current asset {{ currentAssignment {{ externalReference }} }} }} }} }}"
        );
        let response = admin.execute(&document).await;
        let nodes = response.data()["customerAssets"]["nodes"].as_array().unwrap().clone();
        for node in &nodes {
            let has_now = node["asset"]["currentAssignment"]["externalReference"] == node["externalReference"];
            assert_eq!(node["current"], json!(has_now), "{node}");
        }
        nodes.iter().map(|node| node["externalReference"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let expected = |current: bool| {
        let names = periods.iter().filter(|(_, _, is_current)| *is_current == current);
        names.map(|(name, ..)| (*name).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("current: { eq: true }").await, expected(true));
    assert_eq!(found("current: { eq: false }").await, expected(false));
    assert_eq!(found("not: { current: { eq: true } }").await, expected(false));
    assert_eq!(found("current: { isNull: true }").await, Vec::<String>::new());
    assert_eq!(found("current: { isNull: false }").await.len(), periods.len());
    assert_eq!(found("current: {}").await.len(), periods.len());
}

/// The meter of an asset and its version.
async fn meter(admin: &Actor, reference: &str) -> Json {
    let document = "query($ref: Ref!) { asset(ref: $ref) { version meter { value unit at } } }";
    admin.execute_with(document, json!({ "ref": reference })).await.data()["asset"].clone()
}

#[apply(each_database)]
async fn a_reading_at_the_start_or_the_return_is_the_assets_latest(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("customerCreate", json!({ "name": "C", "type": "BROKER", "externalReference": "c" }), "").await;
    let asset = json!({ "name": "G", "externalReference": "g", "meter": { "value": "10", "unit": "h", "at": "2024-01-01T00:00:00Z" } });
    admin.mutate("assetCreate", asset, "").await;
    let rental = json!({ "customer": "c", "asset": "g", "relationship": "RENTED", "from": EARLIER, "meterOut": "25",
        "externalReference": "r" });
    admin.mutate("customerAssetCreate", rental, "").await;
    assert_eq!(meter(&admin, "g").await["meter"], json!({ "value": "25", "unit": "h", "at": EARLIER }));
    // A reading between the two, from elsewhere.
    let read = json!({ "id": "g", "meter": { "value": "30.5", "at": "2024-04-01T00:00:00Z" } });
    admin.mutate("assetUpdate", read, "").await;
    admin.mutate("customerAssetReturn", json!({ "id": "r", "at": LATER, "meterIn": "31" }), "").await;
    let returned = meter(&admin, "g").await;
    assert_eq!(returned["meter"], json!({ "value": "31", "unit": "h", "at": LATER }));
    // A reading that is older than the known one, and a rental that has not begun, change nothing.
    admin.mutate("customerAssetUpdate", json!({ "id": "r", "meterOut": "24" }), "").await;
    let booking = json!({ "customer": "c", "asset": "g", "relationship": "RENTED", "from": FUTURE, "meterOut": "99" });
    admin.mutate("customerAssetCreate", booking, "").await;
    assert_eq!(meter(&admin, "g").await, returned);
    // A return that is refused leaves the meter, too.
    let errors = admin.user_errors("customerAssetReturn", json!({ "id": "r", "meterIn": "50" })).await;
    assert!(errors[0].starts_with("STATE"), "{errors:?}");
    assert_eq!(meter(&admin, "g").await, returned);
    // The change of the asset is on the record.
    world.link_changes().await;
    let changes = admin.execute("{ changes(where: { nodeType: { eq: ASSET } }) { nodes { action fields } } }").await;
    let nodes = changes.data()["changes"]["nodes"].as_array().unwrap().len();
    assert_eq!(nodes, 4, "{changes}");
}

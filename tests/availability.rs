//! The availability of equipment, through the schema: reservations, and which units are free for a period.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, each_database, random::Random};

/// A day of June 2099.
fn day(day: usize) -> String {
    format!("2099-06-{day:02}T00:00:00Z")
}

/// Creates two customers and lifts with a number each.
async fn create_lifts(admin: &Actor, count: usize) {
    for name in ["acme", "bolt"] {
        let customer = json!({ "name": name, "type": "CONTRACTOR", "externalReference": name });
        admin.mutate("customerCreate", customer, "").await;
    }
    for number in 1..=count {
        let lift = json!({ "name": format!("Lift {number:02}"), "category": "Lift", "externalReference": format!("{number}") });
        admin.mutate("assetCreate", lift, "").await;
    }
}

fn claim(lift: usize, relationship: &str, from: usize, until: Option<usize>) -> Json {
    json!({ "customer": "acme", "asset": lift.to_string(), "relationship": relationship, "from": day(from), "until": until.map(day) })
}

async fn available(admin: &Actor, from: usize, until: usize) -> Json {
    let query = format!(
        "{{ availability(category: \"LIFT\", from: \"{}\", until: \"{}\") {{
            unitCount freeCount nextFreeAt units {{ free nextFreeAt asset {{ externalReference }} }} }} }}",
        day(from),
        day(until)
    );
    admin.execute(&query).await.data()["availability"].clone()
}

/// The numbers of the units that are free.
async fn free(admin: &Actor, from: usize, until: usize) -> Vec<String> {
    let found = available(admin, from, until).await;
    let units = found["units"].as_array().unwrap();
    let free: Vec<_> = units.iter().filter(|unit| unit["free"] == true).collect();
    assert_eq!(found["freeCount"], json!(free.len()));
    assert_eq!(found["unitCount"], json!(units.len()));
    free.iter().map(|unit| unit["asset"]["externalReference"].as_str().unwrap().to_owned()).collect()
}

#[apply(each_database)]
async fn a_unit_is_free_if_no_claim_touches_any_part_of_the_period(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_lifts(&admin, 3).await;
    for (lift, from, until) in [(1, 1, 5), (2, 1, 5), (2, 5, 10), (3, 5, 10)] {
        admin.mutate("customerAssetCreate", claim(lift, "RENTED", from, Some(until)), "").await;
    }
    assert_eq!(free(&admin, 1, 10).await, [""; 0]);
    assert_eq!(free(&admin, 1, 5).await, ["3"]);
    assert_eq!(free(&admin, 5, 10).await, ["1"]);
    let found = available(&admin, 1, 10).await;
    let unit =
        |number: &str, day: &str| json!({ "free": false, "nextFreeAt": day, "asset": { "externalReference": number } });
    let expected = json!([unit("1", &day(5)), unit("2", &day(10)), unit("3", &day(10))]);
    assert_eq!((&found["nextFreeAt"], &found["units"]), (&json!(day(5)), &expected));
    let query =
        "{ availability(category: \"Lift\", from: \"2099-06-01T00:00:00Z\") { freeCount units { asset { name } } } }";
    let answer = admin.execute(query).await;
    assert_eq!(answer.statements(), 2, "the units and their claims");
    assert_eq!(*answer.at("/data/availability/freeCount"), json!(0));
    admin.mutate("assetUpdate", json!({ "id": "3", "status": "OUT_OF_SERVICE" }), "").await;
    assert_eq!(free(&admin, 1, 5).await, [""; 0], "a unit that is out of service is not free");
    let elsewhere = world.other_admin().execute(query).await;
    assert_eq!(*elsewhere.at("/data/availability/units"), json!([]));
    let reversed = query.replace(") {", ", until: \"2099-06-01T00:00:00Z\") {");
    assert_eq!(admin.execute(&reversed).await.error_codes(), ["BAD_INPUT"]);
}

#[apply(each_database)]
async fn an_overdue_unit_is_not_free_on_any_later_day(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_lifts(&admin, 1).await;
    let overdue = json!({ "customer": "acme", "asset": "1", "relationship": "RENTED", "externalReference": "late",
        "from": "2026-01-01T00:00:00Z", "until": "2026-01-10T00:00:00Z" });
    admin.mutate("customerAssetCreate", overdue, "").await;
    let found = available(&admin, 1, 5).await;
    assert_eq!((&found["freeCount"], &found["nextFreeAt"]), (&json!(0), &Json::Null));
    let refused = admin.user_errors("customerAssetCreate", claim(1, "RENTED", 1, Some(5))).await;
    assert!(refused[0].starts_with("OVERLAP input.from: The asset is RENTED as custasset_"), "{refused:?}");
    admin.mutate("customerAssetReturn", json!({ "id": "late", "at": "2026-01-12T00:00:00Z" }), "").await;
    assert_eq!(free(&admin, 1, 5).await, ["1"]);
}

#[apply(each_database)]
async fn a_reservation_keeps_its_unit_until_it_ends_by_the_clock(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_lifts(&admin, 2).await;
    let held = |reference: &str, reserved_until: &str| {
        let mut input = claim(1, "RESERVED", 1, Some(5));
        input["externalReference"] = json!(reference);
        input["reservedUntil"] = json!(reserved_until);
        input
    };
    admin.mutate("customerAssetCreate", held("ended", "2026-01-01T00:00:00Z"), "").await;
    assert_eq!(free(&admin, 1, 5).await, ["1", "2"]);
    admin.mutate("customerAssetCreate", held("kept", "2099-01-01T00:00:00Z"), "").await;
    assert_eq!(free(&admin, 1, 5).await, ["2"]);
    let mut refusals =
        admin.user_errors("customerAssetUpdate", json!({ "id": "ended", "relationship": "RENTED" })).await;
    let longer = json!({ "id": "ended", "reservedUntil": "2099-01-01T00:00:00Z" });
    refusals.extend(admin.user_errors("customerAssetUpdate", longer).await);
    refusals.extend(admin.user_errors("customerAssetReturn", json!({ "id": "kept" })).await);
    let rented = json!({ "id": "kept", "relationship": "RENTED" });
    let rented = admin.mutate("customerAssetUpdate", rented, "relationship reservedUntil current").await;
    assert_eq!(rented, json!({ "relationship": "RENTED", "reservedUntil": null, "current": false }));
    let again = json!({ "id": "kept", "reservedUntil": "2099-01-01T00:00:00Z" });
    refusals.extend(admin.user_errors("customerAssetUpdate", again).await);
    let mut without_start = claim(2, "RESERVED", 1, None);
    without_start["from"] = Json::Null;
    refusals.extend(admin.user_errors("customerAssetCreate", without_start).await);
    assert_eq!(
        refusals,
        [
            "STATE input.relationship: The reservation ended at 2026-01-01T00:00:00Z; make another one.",
            "STATE input.relationship: The reservation ended at 2026-01-01T00:00:00Z; make another one.",
            "STATE input.id: The asset is RESERVED and was not handed over; delete the reservation instead.",
            "INVALID input.reservedUntil: Only a RESERVED asset has reservedUntil.",
            "REQUIRED input.from: RESERVED, RENTED and LEASED need from, the beginning of the contract.",
        ]
    );
    // One that has begun is still not what the customer has.
    let mut begun = claim(2, "RESERVED", 1, None);
    begun["from"] = json!("2026-01-01T00:00:00Z");
    let begun = admin.mutate("customerAssetCreate", begun, "current asset { currentAssignment { id } }").await;
    assert_eq!(begun, json!({ "current": false, "asset": { "currentAssignment": null } }));
}

#[apply(each_database)]
async fn a_longer_claim_is_checked_against_the_others_and_not_against_itself(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_lifts(&admin, 2).await;
    let first = admin.mutate("customerAssetCreate", claim(1, "RESERVED", 1, Some(5)), "id").await["id"].clone();
    let next = admin.mutate("customerAssetCreate", claim(1, "RENTED", 7, Some(10)), "id").await["id"].clone();
    admin.mutate("customerAssetUpdate", json!({ "id": first, "until": day(6) }), "").await;
    for until in [json!(day(8)), Json::Null] {
        let refused = admin.user_errors("customerAssetUpdate", json!({ "id": first, "until": until })).await;
        assert!(refused[0].contains(next.as_str().unwrap()), "{refused:?}");
    }
    admin.mutate("customerAssetDelete", json!({ "id": next }), "").await;
    admin.mutate("customerAssetUpdate", json!({ "id": first, "until": day(8) }), "").await;
    let restored = admin.user_errors("customerAssetRestore", json!({ "id": next })).await;
    assert!(restored[0].starts_with("OVERLAP"), "{restored:?}");
}

#[apply(each_database)]
async fn of_twenty_concurrent_claims_as_many_succeed_as_units_are_free(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_lifts(&admin, 3).await;
    for units in [1, 3] {
        let claims = (0..20).map(|number| {
            let from = if units == 1 { 1 } else { 10 };
            let input = claim(1 + number % units, "RESERVED", from, Some(from + 5));
            admin.send_mutation("customerAssetCreate", input, "id")
        });
        let answers = futures_util::future::join_all(claims).await;
        let codes = answers.iter().map(|answer| answer.at("/data/customerAssetCreate/userErrors/0/code").clone());
        let (refused, succeeded): (Vec<_>, Vec<_>) = codes.partition(|code| !code.is_null());
        assert_eq!(succeeded.len(), units);
        assert!(refused.iter().all(|code| *code == "OVERLAP"), "{refused:?}");
    }
}

#[apply(each_database)]
async fn exactly_the_units_that_are_told_free_can_be_claimed(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_lifts(&admin, 8).await;
    let mut random = Random::from_seed(12);
    for _ in 0..40 {
        let from = 1 + random.below(25);
        let until = (!random.chance(10)).then(|| from + 1 + random.below(4));
        let relationship = ["RENTED", "LEASED", "RESERVED"][random.below(3)];
        let input = claim(1 + random.below(8), relationship, from, until);
        admin.send_mutation("customerAssetCreate", input, "id").await;
    }
    for _ in 0..6 {
        let from = 1 + random.below(20);
        let until = from + 1 + random.below(6);
        let told = free(&admin, from, until).await;
        for lift in 1..=8 {
            let answer =
                admin.send_mutation("customerAssetCreate", claim(lift, "RENTED", from, Some(until)), "id").await;
            let id = answer.at("/data/customerAssetCreate/customerAsset/id").clone();
            assert_eq!(
                !id.is_null(),
                told.contains(&lift.to_string()),
                "lift {lift} from {from} until {until}: {told:?}"
            );
            if !id.is_null() {
                admin.mutate("customerAssetDelete", json!({ "id": id }), "").await;
            }
        }
    }
}

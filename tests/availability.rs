//! The availability of equipment, through the schema: reservations, and which units are free for a period.

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, JsonResponse, World, assert_snapshot, each_database, random::Random};

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

/// Hands a lift over to a customer at an address, and takes it back if it is returned.
async fn hand_over(admin: &Actor, lift: usize, address: Option<&str>, from: &str, returned: Option<&str>) {
    let input = json!({ "customer": "acme", "asset": lift.to_string(), "relationship": "RENTED", "from": from,
        "until": "2099-05-01T00:00:00Z", "location": address });
    let id = admin.mutate("customerAssetCreate", input, "id").await["id"].clone();
    if let Some(at) = returned {
        admin.mutate("customerAssetReturn", json!({ "id": id, "at": at }), "").await;
    }
}

/// Creates lifts, of which most were or are at an address: one degree of longitude east of Greenwich, two, three and none known.
async fn place_lifts(admin: &Actor) {
    create_lifts(admin, 7).await;
    for (address, coordinates) in
        [("one", json!([1, 0])), ("two", json!([2, 0])), ("three", json!([3, 0])), ("nowhere", Json::Null)]
    {
        let input =
            json!({ "customer": "acme", "externalReference": address, "coordinates": coordinates, "type": "SERVICE" });
        admin.mutate("addressCreate", input, "").await;
    }
    // Lift 1 has never been anywhere.
    hand_over(admin, 2, Some("three"), "2026-01-01T00:00:00Z", None).await;
    // What counts is the last return, and the current assignment before it.
    hand_over(admin, 3, Some("one"), "2026-01-01T00:00:00Z", Some("2026-01-02T00:00:00Z")).await;
    hand_over(admin, 3, Some("two"), "2026-01-03T00:00:00Z", Some("2026-01-04T00:00:00Z")).await;
    hand_over(admin, 4, Some("three"), "2026-01-01T00:00:00Z", Some("2026-01-02T00:00:00Z")).await;
    hand_over(admin, 4, Some("one"), "2026-01-03T00:00:00Z", None).await;
    // Without a location it is unknown where the lift is now, wherever it was before.
    hand_over(admin, 5, Some("one"), "2026-01-01T00:00:00Z", Some("2026-01-02T00:00:00Z")).await;
    hand_over(admin, 5, None, "2026-01-03T00:00:00Z", None).await;
    hand_over(admin, 6, Some("nowhere"), "2026-01-01T00:00:00Z", None).await;
    // Lift 7 is near, and not free.
    hand_over(admin, 7, Some("one"), "2026-01-01T00:00:00Z", Some("2026-01-02T00:00:00Z")).await;
    admin.mutate("customerAssetCreate", claim(7, "RESERVED", 1, Some(20)), "").await;
}

const NEAR: &str = "query($near: Coordinates) {
    availability(category: \"Lift\", from: \"2099-06-01T00:00:00Z\", until: \"2099-06-10T00:00:00Z\", near: $near) {
        units { free distance kilometers: distance(unit: KM) asset { externalReference } } } }";

#[apply(each_database)]
async fn free_units_are_sorted_by_their_distance(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    place_lifts(&admin).await;
    let response = admin.execute_with(NEAR, json!({ "near": [0, 0] })).await;
    assert_eq!(response.statements(), 5, "units, claims, current and returned assignments, and addresses");
    let line = |unit: &Json| {
        let number = &unit["asset"]["externalReference"];
        format!("{number} {} {} mi {} km", unit["free"], unit["distance"], unit["kilometers"])
    };
    let lines = |response: &JsonResponse| {
        let units = response.data()["availability"]["units"].as_array().unwrap();
        units.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(lines(&response), @r#"
    "4" true 69.093 mi 111.195 km
    "3" true 138.187 mi 222.39 km
    "2" true 207.28 mi 333.585 km
    "1" true null mi null km
    "5" true null mi null km
    "6" true null mi null km
    "7" false 69.093 mi 111.195 km
    "#);
    let from_the_east = admin.execute_with(NEAR, json!({ "near": [4, 0] })).await;
    assert_snapshot!(lines(&from_the_east), @r#"
    "2" true 69.093 mi 111.195 km
    "3" true 138.187 mi 222.39 km
    "4" true 207.28 mi 333.585 km
    "1" true null mi null km
    "5" true null mi null km
    "6" true null mi null km
    "7" false 207.28 mi 333.585 km
    "#);
    let without = admin.execute_with(NEAR, json!({})).await;
    assert_eq!(without.statements(), 2);
    assert_snapshot!(lines(&without), @r#"
    "1" true null mi null km
    "2" true null mi null km
    "3" true null mi null km
    "4" true null mi null km
    "5" true null mi null km
    "6" true null mi null km
    "7" false null mi null km
    "#);
}

#[apply(each_database)]
async fn a_distance_requires_personal_data_and_a_position_on_earth(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    place_lifts(&admin).await;
    let beyond = admin.execute_with(NEAR, json!({ "near": [0, 90.1] })).await;
    assert_eq!(beyond.error_codes(), ["BAD_INPUT"]);
    let near = json!({ "near": [0, 0] });
    // The order alone would tell where an address is.
    let order = NEAR.replace("distance kilometers: distance(unit: KM)", "");
    assert_eq!(world.viewer().execute_with(&order, near.clone()).await.error_codes(), ["FORBIDDEN"]);
    let scopes = ["asset:read", "pii:read"].map(str::to_owned);
    let narrow = world.user(&[Role::Admin]).scopes(&scopes).actor();
    assert_eq!(narrow.execute_with(&order, near.clone()).await.error_codes(), ["FORBIDDEN"]);
    let without = narrow.execute_with(&order, json!({})).await;
    assert_eq!(without.at("/data/availability/units").as_array().unwrap().len(), 7);
    let elsewhere = world.other_admin().execute_with(NEAR, near).await;
    assert_eq!(*elsewhere.at("/data/availability/units"), json!([]));
}

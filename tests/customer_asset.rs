//! Customer assets, through the schema.

use access::Role;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::world::{Actor, On, Postgres, Sqlite, World, shown};

/// A customer `acme`, another one `bolt`, and an asset `lift`.
async fn two_and_a_lift(admin: &Actor) {
    for reference in ["acme", "bolt"] {
        let customer = json!({ "name": reference, "type": "RENTAL", "externalReference": reference });
        admin.done("customerCreate", customer, "").await;
    }
    admin.done("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
}

fn rent(customer: &str, from: &str, until: Option<&str>) -> Json {
    let day = |day: &str| format!("{day}T00:00:00Z");
    json!({ "customer": customer, "asset": "lift", "relationship": "RENTED", "from": day(from), "until": until.map(day) })
}

fn tidy(errors: &[String]) -> String {
    let mut text = errors.join("\n");
    for prefix in ["custasset_", "cust_"] {
        while let Some(at) = text.find(prefix) {
            text.replace_range(at..at + prefix.len() + 26, "ID");
        }
    }
    text
}

#[rstest]
#[tokio::test]
async fn an_asset_goes_out_and_comes_back(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let addresses = json!([{ "type": "SERVICE", "name": "Site", "externalReference": "site" }]);
    let customer = json!({ "name": "Acme", "type": "CONTRACTOR", "externalReference": "acme", "addresses": addresses });
    admin.done("customerCreate", customer, "").await;
    let input = json!({
        "customer": "acme", "newAsset": { "name": "Excavator", "meter": { "value": 100, "unit": "h", "at": "2026-01-01T00:00:00Z" } },
        "relationship": "RENTED", "from": "2026-01-05T08:00:00-06:00", "until": "2026-01-31T00:00:00Z",
        "expectedReturn": "2026-01-30T00:00:00Z", "contractNumber": "R-17", "location": "site", "meterOut": "100.25",
        "notes": "With bucket", "externalReference": "R-17-1",
    });
    let select = "relationship from until expectedReturn returnedAt contractNumber meterOut meterIn notes version
        externalReference customer { name } asset { name meter { value unit } customers { totalCount } }
        location { name assets { nodes { contractNumber } } }";
    let made = admin.done("customerAssetAssign", input, select).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(shown(&made), @r#"
        {
          "asset": {
            "customers": {
              "totalCount": 1
            },
            "meter": {
              "unit": "h",
              "value": "100"
            },
            "name": "Excavator"
          },
          "contractNumber": "R-17",
          "customer": {
            "name": "Acme"
          },
          "expectedReturn": "2026-01-30T00:00:00Z",
          "externalReference": "R-17-1",
          "from": "2026-01-05T14:00:00Z",
          "location": {
            "assets": {
              "nodes": [
                {
                  "contractNumber": "R-17"
                }
              ]
            },
            "name": "Site"
          },
          "meterIn": null,
          "meterOut": "100.25",
          "notes": "With bucket",
          "relationship": "RENTED",
          "returnedAt": null,
          "until": "2026-01-31T00:00:00Z",
          "version": 1
        }
        "#);
    }
    let early = admin
        .refused("customerAssetReturn", json!({ "id": "R-17-1", "at": "2026-01-01T00:00:00Z", "meterIn": 99 }))
        .await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(early.join("\n"), @"
        OUT_OF_RANGE input.at: at (2026-01-01 00:00:00 UTC) is before its beginning (2026-01-05 14:00:00 UTC).
        OUT_OF_RANGE input.meterIn: meterIn (99) is less than meterOut (100.25).
        ");
    }
    let back = json!({ "id": "R-17-1", "at": "2026-01-29T12:00:00Z", "meterIn": 180, "note": "Left track worn" });
    let back = admin.done("customerAssetReturn", back, "returnedAt meterIn notes version").await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(shown(&back), @r#"
        {
          "meterIn": "180",
          "notes": "With bucket\nLeft track worn",
          "returnedAt": "2026-01-29T12:00:00Z",
          "version": 2
        }
        "#);
    }
    let again = admin.refused("customerAssetReturn", json!({ "id": "R-17-1" })).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(again.join("\n"), @"STATE input.id: The asset came back 2026-01-29T12:00:00Z; an asset that is out can be returned.");
    }
}

#[rstest]
#[tokio::test]
async fn everything_wrong_with_an_assignment_is_named_at_once(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two_and_a_lift(&admin).await;
    let wrong = json!({ "customer": "nobody", "newAsset": { "name": "", "year": 1 }, "relationship": "LEASED",
        "location": "nowhere", "meterOut": -1 });
    let first = admin.refused("customerAssetAssign", wrong).await;
    let wrong = json!({ "customer": "acme", "asset": "nothing", "from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z",
        "returnedAt": "2026-01-02T00:00:00Z", "meterOut": 5, "meterIn": 4 });
    let second = admin.refused("customerAssetCreate", wrong).await;
    let third = admin.refused("customerAssetAssign", json!({ "customer": "acme" })).await;
    let fourth = json!({ "customer": "acme", "asset": "lift", "newAsset": { "name": "Lift 2" } });
    let fourth = admin.refused("customerAssetAssign", fourth).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!([first, second, third, fourth].concat().join("\n"), @r#"
        NOT_FOUND input.customer: "nobody" is neither the id nor the external reference of a customer.
        OUT_OF_RANGE input.meterOut: meterOut cannot be negative.
        REQUIRED input.from: RENTED and LEASED need from, the beginning of the contract.
        NOT_FOUND input.location: "nowhere" is neither the id nor the external reference of an address.
        REQUIRED input.newAsset.name: name cannot be empty.
        OUT_OF_RANGE input.newAsset.year: year is from 1800 to 2200; 1 was given.
        OUT_OF_RANGE input.until: until (2026-01-01 00:00:00 UTC) is before its beginning (2026-02-01 00:00:00 UTC).
        OUT_OF_RANGE input.returnedAt: returnedAt (2026-01-02 00:00:00 UTC) is before its beginning (2026-02-01 00:00:00 UTC).
        OUT_OF_RANGE input.meterIn: meterIn (4) is less than meterOut (5).
        NOT_FOUND input.asset: "nothing" is neither the id nor the external reference of an asset.
        REQUIRED input.asset: Give asset or newAsset.
        INVALID input.newAsset: Give asset or newAsset, not both.
        "#);
    }
    let answer = admin.ask("{ customerAssets { totalCount } assets { totalCount } }").await;
    assert_eq!(*answer.data(), json!({ "customerAssets": { "totalCount": 0 }, "assets": { "totalCount": 1 } }));
}

#[rstest]
#[tokio::test]
async fn an_asset_is_not_rented_twice_at_a_time(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two_and_a_lift(&admin).await;
    let first =
        admin.done("customerAssetAssign", rent("acme", "2026-01-10", Some("2026-01-20")), "id").await["id"].clone();
    let told = format!(
        "OVERLAP input.from: The asset is RENTED as {} from 2026-01-10T00:00:00Z to 2026-01-20T00:00:00Z.",
        first.as_str().unwrap()
    );
    for (from, until) in [
        ("2026-01-01", Some("2026-01-11")),
        ("2026-01-12", Some("2026-01-13")),
        ("2026-01-19", None),
        ("2026-01-01", None),
        ("2026-01-10", Some("2026-01-20")),
    ] {
        let refused = admin.refused("customerAssetAssign", rent("bolt", from, until)).await;
        assert_eq!(refused.join(" "), told, "from {from} until {until:?}");
    }
    // The end is not part of the time, neither is what is owned or serviced, nor a time that is empty.
    admin.done("customerAssetAssign", rent("bolt", "2026-01-20", Some("2026-01-25")), "").await;
    admin.done("customerAssetAssign", rent("bolt", "2026-01-01", Some("2026-01-10")), "").await;
    admin.done("customerAssetAssign", rent("bolt", "2026-01-12", Some("2026-01-12")), "").await;
    for relationship in ["OWNED", "UNDER_SERVICE"] {
        admin
            .done(
                "customerAssetAssign",
                json!({ "customer": "bolt", "asset": "lift", "relationship": relationship }),
                "",
            )
            .await;
    }
    // A time that is over is a matter of record. One that has begun needs the asset, which is not back.
    let refused = admin.refused("customerAssetAssign", rent("acme", "2026-03-01", None)).await;
    insta::allow_duplicates! { insta::assert_snapshot!(tidy(&refused), @"OVERLAP input.from: The asset is RENTED as ID from 2026-01-10T00:00:00Z and not back, though it was due by 2026-01-20T00:00:00Z; return it first."); }
    let late = admin.done("customerAssetAssign", rent("bolt", "2150-01-01", None), "id").await["id"].clone();
    admin.done("customerAssetDelete", json!({ "id": late }), "").await;
    let out = "{ customerAssets(where: { relationship: { eq: RENTED } }) { nodes { id until } } }";
    for row in admin.ask(out).await.at("/data/customerAssets/nodes").as_array().unwrap() {
        admin.done("customerAssetReturn", json!({ "id": row["id"], "at": row["until"] }), "").await;
    }
    let open = admin.done("customerAssetAssign", rent("acme", "2026-03-01", None), "id").await["id"].clone();
    let refused = admin.refused("customerAssetCreate", rent("bolt", "2027-01-01", None)).await;
    assert_eq!(
        refused,
        [format!(
            "OVERLAP input.from: The asset is RENTED as {} from 2026-03-01T00:00:00Z, without an end.",
            open.as_str().unwrap()
        )]
    );
    // Who has it is not deleted, not by somebody who cannot see it either.
    let gone = json!({ "id": "acme", "cancelOpen": true });
    let scopes = [
        "customer:read",
        "customer:write",
        "load:read",
        "load:write",
        "service:read",
        "service:write",
        "contact:read",
        "address:read",
    ]
    .map(str::to_owned);
    let narrow = world.granted(&world.tenant, &[Role::Admin], Some(&scopes), "narrow");
    for actor in [&admin, &narrow] {
        assert_eq!(
            actor.refused("customerDelete", gone.clone()).await,
            ["IN_USE input.id: The customer has assets on rent or lease that are not back; return them first."]
        );
    }
    // What came back is free from then on.
    admin.done("customerAssetReturn", json!({ "id": open, "at": "2026-03-05T00:00:00Z" }), "").await;
    admin.done("customerAssetAssign", rent("bolt", "2026-03-05", None), "").await;
}

#[rstest]
#[tokio::test]
async fn a_change_of_dates_or_terms_is_looked_at_again(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two_and_a_lift(&admin).await;
    admin.done("customerAssetAssign", rent("acme", "2026-01-10", Some("2026-01-20")), "").await;
    let mut second = rent("bolt", "2026-01-20", Some("2026-01-30"));
    second["externalReference"] = json!("second");
    admin.done("customerAssetAssign", second.clone(), "").await;
    let owned =
        json!({ "customer": "bolt", "asset": "lift", "from": "2026-01-15T00:00:00Z", "externalReference": "owned" });
    admin.done("customerAssetCreate", owned, "").await;
    let mut refused =
        admin.refused("customerAssetUpdate", json!({ "id": "second", "from": "2026-01-19T23:59:59Z" })).await;
    refused.extend(admin.refused("customerAssetUpdate", json!({ "id": "owned", "relationship": "LEASED" })).await);
    refused.extend(
        admin.refused("customerAssetUpdate", json!({ "id": "owned", "relationship": "RENTED", "from": null })).await,
    );
    // Its place is taken while it is deleted; a new time of its own makes room.
    admin.done("customerAssetDelete", json!({ "id": "second" }), "").await;
    admin.done("customerAssetAssign", rent("acme", "2026-01-25", Some("2026-01-26")), "").await;
    refused.extend(admin.refused("customerAssetRestore", json!({ "id": "second" })).await);
    let put = json!({ "externalReference": "second", "customer": "acme" });
    refused.extend(admin.refused("customerAssetUpsert", put).await);
    refused.extend(admin.refused("customerAssetUpsert", json!({ "externalReference": "second" })).await);
    insta::allow_duplicates! {
        insta::assert_snapshot!(tidy(&refused), @"
        OVERLAP input.from: The asset is RENTED as ID from 2026-01-10T00:00:00Z to 2026-01-20T00:00:00Z.
        OVERLAP input.from: The asset is RENTED as ID from 2026-01-10T00:00:00Z to 2026-01-20T00:00:00Z.
        REQUIRED input.from: RENTED and LEASED need from, the beginning of the contract.
        OVERLAP input.from: The asset is RENTED as ID from 2026-01-25T00:00:00Z to 2026-01-26T00:00:00Z.
        IMMUTABLE input.customer: The customer was fixed when the row was made: it is ID.
        OVERLAP input.from: The asset is RENTED as ID from 2026-01-25T00:00:00Z to 2026-01-26T00:00:00Z.
        ");
    }
    let put =
        json!({ "externalReference": "second", "customer": "bolt", "asset": "lift", "until": "2026-01-25T00:00:00Z" });
    let back = admin.done("customerAssetUpsert", put, "deletedAt until version").await;
    assert_eq!(back, json!({ "deletedAt": null, "until": "2026-01-25T00:00:00Z", "version": 3 }));
    // What does not touch its time is free to change.
    let noted =
        admin.done("customerAssetUpdate", json!({ "id": "second", "notes": "x", "expectedVersion": 3 }), "notes").await;
    assert_eq!(noted, json!({ "notes": "x" }));
}

#[rstest]
#[tokio::test]
async fn of_many_who_rent_at_once_one_wins(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two_and_a_lift(&admin).await;
    for round in 1..=5 {
        let day = format!("2026-01-{:02}", round * 2);
        let ask = |customer| {
            let (admin, input) = (admin.clone(), rent(customer, &day, Some(&format!("2026-01-{:02}", round * 2 + 2))));
            async move { admin.tried("customerAssetAssign", input, "id").await }
        };
        let (a, b, c, d, e) = tokio::join!(ask("acme"), ask("bolt"), ask("acme"), ask("bolt"), ask("acme"));
        let codes: Vec<_> =
            [&a, &b, &c, &d, &e].map(|answer| answer.at("/data/customerAssetAssign/userErrors/0/code").clone()).into();
        let won = codes.iter().filter(|code| code.is_null()).count();
        let lost = codes.iter().filter(|code| **code == json!("OVERLAP")).count();
        assert_eq!((won, lost), (1, 4), "round {round}: {codes:?}");
    }
    assert_eq!(admin.ask("{ customerAssets { totalCount } }").await.data()["customerAssets"]["totalCount"], json!(5));
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_move_their_rentals_to_one_time_one_wins(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two_and_a_lift(&admin).await;
    let mut ids = Vec::new();
    for (customer, from, until) in [("acme", "2026-01-01", "2026-01-02"), ("bolt", "2026-01-03", "2026-01-04")] {
        let rental = rent(customer, from, Some(until));
        ids.push(admin.done("customerAssetAssign", rental, "id").await["id"].clone());
    }
    for round in 10..22 {
        let day = |day: u32| format!("2026-03-{day:02}T00:00:00Z");
        let moved = |id: &Json| json!({ "id": id, "from": day(round), "until": day(round + 1) });
        let (one, other) = tokio::join!(
            admin.tried("customerAssetUpdate", moved(&ids[0]), ""),
            admin.tried("customerAssetUpdate", moved(&ids[1]), "")
        );
        let mut codes = [one, other].map(|answer| answer.at("/data/customerAssetUpdate/userErrors/0/code").to_string());
        codes.sort();
        assert_eq!(codes, ["\"OVERLAP\"", "null"], "round {round}");
    }
}

#[rstest]
#[tokio::test]
async fn of_a_rental_and_a_delete_at_once_one_wins(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two_and_a_lift(&admin).await;
    for round in 0..5 {
        let lift = admin.done("assetCreate", json!({ "name": format!("Lift {round}") }), "id").await["id"].clone();
        let mut hire = rent("acme", "2026-01-01", None);
        hire["asset"] = lift.clone();
        let (rented, deleted) = tokio::join!(
            admin.tried("customerAssetAssign", hire, ""),
            admin.tried("assetDelete", json!({ "id": lift }), "")
        );
        let rented = rented.at("/data/customerAssetAssign/userErrors/0/code").clone();
        let deleted = deleted.at("/data/assetDelete/userErrors/0/code").clone();
        let fair = [(Json::Null, json!("IN_USE")), (json!("NOT_FOUND"), Json::Null)];
        assert!(fair.contains(&(rented.clone(), deleted.clone())), "rented {rented}, deleted {deleted}");
    }
}

#[rstest]
#[tokio::test]
async fn customer_assets_are_found_through_asset_and_customer(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two_and_a_lift(&admin).await;
    admin.done("assetCreate", json!({ "name": "Pump", "category": "Water", "externalReference": "pump" }), "").await;
    admin.done("customerAssetAssign", rent("acme", "2026-01-10", Some("2026-01-20")), "").await;
    admin
        .done("customerAssetAssign", json!({ "customer": "bolt", "asset": "pump", "contractNumber": "K 9" }), "")
        .await;
    let query = "{
        byAsset: customerAssets(where: { asset: { category: { eq: \"water\" } } }) { nodes { contractNumber } }
        byCustomer: customerAssets(where: { customer: { externalReference: { eq: \"acme\" } } }) { nodes { relationship } }
        out: customerAssets(where: { returnedAt: { isNull: true }, from: { isNull: true } }) { nodes { contractNumber } }
        ordered: customerAssets(orderBy: [{ field: FROM, direction: DESC }]) { nodes { from } }
        customers(where: { assets: { some: { asset: { name: { startsWith: \"pu\" } } } } }) { nodes { externalReference } }
    }";
    let answer = admin.ask(query).await;
    assert_eq!(
        *answer.data(),
        json!({
            "byAsset": { "nodes": [{ "contractNumber": "K 9" }] },
            "byCustomer": { "nodes": [{ "relationship": "RENTED" }] },
            "out": { "nodes": [{ "contractNumber": "K 9" }] },
            "ordered": { "nodes": [{ "from": null }, { "from": "2026-01-10T00:00:00Z" }] },
            "customers": { "nodes": [{ "externalReference": "bolt" }] },
        })
    );
}

#[rstest]
#[tokio::test]
async fn another_tenants_customer_asset_is_not_there(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    two_and_a_lift(&admin).await;
    let id = admin.done("customerAssetAssign", rent("acme", "2026-01-10", None), "id").await["id"].clone();
    let stranger = world.stranger();
    let query = "query($id: ID!) { customerAsset(id: $id) { id } node(id: $id) { id } customerAssets { totalCount } }";
    let answer = stranger.ask_with(query, json!({ "id": id })).await;
    assert_eq!(*answer.data(), json!({ "customerAsset": null, "node": null, "customerAssets": { "totalCount": 0 } }));
    assert_eq!(admin.ask_with(query, json!({ "id": id })).await.data()["node"], json!({ "id": id }));
    for mutation in ["customerAssetReturn", "customerAssetDelete", "customerAssetRestore"] {
        let refused = stranger.refused(mutation, json!({ "id": id })).await;
        assert!(refused[0].starts_with("NOT_FOUND input.id: "), "{refused:?}");
    }
}
